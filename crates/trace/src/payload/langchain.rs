//! LangChain's messages: `{"type": "human" | "ai" | "tool", "content": …}` and the serialised constructors.

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
    if !matches!(kind.as_ref(), "human" | "ai" | "tool" | "system" | "AIMessageChunk") || node.get("role").is_some() {
        return None;
    }
    read(node, kind.trim_end_matches("MessageChunk"))
}

fn read(node: Node<'_>, kind: &str) -> Option<Msg> {
    let role = any::role(kind)?;
    let mut msg = Msg::new(role, node.loc());
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
    Some(msg)
}
