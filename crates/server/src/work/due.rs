//! What is due, by severity and times. What facts files tell of times is read before the change that needs it: a file is unpacked and read in
//! a thread of its own, and with SQLite a change keeps all others waiting.

use super::intake::is_small;
use super::known;
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::facts::parse;
use hindcast_retro::record::incident::{FACTS_FILE, clock, facts, times};
use hindcast_retro::record::reminder;
use hindcast_store::evidence::{self, Item, Kind};
use hindcast_store::incidents;
use hindcast_store::jobs::{self, Planned};
use hindcast_store::{Act, StoreError, Tx, Viewer};
use hindcast_trace::{Limits, Stop};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The severity of a near-miss.
const NEAR_MISS: u8 = 4;
/// Files whose times are remembered.
const REMEMBERED: usize = 1000;

/// The times of facts files that were read lately, by their digests: the same file is not read again for every change of its incident.
#[derive(Debug, Default)]
pub struct TimesRead(Mutex<HashMap<String, Arc<str>>>);

impl TimesRead {
    fn get(&self, id: &str) -> Option<Arc<str>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn put(&self, id: &str, times: &Arc<str>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert(id.to_owned(), Arc::clone(times));
    }
}

/// What the facts files of an incident tell of times, by their digests; nothing of one whose bytes are gone or damaged.
#[derive(Debug, Default)]
pub struct FileTimes(BTreeMap<String, Option<Arc<str>>>);

impl FileTimes {
    /// Those of an incident's files, from the last one back to one that counts even if the files `aside` do not count any more.
    ///
    /// # Errors
    /// When the record does not answer, or memory for a large file is not free.
    pub async fn of(app: &App, viewer: &Viewer, number: i64, aside: &[String]) -> Result<Self, Failure> {
        let files = evidence::of(&mut *app.store.reader().await?, viewer, number).await?;
        let mut all = BTreeMap::new();
        for file in files.into_iter().rev().filter(counts) {
            let times = match app.times_read.get(&file.id) {
                Some(times) => Some(times),
                None => read(app, viewer, number, &file).await?,
            };
            let is_last = times.is_some() && !aside.contains(&file.id);
            all.insert(file.id, times);
            if is_last {
                break;
            }
        }
        Ok(FileTimes(all))
    }

    /// Adds a file that is about to be taken in.
    pub fn add(&mut self, app: &App, id: String, times: Arc<str>) {
        app.times_read.put(&id, &times);
        self.0.insert(id, Some(times));
    }

    /// The times of the file that counts, among those that there are now.
    fn counting(&self, files: Vec<Item>) -> Result<Option<String>, StoreError> {
        for file in files.into_iter().rev().filter(counts) {
            match self.0.get(&file.id) {
                // Somebody added it since.
                None => return Err(StoreError::Stale("incident")),
                Some(None) => {}
                Some(Some(times)) => return Ok(Some(times.to_string())),
            }
        }
        Ok(None)
    }
}

fn counts(file: &Item) -> bool {
    file.kind == Kind::Facts && file.erased.is_none()
}

/// The times of one file; `None` where its bytes are gone or damaged, which is told where the file is asked for and keeps nobody from the rest.
async fn read(app: &App, viewer: &Viewer, number: i64, file: &Item) -> Result<Option<Arc<str>>, Failure> {
    let stored = evidence::stored(&app.store, &mut *app.store.reader().await?, viewer, number, &file.id).await;
    let packed = match stored {
        Ok(Some((_, packed))) => packed,
        Ok(None) => return Ok(None),
        Err(error @ StoreError::Corrupt(_)) => {
            tracing::error!(%error, "evidence is damaged");
            return Ok(None);
        }
        Err(e) => return Err(e.into()),
    };
    let bytes = u64::try_from(file.bytes).unwrap_or_default();
    let is_small = is_small(bytes);
    // Facts files of earlier versions may be large.
    let memory = match is_small {
        true => None,
        false => Some(app.memory.take(Limits::memory_for(bytes, app.memory.most())).await?),
    };
    let work = move |stop: &Stop| {
        let _memory = memory;
        match packed.bytes(stop) {
            Ok(Some(bytes)) => Ok(Some(Arc::from(of_bytes(&bytes)))),
            Ok(None) => Ok(None),
            Err(error @ StoreError::DamagedEvidence(_)) => {
                tracing::error!(%error, "evidence is damaged");
                Ok(None)
            }
            Err(e) => Err(e),
        }
    };
    let times: Option<Arc<str>> = match is_small {
        true => app.pools.evidence.run_light(work).await??,
        false => app.pools.evidence.run(work).await??,
    };
    if let Some(times) = &times {
        app.times_read.put(&file.id, times);
    }
    Ok(times)
}

/// The times of a facts file; none where it cannot be read any more, so that the incident's own count.
fn of_bytes(bytes: &[u8]) -> String {
    parse(&String::from_utf8_lossy(bytes), FACTS_FILE).map(|facts| times(&facts)).unwrap_or_default()
}

/// Brings what is due in step with severity and times, and the reminders with it.
///
/// # Errors
/// [`StoreError::Stale`] where the incident has a facts file that counts and was not read before.
pub async fn set_due(app: &App, tx: &mut Tx, act: Act<'_>, number: i64, file_times: &FileTimes) -> Result<(), Failure> {
    let incident = incidents::find(tx, act.by, number).await?;
    let moments = incidents::moments(tx, act.by, number).await?;
    // An uploaded facts file counts before the incident's own times, as it does in the retro.
    let uploaded = file_times.counting(evidence::of(tx, act.by, number).await?)?;
    let own = clock(&moments);
    let (aware, twice) = match uploaded {
        None => (own, None),
        // Where the two contradict each other, the page of the incident and the next draft say so; until then its own count.
        Some(uploaded) => {
            facts(&known(&incident, moments, Some(uploaded))).map_or((own, None), |f| (f.clock(), f.twice))
        }
    };
    // A lower severity shortens nothing before it is confirmed.
    let mut due = incident.duties.map(|level| app.config.policy.due_dates(level, aware)).unwrap_or_default();
    for due in &mut due {
        due.explanation.extend(twice.iter().map(|t| format!("; {t}")));
    }
    incidents::set_deadlines(tx, act, number, &due).await?;
    if incident.severity == Some(NEAR_MISS)
        && let Some(review) = reminder::review(&app.config.policy, act.at)
    {
        jobs::enqueue(tx, act, &Planned::review(&review)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_of_files_is_bounded() {
        let read = TimesRead::default();
        let times: Arc<str> = Arc::from("");
        for n in 0..=REMEMBERED {
            read.put(&n.to_string(), &times);
        }
        assert!(read.get(&REMEMBERED.to_string()).is_some() && read.get("0").is_none());
    }

    #[test]
    fn a_facts_file_that_cannot_be_read_any_more_tells_no_times() {
        assert_eq!(of_bytes(b"no facts: 1\n"), "");
        assert_eq!(of_bytes(b"alerted:\n  never: true\n"), "alerted:\n  never: true\n");
    }
}
