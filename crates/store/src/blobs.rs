//! The bytes of evidence, packed, under the SHA-256 of what they unpack to.

use crate::pieces::Packed;
use crate::{Conn, StoreError, Tx};
use hindcast_trace::EvidenceId;
use sqlx::Row;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
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
/// What one piece of evidence may unpack to; more than any upload, so that only damage meets it.
const MOST: usize = 1 << 30;

impl Blobs {
    /// Keeps bytes. A file is there before the row that names it, so that no row ever names a file that is not.
    pub async fn put(&self, tx: &mut Tx, id: &EvidenceId, bytes: Vec<u8>) -> Result<(), StoreError> {
        let packed = tokio::task::spawn_blocking(move || zstd::encode_all(&bytes[..], 3)).await.map_err(gone)??;
        match self {
            Blobs::Table => {
                // Where it is there already, its row is held: nobody who erases it elsewhere takes it away meanwhile. What was
                // damaged is whole again.
                sqlx::query(
                    "INSERT INTO blob (id, packed) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET packed = excluded.packed",
                )
                .bind(id.to_string())
                .bind(packed)
                .execute(&mut **tx)
                .await?;
            }
            Blobs::Folder(folder) => {
                let (folder, name) = (folder.clone(), file_name(id));
                let file = folder.join(&name);
                let written =
                    tokio::task::spawn_blocking(move || write(&folder, &name, &packed)).await.map_err(gone)?;
                if written? == Written::New {
                    tx.remove_unless_committed(file);
                }
            }
        }
        Ok(())
    }

    /// The bytes as they are packed; `None` where they were never kept, or are erased.
    pub async fn packed(&self, conn: &mut Conn, id: &EvidenceId) -> Result<Option<Packed>, StoreError> {
        match self {
            Blobs::Table => {
                let row = sqlx::query("SELECT packed FROM blob WHERE id = $1").bind(id.to_string());
                let packed = row.fetch_optional(conn).await?.map(|r| r.try_get::<Vec<u8>, _>("packed")).transpose()?;
                Ok(packed.map(|packed| Packed::Held(packed.into())))
            }
            Blobs::Folder(folder) => match tokio::fs::File::open(folder.join(file_name(id))).await {
                Ok(file) => Ok(Some(Packed::File(file.into_std().await))),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(e) => Err(e.into()),
            },
        }
    }

    /// The bytes, which match the digest; `None` where they were never kept, or are erased.
    ///
    /// # Errors
    /// [`StoreError::DamagedEvidence`] where other bytes are stored under it.
    pub async fn get(&self, conn: &mut Conn, id: &EvidenceId) -> Result<Option<Vec<u8>>, StoreError> {
        let packed: Option<Vec<u8>> = match self {
            Blobs::Table => {
                let row = sqlx::query("SELECT packed FROM blob WHERE id = $1").bind(id.to_string());
                row.fetch_optional(conn).await?.map(|r| r.try_get("packed")).transpose()?
            }
            Blobs::Folder(folder) => match tokio::fs::read(folder.join(file_name(id))).await {
                Ok(packed) => Some(packed),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
                Err(e) => return Err(e.into()),
            },
        };
        let Some(packed) = packed else { return Ok(None) };
        let unpacked = tokio::task::spawn_blocking(move || {
            let bytes = unpack(&packed).ok()?;
            let found = EvidenceId::of(&bytes);
            Some((bytes, found))
        });
        match unpacked.await.map_err(gone)? {
            Some((bytes, found)) if found == *id => Ok(Some(bytes)),
            _ => Err(StoreError::DamagedEvidence(id.to_string())),
        }
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

fn unpack(packed: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    zstd::Decoder::new(packed)?.take(MOST as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The name of the file that holds it.
pub(crate) fn file_name(id: &EvidenceId) -> String {
    format!("{}.zst", id.hex())
}

/// What became of a file that was to be written.
#[derive(PartialEq, Eq)]
enum Written {
    /// It is there and was not before.
    New,
    /// It was there before, whole or damaged.
    Before,
}

/// Writes beside and renames, so that a file is whole or not there; the same bytes twice are one file, and mend one that is damaged.
fn write(folder: &Path, name: &str, packed: &[u8]) -> std::io::Result<Written> {
    std::fs::create_dir_all(folder)?;
    let place = folder.join(name);
    let written = match std::fs::read(&place) {
        Ok(kept) if kept == packed => return Ok(Written::Before),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Written::New,
        _ => Written::Before,
    };
    write_new(folder, packed)?.persist(place).map_err(|e| e.error)?;
    // The new name must survive a loss of power as well.
    File::open(folder)?.sync_all()?;
    Ok(written)
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
