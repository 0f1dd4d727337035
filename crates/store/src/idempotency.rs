//! Answers kept for a day, so that a request sent again is not done again.

use crate::{Conn, StoreError, Tx, time};
use jiff::Timestamp;
use sqlx::Row;

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Digest of the request that it answered.
    pub request_hash: String,
    /// The HTTP status.
    pub status: i64,
    /// The `Location` header; empty where there was none.
    pub location: String,
    /// The body.
    pub body: String,
}

/// Seconds for which an answer is kept.
const KEPT: i64 = 24 * 60 * 60;

/// The answer given before to this key, if there was one.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, key_hash: &str, now: Timestamp) -> Result<Option<Answered>, StoreError> {
    let row = sqlx::query("SELECT * FROM idempotency WHERE key_hash = $1 AND at > $2");
    let row = row.bind(key_hash).bind(time::text(time::later(now, -KEPT))).fetch_optional(conn).await?;
    let answered = |row: sqlx::any::AnyRow| {
        Ok(Answered {
            request_hash: row.try_get("request_hash")?,
            status: row.try_get("status")?,
            location: row.try_get("location")?,
            body: row.try_get("body")?,
        })
    };
    row.map(answered).transpose()
}

/// Keeps an answer, in the transaction of the change that it tells of.
///
/// # Errors
/// [`StoreError::Conflict`] where the same key was answered at the same time; then the change must not be made.
pub async fn keep(tx: &mut Tx, key_hash: &str, answered: &Answered, now: Timestamp) -> Result<(), StoreError> {
    let old = time::text(time::later(now, -KEPT));
    sqlx::query("DELETE FROM idempotency WHERE at <= $1").bind(old).execute(&mut **tx).await?;
    let kept = sqlx::query(
        "INSERT INTO idempotency (key_hash, request_hash, status, location, body, at) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(key_hash)
    .bind(&answered.request_hash)
    .bind(answered.status)
    .bind(&answered.location)
    .bind(&answered.body)
    .bind(time::text(now))
    .execute(&mut **tx)
    .await;
    match kept {
        Err(e) if StoreError::is_duplicate(&e) => {
            Err(StoreError::Conflict("the same request is being answered already".to_owned()))
        }
        other => Ok(other.map(|_| ())?),
    }
}
