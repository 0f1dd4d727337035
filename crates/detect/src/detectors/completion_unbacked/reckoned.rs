//! What is told as done and shown in the message itself: a sum, a list in another order, a text in other words. It takes no call.

use crate::prose::classes::class;
use crate::prose::wordlists::line;
use std::ops::Range;

/// So many numbers show a reckoning.
const NUMBERS: usize = 2;
/// So much of a message is read.
const READ_AT_MOST: usize = 4000;

/// True where a participle of reckoning or rewriting is told and the message goes on with numbers, lines or a quote; or one that may also change a
/// record, and the message goes on with an equation.
pub(super) fn is(said: &str, told: &Range<usize>) -> bool {
    let Some(quote) = said.get(told.clone()) else { return false };
    let end = said.floor_char_boundary((told.start + READ_AT_MOST).min(said.len()));
    let shown = said.get(told.start..end).unwrap_or_default();
    let quote = line(quote);
    let reckons = class("reckons").is_in(&quote);
    let numbers = || shown.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).count();
    let rewritten = || shown.trim_end().contains('\n') || shown.contains(['"', '“', '„', '«', '「']);
    reckons && (numbers() >= NUMBERS || rewritten()) || (reckons || class("adds").is_in(&quote)) && has_equation(shown)
}

/// True for a text with a number on both sides of an equals sign.
fn has_equation(text: &str) -> bool {
    const NEAR: usize = 4;
    text.match_indices('=').any(|(at, _)| {
        let number = |c: char| c.is_ascii_digit();
        let left = text[..at].chars().rev().take(NEAR).any(number);
        left && text[at + 1..].chars().take(NEAR).any(number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reckoned(said: &str) -> bool {
        let end = said.find(['.', ':', '(']).unwrap_or(said.len());
        is(said, &(0..end))
    }

    #[test]
    fn what_is_reckoned_or_rewritten_is_shown() {
        for said in [
            "Simply added (no weighting): 22 + 31 = 53 of 165.",
            "Sorted by price: b (3), a (5)",
            "Rounded up: 4.2 is 5 hours.",
            "Translated: \"Wir sind umgezogen.\"",
            "Taken out: 84 - 12 = €72.",
            "Zusammengerechnet: 22 + 31 = 53.",
            "Convertido: 42 € son 35,30 £.",
        ] {
            assert!(reckoned(said), "{said}");
        }
    }

    #[test]
    fn what_is_changed_is_not() {
        for said in [
            "Added: Rita is on the list.",
            "All sorted!",
            "Removed. Your card 4471 is no longer on the account.",
            "Renamed: a to b",
            "Converted.",
            "Added 2 seats: 4A and 4B.",
        ] {
            assert!(!reckoned(said), "{said}");
        }
    }
}
