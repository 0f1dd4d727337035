//! One call is seen up to four times: in the model's answer, as a tool span, as an MCP span, and as a message
//! in the next request. Here these become one call and one result.

mod spans;

use super::{arguments, cut, spelled};
use crate::item::{CallPart, ResultPart};
use crate::locator::Loc;
use crate::model::{Event, EventKind, Stamp, Text, Transport};
use std::collections::VecDeque;

/// Calls are looked up by name and by ID several times each.
type HashMap<K, V> = std::collections::HashMap<K, V, foldhash::fast::RandomState>;

/// What a call, a result or a tool's span stands in: the span of the tool inside of which an agent is at work, as a number.
pub type Scope = u32;

/// Where something was seen.
#[derive(Clone, Default)]
pub struct Seen {
    pub time: Option<Stamp>,
    pub agent: Option<String>,
    pub model_call: Option<u32>,
    pub scope: Scope,
    /// The list of messages that it stands in, as a number; 0 for what is in none.
    pub list: u32,
    /// The message that it stands in, as a number; 0 for what is in none.
    pub message: u32,
    /// True where the model's own arguments are broken, as the record says.
    pub as_written: bool,
    /// True where the list holds only what is new: nothing in it is told a second time.
    pub new_only: bool,
    /// For what stands in a request, when the model was at work that it was made to.
    pub told: Option<(i64, i64)>,
}

/// Where a call was seen in a list of messages.
#[derive(Clone, PartialEq, Eq)]
pub enum Side {
    /// A model made it just now.
    Answer,
    /// It was made earlier, and may have been told before.
    History(Stood),
}

/// Where in its list a call stands that was made earlier.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Stood {
    /// The how-manieth call with its ID this is in the list, counted from 0.
    pub nth: usize,
    /// The last event of the calls in the messages before it.
    pub after: Option<u32>,
    /// The words of the result that the list gives it.
    pub answer: Option<String>,
}

/// The events so far, and what is known of the calls among them.
#[derive(Default)]
pub struct Joiner {
    /// The session's events.
    pub events: Vec<Event>,
    /// What each event lies inside of.
    pub scopes: Vec<Scope>,
    /// What is known of each event that is a call.
    calls: Vec<Known>,
    within: Vec<Within>,
    /// Spans of the tool runs that a call was seen as.
    spans: HashMap<String, u32>,
    /// Results that differ from the one that their call has already.
    second: Vec<(u32, Loc)>,
    /// The first result that may be of either of two calls with the same ID.
    unclear: Option<(String, Loc)>,
    /// The scope inside of a tool in which a call with an ID was made; [`SEVERAL`] where there are more.
    homes: HashMap<String, Scope>,
    /// Spans that a tool run seen earlier lies in: of two that begin at once, the inner one may come first.
    around: HashMap<String, u32>,
}

/// The calls of one scope.
#[derive(Default)]
struct Within {
    by_id: HashMap<String, Vec<u32>>,
    tools: HashMap<String, Tool>,
    /// Calls that wait for a result, oldest first.
    open: VecDeque<u32>,
}

/// The calls of one tool, oldest first.
#[derive(Default)]
struct Tool {
    /// Those that wait for a result.
    open: VecDeque<u32>,
    /// Those that a model made and that no span of a tool was seen of.
    not_run: VecDeque<u32>,
    /// Those of which only the span of the tool was seen.
    not_made: VecDeque<u32>,
    /// Those that spans were last seen of.
    last_run: VecDeque<u32>,
}

/// What is known of a call.
#[derive(Default)]
struct Known {
    /// Seen as a tool's span.
    ran: bool,
    /// Seen in a model's answer.
    answered: bool,
    /// Seen in a list of messages.
    made: bool,
    /// When the model call that made it was at work.
    within: Option<(i64, i64)>,
    /// When the model was at work that was told its result first.
    told: Option<(i64, i64)>,
    /// Seen outside of any request, which only repeats what was made before.
    is_here: bool,
    /// When the model began that made it.
    began: Option<i64>,
    /// The list of messages that it was last seen in, as a number.
    list: u32,
    /// The message of that list, as a number.
    message: u32,
    /// The last list that repeats it.
    repeated: u32,
    /// For a result, true where its content stood in a list of messages.
    listed: bool,
    /// True where its arguments, or for a result its content, were seen to end in the middle.
    cut: bool,
    /// Its arguments that end in the middle, until an answer tells whether the model wrote them so.
    half: Option<Text>,
    /// When its tool was at work.
    last_run: Option<(i64, i64)>,
}

/// More scopes than one.
const SEVERAL: Scope = Scope::MAX;

/// How many calls of one tool are looked at for the one that fits: more are never in flight.
pub const IN_FLIGHT: usize = 256;

/// Those that are looked at: the oldest that are not done with, then the newest.
fn in_flight(waiting: &VecDeque<u32>, done: &dyn Fn(&u32) -> bool) -> impl Iterator<Item = u32> {
    let begun = waiting.iter().take_while(|c| done(c)).count();
    let oldest = waiting.iter().skip(begun).take(IN_FLIGHT);
    oldest.chain(waiting.iter().skip(begun + IN_FLIGHT).rev().take(IN_FLIGHT)).copied()
}

/// True where a call has no arguments yet, or only what a span wrote around those that the model gave.
fn noted(known: Option<&Text>, given: Option<&Text>) -> bool {
    match (known, given) {
        (None, _) => true,
        (Some(known), Some(given)) => arguments::only_rewritten(&given.text, &known.text),
        (Some(_), None) => false,
    }
}

/// Takes away what ends in the middle: half of it is not what was given or answered. True where it did.
fn take_cut(text: &mut Option<Text>, is_cut: fn(&str) -> bool) -> bool {
    cut_off(text, is_cut).is_some()
}

/// The same, with what was taken away.
fn cut_off(text: &mut Option<Text>, is_cut: fn(&str) -> bool) -> Option<Text> {
    text.take_if(|text| is_cut(&text.text))
}

impl Joiner {
    /// Adds an event that is no call and no result.
    pub fn push(&mut self, event: Event, scope: Scope) -> u32 {
        self.events.push(event);
        self.scopes.push(scope);
        self.calls.push(Known::default());
        self.events.len() as u32 - 1
    }

    fn within(&mut self, scope: Scope) -> &mut Within {
        let at = scope as usize;
        if self.within.len() <= at {
            self.within.resize_with(at + 1, Within::default);
        }
        &mut self.within[at]
    }

    /// The calls with an ID.
    fn with_id(&self, id: &str, scope: Scope) -> &[u32] {
        self.within.get(scope as usize).and_then(|w| w.by_id.get(id)).map_or(&[], Vec::as_slice)
    }

    fn of_tool(&self, name: &str, scope: Scope) -> Option<&Tool> {
        self.within.get(scope as usize)?.tools.get(name)
    }

    fn of_tool_mut(&mut self, name: &str, scope: Scope) -> Option<&mut Tool> {
        let tools = &mut self.within(scope).tools;
        if !tools.contains_key(name) {
            tools.insert(name.to_owned(), Tool::default());
        }
        tools.get_mut(name)
    }

    /// A call in a list of messages; `within` is when the model was at work that made it. Returns its event, which may be
    /// an earlier one.
    pub fn call(&mut self, part: CallPart, side: Side, within: Option<(i64, i64)>, seen: Seen, loc: Loc) -> u32 {
        let mut part = part;
        let half = if seen.as_written { None } else { cut_off(&mut part.arguments, cut::arguments) };
        let id = part.id.clone().filter(|id| !id.is_empty());
        let scope = seen.scope;
        let found = match &id {
            Some(id) => self.same_id(id, &part, &side, within, &seen),
            None => None,
        };
        let calls = &self.calls;
        let tool = self.within.get_mut(scope as usize).and_then(|w| w.tools.get_mut(&part.name.text));
        if let Some(Tool { not_made, .. }) = tool.filter(|_| found.is_none()) {
            while not_made.front().is_some_and(|c| calls[*c as usize].made) {
                not_made.pop_front();
            }
        }
        let found = found.or_else(|| {
            let made = |c: &u32| self.calls[*c as usize].made;
            let fits = |c: &u32| {
                let unnamed = id.is_none() || self.call_id(*c).is_none();
                unnamed && !made(c) && self.is_alike(*c, part.arguments.as_ref())
            };
            in_flight(&self.of_tool(&part.name.text, scope)?.not_made, &made).find(fits)
        });
        let (list, message) = (seen.list, seen.message);
        let is_here = seen.told.is_none();
        let index = match found {
            Some(known) => {
                let event = &mut self.events[known as usize];
                event.model_call = event.model_call.or(seen.model_call);
                if let EventKind::ToolCall { arguments, .. } = &mut event.kind
                    && noted(arguments.as_ref(), part.arguments.as_ref())
                {
                    *arguments = part.arguments;
                }
                if let Some(id) = id {
                    self.name(known, id, scope);
                }
                known
            }
            None => {
                let model_call = seen.model_call;
                let index = self.push_call(id, part.name, part.arguments, false, seen, loc);
                self.events[index as usize].model_call = model_call;
                index
            }
        };
        let known = &mut self.calls[index as usize];
        known.made = true;
        known.cut |= half.is_some();
        known.half = half.or(known.half.take());
        (known.list, known.message) = (list, message);
        known.answered |= side == Side::Answer;
        known.within = known.within.or(within);
        known.is_here |= is_here;
        known.began = known.began.or(within.filter(|_| is_here).map(|(begin, _)| begin));
        index
    }

    /// The earlier sighting of a call with the same ID.
    fn same_id(&self, id: &str, part: &CallPart, side: &Side, within: Option<(i64, i64)>, seen: &Seen) -> Option<u32> {
        let all = self.with_id(id, seen.scope);
        let like = |c: &&u32| self.tool_is(**c, &part.name.text);
        let alike = |c: &&u32| like(c) && self.is_alike(**c, part.arguments.as_ref());
        match side {
            Side::History(stood) => {
                let reused = all.len() > 1 || stood.nth > 0;
                let fits = |c: &&u32| alike(c) && self.may_stand(**c, stood, reused, seen.list);
                let from = || all.iter().skip(stood.nth).take(IN_FLIGHT).find(fits);
                let ran = || all.iter().take(IN_FLIGHT).find(|c| !self.calls[**c as usize].made && fits(c));
                all.get(stood.nth).filter(fits).or_else(from).or_else(ran).copied()
            }
            // Some providers count IDs anew in every turn: a call that a model made already is another call, unless two
            // instrumentations saw the same model at work.
            Side::Answer => {
                let same = |c: &&u32| {
                    let known = &self.calls[**c as usize];
                    // Within one list, what was answered already or has other arguments is another call.
                    if known.list == seen.list && seen.list != 0 {
                        return alike(c) && self.lacks_result(**c);
                    }
                    if known.repeated == seen.list && seen.list != 0 && !self.lacks_result(**c) {
                        return false;
                    }
                    let at_once = known.within.zip(within).is_some_and(|(a, b)| a.0 < b.1 && b.0 < a.1);
                    let agrees = || !known.made || self.may_be(**c, part.arguments.as_ref());
                    like(c) && (!known.answered || at_once) && agrees()
                };
                all.iter().rev().take(IN_FLIGHT).find(same).copied()
            }
        }
    }

    /// True where an earlier call may be the one that stands at a place of a list. Providers count IDs anew in every turn, so that the
    /// same ID and arguments at another place, or with another result, are another call. `reused` says that the ID is that of several.
    fn may_stand(&self, call: u32, stood: &Stood, reused: bool, list: u32) -> bool {
        let known = &self.calls[call as usize];
        if !known.made {
            return true;
        }
        let here = list != 0 && (known.list == list || known.repeated == list);
        let before = reused && stood.after.is_some_and(|after| call < after);
        !here && !before && !stood.answer.as_ref().is_some_and(|answer| self.contradicts(call, answer))
    }

    /// True where a list of messages gave a call another result than one with these words.
    pub fn contradicts(&self, call: u32, answer: &str) -> bool {
        let Some(result) = self.result_of(call).filter(|r| self.calls[*r as usize].listed) else { return false };
        match &self.events[result as usize].kind {
            EventKind::ToolResult { content: Some(known), .. } => {
                spelled::contradict(&spelled::words(&known.text), answer)
            }
            _ => false,
        }
    }

    /// A call that was told stands in another list.
    pub fn repeated(&mut self, call: u32, list: u32) {
        if let Some(known) = self.calls.get_mut(call as usize) {
            known.repeated = list;
        }
    }

    /// The event of a call with this ID, the first outside of any tool.
    pub fn call_with_id(&self, id: &str) -> Option<u32> {
        self.with_id(id, 0).first().copied()
    }

    /// The event of the call that a tool's span was seen of.
    pub fn call_of_span(&self, span: &str) -> Option<u32> {
        self.spans.get(span).copied()
    }

    fn name(&mut self, call: u32, id: String, scope: Scope) {
        let EventKind::ToolCall { call_id, .. } = &mut self.events[call as usize].kind else { return };
        if call_id.is_none() {
            *call_id = Some(id.clone());
        }
        self.lives(&id, scope);
        let all = self.within(scope).by_id.entry(id).or_default();
        if !all.iter().rev().take(IN_FLIGHT).any(|known| *known == call) {
            all.push(call);
        }
    }

    fn lives(&mut self, id: &str, scope: Scope) {
        if scope > 0 {
            let home = self.homes.entry(id.to_owned()).or_insert(scope);
            *home = if *home == scope { scope } else { SEVERAL };
        }
    }

    fn push_call(
        &mut self,
        call_id: Option<String>,
        name: Text,
        arguments: Option<Text>,
        ran: bool,
        seen: Seen,
        loc: Loc,
    ) -> u32 {
        let Seen { time, agent, scope, .. } = seen;
        let next = self.events.len() as u32;
        if let Some(id) = &call_id {
            self.within(scope).by_id.entry(id.clone()).or_default().push(next);
            self.lives(id, scope);
        }
        if let Some(tool) = self.of_tool_mut(&name.text, scope) {
            tool.open.push_back(next);
            let waiting = if ran { &mut tool.not_made } else { &mut tool.not_run };
            waiting.push_back(next);
        }
        self.within(scope).open.push_back(next);
        let kind = EventKind::ToolCall { call_id, name, arguments, result: None };
        self.push(Event { kind, time, agent, model_call: None, loc }, scope)
    }

    /// A tool's answer in a message. `call` is the call that it answers, where its place among the messages says so. Gives the
    /// event that it became, unless it was told before.
    pub fn result(&mut self, part: ResultPart, call: Option<u32>, seen: Seen) -> Option<u32> {
        let mut part = part;
        let cut = take_cut(&mut part.content, cut::answer);
        let call = call.or_else(|| self.find_call(&part, seen.scope));
        if let (Some(call), Some(answer)) = (call, &part.content)
            && self.calls.get(call as usize).is_some_and(|known| known.half.is_some())
            && cut::is_refused(&answer.text)
        {
            self.as_written(call);
        }
        let other = |call: &u32| {
            let content = part.content.as_ref().filter(|_| seen.new_only);
            content.is_some_and(|content| self.contradicts(*call, &spelled::words(&content.text)))
        };
        // Somebody went back, and the call ran again: the first result stays what it was.
        let call = call.filter(|call| !other(call));
        if let Some(known) = call.and_then(|call| self.calls.get_mut(call as usize)) {
            known.told = known.told.or(seen.told);
        }
        if let Some((call, known)) = call.and_then(|c| Some((c, self.result_of(c)?))) {
            let differs = |content: &Text| self.contradicts(call, &spelled::words(&content.text));
            // A request may repeat a result in a shorter form; what stands beside the first as its equal is a second result.
            if seen.model_call.is_none() && part.content.as_ref().is_some_and(differs) {
                self.second.push((known, part.loc));
            }
            self.calls[known as usize].cut |= cut;
            self.fill(known, part);
            return None;
        }
        let name = match (&part.name, call) {
            (Some(name), _) => name.clone(),
            (None, Some(call)) => self.tool(call),
            _ => "unknown tool".to_owned(),
        };
        let ResultPart { content, transport, error, loc, .. } = part;
        let kind = EventKind::ToolResult { call, name, content, transport, error };
        let Seen { time, agent, model_call, scope, .. } = seen;
        let index = self.push(Event { kind, time, agent, model_call, loc }, scope);
        let known = &mut self.calls[index as usize];
        (known.cut, known.listed) = (cut, true);
        if let Some(call) = call {
            self.close(call, index);
        }
        Some(index)
    }

    /// Gives a call the arguments that end in the middle, because its tool received them so.
    fn as_written(&mut self, call: u32) {
        let Some(half) = self.calls.get_mut(call as usize).and_then(|known| known.half.take()) else { return };
        let EventKind::ToolCall { arguments, .. } = &mut self.events[call as usize].kind else { return };
        if arguments.is_none() {
            *arguments = Some(half);
            self.calls[call as usize].cut = false;
        }
    }

    fn close(&mut self, call: u32, with: u32) {
        if let EventKind::ToolCall { result, .. } = &mut self.events[call as usize].kind {
            *result = Some(with);
        }
    }

    /// True for a call whose arguments, or a result whose content, were only seen to end in the middle.
    pub fn is_cut(&self, event: u32) -> bool {
        self.calls.get(event as usize).is_some_and(|known| known.cut)
    }

    /// True for a call whose result was not seen yet.
    pub fn lacks_result(&self, call: u32) -> bool {
        self.result_of(call).is_none()
    }

    fn result_of(&self, call: u32) -> Option<u32> {
        match &self.events[call as usize].kind {
            EventKind::ToolCall { result, .. } => *result,
            _ => None,
        }
    }

    /// True for a call with this ID that was seen in any list of messages or as a span.
    pub fn knows_id(&self, id: &str, scope: Scope) -> bool {
        !self.with_id(id, scope).is_empty()
    }

    /// A second sighting of a result only adds what the first one lacked.
    fn fill(&mut self, known: u32, part: ResultPart) {
        if let EventKind::ToolResult { content, transport, error, .. } = &mut self.events[known as usize].kind {
            if content.is_none() {
                *content = part.content;
            }
            if error.is_none() {
                *error = part.error;
            }
            if *transport == Transport::Unknown || part.transport == Transport::Error {
                *transport = part.transport;
            }
        }
    }

    fn find_call(&mut self, part: &ResultPart, scope: Scope) -> Option<u32> {
        if let Some(id) = part.id.as_ref().filter(|id| !id.is_empty()) {
            let all = self.with_id(id, scope);
            let mut waiting = all.iter().take(IN_FLIGHT).filter(|c| self.result_of(**c).is_none());
            let first = waiting.next();
            // Calls of one answer that share an ID are answered in their order. Others are of sessions that take turns.
            if first.is_some_and(|first| waiting.any(|other| self.made_apart(*first, *other))) {
                self.unclear.get_or_insert_with(|| (id.clone(), part.loc));
                return None;
            }
            return first.or_else(|| all.last()).copied();
        }
        let events = &self.events;
        let closed = |c: &u32| !matches!(events[*c as usize].kind, EventKind::ToolCall { result: None, .. });
        let within = self.within.get_mut(scope as usize)?;
        let waiting = match &part.name {
            Some(name) => &mut within.tools.get_mut(name)?.open,
            None => &mut within.open,
        };
        while waiting.front().is_some_and(closed) {
            waiting.pop_front();
        }
        let waiting = &*waiting;
        let same_arguments = |c: &&u32| match (&events[**c as usize].kind, &part.arguments) {
            (EventKind::ToolCall { arguments: Some(a), .. }, Some(wanted)) => arguments::alike(&a.text, wanted),
            _ => false,
        };
        let candidates = || waiting.iter().take(IN_FLIGHT).filter(|c| !closed(c));
        let alike = part.arguments.as_ref().and_then(|_| candidates().find(same_arguments));
        alike.or_else(|| candidates().next()).copied()
    }

    /// True for calls of different messages.
    fn made_apart(&self, one: u32, other: u32) -> bool {
        let message = |call: u32| self.calls[call as usize].message;
        message(one) != message(other) && message(one) != 0 && message(other) != 0
    }

    /// Results of calls that have another one already: the event of that one, and where each stands.
    pub fn second_results(&self) -> &[(u32, Loc)] {
        &self.second
    }

    /// The ID of the first result that may be of either of two calls, and where it stands.
    pub fn unclear(&self) -> Option<(&str, Loc)> {
        self.unclear.as_ref().map(|(id, loc)| (id.as_str(), *loc))
    }

    /// True where nothing speaks against a call's having these arguments.
    fn is_alike(&self, call: u32, wanted: Option<&Text>) -> bool {
        let EventKind::ToolCall { arguments, .. } = &self.events[call as usize].kind else { return false };
        match (arguments, wanted) {
            (_, None) => true,
            (Some(made), Some(wanted)) => arguments::alike(&made.text, &wanted.text),
            (None, Some(_)) => false,
        }
    }

    /// The same, where either may also be missing, or cut.
    fn may_be(&self, call: u32, wanted: Option<&Text>) -> bool {
        let EventKind::ToolCall { arguments, .. } = &self.events[call as usize].kind else { return false };
        let cut = |(a, b): (&Text, &Text)| a.text.starts_with(&b.text) || b.text.starts_with(&a.text);
        self.is_alike(call, wanted) || arguments.as_ref().zip(wanted).is_none_or(cut)
    }

    fn call_id(&self, call: u32) -> Option<&String> {
        match &self.events[call as usize].kind {
            EventKind::ToolCall { call_id, .. } => call_id.as_ref(),
            _ => None,
        }
    }

    fn tool(&self, call: u32) -> String {
        match &self.events[call as usize].kind {
            EventKind::ToolCall { name, .. } => name.text.clone(),
            _ => String::new(),
        }
    }

    fn tool_is(&self, call: u32, wanted: &str) -> bool {
        matches!(&self.events[call as usize].kind, EventKind::ToolCall { name, .. } if name.text == wanted)
    }
}
