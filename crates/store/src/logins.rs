//! What people are signed in with: one row for each browser.

use crate::accounts::{self, Account};
use crate::{Act, Conn, StoreError, Tx, chain, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Its id, which is no secret.
    pub id: String,
    /// What the browser calls itself.
    pub device: String,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// Until when at most.
    pub expires_at: Timestamp,
}

/// Signs a browser in. Only the secret's hash is kept.
///
/// # Errors
/// When the database does not answer.
pub async fn create(
    tx: &mut Tx,
    act: Act<'_>,
    id: &str,
    token_hash: &str,
    device: &str,
    valid_seconds: i64,
) -> Result<(), StoreError> {
    let now = time::text(act.at);
    sqlx::query(
        "INSERT INTO login (id, token_hash, account, device, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(token_hash)
    .bind(&act.by.account)
    .bind(device)
    .bind(&now)
    .bind(&now)
    .bind(time::text(time::later(act.at, valid_seconds)))
    .execute(&mut **tx)
    .await?;
    chain::record(tx, act, "login.created", None, id, &json!({})).await
}

/// Seconds after which a use is worth putting down again.
const SEEN_EVERY: i64 = 60;

/// Whose browser has this secret, and by which login; `None` where nobody's has, or it is over.
/// The third part is true where the use should be put down with [`seen`].
///
/// # Errors
/// When the database does not answer.
pub async fn find(
    conn: &mut Conn,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<(Account, String, bool)>, StoreError> {
    let row = sqlx::query(
        "SELECT a.*, l.id AS login, l.seen_at FROM login l JOIN account a ON a.id = l.account \
         WHERE l.token_hash = $1 AND l.expires_at > $2 AND a.disabled_at IS NULL",
    );
    let Some(row) = row.bind(token_hash).bind(time::text(now)).fetch_optional(conn).await? else { return Ok(None) };
    let seen = time::parse(row.try_get("seen_at")?)?;
    Ok(Some((accounts::account(&row)?, row.try_get("login")?, time::later(seen, SEEN_EVERY) < now)))
}

/// Puts a use down.
///
/// # Errors
/// When the database does not answer.
pub async fn seen(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE login SET seen_at = $1 WHERE id = $2");
    query.bind(time::text(now)).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// The browsers that an account is signed in with, the latest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, account: &str, now: Timestamp) -> Result<Vec<Login>, StoreError> {
    let rows = sqlx::query("SELECT * FROM login WHERE account = $1 AND expires_at > $2 ORDER BY seen_at DESC, id");
    let rows = rows.bind(account).bind(time::text(now)).fetch_all(conn).await?;
    rows.iter().map(login).collect()
}

/// A page of them, the one that signed in last first: those behind a time and an id, where the page before ended. When
/// one was last used changes while pages are read, when it signed in does not.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    conn: &mut Conn,
    account: &str,
    now: Timestamp,
    after: Option<(Timestamp, &str)>,
    most: i64,
) -> Result<Vec<Login>, StoreError> {
    let (at, id) = after.unwrap_or((Timestamp::MAX, ""));
    let rows = sqlx::query(
        "SELECT * FROM login WHERE account = $1 AND expires_at > $2 AND (created_at < $3 OR (created_at = $3 AND id > $4)) \
         ORDER BY created_at DESC, id LIMIT $5 + 0",
    );
    let rows =
        rows.bind(account).bind(time::text(now)).bind(time::text(at)).bind(id).bind(most).fetch_all(conn).await?;
    rows.iter().map(login).collect()
}

pub(crate) fn login(row: &AnyRow) -> Result<Login, StoreError> {
    Ok(Login {
        id: row.try_get("id")?,
        device: row.try_get("device")?,
        created_at: time::parse(row.try_get("created_at")?)?,
        seen_at: time::parse(row.try_get("seen_at")?)?,
        expires_at: time::parse(row.try_get("expires_at")?)?,
    })
}

/// Ends one of the actor's own logins.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn end(tx: &mut Tx, act: Act<'_>, id: &str) -> Result<(), StoreError> {
    let ended = sqlx::query("DELETE FROM login WHERE id = $1 AND account = $2");
    let ended = ended.bind(id).bind(&act.by.account).execute(&mut **tx).await?;
    if ended.rows_affected() == 0 {
        return Err(StoreError::NotFound("session"));
    }
    chain::record(tx, act, "login.ended", None, id, &json!({})).await
}
