//! Spans of guards and of searches.

use super::Span;
use super::model::inside;
use crate::format::verdict;
use crate::locator::Bases;
use crate::model::{EventKind, Verdict};
use crate::node::Node;
use crate::payload;

/// A guard's verdict; `None` where the guard has no name.
pub fn guard(span: &Span<'_>, bases: &mut Bases) -> Option<EventKind> {
    let verdict = span.output.map_or(Verdict::Unknown, |said| verdict::of(said, bases));
    let detail = span.error.clone().or_else(|| span.output.map(Node::json_text));
    Some(EventKind::Guardrail { name: span.name.clone()?, verdict, action: None, detail })
}

/// What was searched for, and how much was found.
pub fn retrieval(span: &Span<'_>, bases: &mut Bases) -> Option<EventKind> {
    let query = span.input.and_then(|input| {
        let asked = |n: Node<'_>| n.any(&["query", "question", "input", "text"])?.text();
        asked(input).or_else(|| payload::only_text(input)?.text())
    });
    let documents = inside(span.output, bases, |root, _| {
        let list = root.any(&["documents", "results", "nodes", "matches", "output"]).unwrap_or(root);
        list.is_array().then(|| list.items().count())
    });
    let source = span.output.map(Node::json_text).or_else(|| span.name.clone())?;
    Some(EventKind::Retrieval { query, documents, source })
}
