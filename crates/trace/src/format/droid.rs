//! Factory's Droid: its session files, which have the envelope of [Pi's](super::pi) with Anthropic's blocks in it, and what
//! `droid exec --output-format stream-json` prints, one flat event a line.
//!
//! The vendor's documentation of `droid exec` shows the events `system`, `message`, `tool_call`, `tool_result` and
//! `completion`. The program also prints `reasoning` and `error`.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format, parts, pi};
use crate::hash::HashMap;
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, KeyKind, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Droid;

impl Format for Droid {
    fn name(&self) -> &'static str {
        "droid"
    }

    fn dialect(&self, docs: &[Document<'_>]) -> Option<&'static str> {
        docs.iter().any(|doc| streamed(doc.root) >= SURE).then_some("exec")
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let stored = match root.str_at("type").as_deref() {
            Some("session_start") if root.get("id").is_some() => 95,
            Some("message") => pi::message_score(root, "tool_use", "toolCall"),
            Some("todo_state" | "session_end") => 60,
            _ => 0,
        };
        stored.max(streamed(root))
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let of = |doc: &Document<'_>| evidence_of(&out.bases, doc.root.loc().base);
        let files: Vec<_> = docs.chunk_by(|a, b| of(a) == of(b)).collect();
        for file in files {
            match file.iter().any(|doc| streamed(doc.root) > 0) {
                true => stream(file, out),
                false => pi::read(file, out),
            }
        }
    }
}

/// A score that no other program's events get.
const SURE: u32 = 90;

/// How surely this is an event of the stream.
fn streamed(root: Node<'_>) -> u32 {
    if root.any(&["message", "uuid", "data", "payload", "content"]).is_some_and(|m| !m.is_str()) {
        return 0;
    }
    let tool = root.any(&["toolId", "toolName"]).is_some();
    match root.str_at("type").as_deref() {
        Some("tool_call") if tool && root.get("parameters").is_some() => 93,
        Some("tool_result") if tool && root.get("id").is_some() => 93,
        Some("completion") if root.get("finalText").is_some() => 93,
        Some("message") if root.get("role").is_some() && root.get("text").is_some_and(Node::is_str) => 80,
        Some("reasoning") if root.get("text").is_some_and(Node::is_str) => 60,
        Some("system") if root.has("subtype", "init") && root.get("session_id").is_some() => 50,
        _ => 0,
    }
}

fn stream(docs: &[Document<'_>], out: &mut Output) {
    let mut found: Vec<Session> = Vec::new();
    let mut model = None;
    // The message of one ID may be printed again as it grows.
    let mut last: HashMap<(String, String), String> = HashMap::default();
    let mut told = vec![true; docs.len()];
    for (at, doc) in docs.iter().enumerate().rev() {
        let Some((key, text)) = print(doc.root) else { continue };
        match last.get(&key) {
            Some(later) if later.starts_with(&text) => told[at] = false,
            _ => drop(last.insert(key, text)),
        }
    }
    for (doc, told) in out.until_stopped(docs).zip(told) {
        let root = doc.root;
        let id = transcript::string(root, &["session_id", "sessionId"]);
        let other = |s: &Session| s.key_kind == KeyKind::Conversation && id.as_ref().is_some_and(|id| *id != s.key);
        if found.last().is_none_or(other) {
            found.push(match id {
                Some(id) => Session::new(id, KeyKind::Conversation),
                None => Session::new(doc.position_key(), KeyKind::Position),
            });
        }
        let Some(session) = found.last_mut() else { continue };
        if !told {
            out.bookkeeping(root, "an earlier state of a message");
            continue;
        }
        event(root, session, &mut model, out);
    }
    out.sessions.extend(found);
}

/// The kind and the ID of a message, and its words.
fn print(root: Node<'_>) -> Option<((String, String), String)> {
    let kind = root.str_at("type").filter(|kind| matches!(kind.as_ref(), "message" | "reasoning"))?;
    let id = transcript::string(root, &["id"])?;
    let role = root.str_at("role").unwrap_or_default();
    Some(((format!("{kind} {role}"), id), root.str_at("text")?.into_owned()))
}

fn event(root: Node<'_>, session: &mut Session, model: &mut Option<String>, out: &mut Output) {
    let place = Place { time: root.get("timestamp").and_then(time::any), agent: None, loc: root.loc() };
    let kind = root.str_at("type").unwrap_or_default();
    let id = transcript::string(root, &["id"]);
    let mut items = Vec::new();
    match kind.as_ref() {
        "system" if root.has("subtype", "init") => {
            *model = transcript::string(root, &["model"]);
            return out.bookkeeping(root, "system");
        }
        "session_start" | "session_end" | "todo_state" => return out.bookkeeping(root, &kind),
        "message" => {
            let role = root.str_at("role").and_then(|r| payload::role(&r));
            let (Some(role), Some(text)) = (role, root.get("text").and_then(Node::text)) else {
                return out.unread(root);
            };
            let role =
                if role == MsgRole::User && transcript::is_element(&text.text) { MsgRole::Harness } else { role };
            items.push(place.message(role, vec![Part::Text(text)]));
        }
        "reasoning" => match root.get("text").and_then(Node::text) {
            Some(text) => items.push(place.message(MsgRole::Assistant, vec![Part::Reasoning(text)])),
            None => return out.unread(root),
        },
        "tool_call" => match root.any(&["toolName", "toolId"]).and_then(Node::text) {
            Some(name) => items.push(place.call(id, name, root.get("parameters").map(Node::json_text))),
            None => return out.unread(root),
        },
        "tool_result" => {
            let value = root.get("value");
            let flag = root.get("isError").and_then(Node::bool);
            let code = value.and_then(|v| v.get("exitCode")).and_then(Node::i64).map(transcript::exit_code);
            let error = root.get("error").map(|e| e.get("message").unwrap_or(e).json_text());
            if value.is_none() && flag.is_none() && error.is_none() {
                return out.unread(root);
            }
            let transport = match (flag, code) {
                (Some(true), _) => Transport::Error,
                (_, Some(code)) => code,
                (None, None) if error.is_some() => Transport::Error,
                (flag, None) => parts::failed(flag),
            };
            let outcome = Outcome { content: value.and_then(transcript::content), transport, error };
            items.push(place.result(id, transcript::string(root, &["toolName", "toolId"]), outcome));
        }
        "completion" => {
            let text = transcript::words(root, "finalText");
            if root.get("isError").and_then(Node::bool) == Some(true) {
                items.push(place.event(EventKind::Error { text: text.unwrap_or_else(|| root.json_text()) }));
            } else {
                // Usually a copy of the last message.
                items.extend(
                    text.filter(|t| !said_last(session, &t.text))
                        .map(|t| place.message(MsgRole::Assistant, vec![Part::Text(t)])),
                );
            }
            if let Some(usage) = root.get("usage") {
                let number = |key: &&str| usage.get(key).and_then(Node::i64);
                let input = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
                let input = input.iter().filter_map(number).reduce(i64::saturating_add);
                let tokens = (input, number(&"output_tokens"));
                items.push(parts::model_call(model.clone(), tokens, None, place.time, place.loc));
            }
            if items.is_empty() {
                return out.bookkeeping(root, "completion");
            }
        }
        "error" => match root.any(&["message", "error"]) {
            Some(text) => {
                items.push(place.event(EventKind::Error { text: text.get("message").unwrap_or(text).json_text() }))
            }
            None => return out.unread(root),
        },
        _ => return out.unknown(root),
    }
    out.mapped(root);
    session.items.extend(items);
}

/// True if the agent said this in its last message.
fn said_last(session: &Session, text: &str) -> bool {
    let said = |item: &Item| match item {
        Item::Message(msg) if msg.role == MsgRole::Assistant => {
            msg.parts.iter().find_map(|p| if let Part::Text(t) = p { Some(t.text.trim() == text.trim()) } else { None })
        }
        _ => None,
    };
    session.items.iter().rev().find_map(said).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one};

    #[test]
    fn a_session_file_holds_anthropics_blocks() {
        let file = concat!(
            r#"{"type":"session_start","id":"d1","title":"t","cwd":"/w"}"#,
            "\n",
            r#"{"type":"message","id":"1","timestamp":"2026-05-04T10:00:01Z","message":{"role":"user","content":[{"type":"text","text":"<system-reminder>Be brief</system-reminder>"},{"type":"text","text":"Fix it"}]}}"#,
            "\n",
            r#"{"type":"message","id":"2","parentId":"1","timestamp":"2026-05-04T10:00:02Z","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Execute","input":{"command":"make"}}]}}"#,
            "\n",
            r#"{"type":"message","id":"3","parentId":"2","timestamp":"2026-05-04T10:00:03Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"boom"}]}}"#,
            "\n"
        );
        let trace = one("s.jsonl", file);
        assert_eq!((trace.format, trace.key.as_str()), ("droid", "d1"));
        assert_eq!(kinds(&trace), ["harness", "user", "call Execute -> 3", "result Error <- 2"]);
    }

    const STREAM: &str = concat!(
        r#"{"type":"system","subtype":"init","cwd":"/w","session_id":"d2","tools":["Execute"],"model":"m-1"}"#,
        "\n",
        r#"{"type":"message","role":"user","id":"u1","text":"Fix it","timestamp":1777888801000,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"reasoning","id":"r1","text":"Look","timestamp":1777888801500,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"reasoning","id":"r1","text":"Look first","timestamp":1777888801600,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"tool_call","id":"c1","messageId":"a1","toolId":"Execute","toolName":"Execute","parameters":{"command":"make"},"timestamp":1777888802000,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"tool_result","id":"c1","messageId":"a2","toolId":"Execute","isError":true,"value":"boom","timestamp":1777888803000,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"tool_call","id":"c2","toolId":"Execute","toolName":"Execute","parameters":{"command":"ls"},"timestamp":1777888803100,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"tool_result","id":"c2","toolId":"Execute","value":{"exitCode":0,"stdout":"a"},"timestamp":1777888803200,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"message","role":"assistant","id":"a3","text":"It fails.","timestamp":1777888804000,"session_id":"d2"}"#,
        "\n",
        r#"{"type":"completion","finalText":"It fails.","numTurns":1,"durationMs":3000,"session_id":"d2","timestamp":1777888805000,"usage":{"input_tokens":10,"output_tokens":3,"cache_read_input_tokens":4}}"#,
        "\n"
    );

    #[test]
    fn the_stream_tells_words_calls_and_results_once() {
        let trace = one("run.jsonl", STREAM);
        assert_eq!((trace.format, trace.key.as_str(), trace.models()), ("droid", "d2", vec!["m-1"]));
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "reasoning",
                "call Execute -> 3",
                "result Error <- 2",
                "call Execute -> 5",
                "result Ok <- 4",
                "assistant"
            ]
        );
        assert_eq!(trace.model_calls[0].input_tokens, Some(14));
    }

    #[test]
    fn a_final_text_that_no_message_holds_is_told() {
        let file = STREAM.replace("\"finalText\":\"It fails.\"", "\"finalText\":\"Give up.\"");
        assert_eq!(kinds(&one("run.jsonl", &file)).iter().filter(|k| *k == "assistant").count(), 2);
        let file = STREAM.replace("\"finalText\":", "\"isError\":true,\"finalText\":");
        assert!(kinds(&one("run.jsonl", &file)).contains(&"error It fails.".to_owned()));
    }
}
