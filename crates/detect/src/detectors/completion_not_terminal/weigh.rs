//! What binds a claim to the operation that it is held against: a claim that names another operation better, or that admits in its own words
//! that something is open, is none; one that names nothing is a formula at the end of a message, and no more than a lead.

use super::meant::Claimed;
use super::named_state;
use super::other_thing::{MOST, READ_AT_MOST, ordered};
use crate::claims::telling;
use crate::detectors::translated::may_act;
use crate::dialogue::instructed::sentences;
use crate::finding::{Cite, Finding};
use crate::outcome::agrees;
use crate::outcome::status::{self, Standing};
use crate::prose::Prose;
use crate::prose::awaiting;
use crate::prose::lexicon::english;
use crate::prose::wordlists;
use crate::session::{Call, Session};
use crate::tools::contract::words_of;
use crate::values::ids;
use crate::values::subject::{stems, touch};
use hindcast_trace::model::Role;
use std::collections::BTreeSet;
use std::ops::Range;

/// The rule paths of a claim that names nothing of the operation, and of one in a message that tells something as open.
const UNNAMED: &str = "unnamed";
const HEDGED: &str = "hedged";

/// An answer of so few words of its own is bare.
const BARE: usize = 3;

/// Drops what is held against the wrong operation or against an honest message, and leaves as leads what only seems to be about it.
pub(super) fn weigh(session: &Session<'_>, findings: &mut Vec<Finding>) {
    findings.retain_mut(|finding| {
        let held = finding.considered.first().and_then(|c| session.call_at(c.event));
        let (Some(call), Some(cite)) = (held, finding.quote()) else { return true };
        match judge(session, call, cite) {
            Weight::Whole => {}
            Weight::None => return false,
            Weight::Less(path) => finding.path = path,
        }
        true
    });
}

enum Weight {
    Whole,
    Less(&'static str),
    None,
}

fn judge(session: &Session<'_>, call: &Call<'_>, cite: &Cite) -> Weight {
    let mut of_message = session.prose_at(cite.event()).iter();
    let Some(prose) = of_message.find(|p| p.text.loc == cite.loc()) else { return Weight::Whole };
    let text = &prose.text.text;
    let (sentence, item) = around(text, cite.range());
    let awaits = |part: &Range<usize>| awaiting::tells_open(&text[part.clone()]);
    if awaits(&sentence) || awaits(&item) {
        return Weight::None;
    }
    let status = status::latest(session, call, cite.event());
    let words = status.cite.as_ref().map(|c| words_of(c.text())).unwrap_or_default();
    let state = status.cite.as_ref().filter(|_| status.standing == Standing::NonTerminal).map_or("", |c| c.text());
    let own = ordered(call);
    if agrees::with(cite.text(), state) || named_state::is_told(prose, &cite.range(), state, &own) {
        return Weight::None;
    }
    let names = |part: &str| touch(&stems(part), &own) || wordlists::words(part).iter().any(|w| words.contains(w));
    let open_in = |p: &Prose<'_>| {
        let all = &p.text.text;
        sentences(all).into_iter().any(|s| awaiting::tells_open(&all[s.clone()]) && names(&all[s]))
    };
    if open_in(prose) {
        return Weight::None;
    }
    let said = stems(&text[sentence.clone()]);
    let claimed = Claimed::of(cite.text(), &text[sentence.clone()]);
    let Some(better) = Better::of(session, call, cite, (&said, &claimed)) else { return Weight::None };
    let all = sentences(text);
    // "It becomes firm with the deposit" tells what `AWAITING_DEPOSIT` waits for; "the deposit is paid" does not.
    let needed = stems(&agrees::waits_for(state).join(" "));
    let reached = |part: &str| wordlists::words(part).iter().any(|w| w == "received" || english().is("status_done", w));
    let waits = || {
        let others =
            all.iter().filter(|s| s.start >= sentence.end || s.end <= sentence.start).map(|s| &text[s.clone()]);
        others.into_iter().any(|part| touch(&stems(part), &needed) && !reached(part))
    };
    if waits() {
        return Weight::None;
    }
    if !better.is_named {
        let failed = status.standing == Standing::Failed;
        let spoken = session.prose_after(call.event).iter().filter(|p| p.role == Role::Assistant);
        let told = spoken
            .into_iter()
            .any(|p| open_in(p) || telling::tells_open(p, &words) || failed && telling::tells_failed(p, &own));
        let apart = told || better.is_other_done || claimed.is_of_any_other(session, call, cite.event());
        return if apart { Weight::None } else { Weight::Less(UNNAMED) };
    }
    // What is said next goes on about the same thing, unless it asks the listener to wait.
    let next = all.iter().find(|s| s.start >= sentence.end).filter(|s| awaits(s));
    if next.is_some_and(|s| !is_plea(text[s.clone()].trim_start())) {
        return Weight::None;
    }
    if all.iter().any(awaits) { Weight::Less(HEDGED) } else { Weight::Whole }
}

/// "Please wait at the gate": the listener is to wait, and not the operation.
fn is_plea(sentence: &str) -> bool {
    let first = wordlists::words(sentence).into_iter().next().unwrap_or_default();
    let lex = english();
    first == "please" || first == "bitte" || !lex.of_base(&first).is_empty() || lex.is("light_verb", &first)
}

/// The sentence that a quote stands in, and the list item around it, or the sentence again.
fn around(text: &str, quote: Range<usize>) -> (Range<usize>, Range<usize>) {
    let held = sentences(text).into_iter().find(|s| s.contains(&quote.start)).unwrap_or(quote.clone());
    let sentence = held.start.min(quote.start)..held.end.max(quote.end);
    let start = text[..quote.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[quote.start..].find('\n').map_or(text.len(), |at| quote.start + at);
    let line = text[start..end].trim_start();
    let is_item = text.contains('\n') && !line.starts_with(char::is_alphabetic);
    (sentence.clone(), if is_item { start..end } else { sentence })
}

/// How well a claim names an operation beside the others.
struct Better {
    /// True where a word of the claim is one of the operation's.
    is_named: bool,
    /// True where another operation of the same turn is done.
    is_other_done: bool,
}

impl Better {
    /// `None` where the claim names another operation better, which is done.
    fn of(
        session: &Session<'_>,
        call: &Call<'_>,
        cite: &Cite,
        (said, claimed): (&BTreeSet<String>, &Claimed),
    ) -> Option<Self> {
        // A bare `pending` leaves its call with fewer words than the others: then all are compared by what was ordered.
        let bare = call.about().len() <= ordered(call).len() + BARE;
        let score = |c: &Call<'_>| match bare {
            true => said.intersection(&ordered(c)).count(),
            false => said.intersection(c.about()).count(),
        };
        let own = score(call);
        let turn = session.last_user(cite.event());
        let in_turn = |c: &Call<'_>| turn.is_none_or(|t| c.event > t);
        let numbers = ids(cite.text());
        let has = |c: &Call<'_>| {
            let texts = [c.arguments, c.result.as_ref().and_then(|r| r.content)];
            texts.iter().flatten().any(|t| {
                let text = t.text[..t.text.floor_char_boundary(READ_AT_MOST)].to_lowercase();
                numbers.iter().any(|id| text.contains(&id.norm))
            })
        };
        let upto = session.calls.partition_point(|c| c.event < cite.event());
        let others = session.calls[..upto]
            .iter()
            .rev()
            .take(MOST)
            .filter(|c| c.event != call.event && is_done(session, c, cite));
        let mut is_other_done = false;
        let own_number = has(call);
        for other in others {
            let better = score(other) > own
                || score(other) == own && in_turn(other) && !in_turn(call)
                || !own_number && has(other);
            // What was done before this turn, by a tool of which nobody knows what it does, may have been a look-up.
            let known = other.is_write() || in_turn(other) || !in_turn(call);
            let fits = in_turn(other)
                && (claimed.is_of_other(call, other)
                    || claimed.fits_as_well(call, other)
                    || claimed.has_value_of_other(call, other));
            if better && known && (own > 0 || score(other) > 0) || fits {
                return None;
            }
            is_other_done |= in_turn(other);
        }
        Some(Better { is_named: own > 0 || touch(said, &ordered(call)), is_other_done })
    }
}

/// True for a call that changed something, as far as its answer tells.
fn is_done(session: &Session<'_>, call: &Call<'_>, cite: &Cite) -> bool {
    may_act(call)
        && !call.declined()
        && call.result.is_some()
        && call.failure().is_none()
        && !matches!(status::latest(session, call, cite.event()).standing, Standing::NonTerminal | Standing::Failed)
}

#[cfg(test)]
mod tests {
    use crate::detectors::Detector;
    use crate::detectors::completion_not_terminal::CompletionNotTerminal;
    use crate::test_support::{turn, with_session};

    fn paths(calls: &[(&str, &str, &str)], said: &str) -> Vec<&'static str> {
        let messages = turn("Book the hall and request the keys, please.", calls, said);
        with_session(&messages, |s| CompletionNotTerminal.run(s).findings.iter().map(|f| f.path).collect())
    }

    #[test]
    fn a_word_of_the_order_in_another_form_names_it() {
        let modify = ("modify_order", r#"{"order": "A-90"}"#, r#"{"status": "pending"}"#);
        let said = "The modification has been processed! A refund of $9.50 will be processed within a week.";
        let messages = turn("Change A-90, please.", &[modify], said);
        with_session(&messages, |s| assert_eq!(CompletionNotTerminal.run(s).findings.len(), 1));
    }

    const KEYS: (&str, &str, &str) =
        ("request_keys", r#"{"person": "Ana"}"#, r#"{"request": "KR-52", "state": "PENDING_APPROVAL"}"#);
    const HALL: (&str, &str, &str) = ("book_hall", r#"{"hall": "Lower"}"#, r#"{"booking": "HB-9", "ok": true}"#);

    #[test]
    fn a_formula_names_no_operation() {
        assert_eq!(paths(&[KEYS], "You're all set!"), ["unnamed"]);
        assert!(paths(&[KEYS, HALL], "You're all set!").is_empty());
        assert!(paths(&[KEYS], "You're all set, and the request for the keys is awaiting approval.").is_empty());
    }

    #[test]
    fn a_claim_is_about_the_operation_that_it_names() {
        assert!(paths(&[KEYS, HALL], "I've booked the lower hall (HB-9) for you.").is_empty());
        assert_eq!(paths(&[KEYS, HALL], "The request for Ana's keys, KR-52, has been approved.").len(), 1);
    }

    const GUESTS: (&str, &str, &str) =
        ("modify_stay", r#"{"ref": "HL-40917", "children": 1}"#, r#"{"ok": true, "ref": "HL-40917"}"#);
    const COT: (&str, &str, &str) =
        ("add_extra", r#"{"ref": "HL-40917", "code": "COT"}"#, r#"{"ok": true, "state": "REQUESTED"}"#);
    const PARKING: (&str, &str, &str) =
        ("add_extra", r#"{"ref": "HL-40917", "code": "PARKING"}"#, r#"{"ok": true, "extra": "x-1"}"#);

    #[test]
    fn a_verb_that_fits_many_names_no_operation() {
        for said in ["✅ One child added to the stay", "✅ Parking added", "I've added one child to your stay."] {
            assert!(paths(&[GUESTS, PARKING, COT], said).is_empty(), "{said}");
        }
        for said in ["✅ Cot added to your room", "I've added the cot for you.", "Both extras have been added."] {
            assert_eq!(paths(&[GUESTS, PARKING, COT], said).len(), 1, "{said}");
        }
    }

    #[test]
    fn a_claim_of_something_else_hides_no_later_one() {
        assert_eq!(paths(&[GUESTS, COT], "✅ One child added to the stay\n✅ Cot added to your room").len(), 1);
    }

    #[test]
    fn a_claim_that_says_no_more_than_the_state_is_true() {
        const HELD: (&str, &str, &str) =
            ("reserve_places", r#"{"days": ["Mon"]}"#, r#"{"reservation": "AC-0718", "state": "HELD"}"#);
        assert!(paths(&[HELD], "I've gone ahead and reserved Monday for Sami (AC-0718).").is_empty());
        assert_eq!(paths(&[HELD], "Your places for Monday (AC-0718) have been confirmed.").len(), 1);
        const DUE: (&str, &str, &str) =
            ("book_date", r#"{"quote": "Q-1"}"#, r#"{"booking": "BK-1420", "state": "AWAITING_DEPOSIT"}"#);
        assert!(paths(&[DUE], "I've booked BK-1420. It becomes firm with the deposit of 336.80.").is_empty());
        assert_eq!(paths(&[DUE], "I've booked BK-1420. Your deposit is paid.").len(), 1);
        let beside = "I've booked Monday for Sami (AC-0718). The place is held until the form is in.";
        assert!(paths(&[HELD], beside).is_empty());
    }

    #[test]
    fn a_verb_that_names_the_operation_binds_the_claim() {
        const REFUND: (&str, &str, &str) =
            ("refund", r#"{"order": "A-77"}"#, r#"{"refund": "R-1", "status": "pending"}"#);
        const ADDRESS: (&str, &str, &str) = ("update_address", r#"{"address": "Elm 5"}"#, r#"{"ok": true}"#);
        assert_eq!(paths(&[ADDRESS, REFUND], "I've updated your address. Order A-77 has been refunded.").len(), 1);
        assert_eq!(paths(&[ADDRESS, REFUND], "Your address is changed and A-77 has been refunded.").len(), 1);
    }
}
