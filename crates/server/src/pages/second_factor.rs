//! One's own second factor: turning it on and off, and its recovery codes.

use super::frame::{Frame, go, page, when};
use super::provider::confirmed;
use super::qr::{self, Qr};
use crate::auth::second_factor::{CODES, grouped};
use crate::auth::{AdminInPerson, Signed, totp};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::second_factor as work;
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use hindcast_store::{accounts, second_factors};

/// A secret that is about to be confirmed.
struct Setup {
    secret: String,
    shown: String,
    qr: Qr,
}

#[derive(Template)]
#[template(path = "second_factor.html")]
struct Page {
    frame: Frame,
    /// Since when it is on, and how many recovery codes are left.
    on: Option<(String, i64)>,
    /// True where the server requires one.
    required: bool,
    setup: Option<Setup>,
    /// Recovery codes just made; never shown again.
    codes: Vec<String>,
    all: usize,
    fault: Option<String>,
}

impl Page {
    async fn new(app: &App, signed: &Signed) -> Result<Self, Failure> {
        let factor = second_factors::find(&mut *app.store.reader().await?, &signed.viewer.account).await?;
        Ok(Page {
            frame: Frame::new(&signed.viewer, "account", "Second factor"),
            on: factor.map(|f| (when(f.since), f.codes_left)),
            required: app.config.require_second_factor,
            setup: None,
            codes: Vec::new(),
            all: CODES,
            fault: None,
        })
    }

    async fn with_setup(app: &App, signed: &Signed, secret: String) -> Result<Self, Failure> {
        let account = accounts::find(&mut *app.store.reader().await?, &signed.viewer.account).await?;
        let qr = qr::code(&totp::uri(&secret, &account.email))?;
        let shown = grouped(&secret).replace('-', " ");
        Ok(Page { setup: Some(Setup { secret, shown, qr }), ..Page::new(app, signed).await? })
    }

    /// The page, with what was wrong with the form.
    fn told(self, failure: Failure) -> Result<Response, Failure> {
        let Failure::Invalid(fault) = failure else { return Err(failure) };
        let mut response = page(&Page { fault: Some(fault), ..self })?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    }
}

/// What is on.
pub async fn show(State(app): State<App>, signed: Signed) -> Result<Response, Failure> {
    signed.person()?;
    page(&Page::new(&app, &signed).await?)
}

/// Shows a secret to somebody who gave their password.
pub async fn begin(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    if let Err(failure) = confirmed(&app, &signed, &fields).await {
        return Page::new(&app, &signed).await?.told(failure);
    }
    let secret = work::begin(&app, &signed).await?;
    page(&Page::with_setup(&app, &signed, secret).await?)
}

/// Turns it on, once a code shows that the app has the secret.
pub async fn turn_on(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    let (secret, code) = (fields.get("secret"), fields.get("code"));
    if let Some(codes) = work::turn_on(&app, &signed, secret, code).await? {
        return page(&Page { codes: codes.shown, ..Page::new(&app, &signed).await? });
    }
    // Whoever only has the session does not learn the secret here: the form sent it.
    let words = "Code: it is wrong. Enter the code that your authenticator app shows now. If it is wrong again, check the clock of your phone.";
    let page = Page::with_setup(&app, &signed, secret.to_owned()).await?;
    page.told(Failure::Invalid(words.to_owned()))
}

/// Makes new recovery codes and shows them once.
pub async fn renew_codes(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    if let Err(failure) = confirmed(&app, &signed, &fields).await {
        return Page::new(&app, &signed).await?.told(failure);
    }
    let codes = work::renew_codes(&app, &signed).await?;
    page(&Page { codes: codes.shown, ..Page::new(&app, &signed).await? })
}

/// Turns it off.
pub async fn turn_off(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    if let Err(failure) = confirmed(&app, &signed, &fields).await {
        return Page::new(&app, &signed).await?.told(failure);
    }
    work::turn_off(&app, &signed).await?;
    Ok(go("/account/second-factor"))
}

/// Resets somebody else's.
pub async fn reset(
    State(app): State<App>,
    AdminInPerson(admin): AdminInPerson,
    Path(account): Path<String>,
) -> Result<Response, Failure> {
    work::reset(&app, &admin, &account).await?;
    Ok(go("/people"))
}
