//! The headings of findings in a person's words.

use super::super::marks::marker;
use super::Reader;
use super::words::plain;
use hindcast_retro::draft::{Note, Place};

/// A finding's heading in a person's words.
pub struct Heading {
    line: String,
    title: String,
    /// The line above it.
    below: Option<Place>,
    /// How many notes there were before it.
    notes: usize,
}

impl Reader<'_> {
    /// Holds a heading until the line below it is known.
    pub fn entitle(&mut self, line: &str, title: &str) {
        self.untitled();
        let (line, title, below) = (line.to_owned(), plain(title), self.at.clone());
        self.heading = Some(Heading { line, title, below, notes: self.edits.notes.len() });
    }

    /// The finding below a heading that a person wrote. False for a line that is no statement.
    pub fn titled(&mut self, line: &str) -> bool {
        let Some(id) = marker(line).and_then(|m| m.split(' ').next()).filter(|id| id.starts_with("st_")) else {
            return false;
        };
        if let Some(heading) = self.heading.take() {
            if self.shared.contains(id) {
                self.of_several(id, &format!("title: {}", heading.title));
                return true;
            }
            self.edits.by_hand.instead.insert(format!("finding.{id}.title"), heading.title);
        }
        true
    }

    /// A heading with no finding of the machine below it is of one that a person wrote by hand, with the words below.
    pub fn untitled(&mut self) {
        self.end_note();
        let Some(heading) = self.heading.take() else { return };
        self.edits.warnings.push(format!(
            "the finding \"{}\" that you wrote by hand is kept as text. To make it a finding, write it in a facts file.",
            heading.title
        ));
        match self.edits.notes.get_mut(heading.notes).filter(|n| n.below == heading.below) {
            Some(note) => note.text = format!("{}\n\n{}", heading.line, note.text),
            None => {
                self.edits.notes.push(Note { below: heading.below, ..Note::new(self.section, heading.line) });
            }
        }
    }
}
