//! An SMTP server that is down, silent or unwilling costs mail, and nothing else.

use super::{ask, with_mail};
use crate::support::people::PASSWORD;
use crate::support::smtp::{Manner, Smtp};
use crate::support::{App, People};
use hindcast_server::{MailError, check_mail};
use hindcast_store::doctor::{self, Level, Line};
use std::time::{Duration, Instant};

async fn line(app: &App) -> Option<Line> {
    doctor::run(app.place(), app.now(), false).await.into_iter().find(|l| l.name == "mail")
}

async fn metric(people: &People, outcome: &str) -> String {
    let text = people.dana.client.page("/metrics").await;
    let name = format!("hindcast_mails_total{{outcome=\"{outcome}\"}} ");
    text.lines().find_map(|l| l.strip_prefix(&name)).expect("is counted").to_owned()
}

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_counted_and_the_doctor_tells_without_the_address() {
    let smtp = Smtp::start(Manner::Refuses).await;
    let app = App::sqlite_with(|config| smtp.configure(config)).await;
    let people = People::arrive(&app).await;
    assert!(line(&app).await.is_none(), "none was sent");
    assert_eq!(metric(&people, "failed").await, "0");
    ask(&app, &people.mia.email).await.is(303);
    until("it fails", async || metric(&people, "failed").await == "1").await;
    until("it is put down", async || line(&app).await.is_some()).await;
    let found = line(&app).await.expect("a line");
    assert!(found.level == Level::Warning && found.found.contains("code 550"), "{found:?}");
    assert!(!found.found.contains("mia"), "{found:?}");
    // Without mail it is of no interest any more.
    app.sharing(|_| {}).await;
    assert!(line(&app).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_busy_server_is_asked_again() {
    let mut smtp = Smtp::start(Manner::BusyOnce).await;
    let app = App::sqlite_with(|config| smtp.configure(config)).await;
    let people = People::arrive(&app).await;
    ask(&app, &people.mia.email).await.is(303);
    smtp.next().await.link();
    until("it is counted", async || metric(&people, "sent").await == "1").await;
    assert_eq!(metric(&people, "failed").await, "0");
    until("it is put down", async || line(&app).await.is_some_and(|l| l.level == Level::Ok)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_silent_server() {
    let smtp = Smtp::start(Manner::Silent).await;
    let app = App::sqlite_with(|config| smtp.configure(config)).await;
    let people = People::arrive(&app).await;
    let begun = Instant::now();
    for person in [&people.mia, &people.ravi, &people.vera] {
        ask(&app, &person.email).await.is(303);
    }
    let form = [("old", PASSWORD), ("new", super::NEW)];
    people.mia.client.post("/account/password", &form).await.is(303);
    app.browser().get("/sign-in").await.is(200);
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    // The doctor does not wait for long either.
    assert_eq!(check_mail(&smtp.settings()).await, Err(MailError::Slow));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_signs_in_and_sends_nothing() {
    let smtp = Smtp::start(Manner::Kind).await;
    check_mail(&smtp.settings()).await.expect("it answers");
    let said = smtp.said();
    let words: Vec<_> = said.iter().map(|l| l.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(words, ["EHLO", "AUTH", "QUIT"]);
    let mut wrong = smtp.settings();
    wrong.credentials = Some(("somebody".to_owned(), hindcast_server::SharedSecret::new("else")));
    let told = check_mail(&wrong).await.expect_err("is refused").to_string();
    assert!(told.contains("535") && told.contains("password") && !told.contains("else"), "{told}");
    let mut gone = smtp.settings();
    gone.port = 1;
    assert_eq!(check_mail(&gone).await, Err(MailError::Connection));
    // Nothing is said to a server without TLS where TLS is asked for, not even who asks.
    let mut strict = smtp.settings();
    strict.encryption = hindcast_server::MailEncryption::StartTls;
    assert_eq!(check_mail(&strict).await, Err(MailError::NoTls));
    assert!(smtp.said().iter().filter(|l| l.starts_with("AUTH")).count() == 2, "{:?}", smtp.said());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_changed_is_told() {
    let app = App::sqlite().await;
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    let form = [("old", PASSWORD), ("new", super::NEW)];
    let browser = people.ravi.again(&server).await;
    browser.post("/account/password", &form).await.is(303);
    let told = smtp.next().await;
    assert!(told.to == [people.ravi.email.as_str()] && told.data.contains("was changed"), "{}", told.data);
}
