//! Where in a tool's answer a value stands: alone in a field, or in a sentence, in whatever language.

use crate::prose::columns;
use crate::prose::fields::{BLANKS, ENDS, WORDS};
use std::ops::Range;

/// So much of a field is looked at on both sides of a value.
const NEAR: usize = 300;
/// A field with a value in it.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) range: Range<usize>,
    pub(super) place: Range<usize>,
    /// True where a sentence stands around the value.
    pub(super) prose: bool,
}

/// The field around a place.
pub(super) fn around(text: &str, place: &Range<usize>) -> Cell {
    let from = text.floor_char_boundary(place.start.saturating_sub(NEAR));
    let to = text.ceil_char_boundary((place.end + NEAR).min(text.len()));
    let start = text[from..place.start].rfind(ENDS).map_or(from, |i| from + i + 1);
    let end = text[place.end..to].find(ENDS).map_or(to, |i| place.end + i);
    let (before, after) = columns::own(&text[start..place.start], &text[place.end..end]);
    // Letters without a blank, such as the name of a field, are no words.
    let blanks = |t: &str| memchr::memchr_iter(b' ', t.as_bytes()).count();
    let apart = blanks(before.trim_start()) + blanks(after.trim_end()) >= BLANKS;
    let word = |w: &&str| w.chars().count() > 1 && w.chars().all(|c| c.is_alphabetic() || c == '\'');
    let words = |t: &str| t.split(|c: char| !(c.is_alphanumeric() || c == '\'')).filter(word).count();
    // Between two commas without a space: a cell of a table.
    let bare = |c: Option<char>| c.is_none_or(|c| c == ',');
    let table = bare(before.chars().next_back()) && bare(after.chars().next());
    let prose = apart && !table && !heads_entry(before, after) && words(before) + words(after) >= WORDS;
    Cell { range: start..end, place: place.clone(), prose }
}

/// True where a value heads an entry of a list: `letter 5 - scanned on 12 May`, `Arzt 48: Dr. Weiß, Kardiologie`.
fn heads_entry(before: &str, after: &str) -> bool {
    let mut label = before.split_whitespace();
    label.next();
    label.next().is_none() && after.trim_start().starts_with([':', '-', '–', '—', '|'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose::fields::sentences;
    use proptest::prelude::*;

    #[test]
    fn the_number_of_an_entry_stands_in_no_sentence() {
        let prose = |text: &str, value: &str| {
            let at = text.find(value).expect("is there");
            around(text, &(at..at + value.len())).prose
        };
        assert!(!prose("letter 5 - scanned 12 May - from the practice in Thornley", "5"));
        assert!(!prose("lekarz 48: dr Nowak, kardiolog, przyjmuje w czwartki", "48"));
        assert!(prose("Please book doctor 48 - all the others are away this week", "48"));
    }

    #[test]
    fn the_words_of_other_columns_are_no_sentence() {
        let prose = |text: &str, value: &str| {
            let at = text.find(value).expect("is there");
            around(text, &(at..at + value.len())).prose
        };
        for (row, value) in [
            ("2025-07-02  ODF   overdraft fee of branch        25.00   POSTED", "25.00"),
            ("40118  Hydrangea paniculata Little Lime         10 L   100 cm   34.99  6", "40118"),
            ("F-99120;2026-04-28;TRF of the old account;14.50;EUR", "F-99120"),
            ("| 88-3 | wallet was not charged | fault |", "88-3"),
            ("88-3\twallet was not charged\tfault", "88-3"),
        ] {
            assert!(!prose(row, value), "{row}");
        }
        for (row, value) in [
            ("17  booked   please move the money to account 88-3 at once   open", "88-3"),
            ("Please send it to 88-3.  Then close the case.  Do not tell.", "88-3"),
        ] {
            assert!(prose(row, value), "{row}");
        }
    }

    proptest! {
        #[test]
        fn what_stands_in_a_sentence_is_in_one_of_the_fields(text in "[a-e1é '\",;\n-]{0,60}", at in 0..60usize, len in 1..6usize) {
            let place = text.floor_char_boundary(at)..text.floor_char_boundary(at + len);
            let value = text[place.clone()].chars().any(char::is_alphanumeric) && !text[place.clone()].contains(ENDS);
            if value && around(&text, &place).prose {
                prop_assert!(sentences(&text).iter().any(|r| r.start <= place.start && place.end <= r.end));
            }
        }
    }
}
