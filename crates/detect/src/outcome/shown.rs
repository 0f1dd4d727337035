//! What a later look-up shows of a thing that a call began, under a number of its own: a licence that was applied for, and is issued by now.

use crate::outcome::{answer, status::names_status, vocabulary};
use crate::prose::forms::alike;
use crate::prose::wordlists::words;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::values::ids;
use hindcast_trace::json::Value;

/// So many later calls are looked at, the latest ones.
const CALLS: usize = 64;
/// No more records and members of an answer, and no deeper ones, are read than this.
const RECORDS: usize = 64;
const MEMBERS: usize = 40;
const DEEPEST: usize = 5;
/// Shorter values stand in too many records.
const SHORTEST: usize = 3;

/// True where a look-up between a call and what is said shows a record in a final state that belongs to it: one whose own number is said, or
/// one that shares a value with what the call was given and whose state is said.
pub fn shown_later(session: &Session<'_>, call: &Call<'_>, before: u32, said: &str) -> bool {
    let looks = session.calls_between(call.event, before).iter().rev().take(CALLS);
    looks.filter(|c| c.known.effect.0 != Effect::Write && c.failure().is_none()).any(|look| shows(call, look, said))
}

fn shows(call: &Call<'_>, look: &Call<'_>, said: &str) -> bool {
    let Some(root) = look.result.as_ref().filter(|r| !r.cut_off()).and_then(|r| r.json()) else { return false };
    let given = call.args().map(values).unwrap_or_default();
    let sought = look.args().map(values).unwrap_or_default();
    let is_of_call = |v: &String| given.contains(v);
    let own = [call.arguments, call.result.as_ref().and_then(|r| r.content)];
    let own: Vec<String> = own.iter().flatten().map(|t| t.text.to_lowercase()).collect();
    // A number that the call was given or made is not the look-up's.
    let fresh = |id: &str| !own.iter().any(|t| t.contains(id));
    let numbers: Vec<String> = ids(said).into_iter().map(|id| id.norm).filter(|id| fresh(id)).collect();
    let said = words(said);
    let mut all = Vec::new();
    records(root, 0, &mut all);
    all.into_iter().any(|record| {
        let Some(state) = state(record) else { return false };
        let told = state.iter().any(|s| said.iter().any(|w| alike(w, s)));
        let held = values(record);
        let numbered = || numbers.iter().any(|id| held.iter().any(|v| v.eq_ignore_ascii_case(id)));
        numbered() || told && held.iter().chain(&sought).any(is_of_call)
    })
}

/// The words of the final state of a record: each tells that something is done.
fn state(record: Value<'_>) -> Option<Vec<String>> {
    record.entries().take(MEMBERS).find_map(|(key, value)| {
        let name = key.str().unwrap_or_default().to_ascii_lowercase();
        let of_state = names_status(&name) || vocabulary::key(&name) == Some(vocabulary::Key::Status);
        let told = words(&value.str().filter(|_| of_state)?);
        (!told.is_empty() && told.iter().all(|w| answer::tells_done(w))).then_some(told)
    })
}

/// The plain values of an object that name something, in small letters.
fn values(object: Value<'_>) -> Vec<String> {
    let named = |v: &String| v.len() >= SHORTEST && v.chars().any(char::is_alphabetic);
    let plain = object.entries().take(MEMBERS).filter_map(|(_, v)| v.str().map(|v| v.trim().to_lowercase()));
    plain.filter(named).collect()
}

/// The objects of an answer.
fn records<'v>(value: Value<'v>, depth: usize, found: &mut Vec<Value<'v>>) {
    if depth > DEEPEST || found.len() >= RECORDS {
        return;
    }
    if value.is_array() {
        value.items().take(RECORDS).for_each(|v| records(v, depth + 1, found));
    } else if value.is_object() {
        found.push(value);
        let inner = value.entries().take(MEMBERS).map(|(_, v)| v);
        inner.filter(|v| v.is_object() || v.is_array()).for_each(|v| records(v, depth + 1, found));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{call, turn, with_session};
    use serde_json::json;

    const BEGUN: (&str, &str, &str) = (
        "permit.apply",
        r#"{"holder": "Ines Okafor", "kind": "FISHING"}"#,
        r#"{"application": "PA-881", "state": "AWAITING_PAYMENT"}"#,
    );

    fn shown(look: &str, found: &str, said: &str) -> bool {
        let mut messages = turn("A fishing permit please.", &[BEGUN], "The fee is open.");
        messages.push(json!({"role": "user", "content": "Paid it."}));
        messages.extend(call("z", ("permit.find", look, found)));
        messages.push(json!({"role": "assistant", "content": said}));
        with_session(&messages, |s| shown_later(s, &s.calls[0], u32::MAX, said))
    }

    const OWN: &str = r#"{"holder": "Ines Okafor"}"#;

    #[test]
    fn a_record_in_its_final_state_is_the_last_that_is_known() {
        let record =
            r#"{"found": [{"number": "FP-5530142", "holder": "Ines Okafor", "kind": "FISHING", "state": "ISSUED"}]}"#;
        assert!(shown(OWN, record, "Your permit is issued."));
        assert!(shown(OWN, record, "Here it is: FP-5530142."));
        assert!(shown(OWN, r#"{"number": "FP-1", "state": "issued"}"#, "The permit has been issued."));
    }

    #[test]
    fn an_open_one_and_that_of_another_tell_nothing() {
        for (look, record) in [
            (OWN, r#"{"found": []}"#),
            (OWN, r#"{"number": "FP-1", "holder": "Ines Okafor", "state": "AWAITING_PAYMENT"}"#),
            (OWN, r#"{"number": "FP-1", "holder": "Ines Okafor", "state": "not issued"}"#),
            (
                r#"{"holder": "Bo Ek"}"#,
                r#"{"number": "FP-1", "holder": "Bo Ek", "kind": "HUNTING", "state": "ISSUED"}"#,
            ),
        ] {
            assert!(!shown(look, record, "Your permit has been issued."), "{record}");
        }
    }
}
