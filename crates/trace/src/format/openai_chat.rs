//! OpenAI chat messages: a list, a request, a request with its response, or a log line that holds one.

use super::{Document, Format, session_key};
use crate::item::{Item, Output, Session};
use crate::model::KeyKind;
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct OpenAiChat;

impl Format for OpenAiChat {
    fn name(&self) -> &'static str {
        "openai-chat"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(list) = list(root) else { return if response(root).is_some() { 55 } else { 0 } };
        let mut roles = 0;
        let mut marks = 0;
        for msg in list.items().take(12) {
            let known = msg.str_at("role").is_some_and(|r| {
                matches!(r.as_ref(), "system" | "developer" | "user" | "assistant" | "tool" | "function")
            });
            roles += u32::from(known);
            let openai = msg.get("tool_calls").is_some() || msg.get("tool_call_id").is_some();
            marks += u32::from(known && openai);
        }
        match (roles, marks) {
            (0, _) => 0,
            (_, 0) => 50,
            _ => 70,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in docs {
            let (key, key_kind) = session_key(doc.root).unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
            let mut session = Session::new(key, key_kind);
            let request =
                doc.root.any(&["request", "body"]).filter(|r| r.get("messages").is_some()).unwrap_or(doc.root);
            if let Some(tools) = request.any(&["tools", "functions"]) {
                session.tools = payload::tools(tools, &mut out.bases);
            }
            let mut unread = 0;
            for node in list(doc.root).into_iter().flat_map(Node::items) {
                match payload::message(node) {
                    Some(msg) => session.items.push(Item::Message(msg)),
                    None => unread += 1,
                }
            }
            if let Some(choices) = response(doc.root) {
                for msg in payload::messages(choices, &mut out.bases) {
                    session.items.push(Item::Message(msg));
                }
            }
            if unread > 0 {
                out.lossy.push(format!("{}: {unread} list items are not messages", doc.position_key()));
            }
            out.sessions.push(session);
        }
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root).filter(|r| r.items().next().is_some_and(|m| m.get("role").is_some()));
    }
    let request = root.any(&["request", "body"]).filter(|r| r.get("messages").is_some()).unwrap_or(root);
    request.get("messages").filter(|m| m.is_array())
}

fn response(root: Node<'_>) -> Option<Node<'_>> {
    root.get("choices").or_else(|| root.get("response")?.get("choices")).filter(|c| c.is_array())
}
