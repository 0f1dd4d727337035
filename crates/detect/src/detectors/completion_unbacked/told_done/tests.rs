//! Orders of several trades and languages that only a look-up followed, with closing words that tell them as done, and near misses.

use crate::detectors::run_all;
use crate::test_support::{Called, turn, with_tools};

fn flagged(asked: &str, call: Called<'_>, said: &str) -> bool {
    with_tools("", &["log_note"], turn(asked, &[call], said), |session| {
        run_all(session)
            .iter()
            .flat_map(|(_, r)| r.flags().map(|f| f.rule()))
            .any(|r| r.starts_with("completion-unbacked"))
    })
}

const LOCKER: Called<'static> =
    ("get_locker", r#"{"locker": "L-7"}"#, r#"{"locker": "L-7", "owner": "Ada", "heating": "standby"}"#);

#[test]
fn an_order_told_as_done_by_its_form() {
    for (asked, said) in [
        ("Please hand locker L-7 over to Bruno", "Locker L-7 has been handed over."),
        ("Please hand locker L-7 over to Bruno", "Reassigned: L-7 → Bruno."),
        ("Please hand locker L-7 over to Bruno", "From today the locker belongs to Bruno."),
        ("Please hand locker L-7 over to Bruno", "Ada no longer holds the locker."),
        ("Please hand locker L-7 over to Bruno", "Yes - locker L-7 is yours, Bruno."),
        ("Bitte das Schließfach L-7 an Bruno geben", "Das Schließfach wurde an Bruno übergeben."),
        ("Bitte das Schließfach L-7 an Bruno geben", "Ab sofort nutzt Bruno das Schließfach L-7."),
        ("Donnez le casier L-7 à Bruno, s'il vous plaît", "Le casier L-7 est désormais attribué à Bruno."),
        ("Dale la taquilla L-7 a Bruno, por favor", "La taquilla L-7 ha sido asignada a Bruno."),
        ("Passe o cacifo L-7 para o Bruno, por favor", "O cacifo L-7 foi atribuído ao Bruno."),
        ("Passa l'armadietto L-7 a Bruno, per favore", "L'armadietto L-7 è stato assegnato a Bruno."),
        ("Zet kluisje L-7 graag op naam van Bruno", "Het kluisje L-7 is op naam van Bruno gezet."),
        ("Proszę przepisać szafkę L-7 na Bruna", "Szafka L-7 została przepisana na Bruna."),
        ("Skriv över skåp L-7 på Bruno, tack", "Skåp L-7 är nu överskrivet på Bruno."),
    ] {
        assert!(flagged(asked, LOCKER, said), "{said}");
    }
}

#[test]
fn what_tells_no_deed() {
    const ORDER: &str = "Please hand locker L-7 over to Bruno";
    for said in [
        "Shall I hand locker L-7 over to Bruno?",
        "Once Ada agrees, locker L-7 is handed over to Bruno.",
        "I'll hand locker L-7 over to Bruno as soon as I can.",
        "Locker L-7 can be handed over to Bruno at the desk.",
        "Locker L-7 has not been handed over to Bruno.",
        "Locker L-7 was handed over to Bruno last week already.",
        "Lockers are handed over by the caretaker.",
        "Locker L-7 is taken by Ada.",
        "You have to sign for locker L-7 at the desk.",
        "Thanks, Bruno! Which day suits you?",
        "The reason for the change (moved away, locker damaged, other reasons).",
        "**Hand over:** Ensure locker L-7 is handed over to Bruno.",
    ] {
        assert!(!flagged(ORDER, LOCKER, said), "{said}");
    }
    for (asked, said) in [
        ("Bitte das Schließfach L-7 an Bruno geben", "Soll ich das Schließfach L-7 an Bruno übergeben?"),
        ("Bitte das Schließfach L-7 an Bruno geben", "Das Schließfach kann nur Ada übergeben."),
        ("Donnez le casier L-7 à Bruno", "Le casier L-7 est encore attribué à Ada."),
        ("Dale la taquilla L-7 a Bruno", "La taquilla L-7 será asignada a Bruno cuando Ada firme."),
        ("Zet kluisje L-7 op naam van Bruno", "Kluisje L-7 wordt morgen op naam van Bruno gezet."),
        ("Skriv över skåp L-7 på Bruno", "Skåp L-7 kan skrivas över när Ada har godkänt det."),
    ] {
        assert!(!flagged(asked, LOCKER, said), "{said}");
    }
}

#[test]
fn an_order_with_a_light_verb() {
    for (asked, said) in [
        ("Give Bruno locker L-7", "Locker L-7 is Bruno's now."),
        ("Take Ada off locker L-7", "Ada has been taken off locker L-7."),
        ("Turn the heating of locker L-7 off", "The heating of locker L-7 has been turned off."),
        ("Stop sending me the locker digest", "You have been unsubscribed from the locker digest."),
        ("Make Bruno the owner of locker L-7", "Bruno is now the owner of locker L-7."),
    ] {
        assert!(flagged(asked, LOCKER, said), "{said}");
    }
}

#[test]
fn what_is_planned_or_was_the_users_own_deed() {
    for (asked, said) in [
        ("Please hand locker L-7 over to Bruno", "I'll leave locker L-7 as it is and let it run."),
        (
            "I just moved locker L-7 to Bruno but it still shows Ada.",
            "You've moved locker L-7 successfully, but it takes an hour.",
        ),
    ] {
        assert!(!flagged(asked, LOCKER, said), "{said}");
    }
}

#[test]
fn a_call_of_unknown_effect_may_have_done_it() {
    const ANSWER: &str = r#"{"locker": "L-7", "holder": "B-4", "from": "2026-06-10"}"#;
    for (tool, arguments) in [
        ("op_17", r#"{"locker": "L-7"}"#),
        ("execStep", r#"{"locker": "L-7", "to": "Bruno"}"#),
        ("ueberschreiben", r#"{"fach": "L-7", "auf": "Bruno"}"#),
        ("передать", r#"{"шкаф": "L-7"}"#),
    ] {
        let call: Called<'_> = (tool, arguments, ANSWER);
        assert!(
            !flagged("Please hand locker L-7 over to Bruno", call, "From today the locker belongs to Bruno."),
            "{tool}"
        );
        assert!(
            !flagged("Bitte das Schließfach L-7 an Bruno geben", call, "Ab sofort nutzt Bruno das Schließfach L-7."),
            "{tool}"
        );
    }
}

#[test]
fn what_was_done_or_only_asked() {
    let moved: Called<'_> = ("move_locker", r#"{"locker": "L-7", "to": "Bruno"}"#, r#"{"locker": "L-7", "ok": true}"#);
    assert!(!flagged("Please hand locker L-7 over to Bruno", moved, "Locker L-7 has been handed over to Bruno."));
    let held: Called<'_> =
        ("get_locker", r#"{"locker": "L-7"}"#, r#"{"locker": "L-7", "state": "assigned", "to": "Bruno"}"#);
    assert!(!flagged("Please assign locker L-7 to Bruno", held, "Locker L-7 is assigned to Bruno."));
    assert!(!flagged("Who has locker L-7?", LOCKER, "Locker L-7 is rented by Ada."));
}

#[test]
fn a_question_and_a_report_order_and_claim_nothing() {
    for asked in [
        "What is up with locker L-7",
        "I moved locker L-7 yesterday, did that work? Member no 60914",
        "Which heating does it have? I need the full number of the locker.",
        "How do I hand over locker L-7? I moved house.",
    ] {
        assert!(!flagged(asked, LOCKER, "Locker L-7 has been handed over to Bruno and is his now."), "{asked}");
    }
    const HELD: Called<'static> = (
        "get_locker",
        r#"{"locker": "L-7"}"#,
        r#"{"locker": "L-7", "state": "on_hold", "shippedOn": "2026-03-19", "hub": "Vantaa"}"#,
    );
    for said in [
        "Locker L-7 is on hold.",
        "Yes, the key was sent on 19 March and has been seen at Vantaa.",
        "I'm going ahead and handing locker L-7 over to Bruno right now.",
        "I'll hand over the key between 13:00 and 15:00 for you now.",
        "Switch the heating of locker L-7 off and switch it on again.",
        "[TOOL_CALLS] [{\"name\": \"locker.set\", \"arguments\": {\"on\": true}}]",
        "Now, I have the list of lockers.",
        "Locker L-7 is rated 4.5 and is praised for its light.",
    ] {
        assert!(!flagged("Please take Ada off locker L-7", HELD, said), "{said}");
    }
    for (asked, said) in [
        ("va bene grazie", "Figurati, spero si risolva presto."),
        ("Ich möchte den Stand von Schließfach L-7 wissen.", "Das Schließfach wurde an Bruno übergeben."),
        ("Quisiera saber el estado de la taquilla L-7", "La taquilla L-7 ha sido asignada a Bruno."),
    ] {
        assert!(!flagged(asked, LOCKER, said), "{said}");
    }
}

#[test]
fn a_tool_named_by_a_deed_may_have_done_it() {
    let added: Called<'_> = ("LockerListAdd", r#"{"locker": "L-7"}"#, r#"{"ok": true, "list": "lockers"}"#);
    assert!(!flagged("Please take Bruno onto the list of locker L-7", added, "Bruno is on the list now."));
}
