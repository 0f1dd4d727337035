//! What a link does, and what ends it.

use super::{FORGOT, NEW, ask, signs_in, with_mail};
use crate::support::people::PASSWORD;
use crate::support::{App, People, on_both};
use jiff::SignedDuration;

async fn a_link_sets_a_new_password_once_and_ends_what_was_signed_in(app: App) {
    let people = People::arrive(&app).await;
    let mia = &people.mia;
    let program = mia.program(&app, &["read"]).await;
    program.get("/api/v1/account").await.is(200);
    let (mut smtp, server) = with_mail(&app).await;
    server.browser().get("/sign-in").await.is(200).says("Forgot your password?");
    let asked = ask(&server, " MIA@example.com ").await.is(303);
    server.browser().get(asked.leads()).await.is(200).says("is on its way");
    let letter = smtp.next().await;
    assert_eq!(letter.to, [mia.email.as_str()]);
    assert!(
        letter.data.contains("Subject: Reset your Hindcast password") && letter.data.contains("ignore this message")
    );
    assert!(!letter.data.contains("Mia") && !letter.data.to_lowercase().contains("html"), "{}", letter.data);
    let link = letter.link();
    let token = link.rsplit('/').next().expect("a token");

    let page = server.browser().get(&link).await.is(200);
    page.says("Set a new password").says(&mia.email).says("A second factor stays on");
    server.browser().post(&link, &[("password", "password1234")]).await.is(422).says("Password:");
    assert!(signs_in(&server, &mia.email, PASSWORD).await, "nothing has happened yet");
    let done = server.browser().post(&link, &[("password", NEW)]).await.is(303);
    assert_eq!(done.leads(), "/sign-in?told=password-changed", "nobody is signed in by it");
    server.browser().get(&link).await.is(404);
    server.browser().post(&link, &[("password", "another horse battery")]).await.is(404);
    assert!(signs_in(&server, &mia.email, NEW).await && !signs_in(&server, &mia.email, PASSWORD).await);
    assert_eq!(mia.client.get("/incidents").await.is(303).leads(), "/sign-in?next=/incidents", "its sessions ended");
    program.get("/api/v1/account").await.is(401);

    let told = smtp.next().await;
    assert_eq!(told.to, [mia.email.as_str()]);
    assert!(told.data.contains("password was changed") && !told.data.contains("://"), "{}", told.data);
    let events = app.events().await;
    let about = |kind: &str| {
        events.iter().find(|e| e.kind == kind && e.subject == mia.id).unwrap_or_else(|| panic!("no {kind}"))
    };
    assert!(about("account.reset_link").account == "system" && about("account.reset_link").data.contains("expires_at"));
    assert!(about("account.reset_link_used").account == "system" && about("account.password").account == mia.id);
    assert!(events.iter().all(|e| !e.data.contains(token)), "the link is in the log");
    app.changes().await;
}

async fn a_link_ends_with_its_time_a_newer_one_another_password_and_the_account(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    let is_gone = async |link: &str| server.browser().get(link).await.status == 404;
    ask(&server, &people.mia.email).await.is(303);
    let first = smtp.next().await.link();
    server.wait(SignedDuration::from_secs(30 * 60 - 1));
    assert!(!is_gone(&first).await);
    server.wait(SignedDuration::from_secs(1));
    assert!(is_gone(&first).await, "its time is over");

    ask(&server, &people.mia.email).await.is(303);
    let second = smtp.next().await.link();
    // In a browser that she signed in with she need not wait for her turn.
    super::ask_in(&people.mia.again(&server).await, &people.mia.email).await.is(303);
    let third = smtp.next().await.link();
    assert!(is_gone(&second).await && !is_gone(&third).await, "the newer one counts");
    people.mia.client.post("/account/password", &[("old", PASSWORD), ("new", NEW)]).await.is(303);
    assert!(is_gone(&third).await, "the password is another one");

    ask(&server, &people.vera.email).await.is(303);
    let link = smtp.next().await.link();
    people.dana.client.post(&format!("/people/{}/disabled", people.vera.id), &[("disabled", "yes")]).await.is(303);
    assert!(is_gone(&link).await, "the account is deactivated");
    people.dana.client.post(&format!("/people/{}/disabled", people.vera.id), &[("disabled", "no")]).await.is(303);
    assert!(is_gone(&link).await, "for good");
}

async fn two_who_use_one_at_once_do_not_both_set_a_password(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    ask(&server, &people.mia.email).await.is(303);
    let link = smtp.next().await.link();
    let (one, two) = (server.browser(), app.browser());
    let (one, two) =
        tokio::join!(one.post(&link, &[("password", NEW)]), two.post(&link, &[("password", "another horse battery")]));
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert_eq!(both, [303, 404]);
}

async fn without_mail_there_is_no_such_page(app: App) {
    let people = People::arrive(&app).await;
    assert!(!app.browser().page("/sign-in").await.contains("Forgot"));
    app.browser().get(FORGOT).await.is(404);
    app.browser().post(FORGOT, &[("email", &people.mia.email)]).await.is(404);
}

on_both! {
    a_link_sets_a_new_password_once_and_ends_what_was_signed_in
    a_link_ends_with_its_time_a_newer_one_another_password_and_the_account
    two_who_use_one_at_once_do_not_both_set_a_password
    without_mail_there_is_no_such_page
}
