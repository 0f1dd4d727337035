//! Spans of tools at work, in every dialect.

use super::span::Span;
use crate::item::ToolRun;
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;

/// Reads a tool's span; `None` when not even a name is there.
pub fn run(span: &Span<'_>, agent: Option<String>, bases: &mut Bases) -> Option<ToolRun> {
    let attrs = &span.attrs;
    let name = attrs.any(&["gen_ai.tool.name", "tool.name", "traceloop.entity.name"]).or(span.name)?.text()?;
    let name = Text { text: name.text.trim_start_matches("execute_tool ").to_owned(), ..name };
    let arguments = [
        "gen_ai.tool.call.arguments",
        "lk.pii.function_tool.arguments",
        "input.value",
        "traceloop.entity.input",
        "tool.parameters",
        "input",
    ];
    let result = [
        "gen_ai.tool.call.result",
        "lk.pii.function_tool.output",
        "lk.function_tool.output",
        "output.value",
        "traceloop.entity.output",
        "output",
    ];
    let content = attrs.any(&result).map(|n| content(n, bases));
    let flagged = attrs.get("lk.function_tool.is_error").and_then(Node::bool) == Some(true);
    let failed = span.failed || flagged || attrs.get("error.type").is_some();
    let error = span.status_message.or_else(|| attrs.any(&["exception.message", "error.type"])).and_then(Node::text);
    let transport = match (failed, &content) {
        (true, _) => Transport::Error,
        // The conventions record a result only on success.
        (false, Some(_)) => Transport::Ok,
        (false, None) => Transport::Unknown,
    };
    Some(ToolRun {
        id: attrs.str(&["gen_ai.tool.call.id", "tool_call.id", "tool.id", "tool.call.id"]),
        name,
        arguments: attrs.any(&arguments).map(Node::json_text),
        content,
        transport,
        error: error.filter(|_| failed),
        start: span.start,
        end: span.end,
        agent,
        span: Some((span.span_id.clone(), span.parent.clone())),
        loc: span.node.loc(),
    })
}

/// The result's text; Traceloop encodes a string result as JSON once more.
fn content(node: Node<'_>, bases: &mut Bases) -> Text {
    if node.str().is_some_and(|s| s.starts_with('"')) {
        if let Some(text) = node.nested().and_then(|n| if n.cut { None } else { n.root(bases).text() }) {
            return text;
        }
    }
    node.json_text()
}
