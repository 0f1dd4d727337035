//! What a token that administers can do to others: no more than it may do itself.

use crate::support::client::{Answer, Client, send};
use crate::support::people::{PASSWORD, invite};
use crate::support::{App, People, html, on_both};
use serde_json::{Value, json};

async fn ask(client: &Client, method: &str, path: &str, body: Value) -> Answer {
    let request = client.request(method, &format!("/api/v1{path}"));
    send(if body.is_null() { request } else { request.json(&body) }).await
}

async fn a_token_gives_and_takes_only_what_it_may_do_itself(app: App) {
    let people = People::arrive(&app).await;
    let second = invite(&app, &people.dana, "administrator", "Ada Second", "second@example.com").await;
    let spare = invite(&app, &people.dana, "viewer", "Sam Poe", "sam@example.com").await;
    second.token(&["read"]).await;
    people.dana.client.post("/people", &[("role", "administrator")]).await.is(200);
    let dana = &people.dana;
    let listed = async |path: &str, person: &str| {
        let list: Value = serde_json::from_str(&ask(&dana.client, "GET", path, Value::Null).await.body).expect("JSON");
        let mine = |i: &&Value| person.is_empty() || i["account"] == person;
        list["items"].as_array().expect("items").iter().find(mine).expect("one")["id"]
            .as_str()
            .expect("an ID")
            .to_owned()
    };
    let login = listed("/accounts/logins", &second.id).await;
    let token = listed("/accounts/tokens", &second.id).await;
    let invitation = listed("/accounts/invitations", "").await;
    let (to_second, to_spare) = (format!("/accounts/{}", second.id), format!("/accounts/{}", spare.id));
    let before = app.changes().await;
    for scopes in [&["administer"][..], &["read", "administer"], &["read", "write", "administer"]] {
        let program = dana.program(&app, scopes).await;
        let before = app.changes().await;
        let refused: [(&str, String, Value); 9] = [
            ("POST", "/accounts/invitations".into(), json!({ "role": "administrator" })),
            ("POST", "/accounts/invitations".into(), json!({ "role": "approver" })),
            ("DELETE", format!("/accounts/invitations/{invitation}"), Value::Null),
            ("PATCH", to_spare.clone(), json!({ "role": "administrator" })),
            ("PATCH", to_second.clone(), json!({ "role": "viewer" })),
            ("PATCH", to_second.clone(), json!({ "disabled": true })),
            ("DELETE", format!("{to_second}/logins/{login}"), Value::Null),
            ("DELETE", format!("{to_second}/tokens/{token}"), Value::Null),
            ("DELETE", format!("{to_second}/access"), Value::Null),
        ];
        for (method, path, body) in refused {
            let answer = ask(&program, method, &path, body).await.is(403);
            assert!(answer.body.contains("This token lacks `"), "{method} {path}: {}", answer.body);
        }
        ask(&program, "DELETE", &format!("{to_second}/second-factor"), Value::Null).await.is(403);
        // The pages take tokens as well.
        let forms: [(&str, &[(&str, &str)]); 5] = [
            ("/people", &[("role", "administrator")]),
            (&format!("/people/{}/role", spare.id), &[("role", "administrator")]),
            (&format!("/people/{}/disabled", second.id), &[("disabled", "yes")]),
            (&format!("/people/{}/access/end", second.id), &[]),
            (&format!("/people/invitations/{invitation}/revoke"), &[]),
        ];
        for (path, form) in forms {
            program.post(path, form).await.is(403).says("This token lacks");
        }
        assert_eq!(app.changes().await, before, "{scopes:?}");
    }
    assert!(app.changes().await > before, "the tokens were made");
    // What it may do, it can give and take; with all scopes, everything.
    let reads = dana.program(&app, &["read", "administer"]).await;
    ask(&reads, "POST", "/accounts/invitations", json!({ "role": "viewer" })).await.is(201);
    ask(&reads, "PATCH", &to_spare, json!({ "disabled": true })).await.is(200);
    ask(&reads, "PATCH", &to_spare, json!({ "role": "responder" })).await.is(403);
    ask(
        &reads,
        "PATCH",
        &to_spare,
        json!({ "disabled": false, "successor": people.mia.id, "reason": "Spare leaves us" }),
    )
    .await
    .is(403);
    let all = dana.program(&app, &["read", "write", "approve", "administer"]).await;
    ask(&all, "PATCH", &to_spare, json!({ "role": "administrator" })).await.is(200);
    ask(&all, "DELETE", &format!("{to_second}/access"), Value::Null).await.is(204);
    ask(&all, "POST", "/accounts/invitations", json!({ "role": "administrator" })).await.is(201);
}

async fn a_new_password_ends_sessions_and_tokens_and_says_so(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    assert!(html::words(&mia.client.page("/account").await).contains("ends all sessions and all API tokens"));
    let (program, hers) = (mia.program(&app, &["read"]).await, people.vera.program(&app, &["read"]).await);
    let new = "a quite different phrase";
    let led = mia.client.post("/account/password", &[("old", PASSWORD), ("new", new)]).await.is(303);
    let told = app.browser().get(led.leads()).await.is(200);
    told.says("Your password has been changed. All sessions and API tokens of your account have ended.");
    ask(&program, "GET", "/account", Value::Null).await.is(401);
    ask(&hers, "GET", "/account", Value::Null).await.is(200);
    // By the API, with the figures.
    mia.client.post("/sign-in", &[("email", &mia.email), ("password", new)]).await.is(303);
    let program = mia.program(&app, &["read", "write"]).await;
    let answer = ask(&mia.client, "POST", "/account/password", json!({ "old": new, "new": PASSWORD })).await.is(200);
    assert_eq!(
        serde_json::from_str::<Value>(&answer.body).expect("JSON"),
        json!({ "sessions_ended": 1, "tokens_revoked": 1 })
    );
    ask(&program, "GET", "/account", Value::Null).await.is(401);
    let events = app.events().await;
    let ended = events.iter().filter(|e| e.kind == "account.tokens_revoked" && e.subject == mia.id);
    assert_eq!(ended.map(|e| e.data.as_str()).collect::<Vec<_>>(), [r#"{"tokens":1}"#, r#"{"tokens":1}"#]);
    app.changes().await;
}

on_both! {
    a_token_gives_and_takes_only_what_it_may_do_itself
    a_new_password_ends_sessions_and_tokens_and_says_so
}
