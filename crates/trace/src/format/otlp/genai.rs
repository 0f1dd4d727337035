//! The OpenTelemetry GenAI conventions: messages in attributes (new), in span events, or in log records (old).

use super::log;
use super::span::{Attrs, Log, Span};
use crate::item::{Msg, MsgRole};
use crate::locator::Bases;
use crate::payload;

/// What a span and its log records say of one model call.
#[derive(Default)]
pub struct Messages {
    pub input: Vec<Msg>,
    pub output: Vec<Msg>,
}

impl Messages {
    pub fn is_empty(&self) -> bool {
        self.input.is_empty() && self.output.is_empty()
    }
}

/// The messages, from wherever this instrumentation put them.
pub fn messages(span: &Span<'_>, logs: &[&Log<'_>], bases: &mut Bases) -> Messages {
    let mut found = from_attributes(&span.attrs, bases);
    for (_, attrs) in span.events.iter().filter(|(name, _)| name == "gen_ai.client.inference.operation.details") {
        if found.is_empty() {
            found = from_attributes(attrs, bases);
        }
    }
    for log in logs.iter().filter(|l| l.name == "gen_ai.client.inference.operation.details") {
        if found.is_empty() {
            found = from_attributes(&log.attrs, bases);
        }
    }
    if found.is_empty() {
        let events = span.events.iter().map(|(name, attrs)| (name.as_str(), attrs));
        found = log::from_span_events(events, bases);
    }
    if found.is_empty() {
        found = log::from_records(logs);
    }
    if found.is_empty() {
        // Before 1.28: one JSON string each, as attribute.
        found.input = read(&span.attrs, &["gen_ai.prompt"], bases);
        found.output = read(&span.attrs, &["gen_ai.completion"], bases);
    }
    found
}

fn from_attributes(attrs: &Attrs<'_>, bases: &mut Bases) -> Messages {
    let mut input = Vec::new();
    if let Some(system) = attrs.get("gen_ai.system_instructions") {
        let nested = system.nested();
        let msg = match &nested {
            Some(nested) => payload::system_message(nested.root(bases)),
            None => payload::system_message(system),
        };
        input.extend(msg);
    }
    input.extend(read(attrs, &["gen_ai.input.messages"], bases));
    let mut output = read(attrs, &["gen_ai.output.messages"], bases);
    for msg in &mut output {
        // A few writers leave the role out of what the model said.
        if msg.role == MsgRole::User {
            msg.role = MsgRole::Assistant;
        }
    }
    Messages { input, output }
}

fn read(attrs: &Attrs<'_>, keys: &[&str], bases: &mut Bases) -> Vec<Msg> {
    attrs.any(keys).map(|node| payload::messages(node, bases)).unwrap_or_default()
}
