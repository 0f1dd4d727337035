//! Which listed line each line of a document is: as it was written, or in a person's words.

use super::super::listed::{By, Entry};
use super::super::marks::{is_id, line_hash, marker};
use super::align::{CELLS, align, best};
use super::shape::{Shape, Words, child, score, shape};
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

/// How far ahead a line is looked for in a stretch too long to be searched whole.
const AHEAD: usize = 64;

/// A line found in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// The entry.
    pub entry: usize,
    /// True where its words are as they were written.
    pub as_written: bool,
}

/// What was found.
pub struct Attached {
    /// For each line.
    pub found: Vec<Option<Found>>,
    /// How many lines stand elsewhere than they were written.
    pub moved: usize,
}

/// Finds the lines that are not blank in the list. Lines as they were written are found by their digests; others by
/// standing between the same neighbors, by their kind and by their words; those below a finding, lead or action, such
/// as a verdict, by what stands above.
pub fn attach(entries: &[Entry], lines: &[&str]) -> Attached {
    let hashes: Vec<String> = lines.iter().map(|l| line_hash(l)).collect();
    let mut search = Search {
        entries,
        lines,
        shapes: lines.iter().map(|l| shape(l)).collect(),
        marked: lines.iter().map(|l| marker(l).is_some()).collect(),
        found: vec![None; lines.len()],
        taken: vec![false; entries.len()],
        hashes,
        moved: 0,
    };
    let gaps = search.as_written();
    search.put_back();
    search.elsewhere();
    gaps.iter().for_each(|(listed, here)| search.reworded(listed, here));
    let owned = search.below_heads();
    gaps.iter().for_each(|(listed, here)| search.orphans(listed, here, &owned));
    Attached { found: search.found, moved: search.moved }
}

/// Entries and lines between two that were found.
type Gap = (Vec<usize>, Range<usize>);

struct Search<'s> {
    entries: &'s [Entry],
    lines: &'s [&'s str],
    hashes: Vec<String>,
    shapes: Vec<Shape>,
    /// True where the line says itself what it is.
    marked: Vec<bool>,
    found: Vec<Option<Found>>,
    taken: Vec<bool>,
    moved: usize,
}

impl Search<'_> {
    fn take(&mut self, line: usize, entry: usize, as_written: bool) {
        self.found[line] = Some(Found { entry, as_written });
        self.taken[entry] = true;
    }

    /// True for a line that is nothing yet, and not of those that belong to what stands above.
    fn is_free(&self, line: usize) -> bool {
        self.found[line].is_none() && !self.marked[line] && !matches!(self.shapes[line], Shape::Child(_))
    }

    /// Finds what stands as it was written, in order. What is left lies in gaps.
    fn as_written(&mut self) -> Vec<Gap> {
        let shown: Vec<usize> = (0..self.entries.len()).filter(|e| self.entries[*e].by != By::KeptOut).collect();
        let old: Vec<&str> = shown.iter().map(|e| self.entries[*e].hash.as_str()).collect();
        let new: Vec<&str> = self.hashes.iter().map(String::as_str).collect();
        let pairs = align(&old, &new);
        let (mut gaps, mut from) = (Vec::new(), (0, 0));
        for (o, n) in pairs.iter().copied().chain([(old.len(), new.len())]) {
            if o > from.0 && n > from.1 {
                gaps.push((shown[from.0..o].to_vec(), from.1..n));
            }
            from = (o + 1, n + 1);
        }
        for (o, n) in pairs {
            self.take(n, shown[o], true);
        }
        gaps
    }

    /// Lines that were taken out before and stand there again.
    fn put_back(&mut self) {
        let mut out: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for (e, entry) in self.entries.iter().enumerate().filter(|(_, e)| e.by == By::KeptOut) {
            out.entry(&entry.hash).or_default().push_back(e);
        }
        for line in 0..self.lines.len() {
            if self.is_free(line)
                && let Some(entry) = out.get_mut(self.hashes[line].as_str()).and_then(VecDeque::pop_front)
            {
                self.take(line, entry, true);
            }
        }
    }

    /// Lines that were moved. What belongs to nothing and is no heading stays where the person put it.
    fn elsewhere(&mut self) {
        let mut once: HashMap<&str, Option<usize>> = HashMap::new();
        for (e, entry) in self.entries.iter().enumerate() {
            once.entry(&entry.hash).and_modify(|e| *e = None).or_insert(Some(e));
        }
        for line in 0..self.lines.len() {
            if self.is_free(line)
                && let Some(Some(entry)) = once.get(self.hashes[line].as_str()).copied()
                && !self.taken[entry]
                && (self.entries[entry].mark.is_some() || self.shapes[line] == Shape::Heading)
            {
                self.take(line, entry, true);
                self.moved += 1;
            }
        }
    }

    /// Lines of a gap that are lines gone from it, in other words.
    fn reworded(&mut self, listed: &[usize], here: &Range<usize>) {
        let is_child = |e: usize| self.entries[e].mark.as_deref().and_then(child).is_some();
        let gone: Vec<usize> = listed.iter().copied().filter(|e| !self.taken[*e] && !is_child(*e)).collect();
        let free: Vec<usize> = here.clone().filter(|l| self.is_free(*l)).collect();
        let words: Vec<Words> = free.iter().map(|l| Words::of(self.lines[*l])).collect();
        let score = |i: usize, j: usize| score(&self.entries[gone[i]], &words[j]);
        let pairs = match gone.len().saturating_mul(free.len()) <= CELLS {
            true => best(gone.len(), free.len(), score),
            false => ahead(gone.len(), free.len(), score),
        };
        for (i, j) in pairs {
            match self.entries[gone[i]].mark {
                Some(_) => self.take(free[j], gone[i], false),
                // Such a line is the person's, and no other one in their words.
                None => self.taken[gone[i]] = true,
            }
        }
    }

    /// Verdicts, owners, due dates and proofs belong to what stands above them. True for the lines below an action that
    /// a person added, whose own they are.
    fn below_heads(&mut self) -> Vec<bool> {
        let entries = self.entries;
        let mut children: HashMap<(&str, &str), usize> = HashMap::new();
        let mut heads: HashSet<&str> = HashSet::new();
        for (e, entry) in entries.iter().enumerate() {
            if let Some((kind, id)) = entry.mark.as_deref().and_then(child) {
                children.entry((kind, id)).or_insert(e);
                heads.insert(id);
            }
        }
        let (mut head, mut own) = (None, false);
        let mut owned = Vec::with_capacity(self.lines.len());
        for line in 0..self.lines.len() {
            let listed = self.found[line].and_then(|f| entries[f.entry].mark.as_deref());
            let id = listed.or_else(|| marker(self.lines[line])).and_then(|m| m.split(' ').next()).filter(|m| is_id(m));
            if let Some(id) = id.and_then(|id| heads.get(id)) {
                (head, own) = (Some(*id), false);
            } else if self.shapes[line] == Shape::Heading || (self.shapes[line] == Shape::Box && id.is_none()) {
                (head, own) = (None, self.shapes[line] == Shape::Box);
            }
            owned.push(own || head.is_some());
            let (Shape::Child(kind), Some(head), false) = (self.shapes[line], head, self.marked[line]) else {
                continue;
            };
            let Some(&entry) = children.get(&(kind, head)) else { continue };
            let same = entries[entry].hash == self.hashes[line];
            match self.found[line] {
                // The same words below another one were meant.
                Some(other) if other.entry != entry && same && !self.taken[entry] => {
                    self.taken[other.entry] = false;
                    self.take(line, entry, true);
                }
                None if !self.taken[entry] => self.take(line, entry, same),
                // A verdict written below the one that stands there.
                None if kind == "verdict" && !same => self.take(line, entry, false),
                _ => {}
            }
        }
        owned
    }

    /// What belonged to something that is gone.
    fn orphans(&mut self, listed: &[usize], here: &Range<usize>, owned: &[bool]) {
        let mut gone: HashMap<&str, VecDeque<usize>> = HashMap::new();
        for e in listed.iter().copied().filter(|e| !self.taken[*e]) {
            if let Some((kind, _)) = self.entries[e].mark.as_deref().and_then(child) {
                gone.entry(kind).or_default().push_back(e);
            }
        }
        for line in here.clone() {
            if let Shape::Child(kind) = self.shapes[line]
                && self.found[line].is_none()
                && !self.marked[line]
                && !owned[line]
                && let Some(entry) = gone.get_mut(kind).and_then(VecDeque::pop_front)
            {
                self.take(line, entry, false);
            }
        }
    }
}

/// Pairs in order, each with the best of the next few: for stretches too long to be searched whole.
fn ahead(old: usize, new: usize, score: impl Fn(usize, usize) -> u32) -> Vec<(usize, usize)> {
    let (mut from, mut pairs) = (0, Vec::new());
    for j in 0..new {
        let next = (from..old.min(from + AHEAD)).map(|i| (score(i, j), std::cmp::Reverse(i))).max();
        if let Some((1.., std::cmp::Reverse(i))) = next {
            pairs.push((i, j));
            from = i + 1;
        }
    }
    pairs
}
