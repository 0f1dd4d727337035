//! OpenLLMetry before it took over the GenAI conventions: `gen_ai.prompt.N.*` and `gen_ai.completion.N.*`.

use super::flat::{Entry, group, value};
use super::genai::Messages;
use super::lost;
use super::span::{Attrs, Span};
use crate::item::{CallPart, Msg, MsgRole, Part};
use crate::locator::Bases;
use crate::model::ToolDef;
use crate::node::Node;
use crate::payload;

/// The messages of a model span.
pub fn messages(span: &Span<'_>, bases: &mut Bases) -> Messages {
    let asked = group(span.attrs.all.iter().map(|(k, v)| (k.as_ref(), *v)), "gen_ai.prompt.");
    let (asked, left) = lost::intact(asked, "role", "gen_ai.completion.", span);
    Messages {
        input: asked.iter().filter_map(|entry| message(entry, bases)).collect(),
        output: listed(&span.attrs, "gen_ai.completion.", bases),
        left,
    }
}

/// The tools that the model was offered.
pub fn tools(attrs: &Attrs<'_>) -> Vec<ToolDef> {
    let pairs = attrs.all.iter().map(|(k, v)| (k.as_ref(), *v));
    let defs = group(pairs, "llm.request.functions.").into_values().filter_map(|entry| {
        Some(ToolDef {
            name: value(&entry, "name")?.text()?,
            description: value(&entry, "description").and_then(Node::text),
            parameters: value(&entry, "parameters").or_else(|| value(&entry, "input_schema")).map(Node::json_text),
            output_schema: None,
        })
    });
    defs.collect()
}

fn listed(attrs: &Attrs<'_>, prefix: &str, bases: &mut Bases) -> Vec<Msg> {
    let pairs = attrs.all.iter().map(|(k, v)| (k.as_ref(), *v));
    group(pairs, prefix).values().filter_map(|entry| message(entry, bases)).collect()
}

fn message(entry: &Entry<'_, '_>, bases: &mut Bases) -> Option<Msg> {
    let first = entry.first()?.1;
    let role = value(entry, "role").and_then(|r| payload::role(r.str()?.as_ref())).unwrap_or(MsgRole::Assistant);
    let mut msg = Msg::new(role, first.loc());
    let content = value(entry, "content");
    if let Some(calls) = content.and_then(|c| payload::listed_calls(c, bases)) {
        msg.role = MsgRole::Assistant;
        msg.parts = calls;
        return Some(msg);
    }
    if role == MsgRole::Tool {
        let id = value(entry, "tool_call_id").and_then(|n| n.str().map(|s| s.into_owned()));
        super::flat_tool_answer(&mut msg, id, content);
        return Some(msg);
    }
    if let Some(calls) = content.filter(|_| role == MsgRole::Assistant).and_then(|c| payload::called_blocks(c, bases)) {
        msg.parts = calls;
    } else if let Some(content) = content {
        // Content in parts is written as JSON into the string.
        match content.nested().filter(|_| content.str().is_some_and(|s| s.starts_with("[{"))) {
            Some(nested) => {
                let parts = payload::as_parts(nested.root(bases));
                if parts.is_empty() {
                    msg.parts.extend(content.text().map(Part::Text));
                }
                msg.parts.extend(parts);
            }
            None => msg.parts.extend(content.text().map(Part::Text)),
        }
    }
    let known = payload::called_ids(&msg.parts);
    for call in group(entry.iter().copied(), "tool_calls.").into_values() {
        let Some(name) = value(&call, "name").and_then(Node::text) else {
            msg.parts.extend(call.first().map(|(_, node)| payload::unread(*node)));
            continue;
        };
        let id = value(&call, "id").and_then(|n| n.str().map(|s| s.into_owned()));
        if id.as_ref().is_some_and(|id| known.contains(id)) {
            continue;
        }
        let arguments = value(&call, "arguments").map(Node::json_text);
        msg.parts.push(Part::Call(CallPart { id, name, arguments }));
    }
    Some(msg)
}
