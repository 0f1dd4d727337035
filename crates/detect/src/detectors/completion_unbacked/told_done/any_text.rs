//! Whatever letters a message is made of, reading it ends, and what is quoted stands on whole letters.

use super::reader::{Known, clauses, told};
use super::words::{language, words};
use proptest::prelude::*;

/// Words, marks and joints of every language that is read, and letters of one to four bytes.
fn piece() -> impl Strategy<Value = String> {
    const KNOWN: [&str; 30] = [
        "the", "your", "and", " so ", "has been", "moved", "is", "now", "✅", "ist", "und", "wurde", "gesperrt", "est",
        "et", "été", "ha sido", "y", "jest", "och", "nu", "L-7", ", ", "; ", "– ", "— ", " (", ") ", ".\n", "Ｌ７",
    ];
    prop_oneof![
        3 => prop::sample::select(KNOWN.as_slice()).prop_map(str::to_owned),
        1 => "\\PC{0,24}",
        1 => "[a-zßéłŁİıΣσς０-９Ａ-ｚ日本𝔸-𝕫🏳️‍🌈]{1,24}",
        1 => any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec((piece(), prop::bool::ANY), 0..16)
        .prop_map(|parts| parts.into_iter().map(|(p, space)| if space { p + " " } else { p }).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_is_read(said in text(), order in text(), answer in text()) {
        if let Some(range) = told(&said, Known::of(&order, std::iter::once(answer.as_str()))) {
            prop_assert!(said.get(range).is_some_and(|quote| !quote.is_empty()));
        }
        crate::dialogue::light_verbs::orders(&said);
    }

    #[test]
    fn clauses_are_whole_and_in_order(said in text()) {
        let all = words(&said);
        let Some(language) = language(&all, &[]) else { return Ok(()) };
        let mut end = 0;
        for (range, _) in clauses(&said, language) {
            prop_assert!(range.start >= end && said.get(range.clone()).is_some(), "{range:?} of {said:?}");
            end = range.end;
        }
    }
}
