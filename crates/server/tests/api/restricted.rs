use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::json;

/// Bodies that would be taken, so that nothing but the incident stands in the way.
fn body(path: &str) -> serde_json::Value {
    match path.rsplit('/').next().unwrap_or("") {
        "people" => json!({ "account": "x", "duty": "lead" }),
        "tags" => json!({ "tag": "x" }),
        "recurrences" => json!({ "earlier": 1 }),
        "return" | "reopen" | "confirm" | "bases-hold" | "erasure" => json!({ "reason": "x" }),
        "x" if path.contains("/leads/") => json!({ "decision": "promoted" }),
        "x" => json!({ "state": "open" }),
        _ => json!({}),
    }
}

#[tokio::test]
async fn nothing_tells_of_a_restricted_incident_to_others() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "Zebra only", "restricted": true })).await;
    server.upload(number, "trace", "refund/trace.json").await.is(201);
    server.post(&server.writer, &format!("/incidents/{number}/retro"), json!({})).await.is(201);
    server.import(number, "text/csv", "session\nzebra\n").await.is(201);
    let mut asked = 0;
    for route in hindcast_server::routes::TABLE.iter().chain(&hindcast_server::routes::UPLOADS) {
        let Some(path) = route.path.strip_prefix("/api/v1").filter(|p| p.contains("{number}")) else { continue };
        let path = path.replace("{number}", &number.to_string());
        let path = path.replace("{section}", "impact").replace("{rule}", "bases-hold").replace("{revision}", "1");
        let path = path.replace("{duty}", "lead").replace("{id}", "x").replace("{account}", "x").replace("{tag}", "x");
        let path = path.replace("{nth}", "1").replace("{earlier}", "1").replace("{access}", "1");
        let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
        let mut request = server.request(&server.approver, method.clone(), &path);
        if route.path.ends_with("/affected") && method == Method::POST {
            request = request.header("Content-Type", "text/csv").body("session\ns1\n");
        } else if route.path.ends_with("/evidence") && method == Method::POST {
            request = request.header("Content-Type", "application/octet-stream").body("{}");
        } else if method == Method::POST || method == Method::PATCH {
            request = request.header("If-Match", "*").json(&body(&path));
        }
        let told = send(request).await;
        told.refused(404);
        assert!(!told.text.contains("Zebra"), "{path}");
        asked += 1;
    }
    assert!(asked > 30, "{asked}");
    for list in ["/incidents?limit=100", "/incidents?q=zebra", "/actions?limit=100"] {
        let told = server.get(&server.approver, list).await;
        let items = told.is(200)["items"].as_array().expect("items").clone();
        assert!(items.iter().all(|i| i["number"] != number && i["incident"] != number), "{list}");
    }
    let mine = server.get(&server.writer, "/actions?limit=100").await.is(200);
    assert!(
        mine["items"].as_array().expect("items").iter().any(|i| i["incident"] == number),
        "there is something to hide"
    );
}
