//! The parts, or blocks, inside a message.

use super::vercel;
use crate::account;
use crate::item::{CallPart, Part, ResultPart, Unread};
use crate::model::{Text, Transport};
use crate::node::Node;
use std::borrow::Cow;

/// Reads a message's content: a string, or a list of strings and typed parts. What is neither leaves a trace.
pub fn parts(body: Node<'_>, out: &mut Vec<Part>) {
    if !body.is_array() {
        out.extend(one(body));
        return;
    }
    let mut unread = 0;
    let mut add = |part: Part| {
        unread += usize::from(matches!(part, Part::Unread(_)));
        if unread <= UNREAD || !matches!(part, Part::Unread(_)) {
            out.push(part);
        }
    };
    for item in body.items() {
        match vercel::parts(item) {
            Some(parts) => parts.into_iter().for_each(&mut add),
            None => one(item).into_iter().for_each(&mut add),
        }
    }
}

/// How many things of one list are told to be unreadable: a list of a million numbers says it as well by its first.
pub const UNREAD: usize = 20;

/// Reads a string or one typed part; `None` for what is empty by design.
pub fn one(item: Node<'_>) -> Option<Part> {
    match item.text() {
        Some(text) => Some(Part::Text(text)),
        None => part(item),
    }
}

/// Something in a message that could not be read.
pub fn unread(node: Node<'_>) -> Part {
    let kind = Some(kind(node)).filter(|kind| !kind.is_empty()).or_else(|| node.str_at("role")).unwrap_or_default();
    let attachment = ATTACHMENTS.contains(&kind.as_ref());
    let kind = match kind.as_ref() {
        "" => "unknown".to_owned(),
        kind => kind.chars().take(40).collect(),
    };
    Part::Unread(Unread { kind, attachment, length: 0, loc: node.loc() })
}

/// A member of a message that could not be read, by its key.
pub fn unread_as(key: &str, node: Node<'_>) -> Part {
    Part::Unread(Unread { kind: key.chars().take(40).collect(), attachment: false, length: 0, loc: node.loc() })
}

/// What is no words by nature, in the words of OpenAI, Anthropic, the GenAI conventions, LiveKit and Vercel AI.
const ATTACHMENTS: [&str; 21] = [
    "image",
    "image_url",
    "input_image",
    "image_content",
    "audio",
    "audio_url",
    "input_audio",
    "audio_content",
    "video",
    "video_url",
    "input_video",
    "document",
    "file",
    "file_reference",
    "binary",
    "input_file",
    "blob",
    "uri",
    "media",
    "container_upload",
    "computer_screenshot",
];

/// Types of parts that are words; some have none.
const TEXTS: [&str; 6] = ["", "text", "input_text", "output_text", "summary_text", "refusal"];

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
        if let [only] = blocks[..]
            && let Some(text) = only.any(&["text", "content"]).filter(|_| kind(only) == "text").and_then(Node::text)
        {
            return Some(text);
        }
        // Bedrock's blocks have no types.
        if let [only] = blocks[..]
            && let Some(inner) = only.any(&["json", "text"]).filter(|_| only.entries().count() == 1)
        {
            return Some(inner.json_text());
        }
    }
    Some(body.json_text())
}

/// The same for a list of blocks: one without any is an answer without words, not the text of an empty list.
pub fn blocks_text(body: Node<'_>) -> Option<Text> {
    let text = content_text(body)?;
    let empty = body.is_array() && body.items().next().is_none();
    Some(if empty { text.slice(1, 1).unwrap_or(text) } else { text })
}

/// True when a content holds tool results as typed parts.
pub fn holds_results(body: Node<'_>) -> bool {
    body.items().any(|item| is_result(&kind(item)) || item.any(&UNTYPED_RESULT).is_some() || haystack(item).is_some())
}

/// What a part is of. Microsoft.Extensions.AI, LlamaIndex and Semantic Kernel name its type otherwise.
pub fn kind(node: Node<'_>) -> Cow<'_, str> {
    ["type", "$type", "block_type", "content_type"].into_iter().find_map(|key| node.str_at(key)).unwrap_or_default()
}

fn is_result(kind: &str) -> bool {
    matches!(
        kind,
        "tool_result"
            | "mcp_tool_result"
            | "tool_call_response"
            | "server_tool_call_response"
            | "tool-result"
            | "functionResult"
            | "function_result"
    ) || kind.ends_with("_tool_result")
}

/// Gemini and Bedrock have no types: a part is what its only member says.
const UNTYPED_CALL: [&str; 3] = ["functionCall", "function_call", "toolUse"];
const UNTYPED_RESULT: [&str; 3] = ["functionResponse", "function_response", "toolResult"];
/// Code that Gemini writes and runs itself, and what came of it.
pub const UNTYPED_CODE: [&str; 2] = ["executableCode", "executable_code"];
const UNTYPED_OUTPUT: [&str; 2] = ["codeExecutionResult", "code_execution_result"];
const UNTYPED_ATTACHMENT: [&str; 8] =
    ["inlineData", "inline_data", "fileData", "file_data", "image", "document", "video", "audio"];

fn ran_in_snake_case(node: Node<'_>) -> bool {
    node.get("code_execution_result").is_some()
}

/// The parts of Haystack's `ChatMessage`: `{tool_call: {tool_name, arguments, id}}` and `{tool_call_result: {result, origin, error}}`.
fn haystack(node: Node<'_>) -> Option<Part> {
    let id = |call: Node<'_>| call.str_at("id").map(|s| s.into_owned());
    if let Some(call) = node.get("tool_call").filter(|c| c.get("tool_name").is_some()) {
        let name = call.get("tool_name").and_then(Node::text)?;
        return Some(Part::Call(CallPart {
            id: id(call),
            name,
            arguments: call.get("arguments").map(Node::json_text),
        }));
    }
    let answered = node.get("tool_call_result")?;
    let origin = answered.get("origin")?;
    Some(Part::Result(ResultPart {
        id: id(origin),
        name: origin.str_at("tool_name").map(|s| s.into_owned()),
        arguments: origin.get("arguments").map(|a| a.json_text().text),
        content: answered.get("result").and_then(content_text),
        transport: match answered.get("error").and_then(Node::bool) {
            Some(true) => Transport::Error,
            Some(false) => Transport::Ok,
            None => Transport::Unknown,
        },
        error: None,
        loc: node.loc(),
    }))
}

fn untyped(node: Node<'_>) -> Option<Part> {
    if let Some(part) = haystack(node) {
        return Some(part);
    }
    let id = |n: Node<'_>| n.any(&["id", "toolUseId"]).and_then(|n| n.str().map(|s| s.into_owned()));
    if let Some(call) = node.any(&UNTYPED_CALL).filter(|c| c.is_object()) {
        let arguments = call.any(&["args", "arguments", "input"]).map(Node::json_text);
        let named = call.get("name").and_then(Node::text);
        return Some(named.map_or_else(|| unread(node), |name| Part::Call(CallPart { id: id(call), name, arguments })));
    }
    if node.any(&UNTYPED_ATTACHMENT).is_some_and(|a| a.is_object()) && node.get("type").is_none() {
        return Some(Part::Unread(Unread { kind: "file".to_owned(), attachment: true, length: 0, loc: node.loc() }));
    }
    // Bedrock's reasoning, what a guard looks at, and words with their sources.
    // Haystack's reasoning.
    if let Some(thought) = node.get("reasoning").filter(|r| node.get("type").is_none() && r.is_object()) {
        return thought.get("reasoning_text").and_then(Node::text).map(Part::Reasoning);
    }
    if let Some(thought) = node.get("reasoningContent").and_then(|r| r.get("reasoningText")) {
        return thought.get("text").and_then(Node::text).map(Part::Reasoning);
    }
    if let Some(text) = node.get("guardContent").and_then(|g| g.get("text")?.get("text")?.text()) {
        return Some(Part::Text(text));
    }
    if let Some(list) = node.get("citationsContent").and_then(|c| c.get("content")) {
        let mut words = list.items();
        return match (words.next().and_then(|only| only.get("text")?.text()), words.next()) {
            (Some(text), None) => Some(Part::Text(text)),
            _ => Some(unread(node)),
        };
    }
    if node.get("thought").and_then(Node::bool) == Some(true) {
        return node.get("text").and_then(Node::text).map(Part::Reasoning);
    }
    if let Some(key) = UNTYPED_CODE.into_iter().find(|key| node.get(key).is_some_and(Node::is_object)) {
        let code = node.get(key)?;
        return Some(Part::Call(CallPart { id: None, name: code.key_text(key), arguments: Some(code.json_text()) }));
    }
    if let Some(ran) = node.any(&UNTYPED_OUTPUT).filter(|r| r.is_object()) {
        return Some(Part::Result(ResultPart {
            id: None,
            name: UNTYPED_CODE.into_iter().find(|key| key.contains('_') == ran_in_snake_case(node)).map(str::to_owned),
            arguments: None,
            content: ran.get("output").and_then(Node::text),
            transport: match ran.str_at("outcome").as_deref() {
                Some("OUTCOME_OK") => Transport::Ok,
                Some("OUTCOME_FAILED" | "OUTCOME_DEADLINE_EXCEEDED") => Transport::Error,
                _ => Transport::Unknown,
            },
            error: None,
            loc: node.loc(),
        }));
    }
    let result = node.any(&UNTYPED_RESULT).filter(|r| r.is_object())?;
    let content = result.any(&["response", "content"]);
    // By the documentation of Gemini's `FunctionResponse`, `output` and `error` say what the whole is.
    let only = result.get("response").filter(|r| r.entries().count() == 1);
    let output = only.and_then(|r| r.get("output")).and_then(Node::text);
    let error = only.and_then(|r| r.get("error")).and_then(Node::text);
    Some(Part::Result(ResultPart {
        id: id(result),
        name: result.str_at("name").map(|s| s.into_owned()),
        arguments: None,
        content: if error.is_some() { None } else { output.or_else(|| content.and_then(blocks_text)) },
        transport: match result.str_at("status").as_deref() {
            Some("success") => Transport::Ok,
            Some("error") => Transport::Error,
            _ if error.is_some() => Transport::Error,
            _ => Transport::Unknown,
        },
        error,
        loc: node.loc(),
    }))
}

/// Reads one part; `None` only for what is empty by design, such as reasoning that the provider keeps to itself.
fn part(node: Node<'_>) -> Option<Part> {
    // Asked whether a call may be made, and the answer, in Microsoft's Agent Framework: the call inside is made elsewhere, if at all.
    if kind(node).starts_with("function_approval_") {
        return Some(unread(node));
    }
    if let Some(part) = untyped(node) {
        return Some(part);
    }
    // Bedrock marks where a prompt is cached, and keeps some reasoning to itself.
    if node.get("cachePoint").is_some()
        || node.has("block_type", "cache")
        || node.get("reasoningContent").is_some_and(|r| r.get("redactedContent").is_some())
    {
        return None;
    }
    // Gemini carries a signature of its thoughts along, in a part of its own.
    if node.any(&["thoughtSignature", "thought_signature"]).is_some() && node.get("text").is_none() {
        return None;
    }
    let kind = kind(node);
    let id = |keys: &[&str]| node.any(keys).and_then(|n| n.str().map(|s| s.into_owned()));
    match kind.as_ref() {
        "thinking" | "reasoning" | "text_reasoning" | "think" => {
            thought(node, node.any(&["thinking", "text", "content", "reasoning", "think"])?)
        }
        "redacted_thinking" => None,
        // Microsoft's Agent Framework counts tokens in a part, and keeps files in one of their own.
        "usage" if node.any(&["usage_details", "details"]).is_some() => None,
        "data" | "hosted_file" if node.any(&["uri", "file_id"]).is_some() => {
            Some(Part::Unread(Unread { kind: "file".to_owned(), attachment: true, length: 0, loc: node.loc() }))
        }
        "tool_use" | "server_tool_use" | "mcp_tool_use" | "tool_call" | "server_tool_call" | "tool-call"
        | "toolCall" | "function_call" | "functionCall" => {
            let inner = node.get("function").filter(|f| f.is_object()).unwrap_or(node);
            let Some(name) = inner.any(&["name", "toolName", "tool_name"]).and_then(Node::text) else {
                return Some(unread(node));
            };
            Some(Part::Call(CallPart {
                id: id(&["call_id", "id", "toolCallId", "tool_call_id", "callId"]),
                name,
                arguments: inner
                    .any(&["input", "arguments", "args", "tool_kwargs", "server_tool_call"])
                    .map(Node::json_text),
            }))
        }
        kind if is_result(kind) => {
            let flag = node.any(&["is_error", "isError"]).and_then(Node::bool);
            // Amp tells what became of a call in an object of its own.
            let run = node.get("run").filter(|r| r.is_object());
            let body = node
                .any(&["content", "response", "result", "output", "server_tool_call_response", "tool_result"])
                .or_else(|| run?.any(&["result", "error"]));
            // The answer of a hosted tool that failed says so in its type: `web_search_tool_result_error`.
            let told = body.and_then(|b| b.str_at("type")).unwrap_or_default();
            let failed = told.ends_with("_tool_result_error") || matches!(told.as_ref(), "error-text" | "error-json");
            let denied = told == "execution-denied";
            // What a function raised, in Microsoft's Agent Framework.
            let raised = node.get("exception").and_then(Node::text).filter(|text| !text.text.is_empty());
            let failed = failed || raised.is_some();
            let of_blocks = node.get("content").is_some();
            let text = if of_blocks { blocks_text } else { content_text };
            let content = body.and_then(vercel_output).or_else(|| body.and_then(text));
            Some(Part::Result(ResultPart {
                // Where both are there, `id` is the part's own.
                id: id(&["tool_use_id", "call_id", "id", "toolCallId", "tool_call_id", "toolUseID", "callId"]),
                name: id(&["name", "toolName", "tool_name"]),
                arguments: None,
                error: raised.filter(|_| content.is_none()),
                content,
                // Anthropic leaves `is_error` out where the call worked; absent is not false, so it stays unknown.
                transport: match flag {
                    Some(true) => Transport::Error,
                    Some(false) => Transport::Ok,
                    None if failed => Transport::Error,
                    None if denied => Transport::Declined,
                    None => run.map_or(Transport::Unknown, run_status),
                },
                loc: node.loc(),
            }))
        }
        "compaction" => Some(Part::Compacted(node.any(&["content", "text"]).and_then(Node::text))),
        kind if ATTACHMENTS.contains(&kind) => Some(unread(node)),
        // A call or a result under a type that is not known is nobody's words.
        kind if !TEXTS.contains(&kind) && node.entries().any(|(key, _)| account::may_hold_calls(&key)) => {
            Some(unread(node))
        }
        // `text`, `input_text`, `output_text`, `refusal`, and parts without a type.
        _ => match node.any(&["text", "content", "refusal"]).and_then(Node::text) {
            Some(text) => Some(Part::Text(text)),
            None => Some(unread(node)),
        },
    }
}

/// What a model thought: a text, or a list with one text, as Mistral writes it. None for an empty list.
fn thought(node: Node<'_>, body: Node<'_>) -> Option<Part> {
    if let Some(text) = body.text() {
        return Some(Part::Reasoning(text));
    }
    let mut pieces = body.items();
    let first = pieces.next()?;
    let only = first.text().or_else(|| first.get("text")?.text()).filter(|_| pieces.next().is_none());
    Some(only.map_or_else(|| unread(node), Part::Reasoning))
}

/// What became of a call, in the words of Amp.
fn run_status(run: Node<'_>) -> Transport {
    let code = run.get("result").and_then(|r| r.get("exitCode")).and_then(Node::i64);
    match run.str_at("status").as_deref() {
        Some("done") if code.is_some_and(|code| code != 0) => Transport::Error,
        Some("done") => Transport::Ok,
        Some("error" | "cancelled") => Transport::Error,
        Some("rejected-by-user") => Transport::Declined,
        Some("in-progress" | "queued" | "blocked-on-user") => Transport::Missing,
        _ => Transport::Unknown,
    }
}

/// Vercel AI wraps a tool's output as `{"type": "text" | "json", "value": …}`.
fn vercel_output(body: Node<'_>) -> Option<Text> {
    let kind = body.str_at("type")?;
    match kind.as_ref() {
        "text" | "json" | "error-text" | "error-json" => body.get("value").map(Node::json_text),
        "content" => content_text(body.get("value")?),
        _ => None,
    }
}
