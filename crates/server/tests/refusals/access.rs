//! What people are signed in with: everybody sees and ends their own, administrators those of all.

use crate::support::client::send;
use crate::support::people::PASSWORD;
use crate::support::{App, People, html, on_both};
use serde_json::Value;

async fn list(people: &People, path: &str) -> Vec<Value> {
    let answer = people.dana.client.get(path).await.is(200);
    let page: Value = serde_json::from_str(&answer.body).expect("JSON");
    page["items"].as_array().expect("items").clone()
}

async fn an_administrator_ends_one_session_or_token_of_somebody(app: App) {
    let people = People::arrive(&app).await;
    let (mia, dana) = (&people.mia, &people.dana);
    let (other, program) = (mia.again(&app).await, mia.program(&app, &["read"]).await);
    program.get("/incidents").await.is(200);
    let page = dana.client.page(&format!("/people/access?account={}", mia.id)).await;
    let forms = html::attributes(&page, "main form", "action");
    assert_eq!(forms.len(), 1 + 2 + 1, "all of it, two sessions, one token: {forms:?}");
    assert!(forms.iter().all(|f| f.contains(&mia.id)), "nobody else's: {forms:?}");
    assert!(html::words(&page).contains("2026-11-25"), "when it was last used");
    // Of another account, or to somebody who does not administer, it is not there.
    for form in &forms {
        if !form.ends_with("/access/end") {
            dana.client.post(&form.replace(&mia.id, &people.vera.id), &[]).await.is(404);
        }
        for somebody in [&people.vera, &people.ravi, mia] {
            somebody.client.post(form, &[]).await.is(403);
        }
    }
    for form in forms.iter().filter(|f| f.contains("/tokens/")) {
        dana.client.post(form, &[]).await.is(303);
        dana.client.post(form, &[]).await.is(404);
    }
    program.get("/incidents").await.is(303);
    let sessions = list(&people, &format!("/api/v1/accounts/logins?account={}", mia.id)).await;
    assert_eq!(sessions.len(), 2);
    assert!(sessions.iter().all(|s| s["person"] == mia.name.as_str() && s.get("token_hash").is_none()), "{sessions:?}");
    let latest = format!("/api/v1/accounts/{}/logins/{}", mia.id, sessions[0]["id"].as_str().expect("an ID"));
    send(dana.client.request("DELETE", &latest)).await.is(204);
    let left = [&mia.client, &other];
    let mut signed_in = 0;
    for client in left {
        signed_in += usize::from(client.get("/").await.status == 200);
    }
    assert_eq!(signed_in, 1);
}

async fn an_administrator_ends_all_of_a_person_who_can_sign_in_again(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let program = mia.program(&app, &["read", "write"]).await;
    let all = list(&people, "/api/v1/accounts/tokens").await;
    assert_eq!((all.len(), &all[0]["account"]), (1, &Value::from(mia.id.as_str())));
    // Not by a program that may only write, and not by anybody for somebody who is not there.
    let end = format!("/api/v1/accounts/{}/access", mia.id);
    send(program.request("DELETE", &end)).await.is(403);
    send(people.dana.client.request("DELETE", "/api/v1/accounts/nobody/access")).await.is(404);
    people.dana.client.get("/people/access?account=nobody").await.is(404);
    send(people.dana.client.request("DELETE", &end)).await.is(204);
    mia.client.get("/").await.is(303);
    program.get("/incidents").await.is(303);
    assert_eq!(list(&people, &format!("/api/v1/accounts/logins?account={}", mia.id)).await.len(), 0);
    assert_eq!(list(&people, "/api/v1/accounts/tokens").await.len(), 0);
    people.vera.client.get("/").await.is(200);
    let form = [("email", mia.email.as_str()), ("password", PASSWORD)];
    mia.client.post("/sign-in", &form).await.is(303);
    let kinds: Vec<String> = app.events().await.into_iter().map(|e| e.kind).collect();
    for kind in ["account.sessions_ended", "account.tokens_revoked"] {
        assert!(kinds.iter().any(|k| k == kind), "{kinds:?}");
    }
    app.changes().await;
}

on_both! {
    an_administrator_ends_one_session_or_token_of_somebody
    an_administrator_ends_all_of_a_person_who_can_sign_in_again
}
