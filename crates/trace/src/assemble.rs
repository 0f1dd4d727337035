//! From sightings to a session: history is told once, calls are joined to results, gaps are named.

mod answered;
mod arguments;
mod asking;
mod changed;
mod clock;
mod cut;
mod further;
mod history;
mod join;
mod left;
mod limit;
mod missing;
mod order;
mod place;
mod renamed;
mod rerun;
mod runs;
mod scope;
mod spelled;
mod summary;
mod thinking;
mod unanswered;
mod units;
mod withheld;

use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Left, ModelRun, Msg, MsgRole, Part, ResultPart, Run, Session, Transcript};
use crate::limits::Stop;
use crate::locator::Bases;
use crate::model::{Event, EventKind, Gap, GapKind, ModelCall, Role, Stamp, SubAgent, Text, ToolDef, Trace, Transport};
use answered::{Answers, Sighting};
use history::{History, Link, Lists};
use join::{Joiner, Scope};
use left::Leftovers;
use limit::Limit;
pub use missing::NOT_TEXT;
use place::{Alone, Listed, Place};
use renamed::Renamed;
use rerun::Now;
use runs::Runs;
pub use runs::run_of;
use std::sync::Arc;
use unanswered::Unanswered;
use withheld::Withheld;

/// What is said of a session in which nothing happened and that no reader says more about.
pub const SILENT: &str = "the session contains no messages, tool calls or other events";

/// What is said of a session with calls of tools in which nobody says anything.
pub const WORDLESS: &str = "the record contains tool calls but no words of the user or the agent, so what was asked and what was answered is unknown";

/// Joins the sightings of one session into a trace. Where the caller ends it meanwhile, it is not whole.
pub fn assemble(session: Session, format: &'static str, bases: Arc<Bases>, stop: &Stop) -> Trace {
    let mut session = session;
    let mut items = session.take_items();
    let Session { key, key_kind, tools, gaps, sub_agents, users, .. } = session;
    let mut gaps = gaps;
    gaps.extend(order::by_time(&mut items, sub_agents.is_empty()));
    gaps.extend(Withheld::take(items.iter_mut().map(|(_, item)| item), format));
    summary::take(items.iter_mut().map(|(_, item)| item));
    thinking::apart(items.iter_mut().map(|(_, item)| item));
    let limit = withheld::is_beside(format).then(|| Limit::find(items.iter().map(|(_, item)| item))).flatten();
    let mut builder = Builder { format, gaps, stop: stop.clone(), ..Builder::default() };
    items.iter().for_each(|(run, item)| builder.runs.add(*run, item));
    builder.parted = items.iter().any(|(_, item)| match item {
        Item::Within(_, inner) => matches!(**inner, Item::Rest(..)),
        item => matches!(item, Item::Rest(..)),
    });
    let (runs, items): (Vec<Run>, Vec<Item>) = items.into_iter().unzip();
    let items = scope::reports_last(runs.into_iter().zip(scope::outward(items)).collect());
    let items = scope::results_behind_work(items, &sub_agents);
    for (_, (within, item)) in &items {
        let repeats = match item {
            Item::Transcript(_) => true,
            Item::Model(run) => !run.input.is_empty() || run.previous.is_some(),
            _ => continue,
        };
        if !builder.lists.contains_key(within) {
            builder.lists.insert(within.clone(), Lists::default());
        }
        if let Some(lists) = builder.lists.get_mut(within) {
            lists.several = lists.any;
            (lists.any, lists.repeat) = (true, lists.repeat || repeats);
        }
    }
    for (run, (within, item)) in items {
        if stop.is_set() {
            break;
        }
        builder.run = run;
        builder.item(within, item);
    }
    let mut sub_agents: Vec<SubAgent> = sub_agents
        .into_iter()
        .map(|(name, call)| SubAgent { name, call: call.and_then(|id| builder.joiner.call_with_id(&id)) })
        .collect();
    let inside = scope::name(&mut builder.joiner, &builder.scopes);
    // The reader knows the name, and the tool around it the call.
    sub_agents.retain(|known| known.call.is_some() || inside.iter().all(|found| found.name != known.name));
    sub_agents.extend(inside);
    builder.name_missing_results();
    let ends =
        |limit: Limit| builder.joiner.events.iter().enumerate().filter_map(move |(at, event)| limit.gap(at, event));
    builder.gaps.extend(limit.into_iter().flat_map(ends));
    builder.name_silent_calls();
    builder.name_unanswered_calls();
    builder.gaps.extend(builder.renamed.gap());
    builder.name_people();
    builder.name_silence();
    builder.name_wordlessness();
    builder.gaps.extend(clock::stop_wrong(&mut builder.joiner.events, &mut builder.model_calls));
    builder.joiner.events.shrink_to_fit();
    let mut agents: Vec<String> = Vec::new();
    let mut listed = HashSet::default();
    for agent in builder.joiner.events.iter().filter_map(|e| e.agent.as_ref()) {
        if listed.insert(agent) {
            agents.push(agent.clone());
        }
    }
    Trace {
        key,
        key_kind,
        format,
        agents,
        sub_agents,
        users: unique_users(users),
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
    fn text(text: &Option<Text>) -> Option<&str> {
        text.as_ref().map(|t| &*t.text)
    }
    let mut known = HashSet::default();
    let new: Vec<bool> =
        tools.iter().map(|t| known.insert((&*t.name.text, text(&t.parameters), text(&t.description)))).collect();
    drop(known);
    tools.into_iter().zip(new).filter_map(|(tool, new)| new.then_some(tool)).collect()
}

/// Every trace of a session, and some systems every span, names the user anew.
fn unique_users(mut users: Vec<Text>) -> Vec<Text> {
    let mut known = HashSet::default();
    users.retain(|user| known.insert(user.text.clone()));
    users
}

/// True when two calls ran at the same time, as far as is known.
fn at_once(a: &ModelCall, b: &ModelCall) -> bool {
    match (a.start, a.end, b.start, b.end) {
        (Some(a0), Some(a1), Some(b0), Some(b1)) => a0.ns < b1.ns && b0.ns < a1.ns,
        _ => false,
    }
}

#[derive(Default)]
struct Builder {
    /// The name of the format.
    format: &'static str,
    joiner: Joiner,
    model_calls: Vec<ModelCall>,
    gaps: Vec<Gap>,
    /// What was said, outside of any tool and inside of each.
    histories: HashMap<Scope, History>,
    /// The spans of tools that agents were at work inside of; a scope is the place of its span here, counted from 1.
    scopes: Vec<String>,
    numbers: HashMap<String, Scope>,
    /// The requests and transcripts that were seen, outside of any tool and inside of each.
    lists: HashMap<Option<String>, Lists>,
    /// The answers with an ID.
    answers: Answers,
    /// Results under other IDs than their calls.
    renamed: Renamed,
    /// Answers whose requests are not there.
    silent: missing::Silent,
    /// Requests whose answers are not there.
    unanswered: Unanswered,
    /// What was seen of requests that are recorded in part.
    leftovers: Leftovers,
    /// True where there are any.
    parted: bool,
    /// How many lists of messages, and messages outside of any, were seen.
    seen_lists: u32,
    /// How many messages were seen.
    seen_messages: u32,
    /// Parts that could not be read.
    unread: usize,
    /// The names of those whose words the user's are.
    people: Vec<Text>,
    /// The traces that make up the session, and the one that is read.
    runs: Runs,
    run: Run,
    /// Ends it.
    stop: Stop,
}

/// How many of these are named one by one.
const UNREAD: usize = 200;

/// How many messages of the user tell who is behind them.
const PEOPLE: usize = 10_000;

/// What the messages of a list have in common.
#[derive(Clone, Copy, Default)]
struct Around {
    scope: Scope,
    model_call: Option<u32>,
    /// When the model was at work.
    within: Option<(i64, i64)>,
    /// The same for messages of the request, and nothing for those of the answer.
    told: Option<(i64, i64)>,
    /// True where they are only what is new.
    new_only: bool,
}

impl Builder {
    fn item(&mut self, within: Option<String>, item: Item) {
        self.seen_lists += 1;
        let scope = self.scope(within);
        let around = Around { scope, ..Around::default() };
        if !matches!(item, Item::Rest(..) | Item::Tool(_) | Item::Event(_) | Item::Within(..)) {
            self.leftovers.heard(scope);
        }
        match item {
            Item::Message(msg) => {
                let time = msg.time;
                if msg.role == MsgRole::Assistant {
                    self.unanswered.told_elsewhere();
                }
                self.message(msg, time, around, &mut Alone);
            }
            Item::Transcript(transcript) => self.transcript(transcript, scope),
            Item::Model(run) => {
                if self.parted {
                    self.leftovers.known(0, &run.input, scope);
                }
                self.model(run, None, scope);
            }
            Item::Rest(part, run) => {
                if let Some(run) = self.leftovers.take(part, run, scope) {
                    self.model(run, Some(part), scope);
                }
            }
            Item::Answer(id, msg) => {
                let (time, call) = (msg.time, self.answers.call(&id, scope));
                self.unanswered.answered(call);
                self.message(msg, time, Around { model_call: call, ..around }, &mut Alone);
            }
            Item::Tool(run) => {
                let result = self.joiner.tool_run(run, scope);
                self.tell_answer(result, scope);
            }
            Item::Event(event) => {
                if matches!(event.kind, EventKind::Error { .. }) {
                    self.unanswered.failed(self.seen_lists, event.time.map(|time| time.ns));
                }
                self.joiner.push(event, scope);
            }
            // Only the tool next to it matters, and that was taken off.
            Item::Within(_, inner) => self.item(None, *inner),
        }
    }

    fn scope(&mut self, within: Option<String>) -> Scope {
        let Some(span) = within else {
            self.history(0, &None);
            return 0;
        };
        let next = self.scopes.len() as Scope + 1;
        let scope = *self.numbers.entry(span.clone()).or_insert(next);
        if scope == next {
            self.scopes.push(span.clone());
            self.history(scope, &Some(span));
        }
        scope
    }

    fn history(&mut self, scope: Scope, within: &Option<String>) {
        let lists = self.lists.get(within).copied().unwrap_or_default();
        self.histories.entry(scope).or_insert_with(|| History::new(lists));
    }

    /// Finds out what is new in a list of messages, and what of it was told before.
    fn see(&mut self, input: &[Msg], output: &[Msg], link: Link<'_>, scope: Scope) -> Listed {
        let history = self.histories.entry(scope).or_default();
        if history.is_plain(input, output) {
            return Listed::default();
        }
        let joiner = &self.joiner;
        let differs = |call: u32, result: &ResultPart| {
            let words = result.content.as_ref().map(|content| spelled::words(&content.text));
            words.is_some_and(|words| joiner.contradicts(call, &words))
        };
        let now = Now { run: self.run, runs: &self.runs, differs: &differs };
        let seen = history.see(input, output, link, now);
        let thoughts = history.thoughts(input, output, &seen);
        let mut list = Listed::new(seen, thoughts, input.len());
        list.answered(input, |id| self.joiner.knows_id(id, scope));
        list
    }

    fn transcript(&mut self, transcript: Transcript, scope: Scope) {
        let Transcript { messages, model } = transcript;
        let mut list = self.see(&messages, &[], Link::default(), scope);
        if let (Some((what, lost)), Some(first)) = (list.seen.note.take(), messages.first()) {
            let kind = EventKind::Context { what, lost };
            let (time, loc) = (first.time, first.loc);
            self.joiner.push(Event { kind, time, agent: None, model_call: None, loc }, scope);
        }
        let mut answering = false;
        for (i, msg) in messages.into_iter().enumerate() {
            if self.stop.is_set() {
                break;
            }
            let by_model = msg.role == MsgRole::Assistant && model.is_some();
            // Several items in a row of the assistant are one answer.
            if by_model && list.is_fresh(i) && !answering {
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
            let model_call = (by_model && !self.model_calls.is_empty()).then(|| self.model_calls.len() as u32 - 1);
            let time = msg.time;
            self.message(msg, time, Around { scope, model_call, ..Around::default() }, &mut list.at(i));
        }
        self.remember(list, scope);
    }

    fn model(&mut self, run: ModelRun, part: Option<Left>, scope: Scope) {
        let index = self.model_calls.len() as u32;
        let named = run.response_id.as_deref().filter(|id| !id.is_empty());
        let sighting = named.map_or(Sighting::New, |id| self.answers.take(&run, id, index, scope));
        // Two instrumentations of one client record one answer twice.
        if sighting == Sighting::Again {
            return;
        }
        // Beside others with one, a request without an input lost it.
        let repeats = self.histories.get(&scope).is_some_and(History::repeats);
        let silent = run.input.is_empty() && run.previous.is_none() && repeats;
        if part.is_none() {
            self.silent.take(&run, silent, scope);
        }
        let mut run = run;
        self.renamed.take(&mut run, &self.joiner, scope);
        if part.is_none() {
            self.unanswered.take((index, self.seen_lists), scope, &run);
        }
        let ModelRun { call, input, output, agent, response_id, previous } = run;
        let response_id = response_id.filter(|id| !id.is_empty());
        let (start, end, loc) = (call.start, call.end.or(call.start), call.loc);
        let within = start.zip(end).map(|(start, end)| (start.ns, end.ns));
        let link = Link { own: response_id.as_deref(), previous: previous.as_deref(), within };
        let mut list = match part {
            None if !silent => self.see(&input, &output, link, scope),
            // What is left of a list says nothing of what stood where in it.
            _ => Listed::default(),
        };
        self.unanswered.stands(index, History::asked(&list.seen));
        let at_once = || self.model_calls.iter().any(|known| at_once(known, &call));
        // The same request with the same calls under other IDs: polling, where the record has little of what was asked.
        if list.seen.repeated && self.makes_new_calls(&output, scope) && !at_once() {
            list.answer_anew();
        }
        if let Sighting::More(known) = &sighting {
            list.add_to(known);
        }
        let repeated = list.seen.repeated;
        // A second instrumentation of the same client saw the very same call; asked again later, the same
        // answer is a second call, but nothing new was said.
        if !repeated || sighting == Sighting::New && !at_once() {
            self.model_calls.push(call);
        }
        let model_call = Some(index).filter(|_| !repeated);
        if let Some((what, lost)) = list.seen.note.take() {
            let kind = EventKind::Context { what, lost };
            self.joiner.push(Event { kind, time: start, agent: agent.clone(), model_call, loc }, scope);
        }
        let new_only = list.seen.new_only;
        let around = Around { scope, model_call, within, told: None, new_only };
        let asked = input.len();
        for (i, msg) in input.into_iter().chain(output).enumerate() {
            if self.stop.is_set() {
                break;
            }
            let time = msg.time.or(if i < asked { start.map(Stamp::estimated) } else { end });
            let agent = msg.agent.clone().or_else(|| agent.clone());
            let told = within.filter(|_| i < asked);
            self.message(Msg { agent, ..msg }, time, Around { told, ..around }, &mut list.at(i));
        }
        self.remember(list, scope);
    }

    /// True where an answer has calls, all with IDs that were never seen.
    fn makes_new_calls(&self, output: &[Msg], scope: Scope) -> bool {
        let mut calls =
            output.iter().flat_map(|msg| &msg.parts).filter_map(|p| if let Part::Call(c) = p { Some(c) } else { None });
        let is_new = |id: &String| !id.is_empty() && !self.joiner.knows_id(id, scope);
        calls.clone().next().is_some() && calls.all(|call| call.id.as_ref().is_some_and(is_new))
    }

    /// Keeps which events the calls of a list became.
    fn remember(&mut self, list: Listed, scope: Scope) {
        if let Some(history) = self.histories.get_mut(&scope) {
            for &(unit, event) in &list.became {
                history.became(&list.seen, unit, event);
            }
        }
    }

    fn message(&mut self, msg: Msg, time: Option<Stamp>, around: Around, place: &mut dyn Place) {
        let Msg { role, parts, agent, person, interrupted, as_written, loc, .. } = msg;
        self.people.extend(person.filter(|_| self.people.len() < PEOPLE && place.is_fresh(None)));
        if parts.is_empty() && matches!(role, MsgRole::User | MsgRole::Assistant) && place.is_fresh(None) {
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
            // Nobody but the agent that called it speaks to an agent inside of a tool.
            MsgRole::User if around.scope != 0 => Role::Harness,
            MsgRole::User => Role::User,
            MsgRole::Harness => Role::Harness,
            // Words of a tool never pass for the user's; see below.
            MsgRole::Assistant | MsgRole::Tool => Role::Assistant,
        };
        let Around { scope, model_call, within, told, new_only } = around;
        self.seen_messages += 1;
        let (list, message) = (self.seen_lists, self.seen_messages);
        let seen =
            || join::Seen { time, agent: agent.clone(), model_call, scope, list, message, as_written, new_only, told };
        let event = |kind| Event { kind, time, agent: agent.clone(), model_call, loc };
        let mut texts = Vec::new();
        // The order of parts is the order of things: what is said after a hosted tool's answer rests on it.
        for (p, part) in parts.into_iter().enumerate() {
            let fresh = place.is_fresh(Some(p));
            if !fresh && !matches!(part, Part::Call(_) | Part::Result(_)) {
                continue;
            }
            if fresh && !matches!(part, Part::Text(_)) {
                self.say(said_by, &mut texts, interrupted, &event, scope);
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
                    self.joiner.push(event(kind), scope);
                }
                Part::Text(text) => {
                    // Most messages have one text.
                    if texts.is_empty() {
                        texts.reserve_exact(1);
                    }
                    texts.push(text);
                }
                Part::Reasoning(text) => {
                    self.joiner.push(event(EventKind::Reasoning { text }), scope);
                }
                Part::Call(call) => {
                    let side = place.side(p, call.id.as_deref());
                    match place.event(p) {
                        Some(known) => {
                            self.joiner.repeated(known, list);
                            place.call(p, known);
                        }
                        None if !fresh => {}
                        None => {
                            let call = self.joiner.call(call, side, within, seen(), loc);
                            place.call(p, call);
                        }
                    }
                }
                Part::Result(result) => {
                    let id = result.id.as_deref().unwrap_or_default();
                    let by_id = || self.joiner.knows_id(id, scope);
                    let call = place.answered(p).filter(|(_, by_place)| !by_place || !by_id()).map(|(call, _)| call);
                    if fresh || call.is_some_and(|call| self.joiner.lacks_result(call)) {
                        let result = self.joiner.result(result, call, seen());
                        self.tell_answer(result, scope);
                    }
                }
                Part::Compacted(summary) => {
                    let what = "the conversation was compacted: from here on, the model saw a summary instead of the earlier messages";
                    self.joiner.push(event(EventKind::Context { what: what.to_owned(), lost: true }), scope);
                    // What the model was told in their place; nobody said it.
                    let mut told: Vec<Text> = summary.into_iter().collect();
                    self.say(Role::System, &mut told, false, &event, scope);
                }
                Part::Unread(unread) => {
                    self.unread += 1;
                    if self.unread <= UNREAD {
                        self.gaps.push(missing::not_read(role, unread));
                    }
                }
            }
        }
        self.say(said_by, &mut texts, interrupted, &event, scope);
    }

    fn say(
        &mut self,
        role: Role,
        texts: &mut Vec<Text>,
        interrupted: bool,
        event: &dyn Fn(EventKind) -> Event,
        scope: Scope,
    ) {
        if !texts.is_empty() {
            let kind = EventKind::Message { role, texts: std::mem::take(texts), interrupted };
            self.joiner.push(event(kind), scope);
        }
    }
}

#[cfg(test)]
mod tests;
