//! A dialogue that was plain text: lines with speakers, cues of subtitles, or a table (see [`crate::dialogue`]).

use super::{Document, Format, parts};
use crate::hash::HashMap;
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{Gap, GapKind, KeyKind, Stamp};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct TextDialogue;

/// What such a session can never hold.
const WORDS_ONLY: &str =
    "this form holds words only: tool calls and their results are not in it, whether or not the agent made any";

/// The form in which models write calls among their words.
const CHATML: &str = "chatml";

/// What is said of lines with roles in front that may be nobody's words.
const DOUBTFUL: &str =
    "hardly any line speaks to anybody: check that this is a conversation, and not a log or a document";

/// What is said of such lines among others.
const SURROUNDED: &str = "other text stands around the lines with speakers: check that this is a conversation, and not an example in a document or a part of a log";

impl Format for TextDialogue {
    fn name(&self) -> &'static str {
        "dialogue"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let turns = root.get("turns").is_some_and(Node::is_array);
        if turns && form(root).is_some() { 90 } else { 0 }
    }

    fn dialect(&self, docs: &[Document<'_>]) -> Option<&'static str> {
        form(docs.first()?.root)
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            read(doc, out);
        }
    }
}

fn form(root: Node<'_>) -> Option<&'static str> {
    ["text", "webvtt", "subrip", "csv", CHATML].into_iter().find(|form| root.has("dialogue", form))
}

fn read(doc: &Document<'_>, out: &mut Output) {
    let mut sessions: Vec<Session> = Vec::new();
    let mut place: HashMap<String, usize> = HashMap::default();
    if let Some(header) = doc.root.get("header") {
        out.bookkeeping(header, "lines above the first turn");
    }
    let doubts: Vec<&str> = [("doubtful", DOUBTFUL), ("surrounded", SURROUNDED)]
        .into_iter()
        .filter_map(|(key, doubt)| doc.root.get(key).map(|_| doubt))
        .collect();
    out.lossy.extend(doubts.iter().map(|doubt| format!("{}: {doubt}", doc.position_key())));
    for node in doc.root.get("turns").into_iter().flat_map(Node::items) {
        let named = node.str_at("conversation");
        let key = named.as_deref().unwrap_or_default();
        let at = *place.entry(key.to_owned()).or_insert_with(|| {
            let mut session = match key {
                "" => Session::new(doc.position_key(), KeyKind::Position),
                key => Session::new(key, KeyKind::Conversation),
            };
            let loc = Some(doc.root.loc());
            let only = Some(WORDS_ONLY.to_owned()).filter(|_| !doc.root.has("dialogue", CHATML));
            session.gaps.extend(only.map(|what| Gap { kind: GapKind::ContentNotCaptured, what, loc, event: None }));
            let told = doubts.iter().map(|doubt| (*doubt).to_owned());
            session.gaps.extend(told.map(|what| Gap { kind: GapKind::NotRead, what, loc, event: None }));
            sessions.push(session);
            sessions.len() - 1
        });
        let Some(text) = node.get("text").and_then(Node::text) else {
            out.unknown(node);
            continue;
        };
        if let Some(lost) = node.str_at("lost") {
            out.unread_as(node, &lost);
            // Then calls are in the table, though not in what is read of it.
            if let Some(session) = sessions.get_mut(at) {
                session.gaps.retain(|gap| gap.what != WORDS_ONLY);
            }
            continue;
        }
        let Some(role) = node.str_at("role").and_then(|role| role_of(&role)) else {
            let speaker = node.str_at("speaker").filter(|s| !s.is_empty());
            let kind = speaker.map_or("turn of nobody".to_owned(), |speaker| format!("turn of {speaker}"));
            out.unread_as(node, &kind);
            continue;
        };
        if text.text.is_empty() {
            out.bookkeeping(node, "a turn without words");
            continue;
        }
        out.mapped(node);
        let said = match role {
            role if doc.root.has("dialogue", CHATML) => {
                let mut said = parts::said(role, vec![Part::Text(text)], None, node.loc());
                payload::untangle_xml(&mut said);
                said
            }
            MsgRole::Tool => {
                let unknown = crate::model::Transport::Unknown;
                parts::result(None, None, Some(text), unknown, stamp(node), node.loc())
            }
            role => {
                let mut said = parts::said(role, vec![Part::Text(text)], stamp(node), node.loc());
                let speaker = node.str_at("speaker").filter(|name| !crate::dialogue::is_role(name));
                said.agent = speaker.filter(|_| role == MsgRole::Assistant).map(|name| name.into_owned());
                said
            }
        };
        if let Some(session) = sessions.get_mut(at) {
            session.items.push(Item::Message(said));
        }
    }
    out.sessions.extend(sessions);
}

fn role_of(word: &str) -> Option<MsgRole> {
    Some(match word {
        "user" => MsgRole::User,
        "agent" => MsgRole::Assistant,
        "system" => MsgRole::System,
        "tool" => MsgRole::Tool,
        "notice" => MsgRole::Harness,
        _ => return None,
    })
}

fn stamp(node: Node<'_>) -> Option<Stamp> {
    let relative = || node.get("seconds").and_then(Node::f64).map(|seconds| time::relative(seconds, None));
    node.get("at").and_then(time::any).or_else(relative)
}
