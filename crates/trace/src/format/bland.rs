//! Bland: the details of a call as its API and its webhook give them, or a list of them.
//!
//! After Bland's documentation of `GET /v1/calls/{call_id}`. A record has what was said, and no call of a tool.

use super::{Document, Format, parts, voice};
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Bland;

impl Format for Bland {
    fn name(&self) -> &'static str {
        "bland"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let first = list(root).and_then(|list| list.items().next());
        if is_call(root) || first.is_some_and(is_call) { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions = Vec::new();
        for doc in out.until_stopped(docs) {
            match list(doc.root) {
                Some(list) => list.items().for_each(|node| match is_call(node) {
                    true => sessions.push(call(node, out)),
                    false => out.unknown(node),
                }),
                None => sessions.push(call(doc.root, out)),
            }
        }
        out.sessions.extend(sessions);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    root.get("calls").filter(|list| list.is_array())
}

fn is_call(node: Node<'_>) -> bool {
    let told = node.get("transcripts").is_some_and(Node::is_array);
    let marked = node.any(&["concatenated_transcript", "call_length", "pathway_logs", "c_id"]).is_some();
    told && marked && node.any(&["call_id", "c_id"]).is_some()
}

fn call(node: Node<'_>, out: &mut Output) -> Session {
    let id = parts::word(node, &["call_id", "c_id"]).unwrap_or_default();
    let mut session = Session::new(id, KeyKind::Conversation);
    for turn in node.get("transcripts").into_iter().flat_map(Node::items) {
        let at = turn.get("created_at").and_then(time::any);
        let role = match turn.str_at("user").as_deref() {
            Some("user" | "human") => MsgRole::User,
            Some("assistant" | "robot" | "agent" | "ai") => MsgRole::Assistant,
            // What the platform did: ended the call, pressed a key, passed the call on.
            Some("agent-action" | "action" | "system") => MsgRole::Harness,
            _ => {
                out.unknown(turn);
                session.items.push(Item::Message(payload::unread_message(turn, MsgRole::Assistant)));
                continue;
            }
        };
        let part = turn.get("text").and_then(Node::text).map_or_else(|| payload::unread(turn), Part::Text);
        let msg = parts::said(role, vec![part], at, turn.loc());
        out.message(turn, &msg);
        session.items.push(Item::Message(msg));
    }
    let mut gap = |what: &str| {
        let what = what.to_owned();
        session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(node.loc()), event: None });
    };
    gap("Bland's record of a call has no calls of tools: what the agent did is not in it");
    if session.items.is_empty() {
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "the call's transcript is not in the file".to_owned(),
            loc: Some(node.loc()),
            event: None,
        });
    }
    let ended = node.any(&["end_at", "ended_at"]).and_then(time::any);
    session.items.extend(node.get("error_message").and_then(|why| voice::failure(why, ended)));
    out.bookkeeping(node, "data of the call");
    session
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, texts};
    use serde_json::json;

    #[test]
    fn turns_are_told_and_that_tools_are_missing_is_said() {
        let turn = |i: usize, user: &str, text: &str| json!({"id": i, "user": user, "text": text, "created_at": format!("2026-01-01T00:00:0{i}Z")});
        let call = json!({"call_id": "b", "call_length": 0.2, "concatenated_transcript": "user: Pay", "transcripts": [turn(1, "assistant", "Hello"), turn(2, "user", "Pay"), turn(3, "agent-action", "Ended call")]});
        for file in [call.to_string(), json!([call]).to_string(), json!({"calls": [call]}).to_string()] {
            let found = all("b.json", &file);
            assert_eq!(kinds(&found[0]), ["assistant", "user", "harness"]);
            assert_eq!((texts(&found[0]).len(), found[0].key.as_str(), found[0].format), (3, "b", "bland"));
            assert!(found[0].gaps.len() == 1 && found[0].gaps[0].what.contains("tools"));
        }
    }
}
