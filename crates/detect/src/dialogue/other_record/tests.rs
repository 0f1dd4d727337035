use super::*;
use crate::test_support::{Called, turn, with_session};
use serde_json::json;

/// The IDs of the record that was called and of the one that was meant, for the last call of the first turn that is flagged.
fn found(turns: &[(&str, &[Called<'_>], &str)]) -> Option<(String, String)> {
    let messages: Vec<_> = turns.iter().flat_map(|(asked, calls, said)| turn(asked, calls, said)).collect();
    let messages: Vec<_> = messages
        .into_iter()
        .enumerate()
        .map(|(i, mut m)| {
            // Every turn numbers its calls from 0.
            let id = |v: &serde_json::Value| json!(format!("{}-{i}", v.as_str().unwrap_or_default()));
            if let Some(call) = m.pointer_mut("/tool_calls/0/id") {
                *call = id(call);
            }
            if let Some(call) = m.get("tool_call_id").cloned() {
                m["tool_call_id"] = json!(format!("{}-{}", call.as_str().unwrap_or_default(), i - 1));
            }
            m
        })
        .collect();
    with_session(&messages, |s| {
        let talk = Talk::of(s);
        s.calls.iter().find_map(|c| talk.other(c)).map(|o| (o.used, o.meant))
    })
}

fn pair(used: &str, meant: &str) -> Option<(String, String)> {
    Some((used.to_owned(), meant.to_owned()))
}

const FLIGHTS: &str = r#"{"vols": [{"ref": "VX-118", "jour": "2026-04-02", "heure": "07:15", "prix": 129.0},
    {"ref": "VX-181", "jour": "2026-04-03", "heure": "18:40", "prix": 94.5}, {"ref": "VX-204", "jour": "2026-04-05", "heure": "18:40", "prix": 151.0}]}"#;
const TANKS: &str = "nr;naam;liter;prijs\n6631;Regenton Basic antraciet;200;49,95\n6613;Regenton Rustica eiken;240;89,95\n6640;Regenton Muur slank;300;119,00";
const PEOPLE: &str = "<lista><osoba id=\"K-5521\"><imie>Anna Wilk</imie><ur>1984-05-02</ur></osoba><osoba id=\"K-5512\"><imie>Anna Wilk</imie><ur>1984-02-05</ur></osoba></lista>";
const ROOMS: &str = "HALL-02 | Sala Norte | 40 plazas | 180,00\nHALL-03 | Sala Mirador | 60 plazas | 240,00";

#[test]
fn another_record_than_the_one_that_was_put_to_the_user() {
    let turns: [(&str, &[Called<'_>], &str); 2] = [
        (
            "Un vol pour Oslo début avril ?",
            &[("vols_chercher", "{}", FLIGHTS)],
            "Le 3 avril à 18 h 40, 94,50 € par personne. Je réserve ?",
        ),
        (
            "Oui",
            &[("vol_reserver", r#"{"ref": "VX-118", "places": 1}"#, r#"{"statut": "réservé", "dossier": "QT7"}"#)],
            "C'est réservé, dossier QT7.",
        ),
    ];
    assert_eq!(found(&turns), pair("vx-118", "vx-181"));
    let right = turns[1].1[0].1.replace("VX-118", "VX-181");
    let calls = [("vol_reserver", right.as_str(), "{}")];
    assert_eq!(found(&[turns[0], ("Oui", &calls, "C'est réservé.")]), None);
}

#[test]
fn another_record_than_the_one_that_the_user_ordered() {
    let turn = |nr: &str, said: &str| {
        let args = format!(r#"{{"nr": "{nr}", "aantal": 1}}"#);
        let ask: (&str, &[Called<'_>], &str) =
            ("Welke regentonnen heeft u?", &[("assortiment", "{}", TANKS)], "Drie: Basic, Rustica en Muur.");
        let calls = [("bestel", args.as_str(), r#"{"order": "B-91", "ok": true}"#)];
        found(&[ask, (said, &calls, "Besteld, ordernummer B-91.")])
    };
    assert_eq!(turn("6613", "Doe maar de Rustica in eiken"), None);
    // All of them were spoken of: which one is wanted, only the words say.
    assert_eq!(turn("6631", "Doe maar de Rustica in eiken"), None);
}

#[test]
fn a_namesake_was_looked_up_and_changed() {
    let first = |id: &str| format!(r#"{{"klient": "{id}"}}"#);
    let run = |id: &str, asked: &str| {
        let args = first(id);
        let calls = [
            ("szukaj", r#"{"nazwisko": "Wilk"}"#, PEOPLE),
            ("wizyty", args.as_str(), r#"{"wizyty": [{"nr": "W-70081", "lekarz": "Lis"}]}"#),
            ("przenies_wizyte", r#"{"nr": "W-70081", "termin": "2026-09-14"}"#, r#"{"stan": "ok"}"#),
        ];
        found(&[(asked, &calls, "Gotowe.")])
    };
    let asked = "Anna Wilk, ur. 5 lutego 1984. Proszę przenieść wizytę na 14 września";
    assert_eq!(run("K-5521", asked), pair("k-5521", "k-5512"));
    assert_eq!(run("K-5512", asked), None);
    assert_eq!(run("K-5521", "Anna Wilk, proszę przenieść wizytę"), None);
}

#[test]
fn the_report_tells_of_another_record() {
    let run = |said: &str| {
        let calls = [
            ("listar_salas", "{}", ROOMS),
            ("reservar_sala", r#"{"sala": "HALL-02", "dia": "2026-03-07"}"#, r#"{"ok": true, "reserva": "R-5"}"#),
        ];
        found(&[("Necesito una sala para el 7 de marzo", &calls, said)])
    };
    assert_eq!(run("Reservada la Sala Mirador, 60 plazas, 240,00 €."), None, "three words less than it takes");
    assert_eq!(run("Reservada la HALL-03, Sala Mirador, por 240,00 €."), pair("hall-02", "hall-03"));
    assert_eq!(run("Reservada la Sala Norte, 180,00 €. La Mirador cuesta 240,00 €."), None);
}

#[test]
fn what_is_ordinary_stays_quiet() {
    let flights: (&str, &[Called<'_>], &str) = (
        "Un vol pour Oslo ?",
        &[("vols_chercher", "{}", FLIGHTS)],
        "Le 3 avril à 18 h 40 pour 94,50 €, ou le 2 avril à 7 h 15 pour 129,00 €.",
    );
    let book = [("vol_reserver", r#"{"ref": "VX-118"}"#, "{\"statut\": \"réservé\"}")];
    assert_eq!(found(&[flights, ("Le moins tôt des deux ? Non, celui du matin", &book, "Réservé.")]), None);
    // One booking is changed into another.
    let list: (&str, &[Called<'_>], &str) =
        ("Vol ?", &[("vols_chercher", "{}", FLIGHTS)], "Le 3 avril à 18 h 40, 94,50 €. Je change ?");
    let swap = [("vol_changer", r#"{"de": "VX-118", "vers": "VX-181"}"#, "{\"statut\": \"ok\"}")];
    assert_eq!(found(&[list, ("Oui", &swap, "C'est fait.")]), None);
    // The tool's own answer shows that the ID is right.
    let same = [("vol_reserver", r#"{"ref": "VX-118"}"#, r#"{"jour": "2026-04-03", "prix": 94.5}"#)];
    assert_eq!(found(&[list, ("Oui", &same, "C'est fait.")]), None);
    // It failed.
    let failed = [("vol_reserver", r#"{"ref": "VX-118"}"#, r#"{"error": "not found"}"#)];
    assert_eq!(found(&[list, ("Oui", &failed, "Je n'ai pas pu.")]), None);
}

#[test]
fn records_that_were_looked_up_one_by_one() {
    let run = |id: &str, asked: &str| {
        let args = format!(r#"{{"policy": "{id}"}}"#);
        let calls = [
            (
                "get_policy",
                r#"{"policy": "PL-2207"}"#,
                r#"{"policy": "PL-2207", "car": "Volvo V60", "renews": "2026-11-03"}"#,
            ),
            (
                "get_policy",
                r#"{"policy": "PL-2270"}"#,
                r#"{"policy": "PL-2270", "car": "Skoda Fabia", "renews": "2027-01-19"}"#,
            ),
            ("cancel_policy", args.as_str(), r#"{"status": "cancelled"}"#),
        ];
        found(&[(asked, &calls, "It is cancelled.")])
    };
    assert_eq!(run("PL-2207", "Please cancel the policy of my Skoda Fabia"), pair("pl-2207", "pl-2270"));
    assert_eq!(run("PL-2270", "Please cancel the policy of my Skoda Fabia"), None);
    assert_eq!(run("PL-2207", "I keep the Skoda Fabia. Please cancel the Volvo's policy"), None);
}
