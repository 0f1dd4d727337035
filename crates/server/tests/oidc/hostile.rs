//! Answers that are not to be trusted: nobody is let in by one.

use super::accounts::{path, sign_in, started};
use super::issuer::{Issuer, Key, NOW, body, encode};
use crate::support::client::send;
use crate::support::{App, html};
use hindcast_store::refusals::SIGN_IN_FAILED;
use jiff::SignedDuration;
use ring::hmac;
use serde_json::{Value, json};

const NOT_VERIFIED: &str = "The response from Example ID could not be verified.";

/// Nobody is let in, and no account is made.
async fn refused(app: &App, issuer: &Issuer, what: &str) {
    let before = app.changes().await;
    let browser = app.browser();
    let answer = sign_in(app, issuer, &browser).await;
    assert_eq!(answer.status, 401, "{what}: {}", html::words(&answer.body));
    answer.says(NOT_VERIFIED);
    browser.get("/account").await.is(303);
    assert_eq!(app.changes().await, before, "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_says_something_wrong_lets_nobody_in() {
    let (issuer, app, _people) = started().await;
    for (name, value) in [
        ("nonce", json!("another")),
        ("nonce", json!(null)),
        ("aud", json!("another client")),
        ("aud", json!(["hindcast & co", "another client"])),
        ("azp", json!("another client")),
        ("iss", json!("https://id.evil.example")),
        ("iss", json!(format!("{}/", issuer.url))),
        ("exp", json!(NOW - 61)),
        ("exp", json!(null)),
        ("iat", json!(NOW + 3600)),
        ("nbf", json!(NOW + 3600)),
        ("sub", json!("")),
        ("sub", json!(null)),
    ] {
        let before = std::mem::replace(&mut issuer.says().claims, json!({}));
        let mut claims = before.clone();
        claims[name] = value;
        issuer.says().claims = claims;
        refused(&app, &issuer, name).await;
        issuer.says().claims = before;
    }
    let rows = app.refusals(SIGN_IN_FAILED, 1).await;
    assert_eq!(rows[0].subject, "unknown account");
    sign_in(&app, &issuer, &app.browser()).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_signed_wrong_lets_nobody_in() {
    let (issuer, app, _people) = started().await;
    type Signs = fn(&Key, &Value) -> String;
    let ways: [(&str, Signs); 9] = [
        ("alg none", |_, c| format!("{}.", body(&json!({ "alg": "none" }), c))),
        ("alg None", |_, c| format!("{}.", body(&json!({ "alg": "None" }), c))),
        ("no alg", |_, c| format!("{}.", body(&json!({}), c))),
        ("HS256 with the public key", |k, c| shared(k.public(), k, c)),
        ("HS256 with the published key", |k, c| shared(k.published().to_string().as_bytes(), k, c)),
        ("HS256 with the client secret", |k, c| shared(b"s3cret:words", k, c)),
        ("a key of somebody else under the same name", |k, c| Key::new(&k.id).sign(c)),
        ("changed afterwards", |k, c| {
            let token = k.sign(c);
            let signature = token.rsplit('.').next().expect("one");
            let mut claims = c.clone();
            claims["groups"] = json!(["it"]);
            format!("{}.{signature}", body(&json!({ "alg": "ES256", "kid": k.id }), &claims))
        }),
        ("no token at all", |_, _| "a.b".to_owned()),
    ];
    for (what, way) in ways {
        issuer.says().sign = Box::new(way);
        refused(&app, &issuer, what).await;
    }
    // Named as another algorithm's, with a signature of the right key.
    issuer.says().sign = Box::new(|k, c| {
        let token = k.sign(c);
        let signature = token.rsplit('.').next().expect("one");
        format!("{}.{signature}", body(&json!({ "alg": "RS256", "kid": k.id }), c))
    });
    refused(&app, &issuer, "RS256 for a key of another kind").await;
    issuer.says().sign = Box::new(Key::sign);
    app.wait(SignedDuration::from_secs(61));
    sign_in(&app, &issuer, &app.browser()).await.is(303);
}

fn shared(secret: &[u8], key: &Key, claims: &Value) -> String {
    let body = body(&json!({ "alg": "HS256", "kid": key.id }), claims);
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), body.as_bytes());
    format!("{body}.{}", encode(tag.as_ref()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shared_key_among_the_published_ones_is_none() {
    let (issuer, app, _people) = started().await;
    let key = json!({ "kty": "oct", "kid": "first", "alg": "HS256", "k": encode(b"known to everybody") });
    issuer.says().keys.push(key);
    issuer.says().sign = Box::new(|k, c| shared(b"known to everybody", k, c));
    refused(&app, &issuer, "a published secret").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_key_is_asked_for_once_a_minute_at_most() {
    let (issuer, app, _people) = started().await;
    sign_in(&app, &issuer, &app.browser()).await.is(303);
    assert_eq!(issuer.asked("keys"), 1);
    sign_in(&app, &issuer, &app.browser()).await.is(303);
    assert_eq!(issuer.asked("keys"), 1, "they are known");
    app.wait(SignedDuration::from_secs(61));
    // The provider changes its key, as it may at any time.
    let second = Key::new("second");
    issuer.says().keys = vec![json!({ "kty": "of the future" }), second.published()];
    issuer.change_key(second);
    sign_in(&app, &issuer, &app.browser()).await.is(303);
    assert_eq!(issuer.asked("keys"), 2);
    // One that nobody publishes.
    issuer.change_key(Key::new("third"));
    for _ in 0..5 {
        refused(&app, &issuer, "an unknown key").await;
    }
    assert_eq!(issuer.asked("keys"), 2);
    app.wait(SignedDuration::from_secs(60));
    refused(&app, &issuer, "an unknown key").await;
    assert_eq!(issuer.asked("keys"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_belongs_to_the_browser_that_began_and_to_one_sign_in() {
    let (issuer, app, _people) = started().await;
    let (ana, mallory) = (app.browser(), app.browser());
    let there = ana.get("/sign-in/provider").await.is(303);
    let cookie = there.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let back = path(&app, &issuer.authorize(there.leads()));
    // Without the cookie, with another one, with another state.
    mallory.get(&back).await.is(422).says("was started in another tab or browser");
    mallory.get("/sign-in/provider").await.is(303);
    mallory.get(&back).await.is(422);
    ana.get("/sign-in/provider/callback?code=a&state=b").await.is(422);
    ana.get("/sign-in/provider/callback").await.is(422);
    assert_eq!(issuer.asked("token"), 0, "no code was sent for any of them");
    // A browser that kept its cookie comes back twice, with codes that are both good.
    let there = ana.get("/sign-in/provider").await.is(303);
    let cookie =
        Some(there.header("set-cookie").split(';').next().expect("a cookie").to_owned()).filter(|c| *c != cookie);
    let cookie = cookie.expect("every sign-in has a cookie of its own");
    let (first, second) = (issuer.authorize(there.leads()), issuer.authorize(there.leads()));
    for (url, status) in [(first, 303), (second, 422)] {
        let request = app.browser().request("GET", &path(&app, &url)).header("cookie", &cookie);
        let answer = send(request).await.is(status);
        let cleared = answer.headers.get_all("set-cookie").iter().any(|c| c.as_bytes().starts_with(b"hindcast-oidc=;"));
        assert!(cleared, "the browser forgets it");
    }
    // After its time.
    let there = ana.get("/sign-in/provider").await.is(303);
    let back = path(&app, &issuer.authorize(there.leads()));
    app.wait(SignedDuration::from_mins(10));
    ana.get(&back).await.is(422).says("has expired");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_names_the_issuer_that_was_asked() {
    let (issuer, app, _people) = started().await;
    for change in ["", "&iss=https%3A%2F%2Fid.evil.example"] {
        let browser = app.browser();
        let there = browser.get("/sign-in/provider").await.is(303);
        let back = path(&app, &issuer.authorize(there.leads()));
        let (back, _) = back.split_once("&iss=").expect("the issuer is named");
        browser.get(&format!("{back}{change}")).await.is(401).says(NOT_VERIFIED);
    }
    assert_eq!(issuer.asked("token"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_back_leads_to_a_page_of_this_server() {
    let (issuer, app, _people) = started().await;
    for next in ["https://evil.example", "//evil.example", "/%5Cevil.example", "/%09/evil.example"] {
        let browser = app.browser();
        let there = browser.get(&format!("/sign-in/provider?next={next}")).await.is(303);
        let back = path(&app, &issuer.authorize(there.leads()));
        assert_eq!(browser.get(&back).await.is(303).leads(), "/", "{next}");
        assert_eq!(browser.get(&format!("/sign-in/provider?next={next}")).await.is(303).leads(), "/");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_not_guessed_without_end() {
    let (issuer, app, _people) = started().await;
    let mut statuses = Vec::new();
    for nth in 0..3 {
        let browser = app.browser();
        let there = browser.get("/sign-in/provider").await.is(303);
        let back = path(&app, &issuer.authorize(there.leads()));
        let (before, after) = back.split_once("code=").expect("a code");
        let rest = after.split_once('&').expect("more").1;
        statuses.push(browser.get(&format!("{before}code=guessed&{rest}")).await.status);
        if nth == 0 {
            app.tamper("UPDATE sign_in_attempt SET attempts = attempts + 298").await;
        }
    }
    assert_eq!(statuses, [401, 401, 429]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_changes_their_mind_is_told_so() {
    let (issuer, app, _people) = started().await;
    let browser = app.browser();
    let there = browser.get("/sign-in/provider").await.is(303);
    let back = path(&app, &issuer.authorize(there.leads()));
    let back = back.replace("code=", "error=access_denied&error_description=%3Cscript%3E&x=");
    let answer = browser.get(&back).await.is(401).says("Example ID did not sign you in.");
    assert!(!answer.body.contains("<script>"));
}
