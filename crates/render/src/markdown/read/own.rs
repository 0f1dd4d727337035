//! Actions that a person added.

use super::Reader;
use super::words::plain;
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

    pub fn action(&mut self, line: &str) {
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
            verification: "not specified".to_owned(),
            owner: None,
            due: None,
            origin: Origin::Person(self.file.to_owned()),
            verdict: Verdict::Open,
            reason: None,
            original: None,
        });
    }
}
