//! Spans of Google's ADK: the request to the model and its answer, each as JSON in one attribute.

use super::genai::Messages;
use super::span::{Attrs, Span};
use crate::item::Msg;
use crate::locator::Bases;
use crate::model::ToolDef;
use crate::node::Node;
use crate::payload;

const REQUEST: &str = "gcp.vertex.agent.llm_request";
const RESPONSE: &str = "gcp.vertex.agent.llm_response";

/// True where a span holds either; those of tools, and all where the capture of content is off, hold empty objects.
pub fn has_words(attrs: &Attrs<'_>) -> bool {
    [REQUEST, RESPONSE].iter().any(|key| attrs.get(key).is_some_and(|value| value.str().is_some_and(|s| s.len() > 2)))
}

/// The messages of a model's span.
pub fn messages(span: &Span<'_>, bases: &mut Bases) -> Messages {
    let nested = |key: &str| span.attrs.get(key).and_then(Node::nested);
    let mut input: Vec<Msg> = Vec::new();
    if let Some(request) = nested(REQUEST) {
        let root = request.root(bases);
        let instructions = root.get("config").and_then(|config| config.get("system_instruction"));
        input.extend(instructions.and_then(payload::system_message));
        input.extend(payload::messages(root, bases));
    }
    let output = nested(RESPONSE).map(|answer| payload::messages(answer.root(bases), bases)).unwrap_or_default();
    Messages { input, output, left: None }
}

/// The tools that the model was offered.
pub fn tools(attrs: &Attrs<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    let Some(request) = attrs.get(REQUEST).and_then(Node::nested) else { return Vec::new() };
    let tools = request.root(bases).get("config").and_then(|config| config.get("tools"));
    tools.map(|list| payload::tools(list, bases)).unwrap_or_default()
}
