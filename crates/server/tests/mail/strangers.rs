//! Whoever asks learns nothing, and reaches nobody's mailbox but that of an account that has a password.

use super::{FORGOT, ask, with_mail};
use crate::support::client::send;
use crate::support::{App, People, on_both};

async fn every_address_gets_the_same_answer_and_only_accounts_with_a_password_get_mail(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    people.dana.client.post(&format!("/people/{}/disabled", people.vera.id), &[("disabled", "yes")]).await.is(303);
    // As if a sign-in provider had made it.
    app.tamper(
        "INSERT INTO identity (issuer, subject, account, linked_at) \
         SELECT 'https://id.example.com', '1', id, created_at FROM account WHERE email = 'ravi@example.com'",
    )
    .await;
    let long = format!("{}@example.com", "x".repeat(300));
    let addresses = [&people.vera.email, &people.ravi.email, "nobody@example.com", &long, "", "%00", &people.mia.email];
    let mut answers = Vec::new();
    for email in addresses {
        let answer = server.browser().post(FORGOT, &[("email", email)]).await.is(303);
        let page = server.browser().page(answer.leads()).await;
        answers.push((answer.status, answer.leads().to_owned(), answer.body, page));
    }
    assert!(answers.iter().all(|a| *a == answers[0]), "{:?}", answers.iter().map(|a| a.0).collect::<Vec<_>>());
    // What breaks the line is refused as everywhere.
    let injected = "mia@example.com\r\nBcc: eve@example.com";
    server.browser().post(FORGOT, &[("email", injected)]).await.is(422);
    // She asked last, so that anybody before her would have got theirs before.
    let letter = smtp.next().await;
    assert_eq!(letter.to, [people.mia.email.as_str()]);
    assert!(!letter.data.contains("eve@") && smtp.is_empty());
}

/// A link is the one that the operator named, whatever a request says.
async fn no_header_of_a_request_gets_into_a_link(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    let asked = server.browser().request("POST", FORGOT).form(&[("email", people.mia.email.as_str())]);
    let asked = asked.header("host", "evil.example").header("x-forwarded-host", "evil.example");
    send(asked.header("forwarded", "host=evil.example")).await.is(303);
    let letter = smtp.next().await;
    assert!(!letter.data.contains("evil"), "{}", letter.data);
    letter.link();
    ask(&server, &people.ravi.email).await.is(303);
    smtp.next().await.link();
}

on_both! {
    every_address_gets_the_same_answer_and_only_accounts_with_a_password_get_mail
    no_header_of_a_request_gets_into_a_link
}
