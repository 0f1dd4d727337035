//! A Markdown retro, read back for what people wrote into it.

use super::{LINES, line_hash};
use hindcast_retro::draft::{ActionCategory, ActionItem, Note};
use hindcast_retro::merge::Edits;
use hindcast_retro::statement::{Basis, Origin, Statement, Verdict, short_id};
use std::collections::BTreeSet;

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It was not written by Hindcast, or its last comment was removed.
    #[error(
        "{0} is no retro that Hindcast wrote: the comment `hindcast:lines` at its end is missing. Without it, your words cannot be told from the program's; write a new draft beside it and copy them over."
    )]
    NotOurs(String),
    /// It holds several retros.
    #[error("{0} holds several retros; update one at a time, each in its own file.")]
    Several(String),
}

/// Finds what people wrote; `file` is the document's name.
///
/// # Errors
/// When the document is not one of ours.
pub fn read(text: &str, file: &str) -> Result<Edits, ReadError> {
    let mut lists = text.lines().filter_map(|l| l.trim().strip_prefix(LINES)?.strip_suffix(" -->"));
    let Some(hashes) = lists.next() else { return Err(ReadError::NotOurs(file.to_owned())) };
    if lists.next().is_some() {
        return Err(ReadError::Several(file.to_owned()));
    }
    let ours: BTreeSet<&str> = hashes.split(' ').collect();
    let mut reader = Reader { file, in_action: false, edits: Edits::default(), section: "header", note: String::new() };
    for (i, line) in text.lines().enumerate() {
        if line.starts_with(LINES.trim_end()) {
            continue;
        }
        if ours.contains(line_hash(line).as_str()) {
            reader.end_note();
            reader.heading(line);
        } else {
            reader.persons(line, i as u64 + 1);
        }
    }
    reader.end_note();
    Ok(reader.edits)
}

struct Reader<'f> {
    file: &'f str,
    /// True below an action that a person added: its own lines follow.
    in_action: bool,
    edits: Edits,
    section: &'static str,
    note: String,
}

impl Reader<'_> {
    fn heading(&mut self, line: &str) {
        const SECTIONS: [(&str, &str); 8] = [
            ("## 1.", "timeline"),
            ("## 2.", "impact"),
            ("## 3.", "trigger"),
            ("## 4.", "behavior"),
            ("## 5.", "system"),
            ("## 6.", "delay"),
            ("## 7.", "actions"),
            ("## Evidence", "actions"),
        ];
        if let Some((_, section)) = SECTIONS.iter().find(|(start, _)| line.starts_with(start)) {
            self.section = section;
        }
    }

    fn end_note(&mut self) {
        let text = self.note.trim().to_owned();
        self.note.clear();
        if !text.is_empty() {
            self.edits.notes.push(Note { section: self.section.to_owned(), text });
        }
    }

    fn persons(&mut self, line: &str, number: u64) {
        if let Some(title) = line.strip_prefix("# ") {
            self.edits.title = Some(plain(title));
            return;
        }
        let Some((words, marker)) = marker(line) else {
            if self.section == "actions" && (line.starts_with("- [ ]") || line.starts_with("- [x]")) {
                self.action(line);
                self.in_action = true;
                return;
            }
            if self.in_action && self.duty_of_own(line) {
                return;
            }
            self.in_action = false;
            self.note.push_str(line);
            self.note.push('\n');
            return;
        };
        self.end_note();
        let parts: Vec<&str> = marker.split(' ').collect();
        match parts[..] {
            ["verdict", id, ref rest @ ..] => self.verdict(&words, id, rest.first().copied()),
            ["owner", id] => self.duty(id, &words, true),
            ["due", id] => self.duty(id, &words, false),
            ["ask", entry] => self.answer(entry, &words, number),
            [id, ref rest @ ..] => {
                let said = reworded(&words);
                if words.trim_start().starts_with("- [x]") {
                    let text = format!("Marked as done: {said}");
                    self.edits.notes.push(Note { section: self.section.to_owned(), text });
                }
                let decision = self.edits.decisions.entry(id.to_owned()).or_default();
                decision.text = Some(said.clone());
                decision.about = said;
                if decision.verdict == Verdict::Open {
                    decision.verdict = Verdict::Edited;
                }
                decision.fingerprint = rest.first().map(|s| (*s).to_owned());
            }
            [] => {}
        }
    }

    fn verdict(&mut self, words: &str, id: &str, fingerprint: Option<&str>) {
        let said = words.trim().trim_start_matches("- ").trim_start_matches("Verdict:").trim();
        let (word, reason) = said.split_once(':').unwrap_or((said, ""));
        let verdict = match word.trim().to_lowercase().as_str() {
            "confirmed" | "confirm" | "agreed" | "yes" => Verdict::Confirmed,
            "rejected" | "reject" | "dismissed" | "no" | "wrong" => Verdict::Rejected,
            "edited" => Verdict::Edited,
            "open" => Verdict::Open,
            // A verdict in other words is kept as a note rather than guessed at.
            _ => {
                self.edits
                    .notes
                    .push(Note { section: self.section.to_owned(), text: format!("Verdict on {id}: {}", plain(said)) });
                return;
            }
        };
        let reason = Some(plain(reason)).filter(|r| !r.is_empty());
        let decision = self.edits.decisions.entry(id.to_owned()).or_default();
        decision.verdict = verdict;
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

    /// A line such as `  - Owner: Eve` below an action that a person added.
    fn duty_of_own(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.strip_prefix("  - ").and_then(|l| l.split_once(':')) else { return false };
        let Some(item) = self.edits.actions.last_mut() else { return false };
        let value = plain(value);
        match key.trim().to_lowercase().as_str() {
            "owner" => item.owner = Some(value),
            "due" => item.due = Some(value),
            "proven by" => item.verification = value,
            _ => return false,
        }
        true
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

    fn action(&mut self, line: &str) {
        let words = line.get(5..).unwrap_or_default().trim();
        let (category, title) = match words.strip_prefix("**").and_then(|w| w.split_once("**:")) {
            Some((category, title)) => (category.trim().to_lowercase(), title.trim()),
            None => (String::new(), words),
        };
        let category = match category.as_str() {
            "eval" => ActionCategory::Eval,
            "tooling" => ActionCategory::Tooling,
            "guardrails" | "guardrail" => ActionCategory::Guardrails,
            _ => ActionCategory::Process,
        };
        let title = plain(title);
        self.edits.actions.push(ActionItem {
            id: short_id("ac", &title),
            category,
            title,
            findings: Vec::new(),
            question: "unknown".to_owned(),
            verification: "not said yet".to_owned(),
            owner: None,
            due: None,
            origin: Origin::Person(self.file.to_owned()),
            verdict: Verdict::Open,
            reason: None,
        });
    }
}

/// A statement or an action in a person's words, without the label, box and source that stand around it.
fn reworded(words: &str) -> String {
    let mut said = words.trim().trim_start_matches("- ").trim();
    for mark in ["[ ]", "[x]", "[X]"] {
        said = said.strip_prefix(mark).map_or(said, str::trim);
    }
    if let Some((_, rest)) = said.strip_prefix("**").and_then(|s| s.split_once("**:")) {
        said = rest;
    }
    let mut said = plain(said);
    // "(facts.yaml line 17)" and "(finding 1, eval coverage)" are written anew.
    while let Some((before, inside)) = said.strip_suffix(')').and_then(|s| s.rsplit_once(" (")) {
        let source = inside.contains(" line ") || inside.starts_with("finding ") || inside.ends_with(".yaml");
        if !source {
            break;
        }
        said = before.trim_end().to_owned();
    }
    said
}

/// The line without its marker, and the marker's words.
fn marker(line: &str) -> Option<(String, String)> {
    let (before, rest) = line.rsplit_once("<!-- ")?;
    let (marker, _) = rest.split_once(" -->")?;
    let known = ["verdict ", "owner ", "due ", "ask ", "st_", "ac_"].iter().any(|k| marker.starts_with(k));
    known.then(|| (before.to_owned(), marker.to_owned()))
}

/// A person's words as plain text: list marks, table cells, links to quotes and escapes taken away.
fn plain(text: &str) -> String {
    let text = text.trim().trim_start_matches("- ").trim_end_matches("*(edited)*").trim();
    let text =
        if text.starts_with('|') { text.trim_end_matches('|').rsplit(" | ").next().unwrap_or(text) } else { text };
    let mut out = String::new();
    let mut rest = text;
    // `quoted words` [q7](#q7) are the basis, which is written anew.
    while let Some(at) = rest.find("](#q") {
        let (before, after) = rest.split_at(at);
        let start = before.rfind('[').unwrap_or(before.len());
        let words = before[..start].trim_end();
        let cut = if words.ends_with('`') { code_start(words) } else { words.len() };
        out.push_str(words[..cut].trim_end());
        out.push(' ');
        rest = after.split_once(')').map_or("", |(_, r)| r);
    }
    out.push_str(rest);
    let out = out.replace("*(edited)*", "").replace("**⚠**", "");
    let mut clean = String::new();
    let mut chars = out.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|n| n.is_ascii_punctuation()) => clean.extend(chars.next()),
            c => clean.push(c),
        }
    }
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the code span at the end of a text begins.
fn code_start(text: &str) -> usize {
    let fence = text.len() - text.trim_end_matches('`').len();
    let inner = &text[..text.len() - fence];
    inner.rfind(&"`".repeat(fence)).unwrap_or(text.len())
}
