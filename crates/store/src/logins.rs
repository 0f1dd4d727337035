//! What people are signed in with: one row for each browser.

use crate::accounts::{self, Account};
use crate::chain::Owner;
use crate::{Act, Conn, StoreError, Tx, Viewer, chain, time};
use jiff::Timestamp;
use serde_json::json;
use sqlx::Row;
use sqlx::any::AnyRow;
use std::collections::BTreeSet;

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

/// A browser to sign in.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    /// Its id, which is no secret.
    pub id: &'a str,
    /// The hash of its secret.
    pub token_hash: &'a str,
    /// What the browser calls itself.
    pub device: &'a str,
    /// Seconds for which it stays signed in at most.
    pub valid_seconds: i64,
    /// How its person showed who they are.
    pub proof: Proof<'a>,
}

/// How a person showed who they are. It has to hold in the moment in which the browser is signed in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Proof<'a> {
    /// With the password of this hash, and the account has no second factor.
    Password(&'a str),
    /// With a password and a code. Whether they hold is asked by ending the [pending sign-in](crate::pending_sign_ins) in the same change.
    Code,
    /// At a sign-in provider.
    Provider,
    /// With a one-time link.
    Link,
}

impl std::fmt::Debug for Proof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.means())
    }
}

impl Proof<'_> {
    /// The name that is stored.
    fn means(&self) -> &'static str {
        match self {
            Proof::Password(_) => PASSWORD,
            Proof::Code => "code",
            Proof::Provider => PROVIDER,
            Proof::Link => "link",
        }
    }
}

/// Browsers that an account is signed in with at most. A change of one reads all of them while other changes wait.
pub const MOST: i64 = 50;

const PASSWORD: &str = "password";
const PROVIDER: &str = "provider";

/// What somebody reads whose account changed while they signed in.
pub(crate) fn changed() -> StoreError {
    StoreError::Conflict("your account, or its sign-in, changed while you signed in: sign in again".to_owned())
}

/// Signs a browser in. Of more than [as many](MOST) as there may be, the one that was not used for the longest time is signed out.
///
/// # Errors
/// [`StoreError::Conflict`] if the account is deactivated, or the proof does not hold any more.
pub async fn create(tx: &mut Tx, act: Act<'_>, new: &New<'_>) -> Result<(), StoreError> {
    let now = time::text(act.at);
    let password = match new.proof {
        Proof::Password(hash) => hash,
        Proof::Code | Proof::Provider | Proof::Link => "",
    };
    // Whoever deactivates the account or changes what the proof rests on is done before, or waits and ends this session.
    chain::hold(tx).await?;
    let inserted = sqlx::query(
        "INSERT INTO login (id, token_hash, account, device, created_at, seen_at, expires_at, means) \
         SELECT $1, $2, a.id, $3, $4, $4, $5, $6 FROM account a WHERE a.id = $7 AND a.disabled_at IS NULL AND ($6 <> $9 OR \
         (a.password_hash = $8 AND NOT EXISTS (SELECT 1 FROM second_factor f WHERE f.account = a.id AND f.confirmed_at IS NOT NULL)))",
    )
    .bind(new.id)
    .bind(new.token_hash)
    .bind(new.device)
    .bind(&now)
    .bind(time::text(time::later(act.at, new.valid_seconds)))
    .bind(new.proof.means())
    .bind(&act.by.account)
    .bind(password)
    .bind(PASSWORD)
    .execute(&mut **tx)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(changed());
    }
    let ended = sqlx::query(
        "DELETE FROM login WHERE account = $1 AND id NOT IN (SELECT id FROM login WHERE account = $1 \
         ORDER BY CASE WHEN id = $2 THEN 0 ELSE 1 END, seen_at DESC, id LIMIT $3 + 0)",
    );
    let ended = ended.bind(&act.by.account).bind(new.id).bind(MOST).execute(&mut **tx).await?.rows_affected();
    let data = if ended == 0 { json!({}) } else { json!({ "ended": ended }) };
    chain::record(tx, act, "login.created", None, new.id, &data).await
}

/// Which sessions are good at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Good {
    /// Those that expire after this: now.
    pub now: Timestamp,
    /// Those that began after this.
    pub created_after: Timestamp,
    /// Those that were used after this.
    pub seen_after: Timestamp,
}

impl Good {
    /// Those that began and were used within so many seconds. What a session was given when it began counts as well: a shorter lifetime
    /// holds for sessions that are under way, a longer one does not.
    pub fn within(now: Timestamp, lifetime_seconds: i64, idle_seconds: i64) -> Self {
        Good { now, created_after: time::later(now, -lifetime_seconds), seen_after: time::later(now, -idle_seconds) }
    }
}

impl From<Timestamp> for Good {
    /// Those that have not expired, however long they were not used.
    fn from(now: Timestamp) -> Self {
        Good { now, created_after: Timestamp::UNIX_EPOCH, seen_after: Timestamp::UNIX_EPOCH }
    }
}

/// Seconds after which a use is worth putting down again.
const SEEN_EVERY: i64 = 60;

/// A login that is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose it is.
    pub account: Account,
    /// Its id.
    pub id: String,
    /// True where the use should be put down with [`seen`].
    pub stale: bool,
    /// True where the account has a second factor, or a sign-in provider signed its person in, who may ask for one.
    pub second_factor: bool,
}

/// Whose browser has this secret; `None` where nobody's has, or it is over.
///
/// # Errors
/// When the database does not answer.
pub async fn find(conn: &mut Conn, token_hash: &str, now: impl Into<Good>) -> Result<Option<Found>, StoreError> {
    let good = now.into();
    let row = sqlx::query(
        "SELECT a.*, l.id AS login, l.seen_at, l.means, f.confirmed_at FROM login l JOIN account a ON a.id = l.account \
         LEFT JOIN second_factor f ON f.account = a.id WHERE l.token_hash = $1 AND l.expires_at > $2 AND l.created_at > $3 AND l.seen_at > $4 \
         AND a.disabled_at IS NULL",
    );
    let row = row.bind(token_hash).bind(time::text(good.now)).bind(time::text(good.created_after));
    let row = row.bind(time::text(good.seen_after)).fetch_optional(conn).await?;
    let Some(row) = row else { return Ok(None) };
    let seen = time::parse(row.try_get("seen_at")?)?;
    let by_provider = row.try_get::<String, _>("means")? == PROVIDER;
    Ok(Some(Found {
        account: accounts::account(&row)?,
        id: row.try_get("login")?,
        stale: time::later(seen, SEEN_EVERY) < good.now,
        second_factor: by_provider || row.try_get::<Option<String>, _>("confirmed_at")?.is_some(),
    }))
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
pub async fn of(conn: &mut Conn, account: &str, now: impl Into<Good>) -> Result<Vec<Login>, StoreError> {
    let good = now.into();
    let rows = sqlx::query(
        "SELECT * FROM login WHERE account = $1 AND expires_at > $2 AND created_at > $3 AND seen_at > $4 ORDER BY seen_at DESC, id",
    );
    let rows = rows.bind(account).bind(time::text(good.now)).bind(time::text(good.created_after));
    let rows = rows.bind(time::text(good.seen_after)).fetch_all(conn).await?;
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
    now: impl Into<Good>,
    after: Option<(Timestamp, &str)>,
    most: i64,
) -> Result<Vec<Login>, StoreError> {
    let good = now.into();
    let (at, id) = after.unwrap_or((Timestamp::MAX, ""));
    let rows = sqlx::query(
        "SELECT * FROM login WHERE account = $1 AND expires_at > $2 AND (created_at < $3 OR (created_at = $3 AND id > $4)) \
         AND created_at > $6 AND seen_at > $7 ORDER BY created_at DESC, id LIMIT $5 + 0",
    );
    let rows = rows.bind(account).bind(time::text(good.now)).bind(time::text(at)).bind(id).bind(most);
    let rows = rows.bind(time::text(good.created_after)).bind(time::text(good.seen_after)).fetch_all(conn).await?;
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
    chain::hold(tx).await?;
    let ended = sqlx::query("DELETE FROM login WHERE id = $1 AND account = $2");
    let ended = ended.bind(id).bind(&act.by.account).execute(&mut **tx).await?;
    if ended.rows_affected() == 0 {
        return Err(StoreError::NotFound("session"));
    }
    chain::record(tx, act, "login.ended", None, id, &json!({})).await
}

/// Removes the sessions of all accounts that have expired, and tells how many there were. It is an event, because the audit log covers
/// sessions. A change of its own: it waits for the log's head, and holds nothing else meanwhile.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let expired = sqlx::query("SELECT 1 AS one FROM login WHERE expires_at <= $1 LIMIT 1").bind(time::text(now));
    if expired.fetch_optional(&mut **tx).await?.is_none() {
        return Ok(0);
    }
    chain::hold(tx).await?;
    let gone = sqlx::query("DELETE FROM login WHERE expires_at <= $1 RETURNING account").bind(time::text(now));
    let gone = gone.fetch_all(&mut **tx).await?;
    let accounts: BTreeSet<String> = gone.iter().map(|row| row.try_get("account")).collect::<Result<_, _>>()?;
    if accounts.is_empty() {
        return Ok(0);
    }
    let system = Viewer::system();
    let act = Act { by: &system, at: now };
    chain::record(tx, act, "login.expired", None, "", &json!({ "sessions": gone.len() })).await?;
    for account in accounts {
        chain::touch(tx, act, chain::LOGINS, Owner::Account(account));
    }
    Ok(gone.len() as u64)
}
