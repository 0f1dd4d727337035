//! The folder that is written to: empty before, and nobody's business.

use super::error::{BackupError, out};
use super::manifest::{self, EVIDENCE};
use crate::db::{self, FILE};
use std::io::ErrorKind;
use std::path::Path;

/// Makes the folder, or takes an empty one.
pub(crate) async fn prepare(folder: &Path) -> Result<(), BackupError> {
    if !is_empty(folder).await? {
        return Err(BackupError::Out(format!("{} is not empty. Give a new or empty folder", folder.display())));
    }
    keep_private(folder).await
}

/// Makes the folder if it is missing, and keeps others and Git out of it.
pub(crate) async fn keep_private(folder: &Path) -> Result<(), BackupError> {
    tokio::fs::create_dir_all(folder.join(EVIDENCE)).await.map_err(out(folder))?;
    db::private(folder).await.map_err(out(folder))?;
    db::ignore(folder).await;
    Ok(())
}

/// True if there is nothing in it, or it does not exist. What a file system keeps at its root does not count.
pub(crate) async fn is_empty(folder: &Path) -> Result<bool, BackupError> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        entries => entries.map_err(out(folder))?,
    };
    while let Some(entry) = entries.next_entry().await.map_err(out(folder))? {
        if entry.file_name() != "lost+found" {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes what a copy that failed left. What cannot be removed has no manifest and is no backup.
pub(crate) async fn clear(folder: &Path) {
    for file in [FILE, manifest::FILE, db::IGNORE] {
        tokio::fs::remove_file(folder.join(file)).await.ok();
    }
    tokio::fs::remove_dir_all(folder.join(EVIDENCE)).await.ok();
}

/// Removes a file that may not be there.
pub(crate) async fn remove(file: &Path) -> Result<(), BackupError> {
    match tokio::fs::remove_file(file).await {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(out(file)(e)),
        _ => Ok(()),
    }
}
