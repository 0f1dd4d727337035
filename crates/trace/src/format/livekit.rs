//! LiveKit Agents: a chat context, or the report of a session that holds one.

use super::voice;
use super::{Document, Format};
use crate::hash::HashSet;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session};
use crate::model::{EventKind, KeyKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct LiveKit;

impl Format for LiveKit {
    fn name(&self) -> &'static str {
        "livekit"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(list) = items(root) else { return 0 };
        let typed = |n: &Node<'_>| {
            let kind = n.str_at("type").unwrap_or_default();
            match kind.as_ref() {
                "message" => n.get("role").is_some(),
                "function_call" | "function_call_output" | "agent_handoff" | "agent_config_update" => true,
                _ => false,
            }
        };
        // A newer version has further kinds, and a damaged file has odd items: most of them decide.
        let seen = list.items().take(20).count();
        let known = list.items().take(20).filter(typed).count();
        match (known * 2 > seen, known == seen, root.get("chat_history").is_some()) {
            (false, _, _) => 0,
            (true, _, true) => 97,
            (true, true, false) => 88,
            (true, false, false) => 70,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        // A report may be there twice, and an earlier snapshot of the same session beside it.
        let mut known: HashSet<(String, String)> = HashSet::default();
        for doc in out.until_stopped(docs) {
            let named = ["job_id", "room_id", "room", "session_id"]
                .into_iter()
                .filter_map(|k| doc.root.str_at(k))
                .find(|s| !s.is_empty());
            let (key, kind) = match named {
                Some(id) => (id.into_owned(), KeyKind::Conversation),
                None => (doc.position_key(), KeyKind::Position),
            };
            let mut session = Session::new(key, kind);
            let mut agent: Option<String> = None;
            let mut unread = 0;
            for node in items(doc.root).into_iter().flat_map(Node::items) {
                if let Some(id) = node.str_at("id").filter(|_| kind == KeyKind::Conversation)
                    && !known.insert((session.key.clone(), id.into_owned()))
                {
                    out.bookkeeping(node, "an item that was read before");
                    continue;
                }
                if let Some(handoff) = node.get("new_agent_id").filter(|_| node.has("type", "agent_handoff")) {
                    out.mapped(node);
                    session.items.extend(hand_over(handoff, node, &mut agent));
                    continue;
                }
                match message(node, &agent) {
                    Some(msg) => {
                        out.message(node, &msg);
                        session.items.push(Item::Message(msg));
                    }
                    None => {
                        unread += 1;
                        match node.has("type", "agent_config_update") {
                            true => out.bookkeeping(node, "agent_config_update"),
                            false => {
                                out.unknown(node);
                                session.items.push(Item::Message(unknown(node)));
                            }
                        }
                    }
                }
            }
            for event in doc.root.get("events").into_iter().flat_map(Node::items) {
                // The rest of the log repeats the items, and tells of states and metrics.
                match event.has("type", "error") {
                    true => {
                        out.mapped(event);
                        session.items.extend(error(event));
                    }
                    false => out.bookkeeping(event, "an event of the log"),
                }
            }
            if unread > 0 {
                out.lossy.push(format!(
                    "{}: {unread} items change settings or are of unknown kinds; left out",
                    doc.position_key()
                ));
            }
            out.sessions.push(session);
        }
    }
}

fn items(root: Node<'_>) -> Option<Node<'_>> {
    let holder = root.any(&["chat_history", "chat_ctx", "history"]).filter(|h| h.is_object()).unwrap_or(root);
    holder.get("items").filter(|i| i.items().next().is_some())
}

/// The first handoff, from nobody, only says who begins.
fn hand_over(to: Node<'_>, node: Node<'_>, agent: &mut Option<String>) -> Option<Item> {
    let to = to.text()?;
    let from = node.str_at("old_agent_id").map(|s| s.into_owned()).filter(|s| !s.is_empty());
    *agent = Some(to.text.clone());
    let from = from?;
    let time = node.get("created_at").and_then(time::any);
    Some(voice::event(EventKind::Handoff { from: Some(from), to }, time, None, node.loc()))
}

fn message(node: Node<'_>, agent: &Option<String>) -> Option<Msg> {
    let mut msg = if node.has("type", "agent_config_update") {
        let mut msg = Msg::new(MsgRole::System, node.loc());
        msg.parts.push(Part::Text(node.get("instructions")?.text()?));
        msg
    } else {
        payload::message(node)?
    };
    msg.time = node.get("created_at").and_then(time::any);
    // The caller did not hear the end of what was interrupted.
    msg.interrupted = node.get("interrupted").and_then(Node::bool) == Some(true);
    if msg.role == MsgRole::Assistant {
        msg.agent = agent.clone();
    }
    Some(msg)
}

/// An item that could not be read keeps its place.
fn unknown(node: Node<'_>) -> Msg {
    let time = node.get("created_at").and_then(time::any);
    Msg { time, ..payload::unread_message(node, MsgRole::Assistant) }
}

fn error(event: Node<'_>) -> Option<Item> {
    let inner = event.get("error").unwrap_or(event);
    let text = inner.any(&["message", "error", "label"]).unwrap_or(inner).json_text();
    let time = event.get("created_at").and_then(time::any);
    Some(voice::event(EventKind::Error { text }, time, None, event.loc()))
}

#[cfg(test)]
mod tests {
    use crate::model::{GapKind, TimeQuality, Transport};
    use crate::test_support::{kinds, one, transports};

    const ITEMS: &str = r#"{"items":[
{"type":"agent_handoff","new_agent_id":"support","created_at":1790000000.0},
{"type":"agent_config_update","instructions":"Be kind","created_at":1790000000.1},
{"type":"message","role":"user","content":["Hi"],"interrupted":false,"created_at":1790000001.0},
{"type":"message","role":"assistant","content":["Your refund is"],"interrupted":true,"created_at":1790000002.0},
{"type":"function_call","call_id":"c1","name":"refund","arguments":"{}","created_at":1790000003.0},
{"type":"function_call_output","call_id":"c1","name":"refund","output":"boom","is_error":true,"created_at":1790000004.0},
{"type":"function_call","call_id":"c2","name":"refund","arguments":"{}","created_at":1790000005.0},
{"type":"function_call_output","call_id":"c2","name":"refund","output":"ok","created_at":1790000006.0},
{"type":"agent_handoff","old_agent_id":"support","new_agent_id":"billing","created_at":1790000007.0}]}"#;

    #[test]
    fn interruptions_errors_and_handoffs() {
        let trace = one("c.json", ITEMS);
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "user",
                "assistant (interrupted)",
                "call refund -> 4",
                "result Error <- 3",
                "call refund -> 6",
                "result Unknown <- 5",
                "handoff support -> billing"
            ]
        );
        assert_eq!(transports(&trace), [Transport::Error, Transport::Unknown]);
        assert_eq!(trace.agents, ["support"]);
        assert!(trace.events.iter().all(|e| e.time.is_some_and(|t| t.quality == TimeQuality::Exact)));
    }

    #[test]
    fn a_session_report_is_keyed_by_its_job_and_tells_errors() {
        let report = format!(
            r#"{{"job_id":"AJ_1","room_id":"RM_1","room":"r","events":[{{"type":"error","error":{{"message":"tts failed"}},"created_at":1790000009.0}},{{"type":"agent_state_changed"}}],"chat_history":{ITEMS},"timestamp":1790000010.0}}"#
        );
        let trace = one("s.json", &report);
        assert_eq!(trace.key, "AJ_1");
        let twice = report.replace(r#"{"type":"message","#, r#"{"id":"i1","type":"message","#).replacen("i1", "i0", 1);
        let told = one("s.jsonl", &format!("{0}\n{0}\n", twice.replace('\n', "")));
        assert_eq!(kinds(&told).iter().filter(|k| k.starts_with("user") || k.starts_with("assistant")).count(), 2);
        assert_eq!(kinds(&trace).last().map(String::as_str), Some("error tts failed"));
    }

    #[test]
    fn an_item_of_an_unknown_kind_costs_only_itself() {
        let strange = ITEMS.replacen("\n{", "\n{\"type\":\"new_kind\",\"id\":\"n\"},\n{", 1);
        let trace = one("c.json", &strange);
        assert_eq!((trace.format, trace.events.len()), ("livekit", 8));
        assert!(trace.has_gap(&[GapKind::InputDropped]));
        let mostly = r#"{"items":[{"type":"message","role":"user","content":["x"]},{"type":"a"},{"type":"b"}]}"#;
        let evidence = crate::Evidence::new("c.json", mostly.as_bytes().to_vec());
        assert!(crate::read(&[evidence]).is_err());
    }

    #[test]
    fn a_context_without_times_keeps_its_order() {
        let bare = ITEMS
            .split(r#","created_at":"#)
            .map(|p| p.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.'))
            .collect::<String>();
        let trace = one("c.json", &bare);
        assert_eq!(trace.events.len(), 8);
        assert!(trace.events.iter().all(|e| e.time.is_none()));
    }
}
