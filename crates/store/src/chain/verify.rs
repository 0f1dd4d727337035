//! Checks the audit log against itself, the record against the log, and evidence against its digests.

use super::content::Log;
use super::damage::{self, attempt};
use super::log::itself;
use crate::check::{self, Stored};
use crate::search::is_postgres;
use crate::{Conn, Store, StoreError};
use sqlx::{Executor, Row};

/// What checking the audit log found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Audit {
    /// Rows checked.
    pub rows: i64,
    /// The hash of the last of them; empty where there is none. Kept elsewhere, it is what a later check can be held against.
    pub hash: String,
    /// The first event that vouches for what it changed; absent if none does. What was not changed since is not covered.
    pub covered_from: Option<i64>,
    /// What is wrong, the first few faults, each with the row's number.
    pub faults: Vec<String>,
}

/// Faults told at most: one changed row makes every later one suspect.
pub(super) const TOLD: usize = 20;

/// Checks that the audit log is whole, that every event is the one that was put down, and that the record is as the log says. The chain has
/// no key: who can write to the database can write a whole chain anew. That shows only against a head that was kept elsewhere.
///
/// # Errors
/// When the database does not answer. What cannot be read in it is a fault.
pub async fn verify(conn: &mut Conn) -> Result<Audit, StoreError> {
    verify_against(conn, None).await
}

/// The same, and that the log still holds a row that it had: the head of an earlier check, which was kept elsewhere.
///
/// # Errors
/// When the database does not answer.
pub async fn verify_against(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<Audit, StoreError> {
    Ok(in_one_state(conn, kept).await?.0)
}

/// The same, and that the bytes of all evidence are there and match their digests, and with SQLite that the file is whole. Reads all of them.
///
/// # Errors
/// When the database or the folder does not answer.
pub async fn verify_with_evidence(store: &Store, kept: Option<(i64, &str)>) -> Result<Audit, StoreError> {
    let mut conn = store.reader().await?;
    let (mut audit, log) = in_one_state(&mut conn, kept).await?;
    match attempt_alone(&mut conn, async |conn| check::database(conn).await).await? {
        Ok(faults) => audit.faults.extend(faults.into_iter().map(|fault| format!("the database file: {fault}"))),
        Err(why) => audit.faults.push(format!("the database file: {why}")),
    }
    let all = match attempt_alone(&mut conn, async |conn| check::all_evidence(conn).await).await? {
        Ok(all) => all,
        Err(why) => {
            audit
                .faults
                .push(format!("the table `evidence` cannot be read, so that its files were not checked: {why}"));
            Vec::new()
        }
    };
    for id in all {
        if audit.faults.len() >= TOLD {
            break;
        }
        let fault = match check::evidence(store, &mut conn, &id).await {
            Ok(Stored::Intact) => continue,
            Ok(Stored::Missing) => "missing".to_owned(),
            Ok(Stored::Damaged) => "altered".to_owned(),
            Err(StoreError::Corrupt(_)) => "under a name that is no SHA-256".to_owned(),
            Err(StoreError::Storage(_, why)) => format!("unreadable ({why})"),
            Err(e) => return Err(e),
        };
        // Read now: it may have been erased since the list was made.
        let named = attempt_alone(&mut conn, async |conn| named(conn, &id).await).await?;
        for (incident, name) in named.unwrap_or_default() {
            let since = log.file(incident, &id).map(|seq| format!(" since event {seq} (evidence.added)"));
            let since = since.unwrap_or_default();
            audit.faults.push(format!("INC-{incident}: the bytes of evidence `{name}` ({id}) are {fault}{since}"));
        }
    }
    audit.faults.truncate(TOLD);
    Ok(audit)
}

/// The incidents that have a file, and its name there.
async fn named(conn: &mut Conn, id: &str) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = "SELECT incident, name FROM evidence WHERE id = $1 AND erased_at IS NULL ORDER BY incident";
    let rows = sqlx::query(sql).bind(id.to_owned()).fetch_all(conn).await?;
    rows.iter().map(|row| Ok((row.try_get("incident")?, row.try_get("name")?))).collect()
}

/// Reads as [`attempt`] does, in a transaction of its own.
async fn attempt_alone<T>(
    conn: &mut Conn,
    reading: impl AsyncFnOnce(&mut Conn) -> Result<T, StoreError>,
) -> Result<Result<T, String>, StoreError> {
    conn.execute("BEGIN").await?;
    let read = attempt(conn, reading).await;
    end(conn).await?;
    read
}

/// Reads everything as it was at one moment, whatever is written meanwhile.
async fn in_one_state(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<(Audit, Log), StoreError> {
    let begin = if is_postgres(conn) { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" } else { "BEGIN" };
    conn.execute(begin).await?;
    let checked = everything(conn, kept).await;
    let ended = end(conn).await;
    let checked = checked?;
    ended?;
    Ok(checked)
}

/// SQLite ends a transaction by itself where it met some kinds of damage.
async fn end(conn: &mut Conn) -> Result<(), StoreError> {
    match conn.execute("ROLLBACK").await {
        Err(e) if e.as_database_error().is_some_and(|e| e.message().contains("no transaction is active")) => Ok(()),
        other => other.map(|_| ()).map_err(StoreError::from),
    }
}

async fn everything(conn: &mut Conn, kept: Option<(i64, &str)>) -> Result<(Audit, Log), StoreError> {
    let (mut audit, log) = itself(conn, kept).await?;
    audit.covered_from = log.first;
    // Each of these alone may fill the list, and none must hide the others altogether.
    let unreadable = damage::rows(conn, TOLD).await?;
    let content = log.compare(conn, TOLD).await?;
    let outside = log.changed_outside(conn, TOLD).await?;
    let mut rest = [content.into_iter(), outside.into_iter(), unreadable.into_iter()];
    while audit.faults.len() < TOLD && rest.iter().any(|faults| faults.len() > 0) {
        audit.faults.extend(rest.iter_mut().filter_map(Iterator::next));
    }
    audit.faults.truncate(TOLD);
    Ok((audit, log))
}
