use crate::detectors::Detector;
use crate::detectors::invalid_arguments::InvalidArguments;
use crate::test_support::{Called, turn, with_session};

const REJECTED: &str = r#"{"error": {"field": "day", "message": "expected a date in the form YYYY-MM-DD"}}"#;
const DONE: &str = r#"{"visit": "V-1", "day": "2026-06-04"}"#;

fn paths(calls: &[Called<'_>], said: &str) -> Vec<&'static str> {
    with_session(&turn("Book a visit of two on 4 June 2026.", calls, said), |session| {
        InvalidArguments.run(session).findings.iter().map(|f| f.path).collect()
    })
}

#[test]
fn a_call_that_is_corrected_at_once_harms_nobody() {
    let wrong = ("visit.book", r#"{"day": "4 June", "people": 2}"#, REJECTED);
    let right = ("visit.book", r#"{"day": "2026-06-04", "people": 2}"#, DONE);
    assert_eq!(paths(&[wrong, right], "V-1 is booked for 4 June."), ["settled"]);
    // Another order is no correction.
    let other = ("visit.book", r#"{"day": "2026-07-09", "people": 5}"#, DONE);
    assert_eq!(paths(&[wrong, other], "V-1 is booked for 4 June."), ["told"]);
}

#[test]
fn a_rejection_that_is_told_or_asked_about_harms_nobody() {
    let wrong = ("visit.book", r#"{"day": "4 June", "people": 2}"#, REJECTED);
    for told in [
        "The booking was rejected because of the date.",
        "La reserva no se ha podido hacer.",
        "Which year do you mean?",
    ] {
        assert_eq!(paths(&[wrong], told), ["settled"], "{told}");
    }
    assert_eq!(paths(&[wrong], "Your visit is booked for 4 June."), ["told"]);
    assert_eq!(paths(&[wrong], "Der Besuch ist gebucht."), ["told"]);
}

#[test]
fn the_same_fault_again_stays_one() {
    let wrong = ("visit.book", r#"{"day": "4 June", "people": 2}"#, REJECTED);
    assert!(paths(&[wrong, wrong], "The booking was rejected because of the date.").contains(&"told"));
}
