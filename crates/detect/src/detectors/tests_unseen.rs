//! Failures that values, fields and names give away in any language, each beside a near miss.

use super::tests_service::Step::{self, A, C, U};
use super::tests_service::rules;

fn has(system: &str, steps: &[Step], rule: &str) -> bool {
    rules(system, steps).iter().any(|r| r == rule)
}

const DESK: &str = "You serve the customers of a desk.";

#[test]
fn an_answer_may_complain_of_a_field() {
    const AGAIN: &str = "repeated-failing-call/vocabulary";
    let tried = |tool: &'static str, arguments: &'static str, answer: &'static str| {
        let call = || C(tool, arguments, answer);
        let steps = [U("Send it in."), call(), call(), call(), A("It is not taken at the moment.")];
        has(DESK, &steps, AGAIN)
    };
    let send = r#"{"account": "77-1", "value": 915}"#;
    assert!(tried("submit_count", send, r#"{"code": 4102, "field": "serial", "detail": "mandatory"}"#));
    assert!(tried("envoyer_releve", send, r#"{"champ": "periode", "motif": "absente"}"#));
    assert!(tried("register_guest", send, r#"{"type": "E7", "pointer": "/born", "message": "missing"}"#));
    assert!(!tried("submit_count", send, r#"{"code": 200, "field": "serial", "detail": "taken"}"#));
    assert!(!tried("submit_count", send, r#"{"field": "77-1", "detail": "stored"}"#));
    assert!(!tried("submit_count", send, r#"{"field": "serial", "value": "A", "detail": "x"}"#));
}

#[test]
fn an_attribute_may_have_a_status_of_http() {
    let told = |answer: &'static str, arguments: &'static str| {
        let steps = [
            U("Dienstag passt, buchen Sie bitte."),
            C("termin_buchen", arguments, answer),
            A("Der Termin am Dienstag um 9:20 Uhr ist gebucht."),
        ];
        rules("Sie sind die Assistentin einer Praxis.", &steps)
    };
    let slot = r#"{"termin": "a41"}"#;
    assert!(!told(r#"<antwort code="409"><termin id="a41"/></antwort>"#, slot).is_empty());
    assert!(!told(r#"<resp http="503"/>"#, slot).is_empty());
    assert!(told(r#"<antwort code="200"><termin id="a41"/></antwort>"#, slot).is_empty());
    assert!(told(r#"<antwort><termin id="a41" code="409"/></antwort>"#, slot).is_empty());
    assert!(told(r#"<antwort code="409"/>"#, r#"{"termin": "409"}"#).is_empty());
}

#[test]
fn a_code_is_turned_round_after_a_look_up() {
    let used = |asked: &'static str, looked: &'static str, result: &'static str, write: &'static str| {
        let steps = [
            U(asked),
            C("get_locker", looked, result),
            A("Found it. Shall I extend it?"),
            U("Yes please."),
            C("extend_locker", write, r#"{"ok": true}"#),
            A("Extended."),
        ];
        rules(DESK, &steps).iter().any(|r| r.starts_with("unconfirmed-write/mistyped"))
    };
    let row = r#"{"locker": "L", "holder": "Ida", "due": "2026-05-12"}"#;
    assert!(used("Please extend locker 4418-3.", r#"{"no": "4418-3"}"#, row, r#"{"no": "4481-3"}"#));
    assert!(used(
        "Extend Ida's locker.",
        r#"{"who": "Ida"}"#,
        r#"{"nr": "9021-7", "who": "Ida"}"#,
        r#"{"nr": "9012-7"}"#
    ));
    assert!(!used("Please extend locker 4418-3.", r#"{"no": "4418-3"}"#, row, r#"{"no": "4418-3"}"#));
    assert!(!used(
        "Please extend locker 4418-3.",
        r#"{"no": "4418-3"}"#,
        r#"{"now": "4481-3"}"#,
        r#"{"no": "4481-3"}"#
    ));
    assert!(!used("Extend it.", r#"{"day": "2026-05-12"}"#, row, r#"{"until": "2026-05-21"}"#));
}

#[test]
fn an_agreed_quantity_is_turned_round() {
    const TURNED: &str = "unconfirmed-write/turned-number";
    let changed = |offer: &'static str, reply: &'static str, arguments: &'static str| {
        let steps = [
            U("Lunch for the crew."),
            C("draft_order", r#"{"order": "K-3", "meat": 42, "veg": 18}"#, r#"{"order": "K-3"}"#),
            A(offer),
            U(reply),
            C("amend_order", arguments, r#"{"order": "K-3"}"#),
            A("Changed."),
        ];
        has(DESK, &steps, TURNED)
    };
    let offer = "That makes 39 with meat and 21 without, at 12:30. Shall I change the order?";
    assert!(changed(offer, "yes", r#"{"order": "K-3", "meat": 39, "veg": 12}"#));
    assert!(changed(
        "Soll ich die Bestellung auf 47 und 13 ändern?",
        "ja bitte, change it",
        r#"{"order": "K-3", "a": 47, "b": 31}"#
    ));
    assert!(!changed(offer, "yes", r#"{"order": "K-3", "meat": 39, "veg": 21}"#));
    assert!(!changed(offer, "yes but 12 without, change the order", r#"{"order": "K-3", "meat": 39, "veg": 12}"#));
    assert!(!changed(offer, "yes", r#"{"order": "K-3", "meat": 42, "veg": 81}"#));
}

#[test]
fn one_of_two_that_were_offered() {
    const SIBLING: &str = "completion-unbacked/sibling";
    let people = r#"[{"id": "d1", "name": "Noor Haddad"}, {"id": "d2", "name": "Sami Haddad"}, {"id": "d3", "name": "Lena Haddad"}]"#;
    let add = |id: &'static str| C("add_cover", id, r#"{"monthly": 18.50}"#);
    let (sami, lena) = (r#"{"dependent": "d2", "plan": "DEN"}"#, r#"{"dependent": "d3", "plan": "DEN"}"#);
    let told = |calls: &[&'static str], said: &'static str, reply: &'static str| {
        let mut steps = vec![
            U("I want my two kids on the dental plan."),
            C("list_people", "{}", people),
            A("Shall I add Sami and Lena to the dental plan?"),
            U(reply),
        ];
        steps.extend(calls.iter().map(|c| add(c)));
        steps.push(A(said));
        has(DESK, &steps, SIBLING)
    };
    assert!(told(&[sami], "That's both children on the dental plan.", "yes, both"));
    assert!(told(&[lena], "Sami and Lena are on the dental plan.", "yes please"));
    assert!(told(&[sami], "Die beiden sind jetzt im Tarif.", "ja, beide"));
    assert!(!told(&[sami, lena], "That's both children on the dental plan.", "yes, both"));
    assert!(!told(&[sami], "Sami is on the dental plan.", "yes, both"));
    assert!(!told(&[sami], "I could not add both, only the first.", "yes, both"));
}

#[test]
fn a_required_state_is_not_shown() {
    const VALUE: &str = "unconfirmed-write/required-value";
    let rule = "Lockers of the lab: only when get_clearance shows state CLEARED. Be concise.";
    let given = |system: &'static str, shown: &'static str| {
        let steps = [
            U("I need a locker in the lab, user p.ito."),
            C("get_clearance", r#"{"id": "CL-9"}"#, shown),
            C("grant_locker", r#"{"place": "L2", "user": "p.ito"}"#, "L2 | p.ito"),
            A("You have the locker."),
        ];
        has(system, &steps, VALUE)
    };
    assert!(given(rule, "CL-9 | to m.sand | REQUESTED | 13:02"));
    assert!(given(rule, r#"{"id": "CL-9", "state": "EXPIRED"}"#));
    let german = "Ein Schrank (locker) wird vergeben, wenn get_clearance den Stand FREIGEGEBEN zeigt.";
    assert!(given(german, r#"{"stand": "ANGEFRAGT"}"#));
    assert!(!given(rule, "CL-9 | to m.sand | CLEARED | 13:09"));
    assert!(!given(rule, r#"{"id": "CL-9", "note": "see desk"}"#));
    let shown = [
        U("I need a locker in the lab, user p.ito."),
        C("get_clearance", r#"{"id": "CL-9"}"#, "CL-9 | REQUESTED"),
        C("poll", r#"{"id": "CL-9"}"#, "CL-9 | CLEARED by m.sand"),
        C("grant_locker", r#"{"place": "L2", "user": "p.ito"}"#, "L2 | p.ito"),
        A("You have the locker."),
    ];
    assert!(!has(rule, &shown, VALUE));
    assert!(!given("Parcels leave only when get_clearance shows state CLEARED.", "CL-9 | REQUESTED"));
}

#[test]
fn the_second_step_was_never_taken() {
    const NEXT: &str = "completion-unbacked/next-step";
    let system = "Pour une demande: creer_demande, puis soumettre_demande après accord de l'usager.";
    let made = r#"{"id": "D-0719", "etat": "BROUILLON"}"#;
    let told = |submit: bool, said: &'static str| {
        let mut steps = vec![
            U("Le lampadaire devant chez moi clignote."),
            C("creer_demande", r#"{"type": "ECLAIRAGE"}"#, made),
            A("Un lampadaire qui clignote, c'est bien ça ?"),
            U("oui parfait allez-y"),
        ];
        if submit {
            steps.push(C("soumettre_demande", r#"{"id": "D-0719"}"#, r#"{"ok": true}"#));
        }
        steps.push(A(said));
        has(system, &steps, NEXT)
    };
    assert!(told(false, "Votre demande D-0719 est partie au service voirie."));
    assert!(told(false, "C'est fait, le service a reçu D-0719."));
    assert!(!told(true, "Votre demande D-0719 est partie au service voirie."));
    assert!(!told(false, "Votre demande D-0719 est encore un brouillon."));
    assert!(!told(false, "Votre demande D-0719 est prête. Je la soumets ?"));
}

#[test]
fn what_else_is_possible_is_passed_over() {
    const OTHER: &str = "error-ignored/alternatives";
    let no = r#"{"resultat": "NEJ", "orsak": "filial stängd", "alternativ": [{"hamtas": "BUSSEN", "tid": "ons 15-18"}, {"hamtas": "CENTRUM", "tid": "alla dagar"}]}"#;
    let told = |answer: &'static str, said: &'static str| {
        let steps = [U("Jag vill hämta boken i Viken."), C("reservera", r#"{"hamtas": "VIKEN"}"#, answer), A(said)];
        has("Du är assistent på ett bibliotek.", &steps, OTHER)
    };
    assert!(told(no, "Tyvärr, det går inte. Det finns inget sätt att få boken just nu."));
    let full = r#"{"error": "FULL", "options": ["14:30", "Thursday"]}"#;
    let english = |said: &'static str| {
        let steps = [U("Book a haircut at noon."), C("book_slot", r#"{"at": "12:00"}"#, full), A(said)];
        has(DESK, &steps, OTHER)
    };
    assert!(english("Sorry, that cannot be booked."));
    assert!(!english("Noon is not free, but Thursday is."));
    assert!(!english("Noon is not free. Would another time do?"));
    assert!(!told(no, "Tyvärr, filialen är stängd, men du kan hämta den i Centrum."));
    assert!(!told(r#"{"resultat": "NEJ", "alternativ": []}"#, "Tyvärr, det går inte."));
}

#[test]
fn the_words_of_another_code() {
    const LEGEND: &str = "completion-not-terminal/legend";
    let told = |answer: &'static str, said: &'static str| {
        has(DESK, &[U("How far is it?"), C("get_claim", r#"{"no": "7"}"#, answer), A(said)], LEGEND)
    };
    let xml = r#"<domanda><stato>INC</stato><legenda INC="in attesa di allegati" VAL="in valutazione" ACC="accolta"/></domanda>"#;
    assert!(told(xml, "La domanda è completa ed è in valutazione."));
    let json = r#"{"parcel": "P", "st": "H3", "codes": {"H1": "on the road", "H3": "held by customs"}}"#;
    assert!(told(json, "Your parcel is on the road."));
    assert!(told(
        "parcel P st K2\nK1 = delivered to a neighbor; K2 = returned to sender",
        "It was delivered to a neighbor."
    ));
    assert!(!told(xml, "Mancano gli allegati; poi sarà in valutazione."));
    assert!(!told(json, "Your parcel is held by customs, and not on the road yet."));
    assert!(!told(r#"{"rows": ["H1", "H3"], "codes": {"H1": "on the road", "H3": "held"}}"#, "One is on the road."));
}

#[test]
fn another_column_was_counted() {
    const COLUMN: &str = "wrong-count/column";
    let list = "n  who       form paid\n1  Abt, Z    y    y\n2  Bell, H   n    y\n3  Cole, O   y    y\n4  Dunn, P   n    n\n5  Ede, C    y    y";
    let told = |list: &'static str, said: &'static str| {
        has(DESK, &[U("What's the tally?"), C("roster", "{}", list), A(said)], COLUMN)
    };
    assert!(told(list, "You can say that 4 of the 5 forms are in."));
    let json = r#"[{"who": "a", "vote": "yes"}, {"who": "b", "vote": "no"}, {"who": "c", "vote": "no"}, {"who": "d", "vote": "no"}, {"who": "e", "vote": "no"}]"#;
    assert!(told(json, "3 of the 5 votes are in favor."));
    assert!(told(json, "Of 5 votes, 2 were cast in favor."));
    assert!(!told(list, "You can say that 3 of the 5 forms are in."));
    assert!(!told(list, "You can say that 4 of the 5 pupils have paid."));
    assert!(!told(json, "4 of the 5 votes are against."));
}

#[test]
fn a_figure_of_the_field_beside_it() {
    const FIELD: &str = "fabricated-identifier/sibling-field";
    let policy = r#"{"policy": "H-2", "excess": {"standard": 250, "burst_pipe": 350, "subsidence": 1000}}"#;
    let told = |peril: &'static str, said: &'static str| {
        let steps = [
            U("A pipe burst. Policy H-2."),
            C("policy", r#"{"no": "H-2"}"#, policy),
            C("open_claim", peril, r#"{"claim": "C-1"}"#),
            A(said),
        ];
        has(DESK, &steps, FIELD)
    };
    let pipe = r#"{"peril": "BURST_PIPE"}"#;
    assert!(told(pipe, "Claim C-1 is open. The excess for it is 250."));
    assert!(told(r#"{"peril": "burst-pipe"}"#, "For this claim an excess of 1000 is taken off."));
    assert!(told(r#"{"kind": "subsidence"}"#, "The excess is 250."));
    assert!(!told(pipe, "Claim C-1 is open. The excess for it is 350."));
    assert!(!told(pipe, "The standard excess is 250."));
    assert!(!told(r#"{"peril": "storm"}"#, "The excess is 250."));
}

#[test]
fn an_hour_beside_the_named_zone() {
    const HOUR: &str = "fabricated-identifier/zone-hour";
    let system = "Times are in UTC. Lima is UTC-5 all year; tell local times.";
    let told = |answer: &'static str, said: &'static str| {
        has(system, &[U("When do I go on?"), C("item", "{}", answer), A(said)], HOUR)
    };
    let at = r#"{"start": "2026-07-08T16:30:00Z", "min": 40}"#;
    assert!(told(at, "Your talk starts at 12:30, Lima time."));
    assert!(told(at, "Tu charla empieza a las 10:30."));
    assert!(told(r#"{"a": "2026-07-08T15:00:00Z", "b": "2026-07-08T18:15:00Z"}"#, "At 10:00, and then at 14:15."));
    assert!(!told(at, "Your talk starts at 11:30, Lima time."));
    assert!(!told(r#"{"start": "2026-07-08T16:30:00Z", "min": 60}"#, "It ends at 12:30."));
    assert!(!told(at, "It is from 11:30, so be there by 12:30."));
}
