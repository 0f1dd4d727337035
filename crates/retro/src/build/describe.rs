//! An event in words, and the span of it to quote.

use crate::draft::Actor;
use hindcast_detect::Session;
use hindcast_detect::outcome::status::{self, Standing};
use hindcast_trace::model::{EventKind, Role, Text, Transport, Verdict};

/// Bytes of a text that a timeline line quotes.
const EXCERPT: usize = 280;

/// Events before a sub-agent's first one among which the call that started it is looked for.
const BRIEF: usize = 24;

/// An event, described.
pub struct Described<'t> {
    /// What happened, without the quoted words.
    pub words: String,
    /// Who.
    pub actor: Actor,
    /// What the actor is called.
    pub name: Option<String>,
    /// The text to quote, and how much of it.
    pub quote: Option<(&'t Text, usize)>,
    /// The words of the message that follow in parts of their own.
    pub more: Vec<&'t Text>,
}

/// Describes an event.
pub fn event<'t>(session: &Session<'t>, index: u32) -> Described<'t> {
    let event = session.event(index);
    let told = |words: &str, actor, name: Option<String>, text: Option<&'t Text>| Described {
        words: words.to_owned(),
        actor,
        name,
        quote: text.map(|t| (t, excerpt(&t.text))),
        more: Vec::new(),
    };
    match &event.kind {
        EventKind::Message { role, texts, interrupted } => {
            let actor = match role {
                Role::System => Actor::System,
                Role::User => Actor::User,
                Role::Assistant => Actor::Agent,
                Role::Harness => Actor::Harness,
            };
            let mut said = texts.iter().filter(|t| !t.text.trim().is_empty());
            let first = said.next().or(texts.first());
            let more: Vec<&Text> = said.collect();
            // An agent's brief for its sub-agent is no instruction of the operator's.
            if let (Role::System, Some(agent)) = (role, &event.agent)
                && is_brief(session, index)
            {
                let words = format!("gives {agent} its task");
                return Described { more, ..told(&words, Actor::Agent, None, first) };
            }
            let words = match (role, interrupted) {
                (Role::System, _) => "instructions",
                (_, true) => "says (interrupted)",
                _ => "says",
            };
            let name = event.agent.clone().filter(|_| *role == Role::Assistant);
            Described { more, ..told(words, actor, name, first) }
        }
        EventKind::Reasoning { text } => told("reasons", Actor::Agent, event.agent.clone(), Some(text)),
        EventKind::ToolCall { name, arguments, result, .. } => {
            let by = event.agent.as_ref().map_or(String::new(), |agent| format!("{agent} "));
            let words = if result.is_some() { "calls" } else { "calls (no result in the trace)" };
            told(&format!("{by}{words}"), Actor::Agent, Some(name.text.clone()), arguments.as_ref().or(Some(name)))
        }
        EventKind::ToolResult { call, name, content, transport, error } => {
            let status = call.and_then(|c| session.call_at(c)).map(|c| status::of(session, c).standing);
            let words = result_words(*transport, status);
            told(
                &words,
                Actor::Tool,
                Some(name.clone()),
                content.as_ref().filter(|c| !c.text.is_empty()).or(error.as_ref()),
            )
        }
        EventKind::Guardrail { name, verdict, action, detail } => {
            let words = match verdict {
                Verdict::Passed => "allows it",
                Verdict::Triggered => "objects",
                Verdict::Unknown => "checks it (verdict not captured)",
            };
            let words = match action {
                Some(action) => format!("{words}; action taken: {}", action.text),
                None => words.to_owned(),
            };
            told(&words, Actor::Guard, Some(name.text.clone()), detail.as_ref().or(Some(name)))
        }
        EventKind::Handoff { from, to } => {
            let words = from.as_ref().map_or("hands off".to_owned(), |f| format!("{f} hands off"));
            told(&words, Actor::Agent, Some(to.text.clone()), Some(to))
        }
        EventKind::Retrieval { query, documents, source } => {
            let words = documents.map_or("retrieves documents".to_owned(), |n| format!("retrieves {n} documents"));
            told(&words, Actor::Tool, Some("retrieval".to_owned()), query.as_ref().or(Some(source)))
        }
        EventKind::Context { what, .. } => told(what, Actor::System, None, None),
        EventKind::Error { text } => told("fails", Actor::System, None, Some(text)),
    }
}

/// True for the text with which a sub-agent starts: the call before it passes the same text on.
fn is_brief(session: &Session<'_>, index: u32) -> bool {
    let EventKind::Message { texts, .. } = &session.event(index).kind else { return false };
    let Some(text) = texts.first().map(|t| t.text.trim()).filter(|t| !t.is_empty()) else { return false };
    let before = (0..index).rev().take(BRIEF);
    let arguments = before.filter_map(|e| session.call_at(e)?.args());
    arguments.flat_map(|a| a.entries()).any(|(_, v)| v.str().is_some_and(|v| v.trim() == text))
}

/// What became of a call, technically and as an operation.
pub fn result_words(transport: Transport, status: Option<Standing>) -> String {
    let transport_failed = transport == Transport::Error;
    // Most formats do not record the transport: saying so in every line would say nothing.
    let (words, transport) = match transport {
        Transport::Ok => ("returns", Some("transport ok")),
        Transport::Error => ("returns an error", None),
        Transport::Unknown => ("returns", None),
        Transport::Missing => ("returns nothing", Some("no result in the trace")),
        Transport::Declined => ("does not run", Some("declined by the user")),
        Transport::Answered => ("returns", Some("answered by the user")),
    };
    let status = match status {
        Some(Standing::Terminal) => Some("operation complete"),
        Some(Standing::NonTerminal) => Some("operation not complete"),
        // The error says so.
        Some(Standing::Failed) if transport_failed => None,
        Some(Standing::Failed) => Some("operation failed"),
        Some(Standing::Unknown) | None => None,
    };
    let known: Vec<&str> = transport.into_iter().chain(status).collect();
    if known.is_empty() { words.to_owned() } else { format!("{words} ({})", known.join(", ")) }
}

/// How many bytes of a text to quote: whole where it is short, else up to a word's end.
pub fn excerpt(text: &str) -> usize {
    if text.len() <= EXCERPT {
        return text.len();
    }
    let end = text.floor_char_boundary(EXCERPT);
    text[..end].rfind(char::is_whitespace).filter(|&at| at > EXCERPT / 2).unwrap_or(end)
}
