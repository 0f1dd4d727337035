//! Amazon Connect Contact Lens: the analysis file of a call or a chat, and the segments that the API returns while one is in
//! progress. Source: the developer guide's *Example Contact Lens output files* and `ListRealtimeContactAnalysisSegments`.
//!
//! Both record who said what, but no tool calls.

use super::{Document, Format, parts};
use crate::hash::HashMap;
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{Gap, GapKind, KeyKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct ContactLens;

impl Format for ContactLens {
    fn name(&self) -> &'static str {
        "contact-lens"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let turn = |node: Node<'_>| node.get("ParticipantId").is_some() && node.any(&["Content", "Type"]).is_some();
        let analysis = root.get("Transcript").and_then(|list| list.items().next()).is_some_and(turn);
        let segments = root.get("Segments").into_iter().flat_map(Node::items).take(20);
        let live = segments.filter_map(|s| s.get("Transcript")).any(turn);
        if analysis || live { 93 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions = Vec::new();
        for doc in out.until_stopped(docs) {
            sessions.push(contact(doc, out));
        }
        out.sessions.extend(sessions);
    }
}

fn contact(doc: &Document<'_>, out: &mut Output) -> Session {
    let root = doc.root;
    let id = root.get("CustomerMetadata").unwrap_or(root).get("ContactId").and_then(Node::str);
    let mut session = match id {
        Some(id) => Session::new(id.into_owned(), KeyKind::Conversation),
        None => Session::new(doc.position_key(), KeyKind::Position),
    };
    let word = |node: Node<'_>, key: &str| node.str_at(key).map(|s| s.into_owned());
    let mut roles: HashMap<String, String> = HashMap::default();
    for person in root.get("Participants").into_iter().flat_map(Node::items) {
        roles.extend(word(person, "ParticipantId").zip(word(person, "ParticipantRole")));
    }
    let mut turns: Vec<Node<'_>> = root.get("Transcript").into_iter().flat_map(Node::items).collect();
    for segment in root.get("Segments").into_iter().flat_map(Node::items) {
        match segment.get("Transcript") {
            Some(turn) => turns.push(turn),
            None => out.bookkeeping(segment, "a segment of the analysis"),
        }
    }
    for turn in turns {
        let person = word(turn, "ParticipantId");
        let role = word(turn, "ParticipantRole").or_else(|| roles.get(person.as_ref()?).cloned()).or(person);
        let (role, agent) = match role.as_deref() {
            Some("CUSTOMER") => (MsgRole::User, None),
            Some("AGENT") => (MsgRole::Assistant, None),
            Some("CUSTOM_BOT" | "BOT") => (MsgRole::Assistant, Some("bot".to_owned())),
            Some("SUPERVISOR") => (MsgRole::Assistant, Some("supervisor".to_owned())),
            Some("SYSTEM") => (MsgRole::Harness, None),
            _ => {
                out.unknown(turn);
                session.items.push(Item::Message(payload::unread_message(turn, MsgRole::Assistant)));
                continue;
            }
        };
        // Somebody joined, typed or left.
        if turn.has("Type", "EVENT") {
            out.bookkeeping(turn, "EVENT");
            continue;
        }
        let at = turn.get("AbsoluteTime").and_then(time::any);
        let part = turn.get("Content").and_then(Node::text).map_or_else(|| payload::unread(turn), Part::Text);
        let mut msg = parts::said(role, vec![part], at, turn.loc());
        msg.agent = agent;
        match turn.has("Type", "ATTACHMENT") {
            true => out.mapped(turn),
            false => out.message(turn, &msg),
        }
        session.items.push(Item::Message(msg));
    }
    let what =
        "Contact Lens records what was said but no tool calls, so it does not show what the agent did".to_owned();
    session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc: Some(root.loc()), event: None });
    session
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};
    use serde_json::json;

    #[test]
    fn calls_chats_and_segments_tell_who_said_what() {
        let turn = |who: &str, text: &str| json!({"ParticipantId": who, "Id": text, "Content": text, "BeginOffsetMillis": 1, "EndOffsetMillis": 2});
        let people = json!([{"ParticipantId": "A", "ParticipantRole": "AGENT"}, {"ParticipantId": "C", "ParticipantRole": "CUSTOMER"}]);
        let call = json!({"Version": "1.1.0", "Participants": people, "CustomerMetadata": {"ContactId": "k1"}, "Transcript": [turn("C", "Pay"), turn("A", "Done")]});
        let trace = one("c.json", &call.to_string());
        assert_eq!((trace.format, trace.key.as_str(), texts(&trace)), ("contact-lens", "k1", vec!["Pay", "Done"]));
        assert_eq!(kinds(&trace), ["user", "assistant"]);

        let said = |who: &str, role: &str, kind: &str, text: &str| json!({"AbsoluteTime": "2026-05-04T10:00:00.000Z", "ParticipantId": who, "ParticipantRole": role, "Type": kind, "Content": text});
        let chat = json!({"Channel": "CHAT", "Transcript": [said("s", "SYSTEM", "EVENT", ""), said("c", "CUSTOMER", "MESSAGE", "Pay"), said("b", "CUSTOM_BOT", "MESSAGE", "Done")]});
        assert_eq!(kinds(&one("c.json", &chat.to_string())), ["user", "assistant"]);

        let live = json!({"Segments": [{"Transcript": turn("CUSTOMER", "Pay")}, {"Categories": {}}, {"Transcript": turn("AGENT", "Done")}]});
        assert_eq!(kinds(&one("c.json", &live.to_string())), ["user", "assistant"]);

        let strange = json!({"Transcript": [turn("C", "Pay"), turn("A", "Done")]});
        assert!(one("c.json", &call.to_string().replace("AGENT", "GHOST")).gaps.len() > 1);
        assert!(crate::read(&[crate::Evidence::new("c.json", strange.to_string().into_bytes())]).is_err());
    }
}
