//! The number of incidents of each severity, for the home page, which people open all day.

use crate::{Conn, StoreError, Viewer};
use hindcast_retro::record::incident::Status;
use sqlx::Row;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many incidents of each severity a viewer may know of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mix {
    /// For severity 1 to 4.
    pub levels: [i64; 4],
    /// Incidents without a severity.
    pub undecided: i64,
    /// Incidents that are not closed, of any severity.
    pub unclosed: i64,
}

impl Mix {
    fn add(&mut self, severity: Option<i64>, status: &str, n: i64) {
        if status != Status::Closed.name() {
            self.unclosed += n;
        }
        let place = severity.and_then(|s| usize::try_from(s - 1).ok()).and_then(|i| self.levels.get_mut(i));
        *place.unwrap_or(&mut self.undecided) += n;
    }

    /// Both together.
    fn and(mut self, other: Mix) -> Mix {
        self.levels.iter_mut().zip(other.levels).for_each(|(n, more)| *n += more);
        self.undecided += other.undecided;
        self.unclosed += other.unclosed;
        self
    }
}

/// How long a count is used, because another server may have changed something.
const HOLDS: Duration = Duration::from_secs(1);

/// Accounts whose counts are cached.
const ACCOUNTS: usize = 1_000;

/// Cached counts of incidents, because counting thousands takes longer than the rest of the page. A change by this server ends the cache at
/// once, and a change by another server of the same record within a second.
#[derive(Debug, Default)]
pub struct Counted {
    changes: AtomicU64,
    /// Of the incidents that are not restricted.
    open: Mutex<Option<Kept>>,
    /// Of the restricted incidents that each account is named in.
    restricted: Mutex<HashMap<String, Kept>>,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    changes: u64,
    at: Instant,
    mix: Mix,
}

impl Kept {
    fn holds(&self, changes: u64) -> bool {
        self.changes == changes && self.at.elapsed() < HOLDS
    }
}

impl Counted {
    /// Records that something was changed.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn open(&self) -> MutexGuard<'_, Option<Kept>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn restricted(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.restricted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep_restricted(&self, account: &str, kept: Kept) {
        let mut all = self.restricted();
        if all.len() >= ACCOUNTS {
            all.retain(|_, k| k.holds(kept.changes));
        }
        if all.len() < ACCOUNTS {
            all.insert(account.to_owned(), kept);
        }
    }
}

/// How many incidents of each severity a viewer may know of.
///
/// # Errors
/// When the database does not answer.
pub async fn mix(conn: &mut Conn, viewer: &Viewer, counted: &Counted) -> Result<Mix, StoreError> {
    const OPEN: &str = "SELECT i.severity, i.status, COUNT(*) AS n FROM incident i WHERE i.restricted = 0 \
         GROUP BY i.severity, i.status";
    const RESTRICTED: &str = "SELECT i.severity, i.status, COUNT(*) AS n FROM incident i WHERE i.restricted = 1 AND EXISTS \
         (SELECT 1 FROM incident_person p WHERE p.incident = i.number AND p.account = $1) GROUP BY i.severity, i.status";
    // Taken before reading, because the count may miss a change that is made meanwhile.
    let (changes, at) = (counted.changes.load(Ordering::SeqCst), Instant::now());
    let open = counted.open().filter(|kept| kept.holds(changes));
    let open = match open {
        Some(kept) => kept.mix,
        None => {
            let mix = count(sqlx::query(OPEN), conn).await?;
            *counted.open() = Some(Kept { changes, at, mix });
            mix
        }
    };
    let restricted = counted.restricted().get(&viewer.account).filter(|kept| kept.holds(changes)).copied();
    let restricted = match restricted {
        Some(kept) => kept.mix,
        None => {
            let mix = count(sqlx::query(RESTRICTED).bind(&viewer.account), conn).await?;
            counted.keep_restricted(&viewer.account, Kept { changes, at, mix });
            mix
        }
    };
    Ok(open.and(restricted))
}

type Statement<'q> = sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments>;

async fn count(statement: Statement<'_>, conn: &mut Conn) -> Result<Mix, StoreError> {
    let mut mix = Mix::default();
    for row in statement.fetch_all(conn).await? {
        mix.add(row.try_get("severity")?, row.try_get("status")?, row.try_get("n")?);
    }
    Ok(mix)
}
