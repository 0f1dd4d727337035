//! The legacy spans of the Vercel AI SDK (versions 3 to 6; version 7 follows the GenAI conventions): `ai.generateText` around
//! `ai.generateText.doGenerate`, which is the model call, and `ai.toolCall` for each tool.
//!
//! After the SDK's documentation of its telemetry and `packages/otel` of vercel/ai.

use super::genai::Messages;
use super::span::{Attrs, Span};
use crate::hash::HashMap;
use crate::item::{Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::node::Node;
use crate::payload;

/// What a span's operation is called; integrations may add the function's name behind a space.
fn operation(span: &Span<'_>) -> Option<String> {
    let named = span.attrs.str(&["ai.operationId", "operation.name"])?;
    named.starts_with("ai.").then(|| named.split(' ').next().unwrap_or_default().to_owned())
}

/// True for any span of the SDK that holds words or calls.
pub fn is_any(span: &Span<'_>) -> bool {
    is_tool(span) || is_model(span) || is_step(span)
}

/// True for a tool at work.
pub fn is_tool(span: &Span<'_>) -> bool {
    operation(span).as_deref() == Some("ai.toolCall")
}

/// True for a model call. The step around it repeats its words, and stands for it where it is not in the record.
pub fn is_model(span: &Span<'_>) -> bool {
    operation(span).is_some_and(|name| name.ends_with(".doGenerate") || name.ends_with(".doStream"))
}

/// True for the step around model calls.
pub fn is_step(span: &Span<'_>) -> bool {
    const STEPS: [&str; 4] = ["ai.generateText", "ai.streamText", "ai.generateObject", "ai.streamObject"];
    operation(span).is_some_and(|name| STEPS.contains(&name.as_str()))
}

/// Steps that are no parent of the model calls in them, because the program has no context manager, as at the edge: each span is
/// a trace of its own. A call that begins while a step of the same session is at work is in that step. `key` tells the session.
pub fn apart<'s, 'd>(spans: &'s [Span<'d>], key: impl Fn(&Span<'d>) -> String) -> Vec<&'s Span<'d>> {
    let alone = |span: &&Span<'d>| span.parent.is_none();
    let mut starts: HashMap<String, Vec<i64>> = HashMap::default();
    for span in spans.iter().filter(alone).filter(|s| is_model(s) && has_words(&s.attrs)) {
        starts.entry(key(span)).or_default().extend(span.start.map(|start| start.ns));
    }
    starts.values_mut().for_each(|starts| starts.sort_unstable());
    let holds = |span: &&Span<'d>| {
        let (Some(start), Some(end), Some(starts)) = (span.start, span.end, starts.get(&key(span))) else {
            return false;
        };
        starts.get(starts.partition_point(|at| *at < start.ns)).is_some_and(|at| *at <= end.ns)
    };
    spans.iter().filter(alone).filter(|s| is_step(s)).filter(holds).collect()
}

/// True where words of a conversation stand.
pub fn has_words(attrs: &Attrs<'_>) -> bool {
    const WORDS: [&str; 8] = [
        "ai.prompt.messages",
        "ai.prompt",
        "ai.response.text",
        "ai.response.toolCalls",
        "ai.response.object",
        "ai.result.text",
        "ai.result.toolCalls",
        "ai.result.object",
    ];
    attrs.any(&WORDS).is_some()
}

/// The messages of a model call, or of the step that stands for it.
pub fn messages(span: &Span<'_>, bases: &mut Bases) -> Messages {
    let attrs = &span.attrs;
    let asked = attrs.any(&["ai.prompt.messages", "ai.prompt"]);
    let input = asked.map(|n| payload::asked(n, bases)).unwrap_or_default();
    let mut answer = Msg::new(MsgRole::Assistant, span.node.loc());
    answer.parts.extend(attrs.get("ai.response.reasoning").and_then(Node::text).map(Part::Reasoning));
    let words = attrs.any(&["ai.response.text", "ai.response.object", "ai.result.text", "ai.result.object"]);
    answer.parts.extend(words.map(Node::json_text).filter(|t| !t.text.is_empty()).map(Part::Text));
    if let Some(calls) = attrs.any(&["ai.response.toolCalls", "ai.result.toolCalls"]) {
        answer.parts.extend(payload::calls(calls, bases));
    }
    // An empty text is an answer; none at all is not.
    let said = words.is_some() || !answer.parts.is_empty();
    Messages { input, output: said.then_some(answer).into_iter().collect(), left: None }
}
