//! The document while it is written: the machine's lines are remembered, a person's come back to where they stood.

use hindcast_retro::Draft;
use hindcast_retro::draft::{Note, Place};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};

/// The document so far.
#[derive(Default)]
pub struct Out<'d> {
    pub text: String,
    /// What each line of the machine is known by, in order, with those that a person took out.
    pub machine: Vec<String>,
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

    /// Adds lines of the machine, but for those that a person took out.
    pub fn line(&mut self, text: impl AsRef<str>) {
        for line in text.as_ref().split('\n') {
            let (hash, place) = self.next(line);
            let action = marker(line).filter(|m| m.starts_with("ac_"));
            self.machine.push(action.map_or_else(|| hash.clone(), |a| format!("{hash}={a}")));
            if self.hidden || (!self.whole && self.removed.contains(&place)) {
                self.kept_out += 1;
                continue;
            }
            self.write(line);
            self.below(&key(line));
        }
    }

    /// Adds lines of a person, which are not remembered as the machine's.
    pub fn person(&mut self, text: &str) {
        if self.hidden {
            return;
        }
        for line in text.split('\n') {
            self.write(line);
            if marker(line).is_some() || line.starts_with("# ") {
                self.below(&key(line));
            }
        }
    }

    /// A blank line, unless there is one.
    pub fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
        self.apart = false;
    }

    /// True when a person took out the next line, were it this one.
    pub fn is_out(&mut self, line: &str) -> bool {
        let hash = line_hash(line);
        let nth = self.lines.get(&hash).copied().unwrap_or(0);
        self.removed.contains(&Place { line: hash, nth })
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
                    "the line above “{first}” is no longer in the draft; this text is now at the end of the section."
                ));
            }
            self.blank();
            self.note(note);
            self.blank();
        }
    }

    fn next(&mut self, line: &str) -> (String, Place) {
        let hash = line_hash(line);
        let nth = self.lines.entry(hash.clone()).or_default();
        let place = Place { line: hash.clone(), nth: *nth };
        *nth += 1;
        (hash, place)
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
        note.text.split('\n').for_each(|line| self.write(line));
        self.apart = note.apart;
    }
}

/// What a line is known by, whatever its words: its mark's kind and id, else its digest.
pub fn key(line: &str) -> String {
    // The heading changes with the findings.
    if line.starts_with("# ") {
        return "title".to_owned();
    }
    let Some(marker) = marker(line) else { return line_hash(line) };
    let mut parts = marker.split(' ');
    match (parts.next(), parts.next()) {
        (Some(kind), Some(id)) if KINDS.contains(&kind) => format!("{kind} {id}"),
        (Some(id), _) => id.to_owned(),
        _ => marker.to_owned(),
    }
}

/// The kinds of marks that name what they belong to.
const KINDS: [&str; 8] = ["verdict", "owner", "due", "ask", "proof", "system", "otherwise", "severity"];

/// The mark of a line: the comment at its end that says what it is.
pub fn marker(line: &str) -> Option<&str> {
    let (_, rest) = line.rsplit_once("<!-- ")?;
    let (marker, _) = rest.split_once(" -->")?;
    let kind = marker.split(' ').next().unwrap_or_default();
    (KINDS.contains(&kind) || marker.starts_with("st_") || marker.starts_with("ac_")).then_some(marker)
}

/// A short digest of a line's words.
pub fn line_hash(line: &str) -> String {
    let digest = Sha256::digest(line.trim_end().as_bytes());
    digest.iter().take(4).map(|b| format!("{b:02x}")).collect()
}
