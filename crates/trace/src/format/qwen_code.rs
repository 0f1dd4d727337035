//! Sessions of Qwen Code: `~/.qwen/projects/*/chats/*.jsonl`.
//!
//! Source: `packages/core/src/services/chatRecordingService.ts` in QwenLM/qwen-code. The envelope is like that of Claude Code
//! (a chain of records by UUID), the messages are contents of the Gemini API.

use super::repeats::{REPEATED, Repeats};
use super::transcript::{self, Chain, Place, WENT_BACK};
use super::{Document, Format};
use crate::hash::HashMap;
use crate::item::{Item, ModelRun, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{EventKind, KeyKind, ModelCall, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct QwenCode;

impl Format for QwenCode {
    fn name(&self) -> &'static str {
        "qwen"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if root.get("uuid").is_none() || root.get("sessionId").is_none() {
            return 0;
        }
        let message = root.get("message").is_some_and(|m| m.get("parts").is_some_and(Node::is_array));
        match root.str_at("type").as_deref() {
            Some("user" | "assistant" | "tool_result" | "system") if message => 97,
            Some("tool_result") => 90,
            Some("system") if root.get("systemPayload").is_some() => 97,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut logs: Vec<Log> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        for doc in out.until_stopped(docs) {
            let key = transcript::string(doc.root, &["sessionId"]).unwrap_or_else(|| doc.file.to_owned());
            let at = *place.entry(key.clone()).or_insert(logs.len());
            if at == logs.len() {
                let session = Session::new(key, KeyKind::Conversation);
                logs.push(Log { session, chain: Chain::default(), repeats: Repeats::default() });
            }
            if let Some(log) = logs.get_mut(at) {
                log.record(doc.root, out);
            }
        }
        out.sessions.extend(logs.into_iter().map(|log| log.session));
    }
}

struct Log {
    session: Session,
    chain: Chain,
    repeats: Repeats,
}

impl Log {
    fn record(&mut self, root: Node<'_>, out: &mut Output) {
        if self.repeats.again(root, &["uuid"]) {
            return out.bookkeeping(root, REPEATED);
        }
        let place = Place { time: root.get("timestamp").and_then(time::any), agent: None, loc: root.loc() };
        let (own, before) = (transcript::string(root, &["uuid"]), transcript::string(root, &["parentUuid"]));
        if self.chain.goes_back(own, before) {
            self.session.items.push(place.event(EventKind::Context { what: WENT_BACK.to_owned(), lost: true }));
        }
        let kind = root.str_at("type").unwrap_or_default();
        if kind == "system" {
            return self.system(root, &place, out);
        }
        let Some(message) = root.get("message").filter(|m| m.get("parts").is_some()) else { return out.unread(root) };
        let role = match kind.as_ref() {
            "user" => MsgRole::User,
            "assistant" => MsgRole::Assistant,
            // A tool's answer is of role user in the Gemini API.
            "tool_result" => MsgRole::User,
            _ => return out.unknown(root),
        };
        let read = payload::as_role(message, role);
        out.message(root, &read);
        if role == MsgRole::Assistant {
            self.model_call(root, &place);
            self.session.items.push(place.message(role, read.parts));
            return;
        }
        // Notices and other words of the program have a subtype.
        let typed = kind == "user" && root.get("subtype").is_none();
        for part in read.parts {
            let item = match part {
                Part::Result(result) => {
                    place.message(MsgRole::Tool, vec![Part::Result(outcome(result, root.get("toolCallResult")))])
                }
                Part::Text(text) => {
                    let own = typed && !transcript::is_element(&text.text);
                    place.message(if own { MsgRole::User } else { MsgRole::Harness }, vec![Part::Text(text)])
                }
                other => place.message(role, vec![other]),
            };
            transcript::append(&mut self.session.items, vec![item]);
        }
    }

    fn system(&mut self, root: Node<'_>, place: &Place, out: &mut Output) {
        let subtype = root.str_at("subtype").unwrap_or_default();
        let payload = root.get("systemPayload");
        let items = match subtype.as_ref() {
            "chat_compression" => {
                // The history that the model goes on with begins with what is left of the earlier one.
                let kept = payload.and_then(|p| p.get("compressedHistory")?.items().next());
                let summary = kept.and_then(|m| m.get("parts")?.items().next()?.get("text")?.text());
                vec![place.message(MsgRole::Assistant, vec![Part::Compacted(summary)])]
            }
            "slash_command" => {
                let command = payload.and_then(|p| transcript::words(p, "rawCommand"));
                place.said(command.map(|t| (MsgRole::Harness, t)))
            }
            _ => Vec::new(),
        };
        match items.is_empty() {
            true => out.bookkeeping(root, if subtype.is_empty() { "system" } else { &subtype }),
            false => out.mapped(root),
        }
        self.session.items.extend(items);
    }

    fn model_call(&mut self, root: Node<'_>, place: &Place) {
        let Some(model) = transcript::string(root, &["model"]) else { return };
        let number = |key: &str| root.get("usageMetadata").and_then(|u| u.get(key)).and_then(Node::i64);
        let call = ModelCall {
            model: Some(model),
            start: place.time,
            end: place.time,
            input_tokens: number("promptTokenCount"),
            output_tokens: number("candidatesTokenCount"),
            finish: None,
            loc: place.loc,
        };
        let (input, output) = (Vec::new(), Vec::new());
        let run = ModelRun { call, input, output, agent: None, response_id: None, previous: None };
        self.session.items.push(Item::Model(run));
    }
}

/// A result with what the record beside it says of the outcome.
fn outcome(mut result: ResultPart, beside: Option<Node<'_>>) -> ResultPart {
    let status = beside.and_then(|b| b.str_at("status"));
    let error = beside.and_then(|b| b.get("error"));
    let text = result.content.as_ref().or(result.error.as_ref()).map(|c| c.text.as_str()).unwrap_or_default();
    let cancelled = status.as_deref() == Some("cancelled");
    let refused = text.contains("User did not allow")
        || text.contains("User denied")
        || cancelled && (text.is_empty() || text.contains("[Operation Cancelled] Reason: User"));
    let code = transcript::exit_code_below(text);
    result.transport = match status.as_deref().and_then(transcript::status) {
        Some(Transport::Error) if refused => Transport::Declined,
        Some(Transport::Ok) => code.map_or(Transport::Ok, transcript::exit_code),
        Some(known) => known,
        None if error.is_some() => Transport::Error,
        None => result.transport,
    };
    if result.id.is_none() {
        result.id = beside.and_then(|b| transcript::string(b, &["callId"]));
    }
    result
}

#[cfg(test)]
mod tests {
    use crate::model::Transport;
    use crate::test_support::{kinds, one, transports};

    #[test]
    fn outcomes_notices_and_compressions() {
        let head = |n: usize, kind: &str| {
            let parent = if n == 1 { "null".to_owned() } else { format!("\"{}\"", n - 1) };
            format!(
                r#""uuid":"{n}","parentUuid":{parent},"sessionId":"q1","timestamp":"2026-05-04T10:00:0{n}Z","type":"{kind}""#
            )
        };
        let file = [
            format!(r#"{{{},"message":{{"role":"user","parts":[{{"text":"Fix it"}},{{"text":"<qwen:context>\nx\n</qwen:context>"}}]}}}}"#, head(1, "user")),
            format!(r#"{{{},"model":"qwen3","usageMetadata":{{"promptTokenCount":5}},"message":{{"role":"model","parts":[{{"text":"Hm","thought":true}},{{"functionCall":{{"id":"c1","name":"run_shell_command","args":{{}}}}}}]}}}}"#, head(2, "assistant")),
            format!(r#"{{{},"message":{{"role":"user","parts":[{{"functionResponse":{{"id":"c1","name":"run_shell_command","response":{{"output":"boom\nExit Code: 2"}}}}}}]}},"toolCallResult":{{"callId":"c1","status":"success"}}}}"#, head(3, "tool_result")),
            format!(r#"{{{},"subtype":"ui_telemetry","systemPayload":{{}}}}"#, head(4, "system")),
            format!(r#"{{{},"subtype":"notification","message":{{"role":"user","parts":[{{"text":"A task ended."}}]}}}}"#, head(5, "user")),
            format!(r#"{{{},"subtype":"chat_compression","systemPayload":{{}}}}"#, head(6, "system")),
        ]
        .join("\n");
        let trace = one("q.jsonl", &file);
        assert_eq!((trace.format, trace.key.as_str(), trace.models()), ("qwen", "q1", vec!["qwen3"]));
        assert_eq!(transports(&trace), [Transport::Error]);
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "harness",
                "reasoning",
                "call run_shell_command -> 4",
                "result Error <- 3",
                "harness",
                "context lost=true"
            ]
        );
    }
}
