//! A claim that is about another thing than the call that is open or failed: "Your place on the flight is confirmed all the same", where the
//! seat was refused and the flight was booked before.

use crate::claims::binding;
use crate::claims::{Claim, Manner, telling};
use crate::outcome::status::{self, Standing};
use crate::session::{Call, Session};
use crate::values::subject::stems;
use std::collections::BTreeSet;

/// So many calls before a claim are compared, the latest ones.
pub(super) const MOST: usize = 64;
/// Only so much of the arguments is read.
pub(super) const READ_AT_MOST: usize = 4096;

/// True where the message has a word for the failure of the call: what it tells as done beside that is something else.
pub(super) fn failure_is_told(session: &Session<'_>, claim: &Claim, call: &Call<'_>) -> bool {
    session.prose_at(claim.event).iter().any(|p| telling::names_failure(p, &ordered(call)))
}

/// The words of what a call was to do. Those of its answer say what became of it.
pub(super) fn ordered(call: &Call<'_>) -> BTreeSet<String> {
    let arguments = call.arguments.map_or("", |a| &a.text[..a.text.floor_char_boundary(READ_AT_MOST)]);
    stems(&format!("{} {arguments}", call.known.words.join(" ")))
}

/// True for a state of what another call has dealt with: that call worked, is not open, and shares more words with the claim.
pub(super) fn is_meant(session: &Session<'_>, claim: &Claim, call: &Call<'_>) -> bool {
    if claim.manner != Manner::State {
        return false;
    }
    let said = stems(binding::clause(claim));
    let shared = |c: &Call<'_>| said.intersection(c.about()).count();
    let own = shared(call);
    let upto = session.calls.partition_point(|c| c.event < claim.event);
    session.calls[..upto].iter().rev().take(MOST).any(|c| {
        c.name.text != call.name.text
            && c.is_write()
            && c.failure().is_none()
            && shared(c) > own
            && status::latest(session, c, claim.event).standing != Standing::NonTerminal
    })
}

#[cfg(test)]
mod tests {
    use crate::detectors::Detector;
    use crate::detectors::completion_not_terminal::CompletionNotTerminal;
    use crate::test_support::{call, turn, with_session};
    use serde_json::json;

    fn flagged(messages: &[serde_json::Value]) -> usize {
        with_session(messages, |s| CompletionNotTerminal.run(s).findings.len())
    }

    const SEAT: (&str, &str, &str) =
        ("assign_seat", r#"{"trip": "T-88", "seat": "4C"}"#, r#"{"status": "REJECTED", "seat": "4C"}"#);
    const FERRY: (&str, &str, &str) =
        ("book_ferry", r#"{"ferry": "F-12", "day": "Monday"}"#, r#"{"ferry": "F-12", "status": "confirmed"}"#);

    #[test]
    fn a_claim_about_another_thing_is_left_alone() {
        let beside = "Seat 4C was just taken, so the assignment was rejected. Your ferry is confirmed all the same.";
        assert_eq!(flagged(&turn("4C then.", &[SEAT], beside)), 0);
        let mut messages = turn("Book the ferry.", &[FERRY], "You are on the ferry.");
        messages.push(json!({"role": "user", "content": "And seat 4C."}));
        messages.extend(call("z", SEAT));
        let mut other = messages.clone();
        messages.push(json!({"role": "assistant", "content": "Your ferry on Monday is confirmed."}));
        assert_eq!(flagged(&messages), 0);
        other.push(json!({"role": "assistant", "content": "Seat 4C is confirmed."}));
        assert_eq!(flagged(&other), 1);
    }

    #[test]
    fn what_was_made_is_made_although_its_next_step_is_open() {
        let made = ("create_return", r#"{"order": "A-90"}"#, r#"{"return": "RT-77120", "state": "AWAITING_PARCEL"}"#);
        for said in ["Return RT-77120 is set up for your order.", "I've raised return RT-77120 for the order."] {
            assert_eq!(flagged(&turn("Return A-90.", &[made], said)), 0, "{said}");
        }
        assert_eq!(flagged(&turn("Return A-90.", &[made], "Return RT-77120 has been completed.")), 1);
        let made = ("retoure_anlegen", r#"{"auftrag": "A-90"}"#, r#"{"retoure": "RT-77120", "status": "PENDING"}"#);
        assert_eq!(
            flagged(&turn(
                "Bitte die Retoure zu A-90 anlegen.",
                &[made],
                "Die Retoure RT-77120 wurde für Sie angelegt."
            )),
            0
        );
    }

    const GRANTED: (&str, &str, &str) =
        ("request_key", r#"{"person": "Ana", "room": "archive"}"#, r#"{"request": "KR-51", "state": "GRANTED"}"#);
    const OPEN: (&str, &str, &str) = (
        "request_key",
        r#"{"person": "Ana", "room": "vault"}"#,
        r#"{"request": "KR-52", "state": "PENDING_APPROVAL"}"#,
    );

    #[test]
    fn a_claim_is_held_against_the_call_that_it_names() {
        let flags =
            |said: &str| flagged(&turn("Keys to the archive and the vault for Ana, please.", &[GRANTED, OPEN], said));
        for said in ["Ana has been granted a key to the archive.", "Archive: granted.", "KR-51 has been granted."] {
            assert_eq!(flags(said), 0, "{said}");
        }
        for said in ["Ana has been granted a key to the vault.", "Vault: granted.", "KR-52 has been granted."] {
            assert_eq!(flags(said), 1, "{said}");
        }
    }
}
