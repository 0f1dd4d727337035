//! The spans of tools at work, joined with the calls that a model's messages have.

use super::{HashMap, IN_FLIGHT, Joiner, Known, Scope, Seen, Tool, in_flight, take_cut};
use crate::assemble::{arguments, cut};
use crate::item::{ResultPart, ToolRun};
use crate::model::{Event, EventKind, Text, Transport};

/// How the time of a call agrees with that of a tool at work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Nothing speaks against the tool's having worked for it.
    Own,
    /// Times contradict it, as far as two clocks can be compared.
    Unclear,
    /// It had its result before the tool began.
    Earlier,
}

impl Joiner {
    /// A tool's own span. Gives the event of its result, unless that was told before.
    pub fn tool_run(&mut self, run: ToolRun, scope: Scope) -> Option<u32> {
        let mut run = run;
        let scope = self.home(&run, scope);
        let half_given = take_cut(&mut run.arguments, cut::arguments);
        let half_answered = take_cut(&mut run.content, cut::answer);
        // A tool that failed answered nothing, which some systems write as a value.
        if run.error.is_some() && run.content.as_ref().is_some_and(|content| content.text.trim() == "null") {
            run.content = None;
        }
        let parent = run.span.as_ref().and_then(|(_, parent)| parent.as_ref());
        let known = |spans: &HashMap<String, u32>, id: &String| {
            spans.get(id).copied().filter(|&c| self.tool_is(c, &run.name.text))
        };
        let enclosing = parent.and_then(|p| known(&self.spans, p));
        let enclosed = run.span.as_ref().and_then(|(own, _)| known(&self.around, own));
        let id = run.id.clone().filter(|id| !id.is_empty());
        let call = enclosing.or(enclosed).or_else(|| self.call_run(&run, id.as_ref(), scope));
        let call = call.or_else(|| self.other_sighting(&run, id.as_ref(), scope));
        let call = call.unwrap_or_else(|| {
            let seen = Seen {
                time: run.start,
                agent: run.agent.clone(),
                model_call: None,
                scope,
                list: 0,
                message: 0,
                as_written: false,
                new_only: false,
                told: None,
            };
            self.push_call(id.clone(), run.name.clone(), run.arguments.clone(), true, seen, run.loc)
        });
        let known = &mut self.calls[call as usize];
        known.ran = true;
        known.cut |= half_given;
        known.last_run = run.start.zip(run.end).map(|(start, end)| (start.ns, end.ns)).or(known.last_run);
        if let Some(Tool { last_run, .. }) = self.of_tool_mut(&run.name.text, scope) {
            last_run.push_back(call);
            if last_run.len() > IN_FLIGHT {
                last_run.pop_front();
            }
        }
        if let Some((span, parent)) = &run.span {
            self.spans.insert(span.clone(), call);
            self.around.extend(parent.iter().map(|p| (p.clone(), call)));
        }
        if let EventKind::ToolCall { arguments, .. } = &mut self.events[call as usize].kind
            && arguments.is_none()
        {
            *arguments = run.arguments;
        }
        if let Some(id) = id.filter(|_| self.call_id(call).is_none()) {
            self.name(call, id, scope);
        }
        if run.start.is_some() && enclosing.is_none() {
            self.events[call as usize].time = run.start;
        }
        if run.transport == Transport::Missing {
            return None;
        }
        let part = ResultPart {
            id: None,
            name: Some(run.name.text),
            arguments: None,
            content: run.content,
            transport: run.transport,
            error: run.error,
            loc: run.loc,
        };
        if let Some(known) = self.result_of(call) {
            self.calls[known as usize].cut |= half_answered;
            self.fill(known, part);
            self.events[known as usize].time = run.end.or(self.events[known as usize].time);
            return None;
        }
        let ResultPart { content, transport, error, loc, .. } = part;
        let name = part.name.unwrap_or_default();
        let kind = EventKind::ToolResult { call: Some(call), name, content, transport, error };
        let event = Event { kind, time: run.end.or(run.start), agent: run.agent, model_call: None, loc };
        let index = self.push(event, scope);
        self.calls[index as usize].cut = half_answered;
        self.close(call, index);
        Some(index)
    }

    /// What a tool's span lies inside of. Some libraries record every tool as a trace of its own: then the ID tells that an agent
    /// inside of another tool made the call.
    fn home(&self, run: &ToolRun, scope: Scope) -> Scope {
        let id = run.id.as_ref().filter(|id| scope == 0 && !id.is_empty() && !self.knows_id(id, scope));
        let Some((id, home)) = id.and_then(|id| Some((id, *self.homes.get(id)?))) else { return scope };
        let fits = |call: &u32| {
            let known = &self.calls[*call as usize];
            known.made
                && !known.ran
                && self.tool_is(*call, &run.name.text)
                && self.may_be(*call, run.arguments.as_ref())
        };
        if self.with_id(id, home).iter().take(IN_FLIGHT).any(fits) { home } else { scope }
    }

    /// The call that a tool's span is the run of: by its ID, else the oldest one by the same name, with the same arguments,
    /// of which no span was seen.
    fn call_run(&mut self, run: &ToolRun, id: Option<&String>, scope: Scope) -> Option<u32> {
        let has_run = |c: &u32| self.calls[*c as usize].ran;
        if let Some(all) = id.map(|id| self.with_id(id, scope)).filter(|all| !all.is_empty()) {
            let mut waiting = all.iter().take(IN_FLIGHT).filter(|c| !has_run(c));
            // Calls that share an ID are told apart by their arguments, else they ran in their order.
            let alike = |c: &&u32| self.tool_is(**c, &run.name.text) && self.is_alike(**c, run.arguments.as_ref());
            let next = waiting.clone().find(alike).or_else(|| waiting.next());
            return next.or_else(|| all.last().filter(|c| !self.ran_anew(**c, run))).copied();
        }
        let fits = |c: &u32| {
            let unnamed = id.is_none() || self.call_id(*c).is_none();
            unnamed && !has_run(c) && self.is_alike(*c, run.arguments.as_ref())
        };
        let waiting = &self.of_tool(&run.name.text, scope)?.not_run;
        let start = run.start.map(|start| start.ns);
        let found = [Turn::Own, Turn::Unclear]
            .into_iter()
            .find_map(|turn| in_flight(waiting, &has_run).find(|call| self.turn(*call, start) == turn && fits(call)));
        let calls = &self.calls;
        let waiting = &mut self.within.get_mut(scope as usize)?.tools.get_mut(&run.name.text)?.not_run;
        while waiting.front().is_some_and(|c| calls[*c as usize].ran) {
            waiting.pop_front();
        }
        found
    }

    /// How a call's time agrees with a tool that began at work at `start`. A request that holds a call's result was made after the tool
    /// ran, so a tool that began behind such a request works for a later call, however alike the two are.
    fn turn(&self, call: u32, start: Option<i64>) -> Turn {
        let Known { told, is_here, began, .. } = &self.calls[call as usize];
        match (start, told) {
            // The call was made before the record begins.
            (Some(start), Some((_, end))) if start > *end && !is_here => Turn::Earlier,
            (Some(start), Some((begin, _))) if start > *begin => Turn::Unclear,
            (Some(start), _) if began.is_some_and(|began| start < began) => Turn::Unclear,
            (None, Some(_)) => Turn::Unclear,
            _ => Turn::Own,
        }
    }

    /// True where a span is of another call than one that ran, although the two have the same ID: it ran at another time, and
    /// what it was given or what it answered is not the same.
    fn ran_anew(&self, call: u32, run: &ToolRun) -> bool {
        let ran = run.start.zip(run.end).map(|(start, end)| (start.ns, end.ns));
        let apart = |(a, b): ((i64, i64), (i64, i64))| a.1 <= b.0 || b.1 <= a.0;
        let same = |(a, b): (&str, &Text)| arguments::alike(a, &b.text);
        let answered_alike = self.answer_text(call).zip(run.content.as_ref()).is_none_or(same);
        let is_same = self.tool_is(call, &run.name.text) && self.may_be(call, run.arguments.as_ref()) && answered_alike;
        self.calls[call as usize].last_run.zip(ran).is_some_and(apart) && !is_same
    }

    /// What a call was answered.
    fn answer_text(&self, call: u32) -> Option<&str> {
        match &self.events[self.result_of(call)? as usize].kind {
            EventKind::ToolResult { content, .. } => content.as_ref().map(|c| c.text.as_str()),
            _ => None,
        }
    }

    /// The call that a span without an ID is a second sighting of. Every call that a model made has its span by then, so that
    /// one more at the same time is another instrumentation's; a step that notes a tool before it runs may note it again.
    fn other_sighting(&self, run: &ToolRun, id: Option<&String>, scope: Scope) -> Option<u32> {
        let last = &self.of_tool(&run.name.text, scope).filter(|_| id.is_none())?.last_run;
        let contains = |(from, to): (i64, i64), (start, end): (i64, i64)| from <= start && end <= to;
        let ran = run.start.zip(run.end).map(|(start, end)| (start.ns, end.ns));
        let fits = |call: &&u32| {
            let known = &self.calls[**call as usize];
            let at_once = known.last_run.zip(ran).is_some_and(|(a, b)| contains(a, b) || contains(b, a));
            let same =
                self.answer_text(**call).zip(run.content.as_ref()).is_none_or(|(a, b)| arguments::alike(a, &b.text));
            let noted = self.result_of(**call).is_none();
            (known.made && at_once && same || noted) && self.is_alike(**call, run.arguments.as_ref())
        };
        last.iter().find(fits).copied()
    }
}
