//! AutoGen: messages of AgentChat (0.4 and later), as in a task's result or a team's message thread, and messages of its core
//! in the state of an agent.
//!
//! After `autogen_agentchat.messages`, `autogen_agentchat.state` (`BaseGroupChatManagerState`, `AssistantAgentState`), and
//! `autogen_core.models` (`LLMMessage`).

mod inside;

use super::lists::conversations;
use super::{Document, Format};
use crate::format::parts;
use crate::hash::HashSet;
use crate::item::{CallPart, Item, Msg, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{Event, EventKind};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct AutoGen;

/// Kinds of messages with words, calls, or results.
const SPOKEN: [&str; 17] = [
    "TextMessage",
    "MultiModalMessage",
    "StopMessage",
    "HandoffMessage",
    "ToolCallSummaryMessage",
    "StructuredMessage",
    "ToolCallRequestEvent",
    "ToolCallExecutionEvent",
    "ToolCallMessage",
    "ToolCallResultMessage",
    "ThoughtEvent",
    "CodeGenerationEvent",
    "CodeExecutionEvent",
    "SystemMessage",
    "UserMessage",
    "AssistantMessage",
    "FunctionExecutionResultMessage",
];

/// Kinds that tell of the run and not of the conversation, or that repeat a message piece by piece.
const BOOKS: [&str; 5] = [
    "UserInputRequestedEvent",
    "ModelClientStreamingChunkEvent",
    "MemoryQueryEvent",
    "SelectSpeakerEvent",
    "SelectorEvent",
];

impl Format for AutoGen {
    fn name(&self) -> &'static str {
        "autogen"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).is_some_and(|list| list.items().take(5).any(is_message));
        if is_message(root) || listed { 86 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        conversations(docs, list, conversation, out);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    if root.is_array() {
        return Some(root);
    }
    let context = root
        .get("llm_context")
        .or_else(|| root.get("agent_state")?.get("llm_context"))
        .or_else(|| root.get("model_context"));
    let holders = [root.get("messages"), root.get("message_thread"), context.and_then(|c| c.get("messages"))];
    holders.into_iter().flatten().find(|list| list.is_array())
}

fn is_message(node: Node<'_>) -> bool {
    let kind = node.str_at("type").unwrap_or_default();
    // The Claude Agent SDK has a class `SystemMessage` as well, without content.
    let nameless = matches!(kind.as_ref(), "SystemMessage" | "FunctionExecutionResultMessage");
    let placed = node.get("source").is_some() || nameless && node.get("content").is_some();
    SPOKEN.contains(&kind.as_ref()) && placed && node.get("role").is_none()
}

fn conversation(mut session: Session, messages: &[Node<'_>], out: &mut Output) {
    // In the context of one agent, what the others said is of the kind that users' messages are of.
    let source = |node: &Node<'_>| node.str_at("source").map(|s| s.into_owned());
    let agents: HashSet<String> =
        messages.iter().filter(|n| n.has("type", "AssistantMessage")).filter_map(source).collect();
    let inner = inside::tasks(messages);
    for (i, &node) in messages.iter().enumerate() {
        let kind = node.str_at("type").unwrap_or_default();
        if BOOKS.contains(&kind.as_ref()) && node.get("source").is_some() {
            out.bookkeeping(node, &kind);
            continue;
        }
        if !SPOKEN.contains(&kind.as_ref()) {
            out.unknown(node);
            if crate::account::looks_spoken(node) {
                session.items.push(Item::Message(payload::unread_message(node, MsgRole::Assistant)));
            }
            continue;
        }
        let mut msg = message(node, &kind, &agents);
        if let Some(task) = inner.get(&i) {
            task.belongs(&mut msg, &mut session);
        }
        out.message(node, &msg);
        let (time, agent) = (msg.time, msg.agent.clone());
        session.items.push(Item::Message(msg));
        if let Some(to) = node.get("target").filter(|_| kind == "HandoffMessage").and_then(Node::text) {
            let kind = EventKind::Handoff { from: agent.clone(), to };
            session.items.push(Item::Event(Event { kind, time, agent, model_call: None, loc: node.loc() }));
        }
    }
    out.sessions.push(session);
}

fn message(node: Node<'_>, kind: &str, agents: &HashSet<String>) -> Msg {
    let source = node.str_at("source").map(|s| s.into_owned()).filter(|s| !s.is_empty());
    let user = match kind {
        "UserMessage" => source.as_ref().is_none_or(|source| !agents.contains(source)),
        _ => source.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("user") || s == "user_proxy"),
    };
    let content = node.get("content");
    let (role, mut parts) = match kind {
        "SystemMessage" => (MsgRole::System, words(node, content)),
        "ThoughtEvent" => (MsgRole::Assistant, content.and_then(Node::text).map(Part::Reasoning).into_iter().collect()),
        "ToolCallExecutionEvent" | "ToolCallResultMessage" | "FunctionExecutionResultMessage" => {
            let results = content.into_iter().flat_map(Node::items).map(|item| Part::Result(result(item)));
            (MsgRole::Tool, results.collect())
        }
        // Code that an agent wrote was run: no call with an ID, and nobody's words.
        "CodeExecutionEvent" => {
            let output = node.get("result").and_then(|r| r.get("output")).or(content);
            (MsgRole::Harness, output.map(|o| Part::Text(o.json_text())).into_iter().collect())
        }
        _ if content.is_some_and(Node::is_array) => {
            let items = content.into_iter().flat_map(Node::items);
            (if user { MsgRole::User } else { MsgRole::Assistant }, items.map(item).collect())
        }
        _ => (if user { MsgRole::User } else { MsgRole::Assistant }, words(node, content)),
    };
    if let Some(thought) = node.get("thought").and_then(Node::text).filter(|t| !t.text.is_empty()) {
        parts.insert(0, Part::Reasoning(thought));
    }
    if parts.is_empty() && content.is_some_and(|c| c.f64().is_some() || c.bool().is_some() || c.is_object()) {
        parts.extend(content.map(payload::unread));
    }
    let time = node.get("created_at").and_then(time::any);
    Msg { parts, time, agent: source.filter(|_| role == MsgRole::Assistant), ..Msg::new(role, node.loc()) }
}

/// A text; the object of a structured message is what the agent said.
fn words(node: Node<'_>, content: Option<Node<'_>>) -> Vec<Part> {
    match content {
        Some(content) if content.is_str() || content.is_object() => vec![Part::Text(content.json_text())],
        _ => vec![payload::unread(content.unwrap_or(node))],
    }
}

/// One of several: a call, a text, or a picture.
fn item(node: Node<'_>) -> Part {
    if let Some(text) = node.text() {
        return Part::Text(text);
    }
    match node.get("name").and_then(Node::text).filter(|_| node.get("arguments").is_some()) {
        Some(name) => {
            let id = node.str_at("id").map(|s| s.into_owned());
            Part::Call(CallPart { id, name, arguments: node.get("arguments").map(Node::json_text) })
        }
        None if node.get("data").is_some() => {
            Part::Unread(crate::item::Unread { kind: "image".to_owned(), attachment: true, length: 0, loc: node.loc() })
        }
        None => payload::unread(node),
    }
}

fn result(node: Node<'_>) -> ResultPart {
    ResultPart {
        id: node.str_at("call_id").map(|s| s.into_owned()),
        name: node.str_at("name").map(|s| s.into_owned()),
        arguments: None,
        content: node.get("content").map(Node::json_text),
        transport: parts::failed(node.get("is_error").and_then(Node::bool)),
        error: None,
        loc: node.loc(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one, reading, texts};
    use serde_json::{Value, json};

    const THREAD: &str = include_str!("../../tests/fixtures/autogen_messages.json");

    #[test]
    fn a_task_result_tells_calls_handoffs_and_thoughts() {
        let value: Value = serde_json::from_str(THREAD).expect("JSON");
        let list = value["messages"].as_array().expect("a list");
        let lines: String = list.iter().map(|m| format!("{m}\n")).collect();
        let state = json!({"type": "RoundRobinManagerState", "message_thread": list, "current_turn": 1});
        for file in [THREAD.to_owned(), Value::from(list.clone()).to_string(), lines, state.to_string()] {
            let trace = one("m.jsonl", &file);
            assert_eq!(
                kinds(&trace),
                [
                    "user",
                    "assistant",
                    "handoff front -> billing",
                    "reasoning",
                    "call refund -> 5",
                    "result Error <- 4",
                    "assistant"
                ]
            );
            assert_eq!(texts(&trace), ["Please refund ch_7.", "Transferred to billing.", "I could not refund it."]);
            assert_eq!((trace.agents.join(" "), trace.gaps.len()), ("front billing".to_owned(), 0));
        }
    }

    #[test]
    fn an_agents_own_context_keeps_users_and_other_agents_apart() {
        let context = json!({"llm_context": {"messages": [
            {"type": "SystemMessage", "content": "Be kind"},
            {"type": "UserMessage", "source": "Alice", "content": "Hi"},
            {"type": "AssistantMessage", "source": "desk", "thought": "greet", "content": "Hello"},
            {"type": "UserMessage", "source": "Alice", "content": "Hi"},
            {"type": "AssistantMessage", "source": "desk", "content": [{"id": "c1", "name": "f", "arguments": "{}"}]},
            {"type": "FunctionExecutionResultMessage", "content": [{"call_id": "c1", "name": "f", "content": "x", "is_error": false}]},
            {"type": "UserMessage", "source": "desk", "content": "Noted"}]}});
        let trace = one("s.json", &context.to_string());
        assert_eq!(
            kinds(&trace),
            ["system", "user", "reasoning", "assistant", "user", "call f -> 6", "result Ok <- 5", "assistant"]
        );
    }

    #[test]
    fn an_agent_that_is_called_as_a_tool_is_a_sub_agent() {
        let said = |source: &str, text: &str| json!({"type": "TextMessage", "source": source, "content": text});
        let call = |id: &str| json!({"type": "ToolCallRequestEvent", "source": "desk", "content": [{"id": id, "name": "translator", "arguments": "{\"task\":\"hallo\"}"}]});
        let done = |id: &str| json!({"type": "ToolCallExecutionEvent", "source": "desk", "content": [{"call_id": id, "name": "translator", "content": "translator: hello", "is_error": false}]});
        let thread = json!([
            said("user", "translate hallo"),
            call("c1"),
            said("user", "hallo"),
            said("translator", "hello"),
            done("c1"),
            said("desk", "It is hello."),
            said("user", "Thanks")
        ]);
        let trace = one("m.json", &thread.to_string());
        assert_eq!(
            kinds(&trace),
            ["user", "call translator -> 4", "system", "assistant", "result Ok <- 1", "assistant", "user"]
        );
        assert_eq!((trace.sub_agents.len(), trace.sub_agents[0].call), (1, Some(1)));
        let inner: Vec<_> = trace.events.iter().map(|e| trace.sub_agent(e).is_some()).collect();
        assert_eq!(inner, [false, false, true, true, false, false, false]);
        // The same agent also speaks for itself: its own words stay its own.
        let both = json!([
            said("user", "translate"),
            said("translator", "At once"),
            call("c1"),
            said("translator", "hello"),
            done("c1")
        ]);
        let trace = one("m.json", &both.to_string());
        let inner: Vec<_> = trace.events.iter().map(|e| trace.sub_agent(e).is_some()).collect();
        assert_eq!(inner, [false, false, false, true, false]);
    }

    #[test]
    fn a_printed_run_and_its_result_are_one_conversation() {
        let said = |id: &str, source: &str, text: &str| {
            json!({"id": id, "type": "TextMessage", "source": source, "content": text}).to_string()
        };
        let (asked, answered) = (said("1", "user", "Hi"), said("2", "desk", "Hello"));
        let result = format!(r#"{{"messages":[{asked},{answered}],"stop_reason":null}}"#);
        let trace = one("run.jsonl", &[asked.clone(), answered, result].join("\n"));
        assert_eq!((kinds(&trace).len(), trace.gaps.len()), (2, 0));
        let other = format!(r#"{{"messages":[{},{}]}}"#, said("3", "user", "Bye"), said("4", "desk", "Bye"));
        assert_eq!(crate::test_support::all("run.jsonl", &[asked, other].join("\n")).len(), 2);
    }

    #[test]
    fn unknown_kinds_are_told_and_books_are_not() {
        let said = json!({"type": "TextMessage", "source": "user", "content": "Hi"});
        let books = json!({"type": "UserInputRequestedEvent", "source": "user", "request_id": "r"});
        let strange = json!({"type": "OracleMessage", "source": "desk", "content": "x"});
        let quiet = reading("m.json", &json!([said, books]).to_string());
        assert!(quiet.sessions[0].gaps.is_empty() && quiet.detections[0].tally.left_out() == 1);
        assert!(
            reading("m.json", &json!([said, said, strange]).to_string()).sessions[0].has_gap(&[GapKind::RecordsUnread])
        );
    }
}
