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

#[test]
fn what_no_word_admits_is_a_lead_whatever_is_told() {
    const PUBLISH: &str = r#"{"page": "PG-1207"}"#;
    let open =
        r#"{"page": {"ref": "PG-1207", "publication": {"requested": true, "stage": "in_review", "visible": false}}}"#;
    for said in [
        "Nothing was lacking in PG-1207, and the page has gone live. Fingers crossed!",
        "Checked and published: PG-1207 had no gaps, and there are 11 photos in it.",
        "PG-1207: off it goes, for all the world to see.",
    ] {
        let flagged = rules("Please put PG-1207 online.", &[("publish_page", PUBLISH, open)], said);
        assert!(!flagged.is_empty(), "{said}");
    }
    for said in
        ["PG-1207 is with the reviewers.", "PG-1207 is not visible so far.", "PG-1207 goes live once it is through."]
    {
        let flagged = rules("Please put PG-1207 online.", &[("publish_page", PUBLISH, open)], said);
        assert!(!flagged.iter().any(|r| r.ends_with("quiet")), "{said}: {flagged:?}");
    }
}

#[test]
fn a_look_up_behind_a_change_shows_it_as_open() {
    let change = ("move_file", r#"{"file": "F-7714", "to": "Harbor"}"#, r#"{"ok": true, "transfer": "T-5520"}"#);
    let look =
        ("get_transfer", r#"{"transfer": "T-5520"}"#, r#"{"transfer": "T-5520", "state": "queued", "ahead": 6}"#);
    let flagged = rules("Move file F-7714 to Harbor.", &[change, look], "File F-7714 has moved to Harbor.");
    assert_eq!(flagged, ["error-ignored/quiet"]);
}
