//! ShareGPT conversations, `{conversations: [{from, value}]}`: data sets, and the trajectories of Hermes Agent
//! and its `batch_runner.py`. Calls are text in XML elements.

use super::{Document, Format, session_key};
use crate::item::{Item, Msg, MsgRole, Output, Part, ResultPart, Session, Transcript};
use crate::model::{KeyKind, Transport};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct ShareGpt;

impl Format for ShareGpt {
    fn name(&self) -> &'static str {
        "sharegpt"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(list) = list(root) else { return 0 };
        match list.items().take(12).filter(|turn| role(*turn).is_some() && turn.get("value").is_some()).count() {
            0 => 0,
            1 => 60,
            _ => 88,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let own = || doc.root.get("prompt_index").map(|_| (doc.position_key(), KeyKind::Position));
            let (key, kind) =
                own().or_else(|| session_key(doc.root)).unwrap_or_else(|| (doc.position_key(), KeyKind::Position));
            let mut session = Session::new(key, kind);
            if let Some(tools) = doc.root.get("tools") {
                session.tools = payload::tools(tools, &mut out.bases);
            }
            let mut messages: Vec<Msg> =
                list(doc.root).into_iter().flat_map(Node::items).filter_map(|turn| said(turn, out)).collect();
            // ToolBench writes its calls as labeled lines.
            for at in 1..messages.len() {
                if let [call, answer] = &mut messages[at - 1..=at]
                    && (call.role, answer.role) == (MsgRole::Assistant, MsgRole::Tool)
                {
                    payload::answered_call(call);
                    answers(answer);
                }
            }
            if let Some(last) = messages.last_mut().filter(|msg| msg.role == MsgRole::Assistant) {
                payload::last_words(last);
            }
            let metadata = doc.root.get("metadata").unwrap_or(doc.root);
            let model = metadata.str_at("model").map(|m| m.into_owned());
            session.items.push(Item::Transcript(Transcript { messages, model }));
            out.sessions.push(session);
        }
    }
}

/// The bare words of a tool's turn are its answer.
fn answers(msg: &mut Msg) {
    let [Part::Text(text)] = &msg.parts[..] else { return };
    let (content, loc) = (Some(text.clone()), text.loc);
    let transport = Transport::Unknown;
    msg.parts =
        vec![Part::Result(ResultPart { id: None, name: None, arguments: None, content, transport, error: None, loc })];
}

fn list(root: Node<'_>) -> Option<Node<'_>> {
    let list = if root.is_array() { Some(root) } else { root.any(&["conversations", "conversation"]) };
    list.filter(|list| list.items().next().is_some_and(|turn| turn.get("from").is_some_and(Node::is_str)))
}

fn role(turn: Node<'_>) -> Option<MsgRole> {
    Some(match turn.str_at("from")?.as_ref() {
        "human" | "user" => MsgRole::User,
        "gpt" | "assistant" | "bot" | "chatgpt" | "model" | "function_call" => MsgRole::Assistant,
        "system" => MsgRole::System,
        "tool" | "function" | "function_response" | "observation" => MsgRole::Tool,
        _ => return None,
    })
}

fn said(turn: Node<'_>, out: &mut Output) -> Option<Msg> {
    let (Some(role), Some(value)) = (role(turn), turn.get("value")) else {
        out.unknown(turn);
        return Some(payload::unread_message(turn, MsgRole::Assistant));
    };
    let mut msg = Msg::new(role, turn.loc());
    // In some data sets, a call is a separate turn of JSON without an element around it.
    if turn.has("from", "function_call") {
        let call = value.nested().filter(|n| !n.cut);
        msg.parts.push(match call {
            Some(nested) => payload::call(nested.root(&mut out.bases)),
            None => payload::unread(value),
        });
    } else {
        msg.parts.extend(value.text().map(Part::Text));
        payload::untangle_xml(&mut msg);
    }
    if msg.parts.is_empty() && !value.is_str() {
        msg.parts.push(payload::unread(value));
    }
    out.message(turn, &msg);
    Some(msg).filter(|m| !m.parts.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one};

    const LINE: &str = r#"{"conversations":[{"from":"system","value":"Be kind"},{"from":"human","value":"Refund it"},{"from":"gpt","value":"<think>\nLook\n</think>\n<tool_call>\n{\"name\": \"refund\", \"arguments\": {\"n\": 1}}\n</tool_call>"},{"from":"tool","value":"<tool_response>\n{\"tool_call_id\": \"c1\", \"name\": \"refund\", \"content\": {\"status\": \"failed\"}}\n</tool_response>"},{"from":"gpt","value":"Done"}],"metadata":{"model":"m-1"},"completed":true}"#;

    #[test]
    fn turns_hold_words_calls_and_answers() {
        let trace = one("samples.jsonl", LINE);
        assert_eq!((trace.format, trace.models()), ("sharegpt", vec!["m-1"]));
        let expected = ["system", "user", "reasoning", "call refund -> 4", "result Unknown <- 3", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(all("samples.jsonl", &format!("{LINE}\n{LINE}\n")).len(), 2);
    }

    #[test]
    fn a_turn_of_an_unknown_speaker_is_told() {
        let trace = one("s.json", &LINE.replace(r#""from":"tool""#, r#""from":"judge""#));
        assert!(!trace.gaps.is_empty());
    }

    #[test]
    fn calls_as_labeled_lines_are_calls_where_a_tool_answers() {
        let file = r#"[{"id":"t1","conversations":[{"from":"system","value":"Be kind"},{"from":"user","value":"Refund it"},{"from":"assistant","value":"\nThought: Look\nAction: refund\nAction Input: {\"n\": 1}"},{"from":"function","value":"{\"error\": \"card expired\"}"},{"from":"assistant","value":"It failed"}]}]"#;
        let trace = one("t.json", file);
        let expected = ["system", "user", "reasoning", "call refund -> 4", "result Unknown <- 3", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }

    #[test]
    fn the_last_call_of_toolbench_is_what_the_agent_says() {
        let line = r#"{"id":"x","conversations":[{"from":"user","value":"Tune it"},{"from":"assistant","value":"Thought: listen\nAction: tuner\nAction Input: {\"string\": 2}"},{"from":"function","value":"{\"error\":\"\",\"response\":\"flat\"}"},{"from":"assistant","value":"Thought: done\nAction: Finish\nAction Input: {\"return_type\": \"give_answer\", \"final_answer\": \"It is flat.\"}"}]}"#;
        let trace = one("t.jsonl", line);
        let expected = ["user", "reasoning", "call tuner -> 3", "result Unknown <- 2", "reasoning", "assistant"];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(crate::test_support::texts(&trace), ["Tune it", "It is flat."]);
    }
}
