//! People's accounts.

use crate::emergency::{self, Ending};
use crate::{Act, Conn, StoreError, Tx, Viewer, access, chain, known_sources, look_alike, succession, time};
use hindcast_retro::record::people::{Permission, Role};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: String,
    /// The address that it signs in with, in lower case.
    pub email: String,
    /// The name that people see.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The password, hashed.
    pub password_hash: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was deactivated.
    pub disabled_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i64,
}

impl Account {
    /// The account as one who looks.
    pub fn viewer(&self) -> Viewer {
        Viewer { account: self.id.clone(), name: self.name.clone(), role: self.role, scopes: None, emergency: None }
    }
}

/// An account to make.
#[derive(Debug, Clone)]
pub struct New<'a> {
    /// Its id.
    pub id: &'a str,
    /// The address that it signs in with.
    pub email: &'a str,
    /// The name that people see.
    pub name: &'a str,
    /// What it may do.
    pub role: Role,
    /// The password, hashed.
    pub password_hash: &'a str,
}

pub(crate) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    let role: String = row.try_get("role")?;
    Ok(Account {
        id: row.try_get("id")?,
        email: row.try_get("email")?,
        name: row.try_get("name")?,
        role: role.parse().map_err(|_| StoreError::Corrupt(format!("the role `{role}`")))?,
        password_hash: row.try_get("password_hash")?,
        created_at: time::parse(row.try_get("created_at")?)?,
        disabled_at: time::parse_opt(row.try_get("disabled_at")?)?,
        version: row.try_get("version")?,
    })
}

/// Makes an account.
///
/// # Errors
/// [`StoreError::Conflict`] where the address is taken, or the name looks like that of another account ([`look_alike`]).
pub async fn create(tx: &mut Tx, act: Act<'_>, new: &New<'_>) -> Result<(), StoreError> {
    // Names are compared behind the log's head: of two that are taken at once, the second sees the first.
    chain::hold(tx).await?;
    look_alike::refuse(tx, new.name).await?;
    let inserted = sqlx::query(
        "INSERT INTO account (id, email, name, role, password_hash, created_at, version) VALUES ($1, $2, $3, $4, $5, $6, 1)",
    )
    .bind(new.id)
    .bind(new.email.to_lowercase())
    .bind(new.name)
    .bind(new.role.name())
    .bind(new.password_hash)
    .bind(time::text(act.at))
    .execute(&mut **tx)
    .await;
    match inserted {
        Err(e) if StoreError::is_duplicate(&e) => {
            return Err(StoreError::Conflict("an account with this email address already exists".to_owned()));
        }
        other => other?,
    };
    chain::record(tx, act, "account.created", None, new.id, &json!({ "role": new.role.name() })).await
}

/// The account with this id.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn find(conn: &mut Conn, id: &str) -> Result<Account, StoreError> {
    let row = sqlx::query("SELECT * FROM account WHERE id = $1").bind(id).fetch_optional(conn).await?;
    row.as_ref().map(account).transpose()?.ok_or(StoreError::NotFound("account"))
}

/// The account with this id, which nobody changes until the caller's change is made.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn find_held(tx: &mut Tx, id: &str) -> Result<Account, StoreError> {
    chain::hold(tx).await?;
    find(tx, id).await
}

/// The account that signs in with this address, if there is one.
///
/// # Errors
/// When the database does not answer.
pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM account WHERE email = $1").bind(email.to_lowercase());
    row.fetch_optional(conn).await?.as_ref().map(account).transpose()
}

/// The active administrators, by address.
///
/// # Errors
/// When the database does not answer.
pub async fn administrators(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query("SELECT * FROM account WHERE role = $1 AND disabled_at IS NULL ORDER BY email");
    rows.bind(Role::Administrator.name()).fetch_all(conn).await?.iter().map(account).collect()
}

/// All accounts, by name.
///
/// # Errors
/// When the database does not answer.
pub async fn all(conn: &mut Conn) -> Result<Vec<Account>, StoreError> {
    let rows = sqlx::query("SELECT * FROM account ORDER BY name, id").fetch_all(conn).await?;
    rows.iter().map(account).collect()
}

/// A page of the accounts, by name: those behind a name and an id, where the page before ended. With `enabled` only those
/// that may sign in.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    conn: &mut Conn,
    enabled: bool,
    after: Option<(&str, &str)>,
    most: i64,
) -> Result<Vec<Account>, StoreError> {
    let (name, id) = after.unwrap_or(("", ""));
    let rows = sqlx::query(
        "SELECT * FROM account WHERE (name > $1 OR (name = $1 AND id > $2)) AND ($3 = 0 OR disabled_at IS NULL) \
         ORDER BY name, id LIMIT $4 + 0",
    );
    let rows = rows.bind(name).bind(id).bind(i64::from(enabled)).bind(most).fetch_all(conn).await?;
    rows.iter().map(account).collect()
}

/// True where nobody has an account yet.
///
/// # Errors
/// When the database does not answer.
pub async fn none_yet(conn: &mut Conn) -> Result<bool, StoreError> {
    Ok(sqlx::query("SELECT id FROM account LIMIT 1").fetch_optional(conn).await?.is_none())
}

/// Changes what an account may do.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] where nobody would be left who administers, or who can work on a
/// restricted incident ([`succession::hand_over`]).
pub async fn set_role(tx: &mut Tx, act: Act<'_>, id: &str, role: Role) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let before = find(tx, id).await?;
    sqlx::query("UPDATE account SET role = $1, version = version + 1 WHERE id = $2")
        .bind(role.name())
        .bind(id)
        .execute(&mut **tx)
        .await?;
    let data = json!({ "from": before.role.name(), "to": role.name() });
    chain::record(tx, act, "account.role", None, id, &data).await?;
    if before.role.may(Permission::Administer) && !role.may(Permission::Administer) {
        access::withdraw_invitations(tx, act, id).await?;
        emergency::end_all(tx, act, id, Ending::Demoted).await?;
    }
    if before.role.may(Permission::Write) && !role.may(Permission::Write) {
        succession::check(tx, id).await?;
    }
    someone_administers(tx).await
}

/// Lets an account sign in no more, or again. What it is signed in with and what it let others in with ends for good, also what is left of it
/// when the account is active again.
///
/// # Errors
/// [`StoreError::NotFound`]; [`StoreError::Conflict`] where nobody would be left who administers, or who can work on a
/// restricted incident ([`succession::hand_over`]).
pub async fn set_disabled(tx: &mut Tx, act: Act<'_>, id: &str, disabled: bool) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    find(tx, id).await?;
    sqlx::query("UPDATE account SET disabled_at = $1, version = version + 1 WHERE id = $2")
        .bind(disabled.then(|| time::text(act.at)))
        .bind(id)
        .execute(&mut **tx)
        .await?;
    let kind = if disabled { "account.disabled" } else { "account.enabled" };
    chain::record(tx, act, kind, None, id, &json!({})).await?;
    access::end_all(tx, act, id).await?;
    if disabled {
        emergency::end_all(tx, act, id, Ending::Deactivated).await?;
        succession::check(tx, id).await?;
    }
    someone_administers(tx).await
}

/// Makes sure that an account is active until the change is made: whoever deactivates it was done before, or waits and ends what is made.
///
/// # Errors
/// [`StoreError::Conflict`] where it is deactivated. The program itself has no account and may always act.
pub(crate) async fn hold_active(tx: &mut Tx, id: &str) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let disabled = sqlx::query("SELECT id FROM account WHERE id = $1 AND disabled_at IS NOT NULL").bind(id);
    match disabled.fetch_optional(&mut **tx).await? {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict("the account is deactivated".to_owned())),
    }
}

/// Asked after the change is put down: writers queue there, so that two who step back at once see each other.
async fn someone_administers(tx: &mut Tx) -> Result<(), StoreError> {
    let left = sqlx::query("SELECT id FROM account WHERE role = $1 AND disabled_at IS NULL LIMIT 1");
    match left.bind(Role::Administrator.name()).fetch_optional(&mut **tx).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::Conflict("somebody has to be left who administers".to_owned())),
    }
}

/// Sets another password, and tells what ended with it: every session and every API token of the account. Whoever had a session for a minute
/// may have made a token.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn set_password(tx: &mut Tx, act: Act<'_>, id: &str, password_hash: &str) -> Result<Ended, StoreError> {
    // Whoever signs in with the old one is done before, or waits and is refused.
    chain::hold(tx).await?;
    find(tx, id).await?;
    sqlx::query("UPDATE account SET password_hash = $1, version = version + 1 WHERE id = $2")
        .bind(password_hash)
        .bind(id)
        .execute(&mut **tx)
        .await?;
    access::end_resets(tx, id).await?;
    chain::record(tx, act, "account.password", None, id, &json!({})).await?;
    let (sessions, tokens) = access::end_sessions_and_tokens(tx, act, id).await?;
    known_sources::forget(tx, id).await?;
    Ok(Ended { sessions, tokens })
}

/// What ended with a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Browser sessions.
    pub sessions: u64,
    /// API tokens that were not revoked before.
    pub tokens: u64,
}
