//! Messages of the Claude Agent SDK for Python, as `asdict` or `vars` give them: `{content, model, parent_tool_use_id, …}`.
//!
//! They are the messages of the stream without the envelope, and without types: a message and a block are known by their members,
//! unless whoever wrote them added the name of the class. The user's have no session.

use crate::format::parts;
use crate::item::{CallPart, Part, ResultPart};
use crate::node::Node;
use crate::payload;
use std::borrow::Cow;

/// The type of a line in the words of the stream.
pub fn kind(line: Node<'_>) -> Option<Cow<'_, str>> {
    own(line).map(Cow::Borrowed).or_else(|| line.str_at("type"))
}

/// True for a message of this form.
pub fn is_one(line: Node<'_>) -> bool {
    own(line).is_some()
}

/// How surely it is one: a name makes it surer.
pub fn score(line: Node<'_>) -> Option<u32> {
    Some(match (own(line)?, line.get("type").is_some()) {
        (_, true) => 92,
        ("system", false) => 50,
        _ => 84,
    })
}

/// Members of a message that are looked at.
const KEYS: usize = 40;

fn own(line: Node<'_>) -> Option<&'static str> {
    if !line.is_object() || line.get("message").is_some() {
        return None;
    }
    let class = line.str_at("type");
    let is = |name: &str| class.as_deref().is_none_or(|class| class == name);
    // Null in all messages but those of a sub-agent.
    let nested = || line.get("role").is_none() && line.entries().take(KEYS).any(|(key, _)| key == "parent_tool_use_id");
    if line.get("content").is_some() && nested() {
        return match line.get("model").is_some() {
            true => is("AssistantMessage").then_some("assistant"),
            false => is("UserMessage").then_some("user"),
        };
    }
    if line.get("num_turns").is_some() && line.get("subtype").is_some() && line.get("session_id").is_some() {
        return is("ResultMessage").then_some("result");
    }
    if line.get("data").is_some_and(Node::is_object) && line.get("subtype").is_some_and(Node::is_str) {
        // Notices about tasks and hooks have classes of their own.
        return class.is_none_or(|class| class.ends_with("Message")).then_some("system");
    }
    let session = line.get("session_id").is_some();
    if session && line.get("event").is_some_and(Node::is_object) && nested() {
        return is("StreamEvent").then_some("stream_event");
    }
    (session && line.get("rate_limit_info").is_some() && is("RateLimitEvent")).then_some("rate_limit_event")
}

/// Where the content of a line stands: in its message, or in the line itself.
pub fn inner(line: Node<'_>) -> Option<Node<'_>> {
    line.get("message").or_else(|| is_one(line).then_some(line))
}

/// The parts of a message.
pub fn parts(content: Node<'_>) -> Vec<Part> {
    if !content.is_array() {
        return payload::as_parts(content);
    }
    let mut unread = 0;
    let enough = |part: &Part| {
        unread += usize::from(matches!(part, Part::Unread(_)));
        unread <= payload::UNREAD || !matches!(part, Part::Unread(_))
    };
    content.items().filter_map(block).filter(enough).collect()
}

fn block(node: Node<'_>) -> Option<Part> {
    let text = |key: &str| node.get(key).and_then(Node::text);
    let id = |key: &str| node.str_at(key).map(|id| id.into_owned());
    if node.is_str() || node.get("type").is_some() {
        return payload::as_part(node);
    }
    if node.get("tool_use_id").is_some() {
        return Some(Part::Result(ResultPart {
            id: id("tool_use_id"),
            name: None,
            arguments: None,
            content: node.get("content").and_then(payload::answer_text),
            transport: parts::failed(node.get("is_error").and_then(Node::bool)),
            error: None,
            loc: node.loc(),
        }));
    }
    if let (Some(name), Some(input)) = (text("name"), node.get("input")) {
        return Some(Part::Call(CallPart { id: id("id"), name, arguments: Some(input.json_text()) }));
    }
    let words = text("thinking").map(Part::Reasoning).or_else(|| text("text").map(Part::Text));
    Some(words.unwrap_or_else(|| payload::unread(node)))
}

/// True for a block that calls a tool.
pub fn is_call(block: Node<'_>) -> bool {
    block.has("type", "tool_use") || block.get("type").is_none() && block.get("input").is_some()
}

/// The calls that a message without a session belongs to: those that it answers, or that started who speaks in it.
pub fn calls(line: Node<'_>) -> impl Iterator<Item = Cow<'_, str>> {
    let results = line.get("content").into_iter().flat_map(Node::items).filter_map(|block| block.str_at("tool_use_id"));
    line.str_at("parent_tool_use_id").into_iter().chain(results)
}
