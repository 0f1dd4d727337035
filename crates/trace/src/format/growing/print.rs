//! What a message of a request is known by when requests are compared.

use crate::node::Node;

/// What a message is known by; `None` for one that does not count.
pub fn print(node: Node<'_>) -> Option<String> {
    let role = node.str_at("role");
    let kind = node.str_at("type");
    if matches!(role.as_deref(), Some("system" | "developer")) || kind.as_deref() == Some("reasoning") {
        return None;
    }
    let mut print = if node.is_str() { "user".to_owned() } else { role.or(kind).unwrap_or_default().into_owned() };
    print.push('\0');
    words(node, &mut print, 0);
    Some(print)
}

/// Adds the words and the IDs of a message or of a part of it.
fn words(node: Node<'_>, print: &mut String, depth: usize) {
    if let Some(text) = node.str() {
        print.extend(text.split_whitespace());
        return;
    }
    // Gemini's thoughts are let go of as well.
    if depth > 8 || node.get("thought").and_then(Node::bool) == Some(true) {
        return;
    }
    if node.is_array() {
        node.items().for_each(|item| words(item, print, depth + 1));
        return;
    }
    let joins = ["call_id", "tool_call_id", "tool_use_id"].iter().find_map(|key| node.str_at(key));
    // The ID of a message is that of the answer, which is not always repeated.
    let own = || node.str_at("id").filter(|_| node.get("role").is_none() && node.get("content").is_none());
    if let Some(id) = joins.or_else(own) {
        print.push('\0');
        print.push_str(&id);
    }
    for key in [
        "content",
        "text",
        "tool_calls",
        "function",
        "function_call",
        "name",
        "arguments",
        "input",
        "output",
        "refusal",
        "kwargs",
        "data",
        "parts",
        "functionCall",
        "functionResponse",
        "function_response",
        "executableCode",
        "executable_code",
        "codeExecutionResult",
        "code_execution_result",
        "code",
    ] {
        if let Some(inner) = node.get(key) {
            words(inner, print, depth + 1);
        }
    }
    // Where calls have no IDs, what was asked and answered is all that tells them apart.
    for key in ["args", "response"] {
        if let Some(inner) = node.get(key) {
            print.push('\0');
            value(inner, print, depth + 1);
        }
    }
}

/// Adds a value of any kind. A program that writes a record anew sets other white space, and has members in another order.
fn value(node: Node<'_>, print: &mut String, depth: usize) {
    let mut members: Vec<_> = node.entries().collect();
    if depth > DEEP || members.is_empty() && !node.is_array() {
        print.push_str(&node.json_text().text);
        return;
    }
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    print.push(if members.is_empty() { '[' } else { '{' });
    for (key, inner) in members {
        print.push_str(&key);
        print.push(':');
        value(inner, print, depth + 1);
        print.push(',');
    }
    for item in node.items() {
        value(item, print, depth + 1);
        print.push(',');
    }
    print.push('}');
}

/// How deep values are looked into.
const DEEP: usize = 32;

/// True for a message that has an ID, or a call or a result with one: whoever writes it again means the same one.
pub fn has_id(node: Node<'_>) -> bool {
    let has = |node: Node<'_>| {
        ["id", "call_id", "tool_call_id", "tool_use_id"]
            .iter()
            .any(|key| node.str_at(key).is_some_and(|id| !id.is_empty()))
    };
    let inner = [Some(node), node.get("kwargs"), node.get("data")].into_iter().flatten();
    let parts = [node.get("tool_calls"), node.get("content")].into_iter().flatten().flat_map(Node::items);
    inner.chain(parts).any(has)
}
