//! Spans of tools at work, in every dialect.

use super::span::Span;
use crate::item::{ResultPart, ToolRun};
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::payload;

/// Reads a tool's span; `None` when not even a name is there. `around` is the next tool's span that it lies in.
pub fn run(span: &Span<'_>, agent: Option<String>, around: Option<String>, bases: &mut Bases) -> Option<ToolRun> {
    let attrs = &span.attrs;
    let name = attrs
        .any(&["gen_ai.tool.name", "tool.name", "ai.toolCall.name", "traceloop.entity.name", "lk.function_tool.name"])
        .or(span.name)?
        .text()?;
    let prefix = ["execute_tool ", "tools/call "].into_iter().find(|p| name.text.starts_with(p)).map_or(0, str::len);
    let name = if prefix > 0 { name.slice(prefix, name.text.len())? } else { name };
    let arguments = [
        "gen_ai.tool.call.arguments",
        "lk.pii.function_tool.arguments",
        "lk.function_tool.arguments",
        "ai.toolCall.args",
        "input.value",
        "traceloop.entity.input",
        "tool.parameters",
        "input",
        "tool_arguments",
        "gcp.vertex.agent.tool_call_args",
    ];
    let result = [
        "gen_ai.tool.call.result",
        "lk.pii.function_tool.output",
        "lk.function_tool.output",
        "ai.toolCall.result",
        "output.value",
        "traceloop.entity.output",
        "output",
        "tool_response",
        "gcp.vertex.agent.tool_response",
    ];
    let result = attrs.any(&result);
    let nested = result.and_then(Node::nested);
    let inner = nested.as_ref().map(|nested| (nested.root(bases), nested.cut));
    let answer = result.and_then(|n| message(n, inner));
    let content = match &answer {
        Some(answer) => answer.content.clone(),
        None => result.map(|n| content(n, inner)),
    };
    let of_mcp = inner.is_some_and(|(root, _)| reports_error(root));
    let flagged = of_mcp || attrs.get("lk.function_tool.is_error").and_then(Node::bool) == Some(true);
    let told = answer.as_ref().map_or(Transport::Unknown, |a| a.transport);
    let failed = span.failed || flagged || told == Transport::Error || attrs.get("error.type").is_some();
    // What was raised is in an event, which may repeat what the tool answered.
    let raised = || span.events.iter().find(|(name, _)| name == "exception" && content.is_none());
    let error = span
        .status_message
        .or_else(|| attrs.get("exception.message"))
        .or_else(|| raised()?.1.any(&["exception.message", "exception.type"]))
        .or_else(|| attrs.get("error.type"))
        .and_then(Node::text);
    let transport = match (failed, &content) {
        (true, _) => Transport::Error,
        // The conventions record a result only on success.
        (false, Some(_)) => Transport::Ok,
        (false, None) => Transport::Unknown,
    };
    let noted = || attrs.any(&arguments).and_then(|n| noted_id(n, bases));
    let id = call_id(span).or(answer.and_then(|a| a.id).filter(|id| !id.is_empty())).or_else(noted);
    Some(ToolRun {
        id,
        name,
        arguments: attrs.any(&arguments).map(|n| unwrapped(n, bases)),
        content,
        transport,
        error: error.filter(|_| failed),
        start: span.start,
        end: span.end,
        agent,
        span: Some((span.span_id.clone(), around.or_else(|| span.parent.clone()))),
        loc: span.node.loc(),
    })
}

/// The ID of the call that a tool's span ran for.
pub fn call_id(span: &Span<'_>) -> Option<String> {
    const KEYS: [&str; 6] =
        ["gen_ai.tool.call.id", "ai.toolCall.id", "tool_call.id", "tool.id", "tool.call.id", "lk.function_tool.id"];
    span.attrs.str(&KEYS)
}

/// The ID of the call that a tool's span ran for, from wherever it stands.
pub fn any_call_id(span: &Span<'_>, bases: &mut Bases) -> Option<String> {
    run(span, None, None, bases)?.id
}

/// The value that is JSON inside of a string, and whether it breaks off.
type Inner<'n> = Option<(Node<'n>, bool)>;

/// The tool's message that LangChain's tools answer with.
fn message(result: Node<'_>, inner: Inner<'_>) -> Option<ResultPart> {
    match inner {
        Some((root, false)) => payload::tool_answer(root),
        Some(_) => None,
        None => payload::tool_answer(result),
    }
}

/// The ID of the call among what Traceloop notes of how LangChain ran a tool.
fn noted_id(arguments: Node<'_>, bases: &mut Bases) -> Option<String> {
    let nested = arguments.nested().filter(|n| !n.cut)?;
    let root = nested.root(bases);
    let id = root.get("kwargs").filter(|_| is_note(root))?.str_at("tool_call_id")?.into_owned();
    Some(id).filter(|id| !id.is_empty())
}

/// What LlamaIndex notes of a tool's answer: the words in blocks, with the call beside them.
fn noted_answer(root: Node<'_>) -> Option<Node<'_>> {
    let noted = root.get("tool_name").is_some() && root.get("raw_input").is_some();
    root.get("blocks").filter(|blocks| noted && blocks.is_array())
}

/// MCP's own flag, inside of its result, or LlamaIndex's.
fn reports_error(root: Node<'_>) -> bool {
    if noted_answer(root).is_some() {
        return root.get("is_error").and_then(Node::bool) == Some(true);
    }
    root.get("isError").and_then(Node::bool) == Some(true) && root.get("content").is_some_and(Node::is_array)
}

/// What Traceloop notes of how a function was called, around what it was called with.
const AROUND: [&str; 6] = ["args", "kwargs", "inputs", "input_str", "tags", "metadata"];

fn is_note(root: Node<'_>) -> bool {
    root.is_object() && root.entries().all(|(key, _)| AROUND.contains(&key.as_ref()))
}

/// The arguments' text.
fn unwrapped(node: Node<'_>, bases: &mut Bases) -> Text {
    let inner = node.nested().filter(|n| !n.cut).and_then(|nested| {
        let root = nested.root(bases);
        let positional = root.get("args").is_some_and(|a| a.items().next().is_some());
        if !is_note(root) || positional {
            return None;
        }
        let named = root.get("inputs").filter(|n| n.is_object());
        // Where LangChain ran it, the other arguments are those of the run.
        match named.or_else(|| root.get("input_str")) {
            Some(found) => Some(found.json_text()),
            None => root.get("kwargs").filter(|n| n.is_object()).map(Node::json_text),
        }
    });
    inner.unwrap_or_else(|| node.json_text())
}

/// The result's text; Traceloop encodes a string result as JSON once more.
fn content(node: Node<'_>, inner: Inner<'_>) -> Text {
    let text = node.json_text();
    let Some((root, false)) = inner else { return text };
    if (text.text.starts_with("{\"blocks\"") || text.text.contains("\"raw_input\""))
        && let Some(blocks) = noted_answer(root)
    {
        let mut words = blocks.items().map(|block| block.get("text").and_then(Node::text));
        let said = match (words.next().flatten(), words.next()) {
            (Some(only), None) => Some(only),
            _ => payload::answer_text(blocks),
        };
        return said.unwrap_or(text);
    }
    if text.text.starts_with('"')
        && let Some(told) = root.text()
    {
        return told;
    }
    text
}
