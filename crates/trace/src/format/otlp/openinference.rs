//! OpenInference: messages as numbered attributes.

use super::flat::{Entry, group, value};
use super::genai::Messages;
use super::lost;
use super::span::{Attrs, Span};
use crate::item::{CallPart, Msg, MsgRole, Part, Unread};
use crate::locator::Bases;
use crate::model::ToolDef;
use crate::node::Node;
use crate::payload;

/// The messages of an LLM span.
pub fn messages(span: &Span<'_>, bases: &mut Bases) -> Messages {
    let asked = group(span.attrs.all.iter().map(|(k, v)| (k.as_ref(), *v)), "llm.input_messages.");
    let (asked, left) = lost::intact(asked, "message.role", "llm.output_messages.", span);
    let mut found = Messages {
        input: asked.iter().filter_map(|entry| message(entry, bases)).collect(),
        output: listed(&span.attrs, "llm.output_messages.", bases),
        left,
    };
    super::smolagents::untangle(&mut found.input);
    // One side may be there as a whole only.
    let mut read = |side: &str, role| {
        let value = span.attrs.get(&format!("{side}.value"));
        let is_text = || {
            span.attrs.get(&format!("{side}.mime_type")).is_some_and(|kind| kind.str().as_deref() == Some("text/plain"))
        };
        let value = value.filter(|value| !payload::is_nothing(*value) || is_text());
        value.map(|value| payload::said(value, role, bases)).unwrap_or_default()
    };
    if found.input.is_empty() && left.is_none() {
        found.input = read("input", MsgRole::User);
    }
    if found.output.is_empty() {
        found.output = read("output", MsgRole::Assistant);
    }
    found
}

/// True for a step of LlamaIndex that makes the arguments of a model call ready, and that its instrumentation takes for a model call
/// of its own: its messages are Python objects as text.
pub fn prepares(span: &Span<'_>) -> bool {
    let attrs = &span.attrs;
    let listed = ["llm.input_messages.", "llm.output_messages.", "llm.token_count."];
    let text = attrs.get("input.value").filter(|value| value.may_contain("Message(")).and_then(Node::str);
    text.is_some_and(|text| payload::holds_python_repr(&text)) && !listed.iter().any(|prefix| attrs.has_prefix(prefix))
}

/// The tools that the model was offered.
pub fn tools(attrs: &Attrs<'_>, bases: &mut Bases) -> Vec<ToolDef> {
    let pairs = attrs.all.iter().map(|(k, v)| (k.as_ref(), *v));
    // Langfuse keeps them with what the model was asked.
    let asked = attrs.get("langfuse.observation.input").and_then(Node::nested).filter(|nested| !nested.cut);
    let offered = asked.as_ref().and_then(|nested| nested.root(bases).get("tools"));
    let mut found = offered.map(|list| payload::tools(list, bases)).unwrap_or_default();
    for entry in group(pairs, "llm.tools.").into_values() {
        let Some(schema) = value(&entry, "tool.json_schema") else { continue };
        match schema.nested() {
            Some(nested) => found.extend(payload::tool(nested.root(bases))),
            None => found.extend(payload::tool(schema)),
        }
    }
    found
}

/// The messages that a plain object of attributes spells out, such as those under `llm.output_messages.`.
pub fn numbered_messages(attributes: Node<'_>, prefix: &str, bases: &mut Bases) -> Vec<Msg> {
    let pairs: Vec<_> = attributes.entries().filter(|(key, _)| key.starts_with(prefix)).collect();
    let entries = group(pairs.iter().map(|(key, node)| (key.as_ref(), *node)), prefix);
    entries.values().filter_map(|entry| message(entry, bases)).collect()
}

fn listed(attrs: &Attrs<'_>, prefix: &str, bases: &mut Bases) -> Vec<Msg> {
    let pairs = attrs.all.iter().map(|(k, v)| (k.as_ref(), *v));
    group(pairs, prefix).values().filter_map(|entry| message(entry, bases)).collect()
}

/// True where a content says in one what the parts beside it say again, which some instrumentations write both.
fn repeats(whole: Node<'_>, parts: &[Node<'_>]) -> bool {
    let Some(whole) = whole.str() else { return false };
    let said: Vec<_> = parts.iter().filter_map(|part| part.str()).collect();
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let whole = letters(&whole);
    !said.is_empty() && (said.iter().any(|part| letters(part) == whole) || letters(&said.concat()) == whole)
}

fn message(entry: &Entry<'_, '_>, bases: &mut Bases) -> Option<Msg> {
    let first = entry.first()?.1;
    let role = value(entry, "message.role").and_then(|r| role(r.str()?.as_ref())).unwrap_or(MsgRole::Assistant);
    let mut msg = Msg::new(role, first.loc());
    let content = value(entry, "message.content");
    if role == MsgRole::Tool {
        let id = value(entry, "message.tool_call_id").and_then(|n| n.str().map(|s| s.into_owned()));
        let mut parts = part_texts(entry).into_iter();
        super::flat_tool_answer(&mut msg, id, content.or_else(|| parts.next()));
        // An answer is one text; of several parts only the first can be it.
        msg.parts.extend(parts.map(payload::unread));
        return Some(msg);
    }
    let parts = part_texts(entry);
    msg.parts.extend(attachments(entry));
    let content = content.filter(|whole| !repeats(*whole, &parts));
    for node in content.into_iter().chain(parts) {
        // LangChain writes a block that calls a tool as text.
        match payload::called_blocks(node, bases).filter(|_| role == MsgRole::Assistant) {
            Some(blocks) => msg.parts.extend(blocks),
            None => msg.parts.push(node.text().map_or_else(|| payload::unread(node), Part::Text)),
        }
    }
    let known = payload::called_ids(&msg.parts);
    for call in group(entry.iter().copied(), "message.tool_calls.").into_values() {
        let Some(name) = value(&call, "tool_call.function.name").and_then(Node::text) else {
            msg.parts.extend(call.first().map(|(_, node)| payload::unread(*node)));
            continue;
        };
        let id = value(&call, "tool_call.id").and_then(|n| n.str().map(|s| s.into_owned()));
        if id.as_ref().is_some_and(|id| known.contains(id)) {
            continue;
        }
        let arguments = value(&call, "tool_call.function.arguments").map(Node::json_text);
        msg.parts.push(Part::Call(CallPart { id, name, arguments }));
    }
    Some(msg)
}

/// smolagents gives the model its calls and their results as text, under roles of its own.
fn role(word: &str) -> Option<MsgRole> {
    match word {
        "tool-call" | "tool-response" => Some(MsgRole::Harness),
        _ => payload::role(word),
    }
}

/// The parts of a content that are no text, such as images.
fn attachments(entry: &Entry<'_, '_>) -> Vec<Part> {
    const STEMS: [&str; 5] = ["image", "audio", "video", "file", "document"];
    let parts = group(entry.iter().copied(), "message.contents.").into_values();
    let attached = parts.filter_map(|part| {
        let named = value(&part, "message_content.type").filter(|kind| kind.is_str());
        let kind = named.and_then(Node::str).unwrap_or_default();
        let member = |key: &str| {
            key.strip_prefix("message_content.").is_some_and(|rest| STEMS.iter().any(|stem| rest.starts_with(stem)))
        };
        let held = part.iter().find(|(key, _)| member(key)).map(|(_, node)| *node);
        let is_one = held.is_some() || STEMS.iter().any(|stem| kind.contains(stem));
        let at = held.or(named).filter(|_| is_one && value(&part, "message_content.text").is_none())?;
        let kind = if kind.is_empty() { "attachment".to_owned() } else { kind.into_owned() };
        Some(Part::Unread(Unread { kind, attachment: true, length: 0, loc: at.loc() }))
    });
    attached.collect()
}

fn part_texts<'d>(entry: &Entry<'_, 'd>) -> Vec<Node<'d>> {
    let parts = group(entry.iter().copied(), "message.contents.");
    let typed = parts.into_values().filter_map(|p| value(&p, "message_content.text"));
    // Some instrumentations number the contents themselves.
    let bare = group(entry.iter().copied(), "message.content.").into_values().filter_map(|p| value(&p, ""));
    typed.chain(bare).collect()
}
