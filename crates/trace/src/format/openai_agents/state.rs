//! Saved states of a run: the conversation so far, with what each agent added.

use crate::format::{Document, session_key};
use crate::item::{Item, Msg, MsgRole, Output, Session, Transcript};
use crate::model::{Event, EventKind, KeyKind, Verdict};
use crate::node::Node;
use crate::payload;

/// Handoffs at which a conversation is told apart; more of them are told at its end.
const HANDOFFS: usize = 50;

/// True for a state of the Python or the JavaScript SDK.
pub fn is_state(root: Node<'_>) -> bool {
    let own =
        ["original_input", "originalInput", "generated_items", "generatedItems", "model_responses", "modelResponses"];
    root.get("$schemaVersion").is_some() && root.any(&own).is_some()
}

/// Reads one state.
pub fn read(doc: &Document<'_>, out: &mut Output) {
    let root = doc.root;
    let trace =
        root.get("trace").and_then(|t| t.any(&["group_id", "groupId"])).and_then(Node::str).map(|s| s.into_owned());
    let (key, kind) = session_key(root)
        .filter(|(_, kind)| *kind == KeyKind::Conversation)
        .or_else(|| Some((trace.filter(|t| !t.is_empty())?, KeyKind::Conversation)))
        .unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
    let mut session = Session::new(key, kind);
    let mut so_far: Vec<Msg> = Vec::new();
    match root.any(&["original_input", "originalInput"]) {
        Some(list) if list.is_array() => so_far.extend(list.items().filter_map(|item| message(item, item, out))),
        Some(words) => match payload::plain(words, MsgRole::User) {
            Some(msg) => {
                out.mapped(words);
                so_far.push(msg);
            }
            None => out.unread(words),
        },
        None => {}
    }
    let guards = |keys: &[&str]| root.any(keys).into_iter().flat_map(Node::items);
    let at_input = guards(&["input_guardrail_results", "inputGuardrailResults"]);
    let before: Vec<Event> = at_input.filter_map(|node| guard(node, out)).collect();
    tell(&mut session, &so_far, before);
    let generated = ["session_items", "sessionItems", "generated_items", "generatedItems"];
    let lists = generated.iter().filter_map(|key| root.get(key)).filter(|list| list.items().next().is_some());
    // A handoff may filter what the next agent sees; the list of all items is the one with more of them.
    let list = lists.max_by_key(|list| list.items().count());
    let mut handoffs = 0;
    for item in list.into_iter().flat_map(Node::items) {
        let kind = item.str_at("type").unwrap_or_default();
        // It repeats the call that waits for somebody's word.
        if kind == "tool_approval_item" {
            out.bookkeeping(item, &kind);
            continue;
        }
        let raw = item.any(&["raw_item", "rawItem"]).unwrap_or(item);
        so_far.extend(message(item, raw, out));
        if let Some(event) = handoff(item) {
            handoffs += 1;
            match handoffs <= HANDOFFS {
                true => tell(&mut session, &so_far, vec![event]),
                false => session.items.push(Item::Event(event)),
            }
        }
    }
    let rest = ["output", "tool_input", "tool_output"].map(|side| format!("{side}_guardrail_results"));
    let camel = ["outputGuardrailResults", "toolInputGuardrailResults", "toolOutputGuardrailResults"];
    let at_end = rest.iter().map(String::as_str).chain(camel).flat_map(|key| guards(&[key]));
    let after: Vec<Event> = at_end.filter_map(|node| guard(node, out)).collect();
    tell(&mut session, &so_far, after);
    out.sessions.push(session);
}

/// The conversation so far, and what happened then. What was told before is not told again.
fn tell(session: &mut Session, so_far: &[Msg], events: Vec<Event>) {
    if !so_far.is_empty() {
        session.items.push(Item::Transcript(Transcript { messages: so_far.to_vec(), model: None }));
    }
    session.items.extend(events.into_iter().map(Item::Event));
}

fn message(item: Node<'_>, raw: Node<'_>, out: &mut Output) -> Option<Msg> {
    let Some(mut msg) = payload::message(raw) else {
        out.unknown(item);
        return crate::account::looks_spoken(item).then(|| payload::unread_message(item, MsgRole::Assistant));
    };
    out.message(item, &msg);
    msg.agent = msg.agent.or_else(|| item.get("agent").and_then(agent_name));
    Some(msg)
}

/// An agent by its name, in an object or alone.
fn agent_name(node: Node<'_>) -> Option<String> {
    node.get("name").unwrap_or(node).str().map(|s| s.into_owned())
}

fn handoff(item: Node<'_>) -> Option<Event> {
    let to = item.any(&["target_agent", "targetAgent"])?;
    let from = item.any(&["source_agent", "sourceAgent"]).and_then(agent_name);
    let kind = EventKind::Handoff { from: from.clone(), to: to.get("name").unwrap_or(to).text()? };
    Some(Event { kind, time: None, agent: from, model_call: None, loc: item.loc() })
}

fn guard(node: Node<'_>, out: &mut Output) -> Option<Event> {
    let Some(name) = node.get("guardrail").and_then(|g| g.get("name").unwrap_or(g).text()) else {
        out.unknown(node);
        return None;
    };
    out.mapped(node);
    let output = node.get("output");
    let flag = output.and_then(|o| o.any(&["tripwire_triggered", "tripwireTriggered"])).and_then(Node::bool);
    let behavior = output.and_then(|o| o.get("behavior")).and_then(|b| b.get("type").unwrap_or(b).text());
    let verdict = match (flag, behavior.as_ref().map(|b| b.text.as_str())) {
        (Some(true), _) | (None, Some("reject_content" | "raise_exception" | "rejectContent" | "throwException")) => {
            Verdict::Triggered
        }
        (Some(false), _) | (None, Some("allow")) => Verdict::Passed,
        _ => Verdict::Unknown,
    };
    let detail = output.and_then(|o| o.any(&["output_info", "outputInfo"])).map(Node::json_text);
    let kind = EventKind::Guardrail { name, verdict, action: behavior, detail };
    let agent = node.get("agent").and_then(agent_name);
    Some(Event { kind, time: None, agent, model_call: None, loc: node.loc() })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};
    use serde_json::json;

    #[test]
    fn a_state_of_the_python_sdk_tells_the_conversation_and_its_handoffs_in_order() {
        let item =
            |kind: &str, raw: serde_json::Value| json!({"type": kind, "agent": {"name": "front"}, "raw_item": raw});
        let mut handoff = item(
            "handoff_output_item",
            json!({"type": "function_call_output", "call_id": "c1", "output": "{\"assistant\":\"billing\"}"}),
        );
        handoff["source_agent"] = json!({"name": "front"});
        handoff["target_agent"] = json!({"name": "billing"});
        let call = json!({"type": "function_call", "call_id": "c2", "name": "refund", "arguments": "{}"});
        let state = json!({"$schemaVersion": "1.17", "current_agent": {"name": "billing"}, "conversation_id": "conv-1", "original_input": "Refund me", "model_responses": [], "generated_items": [
            item("handoff_call_item", json!({"type": "function_call", "call_id": "c1", "name": "transfer_to_billing", "arguments": "{}"})),
            handoff,
            item("message_output_item", json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "One moment"}]})),
            item("tool_call_item", call.clone()),
            item("tool_approval_item", call),
        ], "input_guardrail_results": [{"guardrail": {"type": "input", "name": "pii"}, "output": {"tripwire_triggered": false, "output_info": {"why": "clean"}}}]});
        let trace = one("s.json", &state.to_string());
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "guardrail pii Passed",
                "call transfer_to_billing -> 3",
                "result Unknown <- 2",
                "handoff front -> billing",
                "assistant",
                "call refund -> none"
            ]
        );
        assert_eq!((texts(&trace), trace.key.as_str()), (vec!["Refund me", "One moment"], "conv-1"));
    }

    #[test]
    fn a_state_of_the_javascript_sdk_spells_the_same_in_camel_case() {
        let state = json!({"$schemaVersion": "1.0", "currentTurn": 1, "currentAgent": {"name": "desk"}, "originalInput": [{"role": "user", "content": "Refund me"}], "modelResponses": [], "generatedItems": [
            {"type": "tool_call_item", "rawItem": {"type": "function_call", "id": "fc", "callId": "c1", "name": "refund", "arguments": "{}", "status": "completed"}, "agent": {"name": "desk"}},
            {"type": "tool_call_output_item", "rawItem": {"type": "function_call_result", "name": "refund", "callId": "c1", "status": "completed", "output": {"type": "text", "text": "done"}}, "agent": {"name": "desk"}, "output": "done"},
            {"type": "message_output_item", "rawItem": {"type": "message", "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": "Refunded"}]}, "agent": {"name": "desk"}}]});
        let trace = one("s.json", &state.to_string());
        assert_eq!(kinds(&trace), ["user", "call refund -> 2", "result Unknown <- 1", "assistant"]);
        assert_eq!((texts(&trace), trace.agents.join(" ")), (vec!["Refund me", "Refunded"], "desk".to_owned()));
    }
}
