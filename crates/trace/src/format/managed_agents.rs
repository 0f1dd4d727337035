//! Events of a session of Anthropic's managed agents: one a line, or a page of the API under `data`.

use super::{Document, Format, session_key, voice};
use crate::format::parts;
use crate::hash::HashMap;
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{EventKind, KeyKind, Verdict};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct ManagedAgents;

impl Format for ManagedAgents {
    fn name(&self) -> &'static str {
        "managed-agents"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if logged(root).is_some() {
            return 86;
        }
        match root.get("data").filter(|d| d.is_array()) {
            Some(page) => page.items().take(20).map(sure).max().unwrap_or(0),
            None => sure(root),
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions: Vec<Session> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        let mut books = 0;
        let log = Log::of(docs);
        for doc in out.until_stopped(docs) {
            let root = match logged(doc.root) {
                None => doc.root,
                Some((Call::Stream, payload)) => payload,
                // The stream tells again what was sent.
                Some((Call::Send, _)) if log.streams => {
                    out.bookkeeping(doc.root, "events.send");
                    continue;
                }
                Some((Call::Send, payload)) => payload.items().nth(1).unwrap_or(payload),
                Some((Call::Other, _)) => {
                    out.bookkeeping(doc.root, "a request about the session");
                    continue;
                }
            };
            let page = root.any(&["data", "events"]).filter(|d| d.is_array());
            let events: Vec<_> = page.map_or_else(|| vec![root], |p| p.items().collect());
            for event in events {
                let named = session_key(event).filter(|(_, kind)| *kind == KeyKind::Conversation);
                let named = named.or_else(|| Some((log.session.clone()?, KeyKind::Conversation)));
                let (key, kind) = named.unwrap_or_else(|| (doc.file.to_owned(), KeyKind::Position));
                let at = *place.entry(key.clone()).or_insert(sessions.len());
                if at == sessions.len() {
                    sessions.push(Session::new(key, kind));
                }
                match item(event) {
                    Some(item) => {
                        match &item {
                            Item::Message(msg) => out.message(event, msg),
                            _ => out.mapped(event),
                        }
                        sessions[at].items.push(item);
                    }
                    None => {
                        out.bookkeeping(event, &event.str_at("type").unwrap_or_default());
                        books += 1;
                    }
                }
            }
        }
        if books > 0 {
            out.lossy.push(format!("{books} events describe only the session's state and cost; left out"));
        }
        out.sessions.extend(sessions);
    }
}

/// What a client asked of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Call {
    /// Events of the session, one for each line.
    Stream,
    /// Events for the session.
    Send,
    /// The session itself was made or asked for.
    Other,
}

/// A line of a client's log, `[name of the call, what it sent or got]`.
fn logged(root: Node<'_>) -> Option<(Call, Node<'_>)> {
    let mut items = root.items().filter(|_| root.is_array());
    let (name, payload) = (items.next()?, items.next()?);
    let (_, call) = name.str()?.rsplit_once("sessions.").map(|(path, call)| (path.to_owned(), call.to_owned()))?;
    let call = match call.as_str() {
        "events.stream" | "events.list" => Call::Stream,
        "events.send" => Call::Send,
        "create" | "retrieve" | "update" | "delete" | "archive" => Call::Other,
        _ => return None,
    };
    (items.next().is_none() && (payload.is_object() || payload.is_array())).then_some((call, payload))
}

/// What a client's log says as a whole.
#[derive(Debug, Default)]
struct Log {
    /// True where it has the events of a stream.
    streams: bool,
    /// The session that all events were sent to.
    session: Option<String>,
}

impl Log {
    fn of(docs: &[Document<'_>]) -> Log {
        let calls = || docs.iter().filter_map(|doc| logged(doc.root));
        let sent = calls().filter(|(call, _)| *call == Call::Send);
        let mut sessions: Vec<String> =
            sent.filter_map(|(_, payload)| Some(payload.items().next()?.str()?.into_owned())).collect();
        sessions.dedup();
        let session = if sessions.len() == 1 { sessions.pop() } else { None };
        Log { streams: calls().any(|(call, _)| call == Call::Stream), session }
    }
}

/// How surely something is such an event. Other systems name theirs alike, so the names are looked at closely.
fn sure(node: Node<'_>) -> u32 {
    const KINDS: [&str; 9] = [
        "message",
        "tool_use",
        "tool_result",
        "thinking",
        "interrupt",
        "status_",
        "error",
        "tool_confirmation",
        "context_compacted",
    ];
    let kind = node.str_at("type").unwrap_or_default();
    let Some((domain, what)) =
        kind.split_once('.').filter(|(d, _)| matches!(*d, "user" | "agent" | "session" | "span"))
    else {
        return 0;
    };
    let known = KINDS.iter().any(|k| what.ends_with(k) || what.starts_with(k)) || what.starts_with("model_request");
    match (domain, known, node.get("processed_at").is_some()) {
        ("user" | "agent", true, _) | (_, true, true) => 86,
        // A kind of a newer version.
        (_, _, true) => 30,
        _ => 0,
    }
}

/// What an event tells of the conversation; `None` where it tells of the session's state.
fn item(event: Node<'_>) -> Option<Item> {
    let kind = event.str_at("type").unwrap_or_default();
    let at = event.any(&["processed_at", "created_at"]).and_then(time::any);
    let agent = event.str_at("agent_name");
    let said = |role, parts| {
        Item::Message(Msg {
            time: at,
            parts,
            agent: agent.clone().map(|a| a.into_owned()),
            ..Msg::new(role, event.loc())
        })
    };
    // Words that stand under another name are there, and not read.
    let words = || match event.get("content") {
        Some(content) => payload::as_parts(content),
        None => vec![payload::unread(event)],
    };
    let told = |kind| Some(voice::event(kind, at, agent.as_deref(), event.loc()));
    match kind.as_ref() {
        "user.message" => Some(said(MsgRole::User, words())),
        "agent.message" => Some(said(MsgRole::Assistant, words())),
        "agent.thinking" => {
            // Without its words it only says that the model thought.
            let thoughts = event.any(&["content", "thinking"]).map(payload::as_parts).unwrap_or_default().into_iter();
            let parts: Vec<Part> =
                thoughts.map(|p| if let Part::Text(t) = p { Part::Reasoning(t) } else { p }).collect();
            (!parts.is_empty()).then(|| said(MsgRole::Assistant, parts))
        }
        "agent.tool_use" | "agent.mcp_tool_use" | "agent.custom_tool_use" => {
            Some(said(MsgRole::Assistant, vec![call(event)]))
        }
        "agent.tool_result" | "agent.mcp_tool_result" | "user.custom_tool_result" | "user.tool_result" => {
            Some(said(MsgRole::Tool, vec![Part::Result(result(event))]))
        }
        // A person may have to allow a call before it is made.
        "user.tool_confirmation" => {
            let verdict = match event.str_at("result").as_deref() {
                Some("allow") => Verdict::Passed,
                Some("deny") => Verdict::Triggered,
                _ => Verdict::Unknown,
            };
            let (name, detail) = (event.get("type")?.text()?, event.get("deny_message").and_then(Node::text));
            told(EventKind::Guardrail { name, verdict, action: None, detail })
        }
        "user.interrupt" => told(EventKind::Context { what: "the user interrupted the agent".to_owned(), lost: false }),
        "agent.thread_context_compacted" => Some(said(MsgRole::Assistant, vec![Part::Compacted(None)])),
        "session.error" => {
            let error = event.get("error").unwrap_or(event);
            told(EventKind::Error { text: error.any(&["message", "type"]).unwrap_or(error).json_text() })
        }
        kind if kind.starts_with("session.") || kind.starts_with("span.") => None,
        _ => Some(said(MsgRole::Assistant, vec![payload::unread(event)])),
    }
}

fn call(event: Node<'_>) -> Part {
    let Some(name) = event.get("name").and_then(Node::text) else { return payload::unread(event) };
    let id = event.str_at("id").map(|s| s.into_owned());
    Part::Call(CallPart { id, name, arguments: event.get("input").map(Node::json_text) })
}

fn result(event: Node<'_>) -> ResultPart {
    let id = event.any(&["tool_use_id", "mcp_tool_use_id", "custom_tool_use_id"]);
    ResultPart {
        id: id.and_then(|n| n.str().map(|s| s.into_owned())),
        name: None,
        arguments: None,
        content: event.get("content").and_then(payload::answer_text),
        transport: parts::failed(event.get("is_error").and_then(Node::bool)),
        error: None,
        loc: event.loc(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, reading, texts};

    const EVENTS: [&str; 11] = [
        r#"{"type":"user.message","id":"e1","content":[{"type":"text","text":"Clean up"}],"processed_at":"2026-01-01T00:00:00Z"}"#,
        r#"{"type":"session.status_running","id":"e2","processed_at":"2026-01-01T00:00:01Z"}"#,
        r#"{"type":"agent.tool_use","id":"t1","name":"bash","input":{"command":"rm"},"processed_at":"2026-01-01T00:00:02Z"}"#,
        r#"{"type":"user.tool_confirmation","id":"e4","tool_use_id":"t1","result":"deny","deny_message":"No","processed_at":"2026-01-01T00:00:03Z"}"#,
        r#"{"type":"agent.tool_result","id":"e5","tool_use_id":"t1","is_error":true,"content":[{"type":"text","text":"denied"}],"processed_at":"2026-01-01T00:00:04Z"}"#,
        r#"{"type":"agent.mcp_tool_use","id":"t2","name":"list","mcp_server_name":"s","input":{},"processed_at":"2026-01-01T00:00:05Z"}"#,
        r#"{"type":"agent.mcp_tool_result","id":"e7","mcp_tool_use_id":"t2","content":"three","processed_at":"2026-01-01T00:00:06Z"}"#,
        r#"{"type":"span.model_request_end","id":"e8","processed_at":"2026-01-01T00:00:07Z"}"#,
        r#"{"type":"agent.message","id":"e9","content":[{"type":"text","text":"There are three"}],"processed_at":"2026-01-01T00:00:08Z"}"#,
        r#"{"type":"user.interrupt","id":"e10","processed_at":"2026-01-01T00:00:09Z"}"#,
        r#"{"type":"session.error","id":"e11","error":{"type":"x","message":"overloaded"},"processed_at":"2026-01-01T00:00:10Z"}"#,
    ];

    #[test]
    fn lines_and_pages_tell_calls_confirmations_and_errors() {
        for file in [EVENTS.join("\n"), format!(r#"{{"data":[{}],"next_page":null}}"#, EVENTS.join(","))] {
            let found = reading("e.jsonl", &file);
            let trace = &found.sessions[0];
            assert_eq!(
                kinds(trace),
                [
                    "user",
                    "call bash -> 3",
                    "guardrail user.tool_confirmation Triggered",
                    "result Error <- 1",
                    "call list -> 5",
                    "result Unknown <- 4",
                    "assistant",
                    "context lost=false",
                    "error overloaded"
                ]
            );
            assert_eq!((texts(trace), trace.format), (vec!["Clean up", "There are three"], "managed-agents"));
            assert!(trace.events.iter().all(|e| e.time.is_some()) && trace.gaps.is_empty());
            assert!(found.detections[0].lossy[0].starts_with("2 events"), "{:?}", found.detections);
        }
    }

    #[test]
    fn a_clients_log_of_its_calls_is_read_whole() {
        let made = r#"["client.beta.sessions.create",{"id":"sesn_1","type":"session","agent":{"name":"A"}}]"#;
        let sent = r#"["client.beta.sessions.events.send",["sesn_1",{"events":[{"type":"user.message","content":[{"type":"text","text":"Clean up"}]}]}]]"#;
        let streamed = EVENTS.map(|event| format!(r#"["client.beta.sessions.events.stream",{event}]"#));
        let file = [&[made.to_owned(), sent.to_owned()][..], &streamed].concat().join("\n");
        let found = reading("e.jsonl", &file);
        let trace = &found.sessions[0];
        assert_eq!(
            (trace.key.as_str(), kinds(trace).len(), texts(trace)),
            ("sesn_1", 9, vec!["Clean up", "There are three"])
        );
        assert!(trace.gaps.is_empty() && found.detections[0].tally.unknown.is_empty(), "{:?}", found.detections);
        // Without the stream, what was sent is all there is.
        assert_eq!(texts(&one("e.jsonl", &[made, sent].join("\n"))), ["Clean up"]);
    }

    #[test]
    fn kinds_that_are_not_known_are_gaps_and_compaction_is_told() {
        let more = [
            EVENTS[0],
            r#"{"type":"agent.thread_context_compacted","id":"c"}"#,
            r#"{"type":"agent.new_kind","id":"n","processed_at":"2026-01-01T00:00:09Z"}"#,
        ];
        let trace = one("e.jsonl", &more.join("\n"));
        assert_eq!(kinds(&trace), ["user", "context lost=true"]);
        assert!(trace.has_gap(&[GapKind::InputDropped]));
    }
}
