//! When a tool's answer is a failure: by transport, by its fields, by its words.
//!
//! What a record says about itself ("status": "failed" of an old payment) is no failure of the call that read it, so
//! status words count for calls that change something only.

mod fields;
mod runtime;
pub(in crate::outcome) mod shape;
mod words;

use crate::finding::{Cite, RestsOn};
use crate::outcome::status::Standing;
use crate::outcome::vocabulary;
use crate::session::{Answered, Call};
use crate::tools::contract::Effect;
use hindcast_trace::json::Value;
use hindcast_trace::model::Transport;

pub use fields::{Field, done_marker, fields};

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An error: the call did not work.
    Error,
    /// The tool worked and said no: declined, slot taken.
    Refusal,
    /// Some of it worked.
    Partial,
    /// A check came out negative: `verified: false`.
    Negative,
}

/// A failure, and the words that say so.
#[derive(Debug, Clone)]
pub struct Failure {
    /// What kind.
    pub kind: Kind,
    /// The telling part of the answer; `None` where only the transport says it.
    pub cite: Option<Cite>,
    /// How that is known.
    pub rests_on: RestsOn,
}

/// The failure that a call's answer tells of, if any. Ask [`Call::failure`], which remembers.
pub fn of(call: &Call<'_>) -> Option<Failure> {
    let answer = call.result.as_ref().filter(|r| !r.by_user())?;
    if let Some(rule) = call.known.contract.as_ref().and_then(|c| c.status.as_ref())
        && let Some(value) = answer.json().and_then(|v| v.pointer(&rule.at))
    {
        let failed = rule.failed.iter().any(|w| says(value, w));
        let what = format!("the contract of `{}` lists this as a failed status", call.name.text);
        let cite = cite_value(answer, value);
        return failed.then_some(Failure { kind: Kind::Error, cite, rests_on: RestsOn::Contract(what) });
    }
    // Whoever was asked and said no made no mistake, and neither did the tool.
    if super::declined::of(call).is_some() {
        return None;
    }
    if answer.transport == Transport::Error {
        let cite = answer.error.or(answer.content).and_then(|t| Cite::whole(answer.event, t));
        return Some(Failure { kind: Kind::Error, cite, rests_on: RestsOn::Trace });
    }
    if let Some(role) = call.known.role {
        let (kind, cite, assumption) = runtime::failure(answer, role, call.known.effect.0)?;
        return Some(Failure { kind, cite, rests_on: RestsOn::Assumption(assumption.to_owned()) });
    }
    let text = answer.content?;
    let looks_like_json = text.text.trim_start().starts_with(['{', '[']);
    let (kind, cite, assumption) = match answer.json().filter(|_| looks_like_json) {
        Some(root) => {
            let ordered = |status: &str| shape::orders_failed(call, status);
            fields::failure(root, call.known.effect.0 != Effect::Read, answer, &call.known.words, ordered)
                .or_else(|| fields::complaint(root, answer, call))?
        }
        None => match words::failure(&text.text, call.known.effect.0) {
            Some((range, why)) => (Kind::Error, Cite::of(answer.event, text, range), why),
            None => {
                let (_, range) = shape::told(call, &text.text).filter(|(s, _)| *s == Standing::Failed)?;
                let kind = if shape::is_error(&text.text[range.clone()]) { Kind::Error } else { Kind::Refusal };
                (kind, Cite::of(answer.event, text, range), vocabulary::ASSUMED)
            }
        },
    };
    Some(Failure { kind, cite, rests_on: RestsOn::Assumption(assumption.to_owned()) })
}

/// True when a value is this word, however it is written: `R5`, `5`, `"5"`.
pub fn says(value: Value<'_>, word: &str) -> bool {
    value.str().map_or_else(|| value.raw().eq_ignore_ascii_case(word), |s| s.eq_ignore_ascii_case(word))
}

/// Quotes a value of an answer.
pub fn cite_value(answer: &Answered<'_>, value: Value<'_>) -> Option<Cite> {
    let start = value.start() as usize;
    Cite::of(answer.event, answer.content?, start..start + value.bytes().len())
}

/// Quotes a member of an answer: `"status": "pending"`.
pub fn cite_member(answer: &Answered<'_>, key: Value<'_>, value: Value<'_>) -> Option<Cite> {
    // A long value (a whole error object) is quoted up to a readable length.
    let text = answer.content?;
    let end = text.text.ceil_char_boundary(value.start() as usize + value.bytes().len().min(160));
    Cite::of(answer.event, text, key.start() as usize..end)
}

#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod tests;
