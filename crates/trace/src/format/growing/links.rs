//! Which record goes on from which, found record by record.

use super::Steps;
use crate::hash::HashMap;
use std::collections::VecDeque;

/// Finds which record goes on from which, record by record. It keeps a few bytes for each, so that a file of any size can be
/// looked through.
#[derive(Default)]
pub struct Links {
    ends: HashMap<u64, End>,
    /// For each record that waits to be gone on from, the next one with the same end.
    next: Vec<u32>,
    /// Records that may go on from one that stands behind them in the file.
    open: Vec<Open>,
    /// Beginnings that are kept for those.
    kept: usize,
    /// The record before, where it has no answer, and its end.
    last: Option<(u64, u32)>,
    /// Copies of earlier records, by their ends.
    copies: HashMap<u64, VecDeque<Spare>>,
    /// The copies that records go on from, each with the one that it goes on from itself.
    used: Vec<(usize, Option<usize>)>,
}

/// A copy of an earlier record, and its beginnings.
struct Spare {
    at: u32,
    prefixes: Vec<u64>,
}

/// The records that have the same words from the first to the last.
#[derive(Clone, Copy)]
struct End {
    /// The first that nothing has gone on from.
    waiting: u32,
    last: u32,
}

/// A record, with those of its beginnings of which none was the end of a record before it, the longest last.
struct Open {
    at: u32,
    beginnings: Vec<u64>,
}

const NONE: u32 = u32::MAX;
/// Beginnings that are kept for records in another order: what a file of some hundred thousand messages has.
const MOST: usize = 1 << 22;

impl Links {
    /// Adds the next record; nothing for what is no request. Gives the number of the record that it goes on from.
    ///
    /// Of records that end alike, each is gone on from once, in their order, before the last of them is gone on from again. So what
    /// is found in some of the conversations is what is found in all of them, which lets a large file be read in parts.
    pub fn add(&mut self, steps: Option<&Steps>) -> Option<usize> {
        let at = self.next.len() as u32;
        self.next.push(NONE);
        let steps = steps?;
        // A state that a program writes once more before it changes. Without IDs, somebody may have said the same.
        let end = steps.end.filter(|_| steps.bare && steps.named);
        let before = std::mem::replace(&mut self.last, end.map(|end| (end, at)));
        if let Some((_, before)) = before.filter(|(before, _)| Some(*before) == end) {
            return Some(before as usize);
        }
        let whole = steps.prefixes.len();
        let found = steps.prefixes.iter().enumerate().rev().find_map(|(i, prefix)| {
            let after = self.take(*prefix, true);
            // Whoever asks the same again goes on from nothing.
            let after = after.or_else(|| if i + 1 < whole { self.take(bare(*prefix), false) } else { None });
            Some((i + 1, after?))
        });
        let known = found.map_or(0, |(known, _)| known);
        let beginnings = steps.prefixes.get(known..whole.saturating_sub(1)).unwrap_or_default();
        if !beginnings.is_empty() && self.kept + beginnings.len() <= MOST {
            self.kept += beginnings.len();
            self.open.push(Open { at, beginnings: beginnings.to_vec() });
        }
        if let Some(end) = steps.end {
            let end = self.ends.entry(end).or_insert(End { waiting: NONE, last: at });
            if end.waiting == NONE {
                end.waiting = at;
            } else if let Some(next) = self.next.get_mut(end.last as usize) {
                *next = at;
            }
            end.last = at;
        }
        found.map(|(_, before)| before as usize)
    }

    /// Adds the next record, which is a copy of an earlier one: a file that was appended to its own beginning, or a run that began
    /// again and got its first answers from a cache. It is a second run where a record goes on from it that the first did not go on to.
    pub fn add_copy(&mut self, steps: Option<&Steps>) {
        let at = self.next.len() as u32;
        self.next.push(NONE);
        self.last = None;
        let Some((steps, end)) = steps.and_then(|steps| Some((steps, steps.end?))) else { return };
        if self.kept + steps.prefixes.len() <= MOST {
            self.kept += steps.prefixes.len();
            self.copies.entry(end).or_default().push_back(Spare { at, prefixes: steps.prefixes.clone() });
        }
    }

    /// The copies that records go on from, each with the copy that it goes on from itself.
    pub fn used(&mut self) -> Vec<(usize, Option<usize>)> {
        std::mem::take(&mut self.used)
    }

    /// The first copy with such an end, which a second run went through.
    fn take_copy(&mut self, end: u64) -> Option<u32> {
        let Spare { at, prefixes } = self.copies.get_mut(&end)?.pop_front()?;
        let (found, mut now, mut rest) = (at, at, prefixes);
        loop {
            let earlier = |all: &mut VecDeque<Spare>| {
                let place = all.iter().position(|copy| copy.at < now)?;
                all.remove(place)
            };
            let before = rest.iter().rev().find_map(|prefix| self.copies.get_mut(prefix).and_then(earlier));
            self.used.push((now as usize, before.as_ref().map(|copy| copy.at as usize)));
            let Some(copy) = before else { return Some(found) };
            (now, rest) = (copy.at, copy.prefixes);
        }
    }

    /// Once all records are known: those that go on from one behind them, with that one. Only what nothing else goes on from is
    /// gone on from so.
    pub fn late(&mut self) -> Vec<(usize, usize)> {
        let open = std::mem::take(&mut self.open);
        let late = open.iter().filter_map(|Open { at, beginnings }| {
            let behind =
                |links: &Self, end: u64| links.ends.get(&end).is_some_and(|e| e.waiting != NONE && e.waiting > *at);
            let before = beginnings.iter().rev().find_map(|beginning| {
                let ends = [*beginning, bare(*beginning)];
                let end = ends.into_iter().find(|end| behind(self, *end))?;
                self.take(end, false)
            });
            Some((*at as usize, before? as usize))
        });
        late.collect()
    }

    /// The record with such an end that is gone on from: the first that waits, or the last `again`.
    fn take(&mut self, end: u64, again: bool) -> Option<u32> {
        let End { waiting, last } = *self.ends.get(&end)?;
        if waiting == NONE {
            return if again { self.take_copy(end).or(Some(last)) } else { None };
        }
        let next = *self.next.get(waiting as usize).unwrap_or(&NONE);
        self.ends.entry(end).and_modify(|end| end.waiting = next);
        Some(waiting)
    }
}

/// The end of a record that has no answer to compare, of which all that was asked has this hash.
pub fn bare(asked: u64) -> u64 {
    asked ^ 0x9e37_79b9_7f4a_7c15
}
