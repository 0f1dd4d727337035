//! Requests that say again what was said before: whether a model was asked a second time, or somebody saw it asked once more.

use super::runs::Runs;
use super::units::{Kind, Print};
use crate::item::{ResultPart, Run};

/// A unit of a conversation, and the event that it became, if it is a call.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The unit.
    pub print: Print,
    /// The event.
    pub event: Option<u32>,
    /// The trace in which it was said.
    pub run: Run,
}

/// The trace that a request is of.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// It, if it is one of several.
    pub run: Run,
    /// All of them.
    pub runs: &'a Runs,
    /// Whether a list of messages gave a call, by its event, another result.
    pub differs: &'a dyn Fn(u32, &ResultPart) -> bool,
}

/// The results in what is asked: each by its place, with the place of its call.
pub type Results<'a, 'm> = &'a dyn Fn(usize) -> Option<(usize, &'m ResultPart)>;

/// An answer that is known by its time, and by its ID where it has one.
pub struct Answer {
    /// Its ID.
    pub id: Option<String>,
    /// When the model was at work.
    pub within: (i64, i64),
}

impl Answer {
    /// True where the two are answers to two requests.
    pub fn is_apart(&self, other: &Answer) -> bool {
        let apart = self.within.1 <= other.within.0 || other.within.1 <= self.within.0;
        match (&self.id, &other.id) {
            (Some(one), Some(other)) => apart && one != other,
            // Of a call of which only one moment is known, nobody knows when it ended.
            _ => apart && self.within.0 < self.within.1 && other.within.0 < other.within.1,
        }
    }
}

/// True where a model was at work at both times.
pub fn at_once(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> bool {
    one.zip(other).is_some_and(|(a, b)| a.0 < b.1 && b.0 < a.1)
}

/// The earlier trace of which a request is a second run: it asks for the whole of what that one asked for and got the same
/// answer, in a trace that began after the other had ended.
pub fn again(known: &[Entry], body: &[Print], answer: &[Print], prefix: usize, now: Now<'_>) -> Option<Run> {
    if prefix != body.len() || !starts_with(&known[prefix..], answer) {
        return None;
    }
    let at = if answer.is_empty() { prefix.checked_sub(1)? } else { prefix };
    let earlier = known.get(at)?;
    // A step that looks at the conversation so far, and whose answer was not recorded, is no second run of it.
    let asks = !answer.is_empty() || earlier.print.kind == Kind::Other;
    (asks && now.runs.is_after(now.run, earlier.run)).then_some(earlier.run)
}

/// The first call that ran again: what was asked ends with results of which one is not the known one of its call.
pub fn another_result(
    known: &[Entry],
    body: &[Print],
    prefix: usize,
    now: Now<'_>,
    result: Results<'_, '_>,
) -> Option<usize> {
    let mut from = None;
    for (i, (entry, print)) in known.iter().zip(body).enumerate().take(prefix).rev() {
        // What stands behind a result and is known says that it is the same one, however it is written.
        let Some((call, part)) = result(i) else { break };
        let event = known.get(call).and_then(|call| call.event);
        if entry.print.hash != print.hash && event.is_some_and(|event| (now.differs)(event, part)) {
            from = Some(from.map_or(call, |from: usize| from.min(call)));
        }
    }
    from
}

/// True where what is known begins with an answer.
pub fn starts_with(known: &[Entry], answer: &[Print]) -> bool {
    known.len() >= answer.len() && common(known, answer) == answer.len()
}

/// How many units at the beginning of both are the same.
pub fn common(known: &[Entry], body: &[Print]) -> usize {
    known.iter().zip(body).take_while(|(x, y)| x.print.same(y)).count()
}
