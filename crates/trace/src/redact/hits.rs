//! Where hints stand in a text.

use super::ascending::{Ascending, Numbers};
use super::room::{Pace, Room};
use super::rules::Rules;
use aho_corasick::Input;

/// Where the hint of a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) rule: usize,
}

/// Hits as they are found. There may be one at every third byte of a text, for several rules each.
#[derive(Debug)]
pub(super) struct Hits<'r> {
    numbers: Ascending<'r>,
    /// How many rules there are.
    rules: u64,
}

impl<'r> Hits<'r> {
    /// None; `None` if there is no memory left.
    pub(super) fn new(rules: &Rules, room: &'r Room) -> Option<Self> {
        Some(Hits { numbers: Ascending::new(room)?, rules: (rules.compiled.len() as u64).max(1) })
    }

    /// Takes a hit. None that follows begins before `least`.
    #[inline]
    pub(super) fn push(&mut self, hit: Hit, least: usize) {
        self.numbers.push(hit.start as u64 * self.rules + hit.rule as u64, least as u64 * self.rules);
    }

    /// All of them by their places, and each once. Where several rules begin at one place, the first in the file goes first.
    pub(super) fn into_sorted(self) -> Sorted<'r> {
        Sorted { numbers: self.numbers.into_numbers(), rules: self.rules }
    }
}

/// Hits in order.
#[derive(Debug)]
pub(super) struct Sorted<'r> {
    numbers: Numbers<'r>,
    rules: u64,
}

impl Iterator for Sorted<'_> {
    type Item = Hit;

    fn next(&mut self) -> Option<Hit> {
        let number = self.numbers.next()?;
        Some(Hit { start: (number / self.rules) as usize, rule: (number % self.rules) as usize })
    }
}

/// A hint in a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hint {
    pub(super) start: usize,
    /// Which one it is.
    pub(super) number: usize,
    /// No hint that is found later begins before this.
    pub(super) least: usize,
}

/// Bytes that are searched for hints between two looks at the flag.
const STRETCH: usize = 256 << 10;

/// Calls `each` with every hint, in the order of their ends.
pub(super) fn each(rules: &Rules, text: &[u8], room: &Room, mut each: impl FnMut(Hint)) {
    let longest = rules.hints.max_pattern_len();
    // A hint may begin before the stretch that it ends in.
    let before = longest.saturating_sub(1);
    for from in (0..text.len()).step_by(STRETCH) {
        let stretch = from.saturating_sub(before)..text.len().min(from + STRETCH);
        let mut pace = Pace::default();
        for hit in rules.hints.find_overlapping_iter(Input::new(text).range(stretch)).filter(|hit| hit.end() > from) {
            if pace.is_over(hit.end(), room) {
                return;
            }
            let least = hit.end().saturating_sub(longest);
            each(Hint { start: hit.start(), number: hit.pattern().as_usize(), least });
        }
        if room.is_over() {
            return;
        }
    }
}
