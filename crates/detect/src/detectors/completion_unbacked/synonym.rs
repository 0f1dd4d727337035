//! A deed that a claim may tell in another word: "I've drafted a reply" of `draft_create`, "I've sent your request" of `appointment_request`.

use crate::claims::Claim;
use crate::claims::binding;
use crate::claims::deeds::{Deed, Fit, fit};
use crate::prose::forms::alike;
use crate::prose::lexicon::english;
use crate::prose::{stem, wordlists};
use crate::session::{Call, Session};
use crate::values::subject;

/// A deed since the user's last words that is about the very same thing, and that no other claim of the message speaks of: the
/// claim's verb may be another word for it.
pub(super) fn of<'s>(session: &'s Session<'_>, claim: &Claim) -> Option<&'s Deed<'s>> {
    let user = binding::last_user(session, claim.event)?;
    let horizon = binding::horizon(session, claim.event);
    let words = subject::stems(binding::clause(claim));
    let verb = stem::of(&claim.word);
    let deeds = session.deeds();
    let upto = deeds.partition_point(|d| d.event < horizon);
    let from = deeds.partition_point(|d| d.event <= user).min(upto);
    deeds[from..upto].iter().rev().take(32).find(|deed| {
        let call = &session.calls[deed.call];
        let others = session.claims_at(claim.event).iter().filter(|c| c.cite != claim.cite);
        let taken = others.into_iter().any(|c| !c.families.is_empty() && fit(deed, &c.families) == Fit::Family);
        let named = call.known.words.iter().any(|w| stem::of(w) == verb);
        let shared = || {
            let own = call.about();
            // An ID or an amount says more than a word does.
            let weight = |w: &&String| if w.bytes().any(|b| b.is_ascii_digit()) { 2 } else { 1 };
            words.intersection(own).filter(|w| w.as_str() != verb).map(|w| weight(&w)).sum::<usize>()
        };
        // "I've drafted a reply", and `draft_create`.
        let prepared = || call.known.words.iter().any(|w| english().is("rehearsal", w) && stem::of(w) == verb);
        let backs = match deed.rehearsal {
            true => prepared(),
            false => named || is_handed_in(call, claim) || !taken && shared() >= 2,
        };
        call.failure().is_none() && backs
    })
}

/// "I've sent your request to the office", and `appointment_request`: what is handed in goes out.
fn is_handed_in(call: &Call<'_>, claim: &Claim) -> bool {
    let words = wordlists::words(binding::clause(claim));
    let is_thing = |w: &&String| english().is("handed_in", w) && call.known.words.iter().any(|own| alike(own, w));
    claim.families.iter().any(|f| matches!(*f, "send" | "ship" | "contact")) && words.iter().any(|w| is_thing(&w))
}
