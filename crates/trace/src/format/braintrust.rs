//! Braintrust: spans of logs and experiments as the API's `fetch`, BTQL, `bt` and the page's download give them.
//!
//! After `ProjectLogsEvent` of Braintrust's OpenAPI document. `expected` and `scores` are labels, and are not read.

use super::spans::{self, Kind, Pool, Span};
use super::{Document, Format};
use crate::item::Output;
use crate::locator::Bases;
use crate::node::{Nested, Node};
use crate::time;

/// See the module's documentation.
pub struct Braintrust;

impl Format for Braintrust {
    fn name(&self) -> &'static str {
        "braintrust"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).and_then(|list| list.items().next());
        if is_span(root) || listed.is_some_and(is_span) { 93 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut rows = Vec::new();
        for doc in out.until_stopped(docs) {
            match list(doc.root).filter(|_| !is_span(doc.root)) {
                Some(list) => rows.extend(out.until_stopped(list.items()).map(Row::of)),
                None => rows.push(Row::of(doc.root)),
            }
        }
        let mut pool = Pool::default();
        for row in out.until_stopped(&rows) {
            take(row, &mut pool, out);
        }
        let why = "Braintrust cuts them from previews of large spans, and they may not have been logged";
        spans::sessions(pool, why, out);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    root.any(&["events", "data", "spans", "rows"]).filter(|list| list.is_array())
}

fn is_span(node: Node<'_>) -> bool {
    node.get("root_span_id").is_some() && node.any(&["span_attributes", "span_id"]).is_some()
}

/// The members of a span that are no text.
const COLUMNS: [&str; 5] = ["span_attributes", "span_parents", "metadata", "metrics", "error"];

/// A span. Tables and warehouses keep what is in its members as JSON in text.
struct Row<'d> {
    node: Node<'d>,
    opened: Vec<(&'static str, Nested)>,
}

impl<'d> Row<'d> {
    fn of(node: Node<'d>) -> Self {
        let open = |key: &'static str| Some((key, node.get(key)?.nested().filter(|inner| !inner.cut)?));
        Row { node, opened: COLUMNS.into_iter().filter_map(open).collect() }
    }

    fn get<'r>(&'r self, key: &str, bases: &mut Bases) -> Option<Node<'r>> {
        let inside = self.opened.iter().find(|(known, _)| *known == key).map(|(_, inner)| inner.root(bases));
        inside.or_else(|| spans::filled(self.node, key))
    }
}

fn take<'r>(row: &'r Row<'_>, pool: &mut Pool<'r>, out: &mut Output) {
    let node: Node<'r> = row.node;
    let id = spans::text(node, "span_id").or_else(|| spans::text(node, "id"));
    let Some((id, trace)) = id.zip(spans::text(node, "root_span_id")) else {
        out.unknown(node);
        return;
    };
    let attributes = row.get("span_attributes", &mut out.bases);
    let word = attributes.and_then(|a| a.str_at("type"));
    let kind = match word.as_deref() {
        Some("llm") => Kind::Model,
        Some("tool") => Kind::Tool,
        Some("guardrail") => Kind::Guard,
        Some("score" | "scorer" | "facet" | "classifier" | "preprocessor" | "automation" | "review") => {
            // What rates a trace is no part of it.
            out.bookkeeping(node, "a score");
            return;
        }
        Some(kind @ ("task" | "eval" | "function")) => Kind::Step(kind.to_owned()),
        None => Kind::Step("span".to_owned()),
        Some(_) => Kind::Unknown,
    };
    let mut span = Span::new(id, trace, kind, node);
    span.parent =
        row.get("span_parents", &mut out.bases).and_then(|list| list.items().next()?.str().map(|s| s.into_owned()));
    let metadata = row.get("metadata", &mut out.bases);
    span.thread = spans::thread(metadata);
    span.name = attributes.and_then(|a| a.get("name")?.text());
    let metrics = row.get("metrics", &mut out.bases);
    let metric = |key: &str| metrics.and_then(|m| m.get(key));
    span.start = metric("start").or_else(|| node.get("created")).and_then(time::any);
    span.end = metric("end").and_then(time::any);
    (span.input, span.output) = (spans::filled(node, "input"), spans::filled(node, "output"));
    let error = row.get("error", &mut out.bases);
    span.failed = error.map(|_| true);
    span.error = error.map(|e| e.get("message").unwrap_or(e).json_text());
    span.model = metadata.and_then(|m| spans::text(m, "model"));
    let count = |keys: &[&str]| keys.iter().find_map(|key| metric(key)?.i64());
    span.tokens = (count(&["prompt_tokens", "input_tokens"]), count(&["completion_tokens", "output_tokens"]));
    span.tools = metadata.and_then(|m| m.get("tools"));
    span.call = metadata.and_then(|m| m.any(&["tool_call_id", "toolCallId"])?.str().map(|s| s.into_owned()));
    span.user = spans::user(metadata);
    pool.add(span, out);
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds};
    use serde_json::{Value, json};

    fn span(id: &str, kind: &str, name: &str, at: f64, input: Value, output: Value) -> Value {
        json!({"id": format!("row-{id}"), "span_id": id, "root_span_id": "r", "span_parents": if id == "r" { json!(null) } else { json!(["r"]) }, "created": "2026-01-01T00:00:00Z", "span_attributes": {"name": name, "type": kind}, "input": input, "output": output, "metadata": {"model": "m", "session_id": "s"}, "metrics": {"start": 1_777_888_800.0 + at, "end": 1_777_888_800.5 + at, "prompt_tokens": 4}, "scores": {"x": 0}})
    }

    #[test]
    fn pages_and_lines_hold_the_same_session_and_scores_are_no_part_of_it() {
        let call = json!([{"index": 0, "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "pay", "arguments": "{\"n\":1}"}}]}}]);
        let spans = [
            span("r", "task", "agent", 0.0, json!({"q": "Pay"}), json!("Done")),
            span("a", "llm", "Chat Completion", 1.0, json!([{"role": "user", "content": "Pay"}]), call),
            span("b", "function", "pay", 2.0, json!([1]), json!("pending")),
            span("c", "score", "quality", 9.0, json!({"output": "x"}), json!(1)),
        ];
        let lines: String = spans.iter().map(|s| format!("{s}\n")).collect();
        for file in [lines, json!(spans).to_string(), json!({"events": spans, "cursor": null}).to_string()] {
            let sessions = all("b.json", &file);
            assert_eq!((sessions.len(), sessions[0].key.as_str(), sessions[0].format), (1, "s", "braintrust"));
            assert_eq!(kinds(&sessions[0]), ["user", "call pay -> 2", "result Unknown <- 1"]);
            assert_eq!(sessions[0].model_calls[0].input_tokens, Some(4));
            assert!(sessions[0].gaps.is_empty(), "{:?}", sessions[0].gaps);
        }
    }

    #[test]
    fn members_that_a_table_keeps_as_text_mean_the_same() {
        let answer = json!([{"message": {"role": "assistant", "content": "One moment", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "book", "arguments": "{\"seat\":\"4A\"}"}}]}}]);
        let mut failed = span("t", "tool", "book", 2.0, json!({"seat": "4A"}), json!(null));
        failed["error"] = json!({"message": "sold out"});
        let spans = [
            span("r", "task", "agent", 0.0, json!({"q": "Seat 4A"}), json!(null)),
            span("a", "llm", "Chat Completion", 1.0, json!([{"role": "user", "content": "Seat 4A"}]), answer),
            failed,
        ];
        let lines = |as_text: bool| -> String {
            let column =
                |value: &Value| if as_text && !value.is_string() { json!(value.to_string()) } else { value.clone() };
            let row = |span: &Value| -> Value {
                span.as_object().unwrap().iter().map(|(k, v)| (k.clone(), column(v))).collect()
            };
            spans.iter().map(|span| format!("{}\n", row(span))).collect()
        };
        let [plain, text] = [false, true].map(|as_text| all("b.jsonl", &lines(as_text)));
        assert_eq!((plain.len(), text.len(), text[0].key.as_str()), (1, 1, "s"));
        assert_eq!(kinds(&text[0]), kinds(&plain[0]));
        assert_eq!(kinds(&text[0]), ["user", "assistant", "call book -> 3", "result Error <- 2"]);
        assert_eq!(text[0].model_calls[0].input_tokens, Some(4));
    }
}
