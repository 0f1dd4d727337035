//! A provider that is down, slow or out of its mind costs this way of signing in, and nothing else.

use super::accounts::{path, sign_in, started};
use super::issuer::Issuer;
use crate::support::App;
use crate::support::people::PASSWORD;
use axum::http::StatusCode;
use hindcast_server::{OidcSettings, check_provider};
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;

const DOWN: &str = "Example ID is not responding. Sign in with a password, or try again in a minute.";

/// Passwords work, and the sign-in page is there.
async fn passwords_work(app: &App) {
    let browser = app.browser();
    browser.get("/sign-in").await.is(200).says("Sign in with Example ID");
    browser.post("/sign-in", &[("email", "mia@example.com"), ("password", PASSWORD)]).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_used_is_an_outage() {
    let (issuer, app, _people) = started().await;
    let good = json!({});
    for (what, document) in [
        ("huge", json!({ "padding": "x".repeat(300 << 10) })),
        ("another issuer", json!({ "issuer": "https://id.evil.example" })),
        ("no keys", json!({ "jwks_uri": null })),
        ("keys over http", json!({ "jwks_uri": "http://id.evil.example/keys" })),
        ("a file", json!({ "token_endpoint": "file:///etc/passwd" })),
    ] {
        issuer.says().document = document;
        let answer = app.browser().get("/sign-in/provider").await;
        assert_eq!(answer.status, 503, "{what}");
        answer.says(DOWN);
        app.wait(SignedDuration::from_secs(10));
    }
    passwords_work(&app).await;
    issuer.says().document = good;
    sign_in(&app, &issuer, &app.browser()).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_asked_every_ten_seconds_and_a_redirect_is_not_followed() {
    let (issuer, app, _people) = started().await;
    for status in [StatusCode::INTERNAL_SERVER_ERROR, StatusCode::FOUND, StatusCode::NOT_FOUND] {
        issuer.says().status = Some(status);
        let before = issuer.asked("document");
        for _ in 0..4 {
            app.browser().get("/sign-in/provider").await.is(503).says(DOWN);
        }
        assert_eq!(issuer.asked("document"), before + 1, "{status}");
        app.wait(SignedDuration::from_secs(10));
    }
    passwords_work(&app).await;
    issuer.says().status = None;
    sign_in(&app, &issuer, &app.browser()).await.is(303);
    // What is known is used for an hour, and beyond it while there is nothing newer.
    let asked = issuer.asked("document");
    app.browser().get("/sign-in/provider").await.is(303);
    assert_eq!(issuer.asked("document"), asked);
    issuer.says().status = Some(StatusCode::BAD_GATEWAY);
    app.wait(SignedDuration::from_hours(2));
    app.browser().get("/sign-in/provider").await.is(303);
    assert_eq!(issuer.asked("document"), asked + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_provider_is_given_up() {
    let (issuer, app, _people) = started().await;
    let browser = app.browser();
    let there = browser.get("/sign-in/provider").await.is(303);
    let back = path(&app, &issuer.authorize(there.leads()));
    issuer.says().takes = Duration::from_secs(3600);
    let (answer, ()) = tokio::join!(browser.get(&back), passwords_work(&app));
    answer.is(503).says(DOWN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_there_keeps_no_server_from_starting() {
    let issuer = Issuer::start().await;
    let app = App::sqlite_with(|config| {
        issuer.configure(config);
        if let Some(oidc) = &mut config.oidc {
            oidc.issuer = "http://127.0.0.1:9".to_owned();
        }
    })
    .await;
    app.browser().get("/sign-in/provider").await.is(503).says(DOWN);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_checked_without_a_sign_in() {
    let issuer = Issuer::start().await;
    let settings = issuer.settings();
    assert_eq!(check_provider(&settings).await, Ok(1));
    let problem = async || check_provider(&settings).await.expect_err("a problem");
    let keys =
        std::mem::replace(&mut issuer.says().keys, vec![json!({ "kty": "oct", "k": "c2VjcmV0", "alg": "HS256" })]);
    assert_eq!(problem().await, "the keys: none of them can verify a signature, so nobody can sign in");
    issuer.says().keys = keys;
    issuer.says().document = json!({ "issuer": "https://id.evil.example" });
    assert!(problem().await.starts_with("the discovery document: its issuer is \"https://id.evil.example\";"));
    issuer.says().document = json!({ "padding": "x".repeat(300 << 10) });
    assert_eq!(problem().await, "the discovery document: the response is larger than 256 KiB");
    issuer.says().status = Some(StatusCode::BAD_GATEWAY);
    assert_eq!(problem().await, "the discovery document: it responded with status 502");
    issuer.says().status = None;
    issuer.says().takes = Duration::from_secs(3600);
    assert_eq!(problem().await, "the discovery document: no response within 5 seconds");
    let gone = OidcSettings { issuer: "http://127.0.0.1:9".to_owned(), ..settings };
    let problem = check_provider(&gone).await.expect_err("a problem");
    assert!(problem.starts_with("the discovery document: ") && !problem.contains("s3cret"), "{problem}");
}
