//! The document while it is written: the machine's lines are remembered, a person's come back to where they stood.

use super::listed::{By, List};
use super::marks::{key, line_hash, marker, place, split};
use hindcast_retro::Draft;
use hindcast_retro::draft::{Note, Place};
use std::collections::{HashMap, HashSet};

/// The document so far.
#[derive(Default)]
pub struct Out<'d> {
    pub text: String,
    /// The lines of the section, for its comment, with those that a person took out.
    pub list: List,
    /// What the person who edited should know.
    pub warnings: Vec<String>,
    /// How many lines stay out because a person took them out.
    pub kept_out: usize,
    /// How many questions were left to the list at the end; absent if each stands in its section.
    pub asks: Option<usize>,
    removed: HashSet<&'d Place>,
    notes: Vec<&'d Note>,
    lines: HashMap<String, u32>,
    keys: HashMap<String, u32>,
    hidden: bool,
    whole: bool,
    apart: bool,
}

impl<'d> Out<'d> {
    /// An empty document for a draft.
    pub fn of(draft: &'d Draft) -> Self {
        let asks = draft.is_short().then_some(0);
        Out {
            asks,
            removed: draft.by_hand.removed.iter().collect(),
            notes: draft.notes.iter().collect(),
            ..Out::default()
        }
    }

    /// Adds lines of the machine, but for those that a person took out. A mark goes into the section's comment.
    pub fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            let (words, mark) = split(line);
            let places = self.next(line);
            if self.hidden || (!self.whole && places.iter().any(|p| self.removed.contains(p))) {
                self.list.add(By::KeptOut, &words, mark);
                self.kept_out += 1;
                continue;
            }
            self.listed(By::Machine, &words, mark);
            self.below(&key(line));
        }
    }

    /// Adds lines of a person, which are not remembered as the machine's.
    pub fn person(&mut self, text: &str) {
        if self.hidden {
            return;
        }
        for line in text.split('\n') {
            let (words, mark) = split(line);
            self.listed(By::Person, &words, mark);
            if marker(line).is_some() || line.starts_with("# ") {
                self.below(&key(line));
            }
        }
    }

    fn listed(&mut self, by: By, words: &str, mark: Option<&str>) {
        if !words.trim().is_empty() {
            self.list.add(by, words, mark);
        }
        self.write(words);
    }

    /// A blank line, unless there is one.
    pub fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.apart = false;
    }

    /// True when a person took out the next line, were it this one.
    pub fn is_out(&self, line: &str) -> bool {
        let nth = |line: String| Place { nth: self.lines.get(&line).copied().unwrap_or(0), line };
        known_by(line).map(nth).iter().any(|p| self.removed.contains(p))
    }

    /// Ends a section with its comment.
    pub fn close(&mut self, section: &str) {
        if let Some(comment) = self.list.close(section) {
            self.blank();
            self.write(&comment);
            self.blank();
        }
    }

    /// Writes with nothing taken out.
    pub fn whole(&mut self, write: impl FnOnce(&mut Self)) {
        self.whole = true;
        write(self);
        self.whole = false;
    }

    /// Remembers lines as the machine's, and writes none of them.
    pub fn hidden(&mut self, write: impl FnOnce(&mut Self)) {
        self.hidden = true;
        write(self);
        self.hidden = false;
    }

    /// The notes of a section that found no line to stand below.
    pub fn section_ends(&mut self, section: &str) {
        let (here, others): (Vec<&Note>, Vec<&Note>) =
            std::mem::take(&mut self.notes).into_iter().partition(|n| n.section == section);
        self.notes = others;
        for note in here {
            if note.below.is_some() {
                let first = note.text.lines().next().unwrap_or_default();
                self.warnings.push(format!(
                    "the line above \"{first}\" is no longer in the draft; this text is now at the end of the section."
                ));
            }
            self.blank();
            self.note(note);
            self.blank();
        }
    }

    fn next(&mut self, line: &str) -> [Place; 2] {
        let [now, before] = known_by(line);
        let same = now == before;
        let mut count = |line: String, more: u32| {
            let nth = self.lines.entry(line.clone()).or_default();
            let place = Place { line, nth: *nth };
            *nth += more;
            place
        };
        // A line without a mark is known by the same as before, and counts once.
        [count(before, u32::from(!same)), count(now, 1)]
    }

    fn write(&mut self, line: &str) {
        if std::mem::take(&mut self.apart) && !line.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Writes the notes that stand below the line just written.
    fn below(&mut self, key: &str) {
        if self.notes.is_empty() {
            return;
        }
        let nth = self.keys.entry(key.to_owned()).or_default();
        let place = Place { line: key.to_owned(), nth: *nth };
        *nth += 1;
        let (here, others): (Vec<&Note>, Vec<&Note>) =
            std::mem::take(&mut self.notes).into_iter().partition(|n| n.below.as_ref() == Some(&place));
        self.notes = others;
        here.into_iter().for_each(|note| self.note(note));
    }

    fn note(&mut self, note: &Note) {
        self.apart |= note.apart;
        if note.more_above > 0 {
            if !self.text.ends_with("\n\n") {
                self.text.push('\n');
            }
            self.text.push_str(&"\n".repeat(usize::from(note.more_above)));
            self.apart = false;
        }
        for line in note.text.split('\n') {
            if !line.trim().is_empty() {
                self.list.add(By::Person, line, None);
            }
            self.write(line);
        }
        self.text.push_str(&"\n".repeat(usize::from(note.blank_below)));
        self.apart = note.apart && note.blank_below == 0;
    }
}

/// What a line of the machine is known by: since its mark stands apart from it, and before.
fn known_by(line: &str) -> [String; 2] {
    let (words, mark) = split(line);
    [place(&line_hash(&words), mark), line_hash(line)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_out_before_marks_stood_apart_stays_out() {
        let asked = "- **money**: **unknown** How much? <!-- ask impact.money -->";
        let (now, before) =
            (place(&line_hash("- **money**: **unknown** How much?"), Some("ask impact.money")), line_hash(asked));
        for line in [now, before] {
            let gone = Place { line, nth: 0 };
            let mut out = Out { removed: HashSet::from([&gone]), ..Out::default() };
            assert!(out.is_out(asked));
            out.line(asked);
            out.line(asked);
            assert_eq!(out.text, "- **money**: **unknown** How much?\n", "the first is out");
            assert_eq!(out.kept_out, 1);
        }
    }
}
