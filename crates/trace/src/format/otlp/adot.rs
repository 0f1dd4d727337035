//! The bodies of events that ADOT, the AWS Distro for OpenTelemetry, takes the messages of a span into:
//! `{"input": {"messages": […]}, "output": {"messages": […]}}`. Instrumentations put a message's words one level down, often
//! as blocks of Bedrock's Converse API in JSON.

use super::genai::Messages;
use crate::item::{Msg, MsgRole};
use crate::locator::Bases;
use crate::node::Node;
use crate::payload;

/// The messages of one event.
pub fn messages(body: Node<'_>, bases: &mut Bases) -> Messages {
    let mut side = |key: &str, role: MsgRole| -> Vec<Msg> {
        let list = body.get(key).and_then(|s| s.get("messages")).into_iter().flat_map(Node::items);
        list.flat_map(|node| message(node, role, bases)).collect()
    };
    let (input, output) = (side("input", MsgRole::User), side("output", MsgRole::Assistant));
    let mut found = Messages { input, output, left: None };
    // The side that a message stands on says more than its role: tools may be recorded as users.
    found.output.iter_mut().filter(|m| m.role == MsgRole::User).for_each(|m| m.role = MsgRole::Assistant);
    found
}

fn message(node: Node<'_>, side: MsgRole, bases: &mut Bases) -> Vec<Msg> {
    let role = node.str_at("role").and_then(|word| payload::role(&word)).unwrap_or(side);
    let Some(content) = node.get("content") else { return vec![payload::as_role(node, role)] };
    let inner = content.any(&["content", "message", "text"]).filter(|_| content.is_object()).unwrap_or(content);
    let Some(nested) = inner.nested().filter(|n| !n.cut) else {
        // Plain words, or parts in any form.
        let mut msg = if inner.is_str() { Msg::new(role, node.loc()) } else { payload::as_role(node, role) };
        if inner.is_str() {
            msg.parts = payload::as_parts(inner);
        }
        return vec![msg];
    };
    let root = nested.root(bases);
    let whole = payload::messages(root, bases);
    if !whole.is_empty() {
        return whole;
    }
    let mut msg = Msg::new(role, node.loc());
    msg.parts = payload::as_parts(root);
    vec![msg]
}
