//! What a span is by what it holds, where the record types it as a step like any other: programs and proxies that write
//! spans by hand give all of them one type.

use super::{Kind, Span, model};
use crate::item::{Msg, MsgRole};
use crate::locator::Bases;
use crate::node::Node;
use crate::payload;

/// What is in a span that is told to be a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A provider's own answer: nothing but a request to a model is answered so.
    Answered,
    /// Messages went in, and what came out is the agent's alone.
    Spoken,
    /// Messages went in or came out.
    Messages,
    /// None of these.
    Other,
}

/// The form of a step.
pub fn of(span: &Span<'_>, bases: &mut Bases) -> Form {
    if !matches!(span.kind, Kind::Step(_) | Kind::Agent | Kind::Unknown) || !span.carries() {
        return Form::Other;
    }
    let asks = span.input.is_some() || !span.asked.is_empty();
    if asks && model::inside(span.output, bases, |root, _| is_answer(root).then_some(())).is_some() {
        return Form::Answered;
    }
    let [asked, said] = sides(span, bases);
    let agents = |msg: &Msg| msg.role == MsgRole::Assistant && !msg.parts.is_empty();
    match (asked.iter().any(|msg| msg.role != MsgRole::Assistant), !said.is_empty() && said.iter().all(agents)) {
        (true, true) => Form::Spoken,
        _ if asked.is_empty() && said.is_empty() => Form::Other,
        _ => Form::Messages,
    }
}

/// The messages that went into a span, and those that came out.
pub fn sides(span: &Span<'_>, bases: &mut Bases) -> [Vec<Msg>; 2] {
    [(&span.asked, span.input), (&span.said, span.output)].map(|(own, node)| match node {
        Some(node) if own.is_empty() => payload::messages(node, bases),
        _ => own.clone(),
    })
}

/// True for an answer of OpenAI, Gemini or Anthropic as it came over the wire.
fn is_answer(root: Node<'_>) -> bool {
    let first = |key: &str| root.get(key).and_then(|list| list.items().next());
    let chosen = first("choices").is_some_and(|c| c.get("message").is_some_and(Node::is_object));
    let candidate = first("candidates").is_some_and(|c| c.get("content").is_some_and(Node::is_object));
    let whole = root.has("type", "message") && root.has("role", "assistant") && root.get("content").is_some();
    chosen || candidate || whole || root.has("object", "response") && root.get("output").is_some()
}
