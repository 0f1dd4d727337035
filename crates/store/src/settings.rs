//! What all servers of one record share.

use crate::{Conn, StoreError, Tx};
use sqlx::Row;

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

/// Removes a setting, if it is there.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(tx: &mut Tx, name: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM setting WHERE name = $1").bind(name).execute(&mut **tx).await?;
    Ok(())
}
