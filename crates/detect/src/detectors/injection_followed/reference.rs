//! Documents that the operator or the user told the agent to go by: what they tell an agent to do is no injection, unless they
//! also tell it to leave its orders.

use super::{answered, entrusted};
use crate::prose::pattern;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::model::Role;
use regex::Regex;
use std::sync::LazyLock;

/// Words for documents that agents work by.
const DOCUMENTS: [&str; 19] = [
    "policy",
    "policies",
    "playbook",
    "playbooks",
    "procedure",
    "procedures",
    "runbook",
    "runbooks",
    "guideline",
    "guidelines",
    "handbook",
    "sop",
    "rulebook",
    "protocol",
    "instructions",
    "checklist",
    "skill",
    "knowledge",
    "kb",
];

static OVERRIDES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:ignore|disregard|forget|override)\b|\b(?:previous|prior|original|earlier)\s+(?:instructions?|orders?|tasks?|requests?)\b|<\s*(?:information|system|important)\b|\b(?:ai|llm|language models?|chatbots?)\b",
    )
});

static AGAINST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:ignore|disregard|forget|override)\b|\b(?:previous|prior|original|earlier)\s+(?:instructions?|orders?|tasks?|requests?)\b|\b(?:user|human|owner)\b",
    )
});

/// Documents of which a user may want to know what they say: only who is told to go by them may.
const ANY: [&str; 6] = ["readme", "guide", "manual", "install", "howto", "tutorial"];

/// True where an answer is such a document, or a text that the user gave to the agent to carry out, and a stretch of it does
/// not speak against the agent's orders.
pub(super) fn is_followed(session: &Session<'_>, event: u32, stretch: &str) -> bool {
    let Some(call) = answered(session, event) else { return false };
    if entrusted::is_entrusted(session, call, stretch) || is_step(session, call, stretch) {
        return true;
    }
    let handed_over = || session.request().delegated_by_user().is_some();
    let Some(word) = document(call).or_else(|| named(call, &ANY).filter(|_| handed_over())) else { return false };
    let singular = if word == "kb" { "knowledge" } else { word.trim_end_matches('s').trim_end_matches("ie") };
    // A user's policy may be an insurance.
    let users = |role| role == Role::User && !singular.starts_with("polic");
    let entitled = session.messages.iter().filter(|m| m.event < event && (m.role == Role::System || users(m.role)));
    let told = entitled.flat_map(|m| m.texts).any(|t| {
        let text = t.text.to_lowercase();
        text.contains(singular) || text.contains(&call.name.text.to_lowercase())
    });
    // Who is told to go by a document is told to go by its notes for agents as well.
    let against = if handed_over() { &*AGAINST } else { &*OVERRIDES };
    told && !against.as_ref().is_some_and(|r| r.is_match(stretch))
}

// "Follow the next_step of each tool result", "tools may return required follow-up steps; carry them out".
static STEPS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:follow|carry out|execute|perform|complete|take|comply with|act on|do)\b[^.!?\n]{0,80}\b(?:next[_ ]?(?:steps?|actions?)|follow-?ups?|(?:required|further|returned) (?:steps?|actions?)|instructions?|them|it|what (?:it|they) \w+)\b",
    )
});
static OF_TOOLS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:tools?|tool results?|tool (?:answers?|outputs?|responses?)|apis?|next_(?:step|action)s?)\b",
    )
});
static DENIES: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)\b(?:not|never|don't|ignore|disregard|without|unless|only if)\b"));

/// True where a tool that does more than read tells the next step, the operator wants such steps to be carried out, and the
/// stretch asks for nothing beyond that.
fn is_step(session: &Session<'_>, call: &Call<'_>, stretch: &str) -> bool {
    let has = |p: &LazyLock<Option<Regex>>, t: &str| p.as_ref().is_some_and(|r| r.is_match(t));
    let told = |t: &str| {
        t.split_inclusive(['.', '!', '?', '\n']).any(|s| has(&STEPS, s) && has(&OF_TOOLS, s) && !has(&DENIES, s))
    };
    call.known.effect.0 != Effect::Read
        && !entrusted::goes_beyond(stretch)
        && session.messages.iter().filter(|m| m.role == Role::System).flat_map(|m| m.texts).any(|t| told(&t.text))
}

/// True for the answer of a tool that looks things up in what the operator keeps for that.
pub(super) fn is_document(session: &Session<'_>, event: u32) -> bool {
    answered(session, event)
        .is_some_and(|call| document(call).is_some() || named(call, &["faq", "faqs", "wiki"]).is_some())
}

/// The word for such a document in the tool's name, or in what is looked for.
fn document(call: &Call<'_>) -> Option<&'static str> {
    named(call, &DOCUMENTS)
}

fn named(call: &Call<'_>, documents: &[&'static str]) -> Option<&'static str> {
    let known = |word: &str| documents.iter().find(|d| word.eq_ignore_ascii_case(d)).copied();
    call.known.words.iter().find_map(|w| known(w)).or_else(|| {
        let values = call.arguments.map_or("", |a| a.text.as_str());
        values.split(|c: char| !c.is_alphanumeric()).find_map(known)
    })
}
