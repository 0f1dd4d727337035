//! The words with which the agent closes a turn, and the texts and values that came before them.

use crate::prose::wordlists::line;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use hindcast_trace::model::{Role, Text};

/// So many turns, and values of one answer, are looked at.
const MOST: usize = 64;
const LEAVES: usize = 400;
const DEEPEST: usize = 6;

/// What the agent said last before the user spoke again.
pub(super) struct Closing<'s, 't> {
    pub event: u32,
    pub text: &'t Text,
    /// The user's last message before it.
    pub user: u32,
    /// The calls since then.
    pub calls: &'s [Call<'t>],
}

/// The closings of a session, where each call has its answer.
pub(super) fn all<'s, 't>(session: &'s Session<'t>) -> Vec<Closing<'s, 't>> {
    if session.absence_is_unsafe().is_some() || session.calls.iter().any(|c| c.result.is_none()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut user = None;
    for message in &session.messages {
        match message.role {
            Role::User => user = Some(message.event),
            Role::Assistant => {
                let Some(text) = message.texts.last().filter(|t| !t.text.trim().is_empty()) else { continue };
                let Some(user) = user else { continue };
                let next = session.messages_after(message.event).iter().find(|m| m.role == Role::User);
                let end = next.map_or(u32::MAX, |m| m.event);
                let later =
                    session.messages_after(message.event).iter().any(|m| m.role == Role::Assistant && m.event < end);
                if later || !session.calls_between(message.event, end).is_empty() || text.text.len() > 4000 {
                    continue;
                }
                let calls = session.calls_between(user, message.event);
                found.push(Closing { event: message.event, text, user, calls });
            }
            _ => {}
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// What the user said up to an event, as words.
pub(super) fn heard(session: &Session<'_>, upto: u32) -> String {
    let user = session.messages.iter().filter(|m| m.role == Role::User && m.event <= upto).take(MOST);
    line(&user.flat_map(|m| m.texts).map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n"))
}

/// The operator's instructions.
pub(super) fn instructions<'t>(session: &Session<'t>) -> impl Iterator<Item = (u32, &'t Text)> {
    let given = session.messages.iter().filter(|m| !matches!(m.role, Role::User | Role::Assistant)).take(8);
    let given: Vec<_> = given.flat_map(|m| m.texts.iter().map(move |t| (m.event, t))).collect();
    given.into_iter()
}

/// True for a call that may have changed something and did not fail.
pub(super) fn worked(call: &Call<'_>) -> bool {
    call.known.effect.0 != Effect::Read && !call.declined() && call.failure().is_none()
}

/// The plain values of a text of JSON, each with its key.
pub(super) fn leaves(root: Value<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    walk(root, "", 0, &mut found);
    found
}

fn walk(value: Value<'_>, key: &str, depth: usize, found: &mut Vec<(String, String)>) {
    if depth > DEEPEST || found.len() >= LEAVES {
    } else if value.is_object() {
        for (key, value) in value.entries().take(LEAVES) {
            walk(value, &key.str().unwrap_or_default(), depth + 1, found);
        }
    } else if value.is_array() {
        value.items().take(LEAVES).for_each(|item| walk(item, key, depth + 1, found));
    } else {
        let text = value.str().unwrap_or_else(|| value.raw());
        found.push((key.to_owned(), text.trim().to_owned()));
    }
}

/// The records of an answer: objects of plain values, wherever they stand.
pub(super) fn records(root: Value<'_>) -> Vec<Value<'_>> {
    let mut found = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > DEEPEST || found.len() > LEAVES {
            break;
        }
        if value.is_object() {
            found.push(value);
            open.extend(value.entries().take(LEAVES).map(|(_, v)| (v, depth + 1)));
        } else if value.is_array() {
            open.extend(value.items().take(LEAVES).map(|v| (v, depth + 1)));
        }
    }
    found
}

/// The text of a call's answer.
pub(super) fn answer<'t>(call: &Call<'t>) -> Option<(u32, &'t Text)> {
    let result = call.result.as_ref()?;
    Some((result.event, result.content?))
}

/// True where a value stands by itself in a text.
pub(super) fn stands(text: &str, value: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !value.is_empty()
        && text
            .match_indices(value)
            .any(|(at, _)| !joined(text[..at].chars().next_back()) && !joined(text[at + value.len()..].chars().next()))
}

/// True for a call that is known to change something.
pub(super) fn worked_for_sure(call: &Call<'_>) -> bool {
    call.known.effect.0 == Effect::Write
}

/// A quote that fits into a title.
pub(super) fn short(text: &str) -> String {
    let cut: String = text.chars().take(80).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
