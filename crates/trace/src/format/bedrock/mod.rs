//! Amazon Bedrock: requests and answers of the Converse API, records of model invocation logging, and traces of Bedrock agents.
//!
//! After the API references (`Converse`, `InvokeModel`, `InvokeAgent`) and the user guide on model invocation logging. Bodies
//! of `InvokeModel` are in the form of the model's vendor.

mod agent;
mod body;

pub use agent::BedrockAgents;

use super::chain::Chains;
use super::{Document, Format, parts, session_key};
use crate::hash::{HashMap, HashSet};
use crate::item::{Item, ModelRun, Msg, MsgRole, Output, Part, Session};
use crate::model::{Event, EventKind, Gap, GapKind, KeyKind, Stamp, Verdict};
use crate::node::{Nested, Node};
use crate::time;
use body::{answer, call, request};

/// See the module's documentation.
pub struct Bedrock;

/// What every record of the log says of itself.
const LOG: &str = "ModelInvocationLog";

impl Format for Bedrock {
    fn name(&self) -> &'static str {
        "bedrock"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_log(root) || wrapped(root, 1).next().is_some() {
            return 96;
        }
        let request = inner(root, &["request", "input"], "messages");
        let marked = request.any(&["toolConfig", "inferenceConfig", "additionalModelRequestFields"]).is_some();
        match (body::is_converse_answer(inner(root, &["response"], "output")), body::messages(request)) {
            (true, _) => 90,
            (false, Some(list)) if marked || list.items().take(40).any(body::has_block) => 84,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut read = Reader::default();
        let lines: Vec<Vec<Nested>> = docs.iter().map(|doc| wrapped(doc.root, usize::MAX).collect()).collect();
        let mut records = Vec::new();
        for (doc, lines) in docs.iter().zip(&lines) {
            records.extend(lines.iter().map(|nested| (doc, nested.root(&mut out.bases))));
            records.extend(lines.is_empty().then_some((doc, doc.root)));
        }
        // Which request goes on from which shows in the order of time.
        records.sort_by_key(|(_, root)| stamp(*root).map(|at| at.ns));
        records.into_iter().for_each(|(doc, root)| read.record(doc, root, out));
        let Reader { mut sessions, .. } = read;
        for session in &mut sessions {
            session.items.sort_by_key(|item| item.start().unwrap_or(i64::MIN));
        }
        out.sessions.extend(sessions);
    }
}

fn is_log(root: Node<'_>) -> bool {
    let bodies = root.get("input").is_some_and(|i| i.any(&["inputBodyJson", "inputBodyS3Path"]).is_some());
    root.has("schemaType", LOG) || bodies && root.get("modelId").is_some()
}

/// The records that CloudWatch gives as text inside of its own.
fn wrapped<'d>(root: Node<'d>, most: usize) -> impl Iterator<Item = Nested> + 'd {
    let events = root.get("events").filter(|list| list.is_array());
    let all = events.into_iter().flat_map(Node::items).chain([root]);
    let text = |node: Node<'d>| node.any(&["message", "@message"]).filter(|m| m.str().is_some_and(|s| s.contains(LOG)));
    all.filter_map(text).take(most).filter_map(Node::nested)
}

/// The part of a document under one of some keys that has a member, or the document itself.
fn inner<'d>(root: Node<'d>, keys: &[&str], member: &str) -> Node<'d> {
    keys.iter().filter_map(|key| root.get(key)).find(|part| part.get(member).is_some()).unwrap_or(root)
}

#[derive(Default)]
struct Reader {
    sessions: Vec<Session>,
    named: HashMap<String, usize>,
    chains: Chains,
    /// What guardrails said in the place of answers.
    guarded: HashSet<String>,
}

impl Reader {
    /// One request, with its answer where it has one.
    fn record(&mut self, doc: &Document<'_>, root: Node<'_>, out: &mut Output) {
        let (input, output) = (root.get("input"), root.get("output"));
        let log = is_log(root);
        let asked = input.filter(|_| log).and_then(|i| i.get("inputBodyJson"));
        let answered = output.filter(|_| log).and_then(|o| o.get("outputBodyJson"));
        // A log may have its bodies as text.
        let (asked_text, answered_text) = (asked.and_then(Node::nested), answered.and_then(Node::nested));
        let asked = asked_text.as_ref().map(|nested| nested.root(&mut out.bases)).or(asked);
        let answered = answered_text.as_ref().map(|nested| nested.root(&mut out.bases)).or(answered);
        let (asked, answered) = match log {
            true => (asked, answered),
            false => {
                let answer = inner(root, &["response"], "output");
                (
                    Some(inner(root, &["request", "input"], "messages")),
                    Some(answer).filter(|a| body::is_converse_answer(*a)),
                )
            }
        };
        let at = self.place(doc, root, (asked, answered));
        let mut gaps = Vec::new();
        for (body, side) in [(asked, "request"), (answered, "answer")] {
            let failed = side == "answer" && root.get("errorCode").is_some();
            if log && body.is_none() && !failed {
                let what = format!("the {side} is not in the log: its body is in S3, or logging of text was off");
                gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
            }
        }
        let mut messages = asked.map(|asked| request(doc, asked, out)).unwrap_or_default();
        let tools = asked.map(|asked| body::tools(asked, &mut out.bases)).unwrap_or_default();
        let mut said = answered.map(|answered| answer(answered, out)).unwrap_or_default();
        let stopped = answered.and_then(|answered| answered.get("stopReason")).and_then(Node::text);
        let guard = stopped.filter(|reason| reason.text == "guardrail_intervened");
        if guard.is_some() {
            self.guarded.extend(said.iter().filter_map(only_words));
        }
        // The guardrail's own text stands in the place of an answer, and later requests repeat it.
        for msg in messages.iter_mut().filter(|msg| msg.role == MsgRole::Assistant).chain(&mut said) {
            if only_words(msg).is_some_and(|words| self.guarded.contains(&words)) {
                msg.role = MsgRole::Harness;
            }
        }
        if log {
            out.bookkeeping(root, "data of the invocation");
        }
        let run = ModelRun {
            call: call(root, asked, answered, stamp(root)),
            input: messages,
            output: said,
            agent: None,
            response_id: parts::word(root, &["requestId"]),
            previous: None,
        };
        let (start, loc) = (run.call.start, root.loc());
        let Some(session) = self.sessions.get_mut(at) else { return };
        let end = run.call.end;
        session.items.push(Item::Model(run));
        session.items.extend(guard.map(|name| {
            let kind = EventKind::Guardrail { name, verdict: Verdict::Triggered, action: None, detail: None };
            Item::Event(Event { kind, time: end, agent: None, model_call: None, loc })
        }));
        session.tools.extend(tools);
        session.gaps.extend(gaps);
        if let Some(text) = root.get("errorCode").and_then(Node::text) {
            let kind = EventKind::Error { text };
            session.items.push(Item::Event(Event { kind, time: start, agent: None, model_call: None, loc }));
        }
    }

    /// The session of a request: by the metadata that the caller gave it, else with the request that it goes on from.
    fn place(
        &mut self,
        doc: &Document<'_>,
        root: Node<'_>,
        (asked, answered): (Option<Node<'_>>, Option<Node<'_>>),
    ) -> usize {
        let metadata = root.get("requestMetadata").or_else(|| asked?.get("requestMetadata"));
        let mut named = [Some(root), metadata].into_iter().flatten().filter_map(session_key);
        let key = named.find(|(_, kind)| *kind == KeyKind::Conversation);
        let next = self.sessions.len();
        let at = match &key {
            Some((key, _)) => *self.named.entry(key.clone()).or_insert(next),
            None => self.chains.place(asked.and_then(body::messages), answered.and_then(body::content), None, next),
        };
        if at == next {
            let (key, kind) = key.unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
            // Records of one page of CloudWatch have one position.
            let paged = kind == KeyKind::Position && root.loc().base != doc.root.loc().base && next > 0;
            let key = if paged { format!("{key} ({})", next + 1) } else { key };
            self.sessions.push(Session::new(key, kind));
        }
        at
    }
}

/// The words of a message that is one text.
fn only_words(msg: &Msg) -> Option<String> {
    match msg.parts.as_slice() {
        [Part::Text(text)] => Some(text.text.trim().to_owned()),
        _ => None,
    }
}

fn stamp(root: Node<'_>) -> Option<Stamp> {
    root.any(&["timestamp", "eventTime", "created_at"]).and_then(time::any)
}

#[cfg(test)]
mod tests;
