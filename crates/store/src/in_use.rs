//! One server on one data directory. Each counts shares, pools and memory for itself, so that two would take twice what was allowed.

use crate::{Place, StoreError};
use std::fs::{File, OpenOptions, TryLockError};

/// The file that a server locks. It stays there; only the lock counts.
const FILE: &str = "server.lock";

/// Keeps other servers off a data directory for as long as the file is held; the system lets go of it when the program ends, however it ends.
/// A database that several servers may share is not held, and neither is a directory on a file system without locks.
///
/// # Errors
/// [`StoreError::Invalid`] if another server holds it.
pub fn hold_folder(place: &Place) -> Result<Option<File>, StoreError> {
    let Place::Folder(folder) = place else { return Ok(None) };
    let opened = std::fs::create_dir_all(folder)
        .and_then(|()| OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(FILE)));
    // What is wrong with the directory is told where the record is opened.
    let Ok(file) = opened else { return Ok(None) };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::Error(e)) => {
            tracing::warn!("the data directory cannot be locked ({e}); make sure that no other server uses it");
            Ok(None)
        }
        Err(TryLockError::WouldBlock) => Err(StoreError::Invalid(format!(
            "another server is running on {}. Stop it first, or use another data directory; several servers can share a PostgreSQL database",
            folder.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_held_by_one_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Folder(folder.path().join("data"));
        let held = hold_folder(&place).expect("holds");
        assert!(held.is_some());
        let second = hold_folder(&place);
        assert!(
            matches!(&second, Err(StoreError::Invalid(why)) if why.contains("another server is running")),
            "{second:?}"
        );
        drop(held);
        assert!(hold_folder(&place).expect("holds").is_some());
    }
}
