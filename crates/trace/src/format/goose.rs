//! Sessions of Goose: its older session files (JSON Lines below a line about the session), `goose session export --format json`,
//! and `goose run --output-format stream-json`.
//!
//! After the types `Message`, `MessageContent` and `Session` of the crate `goose` (block/goose), and `StreamEvent` of its
//! command line. The results of tools come in the user's role; pieces of a streamed answer have the same ID.

use super::transcript::{self, Place};
use super::{Document, Format, parts};
use crate::hash::HashMap;
use crate::item::{CallPart, Item, MsgRole, Output, Part, ResultPart, Session, Unread};
use crate::locator::evidence_of;
use crate::model::{EventKind, KeyKind, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Goose;

/// Parts that only Goose writes.
const OWN: [&str; 7] = [
    "toolRequest",
    "toolResponse",
    "frontendToolRequest",
    "toolConfirmationRequest",
    "actionRequired",
    "systemNotification",
    "redactedThinking",
];

impl Format for Goose {
    fn name(&self) -> &'static str {
        "goose"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if let Some(list) = root.get("conversation").filter(|c| c.is_array() && root.get("working_dir").is_some()) {
            return if list.items().take(8).all(|m| message_score(m) > 0) { 95 } else { 60 };
        }
        match root.str_at("type").as_deref() {
            Some("message") => root.get("message").map_or(0, message_score),
            Some("complete") if root.get("total_tokens").is_some() => 70,
            Some("notification") if root.get("extension_id").is_some() => 70,
            None if root.get("role").is_some() => message_score(root),
            None if is_header(root) => 90,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut open: Vec<(Option<u32>, Open)> = Vec::new();
        for doc in out.until_stopped(docs) {
            let file = evidence_of(&out.bases, doc.root.loc().base);
            let list = doc.root.get("conversation").filter(|c| c.is_array());
            if list.is_some() || open.last().is_none_or(|(known, _)| *known != file) {
                let key = parts::word(doc.root, &["id"]).filter(|_| list.is_some());
                let kind = if key.is_some() { KeyKind::Conversation } else { KeyKind::Position };
                let session = Session::new(key.unwrap_or_else(|| doc.file.to_owned()), kind);
                open.push((file, Open { session, pieces: HashMap::default() }));
            }
            let Some((_, open)) = open.last_mut() else { continue };
            match list {
                Some(list) => list.items().for_each(|message| open.message(message, message, out)),
                None => open.record(doc.root, out),
            }
        }
        out.sessions.extend(open.into_iter().map(|(_, open)| open.session));
    }
}

/// The line about the session: where it ran, and what it cost.
fn is_header(root: Node<'_>) -> bool {
    root.get("working_dir").is_some() && root.any(&["description", "message_count", "total_tokens"]).is_some()
}

fn message_score(message: Node<'_>) -> u32 {
    let known = message.has("role", "user") || message.has("role", "assistant");
    let Some(content) = message.get("content").filter(|c| known && c.is_array()) else { return 0 };
    let own = content.items().take(20).any(|part| part.str_at("type").is_some_and(|kind| OWN.contains(&kind.as_ref())));
    let dated = message.get("created").and_then(Node::i64).is_some();
    match (own, dated) {
        (true, _) => 95,
        (false, true) => 70,
        _ => 0,
    }
}

struct Open {
    session: Session,
    /// Where the message with an ID stands, to add its further pieces to.
    pieces: HashMap<String, usize>,
}

impl Open {
    fn record(&mut self, root: Node<'_>, out: &mut Output) {
        match root.str_at("type").as_deref() {
            Some("message") => match root.get("message") {
                Some(message) => self.message(root, message, out),
                None => out.unread(root),
            },
            Some("error") => {
                out.mapped(root);
                let text = root.any(&["error", "message"]).unwrap_or(root).json_text();
                self.session.items.push(place(root, None).event(EventKind::Error { text }));
            }
            Some(kind @ ("complete" | "notification" | "model_change")) => out.bookkeeping(root, kind),
            None if root.get("role").is_some() => self.message(root, root, out),
            None if is_header(root) => out.bookkeeping(root, "the line about the session"),
            _ => out.unknown(root),
        }
    }

    fn message(&mut self, record: Node<'_>, message: Node<'_>, out: &mut Output) {
        let role = match message.str_at("role").as_deref() {
            Some("user") => MsgRole::User,
            Some("assistant") => MsgRole::Assistant,
            _ => return out.unread(record),
        };
        let Some(content) = message.get("content").filter(|c| c.is_array()) else { return out.unread(record) };
        let place = place(message, message.get("created").or_else(|| record.get("timestamp")));
        let mut strange = false;
        let mut items: Vec<Item> = Vec::new();
        for part in content.items() {
            let Some(told) = told(part) else { continue };
            strange |= matches!(&told, Part::Unread(u) if !u.attachment);
            // Words that the user never sees are the program's, such as a summary or a reminder.
            let hidden = message.get("metadata").and_then(|m| m.get("userVisible")).and_then(Node::bool) == Some(false);
            let role = match &told {
                Part::Result(_) => MsgRole::Tool,
                Part::Text(text) if role == MsgRole::User && (hidden || transcript::is_element(&text.text)) => {
                    MsgRole::Harness
                }
                _ => role,
            };
            transcript::append(&mut items, vec![place.message(role, vec![told])]);
        }
        match strange {
            true => out.unread(record),
            false => out.mapped(record),
        }
        self.add(parts::word(message, &["id"]), role, items);
    }

    fn add(&mut self, id: Option<String>, role: MsgRole, items: Vec<Item>) {
        for item in items {
            let at = self.session.items.len();
            let known = id.as_ref().filter(|_| role == MsgRole::Assistant).and_then(|id| self.pieces.get(id)).copied();
            match (known.and_then(|at| self.session.items.get_mut(at)), item) {
                (Some(Item::Message(last)), Item::Message(mut next)) if last.role == next.role => {
                    last.parts.append(&mut next.parts);
                }
                (_, item) => {
                    if let Some(id) = &id {
                        self.pieces.insert(id.clone(), at);
                    }
                    self.session.items.push(item);
                }
            }
        }
    }
}

fn place(node: Node<'_>, at: Option<Node<'_>>) -> Place {
    Place { time: at.and_then(time::any), agent: None, loc: node.loc() }
}

/// A part of a message; `None` for what only the program is told.
fn told(part: Node<'_>) -> Option<Part> {
    match part.str_at("type").as_deref() {
        Some("toolRequest" | "frontendToolRequest") => Some(call(part)),
        Some("toolResponse") => Some(Part::Result(result(part))),
        Some("toolConfirmationRequest" | "actionRequired" | "systemNotification" | "redactedThinking") => None,
        Some("contextLengthExceeded" | "summarizationRequested" | "conversationCompacted") => {
            Some(Part::Compacted(None))
        }
        Some("image") => {
            Some(Part::Unread(Unread { kind: "image".to_owned(), attachment: true, length: 0, loc: part.loc() }))
        }
        _ => payload::as_part(part),
    }
}

fn call(part: Node<'_>) -> Part {
    let Some(made) = part.get("toolCall") else { return payload::unread(part) };
    let made = made.get("value").unwrap_or(made);
    // What the model asked for could not be read as a call.
    let Some(name) = made.get("name").and_then(Node::text) else { return payload::unread(part) };
    let arguments = made.get("arguments").map(Node::json_text);
    Part::Call(CallPart { id: parts::word(part, &["id"]), name, arguments })
}

fn result(part: Node<'_>) -> ResultPart {
    let outcome = part.get("toolResult");
    let value = outcome.map(|o| o.get("value").unwrap_or(o));
    let body = value.map(|v| v.get("content").filter(|c| c.is_array()).unwrap_or(v));
    let error = outcome.and_then(|o| o.get("error")).and_then(Node::text);
    let flag = value.and_then(|v| v.get("isError")).and_then(Node::bool);
    let status = outcome.and_then(|o| o.str_at("status"));
    let declined = error.as_ref().is_some_and(|e: &Text| e.text.contains("declined to run this tool"));
    ResultPart {
        id: parts::word(part, &["id"]),
        name: None,
        arguments: None,
        content: body.filter(|_| error.is_none()).and_then(payload::answer_text),
        transport: match (flag, status.as_deref()) {
            _ if declined => Transport::Declined,
            (Some(true), _) | (_, Some("error")) => Transport::Error,
            (Some(false), _) | (_, Some("success")) => Transport::Ok,
            _ => Transport::Unknown,
        },
        error,
        loc: part.loc(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, texts};

    const HEAD: &str = r#"{"working_dir":"/w","description":"Refund","message_count":4,"total_tokens":9}"#;
    const ASKED: &str =
        r#"{"id":"m1","role":"user","created":1777888800,"content":[{"type":"text","text":"Refund it"}]}"#;
    const CALLED: &str = r#"{"id":"m2","role":"assistant","created":1777888801,"content":[{"type":"thinking","thinking":"Look","signature":""},{"type":"text","text":"One moment"},{"type":"toolRequest","id":"c1","toolCall":{"status":"success","value":{"name":"shop__refund","arguments":{"n":1}}}}]}"#;
    const ANSWERED: &str = r#"{"id":"m3","role":"user","created":1777888802,"content":[{"type":"toolResponse","id":"c1","toolResult":{"status":"success","value":{"content":[{"type":"text","text":"card expired"}],"isError":true}}}]}"#;
    const SAID: &str =
        r#"{"id":"m4","role":"assistant","created":1777888803,"content":[{"type":"text","text":"It failed"}]}"#;
    const KINDS: [&str; 6] =
        ["user", "reasoning", "assistant", "call shop__refund -> 4", "result Error <- 3", "assistant"];

    #[test]
    fn a_session_file_an_export_and_a_stream_tell_the_same() {
        let file = one("s.jsonl", &[HEAD, ASKED, CALLED, ANSWERED, SAID].join("\n"));
        let messages = [ASKED, CALLED, ANSWERED, SAID];
        let export = one(
            "s.json",
            &format!(r#"{{"id":"20260504","working_dir":"/w","conversation":[{}]}}"#, messages.join(",")),
        );
        let lines = messages.map(|m| format!(r#"{{"type":"message","message":{m}}}"#)).join("\n");
        let stream = one("s.jsonl", &format!("{lines}\n{}", r#"{"type":"complete","total_tokens":9}"#));
        for trace in [&file, &export, &stream] {
            assert_eq!((trace.format, kinds(trace)), ("goose", KINDS.map(str::to_owned).to_vec()));
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
        assert_eq!(export.key, "20260504");
    }

    #[test]
    fn pieces_of_a_streamed_answer_are_one_message() {
        let piece = |text: &str| {
            format!(
                r#"{{"type":"message","message":{{"id":"m2","role":"assistant","created":1777888801,"content":[{{"type":"text","text":"{text}"}}]}}}}"#
            )
        };
        let lines = [format!(r#"{{"type":"message","message":{ASKED}}}"#), piece("All"), piece(" done")].join("\n");
        let trace = one("s.jsonl", &lines);
        assert_eq!(kinds(&trace), ["user", "assistant"]);
        assert_eq!(texts(&trace).first(), Some(&"Refund it"));
    }

    #[test]
    fn a_request_that_is_no_call_is_a_gap() {
        let broken = CALLED.replace(r#""name":"shop__refund","#, "");
        let trace = one("s.jsonl", &[HEAD, ASKED, &broken, ANSWERED, SAID].join("\n"));
        assert!(trace.has_gap(&[GapKind::RecordsUnread]));
    }
}
