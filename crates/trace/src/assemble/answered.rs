//! The answers that were seen already, by the IDs that providers give them.
//!
//! An ID alone does not make two answers one: fake servers and caches give every answer the same. A second sighting
//! is one that also says the same, or that was seen while the model was at work and does not contradict the first.

use super::Scope;
use super::units::{self, Print};
use crate::hash::HashMap;
use crate::item::{ModelRun, Msg};

/// The answers so far.
#[derive(Default)]
pub struct Answers {
    known: HashMap<(Scope, String), Vec<Answer>>,
}

/// One of them.
struct Answer {
    /// Its model call.
    call: u32,
    /// When the model was at work.
    within: Option<(i64, i64)>,
    /// The last that the model was told, if it is known.
    asked: Option<u64>,
    said: Vec<u64>,
}

/// What an answer is to those that were seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// Another answer.
    New,
    /// The same one once more.
    Again,
    /// The same one with more in it: for each of its units, whether it was seen before.
    More(Vec<bool>),
    /// One with the same ID and the same words at another time: the same one where the request is the same too.
    Alike,
}

/// How many answers with one ID are looked at.
const NEAR: usize = 64;

impl Answers {
    /// Takes the answer with this ID in, unless it was seen before; `call` is the model call that it becomes.
    pub fn take(&mut self, run: &ModelRun, id: &str, call: u32, scope: Scope) -> Sighting {
        let within = run.call.start.zip(run.call.end).map(|(start, end)| (start.ns, end.ns));
        let said = prints(&run.output).iter().map(spoken).collect();
        // Another result of a tool is another request.
        let asked = run.input.last().and_then(|msg| prints(std::slice::from_ref(msg)).last().map(|print| print.hash));
        let answer = Answer { call, within, asked, said };
        let known = self.known.entry((scope, id.to_owned())).or_default();
        let near = || known.iter().rev().take(NEAR);
        if near().any(|k| k.adds_nothing(&answer)) {
            return Sighting::Again;
        }
        let less = near().find(|k| !k.said.is_empty() && k.is_at_once(&answer) == Some(true) && answer.holds(k));
        let sighting = match less {
            Some(less) => Sighting::More(answer.said.iter().map(|print| less.said.contains(print)).collect()),
            None if near().any(|k| k.said == answer.said) => Sighting::Alike,
            None => Sighting::New,
        };
        known.push(answer);
        sighting
    }

    /// The model call of the last answer with this ID.
    pub fn call(&self, id: &str, scope: Scope) -> Option<u32> {
        self.known.get(&(scope, id.to_owned()))?.last().map(|answer| answer.call)
    }
}

impl Answer {
    /// True where the other is the same answer as far as both tell, and holds nothing that this one does not.
    fn adds_nothing(&self, other: &Answer) -> bool {
        match self.is_at_once(other) {
            Some(true) => self.holds(other),
            // Where no request is known, there is nothing to tell a repeat from a second answer by.
            Some(false) => self.asked.is_none() && other.asked.is_none() && self.said == other.said,
            None => {
                let same = other.said.is_empty() || self.said == other.said;
                same && self.asked.zip(other.asked).is_none_or(|(a, b)| a == b)
            }
        }
    }

    /// Whether the model was at work on both at the same time, where both times are known.
    fn is_at_once(&self, other: &Answer) -> Option<bool> {
        self.within.zip(other.within).map(|(a, b)| a.0 <= b.1 && b.0 <= a.1)
    }

    fn holds(&self, other: &Answer) -> bool {
        other.said.iter().all(|print| self.said.contains(print))
    }
}

/// The fingerprints of the units of a list by itself.
pub fn prints(list: &[Msg]) -> Vec<Print> {
    let all: Vec<&Msg> = list.iter().collect();
    units::prints(&units::units(list.iter()), &all, &mut units::Known::default())
}

/// A call is the same whatever its ID is, since instrumentations name calls in their own ways.
fn spoken(print: &Print) -> u64 {
    print.loose.unwrap_or(print.hash)
}
