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
