//! Bytes that no row names: what a killed upload or an interrupted erasure left.

use super::line::{Line, count, size};
use crate::blobs::{Blobs, NEW};
use crate::{Conn, StoreError};
use jiff::{SignedDuration, Timestamp};
use sqlx::{Executor, Row};
use std::path::{Path, PathBuf};

/// How old a file has to be to count: an upload writes its files before the rows that name them.
pub(super) const GRACE: SignedDuration = SignedDuration::from_hours(1);

/// Bytes without a row that needs them.
struct Orphan {
    /// The evidence; absent for a file that was not finished.
    id: Option<String>,
    file: Option<PathBuf>,
    bytes: u64,
}

pub(super) async fn look(conn: &mut Conn, blobs: &Blobs, at: Timestamp, fix: bool) -> Result<Line, StoreError> {
    let mut found = match blobs {
        Blobs::Table => in_table(conn).await?,
        Blobs::Folder(folder) => in_folder(conn, folder, at).await?,
    };
    if found.is_empty() {
        return Ok(Line::ok("orphans", "no files without an incident"));
    }
    if fix {
        found = remove(conn, found).await?;
    }
    let words = format!("{} ({})", count(found.len(), "file"), size(found.iter().map(|f| f.bytes).sum()));
    Ok(match fix {
        true => Line::ok("orphans", format!("removed {words} without an incident")),
        false => Line::warning(
            "orphans",
            format!("{words} without an incident"),
            "Run `hindcast doctor --fix` to remove them. They take space and do no other harm.",
        ),
    })
}

/// Uploads that are not over are not visible here, so that age does not matter.
async fn in_table(conn: &mut Conn) -> Result<Vec<Orphan>, StoreError> {
    let sql = "SELECT b.id, CAST(octet_length(b.packed) AS BIGINT) AS bytes FROM blob b WHERE NOT EXISTS \
               (SELECT 1 FROM evidence e WHERE e.id = b.id AND e.erased_at IS NULL) ORDER BY b.id";
    let rows = sqlx::query(sql).fetch_all(conn).await?;
    let orphan = |row: &sqlx::any::AnyRow| {
        let bytes = u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or(0);
        Ok(Orphan { id: Some(row.try_get("id")?), file: None, bytes })
    };
    rows.iter().map(orphan).collect()
}

async fn in_folder(conn: &mut Conn, folder: &Path, at: Timestamp) -> Result<Vec<Orphan>, StoreError> {
    let mut found = Vec::new();
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name().to_string_lossy().into_owned();
        let hex = name.strip_suffix(".zst").filter(|hex| hex.len() == 64);
        // What Hindcast did not write is not its to remove.
        if hex.is_none() && !name.starts_with(NEW) {
            continue;
        }
        // Gone meanwhile: an upload has ended.
        let Ok(meta) = entry.metadata().await else { continue };
        let changed = meta.modified().ok().and_then(|time| Timestamp::try_from(time).ok()).unwrap_or(at);
        let id = hex.map(|hex| format!("sha256:{hex}"));
        let is_needed = match &id {
            Some(id) => needed(conn, id).await?,
            None => false,
        };
        if meta.is_file() && !is_needed && at.duration_since(changed) > GRACE {
            found.push(Orphan { id, file: Some(entry.path()), bytes: meta.len() });
        }
    }
    Ok(found)
}

async fn needed(conn: &mut Conn, id: &str) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT 1 AS one FROM evidence WHERE id = $1 AND erased_at IS NULL LIMIT 1").bind(id);
    Ok(row.fetch_optional(conn).await?.is_some())
}

/// Removes them one by one, and gives those that were still not needed when nobody else could add the same bytes: SQLite's one writer
/// is held, or the row.
async fn remove(conn: &mut Conn, found: Vec<Orphan>) -> Result<Vec<Orphan>, StoreError> {
    let mut removed = Vec::new();
    for orphan in found {
        let is_file = orphan.file.is_some();
        conn.execute(if is_file { "BEGIN IMMEDIATE" } else { "BEGIN" }).await?;
        let done = remove_one(conn, &orphan).await;
        conn.execute(if done.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
        if done? {
            removed.push(orphan);
        }
    }
    Ok(removed)
}

async fn remove_one(conn: &mut Conn, orphan: &Orphan) -> Result<bool, StoreError> {
    if let (Some(id), None) = (&orphan.id, &orphan.file) {
        sqlx::query("UPDATE blob SET id = id WHERE id = $1").bind(id).execute(&mut *conn).await?;
    }
    if let Some(id) = &orphan.id
        && needed(conn, id).await?
    {
        return Ok(false);
    }
    match (&orphan.file, &orphan.id) {
        (Some(file), _) => match tokio::fs::remove_file(file).await {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        },
        (None, Some(id)) => {
            sqlx::query("DELETE FROM blob WHERE id = $1").bind(id).execute(conn).await?;
        }
        (None, None) => {}
    }
    Ok(true)
}
