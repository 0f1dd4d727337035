//! Spans and log records out of their containers.

use super::Document;
use crate::model::Stamp;
use crate::node::Node;
use crate::time;
use base64::Engine;
use std::borrow::Cow;
use std::cell::OnceCell;

/// All spans and log records of all documents.
#[derive(Default)]
pub struct Pool<'d> {
    pub spans: Vec<Span<'d>>,
    pub logs: Vec<Log<'d>>,
    /// What stands among spans and is none.
    pub strays: Vec<Node<'d>>,
    /// Values that should have been lists, or members of lists, of spans and the like, and are none.
    pub damaged: usize,
    /// Spans whose times are in another unit than nanoseconds.
    pub other_units: usize,
}

/// What a span is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum About {
    Model,
    Tool,
    Agent,
    Guard,
    Retrieval,
    Other,
}

/// A span.
pub struct Span<'d> {
    pub trace_id: String,
    pub span_id: String,
    pub parent: Option<String>,
    pub name: Option<Node<'d>>,
    pub start: Option<Stamp>,
    pub end: Option<Stamp>,
    pub failed: bool,
    pub status_message: Option<Node<'d>>,
    pub attrs: Attrs<'d>,
    pub events: Vec<(String, Attrs<'d>)>,
    pub node: Node<'d>,
    /// What it is about, once that was asked.
    pub about: OnceCell<About>,
}

impl Span<'_> {
    /// True where the record says that the span had more attributes.
    pub fn lost_attributes(&self) -> bool {
        const COUNTS: [&str; 3] = ["droppedAttributesCount", "dropped_attributes_count", "dropped_attributes"];
        self.counts_any(&COUNTS, "otel.dropped_attributes_count")
    }

    /// True where the record says that the span had more events.
    pub fn lost_events(&self) -> bool {
        const COUNTS: [&str; 3] = ["droppedEventsCount", "dropped_events_count", "dropped_events"];
        self.counts_any(&COUNTS, "otel.dropped_events_count")
    }

    /// Exporters to systems without such a count write it as an attribute.
    fn counts_any(&self, members: &[&str], attribute: &str) -> bool {
        let count = self.node.any(members).or_else(|| self.attrs.get(attribute));
        count.is_some_and(|n| n.i64().or_else(|| n.str()?.parse().ok()).is_some_and(|n| n > 0))
    }
}

/// True for a span in the standard form that was taken out of its containers.
pub fn is_bare(node: Node<'_>) -> bool {
    let placed = ["traceId", "spanId", "startTimeUnixNano"].iter().all(|key| node.get(key).is_some());
    let pair =
        |pair: Node<'_>| pair.get("key").is_some_and(Node::is_str) && pair.get("value").is_some_and(Node::is_object);
    placed && node.get("attributes").is_some_and(|list| list.is_array() && list.items().all(pair))
}

/// A log record that may carry a message.
pub struct Log<'d> {
    pub trace_id: String,
    pub span_id: String,
    pub name: String,
    pub time: Option<Stamp>,
    pub body: Option<Node<'d>>,
    pub attrs: Attrs<'d>,
    pub node: Node<'d>,
}

/// The attributes of a span, a log record or an event.
#[derive(Default)]
pub struct Attrs<'d> {
    /// In the order of the record.
    pub all: Vec<(Cow<'d, str>, Node<'d>)>,
    /// One bit for each kind of name that is there. Every span is asked for very many names that few dialects have.
    kinds: u64,
}

/// The bit of a name's kind.
#[inline]
fn kind(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let byte = |at: usize| bytes.get(at).map_or(0, |b| usize::from(*b));
    1 << ((bytes.len() + 3 * byte(bytes.len().wrapping_sub(1)) + 7 * byte(bytes.len() / 2)) % 64)
}

impl<'d> Attrs<'d> {
    /// These.
    pub fn new(all: Vec<(Cow<'d, str>, Node<'d>)>) -> Self {
        let kinds = all.iter().fold(0, |kinds, (name, _)| kinds | kind(name));
        Attrs { all, kinds }
    }

    /// The value of an attribute that is set.
    #[inline]
    pub fn get(&self, key: &str) -> Option<Node<'d>> {
        if self.kinds & kind(key) == 0 {
            return None;
        }
        self.all.iter().find(|(k, _)| k == key).map(|(_, v)| *v).filter(|v| !v.is_null())
    }

    /// The first of several attributes that is set.
    pub fn any(&self, keys: &[&str]) -> Option<Node<'d>> {
        keys.iter().find_map(|k| self.get(k))
    }

    /// The text of the first of several attributes that is set.
    pub fn str(&self, keys: &[&str]) -> Option<String> {
        self.any(keys)?.str().map(Cow::into_owned).filter(|s| !s.is_empty())
    }

    /// True when an attribute begins so.
    pub fn has_prefix(&self, prefix: &str) -> bool {
        self.all.iter().any(|(k, _)| k.starts_with(prefix))
    }

    /// The attributes of a list, one by one.
    pub fn each(list: Option<Node<'d>>) -> impl Iterator<Item = (Cow<'d, str>, Node<'d>)> {
        let pairs = list.into_iter().flat_map(Node::items);
        pairs.filter_map(|pair| Some((pair.str_at("key")?, pair.get("value")?.as_otlp_value())))
    }

    /// The attributes of a list.
    pub fn read(list: Option<Node<'d>>) -> Self {
        Self::counted(list).0
    }

    /// The attributes of a list, and how many cannot be read. A missing value is not one of those, because it means the
    /// default.
    fn counted(list: Option<Node<'d>>) -> (Self, usize) {
        let mut damaged = list.map_or(0, |l| usize::from(!l.is_array()));
        let mut found = Vec::with_capacity(8);
        for pair in list.into_iter().flat_map(Node::items) {
            let (key, value) = (pair.str_at("key"), pair.get("value"));
            damaged += usize::from(key.is_none() || value.is_some_and(|v| !v.is_object()));
            found.extend(key.zip(value.map(Node::as_otlp_value)));
        }
        (Attrs::new(found), damaged)
    }
}

/// Named for the standard, for Python, and as both were before 2022.
const SPANS: [&str; 4] = ["scopeSpans", "scope_spans", "instrumentationLibrarySpans", "instrumentation_library_spans"];

impl<'d> Pool<'d> {
    /// Takes everything out of one document.
    pub fn take(&mut self, doc: &Document<'d>) {
        // Named for the standard, for Python, and as both were before 2022.
        const LOGS: [&str; 4] =
            ["scopeLogs", "scope_logs", "instrumentationLibraryLogs", "instrumentation_library_logs"];
        let root = doc.root;
        let inner = root.get("traces").into_iter().flat_map(Node::items).chain(super::tempo(root));
        inner.for_each(|wrapped| self.take(&Document { root: wrapped, ..*doc }));
        for group in self.list(root, &["resourceSpans", "resource_spans", "batches"]) {
            for scope in self.list(group, &SPANS) {
                let spans = self.list(scope, &["spans"]);
                self.spans.reserve(spans.len());
                spans.into_iter().for_each(|s| self.span(s, doc));
            }
        }
        for group in self.list(root, &["resourceLogs", "resource_logs"]) {
            for scope in self.list(group, &LOGS) {
                let records = self.list(scope, &["logRecords", "log_records"]);
                self.logs.extend(records.into_iter().map(|r| log(r, doc)));
            }
        }
        if super::CONTAINERS.iter().all(|k| root.get(k).is_none()) && super::tempo(root).is_none() {
            let foreign = super::foreign::spans(root);
            match super::foreign::log(root) {
                Some(log) => self.logs.push(log),
                None if is_bare(root) => self.span(root, doc),
                None if foreign.is_empty() => self.spans.push(bare(root, doc)),
                None => {}
            }
            self.spans.extend(foreign);
            self.strays.extend(super::foreign::strays(root));
        }
    }

    fn span(&mut self, node: Node<'d>, doc: &Document<'_>) {
        let trace_id = id(node, &["traceId", "trace_id"]).unwrap_or_else(|| doc.position_key());
        let status = node.get("status");
        let code = status.and_then(|s| s.get("code"));
        let failed = code.is_some_and(|c| c.i64() == Some(2) || c.str().is_some_and(|s| s == "STATUS_CODE_ERROR"));
        let events = node
            .get("events")
            .into_iter()
            .flat_map(Node::items)
            .map(|e| (e.str_at("name").unwrap_or_default().into_owned(), Attrs::read(e.get("attributes"))));
        let start = node.any(&["startTimeUnixNano", "start_time_unix_nano"]);
        let end = node.any(&["endTimeUnixNano", "end_time_unix_nano"]);
        let (start, end, other_unit) = time::unix_nanos(start, end);
        self.other_units += usize::from(other_unit);
        let (mut attrs, damaged) = Attrs::counted(node.get("attributes"));
        if attrs.has_prefix("langfuse.observation.") {
            super::foreign::alias(&mut attrs.all);
            attrs = Attrs::new(attrs.all);
        }
        self.damaged += damaged;
        self.spans.push(Span {
            trace_id,
            span_id: id(node, &["spanId", "span_id"]).unwrap_or_default(),
            parent: id(node, &["parentSpanId", "parent_span_id"]),
            name: node.get("name"),
            start,
            end,
            failed,
            status_message: status.and_then(|s| s.get("message")).filter(|m| m.str().is_some_and(|s| !s.is_empty())),
            attrs,
            events: events.collect(),
            node,
            about: OnceCell::new(),
        });
    }

    /// The attributes of the spans of one document, if it contains only spans in the standard form.
    pub fn attributes(root: Node<'d>) -> Option<impl Iterator<Item = impl Iterator<Item = (Cow<'d, str>, Node<'d>)>>> {
        let groups = root.any(&["resourceSpans", "resource_spans"])?;
        if super::CONTAINERS.iter().filter(|k| root.get(k).is_some()).count() > 1 || super::tempo(root).is_some() {
            return None;
        }
        let objects = |list: Option<Node<'d>>| list.into_iter().flat_map(Node::items).filter(|n| n.is_object());
        let scopes = objects(Some(groups)).flat_map(move |group| objects(group.any(&SPANS)));
        let spans = scopes.flat_map(move |scope| objects(scope.get("spans")));
        Some(spans.map(|span| Attrs::each(span.get("attributes"))))
    }

    /// The objects of a list; what else is there is damage.
    fn list(&mut self, holder: Node<'d>, keys: &[&str]) -> Vec<Node<'d>> {
        let Some(list) = holder.any(keys) else { return Vec::new() };
        self.damaged += usize::from(!list.is_array());
        let (good, bad): (Vec<_>, Vec<_>) = list.items().partition(|i| i.is_object());
        self.damaged += bad.len();
        good
    }
}

/// A span of which only the attributes were kept, as a plain object.
fn bare<'d>(node: Node<'d>, doc: &Document<'_>) -> Span<'d> {
    Span {
        trace_id: doc.position_key(),
        span_id: format!("span-{}", doc.number),
        parent: None,
        name: None,
        start: None,
        end: None,
        failed: false,
        status_message: None,
        attrs: Attrs::new(node.entries().collect()),
        events: Vec::new(),
        node,
        about: OnceCell::new(),
    }
}

fn log<'d>(node: Node<'d>, doc: &Document<'_>) -> Log<'d> {
    let attrs = Attrs::read(node.get("attributes"));
    let name = node.any(&["eventName", "event_name"]).and_then(|n| n.str().map(Cow::into_owned));
    Log {
        trace_id: id(node, &["traceId", "trace_id"]).unwrap_or_else(|| doc.position_key()),
        span_id: id(node, &["spanId", "span_id"]).unwrap_or_default(),
        name: name.or_else(|| attrs.str(&["event.name"])).unwrap_or_default(),
        time: node
            .any(&["timeUnixNano", "time_unix_nano"])
            .and_then(time::unix_nano)
            .or_else(|| node.any(&["observedTimeUnixNano", "observed_time_unix_nano"]).and_then(time::unix_nano)),
        body: node.get("body").map(Node::as_otlp_value),
        attrs,
        node,
    }
}

/// An id in lower-case hex: as OTLP JSON writes it, or from the base64 that plain proto-JSON encoders write.
fn id(node: Node<'_>, keys: &[&str]) -> Option<String> {
    hex(&node.any(keys)?.str()?)
}

/// The same of a text.
pub fn hex(text: &str) -> Option<String> {
    if text.is_empty() || text.bytes().all(|b| b == b'0') {
        return None;
    }
    if text.ends_with('=')
        && let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(text.as_bytes())
    {
        return Some(bytes.iter().map(|b| format!("{b:02x}")).collect());
    }
    Some(text.to_ascii_lowercase())
}
