//! Who somebody at the provider is here.

use super::issuer::{Issuer, ana};
use crate::support::client::{Answer, Client};
use crate::support::people::PASSWORD;
use crate::support::{App, People, html};
use hindcast_store::refusals::SIGN_IN_FAILED;
use hindcast_store::{chain, identities};
use jiff::SignedDuration;
use serde_json::json;

/// A server with an issuer, and an account of each role.
pub async fn started() -> (Issuer, App, People) {
    let issuer = Issuer::start().await;
    let app = App::sqlite_with(|config| issuer.configure(config)).await;
    let people = People::arrive(&app).await;
    (issuer, app, people)
}

/// Goes to the issuer and comes back; gives the answer to that.
pub async fn sign_in(app: &App, issuer: &Issuer, browser: &Client) -> Answer {
    let there = browser.get("/sign-in/provider?next=/incidents").await.is(303);
    browser.get(&path(app, &issuer.authorize(there.leads()))).await
}

pub fn path(app: &App, url: &str) -> String {
    url.strip_prefix(app.base()).unwrap_or_else(|| panic!("{url} is not of this server")).to_owned()
}

/// The role of whoever is signed in.
async fn role(browser: &Client) -> String {
    html::all(&browser.page("/account").await, "p.soft")[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_gets_an_account_with_the_role_of_their_group_and_an_ordinary_session() {
    let (issuer, app, people) = started().await;
    let page = app.browser().page("/sign-in?next=/incidents%3Fq%3Dx").await;
    assert_eq!(html::all(&page, "a.button"), ["Sign in with Example ID"]);
    assert_eq!(html::attributes(&page, "a.button", "href"), ["/sign-in/provider?next=/incidents%3Fq%3Dx"]);
    let ana = app.browser();
    assert_eq!(sign_in(&app, &issuer, &ana).await.is(303).leads(), "/incidents");
    assert_eq!(role(&ana).await, "Ana María, Responder");
    let events = app.events().await;
    let kinds: Vec<&str> = events.iter().rev().take(3).map(|e| e.kind.as_str()).collect();
    assert_eq!(kinds, ["login.created", "account.identity_linked", "account.created"]);
    assert_eq!(app.changes().await, app.events().await.len() as i64);
    // It is listed, and administrators end it.
    let people_page = people.dana.client.page("/people").await;
    assert!(html::words(&people_page).contains("ana@example.com"));
    let id = events[events.len() - 2].subject.clone();
    people.dana.client.post(&format!("/people/{id}/access/end"), &[]).await.is(303);
    assert_eq!(ana.get("/account").await.is(303).leads(), "/sign-in?next=/account");
    // The next time it is the same account.
    sign_in(&app, &issuer, &ana).await.is(303);
    assert_eq!(app.events().await.iter().filter(|e| e.kind == "account.created").count(), 5);
    app.wait(SignedDuration::from_hours(24 * 14 + 1));
    ana.get("/account").await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_role_nobody_is_let_in_and_the_page_says_what_to_do() {
    let (issuer, app, _people) = started().await;
    for groups in [json!(["staff"]), json!([]), json!(null)] {
        issuer.says().claims["groups"] = groups;
        let browser = app.browser();
        let answer = sign_in(&app, &issuer, &browser).await.is(403);
        answer.says("Example ID identified you as Ana María but gives you no role in Hindcast. Ask an administrator.");
        browser.get("/account").await.is(303);
    }
    let rows = app.refusals(SIGN_IN_FAILED, 1).await;
    assert_eq!(rows[0].subject, "unknown account");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_role_follows_the_provider_at_the_next_sign_in_and_the_last_administrator_stays_one() {
    let (issuer, app, people) = started().await;
    // In a browser of its own each time: whoever is signed in is not sent to the provider.
    let (first, second, third, last) = (app.browser(), app.browser(), app.browser(), app.browser());
    for (ana, group, expected) in [
        (&first, "sre", "Responder"),
        (&second, "it", "Administrator"),
        (&third, "all", "Viewer"),
        (&last, "it", "Administrator"),
    ] {
        issuer.says().claims["groups"] = json!([group]);
        sign_in(&app, &issuer, ana).await.is(303);
        assert_eq!(role(ana).await, format!("Ana María, {expected}"));
    }
    // Now she is the only one.
    let id = people.dana.id.clone();
    last.post(&format!("/people/{id}/disabled"), &[("disabled", "yes")]).await.is(303);
    issuer.says().claims["groups"] = json!(["all"]);
    let ana_client = app.browser();
    sign_in(&app, &issuer, &ana_client).await.is(303);
    assert_eq!(role(&ana_client).await, "Ana María, Administrator");
    let events = app.events().await;
    let kept = events.iter().find(|e| e.kind == "account.role_kept").expect("it is put down");
    assert!(kept.data.contains("\"at_provider\":\"viewer\""), "{kept:?}");
    let audit = chain::verify(&mut app.store().reader().await.expect("reads")).await.expect("checks");
    assert_eq!(audit.faults, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_deactivated_stays_out() {
    let (issuer, app, people) = started().await;
    let browser = app.browser();
    sign_in(&app, &issuer, &browser).await.is(303);
    let id = app.events().await.iter().rev().find(|e| e.kind == "account.created").expect("one").subject.clone();
    people.dana.client.post(&format!("/people/{id}/disabled"), &[("disabled", "yes")]).await.is(303);
    issuer.says().claims["groups"] = json!(["it"]);
    sign_in(&app, &issuer, &browser).await.is(403).says("Your account is deactivated");
    browser.get("/account").await.is(303);
    assert_eq!(app.refusals(SIGN_IN_FAILED, 1).await[0].subject, id);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_gives_nobody_an_account_that_exists() {
    let (issuer, app, people) = started().await;
    for verified in [true, false] {
        let mut claims = ana();
        (claims["email"], claims["email_verified"]) = (json!("DANA@example.com"), json!(verified));
        claims["sub"] = json!(format!("mallory-{verified}"));
        issuer.says().claims = claims;
        let browser = app.browser();
        let answer = sign_in(&app, &issuer, &browser).await;
        if verified {
            answer.is(409).says("An account with the email address dana@example.com already exists.");
            browser.get("/account").await.is(303);
        } else {
            // An account of their own, under an address that nobody has.
            answer.is(303);
            assert_eq!(role(&browser).await, "Ana María, Responder");
            let page = html::words(&people.dana.client.page("/people").await);
            assert!(page.contains("@oidc.invalid"), "{page}");
        }
    }
    assert_eq!(role(&people.dana.client).await, "Dana Osei, Administrator");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_linked_while_signed_in_with_its_password_and_unlinked_again() {
    let (issuer, app, people) = started().await;
    let mia = &people.mia.client;
    mia.post("/account/provider", &[("password", "another one")]).await.is(422);
    let page = mia.post("/account/provider", &[("password", PASSWORD)]).await.is(200);
    let way = html::attributes(&page.body, "#provider-h ~ .once a.button", "href")[0].clone();
    let back = path(&app, &issuer.authorize(&way));
    assert_eq!(mia.get(&back).await.is(303).leads(), "/account");
    let issuer_url = issuer.url.clone();
    let linked = async |id: &str| {
        let conn = &mut *app.store().reader().await.expect("reads");
        identities::linked_at(conn, &issuer_url, id).await.expect("reads").is_some()
    };
    assert!(linked(&people.mia.id).await);
    let browser = app.browser();
    sign_in(&app, &issuer, &browser).await.is(303);
    assert_eq!(role(&browser).await, "Mia Lindqvist, Responder");
    // One person signs in to one account.
    let page = people.vera.client.post("/account/provider", &[("password", PASSWORD)]).await.is(200);
    let way = html::attributes(&page.body, "#provider-h ~ .once a.button", "href")[0].clone();
    people.vera.client.get(&path(&app, &issuer.authorize(&way))).await.is(409);
    assert!(!linked(&people.vera.id).await);
    mia.post("/account/provider/unlink", &[("password", "another one")]).await.is(422);
    mia.post("/account/provider/unlink", &[("password", PASSWORD)]).await.is(303);
    assert!(!linked(&people.mia.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_was_begun_in_one_session_is_not_completed_in_another() {
    let (issuer, app, people) = started().await;
    let page = people.mia.client.post("/account/provider", &[("password", PASSWORD)]).await.is(200);
    let way = html::attributes(&page.body, "#provider-h ~ .once a.button", "href")[0].clone();
    let back = path(&app, &issuer.authorize(&way));
    // Vera's browser has nothing of it, and neither has Mia's after she signed out.
    people.vera.client.get(&back).await.is(422);
    people.mia.client.post("/sign-out", &[]).await.is(303);
    people.mia.client.get(&back).await.is(422).says("has ended");
    assert!(app.events().await.iter().all(|e| e.kind != "account.identity_linked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_account_of_a_server_is_an_administrators() {
    let issuer = Issuer::start().await;
    let app = App::sqlite_with(|config| issuer.configure(config)).await;
    let browser = app.browser();
    sign_in(&app, &issuer, &browser).await.is(409).says("This server has no administrator yet.");
    issuer.says().claims["groups"] = json!(["it"]);
    sign_in(&app, &issuer, &browser).await.is(303);
    assert_eq!(role(&browser).await, "Ana María, Administrator");
    app.browser().get(&app.first_link()).await.is(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_id_token_lacks_comes_from_the_user_info_of_the_same_person() {
    let (issuer, app, _people) = started().await;
    issuer.says().claims = json!({ "sub": "7" });
    issuer.says().user_info = json!({ "sub": "8", "name": "Eve", "groups": ["it"] });
    sign_in(&app, &issuer, &app.browser()).await.is(401).says("could not be verified");
    issuer.says().user_info = json!({ "sub": "7", "name": "Bo", "groups": ["leads"], "iss": "x" });
    let browser = app.browser();
    sign_in(&app, &issuer, &browser).await.is(303);
    assert_eq!(role(&browser).await, "Bo, Approver");
    // An address in the ID token is not verified by what the user info says.
    issuer.says().claims = json!({ "sub": "9", "email": "ravi@example.com" });
    issuer.says().user_info = json!({ "sub": "9", "email_verified": true, "groups": ["it"] });
    sign_in(&app, &issuer, &app.browser()).await.is(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_it_is_there_unless_it_is_set_up() {
    let app = App::sqlite().await;
    let people = People::arrive(&app).await;
    assert!(html::all(&app.browser().page("/sign-in").await, "a.button").is_empty());
    assert!(!people.mia.client.page("/account").await.contains("provider"));
    app.browser().get("/sign-in/provider").await.is(404);
    app.browser().get("/sign-in/provider/callback?code=a&state=b").await.is(404);
    people.mia.client.post("/account/provider", &[("password", PASSWORD)]).await.is(404);
}
