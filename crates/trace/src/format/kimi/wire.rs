//! Kimi CLI, the version in Python: the wire log (`wire.jsonl`) and the context (`context.jsonl`).
//!
//! A line of the wire is `{timestamp, message: {type, payload}}` below a header with the version of the protocol; a line of
//! the context is a chat message. After the types in `src/kimi_cli/wire/types.py`.

use super::super::transcript::{self, Outcome, Place};
use crate::hash::HashSet;
use crate::item::{Item, ModelRun, MsgRole, Output, Part, Session};
use crate::model::{EventKind, ModelCall, Text, Transport, Verdict};
use crate::node::Node;
use crate::{payload, time};

const EVENTS: [&str; 22] = [
    "TurnBegin",
    "SteerInput",
    "TurnEnd",
    "StepBegin",
    "StepInterrupted",
    "CompactionBegin",
    "CompactionEnd",
    "HookTriggered",
    "HookResolved",
    "MCPLoadingBegin",
    "MCPLoadingEnd",
    "StatusUpdate",
    "Notification",
    "ContentPart",
    "ToolCall",
    "ToolCallPart",
    "ToolResult",
    "ApprovalRequest",
    "ApprovalResponse",
    "ApprovalRequestResolved",
    "SubagentEvent",
    "PlanDisplay",
];

/// How likely it is that a line is from the wire log or from the context.
pub fn score(root: Node<'_>) -> u32 {
    if let Some(kind) = event(root).and_then(|m| m.str_at("type")) {
        return if EVENTS.contains(&kind.as_ref()) { 95 } else { 50 };
    }
    match root.str_at("role") {
        // Marks between the messages of a context.
        Some(role) if role.starts_with('_') => 90,
        Some(_) if root.any(&["content", "tool_calls"]).is_some() => 20,
        _ => 0,
    }
}

/// The event of a line of the wire.
fn event(root: Node<'_>) -> Option<Node<'_>> {
    let message = root.get("message").filter(|m| m.get("type").is_some() && m.get("payload").is_some())?;
    root.get("timestamp").is_some().then_some(message)
}

/// One file.
pub struct Log {
    /// What was read from it.
    pub session: Session,
    /// The sub-agents that were met.
    agents: HashSet<String>,
}

impl Log {
    /// A log without records yet.
    pub fn new(session: Session) -> Self {
        Log { session, agents: HashSet::default() }
    }

    /// Reads the next line.
    pub fn record(&mut self, root: Node<'_>, out: &mut Output) {
        let place = Place { time: root.get("timestamp").and_then(time::any), agent: None, loc: root.loc() };
        if root.has("type", "metadata") {
            return out.bookkeeping(root, "metadata");
        }
        match event(root) {
            Some(message) => self.event(root, message, place, 0, out),
            None => self.context(root, &place, out),
        }
    }

    /// A line of the context: a chat message, or a mark.
    fn context(&mut self, root: Node<'_>, place: &Place, out: &mut Output) {
        match root.str_at("role") {
            Some(role) if role.starts_with('_') => out.bookkeeping(root, &role),
            _ => match payload::message(root) {
                Some(msg) => {
                    out.message(root, &msg);
                    let system =
                        |p: &Part| matches!(p, Part::Text(t) if transcript::is_element(&t.text) || is_system(&t.text));
                    match msg.role {
                        MsgRole::User => {
                            for part in msg.parts {
                                let role = if system(&part) { MsgRole::Harness } else { MsgRole::User };
                                transcript::append(&mut self.session.items, vec![place.message(role, vec![part])]);
                            }
                        }
                        _ => self.session.items.push(Item::Message(msg)),
                    }
                }
                None => out.unknown(root),
            },
        }
    }

    fn event(&mut self, root: Node<'_>, message: Node<'_>, mut place: Place, depth: usize, out: &mut Output) {
        let (Some(kind), Some(body)) = (message.str_at("type"), message.get("payload")) else {
            return out.unread(root);
        };
        let told = |what: &str, lost, place: &Place| place.event(EventKind::Context { what: what.to_owned(), lost });
        let items = match kind.as_ref() {
            "TurnBegin" | "SteerInput" => match body.get("user_input") {
                Some(input) => {
                    let role = if place.agent.is_some() { MsgRole::System } else { MsgRole::User };
                    vec![place.message(role, payload::as_parts(input))]
                }
                None => return out.unread(root),
            },
            "ContentPart" => match part(body) {
                Some(Part::Text(text)) if text.text.is_empty() => return out.bookkeeping(root, "an empty part"),
                Some(part) => vec![place.message(MsgRole::Assistant, vec![part])],
                None => return out.unread(root),
            },
            "ToolCall" => match body.get("function").or(Some(body)).and_then(|f| Some((f.get("name")?.text()?, f))) {
                Some((name, function)) => {
                    let arguments = function.get("arguments").map(Node::json_text);
                    vec![place.call(transcript::string(body, &["id"]), name, arguments)]
                }
                None => return out.unread(root),
            },
            "ToolResult" => match result(body) {
                Some(outcome) => vec![place.result(transcript::string(body, &["tool_call_id"]), None, outcome)],
                None => return out.unread(root),
            },
            "SubagentEvent" => {
                let call = transcript::string(body, &["parent_tool_call_id", "task_tool_call_id"]);
                let named = transcript::string(body, &["agent_id", "subagent_type"]).or_else(|| call.clone());
                let (Some(name), Some(inner)) = (named, body.get("event").filter(|_| depth < 8)) else {
                    return out.unread(root);
                };
                if self.agents.insert(name.clone()) {
                    self.session.sub_agents.push((name.clone(), call));
                }
                place.agent = Some(name);
                return self.event(root, inner, place, depth + 1, out);
            }
            "ApprovalResponse" | "ApprovalRequestResolved" => {
                let verdict = match body.str_at("response").as_deref() {
                    Some("approve" | "approve_for_session") => Verdict::Passed,
                    Some("reject") => Verdict::Triggered,
                    _ => Verdict::Unknown,
                };
                let Some(name) = message.get("type").and_then(Node::text) else { return out.unread(root) };
                let (action, detail) = (body.get("response").and_then(Node::text), transcript::words(body, "feedback"));
                vec![place.event(EventKind::Guardrail { name, verdict, action, detail })]
            }
            "HookResolved" if body.has("action", "block") => {
                let Some(name) = body.get("event").and_then(Node::text) else { return out.unread(root) };
                let (action, detail) = (body.get("action").and_then(Node::text), transcript::words(body, "reason"));
                vec![place.event(EventKind::Guardrail { name, verdict: Verdict::Triggered, action, detail })]
            }
            "StepInterrupted" => vec![told("the agent was interrupted", false, &place)],
            "CompactionEnd" => vec![place.message(MsgRole::Assistant, vec![Part::Compacted(None)])],
            "StatusUpdate" if body.get("token_usage").is_some() => {
                self.model_call(body, &place);
                Vec::new()
            }
            // A piece of arguments that belongs to the call before: it was recorded as it came in.
            "ToolCallPart" => return out.unread(root),
            kind if EVENTS.contains(&kind)
                || matches!(kind, "ToolCallRequest" | "QuestionRequest" | "QuestionResponse") =>
            {
                return out.bookkeeping(root, kind);
            }
            _ => return out.unknown(root),
        };
        out.mapped(root);
        // Parts of one answer come one by one.
        self.session.items.extend(items);
    }

    fn model_call(&mut self, body: Node<'_>, place: &Place) {
        let usage = body.get("token_usage");
        let number = |key: &str| usage.and_then(|u| u.get(key)).and_then(Node::i64);
        let input = ["input_other", "input_cache_read", "input_cache_creation"].iter().filter_map(|k| number(k));
        let call = ModelCall {
            model: None,
            start: place.time,
            end: place.time,
            input_tokens: input.reduce(i64::saturating_add),
            output_tokens: number("output"),
            finish: None,
            loc: place.loc,
        };
        let (input, output, agent) = (Vec::new(), Vec::new(), place.agent.clone());
        self.session.items.push(Item::Model(ModelRun {
            call,
            input,
            output,
            agent,
            response_id: None,
            previous: None,
        }));
    }
}

/// Kimi tells the model about its surroundings in elements of one name.
fn is_system(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("<system>") && text.ends_with("</system>")
}

fn part(body: Node<'_>) -> Option<Part> {
    match body.str_at("type").as_deref() {
        Some("think") => body.get("think")?.text().map(Part::Reasoning),
        _ => payload::as_parts(body).into_iter().next(),
    }
}

fn result(body: Node<'_>) -> Option<Outcome> {
    let value = body.any(&["return_value", "result"])?;
    let filled = |key: &str| value.get(key).filter(|n| n.str().is_none_or(|s| !s.is_empty()));
    let content: Option<Text> = filled("output").or_else(|| filled("message")).and_then(transcript::content);
    let flag = value.get("is_error").and_then(Node::bool);
    let message = transcript::words(value, "message");
    let refused = message.as_ref().is_some_and(|t| t.text.contains("rejected by the user"));
    let transport = match flag {
        Some(true) if refused => Transport::Declined,
        Some(true) => Transport::Error,
        Some(false) => Transport::Ok,
        None => Transport::Unknown,
    };
    Some(Outcome { content, transport, error: message.filter(|_| flag == Some(true)) })
}

#[cfg(test)]
mod tests {
    use crate::test_support::{kinds, one, texts};

    fn line(kind: &str, payload: &str) -> String {
        format!(r#"{{"timestamp":1777888800.5,"message":{{"type":"{kind}","payload":{payload}}}}}"#) + "\n"
    }

    #[test]
    fn the_wire_tells_turns_calls_and_sub_agents() {
        let call = r#"{"type":"function","id":"t1","function":{"name":"Shell","arguments":"{\"command\":\"make\"}"}}"#;
        let file = [
            r#"{"type":"metadata","protocol_version":"1.3"}"#.to_owned() + "\n",
            line("TurnBegin", r#"{"user_input":"Fix it"}"#),
            line("StepBegin", r#"{"n":1}"#),
            line("ContentPart", r#"{"type":"think","think":"Look"}"#),
            line("ContentPart", r#"{"type":"text","text":"On it"}"#),
            line("ToolCall", call),
            line("SubagentEvent", r#"{"parent_tool_call_id":"t1","agent_id":"a1","event":{"type":"ContentPart","payload":{"type":"text","text":"Sub"}}}"#),
            line("ToolResult", r#"{"tool_call_id":"t1","return_value":{"is_error":true,"output":"boom","message":"Command failed with exit code: 2.","display":[]}}"#),
            line("StatusUpdate", r#"{"token_usage":{"input_other":5,"output":2}}"#),
            line("ApprovalResponse", r#"{"request_id":"r","response":"reject","feedback":"No"}"#),
            line("StepInterrupted", "{}"),
        ]
        .concat();
        let trace = one("wire.jsonl", &file);
        assert_eq!(trace.format, "kimi");
        assert_eq!(
            kinds(&trace),
            [
                "user",
                "reasoning",
                "assistant",
                "call Shell -> 5",
                "assistant",
                "result Error <- 3",
                "guardrail ApprovalResponse Triggered",
                "context lost=false"
            ]
        );
        assert_eq!((trace.sub_agents[0].name.as_str(), trace.sub_agents[0].call), ("a1", Some(3)));
    }

    #[test]
    fn marks_in_a_context_are_no_messages() {
        let file = concat!(
            r#"{"role":"_checkpoint","id":0}"#,
            "\n",
            r#"{"role":"user","content":[{"type":"text","text":"<system>CHECKPOINT 0</system>"},{"type":"text","text":"Fix it"}]}"#,
            "\n",
            r#"{"role":"assistant","content":"Done"}"#,
            "\n",
            r#"{"role":"_usage","token_count":9}"#,
            "\n"
        );
        let trace = one("context.jsonl", file);
        assert_eq!((trace.format, kinds(&trace)), ("kimi", vec!["harness".into(), "user".into(), "assistant".into()]));
        assert_eq!(texts(&trace)[1], "Fix it");
    }
}
