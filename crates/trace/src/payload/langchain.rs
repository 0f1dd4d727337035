//! LangChain's messages: `{"type": "human" | "ai" | "tool", "content": …}`, the same under `data` as `messages_to_dict` and
//! LangChain.js store them, and the serialised constructors.

use super::{message as any, part};
use crate::item::{Msg, MsgRole, Part, ResultPart};
use crate::model::Transport;
use crate::node::Node;

/// Reads a LangChain message, or says that it is none.
pub fn message(node: Node<'_>) -> Option<Msg> {
    if node.has("type", "constructor") {
        let class = node.get("id")?.items().last()?.str()?.into_owned();
        return read(node.get("kwargs")?, class.trim_end_matches("Chunk").trim_end_matches("Message"));
    }
    let kind = node.str_at("type")?;
    let kind = kind.trim_end_matches("MessageChunk");
    if !matches!(kind, "human" | "ai" | "tool" | "system" | "function" | "Human" | "AI" | "Tool" | "System") {
        return None;
    }
    if let Some(data) = node.get("data").filter(|d| d.is_object() && d.get("content").is_some()) {
        return read(data, kind);
    }
    // A result of another provider may be of type `tool` or `function` too.
    let bare = node.get("role").is_none() && node.any(&["content", "tool_calls", "additional_kwargs"]).is_some();
    if bare { read(node, kind) } else { None }
}

/// What a tool answered, where a record of its run holds the message that its answer became, alone or with notes on the run
/// beside it.
pub fn tool_answer(root: Node<'_>) -> Option<ResultPart> {
    const NOTES: [&str; 3] = ["kwargs", "tags", "metadata"];
    let inner = root.any(&["output", "outputs"]).filter(|inner| {
        inner.is_object()
            && root
                .entries()
                .all(|(key, _)| matches!(key.as_ref(), "output" | "outputs") || NOTES.contains(&key.as_ref()))
    });
    let found = inner.unwrap_or(root);
    let names_its_call = |n: Node<'_>| n.get("tool_call_id").is_some();
    let is_message = names_its_call(found) || found.any(&["kwargs", "data"]).is_some_and(names_its_call);
    let parts = Some(found).filter(|_| is_message).and_then(any::message)?.parts;
    parts.into_iter().find_map(|part| if let Part::Result(result) = part { Some(result) } else { None })
}

fn read(node: Node<'_>, kind: &str) -> Option<Msg> {
    let role = any::role(kind)?;
    let mut msg = Msg::new(role, node.loc());
    msg.agent = node.str_at("name").filter(|n| role == MsgRole::Assistant && !n.is_empty()).map(|n| n.into_owned());
    let body = node.get("content");
    if role == MsgRole::Tool {
        msg.parts.push(Part::Result(ResultPart {
            id: node.str_at("tool_call_id").map(|s| s.into_owned()),
            name: node.str_at("name").map(|s| s.into_owned()),
            arguments: None,
            content: body.and_then(part::content_text),
            transport: match node.str_at("status").as_deref() {
                Some("success") => Transport::Ok,
                Some("error") => Transport::Error,
                _ => Transport::Unknown,
            },
            error: None,
            loc: node.loc(),
        }));
        return Some(msg);
    }
    if let Some(body) = body {
        part::parts(body, &mut msg.parts);
    }
    // `tool_calls` is LangChain's own form; `additional_kwargs` repeats the provider's.
    let before = msg.parts.len();
    any::calls(node, &mut msg.parts);
    if msg.parts.len() == before
        && let Some(extra) = node.get("additional_kwargs")
    {
        any::calls(extra, &mut msg.parts);
    }
    // Calls with arguments that are no JSON.
    if msg.parts.len() == before {
        let damaged = node.get("invalid_tool_calls").into_iter().flat_map(Node::items);
        msg.parts.extend(damaged.map(any::call));
        msg.as_written = msg.parts.len() > before;
    }
    Some(msg)
}
