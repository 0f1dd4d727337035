//! OpenHands: events of a conversation, one a line, one a file, or as a list.
//!
//! There are two generations. The SDK (since 2025; its types stand in `openhands/sdk/event`) names an event's `kind`. Before
//! that an event was an `action` or an `observation`, and an observation names the event that caused it.

mod classic;
mod sdk;

use super::repeats::{REPEATED, Repeats};
use super::{Document, Format, parts, session_key};
use crate::hash::HashMap;
use crate::item::{Item, Output, Session};
use crate::model::KeyKind;
use crate::node::Node;

/// See the module's documentation.
pub struct OpenHands;

/// What became of an event.
enum Told {
    /// These items.
    Items(Vec<Item>),
    /// It tells nothing of the conversation.
    Bookkeeping(&'static str),
    /// It is of no known kind.
    Unknown,
}

impl Format for OpenHands {
    fn name(&self) -> &'static str {
        "openhands"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        match list(root) {
            Some(list) => list.items().take(20).map(sure).max().unwrap_or(0),
            None => sure(root),
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions: Vec<Session> = Vec::new();
        let mut calls = HashMap::default();
        let mut repeats: Vec<Repeats> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        for doc in out.until_stopped(docs) {
            let (key, kind) = key(doc);
            let at = *place.entry(key.clone()).or_insert(sessions.len());
            if at == sessions.len() {
                sessions.push(Session::new(key, kind));
                repeats.push(Repeats::default());
            }
            let events: Vec<_> = list(doc.root).map_or_else(|| vec![doc.root], |list| list.items().collect());
            for event in &events {
                if repeats[at].again(*event, &["id"]) {
                    out.bookkeeping(*event, REPEATED);
                    continue;
                }
                let told = if event.get("kind").is_some() || event.any(&["action", "observation"]).is_none() {
                    sdk::told(*event, &events, &mut sessions[at], out)
                } else {
                    classic::told(*event, at, &mut calls)
                };
                match told {
                    Told::Items(items) => {
                        items.iter().for_each(|item| match item {
                            Item::Message(msg) => out.message(*event, msg),
                            _ => out.mapped(*event),
                        });
                        sessions[at].items.extend(items);
                    }
                    Told::Bookkeeping(kind) => out.bookkeeping(*event, kind),
                    Told::Unknown => out.unknown(*event),
                }
            }
        }
        out.sessions.extend(sessions);
    }
}

/// The events in an export, or in a line of an evaluation's output.
fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root);
    }
    root.any(&["events", "history", "items"]).filter(|l| l.is_array())
}

/// One file holds one conversation. A stored conversation is a folder with a file for each event.
fn key(doc: &Document<'_>) -> (String, KeyKind) {
    if list(doc.root).is_some() {
        let own = parts::word(doc.root, &["instance_id"]).map(|id| (id, KeyKind::Position));
        let named = session_key(doc.root).filter(|_| !doc.root.is_array());
        return own.or(named).unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
    }
    let number = doc.file.strip_suffix(".json").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let single = doc.number == 0 && (number || doc.file.starts_with("event-"));
    (if single { "events".to_owned() } else { doc.file.to_owned() }, KeyKind::Position)
}

fn sure(event: Node<'_>) -> u32 {
    let sourced =
        event.str_at("source").is_some_and(|s| matches!(s.as_ref(), "user" | "agent" | "environment" | "hook"));
    if !sourced || event.get("id").is_none() {
        return 0;
    }
    let kind = event.str_at("kind").unwrap_or_default();
    if sdk::KINDS.contains(&kind.as_ref()) {
        return 92;
    }
    let action = event.get("action").is_some_and(Node::is_str) && event.get("args").is_some();
    let observation = event.get("observation").is_some_and(Node::is_str) && event.get("content").is_some();
    // The programs that have these members too have no words beside them, and name other actions.
    let word = event.any(&["action", "observation"]).and_then(Node::str).unwrap_or_default();
    let marked = event.any(&["message", "cause", "extras", "tool_call_metadata", "llm_metrics"]).is_some()
        || classic::ACTIONS.contains(&word.as_ref());
    if (action || observation) && !marked {
        return 20;
    }
    match (action || observation, kind.ends_with("Event") && event.get("timestamp").is_some()) {
        (true, _) => 90,
        (_, true) => 40,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
