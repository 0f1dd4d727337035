//! Agents that a log of Inspect shows only in its events: the messages of a sample are the outermost agent's.
//!
//! The event of a tool that is an agent names the span of that agent (`agent_span_id`); events say in which span they happened.

use super::resolve;
use crate::hash::HashMap;
use crate::item::{Item, Msg, Part, ToolRun};
use crate::model::Transport;
use crate::node::Node;
use crate::{payload, time};

/// Spans in spans: more levels than any agent has.
const DEPTH: usize = 64;

/// The agents at work in a sample, by the IDs of the calls that started them.
#[derive(Default)]
pub struct Agents<'d> {
    /// The tool's event and the span of the agent.
    started: HashMap<String, (Node<'d>, String)>,
    /// The events in the span of each agent, in their order.
    events: HashMap<String, Vec<Node<'d>>>,
}

impl<'d> Agents<'d> {
    /// The agents that some events tell of.
    pub fn of(events: &[Node<'d>]) -> Self {
        let text = |node: Node<'_>, key: &str| node.str_at(key).map(|s| s.into_owned()).filter(|s| !s.is_empty());
        let mut found = Agents::default();
        for &event in events.iter().filter(|event| event.has("event", "tool")) {
            if let (Some(id), Some(span)) = (text(event, "id"), text(event, "agent_span_id")) {
                found.events.insert(span.clone(), Vec::new());
                found.started.insert(id, (event, span));
            }
        }
        if found.started.is_empty() {
            return found;
        }
        let begun = events.iter().filter(|event| event.has("event", "span_begin"));
        let above: HashMap<String, String> =
            begun.filter_map(|event| Some((text(*event, "id")?, text(*event, "parent_id")?))).collect();
        for &event in events.iter().filter(|event| event.has("event", "tool") || event.has("event", "model")) {
            let own = text(event, "span_id");
            let up = |span: &String| above.get(span).cloned();
            let agent = std::iter::successors(own, up).take(DEPTH).find(|span| found.events.contains_key(span));
            if let Some(list) = agent.and_then(|span| found.events.get_mut(&span)) {
                list.push(event);
            }
        }
        found
    }

    /// What the agents did that some parts of a message call.
    pub fn at_work(&mut self, parts: &[Part], attachments: Option<Node<'_>>) -> Vec<Item> {
        let mut items = Vec::new();
        let mut waiting: Vec<String> = called(parts).rev().collect();
        while let Some(id) = waiting.pop() {
            let Some((event, span)) = self.started.remove(&id) else { continue };
            // Only says which call the agent works for: the result stands among the messages, or in an event of its own.
            let Some(bound) = run(event, attachments) else { continue };
            let nothing = ToolRun { content: None, error: None, transport: Transport::Missing, ..bound };
            items.push(Item::Tool(ToolRun { span: Some((span.clone(), None)), ..nothing }));
            for event in self.events.remove(&span).unwrap_or_default() {
                let item = match event.has("event", "tool") {
                    true => run(event, attachments).map(Item::Tool),
                    false => said(event, attachments).map(Item::Message),
                };
                let Some(item) = item else { continue };
                let deeper = if let Item::Message(msg) = &item { called(&msg.parts).collect() } else { Vec::new() };
                items.push(item.within(Some(&span)));
                let inner: Vec<String> = deeper.into_iter().filter(|id| self.started.contains_key(id)).collect();
                waiting.extend(inner.into_iter().rev());
            }
        }
        items
    }
}

fn called(parts: &[Part]) -> impl DoubleEndedIterator<Item = String> {
    parts.iter().filter_map(|part| if let Part::Call(call) = part { call.id.clone() } else { None })
}

/// A tool at work, as its event tells it.
fn run(event: Node<'_>, attachments: Option<Node<'_>>) -> Option<ToolRun> {
    let error = event.get("error").filter(|error| error.is_object());
    let transport = if error.is_some() { Transport::Error } else { Transport::Ok };
    let moved = |node: Node<'_>| node.str().and_then(|s| attachments?.get(s.strip_prefix("attachment://")?)?.text());
    let content = event.get("result").filter(|result| !result.is_null());
    Some(ToolRun {
        id: event.str_at("id").map(|s| s.into_owned()),
        name: event.get("function")?.text()?,
        arguments: event.get("arguments").map(Node::json_text),
        content: content.and_then(|content| moved(content).or_else(|| payload::answer_text(content))),
        transport,
        error: error.and_then(|error| error.get("message")).and_then(Node::text),
        start: event.get("timestamp").and_then(time::any),
        end: event.get("completed").and_then(time::any),
        agent: None,
        span: None,
        loc: event.loc(),
    })
}

/// What a model answered.
fn said(event: Node<'_>, attachments: Option<Node<'_>>) -> Option<Msg> {
    let first = event.get("output")?.get("choices")?.items().next()?;
    let mut msg = payload::message(first.get("message")?)?;
    msg.parts.iter_mut().for_each(|part| resolve(part, attachments));
    msg.time = event.any(&["completed", "timestamp"]).and_then(time::any);
    msg.agent = None;
    Some(msg)
}

#[cfg(test)]
mod tests {
    use crate::model::EventKind;
    use crate::test_support::{kinds, one};
    use serde_json::{Value, json};

    #[test]
    fn an_agent_that_is_a_tool_is_a_sub_agent_of_its_call() {
        let begin = |id: &str, parent: &str, kind: &str| json!({"event": "span_begin", "id": id, "span_id": id, "parent_id": parent, "type": kind, "name": id});
        let call = |id: &str, name: &str, arguments: Value| json!({"role": "assistant", "content": "", "tool_calls": [{"id": id, "function": name, "arguments": arguments, "type": "function"}]});
        let model = |span: &str, message: Value| json!({"event": "model", "span_id": span, "input": [], "output": {"model": "m", "choices": [{"message": message, "stop_reason": "stop"}]}});
        let tool = |span: &str, id: &str, name: &str, result: &str| json!({"event": "tool", "span_id": span, "id": id, "function": name, "arguments": {}, "result": result});
        let mut asks = tool("main", "k1", "botanist", "a maple");
        asks["agent_span_id"] = json!("leaf");
        let log = json!({"version": 2, "status": "success", "eval": {"model": "m", "task": "t"}, "samples": [{"id": "s", "epoch": 1, "input": "Which tree?", "messages": [
            {"role": "user", "content": "Which tree?"},
            call("k1", "botanist", json!({"input": "Name it"})),
            {"role": "tool", "content": "a maple", "tool_call_id": "k1", "function": "botanist"},
            {"role": "assistant", "content": "It is a maple."},
        ], "events": [
            begin("main", "", "agent"), model("main", call("k1", "botanist", json!({"input": "Name it"}))), begin("t", "main", "tool"), asks,
            begin("leaf", "t", "agent"), model("leaf", call("k2", "key_out", json!({"lobes": 5}))), begin("t2", "leaf", "tool"),
            tool("t2", "k2", "key_out", "Acer"), model("leaf", json!({"role": "assistant", "content": "a maple"})),
            model("main", json!({"role": "assistant", "content": "It is a maple."})),
        ]}]});
        let trace = one("log.json", &log.to_string());
        let expected = [
            "user",
            "call botanist -> 5",
            "call key_out -> 3",
            "result Ok <- 2",
            "assistant",
            "result Ok <- 1",
            "assistant",
        ];
        assert_eq!(kinds(&trace), expected);
        let inner = |at: usize| trace.sub_agent(&trace.events[at]).map(|agent| (agent.name.as_str(), agent.call));
        assert_eq!(inner(2), Some(("botanist", Some(1))));
        assert_eq!((inner(4), inner(6)), (Some(("botanist", Some(1))), None));
        assert!(
            matches!(&trace.events[3].kind, EventKind::ToolResult { content: Some(text), .. } if text.text == "Acer")
        );
    }
}
