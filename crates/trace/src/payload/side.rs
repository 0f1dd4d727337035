//! One side of a request to a model, in whatever form its writer kept it: what was asked, or what was answered.

use crate::item::{Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::node::Node;

/// True for nothing by another name: a list or an object without members, no text, or `null`, also written out as text. Where a
/// side of a request is kept as JSON, nobody said that.
pub fn is_nothing(node: Node<'_>) -> bool {
    match node.str() {
        Some(text) => matches!(text.trim(), "" | "{}" | "[]" | "null"),
        None => {
            (node.is_object() || node.is_array()) && node.entries().next().is_none() && node.items().next().is_none()
        }
    }
}

/// What a model was asked, or a whole trace.
pub fn asked(node: Node<'_>, bases: &mut Bases) -> Vec<Msg> {
    asked_after(node, &[], bases)
}

/// The same, where tools are known to have given these answers, which hold lines that look like turns.
pub fn asked_after(node: Node<'_>, answers: &[String], bases: &mut Bases) -> Vec<Msg> {
    let read = |root: Node<'_>| {
        let mut found: Vec<Msg> =
            root.any(&["system", "instructions"]).and_then(super::system_message).into_iter().collect();
        // LangChain hands a model that takes text the conversation as one.
        let flat = root.any(&["prompts", "prompt"]).and_then(only_text).and_then(Node::text);
        let turns = flat.map(|text| super::plain::flattened(&text, answers)).unwrap_or_default();
        if !turns.is_empty() {
            found.extend(turns);
            return Some(found);
        }
        let words = root.any(&["prompt", "question", "query", "input", "message", "text", "prompts"])?;
        found.push(super::plain(only_text(words)?, MsgRole::User)?);
        Some(found)
    };
    if is_nothing(node) {
        return Vec::new();
    }
    if let Some(msg) = super::withheld(node, MsgRole::User) {
        return vec![msg];
    }
    let found = super::messages(node, bases);
    if !found.is_empty() {
        return found;
    }
    let wrapped = match node.nested() {
        Some(nested) => read(nested.root(bases)),
        None => read(node),
    };
    let said = wrapped.unwrap_or_else(|| super::said(node, MsgRole::User, bases));
    // What is empty by itself says nothing; anything else was something once.
    let empty =
        node.is_str() || (node.items().next().is_none() && node.entries().next().is_none() && node.i64().is_none());
    if said.is_empty() && !empty { vec![super::unread_message(node, MsgRole::User)] } else { said }
}

/// What a model answered.
pub fn spoken(node: Node<'_>, bases: &mut Bases) -> Vec<Msg> {
    if let Some(msg) = super::withheld(node, MsgRole::Assistant) {
        return vec![msg];
    }
    let mut found = super::said(node, MsgRole::Assistant, bases);
    for msg in &mut found {
        if msg.role == MsgRole::User {
            msg.role = MsgRole::Assistant;
        }
    }
    if found.is_empty() && !node.is_str() && !is_nothing(node) {
        // `{"content": "…"}` without a role, and the object of a structured answer.
        let mut msg = super::as_role(node, MsgRole::Assistant);
        if msg.parts.is_empty() {
            msg.parts.push(Part::Text(node.json_text()));
        }
        found.push(msg);
    }
    found
}

/// The only text in a value: `"x"`, `{"args": ["x"], "kwargs": {}}`, `{"input": "x"}`.
pub fn only_text(node: Node<'_>) -> Option<Node<'_>> {
    only_text_within(node, 0)
}

fn only_text_within(node: Node<'_>, depth: usize) -> Option<Node<'_>> {
    if node.is_str() {
        return Some(node);
    }
    if depth > 4 {
        return None;
    }
    let mut inner = node
        .items()
        .chain(node.entries().map(|(_, n)| n))
        .filter(|n| !n.is_null() && (n.is_str() || n.items().next().is_some() || n.entries().next().is_some()));
    let only = inner.next()?;
    if inner.next().is_some() { None } else { only_text_within(only, depth + 1) }
}
