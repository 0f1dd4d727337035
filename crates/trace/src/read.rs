//! From files to sessions: unwrap, split, recognise, read, join.

mod clash;
mod damage;
mod document;
mod error;
mod foreign;
mod glued;
mod judge;
mod meter;
mod names;
mod pages;
mod part;
mod quoted;
mod recognized;
mod stream;
mod texts;

use crate::account::{self, Account, Tally};
use crate::assemble::assemble;
use crate::evidence::Evidence;
use crate::format::{Document, Format};
use crate::item::{Output, Session};
use crate::limits::Limits;
use crate::locator::Bases;
use crate::model::{Gap, GapKind, Trace};
pub(crate) use damage::{bad_lines, bad_utf8, lost_lines, repeated_keys, rests};
pub(crate) use document::not_text;
use document::{Split, split};
pub use error::ReadError;
pub(crate) use foreign::of_office;
pub(crate) use glued::behind;
use meter::Meter;
pub(crate) use names::Names;
pub(crate) use part::{Judged, Verdict, read_part};
pub(crate) use recognized::{Chosen, SAMPLE, choose};
use recognized::{Recognized, recognized};
use std::sync::Arc;
pub use stream::{Scanned, scan};

/// What was recognised in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detection {
    /// Index of the evidence.
    pub evidence: usize,
    /// The format's name.
    pub format: &'static str,
    /// Its dialect, where the format has several and they matter: who wrote the model calls into OTLP, and how.
    pub dialect: Option<&'static str>,
    /// How surely: 0 to 100.
    pub score: u32,
    /// The next best format and its score.
    pub runner_up: Option<(&'static str, u32)>,
    /// How many documents (files, lines or list items) were read.
    pub documents: usize,
    /// What became of its records.
    pub tally: Tally,
    /// What could not be used, for people.
    pub lossy: Vec<String>,
}

impl Detection {
    /// The format as people should see it, such as `otlp (openinference)`.
    pub fn label(&self) -> String {
        match self.dialect {
            Some(dialect) => format!("{} ({dialect})", self.format),
            None => self.format.to_owned(),
        }
    }

    /// How far the winner is ahead of the runner-up.
    pub fn margin(&self) -> u32 {
        self.score - self.runner_up.map_or(0, |(_, s)| s).min(self.score)
    }
}

/// All that the files say.
#[derive(Debug)]
pub struct Reading {
    /// The sessions, in the order of the files.
    pub sessions: Vec<Trace>,
    /// What each file was.
    pub detections: Vec<Detection>,
}

/// Reads files that belong together.
///
/// # Errors
/// The first file that could not be used at all. A file that is partly readable is no error: what was lost is
/// said in its [`Detection`], and in the gaps of its sessions.
pub fn read(evidence: &[Evidence]) -> Result<Reading, ReadError> {
    read_with(evidence, None, &Limits::default())
}

/// Reads files within limits of the caller's.
///
/// # Errors
/// As [`read`]; also [`ReadError::TooMuch`], and [`ReadError::Stopped`] when the caller ends it.
pub fn read_within(evidence: &[Evidence], limits: &Limits) -> Result<Reading, ReadError> {
    read_with(evidence, None, limits)
}

/// Reads files as one format ([`crate::format::named`]), whatever they look like.
///
/// # Errors
/// As [`read`]; also a file that has nothing of this format in it.
pub fn read_as(evidence: &[Evidence], format: &'static dyn Format) -> Result<Reading, ReadError> {
    read_with(evidence, Some(format), &Limits::default())
}

/// Reads files as one format, within limits of the caller's.
///
/// # Errors
/// As [`read_as`] and [`read_within`].
pub fn read_as_within(
    evidence: &[Evidence],
    format: &'static dyn Format,
    limits: &Limits,
) -> Result<Reading, ReadError> {
    read_with(evidence, Some(format), limits)
}

/// Says which format a file is of, without reading its sessions.
///
/// # Errors
/// As [`read`], where the file shows before its sessions are read that it cannot be.
pub fn recognize(item: &Evidence, format: Option<&'static dyn Format>) -> Result<&'static str, ReadError> {
    let mut bases = Bases::default();
    let limits = Limits::default();
    let split = split(item, 0, &mut bases, &mut Meter::new(&limits))?;
    recognized(&split, 0, item, format).map(|found| found.format.name())
}

/// The documents of one format, from all files.
struct Pool<'d> {
    format: &'static dyn Format,
    docs: Vec<Document<'d>>,
    /// Documents of these files that are of no session.
    loose: Account,
    files: Vec<usize>,
}

fn read_with(
    evidence: &[Evidence],
    forced: Option<&'static dyn Format>,
    limits: &Limits,
) -> Result<Reading, ReadError> {
    let mut meter = Meter::new(limits);
    let mut bases = Bases::default();
    let mut splits = Vec::new();
    for (index, item) in evidence.iter().enumerate() {
        splits.push(split(item, index as u32, &mut bases, &mut meter)?);
    }
    let mut detections = Vec::new();
    let mut pools: Vec<Pool<'_>> = Vec::new();
    for (index, (split, item)) in splits.iter().zip(evidence).enumerate() {
        let found = recognized(split, index, item, forced);
        // Who sees half of a file cannot tell what it is.
        meter.go_on()?;
        let Recognized { detection, format, docs, others } = found?;
        detections.push(detection);
        let at = pools.iter().position(|p| p.format.name() == format.name()).unwrap_or_else(|| {
            pools.push(Pool { format, docs: Vec::new(), loose: Account::default(), files: Vec::new() });
            pools.len() - 1
        });
        let pool = &mut pools[at];
        pool.docs.extend(docs);
        pool.files.push(index);
        others.into_iter().for_each(|other| pool.loose.unknown(other, &account::kind_of(other), &bases, 0));
    }
    let mut out = Output { bases, stop: limits.stop.clone(), ..Output::default() };
    let mut raw: Vec<(&'static str, Session)> = Vec::new();
    let mut damaged: Vec<String> = Vec::new();
    let mut totals: Vec<(&'static str, String, Tally)> = Vec::new();
    let mut clashes = Vec::new();
    let mut accounts = Vec::new();
    for Pool { format, docs, loose, files } in pools {
        meter.go_on()?;
        format.read(&docs, &mut out);
        meter.go_on()?;
        clashes.extend(clash::find(format, &docs, &out.bases));
        let mut sessions = std::mem::take(&mut out.sessions);
        let roots = |file: &usize| splits.get(*file).map(Split::roots).unwrap_or_default();
        pages::name(&mut sessions, pages::gap(files.iter().map(roots)).as_ref());
        let account = std::mem::take(&mut out.account);
        let mut lossy = std::mem::take(&mut out.lossy);
        lossy.extend(out.dropped.iter().skip(damaged.len()).cloned());
        damaged.clone_from(&out.dropped);
        if let Some(first) = files.first().and_then(|f| detections.get_mut(*f)) {
            first.lossy.extend(lossy);
        }
        let mut all = Tally::default();
        let mut outside = Vec::new();
        for &file in &files {
            let (Some(item), Some(detection)) = (evidence.get(file), detections.get_mut(file)) else { continue };
            let apart = loose.of(file as u32);
            let mut tally = account.of(file as u32);
            tally.add(&apart);
            judge::refuse(&tally, format.name(), item, &out.bases)?;
            detection.lossy.extend(judge::note(&tally, format.name(), item, &out.bases));
            all.add(&tally);
            detection.tally = tally;
            outside.push((file as u32, apart));
        }
        judge::name_gaps(&mut sessions, &account, &outside, &all, evidence, &out.bases);
        raw.extend(sessions.into_iter().map(|s| (format.name(), s)));
        let names: Vec<_> = files.iter().filter_map(|f| Some(evidence.get(*f)?.name.as_str())).collect();
        totals.push((format.name(), names.join(", "), all));
        accounts.push((format.name(), docs, account));
    }
    let dropped: Vec<Gap> = splits
        .iter()
        .flat_map(|s| &s.dropped)
        .chain(&damaged)
        .map(|what| Gap { kind: GapKind::InputDropped, what: what.clone(), loc: None, event: None })
        .collect();
    let bases = Arc::new(out.bases);
    let mut names = Names::default();
    let mut sessions: Vec<Trace> = names::joined(raw)
        .into_iter()
        .map(|(format, mut session)| {
            meter.go_on()?;
            session.key = names.name(format, session.key);
            session.gaps.extend(dropped.iter().cloned());
            let trace = assemble(session, format, Arc::clone(&bases), &limits.stop);
            meter.go_on().map(|()| trace)
        })
        .collect::<Result<_, ReadError>>()?;
    clash::name_gaps(&mut sessions, &clashes);
    for (format, docs, account) in &accounts {
        texts::name_gaps(&mut sessions, format, docs, account, evidence, &limits.stop);
        meter.go_on()?;
    }
    for (format, names, tally) in totals {
        judge::refuse_silence(&sessions, &tally, format, names, &dropped)?;
    }
    Ok(Reading { sessions, detections })
}
