use crate::harness::{Harness, send};
use hindcast_server::routes::{TABLE, UPLOADS, Who};
use reqwest::Method;
use serde_json::json;

/// Addresses that are open to browsers only.
const BY_SESSION: [&str; 4] =
    ["/account/logins", "/account/tokens", "/account/password", "/accounts/{id}/second-factor"];

/// One of them that others may read.
const OPEN: (&str, &str) = ("POST", "/emergency-access");

/// Every address with every kind of token: who may not is refused before anything is looked at, who may is not.
async fn every_address_by_every_token(server: Harness) {
    // An incident that has everything, so that nothing but the right stands in the way.
    let number = server.open(json!({ "title": "One" })).await;
    server.upload(number, "trace", "refund/trace.json").await.is(201);
    server.post(&server.writer, &format!("/incidents/{number}/retro"), json!({})).await.is(201);
    server.import(number, "text/csv", "session\ns1\n").await.is(201);
    let real = |part: &str| match part {
        "{number}" => number.to_string(),
        "{section}" => "impact".to_owned(),
        "{rule}" => "bases-hold".to_owned(),
        "{revision}" | "{nth}" => "1".to_owned(),
        "{month}" => "2026-11".to_owned(),
        "{duty}" => "informed".to_owned(),
        part if part.starts_with('{') => "9999".to_owned(),
        part => part.to_owned(),
    };
    let administers = server.token(&server.browser, &["administer"]).await;
    let tokens: [(&str, &[Who]); 5] = [
        (&administers, &[Who::Signed, Who::Administer]),
        (&server.reader, &[Who::Signed, Who::Read]),
        (&server.writer, &[Who::Signed, Who::Read, Who::Write]),
        (&server.approver, &[Who::Signed, Who::Read, Who::Write, Who::Approve]),
        (&server.all, &[Who::Signed, Who::Read, Who::Write, Who::Approve, Who::Administer]),
    ];
    let (mut refused, mut through) = (0, 0);
    for route in TABLE.iter().chain(&UPLOADS) {
        let Some(named) = route.path.strip_prefix("/api/v1") else { continue };
        let path = named.split('/').map(real).collect::<Vec<_>>().join("/");
        let by_session = BY_SESSION.iter().any(|p| named.starts_with(p)) || (route.method, named) == OPEN;
        for (nth, (token, may)) in tokens.iter().enumerate() {
            let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
            let answer = send(server.request(token, method, &path)).await;
            let name = format!("{} {} with token {nth}: {}", route.method, route.path, answer.text);
            if may.contains(&route.who) && !by_session {
                assert!(![401, 403, 405, 500].contains(&answer.status.as_u16()), "{name}");
                // What is read is there, unless it is one of many.
                let is_one = path.contains("9999") || named.ends_with("/notices");
                assert!(route.method != "GET" || is_one || answer.status.as_u16() == 200, "{name}");
                through += 1;
            } else if by_session && route.method == "POST" {
                // A body is read before it is known that a person asks; nothing is done either way.
                assert!([400, 403].contains(&answer.status.as_u16()), "{name}");
            } else {
                assert_eq!(answer.status.as_u16(), 403, "{name}");
                refused += 1;
            }
        }
    }
    assert!(refused > 30 && through > 90, "{refused} refused, {through} let through");
}

#[tokio::test]
async fn every_address_by_every_token_on_sqlite() {
    every_address_by_every_token(Harness::new().await).await;
}

#[tokio::test]
async fn every_address_by_every_token_on_postgres() {
    if let Some(server) = Harness::postgres("api_rights").await {
        every_address_by_every_token(server).await;
    }
}
