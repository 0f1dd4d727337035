//! More than one may ask for.

use crate::support::client::send;
use crate::support::{App, People, on_both};

/// As many as one address may send within a minute of what needs no account.
const A_MINUTE: usize = 1200;

async fn a_stranger_who_asks_for_too_much_is_told_when_to_come_back(app: App) {
    let vera = People::arrive(&app).await.vera;
    let stranger = app.browser();
    let form = [("name", "x"), ("email", "x@example.com"), ("password", "correct horse battery")];
    let mut last = None;
    // A slow machine gets some back while it asks.
    for _ in 0..5 * A_MINUTE {
        let answer = stranger.post("/setup/none", &form).await;
        let refused = answer.status == 429;
        last = Some(answer);
        if refused {
            break;
        }
    }
    let answer = last.expect("asked").is(429).says("Nothing was done. Try again in 1 second.");
    assert_eq!(answer.header("retry-after"), "1");
    // Those who are signed in are elsewhere, and so is everything that is only read.
    vera.client.get("/").await.is(200);
    stranger.get("/sign-in").await.is(200);
    let api = send(stranger.request("POST", "/setup/none").header("accept", "application/json").form(&form)).await;
    assert!(api.status == 404 || api.header("content-type") == "application/problem+json", "{}", api.status);
}

on_both! { a_stranger_who_asks_for_too_much_is_told_when_to_come_back }
