//! Whether faulty arguments harmed nobody: the agent corrected the call at once, or told the user of the rejection or asked about it. What is
//! left are calls after which the agent goes on as if the arguments had been good, or repeats them.

use crate::claims::binding;
use crate::claims::candor::{self, Tone};
use crate::finding::Finding;
use crate::outcome::answer::{Said, Upshot};
use crate::outcome::rejection;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;
use hindcast_trace::model::Role;

/// So many later calls are compared with a faulty one.
const LATER: usize = 32;
/// Only so much of an answer is read.
const READ_AT_MOST: usize = 4096;

/// True where nothing is left to do. `faulty` are the names of the arguments at fault; `is_bad` tells whether a later call has a fault too.
pub(super) fn is(
    session: &Session<'_>,
    call: &Call<'_>,
    faulty: &[String],
    is_bad: &dyn Fn(&Call<'_>) -> bool,
) -> bool {
    match corrected(session, call, faulty, is_bad) {
        Next::Corrected => true,
        Next::Repeated => false,
        Next::None => is_rejected(call, faulty) && tells(session, call),
    }
}

/// Sets apart what was settled: it still is a misuse of the tool, and harmed nobody.
pub(super) fn mark(finding: Finding, settled: bool) -> Finding {
    if !settled {
        return finding;
    }
    let detail = format!("{} The agent then corrected the call, or told the user.", finding.detail);
    finding.path("settled").detail(detail)
}

/// What the agent did next with the tool.
enum Next {
    /// It called the tool again, without the fault.
    Corrected,
    /// It called the tool again with the same arguments.
    Repeated,
    /// Neither.
    None,
}

fn corrected(session: &Session<'_>, call: &Call<'_>, faulty: &[String], is_bad: &dyn Fn(&Call<'_>) -> bool) -> Next {
    let answered = answered(call);
    let users = session.messages.iter().filter(|m| m.role == Role::User);
    let turn_ends = users.map(|m| m.event).find(|e| *e > call.event).unwrap_or(u32::MAX);
    let later = session.calls_between(answered, u32::MAX).iter().take(LATER);
    for next in later.filter(|c| c.name.text == call.name.text) {
        if next.arguments.map(|a| &a.text) == call.arguments.map(|a| &a.text) {
            return Next::Repeated;
        }
        // What is corrected only after the user spoke again was told in between, or passed over.
        if next.event > turn_ends {
            break;
        }
        if !is_bad(next)
            && next.failure().is_none()
            && rejection::of(next).is_none()
            && is_same_order(call, next, faulty)
        {
            return Next::Corrected;
        }
    }
    Next::None
}

/// The event of a call's answer, or of the call where it has none.
fn answered(call: &Call<'_>) -> u32 {
    call.result.as_ref().map_or(call.event, |r| r.event.max(call.event))
}

/// True where most of the arguments that both calls have, and that are not at fault, are equal.
fn is_same_order(call: &Call<'_>, next: &Call<'_>, faulty: &[String]) -> bool {
    let (Some(old), Some(new)) = (call.args(), next.args()) else { return true };
    let at_fault = |key: &Value<'_>| key.str().is_some_and(|k| faulty.iter().any(|f| f.eq_ignore_ascii_case(&k)));
    let (mut both, mut equal) = (0, 0);
    for (key, value) in old.entries().filter(|(k, _)| !at_fault(k)) {
        if let Some(other) = key.str().and_then(|k| new.get(&k)) {
            both += 1;
            equal += usize::from(value.raw() == other.raw());
        }
    }
    both <= 2 * equal
}

/// True where the answer turns the call down, or names an argument at fault.
fn is_rejected(call: &Call<'_>, faulty: &[String]) -> bool {
    call.failure().is_some()
        || rejection::of(call).is_some()
        || call.result.as_ref().and_then(|r| r.content).is_some_and(|t| {
            let text = t.text[..t.text.floor_char_boundary(READ_AT_MOST)].to_lowercase();
            faulty.iter().any(|f| f.len() > 1 && names(&text, &f.to_lowercase()))
        })
}

/// True where a text has a name as a value, or in front of a complaint; as the key of a record it only repeats the argument.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start().chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let key = matches!(before, Some('"' | '\'')) && after == Some(':');
        !key && !part(before) && !part(after)
    })
}

/// True where the agent says nothing more, or tells or asks in the words that follow the call before the user speaks again.
fn tells(session: &Session<'_>, call: &Call<'_>) -> bool {
    let said = Said { upshot: Upshot::Failed, firm: true, worded: false, cite: None, words: String::new() };
    let mut heard = false;
    for prose in session.prose_after(answered(call)) {
        if prose.role != Role::Assistant {
            if prose.role == Role::User && heard {
                break;
            }
            continue;
        }
        heard |= session.calls_between(prose.event, binding::horizon(session, prose.event)).is_empty();
        if candor::of(prose, &said, &|_| false) == Tone::Honest {
            return true;
        }
    }
    !heard && session.calls_between(answered(call), u32::MAX).is_empty()
}

#[cfg(test)]
mod tests;
