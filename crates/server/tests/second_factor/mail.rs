//! Whoever reads somebody's mail does not have their phone.

use super::{give, is_signed_in, turn_on};
use crate::support::smtp::{Manner, Smtp};
use crate::support::{App, People, on_both};

const NEW: &str = "a better horse battery";

async fn a_link_by_mail_does_not_get_around_it(app: App) {
    let mia = People::arrive(&app).await.mia;
    let phone = turn_on(&app, &mia).await;
    let mut smtp = Smtp::start(Manner::Kind).await;
    let server = app.sharing(|config| smtp.configure(config)).await;
    let client = server.browser();
    client.post("/sign-in/forgot", &[("email", &mia.email)]).await.is(303);
    let link = smtp.next().await.link();
    client.post(&link, &[("password", NEW)]).await.is(303);
    assert!(!is_signed_in(&client).await);
    let form = [("email", mia.email.as_str()), ("password", NEW), ("next", "/incidents")];
    assert_eq!(client.post("/sign-in", &form).await.is(303).leads(), "/sign-in/code?next=/incidents");
    assert!(!is_signed_in(&client).await, "the new password alone is not enough");
    give(&client, &phone.code(&app)).await.is(303);
    assert!(is_signed_in(&client).await);
    assert!(app.events().await.iter().all(|e| e.kind != "account.second_factor_reset"));
}

on_both! { a_link_by_mail_does_not_get_around_it }
