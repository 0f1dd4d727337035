//! Browsers that gave the right password, and have to give a code before they are signed in. Strangers have none: a row needs the password.

use crate::accounts::{self, Account};
use crate::{Conn, StoreError, Tx, chain, time};
use jiff::Timestamp;
use sqlx::Row;

/// Begins one, for whoever gave the password with this hash. Only the hash of the browser's secret is kept.
///
/// # Errors
/// [`StoreError::Conflict`] if the account is deactivated, or its password was changed meanwhile.
pub async fn create(
    tx: &mut Tx,
    account: &Account,
    token_hash: &str,
    now: Timestamp,
    valid_seconds: i64,
) -> Result<(), StoreError> {
    // Whoever deactivates the account or changes its password is done before, or waits and ends it.
    chain::hold(tx).await?;
    let sql = "INSERT INTO pending_sign_in (token_hash, account, expires_at) SELECT $1, a.id, $2 FROM account a \
               WHERE a.id = $3 AND a.password_hash = $4 AND a.disabled_at IS NULL";
    let row = sqlx::query(sql).bind(token_hash).bind(time::text(time::later(now, valid_seconds)));
    let begun = row.bind(&account.id).bind(&account.password_hash).execute(&mut **tx).await?;
    if begun.rows_affected() == 0 { Err(super::logins::changed()) } else { Ok(()) }
}

/// The active account that a browser with this secret is about to sign in to.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Account>, StoreError> {
    let sql = "SELECT a.* FROM pending_sign_in p JOIN account a ON a.id = p.account \
               WHERE p.token_hash = $1 AND p.expires_at > $2 AND a.disabled_at IS NULL";
    let row = sqlx::query(sql).bind(token_hash).bind(time::text(now)).fetch_optional(conn).await?;
    row.as_ref().map(accounts::account).transpose()
}

/// Ends one, and gives the account's id. Of two who do so at once, one finds none.
///
/// # Errors
/// [`StoreError::Conflict`] if it was ended before, or its time is over.
pub async fn end(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<String, StoreError> {
    chain::hold(tx).await?;
    let sql = "DELETE FROM pending_sign_in WHERE token_hash = $1 AND expires_at > $2 RETURNING account";
    let row = sqlx::query(sql).bind(token_hash).bind(time::text(now)).fetch_optional(&mut **tx).await?;
    row.ok_or_else(super::logins::changed)?.try_get("account").map_err(StoreError::from)
}

/// Ends all of an account.
pub(crate) async fn end_all(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM pending_sign_in WHERE account = $1").bind(account).execute(&mut **tx).await?;
    Ok(())
}
