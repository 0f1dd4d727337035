//! One's own account: browsers that are signed in, tokens for programs, the password.

use super::frame::{Frame, go, page, when};
use super::sign_in;
use crate::auth::{Signed, password};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::account::{self as work, DAYS};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::people::Permission;
use hindcast_store::{Act, identities, logins, second_factors, tokens};
use jiff::Timestamp;

struct LoginRow {
    id: String,
    device: String,
    since: String,
    seen: String,
    here: bool,
}

struct TokenRow {
    id: String,
    name: String,
    scopes: String,
    made: String,
    used: String,
    until: String,
    over: bool,
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page {
    frame: Frame,
    role: &'static str,
    logins: Vec<LoginRow>,
    tokens: Vec<TokenRow>,
    scopes: Vec<Permission>,
    /// The secret of a token just made; never shown again.
    made: Option<String>,
    shortest: usize,
    /// Since when the second factor is on, and how many recovery codes are left.
    second_factor: Option<(String, i64)>,
    /// The sign-in provider, if there is one.
    provider: Option<ProviderRow>,
}

/// The account's link with the sign-in provider.
struct ProviderRow {
    name: String,
    /// When it was linked with a person there, if it is.
    since: Option<String>,
    /// Where to continue to link it.
    way: Option<String>,
}

/// The page, with the secret of a new token, or with the link to the provider that links the account.
pub async fn answer(
    app: &App,
    signed: &Signed,
    made: Option<String>,
    way: Option<String>,
) -> Result<Response, Failure> {
    let (viewer, now) = (&signed.viewer, app.clock.now());
    let conn = &mut *app.store.reader().await?;
    let login = |l: logins::Login| LoginRow {
        here: Some(&l.id) == signed.login.as_ref(),
        id: l.id,
        device: l.device,
        since: when(l.created_at),
        seen: when(l.seen_at),
    };
    let token = |t: tokens::Token| TokenRow {
        over: t.revoked_at.is_some() || t.expires_at.is_some_and(|at| at < now),
        until: match (t.revoked_at, t.expires_at) {
            (Some(at), _) => format!("revoked {}", when(at)),
            (None, Some(at)) => when(at),
            (None, None) => "no end".to_owned(),
        },
        id: t.id,
        name: t.name,
        scopes: t.scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(", "),
        made: when(t.created_at),
        used: t.used_at.map_or_else(|| "never".to_owned(), when),
    };
    let logins =
        logins::of(conn, &viewer.account, app.config.sessions.good(now)).await?.into_iter().map(login).collect();
    let tokens = tokens::of(conn, &viewer.account).await?.into_iter().map(token).collect();
    let second_factor = second_factors::find(conn, &viewer.account).await?.map(|f| (when(f.since), f.codes_left));
    let provider = match &app.provider {
        None => None,
        Some(provider) => {
            let settings = provider.settings();
            let since = identities::linked_at(conn, &settings.issuer, &viewer.account).await?.map(when);
            Some(ProviderRow { name: settings.name.clone(), since, way })
        }
    };
    page(&Page {
        frame: Frame::new(viewer, "account", "Your account"),
        role: viewer.role.label(),
        logins,
        tokens,
        scopes: Permission::ALL.into_iter().filter(|p| viewer.role.may(*p)).collect(),
        made,
        shortest: password::SHORTEST,
        second_factor,
        provider,
    })
}

/// Shows it.
pub async fn show(State(app): State<App>, signed: Signed) -> Result<Response, Failure> {
    signed.person()?;
    answer(&app, &signed, None, None).await
}

/// Ends one login.
pub async fn end_login(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<Response, Failure> {
    signed.person()?;
    let mut tx = app.begin().await?;
    logins::end(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &id).await?;
    tx.commit().await?;
    Ok(go("/account"))
}

/// When a token ends, by what a form may say.
fn until(days: &str, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    match days.parse() {
        _ if days == "never" => Ok(None),
        Ok(days) if DAYS.contains(&days) => work::ends(days, now).map(Some),
        _ => Err(Failure::Invalid("Ends: choose one.".to_owned())),
    }
}

/// Makes a token and shows its secret once.
pub async fn make_token(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    let now = app.clock.now();
    let name = fields.required("name", "What for", 100)?;
    let scopes: Vec<Permission> = Permission::ALL
        .into_iter()
        .filter(|p| signed.viewer.role.may(*p) && fields.has(&format!("scope:{}", p.name())))
        .collect();
    if scopes.is_empty() {
        return Err(Failure::Invalid("May: tick at least one.".to_owned()));
    }
    let until = until(fields.get("ends"), now)?;
    let mut tx = app.begin().await?;
    let act = Act { by: &signed.viewer, at: now };
    let (_, secret) = work::make_token(&mut tx, act, &name, &scopes, until).await?;
    tx.commit().await?;
    answer(&app, &signed, Some(secret), None).await
}

/// Revokes a token.
pub async fn revoke_token(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<Response, Failure> {
    signed.person()?;
    let mut tx = app.begin().await?;
    tokens::revoke(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &id).await?;
    tx.commit().await?;
    Ok(go("/account"))
}

/// Changes the password; every browser has to sign in again, and every token ends.
pub async fn set_password(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    signed.person()?;
    let field = |name| fields.raw(name).unwrap_or("");
    work::set_password(&app, &signed, field("old"), field("code"), field("new")).await?;
    Ok(sign_in::after_password())
}
