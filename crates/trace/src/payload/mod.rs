//! Messages of any provider, wherever they stand.
//!
//! Tracing systems carry payloads in the provider's own form: the input of a Langfuse generation may be OpenAI
//! chat messages, Responses items, Anthropic blocks, GenAI parts or LangChain messages. Each form is one small
//! file; this one tells them apart, again for every value and inside every JSON string.

mod blocks;
mod cut_mark;
mod hosted;
mod langchain;
mod message;
mod part;
mod plain;
mod python_repr;
mod react;
mod repeated;
mod responses;
mod side;
mod tools;
mod vercel;
mod withheld;
mod xml_calls;

pub use blocks::{blocks, parts as only_parts};
pub use cut_mark::{ends_cut, is_cut};
pub use langchain::tool_answer;
pub use message::{are_calls, as_role, call, message, role, role_word};
pub use plain::{looks_like_turns, turns};
pub use python_repr::holds_one as holds_python_repr;
pub use react::{answered_call, last_words};
pub use repeated::Lists;
pub use responses::ran_hosted;
pub use side::{asked, asked_after, is_nothing, only_text, spoken};
pub use tools::{disguised_tools, tool, tools};
pub use withheld::{in_place_of, is_marked_short, is_shortened, is_shortened_by_litellm, is_withheld, withheld};
pub use xml_calls::{apart as untangle_xml, untangle as untangle_xml_calls};

use crate::account::text_looks_spoken;
use crate::hash::HashSet;
use crate::item::{CallPart, Msg, MsgRole, Part, Unread};
use crate::locator::Bases;
use crate::node::Node;

/// Extracts calls that are written as text, if the instructions of a request tell the model to write them that way.
pub fn untangle(input: &mut [Msg], output: &mut [Msg]) {
    if react::untangle(input, output) | xml_calls::untangle(input, output) {
        // What a message became depends on what is told anywhere in the list.
        input.iter_mut().for_each(|msg| msg.known = 0);
    }
}

/// The messages in a value: a list, one message, an object that holds a list, or any of these as JSON in a
/// string. Empty when the value holds none.
pub fn messages(node: Node<'_>, bases: &mut Bases) -> Vec<Msg> {
    let mut found = Vec::new();
    collect(node, bases, &mut found, 0);
    found
}

fn collect(node: Node<'_>, bases: &mut Bases, found: &mut Vec<Msg>, depth: usize) {
    if depth > 6 {
        return;
    }
    if node.is_str() {
        if let Some(nested) = node.nested() {
            let before = found.len();
            collect(nested.root(bases), bases, found, depth + 1);
            if nested.cut && found.len() > before {
                cut_off(node, found);
            }
        }
        return;
    }
    if node.is_array() {
        let before = found.len();
        let mut strange = Vec::new();
        // The tools that were called so far, and the messages that were searched for them. Only content that is not a message
        // by itself needs these.
        let (mut tools, mut heard) = (HashSet::default(), before);
        let mut reprs = false;
        for item in node.items() {
            let so_far = found.len();
            collect(item, bases, found, depth + 1);
            if found.len() == so_far {
                tools.extend(found[heard..].iter().flat_map(called));
                heard = so_far;
                found.extend(message::of_tool(item, &tools));
            }
            // Messages that were written as text one by one: once is enough to say so.
            if item.is_str() && found.len() == so_far && item.str().is_some_and(|s| python_repr::is_one(&s)) {
                found.extend(plain(item, MsgRole::User).filter(|_| !reprs));
                reprs = true;
                continue;
            }
            if found.len() == so_far && strange.len() < part::UNREAD && tools::disguised(item).is_none() {
                strange.push((so_far, item));
            }
        }
        // Among messages, what is none was one once, or is of a kind that is not known.
        if found.len() > before {
            for (place, item) in strange.into_iter().rev() {
                found.insert(place, unread_message(item, MsgRole::Assistant));
            }
        }
        return;
    }
    if !node.is_object() {
        return;
    }
    // Langfuse lists the tools on offer as if they were messages of a tool.
    if tools::disguised(node).is_some() {
        return;
    }
    if let Some(mut msg) = message(node) {
        calls_as_text(node, &mut msg, bases);
        blocks_as_text(node, &mut msg, bases);
        found.push(msg);
        return;
    }
    // A response object or a request that holds the list.
    for key in [
        "messages",
        "choices",
        "output",
        "input",
        "message",
        "generations",
        "items",
        "contents",
        "candidates",
        "content",
    ] {
        if let Some(inner) = node.get(key).filter(|n| n.is_array() || n.is_object()) {
            if matches!(key, "messages" | "input" | "contents")
                && let Some(system) = node.any(&["system", "instructions", "system_instruction", "systemInstruction"])
            {
                found.extend(system_message(system));
            }
            let before = found.len();
            collect(inner, bases, found, depth + 1);
            if matches!(key, "choices" | "candidates") {
                first_choice(found, before);
            }
            if found.len() > before {
                return;
            }
        }
    }
}

/// Leaves the first of several answers to one request, and says that there were more.
pub fn first_choice(found: &mut Vec<Msg>, from: usize) {
    let Some(second) = found.get(from + 1) else { return };
    let rest = Unread { kind: Unread::CHOICES.to_owned(), attachment: false, length: 0, loc: second.loc };
    found.truncate(from + 1);
    if let Some(first) = found.last_mut() {
        first.parts.push(Part::Unread(rest));
    }
}

/// The names of the tools that a message calls.
fn called(msg: &Msg) -> impl Iterator<Item = String> {
    msg.parts.iter().filter_map(|part| if let Part::Call(call) = part { Some(call.name.text.clone()) } else { None })
}

/// Koog writes the calls that a model makes as JSON into the words of a message, in the history into one of a tool.
fn calls_as_text(node: Node<'_>, msg: &mut Msg, bases: &mut Bases) {
    let Some(content) = node.get("content").filter(|c| c.str().is_some_and(|s| s.starts_with("[{\"function\""))) else {
        return;
    };
    if let Some(calls) = listed_calls(content, bases) {
        msg.role = MsgRole::Assistant;
        msg.parts = calls;
    }
}

/// LangChain hands blocks of a content on as text, each by itself or all as one list. A block that calls a tool is a call, told
/// once where the message has it beside its words too.
fn blocks_as_text(node: Node<'_>, msg: &mut Msg, bases: &mut Bases) {
    if !has_blocks_as_text(msg) {
        return;
    }
    let Some(body) = node.any(&["content", "parts"]) else { return };
    let words = body.items().filter_map(|part| part.any(&["text", "content"]));
    let sources: Vec<Node<'_>> = std::iter::once(body).chain(words).filter(|n| n.is_str()).collect();
    let mut known: HashSet<String> = called_ids(&msg.parts);
    let mut parts = Vec::with_capacity(msg.parts.len());
    for part in msg.parts.drain(..) {
        let source = match &part {
            Part::Text(text) if looks_like_blocks(&text.text) => {
                sources.iter().find(|n| n.text().is_some_and(|t| t.loc == text.loc)).copied()
            }
            _ => None,
        };
        match source.and_then(|source| called_blocks(source, bases)) {
            Some(blocks) => {
                let fresh = |part: &Part| match part {
                    Part::Call(CallPart { id: Some(id), .. }) => known.insert(id.clone()),
                    _ => true,
                };
                parts.extend(blocks.into_iter().filter(fresh));
            }
            None => parts.push(part),
        }
    }
    msg.parts = parts;
}

/// True where words of an agent may be blocks of a content.
fn has_blocks_as_text(msg: &Msg) -> bool {
    let looks = |part: &Part| matches!(part, Part::Text(text) if looks_like_blocks(&text.text));
    msg.role == MsgRole::Assistant && msg.parts.iter().any(looks)
}

fn looks_like_blocks(text: &str) -> bool {
    text.starts_with(['{', '[']) && text.contains("\"tool_use\"")
}

/// The IDs of the calls among some parts.
pub fn called_ids(parts: &[Part]) -> HashSet<String> {
    parts.iter().filter_map(|p| if let Part::Call(call) = p { call.id.clone() } else { None }).collect()
}

/// The parts in a text that is a block that calls a tool, or a list of blocks with one in it, and nothing else.
pub fn called_blocks(text: Node<'_>, bases: &mut Bases) -> Option<Vec<Part>> {
    let nested = text.nested().filter(|n| !n.cut)?;
    let root = nested.root(bases);
    let calls =
        |block: Node<'_>| block.has("type", "tool_use") && block.get("name").is_some() && block.get("input").is_some();
    let is_one = match root.is_array() {
        true => root.items().any(calls) && root.items().all(|block| block.get("type").is_some()),
        false => calls(root),
    };
    is_one.then(|| match root.is_array() {
        true => as_parts(root),
        false => as_part(root).into_iter().collect(),
    })
}

/// The calls in a text that is a list of calls in OpenAI's form, and nothing else.
pub fn listed_calls(content: Node<'_>, bases: &mut Bases) -> Option<Vec<Part>> {
    let nested = content.nested().filter(|n| !n.cut)?;
    let root = nested.root(bases);
    let is_call =
        |item: Node<'_>| item.has("type", "function") && item.get("function").is_some_and(|f| f.get("name").is_some());
    let calls: Vec<Part> = root.items().map(call).collect();
    (root.is_array() && !calls.is_empty() && root.items().all(is_call)).then_some(calls)
}

/// The last message of a record that breaks off: what a tool answered there is no answer, and that it breaks off is said.
fn cut_off(node: Node<'_>, found: &mut [Msg]) {
    let Some(last) = found.last_mut() else { return };
    last.parts.retain(|p| !matches!(p, Part::Result(_)));
    let text = node.text();
    let loc = text.as_ref().map_or(node.loc(), |t| t.loc);
    let length = text.map_or(0, |t| t.text.chars().count() as u32);
    last.parts.push(Part::Unread(Unread { kind: CUT_OFF.to_owned(), attachment: false, length, loc }));
}

/// Instructions that stand beside the messages: a string, or blocks of text.
pub fn system_message(node: Node<'_>) -> Option<Msg> {
    let mut msg = Msg::new(MsgRole::System, node.loc());
    let words = node.get("parts").unwrap_or(node);
    msg.parts.extend(part::texts(words).into_iter().map(Part::Text));
    (!msg.parts.is_empty()).then_some(msg)
}

/// The messages in a value, else the turns of a conversation that is plain text, else the bare string as what
/// somebody said.
pub fn said(node: Node<'_>, role: MsgRole, bases: &mut Bases) -> Vec<Msg> {
    let found = messages(node, bases);
    if !found.is_empty() {
        return found;
    }
    if let Some(msg) = blocks(node, role, bases) {
        return vec![msg];
    }
    let turns = node.text().map(|text| turns(&text)).unwrap_or_default();
    if turns.is_empty() { plain(node, role).into_iter().collect() } else { turns }
}

/// The kind of an unread part that is the repr of Python objects.
pub const PYTHON_REPR: &str = "Python repr";

/// The kind of an unread part that is messages or calls as JSON, of a form that is not known.
pub const MESSAGES: &str = "messages as JSON";

/// The kind of an unread part at which the record of messages breaks off.
pub const CUT_OFF: &str = "cut off";

/// A bare string as what somebody said.
pub fn plain(node: Node<'_>, role: MsgRole) -> Option<Msg> {
    let text = node.text().filter(|t| !t.text.trim().is_empty())?;
    if let Some(msg) = withheld(node, role) {
        return Some(msg);
    }
    let mut msg = Msg::new(role, text.loc);
    if python_repr::is_one(&text.text) || python_repr::holds_one(&text.text) {
        msg.parts.push(Part::Unread(Unread {
            kind: PYTHON_REPR.to_owned(),
            attachment: false,
            length: 0,
            loc: text.loc,
        }));
        return Some(msg);
    }
    // Messages as JSON of a form that is not known: nobody's words in it can be told apart.
    if text_looks_spoken(&text.text) {
        msg.parts.push(Part::Unread(Unread { kind: MESSAGES.to_owned(), attachment: false, length: 0, loc: text.loc }));
        return Some(msg);
    }
    msg.parts.push(Part::Text(text));
    Some(msg)
}

/// The calls in a list of their own: as objects, or each as JSON in a string, or the whole list as such.
pub fn calls(list: Node<'_>, bases: &mut Bases) -> Vec<Part> {
    if let Some(nested) = list.nested() {
        let root = nested.root(bases);
        return if root.is_array() { calls(root, bases) } else { vec![call(root)] };
    }
    let one = |item: Node<'_>| match item.nested() {
        Some(nested) => call(nested.root(bases)),
        None => call(item),
    };
    list.items().map(one).collect()
}

/// What a tool answered, as one text.
pub fn answer_text(content: Node<'_>) -> Option<crate::model::Text> {
    part::content_text(content)
}

/// How many things of one list are told to be unreadable, each in its place.
pub const UNREAD: usize = part::UNREAD;

/// Something in a conversation that could not be read.
pub fn unread(node: Node<'_>) -> Part {
    part::unread(node)
}

/// Something in a conversation that should have been a message of somebody, and could not be read.
pub fn unread_message(node: Node<'_>, role: MsgRole) -> Msg {
    let mut msg = Msg::new(role, node.loc());
    msg.parts.push(part::unread(node));
    msg
}

/// One part of a message's content; `None` for what is empty by design.
pub fn as_part(node: Node<'_>) -> Option<Part> {
    part::one(node)
}

/// The parts in a message's content.
pub fn as_parts(body: Node<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    part::parts(body, &mut parts);
    parts
}

#[cfg(test)]
mod tests;
