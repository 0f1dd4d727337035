use crate::outcome::failure::{Kind, of};
use crate::outcome::status::Standing;
use crate::test_support::{turn, with_session};

/// What kind of failure an answer tells, and the words.
fn told(tool: &str, arguments: &str, answer: &str) -> Option<(Kind, String)> {
    with_session(&turn("Go on.", &[(tool, arguments, answer)], "Done."), |session| {
        let failure = of(&session.calls[0])?;
        Some((failure.kind, failure.cite.map(|c| c.text().to_owned()).unwrap_or_default()))
    })
}

#[test]
fn shapes_that_tell_a_failure() {
    for (answer, words) in [
        (r#"<antwoord status="geweigerd" reden="vol"/>"#, r#"status="geweigerd""#),
        (r#"<reply success="0"><why>slot gone</why></reply>"#, r#"success="0""#),
        ("<r><resultat>refusé</resultat><motif>délai</motif></r>", "<resultat>refusé</"),
        ("status: NOK\nreason: bay 4 in use", "status: NOK"),
        ("wynik=odrzucono kod=17", "wynik=odrzucono"),
        ("utfall: nekad", "utfall: nekad"),
        ("rc=8 slot gone", "rc=8 slot gone"),
        ("NOK 17 bay in use", "NOK 17 bay in use"),
        ("REJECTED - hall is full", "REJECTED - hall is full"),
        ("ABGELEHNT: Saal belegt\nSaal 4", "ABGELEHNT: Saal belegt"),
        ("KO|S07|aula non libera", "KO|S07|aula non libera"),
    ] {
        let found = told("move_lesson", r#"{"lesson": 4}"#, answer);
        assert!(
            found
                .as_ref()
                .is_some_and(|(_, said)| said == words || words.starts_with(said.as_str()) && !said.is_empty()),
            "{answer}: {found:?}"
        );
    }
}

#[test]
fn data_and_success_tell_none() {
    for (tool, arguments, answer) in [
        // A record that was looked up.
        ("get_order", r#"{"order": "A-1"}"#, r#"<order id="A-1" status="REJECTED"/>"#),
        ("find_claims", "{}", "REJECTED\nC-1 storm\nC-2 fire"),
        // What was ordered.
        ("reject_claim", r#"{"claim": "C-1"}"#, r#"<claim id="C-1" status="rejected"/>"#),
        ("set_state", r#"{"claim": "C-1", "state": "declined"}"#, "state: declined"),
        // What worked.
        ("move_lesson", "{}", r#"<reply success="1" error=""/>"#),
        ("move_lesson", "{}", "status: OK errors: 0"),
        ("move_lesson", "{}", "rc=0"),
        ("move_lesson", "{}", "stan: wykonano, blad: brak"),
        ("move_lesson", "{}", "FULL REFUND of 4.00 booked"),
        ("move_lesson", "{}", "OK 200"),
        ("move_lesson", "{}", "Moved to Hall 4, note: was full before"),
    ] {
        assert_eq!(told(tool, arguments, answer), None, "{tool}: {answer}");
    }
}

#[test]
fn what_is_open_is_told_by_the_same_shapes() {
    let open = |answer: &str| {
        with_session(&turn("Go on.", &[("move_lesson", "{}", answer)], "Done."), |session| {
            session.calls[0].status(session).standing
        })
    };
    assert_eq!(open(r#"<svar tillstand="väntar"/>"#), Standing::NonTerminal);
    assert_eq!(open("stan: oczekuje na akceptację"), Standing::NonTerminal);
    assert_ne!(open(r#"<svar tillstand="klar"/>"#), Standing::NonTerminal);
}
