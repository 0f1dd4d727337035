//! The words in a record of Kimi Code, and who said them.

use super::super::{parts, transcript};
use super::origin;
use super::repeats::{Channel, Repeats};
use crate::item::{MsgRole, Part, ResultPart};
use crate::model::Transport;
use crate::node::Node;
use crate::payload;

/// The content of a record, with the speaker of each part.
pub struct Said {
    /// Where it is recorded.
    pub channel: Channel,
    /// The parts, each with its speaker.
    pub parts: Vec<(MsgRole, Part)>,
}

impl Said {
    /// True if the main agent's log contains all of it.
    pub fn copies(&self, main: &Repeats) -> bool {
        self.channel == Channel::Context
            && self.parts.iter().all(|(role, part)| match part {
                Part::Text(t) | Part::Reasoning(t) => {
                    // The main agent's user is not the sub-agent's user.
                    let role = if *role == MsgRole::System { MsgRole::User } else { *role };
                    main.holds(role as u8, &t.text)
                }
                _ => true,
            })
    }
}

/// The content of a record of words, calls or results; `None` for any other record.
pub fn said(root: Node<'_>, sub: bool) -> Option<Said> {
    let kind = root.str_at("type")?;
    let (channel, message) = match kind.as_ref() {
        "turn.prompt" | "turn.steer" => {
            let origin = root.get("origin");
            let parts = content(root.get("input")?).into_iter().map(|p| (origin::role(origin, &p, sub), p)).collect();
            return Some(Said { channel: Channel::Prompt, parts });
        }
        "context.append_loop_event" => {
            let event = root.get("event")?;
            let (role, part) = match event.str_at("type")?.as_ref() {
                "content.part" => (MsgRole::Assistant, content(event.get("part")?).into_iter().next()?),
                "tool.call" => {
                    event.get("name")?;
                    (MsgRole::Assistant, payload::call(event))
                }
                "tool.result" => (MsgRole::Tool, Part::Result(result(event, event.get("result")?))),
                _ => return None,
            };
            return Some(Said { channel: Channel::Loop, parts: vec![(role, part)] });
        }
        "context.append_message" => (Channel::Context, root.get("message")?),
        "agent.message.appended" => (Channel::Transcript, root.get("message").and_then(|m| m.get("message"))?),
        _ => return None,
    };
    let origin = message.get("origin").or_else(|| root.get("message")?.get("meta")?.get("origin"));
    let list = message.get("content").map(content).unwrap_or_default();
    let parts = match payload::role(&message.str_at("role")?)? {
        MsgRole::Tool => vec![(MsgRole::Tool, Part::Result(result(message, message)))],
        MsgRole::User => list.into_iter().map(|p| (origin::role(origin, &p, sub), p)).collect(),
        role => {
            let calls = message.get("toolCalls").into_iter().flat_map(Node::items).map(payload::call);
            list.into_iter().chain(calls).map(|p| (role, p)).collect()
        }
    };
    Some(Said { channel, parts })
}

/// A string, a part, or a list of parts.
fn content(node: Node<'_>) -> Vec<Part> {
    if node.is_array() {
        return node.items().flat_map(content).collect();
    }
    match node.get("think").filter(|_| node.has("type", "think")).and_then(Node::text) {
        Some(text) => vec![Part::Reasoning(text)],
        None => payload::as_parts(node),
    }
}

fn result(of: Node<'_>, body: Node<'_>) -> ResultPart {
    let flag = body.get("isError").or(of.get("isError")).and_then(Node::bool);
    // The loop writes the flag only if the call failed. Messages may lack it.
    let transport = match flag {
        None if body.loc() != of.loc() => Transport::Ok,
        flag => parts::failed(flag),
    };
    let content = body.any(&["output", "content"]).and_then(transcript::content);
    let id = transcript::string(of, &["toolCallId"]);
    ResultPart { id, name: None, arguments: None, content, transport, error: None, loc: of.loc() }
}
