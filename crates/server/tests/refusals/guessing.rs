//! Ids and tokens that somebody guessed, or took from elsewhere.

use crate::support::client::send;
use crate::support::people::{PASSWORD, link};
use crate::support::{App, People, html, on_both};
use jiff::SignedDuration;

/// The last link of a page that a selector finds.
fn last(page: &str, select: &str) -> String {
    html::attributes(page, select, "href").pop().expect("a link")
}

async fn ids_of_another_incident_are_none_here(app: App) {
    let mia = People::arrive(&app).await.mia;
    let (one, two) = (mia.open_with_retro("one", &[]).await, mia.open("two", &[]).await);
    let page = mia.client.page(&format!("/incidents/{one}")).await;
    for link in [last(&page, "a[href*='/evidence/']"), last(&page, "a[href*='/actions/']")] {
        mia.client.get(&link).await.is(200);
        let there = link.replace(&format!("/incidents/{one}/"), &format!("/incidents/{two}/"));
        mia.client.get(&there).await.is(404);
    }
    let action = last(&page, "a[href*='/actions/']");
    let there = action.replace(&format!("/incidents/{one}/"), &format!("/incidents/{two}/"));
    let form = [("state", "in_progress"), ("version", "1")];
    let before = app.changes().await;
    mia.client.post(&there, &form).await.is(404);
    assert_eq!(app.changes().await, before);
    mia.client.post(&action, &form).await.is(303);
}

async fn ids_that_lead_elsewhere_lead_nowhere(app: App) {
    let people = People::arrive(&app).await;
    let mia = people.mia;
    let number = mia.open_with_retro("one", &[]).await;
    let before = app.changes().await;
    let long = "a".repeat(5000);
    for id in ["..%2f..%2fhindcast.db", "%2e%2e%2f%2e%2e", "..%5c..%5chindcast.db", "%00", "sha256:", "%ff", "'", &long]
    {
        for place in ["evidence", "actions", "retro/revisions", "retro/waivers"] {
            let path = format!("/incidents/{number}/{place}/{id}");
            let method = if place == "retro/waivers" { "POST" } else { "GET" };
            let answer = send(mia.client.request(method, &path).form(&[("reason", "x")])).await;
            assert_eq!(answer.status, 404, "{path}");
        }
        for path in [format!("/setup/{id}"), format!("/enter/{id}"), format!("/assets/../{id}")] {
            let answer = app.browser().get(&path).await;
            assert_eq!(answer.status, 404, "{path}");
        }
        let form = [("role", "administrator")];
        let answer = people.dana.client.post(&format!("/people/{id}/role"), &form).await;
        assert!([404, 422].contains(&answer.status), "{id}: {}", answer.status);
    }
    for number in ["0", "-1", "99999999999999999999", "1e3", "%31", "1.0", "INC-1"] {
        let answer = mia.client.get(&format!("/incidents/{number}")).await;
        let answer = answer.is(if number == "%31" { 200 } else { 404 });
        assert!(answer.header("content-type").starts_with("text/html"), "{number}");
    }
    assert_eq!(app.changes().await, before);
}

async fn links_are_good_once_and_not_for_ever(app: App) {
    let people = People::arrive(&app).await;
    let browser = app.browser();
    let unknown = format!("/setup/{}", "A".repeat(43));
    let form = [("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD)];
    browser.get(&unknown).await.is(404);
    browser.post(&unknown, &form).await.is(404);
    // The first link of all is used up as well.
    browser.get(&app.first_link()).await.is(404);
    browser.post(&app.first_link(), &form).await.is(404);
    let once = link(&people.dana, "viewer").await;
    // What is wrong with the form does not use it up; neither does an address that is taken.
    browser.post(&once, &[("name", "Eve"), ("email", "no address"), ("password", PASSWORD)]).await.is(422);
    browser.post(&once, &[("name", "Eve"), ("email", "eve@example.com"), ("password", "short")]).await.is(422);
    browser.post(&once, &[("name", "Eve"), ("email", "MIA@example.com"), ("password", PASSWORD)]).await.is(422);
    browser.post(&once, &form).await.is(303);
    browser.get(&once).await.is(404);
    app.browser().post(&once, &[("name", "F"), ("email", "f@example.com"), ("password", PASSWORD)]).await.is(404);
    browser.get("/people").await.is(403);
    let late = link(&people.dana, "administrator").await;
    app.wait(SignedDuration::from_hours(73));
    app.browser().post(&late, &[("name", "F"), ("email", "f@example.com"), ("password", PASSWORD)]).await.is(404);
}

async fn tokens_that_are_none_open_nothing(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let token = mia.token(&["read", "administer"]).await;
    assert!(token.starts_with("hcast_"), "{token}");
    let hashed = "0".repeat(64);
    let bearer = |t: &str| format!("Bearer {t}");
    let bad =
        [bearer(""), bearer("hcast_"), bearer(&hashed), bearer(&token[..20]), token.clone(), format!("Basic {token}")];
    for header in bad {
        // A cookie beside it does not help: a request that names a token is the token's.
        let request = mia.client.request("GET", "/incidents").header("authorization", &header);
        send(request.header("accept", "application/json")).await.is(401);
    }
    let with = |path: &str| app.browser().request("GET", path).header("authorization", bearer(&token));
    send(with("/incidents")).await.is(200);
    // A scope beyond one's role is not given.
    send(with("/people")).await.is(403);
    let ids = html::attributes(&mia.client.page("/account").await, "form[action$='/revoke']", "action");
    people.dana.client.post(&ids[0], &[]).await.is(404);
    send(with("/incidents")).await.is(200);
    mia.client.post(&ids[0], &[]).await.is(303);
    send(with("/incidents")).await.is(303);
    let token = mia.token(&["read"]).await;
    let with = || app.browser().request("GET", "/incidents").header("authorization", bearer(&token));
    send(with()).await.is(200);
    app.wait(SignedDuration::from_hours(24 * 30 + 1));
    send(with()).await.is(303);
}

on_both! {
    ids_of_another_incident_are_none_here
    ids_that_lead_elsewhere_lead_nowhere
    links_are_good_once_and_not_for_ever
    tokens_that_are_none_open_nothing
}
