//! Whether a claim says more than a state that is open: "reserved" says no more than `HELD`, and "confirmed" does (`data/states.yaml`).

use crate::outcome::status::{Standing, names_status};
use crate::outcome::vocabulary;
use crate::prose::forms::alike;
use crate::prose::lexicon::english;
use crate::prose::stem;
use crate::prose::wordlists::{Lists, by_language, line, words};
use std::collections::BTreeMap;
use std::sync::LazyLock;

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static KINDS: LazyLock<BTreeMap<String, Lists>> =
    LazyLock::new(|| by_language(include_str!("../../data/states.yaml")).unwrap_or_default());

/// Only so much of a state is read: longer ones are sentences.
const READ_AT_MOST: usize = 80;
/// Words that turn round what stands behind them in a state: `NOT_RESERVED`, `TO_BE_APPROVED`, `PENDING_APPROVED`.
const DENIES: [&str; 11] =
    ["not", "un", "never", "no", "to", "be", "pending", "awaiting", "partially", "partly", "partial"];

/// True where what is claimed is true in a state that is open: its verb is the state's own, or says as much.
pub(crate) fn with(claim: &str, state: &str) -> bool {
    let (own, claimed) = (own_words(state), line(claim));
    if own.is_empty() || says(&claimed, "beyond") {
        return false;
    }
    let told: Vec<&str> = claimed.split(' ').collect();
    let participle = |w: &str| w.ends_with("ed") && w.len() > 4 || !english().of_past(w).is_empty();
    let repeats = own.iter().enumerate().any(|(at, w)| {
        participle(w) && told.contains(&w.as_str()) && !own[..at].iter().any(|b| DENIES.contains(&b.as_str()))
    });
    let state = own.join(" ");
    let kinds = KINDS.iter().filter(|(name, _)| *name != "beyond");
    repeats
        || kinds.filter(|(_, k)| k.get("states").is_some_and(|s| s.is_in(&state))).any(|(name, _)| says(&claimed, name))
}

/// True where a word is one with which a state says that it is open, in whatever form: "hold" of `HELD`.
pub(crate) fn tells(word: &str, state: &str) -> bool {
    let known = english();
    let is_open = |w: &str| {
        known.is("status_pending", w)
            || known.is("submission_status", w)
            || vocabulary::standing(w, &[]) == Some(Standing::NonTerminal)
    };
    let same = |w: &str| {
        w == word || w.len() > 3 && stem::of(w) == stem::of(word) || alike(w, word) && !known.is("status_done", word)
    };
    own_words(state).iter().any(|w| is_open(w) && same(w))
}

/// The words of a state that say what it waits for: the deposit of `AWAITING_DEPOSIT`.
pub(crate) fn waits_for(state: &str) -> Vec<String> {
    let own = own_words(state);
    let of_waiting =
        |w: &String| matches!(w.as_str(), "awaiting" | "pending" | "waiting" | "requires" | "needs" | "required");
    if !own.iter().any(of_waiting) {
        return Vec::new();
    }
    own.into_iter().filter(|w| w.len() > 4 && !of_waiting(w)).collect()
}

fn says(claimed: &str, kind: &str) -> bool {
    KINDS.get(kind).and_then(|k| k.get("says")).is_some_and(|s| s.is_in(claimed) || s.signs(claimed))
}

/// The words of a state without the name of its field.
fn own_words(state: &str) -> Vec<String> {
    let cut = &state[..state.floor_char_boundary(READ_AT_MOST)];
    words(cut).into_iter().filter(|w| !names_status(w)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let kinds = by_language(include_str!("../../data/states.yaml")).expect("a readable file");
        assert!(kinds.len() > 5 && kinds.values().all(|k| k.contains_key("states") && k.contains_key("says")));
    }

    #[test]
    fn a_claim_that_says_no_more_than_the_state_agrees_with_it() {
        for (claim, state) in [
            ("I've gone ahead and reserved", r#""state": "HELD""#),
            ("Two tickets are reserved for you", r#""state": "RESERVED_PENDING_PICKUP""#),
            ("has been placed on hold", r#""status": "ON_HOLD""#),
            ("I've requested", r#""state": "REQUESTED""#),
            ("has been opened", "status=OPEN"),
            ("is booked", "SCHEDULED"),
            ("I've drafted a reply", r#""status": "DRAFT""#),
            ("Ich habe die Karte beantragt", "EINGEREICHT"),
            ("La salle est réservée", "OPTION"),
            ("He solicitado la cuna", "SOLICITADO"),
        ] {
            assert!(with(claim, state), "{claim} {state}");
        }
    }

    #[test]
    fn a_claim_that_says_more_does_not() {
        for (claim, state) in [
            ("is confirmed", r#""state": "HELD""#),
            ("is reserved and confirmed", r#""state": "HELD""#),
            ("I've transferred", r#""status": "HELD""#),
            ("has been refunded", r#""status": "REFUND_PENDING""#),
            ("has been cancelled", r#""status": "PENDING_CANCELLATION""#),
            ("has been approved", r#""status": "TO_BE_APPROVED""#),
            ("has been approved", r#""status": "SUBMITTED""#),
            ("has been processed", r#""status": "processing""#),
            ("Your reservation is confirmed", r#""state": "HELD""#),
            ("wurde gekündigt", "IN_PRUEFUNG"),
        ] {
            assert!(!with(claim, state), "{claim} {state}");
        }
    }

    #[test]
    fn what_a_state_waits_for() {
        assert_eq!(waits_for(r#""state": "AWAITING_DEPOSIT""#), ["deposit"]);
        assert!(waits_for(r#""state": "HELD""#).is_empty());
    }

    #[test]
    fn words_of_the_state_tell_it_in_any_form() {
        assert!(tells("held", r#""state": "HELD""#) && tells("hold", r#""state": "HELD""#));
        assert!(tells("requested", r#""state": "REQUESTED""#) && tells("processing", "processing"));
        assert!(!tells("refund", "REFUND_PENDING") && !tells("state", r#""state": "HELD""#));
    }
}
