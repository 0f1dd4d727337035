//! What the tests of formats share.

use crate::locator::{Resolver, evidence_of};
use crate::model::{Event, EventKind, Text, Trace, Transport};
use crate::{Evidence, Reading, read};

/// Reads one file; it has to be readable.
pub fn reading(name: &str, text: &str) -> Reading {
    let evidence = [Evidence::new(name, text.as_bytes().to_vec())];
    let reading = read(&evidence).unwrap_or_else(|e| panic!("{e}"));
    for trace in &reading.sessions {
        every_text_is_where_it_says(trace, &evidence);
    }
    reading
}

/// The sessions of one file.
pub fn all(name: &str, text: &str) -> Vec<Trace> {
    reading(name, text).sessions
}

/// The only session of one file.
pub fn one(name: &str, text: &str) -> Trace {
    let mut found = all(name, text);
    assert_eq!(found.len(), 1, "sessions: {:?}", found.iter().map(|t| &t.key).collect::<Vec<_>>());
    found.remove(0)
}

/// What was said, in order.
pub fn texts(trace: &Trace) -> Vec<&str> {
    trace
        .events
        .iter()
        .flat_map(|e| if let EventKind::Message { texts, .. } = &e.kind { texts.as_slice() } else { &[] })
        .map(|t| t.text.as_str())
        .collect()
}

/// The events in short: who, or what with its joins.
pub fn kinds(trace: &Trace) -> Vec<String> {
    let join = |to: &Option<u32>| to.map_or("none".to_owned(), |n| n.to_string());
    let short = |e: &Event| match &e.kind {
        EventKind::Message { role, interrupted, .. } => {
            format!("{}{}", format!("{role:?}").to_lowercase(), if *interrupted { " (interrupted)" } else { "" })
        }
        EventKind::Reasoning { .. } => "reasoning".to_owned(),
        EventKind::ToolCall { name, result, .. } => format!("call {} -> {}", name.text, join(result)),
        EventKind::ToolResult { call, transport, .. } => format!("result {transport:?} <- {}", join(call)),
        EventKind::Guardrail { name, verdict, .. } => format!("guardrail {} {verdict:?}", name.text),
        EventKind::Handoff { from, to } => format!("handoff {} -> {}", from.as_deref().unwrap_or("?"), to.text),
        EventKind::Retrieval { documents, .. } => format!("retrieval {documents:?}"),
        EventKind::Context { lost, .. } => format!("context lost={lost}"),
        EventKind::Error { text } => format!("error {}", text.text),
    };
    trace.events.iter().map(short).collect()
}

/// All texts of an event.
fn texts_of(event: &Event) -> Vec<&Text> {
    match &event.kind {
        EventKind::Message { texts, .. } => texts.iter().collect(),
        EventKind::Reasoning { text } | EventKind::Error { text } => vec![text],
        EventKind::ToolCall { name, arguments, .. } => [Some(name), arguments.as_ref()].into_iter().flatten().collect(),
        EventKind::ToolResult { content, error, .. } => {
            [content.as_ref(), error.as_ref()].into_iter().flatten().collect()
        }
        EventKind::Guardrail { name, action, detail, .. } => {
            [Some(name), action.as_ref(), detail.as_ref()].into_iter().flatten().collect()
        }
        EventKind::Handoff { to, .. } => vec![to],
        EventKind::Retrieval { query, source, .. } => [query.as_ref(), Some(source)].into_iter().flatten().collect(),
        EventKind::Context { .. } => Vec::new(),
    }
}

/// The invariant that the product rests on.
pub fn every_text_is_where_it_says(trace: &Trace, evidence: &[Evidence]) {
    let mut resolvers: Vec<_> = evidence.iter().map(Resolver::new).collect();
    let tools = trace.tools.iter().flat_map(|t| {
        [Some(&t.name), t.description.as_ref(), t.parameters.as_ref(), t.output_schema.as_ref()].into_iter().flatten()
    });
    let finishes = trace.model_calls.iter().filter_map(|c| c.finish.as_ref().map(|f| &f.1));
    for text in trace.events.iter().flat_map(texts_of).chain(tools).chain(finishes).chain(&trace.users) {
        let index = evidence_of(&trace.bases, text.loc.base).expect("evidence") as usize;
        let locator =
            resolvers[index].locate(&trace.bases, text.loc).unwrap_or_else(|| panic!("no place for {text:?}"));
        assert_eq!(resolvers[index].text(&locator).as_deref(), Some(text.text.as_str()), "at {locator}");
    }
    let places = trace
        .events
        .iter()
        .map(|e| e.loc)
        .chain(trace.model_calls.iter().map(|c| c.loc))
        .chain(trace.gaps.iter().filter_map(|g| g.loc));
    for loc in places {
        let index = evidence_of(&trace.bases, loc.base).expect("evidence") as usize;
        assert!(resolvers[index].locate(&trace.bases, loc).is_some(), "no place for {loc:?}");
    }
}

/// The transport outcomes, in order.
pub fn transports(trace: &Trace) -> Vec<Transport> {
    let outcome =
        |e: &Event| if let EventKind::ToolResult { transport, .. } = &e.kind { Some(*transport) } else { None };
    trace.events.iter().filter_map(outcome).collect()
}

/// A conversation on one line, in OpenAI's form; without an id where that is empty.
pub fn chat_line(number: usize, id: &str) -> String {
    let id = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
    format!(
        r#"{{{id}"messages":[{{"role":"user","content":"Question {number}"}},{{"role":"assistant","content":"Answer {number}\n{}"}}]}}"#,
        "and more ".repeat(number % 5)
    )
}
