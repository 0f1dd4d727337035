//! Logs of LiteLLM: the standard logging payload, and rows of the proxy's spend logs.
//!
//! After the documentation (`StandardLoggingPayload`) and `SpendLogsPayload` of `litellm.proxy._types`. A record is one request
//! with its answer, each as JSON or as text.

use super::chain::Chains;
use super::{Document, Format, exchange, parts, session_key};
use crate::hash::HashMap;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct LiteLlm;

/// Members of which every record has some, beside the type of the call.
const MARKS: [&str; 8] = [
    "custom_llm_provider",
    "model_group",
    "response_cost",
    "spend",
    "litellm_call_id",
    "hidden_params",
    "cache_key",
    "model_map_information",
];
/// Calls to models that do not talk.
const SILENT: [&str; 7] = ["embedding", "image", "rerank", "moderation", "speech", "transcription", "health"];

impl Format for LiteLlm {
    fn name(&self) -> &'static str {
        "litellm"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).is_some_and(|list| list.items().take(5).any(is_record));
        if is_record(root) || listed { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut records: Vec<(String, Node<'_>)> = Vec::new();
        for doc in out.until_stopped(docs) {
            match list(doc.root) {
                Some(list) => {
                    let key = doc.position_key();
                    records.extend(list.items().enumerate().map(|(i, root)| (format!("{key}#{}", i + 1), root)));
                }
                None => records.push((doc.position_key(), doc.root)),
            }
        }
        // Which request goes on from which shows in the order of time; pages come newest first.
        records.sort_by_key(|(_, root)| start(*root).map(|at| at.ns));
        let mut read = Reader::default();
        for (key, root) in records {
            match is_record(root) {
                true => read.record(key, root, out),
                false => out.unknown(root),
            }
        }
        out.sessions.extend(read.sessions);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    Some(root).filter(|r| r.is_array()).or_else(|| root.any(&["data", "logs"]).filter(|list| list.is_array()))
}

fn is_record(root: Node<'_>) -> bool {
    let timed = root.any(&["startTime", "start_time"]).is_some();
    let marked = root.entries().any(|(key, _)| MARKS.contains(&key.as_ref()));
    root.get("call_type").is_some_and(Node::is_str) && timed && marked
}

fn start(root: Node<'_>) -> Option<crate::model::Stamp> {
    root.any(&["startTime", "start_time"]).and_then(time::any)
}

/// A value with something in it: where prompts are not stored, an empty object or text stands in their place.
fn filled(node: Node<'_>) -> bool {
    match node.str() {
        Some(text) => !matches!(text.trim(), "" | "{}" | "[]" | "null"),
        None => node.items().next().is_some() || node.entries().next().is_some(),
    }
}

#[derive(Default)]
struct Reader {
    sessions: Vec<Session>,
    named: HashMap<String, usize>,
    chains: Chains,
}

impl Reader {
    fn record(&mut self, key: String, root: Node<'_>, out: &mut Output) {
        let silent = root.str_at("call_type").is_some_and(|kind| SILENT.iter().any(|word| kind.contains(word)));
        if silent {
            out.bookkeeping(root, "a call of a model that does not talk");
            return;
        }
        let sent = root.get("proxy_server_request").filter(|sent| filled(*sent));
        let sent_text = sent.and_then(Node::nested);
        let sent = sent_text.as_ref().map(|nested| nested.root(&mut out.bases)).or(sent);
        let body = sent.map(|sent| sent.get("body").filter(|body| body.is_object()).unwrap_or(sent));
        let given = |node: Node<'_>| node.any(&["messages", "input", "prompt"]).is_some_and(filled);
        let request = [Some(root), body].into_iter().flatten().find(|node| given(*node));
        let asked = request
            .and_then(|r| ["messages", "input", "prompt"].iter().filter_map(|key| r.get(key)).find(|n| filled(*n)));
        let asked_text = asked.filter(|node| node.is_str()).and_then(Node::nested);
        let asked = asked_text.as_ref().map(|nested| nested.root(&mut out.bases)).or(asked);
        let answer = root.any(&["response", "output"]).filter(|answer| filled(*answer));
        let answer_text = answer.and_then(Node::nested);
        let answer = answer_text.as_ref().map(|nested| nested.root(&mut out.bases)).or(answer);
        let input = match asked {
            Some(asked) => self::asked(request.unwrap_or(root), asked, out),
            None => Vec::new(),
        };
        let output = answer.map(|answer| said(answer, out)).unwrap_or_default();
        let failure = failure(root);
        let at = self.place(key, root, asked, answer);
        let Some(session) = self.sessions.get_mut(at) else { return };
        if asked.is_none() || answer.is_none() && failure.is_none() {
            let side = if asked.is_none() { "request" } else { "answer" };
            let what =
                format!("the {side} is not in the log: the proxy stored no prompts (`store_prompts_in_spend_logs`)");
            session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
        }
        let parameters = root.any(&["model_parameters", "optional_params"]).or(body);
        let tools = parameters.and_then(|p| p.get("tools")).or_else(|| body?.get("tools"));
        session.tools.extend(tools.map(|tools| payload::tools(tools, &mut out.bases)).unwrap_or_default());
        let finish = answer.and_then(|a| {
            let choice = a.get("choices").and_then(|choices| choices.items().next());
            choice.and_then(|c| c.get("finish_reason")).or_else(|| a.get("stop_reason"))?.text()
        });
        let mut call = exchange::call(root, answer.unwrap_or(root), finish);
        let count = |key: &str| root.get(key).and_then(Node::i64);
        call.input_tokens = count("prompt_tokens").or(call.input_tokens);
        call.output_tokens = count("completion_tokens").or(call.output_tokens);
        (call.start, call.end) = (start(root), root.any(&["endTime", "end_time"]).and_then(time::any));
        call.loc = root.loc();
        let (time, loc) = (call.end, call.loc);
        let response_id = parts::word(root, &["request_id", "id"]);
        session.items.push(Item::Model(ModelRun { call, input, output, agent: None, response_id, previous: None }));
        if let Some(text) = failure {
            let kind = EventKind::Error { text };
            session.items.push(Item::Event(Event { kind, time, agent: None, model_call: None, loc }));
        }
        out.bookkeeping(root, "data of the request");
    }

    /// The session of a record. The proxy gives a request that names none an ID of its own, so that an ID which comes once
    /// decides nothing.
    fn place(&mut self, key: String, root: Node<'_>, asked: Option<Node<'_>>, answer: Option<Node<'_>>) -> usize {
        let metadata = root.get("metadata").filter(|m| m.is_object());
        let places = [metadata.and_then(|m| m.get("spend_logs_metadata")), metadata, Some(root)];
        let mut found = places.into_iter().flatten().filter_map(session_key);
        let named = found.find(|(_, kind)| *kind == KeyKind::Conversation);
        let traced = || {
            parts::word(root, &["litellm_session_id", "trace_id", "litellm_trace_id"]).map(|id| (id, KeyKind::Trace))
        };
        let named = named.or_else(traced);
        let known = named.as_ref().and_then(|(id, _)| self.named.get(id)).copied();
        let next = self.sessions.len();
        let choice = answer.and_then(|a| a.get("choices")).and_then(|choices| choices.items().next()?.get("message"));
        let content = choice.or(answer).and_then(|message| message.get("content"));
        let at = self.chains.place(asked.filter(|list| list.is_array()), content, known, next);
        if at == next {
            let (key, kind) = named.clone().unwrap_or((key, KeyKind::Position));
            self.sessions.push(Session::new(key, kind));
        }
        if let Some((id, _)) = named {
            self.named.entry(id).or_insert(at);
        }
        at
    }
}

/// What the model was sent.
fn asked(request: Node<'_>, asked: Node<'_>, out: &mut Output) -> Vec<Msg> {
    let system = request.any(&["system", "instructions"]).and_then(payload::system_message);
    let mut all: Vec<Msg> = system.into_iter().collect();
    if !asked.is_array() {
        let said = payload::said(asked, MsgRole::User, &mut out.bases);
        if said.is_empty() {
            out.unread_as(asked, "messages of unknown form")
        } else {
            out.mapped(asked)
        }
        all.extend(said);
        return all;
    }
    for node in asked.items() {
        match payload::message(node) {
            Some(msg) => {
                out.message(node, &msg);
                all.push(msg);
            }
            None => {
                out.unknown(node);
                all.push(payload::unread_message(node, MsgRole::Assistant));
            }
        }
    }
    all
}

/// What it answered: the first choice, where there are several.
fn said(answer: Node<'_>, out: &mut Output) -> Vec<Msg> {
    let first = answer.get("choices").and_then(|choices| choices.items().next()).unwrap_or(answer);
    let message = first.get("message").filter(|m| m.is_object());
    // A choice may leave out that it is the assistant's.
    let own = message.filter(|m| m.get("role").is_none()).map(|m| payload::as_role(m, MsgRole::Assistant));
    let found = match own {
        Some(msg) => vec![msg],
        None => payload::said(first, MsgRole::Assistant, &mut out.bases),
    };
    let lost = |msg: &Msg| msg.parts.iter().any(|p| matches!(p, Part::Unread(u) if !u.attachment));
    match found.is_empty() || found.iter().any(lost) {
        true => out.unread_as(answer, "an answer of unknown form"),
        false => out.mapped(answer),
    }
    if found.is_empty() {
        return vec![payload::unread_message(answer, MsgRole::Assistant)];
    }
    found
}

fn told<'d>(node: Node<'d>) -> Option<Node<'d>> {
    node.get("error_information")?.any(&["error_message", "error_class"])
}

/// Why a request failed.
fn failure(root: Node<'_>) -> Option<crate::model::Text> {
    if !root.has("status", "failure") {
        return None;
    }
    let error = root.get("error_str").or_else(|| told(root)).or_else(|| told(root.get("metadata")?));
    error.or_else(|| root.get("status")).and_then(Node::text)
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{all, kinds, one, texts};
    use serde_json::{Value, json};

    fn record(at: usize, messages: &Value, message: &Value) -> Value {
        json!({"id": format!("chatcmpl-{at}"), "trace_id": format!("t{at}"), "call_type": "acompletion", "status": "success", "custom_llm_provider": "openai",
            "startTime": 1_777_888_800.0 + at as f64, "endTime": 1_777_888_800.5 + at as f64, "model": "m", "prompt_tokens": 9, "completion_tokens": 3, "messages": messages,
            "response": {"id": format!("chatcmpl-{at}"), "model": "m-1", "choices": [{"index": 0, "finish_reason": "stop", "message": message}]}, "metadata": {}})
    }

    fn records() -> [Value; 2] {
        let user = json!({"role": "user", "content": "Refund me"});
        let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{}"}}]});
        let result = json!({"role": "tool", "tool_call_id": "c1", "content": "pending"});
        [
            record(1, &json!([user]), &call),
            record(3, &json!([user, call, result]), &json!({"content": "It is pending"})),
        ]
    }

    const TOLD: [&str; 4] = ["user", "call refund -> 2", "result Unknown <- 1", "assistant"];

    #[test]
    fn requests_that_go_on_from_each_other_are_one_session_in_every_form() {
        let [first, second] = records();
        let text = |record: &Value| {
            let mut row = record.clone();
            row["messages"] = row["messages"].to_string().into();
            row["response"] = row["response"].to_string().into();
            row
        };
        let mut sent = second.clone();
        sent["messages"] = json!({});
        sent["proxy_server_request"] =
            json!({"messages": second["messages"], "tools": [{"type": "function", "function": {"name": "refund"}}]})
                .to_string()
                .into();
        for file in [
            format!("{second}\n{first}\n"),
            json!({"data": [second, first], "total": 2}).to_string(),
            json!([text(&second), text(&first)]).to_string(),
            format!("{first}\n{sent}\n"),
        ] {
            let trace = one("spend.jsonl", &file);
            assert_eq!(kinds(&trace), TOLD, "{file}");
            assert_eq!(
                (trace.format, trace.model_calls.len(), trace.gaps.len()),
                ("litellm", 2, 0),
                "{:?}",
                trace.gaps
            );
            assert_eq!(trace.model_calls[1].input_tokens, Some(9));
        }
    }

    #[test]
    fn sessions_failures_and_prompts_that_were_not_stored_are_told() {
        let [mut first, mut second] = records();
        (first["session_id"], second["session_id"]) = ("s".into(), "s".into());
        (first["messages"], first["response"]) = (json!({}), json!({}));
        second["status"] = "failure".into();
        second["response"] = Value::Null;
        second["error_str"] = "Rate limit".into();
        let embedding = json!({"call_type": "aembedding", "startTime": 1.0, "spend": 0, "input": ["x"]});
        let traces = all("spend.jsonl", &format!("{first}\n{second}\n{embedding}\n"));
        assert_eq!((traces.len(), traces[0].key.as_str()), (1, "s"));
        assert_eq!(kinds(&traces[0]), ["user", "call refund -> 2", "result Unknown <- 1", "error Rate limit"]);
        assert!(traces[0].has_gap(&[GapKind::ContentNotCaptured]) && texts(&traces[0]) == ["Refund me"]);
    }
}
