use crate::harness::{Answer, Harness, send};
use reqwest::Method;
use serde_json::{Value, json};
use std::task::Poll;

async fn post(server: &Harness, token: &str, path: &str, key: &str, body: Value) -> Answer {
    send(server.request(token, Method::POST, path).header("Idempotency-Key", key).json(&body)).await
}

async fn count(server: &Harness) -> usize {
    let all = server.get(&server.all, "/incidents?limit=100").await.is(200);
    all["items"].as_array().expect("items").len()
}

#[tokio::test]
async fn a_request_sent_again_is_answered_again_and_done_once() {
    let server = Harness::new().await;
    let before = count(&server).await;
    let body = json!({ "title": "Once" });
    let first = post(&server, &server.writer, "/incidents", "k", body.clone()).await;
    let again = post(&server, &server.writer, "/incidents", "k", body.clone()).await;
    assert_eq!(first.is(201), again.is(201));
    assert_eq!(first.header("location"), again.header("location"));
    assert_eq!(count(&server).await, before + 1);
    let other = post(&server, &server.writer, "/incidents", "k", json!({ "title": "Other" })).await.refused(422);
    assert_eq!(other["errors"][0]["field"], "Idempotency-Key");
    post(&server, &server.writer, "/near-misses", "k", body.clone()).await.refused(422);
    // A key counts for one account only.
    let theirs = post(&server, &server.approver, "/incidents", "k", body.clone()).await.is(201);
    assert_ne!(theirs["number"], first.json()["number"]);
    for bad in ["", "a b", "é", &"k".repeat(256)] {
        post(&server, &server.writer, "/incidents", bad, body.clone()).await.refused(422);
    }
}

async fn at_once(server: Harness) {
    let before = count(&server).await;
    let all: Vec<_> =
        (0..8).map(|_| post(&server, &server.writer, "/incidents", "same", json!({ "title": "Once" }))).collect();
    let mut made = 0;
    for answer in futures_of(all).await {
        match answer.status.as_u16() {
            201 => made += 1,
            409 => drop(answer.refused(409)),
            other => panic!("{other}: {}", answer.text),
        }
    }
    assert!(made >= 1);
    assert_eq!(count(&server).await, before + 1);
}

/// Runs all at once on this thread.
async fn futures_of<F: Future>(all: Vec<F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in &mut all {
            if output.is_none()
                && let Poll::Ready(value) = future.as_mut().poll(context)
            {
                *output = Some(value);
            }
        }
        match all.iter().all(|(_, output)| output.is_some()) {
            true => Poll::Ready(all.iter_mut().filter_map(|(_, output)| output.take()).collect()),
            false => Poll::Pending,
        }
    })
    .await
}

#[tokio::test]
async fn the_same_request_at_once_is_done_once() {
    at_once(Harness::new().await).await;
}

#[tokio::test]
async fn the_same_request_at_once_is_done_once_on_postgres() {
    if let Some(server) = Harness::postgres("api_keys").await {
        at_once(server).await;
    }
}

#[tokio::test]
async fn secrets_are_told_once_and_not_kept() {
    let server = Harness::new().await;
    let make = |key: &str| {
        let body = json!({ "name": "t", "scopes": ["read"], "days": null });
        send(server.browser.post(server.address("/account/tokens")).header("Idempotency-Key", key).json(&body))
    };
    let (first, again) = (make("t").await.is(201), make("t").await.is(201));
    assert_eq!(first["id"], again["id"]);
    let secret = first["secret"].as_str().expect("told");
    assert_eq!(again["secret"], Value::Null);
    server.get(secret, "/incidents").await.is(200);
    server.post(secret, "/incidents", json!({ "title": "x" })).await.refused(403);
    let id = first["id"].as_str().expect("an id");
    send(server.browser.delete(server.address(&format!("/account/tokens/{id}")))).await.is(204);
    server.get(secret, "/incidents").await.refused(401);
    let invited = post(&server, &server.all, "/accounts/invitations", "i", json!({ "role": "viewer" })).await.is(201);
    let again = post(&server, &server.all, "/accounts/invitations", "i", json!({ "role": "viewer" })).await.is(201);
    assert!(invited["link"].is_string() && again["link"].is_null());
}
