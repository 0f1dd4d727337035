//! Section 7, and what people wrote besides.

use super::anchors::Anchors;
use super::parts::{Go, Mark};
use super::text::Text;
use super::words;
use crate::visible;
use hindcast_retro::Draft;
use hindcast_retro::draft::{ActionItem, Note};
use hindcast_retro::statement::Verdict;

/// Something to do.
pub struct ActionRow {
    pub id: String,
    pub category: &'static str,
    pub label: Text,
    pub done: bool,
    pub title: Text,
    pub findings: Vec<Go>,
    /// Findings that the draft no longer holds, by their id.
    pub lost: Vec<Text>,
    pub question: Text,
    pub question_at: Option<Go>,
    pub verification: Text,
    pub owner: Option<Text>,
    pub due: Option<Text>,
    pub mark: Mark,
    pub rejected: bool,
}

impl ActionRow {
    /// All items of a draft.
    pub fn all(draft: &Draft, anchors: &Anchors) -> Vec<Self> {
        draft.actions.items.iter().enumerate().map(|(i, item)| ActionRow::new(item, i + 1, anchors)).collect()
    }

    fn new(item: &ActionItem, number: usize, anchors: &Anchors) -> Self {
        let filled = |field: &Option<String>| {
            field.as_deref().filter(|t| !t.trim().is_empty()).map(|t| Text::line(&visible::label(t, 80)))
        };
        let lost = item.findings.iter().filter(|f| anchors.finding(f).is_none());
        ActionRow {
            id: anchors.id(&format!("a{number}")),
            category: item.category.label(),
            label: Text::line(&visible::label(item.label(), 40)),
            done: item.done,
            title: Text::prose(&item.title),
            findings: item.findings.iter().filter_map(|f| anchors.finding(f)).map(Go::from).collect(),
            lost: lost.map(|f| Text::line(&visible::label(f, 40))).collect(),
            question: Text::line(&words::heading(&item.question)),
            question_at: anchors.system(&item.question).map(Go::from),
            verification: Text::prose(&item.verification),
            owner: filled(&item.owner),
            due: filled(&item.due),
            mark: Mark::new(&item.origin, item.verdict, item.reason.as_deref(), None),
            rejected: item.verdict == Verdict::Rejected,
        }
    }
}

/// Words that a person added.
pub struct NoteRow {
    /// The section's name, as in the draft.
    pub section: String,
    pub heading: Text,
    pub text: Text,
    /// The same as harmless HTML, where somebody made it.
    pub html: Option<String>,
}

impl NoteRow {
    /// A note. Without somebody who makes HTML of it, its Markdown is shown as written: it reads well, and nothing in it
    /// can become mark-up.
    pub fn new(note: &Note) -> Self {
        NoteRow {
            section: note.section.clone(),
            heading: Text::line(&words::heading(&visible::label(&note.section, 60))),
            text: Text::prose(note.text.trim()),
            html: None,
        }
    }
}
