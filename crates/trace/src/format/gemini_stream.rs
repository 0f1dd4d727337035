//! The stream of Gemini CLI's headless mode: `gemini --output-format stream-json`.
//!
//! After `JsonStreamEvent` in `packages/core/src/output/types.ts` of google-gemini/gemini-cli: `init`, `message`, `tool_use`,
//! `tool_result`, `error` and `result`. An answer comes in pieces, which are one message here.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format, mixed};
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, KeyKind, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct GeminiStream;

impl Format for GeminiStream {
    fn name(&self) -> &'static str {
        "gemini-stream"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let has = |key: &str| root.get(key).is_some();
        match root.str_at("type").as_deref() {
            Some("init") if has("session_id") && has("model") => 92,
            Some("tool_use") if has("tool_id") && has("tool_name") => 95,
            Some("tool_result") if has("tool_id") => 95,
            Some("message") if has("role") && has("content") && has("timestamp") && !has("sessionId") && !has("id") => {
                80
            }
            Some("error") if has("severity") && has("message") => 80,
            Some("result") if has("status") && has("stats") => 90,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut last = None;
        let mut files = Vec::new();
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            let file = evidence_of(&out.bases, root.loc().base);
            if out.sessions.is_empty() || last != Some(file) || root.has("type", "init") {
                let named = transcript::string(root, &["session_id"]);
                let kind = if named.is_some() { KeyKind::Conversation } else { KeyKind::Position };
                out.sessions.push(Session::new(named.unwrap_or_else(|| doc.position_key()), kind));
                files.push(file);
                last = Some(file);
            }
            let place = Place { time: root.get("timestamp").and_then(time::any), agent: None, loc: root.loc() };
            let Some(item) = told(root, &place, out) else { continue };
            let Some(session) = out.sessions.last_mut() else { continue };
            let piece = root.get("delta").and_then(Node::bool) == Some(true);
            match (session.items.last_mut(), item) {
                (Some(Item::Message(last)), Item::Message(mut next))
                    if piece && last.role == next.role && last.parts.iter().all(|p| matches!(p, Part::Text(_))) =>
                {
                    last.parts.append(&mut next.parts);
                }
                (_, item) => session.items.push(item),
            }
        }
        let mut all: Vec<(_, &mut Session)> = files.into_iter().zip(&mut out.sessions).collect();
        for file in all.chunk_by_mut(|(a, _), (b, _)| a == b) {
            let mut own: Vec<&mut Session> = file.iter_mut().map(|(_, session)| &mut **session).collect();
            mixed::part_open(&mut own);
        }
    }
}

fn told(root: Node<'_>, place: &Place, out: &mut Output) -> Option<Item> {
    let item = match root.str_at("type").unwrap_or_default().as_ref() {
        "message" => {
            let role = root.str_at("role").and_then(|role| payload::role(&role));
            let Some(role) = role.filter(|_| root.get("content").is_some()) else {
                out.unread(root);
                return None;
            };
            let msg = payload::as_role(root, role);
            out.message(root, &msg);
            return Some(place.message(role, msg.parts));
        }
        "tool_use" => {
            let id = transcript::string(root, &["tool_id"]);
            let Some(name) = root.get("tool_name").and_then(Node::text) else {
                out.unread(root);
                return None;
            };
            place.call(id, name, root.get("parameters").map(Node::json_text))
        }
        "tool_result" => {
            let error = root.get("error").and_then(|e| e.get("message").unwrap_or(e).text());
            let transport = root.str_at("status").as_deref().and_then(transcript::status);
            let content = root.get("output").and_then(payload::answer_text);
            let transport = transport.unwrap_or(if error.is_some() { Transport::Error } else { Transport::Unknown });
            place.result(transcript::string(root, &["tool_id"]), None, Outcome { content, transport, error })
        }
        "error" if !root.has("severity", "warning") => {
            let text = root.get("message").unwrap_or(root).json_text();
            place.event(EventKind::Error { text })
        }
        // What the program tells the user.
        "error" if root.get("message").is_some_and(Node::is_str) => {
            let text = root.get("message").and_then(Node::text)?;
            place.message(MsgRole::Harness, vec![Part::Text(text)])
        }
        "result" if root.has("status", "error") => {
            let error = root.get("error");
            let text = error.map_or(root, |e| e.get("message").unwrap_or(e)).json_text();
            place.event(EventKind::Error { text })
        }
        kind @ ("init" | "result" | "error") => {
            out.bookkeeping(root, kind);
            return None;
        }
        _ => {
            out.unknown(root);
            return None;
        }
    };
    out.mapped(root);
    Some(item)
}

#[cfg(test)]
mod tests {
    use crate::model::Transport;
    use crate::test_support::{kinds, one, transports};

    const STREAM: [&str; 8] = [
        r#"{"type":"init","timestamp":"2026-05-04T10:00:00Z","session_id":"g1","model":"gemini-3-pro"}"#,
        r#"{"type":"message","timestamp":"2026-05-04T10:00:00Z","role":"user","content":"Refund it"}"#,
        r#"{"type":"message","timestamp":"2026-05-04T10:00:01Z","role":"assistant","content":"One ","delta":true}"#,
        r#"{"type":"message","timestamp":"2026-05-04T10:00:01Z","role":"assistant","content":"moment","delta":true}"#,
        r#"{"type":"tool_use","timestamp":"2026-05-04T10:00:02Z","tool_name":"refund","tool_id":"t1","parameters":{"n":1}}"#,
        r#"{"type":"tool_result","timestamp":"2026-05-04T10:00:03Z","tool_id":"t1","status":"error","output":"","error":{"type":"x","message":"card expired"}}"#,
        r#"{"type":"message","timestamp":"2026-05-04T10:00:04Z","role":"assistant","content":"It failed","delta":true}"#,
        r#"{"type":"result","timestamp":"2026-05-04T10:00:05Z","status":"success","stats":{"total_tokens":9}}"#,
    ];

    #[test]
    fn calls_stand_between_the_pieces_of_two_answers() {
        let trace = one("run.jsonl", &STREAM.join("\n"));
        assert_eq!((trace.format, trace.key.as_str()), ("gemini-stream", "g1"));
        assert_eq!(kinds(&trace), ["user", "assistant", "call refund -> 3", "result Error <- 2", "assistant"]);
        assert_eq!(transports(&trace), [Transport::Error]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn a_run_that_failed_says_so() {
        let failed =
            STREAM[7].replace(r#""status":"success""#, r#""status":"error","error":{"type":"q","message":"quota"}"#);
        let trace = one("run.jsonl", &[STREAM[0], STREAM[1], &failed].join("\n"));
        assert_eq!(kinds(&trace), ["user", "error quota"]);
    }

    #[test]
    fn a_warning_of_the_program_is_told() {
        let warning =
            r#"{"type":"error","timestamp":"2026-05-04T10:00:02Z","severity":"warning","message":"Turns run out"}"#;
        let trace = one("run.jsonl", &[STREAM[0], STREAM[1], warning, STREAM[7]].join("\n"));
        assert_eq!(kinds(&trace), ["user", "harness"]);
    }
}
