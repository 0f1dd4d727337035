//! Signing in with a code.

use super::{give, is_signed_in, turn_on, with_cookie, with_password};
use crate::support::people::PASSWORD;
use crate::support::{App, People, on_both};
use hindcast_server::{Clock, recovery};
use hindcast_store::refusals::SIGN_IN_FAILED;
use jiff::SignedDuration;

async fn takes_a_code_behind_the_password(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    let client = with_password(&app, &mia).await;
    assert!(!is_signed_in(&client).await, "the password alone is not enough");
    client.get("/sign-in/code?next=/incidents").await.is(200).says("Enter your code");
    give(&client, &phone.wrong(&app)).await.is(422).says("Code: it is wrong");
    let done = give(&client, &phone.code(&app)).await.is(303);
    assert_eq!(done.leads(), "/incidents");
    assert!(is_signed_in(&client).await);
    client.get("/sign-in/code").await.is(303);
    assert_eq!(app.refusals(SIGN_IN_FAILED, 1).await[0].subject, mia.id);
}

async fn a_code_counts_once_on_all_servers(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    let other = app.another().await;
    other.wait(SignedDuration::from_secs(60));
    let (here, there) = (with_password(&app, &mia).await, with_password(&other, &mia).await);
    let code = phone.code(&app);
    let (one, two) = tokio::join!(give(&here, &code), give(&there, &code));
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert_eq!(both, [303, 422]);
    let third = with_password(&app, &mia).await;
    give(&third, &code).await.is(422).says("used before");
}

async fn a_recovery_code_signs_in_once(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    let client = with_password(&app, &mia).await;
    give(&client, &format!(" {} ", phone.codes[3].to_uppercase())).await.is(303);
    client.get("/account").await.is(200).says("9 recovery codes left");
    give(&with_password(&app, &mia).await, &phone.codes[3]).await.is(422);
}

async fn what_waits_for_a_code_is_short_lived_and_of_one_browser(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    app.browser().get("/sign-in/code").await.is(303);
    give(&app.browser(), &phone.code(&app)).await.is(422).says("This sign-in has expired.");
    for cookie in ["hindcast-code=", "hindcast-code=x", "hindcast=x"] {
        with_cookie(&app, "POST", "/sign-in/code", cookie, &[("code", &phone.code(&app))]).await.is(422);
    }
    let client = with_password(&app, &mia).await;
    app.wait(SignedDuration::from_mins(5));
    give(&client, &phone.code(&app)).await.is(422).says("This sign-in has expired.");
    let client = with_password(&app, &mia).await;
    let form = [("old", PASSWORD), ("new", "a better horse battery"), ("code", &phone.code(&app))];
    mia.client.post("/account/password", &form).await.is(303);
    give(&client, &phone.code(&app)).await.is(422).says("This sign-in has expired.");
}

async fn codes_cannot_be_guessed(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    let mut clients = Vec::new();
    for _ in 0..2 {
        clients.push(with_password(&app, &mia).await);
    }
    for nth in 0..10 {
        give(&clients[nth % 2], &phone.wrong(&app)).await.is(422);
    }
    // Not even the right one counts, whichever browser sends it.
    for client in &clients {
        give(client, &phone.code(&app)).await.is(429);
    }
    assert!(mia.client.get("/").await.status == 200, "whoever is signed in stays so");
    app.wait(SignedDuration::from_mins(16));
    give(&with_password(&app, &mia).await, &phone.code(&app)).await.is(303);
    // The right password forgives nothing as long as the code is missing.
    for _ in 0..10 {
        with_password(&app, &mia).await;
    }
    let form = [("email", mia.email.as_str()), ("password", PASSWORD)];
    app.browser().post("/sign-in", &form).await.is(429);
}

async fn tokens_need_no_code(app: App) {
    let mia = People::arrive(&app).await.mia;
    let program = mia.program(&app, &["read"]).await;
    turn_on(&app, &mia).await;
    program.get("/api/v1/incidents").await.is(200);
}

async fn recovery_on_the_machine_turns_it_off(app: App) {
    let people = People::arrive(&app).await;
    let dana = &people.dana;
    turn_on(&app, dana).await;
    let link = recovery::link(app.place(), None, 3600, Clock::System).await.expect("makes a link");
    let client = app.browser();
    client.get(&format!("/setup/{}", link.token)).await.is(200).says("turns off its second factor");
    client.post(&format!("/setup/{}", link.token), &[("password", "a better horse battery")]).await.is(303);
    assert!(is_signed_in(&client).await);
    client.get("/account").await.is(200).says("Set up a second factor");
    assert!(
        app.events().await.iter().any(|e| e.kind == "account.second_factor_reset" && e.data.contains("recovery_link"))
    );
    app.changes().await;
}

on_both! {
    takes_a_code_behind_the_password
    a_code_counts_once_on_all_servers
    a_recovery_code_signs_in_once
    what_waits_for_a_code_is_short_lived_and_of_one_browser
    codes_cannot_be_guessed
    tokens_need_no_code
    recovery_on_the_machine_turns_it_off
}
