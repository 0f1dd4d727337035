//! A Markdown retro, read back for what people did to it.

mod lines;
mod own;
mod people;
mod severity;
mod words;

use super::LINES;
use super::out::{key, marker};
use super::sections::LEAD;
use hindcast_retro::draft::{Note, Place};
use hindcast_retro::merge::Edits;
use hindcast_retro::statement::{Basis, Origin, Statement, Verdict};
use lines::Line;
use std::collections::{HashMap, HashSet};
use words::{plain, reworded};

/// The label of a verification; the second one is of earlier versions.
const VERIFICATION: [&str; 2] = ["Verification:", "proven by:"];
/// The label of a counterfactual; the second one is of earlier versions.
const COUNTERFACTUAL: [&str; 2] = ["Counterfactual:", "otherwise:"];
/// The label of the design coverage; the second one is of earlier versions.
const DESIGN: [&str; 2] = ["design coverage:", "by design:"];

/// The words of a list item after its label.
fn after_label<'w>(words: &'w str, labels: &[&str]) -> &'w str {
    let said = words.trim().trim_start_matches("- ").trim();
    labels.iter().find_map(|label| said.strip_prefix(label)).unwrap_or(said).trim()
}

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It was not written by Hindcast, or its last comment was removed.
    #[error(
        "{0} is not a retro that Hindcast wrote: the comment `hindcast:lines` at its end is missing. Without it, Hindcast cannot tell your text from its own. Write a new draft and copy your text over."
    )]
    NotOurs(String),
    /// It holds several retros.
    #[error("{0} contains several retros. Update one at a time, each in its own file.")]
    Several(String),
    /// Two versions were merged, and the conflict stands in the file.
    #[error(
        "{0}:{1}: unresolved merge conflict. Keep the text that you want, remove the lines with `<<<<<<<`, `=======` and `>>>>>>>`, and try again."
    )]
    Conflict(String, usize),
}

/// Finds what people did; `file` is the document's name.
///
/// # Errors
/// When the document is not one of ours, holds several, or an open merge conflict.
pub fn read(text: &str, file: &str) -> Result<Edits, ReadError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if let Some(at) = text.lines().position(|l| l.starts_with("<<<<<<< ") || l.starts_with(">>>>>>> ")) {
        return Err(ReadError::Conflict(file.to_owned(), at + 1));
    }
    let mut lists = text.lines().filter_map(|l| l.trim().strip_prefix(LINES)?.strip_suffix(" -->"));
    let Some(list) = lists.next() else { return Err(ReadError::NotOurs(file.to_owned())) };
    if lists.next().is_some() {
        return Err(ReadError::Several(file.to_owned()));
    }
    let (session, list) = list.split_once(' ').unwrap_or((list, ""));
    let compared = lines::compare(text, list);
    let mut edits = Edits { session: Some(session.to_owned()), ..Edits::default() };
    edits.by_hand.removed = compared.removed;
    edits.by_people = people::findings(text);
    // An action whose title line is gone, and stands in no other words, was taken out.
    let stands = |id: &str| text.lines().any(|l| marker(l).is_some_and(|m| m.split(' ').next() == Some(id)));
    compared.actions_removed.iter().filter(|id| !stands(id)).for_each(|id| edits.take_out(id));
    let mut reader = Reader {
        file,
        in_action: false,
        edits,
        hashes: list.split(' ').map(|entry| entry.split('=').next().unwrap_or_default()).collect(),
        level: None,
        section: "header",
        note: None,
        heading: None,
        at: None,
        keys: HashMap::new(),
    };
    let mut blank = true;
    for line in &compared.lines {
        match line {
            Line::Blank => reader.blank(),
            Line::Machine(line) => reader.machine(line),
            Line::Person(line, number) => reader.persons(line, *number, blank),
        }
        blank = matches!(line, Line::Blank);
    }
    reader.end_note();
    if let Some(level) = reader.level {
        reader.edits.level(level);
    }
    Ok(reader.edits)
}

struct Reader<'f> {
    file: &'f str,
    /// True below an action that a person added: its own lines follow.
    in_action: bool,
    edits: Edits,
    /// What the machine's lines are known by.
    hashes: HashSet<&'f str>,
    /// The level that a person wrote into the headline.
    level: Option<u8>,
    section: &'static str,
    /// The words of a person that are being gathered.
    note: Option<Note>,
    /// A finding's heading in a person's words, until the finding is known.
    heading: Option<String>,
    /// The line above.
    at: Option<Place>,
    keys: HashMap<String, u32>,
}

impl Reader<'_> {
    fn heading(&mut self, line: &str) {
        const SECTIONS: [(&str, &str); 9] = [
            ("## 1.", "timeline"),
            ("## 2.", "impact"),
            ("## 3.", "trigger"),
            ("## 4.", "behavior"),
            ("## 5.", "system"),
            ("## 6.", "delay"),
            ("## 7.", "actions"),
            ("## Open questions", "open"),
            ("## Evidence", "evidence"),
        ];
        if let Some((_, section)) = SECTIONS.iter().find(|(start, _)| line.starts_with(start)) {
            self.section = section;
        }
    }

    fn end_note(&mut self) {
        if let Some(mut note) = self.note.take() {
            note.text.truncate(note.text.trim_end().len());
            self.edits.notes.push(note);
        }
    }

    fn blank(&mut self) {
        if let Some(note) = &mut self.note {
            note.text.push('\n');
        }
    }

    fn note_line(&mut self, line: &str, apart: bool) {
        let (section, below) = (self.section.to_owned(), self.at.clone());
        match &mut self.note {
            Some(note) => {
                note.text.push('\n');
                note.text.push_str(line);
            }
            None => self.note = Some(Note { section, text: line.to_owned(), below, apart }),
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
        self.heading(line);
        self.titled(line);
        self.pass(line);
    }

    /// The finding below a heading that a person wrote.
    fn titled(&mut self, line: &str) {
        let Some(id) = marker(line).and_then(|m| m.split(' ').next()).filter(|id| id.starts_with("st_")) else {
            return;
        };
        if let Some(title) = self.heading.take() {
            self.edits.by_hand.instead.insert(format!("finding.{id}.title"), title);
        }
    }

    fn persons(&mut self, line: &str, number: u64, after_blank: bool) {
        if let Some(title) = line.strip_prefix("# ").filter(|_| self.at.is_none()) {
            self.edits.title = Some(plain(title));
            self.pass(line);
            return;
        }
        // "### Finding 1: misinterpretation: what happened"
        if let Some((_, title)) = line.strip_prefix("### Finding ").and_then(|l| l.split_once(": ")?.1.split_once(": "))
        {
            self.end_note();
            self.heading = Some(plain(title));
            return;
        }
        self.titled(line);
        if self.section == "header" && self.headline(line) {
            self.end_note();
            self.pass(line);
            return;
        }
        let Some(marker) = marker(line).filter(|m| *m != "severity level") else {
            if self.section == "actions" && ["- [ ]", "- [x]", "- [X]"].iter().any(|b| line.starts_with(b)) {
                self.end_note();
                self.action(line);
                self.in_action = true;
                return;
            }
            if self.in_action && self.duty_of_own(line) {
                return;
            }
            self.in_action = false;
            self.heading(line);
            self.note_line(line.trim_end_matches(" <!-- severity level -->"), after_blank);
            return;
        };
        let words = line.rsplit_once("<!-- ").map_or(line, |(words, _)| words).to_owned();
        self.end_note();
        self.in_action = false;
        let parts: Vec<&str> = marker.split(' ').collect();
        match parts[..] {
            ["severity", "decided"] => self.decided(&words),
            ["proof", id] => {
                let said = after_label(&words, &VERIFICATION);
                self.edits.by_hand.instead.insert(format!("action.{id}.verification"), plain(said));
            }
            ["otherwise", question] => {
                let said = after_label(&words, &COUNTERFACTUAL);
                self.edits.by_hand.instead.insert(format!("system.{question}.counterfactual"), plain(said));
            }
            ["system", question] => self.contribution(question, &words),
            ["verdict", id, ref rest @ ..] => self.verdict(&words, id, rest.first().copied()),
            ["owner", id] => self.duty(id, &words, true),
            ["due", id] => self.duty(id, &words, false),
            ["ask", entry] => self.answer(entry, &words, number),
            [id, ref rest @ ..] => {
                let said = reworded(&words);
                if words.trim_start().starts_with("- [x]") {
                    let text = format!("Marked as done: {said}");
                    self.edits.notes.push(Note::new(self.section, text));
                }
                let decision = self.edits.decisions.entry(id.to_owned()).or_default();
                // What a person reworded as a finding stays one.
                decision.finding |= self.section == "behavior" && !words.trim_start().starts_with(LEAD);
                decision.text = Some(said.clone());
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
        let decision = self.edits.decisions.entry(id.to_owned()).or_default();
        decision.verdict = verdict;
        decision.finding |= verdict == Verdict::Confirmed;
        decision.reason = reason;
        decision.fingerprint = fingerprint.map(str::to_owned);
        if decision.about.is_empty() {
            decision.about = format!("finding {id}");
        }
    }

    fn duty(&mut self, id: &str, words: &str, owner: bool) {
        let value = words.split_once(':').map(|(_, v)| plain(v)).filter(|v| !v.is_empty());
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
