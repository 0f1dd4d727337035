//! What look-ups were answered with: whoever tells that reports it, and claims no deed.

use super::words::{Word, same_as, words};
use std::collections::BTreeSet;

/// Longer words that begin with so many of the same letters are forms of one word.
const STEM: usize = 5;
const LONG: usize = 7;

/// The words of the answers.
pub(super) struct Answers(BTreeSet<String>);

impl Answers {
    pub fn of<'t>(answers: impl Iterator<Item = &'t str>) -> Self {
        let mut all = BTreeSet::new();
        for text in answers {
            let found = words(&parted(text));
            for (at, word) in found.iter().enumerate() {
                // `"blocked": false` does not hold "blocked".
                let denied = found.get(at + 1).is_some_and(|w| matches!(w.plain.as_str(), "false" | "null"))
                    || at > 0 && matches!(found[at - 1].plain.as_str(), "not" | "non");
                if !denied {
                    all.insert(word.plain.clone());
                }
            }
        }
        Answers(all)
    }

    /// True for a word that an answer has as it stands.
    pub fn has(&self, word: &Word) -> bool {
        self.0.contains(&word.plain)
    }

    /// True for a word that an answer has in whatever form, or a plain synonym of.
    pub fn hold(&self, word: &str) -> bool {
        if self.0.contains(word) {
            return true;
        }
        if word.starts_with(|c: char| c.is_ascii_digit()) {
            return false;
        }
        let length = word.chars().count();
        let start = |n: usize| -> String { word.chars().take(n).collect() };
        length > 4 && self.begun(&start(length.saturating_sub(2).max(4)), 0)
            || length >= LONG && self.begun(&start(STEM), LONG)
            || length > 3 && same_as(word).any(|stem| self.begun(stem, 0))
    }

    /// True where some word of at least so many letters begins like this.
    fn begun(&self, start: &str, least: usize) -> bool {
        let from = self.0.range::<str, _>((std::ops::Bound::Included(start), std::ops::Bound::Unbounded));
        from.take_while(|w| w.starts_with(start)).take(64).any(|w| w.len() >= least)
    }
}

/// Parts what is written as one word: `emailChangedAt`.
fn parted(text: &str) -> String {
    let mut parted = String::with_capacity(text.len());
    let mut small = false;
    for c in text.chars() {
        if small && c.is_uppercase() {
            parted.push(' ');
        }
        small = c.is_lowercase();
        parted.push(c);
    }
    parted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_holds() {
        const ANSWER: &str =
            r#"{"emailChangedAt": "2026-07-08", "blocked": false, "dispatched": "2025-03-19", "state": "success"}"#;
        let answers = Answers::of(std::iter::once(ANSWER));
        for word in ["changed", "sent", "succeeded", "19"] {
            assert!(answers.hold(word), "{word}");
        }
        for word in ["blocked", "renamed", "20"] {
            assert!(!answers.hold(word), "{word}");
        }
    }
}
