//! Forms of other sites, and ways out to them.

use crate::support::client::{Client, send};
use crate::support::people::PASSWORD;
use crate::support::{App, People, on_both};
use reqwest::RequestBuilder;

/// The form of a near-miss, as a browser would send it from somewhere.
fn near_miss(client: &Client) -> RequestBuilder {
    client.request("POST", "/incidents").form(&[("title", "From elsewhere"), ("near_miss", "yes")])
}

async fn forms_of_other_sites_are_refused(app: App) {
    let mia = People::arrive(&app).await.mia;
    let before = app.changes().await;
    let foreign: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")],
    ];
    for headers in foreign {
        let request = headers.iter().fold(near_miss(&mia.client), |r, (name, value)| r.header(*name, *value));
        send(request).await.is(403).says("This was sent from a page of another site");
        let sign_in = app.browser().request("POST", "/sign-in");
        let sign_in = sign_in.form(&[("email", mia.email.as_str()), ("password", PASSWORD)]);
        let request = headers.iter().fold(sign_in, |r, (name, value)| r.header(*name, *value));
        assert_eq!(send(request).await.is(403).header("set-cookie"), "");
    }
    assert_eq!(app.changes().await, before);
    let own = [("sec-fetch-site", "same-origin".to_owned()), ("origin", app.base().to_owned())];
    for (name, value) in own {
        send(near_miss(&mia.client).header(name, value)).await.is(303);
    }
}

async fn signing_in_leads_to_this_server_only(app: App) {
    let mia = People::arrive(&app).await.mia;
    let elsewhere = [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\u{1}",
        "/\u{7f}",
    ];
    for next in elsewhere {
        let form = [("email", mia.email.as_str()), ("password", PASSWORD), ("next", next)];
        let answer = app.browser().post("/sign-in", &form).await.is(303);
        assert_eq!(answer.leads(), "/", "{next:?}");
        // The form, and the way on for whoever is signed in already.
        let page = app.browser().request("GET", "/sign-in").query(&[("next", next)]);
        let page = send(page).await.is(200).body;
        assert!(page.contains("name=\"next\" value=\"/\""), "{next:?}: {page}");
        let on = send(mia.client.request("GET", "/sign-in").query(&[("next", next)])).await.is(303);
        assert_eq!(on.leads(), "/", "{next:?}");
    }
    let form = [("email", mia.email.as_str()), ("password", PASSWORD), ("next", "/incidents?q=a")];
    assert_eq!(app.browser().post("/sign-in", &form).await.is(303).leads(), "/incidents?q=a");
    let led = app.browser().get("/incidents?status=open").await.is(303).leads().to_owned();
    assert_eq!(led, "/sign-in?next=/incidents%3Fstatus%3Dopen");
}

on_both! {
    forms_of_other_sites_are_refused
    signing_in_leads_to_this_server_only
}
