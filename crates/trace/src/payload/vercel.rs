//! The parts of Vercel AI's UI messages: a call and its result are one part.

use crate::item::{CallPart, Part, ResultPart, Unread};
use crate::model::{Text, Transport};
use crate::node::Node;

/// Marks and references between the words of a message, which say nothing themselves.
const SILENT: [&str; 5] =
    ["step-start", "source-url", "source-document", "tool-approval-request", "tool-approval-response"];

/// What a part of a UI message holds; `None` for anything else.
pub fn parts(node: Node<'_>) -> Option<Vec<Part>> {
    let kind = node.str_at("type")?;
    // An application's own data goes to its pages, not to the model.
    let data = kind.starts_with("data-") && node.get("data").is_some();
    if SILENT.contains(&kind.as_ref()) || data {
        return Some(Vec::new());
    }
    // Words that were still being written when the record was.
    if kind == "text" && node.has("state", "streaming") {
        let text = node.get("text")?.text()?;
        let rest = Unread { kind: Unread::UNFINISHED.to_owned(), attachment: false, length: 0, loc: text.loc };
        return Some(vec![Part::Text(text), Part::Unread(rest)]);
    }
    // Version 4 has the call in an object of its own.
    if let Some(inner) = node.get("toolInvocation").filter(|_| kind == "tool-invocation") {
        return Some(invocation(inner, inner.get("toolName")?.text()?));
    }
    node.get("toolCallId").filter(|_| node.get("state").is_some())?;
    let name = match kind.strip_prefix("tool-") {
        // Version 5 has the tool's name in the part's type.
        Some(name) => {
            let whole = node.get("type")?.text()?;
            whole.slice(whole.text.len() - name.len(), whole.text.len())?
        }
        None => node.get("toolName").filter(|_| kind == "dynamic-tool")?.text()?,
    };
    Some(invocation(node, name))
}

/// True for a message whose parts hold more than its words.
pub fn is_message(node: Node<'_>) -> bool {
    let parts = node.get("parts").into_iter().flat_map(Node::items);
    parts.into_iter().any(|p| {
        let kind = p.str_at("type").unwrap_or_default();
        kind == "step-start"
            || p.get("toolInvocation").is_some()
            || (p.get("toolCallId").is_some() && p.get("state").is_some())
    })
}

/// The calls that version 3 and early version 4 list beside a message's words, which were said after them.
pub fn listed(node: Node<'_>) -> impl Iterator<Item = Part> {
    let list = node.get("toolInvocations").filter(|_| node.get("parts").is_none());
    let one = |item: Node<'_>| match item.get("toolName").and_then(Node::text) {
        Some(name) => invocation(item, name),
        None => vec![super::unread(item)],
    };
    list.into_iter().flat_map(Node::items).flat_map(one)
}

fn invocation(node: Node<'_>, name: Text) -> Vec<Part> {
    let id = node.str_at("toolCallId").map(|s| s.into_owned());
    let state = node.str_at("state");
    // What has come so far of arguments, or of a result, may be valid JSON and is not what was given or answered.
    let unfinished = matches!(state.as_deref(), Some("input-streaming" | "partial-call"));
    let arguments = node.any(&["input", "args"]).filter(|_| !unfinished).map(Node::json_text);
    let preliminary = node.get("preliminary").and_then(Node::bool) == Some(true);
    let mut parts = vec![Part::Call(CallPart { id: id.clone(), name: name.clone(), arguments })];
    let (transport, content) = match state.as_deref().filter(|_| !preliminary) {
        Some("result" | "output-available") => (Transport::Ok, node.any(&["output", "result"])),
        Some("output-error") => (Transport::Error, node.get("errorText")),
        Some("output-denied") => (Transport::Declined, node.get("approval")),
        _ => return parts,
    };
    parts.push(Part::Result(ResultPart {
        id,
        name: Some(name.text),
        arguments: None,
        content: content.map(Node::json_text),
        transport,
        error: None,
        loc: node.loc(),
    }));
    parts
}
