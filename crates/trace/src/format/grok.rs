//! Sessions of Grok's CLI: `chat_history.jsonl`, one record a line, without times.
//!
//! The vendor documents no schema; records are told apart by their `type`, and calls are in OpenAI's flat form.

use super::transcript::{self, Outcome, Place};
use super::{Document, Format};
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::locator::evidence_of;
use crate::model::{EventKind, KeyKind, ModelCall, Transport};
use crate::node::Node;
use crate::payload;

/// See the module's documentation.
pub struct Grok;

impl Format for Grok {
    fn name(&self) -> &'static str {
        "grok"
    }

    fn standalone(&self) -> bool {
        false
    }

    fn score(&self, root: Node<'_>) -> u32 {
        let Some(kind) = root.str_at("type") else { return 0 };
        // Other formats have an envelope, or a role.
        if root.any(&["role", "message", "uuid", "data", "payload", "item", "msg", "timestamp"]).is_some() {
            return 0;
        }
        match kind.as_ref() {
            "tool_result" if root.get("tool_call_id").is_some() => 92,
            "backend_tool_call" if root.get("kind").is_some() => 92,
            "assistant" if root.get("tool_calls").is_some() || root.get("model_id").is_some() => 90,
            "assistant" if root.get("content").is_some() => 66,
            "user" if root.get("content").is_some() => 66,
            "system" if root.get("content").is_some_and(Node::is_str) => 66,
            "reasoning" if root.get("summary").is_some() => 40,
            _ => 0,
        }
    }

    fn read(&self, docs: &[Document<'_>], out: &mut Output) {
        let mut last = None;
        for doc in out.until_stopped(docs) {
            let file = evidence_of(&out.bases, doc.root.loc().base);
            if out.sessions.is_empty() || last != Some(file) {
                out.sessions.push(Session::new(doc.file, KeyKind::Position));
                last = Some(file);
            }
            let items = record(doc.root, out);
            if let Some(session) = out.sessions.last_mut() {
                transcript::append(&mut session.items, items);
            }
        }
    }
}

fn record(root: Node<'_>, out: &mut Output) -> Vec<Item> {
    let place = Place { time: None, agent: None, loc: root.loc() };
    let kind = root.str_at("type").unwrap_or_default();
    let lost = |out: &mut Output| {
        out.unread(root);
        Vec::new()
    };
    match kind.as_ref() {
        "system" | "user" | "assistant" => {
            let Some(role) = payload::role(&kind).filter(|_| root.any(&["content", "tool_calls"]).is_some()) else {
                return lost(out);
            };
            let read = payload::as_role(root, role);
            out.message(root, &read);
            match role {
                MsgRole::User => user(root, read.parts, &place),
                MsgRole::Assistant => answer(root, read.parts, &place),
                _ => vec![place.message(role, read.parts)],
            }
        }
        "reasoning" => {
            let lists = [root.get("summary"), root.get("content")].into_iter().flatten();
            let parts: Vec<Part> = lists.flat_map(transcript::texts).map(Part::Reasoning).collect();
            if parts.is_empty() {
                out.bookkeeping(root, "encrypted reasoning");
                return Vec::new();
            }
            out.mapped(root);
            vec![place.message(MsgRole::Assistant, parts)]
        }
        "tool_result" => {
            let Some(content) = root.any(&["content", "output"]).and_then(transcript::content) else {
                return lost(out);
            };
            out.mapped(root);
            let flag = root.any(&["is_error", "isError"]).and_then(Node::bool);
            let code = transcript::exit_code_below(&content.text).map(transcript::exit_code);
            let transport = match flag {
                Some(true) => Transport::Error,
                Some(false) => code.unwrap_or(Transport::Ok),
                None => code.unwrap_or(Transport::Unknown),
            };
            let outcome = Outcome { content: Some(content), transport, error: None };
            vec![place.result(transcript::string(root, &["tool_call_id"]), None, outcome)]
        }
        // A tool that the provider runs answers to the model alone.
        "backend_tool_call" => {
            let call = root.get("kind");
            let Some(name) = call.and_then(|c| c.any(&["tool_type", "type", "name"])).and_then(Node::text) else {
                return lost(out);
            };
            out.mapped(root);
            let id = call.and_then(|c| transcript::string(c, &["id"]));
            let arguments = call.and_then(|c| c.any(&["action", "arguments"])).map(Node::json_text);
            let mut items = vec![place.call(id.clone(), name, arguments)];
            let status = call.and_then(|c| c.str_at("status")).and_then(|s| transcript::status(&s));
            if let Some(transport) = status {
                items.push(place.result(id, None, Outcome { content: None, transport, error: None }));
            }
            items
        }
        _ => {
            out.unknown(root);
            Vec::new()
        }
    }
}

/// The user's words; what the CLI adds says why it is there.
fn user(root: Node<'_>, parts: Vec<Part>, place: &Place) -> Vec<Item> {
    let by_program = root.get("synthetic_reason").is_some();
    let mut items = Vec::new();
    if root.get("prior_turn_interrupt").is_some() {
        let what = "the user interrupted the agent".to_owned();
        items.push(place.event(EventKind::Context { what, lost: false }));
    }
    for part in parts {
        let harness = by_program || matches!(&part, Part::Text(t) if transcript::is_element(&t.text));
        let role = if harness { MsgRole::Harness } else { MsgRole::User };
        transcript::append(&mut items, vec![place.message(role, vec![part])]);
    }
    items
}

fn answer(root: Node<'_>, mut parts: Vec<Part>, place: &Place) -> Vec<Item> {
    parts.retain(|p| !matches!(p, Part::Text(t) if t.text.is_empty()));
    let mut items = Vec::new();
    if let Some(model) = transcript::string(root, &["model_id"]) {
        let call = ModelCall {
            model: Some(model),
            start: None,
            end: None,
            input_tokens: None,
            output_tokens: None,
            finish: None,
            loc: place.loc,
        };
        let (input, output) = (Vec::new(), Vec::new());
        items.push(Item::Model(ModelRun { call, input, output, agent: None, response_id: None, previous: None }));
    }
    if !parts.is_empty() {
        items.push(place.message(MsgRole::Assistant, parts));
    }
    items
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one};

    #[test]
    fn records_are_told_apart_by_their_type() {
        let file = concat!(
            r#"{"type":"system","content":"You are Grok."}"#,
            "\n",
            r#"{"type":"user","content":[{"type":"text","text":"<user_info>\nOS: linux\n</user_info>"}],"synthetic_reason":"environment_context"}"#,
            "\n",
            r#"{"type":"user","content":[{"type":"text","text":"Fix it"}],"prompt_index":0}"#,
            "\n",
            r#"{"type":"assistant","content":"","tool_calls":[{"id":"t1","name":"run_terminal_cmd","arguments":"{\"command\":\"make\"}"}],"model_id":"grok-4"}"#,
            "\n",
            r#"{"type":"tool_result","tool_call_id":"t1","content":"boom\nExit code: 2"}"#,
            "\n",
            r#"{"type":"backend_tool_call","kind":{"tool_type":"web_search","action":{"query":"make"},"id":"w1","status":"completed"}}"#,
            "\n",
            r#"{"type":"reasoning","id":"r","summary":[],"encrypted_content":"x"}"#,
            "\n",
            r#"{"type":"assistant","content":"It fails.","model_id":"grok-4"}"#,
            "\n"
        );
        let trace = one("chat_history.jsonl", file);
        assert_eq!((trace.format, trace.models()), ("grok", vec!["grok-4"]));
        assert_eq!(
            kinds(&trace),
            [
                "system",
                "harness",
                "user",
                "call run_terminal_cmd -> 4",
                "result Error <- 3",
                "call web_search -> 6",
                "result Ok <- 5",
                "assistant"
            ]
        );
    }
}
