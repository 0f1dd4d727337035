//! Signing in and out: secrets change, end, and are never taken over.

use crate::support::client::{Answer, Client, send};
use crate::support::people::PASSWORD;
use crate::support::{App, People, html, on_both};
use hindcast_server::{Clock, Sessions};
use jiff::SignedDuration;
use std::collections::HashSet;
use std::time::Duration;

/// The secret that an answer sets.
fn secret(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie");
    let (name, rest) = cookie.split_once('=').expect("a cookie");
    assert!(["hindcast", "__Host-hindcast"].contains(&name), "{cookie}");
    rest.split(';').next().expect("a value").to_owned()
}

/// A request with a cookie set by hand.
async fn with_cookie(app: &App, method: &str, path: &str, secret: &str) -> Answer {
    send(app.browser().request(method, path).header("cookie", format!("hindcast={secret}"))).await
}

async fn sign_in(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/sign-in", &[("email", email), ("password", password)]).await
}

async fn a_cookie_from_before_is_not_taken_over(app: App) {
    let mia = People::arrive(&app).await.mia;
    let planted = "A".repeat(43);
    let request = app.browser().request("POST", "/sign-in").header("cookie", format!("hindcast={planted}"));
    let answer = send(request.form(&[("email", mia.email.as_str()), ("password", PASSWORD)])).await.is(303);
    assert_ne!(secret(&answer), planted);
    with_cookie(&app, "GET", "/", &planted).await.is(303);
    with_cookie(&app, "GET", "/", &secret(&answer)).await.is(200);
}

async fn every_sign_in_has_a_secret_of_its_own(app: App) {
    let mia = People::arrive(&app).await.mia;
    let client = app.browser();
    let mut seen = HashSet::new();
    for _ in 0..3 {
        assert!(seen.insert(secret(&sign_in(&client, &mia.email, PASSWORD).await.is(303))));
    }
    assert!(seen.iter().all(|s| s.len() == 43));
}

async fn signing_out_ends_it_on_the_server(app: App) {
    let mia = People::arrive(&app).await.mia;
    let client = app.browser();
    let kept = secret(&sign_in(&client, &mia.email, PASSWORD).await);
    with_cookie(&app, "GET", "/", &kept).await.is(200);
    let out = client.post("/sign-out", &[]).await.is(303);
    assert!(out.header("set-cookie").contains("Max-Age=0"), "{}", out.header("set-cookie"));
    with_cookie(&app, "GET", "/", &kept).await.is(303);
    assert!(client.get("/").await.is(303).leads().starts_with("/sign-in"));
    mia.client.get("/").await.is(200);
}

async fn being_shut_out_ends_everything_at_once(app: App) {
    let people = People::arrive(&app).await;
    let (mia, dana) = (&people.mia, &people.dana);
    let program = mia.program(&app, &["read"]).await;
    program.get("/incidents").await.is(200);
    let shut = format!("/people/{}/disabled", mia.id);
    dana.client.fill("/people", &shut, &[]).await.is(303);
    mia.client.get("/incidents").await.is(303);
    program.get("/incidents").await.is(303);
    sign_in(&app.browser(), &mia.email, PASSWORD).await.is(422);
    // Being let in again brings no old login back.
    dana.client.fill("/people", &shut, &[]).await.is(303);
    mia.client.get("/incidents").await.is(303);
    sign_in(&app.browser(), &mia.email, PASSWORD).await.is(303);
    // A role that was taken away is gone from tokens too.
    let program = dana.program(&app, &["read", "administer"]).await;
    program.get("/people").await.is(200);
    let role = format!("/people/{}/role", dana.id);
    dana.client.post(&role, &[("role", "viewer")]).await.is(409);
    dana.client.post(&format!("/people/{}/role", people.ravi.id), &[("role", "administrator")]).await.is(303);
    people.ravi.client.post(&role, &[("role", "viewer")]).await.is(303);
    program.get("/people").await.is(403);
    dana.client.get("/people").await.is(403);
}

async fn another_password_and_time_end_logins(app: App) {
    let mia = People::arrive(&app).await.mia;
    let other = mia.again(&app).await;
    let new = "a quite different phrase";
    mia.client.post("/account/password", &[("old", PASSWORD), ("new", "too short")]).await.is(422);
    mia.client.post("/account/password", &[("old", "not this one"), ("new", new)]).await.is(422);
    other.get("/").await.is(200);
    mia.client.post("/account/password", &[("old", PASSWORD), ("new", new)]).await.is(303);
    mia.client.get("/").await.is(303);
    other.get("/").await.is(303);
    sign_in(&other, &mia.email, PASSWORD).await.is(422);
    sign_in(&other, &mia.email, new).await.is(303);
    // Used at least once a week, it lasts two.
    app.wait(SignedDuration::from_hours(24 * 7 - 1));
    other.get("/").await.is(200);
    app.wait(SignedDuration::from_hours(24 * 7 - 1));
    other.get("/").await.is(200);
    app.wait(SignedDuration::from_hours(3));
    other.get("/").await.is(303);
}

async fn a_session_that_is_not_used_ends_and_is_not_listed(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let other = mia.again(&app).await;
    app.wait(SignedDuration::from_hours(24 * 6));
    mia.client.get("/").await.is(200);
    people.dana.client.get("/").await.is(200);
    app.wait(SignedDuration::from_hours(24 + 1));
    other.get("/").await.is(303);
    let rows = |page: &str| html::attributes(page, "form[action*='/logins/']", "action").len();
    assert_eq!(rows(&mia.client.page("/account").await), 1);
    assert_eq!(rows(&people.dana.client.page(&format!("/people/access?account={}", mia.id)).await), 1);
    let listed = send(mia.client.request("GET", "/api/v1/account/logins")).await.is(200).body;
    assert_eq!(listed.matches("\"device\"").count(), 1, "{listed}");
}

/// Not on both databases: the figures are the server's.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lifetimes_are_as_the_server_was_started_with() {
    let sessions = Sessions { lifetime: Duration::from_secs(8 * 3600), idle: Duration::from_secs(30 * 60) };
    let app = App::sqlite_with(|c| c.sessions = sessions).await;
    let mia = People::arrive(&app).await.mia;
    let answer = sign_in(&app.browser(), &mia.email, PASSWORD).await.is(303);
    assert!(answer.header("set-cookie").contains("Max-Age=28800"), "{}", answer.header("set-cookie"));
    for _ in 0..16 {
        app.wait(SignedDuration::from_mins(29));
        mia.client.get("/").await.is(200);
    }
    app.wait(SignedDuration::from_mins(17));
    mia.client.get("/").await.is(303);
    let idle = mia.again(&app).await;
    app.wait(SignedDuration::from_mins(31));
    idle.get("/").await.is(303);
    // A server that is started with less ends what another one let in for longer.
    let client = mia.again(&app).await;
    let shorter = Sessions { idle: Duration::from_secs(5 * 60), ..sessions };
    let other = app.sharing(|c| c.sessions = shorter).await;
    app.wait(SignedDuration::from_mins(6));
    let cookie = sign_in(&app.browser(), &mia.email, PASSWORD)
        .await
        .header("set-cookie")
        .split(';')
        .next()
        .expect("one")
        .to_owned();
    drop(client);
    let there = || send(other.browser().request("GET", "/").header("cookie", &cookie));
    there().await.is(200);
    app.wait(SignedDuration::from_mins(6));
    there().await.is(303);
}

async fn a_password_that_is_guessed_first_is_refused_wherever_one_is_set(app: App) {
    let email = "dana@example.com";
    let weak = ["password1234", "aaaaaaaaaaaa", "Dana-Osei-2026", email, "Hindcast2026!"];
    let setup = app.first_link();
    for password in weak {
        let form = [("name", "Dana Osei"), ("email", email), ("password", password)];
        app.browser().post(&setup, &form).await.is(422).says("several unrelated words");
    }
    let people = People::arrive(&app).await;
    let made = hindcast_server::recovery::link(app.place(), None, 3600, Clock::System).await.expect("a link");
    let recover = format!("/setup/{}", made.token);
    for password in weak {
        app.browser().post(&recover, &[("password", password)]).await.is(422).says("several unrelated words");
        let form = [("old", PASSWORD), ("new", password)];
        people.dana.client.post("/account/password", &form).await.is(422).says("several unrelated words");
        let body = serde_json::json!({ "old": PASSWORD, "new": password });
        let request = people.dana.client.request("POST", "/api/v1/account/password").json(&body);
        assert!(send(request).await.is(422).body.contains("several unrelated words"));
    }
    // The link was not used up, and the old password still holds.
    sign_in(&app.browser(), email, PASSWORD).await.is(303);
    app.browser().post(&recover, &[("password", "sparrow kettle 93 lantern")]).await.is(303);
}

async fn guessing_passwords_is_slowed_down(app: App) {
    let mia = People::arrive(&app).await.mia;
    for _ in 0..10 {
        let answer = sign_in(&app.browser(), "MIA@example.com", "a wrong guess").await.is(422);
        assert_eq!(answer.header("set-cookie"), "");
    }
    // Now the right one is refused too, whatever browser it comes from.
    sign_in(&app.browser(), &mia.email, PASSWORD).await.is(429);
    sign_in(&app.browser(), "  mia@EXAMPLE.com ", PASSWORD).await.is(429);
    // Whoever is signed in stays so, and others are not kept out.
    mia.client.get("/").await.is(200);
    sign_in(&app.browser(), "dana@example.com", PASSWORD).await.is(303);
    app.wait(SignedDuration::from_mins(16));
    sign_in(&app.browser(), &mia.email, PASSWORD).await.is(303);
}

async fn guessing_from_one_address_keeps_nobody_out_who_is_elsewhere_or_signed_in(app: App) {
    let mia = People::arrive(&app).await.mia;
    for _ in 0..11 {
        sign_in(&app.browser(), &mia.email, "a wrong guess").await;
    }
    sign_in(&app.browser(), &mia.email, PASSWORD).await.is(429);
    mia.client.get("/").await.is(200);
    mia.client.post("/account/password", &[("old", PASSWORD), ("new", "a quite different phrase")]).await.is(303);
    let elsewhere = || Client::from_address(app.base(), [127, 0, 0, 2]);
    sign_in(&elsewhere(), &mia.email, "a quite different phrase").await.is(303);
    // Whoever tries many accounts has 300 attempts; of the 12 above, none succeeded but the one that was taken back.
    app.tamper("UPDATE sign_in_attempt SET attempts = attempts + 287").await;
    sign_in(&app.browser(), "nobody@example.com", "").await.is(422);
    sign_in(&app.browser(), "dana@example.com", PASSWORD).await.is(429);
    sign_in(&elsewhere(), "dana@example.com", PASSWORD).await.is(303);
    // Old counts are removed.
    app.wait(SignedDuration::from_mins(16));
    app.run_jobs().await;
    let rows = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM sign_in_attempt");
    assert_eq!(rows.fetch_one(&mut *app.store().reader().await.expect("reads")).await.expect("counts"), 0);
    sign_in(&app.browser(), "dana@example.com", PASSWORD).await.is(303);
}

async fn attempts_are_counted_for_all_servers_before_the_password_is_checked(app: App) {
    let mia = People::arrive(&app).await.mia;
    let other = app.another().await;
    // All at once: none is checked before it is counted.
    let mut tries = Vec::new();
    for nth in 0..24 {
        let client = if nth % 2 == 0 { app.browser() } else { other.browser() };
        let email = mia.email.clone();
        tries.push(tokio::spawn(async move { sign_in(&client, &email, "a wrong guess").await.status }));
    }
    let mut statuses = Vec::new();
    for tried in tries {
        statuses.push(tried.await.expect("answers"));
    }
    assert_eq!(statuses.iter().filter(|s| **s == 422).count(), 10, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|s| **s == 429).count(), 14, "{statuses:?}");
    // A server that starts now knows of them as well.
    sign_in(&app.another().await.browser(), &mia.email, PASSWORD).await.is(429);
    app.wait(SignedDuration::from_mins(16));
    sign_in(&app.browser(), &mia.email, PASSWORD).await.is(303);
}

/// When a browser was last used is put down once a minute. While no change is possible, pages are still shown.
async fn a_use_that_cannot_be_put_down_keeps_nobody_from_reading(app: App) {
    let mia = People::arrive(&app).await.mia;
    app.wait(SignedDuration::from_mins(5));
    let mut held = app.store().begin().await.expect("begins");
    sqlx::query("UPDATE login SET seen_at = seen_at").execute(&mut *held).await.expect("holds every row");
    let pages = async {
        let (one, two) = tokio::join!(mia.client.get("/"), mia.client.get("/incidents"));
        one.is(200);
        two.is(200);
        mia.client.get("/account").await.is(200);
    };
    tokio::time::timeout(Duration::from_secs(8), pages).await.expect("nobody waits for the change");
    drop(held);
    mia.client.get("/").await.is(200);
}

on_both! {
    a_use_that_cannot_be_put_down_keeps_nobody_from_reading
    a_cookie_from_before_is_not_taken_over
    every_sign_in_has_a_secret_of_its_own
    signing_out_ends_it_on_the_server
    being_shut_out_ends_everything_at_once
    another_password_and_time_end_logins
    a_session_that_is_not_used_ends_and_is_not_listed
    a_password_that_is_guessed_first_is_refused_wherever_one_is_set
    guessing_passwords_is_slowed_down
    guessing_from_one_address_keeps_nobody_out_who_is_elsewhere_or_signed_in
    attempts_are_counted_for_all_servers_before_the_password_is_checked
}
