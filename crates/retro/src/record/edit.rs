//! Editing one section of a retro in a form.

mod actions;
mod check;
mod lead;
mod lines;
mod replies;
mod statements;
mod system;

pub use lead::{LeadChoice, LeadDecision, LeadEffect, decide_lead};
pub use lines::{lines, notes};

use super::named;
use crate::draft::{ActionCategory, Contribution, DesignCoverage, Draft, Note};
use crate::statement::Verdict;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The most characters that one text may have.
pub const MOST_CHARACTERS: usize = 20_000;

/// The most actions that a retro may have.
pub const MOST_ACTIONS: usize = 500;

/// A part of the retro that is edited by itself. The names are those that notes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The proposed severity and its reasons.
    Severity,
    /// Section 1.
    Timeline,
    /// Section 2.
    Impact,
    /// Section 3.
    Trigger,
    /// Section 4.
    Behavior,
    /// Section 5.
    System,
    /// Section 6.
    Delay,
    /// Section 7.
    Actions,
}

named!(
    Section, "a section", 8:
    Severity = "severity",
    Timeline = "timeline",
    Impact = "impact",
    Trigger = "trigger",
    Behavior = "behavior",
    System = "system",
    Delay = "delay",
    Actions = "actions",
);

impl Section {
    /// The heading.
    pub fn label(self) -> &'static str {
        match self {
            Section::Severity => "Severity",
            Section::Timeline => "Timeline",
            Section::Impact => "Impact",
            Section::Trigger => "Trigger",
            Section::Behavior => "LLM behavior analysis",
            Section::System => "System contribution",
            Section::Delay => "Detection delay",
            Section::Actions => "Action items",
        }
    }

    /// Its number among the seven; the severity has none.
    pub fn number(self) -> Option<u8> {
        match self {
            Section::Severity => None,
            other => Some(other as u8),
        }
    }
}

/// Who edits, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The time.
    pub at: Timestamp,
}

/// What a form says about one section. What it does not mention stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SectionEdit {
    /// The heading of the whole retro; with any section.
    pub title: Option<String>,
    /// Verdicts on statements of the section.
    pub decisions: Vec<Decide>,
    /// Answers to its open questions.
    pub replies: Vec<Reply>,
    /// Answers to the six questions; only in section 5.
    pub system: Vec<SystemEdit>,
    /// Actions, changed or added; only in section 7.
    pub actions: Vec<ActionEdit>,
    /// The section's notes as Markdown; empty takes them out.
    pub notes: Option<String>,
}

/// A verdict on one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The statement.
    pub id: String,
    /// The verdict. Open gives a reworded statement its first words back. One whose text differs from what stands
    /// there becomes edited, unless it is rejected.
    pub verdict: Verdict,
    /// The person's words; absent leaves the words that stand there.
    #[serde(default)]
    pub text: Option<String>,
    /// Why; a rejection needs it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// A person's answer to an open question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reply {
    /// What is asked: the entry of the question, such as `aware.at`; or its place, such as `impact.customers`,
    /// `trigger`, `delay.aware`, `delay.should_have_fired` or `system.guardrails`.
    pub entry: String,
    /// The answer. A time at its start, with a zone, counts as the time of a point of section 6.
    pub text: String,
}

/// The answer to one of the six questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SystemEdit {
    /// context, tool_design, guardrails, eval_coverage, monitoring or permission_scope.
    pub question: String,
    /// The verdict.
    pub verdict: Contribution,
    /// Whether the design had foreseen it.
    pub coverage: DesignCoverage,
    /// The counterfactual. Absent keeps it; empty removes it.
    #[serde(default)]
    pub counterfactual: Option<String>,
}

/// An action, changed or added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ActionEdit {
    /// Which one; absent for one that the person adds.
    #[serde(default)]
    pub id: Option<String>,
    /// The category.
    pub category: ActionCategory,
    /// What to do.
    pub title: String,
    /// Who does it; empty for nobody yet.
    #[serde(default)]
    pub owner: Option<String>,
    /// Until when, such as `2026-12-25`; empty for not set yet.
    #[serde(default)]
    pub due: Option<String>,
    /// What would prove it; may be empty until it is decided.
    #[serde(default)]
    pub verification: String,
    /// The findings that it answers.
    #[serde(default)]
    pub findings: Vec<String>,
    /// The system question that it answers; empty or `unknown` for none.
    #[serde(default)]
    pub question: String,
    /// What the person decided.
    #[serde(default)]
    pub verdict: Verdict,
    /// Why; a rejection needs it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Why an edit was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EditFault {
    /// The field: `title`, `notes`, `decisions.st_….reason`, `replies.aware.at`, `system.guardrails`,
    /// `actions.ac_….due`, or `actions.0.due` for the first action without an id.
    pub field: String,
    /// What is wrong, in words.
    pub what: String,
}

impl EditFault {
    fn new(field: impl Into<String>, what: impl Into<String>) -> Self {
        EditFault { field: field.into(), what: what.into() }
    }
}

/// Changes one section of a sealed draft, and seals it again. Nothing outside the section changes but the heading and
/// the sentences of the summary that nobody decided on.
///
/// # Errors
/// With every fault at once; then the draft is as it was.
pub fn apply(draft: &mut Draft, section: Section, edit: &SectionEdit, author: &Author) -> Result<(), Vec<EditFault>> {
    let mut faults = Vec::new();
    let mut new = draft.clone();
    let title = edit.title.as_ref().and_then(|title| check::required("title", title, &mut faults));
    if let Some(title) = title.filter(|title| *title != new.title) {
        new.title = title;
        new.title_edited = true;
    }
    statements::decide(&mut new, section, &edit.decisions, &mut faults);
    replies::answer(&mut new, section, &edit.replies, author, &mut faults);
    system::judge(&mut new, section, &edit.system, &mut faults);
    actions::change(&mut new, section, &edit.actions, author, &mut faults);
    if let Some(text) = &edit.notes {
        let text = check::text("notes", text, &mut faults);
        new.notes.retain(|n| n.section != section.name() || n.below.is_some());
        if !text.is_empty() {
            new.notes.push(Note::new(section.name(), text));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    crate::summary::renew(&mut new);
    crate::merge::seal(&mut new);
    *draft = new;
    Ok(())
}

#[cfg(test)]
mod tests;
