//! The newest digest of each part, so that a change finds it without reading the log. It follows from the log; verification does not use it.

use super::content::Log;
use crate::{Conn, Store, StoreError};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Row};
use std::collections::HashMap;

/// Keys of one statement.
const KEYS: usize = 50;

fn places(from: usize, to: usize) -> String {
    (from..=to).map(|nth| format!("${nth}")).collect::<Vec<_>>().join(", ")
}

/// The last event that vouched for each of these parts, and its digest then.
pub(super) async fn kept(
    conn: &mut Conn,
    keys: impl Iterator<Item = &str>,
) -> Result<HashMap<String, (i64, String)>, StoreError> {
    let keys: Vec<&str> = keys.collect();
    let mut all = HashMap::new();
    for some in keys.chunks(KEYS) {
        // Only numbers of parameters are put into the text.
        let sql = format!("SELECT key, seq, digest FROM audit_part WHERE key IN ({})", places(1, some.len()));
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for key in some {
            query = query.bind((*key).to_owned());
        }
        for row in query.fetch_all(&mut *conn).await? {
            all.insert(row.try_get("key")?, (row.try_get("seq")?, row.try_get("digest")?));
        }
    }
    Ok(all)
}

/// Keeps the newest digests: part, event, digest. Each part is there once, or in the order of its events.
pub(super) async fn put(conn: &mut Conn, newest: &[(&str, i64, &str)]) -> Result<(), StoreError> {
    // One statement must not meet a key twice.
    let last: HashMap<&str, (i64, &str)> = newest.iter().map(|(key, seq, digest)| (*key, (*seq, *digest))).collect();
    let last: Vec<_> = last.into_iter().collect();
    for some in last.chunks(KEYS) {
        let rows = (0..some.len()).map(|nth| format!("({})", places(nth * 3 + 1, nth * 3 + 3))).collect::<Vec<_>>();
        let sql = format!(
            "INSERT INTO audit_part (key, seq, digest) VALUES {} ON CONFLICT (key) DO UPDATE SET seq = excluded.seq, digest = excluded.digest",
            rows.join(", ")
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (key, (seq, digest)) in some {
            query = query.bind((*key).to_owned()).bind(*seq).bind((*digest).to_owned());
        }
        query.execute(&mut *conn).await?;
    }
    Ok(())
}

/// Makes it from the log where it is empty: in a record of an earlier version, and after a restore.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn fill(store: &Store) -> Result<(), StoreError> {
    if !is_missing(&mut *store.reader().await?).await? {
        return Ok(());
    }
    let mut tx = store.begin().await?;
    super::hold(&mut tx).await?;
    // Of two servers that start at once, the second finds it made.
    if is_missing(&mut tx).await? {
        let log = read(&mut tx).await?;
        let all: Vec<_> = log.newest().collect();
        put(&mut tx, &all).await?;
    }
    tx.commit().await
}

async fn is_missing(conn: &mut Conn) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS one WHERE EXISTS (SELECT 1 FROM audit WHERE state <> '') AND NOT EXISTS (SELECT 1 FROM audit_part)";
    Ok(sqlx::query(sql).fetch_optional(conn).await?.is_some())
}

/// What the log says of the record.
pub(super) async fn read(conn: &mut Conn) -> Result<Log, StoreError> {
    let mut log = Log::default();
    let mut rows = sqlx::query("SELECT seq, kind, subject, state FROM audit ORDER BY seq").fetch(conn);
    while let Some(row) = rows.try_next().await? {
        let text = |name: &str| row.try_get::<String, _>(name);
        // What cannot be read is a fault that verification tells.
        log.take(row.try_get("seq")?, &text("kind")?, &text("subject")?, &text("state")?);
    }
    Ok(log)
}
