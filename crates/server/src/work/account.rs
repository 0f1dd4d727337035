//! Letting people in, and what an account does to itself.

use crate::auth::{Signed, password};
use crate::failure::Failure;
use crate::state::App;
use crate::work::confirm::confirm;
use crate::{host, secret};
use axum::http::HeaderMap;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::{Act, StoreError, Tx, accounts, invitations, succession, tokens};
use jiff::{SignedDuration, Timestamp};

/// Seconds for which a link is good: three days.
pub const LINK: i64 = 3 * 24 * 60 * 60;

/// Days after which a token may end.
pub const DAYS: [i64; 3] = [30, 90, 365];

/// A link that lets somebody in.
#[derive(Debug, Clone)]
pub struct Link {
    /// The link; its secret is told once.
    pub text: String,
    /// Why it is only a path; absent where it is whole.
    pub note: Option<&'static str>,
}

/// Makes a link that lets somebody in. `headers` are those of the request, which may name the server.
pub async fn invite(app: &App, tx: &mut Tx, act: Act<'_>, role: Role, headers: &HeaderMap) -> Result<Link, Failure> {
    let token = secret::new("")?;
    invitations::create(tx, act, &secret::hash(&token), role, LINK).await?;
    let base = host::base(app, headers);
    let note = base.is_none().then_some(host::UNKNOWN);
    Ok(Link { text: format!("{}/setup/{token}", base.unwrap_or_default()), note })
}

/// What an administrator changes of an account.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccountChange<'a> {
    /// What it may do.
    pub role: Option<Role>,
    /// True where it may sign in no more.
    pub disabled: Option<bool>,
    /// Who leads the restricted incidents that need the account from now on.
    pub successor: Option<&'a str>,
}

/// Changes an account; a successor takes over first.
pub async fn change_account(tx: &mut Tx, act: Act<'_>, id: &str, to: AccountChange<'_>) -> Result<(), StoreError> {
    let before = accounts::find(tx, id).await?;
    if let Some(successor) = to.successor {
        succession::hand_over(tx, act, id, successor).await?;
    }
    if let Some(role) = to.role.filter(|r| *r != before.role) {
        accounts::set_role(tx, act, id, role).await?;
    }
    if let Some(disabled) = to.disabled.filter(|d| *d != before.disabled_at.is_some()) {
        accounts::set_disabled(tx, act, id, disabled).await?;
    }
    Ok(())
}

/// When something ends that is good for some days.
pub fn ends(days: i64, now: Timestamp) -> Result<Timestamp, Failure> {
    now.checked_add(SignedDuration::from_hours(24 * days)).map_err(|e| Failure::Internal(e.to_string()))
}

/// Makes a token and gives its id and its secret, which is told once.
pub async fn make_token(
    tx: &mut Tx,
    act: Act<'_>,
    name: &str,
    scopes: &[Permission],
    until: Option<Timestamp>,
) -> Result<(String, String), Failure> {
    let (id, secret) = (secret::id(), secret::new("hcast_")?);
    tokens::create(tx, act, &id, name, &secret::hash(&secret), scopes, until).await?;
    Ok((id, secret))
}

/// Changes the password; every browser has to sign in again.
pub async fn set_password(app: &App, signed: &Signed, old: &str, code: &str, new: &str) -> Result<(), Failure> {
    let account = confirm(app, signed, old, code).await?.map_err(|wrong| wrong.told("Old password"))?;
    let hash = password::hash_new(app, new, [&account.name, &account.email]).await?;
    let hash = hash.map_err(|fault| Failure::Invalid(format!("New password: {fault}.")))?;
    let mut tx = app.store.begin().await?;
    accounts::set_password(&mut tx, Act { by: &signed.viewer, at: app.clock.now() }, &account.id, &hash).await?;
    Ok(tx.commit().await?)
}
