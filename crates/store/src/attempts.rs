//! Attempts to sign in, counted by hashed keys for all servers on the record. How many are too many is not decided here.
//!
//! They are in no backup and the audit log does not cover them: a row is of use for minutes.

use crate::{StoreError, Tx, known_sources, time};
use jiff::Timestamp;
use sqlx::Row;
use std::collections::BTreeMap;

/// The keys that an attempt counts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// That of the account and the source.
    pub pair: String,
    /// Those that others count for too: of the source, of the network around it, of the account.
    pub shared: Vec<String>,
}

impl Keys {
    /// In order: of two changes of the same rows, neither waits for the other forever.
    fn ordered(&self) -> Vec<&String> {
        let mut keys: Vec<_> = self.shared.iter().chain([&self.pair]).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Attempts within the window, this one included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts {
    /// By this source at this account.
    pub pair: i64,
    /// Of the shared keys, in their order.
    pub shared: Vec<i64>,
}

/// Counts an attempt, in one statement for each key. Two that count at once both count. The window begins with the first attempt.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &mut Tx, keys: &Keys, now: Timestamp, window_seconds: i64) -> Result<Counts, StoreError> {
    let (now, over) = (time::text(now), time::text(time::later(now, -window_seconds)));
    let mut counts = Counts { pair: 0, shared: vec![0; keys.shared.len()] };
    for key in keys.ordered() {
        let row = sqlx::query(
            "INSERT INTO sign_in_attempt (key, since, attempts) VALUES ($1, $2, 1) ON CONFLICT (key) DO UPDATE SET \
             attempts = CASE WHEN sign_in_attempt.since <= $3 THEN 1 ELSE sign_in_attempt.attempts + 1 END, \
             since = CASE WHEN sign_in_attempt.since <= $3 THEN excluded.since ELSE sign_in_attempt.since END RETURNING attempts",
        );
        let attempts = row.bind(key).bind(&now).bind(&over).fetch_one(&mut **tx).await?.try_get("attempts")?;
        if *key == keys.pair {
            counts.pair = attempts;
        }
        keys.shared.iter().zip(&mut counts.shared).filter(|(k, _)| *k == key).for_each(|(_, count)| *count = attempts);
    }
    Ok(counts)
}

/// Takes the turn of a key, if nobody took it within so many seconds. Of two who ask at once, one has it.
///
/// # Errors
/// When the database does not answer.
pub async fn take_turn(tx: &mut Tx, key: &str, now: Timestamp, every_seconds: i64) -> Result<bool, StoreError> {
    let taken = sqlx::query(
        "INSERT INTO sign_in_attempt (key, since, attempts) VALUES ($1, $2, 1) ON CONFLICT (key) DO UPDATE SET \
         since = excluded.since WHERE sign_in_attempt.since <= $3",
    );
    let taken = taken.bind(key).bind(time::text(now)).bind(time::text(time::later(now, -every_seconds)));
    Ok(taken.execute(&mut **tx).await?.rows_affected() == 1)
}

/// Takes back what attempts counted that succeeded together, such as a password and a code: nothing counts against their pairs any more, and for
/// the shared keys these attempts do not. All of them at once, because all rows are changed in one order: two calls in one change would go back in it,
/// and then wait forever for somebody who counts.
///
/// # Errors
/// When the database does not answer.
pub async fn forgive(tx: &mut Tx, attempts: &[&Keys]) -> Result<(), StoreError> {
    let mut counted: BTreeMap<&String, (bool, i64)> = BTreeMap::new();
    for keys in attempts {
        for key in keys.ordered() {
            let (is_pair, times) = counted.entry(key).or_default();
            *is_pair |= *key == keys.pair;
            *times += 1;
        }
    }
    for (key, (is_pair, times)) in counted {
        // A row that was not there counts nothing and is over at once.
        let query = sqlx::query(
            "INSERT INTO sign_in_attempt (key, since, attempts) VALUES ($1, '', 0) ON CONFLICT (key) DO UPDATE SET \
             attempts = CASE WHEN $2 = 1 OR sign_in_attempt.attempts < $3 THEN 0 ELSE sign_in_attempt.attempts - $3 END",
        );
        query.bind(key).bind(i64::from(is_pair)).bind(times).execute(&mut **tx).await?;
    }
    Ok(())
}

/// Rows of attempts that are removed at once. Their order is that of all changes of them, so that each is a statement.
const SWEPT: i64 = 2000;

/// Removes the rows whose window is over, and states of sign-ins, sign-ins that wait for a code, and known sources, if they have expired; tells
/// how many rows there were. Of attempts, the oldest go first, and the rest the next time.
///
/// # Errors
/// When the database does not answer.
pub async fn sweep(tx: &mut Tx, now: Timestamp, window_seconds: i64) -> Result<u64, StoreError> {
    let before = time::text(time::later(now, -window_seconds));
    let old = sqlx::query("SELECT key FROM sign_in_attempt WHERE since <= $1 ORDER BY since LIMIT $2 + 0");
    let old = old.bind(&before).bind(SWEPT).fetch_all(&mut **tx).await?;
    let mut old: Vec<String> = old.iter().map(|row| row.try_get("key")).collect::<Result<_, _>>()?;
    old.sort_unstable();
    let mut attempts = 0;
    for key in &old {
        // Somebody may have counted an attempt meanwhile.
        let gone = sqlx::query("DELETE FROM sign_in_attempt WHERE key = $1 AND since <= $2").bind(key).bind(&before);
        attempts += gone.execute(&mut **tx).await?.rows_affected();
    }
    let states =
        sqlx::query("DELETE FROM used_sign_in WHERE expires_at <= $1").bind(time::text(now)).execute(&mut **tx).await?;
    let pending = sqlx::query("DELETE FROM pending_sign_in WHERE expires_at <= $1").bind(time::text(now));
    let pending = pending.execute(&mut **tx).await?;
    let known = known_sources::sweep(tx, now).await?;
    Ok(known + attempts + states.rows_affected() + pending.rows_affected())
}
