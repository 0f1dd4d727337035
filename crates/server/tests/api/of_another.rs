//! What belongs to one incident is not there by the number of another.

use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::{Value, json};

async fn what_belongs_to_another_incident_is_not_found(server: Harness) {
    let (one, two) = (server.open(json!({ "title": "One" })).await, server.open(json!({ "title": "Two" })).await);
    server.upload(one, "trace", "refund/trace.json").await.is(201);
    let retro = server.post(&server.writer, &format!("/incidents/{one}/retro"), json!({})).await.is(201);
    server.import(one, "text/csv", "session\ns1\n").await.is(201);
    server.post(&server.writer, &format!("/incidents/{one}/tags"), json!({ "tag": "voice" })).await;
    let first = async |list: &str| -> String {
        let all = server.get(&server.writer, &format!("/incidents/{one}/{list}")).await.is(200);
        all["items"][0]["id"].as_str().expect("an ID").to_owned()
    };
    let (evidence, action) = (first("evidence").await, first("actions").await);
    let lead = retro["draft"]["behavior"]["leads"][0]["statement"]["id"].as_str().unwrap_or("none").to_owned();
    let why = json!({ "reason": "reason" });
    let asked: [(Method, String, Value); 10] = [
        (Method::GET, format!("evidence/{evidence}"), Value::Null),
        (Method::GET, format!("evidence/{evidence}/bytes"), Value::Null),
        (Method::POST, format!("evidence/{evidence}/erasure"), why.clone()),
        (Method::GET, format!("actions/{action}"), Value::Null),
        (Method::PATCH, format!("actions/{action}"), json!({ "state": "in_progress" })),
        (Method::GET, "affected/1".to_owned(), Value::Null),
        (Method::PATCH, "affected/1".to_owned(), json!({ "note": "note" })),
        (Method::POST, format!("retro/leads/{lead}"), json!({ "decision": "promoted" })),
        (Method::GET, "retro/revisions/1".to_owned(), Value::Null),
        (Method::DELETE, "emergency-access/1".to_owned(), Value::Null),
    ];
    // The second one has a retro and a list as well, and still nothing of the first.
    for has_its_own in [false, true] {
        if has_its_own {
            server.upload(two, "trace", "refund/trace.json").await.is(201);
            server.post(&server.writer, &format!("/incidents/{two}/retro"), json!({})).await.is(201);
        }
        let before = server.get(&server.writer, &format!("/incidents/{one}/events")).await.text;
        for (method, path, body) in &asked {
            // Both were drafted from the same session: the same evidence, actions, leads and first revision are its own.
            if has_its_own && !(path.starts_with("affected") || path.starts_with("emergency")) {
                continue;
            }
            let request = server.request(&server.all, method.clone(), &format!("/incidents/{two}/{path}"));
            let request = if body.is_null() { request } else { request.header("If-Match", "*").json(body) };
            let told = send(request).await;
            assert_eq!(told.status.as_u16(), 404, "{method} {path}: {}", told.text);
        }
        assert_eq!(server.get(&server.writer, &format!("/incidents/{one}/events")).await.text, before);
    }
}

#[tokio::test]
async fn what_belongs_to_another_incident_is_not_found_on_sqlite() {
    what_belongs_to_another_incident_is_not_found(Harness::new().await).await;
}

#[tokio::test]
async fn what_belongs_to_another_incident_is_not_found_on_postgres() {
    if let Some(server) = Harness::postgres("of_another").await {
        what_belongs_to_another_incident_is_not_found(server).await;
    }
}
