//! Conversations of Amazon Q Developer CLI and Kiro CLI, as `/save FILE` writes them.
//!
//! After `ConversationState` in `crates/chat-cli` of aws/amazon-q-developer-cli: a history of pairs, what was sent to the model
//! and what it answered. The results of tools are sent where the user's words would be.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format, parts};
use crate::item::{MsgRole, Output, Part, Session};
use crate::model::{KeyKind, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// See the module's documentation.
pub struct AmazonQ;

impl Format for AmazonQ {
    fn name(&self) -> &'static str {
        "amazon-q"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(history) = root.get("history").filter(|h| h.is_array()) else { return 0 };
        let own = |turn: Node<'_>| {
            let (sent, answered) = pair(turn);
            let sent = sent.and_then(|s| s.get("content")).is_some_and(|c| c.is_object() && c.any(&SENT).is_some());
            sent && answered.is_some_and(|a| a.any(&ANSWERED).is_some())
        };
        if history.items().take(4).any(own) { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let (key, kind) = match parts::word(doc.root, &["conversation_id"]) {
                Some(id) => (id, KeyKind::Conversation),
                None => (doc.position_key(), KeyKind::Position),
            };
            let mut session = Session::new(key, kind);
            for turn in doc.root.get("history").into_iter().flat_map(Node::items) {
                let (asked, answered) = pair(turn);
                match (asked, answered) {
                    (Some(asked), Some(answered)) => {
                        let time = asked.get("timestamp").and_then(time::any);
                        let read = sent(asked, time, &mut session) & said(answered, time, &mut session);
                        match read {
                            true => out.mapped(turn),
                            false => out.unread(turn),
                        }
                    }
                    _ => out.unknown(turn),
                }
            }
            // What was not sent yet.
            if let Some(next) = doc.root.get("next_message").filter(|n| n.get("content").is_some()) {
                match sent(next, None, &mut session) {
                    true => out.mapped(next),
                    false => out.unread(next),
                }
            }
            out.sessions.push(session);
        }
    }
}

const SENT: [&str; 3] = ["Prompt", "ToolUseResults", "CancelledToolUses"];
const ANSWERED: [&str; 2] = ["ToolUse", "Response"];

/// What was sent and what came back: two items of a list, or two members.
fn pair(turn: Node<'_>) -> (Option<Node<'_>>, Option<Node<'_>>) {
    if turn.is_array() {
        let mut items = turn.items();
        return (items.next(), items.next());
    }
    (turn.get("user"), turn.get("assistant"))
}

/// What was sent to the model; says whether all of it could be read.
fn sent(message: Node<'_>, time: Option<crate::model::Stamp>, session: &mut Session) -> bool {
    let place = Place { time, agent: None, loc: message.loc() };
    let Some(content) = message.get("content") else { return false };
    let before = session.items.len();
    let mut whole = true;
    let (results, cancelled) = match (content.get("ToolUseResults"), content.get("CancelledToolUses")) {
        (Some(results), _) => (Some(results), false),
        (None, cancelled) => (cancelled, true),
    };
    let listed = results.map(|r| r.get("tool_use_results").unwrap_or(r));
    for result in listed.into_iter().flat_map(Node::items) {
        let id = parts::word(result, &["tool_use_id"]);
        whole &= id.is_some();
        session.items.push(place.result(id, None, outcome(result, cancelled)));
    }
    let prompt = content.get("Prompt").or(results.filter(|_| cancelled));
    let words = prompt.and_then(|p| p.text().or_else(|| p.get("prompt")?.text())).filter(|t| !t.text.is_empty());
    session.items.extend(place.said(words.map(|text| (MsgRole::User, text))));
    whole && session.items.len() > before
}

fn outcome(result: Node<'_>, cancelled: bool) -> Outcome {
    let blocks: Vec<Node<'_>> = result.get("content").into_iter().flat_map(Node::items).collect();
    let one = |block: Node<'_>| block.any(&["Text", "Json"]).map(Node::json_text);
    let content = match &blocks[..] {
        [only] => one(*only),
        _ => result.get("content").map(Node::json_text),
    };
    let exit = blocks.first().and_then(|b| b.get("Json")?.get("exit_status"));
    let code = exit.and_then(|e| e.i64().or_else(|| e.str()?.parse().ok()));
    let transport = match result.str_at("status").as_deref() {
        _ if cancelled => Transport::Declined,
        Some("Success" | "success") => code.map_or(Transport::Ok, transcript::exit_code),
        Some("Error" | "error") => Transport::Error,
        _ => Transport::Unknown,
    };
    Outcome { content, transport, error: None }
}

/// What the model answered; says whether all of it could be read.
fn said(message: Node<'_>, time: Option<crate::model::Stamp>, session: &mut Session) -> bool {
    let Some(inner) = message.any(&ANSWERED) else { return false };
    let place = Place { time, agent: None, loc: message.loc() };
    let words = |text: &Text| !text.text.is_empty();
    let mut found: Vec<Part> =
        inner.get("content").and_then(Node::text).filter(words).map(Part::Text).into_iter().collect();
    found.extend(inner.get("tool_uses").into_iter().flat_map(Node::items).map(|call| {
        let name = call.any(&["orig_name", "name"]).and_then(Node::text);
        let arguments = call.any(&["orig_args", "args"]).map(Node::json_text);
        parts::call(call, parts::word(call, &["id"]), name, arguments)
    }));
    let whole = !found.is_empty() && !found.iter().any(|part| matches!(part, Part::Unread(_)));
    if found.is_empty() {
        found.push(payload::unread(message));
    }
    session.items.push(place.message(MsgRole::Assistant, found));
    whole
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn pairs_tell_words_calls_and_results() {
        let older = r#"{"conversation_id":"q1","history":[
            [{"content":{"Prompt":{"prompt":"Run it"}}},{"ToolUse":{"message_id":"m1","content":"Running","tool_uses":[{"id":"t1","name":"execute_bash","args":{"command":"make"}}]}}],
            [{"content":{"ToolUseResults":{"tool_use_results":[{"tool_use_id":"t1","content":[{"Json":{"exit_status":"2","stderr":"boom"}}],"status":"Success"}]}}},{"Response":{"message_id":"m2","content":"It failed"}}]],"transcript":["> Run it"]}"#;
        let newer = r#"{"conversation_id":"q1","history":[
            {"user":{"content":{"Prompt":"Run it"},"timestamp":"2026-05-04T10:00:00Z"},"assistant":{"ToolUse":{"message_id":"m1","content":"Running","tool_uses":[{"id":"t1","name":"execute_bash","args":{"command":"make"}}]}}},
            {"user":{"content":{"ToolUseResults":[{"tool_use_id":"t1","content":[{"Text":"boom"}],"status":"Error"}]}},"assistant":{"Response":{"message_id":"m2","content":"It failed"}}}]}"#;
        for text in [older, newer] {
            let trace = one("q.json", text);
            assert_eq!((trace.format, trace.key.as_str()), ("amazon-q", "q1"));
            let expected = ["user", "assistant", "call execute_bash -> 3", "result Error <- 2", "assistant"];
            assert_eq!(kinds(&trace), expected);
            assert_eq!(texts(&trace), ["Run it", "Running", "It failed"]);
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }

    #[test]
    fn a_turn_of_another_form_is_a_gap() {
        let file = r#"{"history":[[{"content":{"Prompt":{"prompt":"a"}}},{"Response":{"content":"b"}}],[{"content":{"Whisper":{"text":"c"}}},{"Response":{"content":"d"}}]]}"#;
        assert!(!one("q.json", file).gaps.is_empty());
    }
}
