//! From sightings to a session: history is told once, calls are joined to results, gaps are named.

mod arguments;
mod history;
mod join;

use crate::item::{Item, ModelRun, Msg, MsgRole, Part, Session, Transcript, Unread};
use crate::locator::Bases;
use crate::model::{Event, EventKind, Gap, GapKind, ModelCall, Role, Stamp, SubAgent, Text, ToolDef, Trace, Transport};
use crate::payload;
use history::{History, Link, Seen};
use join::Joiner;
use std::sync::Arc;

/// What is said of a session in which nothing happened and that no reader says more about.
pub const SILENT: &str = "the session contains no messages, tool calls or other events";

/// Joins the sightings of one session into a trace.
pub fn assemble(session: Session, format: &'static str, bases: Arc<Bases>) -> Trace {
    let Session { key, key_kind, mut items, tools, gaps, sub_agents } = session;
    // Spans arrive unordered, children before parents. Where every item has a time it decides; otherwise the
    // order of the record does, since a time taken from elsewhere would only pretend to know.
    if items.iter().all(|i| i.start().is_some()) {
        items.sort_by_key(Item::start);
    }
    let mut builder = Builder { gaps, ..Builder::default() };
    let histories = items.iter().filter(|i| matches!(i, Item::Model(_) | Item::Transcript(_))).count();
    builder.history.told_once = histories <= 1;
    for item in items {
        builder.item(item);
    }
    builder.name_missing_results();
    builder.name_silence();
    builder.joiner.events.shrink_to_fit();
    let mut agents: Vec<String> = Vec::new();
    for agent in builder.joiner.events.iter().filter_map(|e| e.agent.as_ref()) {
        if !agents.contains(agent) {
            agents.push(agent.clone());
        }
    }
    let started = |(name, call): (String, Option<String>)| SubAgent {
        name,
        call: call.and_then(|id| builder.joiner.call_with_id(&id)),
    };
    Trace {
        key,
        key_kind,
        format,
        agents,
        sub_agents: sub_agents.into_iter().map(started).collect(),
        events: builder.joiner.events,
        model_calls: builder.model_calls,
        tools: unique_tools(tools),
        gaps: builder.gaps,
        bases,
    }
}

/// The same tools are offered at every model call; the first description of each name is kept, and a second
/// one only when it differs, since a tool that changed during a session matters.
fn unique_tools(tools: Vec<ToolDef>) -> Vec<ToolDef> {
    let mut kept: Vec<ToolDef> = Vec::new();
    for tool in tools {
        let text = |t: &Option<Text>| t.as_ref().map(|t| t.text.clone());
        let same = |k: &ToolDef| {
            k.name.text == tool.name.text
                && text(&k.parameters) == text(&tool.parameters)
                && text(&k.description) == text(&tool.description)
        };
        if !kept.iter().any(same) {
            kept.push(tool);
        }
    }
    kept
}

/// True when two calls ran at the same time, as far as is known.
fn at_once(a: &ModelCall, b: &ModelCall) -> bool {
    match (a.start, a.end, b.start, b.end) {
        (Some(a0), Some(a1), Some(b0), Some(b1)) => a0.ns < b1.ns && b0.ns < a1.ns,
        _ => false,
    }
}

fn not_read(role: MsgRole, unread: Unread) -> Gap {
    let Unread { kind, attachment, loc } = unread;
    let whose = match role {
        MsgRole::System => "the instructions",
        MsgRole::User => "a user message",
        MsgRole::Assistant => "an agent message",
        MsgRole::Tool => "a tool result",
        MsgRole::Harness => "a harness message",
    };
    if kind == payload::PYTHON_REPR {
        let side = if role == MsgRole::Assistant { "output" } else { "input" };
        let what = format!(
            "the {side} is a Python repr and was not read: the tracing library wrote objects as text, so speakers cannot be told apart"
        );
        return Gap { kind: GapKind::InputDropped, what, loc: Some(loc), event: None };
    }
    if kind == payload::CUT_OFF {
        let what = "the messages are truncated: the text ends in the middle, and the rest is missing".to_owned();
        return Gap { kind: GapKind::ContentTruncated, what, loc: Some(loc), event: None };
    }
    let (kind, what) = match attachment {
        true => {
            (GapKind::NotRead, format!("{whose} contains a part of kind `{kind}`, which is not text and was not read"))
        }
        false => (GapKind::InputDropped, format!("a part of {whose} could not be read (kind `{kind}`)")),
    };
    Gap { kind, what, loc: Some(loc), event: None }
}

#[derive(Default)]
struct Builder {
    joiner: Joiner,
    model_calls: Vec<ModelCall>,
    gaps: Vec<Gap>,
    history: History,
    /// The model call of each answer's id.
    responses: std::collections::HashMap<String, u32>,
    /// Parts that could not be read.
    unread: usize,
}

/// How many of these are named one by one.
const UNREAD: usize = 200;

impl Builder {
    fn item(&mut self, item: Item) {
        match item {
            Item::Message(msg) => {
                let time = msg.time;
                self.message(msg, time, None);
            }
            Item::Transcript(transcript) => self.transcript(transcript),
            Item::Model(run) => self.model(run),
            Item::Answer(id, msg) => {
                let (time, call) = (msg.time, self.responses.get(&id).copied());
                self.message(msg, time, call);
            }
            Item::Tool(run) => self.joiner.tool_run(run),
            Item::Event(event) => self.joiner.events.push(event),
        }
    }

    fn transcript(&mut self, transcript: Transcript) {
        let Transcript { messages, model } = transcript;
        let Seen { fresh, note, .. } = self.history.see(&messages, &[], Link::default());
        if let (Some((what, lost)), Some(first)) = (note, messages.first()) {
            let kind = EventKind::Context { what, lost };
            let (time, loc) = (first.time, first.loc);
            self.joiner.events.push(Event { kind, time, agent: None, model_call: None, loc });
        }
        let mut answering = false;
        for (msg, is_fresh) in messages.into_iter().zip(fresh) {
            let by_model = msg.role == MsgRole::Assistant && model.is_some();
            // Several items in a row of the assistant are one answer.
            if by_model && is_fresh && !answering {
                let (model, time, loc) = (model.clone(), msg.time, msg.loc);
                self.model_calls.push(ModelCall {
                    model,
                    start: None,
                    end: time,
                    input_tokens: None,
                    output_tokens: None,
                    finish: None,
                    loc,
                });
            }
            answering = by_model;
            if is_fresh {
                let call = (by_model && !self.model_calls.is_empty()).then(|| self.model_calls.len() as u32 - 1);
                let time = msg.time;
                self.message(msg, time, call);
            }
        }
    }

    fn model(&mut self, run: ModelRun) {
        let ModelRun { call, input, output, agent, response_id, previous } = run;
        // Two instrumentations of one client record one answer twice.
        let index = self.model_calls.len() as u32;
        let response_id = response_id.filter(|id| !id.is_empty());
        if let Some(id) = &response_id {
            if self.responses.contains_key(id) {
                return;
            }
            self.responses.insert(id.clone(), index);
        }
        let (start, end, loc) = (call.start, call.end.or(call.start), call.loc);
        let Seen { fresh, note, repeated } =
            self.history.see(&input, &output, Link { own: response_id.as_deref(), previous: previous.as_deref() });
        if repeated {
            // A second instrumentation of the same client saw the very same call; asked again later, the same
            // answer is a second call, but nothing new was said.
            if !self.model_calls.iter().any(|known| at_once(known, &call)) {
                self.model_calls.push(call);
            }
            return;
        }
        self.model_calls.push(call);
        if let Some((what, lost)) = note {
            let kind = EventKind::Context { what, lost };
            self.joiner.events.push(Event { kind, time: start, agent: agent.clone(), model_call: Some(index), loc });
        }
        for (msg, is_fresh) in input.into_iter().zip(fresh) {
            if is_fresh {
                let time = msg.time.or(start.map(Stamp::estimated));
                let agent = msg.agent.clone().or_else(|| agent.clone());
                self.message(Msg { agent, ..msg }, time, Some(index));
            }
        }
        for msg in output {
            let time = msg.time.or(end);
            let agent = msg.agent.clone().or_else(|| agent.clone());
            self.message(Msg { agent, ..msg }, time, Some(index));
        }
    }

    fn message(&mut self, msg: Msg, time: Option<Stamp>, model_call: Option<u32>) {
        let Msg { role, parts, agent, interrupted, loc, .. } = msg;
        if parts.is_empty() && matches!(role, MsgRole::User | MsgRole::Assistant) {
            // An empty string is an answer; nothing at all means that what was said is not here.
            let who = if role == MsgRole::User { "the user" } else { "the agent" };
            self.gaps.push(Gap {
                kind: GapKind::ContentNotCaptured,
                what: format!("the text of a message from {who} was not captured"),
                loc: Some(loc),
                event: None,
            });
        }
        let said_by = match role {
            MsgRole::System => Role::System,
            MsgRole::User => Role::User,
            MsgRole::Harness => Role::Harness,
            // Words of a tool never pass for the user's; see below.
            MsgRole::Assistant | MsgRole::Tool => Role::Assistant,
        };
        let mut texts = Vec::new();
        // The order of parts is the order of things: what is said after a hosted tool's answer rests on it.
        for part in parts {
            if !matches!(part, Part::Text(_)) {
                self.say(said_by, &mut texts, interrupted, time, &agent, model_call, loc);
            }
            match part {
                Part::Text(text) if text.text.is_empty() => {}
                Part::Text(text) if role == MsgRole::Tool => {
                    let kind = EventKind::ToolResult {
                        call: None,
                        name: "unknown tool".to_owned(),
                        content: Some(text),
                        transport: Transport::Unknown,
                        error: None,
                    };
                    self.joiner.events.push(Event { kind, time, agent: agent.clone(), model_call, loc });
                }
                Part::Text(text) => {
                    // Most messages have one text.
                    if texts.is_empty() {
                        texts.reserve_exact(1);
                    }
                    texts.push(text);
                }
                Part::Reasoning(text) => {
                    let kind = EventKind::Reasoning { text };
                    self.joiner.events.push(Event { kind, time, agent: agent.clone(), model_call, loc });
                }
                Part::Call(call) => self.joiner.call(call, time, agent.clone(), model_call, loc),
                Part::Result(result) => self.joiner.result(result, time, agent.clone(), model_call),
                Part::Compacted(summary) => {
                    let what = "the conversation was compacted: from here on, the model saw a summary instead of the earlier messages";
                    let kind = EventKind::Context { what: what.to_owned(), lost: true };
                    self.joiner.events.push(Event { kind, time, agent: agent.clone(), model_call, loc });
                    // What the model was told in their place; nobody said it.
                    let mut told: Vec<Text> = summary.into_iter().collect();
                    self.say(Role::System, &mut told, false, time, &agent, model_call, loc);
                }
                Part::Unread(unread) => {
                    self.unread += 1;
                    if self.unread <= UNREAD {
                        self.gaps.push(not_read(role, unread));
                    }
                }
            }
        }
        self.say(said_by, &mut texts, interrupted, time, &agent, model_call, loc);
    }

    #[expect(clippy::too_many_arguments, reason = "one place that builds the event")]
    fn say(
        &mut self,
        role: Role,
        texts: &mut Vec<Text>,
        interrupted: bool,
        time: Option<Stamp>,
        agent: &Option<String>,
        model_call: Option<u32>,
        loc: crate::locator::Loc,
    ) {
        if !texts.is_empty() {
            let kind = EventKind::Message { role, texts: std::mem::take(texts), interrupted };
            self.joiner.events.push(Event { kind, time, agent: agent.clone(), model_call, loc });
        }
    }

    /// Parts beyond those that are named are counted, and a record without a single event says so.
    fn name_silence(&mut self) {
        if self.unread > UNREAD {
            self.gaps.push(Gap {
                kind: GapKind::InputDropped,
                what: format!("{} more parts of messages could not be read", self.unread - UNREAD),
                loc: None,
                event: None,
            });
        }
        if self.joiner.events.is_empty() && self.gaps.is_empty() {
            self.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what: SILENT.to_owned(), loc: None, event: None });
        }
    }

    fn name_missing_results(&mut self) {
        for (i, event) in self.joiner.events.iter().enumerate() {
            if let EventKind::ToolCall { name, arguments: None, .. } = &event.kind {
                self.gaps.push(Gap {
                    kind: GapKind::ContentNotCaptured,
                    what: format!("the arguments of `{}` were not captured", name.text),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolCall { name, result: None, .. } = &event.kind {
                self.gaps.push(Gap {
                    kind: GapKind::ResultMissing,
                    what: format!("the call of `{}` has no result in the trace", name.text),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolResult { call: None, name, .. } = &event.kind {
                self.gaps.push(Gap {
                    kind: GapKind::HistoryMissing,
                    what: format!("a result of `{name}` has no matching call in the trace"),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
            if let EventKind::ToolResult { name, content: None, error: None, transport, .. } = &event.kind
                && *transport != Transport::Error
            {
                self.gaps.push(Gap {
                    kind: GapKind::ContentNotCaptured,
                    what: format!("the result of `{name}` was not captured"),
                    loc: Some(event.loc),
                    event: Some(i as u32),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests;
