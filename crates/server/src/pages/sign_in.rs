//! Signing in and out.

use super::frame::{go, page, refused};
use super::sign_in_code;
use crate::assets;
use crate::auth::throttle::{self, Attempt};
use crate::auth::{Anybody, Signed, cookie, password};
use crate::failure::Failure;
use crate::form::Fields;
use crate::metrics::FailedSignIn;
use crate::oidc::Provider;
use crate::refused;
use crate::secret;
use crate::source::Source;
use crate::state::App;
use crate::trail::Trail;
use askama::Template;
use axum::extract::{Extension, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use hindcast_store::logins::{self, Proof};
use hindcast_store::refusals::Refusal;
use hindcast_store::{Act, Tx, accounts, second_factors};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    style: &'a str,
    next: &'a str,
    email: &'a str,
    fault: Option<&'a str>,
    /// The sign-in provider's name and the link to it.
    provider: Option<(&'a str, String)>,
}

impl<'a> Page<'a> {
    fn new(app: &'a App, next: &'a str, email: &'a str, fault: Option<&'a str>) -> Self {
        let next = inside(next);
        let way = |p: &'a Arc<Provider>| (&*p.settings().name, with_next("/sign-in/provider", next));
        Page { style: assets::style_path(), next, email, fault, provider: app.provider.as_ref().map(way) }
    }
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// The page, if it is one of this server.
    pub fn inside(&self) -> &str {
        inside(&self.next)
    }
}

/// Only a page of this server: one slash, and no address behind it that a browser would take for another host. Control
/// characters, which browsers leave out and headers do not take, stand in no address that this server has.
pub fn inside(next: &str) -> &str {
    let safe =
        next.starts_with('/') && !next.starts_with("//") && !next.contains(|c: char| c == '\\' || c.is_control());
    if safe { next } else { "/" }
}

/// Leads to the form, and back afterwards to the page that was asked for.
pub fn lead(to: Option<&str>) -> Response {
    let to = to.map(inside);
    go(&with_next("/sign-in", to.unwrap_or("/")))
}

/// An address that leads on to a page afterwards; the first page needs no mention.
pub fn with_next(address: &str, next: &str) -> String {
    let escaped = |b: u8| {
        if b.is_ascii_alphanumeric() || b == b'/' { char::from(b).to_string() } else { format!("%{b:02X}") }
    };
    match next {
        "/" => address.to_owned(),
        next => format!("{address}?next={}", next.bytes().map(escaped).collect::<String>()),
    }
}

/// The form, with the reason why somebody is not signed in.
pub fn told(app: &App, status: StatusCode, next: &str, fault: &str) -> Result<Response, Failure> {
    let mut response = page(&Page::new(app, next, "", Some(fault)))?;
    *response.status_mut() = status;
    Ok(response)
}

/// The form.
pub async fn show(
    State(app): State<App>,
    Anybody(viewer): Anybody,
    Query(next): Query<Next>,
) -> Result<Response, Failure> {
    if viewer.is_some() {
        return Ok(go(inside(&next.next)));
    }
    page(&Page::new(&app, &next.next, "", None))
}

/// Signs in.
pub async fn submit(
    State(app): State<App>,
    Extension(trail): Extension<Arc<Trail>>,
    source: Source,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let email = fields.get("email").to_lowercase();
    let attempt = throttle::count(&app, &email, source).await?;
    let account = accounts::by_email(&mut *app.store.reader().await?, &email).await?;
    let tried = account.as_ref().map(|a| a.id.clone());
    let account = account.filter(|a| a.disabled_at.is_none());
    let hash = account.as_ref().map(|a| a.password_hash.clone());
    let right = password::check(&app, fields.raw("password").unwrap_or(""), hash).await?;
    let Some(account) = account.filter(|_| right) else {
        app.metrics.sign_in_failed(FailedSignIn::Password);
        refused::note(&app, Refusal::SignIn { account: tried }, trail.id());
        let fault = Some("This e-mail address and password do not belong together.");
        return refused(&Page::new(&app, fields.get("next"), &email, fault));
    };
    if second_factors::find(&mut *app.store.reader().await?, &account.id).await?.is_some() {
        return sign_in_code::begin(&app, &account, fields.get("next")).await;
    }
    let mut response = go(inside(fields.get("next")));
    let proof = Proof::Password(&account.password_hash);
    sign_in(&app, &account.viewer(), proof, Some(&attempt), &headers, &mut response).await?;
    Ok(response)
}

/// Signs a browser in with a secret of its own, which it has not had before. An attempt that led here is forgiven.
pub async fn sign_in(
    app: &App,
    viewer: &hindcast_store::Viewer,
    proof: Proof<'_>,
    attempt: Option<&Attempt>,
    headers: &HeaderMap,
    response: &mut Response,
) -> Result<(), Failure> {
    let act = Act { by: viewer, at: app.clock.now() };
    let mut tx = app.store.begin().await?;
    let secret = begin_session(&mut tx, act, proof, headers).await?;
    if let Some(attempt) = attempt {
        throttle::forgive(&mut tx, attempt).await?;
    }
    tx.commit().await?;
    set_cookie(app, &secret, response);
    Ok(())
}

/// Puts a session down and gives the secret of its browser.
///
/// # Errors
/// [`Failure::Conflict`] if the account was deactivated, or the proof does not hold any more.
pub async fn begin_session(
    tx: &mut Tx,
    act: Act<'_>,
    proof: Proof<'_>,
    headers: &HeaderMap,
) -> Result<String, Failure> {
    let secret = secret::new("")?;
    let device = headers.get(header::USER_AGENT).and_then(|h| h.to_str().ok()).unwrap_or("unknown");
    let device: String = device.chars().take(200).collect();
    let (id, token_hash) = (secret::id(), secret::hash(&secret));
    let new = logins::New { id: &id, token_hash: &token_hash, device: &device, valid_seconds: cookie::VALID, proof };
    logins::create(tx, act, &new).await?;
    Ok(secret)
}

/// Gives a browser the cookie of its session; an empty secret takes it back.
pub fn set_cookie(app: &App, secret: &str, response: &mut Response) {
    if let Some(value) = cookie::header(cookie::Kind::Session, secret, app.config.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Signs out.
pub async fn sign_out(State(app): State<App>, signed: Signed) -> Result<Response, Failure> {
    if let Some(login) = &signed.login {
        let mut tx = app.store.begin().await?;
        logins::end(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, login).await?;
        tx.commit().await?;
    }
    let mut response = go("/sign-in");
    set_cookie(&app, "", &mut response);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::inside;

    #[test]
    fn leads_to_pages_of_this_server_only() {
        assert_eq!(inside("/incidents/1?a=b"), "/incidents/1?a=b");
        for bad in [
            "",
            "https://example.com",
            "//example.com",
            "/\\example.com",
            "javascript:alert(1)",
            "/\t/example.com",
            "/\u{1}",
        ] {
            assert_eq!(inside(bad), "/", "{bad}");
        }
    }
}
