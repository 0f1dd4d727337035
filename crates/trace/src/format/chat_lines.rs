//! One chat message per document: a transcript as JSON Lines, in OpenAI's or Anthropic's form, each line perhaps with
//! a time and the conversation that it belongs to.

use super::lists::Told;
use super::{Document, Format, exchange, session_key};
use crate::hash::HashMap;
use crate::item::{Item, Output, Session, Transcript};
use crate::model::KeyKind;
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct ChatLines;

impl Format for ChatLines {
    fn name(&self) -> &'static str {
        "chat-lines"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let message = root.get("message").filter(|m| m.is_object()).unwrap_or(root);
        let known = message
            .str_at("role")
            .is_some_and(|r| matches!(r.as_ref(), "system" | "developer" | "user" | "assistant" | "tool" | "function"));
        let says = message.any(&["content", "tool_calls", "function_call"]).is_some();
        // A request has a list of messages, and is another format's.
        if known && says && root.get("messages").is_none() { 60 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut sessions: Vec<(String, KeyKind, Transcript)> = Vec::new();
        let mut place: HashMap<String, usize> = HashMap::default();
        let mut told: HashMap<&str, Told> = HashMap::default();
        let mut unread = 0;
        for doc in out.until_stopped(docs) {
            let message = doc.root.get("message").filter(|m| m.is_object()).unwrap_or(doc.root);
            // Hermes Agent begins its logs with the available tools.
            if message.has("role", "session_meta") {
                out.bookkeeping(doc.root, "session_meta");
                continue;
            }
            let id = message.str_at("id").or_else(|| doc.root.str_at("id"));
            if told.entry(doc.file).or_default().again(doc.root, id.as_deref(), out) {
                continue;
            }
            let Some(mut said) = payload::message(message) else {
                out.unknown(doc.root);
                unread += 1;
                continue;
            };
            out.message(doc.root, &said);
            said.time = exchange::time(doc.root).or_else(|| exchange::time(message));
            // The line's own id is the message's, not the conversation's.
            let (key, kind) = session_key(doc.root)
                .filter(|(_, kind)| *kind == KeyKind::Conversation)
                .unwrap_or_else(|| (doc.file.to_owned(), KeyKind::Position));
            let at = *place.entry(key.clone()).or_insert_with(|| {
                sessions.push((key, kind, Transcript { messages: Vec::new(), model: None }));
                sessions.len() - 1
            });
            if let Some((_, _, transcript)) = sessions.get_mut(at) {
                transcript.messages.push(said);
                let model = || doc.root.str_at("model").map(|m| m.into_owned());
                transcript.model = transcript.model.take().or_else(model);
            }
        }
        if unread > 0 {
            out.lossy.push(format!("{unread} lines could not be read as messages and were left out"));
        }
        for (key, kind, transcript) in sessions {
            let mut session = Session::new(key, kind);
            session.items.push(Item::Transcript(transcript));
            out.sessions.push(session);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    const LINES: &str = concat!(
        r#"{"role":"system","content":"Be kind","timestamp":"2026-11-23T15:00:00Z"}"#,
        "\n",
        r#"{"role":"user","content":"Refund ch_1","timestamp":"2026-11-23T15:00:05Z"}"#,
        "\n",
        r#"{"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"refund","arguments":"{}"}}]}"#,
        "\n",
        r#"{"role":"tool","tool_call_id":"c1","content":"{\"status\":\"pending\"}"}"#,
        "\n",
        r#"{"role":"assistant","content":"Done."}"#,
        "\n",
    );

    #[test]
    fn a_message_per_line_is_one_conversation() {
        let trace = one("talk.jsonl", LINES);
        assert_eq!(kinds(&trace), ["system", "user", "call refund -> 3", "result Unknown <- 2", "assistant"]);
        assert_eq!(texts(&trace), ["Be kind", "Refund ch_1", "Done."]);
        assert_eq!((trace.format, trace.key.as_str()), ("chat-lines", "talk.jsonl"));
        assert!(trace.events[1].time.is_some());
    }

    #[test]
    fn a_line_under_the_same_id_is_told_again_only_with_other_words() {
        let line = |id: &str, said: &str| format!("{{\"id\":\"{id}\",\"role\":\"user\",\"content\":\"{said}\"}}\n");
        let text = [line("1", "yes"), line("2", "yes"), line("1", "yes"), line("1", "no")].concat();
        assert_eq!(texts(&one("talk.jsonl", &text)), ["yes", "yes", "no"]);
    }

    #[test]
    fn lines_of_several_conversations_are_told_apart() {
        let line = |id: &str, said: &str| {
            format!("{{\"session_id\":\"{id}\",\"message\":{{\"role\":\"user\",\"content\":\"{said}\"}}}}\n")
        };
        let text = [line("a", "one"), line("b", "two"), line("a", "three")].concat();
        let evidence = crate::Evidence::new("log.jsonl", text.into_bytes());
        let reading = crate::read(&[evidence]).expect("reads");
        let said: Vec<_> = reading.sessions.iter().map(|s| (s.key.as_str(), texts(s))).collect();
        assert_eq!(said, [("a", vec!["one", "three"]), ("b", vec!["two"])]);
    }

    #[test]
    fn requests_and_answers_are_other_formats() {
        let request = r#"{"messages":[{"role":"user","content":"a"}]}"#;
        assert_eq!(one("r.json", request).format, "openai-chat");
    }
}
