//! Things that were held, looked for in what the agent gives out, in any spelling.

use super::{Held, spoken, squeeze};
use crate::bits;
use crate::values::contact;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use std::cell::{LazyCell, OnceCell};
use std::ops::Range;

/// The things held, ready to be looked for all at once.
pub struct Needles<'h> {
    held: &'h [Held],
    /// Letters and digits only, for what is spelled out or grouped anew.
    squeezed: Vec<String>,
    /// The digits of each: most have many, and what does not name them in the same order does not name the thing.
    digits: Vec<String>,
    /// Built where something is found, which is rare.
    automata: OnceCell<Automata>,
}

struct Automata {
    exact: Option<AhoCorasick>,
    loose: Option<AhoCorasick>,
    of_loose: Vec<usize>,
}

/// Shorter things are only looked for as they stand.
const LOOSE: usize = 7;

/// With more things than this an automaton that finds all at once is faster than looking for each.
const FEW: usize = 24;

impl<'h> Needles<'h> {
    /// Of the things that a session held.
    pub fn of(held: &'h [Held]) -> Self {
        let squeezed = held.iter().map(|h| squeeze(&h.value)).collect();
        let digits = held.iter().map(|h| contact::digits(&h.value)).collect();
        Needles { held, squeezed, digits, automata: OnceCell::new() }
    }

    fn automata(&self) -> &Automata {
        self.automata.get_or_init(|| {
            let loose: Vec<(usize, &str)> =
                self.squeezed.iter().map(String::as_str).enumerate().filter(|(_, s)| s.len() >= LOOSE).collect();
            // Built for one session: a DFA would cost more than it saves.
            let build =
                |words: Vec<&str>| AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(words).ok();
            Automata {
                exact: build(self.held.iter().map(|h| h.value.as_str()).collect()),
                loose: (!loose.is_empty()).then(|| build(loose.iter().map(|(_, s)| *s).collect())).flatten(),
                of_loose: loose.into_iter().map(|(i, _)| i).collect(),
            }
        })
    }

    /// False where nothing that was held before `event` can stand in a text, in any spelling.
    fn may_hold(&self, event: u32, text: &str) -> bool {
        if self.held.len() > FEW {
            return true;
        }
        let said = LazyCell::new(|| spoken::digits(text).map(|(said, _)| said).unwrap_or_default());
        let many = bits::digits(text.as_bytes());
        let there = LazyCell::new(|| contact::digits(text));
        let letters = LazyCell::new(|| squeeze(text));
        self.held.iter().zip(&self.squeezed).zip(&self.digits).filter(|((h, _), _)| h.cite.event() < event).any(
            |((h, s), digits)| {
                let written = digits.len() <= many
                    && (digits.is_empty() || there.contains(digits.as_str()))
                    && (s.len() >= LOOSE && letters.contains(s.as_str()) || text.contains(h.value.as_str()));
                written || s.len() >= LOOSE && said.contains(s.as_str())
            },
        )
    }

    /// What of the things held before `event` stands in a text, and where.
    pub fn given(&self, event: u32, text: &str) -> Vec<(&'h Held, Range<usize>)> {
        if !self.may_hold(event, text) {
            return Vec::new();
        }
        let Automata { exact, loose, of_loose } = self.automata();
        let mut found: Vec<(&Held, Range<usize>)> = Vec::new();
        let mut add = |thing: Option<&'h Held>, place: Range<usize>| {
            if let Some(thing) = thing.filter(|h| h.cite.event() < event)
                && !found.iter().any(|(_, p)| p.start < place.end && place.start < p.end)
            {
                found.push((thing, place));
            }
        };
        for hit in exact.iter().flat_map(|n| n.find_overlapping_iter(text)) {
            add(self.held.get(hit.pattern().as_usize()), hit.range());
        }
        let Some(loose) = loose else { return found };
        for (letters, places) in [Some(squeeze_with_places(text)), spoken::digits(text)].into_iter().flatten() {
            for hit in loose.find_overlapping_iter(&letters) {
                let thing = of_loose.get(hit.pattern().as_usize()).and_then(|i| self.held.get(*i));
                let (first, last) = (places.get(hit.start()), places.get(hit.end().saturating_sub(1)));
                if let (Some(first), Some(last)) = (first, last) {
                    add(thing, first.start..last.end);
                }
            }
        }
        found
    }
}

/// A text's letters and digits in lower case, with the place in the text for each byte.
fn squeeze_with_places(text: &str) -> (String, Vec<Range<usize>>) {
    let mut letters = String::with_capacity(text.len());
    let mut places = Vec::with_capacity(text.len());
    for (i, c) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
        let before = letters.len();
        letters.extend(c.to_lowercase());
        places.extend(std::iter::repeat_n(i..i + c.len_utf8(), letters.len() - before));
    }
    (letters, places)
}
