//! Messages as events of their own: `gen_ai.user.message`, `gen_ai.choice` and the like, as log records or as
//! span events.

use super::genai::Messages;
use super::span::{Attrs, Log};
use crate::item::MsgRole;
use crate::locator::Bases;
use crate::node::Node;
use crate::payload;

/// Reads the log records of one span.
pub fn from_records(logs: &[&Log<'_>]) -> Messages {
    let mut found = Messages::default();
    for log in logs {
        let Some(body) = log.body.filter(|b| b.entries().any(|(k, _)| k != "id" && k != "index")) else { continue };
        add(&log.name, body, &mut found);
    }
    found
}

fn add(name: &str, body: Node<'_>, found: &mut Messages) {
    let role = match name {
        "gen_ai.system.message" => MsgRole::System,
        "gen_ai.user.message" => MsgRole::User,
        "gen_ai.assistant.message" => MsgRole::Assistant,
        "gen_ai.tool.message" => MsgRole::Tool,
        "gen_ai.choice" => {
            let inner = body.get("message").filter(|m| m.is_object()).unwrap_or(body);
            found.output.push(payload::as_role(inner, MsgRole::Assistant));
            return;
        }
        _ => {
            found.input.extend(payload::message(body));
            return;
        }
    };
    found.input.push(payload::as_role(body, role));
}

/// Reads span events: the same names, or the older `gen_ai.content.prompt` and `…completion`.
pub fn from_span_events<'a, 'd: 'a>(
    events: impl Iterator<Item = (&'a str, &'a Attrs<'d>)>,
    bases: &mut Bases,
) -> Messages {
    let mut found = Messages::default();
    for (name, attrs) in events {
        match name {
            "gen_ai.content.prompt" => {
                found.input.extend(attrs.get("gen_ai.prompt").map(|n| payload::messages(n, bases)).unwrap_or_default());
            }
            "gen_ai.content.completion" => {
                let said = attrs.get("gen_ai.completion").map(|n| payload::messages(n, bases)).unwrap_or_default();
                found.output.extend(said);
            }
            "gen_ai.system.message"
            | "gen_ai.user.message"
            | "gen_ai.assistant.message"
            | "gen_ai.tool.message"
            | "gen_ai.choice" => flat_event(name, attrs, bases, &mut found),
            _ => {}
        }
    }
    found
}

/// A span event has flat attributes: `content`, `role`, `id`, and `message` as JSON.
fn flat_event(name: &str, attrs: &Attrs<'_>, bases: &mut Bases, found: &mut Messages) {
    if let Some(nested) = attrs.any(&["message", "gen_ai.event.content", "body"]).and_then(Node::nested) {
        let root = nested.root(bases);
        add(name, root, found);
        return;
    }
    let Some(content) = attrs.any(&["content", "gen_ai.event.content"]) else { return };
    let role = match name {
        "gen_ai.system.message" => MsgRole::System,
        "gen_ai.user.message" => MsgRole::User,
        "gen_ai.tool.message" => MsgRole::Tool,
        _ => MsgRole::Assistant,
    };
    let Some(mut msg) = payload::plain(content, role) else { return };
    if role == MsgRole::Tool {
        super::flat_tool_answer(&mut msg, attrs.str(&["id", "tool_call_id"]), content);
    }
    if name == "gen_ai.choice" { found.output.push(msg) } else { found.input.push(msg) }
}
