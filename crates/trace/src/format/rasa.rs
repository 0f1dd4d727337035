//! Rasa: trackers as the HTTP API and the tracker stores hold them, `{sender_id, events}`, the events that an event broker
//! passes on, and the rows of the SQL store. Source: the types in `rasa/shared/core/events.py`.
//!
//! Rasa records which action ran, but not what it returned.

use super::transcript::{self, Outcome, Place, WENT_BACK};
use super::{Document, Format};
use crate::hash::HashMap;
use crate::item::{Item, MsgRole, Output, Part, Session, Unread};
use crate::model::{EventKind, Gap, GapKind, KeyKind, Transport};
use crate::node::Node;
use crate::time;

/// See the module's documentation.
pub struct Rasa;

/// Events of the dialogue's state.
const STATE: [&str; 27] = [
    "slot",
    "session_started",
    "session_ended",
    "followup",
    "export",
    "pause",
    "resume",
    "reset_slots",
    "reminder",
    "cancel_reminder",
    "form",
    "active_loop",
    "form_validation",
    "loop_interrupted",
    "entities",
    "user_featurization",
    "stack",
    "flow_started",
    "flow_completed",
    "flow_cancelled",
    "flow_interrupted",
    "flow_resumed",
    "routing_session_ended",
    "agent_started",
    "agent_completed",
    "agent_interrupted",
    "agent_resumed",
];

/// Events of what happened.
const TOLD: [&str; 8] = ["user", "bot", "agent", "action", "action_execution_rejected", "rewind", "undo", "restart"];

/// Rasa's built-in actions that control the dialogue.
const OWN: [&str; 13] = [
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_revert_fallback_events",
    "action_default_ask_affirmation",
    "action_default_ask_rephrase",
    "action_two_stage_fallback",
    "action_unlikely_intent",
    "action_back",
    "action_extract_slots",
    "action_run_slot_rejections",
];

impl Format for Rasa {
    fn name(&self) -> &'static str {
        "rasa"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let first = root.items().next().unwrap_or(root);
        match is_tracker(first) || is_event(first) || is_row(first) {
            true => 93,
            false => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut logs: Vec<Log> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::default();
        for doc in out.until_stopped(docs) {
            let list: Vec<Node<'_>> = if doc.root.is_array() { doc.root.items().collect() } else { vec![doc.root] };
            for node in list {
                let key = transcript::string(node, &["sender_id"]);
                let at = *known.entry(key.clone().unwrap_or_else(|| doc.position_key())).or_insert_with(|| {
                    let session = match key {
                        Some(key) => Session::new(key, KeyKind::Conversation),
                        None => Session::new(doc.position_key(), KeyKind::Position),
                    };
                    logs.push(Log { session, calls: 0, last: None });
                    logs.len() - 1
                });
                let Some(log) = logs.get_mut(at) else { continue };
                if is_tracker(node) {
                    node.get("events").into_iter().flat_map(Node::items).for_each(|event| log.event(event, event, out));
                } else if let Some(nested) = node.get("data").filter(|_| is_row(node)).and_then(Node::nested) {
                    let event = nested.root(&mut out.bases);
                    log.event(event, node, out);
                } else {
                    log.event(node, node, out);
                }
            }
        }
        out.sessions.extend(logs.into_iter().map(Log::finish));
    }
}

fn is_tracker(node: Node<'_>) -> bool {
    let first = node.get("events").and_then(|list| list.items().next());
    node.get("sender_id").is_some() && first.is_some_and(|event| event.get("event").is_some_and(Node::is_str))
}

/// An event that a broker passed on.
fn is_event(node: Node<'_>) -> bool {
    let known = |kind: &str| STATE.contains(&kind) || TOLD.contains(&kind);
    node.get("sender_id").is_some()
        && node.get("timestamp").is_some()
        && node.str_at("event").is_some_and(|kind| known(&kind))
}

fn is_row(node: Node<'_>) -> bool {
    let json = node.str_at("data").is_some_and(|data| data.starts_with('{') && data.contains("\"event\""));
    json && node.get("sender_id").is_some() && node.get("type_name").is_some()
}

struct Log {
    session: Session,
    /// Actions that ran.
    calls: usize,
    /// The last of them.
    last: Option<(String, String)>,
}

impl Log {
    /// Reads an event. `record` is the record that contains it.
    fn event(&mut self, event: Node<'_>, record: Node<'_>, out: &mut Output) {
        let place = Place { time: event.get("timestamp").and_then(time::any), agent: None, loc: event.loc() };
        let kind = event.str_at("event").unwrap_or_default();
        let context = |what: &str| vec![place.event(EventKind::Context { what: what.to_owned(), lost: true })];
        let items = match kind.as_ref() {
            "user" => match event.get("text").and_then(Node::text) {
                Some(text) => {
                    let command = matches!(text.text.trim(), "/session_start" | "/restart");
                    let role = if command { MsgRole::Harness } else { MsgRole::User };
                    vec![place.message(role, vec![Part::Text(text)])]
                }
                None if event.get("text").is_none() && event.get("parse_data").is_some() => {
                    return out.bookkeeping(record, "an intent without text");
                }
                None => return out.unread(record),
            },
            // `agent` is a person who took over.
            "bot" | "agent" => {
                let person = (kind == "agent").then(|| "human agent".to_owned());
                let place = Place { agent: person, ..place };
                let data = event.get("data").filter(|d| d.entries().any(|(_, member)| !member.is_null()));
                let part = match (transcript::words(event, "text"), data) {
                    (Some(text), _) => Part::Text(text),
                    // Buttons, images and data that only a channel understands.
                    (None, Some(data)) => {
                        Part::Unread(Unread { kind: "custom".to_owned(), attachment: true, length: 0, loc: data.loc() })
                    }
                    (None, None) => return out.unread(record),
                };
                vec![place.message(MsgRole::Assistant, vec![part])]
            }
            "action" => match event.get("name").and_then(Node::text) {
                Some(name) if steers(&name.text) => {
                    return out.bookkeeping(record, "an action that controls the dialogue");
                }
                Some(name) => {
                    self.calls += 1;
                    let id = format!("action {}", self.calls);
                    self.last = Some((name.text.clone(), id.clone()));
                    vec![place.call(Some(id), name, None)]
                }
                None if event.get("action_text").is_some() => {
                    return out.bookkeeping(record, "an action that only sends text");
                }
                None => return out.unread(record),
            },
            "action_execution_rejected" => {
                let name = transcript::string(event, &["name"]);
                let call = self.last.take().filter(|(last, _)| Some(last) == name.as_ref());
                let outcome = Outcome { content: None, transport: Transport::Error, error: None };
                match call {
                    Some((_, id)) => vec![place.result(Some(id), name, outcome)],
                    None => return out.bookkeeping(record, &kind),
                }
            }
            "rewind" | "undo" => context(WENT_BACK),
            "restart" => context("the conversation was restarted"),
            kind if STATE.contains(&kind) => return out.bookkeeping(record, kind),
            _ => return out.unknown(record),
        };
        out.mapped(record);
        self.session.items.extend(items);
    }

    fn finish(mut self) -> Session {
        if self.calls > 0 {
            let loc = self.session.items.iter().find_map(|i| if let Item::Message(m) = i { Some(m.loc) } else { None });
            let what = "Rasa records which action ran, but neither its arguments nor what it returned".to_owned();
            self.session.gaps.push(Gap { kind: GapKind::ContentNotCaptured, what, loc, event: None });
        }
        self.session
    }
}

fn steers(action: &str) -> bool {
    const PREFIXES: [&str; 5] = ["utter_", "validate_", "action_clean_", "action_trigger_", "action_correct_"];
    OWN.contains(&action) || PREFIXES.iter().any(|prefix| action.starts_with(prefix)) || action.ends_with("_form")
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{all, kinds, one, texts};
    use serde_json::{Value, json};

    fn events() -> Vec<Value> {
        let at = |i: usize| 1_777_888_800.5 + i as f64;
        vec![
            json!({"event": "action", "timestamp": at(0), "name": "action_session_start"}),
            json!({"event": "session_started", "timestamp": at(0)}),
            json!({"event": "user", "timestamp": at(1), "text": "Refund it", "parse_data": {"intent": {"name": "refund"}}}),
            json!({"event": "slot", "timestamp": at(2), "name": "charge", "value": "42"}),
            json!({"event": "action", "timestamp": at(3), "name": "action_refund", "policy": "rule"}),
            json!({"event": "action_execution_rejected", "timestamp": at(4), "name": "action_refund"}),
            json!({"event": "action", "timestamp": at(5), "name": "utter_done"}),
            json!({"event": "bot", "timestamp": at(6), "text": "Done", "data": {"buttons": null}}),
            json!({"event": "bot", "timestamp": at(7), "text": null, "data": {"image": "x.png"}}),
        ]
    }

    #[test]
    fn words_and_actions_of_a_tracker_are_told() {
        let tracker = json!({"sender_id": "u1", "slots": {}, "events": events()});
        for file in [tracker.to_string(), json!([tracker]).to_string()] {
            let trace = one("t.json", &file);
            assert_eq!((trace.format, trace.key.as_str()), ("rasa", "u1"));
            assert_eq!(kinds(&trace)[..4], ["user", "call action_refund -> 2", "result Error <- 1", "assistant"]);
            assert_eq!(texts(&trace)[..2], ["Refund it", "Done"]);
            assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
        }
    }

    #[test]
    fn events_of_a_broker_and_rows_of_a_store_are_told_by_conversation() {
        let line = |sender: &str, mut event: Value| {
            event["sender_id"] = sender.into();
            format!("{event}\n")
        };
        let broker: String = events().into_iter().flat_map(|e| [line("u1", e.clone()), line("u2", e)]).collect();
        let row = |event: Value| {
            json!({"sender_id": "u1", "type_name": event["event"], "timestamp": event["timestamp"], "data": event.to_string()}).to_string() + "\n"
        };
        let rows: String = events().into_iter().map(row).collect();
        let (of_broker, of_rows) = (all("events.jsonl", &broker), all("rows.jsonl", &rows));
        assert_eq!((of_broker.len(), of_rows.len()), (2, 1));
        assert_eq!(kinds(&of_broker[1]), kinds(&of_rows[0]));
        assert_eq!(kinds(&of_rows[0])[..2], ["user", "call action_refund -> 2"]);
    }
}
