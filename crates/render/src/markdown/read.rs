//! A Markdown retro, read back for what people did to it.

mod align;
mod attach;
mod document;
mod error;
mod labels;
mod lines;
mod own;
mod people;
mod severity;
mod shape;
mod shared;
mod titles;
mod words;

use super::listed::SECTIONS;
use super::marks::{key, marker};
use super::sections::LEAD;
use super::words::{is_no_date, is_nobody};
pub use error::ReadError;
use hindcast_retro::draft::{Note, Place};
use hindcast_retro::merge::Edits;
use hindcast_retro::statement::{Basis, Origin, Statement, Verdict};
use labels::{COUNTERFACTUAL, DESIGN, VERIFICATION, after_label};
use lines::Line;
use std::collections::{HashMap, HashSet};
use titles::Heading;
use words::{plain, quoted, reworded, row, sentence};

/// Finds what people did; `file` is the document's name.
///
/// # Errors
/// When the document is not one of ours, holds several, or an open merge conflict.
pub fn read(text: &str, file: &str) -> Result<Edits, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.lines().position(|l| l.starts_with("<<<<<<< ") || l.starts_with(">>>>>>> ")) {
        return Err(ReadError::Conflict(file.to_owned(), at + 1));
    }
    let document = document::open(text, file)?;
    let compared = lines::compare(&document);
    let mut edits =
        Edits { session: Some(document.session.clone()), warnings: document.warnings.clone(), ..Edits::default() };
    if compared.moved > 0 {
        let lines = if compared.moved == 1 { "1 line was" } else { &format!("{} lines were", compared.moved) };
        edits.warnings.push(format!("{lines} moved; the next draft puts them back."));
    }
    edits.by_people = people::findings(compared.lines.iter().map(Line::text));
    // An action whose title line is gone, and stands in no other words, was taken out.
    compared.actions_removed.iter().for_each(|id| edits.take_out(id));
    edits.by_hand.removed = compared.removed;
    edits.by_hand.leads_removed = compared.flags_removed;
    let machines = compared.lines.iter().filter(|line| matches!(line, Line::Machine(_)));
    let headed = machines.filter_map(|line| section_of(line.text())).collect();
    let mut reader = Reader {
        file,
        shared: shared::ids(compared.lines.iter().map(Line::text)),
        under: String::new(),
        in_action: false,
        edits,
        hashes: compared.hashes,
        level: None,
        section: "header",
        note: None,
        blanks: 1,
        headed,
        heading: None,
        at: None,
        keys: HashMap::new(),
    };
    for (line, section) in compared.lines.iter().zip(compared.sections) {
        reader.without_heading(section);
        match line {
            Line::Blank => reader.blanks = reader.blanks.saturating_add(1),
            Line::Machine(line) => reader.machine(line),
            Line::Person(line, number) => reader.persons(line, *number),
        }
        if !matches!(line, Line::Blank) {
            reader.blanks = 0;
        }
    }
    reader.untitled();
    if let Some(level) = reader.level {
        reader.edits.level(level);
    }
    reader.edits.notes = joined(reader.edits.notes);
    let Edits { titles, done, duties, .. } = &mut reader.edits;
    titles.retain(|id, _| done.contains(id) || duties.contains_key(id));
    Ok(reader.edits)
}

/// Notes at one place as one, as they are read once they stand in a page.
fn joined(notes: Vec<Note>) -> Vec<Note> {
    let mut all: Vec<Note> = Vec::new();
    for note in notes {
        match all.last_mut().filter(|n| n.below.is_some() && n.below == note.below && n.section == note.section) {
            Some(last) => {
                let above = u8::from(note.apart).saturating_add(note.more_above);
                let between = "\n".repeat(usize::from(last.blank_below.max(above)) + 1);
                last.text = format!("{}{between}{}", last.text, note.text);
                last.blank_below = note.blank_below;
            }
            None => all.push(note),
        }
    }
    all
}

/// The section whose heading a line is.
fn section_of(line: &str) -> Option<&'static str> {
    SECTIONS.iter().skip(1).find(|(_, start, _)| line.starts_with(start)).map(|(section, ..)| *section)
}

struct Reader<'f> {
    file: &'f str,
    /// Ids that several findings have in a document of an earlier version.
    shared: HashSet<String>,
    /// The finding or lead that was read last, as its heading names it.
    under: String,
    /// True below an action that a person added: its own lines follow.
    in_action: bool,
    edits: Edits,
    /// What the machine's lines are known by.
    hashes: HashSet<String>,
    /// The level that a person wrote into the headline.
    level: Option<u8>,
    section: &'static str,
    /// The words of a person that are being gathered.
    note: Option<Note>,
    /// The blank lines above this line. More than a person would ever type are not counted.
    blanks: u8,
    /// The sections whose own heading stands: another one like it is a person's words.
    headed: HashSet<&'static str>,
    /// A finding's heading in a person's words, until the finding is known.
    heading: Option<Heading>,
    /// The line above.
    at: Option<Place>,
    keys: HashMap<String, u32>,
}

impl Reader<'_> {
    fn heading(&mut self, line: &str) {
        self.section = section_of(line).unwrap_or(self.section);
    }

    /// A section whose heading a person took out begins with its first line that stands.
    fn without_heading(&mut self, section: Option<&'static str>) {
        self.section = section.filter(|s| !self.headed.contains(s)).unwrap_or(self.section);
    }

    fn end_note(&mut self) {
        if let Some(mut note) = self.note.take() {
            note.blank_below = self.blanks;
            self.edits.notes.push(note);
        }
    }

    fn note_line(&mut self, line: &str) {
        match &mut self.note {
            Some(note) => {
                note.text.push_str(&"\n".repeat(usize::from(self.blanks) + 1));
                note.text.push_str(line);
            }
            None => {
                let (apart, more_above) = (self.blanks > 0, self.blanks.saturating_sub(1));
                let below = self.at.clone();
                self.note = Some(Note { below, apart, more_above, ..Note::new(self.section, line) });
            }
        }
    }

    /// From here on, words stand below this line.
    fn pass(&mut self, line: &str) {
        let key = key(line);
        let nth = self.keys.entry(key.clone()).or_default();
        self.at = Some(Place { line: key, nth: *nth });
        *nth += 1;
    }

    fn machine(&mut self, line: &str) {
        self.end_note();
        self.in_action = false;
        self.names(line);
        if !self.titled(line) {
            self.untitled();
        }
        self.heading(line);
        if let Some((id, words)) = marker(line).filter(|m| m.starts_with("ac_")).zip(line.rsplit_once("<!-- ")) {
            self.proposed(id, words.0);
        }
        self.pass(line);
    }

    fn persons(&mut self, line: &str, number: u64) {
        let title = line.strip_prefix('#').filter(|words| words.is_empty() || words.starts_with(' '));
        if let Some(title) = title.map(plain).filter(|_| self.at.is_none()) {
            // Without words it is the same as no title, which the list of what is gone tells.
            if !title.is_empty() {
                self.edits.title = Some(title);
                self.pass(line);
            }
            return;
        }
        self.names(line);
        // "### Finding 1: misinterpretation: what happened"
        if let Some((_, title)) = line.strip_prefix("### Finding ").and_then(|l| l.split_once(": ")?.1.split_once(": "))
        {
            self.entitle(line, title);
            return;
        }
        self.titled(line);
        if self.section == "header" && self.headline(line) {
            self.end_note();
            self.pass(line);
            return;
        }
        let Some(marker) = marker(line).filter(|m| *m != "severity level") else {
            let is_box = ["- [ ]", "- [x]", "- [X]"].iter().any(|b| line.starts_with(b));
            if self.section == "actions" && is_box && line.len() > "- [ ] ".len() {
                self.end_note();
                self.action(line);
                self.in_action = true;
                return;
            }
            if self.in_action && self.duty_of_own(line) {
                return;
            }
            self.in_action = false;
            if section_of(line).is_some_and(|section| !self.headed.contains(section)) {
                self.heading(line);
            }
            self.note_line(line.trim_end_matches(" <!-- severity level -->"));
            return;
        };
        let words = line.rsplit_once("<!-- ").map_or(line, |(words, _)| words).to_owned();
        self.end_note();
        self.in_action = false;
        let parts: Vec<&str> = marker.split(' ').collect();
        match parts[..] {
            ["verdict", id, ..] | [id, ..] if self.shared.contains(id) => self.of_several(id, &words),
            ["severity", "decided"] => self.decided(&words),
            ["proof", id] => {
                let said = after_label(&words, &VERIFICATION);
                self.edits.by_hand.instead.insert(format!("action.{id}.verification"), plain(said));
            }
            ["otherwise", question] => {
                let said = plain(after_label(&words, &COUNTERFACTUAL));
                // Without words it is the same as no line, which the list of what is gone tells.
                if !said.is_empty() {
                    self.edits.by_hand.instead.insert(format!("system.{question}.counterfactual"), said);
                }
            }
            ["system", question] => self.contribution(question, &words),
            ["verdict", id, ref rest @ ..] => self.verdict(&words, id, rest.first().copied()),
            ["owner", id] => self.duty(id, &words, true),
            ["due", id] => self.duty(id, &words, false),
            ["ask", entry] => self.answer(entry, &words, number),
            [id, ref rest @ ..] => {
                let said = match self.section {
                    "timeline" if words.trim_start().starts_with('|') => row(&words),
                    _ if self.is_summary(&words) => sentence(&words),
                    _ => reworded(&words),
                };
                if id.starts_with("ac_") {
                    self.labeled(id, &words);
                    self.proposed(id, &words);
                }
                let cited = self.cited(&words);
                let decision = self.edits.decisions.entry(id.to_owned()).or_default();
                // What a person reworded as a finding stays one.
                decision.finding |= self.section == "behavior" && !words.trim_start().starts_with(LEAD);
                decision.text = Some(said.clone());
                decision.cited = cited;
                decision.about = said;
                if decision.verdict == Verdict::Open {
                    decision.verdict = Verdict::Edited;
                }
                decision.fingerprint = rest.first().map(|s| (*s).to_owned());
            }
            [] => {}
        }
        self.pass(line);
    }

    /// The words of the quotes that stand in a line of a person. The summary only links to its quotes, and has them all; so may
    /// another line whose words are those of a quote.
    fn cited(&self, words: &str) -> Option<Vec<String>> {
        let quotes = quoted(words);
        let linked = words.matches("](#q").count() > quotes.len();
        (!self.is_summary(words) && !linked).then_some(quotes)
    }

    /// True for a line of the head of the retro that is in no list.
    fn is_summary(&self, words: &str) -> bool {
        self.section == "header" && !words.trim_start().starts_with("- ")
    }

    /// "**did not contribute**; design coverage: specified.", and what a person wrote behind it.
    fn contribution(&mut self, question: &str, words: &str) {
        let (verdict, rest) = words.split_once(';').unwrap_or((words, ""));
        let verdict = match verdict.trim().trim_matches(['*', '.']).trim().to_lowercase().as_str() {
            "contributed" | "yes" => Some("contributed"),
            "did not contribute" | "not contributed" | "no" => Some("did_not"),
            "unknown" => Some("unknown"),
            _ => None,
        };
        let design = DESIGN.iter().find_map(|label| rest.trim().strip_prefix(label));
        let (design, more) = match design.map(str::trim) {
            Some(said) => said.split_once('.').unwrap_or((said, "")),
            None => ("", rest),
        };
        let coverage = match design.trim().to_lowercase().as_str() {
            "specified" => Some("specified"),
            "not specified" => Some("not_specified"),
            "unknown" => Some("unknown"),
            _ => None,
        };
        let mut keep = |field: &str, value: Option<&str>| {
            if let Some(value) = value {
                self.edits.by_hand.instead.insert(format!("system.{question}.{field}"), value.to_owned());
            }
        };
        keep("verdict", verdict);
        keep("coverage", coverage);
        // What is neither is kept in the person's words.
        if verdict.is_none() || coverage.is_none() || !more.trim().is_empty() {
            self.edits.notes.push(Note::new("system", format!("On {}: {}", question.replace('_', " "), plain(words))));
        }
    }

    fn verdict(&mut self, words: &str, id: &str, fingerprint: Option<&str>) {
        let said = words.trim().trim_start_matches("- ").trim_start_matches("Verdict:").trim();
        let (word, reason) = said.split_once(':').unwrap_or((said, ""));
        let verdict = match word.trim().to_lowercase().as_str() {
            "confirmed" | "confirm" | "agreed" | "yes" | "promoted" | "promote" => Verdict::Confirmed,
            "rejected" | "reject" | "dismissed" | "dismiss" | "no" | "wrong" => Verdict::Rejected,
            "edited" => Verdict::Edited,
            "open" => Verdict::Open,
            // A verdict in other words is kept as a note rather than guessed at.
            _ => {
                self.edits.notes.push(Note::new(self.section, format!("Verdict on {id}: {}", plain(said))));
                return;
            }
        };
        let reason = Some(plain(reason)).filter(|r| !r.is_empty());
        let under = lowered(&self.under);
        let decision = self.edits.decisions.entry(id.to_owned()).or_default();
        decision.verdict = verdict;
        decision.finding |= verdict == Verdict::Confirmed;
        decision.reason = reason;
        decision.fingerprint = fingerprint.map(str::to_owned);
        if decision.about.is_empty() {
            // The person knows it by its heading, and by its id only where there is none.
            decision.about =
                if under.is_empty() || self.section != "behavior" { format!("finding {id}") } else { under };
        }
    }

    fn duty(&mut self, id: &str, words: &str, owner: bool) {
        let is_none = if owner { is_nobody } else { is_no_date };
        let value = words.split_once(':').map(|(_, v)| plain(v)).filter(|v| !is_none(v));
        let duty = self.edits.duties.entry(id.to_owned()).or_default();
        if owner { duty.0 = value } else { duty.1 = value }
    }

    fn answer(&mut self, entry: &str, words: &str, line: u64) {
        let said = words.trim().trim_start_matches("- ");
        // "**customers**: 12 callers" answers with what follows the label.
        let said = match said.strip_prefix("**").and_then(|s| s.split_once("**:")) {
            Some((_, rest)) => rest,
            None => said,
        };
        let value = plain(said);
        if value.is_empty() || value.starts_with("unknown ") {
            return;
        }
        let basis = Basis::Fact { file: self.file.to_owned(), line, entry: entry.to_owned(), value: value.clone() };
        let statement = Statement::new(Origin::Person(self.file.to_owned()), value, basis, []);
        self.edits.answers.insert(entry.to_owned(), vec![statement]);
    }
}

/// "Lead 1, event 3, the title" as a word within a sentence: "lead 1, event 3, the title".
fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |c| c.to_lowercase().chain(letters).collect())
}
