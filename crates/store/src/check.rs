//! Checks of what is stored: of the database file, and of the bytes of evidence.

use crate::blobs::Blobs;
use crate::{Conn, StorageFault, Store, StoreError};
use hindcast_trace::{EvidenceId, Stop};
use sqlx::Row;
use std::path::Path;

/// Bytes of a database file up to which it is checked at every start. SQLite checks some hundred megabytes a second from a
/// local disk, so that a start waits a second at most, and some seconds on a slow disk.
pub const CHECKED_AT_START: u64 = 256 << 20;

/// What is wrong with the database, the first few faults in SQLite's words; empty if nothing is. PostgreSQL checks its pages as it reads
/// them, so there is nothing to ask it.
///
/// # Errors
/// When the database does not answer. A file that is too damaged to be checked is [`StorageFault::Damaged`].
pub async fn database(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    if conn.backend_name() != "SQLite" {
        return Ok(Vec::new());
    }
    let rows = sqlx::query("PRAGMA quick_check(5)").fetch_all(conn).await?;
    let lines: Result<Vec<String>, _> = rows.iter().map(|row| row.try_get::<String, _>(0)).collect();
    Ok(lines?.into_iter().filter(|line| line != "ok").collect())
}

/// Refuses a damaged file before anything is changed in it. A large one is not checked, since the start would wait for it.
pub(crate) async fn at_start(conn: &mut Conn, file: &Path) -> Result<(), StoreError> {
    let bytes = tokio::fs::metadata(file).await?.len();
    if bytes > CHECKED_AT_START {
        tracing::info!("the database is larger than {} MiB and is not checked at start", CHECKED_AT_START >> 20);
        return Ok(());
    }
    let faults = database(conn).await?;
    match faults.is_empty() {
        true => Ok(()),
        false => Err(StoreError::Storage(StorageFault::Damaged, faults.join("; "))),
    }
}

/// How the bytes of a piece of evidence are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// They are there, and match the digest.
    Intact,
    /// They are not there.
    Missing,
    /// They are there, and do not match the digest.
    Damaged,
}

/// The digests of all evidence that has not been erased, in their order.
///
/// # Errors
/// When the database does not answer.
pub async fn all_evidence(conn: &mut Conn) -> Result<Vec<String>, StoreError> {
    let rows = sqlx::query("SELECT DISTINCT id FROM evidence WHERE erased_at IS NULL ORDER BY id");
    rows.fetch_all(conn).await?.iter().map(|row| Ok(row.try_get("id")?)).collect()
}

/// Reads the bytes of evidence and compares them with the digest that it is stored under.
///
/// # Errors
/// When the database or the folder does not answer.
pub async fn evidence(store: &Store, conn: &mut Conn, id: &str) -> Result<Stored, StoreError> {
    let id: EvidenceId = id.parse().map_err(|_| StoreError::Corrupt(format!("the digest `{id}`")))?;
    stored(&store.blobs, conn, &id).await
}

/// The same of a digest. Nothing is held unpacked.
pub(crate) async fn stored(blobs: &Blobs, conn: &mut Conn, id: &EvidenceId) -> Result<Stored, StoreError> {
    let Some(packed) = blobs.packed(conn, id).await? else { return Ok(Stored::Missing) };
    let read = tokio::task::spawn_blocking(move || packed.pieces(&Stop::default()).map(|found| found.is_some()));
    match read.await.map_err(|_| StoreError::Files(std::io::Error::other("the work was cut short")))? {
        Ok(true) => Ok(Stored::Intact),
        Ok(false) => Ok(Stored::Missing),
        Err(StoreError::DamagedEvidence(_)) => Ok(Stored::Damaged),
        Err(e) => Err(e),
    }
}
