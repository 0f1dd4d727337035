//! A level that a person wrote: into the headline, or behind "Decided:".

use super::super::marks::{line_hash, split};
use super::Reader;
use super::words::plain;
use hindcast_retro::draft::{Decided, Note};

const NAMES: [&str; 2] = ["Proposed severity", "Severity"];
const LEVELS: [&str; 5] = ["Sev 1", "Sev 2", "Sev 3", "Sev 4", "none"];

impl Reader<'_> {
    /// The headline, "**Proposed severity: Sev 2** (…). …". True where nothing but the level is a person's.
    pub fn headline(&mut self, line: &str) -> bool {
        let parts = line.strip_prefix("**").and_then(|l| l.split_once("**"));
        let Some((head, rest)) = parts else { return false };
        let Some((name, level)) = head.split_once(':').filter(|(name, _)| NAMES.contains(&name.trim())) else {
            return false;
        };
        let Some(level) = number(level) else { return false };
        // The machine's line, but for its level.
        let machines = NAMES.iter().flat_map(|n| LEVELS.iter().map(move |l| format!("**{n}: {l}**{rest}")));
        let only = machines.into_iter().any(|l| [&l, &split(&l).0].iter().any(|l| self.hashes.contains(&line_hash(l))));
        // In other words it may be the machine's own level that stands there; "Severity" says that it is a decision.
        if only || name.trim() == "Severity" {
            self.level = Some(level);
        }
        only
    }

    /// "- Decided: Sev 2 by Dana: one caller, called back".
    pub fn decided(&mut self, words: &str) {
        let said = plain(words.trim().trim_start_matches("- ").trim_start_matches("Decided:"));
        let open = said.is_empty() || said.eq_ignore_ascii_case("open");
        match decided(&said) {
            Some(decided) => self.edits.severity = Some(decided),
            None if open => {}
            // A decision in other words is kept as a note rather than guessed at.
            None => self.edits.notes.push(Note::new(self.section, format!("Severity decided: {said}"))),
        }
    }
}

fn decided(said: &str) -> Option<Decided> {
    let (head, reason) = said.split_once(':').unwrap_or((said, ""));
    let (level, by) = match head.split_once(" by ") {
        Some((level, by)) => (level, by),
        None => (head, ""),
    };
    let some = |text: &str| Some(text.trim().to_owned()).filter(|t| !t.is_empty());
    Some(Decided { level: number(level)?, by: some(by), reason: some(reason) })
}

/// "Sev 2", "SEV-2", "2".
fn number(level: &str) -> Option<u8> {
    let level = level.trim().to_lowercase();
    let level = level.trim_start_matches("severity").trim_start_matches("sev").trim_start_matches(['-', ' ']);
    level.parse().ok().filter(|l| (1..=4).contains(l))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_as_people_write_them() {
        for text in ["Sev 2", "sev2", "SEV-2", " 2 ", "severity 2"] {
            assert_eq!(number(text), Some(2), "{text}");
        }
        for text in ["Sev 5", "0", "two", "Sev 2!", ""] {
            assert_eq!(number(text), None, "{text}");
        }
        let full = decided("Sev 3 by Dana, on call: one caller: called back").expect("a decision");
        assert_eq!((full.level, full.by.as_deref()), (3, Some("Dana, on call")));
        assert_eq!(full.reason.as_deref(), Some("one caller: called back"));
        assert_eq!(full.to_string(), "Sev 3 by Dana, on call: one caller: called back");
        assert_eq!(decided("2: told by phone").and_then(|d| d.reason).as_deref(), Some("told by phone"));
        assert_eq!(decided("to be discussed"), None);
    }
}
