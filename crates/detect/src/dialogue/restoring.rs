//! Whether a call takes an earlier one back: it undoes it, or puts the values there again that stood before.

use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;

/// The first later call that worked and takes a call back.
pub fn of<'s, 't>(session: &'s Session<'t>, wrong: &Call<'_>) -> Option<&'s Call<'t>> {
    let later = session.deeds().iter().filter(|d| d.event > wrong.event);
    later.filter_map(|d| session.calls.get(d.call)).find(|c| restores(session, wrong, c))
}

/// True when a call worked and leaves things as they were before an earlier one.
pub fn restores(session: &Session<'_>, wrong: &Call<'_>, call: &Call<'_>) -> bool {
    call.event > wrong.event
        && call.result.is_some()
        && call.failure().is_none()
        && (undoes(session, wrong, call) || puts_back(session, wrong, call))
}

/// A tool that takes back what such a call does, for the same thing.
fn undoes(session: &Session<'_>, wrong: &Call<'_>, call: &Call<'_>) -> bool {
    let undo = |c: &Call<'_>, but: &str| c.known.words.iter().any(|w| w != but && english().is("undo", w));
    // Deleting what should not have been deleted once more mends nothing.
    if call.name.text == wrong.name.text || undo(wrong, "refund") || !undo(call, "") {
        return false;
    }
    let deed = |c: &Call<'_>| session.deeds().iter().find(|d| d.event == c.event);
    let (Some(done), Some(later)) = (deed(wrong), deed(call)) else { return false };
    later.ids().iter().any(|(_, id)| done.text().contains(id.as_str()))
}

/// The same tool for the same thing, and each value that differs stood in an answer before the earlier call.
fn puts_back(session: &Session<'_>, wrong: &Call<'_>, call: &Call<'_>) -> bool {
    let (Some(before), Some(after)) = (wrong.args(), call.args()) else { return false };
    if call.name.text != wrong.name.text || before.len() != after.len() {
        return false;
    }
    let (mut same, mut back) = (0, 0);
    for (key, value) in after.entries() {
        let Some(earlier) = key.str().and_then(|k| before.get(&k)) else { return false };
        if earlier.raw() == value.raw() {
            same += 1;
        } else if stood(session, wrong, value) {
            back += 1;
        } else {
            return false;
        }
    }
    same > 0 && back > 0
}

/// True when an answer before a call held the value as a member of its own.
fn stood(session: &Session<'_>, call: &Call<'_>, value: Value<'_>) -> bool {
    let wanted = text(value);
    let answers = session.calls.iter().take_while(|c| c.event < call.event).filter_map(|c| c.result.as_ref()?.json());
    wanted.is_some_and(|wanted| answers.into_iter().any(|root| holds(root, &wanted, 0)))
}

fn holds(value: Value<'_>, wanted: &str, depth: usize) -> bool {
    if depth > 8 {
        return false;
    }
    text(value).is_some_and(|t| t == wanted)
        || value.items().take(400).chain(value.entries().map(|(_, v)| v)).any(|v| holds(v, wanted, depth + 1))
}

fn text(value: Value<'_>) -> Option<String> {
    (!value.is_object() && !value.is_array() && !value.is_null())
        .then(|| value.str().unwrap_or_else(|| value.raw()).to_lowercase())
}
