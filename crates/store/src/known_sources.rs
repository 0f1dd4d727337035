//! Where accounts signed in from before, as digests: networks, and browsers by a cookie that they keep. Failures from elsewhere do not slow them.
//!
//! They are in no backup and the audit log does not cover them: without them, somebody waits a moment longer.

use crate::{Conn, StoreError, Tx, time};
use jiff::Timestamp;

/// Seconds for which a source is known after it was last signed in from: half a year.
pub const KNOWN_FOR: i64 = 180 * 24 * 60 * 60;
/// Sources that are kept of one account, the latest ones.
const MOST: i64 = 50;

/// Puts down that an account signed in from here.
///
/// # Errors
/// When the database does not answer.
pub async fn remember(tx: &mut Tx, account: &str, sources: &[&str], now: Timestamp) -> Result<(), StoreError> {
    // In order, so that two who write the same rows do not wait for each other.
    let mut sources = sources.to_vec();
    sources.sort_unstable();
    for source in sources {
        let query = sqlx::query(
            "INSERT INTO known_source (account, source, seen_at) VALUES ($1, $2, $3) \
             ON CONFLICT (account, source) DO UPDATE SET seen_at = excluded.seen_at",
        );
        query.bind(account).bind(source).bind(time::text(now)).execute(&mut **tx).await?;
    }
    let rest = sqlx::query(
        "DELETE FROM known_source WHERE account = $1 AND source NOT IN \
         (SELECT source FROM known_source WHERE account = $1 ORDER BY seen_at DESC, source LIMIT $2 + 0)",
    );
    rest.bind(account).bind(MOST).execute(&mut **tx).await?;
    Ok(())
}

/// True where the account with this address signed in from any of the sources lately. Nobody's address is known from nowhere.
///
/// # Errors
/// When the database does not answer.
pub async fn is_known(conn: &mut Conn, email: &str, sources: [&str; 2], now: Timestamp) -> Result<bool, StoreError> {
    let found = sqlx::query(
        "SELECT k.account FROM known_source k JOIN account a ON a.id = k.account \
         WHERE a.email = $1 AND k.source IN ($2, $3) AND k.seen_at > $4 LIMIT 1",
    );
    let found = found.bind(email.to_lowercase()).bind(sources[0]).bind(sources[1]);
    Ok(found.bind(time::text(time::later(now, -KNOWN_FOR))).fetch_optional(conn).await?.is_some())
}

/// Forgets all of an account: one of them may be that of somebody who was let in wrongly.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, account: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM known_source WHERE account = $1").bind(account).execute(&mut **tx).await?;
    Ok(())
}

/// Removes what was not used for a long time, and tells how many rows there were.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, StoreError> {
    let old = sqlx::query("DELETE FROM known_source WHERE seen_at <= $1");
    Ok(old.bind(time::text(time::later(now, -KNOWN_FOR))).execute(&mut **tx).await?.rows_affected())
}
