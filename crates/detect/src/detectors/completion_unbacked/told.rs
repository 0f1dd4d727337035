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
            let says = |c: &&Call<'_>| answer(c).is_some_and(|t| t.contains(&quoted));
            let named = first(&self.quoted, &quoted, || reads().find(says).map(|c| c.event));
            let before = |event: Option<u32>| event.is_some_and(|e| e < claim.event);
            return before(named) || claim.families.iter().any(|f| before(of_family(f)));
        }
        let says = |call: &Call<'_>| {
            answer(call).is_some_and(|text| {
                // A look-up of such an operation may say "completed" where people say "processed".
                let done = claim.families.iter().any(|f| has_family(call, f)) && is_done(text);
                (done || text.contains(&quoted)) && ids.iter().any(|id| contains_id(text, &id.norm))
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
