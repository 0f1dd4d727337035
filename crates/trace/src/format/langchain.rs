//! LangChain messages and the state of a LangGraph thread.
//!
//! After `langchain_core.messages` (`messages_to_dict`, `message.model_dump()`, `langchain_core.load.dumpd`), LangChain.js's
//! stored messages, and LangGraph's `StateSnapshot` and thread state, whose `values` hold the messages. A history of states
//! is a list of them, the newest first, each with the whole conversation up to then.

use super::lists::Told;
use super::{Document, Format, exchange, growing, session_key};
use crate::hash::HashMap;
use crate::item::{Item, Msg, MsgRole, Output, Session, Transcript};
use crate::model::{KeyKind, Stamp};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct LangChain;

/// How many messages of a list are looked at.
const SOME: usize = 12;

impl Format for LangChain {
    fn name(&self) -> &'static str {
        "langchain"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        if is_message(root) {
            return 72;
        }
        // What may stand in a line between such messages, and says less of itself.
        let inner = body(root);
        let bare = root.get("role").is_none() && inner.get("content").is_some();
        match root.str_at("type").as_deref() {
            Some("tool") if bare && inner.get("tool_call_id").is_some() => return 55,
            Some("system" | "function" | "remove") if bare => return 20,
            _ => {}
        }
        let Some(list) = list(root) else { return 0 };
        let state = root.get("values").is_some();
        match list.items().take(SOME).filter(|m| is_message(*m)).count() {
            0 if state && list.items().next().is_none() => 60,
            0 => 0,
            _ if state => 90,
            _ => 75,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions: Vec<(String, KeyKind, Vec<State>)> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        let mut told: HashMap<usize, Told> = HashMap::default();
        // States that name no thread, each of which holds the one before it.
        let links = growing::links(docs, growing_state);
        let mut first: Vec<Option<usize>> = vec![None; docs.len()];
        for i in out.until_stopped(growing::ordered(&links)) {
            let Some(doc) = docs.get(i) else { continue };
            let beginning = links[i].and_then(|before| first[before]).unwrap_or(i);
            first[i] = Some(beginning);
            let (key, kind) = key(&docs[beginning]);
            let at = *place.entry(key.clone()).or_insert(sessions.len());
            if at == sessions.len() {
                sessions.push((key, kind, Vec::new()));
            }
            let states = &mut sessions[at].2;
            match list(doc.root) {
                Some(list) => states.push(state(doc.root, list, out)),
                None if told.entry(at).or_default().again(doc.root, body(doc.root).str_at("id").as_deref(), out) => {}
                // One message in each line.
                None => {
                    let messages = message(doc.root, out).into_iter();
                    match states.last_mut().filter(|s| s.lines) {
                        Some(state) => state.messages.extend(messages),
                        None => states.push(State { messages: messages.collect(), lines: true, ..State::default() }),
                    }
                }
            }
        }
        for (key, kind, mut states) in sessions {
            states.sort_by_key(|state| (state.at.map(|at| at.ns), state.step));
            let mut session = Session::new(key, kind);
            let items = states.into_iter().filter(|s| !s.messages.is_empty());
            session.items.extend(items.map(|s| Item::Transcript(Transcript { messages: s.messages, model: s.model })));
            out.sessions.push(session);
        }
    }
}

/// The messages of a state that has no ID, nothing of which is an answer.
fn growing_state<'d>(doc: &Document<'d>) -> Option<growing::Exchange<'d>> {
    let list = list(doc.root)?;
    let named = session_key(doc.root).is_some() || key(doc).1 != KeyKind::Position;
    (!named).then(|| (list.items().collect(), Vec::new()))
}

/// A conversation so far.
#[derive(Default)]
struct State {
    messages: Vec<Msg>,
    model: Option<String>,
    at: Option<Stamp>,
    step: Option<i64>,
    lines: bool,
}

fn state(root: Node<'_>, list: Node<'_>, out: &mut Output) -> State {
    let model = list.items().find_map(model);
    let messages = list.items().filter_map(|node| message(node, out)).collect();
    let step = root.get("metadata").and_then(|m| m.get("step")?.i64());
    State { messages, model, at: root.get("created_at").and_then(time::any), step, lines: false }
}

/// The model that wrote a message.
fn model(node: Node<'_>) -> Option<String> {
    let told = body(node).get("response_metadata")?.any(&["model_name", "model", "model_id"])?.str()?;
    Some(told.into_owned()).filter(|name| !name.is_empty())
}

/// What holds a message's members.
fn body(node: Node<'_>) -> Node<'_> {
    node.any(&["data", "kwargs"]).filter(|inner| inner.is_object()).unwrap_or(node)
}

fn message(node: Node<'_>, out: &mut Output) -> Option<Msg> {
    if node.has("type", "remove") {
        out.bookkeeping(node, "remove");
        return None;
    }
    match payload::message(node) {
        Some(mut msg) => {
            out.message(node, &msg);
            msg.time = exchange::time(node).or_else(|| exchange::time(body(node)));
            Some(msg)
        }
        None => {
            out.unknown(node);
            Some(payload::unread_message(node, MsgRole::Assistant)).filter(|_| crate::account::looks_spoken(node))
        }
    }
}

/// The messages: the list itself, or where a graph's state keeps them.
fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root);
    }
    let holders = [root.get("values"), root.get("state"), Some(root)];
    holders.into_iter().flatten().find_map(|holder| holder.get("messages").filter(|list| list.is_array()))
}

fn is_message(node: Node<'_>) -> bool {
    let class = |n: Node<'_>| n.get("id")?.items().last()?.str().map(|name| name.contains("Message"));
    let kind = node.str_at("type").unwrap_or_default();
    match kind.as_ref() {
        "constructor" => class(node) == Some(true),
        "human" | "ai" | "HumanMessageChunk" | "AIMessageChunk" => {
            node.get("role").is_none() && body(node).get("content").is_some()
        }
        _ => false,
    }
}

fn key(doc: &Document<'_>) -> (String, KeyKind) {
    let root = doc.root;
    let configured = ["config", "checkpoint_config"].iter().find_map(|key| root.get(key)?.get("configurable"));
    let holders = [Some(root), root.get("checkpoint"), configured, root.get("metadata")];
    let found = holders.into_iter().flatten().filter_map(session_key).find(|(_, kind)| *kind == KeyKind::Conversation);
    found.unwrap_or_else(|| match root.is_array() || list(root).is_some() {
        true => (doc.position_key(), KeyKind::Position),
        false => (doc.file.to_owned(), KeyKind::Position),
    })
}

#[cfg(test)]
mod tests {
    use crate::model::{EventKind, KeyKind, Transport};
    use crate::test_support::{all, kinds, one, texts, transports};
    use serde_json::{Value, json};

    const STATE: &str = include_str!("../../tests/fixtures/langgraph_thread_state.json");
    const TOLD: [&str; 4] = ["user", "call refund -> 2", "result Ok <- 1", "assistant"];

    fn messages() -> Vec<Value> {
        let state: Value = serde_json::from_str(STATE).expect("JSON");
        state["values"]["messages"].as_array().expect("a list").clone()
    }

    #[test]
    fn a_thread_state_tells_the_conversation() {
        let trace = one("state.json", STATE);
        assert_eq!(
            (kinds(&trace), texts(&trace)),
            (TOLD.map(str::to_owned).to_vec(), vec!["Please refund ch_7.", "Your refund is on its way."])
        );
        assert_eq!(
            (trace.key.as_str(), trace.key_kind, trace.models()),
            ("desk-7", KeyKind::Conversation, vec!["gpt-4o-2024-08-06"])
        );
        assert_eq!(trace.agents, ["refund_agent"]);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn every_way_to_store_messages_says_the_same() {
        let bare = messages();
        let class = |kind: &str| match kind {
            "human" => "HumanMessage",
            "ai" => "AIMessage",
            _ => "ToolMessage",
        };
        let wrapped: Vec<Value> = bare.iter().map(|m| json!({"type": m["type"], "data": m})).collect();
        let dumped: Vec<Value> = bare.iter().map(|m| json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", class(m["type"].as_str().unwrap_or(""))], "kwargs": m})).collect();
        for list in [bare, wrapped, dumped] {
            let lines: String = list.iter().map(|m| format!("{m}\n")).collect();
            for file in [
                Value::from(list.clone()).to_string(),
                json!({"messages": list, "remaining_steps": 3}).to_string(),
                lines,
            ] {
                let trace = one("m.jsonl", &file);
                assert_eq!((kinds(&trace), trace.format), (TOLD.map(str::to_owned).to_vec(), "langchain"), "{file}");
            }
        }
    }

    #[test]
    fn a_history_that_is_appended_again_is_told_once() {
        let line = |id: &str, kind: &str, words: &str| json!({"id": id, "type": kind, "content": words}).to_string();
        let first = [line("m1", "human", "hi"), line("m2", "ai", "hello")];
        let lines =
            [first.clone().to_vec(), first.to_vec(), vec![line("m3", "human", "hi"), line("m2", "ai", "bye")]].concat();
        assert_eq!(texts(&one("l.jsonl", &lines.join("\n"))), ["hi", "hello", "hi", "bye"]);
    }

    #[test]
    fn a_history_of_states_is_one_session_in_any_order() {
        let list = messages();
        let state = |n: usize| json!({"values": {"messages": list[..n]}, "config": {"configurable": {"thread_id": "th"}}, "metadata": {"step": n}, "created_at": format!("2026-05-04T10:00:0{n}Z")});
        let states: Vec<Value> = (0..=4).map(state).collect();
        for states in [states.clone(), states.into_iter().rev().collect()] {
            let trace = one("h.json", &Value::from(states).to_string());
            assert_eq!((kinds(&trace), trace.key.as_str()), (TOLD.map(str::to_owned).to_vec(), "th"));
        }
    }

    #[test]
    fn calls_in_blocks_and_in_fields_are_one_call_and_damaged_arguments_are_a_call() {
        let file = json!([
            {"type": "human", "content": "x"},
            {"type": "ai", "content": [{"type": "text", "text": "Wait"}, {"type": "tool_use", "id": "t1", "name": "f", "input": {}}], "tool_calls": [{"name": "f", "args": {}, "id": "t1"}]},
            {"type": "tool", "content": "bad", "tool_call_id": "t1", "status": "error"},
            {"type": "ai", "content": "", "tool_calls": [], "invalid_tool_calls": [{"name": "g", "args": "{\"a\":", "id": "t2", "error": "x"}]},
            {"type": "remove", "id": "m1", "content": ""}
        ]);
        let trace = one("m.json", &file.to_string());
        assert_eq!(kinds(&trace), ["user", "assistant", "call f -> 3", "result Error <- 2", "call g -> none"]);
        assert_eq!(transports(&trace), [Transport::Error]);
        let EventKind::ToolCall { arguments: Some(arguments), .. } = &trace.events[4].kind else { panic!("a call") };
        assert_eq!(arguments.text, "{\"a\":");
    }

    #[test]
    fn lists_of_conversations_are_sessions_of_their_own() {
        let talk = |q: &str| json!({"messages": [{"type": "human", "content": q}, {"type": "ai", "content": "ok"}]});
        let file = Value::from(vec![talk("a"), talk("b")]).to_string();
        assert_eq!(all("l.json", &file).iter().map(|t| texts(t).join(" ")).collect::<Vec<_>>(), ["a ok", "b ok"]);
    }
}
