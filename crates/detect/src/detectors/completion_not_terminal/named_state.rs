//! Messages that name an open state themselves, beside a claim: "Cot: requested, free of charge", "the places are held until Friday".

use crate::outcome::agrees;
use crate::prose::accents::unaccented;
use crate::prose::{Prose, Sentence};
use crate::values::subject::{stems, touch};
use std::collections::BTreeSet;
use std::ops::Range;

/// So many words before a word of the state can deny it.
const NEAR: usize = 3;
const DENIES: [&str; 12] =
    ["not", "no", "never", "longer", "without", "t", "nicht", "kein", "keine", "pas", "ya", "niet"];
/// "The refund that you requested": what somebody did before is no state.
const THEIRS: [&str; 6] = ["you", "your", "as", "the", "they", "customer"];
const WHICH: [&str; 8] = ["your", "the", "this", "that", "its", "their", "my", "our"];
const ASKED: [&str; 7] = ["requested", "ordered", "submitted", "received", "scheduled", "initiated", "accepted"];

/// True where a message names the state outside of a quote, in a sentence about what was ordered (`own`), or beside the quote.
pub(super) fn is_told(prose: &Prose<'_>, quote: &Range<usize>, state: &str, own: &BTreeSet<String>) -> bool {
    let held = prose.sentences.iter().position(|s| s.range.contains(&quote.start));
    prose.sentences.iter().enumerate().any(|(at, sentence)| {
        let beside = held.is_some_and(|h| at == h || at == h + 1);
        names(prose, sentence, quote, state) && (beside || touch(&stems(&prose.text.text[sentence.range.clone()]), own))
    })
}

fn names(prose: &Prose<'_>, sentence: &Sentence, quote: &Range<usize>, state: &str) -> bool {
    let is_claim = sentence.range.contains(&quote.start);
    !sentence.question
        && sentence.words.clone().any(|i| {
            let place = prose.bytes(i..i + 1);
            let outside = place.end <= quote.start || place.start >= quote.end;
            let word = unaccented(prose.word(i));
            let before = || (i.saturating_sub(NEAR).max(sentence.words.start)..i).map(|j| prose.word(j));
            let theirs = || ASKED.contains(&word.as_str()) && before().next_back().is_some_and(|w| THEIRS.contains(&w));
            // "Your pending refund has been processed" says that it was pending.
            let attribute = || is_claim && before().next_back().is_some_and(|w| WHICH.contains(&w));
            outside
                && !prose.words[i].quoted
                && agrees::tells(&word, state)
                && !theirs()
                && !attribute()
                && !before().any(|w| DENIES.contains(&w))
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn told(message: &str, quote: &str, state: &str) -> bool {
        let text = Text { text: message.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let from = message.find(quote).expect("stands in the message");
        let own = stems("add_extra cot refund");
        is_told(&Prose::new(0, Role::Assistant, &text), &(from..from + quote.len()), state, &own)
    }

    #[test]
    fn the_state_stands_beside_the_claim() {
        for (message, quote, state) in [
            ("One child added.\n\nParking added.\n\nCot: requested, free of charge.", "One child added", "REQUESTED"),
            ("I've booked studio 2. The slot is on hold.", "I've booked", "HELD"),
            ("$85 voided, refund processing", "$85 voided", "processing"),
        ] {
            assert!(told(message, quote, state), "{message}");
        }
    }

    #[test]
    fn it_is_denied_theirs_or_of_something_else() {
        for (message, quote, state) in [
            ("Your pending refund has been processed.", "has been processed", "pending"),
            ("It is done. The refund that you requested is complete.", "It is done", "REQUESTED"),
            ("Studio 2 is confirmed and no longer held.", "is confirmed", "HELD"),
            ("Studio 2 is confirmed.\n\nGood luck.\n\nYour lamp is held at the desk.", "is confirmed", "HELD"),
        ] {
            assert!(!told(message, quote, state), "{message}");
        }
    }
}
