//! Cline and Roo Code: `api_conversation_history.json`, a list of Anthropic messages, and `{sessionId, messages}` of newer
//! versions.
//!
//! In the list, calls may be XML in the agent's words, and results the words of the next message in the user's name, as
//! `[execute_command for 'ls'] Result:`. Everything that the program adds there, such as `<environment_details>`, is the
//! harness. The names of tools and tags are those of Cline's and Roo's system prompts.

mod agent;
mod user;

use super::{Document, Format, parts, session_key};
use crate::hash::HashSet;
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, Session};
use crate::model::{KeyKind, Text};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct Cline;

impl Format for Cline {
    fn name(&self) -> &'static str {
        "cline"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(list) = list(root) else { return 0 };
        let mut messages = list.items().filter(|m| m.get("role").is_some());
        let Some(first) = messages.next() else { return 0 };
        let newer = !root.is_array()
            && root.get("sessionId").is_some()
            && list.items().take(8).any(|m| m.any(&["modelInfo", "metrics"]).is_some());
        if newer {
            return 90;
        }
        let mut opens = || {
            let said = [Some(first), messages.next()].into_iter().flatten().flat_map(texts);
            { said }.any(|t| {
                let start = t.text.trim_start();
                ["<task>", "<user_message>", "<feedback>", "[TASK RESUMPTION]"].iter().any(|tag| start.starts_with(tag))
            })
        };
        let details = || list.items().take(4).flat_map(texts).any(|t| t.text.contains("<environment_details>"));
        let mut agent = list.items().take(8).filter(|m| m.has("role", "assistant")).flat_map(texts);
        match first.has("role", "user") && (details() || opens()) {
            true => 92,
            // A list that does not begin at the beginning.
            false if agent.any(|t| agent::ends_with_call(&t.text)) => 60,
            false => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let named = session_key(doc.root).filter(|_| !doc.root.is_array());
            let (key, kind) = named.unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
            let mut session = Session::new(key, kind);
            let system = doc.root.any(&["systemPrompt", "system_prompt"]).and_then(payload::system_message);
            session.items.extend(system.map(Item::Message));
            let mut open = Open::default();
            for node in list(doc.root).into_iter().flat_map(Node::items) {
                message(node, &mut open, &mut session, out);
            }
            out.sessions.push(session);
        }
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() { Some(root) } else { root.get("messages").filter(|m| m.is_array()) }
}

fn texts(message: Node<'_>) -> Vec<Text> {
    let content = message.get("content").map(payload::as_parts).unwrap_or_default();
    content.into_iter().take(8).filter_map(|p| if let Part::Text(t) = p { Some(t) } else { None }).collect()
}

/// What the next message may answer.
#[derive(Default)]
struct Open {
    /// True while a call in the agent's words waits for its result.
    xml: bool,
    /// Calls by which the agent only says something to the user.
    spoken: HashSet<String>,
}

/// The words of a call that only speaks, and its ID.
fn spoken(node: Node<'_>, call: &CallPart) -> Option<(Text, String)> {
    let (tag, id) = (agent::words_of(&call.name.text)?, call.id.clone()?);
    let blocks = node.get("content").into_iter().flat_map(Node::items);
    let own = blocks.into_iter().find(|block| block.str_at("id").is_some_and(|own| own == id))?;
    Some((own.get("input")?.get(tag)?.text().filter(|t| !t.text.trim().is_empty())?, id))
}

/// One message.
fn message(node: Node<'_>, open: &mut Open, session: &mut Session, out: &mut Output) {
    let at = node.any(&["ts", "timestamp"]).and_then(time::any);
    let Some(msg) = payload::message(node) else {
        out.unknown(node);
        session.items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
        return;
    };
    out.message(node, &msg);
    // What Roo replaced the earlier messages by, in the name of either.
    if node.get("isSummary").and_then(Node::bool) == Some(true) {
        let summary =
            msg.parts.into_iter().find_map(|part| if let Part::Text(text) = part { Some(text) } else { None });
        let parts = vec![Part::Compacted(summary)];
        session.items.push(Item::Message(Msg {
            parts,
            time: at,
            role: MsgRole::Assistant,
            ..Msg::new(MsgRole::Assistant, node.loc())
        }));
        return;
    }
    match msg.role {
        MsgRole::Assistant => {
            let model = node.get("modelInfo").and_then(|m| parts::word(m, &["id", "modelId"]));
            let count = |key: &str| node.get("metrics").and_then(|m| m.get(key)).and_then(Node::i64);
            if model.is_some() || count("outputTokens").is_some() {
                let tokens = (count("inputTokens"), count("outputTokens"));
                session.items.push(parts::model_call(model, tokens, at, at, node.loc()));
            }
            let native = msg.parts.iter().any(|p| matches!(p, Part::Call(_)));
            let mut found = Vec::new();
            for part in msg.parts {
                match part {
                    Part::Text(text) if !native => found.extend(agent::said(&text)),
                    Part::Call(call) => match spoken(node, &call) {
                        Some((words, id)) => {
                            open.spoken.insert(id);
                            found.push(Part::Text(words));
                        }
                        None => found.push(Part::Call(call)),
                    },
                    other => found.push(other),
                }
            }
            open.xml = !native && found.iter().any(|p| matches!(p, Part::Call(_)));
            let marker = found.pop_if(|part| agent::interruption(part).is_some());
            let cut = marker.and_then(|part| agent::interruption(&part));
            let interrupted = cut.is_some() || msg.interrupted;
            let (said, note) = cut.map_or((None, None), |(said, note)| (said, Some(note)));
            found.extend(said.map(Part::Text));
            if !found.is_empty() || note.is_none() {
                session.items.push(Item::Message(Msg { parts: found, time: at, interrupted, ..msg }));
            }
            session.items.extend(
                note.map(|text| Item::Message(parts::said(MsgRole::Harness, vec![Part::Text(text)], at, node.loc()))),
            );
        }
        MsgRole::User => {
            for mut told in user::told(node, msg.parts, &mut open.xml, &open.spoken) {
                told.time = at;
                session.items.push(Item::Message(told));
            }
        }
        _ => session.items.push(Item::Message(Msg { time: at, ..msg })),
    }
}

#[cfg(test)]
mod tests;
