//! What all servers of one record share.

use crate::{Act, Conn, StoreError, Tx, chain};
use serde_json::json;
use sqlx::Row;

/// The key that masks are made with.
pub const MASKING_KEY: &str = "redaction_key";
/// The IDs of the accounts that the examples made.
pub const DEMO_ACCOUNTS: &str = "demo_accounts";
/// What the audit log vouches for. Every other setting follows from something else, or tells only how far a program has come.
pub const VOUCHED: [&str; 2] = [MASKING_KEY, DEMO_ACCOUNTS];

/// A setting; where there is none yet, `new` becomes it. Two servers that start at once agree.
///
/// # Errors
/// When the database does not answer.
pub async fn get_or(tx: &mut Tx, name: &str, new: &str) -> Result<String, StoreError> {
    let sql = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    sqlx::query(sql).bind(name).bind(new).execute(&mut **tx).await?;
    let row = sqlx::query("SELECT value FROM setting WHERE name = $1").bind(name).fetch_one(&mut **tx).await?;
    Ok(row.try_get("value")?)
}

/// A setting; absent where there is none yet.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, name: &str) -> Result<Option<String>, StoreError> {
    let row = sqlx::query("SELECT value FROM setting WHERE name = $1").bind(name).fetch_optional(conn).await?;
    row.map(|row| Ok(row.try_get("value")?)).transpose()
}

/// Sets it, whatever it was.
///
/// # Errors
/// When the database does not answer.
pub async fn set(tx: &mut Tx, name: &str, value: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    sqlx::query(sql).bind(name).bind(value).execute(&mut **tx).await?;
    Ok(())
}

/// Gives a setting that says nothing another value than it has.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn turn(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO setting (name, value) VALUES ($1, 'a') ON CONFLICT (name) DO UPDATE SET \
               value = CASE WHEN setting.value = 'a' THEN 'b' ELSE 'a' END";
    sqlx::query(sql).bind(name).execute(&mut **tx).await?;
    Ok(())
}

/// Removes a setting, if it is there.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM setting WHERE name = $1").bind(name).execute(&mut **tx).await?;
    Ok(())
}

/// Puts down that one of [`VOUCHED`] is now as it should be: after a change of it, and once where no event vouches for it yet.
///
/// # Errors
/// When the database does not answer.
pub async fn vouch(tx: &mut Tx, act: Act<'_>, name: &str) -> Result<(), StoreError> {
    chain::record(tx, act, &kind(name), None, "", &json!({})).await
}

/// True if an event vouches for a setting.
///
/// # Errors
/// When the database does not answer.
pub async fn is_vouched(conn: &mut Conn, name: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one FROM event WHERE kind = $1 LIMIT 1";
    Ok(sqlx::query(sql).bind(kind(name)).fetch_optional(conn).await?.is_some())
}

fn kind(name: &str) -> String {
    format!("setting.{name}")
}
