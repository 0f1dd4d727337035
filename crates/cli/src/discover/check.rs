//! Reads candidates, many at a time, and says what is in them.

use super::candidate::{self, Candidate, Source};
use super::pattern;
use super::report::Session;
use super::skip::{Reason, Skips};
use super::summary::{self, Flags};
use super::walk::Walker;
use super::{places, probe};
use crate::names;
use hindcast_detect::{Contracts, detectors};
use hindcast_trace::{Evidence, ReadError};
use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes of one session: several are held in memory at once.
pub const MAX_BYTES: u64 = 256 << 20;
/// Above this many bytes, one session is read at a time.
pub const LARGE: u64 = 32 << 20;
/// Files of one session.
const MAX_PARTS: usize = 20_000;
/// Sessions that are read at once, at most.
const MAX_THREADS: usize = 16;

/// What became of a candidate.
pub struct Outcome {
    /// Its sessions.
    pub sessions: Vec<Session>,
    /// What was left out of it.
    pub skips: Skips,
}

/// Applies `work` to the numbers below `count` on all cores; the results are in the order of the numbers.
pub fn on_all_cores<T: Send>(count: usize, work: &(dyn Fn(usize) -> T + Sync)) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get()).min(MAX_THREADS).min(count);
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(count));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= count {
                        break;
                    }
                    let one = work(at);
                    done.lock().unwrap_or_else(|e| e.into_inner()).push((at, one));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(|e| e.into_inner());
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, one)| one).collect()
}

/// Finds out when each session was active last, and which other session started it.
pub fn probe(all: &mut [Candidate]) {
    let shared = &*all;
    let found = on_all_cores(shared.len(), &|at| {
        let one = &shared[at];
        let tail = end_of(&one.newest).unwrap_or_default();
        let parent = one.starter.and_then(|starter| {
            let head = start_of(&one.main).ok()?;
            probe::string(&head, starter.member).map(str::to_owned)
        });
        (probe::last_time(&tail, one.modified), parent)
    });
    for (one, (last, parent)) in all.iter_mut().zip(found) {
        if let Some(last) = last {
            (one.last, one.source) = (last, Source::Record);
        }
        one.parent = parent;
    }
}

fn start_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(probe::HEAD).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn end_of(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(probe::TAIL)))?;
    let mut bytes = Vec::new();
    file.take(probe::TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a candidate, and checks its sessions where that is asked for.
pub fn read(one: &Candidate, check: bool) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| sessions(one, check))).unwrap_or_else(|_| {
        // One session that a detector fails on must not take the list with it.
        let mut skips = Skips::default();
        skips.add(&one.main, Reason::NotUnderstood("internal error; please report it".to_owned()));
        Outcome { sessions: Vec::new(), skips }
    })
}

fn sessions(one: &Candidate, check: bool) -> Outcome {
    let mut skips = Skips::default();
    let files = files(one, &mut skips);
    let mut left = MAX_BYTES;
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut used = Vec::new();
    let mut seen = HashSet::new();
    let called = names::apart(files.iter().map(PathBuf::as_path));
    for (path, name) in files.iter().zip(called) {
        match bytes(path, left) {
            Ok(bytes) => {
                left -= bytes.len() as u64;
                let item = Evidence::new(name, bytes);
                // The same bytes twice are one evidence.
                if seen.insert(item.id.clone()) {
                    evidence.push(item);
                    used.push(path.clone());
                }
            }
            Err(reason) => {
                skips.add(path, reason);
                if *path == one.main {
                    return Outcome { sessions: Vec::new(), skips };
                }
            }
        }
    }
    let mut read = hindcast_trace::read(&evidence);
    if read.is_err() && evidence.len() > 1 {
        // A part that is damaged must not hide the session.
        if let Ok(alone) = hindcast_trace::read(&evidence[..1]) {
            used[1..].iter().for_each(|path| {
                skips.add(path, Reason::NotUnderstood("not readable as part of its session".to_owned()))
            });
            evidence.truncate(1);
            used.truncate(1);
            read = Ok(alone);
        }
    }
    let reading = match read {
        Ok(reading) => reading,
        Err(error) => {
            skips.add(&one.main, reason(&error));
            return Outcome { sessions: Vec::new(), skips };
        }
    };
    let label = reading.detections.first().map_or_else(String::new, |d| d.label());
    let titles = one.agent.or_else(|| reading.sessions.first().and_then(|t| places::of_format(t.format)));
    // A title belongs to a file, and so to its session only if that is the only one.
    let titles = titles.map_or(&[][..], |a| a.titles);
    let title = summary::own_title(titles, &evidence).filter(|_| reading.sessions.len() == 1);
    let contracts = Contracts::default();
    let mut sessions: Vec<Session> = reading
        .sessions
        .iter()
        .map(|trace| {
            let flags = check.then(|| {
                let reports = detectors::run_all(&hindcast_detect::Session::new(trace, &contracts));
                Flags {
                    findings: reports.iter().map(|(_, r)| r.findings.len()).sum(),
                    leads: reports.iter().map(|(_, r)| r.leads.len()).sum(),
                }
            });
            let mut row = summary::row(one, trace, &label, title.clone(), flags);
            row.files = used.iter().map(|p| p.display().to_string()).collect();
            row.paths.clone_from(&used);
            row.bytes = evidence.iter().map(|e| e.bytes.len() as u64).sum();
            row
        })
        .collect();
    sessions.sort_by(|a, b| b.ended.cmp(&a.ended));
    Outcome { sessions, skips }
}

fn reason(error: &ReadError) -> Reason {
    match error {
        ReadError::Empty { .. } | ReadError::NoMessages { .. } | ReadError::NoEvents { .. } => Reason::Empty,
        other => Reason::NotUnderstood(other.to_string()),
    }
}

fn bytes(path: &Path, left: u64) -> Result<Vec<u8>, Reason> {
    let fail = |e: std::io::Error| Reason::Unreadable(e.kind());
    let meta = std::fs::symlink_metadata(path).map_err(fail)?;
    if !meta.is_file() {
        return Err(Reason::Link);
    }
    if meta.len() > left {
        return Err(Reason::TooLarge(meta.len()));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    File::open(path).map_err(fail)?.take(left + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() as u64 > left { Err(Reason::TooLarge(bytes.len() as u64)) } else { Ok(bytes) }
}

/// The files of a candidate, the main one first.
pub fn files(one: &Candidate, skips: &mut Skips) -> Vec<PathBuf> {
    let mut all = vec![one.main.clone()];
    let mut before: Vec<PathBuf> = Vec::new();
    for template in one.parts {
        let mut found = Vec::new();
        for (folder, wanted) in candidate::part(one, template, &before) {
            if !is_folder_without_links(&folder, &one.base) {
                continue;
            }
            let fits = |path: &Path| {
                path.strip_prefix(&folder).ok().and_then(pattern::names).is_some_and(|n| pattern::matches(&wanted, &n))
            };
            let here = Walker::default().files(&folder, &fits, skips);
            found.extend(here.into_iter().map(|f| f.path));
            if found.len() > MAX_PARTS {
                skips.add(&folder, Reason::TooMany);
                found.truncate(MAX_PARTS);
                break;
            }
        }
        all.extend(found.iter().filter(|p| **p != one.main).cloned());
        before = found;
    }
    all.extend(one.children.iter().cloned());
    all
}

/// True for a folder that no link below the base, or beside it, leads to.
fn is_folder_without_links(folder: &Path, base: &Path) -> bool {
    let below = folder.ancestors().take_while(|a| !base.starts_with(a));
    folder.is_dir() && below.into_iter().all(|a| std::fs::symlink_metadata(a).is_ok_and(|m| m.is_dir()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_numbers() {
        let all = on_all_cores(100, &|at| {
            std::thread::sleep(std::time::Duration::from_micros(((at * 7919) % 13) as u64));
            at
        });
        assert_eq!(all, (0..100).collect::<Vec<_>>());
        assert!(on_all_cores(0, &|at| at).is_empty());
    }
}
