//! What single events hold: the user's words and what stands around them, what a tool answered, and whether state tells anything.

use super::super::transcript::{self, Outcome, Place};
use crate::account;
use crate::item::{Item, MsgRole, Part, Unread};
use crate::model::{EventKind, Text, Transport, Verdict};
use crate::node::Node;

/// Kinds whose words repeat those of other records, or are the program's own.
const REPEATS: [&str; 15] = [
    "session.info",
    "session.warning",
    "session.compaction_",
    "session.task_complete",
    "hook.",
    "permission.",
    "user_input.",
    "elicitation.",
    "sampling.",
    "command",
    "external_tool.",
    "exit_plan_mode.",
    "subagent.",
    "assistant.",
    "tool.execution_p",
];

/// True where a record of state holds words or a call all the same.
pub fn tells(kind: &str, data: Node<'_>) -> bool {
    let words = |(key, value): (std::borrow::Cow<'_, str>, Node<'_>)| {
        account::may_hold_words(&key) && value.str().is_some_and(|text| !text.trim().is_empty())
    };
    !REPEATS.iter().any(|known| kind.starts_with(known)) && (data.entries().any(words) || account::looks_spoken(data))
}

/// The user's words, and what the CLI put around them.
pub fn user(data: Node<'_>, place: &Place) -> Option<Vec<Item>> {
    let words = data.get("content").and_then(Node::text)?;
    // Skills and other parts of the program speak in the user's place as well.
    let by_program = data.str_at("source").is_some_and(|s| s != "user");
    let role = match (by_program, &place.agent) {
        (true, _) => MsgRole::Harness,
        (false, Some(_)) => MsgRole::System,
        (false, None) => MsgRole::User,
    };
    let sent = data.get("transformedContent").and_then(Node::text).filter(|t| t.text.trim() != words.text.trim());
    let around = sent.map(|sent| around(&sent, words.text.trim())).unwrap_or_default();
    let mut said = vec![(role, words)];
    said.extend(around.into_iter().map(|t| (MsgRole::Harness, t)));
    let mut items = place.said(said);
    let attached = data.get("attachments").into_iter().flat_map(Node::items).map(|file| {
        let kind = transcript::string(file, &["type"]).unwrap_or_else(|| "file".to_owned());
        Part::Unread(Unread { kind, attachment: true, length: 0, loc: file.loc() })
    });
    let attached: Vec<Part> = attached.collect();
    if !attached.is_empty() {
        transcript::append(&mut items, vec![place.message(role, attached)]);
    }
    Some(items)
}

/// What stands before and after the user's words.
fn around(sent: &Text, own: &str) -> Vec<Text> {
    let Some(at) = sent.text.find(own).filter(|_| !own.is_empty()) else { return vec![sent.clone()] };
    let trimmed = |from: usize, to: usize| {
        let piece = &sent.text[from..to];
        let start = from + (piece.len() - piece.trim_start().len());
        (!piece.trim().is_empty()).then(|| sent.slice(start, start + piece.trim().len())).flatten()
    };
    [trimmed(0, at), trimmed(at + own.len(), sent.text.len())].into_iter().flatten().collect()
}

/// True for the end of a hook that denies a call.
pub fn denies(data: Node<'_>) -> bool {
    data.get("output").is_some_and(|output| output.has("permissionDecision", "deny"))
}

/// What a hook said of a call.
pub fn guard(data: Node<'_>) -> Option<EventKind> {
    let output = data.get("output")?;
    let (action, detail) =
        (output.get("permissionDecision")?.text(), transcript::words(output, "permissionDecisionReason"));
    Some(EventKind::Guardrail { name: data.get("hookType")?.text()?, verdict: Verdict::Triggered, action, detail })
}

/// What a tool answered.
pub fn result(data: Node<'_>, shell: bool) -> Option<Outcome> {
    let result = data.get("result");
    let content = match result.and_then(|r| r.any(&["content", "textResultForLlm"])) {
        Some(content) => transcript::content(content),
        None => result.map(Node::json_text),
    };
    let error = data.get("error").map(|e| e.get("message").unwrap_or(e).json_text());
    let flag = data.get("success").and_then(Node::bool);
    if content.is_none() && error.is_none() && flag.is_none() {
        return None;
    }
    let code = data.get("error").and_then(|e| e.str_at("code"));
    let transport = match flag {
        _ if code.is_some_and(|c| matches!(c.as_ref(), "rejected" | "denied")) => Transport::Declined,
        Some(false) => Transport::Error,
        _ if error.is_some() => Transport::Error,
        Some(true) => {
            let code = content.as_ref().filter(|_| shell).and_then(|t| transcript::exit_code_below(&t.text));
            code.map_or(Transport::Ok, transcript::exit_code)
        }
        None => Transport::Unknown,
    };
    Some(Outcome { content, transport, error })
}
