//! Where a message stands: alone, or in a list that may repeat what was told.

use super::history::Seen;
use super::join::{Side, Stood};
use super::spelled;
use super::units::Unit;
use crate::hash::{HashMap, printer};
use crate::item::{CallPart, Msg, Part, ResultPart};
use std::hash::{Hash, Hasher};

/// What the surroundings of a message say of its parts.
pub trait Place {
    /// True where a part, or a message without any, was not told before.
    fn is_fresh(&self, part: Option<usize>) -> bool;
    /// The event that a call became earlier.
    fn event(&self, part: usize) -> Option<u32>;
    /// How a call stands in its list. Every call of the list is asked about once, in their order.
    fn side(&mut self, part: usize, id: Option<&str>) -> Side;
    /// Says which event a call is.
    fn call(&mut self, part: usize, event: u32);
    /// The event of the call that a result answers, and whether only its place says so.
    fn answered(&self, part: usize) -> Option<(u32, bool)>;
}

/// A message outside of any list.
pub struct Alone;

impl Place for Alone {
    fn is_fresh(&self, _: Option<usize>) -> bool {
        true
    }

    fn event(&self, _: usize) -> Option<u32> {
        None
    }

    fn side(&mut self, _: usize, _: Option<&str>) -> Side {
        Side::Answer
    }

    fn call(&mut self, _: usize, _: u32) {}

    fn answered(&self, _: usize) -> Option<(u32, bool)> {
        None
    }
}

/// A list of messages, with what is known of it. By default, nothing needs to be: its messages stand alone.
#[derive(Default)]
pub struct Listed {
    compared: bool,
    pub seen: Seen,
    /// The units that are calls, with their events.
    pub became: Vec<(usize, u32)>,
    events: Vec<Option<u32>>,
    /// The unit with which each message begins.
    first: Vec<usize>,
    thoughts: Vec<bool>,
    /// How many messages were there before the answer.
    asked: usize,
    /// How many calls with an ID there were.
    ids: HashMap<u64, usize>,
    /// The words of the results of calls that are new.
    answers: HashMap<usize, String>,
    /// The last event of the calls before a message, and with those of the message.
    last: (Option<u32>, usize, Option<u32>),
}

impl Listed {
    pub fn new(seen: Seen, thoughts: Vec<bool>, asked: usize) -> Self {
        let count = thoughts.len();
        let mut first = vec![seen.units.len(); count + 1];
        for (u, unit) in seen.units.iter().enumerate().rev() {
            first[unit.msg as usize] = u;
        }
        for m in (0..count).rev() {
            first[m] = first[m].min(first[m + 1]);
        }
        let events = seen.events.clone();
        Listed { compared: true, seen, events, first, thoughts, asked, ..Listed::default() }
    }

    /// Keeps what the list says of the results of calls that are new in it.
    ///
    /// `known` says of an ID that a call had it.
    pub fn answered(&mut self, input: &[Msg], known: impl Fn(&str) -> bool) {
        let part = |unit: &Unit| input.get(unit.msg as usize)?.parts.get(unit.part? as usize);
        for unit in &self.seen.units {
            let Some(at) = unit.call.map(|call| call as usize) else { continue };
            let is_new = self.seen.fresh.get(at) == Some(&true) && self.events.get(at) == Some(&None);
            let call = self.seen.units.get(at).filter(|_| is_new).and_then(part);
            if let Some(Part::Call(CallPart { id: Some(id), .. })) = call
                && known(id)
                && let Some(Part::Result(ResultPart { content: Some(content), .. })) = part(unit)
            {
                self.answers.insert(at, spelled::words(&content.text));
            }
        }
    }

    /// Takes an answer for a new one that was taken for a repeated one.
    pub fn answer_anew(&mut self) {
        self.seen.repeated = false;
        let asked = self.asked as u32;
        let units = self.seen.units.iter().zip(self.seen.fresh.iter_mut().zip(&mut self.events));
        for (_, (fresh, event)) in units.filter(|(unit, _)| unit.msg >= asked) {
            (*fresh, *event) = (true, None);
        }
    }

    /// Takes an answer for a fuller sighting of one that was told already; `known` says what of it that held.
    pub fn add_to(&mut self, known: &[bool]) {
        self.seen.note = None;
        let at = self.seen.fresh.len().saturating_sub(known.len());
        self.seen.fresh[at..].iter_mut().zip(known).for_each(|(fresh, known)| *fresh &= !known);
    }

    /// True where anything in a message is new.
    pub fn is_fresh(&self, msg: usize) -> bool {
        if !self.compared {
            return true;
        }
        let units = self.first[msg]..self.first[msg + 1];
        self.seen.fresh[units].contains(&true) || self.thoughts[msg]
    }

    /// One of its messages.
    pub fn at(&mut self, msg: usize) -> At<'_> {
        At { list: self, msg }
    }
}

/// One message of a list.
pub struct At<'l> {
    list: &'l mut Listed,
    msg: usize,
}

impl At<'_> {
    fn unit(&self, part: Option<usize>) -> Option<usize> {
        if !self.list.compared {
            return None;
        }
        let units = self.list.first[self.msg]..self.list.first[self.msg + 1];
        let part = part.map(|p| p as u32);
        let own = &self.list.seen.units[units.clone()];
        // Nearly always, each part is a unit.
        let guess = part.unwrap_or_default() as usize;
        let found = match own.get(guess).is_some_and(|u| u.part == part) {
            true => Some(guess),
            false => own.binary_search_by_key(&part, |u| u.part).ok(),
        };
        found.map(|at| units.start + at)
    }
}

impl Place for At<'_> {
    fn is_fresh(&self, part: Option<usize>) -> bool {
        if !self.list.compared {
            return true;
        }
        match self.unit(part) {
            Some(unit) => self.list.seen.fresh[unit],
            // Reasoning, and blanks.
            None => self.list.thoughts[self.msg],
        }
    }

    fn event(&self, part: usize) -> Option<u32> {
        self.list.events[self.unit(Some(part))?]
    }

    fn side(&mut self, part: usize, id: Option<&str>) -> Side {
        if !self.list.compared || self.msg >= self.list.asked {
            return Side::Answer;
        }
        let mut hasher = printer();
        id.unwrap_or_default().hash(&mut hasher);
        let before = self.list.ids.entry(hasher.finish()).or_default();
        *before += 1;
        let nth = *before - 1;
        let (before, msg, latest) = self.list.last;
        let after = if msg == self.msg { before } else { latest };
        let unit = self.unit(Some(part));
        Side::History(Stood { nth, after, answer: unit.and_then(|unit| self.list.answers.get(&unit).cloned()) })
    }

    fn call(&mut self, part: usize, event: u32) {
        if let Some(unit) = self.unit(Some(part)) {
            self.list.events[unit] = Some(event);
            self.list.became.push((unit, event));
        }
        let (before, msg, latest) = self.list.last;
        let before = if msg == self.msg { before } else { latest };
        self.list.last = (before, self.msg, latest.max(Some(event)));
    }

    fn answered(&self, part: usize) -> Option<(u32, bool)> {
        let unit = &self.list.seen.units[self.unit(Some(part))?];
        let call = self.list.events[unit.call? as usize]?;
        Some((call, unit.by_place))
    }
}
