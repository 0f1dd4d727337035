//! One's own account: browsers that are signed in, tokens for programs, the password.

use super::frame::{Frame, go, page, when};
use crate::auth::{Signed, password};
use crate::failure::Failure;
use crate::form::Fields;
use crate::secret;
use crate::state::App;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::people::Permission;
use hindcast_store::{Act, accounts, logins, tokens};
use jiff::{SignedDuration, Timestamp};

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
}

/// A person in a browser: a token cannot make tokens or change a password.
fn person(signed: &Signed) -> Result<(), Failure> {
    if signed.login.is_some() { Ok(()) } else { Err(Failure::Forbidden) }
}

async fn answer(app: &App, signed: &Signed, made: Option<String>) -> Result<Response, Failure> {
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
            (Some(at), _) => format!("withdrawn {}", when(at)),
            (None, Some(at)) => when(at),
            (None, None) => "no end".to_owned(),
        },
        id: t.id,
        name: t.name,
        scopes: t.scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(", "),
        made: when(t.created_at),
    };
    let logins = logins::of(conn, &viewer.account, now).await?.into_iter().map(login).collect();
    let tokens = tokens::of(conn, &viewer.account).await?.into_iter().map(token).collect();
    page(&Page {
        frame: Frame::new(viewer, "account", "Your account"),
        role: viewer.role.label(),
        logins,
        tokens,
        scopes: Permission::ALL.into_iter().filter(|p| viewer.role.may(*p)).collect(),
        made,
        shortest: password::SHORTEST,
    })
}

/// Shows it.
pub async fn show(State(app): State<App>, signed: Signed) -> Result<Response, Failure> {
    person(&signed)?;
    answer(&app, &signed, None).await
}

/// Ends one login.
pub async fn end_login(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<Response, Failure> {
    person(&signed)?;
    let mut tx = app.store.begin().await?;
    logins::end(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &id).await?;
    tx.commit().await?;
    Ok(go("/account"))
}

/// Days after which a token ends, by what a form may say.
fn ends(days: &str, now: Timestamp) -> Result<Option<Timestamp>, Failure> {
    let days: i64 = match days {
        "never" => return Ok(None),
        "30" | "90" | "365" => days.parse().unwrap_or(30),
        _ => return Err(Failure::Invalid("Ends: choose one.".to_owned())),
    };
    now.checked_add(SignedDuration::from_hours(24 * days)).map(Some).map_err(|e| Failure::Internal(e.to_string()))
}

/// Makes a token and shows its secret once.
pub async fn make_token(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    person(&signed)?;
    let now = app.clock.now();
    let name = fields.required("name", "What for", 100)?;
    let scopes: Vec<Permission> = Permission::ALL
        .into_iter()
        .filter(|p| signed.viewer.role.may(*p) && fields.has(&format!("scope:{}", p.name())))
        .collect();
    if scopes.is_empty() {
        return Err(Failure::Invalid("May: tick at least one.".to_owned()));
    }
    let secret = secret::new("hcast_")?;
    let act = Act { by: &signed.viewer, at: now };
    let mut tx = app.store.begin().await?;
    tokens::create(&mut tx, act, &secret::id(), &name, &secret::hash(&secret), &scopes, ends(fields.get("ends"), now)?)
        .await?;
    tx.commit().await?;
    answer(&app, &signed, Some(secret)).await
}

/// Withdraws a token.
pub async fn revoke_token(State(app): State<App>, signed: Signed, Path(id): Path<String>) -> Result<Response, Failure> {
    person(&signed)?;
    let mut tx = app.store.begin().await?;
    tokens::revoke(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &id).await?;
    tx.commit().await?;
    Ok(go("/account"))
}

/// Changes the password; every browser has to sign in again.
pub async fn set_password(State(app): State<App>, signed: Signed, fields: Fields) -> Result<Response, Failure> {
    person(&signed)?;
    let now = app.clock.now();
    if !app.throttle.allows(&signed.viewer.account, now) {
        return Err(Failure::Throttled);
    }
    let account = accounts::find(&mut *app.store.reader().await?, &signed.viewer.account).await?;
    if !password::check(&app, fields.raw("old").unwrap_or(""), Some(account.password_hash)).await? {
        app.throttle.failed(&signed.viewer.account, now);
        return Err(Failure::Invalid("Old password: it is another one.".to_owned()));
    }
    let new = fields.raw("new").unwrap_or("");
    if let Some(fault) = password::fault(new) {
        return Err(Failure::Invalid(format!("New password: {fault}.")));
    }
    let hash = password::hash(&app, new).await?;
    let mut tx = app.store.begin().await?;
    accounts::set_password(&mut tx, Act { by: &signed.viewer, at: now }, &account.id, &hash).await?;
    tx.commit().await?;
    Ok(go("/sign-in"))
}
