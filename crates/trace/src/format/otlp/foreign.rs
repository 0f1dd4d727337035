//! Spans that are no OTLP and mean the same: Phoenix's API and data frames, OpenTelemetry's console exporter, Jaeger.

use super::span::{Attrs, Span};
use crate::model::Stamp;
use crate::node::Node;
use crate::time;
use std::borrow::Cow;

/// The lists that a document may hold spans in, or the document itself.
pub fn spans(root: Node<'_>) -> Vec<Span<'_>> {
    let listed = root.get("data").into_iter().flat_map(Node::items);
    let of_jaeger = listed.flat_map(|trace| trace.get("spans").into_iter().flat_map(Node::items)).filter_map(jaeger);
    let of_phoenix = root.get("data").into_iter().flat_map(Node::items).chain([root]).filter_map(phoenix);
    of_jaeger.chain(of_phoenix).collect()
}

/// How surely a document holds such spans.
pub fn score(root: Node<'_>) -> u32 {
    let first = root.get("data").and_then(|d| d.items().next());
    let jaeger = first.and_then(|t| t.get("spans")?.items().next()).is_some_and(|s| s.get("operationName").is_some());
    if jaeger || [Some(root), first].into_iter().flatten().any(is_phoenix) { 88 } else { 0 }
}

fn is_phoenix(node: Node<'_>) -> bool {
    let (trace, span) = ids(node);
    let attributes = node.get("attributes").is_some_and(Node::is_object);
    trace.is_some() && span.is_some() && (attributes || node.any(&["span_kind", "start_time"]).is_some())
}

fn ids(node: Node<'_>) -> (Option<Node<'_>>, Option<Node<'_>>) {
    let of = |key: &str, flat: &str| node.get("context").and_then(|c| c.get(key)).or_else(|| node.get(flat));
    (of("trace_id", "context.trace_id"), of("span_id", "context.span_id"))
}

/// The console exporter writes ids as Python's numbers.
fn id(node: Node<'_>) -> Option<String> {
    let text = node.str()?;
    Some(text.strip_prefix("0x").unwrap_or(&text).to_ascii_lowercase()).filter(|id| !id.is_empty())
}

fn phoenix(node: Node<'_>) -> Option<Span<'_>> {
    if !is_phoenix(node) {
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
    attrs.extend(node.get("span_kind").map(|kind| (Cow::Borrowed("openinference.span.kind"), kind)));
    let status = node.get("status");
    let code = node.get("status_code").or_else(|| status?.get("status_code"));
    let message = node.get("status_message").or_else(|| status?.any(&["description", "message"]));
    let events = node.get("events").into_iter().flat_map(Node::items).map(|event| {
        let mut attrs = Vec::new();
        event.get("attributes").into_iter().for_each(|a| flatten("", a, &mut attrs, 0));
        (event.str_at("name").unwrap_or_default().into_owned(), Attrs(attrs))
    });
    Some(Span {
        trace_id: id(trace?)?,
        span_id: id(span?)?,
        parent: node.get("parent_id").and_then(id),
        name: node.get("name"),
        start: node.get("start_time").and_then(time::any),
        end: node.get("end_time").and_then(time::any),
        failed: code.and_then(Node::str).is_some_and(|c| c == "ERROR"),
        status_message: message.filter(|m| m.str().is_some_and(|s| !s.is_empty())),
        attrs: Attrs(attrs),
        events: events.collect(),
        node,
    })
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
    Attrs(list.items().filter_map(|t| Some((t.str_at("key")?, t.get("value")?))).collect())
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
    })
}
