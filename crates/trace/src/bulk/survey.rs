//! The first reading: of which format the files are, what they are known by, and which lines belong together.

use super::chains::Chains;
use super::groups::{Key, Plan, Seen};
use super::source::{LONGEST, Lines, Source};
use super::{BulkError, ROOM, key_of, own_key};
use crate::evidence::{Evidence, EvidenceId};
use crate::format::{Document, Format, Steps};
use crate::json::{Doc, Fault, parse_lenient};
use crate::locator::{Base, Bases};
use crate::model::KeyKind;
use crate::node::Node;
use crate::read::{Chosen, bad_lines, bad_utf8, behind, choose, lost_lines, repeated_keys, rests};
use crate::unwrap::Codec;
use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

/// What the first reading of files found.
pub struct Survey {
    /// The files.
    pub files: Vec<About>,
    pub(super) plan: Plan,
}

/// One file.
#[derive(Clone)]
pub struct About {
    /// What people call it.
    pub name: String,
    /// The id of the whole file.
    pub id: EvidenceId,
    /// Its bytes, as it was given.
    pub size: u64,
    /// Its format.
    pub format: &'static dyn Format,
    /// What was recognized, but for what became of its records.
    pub detection: crate::read::Detection,
    /// What could not be used, for people.
    pub lost: Vec<String>,
    pub(super) codecs: Vec<Codec>,
    /// The numbers of lines that are not JSON, in order.
    pub(super) bad: Vec<u32>,
    /// How many documents stand behind the first one of a line, by the line's number.
    pub(super) glued: BTreeMap<u32, u32>,
    /// How many damaged values are in it.
    pub(super) damaged: usize,
}

/// Bytes of lines that are looked at together.
const BATCH: usize = 4 << 20;
/// Documents that decide on the format, and bytes of the longest among them.
const SAMPLE: usize = crate::read::SAMPLE;
const SAMPLE_BYTES: u64 = 32 << 20;

/// True for a line with nothing on it.
pub fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

impl Survey {
    /// Reads files a first time. `None` where one of them is no file of lines, or of a format in which no line tells to
    /// which session it belongs: such files can only be read as a whole. `progress` is told the bytes that were read.
    ///
    /// # Errors
    /// As [`crate::read()`], where the format is refused; when a file cannot be read.
    pub fn of(
        sources: &[&dyn Source],
        forced: Option<&'static dyn Format>,
        progress: impl FnMut(u64),
    ) -> Result<Option<Survey>, BulkError> {
        Survey::with_room(sources, forced, ROOM, progress)
    }

    /// The same, with so many bytes of lines in each part.
    ///
    /// # Errors
    /// As [`Survey::of`].
    pub fn with_room(
        sources: &[&dyn Source],
        forced: Option<&'static dyn Format>,
        room: u64,
        mut progress: impl FnMut(u64),
    ) -> Result<Option<Survey>, BulkError> {
        let (mut seen, mut chains) = (Seen::default(), Chains::default());
        let mut files: Vec<About> = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let before: u64 = files.iter().map(|f| f.size).sum();
            let told = |bytes| progress(before + bytes);
            let about = file(*source, number as u32, forced, (&mut seen, &mut chains), told)?;
            let Some(about) = about else { return Ok(None) };
            files.push(about);
        }
        chains.late().into_iter().for_each(|(one, other)| seen.same(one, other));
        Ok(Some(Survey { files, plan: seen.plan(room) }))
    }
}

/// Lines that were read and not yet looked at.
#[derive(Default)]
struct Batch {
    bytes: Vec<u8>,
    /// Number, first byte in the file, and where it is in the batch.
    lines: Vec<(u32, u64, Range<usize>)>,
}

impl Batch {
    /// Reads lines until there are enough. False at the end of the file.
    fn fill(&mut self, lines: &mut Lines<'_>, bytes: usize) -> Result<bool, BulkError> {
        self.bytes.clear();
        self.lines.clear();
        while self.bytes.len() < bytes {
            let from = self.bytes.len();
            let Some(place) = lines.next(&mut self.bytes)? else { return Ok(false) };
            if is_blank(&self.bytes[from..]) {
                self.bytes.truncate(from);
            } else {
                self.lines.push((place.number, place.start, from..self.bytes.len()));
            }
        }
        Ok(true)
    }
}

/// What one line says of where it belongs.
struct Told {
    keys: Vec<Key>,
    same: Vec<(Key, Key)>,
    /// What its documents go on from, where only their words tell.
    steps: Vec<Steps>,
    /// True if an object on it has a key more than once.
    repeats: bool,
    /// How many damaged values are on it.
    damaged: usize,
    /// How many documents stand behind its first one.
    behind: u32,
    /// True if something else stands behind them.
    rest: bool,
}

impl Told {
    /// Of one document that belongs nowhere else.
    fn alone(keys: Vec<Key>) -> Self {
        Told { keys, same: Vec::new(), steps: Vec::new(), repeats: false, damaged: 0, behind: 0, rest: false }
    }

    /// Takes in what a further document of the line says.
    fn add(&mut self, more: Told) {
        self.steps.extend(more.steps);
        let new: Vec<Key> = more.keys.into_iter().filter(|key| !self.keys.contains(key)).collect();
        self.keys.extend(new);
        self.same.extend(more.same);
        self.repeats |= more.repeats;
        self.damaged = self.damaged.saturating_add(more.damaged);
        self.behind += 1;
    }
}

fn file(
    source: &dyn Source,
    file: u32,
    forced: Option<&'static dyn Format>,
    (seen, chains): (&mut Seen, &mut Chains),
    mut progress: impl FnMut(u64),
) -> Result<Option<About>, BulkError> {
    let name = source.name();
    let Some(mut lines) = Lines::open(source, true)? else { return Ok(None) };
    let mut batch = Batch::default();
    lines.most = SAMPLE_BYTES;
    let mut more = batch.fill(&mut lines, BATCH)?;
    if lines.too_long {
        return Ok(None);
    }
    lines.most = LONGEST;
    let Some(Chosen { format, mut detection }) = sample(&batch, name, file, forced)? else { return Ok(None) };
    let (mut bad, mut repeats, mut documents) = (Vec::new(), Vec::new(), 0u32);
    let (mut odd, mut zeros, mut damaged) = (None, Vec::new(), 0usize);
    let (mut glued, mut cut) = (BTreeMap::new(), Vec::new());
    loop {
        let Some(told) = ask(&batch, format, name, file, documents) else { return Ok(None) };
        for (told, (number, start, at)) in told.into_iter().zip(&batch.lines) {
            let line = &batch.bytes[at.clone()];
            if odd.is_none() {
                odd = std::str::from_utf8(line).err().map(|e| *start as usize + e.valid_up_to());
            }
            let Some(mut told) = told else {
                let lost = if memchr::memchr(0, line).is_some() { &mut zeros } else { &mut bad };
                lost.push(*number);
                continue;
            };
            documents += 1 + told.behind;
            if told.behind > 0 {
                glued.insert(*number, told.behind);
            }
            if told.rest {
                cut.push(*number);
            }
            damaged = damaged.saturating_add(told.damaged);
            if told.repeats {
                repeats.push(*number);
            }
            let alone = told.behind == 0;
            for steps in &told.steps {
                let Some(own) = told.keys.first().copied() else { continue };
                let before = chains.add(format.name(), steps, own);
                match &mut told.keys[..] {
                    [only] if alone => *only = before,
                    _ if before != own => told.same.push((own, before)),
                    _ => {}
                }
            }
            seen.line(&told.keys, line.len());
            told.same.iter().for_each(|(one, other)| seen.same(*one, *other));
        }
        progress(lines.read());
        if lines.too_long {
            return Err(lines.broken());
        }
        if !more {
            break;
        }
        more = batch.fill(&mut lines, BATCH)?;
    }
    let (codecs, ended) = (lines.codecs.clone(), lines.lost.take());
    let (id, size) = lines.finish()?;
    let mut lost: Vec<String> = ended.map(|ended| format!("{name}: {ended}")).into_iter().collect();
    lost.extend(odd.map(|at| bad_utf8(name, at)));
    if !bad.is_empty() {
        lost.push(bad_lines(name, &bad, bad.len()));
    }
    lost.extend(lost_lines(name, &zeros));
    lost.extend(rests(name, &cut));
    lost.extend(repeated_keys(name, &repeats));
    // None of these is read.
    bad.extend(zeros);
    bad.sort_unstable();
    detection.documents = documents as usize;
    detection.lossy.clone_from(&lost);
    Ok(Some(About { name: name.to_owned(), id, size, format, detection, lost, codecs, bad, glued, damaged }))
}

/// The value of a line. A byte of zero is of no JSON, and of a part of the file that was lost.
fn value_of(line: &[u8]) -> Option<(Doc<'_>, Option<Fault>)> {
    parse_lenient(line).filter(|_| memchr::memchr(0, line).is_none())
}

/// The format by the first lines; `None` where they show that lines are not what the file is made of.
fn sample(
    batch: &Batch,
    name: &str,
    file: u32,
    forced: Option<&'static dyn Format>,
) -> Result<Option<Chosen>, BulkError> {
    let line = |at: &Range<usize>| value_of(&batch.bytes[at.clone()]);
    // One value that goes on over lines is no JSON Lines.
    let Some((_, _, first)) = batch.lines.first() else { return Ok(None) };
    if line(first).is_none_or(|(_, fault)| fault.is_some()) {
        return Ok(None);
    }
    let docs: Vec<_> = batch
        .lines
        .iter()
        .filter_map(|(_, _, at)| line(at).filter(|(_, fault)| fault.is_none()))
        .take(SAMPLE)
        .collect();
    if docs.len() < 2 {
        return Ok(None);
    }
    let roots: Vec<Node<'_>> = docs.iter().map(|(doc, _)| Node::new(doc.root(), 0)).collect();
    let item = Evidence::new(name, Vec::new());
    Ok(choose(&roots, file as usize, &item, forced)?)
}

/// Asks every line of a batch where it belongs; inside, `None` for one that is no JSON. `None` where the format cannot
/// tell. So many documents stand before the batch.
fn ask(batch: &Batch, format: &'static dyn Format, name: &str, file: u32, documents: u32) -> Option<Vec<Option<Told>>> {
    let mut numbers: Vec<u32> = (documents + 1..).take(batch.lines.len()).collect();
    let told = ask_all(batch, &numbers, format, name, file)?;
    if told.iter().all(|told| told.as_ref().is_some_and(|told| told.behind == 0)) {
        return Some(told);
    }
    // Lines without a document have no number, and lines of several have several.
    let mut next = documents + 1;
    for (number, told) in numbers.iter_mut().zip(&told) {
        *number = next;
        next += told.as_ref().map_or(0, |told| 1 + told.behind);
    }
    ask_all(batch, &numbers, format, name, file)
}

fn ask_all(
    batch: &Batch,
    numbers: &[u32],
    format: &'static dyn Format,
    name: &str,
    file: u32,
) -> Option<Vec<Option<Told>>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(super::MOST_CORES);
    let share = batch.lines.len().div_ceil(cores).max(1);
    let told: Vec<Option<Vec<Option<Told>>>> = std::thread::scope(|scope| {
        let shares = batch.lines.chunks(share).zip(numbers.chunks(share));
        let threads: Vec<_> = shares
            .map(|(lines, numbers)| {
                let lines = lines.iter().zip(numbers);
                scope.spawn(move || lines.map(|(line, n)| ask_one(batch, line, *n, format, name, file)).collect())
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    Some(told.into_iter().collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
}

fn ask_one(
    batch: &Batch,
    (number, start, at): &(u32, u64, Range<usize>),
    document: u32,
    format: &'static dyn Format,
    name: &str,
    file: u32,
) -> Option<Option<Told>> {
    let bytes = &batch.bytes[at.clone()];
    let Some((doc, None)) = value_of(bytes) else { return Some(None) };
    let behind = behind(bytes, &doc);
    let mut bases = Bases::default();
    let parent = bases.push(Base::File { evidence: 0 });
    let line = bases.push(Base::Line { parent, number: *number, start: *start, len: bytes.len() as u32 });
    let about = Line { format, name, own: own_key(file, *number) };
    let mut told = about.document(&doc, document, bases.clone(), line)?;
    for (n, (from, len)) in (1..).zip(behind.places) {
        let Some((doc, None)) = bytes.get(from..from + len).and_then(parse_lenient) else { continue };
        let mut bases = bases.clone();
        let span = bases.push(Base::Span { parent: line, start: from as u32, len: len as u32 });
        told.add(about.document(&doc, document + n, bases, span)?);
    }
    told.rest = !behind.whole;
    Some(Some(told))
}

/// A line whose documents are asked.
struct Line<'l> {
    format: &'static dyn Format,
    name: &'l str,
    /// What stands for itself is told apart by its line.
    own: Key,
}

impl Line<'_> {
    /// Asks one document where it belongs; `None` where the format cannot tell.
    fn document(&self, doc: &Doc<'_>, number: u32, bases: Bases, base: u32) -> Option<Told> {
        let root = Node::new(doc.root(), base);
        let repeats = doc.repeated().is_some();
        if self.format.score(root) == 0 {
            return Some(Told { repeats, ..Told::alone(vec![self.own]) });
        }
        let bearing = self.format.bears_on(&Document { root, file: self.name, number }, bases)?;
        let key = |(kind, key): &(KeyKind, String)| match kind {
            KeyKind::Position => self.own,
            _ => key_of(self.format.name(), *kind, key),
        };
        // In the order of their appearance, which is the order of the sessions.
        let mut known = HashSet::new();
        let mut keys: Vec<Key> = bearing.keys.iter().map(key).filter(|key| known.insert(*key)).collect();
        if keys.is_empty() {
            keys.push(self.own);
        }
        let mut same: Vec<_> = bearing.same.iter().map(|(one, other)| (key(one), key(other))).collect();
        same.sort_unstable();
        same.dedup();
        Some(Told {
            same,
            steps: bearing.steps.into_iter().collect(),
            repeats,
            damaged: bearing.damaged,
            ..Told::alone(keys)
        })
    }
}
