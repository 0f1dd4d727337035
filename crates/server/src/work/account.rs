//! Letting people in, and what an account does to itself.

use crate::auth::{Signed, password, throttle};
use crate::failure::Failure;
use crate::state::App;
use crate::work::confirm::confirm;
use crate::{host, secret};
use axum::http::HeaderMap;
use hindcast_retro::record::people::{Permission, Role};
use hindcast_store::accounts::{Account, Ended};
use hindcast_store::{Act, StoreError, Tx, Viewer, accounts, invitations, succession, tokens};
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

/// What the API's document says of it.
pub const RANK: &str =
    "Your role or token does not allow it, or the token lacks a scope that the role of the account includes";

/// Refuses a token that lacks something that a role may do. Otherwise a token that only administers could make an account that may do
/// everything, or shut out those who may.
///
/// # Errors
/// [`Failure::Outranked`].
pub fn ranks_with(viewer: &Viewer, role: Role) -> Result<(), Failure> {
    let lacks = viewer.lacks(role);
    if lacks.is_empty() { Ok(()) } else { Err(Failure::Outranked(lacks)) }
}

/// Refuses a token that does not rank with an account, whose role stays as it is until the change is made.
///
/// # Errors
/// [`Failure::NotFound`], [`Failure::Outranked`].
pub async fn ranks_with_account(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), Failure> {
    ranks_with(act.by, accounts::find_held(tx, account).await?.role)
}

/// Changes an account for whoever ranks with what it may do before and after. Naming a successor opens restricted incidents to somebody, which a
/// token has to be able to do itself.
///
/// # Errors
/// [`Failure::Outranked`], and those of [`change_account`].
pub async fn manage(tx: &mut Tx, act: Act<'_>, id: &str, to: AccountChange<'_>) -> Result<(), Failure> {
    ranks_with_account(tx, act, id).await?;
    to.role.map_or(Ok(()), |role| ranks_with(act.by, role))?;
    if let Some(successor) = to.successor {
        ranks_with(act.by, Role::Responder)?;
        ranks_with_account(tx, act, successor).await?;
    }
    Ok(change_account(tx, act, id, to).await?)
}

/// Makes a link that lets somebody in. `headers` are those of the request, which may name the server.
pub async fn invite(app: &App, tx: &mut Tx, act: Act<'_>, role: Role, headers: &HeaderMap) -> Result<Link, Failure> {
    ranks_with(act.by, role)?;
    let token = secret::new("")?;
    invitations::create(tx, act, &secret::hash(&token), role, LINK).await?;
    let base = host::base(app, headers);
    let note = base.is_none().then_some(host::UNKNOWN);
    Ok(Link { text: format!("{}/setup/{token}", base.unwrap_or_default()), note })
}

/// Revokes an invitation that was not used yet.
///
/// # Errors
/// [`Failure::NotFound`]; [`Failure::Outranked`] for a token that could not have made it.
pub async fn revoke_invitation(tx: &mut Tx, act: Act<'_>, id: &str) -> Result<(), Failure> {
    let role = invitations::withdraw(tx, act, id).await?;
    ranks_with(act.by, role)
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
    /// Why a successor is named; those named in the incidents are told.
    pub reason: &'a str,
}

/// Changes an account; a successor takes over first.
pub async fn change_account(tx: &mut Tx, act: Act<'_>, id: &str, to: AccountChange<'_>) -> Result<(), StoreError> {
    let before = accounts::find(tx, id).await?;
    if let Some(successor) = to.successor {
        succession::hand_over(tx, act, id, successor, to.reason).await?;
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

/// Changes the password; every browser has to sign in again, and every API token ends. Tells how many there were.
pub async fn set_password(app: &App, signed: &Signed, old: &str, code: &str, new: &str) -> Result<Ended, Failure> {
    let account = confirm(app, signed, old, code).await?.map_err(|wrong| wrong.told("Old password"))?;
    let hash = password::hash_new(app, new, [&account.name, &account.email]).await?;
    let hash = hash.map_err(|fault| Failure::Invalid(format!("New password: {fault}.")))?;
    let mut tx = app.begin().await?;
    let act = Act { by: &signed.viewer, at: app.clock.now() };
    let ended = accounts::set_password(&mut tx, act, &account.id, &hash).await?;
    // Whoever just gave the old password has to sign in with the new one, while somebody else may be guessing.
    throttle::remember(&mut tx, act, signed.source, None).await?;
    tx.commit().await?;
    tell_password_changed(app, &account);
    Ok(ended)
}

/// Tells somebody by mail that their password was changed, if this server sends mail.
pub fn tell_password_changed(app: &App, account: &Account) {
    if let Some(post) = &app.post {
        post.password_changed(account);
    }
}
