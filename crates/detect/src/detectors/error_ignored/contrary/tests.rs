use crate::detectors;
use crate::test_support::{Called, turn, with_session};

/// The rules of what is flagged.
fn rules(order: &str, calls: &[Called<'_>], said: &str) -> Vec<String> {
    with_session(&turn(order, calls, said), |session| {
        let detector = detectors::ALL.iter().find(|d| d.id() == "error-ignored").expect("a detector");
        detector.run(session).findings.iter().map(|f| f.rule()).collect()
    })
}

const ORDER: &str = "Put locker 12 in the name of Ada Byron.";
const CALL: &str = r#"{"locker": 12, "name": "Ada Byron"}"#;

#[test]
fn what_the_answer_denies() {
    for (answer, rule) in [
        (r#"{"envelope": {"ok": true}, "body": {"outcome": "NOT_ASSIGNED"}}"#, "error-ignored/contrary"),
        (r#"{"locker": 12, "phase": "KEYHOLDER_CONSENT"}"#, "error-ignored/contrary-open"),
    ] {
        let flagged = rules(ORDER, &[("locker_assign", CALL, answer)], "Locker 12 is now Ada's.");
        assert_eq!(flagged, [rule], "{answer}");
    }
}

#[test]
fn the_state_of_what_was_changed_is_none() {
    let seen = ("get_parcel", r#"{"parcel": "P-20"}"#, r#"{"parcel":"P-20","status":"awaiting_pickup"}"#);
    let change = (
        "update_parcel",
        r#"{"parcel": "P-20", "phone": "0151-22"}"#,
        r#"{"parcel":"P-20","phone":"0151-22","status":"awaiting_pickup"}"#,
    );
    for calls in [vec![seen, change], vec![change]] {
        let flagged = rules("Set the phone of parcel P-20 to 0151-22.", &calls, "The phone of P-20 is now 0151-22.");
        assert!(!flagged.iter().any(|r| r.contains("contrary")), "{flagged:?}");
    }
}

#[test]
fn what_is_admitted_or_mended_is_none() {
    let no = ("locker_assign", CALL, r#"{"body": {"outcome": "NOT_ASSIGNED"}}"#);
    let yes = ("locker_assign", CALL, r#"{"body": {"outcome": "ASSIGNED"}}"#);
    for (calls, said) in [
        (vec![no], "Locker 12 is not free."),
        (vec![no], "The lockers are for staff. Would another one do?"),
        (vec![no, yes], "Locker 12 is now Ada's."),
        (vec![yes], "Locker 12 is now Ada's."),
    ] {
        assert_eq!(rules(ORDER, &calls, said), [""; 0], "{said}");
    }
}
