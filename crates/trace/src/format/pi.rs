//! Sessions of Pi (and of OpenClaw, which is built on it). The session files of [Droid](super::droid) have the same envelope.
//!
//! Source: the session format of pi-mono (`packages/coding-agent/docs/session.md`). Lines form a tree: each names the one
//! before it. `pi --mode json` (`docs/json.md` there) writes the same messages as a stream of events. Droid writes Anthropic's blocks into them.

mod openclaw;

use super::mixed::Files;
use super::repeats::{REPEATED, Repeats};
use super::transcript::{self, Chain, Outcome, Place, WENT_BACK};
use super::{Document, Format};
use crate::format::parts;
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, Finish, Gap, GapKind, KeyKind, ModelCall, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Pi;

/// Lines that are state.
const BOOKS: [&str; 25] = [
    "session",
    "session_start",
    "model_change",
    "thinking_level_change",
    "custom",
    "label",
    "session_info",
    "todo_state",
    "session_end",
    // Of the stream, which tells each message when it begins, while it grows, when it ends, and again with its turn.
    "agent_start",
    "agent_end",
    "agent_settled",
    "turn_start",
    "turn_end",
    "message_start",
    "message_update",
    "tool_execution_start",
    "tool_execution_update",
    "tool_execution_end",
    "queue_update",
    "compaction_start",
    "auto_retry_start",
    "auto_retry_end",
    "thinking_level_changed",
    "session_info_changed",
];

impl Format for Pi {
    fn name(&self) -> &'static str {
        "pi"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        match root.str_at("type").as_deref() {
            Some("session") if root.get("cwd").is_some() || root.get("version").is_some() => 95,
            Some("model_change" | "thinking_level_change" | "compaction" | "branch_summary" | "custom_message")
                if root.get("timestamp").is_some() =>
            {
                80
            }
            Some("custom" | "label" | "session_info") if root.get("timestamp").is_some() => 60,
            Some("message") => message_score(root, "toolCall", "tool_use"),
            Some("message_start" | "message_update" | "message_end" | "turn_end")
                if root.get("message").is_some_and(|m| m.get("role").is_some()) =>
            {
                90
            }
            Some("tool_execution_start" | "tool_execution_update" | "tool_execution_end")
                if root.get("toolCallId").is_some() && root.get("toolName").is_some() =>
            {
                90
            }
            Some("agent_start" | "turn_start" | "agent_settled") if root.entries().count() <= 3 => 60,
            Some("agent_end") if root.get("messages").is_some() => 85,
            Some("queue_update" | "compaction_start" | "compaction_end" | "auto_retry_start" | "auto_retry_end") => 50,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        read(docs, out);
    }
}

/// A message may be of either program; the kind of its calls tells.
pub fn message_score(root: Node<'_>, own: &str, other: &str) -> u32 {
    let Some(message) = root.get("message").filter(|m| m.is_object() && root.get("uuid").is_none()) else { return 0 };
    let Some(role) = message.str_at("role") else { return 0 };
    let known = matches!(role.as_ref(), "user" | "assistant");
    let parts = || message.get("content").into_iter().flat_map(Node::items).take(20);
    let has = |kind: &str| parts().any(|p| p.has("type", kind));
    match () {
        () if has(other) || other == "tool_use" && has("tool_result") => 0,
        () if has(own) || own == "toolCall" && role == "toolResult" => 80,
        () if own == "tool_use" && has("tool_result") => 80,
        () if known => 66,
        () => 40,
    }
}

/// Records at the beginning that say whether sessions take turns.
const HEAD: usize = 64;

/// Reads the session files of either program.
pub fn read(docs: &[Document<'_>], out: &mut Output) {
    let mut logs: Vec<Log> = Vec::new();
    let is_header = |root: Node<'_>| root.has("type", "session") || root.has("type", "session_start");
    let is_first = |root: Node<'_>| root.get("id").is_some() && root.get("parentId").is_none_or(Node::is_null);
    // Two heads in a row: only where each session has a first record do the sessions take turns.
    let heads = docs.windows(2).take(HEAD - 1).any(|pair| is_header(pair[0].root) && is_header(pair[1].root));
    let count = |of: &dyn Fn(Node<'_>) -> bool| docs.iter().take(HEAD).filter(|doc| of(doc.root)).count();
    let take_turns = heads && count(&|root| !is_header(root) && is_first(root)) >= count(&is_header);
    let mut files = Files::new(take_turns);
    for doc in out.until_stopped(docs) {
        let root = doc.root;
        let file = evidence_of(&out.bases, root.loc().base).unwrap_or_default();
        let header = is_header(root);
        let id = transcript::string(root, &["id"]).filter(|_| header);
        let ends = |log: &Log| {
            let named = log.session.key_kind == KeyKind::Conversation;
            let other = id.as_ref().is_some_and(|id| *id != log.session.key);
            header && (named && other || !log.session.items.is_empty())
        };
        let last = files.last(file).and_then(|at| logs.get(at));
        if last.is_none_or(ends) {
            let session = Session::new(doc.position_key(), KeyKind::Position);
            files.open(file, logs.len());
            logs.push(Log { session, ..Log::default() });
        }
        if let Some(log) = files.session_of(root, file, header).and_then(|at| logs.get_mut(at)) {
            log.record(root, out);
        }
    }
    let mut sessions: Vec<Session> = logs.into_iter().map(|log| log.session).collect();
    files.name_mixed(&mut sessions);
    out.sessions.extend(sessions);
}

struct Log {
    session: Session,
    chain: Chain,
    repeats: Repeats,
    model: Option<String>,
}

impl Default for Log {
    fn default() -> Self {
        let session = Session::new("", KeyKind::Position);
        Log { session, chain: Chain::default(), repeats: Repeats::default(), model: None }
    }
}

impl Log {
    fn record(&mut self, root: Node<'_>, out: &mut Output) {
        if self.repeats.again(root, &["id"]) {
            return out.bookkeeping(root, REPEATED);
        }
        let kind = root.str_at("type").unwrap_or_default();
        let stamp = root.get("timestamp").and_then(time::any);
        let place = Place { time: stamp, agent: None, loc: root.loc() };
        let own = transcript::string(root, &["id"]);
        if self.chain.goes_back(own.clone(), transcript::string(root, &["parentId"])) {
            self.session.items.push(place.event(EventKind::Context { what: WENT_BACK.to_owned(), lost: true }));
        }
        let items = match kind.as_ref() {
            "session" | "session_start" => {
                if let Some(id) = own.filter(|_| self.session.key_kind == KeyKind::Position) {
                    (self.session.key, self.session.key_kind) = (id, KeyKind::Conversation);
                }
                return out.bookkeeping(root, &kind);
            }
            "model_change" => {
                self.model = transcript::string(root, &["modelId", "model"]);
                return out.bookkeeping(root, &kind);
            }
            "compaction" => {
                vec![place.message(MsgRole::Assistant, vec![Part::Compacted(transcript::words(root, "summary"))])]
            }
            "branch_summary" => place.said(transcript::words(root, "summary").map(|t| (MsgRole::System, t))),
            // Extensions speak to the model.
            "custom_message" => match root.get("content") {
                Some(content) => place.said(transcript::texts(content).into_iter().map(|t| (MsgRole::Harness, t))),
                None => return out.unread(root),
            },
            "compaction_end" => {
                let summary = root.get("result").and_then(|r| transcript::words(r, "summary"));
                vec![place.message(MsgRole::Assistant, vec![Part::Compacted(summary)])]
            }
            "message" | "message_end" => {
                let Some(message) = root.get("message") else { return out.unread(root) };
                return self.message(root, message, &place, out);
            }
            kind if BOOKS.contains(&kind) => return out.bookkeeping(root, kind),
            _ => return out.unknown(root),
        };
        out.mapped(root);
        transcript::append(&mut self.session.items, items);
    }

    fn message(&mut self, root: Node<'_>, message: Node<'_>, place: &Place, out: &mut Output) {
        let role = message.str_at("role").unwrap_or_default();
        let place =
            Place { time: place.time.or_else(|| message.get("timestamp").and_then(time::any)), ..place.clone() };
        let items = match role.as_ref() {
            "user" | "assistant" | "system" => {
                let Some(role) = payload::role(&role).filter(|_| message.get("content").is_some()) else {
                    return out.unread(root);
                };
                // OpenClaw notes what it delivered to a channel as if the agent had said it again.
                if message.has("model", "delivery-mirror") && message.has("provider", "openclaw") {
                    return out.bookkeeping(root, "a copy of what was delivered");
                }
                let read = payload::as_role(message, role);
                out.message(root, &read);
                if role == MsgRole::Assistant {
                    self.model_call(message, &place);
                    // An answer that failed before its first word has none.
                    let failed = message.has("stopReason", "error") && message.get("errorMessage").is_some();
                    if !(failed && read.parts.is_empty()) {
                        self.session.items.push(place.message(role, read.parts));
                    }
                    if let Some(text) = transcript::words(message, "errorMessage") {
                        self.session.items.push(place.event(EventKind::Error { text }));
                    } else if message.has("stopReason", "aborted") {
                        let what = "the user interrupted the agent".to_owned();
                        self.session.items.push(place.event(EventKind::Context { what, lost: false }));
                    }
                    return;
                }
                for part in read.parts {
                    let part = match part {
                        Part::Text(text) if role == MsgRole::User => {
                            let said = place.said(openclaw::apart(text));
                            transcript::append(&mut self.session.items, said);
                            continue;
                        }
                        other => other,
                    };
                    let role = match &part {
                        Part::Result(_) => MsgRole::Tool,
                        _ => role,
                    };
                    transcript::append(&mut self.session.items, vec![place.message(role, vec![part])]);
                }
                return;
            }
            "toolResult" => {
                let content = message.get("content").and_then(transcript::content);
                let transport = parts::failed(message.get("isError").and_then(Node::bool));
                if content.is_none() && transport == Transport::Unknown {
                    return out.unread(root);
                }
                let (id, name) =
                    (transcript::string(message, &["toolCallId"]), transcript::string(message, &["toolName"]));
                let cut = message.get("details").and_then(|d| d.get("truncation"));
                if let Some(cut) = cut.filter(|cut| cut.get("truncated").and_then(Node::bool) == Some(true)) {
                    let tool = name.as_deref().unwrap_or("a tool");
                    let what = format!("the result of `{tool}` was shortened: the model saw only part of it");
                    let loc = Some(cut.loc());
                    self.session.gaps.push(Gap { kind: GapKind::ContentTruncated, what, loc, event: None });
                }
                vec![place.result(id, name, Outcome { content, transport, error: None })]
            }
            // A command that the user ran; the model reads what it printed.
            "bashExecution" => {
                let texts = [transcript::words(message, "command"), transcript::words(message, "output")];
                place.said(texts.into_iter().flatten().map(|t| (MsgRole::Harness, t)))
            }
            "custom" | "hookMessage" => {
                let texts = message.get("content").map(transcript::texts).unwrap_or_default();
                place.said(texts.into_iter().map(|t| (MsgRole::Harness, t)))
            }
            "branchSummary" | "compactionSummary" => {
                place.said(transcript::words(message, "summary").map(|t| (MsgRole::System, t)))
            }
            _ => return out.unread(root),
        };
        out.mapped(root);
        transcript::append(&mut self.session.items, items);
    }

    fn model_call(&mut self, message: Node<'_>, place: &Place) {
        let model = transcript::string(message, &["model"]).or_else(|| self.model.clone());
        let number = |key: &str| message.get("usage").and_then(|u| u.get(key)).and_then(Node::i64);
        let finish = message.get("stopReason").and_then(Node::text).map(|text| {
            let finish = if text.text == "toolUse" { Finish::ToolCalls } else { Finish::from_word(&text.text) };
            (finish, text)
        });
        // How an answer ended says something whoever wrote it.
        if model.is_none() && !matches!(finish, Some((Finish::Length | Finish::ContentFilter, _))) {
            return;
        }
        let call = ModelCall {
            model,
            start: place.time,
            end: place.time,
            input_tokens: number("input"),
            output_tokens: number("output"),
            finish,
            loc: place.loc,
        };
        let (input, output) = (Vec::new(), Vec::new());
        let run = ModelRun { call, input, output, agent: None, response_id: None, previous: None };
        self.session.items.push(Item::Model(run));
    }
}

#[cfg(test)]
mod tests {
    use crate::model::Transport;
    use crate::test_support::{kinds, one, transports};

    #[test]
    fn calls_results_compactions_and_branches() {
        let file = concat!(
            r#"{"type":"session","version":3,"id":"p1","timestamp":"2026-05-04T10:00:00Z","cwd":"/w"}"#,
            "\n",
            r#"{"type":"model_change","id":"0","parentId":null,"timestamp":"2026-05-04T10:00:00Z","provider":"x","modelId":"m-1"}"#,
            "\n",
            r#"{"type":"message","id":"1","parentId":"0","timestamp":"2026-05-04T10:00:01Z","message":{"role":"user","content":"Fix it"}}"#,
            "\n",
            r#"{"type":"message","id":"2","parentId":"1","timestamp":"2026-05-04T10:00:02Z","message":{"role":"assistant","content":[{"type":"thinking","thinking":"Look"},{"type":"toolCall","id":"t1","name":"bash","arguments":{"command":"make"}}],"usage":{"input":3,"output":4},"stopReason":"toolUse"}}"#,
            "\n",
            r#"{"type":"message","id":"3","parentId":"2","timestamp":"2026-05-04T10:00:03Z","message":{"role":"toolResult","toolCallId":"t1","toolName":"bash","content":[{"type":"text","text":"boom\n\nCommand exited with code 2"}],"isError":true}}"#,
            "\n",
            r#"{"type":"compaction","id":"4","parentId":"3","timestamp":"2026-05-04T10:00:04Z","summary":"It fails."}"#,
            "\n",
            r#"{"type":"message","id":"5","parentId":"1","timestamp":"2026-05-04T10:00:05Z","message":{"role":"bashExecution","command":"ls","output":"a","exitCode":0}}"#,
            "\n"
        );
        let trace = one("s.jsonl", file);
        assert_eq!((trace.format, trace.key.as_str(), trace.models()), ("pi", "p1", vec!["m-1"]));
        assert_eq!(transports(&trace), [Transport::Error]);
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "reasoning",
                "call bash -> 3",
                "result Error <- 2",
                "context lost=true",
                "system",
                "context lost=true",
                "harness"
            ]
        );
    }

    #[test]
    fn the_stream_tells_each_message_once() {
        let lines = [
            r#"{"type":"session","version":3,"id":"p1","timestamp":"2026-05-04T10:00:00Z","cwd":"/w"}"#,
            r#"{"type":"agent_start"}"#,
            r#"{"type":"turn_start"}"#,
            r#"{"type":"message_start","message":{"role":"user","content":[{"type":"text","text":"List it"}]}}"#,
            r#"{"type":"message_end","message":{"role":"user","content":[{"type":"text","text":"List it"}]}}"#,
            r#"{"type":"message_update","message":{"role":"assistant","content":[{"type":"text","text":"Li"}]},"assistantMessageEvent":{"type":"text_delta","delta":"Li"}}"#,
            r#"{"type":"message_end","message":{"role":"assistant","model":"m","content":[{"type":"text","text":"Listing"},{"type":"toolCall","id":"c1","name":"bash","arguments":{"command":"ls"}}]}}"#,
            r#"{"type":"tool_execution_start","toolCallId":"c1","toolName":"bash","args":{"command":"ls"}}"#,
            r#"{"type":"tool_execution_end","toolCallId":"c1","toolName":"bash","result":{"content":[{"type":"text","text":"a.txt"}]},"isError":false}"#,
            r#"{"type":"message_end","message":{"role":"toolResult","toolCallId":"c1","toolName":"bash","content":[{"type":"text","text":"a.txt"}],"isError":false}}"#,
            r#"{"type":"turn_end","message":{"role":"assistant","content":[]},"toolResults":[]}"#,
            r#"{"type":"agent_end","messages":[{"role":"user","content":"List it"}]}"#,
        ];
        let trace = one("run.jsonl", &lines.join("\n"));
        assert_eq!((trace.format, trace.key.as_str()), ("pi", "p1"));
        assert_eq!(kinds(&trace), ["user", "assistant", "call bash -> 3", "result Ok <- 2"]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn what_was_cut_is_told() {
        let file = [
            r#"{"type":"session","version":3,"id":"p1","timestamp":"2026-05-04T10:00:00Z","cwd":"/w"}"#,
            r#"{"type":"message","id":"1","parentId":null,"timestamp":"2026-05-04T10:00:01Z","message":{"role":"user","content":"Read it"}}"#,
            r#"{"type":"message","id":"2","parentId":"1","timestamp":"2026-05-04T10:00:02Z","message":{"role":"assistant","content":[{"type":"toolCall","id":"t1","name":"read","arguments":{}}]}}"#,
            r#"{"type":"message","id":"3","parentId":"2","timestamp":"2026-05-04T10:00:03Z","message":{"role":"toolResult","toolCallId":"t1","toolName":"read","content":"a","details":{"truncation":{"truncated":true}},"isError":false}}"#,
            r#"{"type":"message","id":"4","parentId":"3","timestamp":"2026-05-04T10:00:04Z","message":{"role":"assistant","content":[{"type":"text","text":"It says"}],"stopReason":"length"}}"#,
        ];
        let trace = one("s.jsonl", &file.join("\n"));
        assert!(trace.has_gap(&[crate::model::GapKind::ContentTruncated]));
        let ended: Vec<_> = trace.model_calls.iter().filter_map(|call| call.finish.as_ref().map(|f| f.0)).collect();
        assert_eq!(ended, [crate::model::Finish::Length]);
    }
}
