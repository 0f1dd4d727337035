//! Guardrail and retriever observations.

use super::gather::Observation;
use crate::locator::Bases;
use crate::model::{Event, EventKind, Text, Verdict};
use crate::node::Node;

/// A guard's observation.
pub fn guard(seen: &Observation<'_>, agent: Option<String>, bases: &mut Bases) -> Option<Event> {
    let name = seen.name?.text()?;
    let verdict = seen.output.map_or(Verdict::Unknown, |o| match o.nested() {
        Some(nested) => verdict(nested.root(bases)),
        None => verdict(o),
    });
    let detail = seen.status.and_then(Node::text).or_else(|| seen.output.map(Node::json_text));
    Some(event(EventKind::Guardrail { name, verdict, detail }, seen, agent))
}

/// The verdict in what a guard put out, where it says one in the usual words.
fn verdict(node: Node<'_>) -> Verdict {
    const BAD: [&str; 5] = ["triggered", "tripwire_triggered", "tripwireTriggered", "flagged", "blocked"];
    const GOOD: [&str; 5] = ["passed", "allowed", "safe", "valid", "is_valid"];
    let decide = |bad: bool| if bad { Verdict::Triggered } else { Verdict::Passed };
    if let Some(bad) = node.any(&BAD).and_then(Node::bool) {
        return decide(bad);
    }
    if let Some(good) = node.any(&GOOD).and_then(Node::bool) {
        return decide(!good);
    }
    let word = if node.is_str() {
        node.str()
    } else {
        node.any(&["verdict", "action", "decision", "result"]).and_then(Node::str)
    };
    match word.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "allow" | "allowed" | "pass" | "passed" | "safe" | "ok" => Verdict::Passed,
        "block" | "blocked" | "deny" | "denied" | "flag" | "flagged" | "reject" | "rejected" | "unsafe" => {
            Verdict::Triggered
        }
        _ => Verdict::Unknown,
    }
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
