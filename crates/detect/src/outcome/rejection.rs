//! Whether a tool turned a call down: then the mistake harmed nobody.
//!
//! This is about the call as a whole. How far an accepted operation got is the operation's status.

use crate::finding::{Cite, Outcome};
use crate::session::{Answered, Call};
use hindcast_trace::json::Value;
use hindcast_trace::model::Transport;

/// The words with which a tool turned the call down.
pub fn of(call: &Call<'_>) -> Option<Cite> {
    in_answer(call.result.as_ref()?)
}

/// The same, of an answer.
pub fn in_answer(answer: &Answered<'_>) -> Option<Cite> {
    if let Some(error) = answer.error {
        return Cite::whole(answer.event, error);
    }
    let content = answer.content?;
    let whole = || Cite::of(answer.event, content, 0..content.text.floor_char_boundary(160));
    if matches!(answer.transport, Transport::Error | Transport::Declined) {
        return whole();
    }
    if let Some(json) = answer.json().filter(|j| j.is_object()) {
        let value = telling_member(json)?;
        let start = value.start() as usize;
        return Cite::of(answer.event, content, start..start + value.bytes().len());
    }
    says_error(content.text.trim_start()).then(whole).flatten()
}

/// What became of a call that should not have been made.
pub fn outcome(call: &Call<'_>) -> Outcome {
    if of(call).is_some() { Outcome::NearMiss } else { Outcome::Unmitigated }
}

/// The member of an answer that says it failed.
fn telling_member(json: Value<'_>) -> Option<Value<'_>> {
    for key in ["error", "errors", "error_message", "errorMessage"] {
        if let Some(value) = json.some(key)
            && value.bool() != Some(false)
            && !(value.is_str() && value.str().is_some_and(|s| s.is_empty()))
            && !((value.is_array() || value.is_object()) && value.is_empty())
        {
            return Some(value);
        }
    }
    for key in ["success", "ok"] {
        if let Some(value) = json.get(key).filter(|v| v.bool() == Some(false)) {
            return Some(value);
        }
    }
    json.some("status").filter(|s| s.is("error") || s.is("rejected") || s.is("denied") || s.is("refused"))
}

/// A plain text that opens with an error; one that only mentions errors is no error.
fn says_error(text: &str) -> bool {
    let head = text[..text.floor_char_boundary(40)].to_ascii_lowercase();
    let word = [
        "error",
        "refused",
        "rejected",
        "denied",
        "forbidden",
        "unauthorized",
        "unauthorised",
        "not permitted",
        "traceback",
        "exception",
    ];
    let coded = head.get(..3).is_some_and(|c| c.starts_with(['4', '5']) && c.bytes().all(|b| b.is_ascii_digit()))
        && head.get(3..4).is_none_or(|c| c == " " || c == ":");
    let named = head.split([':', ' ', '\n']).next().is_some_and(|w| w.ends_with("error") || w.ends_with("exception"));
    coded || named || word.iter().any(|w| head.starts_with(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_open_a_text() {
        for text in
            ["Error: no such file", "404 Not Found", "ValueError: bad id", "Refused: legal hold", "401 access denied"]
        {
            assert!(says_error(text), "{text}");
        }
        for text in ["4000 euros were paid", "No errors found", "sent", "The error log has 3 lines", ""] {
            assert!(!says_error(text), "{text}");
        }
    }
}
