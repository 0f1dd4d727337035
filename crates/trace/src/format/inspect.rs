//! Logs of Inspect: `{version, status, eval, samples}`, and a sample on its own as it lies in a `.eval` archive. After the types
//! `EvalLog`, `EvalSample` and `ChatMessage` of `inspect_ai`. Each sample is a session.
//!
//! Long texts are moved to `attachments`. Targets and scores are labels, and are never read.

mod agents;

use super::{Document, Format, parts, transcript, voice};
use crate::item::{Item, Msg, MsgRole, Output, Part, Session};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Text, Transport, Verdict};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Inspect;

impl Format for Inspect {
    fn name(&self) -> &'static str {
        "inspect"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let log = root.get("eval").is_some_and(|e| e.is_object())
            && root.get("status").is_some()
            && root.any(&["samples", "plan", "stats"]).is_some();
        let sample = root.get("messages").is_some_and(|m| m.is_array())
            && root.get("epoch").is_some()
            && root.any(&["events", "target", "scores", "attachments"]).is_some();
        if log || sample { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut labels = 0;
        for doc in out.until_stopped(docs) {
            let samples = doc.root.get("samples").filter(|s| s.is_array());
            let model = doc.root.get("eval").and_then(|e| parts::word(e, &["model"]));
            if samples.is_none() && transcript::holds_unread(doc.root, &HEADER) {
                out.unread(doc.root);
            } else if doc.root.get("eval").is_some() {
                out.bookkeeping(doc.root, "plan, scores and cost of the run");
            }
            let all: Vec<_> = match (samples, doc.root.get("messages")) {
                (Some(samples), _) => samples.items().collect(),
                (None, Some(_)) => vec![doc.root],
                (None, None) => Vec::new(),
            };
            if all.is_empty() {
                let mut session = Session::new(doc.position_key(), KeyKind::Position);
                session.gaps.push(Gap {
                    kind: GapKind::ContentNotCaptured,
                    what: "the log holds no samples; only its header was exported".to_owned(),
                    loc: Some(doc.root.loc()),
                    event: None,
                });
                out.sessions.push(session);
            }
            labels += all.len();
            all.into_iter().for_each(|sample| read(sample, model.as_deref(), doc, out));
        }
        out.lossy.push(format!("targets and scores of {labels} samples are labels, not events; left out"));
    }
}

/// Members of a log beside its samples, and of a sample.
const HEADER: [&str; 16] = [
    "eval",
    "plan",
    "results",
    "stats",
    "error",
    "reductions",
    "metadata",
    "config",
    "messages",
    "events",
    "input",
    "target",
    "output",
    "scores",
    "attachments",
    "store",
];

fn read(sample: Node<'_>, model: Option<&str>, doc: &Document<'_>, out: &mut Output) {
    let id = parts::word(sample, &["id"]);
    let epoch = parts::word(sample, &["epoch"]).unwrap_or_else(|| "1".to_owned());
    let key = id.map_or_else(|| doc.position_key(), |id| format!("sample {id}, epoch {epoch}"));
    let mut session = Session::new(key, KeyKind::Position);
    let attachments = sample.get("attachments");
    let events: Vec<Node<'_>> = sample.get("events").into_iter().flat_map(Node::items).collect();
    let mut agents = agents::Agents::of(&events);
    for node in sample.get("messages").into_iter().flat_map(Node::items) {
        let Some(mut msg) = payload::message(node) else {
            out.unknown(node);
            session.items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
            continue;
        };
        for part in &mut msg.parts {
            resolve(part, attachments);
        }
        out.message(node, &msg);
        if msg.role == MsgRole::Tool {
            outcome(node, &mut msg);
        }
        if msg.role == MsgRole::Assistant {
            let own = parts::word(node, &["model"]).or_else(|| model.map(str::to_owned));
            if own.is_some() {
                session.items.push(parts::model_call(own, (None, None), None, None, node.loc()));
            }
        }
        msg.agent = None;
        let at_work = agents.at_work(&msg.parts, attachments);
        session.items.push(Item::Message(msg));
        session.items.extend(at_work);
    }
    for event in events {
        let kind = event.str_at("event").unwrap_or_default();
        match guard(event, &kind) {
            Some(item) => {
                out.mapped(event);
                session.items.push(item);
            }
            None if KNOWN.contains(&kind.as_ref()) => out.bookkeeping(event, &kind),
            None => out.unknown(event),
        }
    }
    if let Some(error) = sample.get("error") {
        let text = error.get("message").and_then(Node::text).unwrap_or_else(|| error.json_text());
        session.items.push(voice::event(EventKind::Error { text }, None, None, error.loc()));
    }
    out.sessions.push(session);
}

/// Events that repeat what the messages tell, or that tell of the program.
const KNOWN: [&str; 23] = [
    "sample_init",
    "model",
    "tool",
    "state",
    "store",
    "sandbox",
    "score",
    "score_edit",
    "step",
    "subtask",
    "span_begin",
    "span_end",
    "info",
    "logger",
    "input",
    "sample_limit",
    "error",
    "compaction",
    "interrupt",
    "anchor",
    "checkpoint",
    "branch",
    "approval",
];

/// What an approver decided about a call, unless it just let it pass.
fn guard(event: Node<'_>, kind: &str) -> Option<Item> {
    if kind != "approval" {
        return None;
    }
    let at = event.get("timestamp").and_then(time::any);
    let action = event.get("decision").and_then(Node::text);
    let verdict = match action.as_ref().map(|a| a.text.as_str()) {
        Some("approve") => Verdict::Passed,
        Some("reject" | "terminate" | "escalate" | "modify") => Verdict::Triggered,
        _ => Verdict::Unknown,
    };
    let name = event.get("approver").and_then(Node::text)?;
    let detail = event.get("explanation").and_then(Node::text);
    Some(voice::event(EventKind::Guardrail { name, verdict, action, detail }, at, None, event.loc()))
}

/// A text that was moved to the attachments.
fn resolve(part: &mut Part, attachments: Option<Node<'_>>) {
    let moved = |text: &Text| {
        let hash = text.text.strip_prefix("attachment://")?;
        attachments?.get(hash)?.text()
    };
    match part {
        Part::Text(text) | Part::Reasoning(text) => {
            if let Some(found) = moved(text) {
                *text = found;
            }
        }
        Part::Result(result) => {
            if let Some(found) = result.content.as_ref().and_then(moved) {
                result.content = Some(found);
            }
        }
        _ => {}
    }
}

/// A tool's message has an `error` exactly where the call failed.
fn outcome(node: Node<'_>, msg: &mut Msg) {
    let error = node.get("error");
    for part in &mut msg.parts {
        if let Part::Result(result) = part {
            result.transport = if error.is_some() { Transport::Error } else { Transport::Ok };
            result.error = error.and_then(|e| e.get("message")).and_then(Node::text);
            result.name = parts::word(node, &["function"]);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, reading, texts};
    use crate::{Evidence, ReadError, read};

    const LOG: &str = r#"{"version":2,"status":"success","eval":{"model":"m","task":"t"},"samples":[{"id":"s","epoch":1,"input":"x","target":"SECRET","attachments":{"abc":"A long text"},"messages":[
        {"role":"system","content":"Be kind"},{"role":"user","content":"attachment://abc","source":"input"},
        {"role":"assistant","content":[{"type":"reasoning","reasoning":"hm"},{"type":"text","text":"I look"}],"tool_calls":[{"id":"c1","function":"bash","arguments":{"cmd":"ls"},"type":"function"}]},
        {"role":"tool","content":"","tool_call_id":"c1","function":"bash","error":{"type":"timeout","message":"too slow"}},
        {"role":"assistant","content":"Done"}],"events":[{"event":"sample_init","timestamp":"2026-01-01T00:00:00Z"},{"event":"approval","approver":"human","decision":"reject","explanation":"no","timestamp":"2026-01-01T00:00:01Z"}],"scores":{"x":"SECRET"}}]}"#;

    #[test]
    fn samples_are_sessions_and_attachments_are_put_back() {
        let found = reading("log.json", LOG);
        let trace = &found.sessions[0];
        assert_eq!(
            kinds(trace),
            [
                "system",
                "user",
                "reasoning",
                "assistant",
                "call bash -> 5",
                "result Error <- 4",
                "assistant",
                "guardrail human Triggered"
            ]
        );
        assert_eq!((texts(trace), trace.models()), (vec!["Be kind", "A long text", "I look", "Done"], vec!["m"]));
        assert_eq!((trace.key.as_str(), trace.gaps.len()), ("sample s, epoch 1", 0));
        assert!(!format!("{:?}", found.sessions).contains("SECRET"));
    }

    #[test]
    fn a_log_without_samples_says_so() {
        let header = r#"{"version":2,"status":"success","eval":{"model":"m"},"plan":{},"stats":{}}"#;
        assert!(reading("log.json", header).sessions[0].has_gap(&[GapKind::ContentNotCaptured]));
        let renamed = LOG.replacen("\"samples\"", "\"trials\"", 1).replacen("\"eval\"", "\"stats\":{},\"eval\"", 1);
        let error = read(&[Evidence::new("log.json", renamed.into_bytes())]).expect_err("the samples are there");
        assert!(matches!(error, ReadError::NotUnderstood { .. }), "{error}");
    }
}
