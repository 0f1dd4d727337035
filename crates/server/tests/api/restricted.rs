use crate::harness::{Harness, send};
use hindcast_server::routes::Who;
use reqwest::Method;
use serde_json::json;

/// Bodies that would be taken, so that nothing but the incident stands in the way.
fn body(path: &str) -> serde_json::Value {
    match path.rsplit('/').next().unwrap_or("") {
        "people" => json!({ "account": "x", "duty": "lead" }),
        "tags" => json!({ "tag": "x" }),
        "recurrences" => json!({ "earlier": 1 }),
        "return" | "reopen" | "confirm" | "{rule}" | "erasure" => json!({ "reason": "x" }),
        "{id}" if path.contains("/leads/") => json!({ "decision": "promoted" }),
        "{id}" => json!({ "state": "open" }),
        _ => json!({}),
    }
}

async fn nothing_tells_of_a_restricted_incident_to_others(server: Harness) {
    let everything = ["read", "write", "approve", "administer"];
    let others = [
        ("approver", server.approver.clone()),
        ("administrator", server.another("administrator", "Third Person", &everything).await),
        ("viewer", server.another("viewer", "Fourth Person", &["read"]).await),
    ];
    let number = server.open(json!({ "title": "Zebra only", "restricted": true })).await;
    server.upload(number, "trace", "refund/trace.json").await.is(201);
    server.post(&server.writer, &format!("/incidents/{number}/retro"), json!({})).await.is(201);
    server.import(number, "text/csv", "session\nzebra\n").await.is(201);
    let evidence = server.get(&server.writer, &format!("/incidents/{number}/evidence")).await.is(200);
    let evidence = evidence["items"][0]["id"].as_str().expect("an ID").to_owned();
    let actions = server.get(&server.writer, &format!("/incidents/{number}/actions")).await.is(200);
    let action = actions["items"][0]["id"].as_str().expect("an ID").to_owned();
    for (role, token) in &others {
        let mut asked = 0;
        for route in hindcast_server::routes::TABLE.iter().chain(&hindcast_server::routes::UPLOADS) {
            let Some(path) = route.path.strip_prefix("/api/v1").filter(|p| p.contains("{number}")) else { continue };
            // Whoever may only read is refused before the incident is looked at.
            if *role == "viewer" && route.who != Who::Read {
                continue;
            }
            let id = match () {
                () if path.contains("/evidence/") => evidence.as_str(),
                () if path.contains("/actions/") => action.as_str(),
                () => "x",
            };
            let path = path.replace("{number}", &number.to_string());
            let path = path.replace("{section}", "impact").replace("{rule}", "bases-hold").replace("{revision}", "1");
            let path =
                path.replace("{duty}", "lead").replace("{id}", id).replace("{account}", "x").replace("{tag}", "x");
            let path = path.replace("{nth}", "1").replace("{earlier}", "1").replace("{access}", "1");
            let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
            let mut request = server.request(token, method.clone(), &path);
            if route.path.ends_with("/affected") && method == Method::POST {
                request = request.header("Content-Type", "text/csv").body("session\ns1\n");
            } else if route.path.ends_with("/evidence") && method == Method::POST {
                request = request.header("Content-Type", "application/octet-stream").body("{}");
            } else if method == Method::POST || method == Method::PATCH {
                request = request.header("If-Match", "*").json(&body(route.path));
            }
            let told = send(request).await;
            assert_eq!(told.status.as_u16(), 404, "{} {path} by the {role}: {}", route.method, told.text);
            told.refused(404);
            assert!(!told.text.contains("Zebra"), "{path}");
            asked += 1;
        }
        assert!(asked > if *role == "viewer" { 15 } else { 30 }, "{asked}");
        for list in ["/incidents?limit=100", "/incidents?q=zebra", "/actions?limit=100", "/deadlines", "/near-misses"] {
            let told = server.get(token, list).await;
            told.is(200);
            assert!(!told.text.contains("Zebra"), "{list} by the {role}");
            let items = told.json()["items"].as_array().cloned().unwrap_or_default();
            assert!(items.iter().all(|i| i["number"] != number && i["incident"] != number), "{list} by the {role}");
        }
    }
    let mine = server.get(&server.writer, "/actions?limit=100").await.is(200);
    assert!(
        mine["items"].as_array().expect("items").iter().any(|i| i["incident"] == number),
        "there is something to hide"
    );
}

#[tokio::test]
async fn nothing_tells_of_a_restricted_incident_to_others_on_sqlite() {
    nothing_tells_of_a_restricted_incident_to_others(Harness::new().await).await;
}

#[tokio::test]
async fn nothing_tells_of_a_restricted_incident_to_others_on_postgres() {
    if let Some(server) = Harness::postgres("api_restricted").await {
        nothing_tells_of_a_restricted_incident_to_others(server).await;
    }
}
