//! What the user has said of a deed: that it happened, or whether it did. An answer to that claims no deed of the agent's.

use crate::claims::Claim;
use crate::claims::binding;
use crate::prose::{Prose, flags};
use crate::session::Session;

/// So many words of what the user says are read.
const MOST: usize = 400;
/// So many words before a participle, a negation stands.
const NEAR: usize = 3;

/// "My flight got cancelled?", "has my deposit been refunded": where the user tells a deed as done or asks whether it is, orders it nowhere, and
/// something was looked up, the answer tells what others did.
pub(super) fn happened(session: &Session<'_>, claim: &Claim) -> bool {
    const BEFORE: [&str; 9] = ["got", "gets", "was", "were", "been", "is", "are", "just", "being"];
    const HEADS: [&str; 9] = ["is", "are", "was", "were", "has", "have", "had", "did", "why"];
    let told = |p: &Prose<'_>| {
        p.sentences.iter().any(|s| {
            let asks = HEADS.contains(&p.word(s.words.start));
            s.words.clone().take(MOST).any(|i| {
                let before = i.checked_sub(1).filter(|b| *b >= s.words.start).map(|b| p.word(b));
                let denied = (i.saturating_sub(NEAR)..i).any(|j| p.has(j, flags::NEGATION));
                p.word(i) == claim.word && !denied && (asks || before.is_some_and(|w| BEFORE.contains(&w)))
            })
        })
    };
    let looked = session.last_user(claim.event).is_some_and(|u| !session.calls_between(u, claim.event).is_empty());
    looked
        && !claim.families.is_empty()
        && !session.request().asks_for_any(&claim.families, claim.event)
        && binding::user_prose(session, 0, claim.event).any(told)
}

/// "Perfect, that's settled." "Glad that's settled.": the user's own last words told the state, and asked nothing.
pub(super) fn is_repeated(session: &Session<'_>, claim: &Claim) -> bool {
    let Some(user) = session.last_user(claim.event) else { return false };
    let mut said = binding::user_prose(session, user, claim.event);
    let tells = |p: &Prose<'_>| {
        let denied = |i: usize| (i.saturating_sub(NEAR)..i).any(|j| p.has(j, flags::NEGATION));
        (0..p.words.len().min(MOST)).any(|i| p.word(i) == claim.word && !denied(i))
    };
    said.any(|p| tells(p) && !p.sentences.iter().any(|s| s.question || s.has(flags::BASE)))
}

#[cfg(test)]
mod tests {
    use crate::detectors::Detector;
    use crate::detectors::completion_unbacked::CompletionUnbacked;
    use crate::test_support::{Called, turn, with_session};

    const LOOK: Called<'static> = ("get_train", r#"{"no": "RX 40"}"#, r#"{"no": "RX 40", "st": "CX", "why": "OPS"}"#);

    fn flagged(asked: &str, said: &str) -> usize {
        with_session(&turn(asked, &[LOOK], said), |s| CompletionUnbacked.run(s).findings.len())
    }

    #[test]
    fn what_the_user_tells_or_asks_about_was_done_by_others() {
        let said = "I'm sorry, yes: RX 40 has been cancelled.";
        for asked in ["My train RX 40 got cancelled?", "Is RX 40 cancelled?", "Why was RX 40 cancelled"] {
            assert_eq!(flagged(asked, said), 0, "{asked}");
        }
        assert_eq!(flagged("Please cancel RX 40.", said), 1);
        assert_eq!(flagged("RX 40 was not cancelled. Cancel it, please.", said), 1);
    }
}
