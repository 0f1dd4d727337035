//! Finding the sessions of coding agents on this machine. Reads only.
//!
//! The table of [`places`] says where to look. [`walk`] lists files, [`candidate`] and [`join`] put those together that are one
//! session and order them by what [`probe`] finds at their ends, and [`check`] reads as many as are asked for. [`report`] is the result as
//! data, and [`text`] writes it. Only `walk` and `check` touch the disk.

mod candidate;
mod check;
mod join;
mod machine;
mod pattern;
pub mod places;
mod probe;
pub mod report;
pub mod since;
mod skip;
mod summary;
pub mod text;
mod walk;

use candidate::Candidate;
pub use machine::Machine;
use places::Agent;
use report::{Looked, Report, SCHEMA, Session, Skipped, UnreadStore};
use skip::Skips;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use walk::Walker;

/// Entries of [`Report::skipped`].
const MAX_SKIPPED: usize = 1000;

/// What is asked for.
pub struct Question<'q> {
    /// Look in these folders instead of the places of agents.
    pub paths: &'q [PathBuf],
    /// Only this agent.
    pub agent: Option<&'static Agent>,
    /// Only what was active at this time or later, in milliseconds since 1970.
    pub since: Option<i64>,
    /// How many sessions; `None` for all.
    pub limit: Option<usize>,
    /// Run the detectors.
    pub check: bool,
    /// Told how many candidates there are to read, and whenever one was read.
    pub progress: &'q (dyn Fn(Step) + Sync),
}

/// How far the work is.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// So many will be read.
    Of(usize),
    /// One was read.
    Read,
}

/// What was found.
pub struct Discovered {
    /// The sessions, and where they were looked for.
    pub report: Report,
    /// What was left out, in one line.
    pub skipped: Option<String>,
}

/// Looks for sessions.
pub fn discover(machine: &Machine<'_>, asked: &Question<'_>) -> Discovered {
    let mut skips = Skips::default();
    let (mut all, places) = candidates(machine, asked, &mut skips);
    check::probe(&mut all);
    let mut all = join::join(all);
    if let Some(since) = asked.since {
        all.retain(|one| one.last >= since);
    }
    join::order(&mut all);
    let (sessions, older) = read(&all, asked, &mut skips);
    skips.tidy();
    let skipped = skips.list().iter().take(MAX_SKIPPED).map(|s| Skipped {
        path: s.path.display().to_string(),
        reason: s.reason.code().to_owned(),
        detail: s.reason.words(),
    });
    let report = Report {
        schema: SCHEMA.to_owned(),
        sessions,
        older,
        places,
        skipped: skipped.collect(),
        skipped_count: skips.list().len(),
        unread_stores: unread(machine, asked),
    };
    Discovered { report, skipped: skips.summary() }
}

/// Everything that may be a session, and where it was looked for.
fn candidates(machine: &Machine<'_>, asked: &Question<'_>, skips: &mut Skips) -> (Vec<Candidate>, Vec<Looked>) {
    let mut walker = Walker::default();
    let mut all = Vec::new();
    let mut places: Vec<Looked> = Vec::new();
    for path in asked.paths {
        let path = std::path::absolute(path).map_or_else(|_| path.clone(), |p| pattern::normal(&p));
        let found = walker.files(&path, &candidate::may_be, skips);
        all.extend(candidate::anywhere(&found, &path));
        places.push(Looked { agent: None, path: path.display().to_string(), exists: true });
    }
    let agents = places::AGENTS.iter().filter(|a| asked.agent.is_none_or(|wanted| wanted.id == a.id));
    if !asked.paths.is_empty() {
        all.retain(|one| one.agent.is_none_or(|a| asked.agent.is_none_or(|wanted| wanted.id == a.id)));
        return (all, places);
    }
    for agent in agents {
        for place in agent.places {
            let Some(base) = machine.of(place) else { continue };
            let exists = base.is_dir();
            if exists {
                let wanted = |path: &Path| path.strip_prefix(&base).is_ok_and(|below| candidate::is_main(place, below));
                all.extend(candidate::in_place(&walker.files(&base, &wanted, skips), agent, place, &base));
            }
            let looked = Looked { agent: Some(agent.id.to_owned()), path: base.display().to_string(), exists };
            if !places.contains(&looked) {
                places.push(looked);
            }
        }
    }
    (all, places)
}

/// Reads as many candidates as it takes for the sessions that are wanted; also how many sessions or candidates were left out.
fn read(all: &[Candidate], asked: &Question<'_>, skips: &mut Skips) -> (Vec<Session>, usize) {
    let limit = asked.limit.unwrap_or(usize::MAX);
    let mut sessions: Vec<Session> = Vec::new();
    let mut used = 0;
    // Several large sessions at once could fill the memory.
    let large = Mutex::new(());
    (asked.progress)(Step::Of(all.len().min(limit)));
    while used < all.len() && sessions.len() < limit {
        let wave = &all[used..all.len().min(used.saturating_add(limit - sessions.len()))];
        let outcomes = check::on_all_cores(wave.len(), &|at| {
            let alone = (wave[at].size > check::LARGE).then(|| large.lock());
            let outcome = check::read(&wave[at], asked.check);
            drop(alone);
            (asked.progress)(Step::Read);
            outcome
        });
        used += wave.len();
        for outcome in outcomes {
            let wanted = |s: &Session| asked.agent.is_none_or(|a| s.agent.as_deref() == Some(a.id));
            sessions.extend(outcome.sessions.into_iter().filter(wanted));
            outcome.skips.list().iter().for_each(|s| skips.add(&s.path, s.reason.clone()));
        }
    }
    let left_out = sessions.len().saturating_sub(limit) + all.len() - used;
    sessions.truncate(limit);
    (sessions, left_out)
}

fn unread(machine: &Machine<'_>, asked: &Question<'_>) -> Vec<UnreadStore> {
    let here = places::UNREAD.iter().filter(|_| asked.paths.is_empty() && asked.agent.is_none()).filter_map(|store| {
        let path = machine.folder(store.base).filter(|p| p.exists())?;
        let path = path.display().to_string();
        Some(UnreadStore { name: store.name.to_owned(), path, instead: store.instead.to_owned() })
    });
    here.collect()
}
