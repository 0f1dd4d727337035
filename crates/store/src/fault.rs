//! Faults of the disk or the database file: what they are, and when the last one was seen.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Why the place that holds the record does not take or give data. None of these is a fault of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum StorageFault {
    /// No room is left on the disk, or a quota is used up.
    #[error("the disk is full; free some space on it")]
    Full,
    /// The disk, the data directory or the database does not accept writes.
    #[error("the data is read-only; give Hindcast write access to the disk and the data directory")]
    ReadOnly,
    /// The disk or the file system reports errors.
    #[error("the disk reports an error; check the disk and the system log")]
    Io,
    /// The database file has damaged content.
    #[error("the database is damaged; keep a copy of it and restore the latest backup")]
    Damaged,
}

/// The fault that a code of the database stands for: SQLite's are numbers, PostgreSQL's have five characters.
pub(crate) fn of_code(code: &str) -> Option<StorageFault> {
    /// SQLite could not enlarge its shared-memory file, which happens on a full disk.
    const IOERR_SHMSIZE: u32 = 4874;
    if code.len() == 5 {
        return match code {
            "53100" => Some(StorageFault::Full),
            "25006" => Some(StorageFault::ReadOnly),
            "58030" => Some(StorageFault::Io),
            "XX001" | "XX002" => Some(StorageFault::Damaged),
            _ => None,
        };
    }
    let code: u32 = code.parse().ok()?;
    match code & 0xff {
        13 => Some(StorageFault::Full),
        8 => Some(StorageFault::ReadOnly),
        10 if code == IOERR_SHMSIZE => Some(StorageFault::Full),
        10 => Some(StorageFault::Io),
        11 | 26 => Some(StorageFault::Damaged),
        _ => None,
    }
}

/// The fault that an error of the file system stands for.
pub(crate) fn of_io(error: &std::io::Error) -> Option<StorageFault> {
    use std::io::ErrorKind;
    /// Linux, macOS and the BSDs agree on this number; the standard library has no kind for it.
    const EIO: i32 = 5;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Some(StorageFault::Full),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied => Some(StorageFault::ReadOnly),
        _ if cfg!(unix) && error.raw_os_error() == Some(EIO) => Some(StorageFault::Io),
        _ => None,
    }
}

/// Milliseconds after [`start`], plus one; 0 means that no fault was seen.
static LAST: AtomicU64 = AtomicU64::new(0);

fn start() -> Instant {
    static START: OnceLock<Instant> = OnceLock::new();
    *START.get_or_init(Instant::now)
}

fn now() -> u64 {
    u64::try_from(start().elapsed().as_millis()).unwrap_or(u64::MAX - 1)
}

/// Notes that a fault was seen. The connection that saw it is not known where errors are converted, so every connection
/// that existed then is replaced ([`saw_fault`]).
pub(crate) fn note() {
    LAST.store(now() + 1, Ordering::Release);
}

/// The same for damage; see [`damage`].
static LAST_DAMAGE: AtomicU64 = AtomicU64::new(0);

/// Notes that damage was seen.
pub(crate) fn note_damage() {
    LAST_DAMAGE.store(now() + 1, Ordering::Release);
}

/// When damage was last seen, as a number that grows; 0 means never.
pub(crate) fn damage() -> u64 {
    LAST_DAMAGE.load(Ordering::Acquire)
}

/// True if a fault was seen since a connection of this age was made.
pub(crate) fn saw_fault(age: Duration) -> bool {
    let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
    let last = LAST.load(Ordering::Acquire);
    last > 0 && now().saturating_sub(age) < last
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Error, ErrorKind};

    #[test]
    fn codes_of_both_databases_name_the_same_faults() {
        use StorageFault::{Damaged, Full, Io, ReadOnly};
        for (code, fault) in [
            ("13", Some(Full)),
            ("4874", Some(Full)),
            ("53100", Some(Full)),
            ("8", Some(ReadOnly)),
            ("1032", Some(ReadOnly)),
            ("25006", Some(ReadOnly)),
            ("10", Some(Io)),
            ("778", Some(Io)),
            ("58030", Some(Io)),
            ("11", Some(Damaged)),
            ("26", Some(Damaged)),
            ("XX001", Some(Damaged)),
            ("5", None),
            ("2067", None),
            ("23505", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(of_code(code), fault, "{code}");
        }
    }

    #[test]
    fn errors_of_files_name_the_same_faults() {
        for (kind, fault) in [
            (ErrorKind::StorageFull, Some(StorageFault::Full)),
            (ErrorKind::QuotaExceeded, Some(StorageFault::Full)),
            (ErrorKind::ReadOnlyFilesystem, Some(StorageFault::ReadOnly)),
            (ErrorKind::NotFound, None),
        ] {
            assert_eq!(of_io(&Error::from(kind)), fault, "{kind}");
        }
        assert_eq!(of_io(&Error::from_raw_os_error(5)), Some(StorageFault::Io));
    }

    #[test]
    fn a_connection_older_than_the_last_fault_saw_it() {
        note();
        assert!(saw_fault(Duration::from_secs(1)));
        std::thread::sleep(Duration::from_millis(5));
        assert!(!saw_fault(Duration::ZERO));
    }
}
