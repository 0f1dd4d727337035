//! The parts, or blocks, inside a message.

use crate::item::{CallPart, Part, ResultPart};
use crate::model::{Text, Transport};
use crate::node::Node;

/// Reads a message's content: a string, or a list of strings and typed parts.
pub fn parts(body: Node<'_>, out: &mut Vec<Part>) {
    if let Some(text) = body.text() {
        out.push(Part::Text(text));
        return;
    }
    for item in body.items() {
        match item.text() {
            Some(text) => out.push(Part::Text(text)),
            None => out.extend(part(item)),
        }
    }
}

/// Only the words of a content.
pub fn texts(body: Node<'_>) -> Vec<Text> {
    let mut all = Vec::new();
    parts(body, &mut all);
    all.into_iter().filter_map(|p| if let Part::Text(t) = p { Some(t) } else { None }).collect()
}

/// A tool's answer as one text: a string, the only text block, or the whole as JSON.
pub fn content_text(body: Node<'_>) -> Option<Text> {
    if body.is_null() {
        return None;
    }
    if body.is_array() {
        let blocks: Vec<_> = body.items().collect();
        if let [only] = blocks[..] {
            if let Some(text) = only.any(&["text", "content"]).filter(|_| only.has("type", "text")).and_then(Node::text)
            {
                return Some(text);
            }
        }
    }
    Some(body.json_text())
}

/// True when a content holds tool results as typed parts.
pub fn holds_results(body: Node<'_>) -> bool {
    body.items().any(|item| item.str_at("type").is_some_and(|kind| is_result(&kind)))
}

fn is_result(kind: &str) -> bool {
    matches!(kind, "tool_result" | "mcp_tool_result" | "tool_call_response" | "tool-result")
        || kind.ends_with("_tool_result")
}

fn part(node: Node<'_>) -> Option<Part> {
    let kind = node.str_at("type").unwrap_or_default();
    let id = |keys: &[&str]| node.any(keys).and_then(|n| n.str().map(|s| s.into_owned()));
    match kind.as_ref() {
        "thinking" | "reasoning" => node.any(&["thinking", "text", "content"])?.text().map(Part::Reasoning),
        "redacted_thinking" => None,
        "tool_use" | "server_tool_use" | "mcp_tool_use" | "tool_call" | "tool-call" => {
            let inner = node.get("function").filter(|f| f.is_object()).unwrap_or(node);
            Some(Part::Call(CallPart {
                id: id(&["id", "toolCallId", "tool_call_id"]),
                name: inner.any(&["name", "toolName"])?.text()?,
                arguments: inner.any(&["input", "arguments", "args"]).map(Node::json_text),
            }))
        }
        kind if is_result(kind) => {
            let flag = node.any(&["is_error", "isError"]).and_then(Node::bool);
            let body = node.any(&["content", "response", "result", "output"]);
            Some(Part::Result(ResultPart {
                id: id(&["tool_use_id", "id", "toolCallId", "tool_call_id"]),
                name: id(&["name", "toolName"]),
                arguments: None,
                content: body.and_then(vercel_output).or_else(|| body.and_then(content_text)),
                // Anthropic leaves `is_error` out where the call worked; absent is not false, so it stays unknown.
                transport: match flag {
                    Some(true) => Transport::Error,
                    Some(false) => Transport::Ok,
                    None => Transport::Unknown,
                },
                error: None,
                loc: node.loc(),
            }))
        }
        // `text`, `input_text`, `output_text`, `refusal`, `compaction`, and parts without a type.
        _ => node.any(&["text", "content", "refusal"])?.text().map(Part::Text),
    }
}

/// Vercel AI wraps a tool's output as `{"type": "text" | "json", "value": …}`.
fn vercel_output(body: Node<'_>) -> Option<Text> {
    let kind = body.str_at("type")?;
    matches!(kind.as_ref(), "text" | "json" | "error-text" | "error-json")
        .then(|| body.get("value").map(Node::json_text))?
}
