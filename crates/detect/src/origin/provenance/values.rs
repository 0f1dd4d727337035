//! Looks the values of a session's calls up in its texts.

use super::{Hit, MOST_HITS, Source, Speaker};
use crate::maps::HashMap;
use crate::values::lookup::Lookup;

/// The values, each once, as they are looked for.
#[derive(Default)]
pub(super) struct Values {
    numbers: HashMap<String, u32>,
    /// Every spelling, with the number of its value.
    spellings: Vec<(u32, String)>,
    /// The event of the first call that has the value, by number.
    first_use: Vec<u32>,
    /// The event of the last call that has any: what is said from there on is the source of none.
    last_use: u32,
}

impl Values {
    /// Adds a value of the call at an event; calls must come in order.
    pub(super) fn add(&mut self, text: &str, event: u32) {
        self.last_use = event;
        // Most values are those of an earlier call again.
        if self.number(text).is_some() {
            return;
        }
        let next = self.first_use.len() as u32;
        let folded = text.to_lowercase();
        self.spellings.push((next, folded.clone()));
        self.spellings.extend(spelled_out(&folded).map(|s| (next, s)));
        self.first_use.push(event);
        self.numbers.insert(folded, next);
    }

    /// The number of a value.
    pub(super) fn number(&self, text: &str) -> Option<u32> {
        let number = match text.bytes().any(|b| b.is_ascii_uppercase() || !b.is_ascii()) {
            true => self.numbers.get(&text.to_lowercase()),
            false => self.numbers.get(text),
        };
        number.copied()
    }

    /// Where each value stands in what the user and tools said, by number: enough to know that a value does not come from
    /// tools alone. Of what the user named before it was first used, the places in tools' answers are not told.
    pub(super) fn first_look(&self, sources: &[Source<'_>]) -> Vec<Vec<Hit>> {
        let mut hits = vec![Vec::new(); self.first_use.len()];
        let named = |number: usize, hits: &[Hit]| {
            let first = self.first_use.get(number).copied().unwrap_or_default();
            hits.iter().any(|h| sources.get(h.source as usize).is_some_and(|s| s.event < first))
        };
        // What the user says is short, and rules many values out.
        self.look(sources, Speaker::User, &mut hits, |_, _| true);
        self.look(sources, Speaker::Tool, &mut hits, |n, h| !named(n, h));
        hits.iter_mut().for_each(|list| in_order(list, sources));
        hits
    }

    /// Where every value stands, by number.
    pub(super) fn everywhere(&self, sources: &[Source<'_>]) -> Vec<Vec<Hit>> {
        let mut hits = vec![Vec::new(); self.first_use.len()];
        for speaker in [Speaker::System, Speaker::User, Speaker::Agent, Speaker::Harness, Speaker::Tool] {
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
        let before = &sources[..sources.partition_point(|s| s.event < self.last_use)];
        for (i, source) in before.iter().enumerate().filter(|(_, s)| s.speaker == speaker) {
            let text = source.text.text.as_str();
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
