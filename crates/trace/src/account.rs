//! What became of every record of a file: mapped, bookkeeping, or not understood.
//!
//! A record is the unit of its format: a line, an item of a list of messages, a span, an observation. A reader reports
//! each one as it goes, through [`crate::item::Output`]; `read::judge` decides afterwards whether enough was understood.

mod spoken;

use crate::locator::{Bases, Loc, evidence_of};
use crate::node::Node;
use std::collections::BTreeMap;

pub(crate) use spoken::{looks_spoken, may_hold_calls, may_hold_words, text_looks_spoken};

/// The records of one file, or of one session in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records that became part of a session.
    pub mapped: usize,
    /// Records that the reader knows and leaves out, by their kind: state, cost, snapshots, labels.
    pub bookkeeping: BTreeMap<String, usize>,
    /// Records that the reader does not know, by their kind.
    pub unknown: BTreeMap<String, Unknown>,
}

/// Records of one kind that the reader does not know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// How many.
    pub count: usize,
    /// How many of them look like messages, tool calls or tool results.
    pub spoken: usize,
    /// How many are of a kind that the reader does know, and damaged.
    pub damaged: usize,
    /// How many are no records at all: numbers, words, or nothing, where an object should be.
    pub noise: usize,
    /// The first of them; one that looks spoken where there is one.
    pub first: Loc,
}

impl Unknown {
    fn at(first: Loc) -> Self {
        Unknown { count: 0, spoken: 0, damaged: 0, noise: 0, first }
    }
}

/// Kinds that are told apart. A hostile file may have a million.
const KINDS: usize = 50;

impl Tally {
    /// Records of any kind.
    pub fn records(&self) -> usize {
        self.mapped + self.left_out() + self.unknown()
    }

    /// Records of kinds that the reader leaves out on purpose.
    pub fn left_out(&self) -> usize {
        self.bookkeeping.values().sum()
    }

    /// Records of unknown kind.
    pub fn unknown(&self) -> usize {
        self.unknown.values().map(|u| u.count).sum()
    }

    /// Records of unknown kind that look like messages, tool calls or tool results.
    pub fn spoken(&self) -> usize {
        self.unknown.values().map(|u| u.spoken).sum()
    }

    /// Records of a known kind that are damaged.
    pub fn damaged(&self) -> usize {
        self.unknown.values().map(|u| u.damaged).sum()
    }

    /// Values that are no records at all.
    pub fn noise(&self) -> usize {
        self.unknown.values().map(|u| u.noise).sum()
    }

    fn left(&mut self, kind: &str) {
        match self.bookkeeping.get_mut(kind) {
            Some(count) => *count += 1,
            None => *self.bookkeeping.entry(name(kind, self.bookkeeping.len())).or_default() += 1,
        }
    }

    fn strange(&mut self, kind: &str, spoken: bool, loc: Loc) -> &mut Unknown {
        let kind = if self.unknown.contains_key(kind) { kind.to_owned() } else { name(kind, self.unknown.len()) };
        let known = self.unknown.entry(kind).or_insert(Unknown::at(loc));
        if spoken && known.spoken == 0 {
            known.first = loc;
        }
        known.count += 1;
        known.spoken += usize::from(spoken);
        known
    }

    /// Adds another tally's records to these.
    pub(crate) fn add(&mut self, other: &Tally) {
        self.mapped += other.mapped;
        for (kind, count) in &other.bookkeeping {
            *self.bookkeeping.entry(name(kind, self.bookkeeping.len())).or_default() += count;
        }
        for (kind, more) in &other.unknown {
            let kind = if self.unknown.contains_key(kind) { kind.clone() } else { name(kind, self.unknown.len()) };
            let known = self.unknown.entry(kind).or_insert(Unknown::at(more.first));
            if more.spoken > 0 && known.spoken == 0 {
                known.first = more.first;
            }
            known.count += more.count;
            known.spoken += more.spoken;
            known.damaged += more.damaged;
            known.noise += more.noise;
        }
    }
}

/// A kind as people may see it: short, without control characters, and one of a bounded number.
fn name(kind: &str, known: usize) -> String {
    if known >= KINDS {
        return "other kinds".to_owned();
    }
    kind.chars().filter(|c| !c.is_control()).take(60).collect()
}

/// The records of one pool of files, in tallies for each file and each stretch of sessions.
#[derive(Debug, Default)]
pub struct Account {
    /// Each with its evidence, and with how many sessions were there when its records were reported.
    tallies: Vec<(u32, usize, Tally)>,
    place: BTreeMap<(u32, usize), usize>,
    /// What was looked up last: base, sessions, and the tally's place.
    last: Option<(u32, usize, usize)>,
    /// Where the records stand; false for those that became part of a session.
    places: Vec<(u32, u32, bool)>,
}

impl Account {
    /// The tallies, by evidence and by how many sessions there were before.
    pub(crate) fn tallies(&self) -> impl Iterator<Item = (u32, usize, &Tally)> {
        self.tallies.iter().map(|(evidence, before, tally)| (*evidence, *before, tally))
    }

    /// All records of one file.
    pub(crate) fn of(&self, evidence: u32) -> Tally {
        let mut all = Tally::default();
        self.tallies.iter().filter(|(e, _, _)| *e == evidence).for_each(|(_, _, tally)| all.add(tally));
        all
    }

    /// Where the records stand, by document and byte; false for those that became part of a session.
    pub(crate) fn places(&self) -> impl Iterator<Item = (u32, u32, bool)> {
        self.places.iter().copied()
    }

    fn tally(&mut self, loc: Loc, bases: &Bases, sessions: usize) -> &mut Tally {
        let at = match self.last {
            Some((base, before, at)) if base == loc.base && before == sessions => at,
            _ => {
                let evidence = evidence_of(bases, loc.base).unwrap_or_default();
                *self.place.entry((evidence, sessions)).or_insert_with(|| {
                    self.tallies.push((evidence, sessions, Tally::default()));
                    self.tallies.len() - 1
                })
            }
        };
        self.last = Some((loc.base, sessions, at));
        &mut self.tallies[at].2
    }

    pub(crate) fn mapped(&mut self, loc: Loc, bases: &Bases, sessions: usize) {
        self.places.push((loc.base, loc.at, false));
        self.tally(loc, bases, sessions).mapped += 1;
    }

    pub(crate) fn bookkeeping(&mut self, loc: Loc, kind: &str, bases: &Bases, sessions: usize) {
        self.places.push((loc.base, loc.at, true));
        self.tally(loc, bases, sessions).left(kind);
    }

    pub(crate) fn repeated(&mut self, loc: Loc) {
        self.places.push((loc.base, loc.at, true));
    }

    pub(crate) fn unknown(&mut self, record: Node<'_>, kind: &str, bases: &Bases, sessions: usize) {
        let loc = record.loc();
        let spoken = looks_spoken(record);
        self.places.push((loc.base, loc.at, true));
        let known = self.tally(loc, bases, sessions).strange(kind, spoken, loc);
        known.noise += usize::from(!spoken && !record.is_object());
    }

    pub(crate) fn lost(&mut self, loc: Loc, kind: &str, bases: &Bases, sessions: usize) {
        self.places.push((loc.base, loc.at, true));
        self.tally(loc, bases, sessions).strange(kind, true, loc).damaged += 1;
    }
}

/// The kind of a record in its own words: its type or role, else its keys.
pub(crate) fn kind_of(record: Node<'_>) -> String {
    const NAMES: [&str; 7] = ["type", "kind", "event", "role", "record_type", "event_type", "object"];
    if let Some(named) = NAMES.iter().filter_map(|key| record.str_at(key)).find(|kind| !kind.is_empty()) {
        return named.chars().take(60).collect();
    }
    let keys: Vec<_> = record.entries().map(|(key, _)| key.chars().take(20).collect::<String>()).take(3).collect();
    match keys.is_empty() {
        true => "a value that is not an object".to_owned(),
        false => format!("with the keys {}", keys.join(", ")),
    }
}
