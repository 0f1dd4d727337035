//! Turning it on and off, and the recovery codes.

use super::{PAGE, begin, secret, turn_on};
use crate::support::client::send;
use crate::support::people::PASSWORD;
use crate::support::{App, People, html, on_both};
use jiff::SignedDuration;
use std::collections::HashSet;

async fn needs_the_password_and_a_code_before_it_counts(app: App) {
    let mia = People::arrive(&app).await.mia;
    mia.client.fill(PAGE, PAGE, &[("password", "wrong")]).await.is(422).says("Password: it is another one.");
    let page = begin(&mia.client).await.body;
    assert_eq!(html::all(&page, "svg title").len(), 1, "the QR code has a text in its place");
    assert_eq!(html::live(&page), Vec::<String>::new());
    let shown = html::all(&page, ".setup code.secret")[0].replace(' ', "");
    assert_eq!(shown, secret(&page));
    let phone = super::Phone { secret: shown, codes: Vec::new() };
    let confirm = format!("{PAGE}/confirm");
    let again = mia.client.fill_from(&page, &confirm, &[("code", &phone.wrong(&app))]).await.is(422);
    assert_eq!(secret(&again.says("Code: it is wrong.").body), phone.secret, "the same secret is tried again");
    mia.again(&app).await;
    mia.client.get("/account").await.is(200).says("Set up a second factor");
    // Whoever has the session alone does not learn it, and turns no other one on.
    assert!(!mia.client.page(PAGE).await.contains(&phone.secret));
    let other = [("secret", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ("code", "000000")];
    mia.client.post(&confirm, &other).await.is(409);
    let form = [("secret", phone.secret.as_str()), ("code", &phone.code(&app))];
    let on = mia.client.post(&confirm, &form).await.is(200);
    let codes: HashSet<String> = html::all(&on.body, ".codes code").into_iter().collect();
    assert_eq!(codes.len(), 10);
    mia.client.get("/account").await.is(200).says("10 recovery codes left");
    let page = mia.client.page(PAGE).await;
    assert!(!page.contains(&phone.secret) && codes.iter().all(|c| !page.contains(c)), "they are shown once");
    mia.client.post(PAGE, &[("password", PASSWORD)]).await.is(422).says("Code:");
}

async fn the_setup_ends_after_a_quarter_of_an_hour(app: App) {
    let mia = People::arrive(&app).await.mia;
    let page = begin(&mia.client).await.body;
    let phone = super::Phone { secret: secret(&page), codes: Vec::new() };
    app.wait(SignedDuration::from_mins(15));
    let confirm = format!("{PAGE}/confirm");
    mia.client.fill_from(&page, &confirm, &[("code", &phone.code(&app))]).await.is(409).says("has expired");
}

async fn codes_are_renewed_and_it_is_turned_off_with_password_and_code(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    let (renew, off) = (format!("{PAGE}/codes"), format!("{PAGE}/off"));
    for action in [&renew, &off] {
        let form = [("password", "wrong"), ("code", phone.codes[0].as_str())];
        mia.client.post(action, &form).await.is(422).says("Password:");
        mia.client.post(action, &[("password", PASSWORD)]).await.is(422).says("Code:");
        mia.client.post(action, &[("password", PASSWORD), ("code", &phone.wrong(&app))]).await.is(422).says("Code:");
    }
    let form = [("password", PASSWORD), ("code", &phone.code(&app))];
    let page = mia.client.post(&renew, &form).await.is(200).body;
    mia.client.post(&off, &form).await.is(422).says("was used before");
    let codes = html::all(&page, ".codes code");
    assert!(codes.len() == 10 && codes.iter().all(|c| !phone.codes.contains(c)));
    mia.client.post(&off, &[("password", PASSWORD), ("code", &phone.codes[0])]).await.is(422);
    mia.client.post(&off, &[("password", PASSWORD), ("code", &codes[9])]).await.is(303);
    mia.again(&app).await.get("/account").await.is(200).says("Set up a second factor");
    let kinds: Vec<String> = app.events().await.into_iter().map(|e| e.kind).collect();
    for kind in [
        "account.second_factor_on",
        "account.recovery_codes_renewed",
        "account.recovery_code_used",
        "account.second_factor_off",
    ] {
        assert!(kinds.iter().any(|k| k == kind), "{kind}: {kinds:?}");
    }
    app.changes().await;
}

async fn what_asks_for_the_password_asks_for_a_code_as_well(app: App) {
    let people = People::arrive(&app).await;
    let (dana, mia) = (&people.dana, &people.mia);
    let number = mia.open("Zebra", &[("restricted", "on")]).await;
    let phone = turn_on(&app, dana).await;
    assert!(dana.client.page("/account").await.contains("name=\"code\""));
    let incident = number.to_string();
    let open = [("incident", incident.as_str()), ("reason", "a customer is at risk"), ("password", PASSWORD)];
    dana.client.post("/emergency-access", &open).await.is(422).says("Code:");
    let sent = |code: &str| {
        let body = serde_json::json!({ "incident": number, "reason": "a customer is at risk", "password": PASSWORD, "code": code });
        dana.client.request("POST", "/api/v1/emergency-access").header("accept", "application/json").json(&body)
    };
    let told = send(sent("")).await.is(422).body;
    assert!(told.contains("\"field\":\"code\""), "{told}");
    send(sent(&phone.code(&app))).await.is(200);
    let new = "a better horse battery";
    dana.client.post("/account/password", &[("old", PASSWORD), ("new", new)]).await.is(422).says("Code:");
    let form = [("old", PASSWORD), ("new", new), ("code", &phone.code(&app))];
    dana.client.post("/account/password", &form).await.is(303);
}

async fn an_administrator_resets_that_of_somebody_else(app: App) {
    let people = People::arrive(&app).await;
    let (dana, mia) = (&people.dana, &people.mia);
    turn_on(&app, mia).await;
    turn_on(&app, dana).await;
    let list = dana.client.page("/people").await;
    assert_eq!(html::all(&list, "tbody .chip"), ["second factor", "second factor"]);
    let reset = |id: &str| format!("/people/{id}/second-factor/reset");
    assert_eq!(html::attributes(&list, "form[action$='/reset']", "action"), [reset(&mia.id)], "not one's own");
    dana.client.post(&reset(&dana.id), &[]).await.is(409).says("your own second factor");
    dana.program(&app, &["read", "administer"]).await.post(&reset(&mia.id), &[]).await.is(403);
    let listed = send(dana.client.request("GET", "/api/v1/accounts")).await.is(200).body;
    assert_eq!(listed.matches("\"second_factor\":true").count(), 2);
    dana.client.post(&reset(&mia.id), &[]).await.is(303);
    dana.client.post(&reset(&mia.id), &[]).await.is(409);
    assert_eq!(mia.client.get("/").await.status, 303, "the sessions are ended");
    let again = mia.again(&app).await;
    again.get("/notices").await.is(200).says("Dana Osei reset your second factor");
    app.changes().await;
    let address = format!("/api/v1/accounts/{}/second-factor", mia.id);
    send(dana.client.request("DELETE", &address)).await.is(409);
}

on_both! {
    needs_the_password_and_a_code_before_it_counts
    the_setup_ends_after_a_quarter_of_an_hour
    codes_are_renewed_and_it_is_turned_off_with_password_and_code
    what_asks_for_the_password_asks_for_a_code_as_well
    an_administrator_resets_that_of_somebody_else
}
