//! Actions that a person added.

use super::Reader;
use super::words::{plain, reworded};
use crate::markdown::marks::is_checked;
use crate::markdown::words::{is_no_date, is_nobody};
use hindcast_retro::draft::{ActionCategory, ActionItem};
use hindcast_retro::statement::{Origin, Verdict, short_id};

impl Reader<'_> {
    /// A line such as `  - Owner: Eve` below an action that a person added.
    pub fn duty_of_own(&mut self, line: &str) -> bool {
        let Some((key, value)) = line.strip_prefix("  - ").and_then(|l| l.split_once(':')) else { return false };
        let Some(item) = self.edits.actions.last_mut() else { return false };
        let value = plain(value);
        match key.trim().to_lowercase().as_str() {
            "owner" => item.owner = Some(value).filter(|v| !is_nobody(v)),
            "due" => item.due = Some(value).filter(|v| !is_no_date(v)),
            "verification" | "proven by" => item.verification = value,
            _ => return false,
        }
        true
    }

    /// An action that a person added.
    pub fn action(&mut self, line: &str) {
        let (label, title) = parts(line);
        let (category, label) = named(label);
        let title = plain(title);
        self.edits.actions.push(ActionItem {
            id: short_id("ac", &title),
            category: category.unwrap_or(ActionCategory::Process),
            label,
            done: is_checked(line),
            title,
            findings: Vec::new(),
            question: "unknown".to_owned(),
            verification: "not specified".to_owned(),
            owner: None,
            due: None,
            origin: Origin::Person(self.file.to_owned()),
            verdict: Verdict::Open,
            reason: None,
            original: None,
        });
    }
    /// A proposed action as it stands: what it says, and whether its box is checked.
    pub fn proposed(&mut self, id: &str, line: &str) {
        self.edits.titles.insert(id.to_owned(), reworded(line));
        if is_checked(line) {
            self.edits.done.insert(id.to_owned());
        }
    }

    /// The category that a person wrote before a proposed action, in whatever words.
    pub fn labeled(&mut self, id: &str, line: &str) {
        let (category, label) = named(parts(line).0);
        let mut keep = |field: &str, value: Option<String>| {
            if let Some(value) = value {
                self.edits.by_hand.instead.insert(format!("action.{id}.{field}"), value);
            }
        };
        keep("category", category.map(|c| c.label().to_owned()));
        keep("label", label);
    }
}

/// The label of an action and its title: "- [ ] **docs**: Write it down".
fn parts(line: &str) -> (&str, &str) {
    let words = line.trim_start().get(5..).unwrap_or_default().trim();
    let parts = words.strip_prefix("**").and_then(|w| w.split_once("**:").or_else(|| w.split_once(":**")));
    parts.map_or(("", words), |(label, title)| (label.trim(), title.trim()))
}

/// The category of that name, or else the person's own word for it.
fn named(label: &str) -> (Option<ActionCategory>, Option<String>) {
    match ActionCategory::named(label) {
        None => (None, Some(plain(label)).filter(|l| !l.is_empty())),
        category => (category, None),
    }
}
