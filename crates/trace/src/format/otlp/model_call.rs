//! One model call, from its span and its log records.

use super::genai::{self, Messages};
use super::span::{Log, Span};
use super::{adk, aside, flat, livekit, openinference, rest, traceloop, vercel};
use crate::item::{Item, Left, ModelRun, Output, Part, Session};
use crate::locator::Bases;
use crate::model::{Event, EventKind, Finish, Gap, GapKind, ModelCall, Text};
use crate::node::Node;
use crate::payload::{self, Lists};

/// The provider's id of the answer.
pub fn response_id(span: &Span<'_>) -> Option<String> {
    span.attrs.str(&["gen_ai.response.id", "llm.response.id", "ai.response.id"])
}

/// The ID of a response that OpenInference keeps whole, and of the one that it goes on from: then the request holds only what is new.
fn chained(span: &Span<'_>, bases: &mut Bases) -> (Option<String>, Option<String>) {
    const BEFORE: &str = "previous_response_id";
    let whole = span.attrs.get("output.value").filter(|value| value.may_contain(BEFORE)).and_then(Node::nested);
    let Some(whole) = whole else { return (None, None) };
    let whole = whole.root(bases);
    let id = |key: &str| whole.str_at(key).filter(|id| id.starts_with("resp")).map(|id| id.into_owned());
    (id("id"), id(BEFORE))
}

/// True when a span holds anything of what was said. Cheap: it looks at names.
pub fn has_words(span: &Span<'_>) -> bool {
    const KEYS: [&str; 6] = [
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.prompt",
        "gen_ai.completion",
        "input.value",
        "output.value",
    ];
    const PREFIXES: [&str; 4] = ["gen_ai.prompt.", "gen_ai.completion.", "llm.input_messages.", "llm.output_messages."];
    span.attrs.any(&KEYS).is_some()
        || livekit::has_words(&span.attrs)
        || vercel::has_words(&span.attrs)
        || adk::has_words(&span.attrs)
        || genai::has_listed_events(span)
        || PREFIXES.iter().any(|p| span.attrs.has_prefix(p))
        || span.events.iter().any(|(name, attrs)| name.starts_with("gen_ai.") && !attrs.all.is_empty())
}

/// What is said of a call without its messages.
pub fn not_captured(span: &Span<'_>) -> Gap {
    gap(
        "a model call was recorded without its messages (content capture was off, or the logs that contain them are not among the files)",
        span,
    )
}

fn gap(what: &str, span: &Span<'_>) -> Gap {
    Gap { kind: GapKind::ContentNotCaptured, what: what.to_owned(), loc: Some(span.node.loc()), event: None }
}

/// True for a call that ended with an error, and has no answer for that reason.
pub fn failed(span: &Span<'_>) -> bool {
    let raised = || span.events.iter().any(|(name, _)| name == "exception");
    span.failed || span.attrs.get("error.type").is_some() || raised()
}

/// What a model call became.
pub struct Became {
    /// False where its messages were not captured.
    pub captured: bool,
    /// Which part of its input is there, where a part is missing.
    pub left: Option<Left>,
}

/// Reads it into a session.
pub fn read<'d>(
    span: &Span<'d>,
    records: &[&Log<'d>],
    lists: &mut Lists<'d>,
    agent: Option<String>,
    cut_off: bool,
    session: &mut Session,
    out: &mut Output,
) -> Became {
    let attrs = &span.attrs;
    let mut found = Messages::default();
    if attrs.get("openinference.span.kind").is_some() || attrs.has_prefix("llm.input_messages.") {
        session.tools.extend(openinference::tools(attrs, &mut out.bases));
        found = openinference::messages(span, &mut out.bases);
    }
    // A kind says nothing of who wrote the messages: processors and exporters add it to spans of other libraries.
    found = if !found.is_empty() || found.left.is_some() {
        found
    } else if livekit::has_words(attrs) {
        livekit::messages(span, cut_off, &mut out.bases)
    } else if adk::has_words(attrs) {
        session.tools.extend(adk::tools(attrs, &mut out.bases));
        adk::messages(span, &mut out.bases)
    } else if vercel::has_words(attrs) {
        vercel::messages(span, &mut out.bases)
    } else if flat::is_listed(attrs, "gen_ai.prompt.") || flat::is_listed(attrs, "gen_ai.completion.") {
        session.tools.extend(traceloop::tools(attrs));
        traceloop::messages(span, &mut out.bases)
    } else {
        Messages::default()
    };
    if found.is_empty() {
        let left = found.left;
        found = genai::messages(span, records, lists, &mut out.bases);
        found.left = found.left.or(left.filter(|_| found.is_empty()));
    }
    let left = found.left;
    if let Some(tools) = attrs.any(&["gen_ai.tool.definitions", "gen_ai.request.tools", "ai.prompt.tools"]) {
        session.tools.extend(payload::tools(tools, &mut out.bases));
    }
    let captured = found.captured();
    if !captured {
        found = Messages::default();
    }
    payload::untangle(&mut found.input, &mut found.output);
    // One side is missing, or both: it may be there under a name that no dialect has.
    let (asked, answered) = (!found.input.is_empty(), !found.output.is_empty());
    let elsewhere = if asked && answered { None } else { rest::words_elsewhere(span, asked) };
    // The AI SDK writes both sides; by the conventions, a writer may capture only what was asked.
    if asked && !answered && elsewhere.is_none() && vercel::is_any(span) && !failed(span) {
        session.gaps.push(gap("a model call was recorded without its answer, and without an error", span));
    }
    let unread = found
        .input
        .iter()
        .chain(&found.output)
        .flat_map(|msg| &msg.parts)
        .any(|part| matches!(part, Part::Unread(u) if u.kind == payload::MESSAGES));
    match elsewhere {
        _ if unread => out.unread_as(span.node, payload::MESSAGES),
        Some(key) => out.unread_as(span.node, &format!("attribute {key}")),
        None => out.mapped(span.node),
    }
    let (own, previous) = chained(span, &mut out.bases);
    let run = ModelRun {
        call: ModelCall {
            model: attrs.str(&[
                "gen_ai.response.model",
                "gen_ai.request.model",
                "llm.model_name",
                "llm.response.model",
                "ai.response.model",
                "ai.model.id",
            ]),
            start: span.start,
            end: span.end,
            input_tokens: number(
                span,
                &[
                    "gen_ai.usage.input_tokens",
                    "gen_ai.usage.prompt_tokens",
                    "llm.token_count.prompt",
                    "ai.usage.inputTokens",
                    "ai.usage.promptTokens",
                ],
            ),
            output_tokens: number(
                span,
                &[
                    "gen_ai.usage.output_tokens",
                    "gen_ai.usage.completion_tokens",
                    "llm.token_count.completion",
                    "ai.usage.outputTokens",
                    "ai.usage.completionTokens",
                ],
            ),
            finish: finish(span, &mut out.bases),
            loc: span.node.loc(),
        },
        input: found.input,
        output: found.output,
        agent: agent.clone(),
        response_id: response_id(span).or(own).filter(|_| captured),
        previous: previous.filter(|_| captured),
    };
    session.items.push(match left {
        None => Item::Model(run),
        Some(part) => Item::Rest(part, run),
    });
    // A failure comes after what it put an end to.
    if span.failed
        && let Some(text) = span.status_message.or_else(|| attrs.get("error.type")).and_then(Node::text)
    {
        let kind = EventKind::Error { text };
        let time = span.end.or(span.start);
        session.items.push(Item::Event(Event { time, ..aside::event(kind, span, agent) }));
    }
    Became { captured, left }
}

fn number(span: &Span<'_>, keys: &[&str]) -> Option<i64> {
    span.attrs.any(keys)?.i64()
}

fn finish(span: &Span<'_>, bases: &mut Bases) -> Option<(Finish, Text)> {
    const KEYS: [&str; 4] = [
        "gen_ai.response.finish_reasons",
        "llm.finish_reason",
        "gen_ai.completion.0.finish_reason",
        "ai.response.finishReason",
    ];
    let text = match span.attrs.any(&KEYS) {
        Some(node) if node.is_array() => node.items().next()?.text()?,
        Some(node) => node.text()?,
        // The conventions once had it with each message of the answer.
        None => {
            let said = span.attrs.get("gen_ai.output.messages")?;
            let of_message = |list: Node<'_>| list.items().next()?.get("finish_reason")?.text();
            match said.nested() {
                Some(nested) => of_message(nested.root(bases))?,
                None => of_message(said)?,
            }
        }
    };
    Some((Finish::from_word(&text.text), text))
}

/// Reads the log records of a call whose span is in no file.
pub fn without_span<'d>(records: &[&Log<'d>], lists: &mut Lists<'d>, session: &mut Session, out: &mut Output) {
    let Some(first) = records.first() else { return };
    let mut found = genai::of_logs(records, lists, &mut out.bases);
    if !found.captured() {
        found = Messages::default();
        session.gaps.push(Gap {
            kind: GapKind::ContentNotCaptured,
            what: "a model call has log records, but their bodies are empty (content capture was off)".to_owned(),
            loc: Some(first.node.loc()),
            event: None,
        });
    }
    let call = ModelCall {
        model: records.iter().find_map(|r| r.attrs.str(&["gen_ai.response.model", "gen_ai.request.model"])),
        start: first.time,
        end: records.last().and_then(|r| r.time),
        input_tokens: None,
        output_tokens: None,
        finish: None,
        loc: first.node.loc(),
    };
    let Messages { input, output, .. } = found;
    session.items.push(Item::Model(ModelRun { call, input, output, agent: None, response_id: None, previous: None }));
}
