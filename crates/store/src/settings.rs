//! What all servers of one record share.

use crate::{StoreError, Tx};
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
