//! What a single line is.

use super::attachment::by_person;
use super::sdk;
use crate::item::{Msg, MsgRole, Part};
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::payload;

/// Who wrote a line of type `user`: the person, or the program in their name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Author {
    Person,
    /// Caveats, the text of a skill, notices.
    Program,
    /// The agent that started a sub-agent.
    Agent,
    /// The person stopped the agent.
    Interruption,
}

/// True for what the program writes where the person stopped the agent.
pub fn is_interruption(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("[Request interrupted by user") && text.ends_with(']') && !text.contains('\n')
}

/// How the text of a skill begins that the agent asked for.
const SKILL: &str = "Base directory for this skill: ";

/// Tells who wrote the words of a message of role user. Single words may still be the program's.
pub fn author(line: Node<'_>, msg: &Msg, sub_agent: bool) -> Author {
    let flag = |key: &str| line.get(key).and_then(Node::bool) == Some(true);
    let mut words = msg
        .parts
        .iter()
        .filter_map(|p| if let Part::Text(t) = p { Some(t.text.trim_start()) } else { None })
        .peekable();
    if words.peek().is_some() && words.all(is_interruption) {
        return Author::Interruption;
    }
    // The stream marks what the program wrote by another name, and the Agent SDK does not mark the text of a skill.
    let skill = || msg.parts.iter().any(|p| matches!(p, Part::Text(t) if t.text.starts_with(SKILL)));
    let by_program = flag("isMeta") || flag("isSynthetic") || flag("isCompactSummary") || skill();
    if by_program || !by_person(line) {
        return Author::Program;
    }
    if sub_agent { Author::Agent } else { Author::Person }
}

/// The message of a line, with what the structured result beside it adds.
pub fn message(line: Node<'_>, role: MsgRole) -> Option<Msg> {
    let inner = sdk::inner(line)?;
    let content = inner.get("content").filter(|_| inner.is_object())?;
    let mut msg = match sdk::is_one(line) {
        true => Msg { parts: sdk::parts(content), ..Msg::new(role, line.loc()) },
        false => payload::as_role(inner, role),
    };
    msg.loc = line.loc();
    msg.time = line.get("timestamp").and_then(crate::time::any);
    let structured = line.get("toolUseResult");
    let mut results: Vec<_> =
        msg.parts.iter_mut().filter_map(|p| if let Part::Result(r) = p { Some(r) } else { None }).collect();
    if let ([only], Some(structured)) = (&mut results[..], structured) {
        if only.content.is_none() {
            only.content = Some(structured.json_text());
        }
        let stopped = structured.get("interrupted").and_then(Node::bool) == Some(true);
        if stopped && only.transport != Transport::Error {
            only.transport = Transport::Error;
            only.error = structured.get("interrupted").map(|n| n.key_text("interrupted"));
        }
    }
    Some(msg)
}

/// What failed, in a line that tells of a failure.
pub fn failure(line: Node<'_>) -> Option<Text> {
    let wrong = line.has("level", "error") || line.has("subtype", "api_error");
    if line.has("type", "system") && wrong {
        let error = line.get("error");
        let words = error.and_then(|e| e.get("message").or_else(|| e.get("error")?.get("message")));
        return words.or_else(|| line.get("content")).or(error).map(Node::json_text);
    }
    let failed = line.get("isApiErrorMessage").and_then(Node::bool) == Some(true)
        || sdk::is_one(line) && line.get("error").is_some_and(Node::is_str);
    let content = sdk::inner(line).filter(|_| failed)?.get("content")?;
    content.items().next().and_then(|b| b.get("text")?.text()).or_else(|| content.text())
}
