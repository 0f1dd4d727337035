//! Sessions of Nous Research's Hermes Agent: `session_*.json` in `~/.hermes/sessions`, and the lines of
//! `hermes sessions export`. Source: `_save_session_log` in its `run_agent.py` and `export_session` in `hermes_state.py`.
//!
//! Messages have OpenAI's form. A shell's result is JSON with an exit code. Its trajectories are read as
//! [ShareGPT](super::sharegpt).

use super::{Document, Format, exchange, parts, transcript};
use crate::item::{Item, Msg, MsgRole, Output, Part, ResultPart, Session, Transcript};
use crate::model::{KeyKind, Transport};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Hermes;

impl Format for Hermes {
    fn name(&self) -> &'static str {
        "hermes"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = root.get("messages").is_some_and(|m| m.is_array());
        let saved = root.get("session_id").is_some()
            && root.get("session_start").is_some()
            && root.any(&["platform", "last_updated", "message_count"]).is_some();
        let exported = root.get("id").is_some()
            && root.get("source").is_some_and(Node::is_str)
            && root.get("started_at").is_some()
            && root.any(&["model_config", "tool_call_count", "message_count"]).is_some();
        if listed && (saved || exported) { 93 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let id = parts::word(root, &["session_id", "id"]);
            let mut session = match id {
                Some(id) => Session::new(id, KeyKind::Conversation),
                None => Session::new(doc.position_key(), KeyKind::Position),
            };
            let mut tools = root.get("tools");
            let mut messages: Vec<Msg> =
                root.get("system_prompt").and_then(payload::system_message).into_iter().collect();
            for node in root.get("messages").into_iter().flat_map(Node::items) {
                if node.has("role", "session_meta") {
                    tools = node.get("tools").or(tools);
                    out.bookkeeping(node, "session_meta");
                    continue;
                }
                let mut msg =
                    payload::message(node).unwrap_or_else(|| payload::unread_message(node, MsgRole::Assistant));
                out.message(node, &msg);
                msg.time = exchange::time(node);
                if msg.role == MsgRole::User
                    && node.get("display_kind").is_some_and(|k| k.str().is_some_and(|s| s.starts_with("internal")))
                {
                    msg.role = MsgRole::Harness;
                }
                compacted(&mut msg);
                for part in &mut msg.parts {
                    if let Part::Result(result) = part {
                        outcome(result, node, out);
                    }
                }
                messages.push(msg);
            }
            if let Some(tools) = tools {
                session.tools = payload::tools(tools, &mut out.bases);
            }
            let model = root.str_at("model").map(|m| m.into_owned());
            session.items.push(Item::Transcript(Transcript { messages, model }));
            out.sessions.push(session);
        }
    }
}

/// The mark that Hermes puts in front of the summary to which it compacted a conversation, in the user's or the agent's place.
const SUMMARY: &str = "[CONTEXT COMPACTION";

fn compacted(msg: &mut Msg) {
    for part in &mut msg.parts {
        if let Part::Text(text) = part
            && text.text.trim_start().starts_with(SUMMARY)
        {
            msg.role = MsgRole::Assistant;
            *part = Part::Compacted(Some(text.clone()));
        }
    }
}

/// The outcome in a result: an exit code, whether it succeeded, an error.
fn outcome(result: &mut ResultPart, node: Node<'_>, out: &mut Output) {
    if result.transport != Transport::Unknown {
        return;
    }
    let Some(nested) = node.get("content").and_then(Node::nested).filter(|n| !n.cut) else { return };
    let root = nested.root(&mut out.bases);
    let code = root.get("exit_code").and_then(Node::i64).map(transcript::exit_code);
    let flag = root.get("success").and_then(Node::bool).map(|ok| parts::failed(Some(!ok)));
    let error = root.get("error").is_some_and(|e| e.str().is_none_or(|s| !s.trim().is_empty()));
    result.transport = code.or(flag).unwrap_or(if error { Transport::Error } else { Transport::Unknown });
}

#[cfg(test)]
mod tests {
    use crate::model::Transport::{Error, Ok};
    use crate::test_support::{kinds, one, transports};

    #[test]
    fn answers_tell_their_exit_code() {
        let call = |id: &str| serde_json::json!({"role": "assistant", "content": "", "reasoning": "Look", "tool_calls": [{"id": id, "type": "function", "function": {"name": "terminal", "arguments": "{\"command\":\"make\"}"}}]});
        let answer = |id: &str, content: &str| serde_json::json!({"role": "tool", "tool_name": "terminal", "tool_call_id": id, "content": content});
        let mut session = serde_json::json!({
            "session_id": "h1", "model": "m-1", "platform": "cli", "session_start": "2026-05-04T10:00:00", "last_updated": "2026-05-04T10:01:00", "system_prompt": "You are Hermes.",
            "messages": [
                {"role": "session_meta", "tools": [], "model": "m-1"},
                {"role": "user", "content": "Fix it"},
                call("c1"), answer("c1", r#"{"output": "boom", "exit_code": 2, "error": null}"#),
                call("c2"), answer("c2", r#"{"success": true, "path": "a"}"#),
                call("c3"), answer("c3", r#"{"error": "no such tool"}"#),
                {"role": "assistant", "content": "It fails."},
            ],
        });
        let trace = one("session_h1.json", &session.to_string());
        assert_eq!((trace.format, trace.key.as_str(), trace.models()), ("hermes", "h1", vec!["m-1"]));
        assert_eq!(transports(&trace), [Error, Ok, Error]);
        assert_eq!(kinds(&trace)[..4], ["system", "user", "reasoning", "call terminal -> 4"]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        // The same as a line of an export.
        let object = session.as_object_mut().unwrap();
        for (from, to) in [
            ("session_id", "id"),
            ("session_start", "started_at"),
            ("platform", "source"),
            ("last_updated", "message_count"),
        ] {
            let value = object.remove(from).unwrap_or_default();
            object.insert(to.to_owned(), value);
        }
        assert_eq!(kinds(&one("export.jsonl", &format!("{session}\n"))), kinds(&trace));
    }

    #[test]
    fn a_summary_in_the_users_place_is_a_compaction() {
        let session = serde_json::json!({
            "session_id": "h1", "platform": "cli", "session_start": "2026-05-04T10:00:00", "last_updated": "2026-05-04T10:01:00",
            "messages": [{"role": "user", "content": "Go"}, {"role": "user", "content": "[CONTEXT COMPACTION] So far"}, {"role": "assistant", "content": "Done"}],
        });
        let told = kinds(&one("session_h1.json", &session.to_string()));
        assert_eq!(told, ["user", "context lost=true", "system", "assistant"]);
    }
}
