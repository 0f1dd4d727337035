//! Which role a speaker's name tells.

use serde::Serialize;

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Who {
    /// The person who is served.
    User,
    /// Who serves: a program, or a person.
    Agent,
    /// Instructions.
    System,
    /// What a tool returned.
    Tool,
    /// Nobody: a line about the conversation.
    Notice,
}

const USER: [&str; 15] = [
    "user",
    "end user",
    "customer",
    "client",
    "caller",
    "human",
    "visitor",
    "guest",
    "consumer",
    "shopper",
    "subscriber",
    "patient",
    "passenger",
    "human user",
    "enduser",
];
const AGENT: [&str; 34] = [
    "agent",
    "assistant",
    "bot",
    "chatbot",
    "chat bot",
    "voicebot",
    "ai",
    "ai agent",
    "ai assistant",
    "ai bot",
    "virtual agent",
    "virtual assistant",
    "voice agent",
    "voice assistant",
    "digital assistant",
    "human agent",
    "live agent",
    "support",
    "support agent",
    "support bot",
    "customer service",
    "customer support",
    "customer service agent",
    "customer service representative",
    "service agent",
    "representative",
    "rep",
    "csr",
    "operator",
    "advisor",
    "adviser",
    "chatgpt",
    "claude",
    "copilot",
];
const SYSTEM: [&str; 3] = ["system", "system prompt", "developer"];
const TOOL: [&str; 5] = ["tool", "function", "tool result", "tool output", "tool response"];

/// The longest name that is looked at, in bytes.
const LONGEST: usize = 80;

/// The role that a name tells by itself: `Agent`, `Customer 2`, `Sarah (Agent)`, `Agent - Sarah`.
pub fn role(name: &str) -> Option<Who> {
    if name.len() > LONGEST {
        return None;
    }
    let name = name.trim().trim_matches(['*', '_']).trim();
    if let Some(who) = word(name) {
        return Some(who);
    }
    let (outer, inner) = match name.strip_suffix([')', ']']).and_then(|name| name.rsplit_once(['(', '['])) {
        Some(parts) => parts,
        None => [" - ", " | ", ", ", " – "].iter().find_map(|between| name.split_once(between))?,
    };
    match (word(outer.trim()), word(inner.trim())) {
        (Some(a), Some(b)) if a != b => None,
        (a, b) => a.or(b),
    }
}

/// The role of a name that begins with the word for one: `Agent Smith`. In prose such names are headings (`User Guide`), so
/// that only one which comes again is a speaker.
pub fn leading(name: &str) -> Option<Who> {
    let (first, rest) = name.trim().split_once(' ')?;
    let capital = |word: &str| word.chars().next().is_some_and(char::is_uppercase);
    let names = !rest.is_empty() && rest.split(' ').count() <= 2 && rest.split(' ').all(capital);
    word(first).filter(|who| names && capital(first) && matches!(who, Who::User | Who::Agent))
}

fn word(name: &str) -> Option<Who> {
    let folded = name.to_ascii_lowercase().replace(['_', '-'], " ");
    // What is copied from the page of ChatGPT has `You said:` and `ChatGPT said:` above the words.
    let folded = match folded.strip_suffix(" said") {
        Some("you") => return Some(Who::User),
        Some(speaker) => speaker.to_owned(),
        None => folded,
    };
    let numbered = folded.trim_end_matches(|c: char| c.is_ascii_digit() || c == '#').trim_end();
    let is = |list: &[&str]| list.contains(&numbered);
    [(Who::User, &USER[..]), (Who::Agent, &AGENT), (Who::System, &SYSTEM), (Who::Tool, &TOOL)]
        .into_iter()
        .find_map(|(who, list)| is(list).then_some(who))
}

/// True for a name that says no more than the role.
pub fn is_bare(name: &str) -> bool {
    word(name.trim()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_roles_by_their_words_only() {
        for name in [
            "Agent",
            "AI",
            "bot",
            "Sarah (Agent)",
            "Agent [Sarah]",
            "Agent - Sarah",
            "ai_agent",
            "Agent 2",
            "ChatGPT said",
        ] {
            assert_eq!(role(name), Some(Who::Agent), "{name}");
        }
        for name in ["Customer", "HUMAN", "Jo Ann [Customer]", "user #1", "Jo, Customer", "You said"] {
            assert_eq!(role(name), Some(Who::User), "{name}");
        }
        for name in [
            "User-Agent",
            "User guide",
            "Customer (Agent)",
            "INFO agent",
            "Sarah",
            "",
            "(",
            "agency",
            "You",
            "Sarah said",
        ] {
            assert_eq!(role(name), None, "{name}");
        }
        assert_eq!((leading("Agent Smith"), leading("agent started")), (Some(Who::Agent), None));
    }
}
