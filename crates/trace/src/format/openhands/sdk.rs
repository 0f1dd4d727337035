//! Events of the SDK.

use super::super::{parts, voice};
use super::Told;
use crate::item::{Item, Msg, MsgRole, Output, Part, Session, ToolRun};
use crate::model::{EventKind, Stamp, Text, Transport};
use crate::node::Node;
use crate::{payload, time};

/// Kinds that the SDK writes.
pub const KINDS: [&str; 23] = [
    "MessageEvent",
    "ActionEvent",
    "ObservationEvent",
    "SystemPromptEvent",
    "AgentErrorEvent",
    "UserRejectObservation",
    "ACPToolCallEvent",
    "Condensation",
    "CondensationSummaryEvent",
    "ConversationErrorEvent",
    "ServerErrorEvent",
    "ConversationStateUpdateEvent",
    "CondensationRequest",
    "PauseEvent",
    "InterruptEvent",
    "TokenEvent",
    "StreamingDeltaEvent",
    "LLMCompletionLogEvent",
    "HookExecutionEvent",
    "WarningEvent",
    "SecurityAnalyzerConfigurationEvent",
    "LoadedSkillsEvent",
    "ConversationIterationLimitEvent",
];

/// What an event tells. `all` are the events beside it, and `session` takes the tools on offer.
pub fn told(event: Node<'_>, all: &[Node<'_>], session: &mut Session, out: &mut Output) -> Told {
    let at = event.get("timestamp").and_then(time::any);
    let message = |msg: Msg| Told::Items(vec![Item::Message(msg)]);
    let error = |text: Option<Text>| match text {
        Some(text) => Told::Items(vec![voice::event(EventKind::Error { text }, at, None, event.loc())]),
        None => message(payload::unread_message(event, MsgRole::Harness)),
    };
    let id = || parts::word(event, &["tool_call_id"]);
    let tool = || parts::word(event, &["tool_name"]);
    match event.str_at("kind").unwrap_or_default().as_ref() {
        "MessageEvent" => Told::Items(said(event, at)),
        "ActionEvent" => message(action(event, at)),
        "ObservationEvent" if silent(event) => Told::Bookkeeping("an answer of `think` or `finish`"),
        "ObservationEvent" => {
            let observation = event.get("observation");
            let content = observation.and_then(|o| o.any(&["content", "output"])).and_then(payload::answer_text);
            let unread = observation.filter(|_| content.is_none()).and_then(words_elsewhere);
            let mut result = parts::result(id(), tool(), content, transport(observation), at, event.loc());
            result.parts.extend(unread.map(payload::unread));
            let mut items = vec![Item::Message(result)];
            items.extend(extended(event, at));
            Told::Items(items)
        }
        "AgentErrorEvent" => {
            let content = event.get("error").and_then(Node::text);
            message(parts::result(id(), tool(), content, Transport::Error, at, event.loc()))
        }
        "UserRejectObservation" => {
            let reason = event.get("rejection_reason").and_then(Node::text);
            // A hook is a program, so its refusal is a failed call, and not the user's word.
            let hook = event.has("rejection_source", "hook");
            let transport = if hook { Transport::Error } else { Transport::Declined };
            message(parts::result(id(), tool(), reason, transport, at, event.loc()))
        }
        "SystemPromptEvent" => {
            if let Some(tools) = event.get("tools") {
                session.tools.extend(payload::tools(tools, &mut out.bases));
            }
            let prompts = [event.get("system_prompt"), event.get("dynamic_context")];
            let words = prompts.into_iter().flatten().filter_map(payload::system_message).flat_map(|m| m.parts);
            message(parts::said(MsgRole::System, words.collect(), at, event.loc()))
        }
        "ACPToolCallEvent" => outside_call(event, all, at),
        "Condensation" => {
            let summary = event.get("summary").and_then(Node::text);
            message(parts::said(MsgRole::Assistant, vec![Part::Compacted(summary)], at, event.loc()))
        }
        "CondensationSummaryEvent" => Told::Bookkeeping("a summary that its condensation holds too"),
        "ConversationErrorEvent" | "ServerErrorEvent" => {
            error(event.any(&["detail", "code", "message"]).and_then(Node::text))
        }
        "ConversationStateUpdateEvent" => Told::Bookkeeping("ConversationStateUpdateEvent"),
        "CondensationRequest" => Told::Bookkeeping("CondensationRequest"),
        "PauseEvent" | "InterruptEvent" => Told::Bookkeeping("a pause"),
        "TokenEvent" | "StreamingDeltaEvent" | "LLMCompletionLogEvent" => Told::Bookkeeping("a log of a model call"),
        "HookExecutionEvent" => Told::Bookkeeping("HookExecutionEvent"),
        "WarningEvent" | "ConversationIterationLimitEvent" => Told::Bookkeeping("a warning"),
        "SecurityAnalyzerConfigurationEvent" | "LoadedSkillsEvent" => Told::Bookkeeping("a setting"),
        _ => Told::Unknown,
    }
}

/// A list of texts under a name that is not known.
fn words_elsewhere(observation: Node<'_>) -> Option<Node<'_>> {
    let of_texts = |list: &Node<'_>| list.items().next().is_some_and(|part| part.get("text").is_some_and(Node::is_str));
    observation.holders().map(|(_, member)| member).find(of_texts)
}

fn said(event: Node<'_>, at: Option<Stamp>) -> Vec<Item> {
    let role = match event.str_at("source").as_deref() {
        // A message that another agent sends has the user's role, and is not the user's.
        Some("user") if event.get("sender").is_none() => MsgRole::User,
        Some("agent") => MsgRole::Assistant,
        _ => MsgRole::Harness,
    };
    let inner = event.get("llm_message");
    let mut words: Vec<Part> = Vec::new();
    words.extend(inner.and_then(|m| m.get("reasoning_content")).and_then(Node::text).map(Part::Reasoning));
    match inner.and_then(|m| m.get("content")) {
        Some(content) => words.extend(payload::as_parts(content)),
        None => words.push(payload::unread(event)),
    }
    let mut items = vec![Item::Message(parts::said(role, words, at, event.loc()))];
    items.extend(extended(event, at));
    items
}

/// What the program adds to a message or to a result, such as rules and skills.
fn extended(event: Node<'_>, at: Option<Stamp>) -> Option<Item> {
    let words = event.get("extended_content").map(payload::as_parts).filter(|p| !p.is_empty())?;
    Some(Item::Message(parts::said(MsgRole::Harness, words, at, event.loc())))
}

/// True for an answer of a tool that only takes note of what the agent says.
fn silent(event: Node<'_>) -> bool {
    let kind = event.get("observation").and_then(|o| o.str_at("kind"));
    event.str_at("tool_name").is_some_and(|name| matches!(name.as_ref(), "finish" | "think"))
        && kind.is_none_or(|k| matches!(k.as_ref(), "FinishObservation" | "ThinkObservation"))
}

fn action(event: Node<'_>, at: Option<Stamp>) -> Msg {
    let mut found = Vec::new();
    let reasoning = event.get("reasoning_content").and_then(Node::text).filter(|t| !t.text.trim().is_empty());
    let reasoned = reasoning.is_some();
    found.extend(reasoning.map(Part::Reasoning));
    for part in event.get("thought").map(payload::as_parts).unwrap_or_default() {
        match part {
            Part::Text(text) => found.extend(outside_think(&text, reasoned)),
            other => found.push(other),
        }
    }
    let action = event.get("action").filter(|a| a.is_object());
    let own = |key: &str| action.and_then(|a| a.get(key)).and_then(Node::text);
    match event.str_at("tool_name").as_deref() {
        Some("finish") if own("message").is_some() => found.extend(own("message").map(Part::Text)),
        Some("think") if own("thought").is_some() => found.extend(own("thought").map(Part::Reasoning)),
        _ => {
            let made = event.get("tool_call");
            let function = made.map(|m| m.get("function").unwrap_or(m));
            let arguments = function.and_then(|f| f.get("arguments")).or(action).map(Node::json_text);
            let name = event.get("tool_name").and_then(Node::text);
            found.push(parts::call(event, parts::word(event, &["tool_call_id"]), name, arguments));
        }
    }
    parts::said(MsgRole::Assistant, found, at, event.loc())
}

/// Some models write what they think between tags into their words, and it stands under `reasoning_content` as well.
fn outside_think(text: &Text, reasoned: bool) -> Vec<Part> {
    let whole = || text.trimmed(0, text.text.len()).map(Part::Text).into_iter().collect();
    let Some(open) = text.text.find("<think>").filter(|at| text.text[..*at].trim().is_empty()) else { return whole() };
    let Some(close) = text.text.find("</think>").filter(|close| *close > open) else { return whole() };
    let thought = text.trimmed(open + "<think>".len(), close).filter(|_| !reasoned).map(Part::Reasoning);
    let words = text.trimmed(close + "</think>".len(), text.text.len()).map(Part::Text);
    thought.into_iter().chain(words).collect()
}

/// A shell's exit code counts for more than the flag, which older versions leave false.
fn transport(observation: Option<Node<'_>>) -> Transport {
    let Some(observation) = observation else { return Transport::Unknown };
    let inner = observation.get("metadata").and_then(|m| m.get("exit_code"));
    let code = observation.get("exit_code").or(inner).and_then(Node::i64);
    let flag = observation.get("is_error").and_then(Node::bool);
    let error = observation.get("error").is_some_and(|e| e.bool().unwrap_or(true));
    match (flag == Some(true) || error, code) {
        (true, _) => Transport::Error,
        // -1 is a command that still runs.
        (_, Some(code)) if code > 0 => Transport::Error,
        (_, Some(0)) => Transport::Ok,
        _ => parts::failed(flag),
    }
}

/// A call of an agent behind the Agent Client Protocol. It is written again whenever it goes on.
fn outside_call(event: Node<'_>, all: &[Node<'_>], at: Option<Stamp>) -> Told {
    let Some(id) = parts::word(event, &["tool_call_id"]) else {
        return Told::Items(vec![Item::Message(payload::unread_message(event, MsgRole::Assistant))]);
    };
    let Some(name) = event.any(&["title", "tool_kind"]).and_then(Node::text) else {
        return Told::Items(vec![Item::Message(payload::unread_message(event, MsgRole::Assistant))]);
    };
    let same = |e: &&Node<'_>| e.has("kind", "ACPToolCallEvent") && e.has("tool_call_id", &id);
    if all.iter().rev().take(LATER).find(same).is_some_and(|last| last.loc() != event.loc()) {
        return Told::Bookkeeping("a call that a later event holds in full");
    }
    let ended = event.str_at("status").is_some_and(|s| matches!(s.as_ref(), "completed" | "failed"));
    let error = event.get("is_error").and_then(Node::bool) == Some(true) || event.has("status", "failed");
    Told::Items(vec![Item::Tool(ToolRun {
        id: Some(id),
        name,
        arguments: event.get("raw_input").map(Node::json_text),
        content: event.any(&["raw_output", "content"]).and_then(payload::answer_text),
        transport: match (ended || error, error) {
            (false, _) => Transport::Missing,
            (true, error) => parts::failed(Some(error)),
        },
        error: None,
        start: at,
        end: at,
        agent: None,
        span: None,
        loc: event.loc(),
    })])
}

/// Events that are looked through for a later one of the same call.
const LATER: usize = 200;
