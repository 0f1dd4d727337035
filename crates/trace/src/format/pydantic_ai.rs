//! Message histories of pydantic-ai: what `ModelMessagesTypeAdapter` and `result.all_messages_json()` write, as a list, under
//! `messages`, or one message in each line.
//!
//! After `pydantic_ai.messages` (`ModelRequest`, `ModelResponse`, and their parts) of versions 0.1 to 2.

use super::lists::conversations;
use super::{Document, Format};
use crate::item::{CallPart, Item, ModelRun, Msg, MsgRole, Output, Part, ResultPart, Session};
use crate::model::{Finish, ModelCall, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct PydanticAi;

impl Format for PydanticAi {
    fn name(&self) -> &'static str {
        "pydantic-ai"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let listed = list(root).is_some_and(|list| list.items().take(5).any(is_message));
        if is_message(root) || listed { 88 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        conversations(docs, list, history, out);
    }
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    let named = || root.any(&["messages", "all_messages", "message_history"]).filter(|l| l.is_array());
    if root.is_array() { Some(root) } else { named() }
}

fn is_message(node: Node<'_>) -> bool {
    let kind = node.str_at("kind").is_some_and(|k| matches!(k.as_ref(), "request" | "response"));
    kind && node.get("parts").is_some_and(|p| p.items().next().is_none_or(|p| p.get("part_kind").is_some()))
}

fn history(mut session: Session, messages: &[Node<'_>], out: &mut Output) {
    let mut pending: Vec<Msg> = Vec::new();
    let mut instructions = String::new();
    let mut answers = 0;
    for &node in out.until_stopped(messages) {
        if !is_message(node) {
            out.unknown(node);
            if crate::account::looks_spoken(node) {
                pending.push(payload::unread_message(node, MsgRole::Assistant));
            }
            continue;
        }
        // Every request carries them.
        if let Some(told) = node.get("instructions").and_then(Node::text).filter(|t| t.text != instructions) {
            instructions.clone_from(&told.text);
            pending.push(Msg { parts: vec![Part::Text(told)], ..Msg::new(MsgRole::System, node.loc()) });
        }
        let parts: Vec<Msg> = node.get("parts").into_iter().flat_map(Node::items).map(|p| part(p, node)).collect();
        let lost = |part: &Part| matches!(part, Part::Unread(unread) if !unread.attachment);
        match parts.iter().flat_map(|m| &m.parts).any(lost) || node.get("parts").is_some_and(|p| !p.is_array()) {
            true => out.unread(node),
            false => out.mapped(node),
        }
        if node.has("kind", "request") {
            pending.extend(parts);
            continue;
        }
        answers += 1;
        let usage = |keys: &[&str]| node.get("usage").and_then(|u| u.any(keys)?.i64());
        let finish = node.get("finish_reason").and_then(Node::text);
        session.items.push(Item::Model(ModelRun {
            call: ModelCall {
                model: node.str_at("model_name").map(|s| s.into_owned()),
                start: None,
                end: node.get("timestamp").and_then(time::any),
                input_tokens: usage(&["input_tokens", "request_tokens"]),
                output_tokens: usage(&["output_tokens", "response_tokens"]),
                finish: finish.map(|text| (Finish::from_word(&text.text), text)),
                loc: node.loc(),
            },
            input: std::mem::take(&mut pending),
            output: parts,
            agent: None,
            response_id: Some(format!("{} {answers}", session.key)),
            previous: (answers > 1).then(|| format!("{} {}", session.key, answers - 1)),
        }));
    }
    session.items.extend(pending.into_iter().map(Item::Message));
    out.sessions.push(session);
}

/// One part as a message: the parts of a request are from the instructions, the user, and the tools.
fn part(node: Node<'_>, message: Node<'_>) -> Msg {
    let content = node.get("content");
    let words = || match content {
        Some(content) => payload::as_parts(content).into_iter().map(attachment).collect(),
        None => vec![payload::unread(node)],
    };
    let (role, parts) = match node.str_at("part_kind").unwrap_or_default().as_ref() {
        "system-prompt" => (MsgRole::System, words()),
        "user-prompt" => (MsgRole::User, words()),
        "text" => (MsgRole::Assistant, words()),
        "thinking" => {
            let thought = content.and_then(Node::text).filter(|t| !t.text.is_empty());
            (MsgRole::Assistant, thought.map(Part::Reasoning).into_iter().collect())
        }
        "tool-call" | "builtin-tool-call" => (MsgRole::Assistant, vec![call(node)]),
        "tool-return" => (MsgRole::Tool, vec![Part::Result(result(node, Transport::Unknown))]),
        "builtin-tool-return" => (MsgRole::Assistant, vec![Part::Result(result(node, Transport::Unknown))]),
        // The tool failed, or was not called as it wants to be.
        "retry-prompt" if node.get("tool_name").is_some() => {
            (MsgRole::Tool, vec![Part::Result(result(node, Transport::Error))])
        }
        // The framework asks the model to answer in another form.
        "retry-prompt" => (MsgRole::Harness, content.map(|c| Part::Text(c.json_text())).into_iter().collect()),
        "file" => (MsgRole::Assistant, vec![attachment(payload::unread(node))]),
        _ => (MsgRole::Assistant, vec![payload::unread(node)]),
    };
    let time = [node.get("timestamp"), message.get("timestamp")].into_iter().flatten().find_map(time::any);
    Msg { parts, time, ..Msg::new(role, node.loc()) }
}

/// Among the words of a user, what has a kind of its own is a picture, a recording, or a file.
fn attachment(part: Part) -> Part {
    match part {
        Part::Unread(unread) => Part::Unread(crate::item::Unread { attachment: true, ..unread }),
        other => other,
    }
}

fn id(node: Node<'_>) -> Option<String> {
    node.str_at("tool_call_id").map(|s| s.into_owned()).filter(|s| !s.is_empty())
}

fn call(node: Node<'_>) -> Part {
    let Some(name) = node.get("tool_name").and_then(Node::text) else { return payload::unread(node) };
    Part::Call(CallPart { id: id(node), name, arguments: node.get("args").map(Node::json_text) })
}

fn result(node: Node<'_>, transport: Transport) -> ResultPart {
    let told = match node.str_at("outcome").as_deref() {
        Some("success") => Transport::Ok,
        // After a retry, the model is asked to call again: this call failed.
        Some("failed" | "retried") => Transport::Error,
        Some("interrupted") => Transport::Missing,
        Some("denied") => Transport::Declined,
        _ => transport,
    };
    ResultPart {
        id: id(node),
        name: node.str_at("tool_name").map(|s| s.into_owned()),
        arguments: None,
        content: node.get("content").map(Node::json_text),
        transport: told,
        error: None,
        loc: node.loc(),
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Finish, GapKind};
    use crate::test_support::{kinds, one, reading, texts};
    use serde_json::{Value, json};

    const HISTORY: &str = include_str!("../../tests/fixtures/pydantic_ai_messages.json");

    #[test]
    fn a_history_tells_each_part_and_each_model_call() {
        let list: Vec<Value> = serde_json::from_str(HISTORY).expect("JSON");
        let lines: String = list.iter().map(|m| format!("{m}\n")).collect();
        for file in [HISTORY.to_owned(), lines, json!({"messages": list}).to_string()] {
            let trace = one("m.jsonl", &file);
            assert_eq!(
                kinds(&trace),
                [
                    "system",
                    "user",
                    "reasoning",
                    "call refund -> 4",
                    "result Error <- 3",
                    "call refund -> 6",
                    "result Ok <- 5",
                    "assistant",
                    "user"
                ]
            );
            assert_eq!(texts(&trace), ["Help customers.", "Please refund ch_7.", "It is on its way.", "Thanks"]);
            assert_eq!((trace.model_calls.len(), trace.format), (3, "pydantic-ai"));
            let last = &trace.model_calls[2];
            assert_eq!(
                (last.model.as_deref(), last.input_tokens, last.finish.as_ref().map(|f| f.0)),
                (Some("gpt-4o"), Some(50), Some(Finish::Stop))
            );
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    #[test]
    fn the_outcome_of_a_call_is_told() {
        for (outcome, told) in [("success", "Ok"), ("failed", "Error"), ("retried", "Error"), ("denied", "Declined")] {
            let list = json!([
                {"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "Refund"}]},
                {"kind": "response", "parts": [{"part_kind": "tool-call", "tool_name": "refund", "args": {}, "tool_call_id": "c"}]},
                {"kind": "request", "parts": [{"part_kind": "tool-return", "tool_name": "refund", "content": "x", "tool_call_id": "c", "outcome": outcome}]}]);
            assert_eq!(kinds(&one("m.json", &list.to_string()))[2], format!("result {told} <- 1"));
        }
    }

    #[test]
    fn pictures_are_attachments_and_unknown_parts_are_told() {
        let parts = json!([{"part_kind": "user-prompt", "content": ["Look", {"kind": "image-url", "url": "https://x.example/a.png"}]}]);
        let picture = one("m.json", &json!([{"kind": "request", "parts": parts}]).to_string());
        assert!(picture.has_gap(&[GapKind::NotRead]) && !picture.has_gap(&[GapKind::InputDropped]));
        let strange = json!([{"kind": "request", "parts": parts}, {"kind": "response", "parts": [{"part_kind": "oracle", "content": "x"}]}, {"kind": "response", "parts": [{"part_kind": "text", "content": "ok"}]}]);
        assert!(reading("m.json", &strange.to_string()).sessions[0].has_gap(&[GapKind::InputDropped]));
    }
}
