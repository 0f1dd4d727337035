//! Files that are too large for memory: read twice, in parts.
//!
//! The first time, every line is asked which sessions it bears on ([`crate::format::Format::bears_on`]), and the file is hashed.
//! Sessions are then put into parts by their first appearance, as many as fit into [`ROOM`]. The second time, each part
//! is read as if it were a file, as an excerpt that knows where its lines stand. Where the lines of a part do not stand
//! together, as those of spans of many traces do not, all lines are put down by part in a scratch first.
//!
//! What is in memory is one part for each core, the sessions that come out of it, and some bytes for each line.

mod chains;
mod groups;
mod source;
mod spill;
mod survey;

pub use source::Source;
pub use spill::Scratch;
pub use survey::Survey;

use crate::account::Tally;
use crate::evidence::{Evidence, Excerpt, ExcerptLine};
use crate::format::damage;
use crate::locator::line_of;
use crate::model::{Gap, GapKind, KeyKind, Trace};
use crate::read::{Judged, Names, ReadError, Verdict, read_part};
use source::{Lines, Place};
use spill::{Head, Spill};
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::ops::ControlFlow;
use std::sync::Arc;

/// Bytes of lines that are read together. One session that is larger is read by itself.
pub const ROOM: u64 = 2 << 20;
/// Threads that read: each takes the memory that one part needs.
const MOST_CORES: usize = 2;

/// Why reading stopped.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The bytes could not be read.
    #[error("{name}: {error}")]
    Io {
        /// The file.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// The lines could not be put down in the scratch, or not be taken up again.
    #[error("the temporary file: {0}")]
    Scratch(io::Error),
    /// They are no trace.
    #[error(transparent)]
    Read(#[from] ReadError),
}

/// What is being done, as progress is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Lines are put down by part.
    Sorting,
    /// Parts are read.
    Reading,
}

/// What was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    /// Sessions handed over.
    pub sessions: usize,
    /// What became of the records of each file. A line that bears on sessions of several parts counts in each.
    pub tallies: Vec<Tally>,
    /// What could not be used, for people.
    pub lossy: Vec<String>,
}

/// A session's key as a hash.
fn key_of(format: &str, kind: KeyKind, key: &str) -> groups::Key {
    let mut hasher = DefaultHasher::new();
    (format, kind == KeyKind::Conversation, key).hash(&mut hasher);
    hasher.finish()
}

/// The key of what is known by nothing but its line.
fn own_key(file: u32, line: u32) -> groups::Key {
    let mut hasher = DefaultHasher::new();
    (file, line).hash(&mut hasher);
    hasher.finish()
}

/// The lines of one part, file by file.
struct Gathered {
    excerpts: Vec<Evidence>,
}

impl Gathered {
    fn new(survey: &Survey) -> Self {
        let excerpts = survey.files.iter().map(|file| Evidence {
            id: file.id.clone(),
            name: file.name.clone(),
            bytes: Vec::new(),
            excerpt: Some(Excerpt { codecs: file.codecs.clone(), lines: Vec::new(), size: file.size }),
        });
        Gathered { excerpts: excerpts.collect() }
    }

    fn is_empty(&self) -> bool {
        self.excerpts.iter().all(|e| e.bytes.is_empty())
    }

    fn put(&mut self, head: Head, line: &[u8]) {
        let Some(item) = self.excerpts.get_mut(head.file as usize) else { return };
        let at = item.bytes.len();
        item.bytes.extend_from_slice(line);
        item.bytes.push(b'\n');
        if let Some(excerpt) = &mut item.excerpt {
            let Head { number, document, start, len, .. } = head;
            excerpt.lines.push(ExcerptLine { number, document, start, at, len });
        }
    }
}

/// Takes some lines out of a file, by their numbers, so that what is cited there can be looked up again. `None` where it
/// is no file of lines.
///
/// # Errors
/// When it cannot be read.
pub fn excerpt(
    source: &dyn Source,
    wanted: &BTreeSet<u32>,
    mut progress: impl FnMut(u64),
) -> Result<Option<Evidence>, BulkError> {
    let Some(mut lines) = Lines::open(source, true)? else { return Ok(None) };
    let mut excerpt = Excerpt { codecs: lines.codecs.clone(), ..Excerpt::default() };
    let (mut bytes, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        let Some(Place { number, start }) = lines.next(&mut line)? else { break };
        if number % 64 == 0 {
            progress(lines.read());
        }
        if wanted.contains(&number) {
            let (at, len) = (bytes.len(), line.len() as u32);
            excerpt.lines.push(ExcerptLine { number, document: 0, start, at, len });
            bytes.extend_from_slice(&line);
        }
    }
    if lines.too_long {
        return Err(lines.broken());
    }
    let (id, size) = lines.finish()?;
    excerpt.size = size;
    Ok(Some(Evidence { id, name: source.name().to_owned(), bytes, excerpt: Some(excerpt) }))
}

/// What came out of one part.
struct Outcome {
    sessions: Vec<Trace>,
    excerpts: Arc<Vec<Evidence>>,
    verdict: Verdict,
}

/// Does the same to each of a few things, each in a thread of its own.
fn on_each<T: Send, R: Send>(all: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = all.into_iter().map(|one| scope.spawn(|| work(one))).collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    })
}

impl Survey {
    /// Reads all sessions, in the order of their first appearance. `work` is done to each with the excerpts that it
    /// stands in, on several cores; its results are handed to `sink` in order, until that breaks.
    /// `progress` is told how many of the bytes of all files were put down or read.
    ///
    /// # Errors
    /// As [`crate::read()`], which shows partly only at the end; when a file cannot be read any more, or `scratch` not be written.
    pub fn run<R: Send>(
        self,
        sources: &[&dyn Source],
        scratch: impl FnOnce() -> io::Result<Box<dyn Scratch>>,
        work: impl Fn(Trace, &Arc<Vec<Evidence>>) -> R + Sync,
        mut sink: impl FnMut(R) -> ControlFlow<()>,
        mut progress: impl FnMut(Phase, u64),
    ) -> Result<Done, BulkError> {
        let mut done = Done { tallies: vec![Tally::default(); self.files.len()], ..Done::default() };
        let mut judged = Judged::new(self.files.len());
        let mut names = Names::default();
        let mut lost: Vec<String> = self.files.iter().flat_map(|f| f.lost.iter().cloned()).collect();
        lost.extend(self.damaged());
        let damage: Vec<Gap> = lost.iter().map(|what| gap(what)).collect();
        done.lossy = lost;
        let cores = std::thread::available_parallelism().map_or(1, usize::from).min(MOST_CORES);
        let mut flush = |ready: &mut Vec<(u32, Gathered)>| -> Result<ControlFlow<()>, BulkError> {
            let parts = std::mem::take(ready);
            let mut outcomes = on_each(parts, |(part, gathered)| self.read(part, gathered, &damage));
            // A session's name depends on all sessions before it, so that names are given between the work of the threads.
            for session in outcomes.iter_mut().flat_map(|outcome| &mut outcome.sessions) {
                session.key = names.name(session.format, std::mem::take(&mut session.key));
            }
            let results = on_each(outcomes, |Outcome { sessions, excerpts, verdict }| {
                let results: Vec<R> = sessions.into_iter().map(|trace| work(trace, &excerpts)).collect();
                (results, verdict)
            });
            for (results, verdict) in results {
                done.sessions += results.len();
                judged.add(verdict);
                for result in results {
                    if sink(result).is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        let mut ready = Vec::with_capacity(cores);
        if self.plan.in_order {
            let mut here = (0, Gathered::new(&self));
            let mut stop = false;
            self.each_line(sources, &mut |bytes| progress(Phase::Reading, bytes), |parts, head, line| {
                let Some(&part) = parts.first() else { return Ok(ControlFlow::Continue(())) };
                if part != here.0 && !here.1.is_empty() {
                    ready.push(std::mem::replace(&mut here, (part, Gathered::new(&self))));
                    if ready.len() == cores && flush(&mut ready)?.is_break() {
                        stop = true;
                        return Ok(ControlFlow::Break(()));
                    }
                }
                here.0 = part;
                here.1.put(head, line);
                Ok(ControlFlow::Continue(()))
            })?;
            if !stop {
                ready.push(here);
                let _ = flush(&mut ready)?;
            }
        } else {
            let mut spill = Spill::new(scratch().map_err(BulkError::Scratch)?, self.plan.parts);
            self.each_line(sources, &mut |bytes| progress(Phase::Sorting, bytes), |parts, head, line| {
                parts.iter().try_for_each(|part| spill.put(*part, head, line)).map_err(BulkError::Scratch)?;
                Ok(ControlFlow::Continue(()))
            })?;
            let size: u64 = self.files.iter().map(|f| f.size).sum();
            for part in 0..self.plan.parts {
                progress(Phase::Reading, share(size, spill.taken(), spill.all()));
                let mut here = Gathered::new(&self);
                spill.take(part, |head, line| here.put(head, line)).map_err(BulkError::Scratch)?;
                ready.push((part, here));
                if (ready.len() == cores || part + 1 == self.plan.parts) && flush(&mut ready)?.is_break() {
                    break;
                }
            }
        }
        let (tallies, lossy) =
            judged.finish(&self.files.iter().map(|f| (f.name.as_str(), f.format.name())).collect::<Vec<_>>())?;
        done.tallies = tallies;
        done.lossy.extend(lossy);
        Ok(done)
    }

    /// What is said of the damaged values of all files, by format.
    fn damaged(&self) -> Vec<String> {
        let mut formats: Vec<(&str, usize)> = Vec::new();
        for file in self.files.iter().filter(|f| f.damaged > 0) {
            match formats.iter_mut().find(|(name, _)| *name == file.format.name()) {
                Some((_, count)) => *count = count.saturating_add(file.damaged),
                None => formats.push((file.format.name(), file.damaged)),
            }
        }
        formats.into_iter().map(|(_, count)| damage(count)).collect()
    }

    /// Reads one part. Its sessions have no names yet.
    fn read(&self, part: u32, gathered: Gathered, damage: &[Gap]) -> Outcome {
        let formats: Vec<_> = self.files.iter().map(|f| f.format).collect();
        let excerpts = Arc::new(gathered.excerpts);
        let (mut sessions, verdict) = read_part(&excerpts, &formats, damage);
        // A line may also bear on sessions of other parts, whose other lines are not here.
        sessions.retain(|t| self.part_of(t).is_none_or(|p| p == part));
        Outcome { sessions, excerpts, verdict }
    }

    /// The part that a session is of.
    fn part_of(&self, trace: &Trace) -> Option<u32> {
        if trace.key_kind != KeyKind::Position {
            return self.plan.part(key_of(trace.format, trace.key_kind, &trace.key));
        }
        let base = trace.events.first().map(|e| e.loc.base).or_else(|| Some(trace.model_calls.first()?.loc.base))?;
        let (file, line) = line_of(&trace.bases, base)?;
        self.plan.part(own_key(file, line))
    }

    /// Goes through all lines that hold a document, with the parts that each belongs to.
    fn each_line(
        &self,
        sources: &[&dyn Source],
        progress: &mut impl FnMut(u64),
        mut each: impl FnMut(&[u32], Head, &[u8]) -> Result<ControlFlow<()>, BulkError>,
    ) -> Result<(), BulkError> {
        let mut parts = self.plan.lines();
        let mut line = Vec::new();
        let mut before = 0;
        for (file, (source, about)) in sources.iter().zip(&self.files).enumerate() {
            let Some(mut lines) = Lines::open(*source, false)? else { continue };
            let mut bad = about.bad.iter().peekable();
            let mut document = 0;
            loop {
                line.clear();
                let Some(place) = lines.next(&mut line)? else { break };
                if place.number % 64 == 0 {
                    progress(before + lines.read());
                }
                if survey::is_blank(&line) || bad.next_if(|n| **n == place.number).is_some() {
                    continue;
                }
                document += 1;
                let head = Head {
                    file: file as u32,
                    number: place.number,
                    document,
                    start: place.start,
                    len: line.len() as u32,
                };
                document += about.glued.get(&place.number).copied().unwrap_or_default();
                let Some(parts) = parts.next() else { break };
                if each(&parts, head, &line)?.is_break() {
                    return Ok(());
                }
            }
            before += about.size;
        }
        Ok(())
    }
}

/// As much of a size as one number is of another.
fn share(size: u64, part: u64, whole: u64) -> u64 {
    u64::try_from(u128::from(size) * u128::from(part) / u128::from(whole.max(1))).unwrap_or(size)
}

fn gap(what: &str) -> Gap {
    Gap { kind: GapKind::InputDropped, what: what.to_owned(), loc: None, event: None }
}

#[cfg(test)]
mod tests;
