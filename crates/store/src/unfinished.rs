//! A folder that a backup is restored into carries a mark until all of it is there, so that what a killed program left is never taken for a
//! record, and can be replaced.

use crate::backup::error::{BackupError, out};
use crate::backup::manifest::{EVIDENCE, blocking};
use crate::db::FILE;
use crate::{Place, StoreError};
use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The mark.
const MARK: &str = "restore-unfinished";
/// How the database is called until everything beside it is there.
pub(crate) const DATABASE: &str = "hindcast.db.restoring";

/// A folder that is marked and locked.
pub(crate) struct Unfinished {
    path: PathBuf,
    /// Held, so that no two restores work on one folder. The system lets go of it when the program ends, however it ends.
    _locked: File,
}

/// Refuses a folder that carries the mark.
///
/// # Errors
/// [`StoreError::Invalid`] with what to do.
pub(crate) async fn refuse(place: &Place) -> Result<(), StoreError> {
    let Place::Folder(folder) = place else { return Ok(()) };
    match tokio::fs::try_exists(folder.join(MARK)).await? {
        false => Ok(()),
        true => Err(StoreError::Invalid(format!(
            "{} contains a restore that did not finish (it has a file {MARK}). Run `hindcast restore` into it again, or delete the folder",
            folder.display()
        ))),
    }
}

/// True if the folder carries the mark.
pub(crate) async fn is_marked(folder: &Path) -> Result<bool, BackupError> {
    tokio::fs::try_exists(folder.join(MARK)).await.map_err(out(folder))
}

/// Marks a folder, which is empty or was marked before, and removes what an earlier restore left in it.
pub(crate) async fn begin(folder: &Path) -> Result<Unfinished, BackupError> {
    let folder = folder.to_owned();
    let marked = move || {
        std::fs::create_dir_all(&folder).map_err(out(&folder))?;
        let path = folder.join(MARK);
        let mark = File::options().create(true).append(true).open(&path).map_err(out(&path))?;
        match mark.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BackupError::Out(format!("another restore into {} is running", folder.display())));
            }
            Err(TryLockError::Error(e)) => return Err(out(&path)(e)),
        }
        mark.sync_all().map_err(out(&path))?;
        for name in [FILE, DATABASE]
            .into_iter()
            .flat_map(|file| ["", "-wal", "-shm", "-journal"].map(|end| format!("{file}{end}")))
        {
            let left = folder.join(name);
            gone(std::fs::remove_file(&left)).map_err(out(&left))?;
        }
        let left = folder.join(EVIDENCE);
        gone(std::fs::remove_dir_all(&left)).map_err(out(&left))?;
        Ok(Unfinished { path, _locked: mark })
    };
    blocking(marked).await
}

impl Unfinished {
    /// Takes the mark off: all of the record is there.
    pub(crate) async fn end(self) -> Result<(), BackupError> {
        tokio::fs::remove_file(&self.path).await.map_err(out(&self.path))
    }
}

/// What is not there need not be removed.
fn gone(removed: std::io::Result<()>) -> std::io::Result<()> {
    removed.or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })
}
