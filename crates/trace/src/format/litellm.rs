//! Logs of LiteLLM: the standard logging payload, and rows of the proxy's spend logs.
//!
//! After the documentation (`StandardLoggingPayload`) and `SpendLogsPayload` of `litellm.proxy._types`. A record is one request
//! with its answer, each as JSON or as text.

use super::chain::{self, Chains};
use super::{Bearing, Document, Format, exchange, parts, session_key};
use crate::hash::HashMap;
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session};
use crate::locator::Bases;
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

    fn bears_on(&self, doc: &Document<'_>, mut bases: Bases) -> Option<Bearing> {
        // The order of time decides, in which the lines are not: what may be of one conversation is read together.
        let mut keys = vec![(KeyKind::Position, String::new())];
        let one = list(doc.root).is_none().then_some(doc.root);
        for root in list(doc.root).into_iter().flat_map(Node::items).chain(one) {
            if !is_record(root) || is_silent(root) {
                continue;
            }
            let named = named(root);
            keys.extend(named.iter().map(|(id, kind)| (*kind, id.clone())));
            let alike = [named.map(|(id, _)| together(&id)), opening(root, &mut bases).map(begins)];
            keys.extend(alike.into_iter().flatten().map(|key| (KeyKind::Trace, key)));
        }
        let same = keys.iter().skip(1).map(|other| (keys[0].clone(), other.clone())).collect();
        Some(Bearing { keys, same, ..Bearing::default() })
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut records: Vec<(usize, String, Node<'_>)> = Vec::new();
        for (number, doc) in out.until_stopped(docs.iter().enumerate()) {
            match list(doc.root) {
                Some(list) => {
                    let key = doc.position_key();
                    records
                        .extend(list.items().enumerate().map(|(i, root)| (number, format!("{key}#{}", i + 1), root)));
                }
                None => records.push((number, doc.position_key(), doc.root)),
            }
        }
        // Which request goes on from which shows in the order of time; pages come newest first.
        let mut records: Vec<_> = records.into_iter().enumerate().collect();
        records.sort_by_key(|(_, (_, _, root))| start(*root).map(|at| at.ns));
        let mut read = Reader::default();
        for (place, (document, key, root)) in records {
            match is_record(root) {
                true => read.record((place, document), key, root, out),
                false => out.unknown(root),
            }
        }
        out.sessions.extend(read.finish());
    }
}

/// The session that a record names.
fn named(root: Node<'_>) -> Option<(String, KeyKind)> {
    let metadata = root.get("metadata").filter(|m| m.is_object());
    let places = [metadata.and_then(|m| m.get("spend_logs_metadata")), metadata, Some(root)];
    let mut found = places.into_iter().flatten().filter_map(session_key);
    let named = found.find(|(_, kind)| *kind == KeyKind::Conversation);
    let traced =
        || parts::word(root, &["litellm_session_id", "trace_id", "litellm_trace_id"]).map(|id| (id, KeyKind::Trace));
    named.or_else(traced)
}

/// What records that name one session have in common, whichever kind of ID it is.
fn together(id: &str) -> String {
    format!("ID {id}")
}

/// What records have in common that may be of one conversation.
fn begins(opening: u64) -> String {
    format!("opening {opening:x}")
}

/// What a record's conversation begins with.
fn opening(root: Node<'_>, bases: &mut Bases) -> Option<u64> {
    let sent = root.get("proxy_server_request").filter(|sent| filled(*sent));
    let sent_text = sent.and_then(Node::nested);
    let sent = sent_text.as_ref().map(|nested| nested.root(bases)).or(sent);
    let (_, asked) = request(root, body(sent))?;
    let asked_text = asked.filter(|node| node.is_str()).and_then(Node::nested);
    let asked = asked_text.as_ref().map(|nested| nested.root(bases)).or(asked)?;
    asked.is_array().then(|| chain::opening(asked))?
}

/// The request inside of what was sent.
fn body(sent: Option<Node<'_>>) -> Option<Node<'_>> {
    sent.map(|sent| sent.get("body").filter(|body| body.is_object()).unwrap_or(sent))
}

/// The request, where it is stored, and what it asked.
fn request<'d>(root: Node<'d>, body: Option<Node<'d>>) -> Option<(Node<'d>, Option<Node<'d>>)> {
    const ASKED: [&str; 3] = ["messages", "input", "prompt"];
    let given = |node: &Node<'_>| node.any(&ASKED).is_some_and(filled);
    let request = [Some(root), body].into_iter().flatten().find(given)?;
    Some((request, ASKED.iter().filter_map(|key| request.get(key)).find(|n| filled(*n))))
}

fn is_silent(root: Node<'_>) -> bool {
    root.str_at("call_type").is_some_and(|kind| SILENT.iter().any(|word| kind.contains(word)))
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
    groups: Groups,
    /// For each session, its group, and where its first record stands in the files.
    places: Vec<(usize, usize)>,
}

/// Records that are read together where a file is read in parts, and the first document of each: sessions are in that order, however
/// large the file is.
#[derive(Default)]
struct Groups {
    of: HashMap<String, usize>,
    parents: Vec<usize>,
    first: Vec<usize>,
}

impl Groups {
    fn of(&mut self, key: String, document: usize) -> usize {
        let next = self.parents.len();
        let at = *self.of.entry(key).or_insert(next);
        if at == next {
            self.parents.push(next);
            self.first.push(document);
        }
        self.root(at)
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    fn join(&mut self, one: usize, other: usize) -> usize {
        let (one, other) = (self.root(one), self.root(other));
        self.first[one] = self.first[one].min(self.first[other]);
        self.parents[other] = one;
        one
    }
}

impl Reader {
    /// The sessions, in the order of their first records in the files.
    fn finish(self) -> Vec<Session> {
        let Reader { sessions, places, mut groups, .. } = self;
        let mut all: Vec<_> = places.into_iter().zip(sessions).collect();
        all.sort_by_key(|((group, place), _)| {
            let root = groups.root(*group);
            (groups.first[root], *place)
        });
        all.into_iter().map(|(_, session)| session).collect()
    }

    /// Reads a record; `at` is its place among all records, and that of its document.
    fn record(&mut self, at: (usize, usize), key: String, root: Node<'_>, out: &mut Output) {
        if is_silent(root) {
            out.bookkeeping(root, "a call of a model that does not talk");
            return;
        }
        let sent = root.get("proxy_server_request").filter(|sent| filled(*sent));
        let sent_text = sent.and_then(Node::nested);
        let sent = sent_text.as_ref().map(|nested| nested.root(&mut out.bases)).or(sent);
        let body = body(sent);
        let (request, asked) = request(root, body).map_or((None, None), |(request, asked)| (Some(request), asked));
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
        let at = self.place(at, key, root, asked, answer);
        let Some(session) = self.sessions.get_mut(at) else { return };
        if asked.is_none() || answer.is_none() && failure.is_none() {
            let side = if asked.is_none() { "request" } else { "answer" };
            let what =
                format!("the {side} is not in the log: the proxy stored no prompts (`store_prompts_in_spend_logs`)");
            session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
        }
        // The caller's name for the user; the proxy puts an empty text where there is none.
        let metadata = root.get("metadata");
        let user = [
            root.get("end_user"),
            metadata.and_then(|m| m.get("user_api_key_end_user_id")),
            body.and_then(|b| b.get("user")),
        ];
        session.user(user.into_iter().flatten().find(|id| filled(*id)));
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
    fn place(
        &mut self,
        (place, document): (usize, usize),
        key: String,
        root: Node<'_>,
        asked: Option<Node<'_>>,
        answer: Option<Node<'_>>,
    ) -> usize {
        let named = named(root);
        let asked = asked.filter(|list| list.is_array());
        let mut group = self.groups.of(document.to_string(), document);
        let alike = [named.as_ref().map(|(id, _)| together(id)), asked.and_then(chain::opening).map(begins)];
        for key in alike.into_iter().flatten() {
            let other = self.groups.of(key, document);
            group = self.groups.join(group, other);
        }
        let known = named.as_ref().and_then(|(id, _)| self.named.get(id)).copied();
        let next = self.sessions.len();
        let choice = answer.and_then(|a| a.get("choices")).and_then(|choices| choices.items().next()?.get("message"));
        let content = choice.or(answer).and_then(|message| message.get("content"));
        let at = self.chains.place(asked, content, known, next);
        if at == next {
            let (key, kind) = named.clone().unwrap_or((key, KeyKind::Position));
            self.sessions.push(Session::new(key, kind));
            self.places.push((group, place));
        }
        if let Some((_, first)) = self.places.get_mut(at) {
            *first = place.min(*first);
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
        (first["end_user"], second["end_user"]) = ("".into(), "u-1".into());
        (first["messages"], first["response"]) = (json!({}), json!({}));
        second["status"] = "failure".into();
        second["response"] = Value::Null;
        second["error_str"] = "Rate limit".into();
        let embedding = json!({"call_type": "aembedding", "startTime": 1.0, "spend": 0, "input": ["x"]});
        let traces = all("spend.jsonl", &format!("{first}\n{second}\n{embedding}\n"));
        assert_eq!((traces.len(), traces[0].key.as_str()), (1, "s"));
        assert_eq!(traces[0].users.iter().map(|u| u.text.as_str()).collect::<Vec<_>>(), ["u-1"]);
        assert_eq!(kinds(&traces[0]), ["user", "call refund -> 2", "result Unknown <- 1", "error Rate limit"]);
        assert!(traces[0].has_gap(&[GapKind::ContentNotCaptured]) && texts(&traces[0]) == ["Refund me"]);
    }
}
