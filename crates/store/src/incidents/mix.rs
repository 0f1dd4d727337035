//! The number of incidents of each severity, for the home page, which people open all day.

use crate::{Conn, StoreError, Viewer};
use hindcast_retro::record::incident::Status;
use sqlx::Row;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
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
}

/// How long a count is used, because another server may have changed something.
const HOLDS: Duration = Duration::from_secs(1);

/// Cached counts of the incidents that are not restricted, because counting thousands takes longer than the rest of the page. A change by this
/// server ends the cache at once, and a change by another server of the same record within a second.
#[derive(Debug, Default)]
pub struct Counted {
    changes: AtomicU64,
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug, Clone, Copy)]
struct Kept {
    changes: u64,
    at: Instant,
    mix: Mix,
}

impl Counted {
    /// Records that something was changed.
    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    fn get(&self, changes: u64) -> Option<Mix> {
        let kept = (*self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner))?;
        (kept.changes == changes && kept.at.elapsed() < HOLDS).then_some(kept.mix)
    }

    fn keep(&self, kept: Kept) {
        *self.kept.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(kept);
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
    let mut mix = match counted.get(changes) {
        Some(mix) => mix,
        None => {
            let mut mix = Mix::default();
            for row in sqlx::query(OPEN).fetch_all(&mut *conn).await? {
                mix.add(row.try_get("severity")?, row.try_get("status")?, row.try_get("n")?);
            }
            counted.keep(Kept { changes, at, mix });
            mix
        }
    };
    for row in sqlx::query(RESTRICTED).bind(&viewer.account).fetch_all(conn).await? {
        mix.add(row.try_get("severity")?, row.try_get("status")?, row.try_get("n")?);
    }
    Ok(mix)
}
