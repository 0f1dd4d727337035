//! Events before the SDK: `{id, source, action, args}` and `{id, source, observation, content, extras, cause}`.

use super::super::{parts, voice};
use super::Told;
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Part, Unread};
use crate::model::{EventKind, Stamp, Transport};
use crate::node::Node;
use crate::{payload, time};

/// The IDs of the calls that events made, by session and number of the event.
pub type Calls = HashMap<(usize, String), String>;

/// Actions, and what was observed of them, of which a session is hardly without any.
pub const ACTIONS: [&str; 16] = [
    "message",
    "system",
    "run",
    "run_ipython",
    "browse",
    "browse_interactive",
    "call_tool_mcp",
    "think",
    "finish",
    "reject",
    "delegate",
    "recall",
    "condensation",
    "change_agent_state",
    "agent_state_changed",
    "task_tracking",
];

/// What an event of a session tells.
pub fn told(event: Node<'_>, session: usize, calls: &mut Calls) -> Told {
    let at = event.get("timestamp").and_then(time::any);
    if let Some(kind) = event.str_at("observation") {
        return observation(event, &kind, at, session, calls);
    }
    let kind = event.str_at("action").unwrap_or_default();
    let words = |key: &str| event.get("args").and_then(|a| a.get(key)).or_else(|| event.get("message"));
    let message = |role, body: Option<Node<'_>>| {
        let found = body.map_or_else(|| vec![payload::unread(event)], payload::as_parts);
        Told::Items(vec![Item::Message(parts::said(role, found, at, event.loc()))])
    };
    let user = event.has("source", "user");
    match kind.as_ref() {
        "message" => {
            let told = message(if user { MsgRole::User } else { MsgRole::Assistant }, words("content"));
            let pictures = event.get("args").and_then(|a| a.get("image_urls")).into_iter().flat_map(Node::items);
            match told {
                Told::Items(mut items) => {
                    if let Some(Item::Message(msg)) = items.first_mut() {
                        msg.parts.extend(pictures.map(|p| {
                            Part::Unread(Unread { kind: "image".to_owned(), attachment: true, length: 0, loc: p.loc() })
                        }));
                    }
                    Told::Items(items)
                }
                other => other,
            }
        }
        "system" => message(MsgRole::System, words("content")),
        "finish" | "reject" => {
            let args = event.get("args");
            let last = args.and_then(|a| a.any(&["final_thought", "thought"]));
            message(MsgRole::Assistant, last.filter(|t| t.str().is_none_or(|s| !s.is_empty())).or(event.get("message")))
        }
        "think" => {
            let thought = event.get("args").and_then(|a| a.get("thought")).and_then(Node::text);
            let found = thought.map_or_else(|| payload::unread(event), Part::Reasoning);
            Told::Items(vec![Item::Message(parts::said(MsgRole::Assistant, vec![found], at, event.loc()))])
        }
        "condensation" => {
            let summary = event.get("args").and_then(|a| a.get("summary")).and_then(Node::text);
            let compacted = vec![Part::Compacted(summary)];
            Told::Items(vec![Item::Message(parts::said(MsgRole::Assistant, compacted, at, event.loc()))])
        }
        "" => Told::Unknown,
        "null"
        | "change_agent_state"
        | "recall"
        | "start"
        | "pause"
        | "resume"
        | "condensation_request"
        | "loop_recovery" => Told::Bookkeeping("an action on the state of the program"),
        _ => Told::Items(vec![Item::Message(call(event, at, session, calls))]),
    }
}

fn call(event: Node<'_>, at: Option<Stamp>, session: usize, calls: &mut Calls) -> Msg {
    let args = event.get("args");
    let thought = args.and_then(|a| a.get("thought")).and_then(Node::text).filter(|t| !t.text.trim().is_empty());
    let mut found: Vec<Part> = thought.map(Part::Text).into_iter().collect();
    let made = event.get("tool_call_metadata");
    let name = made.and_then(|m| m.get("function_name")).or(event.get("action")).and_then(Node::text);
    let number = parts::word(event, &["id"]);
    let own = made.and_then(|m| parts::word(m, &["tool_call_id"]));
    let id = own.or_else(|| number.as_ref().map(|n| format!("event {n}")));
    if let (Some(number), Some(id)) = (number, &id) {
        calls.insert((session, number), id.clone());
    }
    found.push(parts::call(event, id, name, args.map(Node::json_text)));
    parts::said(MsgRole::Assistant, found, at, event.loc())
}

/// Observations name the number of the event that caused them.
fn observation(event: Node<'_>, kind: &str, at: Option<Stamp>, session: usize, calls: &Calls) -> Told {
    let state = ["agent_state_changed", "null", "recall", "think", "condense", "loop_detection"];
    // Why the program ended in a state of error stands beside the state.
    let extras = event.get("extras").filter(|extras| extras.has("agent_state", "error"));
    if let Some(reason) = extras.and_then(|extras| extras.get("reason")).and_then(Node::text) {
        let text = if reason.text.trim().is_empty() { None } else { Some(reason) };
        let text = text.or_else(|| extras.and_then(|extras| extras.get("agent_state")).and_then(Node::text));
        let failed = text.map(|text| voice::event(EventKind::Error { text }, at, None, event.loc()));
        return Told::Items(failed.into_iter().collect());
    }
    // What the program told the model of the workspace, and of what it knows of such tasks.
    if kind == "recall" {
        const TOLD: [&str; 3] = ["repo_instructions", "additional_agent_instructions", "conversation_instructions"];
        let extras = event.get("extras");
        let known = extras.and_then(|e| e.get("microagent_knowledge")).into_iter().flat_map(Node::items);
        let told = TOLD.iter().filter_map(|key| extras?.get(key)).chain(known.filter_map(|k| k.get("content")));
        let told: Vec<Part> =
            told.filter_map(Node::text).filter(|t| !t.text.trim().is_empty()).map(Part::Text).collect();
        if !told.is_empty() {
            return Told::Items(vec![Item::Message(parts::said(MsgRole::Harness, told, at, event.loc()))]);
        }
    }
    if state.contains(&kind) {
        return Told::Bookkeeping("an observation of the program's state");
    }
    let content = event.get("content").and_then(payload::answer_text);
    let number = parts::word(event, &["cause"]);
    let own = event.get("tool_call_metadata").and_then(|m| parts::word(m, &["tool_call_id"]));
    let cause =
        number.map(|n| calls.get(&(session, n.clone())).cloned().unwrap_or_else(|| format!("event {n}"))).or(own);
    if kind == "error" && cause.is_none() {
        return match content {
            Some(text) => Told::Items(vec![voice::event(EventKind::Error { text }, at, None, event.loc())]),
            None => Told::Unknown,
        };
    }
    let transport = if kind == "user_rejected" { Transport::Declined } else { outcome(event, kind) };
    Told::Items(vec![Item::Message(parts::result(cause, None, content, transport, at, event.loc()))])
}

fn outcome(event: Node<'_>, kind: &str) -> Transport {
    let extras = event.get("extras");
    let of = |key: &str| extras.and_then(|e| e.get(key));
    let code = of("metadata").and_then(|m| m.get("exit_code")).or_else(|| of("exit_code")).and_then(Node::i64);
    let flag = of("error").and_then(Node::bool);
    match code {
        _ if kind == "error" || flag == Some(true) => Transport::Error,
        Some(code) if code > 0 => Transport::Error,
        Some(0) => Transport::Ok,
        _ => parts::failed(event.get("success").and_then(Node::bool).map(|good| !good).or(flag)),
    }
}
