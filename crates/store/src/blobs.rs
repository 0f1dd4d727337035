//! The bytes of evidence, packed, under the SHA-256 of what they unpack to.

use crate::pieces::{Packed, PackedEvidence};
use crate::tx::NewFiles;
use crate::{Conn, StoreError, Tx};
use hindcast_trace::{EvidenceId, Stop};
use sqlx::Row;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

/// Where the bytes are.
#[derive(Debug, Clone)]
pub(crate) enum Blobs {
    /// In files of one folder.
    Folder(PathBuf),
    /// In a table, which several servers share.
    Table,
}

/// How the names of files begin that are not whole yet.
pub(crate) const NEW: &str = ".new-";
/// Bytes that are written to find out whether there is room.
const TRIAL: usize = 64 << 10;
/// How hard bytes are packed.
const LEVEL: i32 = 3;
/// Bytes that are packed between two looks at whether anybody still waits.
const PIECE: usize = 256 << 10;

impl Blobs {
    /// Keeps bytes, packed before. A file is there before the row that names it, so that no row ever names a file that is not.
    pub async fn put(&self, tx: &mut Tx, id: &EvidenceId, packed: &Arc<[u8]>) -> Result<(), StoreError> {
        match self {
            Blobs::Table => {
                // Where it is there already, its row is held: nobody who erases it elsewhere takes it away meanwhile. What was
                // damaged is whole again.
                sqlx::query(
                    "INSERT INTO blob (id, packed) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET packed = excluded.packed",
                )
                .bind(id.to_string())
                .bind(packed.to_vec())
                .execute(&mut **tx)
                .await?;
            }
            Blobs::Folder(folder) => {
                // The thread goes on if nobody waits for it any more, and has to learn that the change was given up.
                let (folder, name, packed, files) = (folder.clone(), file_name(id), Arc::clone(packed), tx.new_files());
                tokio::task::spawn_blocking(move || write(&folder, &name, &packed, &files)).await.map_err(gone)??;
            }
        }
        Ok(())
    }

    /// The bytes as they are packed; `None` where a table does not have them. Whether a file is there shows when it is read.
    pub async fn packed(&self, conn: &mut Conn, id: &EvidenceId) -> Result<Option<PackedEvidence>, StoreError> {
        let packed = match self {
            Blobs::Table => {
                let row = sqlx::query("SELECT packed FROM blob WHERE id = $1").bind(id.to_string());
                let packed = row.fetch_optional(conn).await?.map(|r| r.try_get::<Vec<u8>, _>("packed")).transpose()?;
                packed.map(|packed| Packed::Held(packed.into()))
            }
            Blobs::Folder(folder) => Some(Packed::File(folder.join(file_name(id)))),
        };
        Ok(packed.map(|packed| PackedEvidence::new(packed, id)))
    }

    /// How many bytes [`Blobs::packed`] takes into memory.
    pub async fn held(&self, conn: &mut Conn, id: &EvidenceId) -> Result<u64, StoreError> {
        let Blobs::Table = self else { return Ok(0) };
        let sql = "SELECT CAST(length(packed) AS BIGINT) AS n FROM blob WHERE id = $1";
        let row = sqlx::query(sql).bind(id.to_string()).fetch_optional(conn).await?;
        let bytes = row.map(|row| row.try_get::<i64, _>("n")).transpose()?;
        Ok(bytes.and_then(|n| u64::try_from(n).ok()).unwrap_or_default())
    }

    /// The bytes, which match the digest; `None` where they were never kept, or are erased.
    ///
    /// # Errors
    /// [`StoreError::DamagedEvidence`] where other bytes are stored under it.
    pub async fn get(&self, conn: &mut Conn, id: &EvidenceId) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(packed) = self.packed(conn, id).await? else { return Ok(None) };
        tokio::task::spawn_blocking(move || packed.bytes(&Stop::default())).await.map_err(gone)?
    }
}

impl Blobs {
    /// Takes bytes away. The caller holds what keeps others from adding the same bytes: SQLite's one writer, or the row.
    pub async fn remove(&self, tx: &mut Tx, id: &EvidenceId) -> Result<(), StoreError> {
        match self {
            Blobs::Table => {
                let sql = "DELETE FROM blob WHERE id = $1";
                sqlx::query(sql).bind(id.to_string()).execute(&mut **tx).await?;
                Ok(())
            }
            Blobs::Folder(folder) => gone_already(tokio::fs::remove_file(folder.join(file_name(id))).await),
        }
    }

    /// Holds the row of bytes until the change is over; false where there is none. With SQLite, whose one writer the change is,
    /// nothing more is needed.
    pub async fn hold(&self, tx: &mut Tx, id: &EvidenceId) -> Result<bool, StoreError> {
        match self {
            Blobs::Folder(_) => Ok(true),
            Blobs::Table => {
                let held = sqlx::query("UPDATE blob SET id = id WHERE id = $1").bind(id.to_string());
                Ok(held.execute(&mut **tx).await?.rows_affected() > 0)
            }
        }
    }

    /// Writes some kilobytes where files are kept and removes them, to find out whether there is room. A table has the room of its
    /// database.
    pub async fn try_write(&self) -> Result<(), StoreError> {
        let Blobs::Folder(folder) = self else { return Ok(()) };
        let folder = folder.clone();
        let trial = move || {
            std::fs::create_dir_all(&folder)?;
            write_new(&folder, &[0; TRIAL]).map(drop)
        };
        Ok(tokio::task::spawn_blocking(trial).await.map_err(gone)??)
    }

    /// Takes away what a program that was killed while it wrote left half written. Nobody else writes meanwhile: the change is
    /// SQLite's one writer.
    pub async fn tidy(&self, _: &mut Tx) -> Result<(), StoreError> {
        let Blobs::Folder(folder) = self else { return Ok(()) };
        let mut entries = match tokio::fs::read_dir(folder).await {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        while let Some(entry) = entries.next_entry().await? {
            if entry.file_name().to_string_lossy().starts_with(NEW) {
                gone_already(tokio::fs::remove_file(entry.path()).await)?;
            }
        }
        Ok(())
    }
}

fn gone_already(removed: std::io::Result<()>) -> Result<(), StoreError> {
    match removed {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}

/// Packs bytes; `None` once the flag is set.
pub(crate) fn pack(bytes: &[u8], stop: &Stop) -> std::io::Result<Option<Vec<u8>>> {
    let mut packing = zstd::Encoder::new(Vec::new(), LEVEL)?;
    packing.set_pledged_src_size(Some(bytes.len() as u64))?;
    for piece in bytes.chunks(PIECE) {
        if stop.is_set() {
            return Ok(None);
        }
        packing.write_all(piece)?;
    }
    packing.finish().map(Some)
}

/// The name of the file that holds it.
pub(crate) fn file_name(id: &EvidenceId) -> String {
    format!("{}.zst", id.hex())
}

/// Writes beside and renames, so that a file is whole or not there; the same bytes twice are one file, and mend one that is damaged.
fn write(folder: &Path, name: &str, packed: &[u8], files: &NewFiles) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let place = folder.join(name);
    let is_new = match std::fs::read(&place) {
        Ok(kept) if kept == packed => return Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => true,
        _ => false,
    };
    let file = write_new(folder, packed)?;
    files.name(is_new.then(|| place.clone()), || file.persist(place).map(drop).map_err(|e| e.error))?;
    // The new name must survive a loss of power as well.
    File::open(folder)?.sync_all()
}

/// A whole file without its name yet; what could not be written whole is removed.
fn write_new(folder: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new().prefix(NEW).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn gone(_: tokio::task::JoinError) -> StoreError {
    StoreError::Files(std::io::Error::other("the work was cut short"))
}
