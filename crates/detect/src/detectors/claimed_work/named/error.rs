//! An error is named that no run raised: `ModuleNotFoundError`, where the output has an `AttributeError`.

use super::super::Seen;
use super::{NAMES, READ_AT_MOST};
use crate::finding::{Basis, Category, Cite, Finding};
use crate::maps::HashSet;
use crate::prose::pattern;
use hindcast_trace::model::{EventKind, Text};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// The rule path.
const PATH: &str = "unheard-error";

// The name of a class of errors: it has two capital letters at least.
static CLASS: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"\b[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)?(?:Error|Exception)\b"));

/// A class of errors is named that no text has, where runs raised others.
pub(super) fn look(seen: &mut Seen<'_, '_, '_>, event: u32, text: &Text, all: &[Range<usize>]) {
    let Some(class_of) = CLASS.as_ref() else { return };
    let session = seen.session;
    if !class_of.is_match(&text.text) || session.calls.iter().any(|c| c.result.as_ref().is_none_or(|r| r.cut_off())) {
        return;
    }
    let mut raised: HashSet<String> = HashSet::default();
    let mut heard: HashSet<String> = HashSet::default();
    for item in session.trace.events.iter().take(event as usize) {
        let (texts, of_run): (Vec<&Text>, bool) = match &item.kind {
            EventKind::Message { texts, .. } => (texts.iter().collect(), false),
            EventKind::ToolCall { arguments, .. } => (arguments.iter().collect(), false),
            EventKind::ToolResult { content, error, .. } => (content.iter().chain(error).collect(), true),
            EventKind::Error { text } => (vec![text], true),
            _ => continue,
        };
        for t in texts {
            for name in class_of.find_iter(&t.text[..t.text.floor_char_boundary(READ_AT_MOST)]) {
                if of_run {
                    raised.insert(name.as_str().to_owned());
                }
                heard.insert(name.as_str().to_owned());
            }
        }
    }
    if raised.is_empty() {
        return;
    }
    for range in all {
        let sentence = &text.text[range.clone()];
        let Some(name) = class_of.find_iter(sentence).find(|n| !heard.contains(n.as_str())) else { continue };
        let beside = class_of.find_iter(sentence).any(|n| heard.contains(n.as_str()));
        let supposed = || NAMES.supposed.as_ref().is_some_and(|r| r.is_match(&sentence.to_lowercase()));
        if beside || sentence.contains('?') || supposed() {
            continue;
        }
        let at = range.start + name.start();
        let Some(cite) = Cite::of(event, text, at..at + name.len()) else { continue };
        let title = format!("Named `{}`, which no tool result has", name.as_str());
        let mut known: Vec<&String> = raised.iter().collect();
        known.sort();
        let detail = format!(
            "The agent names `{}`. No tool result, no call and no message before has it; the results have {}.",
            name.as_str(),
            known.iter().take(3).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ")
        );
        let absence = Basis::Absence { sought: name.as_str().to_owned(), scope: (0, event.saturating_sub(1)) };
        let finding = Finding::new("claimed-work", Category::Hallucination, event, title, cite).path(PATH);
        return seen.find(name.as_str().to_owned(), finding.detail(detail).and(Some(absence)));
    }
}
