//! The words by which guards are known, and what stands in their answers.

use serde::Deserialize;
use std::collections::HashSet;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    judge: HashSet<String>,
    look: HashSet<String>,
    change: HashSet<String>,
    asks: HashSet<String>,
    leave: HashSet<String>,
    pub waits: Vec<String>,
    pub granted: HashSet<String>,
    pub decided: HashSet<String>,
    pub refused: HashSet<String>,
    objects: HashSet<String>,
    passes: HashSet<String>,
    verdict: HashSet<String>,
    only_verdict: HashSet<String>,
    passing: Vec<String>,
    objecting: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
pub(super) static WORDS: LazyLock<Words> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/guards.yaml")).unwrap_or_default());

impl Words {
    /// True for the words of the name of a tool whose work is to judge.
    pub fn judges(&self, words: &[String]) -> bool {
        let first = |list: &HashSet<String>| words.first().is_some_and(|w| list.contains(w));
        // `update_gate_code` changes a thing that is named so; `send_for_review` puts something before a judge.
        let hands_over = || words.iter().any(|w| matches!(w.as_str(), "for" | "to"));
        let changes = first(&self.change) && !hands_over();
        words.iter().any(|w| self.judge.contains(w)) && !first(&self.look) && !changes
    }

    /// True for `request_approval` and `ask_for_sign_off`: the call puts something before somebody who decides.
    pub fn asks_leave(&self, words: &[String]) -> bool {
        words.first().is_some_and(|w| self.asks.contains(w)) && words.iter().any(|w| self.leave.contains(w))
    }

    /// True for a key under which only verdicts stand, whatever the tool is called.
    pub fn is_verdict_key(&self, key: &str) -> bool {
        self.only_verdict.contains(key)
    }

    /// Whether a key whose value is true says no; `None` for a key that says neither.
    pub fn objects_if_true(&self, key: &str) -> Option<bool> {
        match (self.objects.contains(key), self.passes.contains(key)) {
            (true, _) => Some(true),
            (_, true) => Some(false),
            _ => None,
        }
    }

    /// True for a verdict in a word that says no.
    pub fn objects_in_words(&self, key: &str, value: &str) -> bool {
        if !self.verdict.contains(key) {
            return false;
        }
        let word = value.trim().to_ascii_lowercase().replace(['-', ' '], "_");
        let begins = |list: &[String]| list.iter().any(|w| word.starts_with(w.as_str()));
        !begins(&self.passing) && begins(&self.objecting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_reads() {
        let words: Words = serde_saphyr::from_str(include_str!("../../data/guards.yaml")).expect("a readable file");
        assert!(words.objects_in_words("decision", "Not permitted") && !words.objects_in_words("title", "denied"));
        assert!(!words.objects_in_words("status", "not flagged"));
    }
}
