//! Attempts to sign in, counted by hashed keys for all servers on the record. How many are too many is not decided here.
//!
//! They are in no backup and the audit log does not cover them: a row is of use for minutes.

use crate::{StoreError, Tx, time};
use jiff::Timestamp;
use sqlx::Row;

/// The keys that an attempt counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// That of the account and the source.
    pub pair: String,
    /// That of the source.
    pub source: String,
}

impl Keys {
    /// In order: of two statements that change the same rows, neither waits for the other forever.
    fn ordered(&self) -> [&String; 2] {
        let mut keys = [&self.pair, &self.source];
        keys.sort_unstable();
        keys
    }
}

/// Attempts within the window, this one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// By this source at this account.
    pub pair: i64,
    /// By this source, whatever the account.
    pub source: i64,
}

/// Counts an attempt, in one statement. Two that count at once both count. The window begins with the first attempt.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &mut Tx, keys: &Keys, now: Timestamp, window_seconds: i64) -> Result<Counts, StoreError> {
    let [first, second] = keys.ordered();
    let rows = sqlx::query(
        "INSERT INTO sign_in_attempt (key, since, attempts) VALUES ($1, $3, 1), ($2, $3, 1) ON CONFLICT (key) DO UPDATE SET \
         attempts = CASE WHEN sign_in_attempt.since <= $4 THEN 1 ELSE sign_in_attempt.attempts + 1 END, \
         since = CASE WHEN sign_in_attempt.since <= $4 THEN excluded.since ELSE sign_in_attempt.since END RETURNING key, attempts",
    );
    let rows = rows.bind(first).bind(second).bind(time::text(now));
    let rows = rows.bind(time::text(time::later(now, -window_seconds))).fetch_all(&mut **tx).await?;
    let mut counts = Counts { pair: 0, source: 0 };
    for row in rows {
        let (key, attempts) = (row.try_get::<String, _>("key")?, row.try_get("attempts")?);
        if key == keys.pair { counts.pair = attempts } else { counts.source = attempts }
    }
    Ok(counts)
}

/// Takes back what an attempt counted that succeeded: nothing counts against the pair any more, and for the source this attempt does not.
///
/// # Errors
/// When the database does not answer.
pub async fn forgive(tx: &mut Tx, keys: &Keys) -> Result<(), StoreError> {
    // Written like [`count`], since an UPDATE of both rows takes them in an order of its own. A row that was not there counts nothing and is
    // over at once.
    let query = sqlx::query(
        "INSERT INTO sign_in_attempt (key, since, attempts) VALUES ($1, '', 0), ($2, '', 0) ON CONFLICT (key) DO UPDATE SET \
         attempts = CASE WHEN sign_in_attempt.key = $3 OR sign_in_attempt.attempts < 1 THEN 0 ELSE sign_in_attempt.attempts - 1 END",
    );
    let [first, second] = keys.ordered();
    query.bind(first).bind(second).bind(&keys.pair).execute(&mut **tx).await?;
    Ok(())
}

/// Removes the rows whose window is over, and the browser sessions and sign-in states that have expired. Returns how many rows there were.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &mut Tx, now: Timestamp, window_seconds: i64) -> Result<u64, StoreError> {
    let before = time::text(time::later(now, -window_seconds));
    let attempts = sqlx::query("DELETE FROM sign_in_attempt WHERE since <= $1").bind(before).execute(&mut **tx).await?;
    let logins =
        sqlx::query("DELETE FROM login WHERE expires_at <= $1").bind(time::text(now)).execute(&mut **tx).await?;
    let states =
        sqlx::query("DELETE FROM used_sign_in WHERE expires_at <= $1").bind(time::text(now)).execute(&mut **tx).await?;
    Ok(attempts.rows_affected() + logins.rows_affected() + states.rows_affected())
}
