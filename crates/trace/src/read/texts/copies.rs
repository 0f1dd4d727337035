//! Which of the texts that are in no timeline are copies: they are in a text of a timeline in another spelling, or are put together of several.

use super::placed::fingerprint;
use super::words;
use crate::hash::{HashMap, HashSet};

/// Stretches of one text that are compared. A text that is longer is known by its beginning.
const MOST: usize = 1000;
/// Stretches of all texts together, in memory at once.
const ROOM: usize = 4_000_000;
/// Percent of a copy that is in texts of a timeline: what joins pieces is not.
const COPY: usize = 90;

/// Different texts, and the stretches that they consist of.
#[derive(Default)]
pub struct Copies {
    numbers: HashMap<u64, usize>,
    /// Where the stretches of each text end.
    ends: Vec<usize>,
    stretches: Vec<u64>,
}

impl Copies {
    /// The number of a text.
    pub fn number(&mut self, text: &str) -> usize {
        let next = self.ends.len();
        let number = *self.numbers.entry(fingerprint(text)).or_insert(next);
        if number == next {
            let room = ROOM.saturating_sub(self.stretches.len()).min(MOST);
            let (mut left, stretches) = (room, &mut self.stretches);
            words::stretches(text, |stretch| {
                if left > 0 {
                    stretches.push(stretch);
                }
                left = left.saturating_sub(1);
                left > 0
            });
            self.ends.push(self.stretches.len());
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
            words::stretches(text, |stretch| {
                if sought.contains(&stretch) {
                    known.insert(stretch);
                }
                true
            });
        }
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let parts = starts.zip(&self.ends).map(|(from, to)| self.stretches.get(from..*to).unwrap_or_default());
        parts
            .map(|part| !part.is_empty() && words::covered(part.iter().map(|stretch| known.contains(stretch))) >= COPY)
            .collect()
    }
}
