//! The browser sessions, API tokens and links with sign-in providers of all people, for administrators.

use super::Links;
use crate::logins::{self, Good, Login};
use crate::tokens::{self, Token};
use crate::{Act, Conn, StoreError, Tx, accounts, chain, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;

/// A session or token with its person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held<T> {
    /// The account.
    pub account: String,
    /// The name of its person.
    pub person: String,
    /// What that person has.
    pub what: T,
}

fn held<T>(row: &AnyRow, what: impl Fn(&AnyRow) -> Result<T, StoreError>) -> Result<Held<T>, StoreError> {
    Ok(Held { account: row.try_get("account")?, person: row.try_get("person")?, what: what(row)? })
}

/// A page of the browser sessions that are good, of all people or of one account, the newest first: those behind a time and an ID, where
/// the page before ended.
///
/// # Errors
/// When the database does not answer.
pub async fn sessions(
    conn: &mut Conn,
    account: Option<&str>,
    now: impl Into<Good>,
    after: Option<(Timestamp, &str)>,
    most: i64,
) -> Result<Vec<Held<Login>>, StoreError> {
    let (at, id) = after.unwrap_or((Timestamp::MAX, ""));
    let rows = sqlx::query(
        "SELECT l.*, a.name AS person FROM login l JOIN account a ON a.id = l.account WHERE l.expires_at > $1 AND l.created_at > $6 AND l.seen_at > $7 \
         AND a.disabled_at IS NULL AND ($2 = '' OR l.account = $2) AND (l.created_at < $3 OR (l.created_at = $3 AND l.id > $4)) ORDER BY l.created_at DESC, l.id LIMIT $5 + 0",
    );
    let good = now.into();
    let rows = rows.bind(time::text(good.now)).bind(account.unwrap_or("")).bind(time::text(at)).bind(id).bind(most);
    let rows = rows.bind(time::text(good.created_after)).bind(time::text(good.seen_after));
    rows.fetch_all(conn).await?.iter().map(|row| held(row, logins::login)).collect()
}

/// The same for the API tokens that are good.
///
/// # Errors
/// When the database does not answer.
pub async fn tokens(
    conn: &mut Conn,
    account: Option<&str>,
    now: Timestamp,
    after: Option<(Timestamp, &str)>,
    most: i64,
) -> Result<Vec<Held<Token>>, StoreError> {
    let (at, id) = after.unwrap_or((Timestamp::MAX, ""));
    let rows = sqlx::query(
        "SELECT t.*, a.name AS person FROM api_token t JOIN account a ON a.id = t.account WHERE t.revoked_at IS NULL \
         AND (t.expires_at IS NULL OR t.expires_at > $1) AND a.disabled_at IS NULL AND ($2 = '' OR t.account = $2) \
         AND (t.created_at < $3 OR (t.created_at = $3 AND t.id > $4)) ORDER BY t.created_at DESC, t.id LIMIT $5 + 0",
    );
    let rows = rows.bind(time::text(now)).bind(account.unwrap_or("")).bind(time::text(at)).bind(id).bind(most);
    rows.fetch_all(conn).await?.iter().map(|row| held(row, tokens::token)).collect()
}

/// A link with a person at a sign-in provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The provider's issuer URL.
    pub issuer: String,
    /// When it was made.
    pub linked_at: Timestamp,
}

/// The links of all people or of one account, the newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn links(conn: &mut Conn, account: Option<&str>, most: i64) -> Result<Vec<Held<Link>>, StoreError> {
    let rows = sqlx::query(
        "SELECT i.*, a.name AS person FROM identity i JOIN account a ON a.id = i.account WHERE a.disabled_at IS NULL \
         AND ($1 = '' OR i.account = $1) ORDER BY i.linked_at DESC, i.account, i.issuer LIMIT $2 + 0",
    );
    let rows = rows.bind(account.unwrap_or("")).bind(most).fetch_all(conn).await?;
    let link =
        |row: &AnyRow| Ok(Link { issuer: row.try_get("issuer")?, linked_at: time::parse(row.try_get("linked_at")?)? });
    rows.iter().map(|row| held(row, link)).collect()
}

/// Removes every link of an account.
///
/// # Errors
/// [`StoreError::NotFound`] where it has none.
pub async fn end_links(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), StoreError> {
    match super::end_links(tx, act, account, Links::All).await? {
        0 => Err(StoreError::NotFound("link with a sign-in provider")),
        _ => Ok(()),
    }
}

/// Ends one browser session of an account.
///
/// # Errors
/// [`StoreError::NotFound`] where the account does not have it.
pub async fn end_session(tx: &mut Tx, act: Act<'_>, account: &str, id: &str) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let ended = sqlx::query("DELETE FROM login WHERE id = $1 AND account = $2").bind(id).bind(account);
    if ended.execute(&mut **tx).await?.rows_affected() == 0 {
        return Err(StoreError::NotFound("session"));
    }
    chain::record(tx, act, "account.session_ended", None, account, &json!({ "session": id })).await
}

/// Revokes one API token of an account.
///
/// # Errors
/// [`StoreError::NotFound`] where the account does not have it, or it was revoked before.
pub async fn revoke_token(tx: &mut Tx, act: Act<'_>, account: &str, id: &str) -> Result<(), StoreError> {
    chain::hold(tx).await?;
    let sql = "UPDATE api_token SET revoked_at = $1 WHERE id = $2 AND account = $3 AND revoked_at IS NULL";
    let revoked = sqlx::query(sql).bind(time::text(act.at)).bind(id).bind(account).execute(&mut **tx).await?;
    if revoked.rows_affected() == 0 {
        return Err(StoreError::NotFound("token"));
    }
    chain::record(tx, act, "account.token_revoked", None, account, &json!({ "token": id })).await
}

/// Ends every browser session, revokes every API token and removes the links that were added to an account.
///
/// # Errors
/// [`StoreError::NotFound`] where there is no such account.
pub async fn end_sessions_and_tokens(tx: &mut Tx, act: Act<'_>, account: &str) -> Result<(), StoreError> {
    accounts::find(tx, account).await?;
    super::end_sessions_and_tokens(tx, act, account).await?;
    super::end_links(tx, act, account, Links::Added).await.map(|_| ())
}
