//! The data export of claude.ai: `conversations.json`, a list of conversations with their `chat_messages`.
//!
//! After exports of 2024 to 2026. The newer ones name the message that each one follows, so that what the user edited is
//! a branch; the older ones have one list.

use super::{Document, Format, parts, transcript::WENT_BACK};
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, Unread};
use crate::model::{Event, EventKind, KeyKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct ClaudeAi;

/// Blocks that hold no words of the conversation.
const BOOKS: [&str; 3] = ["token_budget", "flag", "voice_note"];

impl Format for ClaudeAi {
    fn name(&self) -> &'static str {
        "claude-ai"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let list = root.get("chat_messages").filter(|list| list.is_array());
        if list.is_some() && root.any(&["uuid", "name", "created_at"]).is_some() { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            conversation(doc, out);
        }
    }
}

fn conversation(doc: &Document<'_>, out: &mut Output) {
    let named = parts::word(doc.root, &["uuid"]);
    let (key, kind) = named.map_or((doc.position_key(), KeyKind::Position), |id| (id, KeyKind::Conversation));
    let mut session = Session::new(key, kind);
    let messages: Vec<_> = doc.root.get("chat_messages").into_iter().flat_map(Node::items).collect();
    let kept = branch(doc.root, &messages);
    let mut left_out = false;
    for (node, kept) in out.until_stopped(messages).zip(kept) {
        if !kept {
            out.bookkeeping(node, "a message of a branch that was given up");
            left_out = true;
            continue;
        }
        if std::mem::take(&mut left_out) {
            let (time, kind) = (stamp(node), EventKind::Context { what: WENT_BACK.to_owned(), lost: true });
            session.items.push(Item::Event(Event { kind, time, agent: None, model_call: None, loc: node.loc() }));
        }
        for msg in turn(node, out) {
            session.items.push(Item::Message(msg));
        }
    }
    if session.items.is_empty() {
        out.bookkeeping(doc.root, "a conversation without messages");
    }
    out.sessions.push(session);
}

/// Which of the messages are on the way to the last one: all of them where they do not name the one before.
fn branch(root: Node<'_>, messages: &[Node<'_>]) -> Vec<bool> {
    let id = |node: Node<'_>, key: &str| node.str_at(key).map(|s| s.into_owned());
    let place: HashMap<_, _> =
        messages.iter().enumerate().filter_map(|(i, node)| Some((id(*node, "uuid")?, i))).collect();
    let before = |i: usize| id(messages[i], "parent_message_uuid");
    let linked = (0..messages.len()).filter(|&i| before(i).is_some_and(|p| place.contains_key(&p))).count();
    if linked == 0 {
        return vec![true; messages.len()];
    }
    let named = id(root, "current_leaf_message_uuid").and_then(|leaf| place.get(&leaf).copied());
    let mut at = named.or(messages.len().checked_sub(1));
    let mut kept = vec![false; messages.len()];
    while let Some(i) = at.filter(|&i| !kept[i]) {
        kept[i] = true;
        at = before(i).and_then(|parent| place.get(&parent).copied());
    }
    kept
}

fn stamp(node: Node<'_>) -> Option<crate::model::Stamp> {
    node.get("created_at").and_then(time::any)
}

/// A message of the export: what its sender said, called, and was answered.
fn turn(node: Node<'_>, out: &mut Output) -> Vec<Msg> {
    let role = match node.str_at("sender").as_deref() {
        Some("human") => MsgRole::User,
        Some("assistant") => MsgRole::Assistant,
        _ => {
            let msg = payload::unread_message(node, MsgRole::Assistant);
            out.message(node, &msg);
            return vec![msg];
        }
    };
    let blocks: Vec<_> = node.get("content").into_iter().flat_map(Node::items).collect();
    let mut all: Vec<Msg> = Vec::new();
    let mut add = |role: MsgRole, part: Part, at: Node<'_>| match all.last_mut() {
        Some(last) if last.role == role => last.parts.push(part),
        _ => all.push(parts::said(role, vec![part], stamp(node), at.loc())),
    };
    for block in &blocks {
        if block.str_at("type").is_some_and(|kind| BOOKS.contains(&kind.as_ref())) {
            continue;
        }
        for part in payload::as_parts(*block) {
            match part {
                Part::Result(result) => add(MsgRole::Tool, Part::Result(result), *block),
                Part::Text(text) if text.text.trim().is_empty() => {}
                part => add(role, part, *block),
            }
        }
    }
    // Exports before 2024 have the words only here.
    if blocks.is_empty()
        && let Some(text) = node.get("text").and_then(Node::text).filter(|t| !t.text.trim().is_empty())
    {
        add(role, Part::Text(text), node);
    }
    for file in node.get("attachments").into_iter().flat_map(Node::items) {
        if let Some(text) = file.get("extracted_content").and_then(Node::text).filter(|t| !t.text.is_empty()) {
            add(role, Part::Text(text), file);
        }
    }
    for file in node.any(&["files", "files_v2"]).into_iter().flat_map(Node::items) {
        add(role, Part::Unread(Unread { kind: "file".to_owned(), attachment: true, length: 0, loc: file.loc() }), file);
    }
    let lost = all.iter().flat_map(|msg| &msg.parts).any(|p| matches!(p, Part::Unread(u) if !u.attachment));
    match (lost, all.is_empty()) {
        (true, _) => out.unread(node),
        (false, true) if blocks.is_empty() && node.get("content").is_some_and(|c| !c.is_array()) => out.unread(node),
        (false, true) => out.bookkeeping(node, "a message without words"),
        (false, false) => out.mapped(node),
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one, texts};
    use serde_json::{Value, json};

    fn said(id: &str, parent: Option<&str>, sender: &str, content: &Value) -> Value {
        let mut all = json!({"uuid": id, "text": "", "content": content, "sender": sender, "created_at": "2026-05-04T10:00:00Z", "attachments": [], "files": []});
        if let Some(parent) = parent {
            all["parent_message_uuid"] = parent.into();
        }
        all
    }

    #[test]
    fn calls_without_ids_are_joined_to_what_follows_them() {
        let answer = json!([{"type": "text", "text": "One moment"}, {"type": "tool_use", "name": "refund", "input": {"n": 1}},
            {"type": "tool_result", "name": "refund", "content": [{"type": "text", "text": "no"}], "is_error": true}, {"type": "text", "text": "It failed"}]);
        let mut user = said("1", None, "human", &json!([{"type": "text", "text": "Refund me"}]));
        user["attachments"] = json!([{"file_name": "a.txt", "extracted_content": "ch_42"}]);
        let talk = json!({"uuid": "u", "name": "n", "created_at": "2026-05-04T10:00:00Z", "chat_messages": [user, said("2", None, "assistant", &answer)]});
        let empty = json!({"uuid": "v", "name": "", "chat_messages": []});
        let traces = all("conversations.json", &json!([talk, empty]).to_string());
        assert_eq!(kinds(&traces[0]), ["user", "assistant", "call refund -> 3", "result Error <- 2", "assistant"]);
        assert_eq!(texts(&traces[0]), ["Refund me", "ch_42", "One moment", "It failed"]);
    }

    #[test]
    fn what_the_user_edited_is_a_branch_that_is_left_out() {
        let words = |text: &str| json!([{"type": "text", "text": text}]);
        let root = Some("00000000-0000-4000-8000-000000000000");
        let list = [
            said("1", root, "human", &words("Hi")),
            said("2", Some("1"), "assistant", &words("Hello")),
            said("3", root, "human", &words("Hi again")),
            said("4", Some("3"), "assistant", &words("Hello again")),
        ];
        let trace = one("c.json", &json!({"uuid": "u", "chat_messages": list}).to_string());
        assert_eq!(texts(&trace), ["Hi again", "Hello again"]);
        assert_eq!(kinds(&trace)[0], "context lost=true");
    }
}
