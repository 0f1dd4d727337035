//! What is refused is in the audit log, and nobody can fill the log by trying.

use crate::support::client::send;
use crate::support::{App, People, on_both};
use hindcast_store::refusals::{ACCESS_DENIED, SIGN_IN_FAILED};
use jiff::SignedDuration;

async fn failed_sign_ins_are_in_the_audit_log_without_the_address_that_was_tried(app: App) {
    let people = People::arrive(&app).await;
    let failed = async |email: &str| {
        let form = [("email", email), ("password", "Bilby bilby bilby")];
        app.browser().post("/sign-in", &form).await.is(422)
    };
    let first = failed(&people.mia.email).await;
    let rows = app.refusals(SIGN_IN_FAILED, 1).await;
    assert_eq!(rows[0].account, "system");
    assert_eq!(rows[0].subject.len(), 32, "the account's ID: {rows:?}");
    assert_eq!(rows[0].data, format!(r#"{{"attempts":1,"request":"{}"}}"#, first.header("x-request-id")));
    for n in 0..9 {
        failed(&people.mia.email).await;
        failed(&format!("nobody{n}@example.com")).await;
    }
    let rows = app.refusals(SIGN_IN_FAILED, 2).await;
    assert_eq!(rows[1].subject, "unknown account");
    assert!(rows.iter().all(|r| !format!("{r:?}").contains('@')), "{rows:?}");
    app.wait(SignedDuration::from_mins(16));
    failed(&people.mia.email).await;
    let rows = app.refusals(SIGN_IN_FAILED, 3).await;
    assert_eq!(rows[2].subject, rows[0].subject);
    assert!(rows[2].data.contains(r#""attempts":10"#), "{rows:?}");
    app.changes().await;
}

/// A burst that ends gets its row from the next sweep; the password of somebody who is signed in counts, and so does what is throttled.
async fn no_failed_sign_in_is_left_out(app: App) {
    let people = People::arrive(&app).await;
    for nth in 0..13 {
        let form = [("email", people.mia.email.as_str()), ("password", "Bilby bilby bilby")];
        app.browser().post("/sign-in", &form).await.is(if nth < 10 { 422 } else { 429 });
    }
    app.refusals(SIGN_IN_FAILED, 1).await;
    app.run_jobs().await;
    app.refusals(SIGN_IN_FAILED, 1).await;
    app.wait(SignedDuration::from_mins(16));
    app.run_jobs().await;
    let rows = app.refusals(SIGN_IN_FAILED, 2).await;
    assert_eq!(rows[1].subject, rows[0].subject);
    assert!(rows[1].data.contains(r#""attempts":12"#), "{rows:?}");
    let form = [("old", "Bilby bilby bilby"), ("new", "four words are enough")];
    people.vera.client.post("/account/password", &form).await.is(422);
    let rows = app.refusals(SIGN_IN_FAILED, 3).await;
    assert_eq!(rows[2].subject, people.vera.id);
    let metrics = people.vera.client.page("/metrics").await;
    assert!(metrics.contains(r#"hindcast_failed_sign_ins_total{reason="password"} 11"#), "{metrics}");
}

#[tokio::test]
async fn a_server_that_stops_puts_down_what_it_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = App::in_folder(folder.path()).await;
    let mia = People::arrive(&app).await.mia;
    for _ in 0..10 {
        app.browser()
            .post("/sign-in", &[("email", mia.email.as_str()), ("password", "Bilby bilby bilby")])
            .await
            .is(422);
    }
    app.refusals(SIGN_IN_FAILED, 1).await;
    drop(app);
    let app = App::in_folder(folder.path()).await;
    let rows = app.refusals(SIGN_IN_FAILED, 2).await;
    assert!(rows[1].data.contains(r#""attempts":9"#), "{rows:?}");
    app.changes().await;
}

async fn denied_access_is_in_the_audit_log_once_for_each_account(app: App) {
    let people = People::arrive(&app).await;
    let token = people.mia.token(&["read", "administer"]).await;
    let before = app.changes().await;
    for _ in 0..5 {
        people.mia.client.get("/people").await.is(403);
    }
    let program = app.browser().request("GET", "/api/v1/accounts").header("authorization", format!("Bearer {token}"));
    send(program).await.is(403);
    // Nobody is signed in: that is no refusal of an account.
    app.browser().get("/people").await.is(303);
    let rows = app.refusals(ACCESS_DENIED, 1).await;
    assert_eq!(rows[0].subject, "GET /people");
    let mia = rows[0].account.clone();
    people.vera.client.post("/incidents", &[("title", "x")]).await.is(403);
    let rows = app.refusals(ACCESS_DENIED, 2).await;
    assert!(rows[1].account != mia && rows[1].subject == "POST /incidents", "{rows:?}");
    assert_eq!(app.changes().await, before);
}

on_both! {
    no_failed_sign_in_is_left_out
    failed_sign_ins_are_in_the_audit_log_without_the_address_that_was_tried
    denied_access_is_in_the_audit_log_once_for_each_account
}
