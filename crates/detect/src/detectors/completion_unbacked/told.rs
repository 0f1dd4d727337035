//! What tools' answers told before a claim. Each word is looked for once for a whole session, and an ID only in the answers
//! that may hold it.

use super::contains_id;
use crate::claims::Claim;
use crate::maps::HashMap;
use crate::session::{Call, Session};
use std::cell::RefCell;

/// What a record says of an operation that is done, whatever its kind.
const DONE: [&str; 6] = ["\"completed\"", "\"complete\"", "\"succeeded\"", "\"processed\"", "\"settled\"", "\"done\""];

/// The first calls whose answers have a word, by the word.
type First = RefCell<HashMap<String, Option<u32>>>;

/// What was looked for so far in a session's answers.
#[derive(Default)]
pub(super) struct Told {
    /// Words in quotation marks, in the answers of calls that change nothing.
    quoted: First,
    /// Marks of an end, in the answers of such calls of a family.
    done: First,
    /// Words in whatever case, in any answer.
    words: First,
}

impl Told {
    /// True when an answer read before says so of the same thing: `"status": "cancelled"`.
    pub(super) fn describes(&self, session: &Session<'_>, claim: &Claim) -> bool {
        let quoted = format!("\"{}\"", claim.word);
        let ids = crate::values::ids(claim.sentence.text());
        let reads = || session.calls.iter().filter(|c| !c.is_write());
        if ids.is_empty() {
            let of_family = |family: &&'static str| {
                let done = |c: &&Call<'_>| has_family(c, family) && answer(c).is_some_and(is_done);
                first(&self.done, family, || reads().find(done).map(|c| c.event))
            };
            let says = |c: &&Call<'_>| answer(c).is_some_and(|t| has_value(t, &claim.word));
            let named = first(&self.quoted, &quoted, || reads().find(says).map(|c| c.event));
            let before = |event: Option<u32>| event.is_some_and(|e| e < claim.event);
            return before(named) || claim.families.iter().any(|f| before(of_family(f)));
        }
        let says = |call: &Call<'_>| {
            answer(call).is_some_and(|text| {
                // A look-up of such an operation may say "completed" where people say "processed".
                let done = claim.families.iter().any(|f| has_family(call, f)) && is_done(text);
                (done || has_value(text, &claim.word)) && ids.iter().any(|id| contains_id(text, &id.norm))
            })
        };
        ids.iter().any(|id| {
            let upper = id.norm.to_ascii_uppercase();
            [id.norm.as_str(), upper.as_str()].iter().any(|id| {
                let holding = session.answer_texts().holding(id).map(|(_, event, _)| event);
                let before = holding.take_while(|event| *event < claim.event);
                before.filter_map(|event| session.call_at(event)).any(|c| !c.is_write() && says(c))
            })
        })
    }

    /// True when an answer before an event has a word, in whatever case.
    pub(super) fn has_word(&self, session: &Session<'_>, word: &str, before: u32) -> bool {
        let has = |c: &&Call<'_>| answer(c).is_some_and(|t| t.to_ascii_lowercase().contains(word));
        first(&self.words, word, || session.calls.iter().find(has).map(|c| c.event)).is_some_and(|e| e < before)
    }
}

fn first(known: &First, word: &str, find: impl FnOnce() -> Option<u32>) -> Option<u32> {
    if let Some(event) = known.borrow().get(word) {
        return *event;
    }
    let event = find();
    known.borrow_mut().insert(word.to_owned(), event);
    event
}

fn answer<'s>(call: &'s Call<'_>) -> Option<&'s str> {
    call.result.as_ref()?.content.map(|t| t.text.as_str())
}

fn is_done(text: &str) -> bool {
    DONE.iter().any(|word| text.contains(word))
}

fn has_family(call: &Call<'_>, family: &str) -> bool {
    call.known.families.iter().any(|f| f == family)
}

/// True where a value of a record is the word, or a term that has it: `"paid"`, `"PAID_OUT"`, `"fully paid"`.
fn has_value(text: &str, word: &str) -> bool {
    const LONGEST: usize = 24;
    const DENIES: [&str; 9] = ["not", "un", "never", "partially", "partly", "to", "be", "pending", "no"];
    let bytes = text.as_bytes();
    let part = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b' ');
    let upper = word.to_ascii_uppercase();
    let places = |w: &str| memchr::memmem::find_iter(bytes, w.as_bytes()).map(|at| (at, w.len())).collect::<Vec<_>>();
    let mut first = upper[..1.min(upper.len())].to_owned();
    first.push_str(word.get(1..).unwrap_or_default());
    [word, &upper, &first].iter().filter(|w| !w.is_empty()).flat_map(|w| places(w)).any(|(at, len)| {
        let start = at - bytes[..at].iter().rev().take(LONGEST).take_while(|b| part(b)).count();
        let end = at + len + bytes[at + len..].iter().take(LONGEST).take_while(|b| part(b)).count();
        let quoted = start > 0 && bytes[start - 1] == b'"' && bytes.get(end) == Some(&b'"');
        let names = bytes.get(end + 1..).and_then(|rest| rest.iter().find(|b| !b.is_ascii_whitespace())) == Some(&b':');
        // A term of a few words, and no sentence.
        let value = text.get(start..end).unwrap_or_default().to_ascii_lowercase();
        let terms: Vec<&str> = value.split(['_', '-', ' ']).collect();
        quoted && !names && terms.len() <= 3 && terms.contains(&word) && !terms.iter().any(|t| DENIES.contains(t))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_tells_what_is_claimed() {
        for text in [
            r#"{"state": "paid"}"#,
            r#"{"status": "paid_out"}"#,
            r#"{"status": "PAID_OUT"}"#,
            r#"{"status":"Fully paid"}"#,
        ] {
            assert!(has_value(text, "paid"), "{text}");
        }
        for text in [
            r#"{"paid": false}"#,
            r#"{"paid_amount": 12}"#,
            r#"{"status": "not_paid"}"#,
            r#"{"status": "unpaid"}"#,
            r#"{"status": "to_be_paid"}"#,
            r#"{"note": "this is paid by the other party"}"#,
        ] {
            assert!(!has_value(text, "paid"), "{text}");
        }
    }
}
