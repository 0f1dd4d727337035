//! Guardrail and retriever observations.

use super::super::verdict;
use super::gather::Observation;
use crate::locator::Bases;
use crate::model::{Event, EventKind, Text, Verdict};
use crate::node::Node;

/// A guard's observation.
pub fn guard(seen: &Observation<'_>, agent: Option<String>, bases: &mut Bases) -> Option<Event> {
    let name = seen.name?.text()?;
    let verdict = seen.output.map_or(Verdict::Unknown, |said| verdict::of(said, bases));
    let detail = seen.status.and_then(Node::text).or_else(|| seen.output.map(Node::json_text));
    Some(event(EventKind::Guardrail { name, verdict, action: None, detail }, seen, agent))
}

/// A retriever's observation.
pub fn retrieval(seen: &Observation<'_>, agent: Option<String>, bases: &mut Bases) -> Option<Event> {
    let query = seen.input.and_then(|input| match input.nested() {
        Some(nested) => asked(nested.root(bases)),
        None => asked(input),
    });
    let documents = seen.output.and_then(|output| match output.nested() {
        Some(nested) => count(nested.root(bases)),
        None => count(output),
    });
    let source = seen.output.or(seen.name)?.json_text();
    Some(event(EventKind::Retrieval { query, documents, source }, seen, agent))
}

fn asked(node: Node<'_>) -> Option<Text> {
    node.text().or_else(|| node.any(&["query", "question", "input", "text"])?.text())
}

fn count(node: Node<'_>) -> Option<usize> {
    let list = node.any(&["documents", "results", "nodes", "matches"]).unwrap_or(node);
    list.is_array().then(|| list.items().count())
}

/// An event at the observation's place and time.
pub fn event(kind: EventKind, seen: &Observation<'_>, agent: Option<String>) -> Event {
    Event { kind, time: seen.start, agent, model_call: None, loc: seen.node.loc() }
}
