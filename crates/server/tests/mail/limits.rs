//! Nobody fills a mailbox, and nobody is kept from resetting or signing in.

use super::{FORGOT, ask, ask_in, signs_in, with_mail};
use crate::support::client::Client;
use crate::support::people::PASSWORD;
use crate::support::{App, People, on_both};
use jiff::SignedDuration;

async fn strangers_share_one_mail_for_as_long_as_its_link_is_good(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    let other = app.sharing(|config| smtp.configure(config)).await;
    for server in [&server, &other, &server] {
        ask(server, &people.mia.email).await.is(303);
    }
    let link = smtp.next().await.link();
    server.browser().get(&link).await.is(200);
    // What is over is removed meanwhile; the turn is not.
    server.wait(SignedDuration::from_mins(29));
    server.run_jobs().await;
    ask(&other, &people.mia.email).await.is(303);
    ask(&server, &people.ravi.email).await.is(303);
    assert_eq!(smtp.next().await.to, [people.ravi.email.as_str()], "she got one, and only one");
    server.wait(SignedDuration::from_mins(1));
    ask(&server, &people.mia.email).await.is(303);
    assert_eq!(smtp.next().await.to, [people.mia.email.as_str()]);
    assert!(smtp.is_empty());
    assert!(signs_in(&server, &people.mia.email, PASSWORD).await, "asking costs nobody a try to sign in");
}

async fn a_browser_that_somebody_signed_in_with_need_not_wait_for_strangers(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    let own = people.mia.again(&server).await;
    own.post("/sign-out", &[]).await.is(303);
    ask(&server, &people.mia.email).await.is(303);
    let strangers = smtp.next().await.link();
    ask_in(&own, &people.mia.email).await.is(303);
    let hers = smtp.next().await.link();
    server.browser().get(&strangers).await.is(404);
    server.browser().get(&hers).await.is(200);
    ask_in(&own, &people.mia.email).await.is(303);
    ask_in(&own, &people.ravi.email).await.is(303);
    assert_eq!(smtp.next().await.to, [people.ravi.email.as_str()], "it has turns as well");
    server.wait(SignedDuration::from_mins(2));
    ask_in(&own, &people.mia.email).await.is(303);
    smtp.next().await.link();
}

async fn a_source_asks_ten_times_and_others_go_on(app: App) {
    let people = People::arrive(&app).await;
    let (mut smtp, server) = with_mail(&app).await;
    let hostile = Client::from_address(server.base(), [127, 0, 0, 66]);
    for n in 0..10 {
        hostile.post(FORGOT, &[("email", &format!("nobody{n}@example.com"))]).await.is(303);
    }
    for email in ["nobody@example.com", &people.mia.email] {
        hostile.post(FORGOT, &[("email", email)]).await.is(429);
    }
    hostile.post("/sign-in", &[("email", &people.ravi.email), ("password", PASSWORD)]).await.is(303);
    ask(&server, &people.mia.email).await.is(303);
    assert_eq!(smtp.next().await.to, [people.mia.email.as_str()]);
    server.wait(SignedDuration::from_mins(15));
    hostile.post(FORGOT, &[("email", &people.ravi.email)]).await.is(303);
    assert_eq!(smtp.next().await.to, [people.ravi.email.as_str()]);
}

on_both! {
    strangers_share_one_mail_for_as_long_as_its_link_is_good
    a_browser_that_somebody_signed_in_with_need_not_wait_for_strangers
    a_source_asks_ten_times_and_others_go_on
}
