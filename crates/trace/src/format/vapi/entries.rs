//! The messages of a Vapi call.

use super::super::voice::{self, Timed};
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{EventKind, Gap, GapKind, Stamp, Text, Transport, Verdict};
use crate::node::Node;
use crate::{payload, time};

/// What Vapi writes where a tool's server did not answer.
const NOTHING: &str = "No result returned";

/// What is known while the messages are read.
struct Reader<'s> {
    session: &'s mut Session,
    entries: Vec<Timed>,
    agent: Option<String>,
    /// True once instructions were given: further ones are another assistant's.
    instructed: bool,
    /// The transfer that was asked for: the tool's call, and where to.
    transfer: Option<(Option<String>, Text)>,
    handed_over: bool,
    clock: Clock,
    unread: usize,
}

/// Reads the list of messages.
pub fn read(list: Node<'_>, agent: Option<String>, started: Option<Stamp>, session: &mut Session, out: &mut Output) {
    let mut reader = Reader {
        session,
        entries: Vec::new(),
        agent,
        instructed: false,
        transfer: None,
        handed_over: false,
        clock: Clock { started, offset: 0.0, last: 0.0 },
        unread: 0,
    };
    for node in list.items() {
        let (start, end) = reader.clock.times(node);
        let items = reader.message(node, out);
        let message = items.iter().find_map(|i| if let Item::Message(msg) = i { Some(msg) } else { None });
        match message {
            Some(msg) => out.message(node, msg),
            None => out.unread(node),
        }
        reader.entries.push(Timed { items, start, end });
    }
    let Reader { mut entries, unread, session, .. } = reader;
    voice::interpolate(&mut entries);
    voice::into_session(entries, session);
    if unread > 0 {
        out.lossy.push(format!("{unread} messages of the call contain neither text nor tool calls; left out"));
    }
}

/// Vapi's times: `time` in milliseconds since 1970, and seconds from a start that moves with every transfer.
struct Clock {
    started: Option<Stamp>,
    offset: f64,
    last: f64,
}

impl Clock {
    fn times(&mut self, node: Node<'_>) -> (Option<Stamp>, Option<Stamp>) {
        if let Some(start) = node.get("time").and_then(time::any) {
            return (Some(start), node.get("endTime").and_then(time::any));
        }
        let Some(seconds) = node.get("secondsFromStart").and_then(Node::f64).filter(|s| s.is_finite()) else {
            return (None, None);
        };
        // The count begins anew after a transfer, at about nothing; the call does not. Speech that overlaps goes
        // back too, but never so far.
        if seconds + 0.001 < self.last && (seconds < 0.001 || seconds * 2.0 + 3.0 < self.last) {
            self.offset += self.last;
        }
        self.last = seconds;
        (Some(time::relative(self.offset + seconds, self.started)), None)
    }
}

impl Reader<'_> {
    fn message(&mut self, node: Node<'_>, out: &mut Output) -> Vec<Item> {
        let role = node.str_at("role").unwrap_or_default();
        match role.as_ref() {
            "system" => self.instructions(node),
            "bot" | "assistant" | "user" => {
                self.speech(node, if role == "user" { MsgRole::User } else { MsgRole::Assistant }, out)
            }
            "tool_calls" | "tool-calls" | "toolCalls" => self.calls(node, out),
            "tool_call_result" | "tool-call-result" | "tool" => self.result(node),
            _ => {
                self.unread += 1;
                vec![Item::Message(payload::unread_message(node, MsgRole::Assistant))]
            }
        }
    }

    /// A second set of instructions means that another assistant took over.
    fn instructions(&mut self, node: Node<'_>) -> Vec<Item> {
        let mut items = Vec::new();
        let text = node.any(&["message", "content"]).and_then(Node::text);
        if std::mem::replace(&mut self.instructed, true) && !std::mem::take(&mut self.handed_over) {
            let line = text.as_ref().and_then(|t| t.slice(0, t.text.lines().next().map_or(0, str::len)));
            let to = self.transfer.take().map(|(_, to)| to).or(line);
            items.extend(to.map(|to| self.hand_over(to, node)));
        }
        self.transfer = None;
        self.handed_over = false;
        let words = text.map(Part::Text).or_else(|| node.any(&["message", "content"]).map(payload::unread));
        items.extend(words.map(|words| {
            let mut msg = Msg::new(MsgRole::System, node.loc());
            msg.parts.push(words);
            msg.agent = self.agent.clone();
            Item::Message(msg)
        }));
        items
    }

    fn hand_over(&mut self, to: Text, node: Node<'_>) -> Item {
        let from = self.agent.replace(to.text.clone());
        voice::event(EventKind::Handoff { from, to }, None, None, node.loc())
    }

    fn speech(&mut self, node: Node<'_>, role: MsgRole, out: &mut Output) -> Vec<Item> {
        let mut msg = Msg::new(role, node.loc());
        msg.agent = self.agent.clone().filter(|_| role == MsgRole::Assistant);
        msg.interrupted = node.get("interrupted").and_then(Node::bool) == Some(true);
        if let Some(words) = node.get("message").and_then(Node::text) {
            msg.parts.push(Part::Text(words));
        } else if let Some(read) = payload::message(node) {
            // The form that OpenAI would want: calls stand in the assistant's message.
            msg.parts = read.parts;
        }
        if msg.parts.is_empty() {
            msg.parts.push(payload::unread(node.get("message").unwrap_or(node)));
        }
        for part in &msg.parts {
            if let Part::Call(call) = part {
                let listed = node.get("tool_calls").or_else(|| node.get("toolCalls")).into_iter().flat_map(Node::items);
                let named = listed.filter_map(|c| c.get("function")).find(|f| f.has("name", &call.name.text));
                self.asked_for(&call.name.text, call.id.clone(), named, out);
            }
        }
        let mut items = self.guard(node);
        items.push(Item::Message(msg));
        items
    }

    /// Vapi filters what callers say, and keeps what it filtered beside it.
    fn guard(&mut self, node: Node<'_>) -> Vec<Item> {
        let filtered = node.get("isFiltered").filter(|f| f.bool() == Some(true));
        let threats = node.get("detectedThreats").filter(|t| t.items().next().is_some());
        let detail = node.get("originalMessage").and_then(Node::text);
        let name = match (threats, filtered) {
            (Some(threats), _) => {
                threats.items().next().and_then(Node::text).unwrap_or_else(|| threats.key_text("detectedThreats"))
            }
            (None, Some(filtered)) => filtered.key_text("isFiltered"),
            (None, None) => return Vec::new(),
        };
        let kind = EventKind::Guardrail { name, verdict: Verdict::Triggered, action: None, detail };
        vec![voice::event(kind, None, None, node.loc())]
    }

    fn calls(&mut self, node: Node<'_>, out: &mut Output) -> Vec<Item> {
        let mut msg = Msg::new(MsgRole::Assistant, node.loc());
        msg.agent = self.agent.clone();
        if let Some(words) = node.get("message").and_then(Node::text) {
            msg.parts.push(Part::Text(words));
        }
        let list = node.any(&["toolCalls", "tool_calls"]);
        if list.is_none_or(|l| !l.is_array()) {
            msg.parts.push(payload::unread(node));
        }
        for call in list.into_iter().flat_map(Node::items) {
            let function = call.get("function").filter(|f| f.is_object()).unwrap_or(call);
            let Some(name) = function.get("name").and_then(Node::text) else {
                msg.parts.push(payload::unread(call));
                continue;
            };
            let id = call.str_at("id").map(|s| s.into_owned());
            self.asked_for(&name.text, id.clone(), Some(function), out);
            let arguments = function.any(&["arguments", "parameters"]).map(Node::json_text);
            msg.parts.push(Part::Call(CallPart { id, name, arguments }));
        }
        vec![Item::Message(msg)]
    }

    /// Remembers where a transfer leads.
    fn asked_for(&mut self, tool: &str, id: Option<String>, function: Option<Node<'_>>, out: &mut Output) {
        if !(tool.starts_with("transfer") || tool.starts_with("handoff")) {
            return;
        }
        let arguments = function.and_then(|f| f.any(&["arguments", "parameters"]));
        let to = arguments.and_then(|a| voice::destination(a, &mut out.bases));
        let to = to.or_else(|| function?.get("name")?.text());
        self.transfer = to.map(|to| (id, to));
    }

    fn result(&mut self, node: Node<'_>) -> Vec<Item> {
        let id = node.any(&["toolCallId", "tool_call_id"]).and_then(|n| n.str().map(|s| s.into_owned()));
        let content = node.any(&["result", "content", "message"]).map(Node::json_text);
        let error = node.get("error").map(Node::json_text);
        let silent = content.as_ref().is_some_and(|c| c.text.starts_with(NOTHING));
        if silent {
            let what = format!(
                "`{}` returned no result: Vapi wrote \"{NOTHING}.\" instead",
                node.str_at("name").unwrap_or_default()
            );
            self.session.gaps.push(Gap { kind: GapKind::ResultMissing, what, loc: Some(node.loc()), event: None });
        }
        let part = ResultPart {
            id: id.clone(),
            name: node.str_at("name").map(|s| s.into_owned()),
            arguments: None,
            content,
            // There is no flag of success: a result says no more than that something came back.
            transport: match (&error, silent) {
                (Some(_), _) => Transport::Error,
                (None, true) => Transport::Missing,
                (None, false) => Transport::Unknown,
            },
            error,
            loc: node.loc(),
        };
        let mut msg = Msg::new(MsgRole::Tool, node.loc());
        msg.parts.push(Part::Result(part));
        let mut items = vec![Item::Message(msg)];
        if let Some((_, to)) = self.transfer.take_if(|(asked, _)| *asked == id) {
            items.push(self.hand_over(to, node));
            self.handed_over = true;
        }
        items
    }
}
