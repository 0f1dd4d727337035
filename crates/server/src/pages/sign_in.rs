//! Signing in and out.

use super::frame::{go, page, refused};
use super::sign_in_code;
use crate::assets;
use crate::auth::throttle::{self, Attempt, Browser};
use crate::auth::{Anybody, Signed, cookie, password};
use crate::failure::Failure;
use crate::fair;
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
use hindcast_store::known_sources::KNOWN_FOR;
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
    told: Option<&'a str>,
    /// The sign-in provider's name and the link to it.
    provider: Option<(&'a str, String)>,
    /// Whether a forgotten password can be reset by mail.
    resets: bool,
}

impl<'a> Page<'a> {
    fn new(app: &'a App, next: &'a str, email: &'a str, fault: Option<&'a str>) -> Self {
        let next = inside(next);
        let way = |p: &'a Arc<Provider>| (&*p.settings().name, with_next("/sign-in/provider", next));
        let provider = app.provider.as_ref().map(way);
        Page { style: assets::style_path(), next, email, fault, told: None, provider, resets: app.post.is_some() }
    }
}

/// Where to go afterwards.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    /// What the form says first, by its name.
    #[serde(default)]
    told: String,
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
    let told = match next.told.as_str() {
        PASSWORD_CHANGED => Some(
            "Your password has been changed. All sessions and API tokens of your account have ended. Sign in with the new password.",
        ),
        LINK_SENT => Some(
            "If you have an account with a password, a link to set a new one is on its way to you. It is valid for 30 minutes. If you asked \
             before, use the last link that you got.",
        ),
        _ => None,
    };
    page(&Page { told, ..Page::new(&app, &next.next, "", None) })
}

/// Where somebody is led whose password was changed.
pub fn after_password() -> Response {
    go(&telling(PASSWORD_CHANGED))
}

/// The form, which says something first.
pub fn telling(what: &str) -> String {
    format!("/sign-in?told={what}")
}

/// Said where a link was asked for.
pub const LINK_SENT: &str = "link-sent";

const PASSWORD_CHANGED: &str = "password-changed";

/// Signs in.
pub async fn submit(
    State(app): State<App>,
    Extension(trail): Extension<Arc<Trail>>,
    source: Source,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let email = fields.get("email").to_lowercase();
    let browser = Browser::of(&app, &headers, source);
    let counted = throttle::count(&app, &email, &browser).await;
    // Looked up either way, so that what is refused is put down for the account.
    let account = accounts::by_email(&mut *app.store.reader().await?, &email).await?;
    let tried = account.as_ref().map(|a| a.id.clone());
    let attempt = refused::throttled(&app, counted, tried.as_deref(), trail.id())?;
    let account = account.filter(|a| a.disabled_at.is_none());
    let hash = account.as_ref().map(|a| a.password_hash.clone());
    let right = password::check(&app, fields.raw("password").unwrap_or(""), hash).await?;
    let Some(account) = account.filter(|_| right) else {
        app.metrics.sign_in_failed(FailedSignIn::Password);
        refused::note(&app, Refusal::SignIn { account: tried }, trail.id());
        let fault = Some("The email address or the password is wrong.");
        return refused(&Page::new(&app, fields.get("next"), &email, fault));
    };
    if second_factors::find(&mut *app.store.reader().await?, &account.id).await?.is_some() {
        return sign_in_code::begin(&app, &account, fields.get("next")).await;
    }
    let mut response = go(inside(fields.get("next")));
    let proof = Proof::Password(&account.password_hash);
    sign_in(&app, &account.viewer(), proof, Some(&attempt), &browser, &mut response).await?;
    Ok(response)
}

/// Signs a browser in with a secret of its own, which it has not had before. An attempt that led here is forgiven.
pub async fn sign_in(
    app: &App,
    viewer: &hindcast_store::Viewer,
    proof: Proof<'_>,
    attempt: Option<&Attempt>,
    browser: &Browser,
    response: &mut Response,
) -> Result<(), Failure> {
    let act = Act { by: viewer, at: app.clock.now() };
    let mut tx = app.begin().await?;
    let begun = begin_session(app, &mut tx, act, proof, browser).await?;
    if let Some(attempt) = attempt {
        throttle::forgive(&mut tx, &[attempt]).await?;
    }
    tx.commit().await?;
    set_cookies(app, &begun, response);
    Ok(())
}

/// The secrets of a browser that is signed in.
pub struct Begun {
    session: String,
    device: String,
}

/// Puts a session down and gives the secrets of its browser. The account signed in from here, from now on.
///
/// # Errors
/// [`Failure::Conflict`] if the account was deactivated, or the proof does not hold any more.
pub async fn begin_session(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    proof: Proof<'_>,
    browser: &Browser,
) -> Result<Begun, Failure> {
    let session = secret::new("")?;
    let (id, token_hash) = (secret::id(), secret::hash(&session));
    let valid_seconds = app.config.sessions.lifetime_seconds();
    let new = logins::New { id: &id, token_hash: &token_hash, device: &browser.name, valid_seconds, proof };
    logins::create(tx, act, &new).await?;
    let device = browser.device.clone().map_or_else(|| secret::new(""), Ok)?;
    throttle::remember(tx, act, browser.source, Some(&device)).await?;
    fair::remember(&token_hash, &act.by.account);
    Ok(Begun { session, device })
}

/// Gives a browser its cookies.
pub fn set_cookies(app: &App, begun: &Begun, response: &mut Response) {
    set_cookie(app, &begun.session, response);
    let device = cookie::header(cookie::Kind::Device, &begun.device, KNOWN_FOR, app.config.is_https());
    if let Some(value) = device {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Gives a browser the cookie of its session; an empty secret takes it back.
fn set_cookie(app: &App, secret: &str, response: &mut Response) {
    let valid = app.config.sessions.lifetime_seconds();
    if let Some(value) = cookie::header(cookie::Kind::Session, secret, valid, app.config.is_https()) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Signs out.
pub async fn sign_out(State(app): State<App>, signed: Signed) -> Result<Response, Failure> {
    if let Some(login) = &signed.login {
        let mut tx = app.begin().await?;
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
