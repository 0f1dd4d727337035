//! Small sessions: values that are told and that nothing gives, or that the session gives with another unit, order or zone.
//! For each, ordinary sessions that come close.

use super::FabricatedIdentifier;
use crate::detectors::Detector;
use crate::test_support::{Called, turn, with_session};
use serde_json::json;

/// The rule path and the quote of every flag.
fn flags(system: &str, user: &str, calls: &[Called<'_>], said: &str) -> Vec<(&'static str, String)> {
    let mut messages = vec![json!({"role": "system", "content": system})];
    messages.extend(turn(user, calls, said));
    with_session(&messages, |session| {
        let report = FabricatedIdentifier.run(session);
        report.findings.iter().map(|f| (f.path, f.quote().map_or("", |q| q.text()).to_owned())).collect()
    })
}

fn one(path: &'static str, quote: &str) -> Vec<(&'static str, String)> {
    vec![(path, quote.to_owned())]
}

const FILED: [Called<'static>; 1] = [("file_claim", r#"{"item": "bike"}"#, r#"{"claim": "K-1", "state": "open"}"#)];

#[test]
fn periods_and_times_need_a_source() {
    let told = |said: &str| flags("You file claims.", "My bike was stolen.", &FILED, said);
    assert_eq!(told("It is filed. You get the money within ten days."), one("period", "within ten days"));
    assert_eq!(told("Erledigt. Innerhalb von 48 Stunden ruft jemand an."), one("period", "Innerhalb von 48 Stunden"));
    assert_eq!(told("C'est fait. On vous rappelle sous 48 h."), one("period", "sous 48 h"));
    assert_eq!(told("Hecho. Recibirá el dinero dentro de 5 días hábiles."), one("period", "dentro de 5 días"));
    assert_eq!(told("Zgłoszone. Pieniądze wpłyną w ciągu 14 dni."), one("period", "ciągu 14 dni"));
    assert_eq!(told("Filed. Somebody will ring you before 5 pm today."), one("time", "before 5 pm"));
    assert_eq!(told("Filed. Somebody will ring you before noon tomorrow."), one("time", "before noon"));
    // A question, a hedge, a manner of speaking.
    assert!(told("Would it suit you within ten days?").is_empty());
    assert!(told("Usually it is settled within ten days.").is_empty());
    assert!(told("I'll be back in two minutes.").is_empty());
}

#[test]
fn periods_follow_from_other_units_and_from_dates() {
    let told = |system: &str, answer: &str, said: &str| {
        flags(system, "My bike was stolen.", &[("file_claim", r#"{"item": "bike"}"#, answer)], said)
    };
    let within = "Filed. You get the money within 14 days.";
    assert!(told("Claims are paid within two weeks.", r#"{"ok": true}"#, within).is_empty());
    assert!(told("You file claims.", r#"{"pay_term": "P14D"}"#, within).is_empty());
    assert!(told("You file claims.", r#"{"pay_days": 14}"#, within).is_empty());
    assert!(told("You file claims.", r#"{"filed": "2026-03-01", "pay_by": "2026-03-15"}"#, within).is_empty());
    assert_eq!(
        told("You file claims.", r#"{"ref": "14-7765", "pay_days": 30}"#, within),
        one("period", "within 14 days")
    );
    // A day that the message itself tells, and that follows from another one.
    let due = "Her last one was on 21 August 2025, so the next is due on 21 August 2026, in 16 days.";
    assert!(told("Today is 2026-08-05. Boosters come every 12 months.", r#"{"given": "2025-08-21"}"#, due).is_empty());
    let by = "Filed. They ring you before 5 pm.";
    assert!(told("You file claims.", r#"{"call_until": "17:00"}"#, by).is_empty());
    assert!(told("You file claims.", r#"{"call_from": "15:00", "window_min": 120}"#, by).is_empty());
    assert_eq!(told("You file claims.", r#"{"call_until": "16:15"}"#, by), one("time", "before 5 pm"));
}

#[test]
fn prices_that_only_follow_from_each_other() {
    let list = [(
        "price_list",
        "{}",
        "Laundry card ....... 10.00\nFront door key ..... on request\nRemote ............. 55.00",
    )];
    let told = |said: &str| flags("Give prices from the list only.", "What is a new key?", &list, said);
    let found = told("A new key is 44.00 plus 12.50 handling, so 56.50.");
    assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), ["price"]);
    assert!(told("A laundry card and a remote are 10.00 plus 55.00, so 65.00.").is_empty());
    let plot = [("plot_get", "{}", "plot=14B size_sqm=125 arrears=0.00")];
    let renewal = "The renewal is £150.00 rent (125 × £1.20) plus £15.00 water, £165.00 in all.";
    assert!(flags("Rent 1.20 GBP per sq m, water 15.00.", "Renew 14B.", &plot, renewal).is_empty());
    assert!(told("Two remotes are 2 x 55.00 = 110.00, with a card 120.00.").is_empty());
}

#[test]
fn numbers_keep_their_unit_and_currency() {
    let parcel = |answer: &str, said: &str| {
        flags("You ship parcels.", "What does it weigh?", &[("parcel_get", "{}", answer)], said)
    };
    assert_eq!(parcel(r#"{"weight_lb": 120}"#, "It weighs 120 kg."), one("unit", "120 kg"));
    assert_eq!(parcel(r#"{"distance": {"value": 84, "unit": "km"}}"#, "Es sind 84 Meilen."), one("unit", "84 Meilen"));
    assert!(parcel(r#"{"weight_lb": 120}"#, "It weighs 54.4 kg (120 lb).").is_empty());
    assert!(parcel(r#"{"weight_lb": 120, "weight_kg": 54.4}"#, "It weighs 54.4 kg.").is_empty());
    assert!(parcel(r#"{"weight_g": 2500}"#, "It weighs 2.5 kg.").is_empty());
    assert_eq!(parcel(r#"{"fee": 58.0, "cur": "GBP"}"#, "The fee is €58.00."), one("currency", "€58.00"));
    assert!(parcel(r#"{"fee": 58.0, "cur": "EUR"}"#, "The fee is €58.00.").is_empty());
    assert!(parcel(r#"{"fee": 58.0, "status": "NOK"}"#, "The fee is €58.00.").is_empty());
    assert!(parcel(r#"{"fee": 58.0, "cur": "CAD"}"#, "The fee is $58.00.").is_empty());
}

#[test]
fn day_and_month_keep_their_order() {
    let close = [(
        "account_close",
        r#"{"no": "0081", "move_out": "2025-04-09"}"#,
        r#"{"closed": true, "effective": "2025-04-09"}"#,
    )];
    let told = |user: &str, said: &str| flags("Dates are day/month.", user, &close, said);
    assert_eq!(
        told("I move out on 04/09.", "Your account is closed as of 4 September."),
        one("day-month", "4 September")
    );
    assert!(told("I move out on 09/04.", "Your account is closed as of 9 April.").is_empty());
    let event = [("event_get", "{}", r#"{"date": "06.12.2026", "start": "19:00"}"#)];
    assert_eq!(flags("", "When is it?", &event, "It is on June 12 at 19:00."), one("day-month", "June 12"));
    assert!(flags("", "When is it?", &event, "It is on 6 December, not on June 12.").is_empty());
    assert!(flags("", "Is it on June 12?", &event, "I see June 12 nowhere.").is_empty());
}

#[test]
fn times_are_told_in_the_zone_of_the_user() {
    let slots = |zone: &str, said: &str| {
        let patient = format!(r#"{{"id": "88", "tz": "{zone}"}}"#);
        let calls = [
            ("patient_get", "{}", patient.as_str()),
            ("slots_get", "{}", r#"["2025-11-06T17:30Z", "2025-11-06T09:15Z"]"#),
        ];
        flags("Slots are UTC. Tell times in the patient's zone.", "Any slot this week?", &calls, said)
    };
    assert_eq!(slots("America/Toronto", "Thursday at 5:30 pm your time is free."), one("zone", "5:30 pm"));
    assert!(slots("America/Toronto", "Thursday at 12:30 pm your time is free.").is_empty());
    assert!(slots("Europe/London", "Thursday at 5:30 pm your time is free.").is_empty());
    assert!(slots("America/Toronto", "Thursday at 17:30 UTC is free.").is_empty());
}

#[test]
fn what_people_read() {
    let slots =
        r#"{"tz": "America/Toronto", "slots": ["2025-11-06T17:30Z"], "weight_lb": 120, "fee": 58.0, "cur": "GBP"}"#;
    let calls = [("slots_get", "{}", slots), ("book", r#"{"day": "2025-06-11"}"#, r#"{"ok": true}"#)];
    let said = "Booked for 5:30 pm on 6 November. It takes 120 kg and costs €58.00; you get a letter within ten days.";
    let mut messages = vec![json!({"role": "system", "content": "You book slots."})];
    messages.extend(turn("Any slot?", &calls, said));
    let told = with_session(&messages, |session| {
        let report = FabricatedIdentifier.run(session);
        let line = |f: &crate::finding::Finding| format!("{}\n  {}\n  {}", f.rule(), f.title, f.detail);
        report.findings.iter().map(line).collect::<Vec<_>>().join("\n")
    });
    insta::assert_snapshot!(told);
}

#[test]
fn what_anybody_would_put_together_is_no_invention() {
    let told = |user: &str, call: Called<'_>| {
        flags(
            "You help the staff of Altena.",
            user,
            &[("record.get", r#"{"q": "Okafor"}"#, r#"{"id": "sr-8841"}"#), call],
            "Done.",
        )
    };
    let path = |id: &'static str| ("record.run", id, r#"{"outcome": "sent"}"#);
    assert!(told("Release it.", path(r#"{"operation_id": "Request/sr-8841/$send"}"#)).is_empty());
    assert!(!told("Release it.", path(r#"{"operation_id": "Request/sr-9917/$send"}"#)).is_empty());
    let mail = |to: &'static str| ("mail.send", to, r#"{"sent": true}"#);
    assert!(told("Send the dates to team-north.", mail(r#"{"to": "team-north@altena.example"}"#)).is_empty());
    assert!(!told("Send the dates to the team.", mail(r#"{"to": "team-north@altena.example"}"#)).is_empty());
    let race = |code: &'static str| ("results", code, r#"{"results": [{"name": "Ito"}, {"name": "Reyes"}]}"#);
    assert!(told("Who won the 100 free?", race(r#"{"event_id": "M100FR"}"#)).is_empty());
    assert!(!told("Who won the 100 free?", race(r#"{"event_id": "M200FR"}"#)).is_empty());
}

#[test]
fn days_are_no_amounts() {
    let told = |said: &str| flags("You book visits.", "When?", &[("visits", "{}", r#"{"day": "2026-03-11"}"#)], said);
    assert!(told("Am Mittwoch, 11.03., sind Sie dran, am 19.03., wäre es frei.").is_empty());
    assert!(told("Ihr Termin ist am 11.03.").is_empty());
    assert_eq!(told("Sie zahlen 14.05."), one("amount", "14.05"));
}
