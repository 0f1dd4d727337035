//! What can go wrong in the record, sorted by what the caller can do about it.

use crate::fault::{self, StorageFault};

/// Why something could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none, or the viewer may not know of it; the two are not told apart.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// Somebody else changed it since it was read.
    #[error("the {0} was changed by somebody else meanwhile")]
    Stale(&'static str),
    /// It exists already, or is in a state that does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// What was given cannot be stored.
    #[error("{0}")]
    Invalid(String),
    /// The database does not answer, or answers with a fault.
    #[error("the database: {0}")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema: {0}")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The data directory could not be read or written, for another reason than a [`StorageFault`].
    #[error("the data directory: {0}")]
    Files(#[source] std::io::Error),
    /// The disk or the database file does not work; the text is what the system said.
    #[error("{0} ({1})")]
    Storage(StorageFault, String),
    /// The stored bytes of this evidence do not match its digest.
    #[error("the stored bytes of evidence {0} are damaged: they do not match its SHA-256")]
    DamagedEvidence(String),
    /// Reading took longer than it may, and was given up.
    #[error("the database took too long to answer")]
    TooLong,
    /// Something in the record is not what the program wrote there.
    #[error("the record holds {0}, which this program cannot read")]
    Corrupt(String),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else { return StoreError::Database(error) };
        let code = database.code().unwrap_or_default();
        if let Some(storage) = fault::of_code(&code) {
            fault::note();
            if storage == StorageFault::Damaged {
                fault::note_damage();
            }
            return StoreError::Storage(storage, database.message().to_owned());
        }
        // PostgreSQL's `character_not_in_repertoire`: a text with a character that it does not store.
        if code == "22021" {
            return StoreError::Invalid("a text holds a character that the database cannot keep".to_owned());
        }
        // PostgreSQL's `query_canceled`: a statement reached the time limit of its connection.
        if code == "57014" {
            return StoreError::TooLong;
        }
        StoreError::Database(error)
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
        match error {
            Execute(e) => e.into(),
            ExecuteMigration(e, version) => match StoreError::from(e) {
                storage @ StoreError::Storage(..) => storage,
                StoreError::Database(e) => StoreError::Migrate(ExecuteMigration(e, version)),
                other => other,
            },
            other => StoreError::Migrate(other),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match fault::of_io(&error) {
            Some(storage) => StoreError::Storage(storage, error.to_string()),
            None => StoreError::Files(error),
        }
    }
}

impl StoreError {
    /// True where trying again later may help.
    pub fn is_passing(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(e)) => e.code().is_some_and(|code| is_passing_code(&code)),
            StoreError::Database(e) => matches!(
                e,
                sqlx::Error::Io(_)
                    | sqlx::Error::PoolTimedOut
                    | sqlx::Error::PoolClosed
                    | sqlx::Error::WorkerCrashed
                    | sqlx::Error::Protocol(_)
            ),
            // There may be room again later; damage stays.
            StoreError::Storage(fault, _) => *fault != StorageFault::Damaged,
            _ => false,
        }
    }

    /// What kind of error it is, without anything of what it is about.
    pub fn kind(&self) -> &'static str {
        match self {
            StoreError::NotFound(_) => "not found",
            StoreError::Stale(_) => "changed meanwhile",
            StoreError::Conflict(_) => "conflict",
            StoreError::Invalid(_) => "cannot be stored",
            StoreError::Database(_) => "database",
            StoreError::Migrate(_) => "schema",
            StoreError::Files(_) => "files",
            StoreError::Storage(StorageFault::Full, _) => "disk full",
            StoreError::Storage(StorageFault::ReadOnly, _) => "read-only",
            StoreError::Storage(StorageFault::Io, _) => "disk error",
            StoreError::Storage(StorageFault::Damaged, _) => "database damaged",
            StoreError::DamagedEvidence(_) => "evidence damaged",
            StoreError::TooLong => "too long",
            StoreError::Corrupt(_) => "unreadable",
        }
    }

    /// True where a row with the same key exists already.
    pub(crate) fn is_duplicate(error: &sqlx::Error) -> bool {
        error.as_database_error().is_some_and(|e| e.is_unique_violation())
    }
}

/// True for the codes that say "not now": PostgreSQL's of five characters, SQLite's as numbers.
fn is_passing_code(code: &str) -> bool {
    const BUSY: u32 = 5;
    const LOCKED: u32 = 6;
    match code {
        // Changes that got in each other's way; no connection left.
        "40001" | "40P01" | "53300" => true,
        // A change waited too long for another one, or did nothing for too long while others waited for it.
        "55P03" | "25P03" => true,
        // The server is stopped, has crashed, or is starting; the connection broke.
        "57P01" | "57P02" | "57P03" => true,
        code if code.len() == 5 => code.starts_with("08"),
        code => code.parse::<u32>().is_ok_and(|n| matches!(n & 0xff, BUSY | LOCKED)),
    }
}

#[cfg(test)]
mod tests {
    use super::is_passing_code;

    #[test]
    fn what_may_go_better_later_is_told_from_what_will_not() {
        for code in
            ["40001", "40P01", "53300", "55P03", "25P03", "57P01", "57P02", "57P03", "08006", "5", "6", "261", "517"]
        {
            assert!(is_passing_code(code), "{code}");
        }
        for code in ["23505", "22021", "42P01", "1555", "787", "13", "", "x"] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}
