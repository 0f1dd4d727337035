//! Observations of tools at work.

use super::gather::Observation;
use super::observe::attribute;
use crate::format::parts::MERGED_TOOLS;
use crate::item::{MsgRole, Part, ResultPart, ToolRun};
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::payload;

/// Where instrumentations keep what a tool was called with, and what it answered, among the attributes.
const ARGUMENTS: [&str; 6] = [
    "gen_ai.tool.call.arguments",
    "ai.toolCall.args",
    "gcp.vertex.agent.tool_call_args",
    "tool_arguments",
    "tool.parameters",
    "input.value",
];
const ANSWERS: [&str; 5] = [
    "gen_ai.tool.call.result",
    "ai.toolCall.result",
    "gcp.vertex.agent.tool_response",
    "tool_response",
    "output.value",
];

/// Reads a tool's observation. `around` is the next tool's that it lies in, where no model is at work between the two.
pub fn run(
    seen: &Observation<'_>,
    agent: Option<String>,
    around: Option<String>,
    bases: &mut Bases,
) -> Option<ToolRun> {
    // The ADK's instrumentation also notes a model's answer, which is empty, and Langfuse shows that as the tool's.
    let output = seen.output.filter(|o| !is_empty(*o));
    let answer = output.and_then(|o| tool_message(o, true, bases));
    let named = attribute(seen, &["gen_ai.tool.name", "ai.toolCall.name", "tool.name"]);
    let name = named.or_else(|| seen.name?.text().and_then(bare_name))?;
    let id = attribute(seen, &IDS);
    let mut run = ToolRun {
        id: id.map(|t| t.text),
        name,
        arguments: seen.input.map(|n| arguments(n, bases)).or_else(|| attribute(seen, &ARGUMENTS)),
        content: None,
        // Langfuse has no flag for a tool that worked: its level is `DEFAULT` also where nobody looked.
        transport: if seen.failed { Transport::Error } else { Transport::Unknown },
        error: seen.status.and_then(Node::text).filter(|_| seen.failed),
        start: seen.start,
        end: seen.end,
        agent,
        span: Some((seen.id.clone(), around.or_else(|| seen.parent.clone()))),
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
        None => {
            let told = || attribute(seen, &ANSWERS);
            run.content = output.map(Node::json_text).or_else(told).or_else(|| seen.output.map(Node::json_text));
            if output.is_some_and(|o| is_flagged(o, bases)) {
                run.transport = Transport::Error;
            }
        }
    }
    let silent = run.content.is_none() && run.error.is_none() && !seen.failed;
    if silent && (seen.end.is_none() || is_note(seen)) {
        run.transport = Transport::Missing;
    }
    Some(run)
}

fn is_empty(node: Node<'_>) -> bool {
    match node.str() {
        Some(text) => text.trim() == "{}",
        None => node.is_object() && node.entries().next().is_none(),
    }
}

/// What a tool was called with. CrewAI notes the call among all that its function was given.
fn arguments(input: Node<'_>, bases: &mut Bases) -> Text {
    let inner = |root: Node<'_>| {
        let calling = root.get("calling").filter(|c| c.get("tool_name").is_some());
        calling.and_then(|c| c.get("arguments")).filter(|a| a.is_object()).map(Node::json_text)
    };
    let found = match input.nested() {
        Some(nested) => inner(nested.root(bases)),
        None => inner(input),
    };
    found.unwrap_or_else(|| input.json_text())
}

const IDS: [&str; 4] = ["gen_ai.tool.call.id", "ai.toolCall.id", "tool_call.id", "tool_call_id"];

/// True for an observation of a tool at work, whatever its type: what reaches Langfuse through OpenTelemetry is often a plain
/// span, and LangChain returns a tool's message from one.
pub fn is_one(seen: &Observation<'_>, bases: &mut Bases) -> bool {
    if is_merged(seen) {
        return false;
    }
    match seen.kind.as_str() {
        "TOOL" => true,
        "SPAN" | "CHAIN" | "EVENT" | "AGENT" => is_tool_span(seen, bases) || is_marked(seen) || is_note(seen),
        _ => false,
    }
}

/// True for the answers of parallel calls together, which each have an observation of their own.
pub fn is_merged(seen: &Observation<'_>) -> bool {
    let named = attribute(seen, &["gen_ai.tool.name"]).or_else(|| seen.name?.text());
    named.is_some_and(|name| matches!(name.text.as_str(), MERGED_TOOLS | "execute_tool (merged)"))
}

fn is_marked(seen: &Observation<'_>) -> bool {
    let word = |key: &str| attribute(seen, &[key]).map(|t| t.text.to_ascii_lowercase());
    let kind = word("openinference.span.kind").or_else(|| word("traceloop.span.kind"));
    match (kind.as_deref(), word("gen_ai.operation.name").as_deref()) {
        (Some("tool"), _) | (_, Some("execute_tool")) => true,
        (Some(_), _) | (_, Some(_)) => false,
        (None, None) => seen.kind == "SPAN" && attribute(seen, &["gen_ai.tool.name", "ai.toolCall.name"]).is_some(),
    }
}

/// BeeAI's ReAct agent notes the tool that it is about to use, and once more with the answer, in spans of its own steps.
fn is_note(seen: &Observation<'_>) -> bool {
    let step = attribute(seen, &["openinference.span.kind"]).is_some_and(|k| k.text.eq_ignore_ascii_case("agent"));
    step && attribute(seen, &["tool.name"]).is_some() && attribute(seen, &["tool.parameters"]).is_some()
}

/// True for a plain span that is a tool at work all the same: LangChain returns a tool's message from it.
fn is_tool_span(seen: &Observation<'_>, bases: &mut Bases) -> bool {
    seen.output.is_some_and(|o| tool_message(o, false, bases).is_some())
}

/// The one tool message that an observation put out: as such, as the repr of LangChain's object, or inside of what a graph's
/// tool wants changed in its state. `whole` says that nothing else can be in it.
fn tool_message(output: Node<'_>, whole: bool, bases: &mut Bases) -> Option<ResultPart> {
    let read = |node: Node<'_>, bases: &mut Bases| {
        let inner = node.get("kwargs").unwrap_or(node);
        let mut messages = match inner.get("tool_call_id") {
            Some(_) => payload::message(node).into_iter().collect(),
            None if whole => payload::messages(node.get("update").unwrap_or(node), bases),
            None => Vec::new(),
        };
        let only = messages.pop().filter(|m| m.role == MsgRole::Tool && messages.is_empty())?;
        only.parts.into_iter().find_map(|p| if let Part::Result(r) = p { Some(r) } else { None })
    };
    match output.nested() {
        Some(nested) => read(nested.root(bases), bases),
        None if output.is_str() => of_repr(output),
        None => read(output, bases),
    }
}

/// `content='…' name='…' tool_call_id='…'`, as the handler for LangChain wrote a tool's message. What is escaped in it stays so.
fn of_repr(output: Node<'_>) -> Option<ResultPart> {
    let text = output.text()?;
    let rest = text.text.strip_prefix("content=")?;
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let at = rest.rfind(" tool_call_id='")?;
    let id = rest[at + " tool_call_id='".len()..].split('\'').next()?.to_owned();
    let end = [" name=", " id=", " additional_kwargs=", " tool_call_id="]
        .iter()
        .filter_map(|key| rest.find(&format!("{quote}{key}")));
    let from = "content=".len() + 1;
    let content = text.slice(from, "content=".len() + end.min()?);
    let failed = rest[at..].contains("status='error'");
    let transport = if failed { Transport::Error } else { Transport::Unknown };
    Some(ResultPart { id: Some(id), name: None, arguments: None, content, transport, error: None, loc: output.loc() })
}

/// True where an answer's own flag says that it is an error.
fn is_flagged(output: Node<'_>, bases: &mut Bases) -> bool {
    let flag = |node: Node<'_>| node.any(&["is_error", "isError"]).and_then(Node::bool) == Some(true);
    match output.nested() {
        Some(nested) => flag(nested.root(bases)),
        None => flag(output),
    }
}

/// The tool's name out of a span's: instrumentations put words before it.
fn bare_name(name: Text) -> Option<Text> {
    let prefix =
        ["running tool: ", "execute_tool ", "tools/call ", "tool: "].into_iter().find(|p| name.text.starts_with(p));
    match prefix {
        Some(prefix) => name.slice(prefix.len(), name.text.len()),
        None => Some(name),
    }
}
