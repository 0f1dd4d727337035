//! Sessions of Continue: `~/.continue/sessions/*.json`, `{sessionId, title, workspaceDirectory, history: [{message, contextItems}]}`.
//!
//! After `Session` and `ChatHistoryItem` in `core/index.d.ts` of continuedev/continue. What became of a call stands beside the
//! message that makes it, and mostly also in a message of the tool.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format, parts};
use crate::hash::HashSet;
use crate::item::{Item, MsgRole, Output, Part, Session};
use crate::model::{KeyKind, Transport};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Continue;

impl Format for Continue {
    fn name(&self) -> &'static str {
        "continue"
    }

    fn standalone(&self) -> bool {
        true
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(history) = root.get("history").filter(|h| h.is_array()) else { return 0 };
        let item = |i: Node<'_>| i.get("message").is_some_and(|m| m.get("role").is_some());
        let own = root.get("workspaceDirectory").is_some()
            || history.items().take(4).any(|i| i.get("contextItems").is_some());
        if own && history.items().take(4).all(item) && root.get("sessionId").is_some() { 95 } else { 0 }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        for doc in out.until_stopped(docs) {
            let named = parts::word(doc.root, &["sessionId"]);
            let kind = if named.is_some() { KeyKind::Conversation } else { KeyKind::Position };
            let mut session = Session::new(named.unwrap_or_else(|| doc.position_key()), kind);
            let items: Vec<Node<'_>> = doc.root.get("history").into_iter().flat_map(Node::items).collect();
            let answered: HashSet<String> =
                items.iter().filter_map(|i| parts::word(i.get("message")?, &["toolCallId"])).collect();
            for item in out.until_stopped(items) {
                match item.get("message") {
                    Some(message) => read(item, message, &answered, &mut session, out),
                    None => out.unknown(item),
                }
            }
            out.sessions.push(session);
        }
    }
}

fn read(item: Node<'_>, message: Node<'_>, answered: &HashSet<String>, session: &mut Session, out: &mut Output) {
    let place = Place { time: None, agent: None, loc: message.loc() };
    let content = message.get("content");
    let role = match message.str_at("role").as_deref() {
        Some("thinking") => {
            out.mapped(item);
            let thoughts = content.map(transcript::texts).unwrap_or_default();
            session.items.push(place.message(MsgRole::Assistant, thoughts.into_iter().map(Part::Reasoning).collect()));
            return;
        }
        Some(word) => payload::role(word),
        None => None,
    };
    let Some(role) = role else { return out.unread(item) };
    let mut msg = payload::as_role(message, role);
    // Calls are read below: their key is not that of OpenAI.
    msg.parts.retain(|part| !matches!(part, Part::Unread(u) if u.kind == "toolCalls"));
    let calls = message.get("toolCalls").filter(|l| l.is_array());
    msg.parts.extend(calls.into_iter().flat_map(Node::items).map(payload::call));
    out.message(item, &msg);
    session.items.push(Item::Message(msg));
    for state in item.get("toolCallStates").into_iter().flat_map(Node::items) {
        let id = parts::word(state, &["toolCallId"]);
        if id.as_ref().is_some_and(|id| answered.contains(id)) {
            continue;
        }
        let transport = match state.str_at("status").as_deref() {
            Some("done") => Transport::Ok,
            Some("errored") => Transport::Error,
            Some("canceled") => Transport::Declined,
            _ => continue,
        };
        let output = state.get("output").filter(|o| o.items().next().is_some());
        let only = output.filter(|o| o.items().count() == 1).and_then(|o| o.items().next()?.get("content")?.text());
        let content = only.or_else(|| output.map(Node::json_text));
        session.items.push(place.result(id, None, Outcome { content, transport, error: None }));
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    #[test]
    fn calls_have_their_results_from_messages_or_from_beside_them() {
        let file = r#"{"sessionId":"s1","title":"t","workspaceDirectory":"file:///w","history":[
            {"message":{"role":"user","content":[{"type":"text","text":"Read it"}]},"contextItems":[]},
            {"message":{"role":"thinking","content":"Hm"},"contextItems":[]},
            {"message":{"role":"assistant","content":"Reading","toolCalls":[{"id":"c1","type":"function","function":{"name":"read_file","arguments":"{\"filepath\":\"a\"}"}}]},"contextItems":[],"toolCallStates":[{"toolCallId":"c1","status":"done","output":[{"content":"one"}]}]},
            {"message":{"role":"tool","content":"one","toolCallId":"c1","id":"m4"},"contextItems":[]},
            {"message":{"role":"assistant","content":"","toolCalls":[{"id":"c2","type":"function","function":{"name":"run","arguments":"{}"}}]},"contextItems":[],"toolCallStates":[{"toolCallId":"c2","status":"canceled"}]},
            {"message":{"role":"assistant","content":"Stopped"},"contextItems":[],"promptLogs":[{"prompt":"p","completion":"c"}]}]}"#;
        let trace = one("s.json", file);
        assert_eq!((trace.format, trace.key.as_str()), ("continue", "s1"));
        let expected = [
            "user",
            "reasoning",
            "assistant",
            "call read_file -> 4",
            "result Unknown <- 3",
            "call run -> 6",
            "result Declined <- 5",
            "assistant",
        ];
        assert_eq!(kinds(&trace), expected);
        assert_eq!(texts(&trace)[0], "Read it");
    }
}
