//! The second page of signing in: a code of the authenticator app, or a recovery code.

use super::frame::{go, page, refused as refused_page};
use super::sign_in::{self, inside};
use crate::assets;
use crate::auth::throttle::{self, Browser};
use crate::auth::{cookie, second_factor};
use crate::failure::Failure;
use crate::form::Fields;
use crate::metrics::FailedSignIn;
use crate::refused;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use crate::trail::Trail;
use crate::work::confirm::WRONG_CODE;
use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hindcast_store::accounts::Account;
use hindcast_store::logins::Proof;
use hindcast_store::refusals::Refusal;
use hindcast_store::{Act, pending_sign_ins, second_factors};
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct Page<'a> {
    style: &'a str,
    next: &'a str,
    fault: Option<String>,
}

const EXPIRED: &str = "This sign-in has expired. Sign in again.";

/// Leads whoever gave the right password to the second page.
pub async fn begin(app: &App, account: &Account, next: &str) -> Result<Response, Failure> {
    let (secret, now) = (secret::new("")?, app.clock.now());
    let mut tx = app.begin().await?;
    pending_sign_ins::create(&mut tx, account, &secret::hash(&secret), now, cookie::CODE).await?;
    tx.commit().await?;
    let mut response = go(&sign_in::with_next("/sign-in/code", inside(next)));
    set_cookie(app, &secret, &mut response);
    Ok(response)
}

fn set_cookie(app: &App, secret: &str, response: &mut Response) {
    if let Some(value) = cookie::header(cookie::Kind::Code, secret, cookie::CODE, app.config.is_https()) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

/// The account whose password this browser gave, and the hash of the secret that says so.
async fn pending(app: &App, headers: &HeaderMap) -> Result<Option<(Account, String)>, Failure> {
    let Some(secret) = cookie::read(cookie::Kind::Code, headers, app.config.is_https()) else { return Ok(None) };
    let hash = secret::hash(secret);
    let account = pending_sign_ins::find(&mut *app.store.reader().await?, &hash, app.clock.now()).await?;
    Ok(account.map(|account| (account, hash)))
}

/// The form; whoever gave no password is led to the first page.
pub async fn show(
    State(app): State<App>,
    Query(next): Query<sign_in::Next>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    match pending(&app, &headers).await? {
        Some(_) => page(&Page { style: assets::style_path(), next: next.inside(), fault: None }),
        None => Ok(sign_in::lead(Some(next.inside()))),
    }
}

/// Signs in.
pub async fn submit(
    State(app): State<App>,
    Extension(trail): Extension<Arc<Trail>>,
    source: Source,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let next = inside(fields.get("next"));
    let expired = || sign_in::told(&app, StatusCode::UNPROCESSABLE_ENTITY, next, EXPIRED);
    let Some((account, hash)) = pending(&app, &headers).await? else { return expired() };
    let browser = Browser::of(&app, &headers, source);
    let counted = throttle::count_code(&app, &account.id, &browser).await;
    let attempt = refused::throttled(&app, counted, Some(&account.id), trail.id())?;
    let factor = second_factors::find(&mut *app.store.reader().await?, &account.id).await?;
    // It was turned off or reset meanwhile.
    let Some(factor) = factor else { return expired() };
    let viewer = account.viewer();
    let act = Act { by: &viewer, at: app.clock.now() };
    if let Some(code) = second_factor::read(fields.raw("code").unwrap_or(""), &factor, &account.id, act.at) {
        let mut tx = app.begin().await?;
        pending_sign_ins::end(&mut tx, &hash, act.at).await?;
        if second_factor::accept(&mut tx, act, &code).await? {
            // Known by the browser as it came, as the attempt with the password was.
            let password = throttle::of(&mut tx, &account.email, &browser, act.at).await?;
            let begun = sign_in::begin_session(&app, &mut tx, act, Proof::Code, &browser).await?;
            // Only now is the attempt with the password no failure: whoever has the password alone must not guess codes for ever.
            throttle::forgive(&mut tx, &[&password, &attempt]).await?;
            tx.commit().await?;
            let mut response = go(next);
            set_cookie(&app, "", &mut response);
            sign_in::set_cookies(&app, &begun, &mut response);
            return Ok(response);
        }
    }
    app.metrics.sign_in_failed(FailedSignIn::Code);
    refused::note(&app, Refusal::SignIn { account: Some(account.id) }, trail.id());
    let fault = Some(format!("Code: {WRONG_CODE}"));
    refused_page(&Page { style: assets::style_path(), next, fault })
}
