//! Documents of earlier versions, in which several findings have one id.

use super::super::marks::marker;
use super::Reader;
use super::words::plain;
use hindcast_retro::draft::Note;
use std::collections::{HashMap, HashSet};

/// The ids that several findings and leads have.
pub fn ids<'l>(lines: impl Iterator<Item = &'l str>) -> HashSet<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    let section = lines.skip_while(|l| !l.starts_with("## 4.")).take_while(|l| !l.starts_with("## 5."));
    for id in section.filter_map(marker).filter_map(|m| m.split(' ').next()).filter(|id| id.starts_with("st_")) {
        *counts.entry(id).or_default() += 1;
    }
    counts.into_iter().filter(|(_, n)| *n > 1).map(|(id, _)| id.to_owned()).collect()
}

impl Reader<'_> {
    /// Remembers the finding or lead that a line names.
    pub fn names(&mut self, line: &str) {
        let name =
            line.strip_prefix("### ").or_else(|| line.strip_prefix("- **")?.split_once("**").map(|(name, _)| name));
        if let Some(name) = name.filter(|n| n.starts_with("Finding ") || n.starts_with("Lead ")) {
            self.under = plain(name);
        }
    }

    /// Keeps what a person decided about one of several findings with the same id as a note: nobody can say which of the
    /// new ones it is about.
    pub fn of_several(&mut self, id: &str, words: &str) {
        let said = plain(words);
        self.edits.warnings.push(format!(
            "several findings of the earlier retro have the ID {id}, so what you wrote about \"{}\" is kept as a note. Write it below that finding in the new draft.",
            self.under
        ));
        self.edits.notes.push(Note::new("behavior", format!("Written earlier about {}: {said}", self.under)));
    }
}
