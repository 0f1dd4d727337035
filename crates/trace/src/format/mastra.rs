//! Mastra: traces of the observability API, spans as its exporters write them, and trees of them.
//!
//! After `SpanRecord` and `ExportedSpan` of `@mastra/core`. A `model_generation` is around its `model_step`s; older versions
//! keep the request at the first and the answers at the second.

use super::spans::{self, Kind, Pool, Span};
use super::{Document, Format};
use crate::hash::{HashMap, HashSet};
use crate::item::Output;
use crate::node::Node;
use crate::time;

/// See the module's documentation.
pub struct Mastra;

/// Spans in spans: more levels than any agent has.
const DEPTH: usize = 64;

impl Format for Mastra {
    fn name(&self) -> &'static str {
        "mastra"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if span(root).is_some() || root.get("exportedSpan").and_then(span).is_some() {
            return 92;
        }
        let mut lists =
            [Some(root), root.get("trace"), root.get("data")].into_iter().flatten().filter_map(|n| n.get("spans"));
        if lists.any(|list| list.items().next().and_then(span).is_some()) { 93 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut read = Reader { found: Vec::new() };
        for doc in out.until_stopped(docs) {
            read.take(doc.root, None, out, 0);
        }
        read.hand_down();
        let mut pool = Pool::default();
        read.found.into_iter().for_each(|span| pool.add(span, out));
        let why = "the exporter may be told to hide them";
        spans::sessions(pool, why, out);
    }
}

const KINDS: [&str; 30] = [
    "agent_run",
    "workflow_run",
    "workflow_step",
    "workflow_conditional",
    "workflow_conditional_eval",
    "workflow_parallel",
    "workflow_loop",
    "workflow_sleep",
    "workflow_wait_event",
    "model_generation",
    "model_step",
    "model_inference",
    "model_chunk",
    "llm_generation",
    "llm_chunk",
    "tool_call",
    "mcp_tool_call",
    "client_tool_call",
    "provider_tool_call",
    "processor_run",
    "scorer_run",
    "scorer_step",
    "memory_operation",
    "workspace_action",
    "rag_ingestion",
    "rag_embedding",
    "rag_vector_operation",
    "rag_action",
    "graph_action",
    "generic",
];

/// The span in a record, which trees wrap once more.
fn span(node: Node<'_>) -> Option<Node<'_>> {
    let inner = node.get("span").filter(|s| s.is_object()).unwrap_or(node);
    let kind = inner
        .get("spanType")
        .or_else(|| inner.get("type").filter(|t| t.str().is_some_and(|t| KINDS.contains(&t.as_ref()))));
    let placed = inner.get("traceId").is_some() && inner.any(&["id", "spanId"]).is_some();
    (placed && kind.is_some_and(Node::is_str)).then_some(inner)
}

struct Reader<'d> {
    found: Vec<Span<'d>>,
}

impl<'d> Reader<'d> {
    fn take(&mut self, root: Node<'d>, above: Option<&str>, out: &mut Output, depth: usize) {
        let root = root.get("exportedSpan").unwrap_or(root);
        if let Some(inner) = span(root) {
            let id = self.span(inner, above);
            for child in root.get("children").into_iter().flat_map(Node::items) {
                match depth < DEPTH {
                    true => self.take(child, Some(&id), out, depth + 1),
                    false => out.unread(child),
                }
            }
            return;
        }
        let mut holders = [Some(root), root.get("trace"), root.get("data")].into_iter().flatten();
        match holders.find_map(|n| n.get("spans")).filter(|_| depth < 2) {
            Some(list) if list.is_array() => list.items().for_each(|item| self.take(item, above, out, depth + 2)),
            _ => out.unknown(root),
        }
    }

    fn span(&mut self, node: Node<'d>, above: Option<&str>) -> String {
        let text = |key: &str| spans::text(node, key);
        let id = text("spanId").or_else(|| text("id")).unwrap_or_default();
        let word = text("spanType").or_else(|| text("type")).unwrap_or_default();
        let kind = match word.as_str() {
            "model_generation" | "llm_generation" | "model_step" | "model_inference" => Kind::Model,
            "tool_call" | "mcp_tool_call" | "client_tool_call" | "provider_tool_call" | "workspace_action" => {
                Kind::Tool
            }
            "agent_run" => Kind::Agent,
            kind if KINDS.contains(&kind) => Kind::Step(word.clone()),
            _ => Kind::Unknown,
        };
        let mut span = Span::new(id.clone(), text("traceId").unwrap_or_default(), kind, node);
        span.parent = text("parentSpanId").or_else(|| text("parentId")).or_else(|| above.map(str::to_owned));
        let attributes = node.get("attributes");
        let attribute = |keys: &[&str]| attributes.and_then(|a| super::parts::word(a, keys));
        let metadata = node.get("metadata");
        span.thread = text("threadId")
            .or_else(|| spans::thread(metadata))
            .or_else(|| attribute(&["conversationId", "threadId"]))
            .or_else(|| text("sessionId"));
        let quoted = node.get("name").and_then(Node::text).and_then(|name| {
            // `tool: 'refund'`
            let Some(from) = name.text.find('\'').map(|at| at + 1) else { return Some(name) };
            let to = name.text.rfind('\'').filter(|to| *to > from).unwrap_or(name.text.len());
            name.slice(from, to)
        });
        let named = |keys: &[&str]| node.any(keys).and_then(Node::text).filter(|t| !t.text.is_empty());
        let tool = attributes.and_then(|a| a.any(&["toolName", "toolId"])?.text());
        span.name = match span.kind {
            Kind::Tool => tool.or_else(|| named(&["entityName", "entityId"])).or(quoted),
            _ => quoted,
        };
        if span.kind == Kind::Agent {
            let own =
                attribute(&["agentName", "agentId"]).or_else(|| named(&["entityName", "entityId"]).map(|t| t.text));
            span.agent = own.or_else(|| span.name.as_ref().map(|n| n.text.clone()));
        }
        span.start = node.any(&["startedAt", "startTime"]).and_then(time::any);
        span.end = node.any(&["endedAt", "endTime"]).and_then(time::any);
        (span.input, span.output) = (spans::filled(node, "input"), spans::filled(node, "output"));
        let error = spans::filled(node, "error").or_else(|| spans::filled(node, "errorInfo"));
        span.error = error.map(|e| e.get("message").unwrap_or(e).json_text());
        let success = attributes.and_then(|a| a.get("success")).and_then(Node::bool);
        span.failed = error.map(|_| true).or(success.map(|worked| !worked));
        span.call = attribute(&["toolCallId"]).or_else(|| metadata.and_then(|m| spans::text(m, "toolCallId")));
        span.model = attribute(&["responseModel", "model"]);
        let usage = attributes.and_then(|a| a.get("usage"));
        let count = |keys: &[&str]| usage.and_then(|u| u.any(keys)?.i64());
        span.tokens = (count(&["inputTokens", "promptTokens"]), count(&["outputTokens", "completionTokens"]));
        let context = || node.get("requestContext").or_else(|| metadata?.get("requestContext"));
        span.user = spans::user(Some(node)).or_else(|| spans::user(metadata)).or_else(|| spans::user(context()));
        self.found.push(span);
        id
    }

    /// Gives the request of a generation to its first step, where the steps hold none.
    fn hand_down(&mut self) {
        let is_step =
            |span: &Span<'_>| span.node.any(&["spanType", "type"]).and_then(Node::str).as_deref() == Some("model_step");
        let has_output = |span: &Span<'_>| span.output.is_some_and(says);
        let mut requests: Vec<(String, Node<'d>)> = Vec::new();
        for span in self.found.iter().filter(|s| s.kind == Kind::Model && !is_step(s)) {
            requests.extend(span.input.map(|input| (span.id.clone(), input)));
        }
        let requests: HashMap<String, Node<'d>> = requests.into_iter().collect();
        let mut begun: HashSet<String> = HashSet::default();
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        order.sort_by_key(|&i| self.found[i].start.map(|s| s.ns));
        for i in order {
            let span = &mut self.found[i];
            if !is_step(span) {
                continue;
            }
            let own = span.input.is_some_and(holds_messages);
            if !own && !has_output(span) {
                // Nothing that the generation does not tell as well.
                span.kind = Kind::Step("model_step".to_owned());
            } else if !own && let Some(parent) = span.parent.clone() {
                let request = requests.get(&parent).copied();
                span.continues = request.is_some();
                let first = begun.insert(parent);
                span.input = request.filter(|_| first);
            }
        }
    }
}

/// True where something was said or called.
fn says(output: Node<'_>) -> bool {
    let words = output.get("text").and_then(Node::str).is_some_and(|t| !t.is_empty());
    words
        || output.is_str()
        || spans::filled(output, "toolCalls").is_some()
        || spans::filled(output, "messages").is_some()
}

fn holds_messages(input: Node<'_>) -> bool {
    input.is_array() || input.is_str() || input.any(&["messages", "body", "prompt"]).is_some()
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};
    use serde_json::{Value, json};

    fn span(id: &str, parent: Option<&str>, kind: &str, name: &str, at: usize, more: &Value) -> Value {
        let mut span = json!({"traceId": "t", "spanId": id, "parentSpanId": parent, "name": name, "spanType": kind, "startedAt": format!("2026-01-01T00:00:{at:02}.000Z"), "endedAt": format!("2026-01-01T00:00:{:02}.000Z", at + 1), "threadId": "th"});
        for (key, value) in more.as_object().into_iter().flatten() {
            span[key] = value.clone();
        }
        span
    }

    fn spans(inputs: bool) -> Vec<Value> {
        let asked = json!({"messages": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Pay"}]});
        let call = json!({"text": "One moment", "toolCalls": [{"type": "tool-call", "payload": {"toolCallId": "c", "toolName": "pay", "args": {"n": 1}}}]});
        let mut more = asked["messages"].as_array().cloned().unwrap_or_default();
        more.push(json!({"role": "assistant", "content": [{"type": "text", "text": "One moment"}, {"type": "tool-call", "toolCallId": "c", "toolName": "pay", "input": {"n": 1}}]}));
        more.push(json!({"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c", "toolName": "pay", "output": {"type": "json", "value": {"status": "pending"}}}]}));
        let step = |input: Value, output: Value| {
            if inputs { json!({"input": input, "output": output}) } else { json!({"output": output}) }
        };
        vec![
            span("a", None, "agent_run", "agent run: 'desk'", 0, &json!({"input": "Pay", "output": {"text": "Done"}})),
            span(
                "g",
                Some("a"),
                "model_generation",
                "llm: 'm'",
                1,
                &json!({"input": asked, "output": {"text": "Done"}, "attributes": {"model": "m"}}),
            ),
            span("s1", Some("g"), "model_step", "step: 0", 2, &step(asked.clone(), call)),
            span("k", Some("s1"), "model_chunk", "chunk: 'text'", 3, &json!({"output": {"text": "One moment"}})),
            span(
                "f",
                Some("s1"),
                "tool_call",
                "tool: 'pay'",
                4,
                &json!({"input": {"n": 1}, "output": {"status": "pending"}, "attributes": {"success": true}}),
            ),
            span(
                "s2",
                Some("g"),
                "model_step",
                "step: 1",
                6,
                &step(json!({"messages": more}), json!({"text": "Done"})),
            ),
        ]
    }

    #[test]
    fn steps_are_the_calls_whether_or_not_they_repeat_the_request() {
        for inputs in [true, false] {
            let trace = one("m.json", &json!({"traceId": "t", "spans": spans(inputs)}).to_string());
            assert_eq!(texts(&trace), ["Be kind", "Pay", "One moment", "Done"], "{inputs}");
            assert_eq!(kinds(&trace)[2..], ["assistant", "call pay -> 4", "result Ok <- 3", "assistant"]);
            assert_eq!((trace.format, trace.key.as_str(), trace.agents[0].as_str()), ("mastra", "th", "desk"));
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    #[test]
    fn a_generation_without_steps_and_a_tree_of_exported_spans_are_read() {
        let mut all = spans(true);
        all.retain(|s| s["spanType"] != "model_step");
        let lines: String = all
            .iter()
            .map(|s| {
                let mut own = s.clone();
                (own["type"], own["id"], own["startTime"]) =
                    (s["spanType"].clone(), s["spanId"].clone(), s["startedAt"].clone());
                for key in ["spanType", "spanId", "startedAt"] {
                    own.as_object_mut().map(|o| o.remove(key));
                }
                format!("{}\n", json!({"type": "span_ended", "exportedSpan": own}))
            })
            .collect();
        let trace = one("m.jsonl", &lines);
        assert_eq!(texts(&trace), ["Be kind", "Pay", "Done"]);
        assert!(
            kinds(&trace).contains(&"call pay -> 3".to_owned()) || kinds(&trace).contains(&"call pay -> 4".to_owned()),
            "{:?}",
            kinds(&trace)
        );
    }
}
