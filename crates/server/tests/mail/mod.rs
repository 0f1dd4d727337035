//! A forgotten password: a link that comes by mail.

mod failing;
mod limits;
mod links;
mod strangers;

use crate::support::App;
use crate::support::client::{Answer, Client};
use crate::support::smtp::{Manner, Smtp};

const FORGOT: &str = "/sign-in/forgot";
const NEW: &str = "a better horse battery";

/// Another server on the record, which sends mail.
async fn with_mail(app: &App) -> (Smtp, App) {
    let smtp = Smtp::start(Manner::Kind).await;
    let server = app.sharing(|config| smtp.configure(config)).await;
    (smtp, server)
}

/// Asks for a link, in a browser that nobody signed in with.
async fn ask(app: &App, email: &str) -> Answer {
    ask_in(&app.browser(), email).await
}

async fn ask_in(browser: &Client, email: &str) -> Answer {
    browser.fill(FORGOT, FORGOT, &[("email", email)]).await
}

/// Asks whether an account signs in with a password.
async fn signs_in(app: &App, email: &str, password: &str) -> bool {
    app.browser().post("/sign-in", &[("email", email), ("password", password)]).await.status == 303
}
