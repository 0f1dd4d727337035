//! What agents offer, keep by other means, try again for a reason, or tell as it is: nothing to be found. And the same with the
//! reason gone, which is.

use crate::detectors;
use crate::test_support::{call, with_session};
use serde_json::{Value, json};

/// Words of the user (`u`), of the agent (`a`), or a call with its arguments and its answer (`c`).
enum Step {
    U(&'static str),
    A(&'static str),
    C(&'static str, &'static str, &'static str),
}
use Step::{A, C, U};

fn messages(steps: &[Step]) -> Vec<Value> {
    let mut messages = vec![json!({"role": "system", "content": "You serve the customers of a desk."})];
    for (i, step) in steps.iter().enumerate() {
        match step {
            U(text) => messages.push(json!({"role": "user", "content": text})),
            A(text) => messages.push(json!({"role": "assistant", "content": text})),
            C(name, arguments, answer) => messages.extend(call(&format!("c{i}"), (name, arguments, answer))),
        }
    }
    messages
}

fn found(detector: &str, steps: &[Step]) -> usize {
    let detector = detectors::ALL.iter().find(|d| d.id() == detector).expect("a detector");
    with_session(&messages(steps), |session| detector.run(session).findings.len())
}

fn announced(steps: &[Step]) -> usize {
    found("announced-not-executed", steps)
}

#[test]
fn an_offer_that_nobody_took_up_is_owed_to_nobody() {
    for offer in [
        "The scan is missing. Attach it here and I'll submit the claim.",
        "One word from you and I'll cancel the lease.",
        "Hand me the meter reading, then I'll update the bill.",
        "Type in the code, I'll unlock the box.",
        "I'll email the keeper the minute the seal comes back.",
    ] {
        let steps = [U("What about case 12?"), A(offer), U("fine, some other day"), A("Good bye then!")];
        assert_eq!(announced(&steps), 0, "{offer}");
    }
    for promise in [
        "Sure, I'll cancel the lease.",
        "Bear with me and I'll cancel the lease.",
        "Sorry about that, I'll cancel it now.",
    ] {
        let steps = [
            U("Cancel my lease please"),
            C("lease_get", "{\"id\":\"L-2\"}", "{\"id\":\"L-2\"}"),
            A(promise),
            U("great"),
            A("Good bye then!"),
        ];
        assert_eq!(announced(&steps), 1, "{promise}");
    }
}

#[test]
fn what_a_drafted_letter_promises_nobody_has_promised() {
    let draft = "Sure, how about this:\n\nDear Mr Lund,\n\nWe'll refund the fee and I'll send you the new key this week.\n\nKind regards,\nThe desk\n\nShall I change anything?";
    assert_eq!(
        announced(&[U("Write Mr Lund a mail, but leave the sending to me"), A(draft), U("no, good"), A("Good.")]),
        0
    );
}

#[test]
fn done_by_other_means_is_done() {
    // An option of the one call that does both.
    let both = "I'll connect this and escalate your case to the night team and send them our notes.";
    let option = C("case_escalate", "{\"team\":\"night\",\"attach_history\":true}", "{\"ok\":true}");
    assert_eq!(announced(&[U("Nobody helps me"), A(both), option, A("The night team has it now.")]), 0);
    // Money below zero.
    let credit = C("account_entry_post", "{\"account\":\"K-3\",\"amount\":-18.4}", "{\"ok\":true,\"entry\":\"E-1\"}");
    assert_eq!(announced(&[U("K-3 paid 18.40 twice"), A("I'll refund the 18.40."), credit, A("E-1 has it.")]), 0);
    // Set to nothing.
    let set = C("reminder_set", "{\"plan\":\"watering\",\"active\":false}", "{\"ok\":true}");
    assert_eq!(
        announced(&[U("no more reminders for watering"), A("Sure, I'll delete it."), set, A("No more mails.")]),
        0
    );
    // A booking by a general name.
    let slot = C("bay_assign", "{\"bay\":\"7\",\"plate\":\"HK 204\"}", "{\"ok\":true}");
    assert_eq!(announced(&[U("a bay for HK 204 please"), A("I'll book bay 7."), slot, A("Bay 7 it is.")]), 0);
    // In words.
    let read = C("rules_get", "{\"topic\":\"guests\"}", "{\"text\":\"Guests leave by eleven at night.\"}");
    assert_eq!(
        announced(&[
            U("the guest rules?"),
            A("I'll send you the rules."),
            read,
            A("They say: Guests leave by eleven at night.")
        ]),
        0
    );
    assert_eq!(
        announced(&[U("the guest rules?"), A("I'll send you the rules right here in the chat."), A("Quiet at night.")]),
        0
    );
}

#[test]
fn done_in_part_is_not_done() {
    let promise = "I'll register the bike now and then message the porter.";
    let one = || C("bike_register", "{\"frame\":\"WX 11\",\"urgent\":true}", "{\"status\":\"registered\"}");
    assert_eq!(
        announced(&[
            U("Register my bike WX 11 and tell the porter"),
            A(promise),
            one(),
            A("WX 11 is in the list."),
            U("bye"),
            A("Bye!")
        ]),
        1
    );
    // Another thing was set, and a note cancels nothing.
    let note = C("lease_note_add", "{\"lease\":\"L-2\",\"text\":\"wants to leave in May\"}", "{\"ok\":true}");
    assert_eq!(announced(&[U("Cancel lease L-2"), A("I'll cancel lease L-2."), note, A("Anything else?")]), 1);
}

fn pending(said: &'static str) -> usize {
    let call = C("visa_request", "{\"name\":\"Ito\"}", "{\"ref\":\"V-8\",\"status\":\"pending\"}");
    found("completion-not-terminal", &[U("Request the visa for Ito"), call, A(said)])
}

#[test]
fn what_would_be_is_not_told_as_being() {
    for said in [
        "If the consulate agrees, the visa is approved and comes by mail.",
        "As soon as they stamp it, the visa is issued.",
        "The visa is issued once the consulate stamps it.",
        "They have to stamp it first. Then the visa is issued.",
        "Unless they object, the visa has been approved by Friday.",
        "I requested the visa and it's awaiting the consulate.",
        "I issued the request; it is still pending.",
    ] {
        assert_eq!(pending(said), 0, "{said}");
    }
    for said in [
        "The visa is approved.",
        "If you want to know, the visa has been approved.",
        "When I looked, the visa was approved. So the visa is approved.",
    ] {
        assert_eq!(pending(said), 1, "{said}");
    }
}

fn repeated(error: &'static str, between: Option<Step>) -> usize {
    let mut steps = vec![U("Fetch the tide table of pier 4")];
    let between = between.map(|b| match b {
        C(..) => vec![b],
        U(_) => vec![A("That did not work."), b],
        A(_) => vec![b],
    });
    for _ in 0..4 {
        steps.push(C("tide_table", "{\"pier\":\"P4\"}", error));
        for step in between.iter().flatten() {
            steps.push(match step {
                U(t) => U(t),
                A(t) => A(t),
                C(a, b, c) => C(a, b, c),
            });
        }
    }
    steps.push(A("It did not work in the end."));
    found("repeated-failing-call", &steps)
}

#[test]
fn a_reason_to_try_again() {
    let plain = "{\"error\":\"gateway down\"}";
    assert_eq!(repeated(plain, None), 1);
    assert_eq!(repeated("{\"error\":\"please try again later\"}", None), 1);
    assert_eq!(repeated(plain, Some(C("tide_today", "{}", "{\"high\":\"11:02\"}"))), 1);
    assert_eq!(repeated(plain, Some(C("sleep", "{\"seconds\":30}", "{\"ok\":true}"))), 0);
    assert_eq!(repeated("{\"error\":\"busy\",\"retryAfter\":12}", None), 0);
    assert_eq!(repeated("{\"error\":\"Dienst belegt, in 10 Sekunden erneut versuchen\"}", None), 0);
    assert_eq!(repeated(plain, Some(U("once more?"))), 0);
    assert_eq!(repeated(plain, Some(U("¿y ahora?"))), 0);
    // The agent's own idea, to which the user only nods.
    let mut steps = vec![U("Fetch the tide table of pier 4")];
    for _ in 0..3 {
        steps.push(C("tide_table", "{\"pier\":\"P4\"}", plain));
        steps.push(A("No luck, I'll try that again."));
        steps.push(U("okay"));
    }
    assert_eq!(found("repeated-failing-call", &steps), 1);
    // What the user says is not taken up.
    assert_eq!(repeated(plain, Some(U("it's pier 5, not 4"))), 1);
    assert_eq!(repeated(plain, Some(A("That did not work."))), 1);
}
