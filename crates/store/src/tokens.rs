//! Tokens with which programs use the API in a person's name.

use crate::accounts;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use hindcast_retro::record::people::Permission;
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id, which is no secret.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it may be used for at most.
    pub scopes: Vec<Permission>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// Active tokens of an account at most, and tokens that have ended. A change of one reads all of them while other changes wait.
pub const MOST: i64 = 100;

fn join(scopes: &[Permission]) -> String {
    scopes.iter().map(|s| s.name()).collect::<Vec<_>>().join(" ")
}

fn split(scopes: &str) -> Result<Vec<Permission>, StoreError> {
    let one = |s: &str| s.parse().map_err(|_| StoreError::Corrupt(format!("the scope `{s}`")));
    scopes.split_whitespace().map(one).collect()
}

/// Makes a token. Only the secret's hash is kept.
///
/// # Errors
/// [`StoreError::Conflict`] if the actor was deactivated, or has [as many](MOST) as there may be.
pub async fn create(
    tx: &mut Tx,
    act: Act<'_>,
    id: &str,
    name: &str,
    token_hash: &str,
    scopes: &[Permission],
    expires_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    accounts::hold_active(tx, &act.by.account).await?;
    make_room(tx, act).await?;
    sqlx::query(
        "INSERT INTO api_token (id, account, name, token_hash, scopes, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id)
    .bind(&act.by.account)
    .bind(name)
    .bind(token_hash)
    .bind(join(scopes))
    .bind(time::text(act.at))
    .bind(expires_at.map(time::text))
    .execute(&mut **tx)
    .await?;
    chain::record(tx, act, "token.created", None, id, &json!({ "scopes": join(scopes) })).await
}

/// Refuses one token too many, and forgets those that ended first: the log tells of them.
async fn make_room(tx: &mut Tx, act: Act<'_>) -> Result<(), StoreError> {
    let (account, now) = (&act.by.account, time::text(act.at));
    let active = "SELECT COUNT(*) AS n FROM api_token WHERE account = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";
    let active: i64 = sqlx::query(active).bind(account).bind(&now).fetch_one(&mut **tx).await?.try_get("n")?;
    if active >= MOST {
        return Err(StoreError::Conflict(format!("an account can have at most {MOST} active API tokens: revoke one")));
    }
    sqlx::query(
        "DELETE FROM api_token WHERE account = $1 AND (revoked_at IS NOT NULL OR expires_at <= $2) AND id NOT IN (SELECT id FROM api_token \
         WHERE account = $1 AND (revoked_at IS NOT NULL OR expires_at <= $2) ORDER BY COALESCE(revoked_at, expires_at) DESC, id LIMIT $3 + 0)",
    )
    .bind(account)
    .bind(&now)
    .bind(MOST)
    .execute(&mut **tx)
    .await?;
    Ok(())
}

/// Seconds after which a use is worth putting down again.
const USED_EVERY: i64 = 60;

/// A token that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Who acts with it.
    pub viewer: Viewer,
    /// The token's ID.
    pub id: String,
    /// True where the use should be put down with [`used`].
    pub stale: bool,
}

/// Who acts with this token; `None` where it is not good, or its person may not sign in any more.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, token_hash: &str, now: Timestamp) -> Result<Option<Found>, StoreError> {
    let row = sqlx::query(
        "SELECT a.*, t.scopes, t.id AS token, t.used_at FROM api_token t JOIN account a ON a.id = t.account WHERE t.token_hash = $1 \
         AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > $2) AND a.disabled_at IS NULL",
    );
    let Some(row) = row.bind(token_hash).bind(time::text(now)).fetch_optional(conn).await? else { return Ok(None) };
    let scopes: String = row.try_get("scopes")?;
    let used = time::parse_opt(row.try_get("used_at")?)?;
    Ok(Some(Found {
        viewer: Viewer { scopes: Some(split(&scopes)?), ..accounts::account(&row)?.viewer() },
        id: row.try_get("token")?,
        stale: used.is_none_or(|at| time::later(at, USED_EVERY) < now),
    }))
}

/// Puts a use down. The audit log does not cover it.
///
/// # Errors
/// When the database does not answer.
pub async fn used(tx: &mut Tx, id: &str, now: Timestamp) -> Result<(), StoreError> {
    let query = sqlx::query("UPDATE api_token SET used_at = $1 WHERE id = $2");
    query.bind(time::text(now)).bind(id).execute(&mut **tx).await?;
    Ok(())
}

/// The tokens of an account, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of(conn: &mut Conn, account: &str) -> Result<Vec<Token>, StoreError> {
    page(conn, account, None, i64::MAX).await
}

/// A page of them: those behind a time and an id, where the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn page(
    conn: &mut Conn,
    account: &str,
    after: Option<(Timestamp, &str)>,
    most: i64,
) -> Result<Vec<Token>, StoreError> {
    let (at, id) = after.unwrap_or((Timestamp::MAX, ""));
    let rows = sqlx::query(
        "SELECT * FROM api_token WHERE account = $1 AND (created_at < $2 OR (created_at = $2 AND id > $3)) \
         ORDER BY created_at DESC, id LIMIT $4 + 0",
    );
    let rows = rows.bind(account).bind(time::text(at)).bind(id).bind(most).fetch_all(conn).await?;
    rows.iter().map(token).collect()
}

pub(crate) fn token(row: &AnyRow) -> Result<Token, StoreError> {
    let scopes: String = row.try_get("scopes")?;
    Ok(Token {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        scopes: split(&scopes)?,
        created_at: time::parse(row.try_get("created_at")?)?,
        expires_at: time::parse_opt(row.try_get("expires_at")?)?,
        used_at: time::parse_opt(row.try_get("used_at")?)?,
        revoked_at: time::parse_opt(row.try_get("revoked_at")?)?,
    })
}

/// Revokes one of the actor's own tokens.
///
/// # Errors
/// [`StoreError::NotFound`].
pub async fn revoke(tx: &mut Tx, act: Act<'_>, id: &str) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let done =
        sqlx::query("UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND account = $3 AND revoked_at IS NULL");
    let done = done.bind(time::text(act.at)).bind(id).bind(&act.by.account).execute(&mut **tx).await?;
    if done.rows_affected() == 0 {
        return Err(StoreError::NotFound("token"));
    }
    chain::record(tx, act, "token.revoked", None, id, &json!({})).await
}
