//! Links between accounts and people at a sign-in provider (OpenID Connect).
//!
//! Only the pair of issuer and subject identifies a person, because an email address can change hands.

use crate::accounts::{self, Account};
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use hindcast_retro::record::people::Role;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

/// A person at a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity<'a> {
    /// The provider's issuer URL.
    pub issuer: &'a str,
    /// The provider's ID for the person, which never changes.
    pub subject: &'a str,
}

/// The account that a person at a provider signs in to, even if it is deactivated.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, identity: Identity<'_>) -> Result<Option<Account>, StoreError> {
    let sql = "SELECT a.* FROM identity i JOIN account a ON a.id = i.account WHERE i.issuer = $1 AND i.subject = $2";
    let row = sqlx::query(sql).bind(identity.issuer).bind(identity.subject).fetch_optional(conn).await?;
    row.as_ref().map(accounts::account).transpose()
}

/// When the account was linked with a person at this provider; `None` if it is not.
///
/// # Errors
/// When the database does not answer.
pub async fn linked_at(conn: &mut Conn, issuer: &str, account: &str) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT linked_at FROM identity WHERE issuer = $1 AND account = $2";
    let row = sqlx::query(sql).bind(issuer).bind(account).fetch_optional(conn).await?;
    row.map(|row| time::parse(row.try_get("linked_at")?)).transpose()
}

/// True for an account that a person at a provider was given, and so without a password: it was linked in the change that created it.
///
/// # Errors
/// When the database does not answer.
pub async fn made(conn: &mut Conn, account: &str) -> Result<bool, StoreError> {
    let sql = "SELECT i.account FROM identity i JOIN account a ON a.id = i.account WHERE a.id = $1 AND i.linked_at = a.created_at";
    Ok(sqlx::query(sql).bind(account).fetch_optional(conn).await?.is_some())
}

/// Links an account with a person at a provider.
///
/// # Errors
/// [`StoreError::NotFound`] if there is no such account; [`StoreError::Conflict`] if the person signs in to another account, or the account is
/// linked with another person at this provider.
pub async fn link(tx: &mut Tx, act: Act<'_>, account: &str, identity: Identity<'_>) -> Result<(), StoreError> {
    accounts::find(tx, account).await?;
    let sql =
        "INSERT INTO identity (issuer, subject, account, linked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let linked = sqlx::query(sql).bind(identity.issuer).bind(identity.subject).bind(account).bind(time::text(act.at));
    if linked.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(StoreError::Conflict(
            "this account or this person at the provider is already linked. Remove that link first".to_owned(),
        ));
    }
    let data = json!({ "issuer": identity.issuer, "subject": identity.subject });
    chain::record(tx, act, "account.identity_linked", None, account, &data).await
}

/// Removes the link of an account with a person at this provider.
///
/// # Errors
/// [`StoreError::NotFound`] if there is none.
pub async fn unlink(tx: &mut Tx, act: Act<'_>, account: &str, issuer: &str) -> Result<(), StoreError> {
    let removed = sqlx::query("DELETE FROM identity WHERE issuer = $1 AND account = $2").bind(issuer).bind(account);
    if removed.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(StoreError::NotFound("link with a sign-in provider"));
    }
    chain::record(tx, act, "account.identity_unlinked", None, account, &json!({ "issuer": issuer })).await
}

/// Records that an account keeps a role that the provider no longer gives, and why.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_role(tx: &mut Tx, at: Timestamp, account: &Account, to: Role, why: &str) -> Result<(), StoreError> {
    let data = json!({ "role": account.role.name(), "at_provider": to.name(), "reason": why });
    chain::record(tx, Act { by: &Viewer::system(), at }, "account.role_kept", None, &account.id, &data).await
}

/// Records that a sign-in was completed. `key` is a hash of its state and is removed after `valid_seconds`.
///
/// # Errors
/// [`StoreError::Conflict`] if it was already completed.
pub async fn complete(tx: &mut Tx, key: &str, now: Timestamp, valid_seconds: i64) -> Result<(), StoreError> {
    let until = time::text(time::later(now, valid_seconds));
    let sql = "INSERT INTO used_sign_in (key, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    match sqlx::query(sql).bind(key).bind(until).execute(&mut **tx).await?.rows_affected() {
        0 => Err(StoreError::Conflict("this sign-in was already completed".to_owned())),
        _ => Ok(()),
    }
}
