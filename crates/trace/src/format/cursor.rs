//! Transcripts of Cursor's agent: `agent-transcripts/*.jsonl` in the folders of `~/.cursor/projects`.
//!
//! A line is `{role, message: {content}}` with Anthropic's blocks, without times; calls often have no ID, and their results
//! are mostly not written. The vendor documents no schema.

use super::transcript::{self, Place};
use super::{Document, Format};
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, KeyKind};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Cursor;

impl Format for Cursor {
    fn name(&self) -> &'static str {
        "cursor"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if root.has("type", "turn_ended") && root.get("status").is_some() {
            return 85;
        }
        let role = root.str_at("role").is_some_and(|r| matches!(r.as_ref(), "user" | "assistant" | "system" | "tool"));
        let message = root.get("message").filter(|m| m.is_object() && m.get("role").is_none());
        let enveloped = root.any(&["type", "uuid", "data", "payload", "content"]).is_some();
        match role && !enveloped && message.is_some_and(|m| m.get("content").is_some()) {
            true => 78,
            false => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut last = None;
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let file = evidence_of(&out.bases, root.loc().base);
            if out.sessions.is_empty() || last != Some(file) {
                out.sessions.push(Session::new(doc.file, KeyKind::Position));
                last = Some(file);
            }
            let place = Place { time: root.get("timestamp").and_then(crate::time::any), agent: None, loc: root.loc() };
            let items = match root.has("type", "turn_ended") {
                true => ended(root, &place, out),
                false => message(root, &place, out),
            };
            if let Some(session) = out.sessions.last_mut() {
                transcript::append(&mut session.items, items);
            }
        }
    }
}

fn ended(root: Node<'_>, place: &Place, out: &mut Output) -> Vec<Item> {
    match root.str_at("status").as_deref() {
        Some("error" | "failed") => {
            out.mapped(root);
            let text = root.any(&["error", "message", "status"]).unwrap_or(root).json_text();
            vec![place.event(EventKind::Error { text })]
        }
        Some("aborted" | "cancelled" | "interrupted") => {
            out.mapped(root);
            let what = "the user interrupted the agent".to_owned();
            vec![place.event(EventKind::Context { what, lost: false })]
        }
        _ => {
            out.bookkeeping(root, "turn_ended");
            Vec::new()
        }
    }
}

fn message(root: Node<'_>, place: &Place, out: &mut Output) -> Vec<Item> {
    let role = root.str_at("role").and_then(|r| payload::role(&r));
    let (Some(role), Some(inner)) = (role, root.get("message").filter(|m| m.get("content").is_some())) else {
        out.unread(root);
        return Vec::new();
    };
    let read = payload::as_role(inner, role);
    out.message(root, &read);
    if role != MsgRole::User {
        return vec![place.message(role, read.parts)];
    }
    let mut items = Vec::new();
    for part in read.parts {
        let said = match part {
            Part::Text(text) => place.said(transcript::apart(text, OPEN, CLOSE)),
            Part::Result(_) => vec![place.message(MsgRole::Tool, vec![part])],
            other => vec![place.message(MsgRole::User, vec![other])],
        };
        transcript::append(&mut items, said);
    }
    items
}

const OPEN: &str = "<user_query>";
const CLOSE: &str = "</user_query>";

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn the_users_query_is_apart_from_what_the_editor_adds() {
        let file = concat!(
            r#"{"role":"user","message":{"content":[{"type":"text","text":"<open_files>\na.rs\n</open_files>\n<user_query>\nFix it\n</user_query>"}]}}"#,
            "\n",
            r#"{"role":"assistant","message":{"content":[{"type":"thinking","thinking":"Look"},{"type":"text","text":"Looking"},{"type":"tool_use","name":"Shell","input":{"command":"make"}}]}}"#,
            "\n",
            r#"{"role":"assistant","message":{"content":[{"type":"tool_use","id":"t2","name":"Read","input":{}}]}}"#,
            "\n",
            r#"{"role":"user","message":{"content":[{"type":"tool_result","tool_use_id":"t2","content":"fn main"}]}}"#,
            "\n",
            r#"{"type":"turn_ended","status":"success"}"#,
            "\n"
        );
        let trace = one("t.jsonl", file);
        assert_eq!(trace.format, "cursor");
        let expected = [
            "harness",
            "user",
            "reasoning",
            "assistant",
            "call Shell -> none",
            "call Read -> 6",
            "result Unknown <- 5",
        ];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(texts(&trace)[1], "Fix it");
        assert!(trace.has_gap(&[GapKind::ResultMissing]));
    }
}
