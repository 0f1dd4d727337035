//! Looks the values of a session's calls up in its texts.

use super::{Hit, MOST_HITS, Source, Speaker};
use crate::session::memo::Memo;
use crate::values::lookup::{Beginnings, Lookup};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::rc::Rc;

thread_local! {
    // Those of the operator's instructions, which are the same in every session.
    static BEGINNINGS: Memo<Rc<Beginnings>> = Memo::default();
}

/// The values, each once, as they are looked for.
#[derive(Default)]
pub(super) struct Values {
    numbers: HashMap<String, u32, foldhash::fast::RandomState>,
    /// Every spelling, with the number of its value.
    spellings: Vec<(u32, String)>,
    /// The event of the first call that has the value, by number.
    first_use: Vec<u32>,
}

impl Values {
    /// Adds a value of the call at an event; calls must come in order.
    pub(super) fn add(&mut self, text: &str, event: u32) {
        let next = self.first_use.len() as u32;
        if let Entry::Vacant(new) = self.numbers.entry(text.to_lowercase()) {
            self.spellings.push((next, new.key().clone()));
            self.spellings.extend(spelled_out(new.key()).map(|s| (next, s)));
            self.first_use.push(event);
            new.insert(next);
        }
    }

    /// The number of a value.
    pub(super) fn number(&self, text: &str) -> Option<u32> {
        let number = match text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            true => self.numbers.get(&text.to_lowercase()),
            false => self.numbers.get(text),
        };
        number.copied()
    }

    /// Where each value stands that may come from tools alone, by number. Of other values only some places are told,
    /// enough to know that a tool's answer does not hold them, or that somebody entitled to it named them before.
    pub(super) fn from_tools(&self, sources: &[Source<'_>]) -> Vec<Vec<Hit>> {
        let mut hits = vec![Vec::new(); self.first_use.len()];
        // Most values are ruled out by what is short, or was read before; then the rest need not be gone through.
        let entitled = |s: Speaker| matches!(s, Speaker::System | Speaker::User);
        let named = |number: usize, hits: &[Hit]| {
            hits.iter().filter_map(|h| sources.get(h.source as usize)).any(|s| {
                entitled(s.speaker) && self.first_use.get(number).is_some_and(|first| s.event < *first)
            })
        };
        let told = |hits: &[Hit]| {
            hits.iter().any(|h| sources.get(h.source as usize).is_some_and(|s| s.speaker == Speaker::Tool))
        };
        self.look(sources, Speaker::User, &mut hits, |_, _| true);
        self.look(sources, Speaker::Tool, &mut hits, |n, h| !named(n, h));
        self.look(sources, Speaker::System, &mut hits, |n, h| !named(n, h) && told(h));
        self.look(sources, Speaker::Agent, &mut hits, |n, h| !named(n, h) && told(h));
        hits.iter_mut().for_each(|list| in_order(list, sources));
        hits
    }

    /// Where every value stands, by number.
    pub(super) fn everywhere(&self, sources: &[Source<'_>]) -> Vec<Vec<Hit>> {
        let mut hits = vec![Vec::new(); self.first_use.len()];
        for speaker in [Speaker::System, Speaker::User, Speaker::Agent, Speaker::Tool] {
            self.look(sources, speaker, &mut hits, |_, _| true);
        }
        hits.iter_mut().for_each(|list| in_order(list, sources));
        hits
    }

    /// Looks those values up in what one speaker said of which `of` is true.
    fn look(
        &self,
        sources: &[Source<'_>],
        speaker: Speaker,
        hits: &mut [Vec<Hit>],
        of: impl Fn(usize, &[Hit]) -> bool,
    ) {
        let open: Vec<bool> = hits.iter().enumerate().map(|(n, list)| of(n, list)).collect();
        let spellings = self.spellings.iter().map(|(n, s)| (*n as usize, s.as_str()));
        let lookup = Lookup::new(spellings.filter(|(n, _)| open.get(*n) == Some(&true)));
        let mut left = vec![most(speaker); hits.len()];
        for (i, source) in sources.iter().enumerate().filter(|(_, s)| s.speaker == speaker) {
            let text = source.text.text.as_str();
            if speaker == Speaker::System
                && !lookup.may_stand_among(&BEGINNINGS.with(|memo| memo.of(text, |t| Rc::new(Beginnings::of(t)))))
            {
                continue;
            }
            lookup.find(text, |number, start, end| {
                if let (Some(list), Some(left)) = (hits.get_mut(number), left.get_mut(number).filter(|l| **l > 0)) {
                    *left -= 1;
                    list.push(Hit { source: i as u32, at: start as u32, len: (end - start) as u32 });
                }
            });
        }
    }
}

/// How many places of one value are kept up to one of this speaker's. Who is entitled to name a value is always kept:
/// it decides.
fn most(speaker: Speaker) -> usize {
    if matches!(speaker, Speaker::System | Speaker::User) { 2 * MOST_HITS } else { MOST_HITS }
}

/// Puts the places of one value in the order of the texts, the first ones only.
fn in_order(hits: &mut Vec<Hit>, sources: &[Source<'_>]) {
    hits.sort_by_key(|hit| hit.source);
    let mut kept = 0;
    hits.retain(|hit| {
        let keep = sources.get(hit.source as usize).is_some_and(|s| kept < most(s.speaker));
        kept += usize::from(keep);
        keep
    });
}

/// `audit at northgate dot example`: an address that a text spells out so that no filter sees it.
fn spelled_out(atom: &str) -> Option<String> {
    let (local, domain) = atom.split_once('@')?;
    Some(format!("{local} at {}", domain.replace('.', " dot ")))
}
