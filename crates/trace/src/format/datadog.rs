//! Datadog LLM Observability: spans of the export and search API, and payloads as the SDK and the HTTP API send them.
//!
//! After the documentation of the Export API and of the HTTP API's intake, and `LLMObsSpanEvent` of `ddtrace`. Messages are
//! in a form of Datadog's own: calls have a `tool_id`, and results stand in `tool_results`.

use super::spans::{self, Kind, Pool, Span};
use super::{Document, Format};
use crate::item::{CallPart, Msg, MsgRole, Output, Part, ResultPart};
use crate::model::{Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Datadog;

impl Format for Datadog {
    fn name(&self) -> &'static str {
        "datadog"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_span(root) || is_wrapped(root) {
            return 90;
        }
        let lists = [root.get("data").filter(|d| d.is_array()), batch(root).map(|(_, list)| list)];
        let mut first = lists.into_iter().flatten().filter_map(|list| list.items().next());
        if first.any(|span| is_span(span) || is_wrapped(span)) { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut pool = Pool::default();
        for doc in out.until_stopped(docs) {
            read(doc.root, None, &mut pool, out, 0);
        }
        let why = "Datadog may be told to leave them out, and drops them from spans that are too large";
        spans::sessions(pool, why, out);
    }
}

/// The spans that were sent together, and what holds for all of them.
fn batch(root: Node<'_>) -> Option<(Node<'_>, Node<'_>)> {
    let sent = root.get("data").and_then(|d| d.get("attributes")).unwrap_or(root);
    let list = sent.get("spans").filter(|list| list.is_array())?;
    let marked = sent.get("ml_app").is_some() || root.get("_dd.stage").is_some() || root.has("event_type", "span");
    let own = list.items().next().is_some_and(is_span);
    (marked || own).then_some((sent, list))
}

fn is_wrapped(node: Node<'_>) -> bool {
    node.get("attributes").is_some_and(is_span)
}

fn is_span(node: Node<'_>) -> bool {
    let placed = node.get("span_id").is_some() && node.get("trace_id").is_some();
    let timed = node.any(&["start_ns", "start_ms"]).is_some();
    placed && timed && node.any(&["meta", "span_kind", "ml_app"]).is_some()
}

fn read<'d>(root: Node<'d>, around: Option<Node<'d>>, pool: &mut Pool<'d>, out: &mut Output, depth: usize) {
    if let Some(list) = root.get("data").filter(|d| d.is_array()) {
        list.items().for_each(|item| read(item, around, pool, out, depth + 1));
    } else if let Some((sent, list)) = batch(root).filter(|_| depth < 4) {
        list.items().for_each(|item| read(item, Some(sent), pool, out, depth + 1));
    } else {
        let inner = root.get("attributes").filter(|a| is_span(*a)).unwrap_or(root);
        take(root, inner, around, pool, out);
    }
}

/// A member of a span, which the API gives bare and the SDK under `meta`.
fn member<'d>(span: Node<'d>, key: &str) -> Option<Node<'d>> {
    spans::filled(span, key).or_else(|| spans::filled(span.get("meta")?, key))
}

fn take<'d>(record: Node<'d>, node: Node<'d>, around: Option<Node<'d>>, pool: &mut Pool<'d>, out: &mut Output) {
    let word = |key: &str| super::parts::word(node, &[key]);
    let Some((id, trace)) = word("span_id").zip(word("trace_id")) else {
        out.unknown(record);
        return;
    };
    let kinds = [member(node, "span_kind"), member(node, "kind"), member(node, "span.kind")];
    let kind = match kinds.into_iter().flatten().find_map(Node::str).as_deref() {
        Some("llm") => Kind::Model,
        Some("tool") => Kind::Tool,
        Some("agent") => Kind::Agent,
        Some("retrieval") => Kind::Retrieval,
        Some(kind @ ("workflow" | "task" | "embedding" | "experiment" | "step")) => Kind::Step(kind.to_owned()),
        _ => Kind::Unknown,
    };
    let mut span = Span::new(id, trace, kind, record);
    span.parent = word("parent_id").filter(|id| !matches!(id.as_str(), "undefined" | "0" | ""));
    let session = |n: Node<'_>| spans::text(n, "session_id");
    span.thread = session(node).or_else(|| around.and_then(session));
    span.name = node.get("name").and_then(Node::text);
    span.start = node.any(&["start_ns", "start_ms"]).and_then(time::any);
    let lasted = node.get("duration").and_then(Node::f64).filter(|ns| *ns >= 0.0);
    span.end = span.start.zip(lasted).map(|(start, ns)| Stamp { ns: start.ns.saturating_add(ns as i64), ..start });
    let error = member(node, "error").filter(|e| e.is_object());
    let error = error.and_then(|e| e.any(&["message", "type", "stack"])?.text());
    span.failed = match node.str_at("status").as_deref() {
        Some("error") => Some(true),
        Some("ok") => Some(false),
        _ => error.as_ref().map(|_| true),
    };
    span.error = error.or_else(|| node.get("meta")?.any(&["error.message", "error.type"])?.text());
    for (key, role) in [("input", MsgRole::User), ("output", MsgRole::Assistant)] {
        let Some(side) = member(node, key) else { continue };
        let messages = side.get("messages").filter(|m| m.is_array());
        let alone = key == "output" || messages.is_some_and(|m| m.items().nth(1).is_none());
        let told: Vec<Msg> = messages.into_iter().flat_map(Node::items).map(|m| message(m, role, alone)).collect();
        let value = side.any(&["value", "documents"]).or_else(|| Some(side).filter(|s| s.is_str()));
        match key {
            "input" => (span.asked, span.input) = (told, value),
            _ => (span.said, span.output) = (told, value),
        }
        if messages.is_none() && value.is_none() && side.entries().next().is_some() {
            out.unread(side);
        }
    }
    if span.kind == Kind::Agent {
        span.agent = span.name.as_ref().map(|n| n.text.clone());
    }
    span.model = member(node, "model_name").and_then(|m| m.str().map(|s| s.into_owned()));
    let count = |keys: &[&str]| node.get("metrics").and_then(|m| m.any(keys)?.f64()).map(|n| n as i64);
    span.tokens = (count(&["input_tokens", "prompt_tokens"]), count(&["output_tokens", "completion_tokens"]));
    span.tools = member(node, "tool_definitions");
    span.user = spans::user(member(node, "metadata")).or_else(|| tagged_user(node.get("tags")?));
    pool.add(span, out);
}

/// The user that a tag names: `user_handle:ann`, or as a member of an object.
fn tagged_user(tags: Node<'_>) -> Option<Text> {
    const KEYS: [&str; 2] = ["user_handle:", "user_id:"];
    let tagged = |tag: Node<'_>| {
        let tag = tag.text()?;
        let key = KEYS.iter().find(|key| tag.text.starts_with(**key))?;
        tag.trimmed(key.len(), tag.text.len())
    };
    spans::user(Some(tags)).or_else(|| tags.items().find_map(tagged))
}

/// A message. Its role may be left out where there is but one, and one of the user may hold what tools answered.
fn message(node: Node<'_>, side: MsgRole, alone: bool) -> Msg {
    let word = node.str_at("role").filter(|word| !word.is_empty());
    let known = word.as_ref().and_then(|word| payload::role(word));
    let Some(role) = known.or_else(|| (alone && word.is_none()).then_some(side)) else {
        return payload::unread_message(node, side);
    };
    let own = node.any(&["tool_calls", "tool_results"]).is_some();
    if !own {
        return payload::as_role(node, role);
    }
    let id = |n: Node<'_>| super::parts::word(n, &["tool_id", "id", "tool_call_id"]);
    let mut msg = Msg::new(role, node.loc());
    if let Some(content) = node.get("content").filter(|_| node.get("tool_results").is_none() || role != MsgRole::Tool) {
        msg.parts.extend(payload::as_parts(content).into_iter().filter(|p| match p {
            Part::Text(text) => !text.text.is_empty(),
            _ => true,
        }));
    }
    for call in node.get("tool_calls").into_iter().flat_map(Node::items) {
        let inner = call.get("function").filter(|f| f.is_object()).unwrap_or(call);
        msg.parts.push(match inner.get("name").and_then(Node::text) {
            Some(name) => {
                let arguments = inner.any(&["arguments", "args"]).map(Node::json_text);
                Part::Call(CallPart { id: id(call), name, arguments })
            }
            None => payload::unread(call),
        });
    }
    for result in node.get("tool_results").into_iter().flat_map(Node::items) {
        msg.parts.push(match result.any(&["result", "content", "output"]) {
            Some(content) => Part::Result(ResultPart {
                id: id(result),
                name: result.str_at("name").map(|s| s.into_owned()).filter(|s| !s.is_empty()),
                arguments: None,
                content: Some(content.json_text()),
                transport: Transport::Unknown,
                error: None,
                loc: result.loc(),
            }),
            None => payload::unread(result),
        });
    }
    msg
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one};
    use serde_json::{Value, json};

    fn members(id: &str, parent: &str, name: &str, at: u64) -> Value {
        json!({"trace_id": "7", "span_id": id, "parent_id": parent, "name": name, "start_ns": 1_777_888_800_000_000_000u64 + at * 1_000_000_000, "duration": 500_000_000, "status": "ok", "session_id": "s", "metrics": {"input_tokens": 5.0}})
    }

    fn spans() -> Vec<(Value, &'static str, Value, Value)> {
        let call = json!({"role": "assistant", "content": "", "tool_calls": [{"name": "pay", "arguments": {"n": 1}, "tool_id": "c", "type": "function"}]});
        let result = json!({"role": "user", "tool_results": [{"name": "pay", "result": "pending", "tool_id": "c", "type": "tool_result"}]});
        let asked = json!({"role": "user", "content": "Pay"});
        vec![
            (members("1", "undefined", "desk", 0), "agent", json!({"value": "Pay"}), json!({"value": "Done"})),
            (members("2", "1", "openai.request", 1), "llm", json!({"messages": [asked]}), json!({"messages": [call]})),
            (members("3", "1", "pay", 2), "tool", json!({"value": "{\"n\": 1}"}), json!({"value": "pending"})),
            (
                members("4", "1", "openai.request", 3),
                "llm",
                json!({"messages": [asked, call, result]}),
                json!({"messages": [{"content": "Done"}]}),
            ),
        ]
    }

    #[test]
    fn the_api_and_the_sdk_give_the_same_session() {
        let flat = |(mut span, kind, input, output): (Value, &str, Value, Value)| {
            (span["span_kind"], span["input"], span["output"]) = (kind.into(), input, output);
            span["ml_app"] = "shop".into();
            span
        };
        let meta = |key: &'static str| {
            move |(mut span, kind, input, output): (Value, &str, Value, Value)| {
                span["meta"] = json!({key: kind, "input": input, "output": output});
                span
            }
        };
        let data: Vec<Value> =
            spans().into_iter().map(flat).map(|a| json!({"id": "x", "type": "span", "attributes": a})).collect();
        let sent: Vec<Value> = spans().into_iter().map(meta("kind")).collect();
        let sdk: Vec<Value> = spans().into_iter().map(meta("span.kind")).collect();
        for file in [
            json!({"data": data, "meta": {}, "links": {}}).to_string(),
            data.iter().map(|d| format!("{d}\n")).collect(),
            json!({"data": {"type": "span", "attributes": {"ml_app": "shop", "spans": sent}}}).to_string(),
            json!([{"_dd.stage": "raw", "event_type": "span", "spans": sdk}]).to_string(),
            sdk.iter().map(|d| format!("{d}\n")).collect(),
        ] {
            let trace = one("d.json", &file);
            assert_eq!(kinds(&trace), ["user", "call pay -> 2", "result Ok <- 1", "assistant"], "{file}");
            assert_eq!(
                (trace.format, trace.key.as_str(), trace.agents.as_slice()),
                ("datadog", "s", &["desk".to_owned()][..])
            );
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    #[test]
    fn a_placeholder_is_nobodys_words() {
        const DROPPED: &str = "[This value has been dropped because this span is too large.]";
        let file: String = spans()
            .into_iter()
            .map(|(mut span, kind, _, _)| {
                span["meta"] = json!({"span.kind": kind, "input": {"value": DROPPED}, "output": {"value": DROPPED}});
                format!("{span}\n")
            })
            .collect();
        let trace = one("d.jsonl", &file);
        assert_eq!(kinds(&trace), ["call pay -> 1", "result Ok <- 0"]);
        assert!(trace.gaps.iter().all(|gap| gap.kind == crate::model::GapKind::ContentNotCaptured));
        assert!(trace.gaps.iter().any(|gap| gap.what.contains("user message")), "{:?}", trace.gaps);
    }
}
