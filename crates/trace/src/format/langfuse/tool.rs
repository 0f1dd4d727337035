//! Observations of tools at work.

use super::gather::Observation;
use super::observe::attribute;
use crate::item::{MsgRole, Part, ResultPart, ToolRun};
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::payload;

/// Reads a tool's observation.
pub fn run(seen: &Observation<'_>, agent: Option<String>, bases: &mut Bases) -> Option<ToolRun> {
    let answer = seen.output.and_then(|o| tool_message(o, bases));
    let named = attribute(seen, &["gen_ai.tool.name", "ai.toolCall.name", "tool.name"], bases);
    let name = named.or_else(|| seen.name?.text().and_then(bare_name))?;
    let id = attribute(seen, &["gen_ai.tool.call.id", "ai.toolCall.id", "tool_call.id", "tool_call_id"], bases);
    let mut run = ToolRun {
        id: id.map(|t| t.text),
        name,
        arguments: seen.input.map(Node::json_text),
        content: None,
        // Langfuse has no flag for a tool that worked: its level is `DEFAULT` also where nobody looked.
        transport: if seen.failed { Transport::Error } else { Transport::Unknown },
        error: seen.status.and_then(Node::text).filter(|_| seen.failed),
        start: seen.start,
        end: seen.end,
        agent,
        span: Some((seen.id.clone(), seen.parent.clone())),
        loc: seen.node.loc(),
    };
    match answer {
        Some(answer) => {
            run.id = run.id.or(answer.id);
            run.content = answer.content;
            if !seen.failed {
                run.transport = answer.transport;
            }
        }
        None => run.content = seen.output.map(Node::json_text),
    }
    if run.content.is_none() && run.error.is_none() && seen.end.is_none() && !seen.failed {
        run.transport = Transport::Missing;
    }
    Some(run)
}

/// True for a plain span that is a tool at work all the same: LangChain returns a tool's message from it.
pub fn is_tool_span(seen: &Observation<'_>, bases: &mut Bases) -> bool {
    seen.output.is_some_and(|o| tool_message(o, bases).is_some())
}

/// The one tool message that an observation put out.
fn tool_message(output: Node<'_>, bases: &mut Bases) -> Option<ResultPart> {
    let read = |node: Node<'_>| {
        if !node.is_object() || node.get("tool_call_id").is_none() {
            return None;
        }
        let msg = payload::message(node).filter(|m| m.role == MsgRole::Tool)?;
        msg.parts.into_iter().find_map(|p| if let Part::Result(r) = p { Some(r) } else { None })
    };
    match output.nested() {
        Some(nested) => read(nested.root(bases)),
        None => read(output),
    }
}

/// The tool's name out of a span's: instrumentations put words before it.
fn bare_name(name: Text) -> Option<Text> {
    let prefix = ["running tool: ", "execute_tool ", "tool: "].into_iter().find(|p| name.text.starts_with(p));
    match prefix {
        Some(prefix) => name.slice(prefix.len(), name.text.len()),
        None => Some(name),
    }
}
