//! The stream of Cursor's command line: `cursor-agent --print --output-format stream-json`.
//!
//! After the vendor's documentation of the output format. A call is told when it starts and again when it is completed, under
//! the name of its kind (`readToolCall`). With `--stream-partial-output` an answer comes in pieces, and then as a whole.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format};
use crate::hash::HashMap;
use crate::item::{MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, KeyKind, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct CursorStream;

impl Format for CursorStream {
    fn name(&self) -> &'static str {
        "cursor-stream"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let has = |key: &str| root.get(key).is_some();
        let bare = root.get("message").is_some_and(|m| m.any(&["id", "model"]).is_none());
        match root.str_at("type").as_deref() {
            Some("tool_call") if has("tool_call") || has("call_id") && has("subtype") => 96,
            Some("thinking") if has("subtype") => 90,
            Some("system") if has("apiKeySource") && !has("tools") => 92,
            Some("user" | "assistant") if bare && has("session_id") && !has("uuid") => 78,
            Some("result") if has("request_id") && has("session_id") => 85,
            // Claude Code counts its turns in one, and names each record.
            Some("result") if has("session_id") && has("duration_ms") && !has("num_turns") && !has("uuid") => 79,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut open: Vec<(Option<u32>, Stream)> = Vec::new();
        let mut last = 0;
        for doc in out.until_stopped(docs) {
            let file = evidence_of(&out.bases, doc.root.loc().base);
            let named = transcript::string(doc.root, &["session_id"]);
            let is_of = |(known, stream): &(Option<u32>, Stream)| {
                let other = |id: &String| stream.session.key_kind == KeyKind::Conversation && stream.session.key != *id;
                *known == file && !named.as_ref().is_some_and(other)
            };
            // Most lines are of the session of the line before.
            let at = Some(last).filter(|at| open.get(*at).is_some_and(is_of)).or_else(|| open.iter().rposition(is_of));
            last = at.unwrap_or(open.len());
            if last == open.len() {
                let kind = if named.is_some() { KeyKind::Conversation } else { KeyKind::Position };
                let session = Session::new(named.unwrap_or_else(|| doc.file.to_owned()), kind);
                open.push((file, Stream { session, started: HashMap::default(), pieces: Vec::new() }));
            }
            if let Some((_, stream)) = open.get_mut(last) {
                stream.record(doc.root, out);
            }
        }
        out.sessions.extend(open.into_iter().map(|(_, mut stream)| {
            stream.flush();
            stream.session
        }));
    }
}

struct Stream {
    session: Session,
    /// Calls that were told to have started.
    started: HashMap<String, u64>,
    /// Pieces of an answer of which the whole has not come.
    pieces: Vec<(Place, Text)>,
}

impl Stream {
    fn record(&mut self, root: Node<'_>, out: &mut Output) {
        let time = root.get("timestamp_ms").and_then(Node::i64).filter(|ms| *ms > 1_000_000_000_000);
        let time = time.and_then(|_| root.get("timestamp_ms").and_then(time::any));
        let place = Place { time, agent: None, loc: root.loc() };
        let kind = root.str_at("type").unwrap_or_default();
        if kind == "assistant" {
            return self.answer(root, place, out);
        }
        self.flush();
        match kind.as_ref() {
            "user" => {
                let Some(message) = root.get("message").filter(|m| m.get("content").is_some()) else {
                    return out.unread(root);
                };
                let read = payload::as_role(message, MsgRole::User);
                out.message(root, &read);
                self.session.items.push(place.message(MsgRole::User, read.parts));
            }
            "tool_call" => self.tool(root, &place, out),
            "result" if root.get("is_error").and_then(Node::bool) == Some(true) => {
                out.mapped(root);
                let text = root.any(&["error", "result", "subtype"]).unwrap_or(root).json_text();
                self.session.items.push(place.event(EventKind::Error { text }));
            }
            // Reasoning comes in pieces of a few letters; what the run came to repeats the answers.
            kind @ ("system" | "thinking" | "result" | "interaction_query") => out.bookkeeping(root, kind),
            _ => out.unknown(root),
        }
    }

    fn answer(&mut self, root: Node<'_>, place: Place, out: &mut Output) {
        let Some(message) = root.get("message").filter(|m| m.get("content").is_some()) else { return out.unread(root) };
        let read = payload::as_role(message, MsgRole::Assistant);
        out.message(root, &read);
        if let ([Part::Text(text)], true) = (&read.parts[..], root.get("timestamp_ms").is_some()) {
            let so_far: usize = self.pieces.iter().map(|(_, piece)| piece.text.len()).sum();
            if so_far > 0 && so_far == text.text.len() && self.is_whole(&text.text) {
                self.pieces.clear();
                self.session.items.push(place.message(MsgRole::Assistant, read.parts));
                return;
            }
            self.pieces.push((place, text.clone()));
            return;
        }
        match &read.parts[..] {
            [Part::Text(text)] if self.is_whole(&text.text) => self.pieces.clear(),
            _ => self.flush(),
        }
        self.session.items.push(place.message(MsgRole::Assistant, read.parts));
    }

    /// True for a text that is the pieces so far, put together.
    fn is_whole(&self, text: &str) -> bool {
        let mut rest = text;
        let all = self.pieces.iter().all(|(_, piece)| match rest.strip_prefix(piece.text.as_str()) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        });
        all && rest.is_empty() && !self.pieces.is_empty()
    }

    /// Pieces whose whole never came are one message.
    fn flush(&mut self) {
        let mut pieces = std::mem::take(&mut self.pieces).into_iter();
        let Some((place, first)) = pieces.next() else { return };
        let texts = std::iter::once(first).chain(pieces.map(|(_, text)| text));
        self.session.items.push(place.message(MsgRole::Assistant, texts.map(Part::Text).collect()));
    }

    fn tool(&mut self, root: Node<'_>, place: &Place, out: &mut Output) {
        let id = transcript::string(root, &["call_id"]);
        let Some((name, tool)) = root.get("tool_call").and_then(tool) else { return out.unread(root) };
        let completed = root.has("subtype", "completed");
        if !completed && !root.has("subtype", "started") {
            return out.unread(root);
        }
        out.mapped(root);
        let known = id.as_ref().and_then(|id| {
            let print = root.fingerprint();
            let before = self.started.get(id).copied();
            if before.is_none() || !completed {
                self.started.insert(id.clone(), print);
            }
            before.filter(|before| completed || *before == print)
        });
        // Two starts that differ are of two calls with the same ID.
        if known.is_none() {
            let (name, arguments) = named(name, tool);
            self.session.items.push(place.call(id.clone(), name, arguments));
        }
        if completed {
            self.session.items.push(place.result(id, None, outcome(tool)));
        }
    }
}

/// The one member that says which tool it is.
fn tool(call: Node<'_>) -> Option<(Text, Node<'_>)> {
    let (key, tool) =
        call.entries().find(|(key, node)| node.is_object() && (key.ends_with("ToolCall") || key == "function"))?;
    Some((tool.key_text(&key), tool))
}

/// The tool's name, and what it was given. Tools of MCP servers have their own names among their arguments.
fn named(kind: Text, tool: Node<'_>) -> (Text, Option<Text>) {
    let args = tool.get("args");
    let own = tool.get("name").or_else(|| args?.any(&["toolName", "name"]).filter(|_| kind.text == "mcpToolCall"));
    let inner = args.and_then(|a| a.get("args")).filter(|_| kind.text == "mcpToolCall");
    let arguments = inner.or(args).or_else(|| tool.get("arguments")).map(Node::json_text);
    (own.and_then(Node::text).unwrap_or(kind), arguments)
}

fn outcome(tool: Node<'_>) -> Outcome {
    let Some(result) = tool.get("result") else {
        return Outcome { content: None, transport: Transport::Unknown, error: None };
    };
    let of = |key: &str| result.get(key);
    let (body, transport) = match () {
        () if of("success").is_some() => (of("success"), Transport::Ok),
        () if of("rejected").is_some() => (of("rejected"), Transport::Declined),
        () => match result.any(&["error", "failure", "timeout", "fileNotFound", "permissionDenied"]) {
            Some(body) => (Some(body), Transport::Error),
            None => (Some(result), Transport::Unknown),
        },
    };
    let code = body.and_then(|b| b.get("exitCode")).and_then(Node::i64);
    let transport = if transport == Transport::Ok { code.map_or(transport, transcript::exit_code) } else { transport };
    Outcome { content: body.map(Node::json_text), transport, error: None }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    const INIT: &str =
        r#"{"type":"system","subtype":"init","apiKeySource":"login","cwd":"/w","session_id":"s1","model":"m"}"#;
    const ASKED: &str =
        r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"Fix it"}]},"session_id":"s1"}"#;
    const ENDED: &str = r#"{"type":"result","subtype":"success","is_error":false,"result":"Looking. Fixed.","session_id":"s1","request_id":"r1"}"#;

    fn said(text: &str, more: &str) -> String {
        format!(
            r#"{{"type":"assistant","message":{{"role":"assistant","content":[{{"type":"text","text":"{text}"}}]}},"session_id":"s1"{more}}}"#
        )
    }

    fn tool(subtype: &str, inner: &str) -> String {
        format!(r#"{{"type":"tool_call","subtype":"{subtype}","call_id":"c1","tool_call":{inner},"session_id":"s1"}}"#)
    }

    #[test]
    fn a_call_is_told_once_with_its_outcome() {
        let started = tool("started", r#"{"shellToolCall":{"args":{"command":"make"}}}"#);
        let failed = tool(
            "completed",
            r#"{"shellToolCall":{"args":{"command":"make"},"result":{"failure":{"exitCode":2,"stderr":"boom"}}}}"#,
        );
        let lines = [
            INIT.to_owned(),
            ASKED.to_owned(),
            said("Looking.", ""),
            started,
            failed,
            said("It failed.", ""),
            ENDED.to_owned(),
        ];
        let trace = one("run.jsonl", &lines.join("\n"));
        assert_eq!((trace.format, trace.key.as_str()), ("cursor-stream", "s1"));
        let expected = ["user", "assistant", "call shellToolCall -> 3", "result Error <- 2", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn pieces_and_their_whole_are_one_message() {
        let rejected =
            r#"{"mcpToolCall":{"args":{"toolName":"pay","args":{"n":1}},"result":{"rejected":{"reason":"no"}}}}"#;
        let lines = [
            INIT.to_owned(),
            ASKED.to_owned(),
            said("Look", r#","timestamp_ms":1777888800000"#),
            said("ing.", r#","timestamp_ms":1777888800001"#),
            said("Looking.", r#","timestamp_ms":1777888800002,"model_call_id":"m1""#),
            tool("completed", rejected),
            said("Fix", r#","timestamp_ms":1777888800003"#),
            said("ed.", r#","timestamp_ms":1777888800004"#),
            said("Fixed.", ""),
            ENDED.to_owned(),
        ];
        let trace = one("run.jsonl", &lines.join("\n"));
        assert_eq!(kinds(&trace), ["user", "assistant", "call pay -> 3", "result Declined <- 2", "assistant"]);
        assert_eq!(texts(&trace), ["Fix it", "Looking.", "Fixed."]);
    }

    #[test]
    fn an_end_without_the_ids_of_requests_is_no_unknown_record() {
        let file = [
            r#"{"type":"system","subtype":"init","apiKeySource":"login","cwd":"/w","session_id":"s9","model":"m"}"#,
            r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"Go"}]},"session_id":"s9"}"#,
            r#"{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"Gone"}]},"session_id":"s9"}"#,
            r#"{"type":"result","subtype":"success","duration_ms":3,"is_error":false,"result":"Gone","session_id":"s9"}"#,
        ];
        let reading = crate::test_support::reading("c.jsonl", &file.join("\n"));
        assert!(!format!("{:?}", reading.detections).contains("of kinds that"), "{:?}", reading.detections);
        assert!(reading.sessions[0].gaps.is_empty(), "{:?}", reading.sessions[0].gaps);
    }
}
