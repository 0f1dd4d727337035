//! Spans that are no OTLP and mean the same: objects with attributes in plain JSON. OpenTelemetry's console exporter and
//! `ReadableSpan`s in Python and JavaScript, Phoenix's API and data frames, MLflow's traces, spans in CloudWatch (the log
//! group `aws/spans`), and lists of spans of the Strands evaluation kit. Jaeger has tags instead.
//!
//! After `ReadableSpan.to_json` of opentelemetry-python, `ConsoleSpanExporter` of opentelemetry-js, `Span.to_dict` of MLflow
//! (versions 2 and 3), and AWS's description of the spans that ADOT writes.

use super::genai::{BODY, DETAILS};
use super::span::{Attrs, Log, Span};
use crate::hash::HashMap;
use crate::model::Stamp;
use crate::node::Node;
use crate::time;
use std::borrow::Cow;
use std::cell::OnceCell;

/// Where a document may hold a list of spans.
fn lists<'d>(root: Node<'d>) -> impl Iterator<Item = Node<'d>> {
    let data = root.get("data");
    let of_data = data.and_then(|d| d.get("spans")).or(data);
    let traces = root.get("traces").into_iter().flat_map(Node::items).filter_map(|t| t.get("data")?.get("spans"));
    of_data.into_iter().chain(root.get("spans")).chain(traces).filter(|list| list.is_array())
}

/// The spans in the lists of a document, or the document itself.
pub fn spans(root: Node<'_>) -> Vec<Span<'_>> {
    let listed = root.get("data").into_iter().flat_map(Node::items);
    let of_jaeger = listed.flat_map(|trace| trace.get("spans").into_iter().flat_map(Node::items)).filter_map(jaeger);
    let flat = lists(root).flat_map(Node::items).chain([root]).filter_map(flat);
    let mut spans: Vec<Span<'_>> = of_jaeger.chain(flat).collect();
    describe(root, &mut spans);
    spans
}

/// What MLflow writes beside the spans of a trace: the session that the trace belongs to, and the user. Version 2 has them
/// under `request_metadata`, and both may have them among the tags.
fn describe<'d>(root: Node<'d>, spans: &mut [Span<'d>]) {
    let traces = [root].into_iter().chain(root.get("traces").into_iter().flat_map(Node::items));
    let mut described: HashMap<String, Vec<(&str, Node<'d>)>> = HashMap::default();
    for trace in traces {
        // A row of a table of traces has the description's members beside the spans.
        let row = || trace.any(&["trace_metadata", "request_metadata"]).map(|_| trace);
        let Some(info) = trace.get("info").or_else(row) else { continue };
        let told = |(key, attribute): &(&str, &'static str)| Some((*attribute, described_by(info, key)?));
        let told: Vec<_> = DESCRIPTION.iter().filter_map(told).collect();
        let list = trace.get("data").unwrap_or(trace).get("spans");
        let first = list.and_then(|list| list.items().next());
        let named = first.filter(|_| !told.is_empty()).and_then(|span| id(ids(span).0?));
        described.extend(named.map(|trace_id| (trace_id, told)));
    }
    for span in spans.iter_mut().filter(|_| !described.is_empty()) {
        let Some(told) = described.get(&span.trace_id) else { continue };
        let mut all = std::mem::take(&mut span.attrs).all;
        let new = |(key, _): &&(&str, Node<'d>)| all.iter().all(|(known, _)| known != key);
        let new: Vec<_> = told.iter().filter(new).map(|(key, value)| (Cow::Owned((*key).to_owned()), *value)).collect();
        all.extend(new);
        span.attrs = Attrs::new(all);
    }
}

/// What the description of a trace says of it, by the attribute that says the same of a span.
const DESCRIPTION: [(&str, &str); 2] = [(MLFLOW_SESSION, SESSION), (MLFLOW_USER, USER)];
const MLFLOW_SESSION: &str = "mlflow.trace.session";
const MLFLOW_USER: &str = "mlflow.trace.user";
const SESSION: &str = "session.id";
const USER: &str = "user.id";

/// What the description of a trace holds under a name: members, or pairs of key and value.
fn described_by<'d>(info: Node<'d>, name: &str) -> Option<Node<'d>> {
    let named = |of: Node<'d>| {
        let pair = || of.items().find(|pair| pair.has("key", name))?.get("value");
        of.get(name).or_else(pair).filter(|id| id.str().is_some_and(|id| !id.is_empty()))
    };
    ["trace_metadata", "request_metadata", "tags"].iter().find_map(|key| named(info.get(key)?))
}

/// What stands among the spans of a document and is none.
pub fn strays(root: Node<'_>) -> impl Iterator<Item = Node<'_>> {
    let listed = lists(root).flat_map(Node::items);
    listed.filter(|n| !is_flat(*n) && n.get("spans").is_none() && n.get("operationName").is_none())
}

/// How surely a document holds such spans.
pub fn score(root: Node<'_>) -> u32 {
    let first = root.get("data").and_then(|d| d.items().next());
    let jaeger = first.and_then(|t| t.get("spans")?.items().next()).is_some_and(|s| s.get("operationName").is_some());
    let listed = lists(root).flat_map(Node::items).take(5).any(is_flat);
    if jaeger || listed || is_flat(root) || log(root).is_some() { 88 } else { 0 }
}

fn is_flat(node: Node<'_>) -> bool {
    let (trace, span) = ids(node);
    let attributes = node.get("attributes").is_some_and(Node::is_object);
    let timed =
        node.any(&["start_time", "startTime", "startTimeUnixNano", "start_time_unix_nano", "timestamp"]).is_some();
    // Other systems have IDs, times, and attributes too, and a kind or payloads of their own beside them.
    let other = node.any(&["spanType", "op_name", "inputs", "span_attributes"]).is_some();
    trace.is_some() && span.is_some() && (attributes || timed && node.get("span_kind").is_some()) && !other
}

fn ids(node: Node<'_>) -> (Option<Node<'_>>, Option<Node<'_>>) {
    let context = node.any(&["context", "spanContext", "_spanContext"]);
    let of = |keys: [&str; 2], flat: &str| {
        context.and_then(|c| c.any(&keys)).or_else(|| node.any(&keys)).or_else(|| node.get(flat))
    };
    let trace = of(["trace_id", "traceId"], "context.trace_id");
    let span = of(["span_id", "spanId"], "context.span_id");
    // The console exporter of JavaScript.
    let own = || node.get("id").filter(|_| node.get("traceId").is_some() && node.get("attributes").is_some());
    (trace, span.or_else(own))
}

/// Python writes IDs as numbers of its own, and MLflow as base64.
fn id(node: Node<'_>) -> Option<String> {
    let text = node.str()?;
    super::span::hex(text.strip_prefix("0x").unwrap_or(&text))
}

/// A time in any usual form; JavaScript also writes a pair of seconds and nanoseconds.
fn moment(node: Node<'_>) -> Option<Stamp> {
    if node.is_array() {
        let mut pair = node.items().filter_map(Node::i64);
        let (seconds, nanos) = (pair.next()?, pair.next()?);
        return seconds.checked_mul(1_000_000_000)?.checked_add(nanos).filter(|ns| *ns > 0).map(Stamp::exact);
    }
    // Nanoseconds as a string, as the standard has them.
    node.str()
        .filter(|s| s.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|_| time::unix_nano(node))
        .or_else(|| time::any(node))
}

fn flat(node: Node<'_>) -> Option<Span<'_>> {
    if !is_flat(node) {
        return None;
    }
    let (trace, span) = ids(node);
    let mut attrs = Vec::new();
    if let Some(attributes) = node.get("attributes") {
        flatten("", attributes, &mut attrs, 0);
    }
    // Columns of a data frame carry the whole path.
    for (key, value) in node.entries() {
        if let Some(key) = key.strip_prefix("attributes.") {
            attrs.push((Cow::Owned(key.to_owned()), value));
            flatten(&format!("{key}."), value, &mut attrs, 0);
        }
    }
    // Phoenix's word for a span of another library, which says by its own attributes what it is.
    let kind = node.get("span_kind").filter(|kind| kind.str().is_none_or(|kind| kind != "UNKNOWN"));
    attrs.extend(kind.map(|kind| (Cow::Borrowed("openinference.span.kind"), kind)));
    alias(&mut attrs);
    let status = node.get("status");
    let code = node.get("status_code").or_else(|| status?.any(&["status_code", "code"])).or(status);
    let message = node.get("status_message").or_else(|| status?.any(&["description", "message"]));
    let start = node
        .any(&["start_time", "startTime", "startTimeUnixNano", "start_time_unix_nano", "timestamp"])
        .and_then(moment);
    let end = node.any(&["end_time", "endTime", "endTimeUnixNano", "end_time_unix_nano"]).and_then(moment);
    // Microseconds, beside a start in microseconds.
    let took = || node.get("duration").and_then(Node::f64).filter(|_| node.get("timestamp").is_some());
    let after = |start: Stamp| start.ns.checked_add((took()? * 1e3) as i64).map(Stamp::exact);
    let parent = node.any(&["parent_id", "parentId", "parent_span_id", "parentSpanId"]);
    let parent = parent.or_else(|| node.get("parentSpanContext")?.get("spanId"));
    Some(Span {
        trace_id: id(trace?)?,
        span_id: id(span?)?,
        parent: parent.and_then(id),
        name: node.get("name"),
        start,
        end: end.or_else(|| after(start?)),
        failed: code.is_some_and(failed),
        status_message: message.filter(|m| m.str().is_some_and(|s| !s.is_empty())),
        attrs: Attrs::new(attrs),
        events: ["events", "span_events"]
            .iter()
            .filter_map(|key| node.get(key))
            .flat_map(Node::items)
            .map(event)
            .collect(),
        node,
        about: OnceCell::new(),
    })
}

fn failed(code: Node<'_>) -> bool {
    code.i64() == Some(2)
        || code.str().is_some_and(|c| matches!(c.as_ref(), "ERROR" | "STATUS_CODE_ERROR" | "StatusCode.ERROR"))
}

fn event(event: Node<'_>) -> (String, Attrs<'_>) {
    let mut attrs = Vec::new();
    event.get("attributes").into_iter().for_each(|a| flatten("", a, &mut attrs, 0));
    let name = event.any(&["name", "event_name", "eventName"]).and_then(Node::str).unwrap_or_default().into_owned();
    match event.get("body").filter(|body| both_sides(*body)) {
        Some(body) => (DETAILS.to_owned(), Attrs::new(vec![(Cow::Borrowed(BODY), body)])),
        None => (name, Attrs::new(attrs)),
    }
}

/// True for what ADOT writes of a span: what went in, and what came out.
fn both_sides(body: Node<'_>) -> bool {
    ["input", "output"].iter().any(|side| body.get(side).is_some_and(|s| s.get("messages").is_some()))
}

/// A log record of ADOT: its span's messages, apart from the span.
pub fn log(node: Node<'_>) -> Option<Log<'_>> {
    let body = node.get("body").filter(|body| both_sides(*body))?;
    Some(Log {
        trace_id: id(node.get("traceId")?)?,
        span_id: id(node.get("spanId")?)?,
        name: DETAILS.to_owned(),
        time: node.any(&["timeUnixNano", "observedTimeUnixNano"]).and_then(moment),
        body: None,
        attrs: Attrs::new(vec![(Cow::Borrowed(BODY), body)]),
        node,
    })
}

/// MLflow's and Langfuse's own names for what OpenInference records as well. Their values are JSON in strings.
pub fn alias<'d>(attrs: &mut Vec<(Cow<'d, str>, Node<'d>)>) {
    const NAMES: [(&str, &str); 10] = [
        ("mlflow.spanType", "openinference.span.kind"),
        ("mlflow.spanInputs", "input.value"),
        ("mlflow.spanOutputs", "output.value"),
        ("mlflow.chat.tools", "gen_ai.tool.definitions"),
        (MLFLOW_SESSION, SESSION),
        (MLFLOW_USER, USER),
        ("langfuse.observation.type", "openinference.span.kind"),
        ("langfuse.observation.input", "input.value"),
        ("langfuse.observation.output", "output.value"),
        ("langfuse.observation.model.name", "llm.model_name"),
    ];
    for (own, common) in NAMES {
        let there = attrs.iter().any(|(key, _)| key == common);
        let value = attrs.iter().find(|(key, _)| key == own).map(|(_, value)| *value).filter(|_| !there);
        attrs.extend(value.map(|value| (Cow::Borrowed(common), value)));
    }
}

/// Members inside of members, also under the dotted names that other exporters give them.
fn flatten<'d>(prefix: &str, node: Node<'d>, out: &mut Vec<(Cow<'d, str>, Node<'d>)>, depth: usize) {
    if depth > 8 {
        return;
    }
    let members = node.entries().map(|(k, v)| (k.into_owned(), v));
    let items = node.items().enumerate().map(|(i, v)| (i.to_string(), v));
    for (key, value) in members.chain(items) {
        let path = format!("{prefix}{key}");
        flatten(&format!("{path}."), value, out, depth + 1);
        out.push((Cow::Owned(path), value));
    }
}

fn pairs(list: Node<'_>) -> Attrs<'_> {
    Attrs::new(list.items().filter_map(|t| Some((t.str_at("key")?, t.get("value")?))).collect())
}

fn jaeger(node: Node<'_>) -> Option<Span<'_>> {
    let attrs = node.get("tags").map(pairs).unwrap_or_default();
    // Microseconds since 1970, and how many it took.
    let micros = |n: i64| n.checked_mul(1000).filter(|ns| *ns > 0).map(Stamp::exact);
    let start = node.get("startTime").and_then(Node::i64);
    let end = start.zip(node.get("duration").and_then(Node::i64)).and_then(|(s, d)| s.checked_add(d));
    let parent = node.get("references").into_iter().flat_map(Node::items).find(|r| r.has("refType", "CHILD_OF"));
    let events = node.get("logs").into_iter().flat_map(Node::items).map(|log| {
        let attrs = log.get("fields").map(pairs).unwrap_or_default();
        (attrs.str(&["event", "message"]).unwrap_or_default(), attrs)
    });
    Some(Span {
        trace_id: node.get("traceID").and_then(id)?,
        span_id: node.get("spanID").and_then(id)?,
        parent: parent.and_then(|p| id(p.get("spanID")?)),
        name: node.get("operationName"),
        start: start.and_then(micros),
        end: end.and_then(micros),
        failed: attrs.get("error").and_then(Node::bool) == Some(true)
            || attrs.str(&["otel.status_code"]).as_deref() == Some("ERROR"),
        status_message: attrs.get("otel.status_description"),
        attrs,
        events: events.collect(),
        node,
        about: OnceCell::new(),
    })
}
