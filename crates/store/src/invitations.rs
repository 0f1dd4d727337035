//! One-time links that make an account: the first administrator's, and those that an administrator hands out.

use crate::{Act, Conn, StoreError, Tx, chain, time};
use hindcast_retro::record::people::Role;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;

/// Makes a link. Only the token's hash is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn create(
    tx: &mut Tx,
    act: Act<'_>,
    token_hash: &str,
    role: Role,
    valid_seconds: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO invitation (token_hash, role, created_by, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(token_hash)
    .bind(role.name())
    .bind(&act.by.account)
    .bind(time::text(act.at))
    .bind(time::text(time::later(act.at, valid_seconds)))
    .execute(&mut **tx)
    .await?;
    chain::record(tx, act, "invitation.created", None, "", &json!({ "role": role.name() })).await
}

/// What role a link that is still good gives.
///
/// # Errors
/// [`StoreError::NotFound`] where it was used, has expired or never was.
pub async fn role(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Role, StoreError> {
    let row = sqlx::query("SELECT role FROM invitation WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2");
    let row = row.bind(token_hash).bind(time::text(now)).fetch_optional(conn).await?;
    let role: String = row.ok_or(StoreError::NotFound("invitation"))?.try_get("role")?;
    role.parse().map_err(|_| StoreError::Corrupt(format!("the role `{role}`")))
}

/// Uses a link up; two who use it at once do not both succeed.
///
/// # Errors
/// [`StoreError::NotFound`] where it is not good any more.
pub async fn use_up(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Role, StoreError> {
    let role = role(tx, token_hash, now).await?;
    let used = sqlx::query("UPDATE invitation SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL");
    let used = used.bind(time::text(now)).bind(token_hash).execute(&mut **tx).await?;
    if used.rows_affected() == 1 { Ok(role) } else { Err(StoreError::NotFound("invitation")) }
}

/// Takes back the links to the first account that were never used: each start prints a new one.
///
/// # Errors
/// When the database does not answer.
pub async fn withdraw_unused(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM invitation WHERE used_at IS NULL").execute(&mut **tx).await?;
    Ok(())
}
