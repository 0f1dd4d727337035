//! Findings of people. They come from a facts file, which may be missing at the next draft: then all of it is in a note.

use crate::draft::{Draft, Note};
use crate::statement::{Basis, Origin};
use std::fmt::Write;

/// A finding of a person, as far as the earlier document has it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ByPerson {
    /// The statement's id.
    pub id: String,
    /// One line.
    pub title: String,
    /// The category's name.
    pub category: String,
    /// What happened.
    pub what: String,
    /// The words that it quotes.
    pub quotes: Vec<String>,
    /// The events that they stand in, counted from 1.
    pub events: Vec<u32>,
    /// The answers that came with it: the system question, and `contributed` or `did_not`.
    pub answers: Vec<(String, String)>,
}

impl ByPerson {
    /// Those of a draft that was kept as data.
    pub fn of(draft: &Draft) -> Vec<Self> {
        let people = draft.behavior.findings.iter().filter(|f| matches!(f.statement.origin, Origin::Person(_)));
        let one = |f: &crate::draft::FindingEntry| {
            let said = &f.statement;
            let mut events: Vec<u32> = said.quotes().map(|q| q.event).collect();
            events.extend(said.basis().iter().filter_map(|b| match b {
                Basis::Absence { from_event, .. } => Some(*from_event),
                _ => None,
            }));
            events.sort_unstable();
            events.dedup();
            ByPerson {
                id: said.id.clone(),
                title: f.title.clone(),
                category: f.category.label().to_owned(),
                what: said.original.as_ref().unwrap_or(&said.text).clone(),
                quotes: said.quotes().map(|q| q.text.clone()).collect(),
                events,
                answers: answers(draft, f.statement.basis()),
            }
        };
        people.map(one).collect()
    }

    /// All of it, as an entry of a facts file.
    pub fn note(&self) -> Note {
        let text = |text: &str| serde_json::to_string(text).unwrap_or_default();
        let category = match self.category.is_empty() {
            true => "# not known".to_owned(),
            false => self.category.replace(' ', "_"),
        };
        let mut entry = format!("findings:\n  - category: {category}\n    what: {}\n", text(&self.what));
        let _ = writeln!(entry, "    title: {}", text(&self.title));
        if !self.quotes.is_empty() {
            let quotes: Vec<String> = self.quotes.iter().map(|q| text(q)).collect();
            let _ = writeln!(entry, "    quotes: [{}]", quotes.join(", "));
        }
        if !self.events.is_empty() {
            let events: Vec<String> = self.events.iter().map(u32::to_string).collect();
            // Beside quotes, an event would be cited as a whole.
            let comment = if self.quotes.is_empty() { "" } else { "# " };
            let _ = writeln!(entry, "    {comment}events: [{}]", events.join(", "));
        }
        if !self.answers.is_empty() {
            let answers: Vec<String> = self.answers.iter().map(|(q, a)| format!("{q}: {a}")).collect();
            let _ = writeln!(entry, "    answers: {{{}}}", answers.join(", "));
        }
        Note::new(
            "behavior",
            format!(
                "Found earlier by a person: {}. To make it a finding again, write this into a facts file:\n\n```yaml\n{entry}```",
                self.title.trim_end_matches('.')
            ),
        )
    }
}

/// The answers that rest on the same words, and on an entry of a finding.
fn answers(draft: &Draft, of: &[Basis]) -> Vec<(String, String)> {
    let said = draft.system.iter().flat_map(|a| a.statements.iter().map(move |s| (a, s)));
    let with = said.filter_map(|(answer, statement)| match statement.basis().split_first()? {
        (Basis::Fact { entry, value, .. }, rest) if rest == of && entry.starts_with("findings.answers.") => {
            Some((answer.question.clone(), value.clone()))
        }
        _ => None,
    });
    with.collect()
}
