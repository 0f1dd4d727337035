//! Whom the same failure reached.

use crate::harness::{Harness, send};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

const CSV: &str = "customer,session,score,quote\nc1,s1,0.9,\"said, twice\"\n,s2,0.1,\n";

#[tokio::test]
async fn a_list_is_imported_listed_and_seen_to() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let path = format!("/incidents/{number}/affected");
    let imported = server.import(number, "text/csv", CSV).await;
    assert_eq!(imported.is(201), json!({ "new": 2, "known": 0, "masked": "" }));
    assert_eq!(imported.header("location"), format!("/api/v1{path}"));
    let one = server.get(&server.reader, &format!("{path}/1")).await;
    let entry = json!({ "nth": 1, "session": "s1", "customer": "c1", "time": "", "quote": "said, twice",
        "status": "to_tell", "owner": "", "note": "", "version": 1 });
    assert_eq!((one.is(200), one.header("etag")), (entry, "\"v1\""));
    let told = json!({ "status": "told", "owner": " Mia ", "note": "by phone" });
    send(server.request(&server.writer, Method::PATCH, &format!("{path}/1")).json(&told)).await.refused(428);
    let changed = server.patch(&server.writer, &format!("{path}/1"), "\"v1\"", told.clone()).await;
    let now = changed.is(200);
    assert_eq!((&now["status"], &now["owner"], &now["note"]), (&json!("told"), &json!("Mia"), &json!("by phone")));
    assert_eq!(changed.header("etag"), "\"v2\"");
    server.patch(&server.approver, &format!("{path}/1"), "\"v1\"", told.clone()).await.refused(412);
    // What is not mentioned stays, and what changes nothing is no change.
    let same = server.patch(&server.writer, &format!("{path}/1"), "*", json!({ "owner": "Mia" })).await;
    assert_eq!((same.is(200), same.header("etag")), (now.clone(), "\"v2\""));
    let known = server.request(&server.writer, Method::GET, &format!("{path}/1")).header("If-None-Match", "\"v2\"");
    send(known).await.is(304);
    // A list taken in again keeps what was done.
    let again =
        server.import(number, "application/json", r#" [{"session":"s1","customer":"c1"},{"session":"s3"}]"#).await;
    assert_eq!(again.is(201), json!({ "new": 1, "known": 1, "masked": "" }));
    let of = async |query: &str| -> Vec<Value> {
        let page = server.get(&server.reader, &format!("{path}{query}")).await.is(200);
        page["items"].as_array().expect("items").iter().map(|i| i["session"].clone()).collect()
    };
    assert_eq!(of("").await, ["s1", "s2", "s3"]);
    assert_eq!(of("?status=to_tell").await, ["s2", "s3"]);
    let incident = server.get(&server.reader, &format!("/incidents/{number}")).await.is(200);
    assert_eq!(incident["reached"][1], json!({ "status": "told", "count": 1 }));
    for nobody in ["0", "4", "-1", "x", "-9223372036854775808"] {
        server.get(&server.reader, &format!("{path}/{nobody}")).await.refused(404);
    }
    let long = json!({ "owner": "o".repeat(201), "note": "n".repeat(2001) });
    let faults = server.patch(&server.writer, &format!("{path}/1"), "*", long).await.refused(422);
    assert_eq!(faults["errors"].as_array().map(Vec::len), Some(2));
    server.patch(&server.writer, &format!("{path}/1"), "*", json!({ "status": "sorry" })).await.refused(422);
    server.patch(&server.writer, &format!("{path}/9"), "*", json!({ "status": "told" })).await.refused(404);
}

#[tokio::test]
async fn a_list_sent_again_with_its_key_is_taken_in_once() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let path = format!("/incidents/{number}/affected");
    let import = |list: &'static str| {
        let request = server.request(&server.writer, Method::POST, &path).header("Idempotency-Key", "k");
        send(request.header("Content-Type", "text/csv").body(list))
    };
    let form = |key: &'static str| {
        let form = Form::new().part("file", Part::bytes(CSV.as_bytes()).file_name("list.csv"));
        send(server.request(&server.writer, Method::POST, &path).header("Idempotency-Key", key).multipart(form))
    };
    assert_eq!(import(CSV).await.is(201), import(CSV).await.is(201));
    import("session\nother\n").await.refused(422);
    // Sent as a form the boundary is another one each time; what the form holds is what counts.
    assert_eq!(form("f").await.is(201), json!({ "new": 0, "known": 2, "masked": "" }));
    form("f").await.is(201);
    let events = server.get(&server.reader, &format!("/incidents/{number}/events")).await.is(200);
    let imports = events["items"].as_array().expect("items").iter().filter(|e| e["kind"] == "affected.imported");
    assert_eq!(imports.count(), 2);
}

#[tokio::test]
async fn what_is_no_list_is_refused_and_leaves_nothing() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let cases: [(&str, &str, u16); 11] = [
        ("text/csv", "", 422),
        ("text/csv", "session\n", 422),
        ("text/csv", "a,b\n1,2\n", 422),
        ("text/csv", "session,quote\ns1\n", 422),
        ("application/json", "{}", 422),
        ("application/json", "session\ns1\n", 422),
        ("application/json", "[]", 422),
        ("application/json", "[{\"session\": 1}]", 422),
        ("application/json", "[{\"session\"", 422),
        ("text/plain", "session\ns1\n", 415),
        ("", "session\ns1\n", 415),
    ];
    for (kind, list, status) in cases {
        server.import(number, kind, list).await.refused(status);
    }
    let line = format!("session\n{}\n", "s\n".repeat(50_001));
    server.import(number, "text/csv", &line).await.refused(422);
    server.import(number, "text/csv", &"x".repeat((1 << 20) + 1)).await.refused(413);
    let path = format!("/incidents/{number}/affected");
    let kind = Form::new().text("kind", "trace").part("file", Part::bytes(CSV.as_bytes()));
    send(server.request(&server.writer, Method::POST, &path).multipart(kind)).await.refused(422);
    let none = Form::new().text("file", "session");
    send(server.request(&server.writer, Method::POST, &path).multipart(none)).await.refused(422);
    let list = server.get(&server.reader, &path).await.is(200);
    assert_eq!(list["items"], json!([]));
}
