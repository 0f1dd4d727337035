//! Guessing at one account from many places: strangers are slowed, and its person is not.

use crate::support::client::{Answer, Client, send};
use crate::support::people::PASSWORD;
use crate::support::{App, People, on_both};
use jiff::SignedDuration;

async fn sign_in(client: &Client, email: &str, password: &str) -> Answer {
    client.post("/sign-in", &[("email", email), ("password", password)]).await
}

async fn many_sources_at_one_account_take_turns_and_its_person_does_not(app: App) {
    let mia = People::arrive(&app).await.mia;
    let other = app.another().await;
    let known = mia.again(&app).await;
    for nth in 1..=50 {
        let base = if nth % 2 == 0 { app.base() } else { other.base() };
        sign_in(&Client::from_address(base, [127, 0, 1, nth]), &mia.email, "a wrong guess").await.is(422);
    }
    let stranger = |nth| Client::from_address(app.base(), [127, 0, 2, nth]);
    // One turn, and whoever comes next waits, with the right password as well. Another server knows of it.
    sign_in(&stranger(1), &mia.email, "a wrong guess").await.is(422);
    let answer = sign_in(&stranger(2), &mia.email, PASSWORD).await.is(429).says("one attempt every 30 seconds");
    assert_eq!(answer.header("retry-after"), "30");
    sign_in(&Client::from_address(other.base(), [127, 0, 2, 3]), &mia.email, PASSWORD).await.is(429);
    // From where she signed in before, in any browser, and elsewhere in a browser she signed in with: as always.
    let answer = sign_in(&app.browser(), &mia.email, PASSWORD).await.is(303);
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|c| c.to_str().ok());
    let device = cookies
        .filter_map(|c| c.split(';').next())
        .find(|c| c.starts_with("hindcast-device="))
        .expect("a cookie")
        .to_owned();
    let elsewhere = |email: &str, password: &str| {
        let request = stranger(4).request("POST", "/sign-in").header("cookie", &device);
        send(request.form(&[("email", email), ("password", password)]))
    };
    elsewhere(&mia.email, "a wrong guess").await.is(422);
    elsewhere(&mia.email, PASSWORD).await.is(303);
    sign_in(&known, &mia.email, PASSWORD).await.is(303);
    // Others, and addresses without an account, are not slowed by it.
    elsewhere("dana@example.com", PASSWORD).await.is(303);
    sign_in(&stranger(5), "nobody@example.com", "x").await.is(422);
    // The next turn may be hers, and then her place is known.
    app.wait(SignedDuration::from_secs(31));
    sign_in(&stranger(6), &mia.email, PASSWORD).await.is(303);
    sign_in(&stranger(6), &mia.email, PASSWORD).await.is(303);
    sign_in(&stranger(7), &mia.email, PASSWORD).await.is(429);
    // A browser that is known is no way to guess without an end.
    for _ in 0..10 {
        elsewhere(&mia.email, "a wrong guess").await.is(422);
    }
    elsewhere(&mia.email, PASSWORD).await.is(429);
    // A quarter of an hour after the first one, all is over.
    app.wait(SignedDuration::from_mins(16));
    sign_in(&stranger(8), &mia.email, "a wrong guess").await.is(422);
    sign_in(&stranger(9), &mia.email, PASSWORD).await.is(303);
}

async fn another_password_forgets_where_somebody_signed_in(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let far = |nth| Client::from_address(app.base(), [127, 0, 3, nth]);
    sign_in(&far(1), &mia.email, PASSWORD).await.is(303);
    let new = "a quite different phrase";
    mia.client.post("/account/password", &[("old", PASSWORD), ("new", new)]).await.is(303);
    for nth in 2..=52 {
        sign_in(&far(nth), &mia.email, "a wrong guess").await.is(422);
    }
    sign_in(&far(1), &mia.email, new).await.is(429);
    sign_in(&app.browser(), &mia.email, new).await.is(303);
}

/// Not on both databases: what counts is the same, and only here does a proxy say where somebody is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_ipv6_site_has_a_limit_beyond_that_of_each_network() {
    let app = App::sqlite_with(|c| c.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")]).await;
    let mia = People::arrive(&app).await.mia;
    let from = async |address: String, password: &str| {
        let request = app.browser().request("POST", "/sign-in").header("X-Forwarded-For", address);
        send(request.form(&[("email", mia.email.as_str()), ("password", password)])).await
    };
    for nth in 0..30 {
        from(format!("2001:db8:1:{nth:x}::1"), "a wrong guess").await.is(422);
    }
    from("2001:db8:1:ffff::1".to_owned(), PASSWORD).await.is(429);
    from("2001:db8:2:ffff::1".to_owned(), PASSWORD).await.is(303);
}

on_both! {
    many_sources_at_one_account_take_turns_and_its_person_does_not
    another_password_forgets_where_somebody_signed_in
}
