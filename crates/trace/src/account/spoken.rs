//! Does a value look like a message, a tool call or a tool result, in whatever format?
//!
//! Asked only of what a reader did not understand, so that a false yes costs a warning and a false no costs a
//! session's words.

use crate::node::Node;
use std::borrow::Cow;

/// Values that are looked at in one record: enough for an envelope around a message, and bounded for a hostile one.
const VALUES: usize = 200;
const DEPTH: usize = 5;
/// Items of one list.
const ITEMS: usize = 8;
/// Bytes of a string in which JSON is looked for.
const BYTES: usize = 1 << 16;

/// True for a value that looks so, or holds one that does.
pub fn looks_spoken(node: Node<'_>) -> bool {
    within(node, 0, &mut VALUES.clone())
}

fn within(node: Node<'_>, depth: usize, left: &mut usize) -> bool {
    if *left == 0 || depth > DEPTH {
        return false;
    }
    *left -= 1;
    if let Some(text) = node.str() {
        return text_looks_spoken(&text);
    }
    if node.is_array() {
        return node.items().take(ITEMS).any(|item| within(item, depth + 1, left));
    }
    is_one(node) || node.entries().take(*left).any(|(_, member)| within(member, depth + 1, left))
}

/// Keys under which only calls and results stand.
const CALLS: [&str; 22] = [
    "tool_calls",
    "toolCalls",
    "tool_call",
    "toolCall",
    "tool_call_id",
    "toolCallId",
    "tool_use_id",
    "toolUseId",
    "toolUse",
    "toolResult",
    "toolRequests",
    "tool_requests",
    "toolInvocations",
    "tool_results",
    "toolResults",
    "function_call",
    "functionCall",
    "function_response",
    "functionResponse",
    "call_id",
    "callID",
    "callId",
];
const WHO: [&str; 5] = ["role", "author", "speaker", "sender", "participant"];
const SAYS: [&str; 10] =
    ["content", "parts", "text", "message", "body", "utterance", "words", "transcript", "contents", "value"];
const TOOLS: [&str; 5] = ["name", "tool", "toolName", "tool_name", "function"];
const ARGUMENTS: [&str; 8] =
    ["arguments", "args", "input", "params", "tool_input", "toolInput", "parameters_json", "kwargs"];
const TYPES: [&str; 6] = ["type", "kind", "event", "record_type", "event_type", "action"];

/// True for a key under which words are known to stand in one format or another.
pub fn may_hold_words(key: &str) -> bool {
    SAYS.contains(&key)
}

/// True for a key under which calls or results are known to stand.
pub fn may_hold_calls(key: &str) -> bool {
    CALLS.contains(&key)
}

/// True for an object that is a message, a call or a result itself.
fn is_one(node: Node<'_>) -> bool {
    let (mut who, mut says, mut tool, mut arguments) = (false, false, false, false);
    for (key, value) in node.entries() {
        let key = key.as_ref();
        let there = !value.is_null();
        if there && CALLS.contains(&key) {
            return true;
        }
        who |= there && WHO.contains(&key) && !value.is_array();
        says |= there && SAYS.contains(&key) && value.bool().is_none() && value.f64().is_none();
        tool |= there && TOOLS.contains(&key) && value.is_str();
        arguments |= there && ARGUMENTS.contains(&key);
        if TYPES.contains(&key) && value.str().is_some_and(|kind| names_one(&kind)) {
            return true;
        }
    }
    who && says || tool && arguments
}

/// True for the name of a kind that has a word for what was said or called in it: `UserMessage`, `tool.execution_start`.
fn names_one(kind: &str) -> bool {
    const WORDS: [&str; 14] = [
        "message",
        "messages",
        "msg",
        "tool",
        "tools",
        "toolcall",
        "toolresult",
        "call",
        "calls",
        "result",
        "results",
        "utterance",
        "reply",
        "function",
    ];
    if kind.len() > 80 {
        return false;
    }
    if matches!(kind, "user" | "assistant" | "human" | "ai" | "agent" | "bot" | "model") {
        return true;
    }
    words(kind).any(|word| WORDS.contains(&word.as_ref()))
}

/// The words of a name, in lower case: parted by anything that is no letter, and by capitals.
fn words(name: &str) -> impl Iterator<Item = Cow<'_, str>> {
    name.split(|c: char| !c.is_alphanumeric()).flat_map(|piece| {
        let bytes = piece.as_bytes();
        let cut =
            |i: usize| i > 0 && bytes[i].is_ascii_uppercase() && bytes.get(i - 1).is_some_and(u8::is_ascii_lowercase);
        let starts: Vec<usize> = (0..bytes.len()).filter(|&i| i == 0 || cut(i)).collect();
        let ends: Vec<usize> = starts.iter().skip(1).copied().chain([piece.len()]).collect();
        starts.into_iter().zip(ends).filter_map(|(from, to)| Some(lower(piece.get(from..to)?))).collect::<Vec<_>>()
    })
}

fn lower(word: &str) -> Cow<'_, str> {
    match word.bytes().any(|b| b.is_ascii_uppercase()) {
        true => Cow::Owned(word.to_ascii_lowercase()),
        false => Cow::Borrowed(word),
    }
}

/// True for JSON as text with a message, a call or a result in it. It is searched for keys, not parsed.
pub fn text_looks_spoken(text: &str) -> bool {
    if !text.trim_start().starts_with(['{', '[']) {
        return false;
    }
    let text = &text[..text.floor_char_boundary(BYTES)];
    let key = |key: &str| {
        let quoted = |b: Option<&u8>| matches!(b, Some(b'"' | b'\\'));
        text.match_indices(key).any(|(at, _)| {
            quoted(at.checked_sub(1).and_then(|i| text.as_bytes().get(i)))
                && quoted(text.as_bytes().get(at + key.len()))
        })
    };
    let calls = [
        "tool_calls",
        "toolCalls",
        "tool_call_id",
        "toolCallId",
        "tool_use_id",
        "function_call",
        "functionCall",
        "function_response",
        "functionResponse",
    ];
    calls.into_iter().any(key)
        || ["role", "speaker", "author", "sender"].into_iter().any(key)
            && ["content", "parts", "text", "body", "message"].into_iter().any(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::parse_lenient;

    fn looks(json: &str) -> bool {
        let (doc, _) = parse_lenient(json.as_bytes().to_vec()).expect("JSON");
        looks_spoken(Node::new(doc.root(), 0))
    }

    #[test]
    fn messages_calls_and_results_look_so_in_any_format() {
        for json in [
            r#"{"role":"narrator","content":"a"}"#,
            r#"{"speaker":"user","body":"Hi"}"#,
            r#"{"type":"tool.execution_complete","data":{"ok":true}}"#,
            r#"{"type":"UserMessage","x":1}"#,
            r#"{"message":{"role":"user","parts":[{"text":"Hi"}]}}"#,
            r#"{"payload":{"item":{"name":"refund","args":{"id":1}}}}"#,
            r#"{"functionCall":{"name":"f"}}"#,
            r#"{"data":"[{\"role\":\"user\",\"content\":\"Hi\"}]"}"#,
        ] {
            assert!(looks(json), "{json}");
        }
    }

    #[test]
    fn books_do_not() {
        for json in [
            r#"{"type":"checkpoint","id":"x","at":"2026-01-01T00:00:00Z"}"#,
            r#"{"type":"usage","input_tokens":7,"model":"m"}"#,
            r#"{"type":"file-history-snapshot","snapshot":{"a.rs":{"version":2}}}"#,
            r#"{"name":"refund","description":"d"}"#,
            r#""words""#,
            "7",
            "[]",
        ] {
            assert!(!looks(json), "{json}");
        }
    }

    #[test]
    fn depth_and_width_have_an_end() {
        let deep = format!("{}{}{}", r#"{"a":"#.repeat(60), r#"{"role":"user","content":"a"}"#, "}".repeat(60));
        assert!(!looks(&deep));
        let wide = format!("[{}]", vec!["{}"; 100_000].join(","));
        assert!(!looks(&wide));
    }
}
