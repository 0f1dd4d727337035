//! One call is seen up to four times: in the model's answer, as a tool span, as an MCP span, and as a message
//! in the next request. Here these become one call and one result.

use super::arguments;
use crate::item::{CallPart, ResultPart, ToolRun};
use crate::locator::Loc;
use crate::model::{Event, EventKind, Stamp, Transport};
use std::collections::HashMap;

/// The events so far, and what is known of the calls among them.
#[derive(Default)]
pub struct Joiner {
    /// The session's events.
    pub events: Vec<Event>,
    by_id: HashMap<String, u32>,
    /// Calls that wait for a result, oldest first.
    open: Vec<u32>,
    /// Spans of the tool runs that a call was seen as.
    spans: HashMap<String, u32>,
    /// Spans that a tool run seen earlier lies in: of two that begin at once, the inner one may come first.
    around: HashMap<String, u32>,
    ran: std::collections::HashSet<u32>,
}

impl Joiner {
    /// A call in a model's answer.
    pub fn call(
        &mut self,
        part: CallPart,
        time: Option<Stamp>,
        agent: Option<String>,
        model_call: Option<u32>,
        loc: Loc,
    ) {
        let id = part.id.filter(|id| !id.is_empty());
        if let Some(&known) = id.as_ref().and_then(|id| self.by_id.get(id)) {
            // Some providers count ids anew in every turn: a call that has its result and was announced
            // by a model before is another call.
            let from_span = self.events[known as usize].model_call.is_none() && self.ran.contains(&known);
            if from_span {
                self.events[known as usize].model_call = model_call;
                return;
            }
        }
        let index = self.push_call(id, part.name, part.arguments, time, agent, loc);
        self.events[index as usize].model_call = model_call;
    }

    /// The event of the call with this ID.
    pub fn call_with_id(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    fn push_call(
        &mut self,
        call_id: Option<String>,
        name: crate::model::Text,
        arguments: Option<crate::model::Text>,
        time: Option<Stamp>,
        agent: Option<String>,
        loc: Loc,
    ) -> u32 {
        let index = self.events.len() as u32;
        if let Some(id) = &call_id {
            self.by_id.insert(id.clone(), index);
        }
        self.open.push(index);
        let kind = EventKind::ToolCall { call_id, name, arguments, result: None };
        self.events.push(Event { kind, time, agent, model_call: None, loc });
        index
    }

    /// A tool's answer in a message.
    pub fn result(&mut self, part: ResultPart, time: Option<Stamp>, agent: Option<String>, model_call: Option<u32>) {
        let call = self.find_call(&part);
        if let Some(known) = call.and_then(|c| self.result_of(c)) {
            self.fill(known, part);
            return;
        }
        let name = match (&part.name, call.map(|c| &self.events[c as usize].kind)) {
            (Some(name), _) => name.clone(),
            (None, Some(EventKind::ToolCall { name, .. })) => name.text.clone(),
            _ => "unknown tool".to_owned(),
        };
        let ResultPart { content, transport, error, loc, .. } = part;
        let index = self.events.len() as u32;
        let kind = EventKind::ToolResult { call, name, content, transport, error };
        self.events.push(Event { kind, time, agent, model_call, loc });
        if let Some(call) = call {
            self.close(call, index);
        }
    }

    fn close(&mut self, call: u32, with: u32) {
        if let EventKind::ToolCall { result, .. } = &mut self.events[call as usize].kind {
            *result = Some(with);
        }
        self.open.retain(|&c| c != call);
    }

    fn result_of(&self, call: u32) -> Option<u32> {
        match &self.events[call as usize].kind {
            EventKind::ToolCall { result, .. } => *result,
            _ => None,
        }
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

    fn find_call(&self, part: &ResultPart) -> Option<u32> {
        if let Some(id) = part.id.as_ref().filter(|id| !id.is_empty()) {
            // Calls that share an id, which some writers do in parallel turns, are answered in their order.
            let waiting = self.open.iter().find(|&&c| {
                matches!(&self.events[c as usize].kind, EventKind::ToolCall { call_id: Some(known), .. } if known == id)
            });
            return waiting.or_else(|| self.by_id.get(id)).copied();
        }
        let same_name = |c: &&u32| match (&self.events[**c as usize].kind, &part.name) {
            (EventKind::ToolCall { name, .. }, Some(wanted)) => name.text == *wanted,
            (_, None) => true,
            _ => false,
        };
        let same_arguments = |c: &&u32| match (&self.events[**c as usize].kind, &part.arguments) {
            (EventKind::ToolCall { arguments: Some(a), .. }, Some(wanted)) => arguments::alike(&a.text, wanted),
            _ => false,
        };
        let candidates = || self.open.iter().filter(same_name);
        candidates().find(same_arguments).or_else(|| candidates().next()).copied()
    }

    /// A tool's own span.
    pub fn tool_run(&mut self, run: ToolRun) {
        let parent = run.span.as_ref().and_then(|(_, parent)| parent.as_ref());
        let known = |spans: &HashMap<String, u32>, id: &String| {
            spans.get(id).copied().filter(|&c| self.is_named(c, &run.name.text))
        };
        let enclosing = parent.and_then(|p| known(&self.spans, p));
        let enclosed = run.span.as_ref().and_then(|(own, _)| known(&self.around, own));
        let by_id = run.id.as_ref().filter(|id| !id.is_empty()).and_then(|id| self.by_id.get(id).copied());
        let alike = || {
            let wanted = run.arguments.as_ref().map(|a| a.text.as_str());
            let fits = |made: &Option<crate::model::Text>| match (made, wanted) {
                (_, None) => true,
                (Some(made), Some(wanted)) => arguments::alike(&made.text, wanted),
                (None, Some(_)) => false,
            };
            self.events.iter().enumerate().map(|(i, e)| (i as u32, &e.kind)).find_map(|(i, kind)| match kind {
                EventKind::ToolCall { call_id, name, arguments, .. }
                    if (call_id.is_none() || run.id.is_none())
                        && name.text == run.name.text
                        && !self.ran.contains(&i)
                        && fits(arguments) =>
                {
                    Some(i)
                }
                _ => None,
            })
        };
        let call = enclosing.or(enclosed).or(by_id).or_else(alike).unwrap_or_else(|| {
            self.push_call(
                run.id.clone(),
                run.name.clone(),
                run.arguments.clone(),
                run.start,
                run.agent.clone(),
                run.loc,
            )
        });
        self.ran.insert(call);
        if let Some((span, parent)) = &run.span {
            self.spans.insert(span.clone(), call);
            self.around.extend(parent.iter().map(|p| (p.clone(), call)));
        }
        let event = &mut self.events[call as usize];
        if let EventKind::ToolCall { call_id, arguments, .. } = &mut event.kind {
            if arguments.is_none() {
                *arguments = run.arguments;
            }
            if let Some(id) = run.id.filter(|id| !id.is_empty() && call_id.is_none()) {
                self.by_id.entry(id.clone()).or_insert(call);
                *call_id = Some(id);
            }
        }
        if run.start.is_some() && enclosing.is_none() {
            event.time = run.start;
        }
        if run.transport == Transport::Missing {
            return;
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
            self.fill(known, part);
            self.events[known as usize].time = run.end.or(self.events[known as usize].time);
            return;
        }
        let index = self.events.len() as u32;
        let ResultPart { content, transport, error, loc, .. } = part;
        let name = part.name.unwrap_or_default();
        let kind = EventKind::ToolResult { call: Some(call), name, content, transport, error };
        self.events.push(Event { kind, time: run.end.or(run.start), agent: run.agent, model_call: None, loc });
        self.close(call, index);
    }

    fn is_named(&self, call: u32, wanted: &str) -> bool {
        matches!(&self.events[call as usize].kind, EventKind::ToolCall { name, .. } if name.text == wanted)
    }
}
