//! Runs of tools.

use super::gather::Run;
use crate::item::{Part, ResultPart, ToolRun};
use crate::locator::Bases;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::payload;

/// Reads a tool's run; `None` where it has no name.
pub fn run(run: &Run<'_>, agent: Option<String>, bases: &mut Bases) -> Option<ToolRun> {
    let name = run.get("name").and_then(Node::text)?;
    let arguments = run.read("inputs", bases, |root, _| Some(arguments(root)));
    let called = run.read("extra", bases, |extra, _| extra.str_at("tool_call_id").map(|s| s.into_owned()));
    let answer = run.read("outputs", bases, answer);
    let error = run.error().and_then(Node::text);
    let ended = run.end.is_some()
        || answer.is_some()
        || run.get("status").is_some_and(|s| s.str().is_some_and(|s| s == "success"));
    // LangGraph stopped the tool to ask somebody: it has not answered.
    let stopped = run.get("error").is_some() && error.is_none();
    let said = answer.as_ref().map(|a| a.transport);
    let transport = match (&error, said) {
        (Some(_), _) => Transport::Error,
        (None, Some(Transport::Unknown)) => Transport::Ok,
        (None, Some(told)) => told,
        (None, None) if stopped || !ended => Transport::Missing,
        (None, None) => Transport::Unknown,
    };
    let (id, content) = answer.map_or((None, None), |a| (a.id, a.content));
    Some(ToolRun {
        id: called.or(id),
        name,
        arguments,
        content,
        transport,
        error,
        start: run.start,
        end: run.end,
        agent,
        span: Some((run.id.clone(), run.parent.clone())),
        loc: run.node.loc(),
    })
}

/// The words of a tool's answer.
pub fn answered(run: &Run<'_>, bases: &mut Bases) -> Option<String> {
    run.read("outputs", bases, answer)?.content.map(|content| content.text)
}

/// LangChain hands the arguments over as text under `input`; functions that are traced have their own names there.
fn arguments(root: Node<'_>) -> Text {
    let mut members = root.entries().filter(|(_, n)| !n.is_null());
    let only = members.next().filter(|_| members.next().is_none());
    let input = only.filter(|(key, n)| key == "input" && looks_whole(*n)).map(|(_, n)| n);
    input.unwrap_or(root).json_text()
}

/// True for an object, or for one that was written as text by Python or as JSON.
fn looks_whole(node: Node<'_>) -> bool {
    node.is_object()
        || node.str().is_some_and(|text| text.trim_start().starts_with('{') && text.trim_end().ends_with('}'))
}

fn answer(root: Node<'_>, bases: &mut Bases) -> Option<ResultPart> {
    let inner = root.get("output").unwrap_or(root);
    let message = payload::message(inner).or_else(|| payload::messages(inner, bases).into_iter().next());
    let told =
        message.and_then(|m| m.parts.into_iter().find_map(|p| if let Part::Result(r) = p { Some(r) } else { None }));
    told.or_else(|| {
        let (id, content) = inner.text().map(printed).unwrap_or_else(|| (None, inner.json_text()));
        Some(ResultPart {
            id,
            name: None,
            arguments: None,
            content: Some(content),
            transport: Transport::Unknown,
            error: None,
            loc: inner.loc(),
        })
    })
}

/// Older versions wrote a tool's message as Python prints it: `content='…' name='refund' tool_call_id='c1'`. Its words are
/// taken out where nothing in them is escaped.
fn printed(text: Text) -> (Option<String>, Text) {
    let Some((before, id)) = text.text.strip_prefix("content='").and_then(|t| t.rsplit_once(" tool_call_id='")) else {
        return (None, text);
    };
    let id = id.split_once('\'').map(|(id, _)| id.to_owned());
    let end = before.rfind("' name='").or_else(|| before.strip_suffix('\'').map(str::len));
    let words = end.filter(|&end| !before[..end].contains(['\'', '\\']));
    let start = "content='".len();
    let content = words.and_then(|end| text.slice(start, start + end));
    (id, content.unwrap_or(text))
}
