//! What can go wrong with a backup, sorted by what has to be looked at.

use crate::StoreError;

/// Why a backup could not be made or restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The record cannot be copied.
    #[error("{0}")]
    Record(String),
    /// The place to write to is not empty, or cannot be written.
    #[error("{0}")]
    Out(String),
    /// The backup is not whole, or not one.
    #[error("{0}")]
    In(String),
    /// A database does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        BackupError::Store(error.into())
    }
}

/// An error of the place that is written to.
pub(crate) fn out(path: &std::path::Path) -> impl Fn(std::io::Error) -> BackupError + '_ {
    move |e| BackupError::Out(format!("{}: {e}", path.display()))
}

/// An error of the backup that is read.
pub(crate) fn input(path: &std::path::Path) -> impl Fn(std::io::Error) -> BackupError + '_ {
    move |e| BackupError::In(format!("{}: {e}", path.display()))
}
