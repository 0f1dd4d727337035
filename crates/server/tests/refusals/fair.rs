//! More than one may ask for.

use crate::support::client::{Answer, send};
use crate::support::{App, Client, People, on_both};

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

/// Asks until that is too much; a slow machine gets some back while it asks.
async fn until_refused(ask: impl AsyncFn() -> Answer) {
    refused_within(5 * A_MINUTE, ask).await;
}

/// The same where too much was asked for already.
async fn soon_refused(ask: impl AsyncFn() -> Answer) -> Answer {
    refused_within(A_MINUTE / 4, ask).await
}

async fn refused_within(most: usize, ask: impl AsyncFn() -> Answer) -> Answer {
    for _ in 0..most {
        let answer = ask().await;
        if answer.status == 429 {
            return answer;
        }
        assert!([200, 303, 401, 404].contains(&answer.status), "{}", answer.status);
    }
    panic!("nobody was refused");
}

async fn what_a_stranger_makes_up_is_looked_up_so_often_only_and_in_a_room_apart(app: App) {
    let vera = People::arrive(&app).await.vera;
    let token = vera.program(&app, &["read"]).await;
    token.get("/api/v1/incidents").await.is(200);
    let made_up = Client::with_token(app.base(), "made-up");
    until_refused(async || made_up.get("/api/v1/incidents").await).await;
    // All of it is one share, whichever way it asks the database.
    let stranger = app.browser();
    for path in ["/setup/none", "/sign-in/code"] {
        soon_refused(async || stranger.get(path).await).await.says("unauthenticated requests");
    }
    let cookie = || stranger.request("GET", "/incidents").header("cookie", "hindcast=made-up");
    soon_refused(async || send(cookie()).await).await;
    // Who was known before is elsewhere, at the same address.
    vera.client.get("/incidents").await.is(200);
    token.get("/api/v1/incidents").await.is(200);
    stranger.get("/health/live").await.is(200);
    // So is who signs in now, from there on.
    vera.again(&app).await.get("/incidents").await.is(200);
}

async fn links_that_do_not_exist_are_looked_up_so_often_only(app: App) {
    let stranger = app.browser();
    until_refused(async || stranger.get("/setup/none").await).await;
}

async fn a_search_is_one_however_its_address_is_written(app: App) {
    let vera = People::arrive(&app).await.vera;
    // A tenth of 300 may come at once.
    for written in ["%71=refund", "q=+", "status=open&%71=%72efund"] {
        until_refused(async || vera.client.get(&format!("/incidents?{written}")).await).await;
        vera.client.get("/incidents").await.is(200);
    }
}

on_both! {
    a_stranger_who_asks_for_too_much_is_told_when_to_come_back
    what_a_stranger_makes_up_is_looked_up_so_often_only_and_in_a_room_apart
    links_that_do_not_exist_are_looked_up_so_often_only
    a_search_is_one_however_its_address_is_written
}
