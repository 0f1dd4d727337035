use crate::harness::{Harness, send};
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn whatever_is_refused_is_told_as_a_problem() {
    let server = Harness::new().await;
    server.nobody(Method::GET, "/incidents").await.refused(401);
    server.get("hcast_wrong", "/incidents").await.refused(401);
    server.get(&server.writer, "/accounts").await.refused(403);
    server.post(&server.reader, "/incidents", json!({ "title": "x" })).await.refused(403);
    for nothing in [
        "/nothing",
        "/incidents/x",
        "/incidents/0",
        "/incidents/99999999999999999999",
        "/incidents/9/retro",
        "/incidents/1/evidence/%00",
        "/incidents/1/evidence/..%2F..",
        "/incidents/2/retro/sections/none",
        "/incidents/2/retro/revisions/-1",
    ] {
        server.get(&server.writer, nothing).await.refused(404);
    }
    let put = send(server.request(&server.writer, Method::PUT, "/incidents/1")).await;
    put.refused(405);
    assert_eq!(put.header("allow"), "GET,HEAD,PATCH");
    let send_as = |kind: &str, body: Vec<u8>| {
        let request = server.request(&server.writer, Method::POST, "/incidents");
        send(if kind.is_empty() { request } else { request.header("Content-Type", kind) }.body(body))
    };
    send_as("text/plain", b"{}".to_vec()).await.refused(415);
    send_as("", b"{\"title\":\"x\"}".to_vec()).await.refused(415);
    send_as("", Vec::new()).await.refused(400);
    send_as("application/json", b"{".to_vec()).await.refused(400);
    send_as("application/json", b"\xff".to_vec()).await.refused(400);
    send_as("application/json", vec![b'['; 100_000]).await.refused(400);
    send_as("application/json", b"[]".to_vec()).await.refused(422);
    send_as("application/json", b"{\"title\":\"a\\u0000b\"}".to_vec()).await.refused(422);
    let unknown = send_as("application/json", b"{\"titel\":\"x\"}".to_vec()).await.refused(422);
    assert!(unknown["detail"].as_str().is_some_and(|d| d.contains("titel") && d.contains("`title`")), "{unknown}");
    send_as("application/json", vec![b' '; 5 << 20]).await.refused(413);
    send_as("application/json; charset=utf-8", b"{\"title\":\"x\"}".to_vec()).await.is(201);
}

#[tokio::test]
async fn a_token_cannot_do_what_only_a_person_may() {
    let server = Harness::new().await;
    server.get(&server.all, "/account/tokens").await.refused(403);
    server.get(&server.all, "/account/logins").await.refused(403);
    let body = json!({ "name": "more", "scopes": ["administer"], "days": 30 });
    server.post(&server.all, "/account/tokens", body).await.refused(403);
    server.post(&server.all, "/account/password", json!({ "old": "a", "new": "b" })).await.refused(403);
    let me = server.get(&server.writer, "/account").await.is(200);
    assert_eq!((&me["role"], &me["may"]), (&json!("administrator"), &json!(["read", "write"])));
}

#[tokio::test]
async fn too_many_attempts_are_told_when_to_come_back() {
    let server = Harness::new().await;
    let attempt = || {
        let wrong = json!({ "old": "wrong", "new": "sparrow kettle 93 lantern" });
        send(server.browser.post(server.address("/account/password")).json(&wrong))
    };
    for _ in 0..10 {
        attempt().await.refused(422);
    }
    let told = attempt().await;
    told.refused(429);
    assert_eq!(told.header("retry-after"), "900");
}

#[tokio::test]
async fn the_document_is_public_and_every_address_asks_who_is_there() {
    let server = Harness::new().await;
    let root = server.address("").replace("/api/v1", "");
    let document = send(reqwest::Client::new().get(format!("{root}/api/openapi.json"))).await.is(200);
    assert_eq!(document["openapi"], "3.1.0");
    let mut asked = 0;
    for route in hindcast_server::routes::TABLE.iter().chain(&hindcast_server::routes::UPLOADS) {
        let Some(path) = route.path.strip_prefix("/api/v1") else { continue };
        let path = path.split('/').map(|p| if p.starts_with('{') { "1" } else { p }).collect::<Vec<_>>().join("/");
        let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
        server.nobody(method, &path).await.refused(401);
        asked += 1;
    }
    assert!(asked > 40);
}
