//! LiveKit's own spans: `llm_node` with the conversation and the answer, `function_tool`, `agent_turn`.
//!
//! What people said stood under `lk.*` and stands under `lk.pii.*` since, which LiveKit Cloud may strip.

use super::genai::Messages;
use super::span::{Attrs, Span};
use crate::item::{Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::node::Node;
use crate::payload;

const CONTEXT: [&str; 2] = ["lk.pii.chat_ctx", "lk.chat_ctx"];
const ANSWER: [&str; 2] = ["lk.pii.response.text", "lk.response.text"];
const CALLS: [&str; 2] = ["lk.pii.response.function_calls", "lk.response.function_calls"];

/// True for the span of a model's answer.
pub fn is_model(span: &Span<'_>) -> bool {
    is_named(span, "llm_node") || has_words(&span.attrs)
}

/// True for the span of a tool at work.
pub fn is_tool(span: &Span<'_>) -> bool {
    is_named(span, "function_tool") || span.attrs.get("lk.function_tool.name").is_some()
}

/// True when the conversation or the answer is there.
pub fn has_words(attrs: &Attrs<'_>) -> bool {
    attrs.any(&CONTEXT).is_some() || attrs.any(&ANSWER).is_some() || attrs.any(&CALLS).is_some()
}

fn is_named(span: &Span<'_>, name: &str) -> bool {
    span.attrs.has_prefix("lk.") && span.name.and_then(Node::str).is_some_and(|n| n == name)
}

/// True for a turn in which the agent was cut off.
pub fn interrupted(span: &Span<'_>) -> bool {
    span.attrs.get("lk.interrupted").and_then(Node::bool) == Some(true)
}

/// The messages of a model's span. `cut_off` says that the caller did not hear all of the answer.
pub fn messages(span: &Span<'_>, cut_off: bool, bases: &mut Bases) -> Messages {
    let mut found = Messages::default();
    if let Some(context) = span.attrs.any(&CONTEXT) {
        found.input = payload::messages(context, bases);
    }
    let (answer, calls) = (span.attrs.any(&ANSWER), span.attrs.any(&CALLS));
    let Some(place) = answer.or(calls) else { return found };
    let mut msg = Msg::new(MsgRole::Assistant, place.loc());
    msg.interrupted = cut_off;
    msg.parts.extend(answer.and_then(Node::text).filter(|t| !t.text.is_empty()).map(Part::Text));
    msg.parts.extend(calls.map(|list| payload::calls(list, bases)).unwrap_or_default());
    found.output.push(msg);
    found
}
