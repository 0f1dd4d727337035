use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn an_incident_is_opened_read_and_changed() {
    let server = Harness::new().await;
    let opened = server.post(&server.writer, "/incidents", json!({ "title": " It lied ", "restricted": false })).await;
    let incident = opened.is(201);
    let number = incident["number"].as_i64().expect("a number");
    assert_eq!(opened.header("location"), format!("/api/v1/incidents/{number}"));
    assert_eq!(incident["title"], "It lied");
    assert_eq!(incident["times"][0]["point"], "aware");
    let path = format!("/incidents/{number}");
    let read = server.get(&server.writer, &path).await;
    assert_eq!(read.is(200), incident);
    let change = json!({
        "summary": "**Twice**", "severity": { "level": 2, "reason": "a customer" }, "status": "contained", "restricted": true,
        "times": [{ "point": "aware", "at": "2026-11-23T10:00:00+01:00", "source": "pager" }],
    });
    let changed = server.patch(&server.writer, &path, read.header("etag"), change).await;
    let now = changed.is(200);
    assert_eq!((&now["title"], &now["summary"], &now["severity"]), (&json!("It lied"), &json!("**Twice**"), &json!(2)));
    assert_eq!((&now["status"], &now["restricted"]), (&json!("contained"), &json!(true)));
    assert_eq!(now["times"][0]["at"], "2026-11-23T09:00:00Z");
    assert_ne!(changed.header("etag"), read.header("etag"));
    let due = server.get(&server.writer, &format!("{path}/deadlines")).await.is(200);
    assert!(due["items"].as_array().is_some_and(|d| !d.is_empty()), "what is due follows the severity: {due}");
}

#[tokio::test]
async fn a_change_from_an_older_version_is_refused_and_leaves_nothing() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let path = format!("/incidents/{number}");
    let tag = server.get(&server.writer, &path).await.header("etag").to_owned();
    send(server.request(&server.writer, Method::PATCH, &path).json(&json!({ "title": "x" }))).await.refused(428);
    server.patch(&server.writer, &path, &tag, json!({ "title": "Two" })).await.is(200);
    server.patch(&server.approver, &path, &tag, json!({ "title": "Three" })).await.refused(412);
    server.patch(&server.approver, &path, "W/\"v3\"", json!({ "title": "Three" })).await.refused(412);
    // One of its parts cannot be: the other is not done either.
    let both = json!({ "title": "Four", "status": "closed" });
    server.patch(&server.writer, &path, "*", both).await.refused(409);
    let now = server.get(&server.writer, &path).await;
    assert_eq!(now.is(200)["title"], "Two");
    let same = server.request(&server.writer, Method::GET, &path).header("If-None-Match", now.header("etag"));
    let same = send(same).await;
    assert_eq!((same.is(304), same.header("etag")), (json!(null), now.header("etag")));
    let other = server.request(&server.writer, Method::GET, &path).header("If-None-Match", tag);
    assert_eq!(send(other).await.is(200)["title"], "Two");
}

#[tokio::test]
async fn every_fault_of_a_request_is_told_at_once() {
    let server = Harness::new().await;
    let body = json!({ "title": " ", "agent": "a".repeat(101), "severity": { "level": 5, "reason": "" },
        "aware_at": "2999-01-01T00:00:00Z" });
    let told = server.post(&server.writer, "/incidents", body).await.refused(422);
    let fields: Vec<&str> =
        told["errors"].as_array().expect("errors").iter().filter_map(|e| e["field"].as_str()).collect();
    assert_eq!(fields, ["title", "agent", "severity.level", "severity.reason", "aware_at"]);
    let twice = json!({ "times": [{ "point": "aware", "at": "2026-11-23T10:00:00Z" }, { "point": "aware", "at": "2026-11-23T10:00:00Z" }] });
    let told = server.patch(&server.writer, "/incidents/1", "*", twice).await.refused(422);
    assert_eq!(told["errors"][0]["field"], "times.1.point");
}

#[tokio::test]
async fn people_and_tags_are_put_on_and_taken_off() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let people = server.get(&server.writer, "/people").await.is(200);
    let mia = people["items"].as_array().expect("people").iter().find(|p| p["name"] == "Mia Lindqvist").expect("Mia");
    let mia = mia["account"].as_str().expect("an id");
    let path = format!("/incidents/{number}");
    let named =
        server.post(&server.writer, &format!("{path}/people"), json!({ "account": mia, "duty": "author" })).await;
    assert_eq!(named.is(200)["people"].as_array().map(Vec::len), Some(2));
    server
        .post(&server.writer, &format!("{path}/people"), json!({ "account": mia, "duty": "king" }))
        .await
        .refused(422);
    server
        .post(&server.writer, &format!("{path}/people"), json!({ "account": "x", "duty": "lead" }))
        .await
        .refused(404);
    server.delete(&server.writer, &format!("{path}/people/{mia}/author")).await.is(204);
    server.delete(&server.writer, &format!("{path}/people/{mia}/author")).await.refused(404);
    let tagged = server.post(&server.writer, &format!("{path}/tags"), json!({ "tag": "Refunds & more/less" })).await;
    assert_eq!(tagged.is(200)["tags"], json!(["refunds & more/less"]));
    server.delete(&server.writer, &format!("{path}/tags/refunds%20&%20more%2Fless")).await.is(204);
    server.post(&server.writer, &format!("{path}/first-response"), json!({})).await.is(200);
    server.post(&server.writer, &format!("{path}/first-response"), json!({})).await.refused(409);
}
