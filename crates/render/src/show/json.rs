//! The normalised trace as JSON.

use hindcast_detect::Session;
use hindcast_detect::outcome::status;
use hindcast_trace::Evidence;
use hindcast_trace::locator::{Loc, Resolver, evidence_of};
use hindcast_trace::model::{Event, EventKind, Stamp, Text};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// Everything that the trace holds, with a locator at every text.
pub fn trace_json(session: &Session<'_>, evidence: &[Evidence]) -> Value {
    let trace = session.trace;
    let mut places = Places { session, evidence, resolvers: evidence.iter().map(Resolver::new).collect() };
    let events: Vec<Value> = trace.events.iter().enumerate().map(|(i, e)| places.event(i as u32, e)).collect();
    let calls: Vec<Value> = trace
        .model_calls
        .iter()
        .map(|c| {
            json!({
                "model": c.model, "start": time(c.start), "end": time(c.end),
                "input_tokens": c.input_tokens, "output_tokens": c.output_tokens,
                "finish": c.finish.as_ref().map(|(f, _)| f), "at": places.at(c.loc),
            })
        })
        .collect();
    let tools: Vec<Value> = trace
        .tools
        .iter()
        .map(|t| {
            json!({
                "name": t.name.text, "description": t.description.as_ref().map(|d| &d.text),
                "parameters": t.parameters.as_ref().map(|p| &p.text), "at": places.at(t.name.loc),
            })
        })
        .collect();
    let users: Vec<Value> = trace.users.iter().map(|user| places.text(user)).collect();
    let gaps: Vec<Value> =
        trace.gaps.iter().map(|g| json!({ "kind": g.kind, "what": g.what, "event": g.event.map(|e| e + 1) })).collect();
    json!({
        "schema": "hindcast.trace/1", "key": trace.key, "key_kind": trace.key_kind, "format": trace.format,
        "agents": trace.agents, "users": users, "models": trace.models(), "events": events, "model_calls": calls, "tools": tools, "gaps": gaps,
    })
}

struct Places<'a, 't> {
    session: &'a Session<'t>,
    evidence: &'a [Evidence],
    resolvers: Vec<Resolver<'a>>,
}

impl Places<'_, '_> {
    fn at(&mut self, loc: Loc) -> Value {
        let bases = &self.session.trace.bases;
        let Some(index) = evidence_of(bases, loc.base).map(|i| i as usize) else { return Value::Null };
        let locator = self.resolvers.get_mut(index).and_then(|r| r.locate(bases, loc));
        json!({ "evidence": self.evidence.get(index).map(|e| e.id.to_string()), "locator": locator })
    }

    fn text(&mut self, text: &Text) -> Value {
        let at = self.at(text.loc);
        json!({ "text": text.text, "at": at })
    }

    fn optional(&mut self, text: &Option<Text>) -> Value {
        text.as_ref().map_or(Value::Null, |t| self.text(t))
    }

    fn event(&mut self, index: u32, event: &Event) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, value: Value| {
            out.insert(key.to_owned(), value);
        };
        put("event", json!(index + 1));
        put("time", time(event.time));
        if let Some(agent) = &event.agent {
            put("agent", json!(agent));
        }
        if let Some(sub_agent) = self.session.trace.sub_agent(event) {
            put("sub_agent", json!({ "call_event": sub_agent.call.map(|c| c + 1) }));
        }
        match &event.kind {
            EventKind::Message { role, texts, interrupted } => {
                put("kind", json!("message"));
                put("role", json!(role));
                put("texts", texts.iter().map(|t| self.text(t)).collect());
                put("interrupted", json!(interrupted));
            }
            EventKind::Reasoning { text } => {
                put("kind", json!("reasoning"));
                put("text", self.text(text));
            }
            EventKind::ToolCall { call_id, name, arguments, result } => {
                put("kind", json!("tool_call"));
                put("call_id", json!(call_id));
                put("name", self.text(name));
                put("arguments", self.optional(arguments));
                put("result_event", json!(result.map(|r| r + 1)));
            }
            EventKind::ToolResult { call, name, content, transport, error } => {
                put("kind", json!("tool_result"));
                put("call_event", json!(call.map(|c| c + 1)));
                put("name", json!(name));
                put("content", self.optional(content));
                put("transport", json!(transport));
                let standing = call.and_then(|c| self.session.call_at(c)).map(|c| status::of(self.session, c).standing);
                put("operation", json!(standing));
                put("error", self.optional(error));
            }
            EventKind::Guardrail { name, verdict, action, detail } => {
                put("kind", json!("guardrail"));
                put("name", self.text(name));
                put("verdict", json!(verdict));
                put("action", self.optional(action));
                put("detail", self.optional(detail));
            }
            EventKind::Handoff { from, to } => {
                put("kind", json!("handoff"));
                put("from", json!(from));
                put("to", self.text(to));
            }
            EventKind::Retrieval { query, documents, .. } => {
                put("kind", json!("retrieval"));
                put("query", self.optional(query));
                put("documents", json!(documents));
            }
            EventKind::Context { what, lost } => {
                put("kind", json!("context"));
                put("what", json!(what));
                put("lost", json!(lost));
            }
            EventKind::Error { text } => {
                put("kind", json!("error"));
                put("text", self.text(text));
            }
        }
        let at = self.at(event.loc);
        put("at", at);
        Value::Object(out)
    }
}

fn time(stamp: Option<Stamp>) -> Value {
    let utc = stamp.and_then(|s| Timestamp::from_nanosecond(i128::from(s.ns)).ok());
    utc.map_or(Value::Null, |t| json!({ "utc": t.to_string(), "quality": stamp.map(|s| s.quality) }))
}
