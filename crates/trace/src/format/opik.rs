//! Opik: files of `opik export`, pages of the REST API and bodies of its batch endpoints, lists of traces and spans.
//!
//! After `Trace` and `Span` of Opik's OpenAPI document and the exports of its command line.

use super::spans::{self, Kind, Pool, Span};
use super::{Document, Format};
use crate::hash::HashSet;
use crate::item::Output;
use crate::node::Node;
use crate::time;

/// See the module's documentation.
pub struct Opik;

const LISTS: [&str; 3] = ["traces", "spans", "content"];

const KINDS: [&str; 4] = ["general", "tool", "llm", "guardrail"];

impl Format for Opik {
    fn name(&self) -> &'static str {
        "opik"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_span(root) || is_trace(root) {
            return 90;
        }
        let lists = ["spans", "content", "traces"].into_iter().filter_map(|key| root.get(key));
        let mut first = lists.filter_map(|list| list.items().next()).chain(root.get("trace"));
        if first.any(|node| is_span(node) || is_trace(node) || is_placed(node)) { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut nodes = Vec::new();
        for doc in out.until_stopped(docs) {
            let root = doc.root;
            if is_span(root) || is_trace(root) {
                nodes.push(root);
                continue;
            }
            nodes.extend(root.get("trace"));
            for list in LISTS.into_iter().filter_map(|key| root.get(key)) {
                if !list.is_array() {
                    out.unread(list);
                }
                nodes.extend(list.items());
            }
            // Lists of spans under a name that is not known.
            let lists = root.holders().filter(|(key, _)| !LISTS.contains(&key.as_ref()));
            let like = |node: &Node<'_>| is_span(*node) || is_placed(*node);
            lists.flat_map(|(_, list)| list.items()).filter(like).for_each(|node| out.unread(node));
        }
        let bare = nodes.iter().filter(|node| node.get("trace_id").is_none());
        let traces: HashSet<String> = bare.filter_map(|node| spans::text(*node, "id")).collect();
        let mut pool = Pool::default();
        out.until_stopped(nodes).for_each(|node| take(node, &traces, &mut pool, out));
        let why = "Opik leaves them out of lists that are truncated, and where the SDK records no content";
        spans::sessions(pool, why, out);
    }
}

fn is_span(node: Node<'_>) -> bool {
    let kind = node.str_at("type").is_some_and(|kind| KINDS.contains(&kind.as_ref()));
    kind && node.get("trace_id").is_some() && node.get("start_time").is_some() && node.get("id").is_some()
}

/// Among others, a span is one whatever its kind is called.
fn is_placed(node: Node<'_>) -> bool {
    let placed = ["id", "trace_id", "start_time"].iter().all(|key| node.get(key).is_some_and(Node::is_str));
    placed && node.any(&["input", "output"]).is_some() && node.any(&["attributes", "run_type", "span_data"]).is_none()
}

/// A trace, which is the outermost span.
fn is_trace(node: Node<'_>) -> bool {
    const MARKS: [&str; 8] = [
        "thread_id",
        "project_id",
        "project_name",
        "span_count",
        "feedback_scores",
        "last_updated_at",
        "error_info",
        "usage",
    ];
    let carries = node.any(&["input", "output"]).is_some() && node.get("start_time").is_some();
    let bare = node.get("trace_id").is_none() && node.get("type").is_none();
    let named = node.any(&MARKS).is_some() || node.get("name").is_some() && node.entries().count() <= 8;
    carries && bare && named && node.get("id").is_some() && node.get("run_type").is_none()
}

fn take<'d>(node: Node<'d>, traces: &HashSet<String>, pool: &mut Pool<'d>, out: &mut Output) {
    let Some(id) = spans::text(node, "id") else {
        out.unknown(node);
        return;
    };
    let trace = spans::text(node, "trace_id");
    let kind = match (&trace, node.str_at("type").as_deref()) {
        (None, None) if is_trace(node) || node.get("start_time").is_some() => Kind::Step("trace".to_owned()),
        (Some(_), Some("llm")) => Kind::Model,
        (Some(_), Some("tool")) => Kind::Tool,
        (Some(_), Some("guardrail")) => Kind::Guard,
        (Some(_), Some("general")) => Kind::Step("general".to_owned()),
        _ => Kind::Unknown,
    };
    let mut span = Span::new(id.clone(), trace.clone().unwrap_or_else(|| id.clone()), kind, node);
    // The trace is above all spans that name none.
    span.parent = spans::text(node, "parent_span_id").or_else(|| trace.filter(|trace| traces.contains(trace)));
    span.thread = spans::text(node, "thread_id").or_else(|| spans::thread(node.get("metadata")));
    span.name = node.get("name").and_then(Node::text);
    span.start = node.get("start_time").and_then(time::any);
    span.end = node.get("end_time").and_then(time::any);
    (span.input, span.output) = (spans::filled(node, "input"), spans::filled(node, "output"));
    let error = spans::filled(node, "error_info");
    span.failed = error.map(|_| true);
    span.error = error.and_then(|e| e.any(&["message", "traceback", "exception_type"])?.text());
    span.model = spans::text(node, "model");
    let usage = |keys: &[&str]| node.get("usage").and_then(|u| u.any(keys)?.i64());
    span.tokens = (usage(&["prompt_tokens", "input_tokens"]), usage(&["completion_tokens", "output_tokens"]));
    span.agent = node.get("metadata").and_then(|m| spans::text(m, "agent_name"));
    span.user = spans::user(node.get("metadata"));
    spans::report_elsewhere(&span, out);
    pool.add(span, out);
}

#[cfg(test)]
mod tests {
    use crate::test_support::one;
    use serde_json::json;

    #[test]
    fn spans_under_a_name_that_is_not_known_are_a_gap() {
        let at = "2026-05-04T10:00:00Z";
        let span = json!({"id": "s", "trace_id": "t", "type": "llm", "name": "chat", "start_time": at, "input": {"messages": [{"role": "user", "content": "Pay"}]}, "output": {"output": "Paid"}});
        let trace =
            json!({"id": "t", "name": "agent", "start_time": at, "input": {"q": "Pay"}, "output": {"output": "Paid"}});
        let read = |key: &str| one("o.json", &json!({"traces": [trace], key: [span]}).to_string());
        let unread = |key: &str| read(key).gaps.iter().any(|gap| gap.kind == crate::model::GapKind::RecordsUnread);
        assert!(unread("observations") && !unread("spans"));
    }
}
