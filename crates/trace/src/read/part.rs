//! Reading a part of files that are too large to be read at once, and judging when all parts are read.

use super::document::split;
use super::meter::Meter;
use super::{Pool, ReadError, clash, judge, names, texts};
use crate::account::{self, Account, Tally};
use crate::assemble::assemble;
use crate::evidence::Evidence;
use crate::format::{Document, Format};
use crate::item::Output;
use crate::limits::Limits;
use crate::locator::{Bases, line_of};
use crate::model::{Gap, Trace};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What became of the records of one part.
pub struct Verdict {
    /// For each file, its records, and where the first is that was not understood.
    files: Vec<(Tally, Option<String>)>,
    lossy: Vec<String>,
    /// The formats of sessions in which something happened.
    tell: Vec<&'static str>,
}

/// Reads excerpts, each as its format. Nothing is refused, since a part says little of the whole; sessions are named by their keys
/// alone, since names may be taken in other parts. `damage` is what was damaged in the whole files.
pub fn read_part(excerpts: &[Evidence], formats: &[&'static dyn Format], damage: &[Gap]) -> (Vec<Trace>, Verdict) {
    let mut bases = Bases::default();
    let mut splits = Vec::new();
    let limits = Limits::default();
    let mut meter = Meter::new(&limits);
    for (index, item) in excerpts.iter().enumerate() {
        // An excerpt has nothing that could fail: its lines were parsed before.
        splits.extend(split(item, index as u32, &mut bases, &mut meter));
    }
    let mut pools: Vec<Pool<'_>> = Vec::new();
    for (index, ((split, item), format)) in splits.iter().zip(excerpts).zip(formats).enumerate() {
        let at = pools.iter().position(|p| p.format.name() == format.name()).unwrap_or_else(|| {
            pools.push(Pool { format: *format, docs: Vec::new(), loose: Account::default(), files: Vec::new() });
            pools.len() - 1
        });
        let pool = &mut pools[at];
        pool.files.push(index);
        // The last line, and how many records of it were met.
        let mut last = (0, 0);
        for (doc, base) in &split.docs {
            let line = line_of(&bases, *base).map_or(0, |(_, line)| line);
            last = (line, if line == last.0 { last.1 + 1 } else { 0 });
            let number = item.excerpt.as_ref().and_then(|e| e.document(line)).unwrap_or_default() + last.1;
            let root = crate::node::Node::new(doc.root(), *base);
            match format.score(root) {
                0 => pool.loose.unknown(root, &account::kind_of(root), &bases, 0),
                _ => pool.docs.push(Document { root, file: &item.name, number }),
            }
        }
    }
    let mut out = Output { bases, is_part: true, ..Output::default() };
    let mut verdict =
        Verdict { files: vec![(Tally::default(), None); excerpts.len()], lossy: Vec::new(), tell: Vec::new() };
    let mut raw = Vec::new();
    let mut clashes = Vec::new();
    let mut accounts = Vec::new();
    for Pool { format, docs, loose, files } in pools {
        format.read(&docs, &mut out);
        clashes.extend(clash::find(format, &docs, &out.bases));
        let mut sessions = std::mem::take(&mut out.sessions);
        let account = std::mem::take(&mut out.account);
        let mut all = Tally::default();
        let mut outside = Vec::new();
        for &file in &files {
            let (Some(item), Some(told)) = (excerpts.get(file), verdict.files.get_mut(file)) else { continue };
            let apart = loose.of(file as u32);
            let mut tally = account.of(file as u32);
            tally.add(&apart);
            all.add(&tally);
            let place = (tally.unknown() > 0).then(|| judge::first(&tally, item, &out.bases));
            *told = (tally, place);
            outside.push((file as u32, apart));
        }
        judge::name_gaps(&mut sessions, &account, &outside, &all, excerpts, &out.bases);
        raw.extend(sessions.into_iter().map(|s| (format.name(), s)));
        accounts.push((format.name(), docs, account));
    }
    verdict.lossy = std::mem::take(&mut out.lossy);
    let bases = Arc::new(out.bases);
    let mut sessions: Vec<Trace> = names::joined(raw)
        .into_iter()
        .map(|(format, mut session)| {
            session.gaps.extend(damage.iter().cloned());
            assemble(session, format, Arc::clone(&bases), &limits.stop)
        })
        .collect();
    clash::name_gaps(&mut sessions, &clashes);
    for (format, docs, account) in &accounts {
        texts::name_gaps(&mut sessions, format, docs, account, excerpts, &limits.stop);
    }
    for session in &sessions {
        if !verdict.tell.contains(&session.format) && judge::tells(session, damage) {
            verdict.tell.push(session.format);
        }
    }
    (sessions, verdict)
}

/// Messages that are kept. Most are the same in every part, but for their number.
const KEPT: usize = 50;

/// The verdicts of all parts together.
pub struct Judged {
    files: Vec<(Tally, Option<String>)>,
    /// Messages by their words, each with the number that it begins with.
    lossy: BTreeMap<String, Option<u64>>,
    tell: Vec<&'static str>,
}

impl Judged {
    /// Of so many files.
    pub fn new(files: usize) -> Self {
        Judged { files: vec![(Tally::default(), None); files], lossy: BTreeMap::new(), tell: Vec::new() }
    }

    /// Adds a part.
    pub fn add(&mut self, part: Verdict) {
        for ((tally, place), (more, at)) in self.files.iter_mut().zip(part.files) {
            // The first that looks spoken is told before the first of all.
            if tally.unknown() == 0 || tally.spoken() == 0 && more.spoken() > 0 {
                *place = at.or(place.take());
            }
            tally.add(&more);
        }
        for message in part.lossy {
            let digits = message.bytes().take_while(u8::is_ascii_digit).count();
            let (number, words) = message.split_at(digits);
            let number = number.parse::<u64>().ok();
            if let Some(known) = self.lossy.get_mut(words) {
                *known = known.map(|n| n.saturating_add(number.unwrap_or_default()));
            } else if self.lossy.len() < KEPT {
                self.lossy.insert(words.to_owned(), number);
            }
        }
        for format in part.tell {
            if !self.tell.contains(&format) {
                self.tell.push(format);
            }
        }
    }

    /// Decides when all parts are read. Gives the records of each file, and what could not be used.
    pub fn finish(self, about: &[(&str, &'static str)]) -> Result<(Vec<Tally>, Vec<String>), ReadError> {
        let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
        let mut lossy: Vec<String> = self.lossy.iter().map(|(words, n)| format!("{}{words}", number(*n))).collect();
        let mut totals: Vec<(&'static str, Vec<&str>, Tally)> = Vec::new();
        for ((tally, place), (name, format)) in self.files.iter().zip(about) {
            let place = || place.clone().unwrap_or_else(|| "an unknown place".to_owned());
            judge::refuse_at(tally, format, name, place)?;
            lossy.extend(judge::note_at(tally, format, name, place));
            match totals.iter_mut().find(|(f, _, _)| f == format) {
                Some((_, names, all)) => {
                    names.push(name);
                    all.add(tally);
                }
                None => totals.push((format, vec![name], tally.clone())),
            }
        }
        for (format, names, tally) in totals {
            if tally.records() > 0 && !self.tell.contains(&format) {
                return Err(judge::silent(&tally, format, names.join(", ")));
            }
        }
        Ok((self.files.into_iter().map(|(tally, _)| tally).collect(), lossy))
    }
}
