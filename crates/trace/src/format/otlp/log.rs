//! Messages as events of their own: `gen_ai.user.message`, `gen_ai.choice` and the like, as log records or as
//! span events.

use super::genai::{self, Messages};
use super::span::{Attrs, Log};
use crate::item::{Msg, MsgRole, Part, ResultPart};
use crate::locator::Bases;
use crate::model::Transport;
use crate::node::Node;
use crate::payload;

/// Reads the log records of one span.
pub fn from_records(logs: &[&Log<'_>]) -> Messages {
    let mut found = Messages::default();
    for log in logs {
        match log.body.filter(|b| b.entries().any(|(k, _)| k != "id" && k != "index")) {
            Some(body) => add(&log.name, body, &mut found),
            None if log.name == "gen_ai.choice" => {
                found.output.push(Msg::new(MsgRole::Assistant, log.node.loc()));
            }
            None => found.input.extend(shell(log)),
        }
    }
    found
}

/// Reads events that stand in a list, each with its name among its members.
pub fn from_list(events: Node<'_>) -> Messages {
    let mut found = Messages::default();
    for event in events.items() {
        match event.str_at("event.name").filter(|name| name.starts_with("gen_ai.")) {
            Some(name) => add(&name, event, &mut found),
            None => found.input.push(payload::unread_message(event, MsgRole::User)),
        }
    }
    found
}

/// A record without its content still says that somebody spoke, or that a tool answered.
fn shell(log: &Log<'_>) -> Option<Msg> {
    let mut msg = Msg::new(role(&log.name)?, log.node.loc());
    if msg.role == MsgRole::Tool {
        msg.parts.push(Part::Result(ResultPart {
            id: log.body.and_then(|b| b.str_at("id")).map(|s| s.into_owned()),
            name: None,
            arguments: None,
            content: None,
            transport: Transport::Unknown,
            error: None,
            loc: log.node.loc(),
        }));
    }
    Some(msg)
}

fn role(name: &str) -> Option<MsgRole> {
    Some(match name {
        "gen_ai.system.message" => MsgRole::System,
        "gen_ai.user.message" => MsgRole::User,
        "gen_ai.assistant.message" => MsgRole::Assistant,
        "gen_ai.tool.message" => MsgRole::Tool,
        _ => return None,
    })
}

fn add(name: &str, body: Node<'_>, found: &mut Messages) {
    match role(name) {
        Some(role) => found.input.push(payload::as_role(body, role)),
        None if name == "gen_ai.choice" => {
            let inner = body.get("message").filter(|m| m.is_object()).unwrap_or(body);
            found.output.push(payload::as_role(inner, MsgRole::Assistant));
        }
        None => found.input.extend(payload::message(body)),
    }
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
                let said = attrs.get("gen_ai.prompt").map(|n| genai::said(n, MsgRole::User, bases));
                found.input.extend(said.unwrap_or_default());
            }
            "gen_ai.content.completion" => {
                let said = attrs.get("gen_ai.completion").map(|n| genai::said(n, MsgRole::Assistant, bases));
                found.output.extend(said.unwrap_or_default());
            }
            "gen_ai.choice" => found.output.extend(flat_event(name, MsgRole::Assistant, attrs, bases)),
            _ => {
                if let Some(role) = role(name) {
                    found.input.extend(flat_event(name, role, attrs, bases));
                }
            }
        }
    }
    found
}

/// A span event has flat attributes (`content`, `id`, `tool_calls`), or the whole message as JSON in one of them.
fn flat_event(name: &str, role: MsgRole, attrs: &Attrs<'_>, bases: &mut Bases) -> Option<Msg> {
    let whole = attrs.any(&["message", "gen_ai.event.content", "body"]);
    if let Some(nested) = whole.and_then(Node::nested) {
        let root = nested.root(bases);
        if root.is_object() {
            let mut found = Messages::default();
            add(name, root, &mut found);
            return found.input.into_iter().chain(found.output).next();
        }
    }
    let body = whole.or_else(|| attrs.get("content"));
    let calls = attrs.get("tool_calls");
    let mut msg = Msg::new(role, body.or(calls)?.loc());
    if let Some(body) = body {
        msg.parts = words(body, bases);
    }
    if role == MsgRole::Tool && !msg.parts.iter().any(|p| matches!(p, Part::Result(_))) {
        super::flat_tool_answer(&mut msg, attrs.str(&["id", "tool_call_id"]), body);
        return Some(msg);
    }
    if let Some(calls) = calls {
        msg.parts.extend(payload::calls(calls, bases));
    }
    Some(msg)
}

/// Words, or a list of blocks as JSON. A list of anything else is what somebody said.
fn words(body: Node<'_>, bases: &mut Bases) -> Vec<Part> {
    let blocks = body.nested().filter(|n| !n.cut).map(|nested| {
        let root = nested.root(bases);
        let block = |b: Node<'_>| b.any(&["text", "type", "toolUse", "toolResult"]).is_some();
        let all = root.is_array() && root.items().all(block);
        if all { payload::as_parts(root) } else { payload::only_parts(root).unwrap_or_default() }
    });
    match blocks {
        Some(blocks) if !blocks.is_empty() => blocks,
        _ => payload::as_parts(body),
    }
}
