//! Weave (Weights & Biases): calls as `calls/stream_query` gives them line by line, as lists, and as a page's `calls`.
//!
//! After `CallSchema` of `weave.trace_server.trace_server_interface`. An `op_name` is a reference
//! (`weave:///entity/project/op/name:digest`) or the name alone. What an op is stands in its attributes, in the names that
//! Weave's own integrations use, or in what it holds.

use super::spans::{self, Kind, Pool, Span};
use super::{Document, Format};
use crate::item::Output;
use crate::model::Text;
use crate::node::Node;
use crate::time;

/// See the module's documentation.
pub struct Weave;

impl Format for Weave {
    fn name(&self) -> &'static str {
        "weave"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = root.get("calls").and_then(|list| list.items().next());
        if is_call(root) || listed.is_some_and(is_call) { 92 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut pool = Pool::default();
        for doc in out.until_stopped(docs) {
            match doc.root.get("calls").filter(|_| !is_call(doc.root)) {
                Some(list) => list.items().for_each(|call| take(call, &mut pool, out)),
                None => take(doc.root, &mut pool, out),
            }
        }
        let why = "the call had not ended, or its inputs and output were not selected for the export";
        spans::sessions(pool, why, out);
    }
}

fn is_call(node: Node<'_>) -> bool {
    let placed = node.any(&["trace_id", "parent_id"]).is_some();
    let carries = node.any(&["inputs", "output", "started_at"]).is_some();
    node.get("op_name").is_some() && node.get("id").is_some() && placed && carries
}

fn take<'d>(node: Node<'d>, pool: &mut Pool<'d>, out: &mut Output) {
    let (Some(id), Some(op)) = (spans::text(node, "id"), node.get("op_name").and_then(Node::text)) else {
        out.unknown(node);
        return;
    };
    let trace = spans::text(node, "trace_id").unwrap_or_else(|| id.clone());
    let name = name(op);
    let kind = kind(node, name.as_ref().map_or("", |n| n.text.as_str()));
    let mut span = Span::new(id, trace, kind, node);
    span.function = matches!(span.kind, Kind::Step(_));
    span.parent = spans::text(node, "parent_id");
    span.thread = spans::text(node, "thread_id");
    span.start = node.get("started_at").and_then(time::any);
    span.end = node.get("ended_at").and_then(time::any);
    let inputs = spans::filled(node, "inputs");
    // LangChain's runs stand inside, with inputs and outputs of their own.
    span.input = inputs.and_then(|i| spans::filled(i, "inputs")).or(inputs);
    let output = spans::filled(node, "output");
    span.output = output.and_then(|o| spans::filled(o, "outputs")).or(output);
    span.error = spans::filled(node, "exception").and_then(Node::text);
    let status = node.get("summary").and_then(|s| s.get("weave")?.str_at("status"));
    span.failed = match (&span.error, status.as_deref()) {
        (Some(_), _) | (None, Some("error")) => Some(true),
        (None, Some("success")) => Some(false),
        _ => None,
    };
    if span.kind == Kind::Agent {
        let own = inputs.and_then(|i| i.any(&["name", "agent_name"])).and_then(|n| n.str().map(|s| s.into_owned()));
        span.agent = own.or_else(|| name.as_ref().map(|n| n.text.clone()));
    }
    if let Some(used) = node.get("summary").and_then(|s| s.get("usage")?.entries().next()) {
        let (model, counts) = used;
        let count = |keys: &[&str]| counts.any(keys).and_then(Node::i64);
        span.tokens = (count(&["prompt_tokens", "input_tokens"]), count(&["completion_tokens", "output_tokens"]));
        span.model = Some(model.into_owned()).filter(|_| span.kind == Kind::Model);
    }
    span.name = name;
    // `wb_user_id` is whoever runs the program.
    span.user = spans::user(node.get("attributes"));
    spans::report_elsewhere(&span, out);
    pool.add(span, out);
}

/// The name in a reference to an op, without what LangChain's integration puts before it.
fn name(op: Text) -> Option<Text> {
    let from = op.text.rfind("/op/").map_or(0, |at| at + 4);
    let to = op.text[from..].find(':').map_or(op.text.len(), |at| from + at);
    let from = op.text[from..to].strip_prefix("langchain.Tool.").map_or(from, |rest| to - rest.len());
    op.slice(from, to)
}

fn kind(node: Node<'_>, name: &str) -> Kind {
    let attributes = node.get("attributes");
    let told = attributes.and_then(|a| a.get("weave")?.str_at("kind").or_else(|| a.str_at("kind")));
    match told.as_deref() {
        Some("llm") => return Kind::Model,
        Some("tool") => return Kind::Tool,
        Some("agent") => return Kind::Agent,
        Some("guardrail") => return Kind::Guard,
        Some("search" | "retriever") => return Kind::Retrieval,
        _ => {}
    }
    let op = node.str_at("op_name").unwrap_or_default();
    if op.contains("langchain.Tool.") {
        return Kind::Tool;
    }
    if op.contains("langchain.Retriever.") {
        return Kind::Retrieval;
    }
    let inputs = node.get("inputs");
    let inputs = inputs.and_then(|i| i.get("inputs")).or(inputs);
    let asked = inputs.is_some_and(|i| i.any(&["messages", "contents", "prompt", "prompts", "input"]).is_some());
    let provider = op.contains("langchain.Llm.") || op.contains("langchain.Chat_model.") || is_request(name);
    let answer = node.get("output");
    let in_form = inputs.and_then(|i| i.get("model")).is_some_and(Node::is_str)
        && answer.is_some_and(|o| o.any(&["choices", "candidates", "stop_reason", "output_text"]).is_some());
    // A reference to an op of the user's own that hands a request on looks like one only from the outside.
    if asked && (provider || in_form) {
        return Kind::Model;
    }
    Kind::Step("op".to_owned())
}

/// Names of clients' methods that ask a model.
fn is_request(name: &str) -> bool {
    const ENDS: [&str; 13] = [
        "completions.create",
        "completions.parse",
        "responses.create",
        "responses.parse",
        "messages.create",
        "messages.stream",
        "generate_content",
        "chat.complete",
        "chat.stream",
        "generate_content_stream",
        "litellm.completion",
        "litellm.acompletion",
        "converse",
    ];
    let name = name.to_ascii_lowercase();
    ENDS.iter().any(|end| name.ends_with(end)) && name.contains('.')
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn call(id: &str, parent: Option<&str>, op: &str, at: usize, inputs: Value, output: Value) -> Value {
        json!({"id": id, "project_id": "e/p", "op_name": op, "trace_id": "t", "parent_id": parent, "thread_id": "th", "started_at": format!("2026-01-01T00:00:{at:02}.5Z"), "ended_at": format!("2026-01-01T00:00:{:02}.5Z", at + 1), "attributes": {}, "inputs": inputs, "output": output, "exception": null, "summary": {"weave": {"status": "success"}}})
    }

    #[test]
    fn ops_are_told_apart_by_their_kind_their_name_and_what_models_called() {
        let asked = json!([{"role": "user", "content": "Pay"}]);
        let made = json!({"choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "pay", "arguments": "{\"n\":1}"}}]}}]});
        let mut agent = call("a", None, "weave:///e/p/op/desk:xyz", 0, json!({"q": "Pay"}), json!("Done"));
        agent["attributes"] = json!({"weave": {"kind": "agent"}});
        let lines = [
            agent,
            call(
                "m",
                Some("a"),
                "weave:///e/p/op/openai.chat.completions.create:abc",
                1,
                json!({"model": "m", "messages": asked}),
                made,
            ),
            call("f", Some("a"), "weave:///e/p/op/pay:v1", 3, json!({"n": 1}), json!({"status": "pending"})),
            call(
                "n",
                Some("a"),
                "anthropic.Messages.create",
                5,
                json!({"model": "c", "messages": [{"role": "user", "content": "Say"}]}),
                json!({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Done"}]}),
            ),
        ];
        let file: String = lines.iter().map(|l| format!("{l}\n")).collect();
        let trace = one("w.jsonl", &file);
        assert_eq!((trace.format, trace.key.as_str()), ("weave", "th"));
        assert_eq!(kinds(&trace)[..3], ["user", "call pay -> 2", "result Ok <- 1"]);
        assert_eq!(texts(&trace), ["Pay", "Say", "Done"]);
        assert_eq!(trace.agents, ["desk"]);
    }

    #[test]
    fn inputs_under_a_name_that_is_not_known_are_a_gap() {
        let asked = json!({"model": "m", "messages": [{"role": "user", "content": "Pay"}]});
        let answer = json!({"choices": [{"message": {"role": "assistant", "content": "Paid"}}]});
        let mut made = call("m", None, "weave:///e/p/op/openai.chat.completions.create:abc", 1, asked, answer);
        made["request"] = made["inputs"].take();
        let trace = one("w.jsonl", &made.to_string());
        assert_eq!(texts(&trace), ["Paid"]);
        assert!(trace.gaps.iter().any(|gap| gap.kind == crate::model::GapKind::RecordsUnread), "{:?}", trace.gaps);
    }

    #[test]
    fn a_trace_without_model_calls_tells_what_its_functions_did() {
        let mut failed = call("g", Some("a"), "weave:///e/p/op/refund:v1", 3, json!({"n": 2}), Value::Null);
        failed["exception"] = json!("Timeout");
        let mut around = call("a", None, "weave:///e/p/op/desk:v1", 0, json!({"q": "Refund"}), json!("Done"));
        around["ended_at"] = json!("2026-01-01T00:00:09Z");
        let lines = [
            around,
            call("f", Some("a"), "weave:///e/p/op/refund:v1", 1, json!({"n": 1}), json!({"status": "pending"})),
            failed,
        ];
        let file: String = lines.iter().map(|l| format!("{l}\n")).collect();
        let trace = one("w.jsonl", &file);
        let told = ["user", "call refund -> 2", "result Ok <- 1", "call refund -> 4", "result Error <- 3", "assistant"];
        assert_eq!(kinds(&trace), told);
    }

    #[test]
    fn an_exception_of_a_tool_is_told_once_and_inputs_may_be_text() {
        let asked = json!({"model": "m", "messages": [{"role": "user", "content": "Pay"}]}).to_string();
        let made = json!({"choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "pay", "arguments": "{\"n\":1}"}}]}}]});
        let mut failed = call("f", Some("a"), "weave:///e/p/op/pay:v1", 3, json!({"n": 1}), Value::Null);
        failed["exception"] = json!("Timeout");
        let lines = [
            call("a", None, "weave:///e/p/op/desk:v1", 0, json!({"q": "Pay"}), json!(null)),
            call(
                "m",
                Some("a"),
                "weave:///e/p/op/openai.chat.completions.create:abc",
                1,
                json!(asked),
                json!(made.to_string()),
            ),
            failed,
        ];
        let file: String = lines.iter().map(|l| format!("{l}\n")).collect();
        let trace = one("w.jsonl", &file);
        assert_eq!(kinds(&trace), ["user", "call pay -> 2", "result Error <- 1"]);
        assert_eq!(trace.model_calls.len(), 1);
    }
}
