//! Operations in several steps: a payment is started and then confirmed, a transfer waits for its code and is then verified.
//! What the last step tells is how far the operation got.

use super::{Standing, Status, words};
use crate::finding::RestsOn;
use crate::outcome::failure::{self, fields};
use crate::prose::lexicon::english;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use crate::values;
use hindcast_trace::json::Value;

/// So many later calls are looked at.
const MOST: usize = 64;

/// What a later step tells of an operation that a call began: the latest step of the same matter that did not fail. `None` where
/// there is none; an unknown standing where the step worked and does not say how far the operation got.
pub fn completed(session: &Session<'_>, call: &Call<'_>, before: u32) -> Option<Status> {
    let after = session.calls.partition_point(|c| c.event <= call.event);
    let given = handles(call);
    let later = session.calls[after..].iter().take_while(|c| c.event < before).take(MOST);
    let steps = later.filter(|c| continues(call, c, &given));
    let mut found: Option<Status> = None;
    for step in steps {
        match told(session, call, step) {
            Some(status) if status.standing == Standing::Failed => {}
            // An end is not taken back by a step that says nothing.
            Some(status) if status.standing == Standing::Unknown && found.is_some() => {}
            Some(status) => found = Some(status),
            None => {}
        }
    }
    found
}

/// Ids that the operation itself was given: those of its answer that its arguments do not name.
pub(super) fn handles(call: &Call<'_>) -> Vec<String> {
    let Some(root) = call.result.as_ref().and_then(|r| r.json()) else { return Vec::new() };
    let args = call.arguments.map_or("", |a| a.text.as_str());
    let mut found = Vec::new();
    for field in fields(root) {
        let key = field.key.str().unwrap_or_default().to_ascii_lowercase();
        let Some(value) = field.value.str() else { continue };
        let identifies = key.ends_with("id")
            || key.ends_with("ref")
            || key.ends_with("number")
            || values::looks_like_id(&value)
            || (value.len() < 24
                && value.bytes().any(|b| b.is_ascii_digit())
                && value.bytes().any(|b| b.is_ascii_alphabetic()));
        if identifies && value.len() > 1 && !args.contains(value.as_ref()) {
            found.push(value.into_owned());
        }
    }
    found
}

/// True for a call that goes on with what another one left open: `issue_pass` after `begin_checkin` with its `docs_required`.
pub fn is_next(session: &Session<'_>, first: &Call<'_>, step: &Call<'_>) -> bool {
    first.event < step.event
        && first.is_write()
        && first.status(session).standing == Standing::NonTerminal
        && continues(first, step, &handles(first))
}

/// True for a call that goes on with what an earlier one began: about the same thing, and with a verb that completes it or one of
/// the same kind.
fn continues(call: &Call<'_>, step: &Call<'_>, given: &[String]) -> bool {
    let lex = english();
    let (own, other) = (&call.known.words, &step.known.words);
    if step.declined() || step.result.is_none() || other.iter().any(|w| lex.is("paperwork", w)) {
        return false;
    }
    let again = call.name.text == step.name.text;
    let completes = !again && other.iter().any(|w| lex.is("completing", w));
    let same_kind = step.known.effect.0 != Effect::Read
        && step
            .known
            .families
            .iter()
            .any(|f| call.known.families.contains(f) && !matches!(f.as_str(), "update" | "create"));
    if !completes && !same_kind {
        return false;
    }
    let text = |c: &Call<'_>| c.arguments.map_or("", |a| a.text.as_str()).to_owned();
    let arguments = text(step);
    if given.iter().any(|id| has_word(&arguments, id)) {
        return true;
    }
    let (Some(mine), Some(theirs)) = (call.args(), step.args()) else { return false };
    if again {
        return text(call) == arguments;
    }
    if differ(mine, theirs) {
        return false;
    }
    let shares_id = || {
        let ids = || mine.entries().filter_map(|(_, v)| id(v));
        let answer = step.result.as_ref().and_then(|r| r.content).map_or("", |t| t.text.as_str());
        let answer = &answer[..answer.floor_char_boundary(4096)];
        ids().any(|i| has_word(&arguments, &i) || has_word(answer, &i))
    };
    // `start_payment`, `confirm_payment`: without any ID, the thing in the name is the matter.
    let same_object = || {
        let object = |words: &[String]| words.get(1..).unwrap_or_default().to_vec();
        let theirs_names_none = theirs.entries().all(|(_, v)| id(v).is_none());
        theirs_names_none && object(own).iter().any(|w| object(other).contains(w))
    };
    shares_id() || same_object()
}

/// How far a step tells that the operation of an earlier call got.
fn told(session: &Session<'_>, call: &Call<'_>, step: &Call<'_>) -> Option<Status> {
    let status = step.status(session).clone();
    if status.standing != Standing::Unknown {
        return Some(status);
    }
    let answer = step.result.as_ref()?;
    let told = answer.json().filter(|v| v.is_object()).and_then(|root| {
        let all = fields(root);
        let of_status = all.iter().filter(|f| f.within.is_none() && super::is_status(f));
        of_status.into_iter().find_map(|field| {
            let word = field.value.str()?.to_ascii_lowercase().replace(['_', ' '], "-");
            // "checked_in" is where checking in ends, whichever step says so.
            let ends = english().of_past(&word).iter().any(|f| call.known.families.iter().any(|own| own == f));
            let standing = match words::of_call(&word, call) {
                _ if ends => Standing::Terminal,
                Some((standing, _)) => standing,
                None => return None,
            };
            let cite = failure::cite_member(answer, field.key, field.value);
            let what = "a later step of the same operation has the newer status";
            Some(Status { standing, cite, rests_on: RestsOn::Assumption(what.to_owned()) })
        })
    });
    told.or(Some(status))
}

/// True when two calls name different things under the same name: another account, another recipient.
fn differ(mine: Value<'_>, theirs: Value<'_>) -> bool {
    mine.entries().any(|(key, value)| {
        let other = key.str().and_then(|k| theirs.get(&k));
        other.is_some_and(|o| matches!((id(value), id(o)), (Some(a), Some(b)) if a != b))
    })
}

/// A value that names something: a word or a number with a digit in it.
fn id(value: Value<'_>) -> Option<String> {
    let text = match value.str() {
        Some(text) => text.into_owned(),
        None => value.i64()?.to_string(),
    };
    let names = text.len() >= 2 && text.len() <= 64 && !text.contains(' ') && text.bytes().any(|b| b.is_ascii_digit());
    names.then_some(text)
}

/// True when a word stands in a text, with nothing that goes on with it on either side.
fn has_word(text: &str, word: &str) -> bool {
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
    text.match_indices(word)
        .any(|(at, _)| !goes_on(text[..at].chars().next_back()) && !goes_on(text[at + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::status::latest;
    use crate::tools::contract::Contracts;
    use hindcast_trace::{Evidence, read};

    /// How far the first of two calls got, after the second: each a name, its arguments, its answer.
    fn after(calls: [[&str; 3]; 2]) -> Standing {
        let mut messages = vec![serde_json::json!({"role": "user", "content": "go"})];
        for (i, [name, arguments, answer]) in calls.into_iter().enumerate() {
            let id = format!("c{i}");
            messages.push(serde_json::json!({"role": "assistant", "tool_calls": [{"id": id, "function": {"name": name, "arguments": arguments}}]}));
            messages.push(serde_json::json!({"role": "tool", "tool_call_id": id, "content": answer}));
        }
        let json = serde_json::json!({ "messages": messages });
        let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        latest(&session, &session.calls[0], u32::MAX).standing
    }

    #[test]
    fn a_later_step_completes_what_an_earlier_one_began() {
        let began = ["start_deposit", r#"{"bill": "B-40"}"#, r#"{"hold": "hx9", "status": "requires_capture"}"#];
        for step in [
            ["capture_deposit", r#"{"hold": "hx9"}"#, r#"{"status": "succeeded"}"#],
            ["finalize", r#"{"bill": "B-40"}"#, r#"{"state": "completed"}"#],
            ["confirm_deposit", "{}", r#"{"status": "paid"}"#],
            ["verify_code", r#"{"hold": "hx9", "code": "1234"}"#, r#"{"status": "executed"}"#],
        ] {
            assert_eq!(after([began, step]), Standing::Terminal, "{step:?}");
        }
        let sign_up = ["begin_checkin", r#"{"trip": "T81"}"#, r#"{"state": "docs_required"}"#];
        assert_eq!(
            after([sign_up, ["issue_card", r#"{"trip": "T81"}"#, r#"{"state": "checked_in"}"#]]),
            Standing::Terminal
        );
        assert_eq!(after([sign_up, ["issue_card", r#"{"trip": "T81"}"#, r#"{"gate": "4"}"#]]), Standing::Unknown);
    }

    #[test]
    fn another_matter_and_a_failed_step_complete_nothing() {
        let began = ["start_deposit", r#"{"bill": "B-40"}"#, r#"{"hold": "hx9", "status": "requires_capture"}"#];
        for step in [
            ["capture_deposit", r#"{"hold": "hx8"}"#, r#"{"status": "succeeded"}"#],
            ["start_deposit", r#"{"bill": "B-41"}"#, r#"{"status": "succeeded"}"#],
            ["confirm_deposit", r#"{"bill": "B-41"}"#, r#"{"status": "succeeded"}"#],
            ["capture_deposit", r#"{"hold": "hx9"}"#, r#"{"error": "the card was declined"}"#],
            ["send_email", r#"{"about": "hx9"}"#, r#"{"status": "sent"}"#],
            ["issue_receipt", r#"{"hold": "hx9"}"#, r#"{"status": "issued"}"#],
        ] {
            assert_eq!(after([began, step]), Standing::NonTerminal, "{step:?}");
        }
    }
}
