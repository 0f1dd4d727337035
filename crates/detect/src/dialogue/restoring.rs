//! Whether a call takes an earlier one back: it undoes it, or puts the values there again that stood before.

use crate::maps::HashMap;
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use hindcast_trace::json::Value;

/// So many changes later, one may be taken back.
const LATER: usize = 1000;

/// The first later call that worked and takes a call back.
pub fn of<'s, 't>(session: &'s Session<'t>, wrong: &Call<'_>) -> Option<&'s Call<'t>> {
    let deeds = session.deeds();
    let later = deeds[deeds.partition_point(|d| d.event <= wrong.event)..].iter().take(LATER);
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
    let deeds = session.deeds();
    let deed = |c: &Call<'_>| deeds.binary_search_by_key(&c.event, |d| d.event).ok().map(|at| &deeds[at]);
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
    text(value).and_then(|wanted| session.first_told().get(&wanted)).is_some_and(|event| *event < call.event)
}

/// The values of tools' answers, in lower case, each with the first call that was answered with it. Ask
/// [`Session::first_told`], which remembers.
pub(crate) fn first_told(session: &Session<'_>) -> HashMap<String, u32> {
    let mut first = HashMap::default();
    for call in session.until_stopped(&session.calls) {
        if let Some(root) = call.result.as_ref().and_then(|r| r.json()) {
            tell(root, 0, &mut |value| {
                first.entry(value).or_insert(call.event);
            });
        }
    }
    first
}

fn tell(value: Value<'_>, depth: usize, see: &mut dyn FnMut(String)) {
    if depth > 8 {
        return;
    }
    text(value).into_iter().for_each(&mut *see);
    value.items().take(400).chain(value.entries().map(|(_, v)| v)).for_each(|v| tell(v, depth + 1, see));
}

fn text(value: Value<'_>) -> Option<String> {
    (!value.is_object() && !value.is_array() && !value.is_null())
        .then(|| value.str().unwrap_or_else(|| value.raw()).to_lowercase())
}
