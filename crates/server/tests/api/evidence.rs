use crate::harness::{Harness, send};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

#[tokio::test]
async fn a_file_goes_in_and_comes_out_byte_for_byte() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let added = server.upload(number, "trace", "refund/trace.json").await;
    let item = added.is(201);
    assert_eq!((&item["name"], &item["kind"]), (&json!("trace.json"), &json!("trace")));
    let place = added.header("location").strip_prefix("/api/v1").expect("a place").to_owned();
    assert_eq!(server.get(&server.writer, &place).await.is(200), item);
    let list = server.get(&server.writer, &format!("/incidents/{number}/evidence")).await.is(200);
    assert_eq!(list["items"], json!([item]));
    let bytes = server.get(&server.writer, &format!("{place}/bytes")).await;
    let path = format!("{}/../../examples/refund/trace.json", env!("CARGO_MANIFEST_DIR"));
    assert_eq!(bytes.text.as_bytes(), std::fs::read(path).expect("an example"));
    assert!(bytes.header("content-disposition").starts_with("attachment"));
}

#[tokio::test]
async fn forms_are_taken_and_a_form_sent_again_is_known() {
    let server = Harness::new().await;
    let number = server.open(json!({ "title": "One" })).await;
    let to = format!("/incidents/{number}/evidence");
    let form = |kind: &'static str, text: &'static str| {
        let file = Part::bytes(text.as_bytes()).file_name("facts.yaml");
        let form = Form::new().text("kind", kind).part("file", file);
        send(server.request(&server.writer, Method::POST, &to).header("Idempotency-Key", "f").multipart(form))
    };
    let facts = "title: One\n";
    let first = form("facts", facts).await;
    // The boundary is another one each time.
    assert_eq!(first.is(201), form("facts", facts).await.is(201));
    form("facts", "title: Two\n").await.refused(422);
}

#[tokio::test]
async fn what_cannot_be_used_is_refused_at_the_door() {
    let server = Harness::new().await;
    let to = "/incidents/1/evidence";
    let raw = |query: &str, kind: &str, body: Vec<u8>| {
        let request = server.request(&server.writer, Method::POST, &format!("{to}{query}"));
        send(request.header("Content-Type", kind).body(body))
    };
    let bytes = "application/octet-stream";
    raw("", bytes, b"[]".to_vec()).await.refused(422);
    raw("", bytes, Vec::new()).await.refused(422);
    raw("?kind=poem", bytes, b"x".to_vec()).await.refused(422);
    raw("?kind=facts", bytes, b"unknown: 1".to_vec()).await.refused(422);
    raw("?what=1", bytes, b"x".to_vec()).await.refused(422);
    raw("", "application/json", b"{}".to_vec()).await.refused(415);
    raw("", "multipart/form-data", b"x".to_vec()).await.refused(400);
    raw("", "multipart/form-data; boundary=b", b"x".to_vec()).await.refused(400);
    raw("", bytes, vec![b'x'; (1 << 20) + 1]).await.refused(413);
    raw("", bytes, vec![b'x'; 3 << 20]).await.refused(413);
    let two = Form::new().part("file", Part::bytes(b"a".to_vec())).part("file", Part::bytes(b"b".to_vec()));
    send(server.request(&server.writer, Method::POST, to).multipart(two)).await.refused(422);
    let none = Form::new().text("kind", "trace");
    send(server.request(&server.writer, Method::POST, to).multipart(none)).await.refused(422);
}
