//! Which of the texts that are in no timeline are copies: they are in a text of a timeline in another spelling, or are put together of several.

use super::placed::fingerprint;
use super::words::{self, Stretches, Weights};
use crate::hash::{HashMap, HashSet};

/// Tokens of one text that are compared. A text that is longer is known by its beginning.
const MOST: usize = 1000;
/// Tokens of all texts together, in memory at once.
const ROOM: usize = 4_000_000;

/// Different texts, and what they consist of.
#[derive(Default)]
pub struct Copies {
    numbers: HashMap<u64, usize>,
    /// Where the stretches and the tokens of each text end.
    ends: Vec<(usize, usize)>,
    stretches: Vec<u64>,
    weights: Vec<u8>,
}

impl Copies {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> usize {
        let next = self.ends.len();
        let number = *self.numbers.entry(fingerprint(text)).or_insert(next);
        if number == next {
            let most = self.weights.len() + ROOM.saturating_sub(self.weights.len()).min(MOST);
            let (mut stretches, mut words) = (Stretches::default(), Weights::of(text));
            words::tokens(text, |token| {
                let has_room = self.weights.len() < most;
                if has_room {
                    self.weights.push(words.next(&token));
                    self.stretches.extend(stretches.next(&token));
                }
                has_room
            });
            self.ends.push((self.stretches.len(), self.weights.len()));
        }
        number
    }

    /// Which texts are copies, by their numbers. A text that found no room is none.
    pub fn of<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<bool> {
        if self.ends.is_empty() {
            return Vec::new();
        }
        let sought: HashSet<u64> = self.stretches.iter().copied().collect();
        let mut known: HashSet<u64> = HashSet::default();
        for text in texts {
            let mut stretches = Stretches::default();
            words::tokens(text, |token| {
                known.extend(stretches.next(&token).filter(|stretch| sought.contains(stretch)));
                true
            });
        }
        let starts = std::iter::once((0, 0)).chain(self.ends.iter().copied());
        starts
            .zip(&self.ends)
            .map(|(from, to)| {
                let stretches = self.stretches.get(from.0..to.0).unwrap_or_default();
                let weights = self.weights.get(from.1..to.1).unwrap_or_default();
                !weights.is_empty() && !words::is_left(weights, stretches.iter().map(|stretch| known.contains(stretch)))
            })
            .collect()
    }
}
