//! Spans and log records that became nothing: steps around the conversation, and what no dialect knows.

use super::span::{Attrs, Log, Span};
use super::{genai, vercel};
use crate::account;
use crate::format::parts::MERGED_TOOLS;
use crate::hash::HashSet;
use crate::item::Output;
use crate::node::Node;
use std::borrow::Cow;

/// Reports the spans that became nothing. `within` gives a span and those around it; `told` are those that became
/// something: a span that lies around one of them repeats it.
pub fn report<'s, 'd: 's, W, I>(rest: &[&'s Span<'d>], told: &[&'s Span<'d>], within: W, out: &mut Output)
where
    W: Fn(&'s Span<'d>) -> I,
    I: Iterator<Item = &'s Span<'d>>,
{
    let steps: Vec<_> = rest.iter().map(|s| step(s)).collect();
    let unnamed = rest.iter().zip(&steps).filter(|(_, step)| step.is_none()).map(|(s, _)| *s);
    let mut strange: HashSet<*const Span<'d>> = unnamed.filter(|s| looks_spoken(s)).map(std::ptr::from_ref).collect();
    if !strange.is_empty() {
        for span in told.iter().flat_map(|s| within(s)) {
            strange.remove(&std::ptr::from_ref(span));
        }
    }
    for (span, step) in rest.iter().zip(steps) {
        match strange.contains(&std::ptr::from_ref(*span)) {
            true => out.unread_as(span.node, &kind(span)),
            false => out.bookkeeping(span.node, step.as_deref().unwrap_or("span")),
        }
    }
}

/// An attribute of a model call that holds messages under a name that no dialect has. Where what was asked is known (`asked`), it
/// is an answer that is looked for: the attributes of the request were read.
pub fn words_elsewhere<'s>(span: &'s Span<'_>, asked: bool) -> Option<&'s str> {
    const REQUEST: [&str; 6] = ["prompt", "prompts", "input", "inputs", "request", "tools"];
    const READ: [&str; 23] = [
        "gcp.vertex.agent.",
        genai::WHOLE_RUN[0],
        genai::WHOLE_RUN[1],
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.system_instructions",
        "gen_ai.prompt",
        "gen_ai.completion",
        "gen_ai.tool.",
        "gen_ai.request.tools",
        "llm.input_messages",
        "llm.output_messages",
        "llm.tools",
        "llm.request.",
        "llm.invocation_parameters",
        "lk.",
        "input.value",
        "output.value",
        "mlflow.spanInputs",
        "mlflow.spanOutputs",
        "langfuse.observation.input",
        "langfuse.observation.output",
        "traceloop.entity.",
    ];
    let is_read = |key: &str, known: &str| {
        let rest = key.strip_prefix(known);
        rest.is_some_and(|rest| known.ends_with('.') || rest.is_empty() || rest.starts_with(['.', '[']))
    };
    let of_request = |key: &str| asked && key.split(['.', '_']).any(|word| REQUEST.contains(&word));
    let is_known = |key: &str| of_request(key) || READ.iter().any(|known| is_read(key, known));
    let other = span.attrs.all.iter().filter(|(key, _)| !is_known(key));
    other.into_iter().find(|(_, value)| account::looks_spoken(*value)).map(|(key, _)| key.as_ref())
}

/// Reports a log record that is no message of a model call.
pub fn report_log(log: &Log<'_>, out: &mut Output) {
    match log.body.is_some_and(account::looks_spoken) {
        true => out.unknown(log.node),
        false => out.bookkeeping(log.node, "log record"),
    }
}

/// The kind of a step that the dialects name, and that repeats what is told by the spans inside of it, or tells nothing
/// of the conversation.
fn step<'d>(span: &Span<'d>) -> Option<Cow<'d, str>> {
    const OPERATIONS: [&str; 5] = ["embeddings", "create_agent", "invoke_agent", "invoke_workflow", "plan"];
    let kind = span.attrs.any(&["openinference.span.kind", "traceloop.span.kind"]).and_then(Node::str);
    let operation = span.attrs.get("gen_ai.operation.name").and_then(Node::str);
    // Of several tools that ran at once, each has its own span.
    if span.attrs.str(&["gen_ai.tool.name"]).as_deref() == Some(MERGED_TOOLS) {
        return Some(Cow::Borrowed("merged tools"));
    }
    kind.or_else(|| operation.filter(|o| OPERATIONS.contains(&o.as_ref())))
        .or_else(|| span.attrs.has_prefix("lk.").then_some(Cow::Borrowed("lk")))
        .or_else(|| vercel::is_step(span).then_some(Cow::Borrowed("a step of the AI SDK")))
}

fn kind(span: &Span<'_>) -> String {
    let operation = span.attrs.str(&["gen_ai.operation.name", "operation.name"]);
    let name = operation.or_else(|| span.name?.str().map(Cow::into_owned));
    format!("span {}", name.unwrap_or_default().chars().take(50).collect::<String>()).trim_end().to_owned()
}

/// True where an attribute, of the span or of one of its events, holds messages, calls or results.
fn looks_spoken(span: &Span<'_>) -> bool {
    holds(&span.attrs) || span.events.iter().any(|(_, attrs)| holds(attrs))
}

fn holds(attrs: &Attrs<'_>) -> bool {
    let segment = |s: &str| {
        matches!(
            s,
            "messages"
                | "prompt"
                | "prompts"
                | "completion"
                | "completions"
                | "toolCall"
                | "toolCalls"
                | "tool_call"
                | "tool_calls"
                | "llm_request"
                | "llm_response"
                | "tool_call_args"
                | "tool_response"
        )
    };
    let named = |key: &str| key.split('.').any(segment);
    let words =
        |value: &Node<'_>| value.bool().is_none() && value.f64().is_none() && value.str().is_none_or(|s| !s.is_empty());
    attrs.all.iter().any(|(key, value)| named(key) && words(value) || account::looks_spoken(*value))
}
