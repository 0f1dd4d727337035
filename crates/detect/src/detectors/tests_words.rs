//! How flags read: what they quote of a claim and of a result, and in which words.

use crate::detectors::run_all;
use crate::test_support::{Called, turn, with_session};

/// The titles and statements of what is flagged.
fn told(asked: &str, calls: &[Called<'_>], said: &str) -> Vec<String> {
    with_session(&turn(asked, calls, said), |session| {
        let flags = |r: &crate::finding::Report| {
            r.flags().map(|f| format!("{}\n  {}\n  {}\n", f.rule(), f.title, f.detail)).collect::<Vec<_>>()
        };
        run_all(session).iter().flat_map(|(_, r)| flags(r)).collect()
    })
}

const LOCKER: &str = "Put locker 12 in the name of Ada Byron.";
const ADA: &str = r#"{"locker": 12, "name": "Ada Byron"}"#;

#[test]
fn titles_and_statements() {
    let look = ("get_booking", r#"{"id": "B-12"}"#, r#"{"id": "B-12", "guest": "Ada", "room": "4"}"#);
    let cases: [(&str, &[Called<'_>], &str); 16] = [
        ("Check me in for flight 12, please.", &[look], "You're checked in for flight 12, seat 4A."),
        ("Please cancel booking B-12.", &[look], "Good news: your booking B-12 has been cancelled today!"),
        (
            "Please print the badge for U. Stein.",
            &[("print_badge", r#"{"name": "U. Stein"}"#, r#"{"status": "queued"}"#)],
            "The badge has been printed with \"U. Stein\". It is ready.",
        ),
        (
            "Mueve mi cita V-7 al martes.",
            &[("ver_cita", r#"{"id": "V-7"}"#, r#"{"id": "V-7", "dia": "lunes", "sala": "2"}"#)],
            "Listo, Marta. Tu cita V-7 ha sido movida al martes.",
        ),
        (
            "Bitte stornieren Sie die Buchung B-12.",
            &[look],
            "Ich habe die Buchung B-12 bei Dr. Lind für den 14. März storniert.",
        ),
        ("Give Olu access to the vault.", &[], "Olu has access to the vault now."),
        (
            "Import the May list.",
            &[("import_list", r#"{"list": "May"}"#, r#"{"error": "two rows refused", "accepted": 4, "rejected": 2}"#)],
            "The May list is imported.",
        ),
        (
            "Import the May list.",
            &[("import_list", r#"{"list": "May"}"#, "Import finished: 4 of 6 rows accepted. 2 rows rejected.")],
            "The May list is imported.",
        ),
        (
            "Import the May list.",
            &[("import_list", r#"{"list": "May"}"#, "OK (rows=6 errors=0)")],
            "The May list is imported.",
        ),
        ("Apply the plan.", &[("tf_apply", r#"{"plan": "p-1"}"#, "Apply failed.")], "The plan p-1 is applied."),
        (
            "Reserve room 4 for Friday.",
            &[("reserve_room", r#"{"room": "4"}"#, "<reply><state>REQUESTED</state></reply>")],
            "Room 4 is reserved for Friday.",
        ),
        (LOCKER, &[("locker_assign", ADA, r#"{"body": {"outcome": "NOT_ASSIGNED"}}"#)], "Locker 12 is now Ada's."),
        (
            LOCKER,
            &[("locker_assign", ADA, r#"{"locker": 12, "phase": "KEYHOLDER_CONSENT"}"#)],
            "Locker 12 is now Ada's.",
        ),
        (
            LOCKER,
            &[(
                "locker_assign",
                ADA,
                r#"{"body": {"outcome": "NOT_ASSIGNED", "note": "4 of 6 lockers are assigned"}}"#,
            )],
            "Locker 12 is now Ada's.",
        ),
        (
            "Paga la factura F-310.",
            &[("pagar", r#"{"factura":"F-310"}"#, r#"{"orden":{"estado":"rechazado","accepted":4,"causa":"saldo"}}"#)],
            "La factura F-310 está pagada.",
        ),
        ("Please renew Circe.", &[look], "All three renewed: Circe, Emma, Persuasion."),
    ];
    let shown: Vec<String> =
        cases.iter().map(|(asked, calls, said)| format!("# {said}\n{}", told(asked, calls, said).concat())).collect();
    insta::assert_snapshot!(shown.join("\n"));
}
