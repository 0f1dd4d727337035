//! The OpenTelemetry GenAI conventions: messages in attributes (new), in span events, or in log records (old).

use super::span::{Attrs, Log, Span};
use super::{adot, log};
use crate::hash::HashSet;
use crate::item::{Left, Msg, MsgRole, Part, Unread};
use crate::locator::Bases;
use crate::node::Node;
use crate::payload::{self, Lists};
use std::borrow::Cow;

/// The event that carries a call's messages since version 1.37.
pub const DETAILS: &str = "gen_ai.client.inference.operation.details";

/// Stands for the attribute under which the body of an ADOT event is kept.
pub const BODY: &str = "gen_ai.event.body";

/// What a span and its log records say of one model call.
#[derive(Default)]
pub struct Messages {
    pub input: Vec<Msg>,
    pub output: Vec<Msg>,
    /// Which part of the input is there, where a part is missing.
    pub left: Option<Left>,
}

impl Messages {
    pub fn is_empty(&self) -> bool {
        self.input.is_empty() && self.output.is_empty()
    }

    /// True when at least something of what was said or done is there.
    pub fn captured(&self) -> bool {
        self.input.iter().chain(&self.output).any(|m| !m.parts.is_empty())
    }
}

/// The messages, from wherever this instrumentation put them.
pub fn messages<'d>(span: &Span<'d>, logs: &[&Log<'d>], lists: &mut Lists<'d>, bases: &mut Bases) -> Messages {
    let mut found = from_attributes(&span.attrs, lists, bases);
    if found.is_empty() {
        let mut details = Details::default();
        for (_, attrs) in span.events.iter().filter(|(name, _)| name == DETAILS) {
            details.take(attrs, lists, bases);
        }
        found = details.found;
    }
    if found.is_empty() {
        let events = span.events.iter().map(|(name, attrs)| (name.as_str(), attrs));
        found = log::from_span_events(events, bases);
        // Each message is an event, and a span holds only so many of these.
        if !found.is_empty() && span.lost_events() {
            found.left = Some(if found.output.is_empty() { Left::Beginning } else { Left::End(None) });
        }
    }
    if found.is_empty() && has_listed_events(span) {
        found = listed_events(span, bases);
    }
    if found.is_empty() {
        // Before 1.28: one JSON string each, as attribute.
        found.input = read(&span.attrs, "gen_ai.prompt", MsgRole::User, bases);
        found.output = read(&span.attrs, "gen_ai.completion", MsgRole::Assistant, bases);
    }
    if found.is_empty() {
        found = of_logs(logs, lists, bases);
    }
    found
}

/// True where the events of a model call are a list in one attribute, as pydantic-ai's first version has them.
pub fn has_listed_events(span: &Span<'_>) -> bool {
    span.attrs.get("events").is_some_and(|events| {
        events.may_contain("gen_ai.") && (events.is_array() || events.str().is_some_and(|text| text.starts_with('[')))
    })
}

fn listed_events(span: &Span<'_>, bases: &mut Bases) -> Messages {
    let Some(events) = span.attrs.get("events") else { return Messages::default() };
    match events.nested() {
        Some(nested) => log::from_list(nested.root(bases)),
        None => log::from_list(events),
    }
}

/// The messages in the log records of one model call, of the newer kind or the older.
pub fn of_logs<'d>(logs: &[&Log<'d>], lists: &mut Lists<'d>, bases: &mut Bases) -> Messages {
    let mut details = Details::default();
    for log in logs.iter().filter(|l| l.name == DETAILS) {
        let took = details.take(&log.attrs, lists, bases);
        // Earlier drafts had the same names in the body.
        if let Some(body) = log.body.filter(|_| !took) {
            details.take(&Attrs::new(body.entries().collect()), lists, bases);
        }
    }
    let found = details.found;
    if found.is_empty() { log::from_records(logs) } else { found }
}

/// The messages of one model call whose events each carry a part of them: the instructions, what was asked, what was answered.
#[derive(Default)]
struct Details {
    found: Messages,
    /// The attributes that were read: an event that is repeated adds nothing.
    read: HashSet<(String, u64)>,
}

impl Details {
    /// Adds what an event holds; false where that is nothing.
    fn take<'d>(&mut self, attrs: &Attrs<'d>, lists: &mut Lists<'d>, bases: &mut Bases) -> bool {
        let of_messages = |name: &str| {
            let rest = ["gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages", BODY];
            rest.iter().any(|k| name.starts_with(k)) || WHOLE_RUN.contains(&name)
        };
        let told: Vec<_> = attrs.all.iter().filter(|(name, _)| of_messages(name)).cloned().collect();
        let anything = !told.is_empty();
        let is_new =
            |(name, node): &(Cow<'d, str>, Node<'d>)| self.read.insert((name.clone().into_owned(), node.fingerprint()));
        let fresh: Vec<_> = told.into_iter().filter(is_new).collect();
        if !fresh.is_empty() {
            let more = from_attributes(&Attrs::new(fresh), lists, bases);
            if !more.input.is_empty() {
                // A further exchange: what was answered before it is history.
                self.found.input.append(&mut self.found.output);
            }
            self.found.input.extend(more.input);
            self.found.output.extend(more.output);
        }
        anything
    }
}

fn from_attributes<'d>(attrs: &Attrs<'d>, lists: &mut Lists<'d>, bases: &mut Bases) -> Messages {
    if let Some(body) = attrs.get(BODY) {
        return adot::messages(body, bases);
    }
    let mut input = Vec::new();
    if let Some(system) = attrs.get("gen_ai.system_instructions") {
        let nested = system.nested();
        let msg = match &nested {
            Some(nested) => payload::system_message(nested.root(bases)),
            None => payload::system_message(system),
        };
        input.extend(msg);
    }
    let asked = attrs.get("gen_ai.input.messages").and_then(|node| lists.messages(node, bases));
    if asked.is_none() && !attrs.has_prefix("gen_ai.input.messages") && !attrs.has_prefix("gen_ai.output.messages") {
        return whole_run(attrs, input, bases);
    }
    input.extend(asked.unwrap_or_else(|| read(attrs, "gen_ai.input.messages", MsgRole::User, bases)));
    let mut output = read(attrs, "gen_ai.output.messages", MsgRole::Assistant, bases);
    for msg in &mut output {
        // A few writers leave the role out of what the model said.
        if msg.role == MsgRole::User {
            msg.role = MsgRole::Assistant;
        }
    }
    if output.len() > 1 && attrs.get("gen_ai.output.messages").is_some_and(|node| are_choices(node, bases)) {
        payload::first_choice(&mut output, 0);
    }
    Messages { input, output, left: None }
}

/// True where each message of an output ended by itself and calls nothing: by the conventions, each is then another answer to the
/// same request.
fn are_choices(node: Node<'_>, bases: &mut Bases) -> bool {
    let ended = |msg: Node<'_>| {
        let of_words = |part: Node<'_>| part.get("type").is_none_or(|_| part.has("type", "text"));
        msg.str_at("finish_reason").is_some_and(|reason| reason == "stop" || reason == "length")
            && msg.get("parts").is_some_and(|parts| parts.items().all(of_words))
    };
    match node.nested() {
        Some(nested) => nested.root(bases).items().all(ended),
        None => node.items().all(ended),
    }
}

/// All messages of a run of pydantic-ai's, which it writes beside its agent's span.
pub const WHOLE_RUN: [&str; 2] = ["pydantic_ai.all_messages", "all_messages_events"];

/// What a run ended with is its answer.
fn whole_run(attrs: &Attrs<'_>, mut input: Vec<Msg>, bases: &mut Bases) -> Messages {
    let mut found = attrs.any(&WHOLE_RUN).map(|node| said(node, MsgRole::User, bases)).unwrap_or_default();
    let answer = found.iter().rposition(|msg| msg.role != MsgRole::Assistant).map_or(0, |at| at + 1);
    let output = found.split_off(answer);
    if found.first().is_some_and(|msg| msg.role == MsgRole::System) {
        input.clear();
    }
    input.extend(found);
    Messages { input, output, left: None }
}

/// The messages of an attribute; words without any form are what its side of the conversation said.
fn read(attrs: &Attrs<'_>, key: &str, role: MsgRole, bases: &mut Bases) -> Vec<Msg> {
    let Some(node) = attrs.get(key).filter(|node| !payload::is_nothing(*node)) else { return Vec::new() };
    let mut found = said(node, role, bases);
    // A list of objects is messages by the conventions, whatever its members are called.
    if key.ends_with(".messages")
        && let [only] = &mut found[..]
        && let [Part::Text(text)] = &only.parts[..]
        && text.text.trim_start().starts_with("[{")
        && node.nested().is_some_and(|nested| nested.root(bases).items().all(Node::is_object))
    {
        let loc = text.loc;
        only.parts =
            vec![Part::Unread(Unread { kind: payload::MESSAGES.to_owned(), attachment: false, length: 0, loc })];
    }
    found
}

/// As [`payload::said`]; an attribute that holds no words at all was damaged.
pub fn said(node: Node<'_>, role: MsgRole, bases: &mut Bases) -> Vec<Msg> {
    let found = payload::said(node, role, bases);
    if !found.is_empty() || node.is_str() || node.is_array() {
        return found;
    }
    vec![payload::unread_message(node, role)]
}
