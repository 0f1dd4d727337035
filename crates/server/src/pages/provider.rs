//! Sign-in with a provider (OpenID Connect), and linking an account with a person there.

use super::frame::go;
use super::{account, sign_in};
use crate::auth::throttle::{self, Browser};
use crate::auth::{Anybody, Signed};
use crate::failure::Failure;
use crate::form::Fields;
use crate::host;
use crate::metrics::FailedSignIn;
use crate::oidc::flow::{self, Flow};
use crate::oidc::{Callback, Person, Provider, Untrusted};
use crate::refused;
use crate::source::Source;
use crate::state::App;
use crate::trail::Trail;
use crate::work::change::change;
use crate::work::confirm::confirm;
use crate::work::sign_in::{self as work, Refused};
use axum::extract::{Extension, Query, State};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hindcast_store::logins::Proof;
use hindcast_store::refusals::Refusal;
use hindcast_store::{Act, identities};
use std::sync::Arc;

/// Where the provider redirects back to.
const CALLBACK: &str = "/sign-in/provider/callback";

fn provider(app: &App) -> Result<Arc<Provider>, Failure> {
    app.provider.clone().ok_or_else(|| Failure::NotFound("This server has no sign-in provider.".to_owned()))
}

fn redirect(app: &App, headers: &HeaderMap) -> Result<String, Failure> {
    let base = host::base(app, headers);
    base.map(|base| format!("{base}{CALLBACK}")).ok_or_else(|| Failure::Conflict(host::UNKNOWN.to_owned()))
}

/// Redirects to the provider.
pub async fn start(
    State(app): State<App>,
    Anybody(viewer): Anybody,
    Query(next): Query<sign_in::Next>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (provider, next) = (provider(&app)?, next.inside());
    if viewer.is_some() {
        return Ok(go(next));
    }
    let (redirect, now) = (redirect(&app, &headers)?, app.clock.now());
    let flow = Flow::begin(now, None, next)?;
    match provider.authorization(&flow, &redirect, now).await {
        Ok(url) => Ok(remember(&app, &flow, go(&url))),
        Err(e) => {
            let (status, words) = told_of(&app, &provider, &e);
            sign_in::told(&app, status, next, &words)
        }
    }
}

fn remember(app: &App, flow: &Flow, mut response: Response) -> Response {
    if let Some(cookie) = flow.cookie(app.config.is_https()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    response
}

/// The sign-in that this browser started.
fn begun(app: &App, headers: &HeaderMap) -> Option<Flow> {
    let name = flow::cookie_name(app.config.is_https());
    let all = headers.get_all(COOKIE).iter().filter_map(|h| h.to_str().ok()).flat_map(|h| h.split(';'));
    let mut pairs = all.filter_map(|pair| pair.trim().split_once('='));
    Flow::read(pairs.find(|(key, _)| *key == name)?.1, app.clock.now())
}

/// Handles the return from the provider.
pub async fn callback(
    State(app): State<App>,
    Extension(trail): Extension<Arc<Trail>>,
    source: Source,
    signed: Result<Signed, Failure>,
    Query(callback): Query<Callback>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let provider = provider(&app)?;
    let mut response = returned(&app, &provider, &trail, source, signed.ok(), &callback, &headers).await?;
    if let Some(cookie) = flow::forget(app.config.is_https()) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn returned(
    app: &App,
    provider: &Provider,
    trail: &Trail,
    source: Source,
    signed: Option<Signed>,
    callback: &Callback,
    headers: &HeaderMap,
) -> Result<Response, Failure> {
    let (flow, state) = (begun(app, headers), callback.state.as_deref().unwrap_or(""));
    // Comparing digests keeps the timing from revealing the state.
    let flow = flow.filter(|f| crate::secret::hash(&f.state()) == crate::secret::hash(state));
    let Some(flow) = flow else {
        app.metrics.sign_in_failed(FailedSignIn::Provider);
        let words = "This sign-in has expired, or it was started in another tab or browser. Try again.";
        return sign_in::told(app, StatusCode::UNPROCESSABLE_ENTITY, "/", words);
    };
    // Counted by state, so that people who share an address do not share a count.
    let browser = Browser::of(app, headers, source);
    let counted = throttle::count_flow(app, &flow.state(), &browser).await;
    let attempt = refused::throttled(app, counted, None, trail.id())?;
    let redirect = redirect(app, headers)?;
    let person = match provider.person(callback, &flow, &redirect, app.clock.now()).await {
        Ok(person) => person,
        Err(e) => {
            let (status, words) = told_of(app, provider, &e);
            // A provider outage is not a failed sign-in.
            if !e.is_outage() {
                refused::note(app, Refusal::SignIn { account: None }, trail.id());
            }
            return sign_in::told(app, status, &flow.next, &words);
        }
    };
    let issuer = &provider.settings().issuer;
    let refused = match &flow.link {
        None => match work::account(app, &flow, issuer, &person).await? {
            Ok(viewer) => {
                let mut response = go(sign_in::inside(&flow.next));
                sign_in::sign_in(app, &viewer, Proof::Provider, Some(&attempt), &browser, &mut response).await?;
                return Ok(response);
            }
            Err(refused) => refused,
        },
        // Only in the session in which the password was entered.
        Some(login) => {
            let Some(signed) = signed.filter(|s| s.login.as_ref() == Some(login)) else {
                let words = "The session in which you started to link your account has ended. Sign in and start again.";
                return sign_in::told(app, StatusCode::UNPROCESSABLE_ENTITY, "/account", words);
            };
            match work::link(app, &flow, &signed.viewer, issuer, &person).await? {
                Ok(()) => {
                    change(app, async |tx| Ok(throttle::forgive(tx, &[&attempt]).await?)).await?;
                    return Ok(go("/account"));
                }
                Err(refused) => refused,
            }
        }
    };
    let (status, words) = not_let_in(provider, &refused, &person);
    let account = match refused {
        Refused::NoRole(account) => account,
        Refused::Disabled(account) => Some(account),
        Refused::AddressTaken(_) | Refused::NoAdministrator | Refused::Completed => None,
    };
    app.metrics.sign_in_failed(FailedSignIn::Provider);
    refused::note(app, Refusal::SignIn { account }, trail.id());
    sign_in::told(app, status, &flow.next, &words)
}

/// What a person reads when the provider does not respond, or its response cannot be trusted. The reason goes to the log.
fn told_of(app: &App, provider: &Provider, why: &Untrusted) -> (StatusCode, String) {
    let name = &provider.settings().name;
    tracing::warn!(error = %why, "sign-in with the provider failed");
    if why.is_outage() {
        let words = format!("{name} is not responding. Sign in with a password, or try again in a minute.");
        return (StatusCode::SERVICE_UNAVAILABLE, words);
    }
    app.metrics.sign_in_failed(FailedSignIn::Provider);
    let words = match why {
        Untrusted::Denied(_) => format!("{name} did not sign you in. Try again, or ask the people who run {name}."),
        _ => format!(
            "The response from {name} could not be verified. Try again. If it happens again, tell an administrator."
        ),
    };
    (StatusCode::UNAUTHORIZED, words)
}

fn not_let_in(provider: &Provider, why: &Refused, person: &Person) -> (StatusCode, String) {
    let name = &provider.settings().name;
    match why {
        Refused::NoRole(_) => {
            let words = format!(
                "{name} identified you as {} but gives you no role in Hindcast. Ask an administrator.",
                person.name
            );
            (StatusCode::FORBIDDEN, words)
        }
        Refused::Disabled(_) => {
            (StatusCode::FORBIDDEN, "Your account is deactivated. Ask an administrator.".to_owned())
        }
        Refused::AddressTaken(email) => {
            let words = format!(
                "An account with the email address {email} already exists. Sign in to it with its password, then link it with {name} on Your \
                 account."
            );
            (StatusCode::CONFLICT, words)
        }
        Refused::NoAdministrator => {
            let words = "This server has no administrator yet. The first account must be an administrator's.";
            (StatusCode::CONFLICT, words.to_owned())
        }
        Refused::Completed => {
            (StatusCode::UNPROCESSABLE_ENTITY, "This sign-in was already completed. Start a new one.".to_owned())
        }
    }
}

/// Starts to link the account. The page continues with a link, because a form may not lead to another site.
pub async fn link(
    State(app): State<App>,
    signed: Signed,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    signed.person()?;
    let provider = provider(&app)?;
    confirmed(&app, &signed, &fields).await?;
    let (redirect, now) = (redirect(&app, &headers)?, app.clock.now());
    let flow = Flow::begin(now, signed.login.as_deref(), "/account")?;
    match provider.authorization(&flow, &redirect, now).await {
        Ok(url) => Ok(remember(&app, &flow, account::answer(&app, &signed, None, Some(url)).await?)),
        Err(e) => {
            tracing::warn!(error = %e, "the sign-in provider does not respond");
            Err(Failure::Busy)
        }
    }
}

/// Removes the link.
pub async fn unlink(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    let provider = provider(&app)?;
    confirmed(&app, &signed, &fields).await?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    let issuer = &provider.settings().issuer;
    change(&app, async |tx| Ok(identities::unlink(tx, act, &signed.viewer.account, issuer).await?)).await?;
    Ok(go("/account"))
}

/// Asks for the password in a form, and for a code where the account has a second factor.
pub async fn confirmed(app: &App, signed: &Signed, fields: &Fields) -> Result<(), Failure> {
    let (password, code) = (fields.raw("password").unwrap_or(""), fields.raw("code").unwrap_or(""));
    confirm(app, signed, password, code).await?.map(|_| ()).map_err(|wrong| wrong.told("Password"))
}
