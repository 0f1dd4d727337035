//! Small sessions, one for each way to see a value without a source and for each way to have one.

use super::FabricatedIdentifier;
use crate::detectors::Detector;
use crate::test_support::{turn, with_session};
use serde_json::json;

/// The rule path and the quote of every flag.
fn flags(user: &str, calls: &[(&str, &str, &str)], said: &str) -> Vec<(&'static str, String)> {
    with_session(&turn(user, calls, said), |session| {
        let report = FabricatedIdentifier.run(session);
        report.findings.iter().map(|f| (f.path, f.quote().map_or("", |q| q.text()).to_owned())).collect()
    })
}

fn one(path: &'static str, quote: &str) -> Vec<(&'static str, String)> {
    vec![(path, quote.to_owned())]
}

#[test]
fn each_way_has_a_path_of_its_own() {
    let pay = |to: &str| {
        let arguments = json!({"recipient_id": to, "note": "rent"}).to_string();
        flags(
            "Pay my landlord, account US13FFFF0000111122.",
            &[("send_payment", &arguments, r#"{"ok": true}"#)],
            "Done.",
        )
    };
    assert_eq!(pay("US13FFFF0000111123"), one("argument", "US13FFFF0000111123"));
    assert!(pay("US13FFFF0000111122").is_empty());
    let look = [("get_desk", r#"{"desk": "north"}"#, r#"{"desk": "north", "free": true, "fee": 12.5}"#)];
    let told = |said: &str| flags("Is the north desk free?", &look, said);
    assert_eq!(told("Yes. Your confirmation number is QX-1189."), one("reference", "QX-1189"));
    assert_eq!(told("Yes, on floor QX-1189."), one("id", "QX-1189"));
    assert_eq!(told("Yes, write to ana@desks.example."), one("contact", "ana@desks.example"));
    assert_eq!(told("Yes, it is $13.75."), one("amount", "$13.75"));
    assert_eq!(told("Yes: 3 x $12.50 = $38.50."), one("arithmetic", "38.50"));
    assert!(told("Yes, it is $12.50.").is_empty());
}

#[test]
fn an_address_made_of_known_names_is_a_guess() {
    let call = [("send_mail", r#"{"to": "ines.holt@corbel.example"}"#, r#"{"ok": true}"#)];
    let found = flags("Write to Ines Holt of Corbel.", &call, "Sent.");
    assert_eq!(found, one("guessed-address", "ines.holt@corbel.example"));
}

#[test]
fn what_a_tool_carried_out_counts_as_seen() {
    let done = [("create_sheet", r#"{"title": "plan-88214", "limit": 77.35}"#, r#"{"ok": true}"#)];
    assert!(flags("Make a sheet.", &done, "The sheet plan-88214 has a limit of $77.35.").is_empty());
}

#[test]
fn several_records_may_be_added_up_and_changed() {
    let orders = [
        ("get_order", r#"{"order": "A1"}"#, r#"{"total": 102}"#),
        ("get_order", r#"{"order": "A2"}"#, r#"{"total": 206}"#),
        ("get_order", r#"{"order": "A3"}"#, r#"{"total": 1605}"#),
    ];
    assert!(flags("What do A1, A2 and A3 cost together?", &orders, "Together they cost $1,913.").is_empty());
    assert_eq!(
        flags("What do A1, A2 and A3 cost together?", &orders, "Together they cost $1,931."),
        one("amount", "$1,931")
    );
    let rent =
        [("read_letter", "{}", "The rent rises by 60.00 in June."), ("list_orders", "{}", "- id: 3\n  amount: 840.0")];
    assert!(flags("Adapt my rent.", &rent, "It is $900.00 from June on.").is_empty());
}

#[test]
fn in_code_only_references_are_looked_at() {
    let shell = [("bash", r#"{"command": "git log"}"#, "3f9c2d7a41 Drop manifest cache")];
    let told = |said: &str| flags("which commit broke it?", &shell, said);
    assert_eq!(told("It was commit `3f9d2c7a41`."), one("coding-reference", "3f9d2c7a41"));
    assert_eq!(told("I opened PR #482 for it."), one("coding-reference", "482"));
    assert!(told("It was commit 3f9c2d7. See ISO-27001, FY2023, $31.20 and ZX-88213.").is_empty());
    assert!(told("For example commit `deadbee1`.").is_empty());
}

#[test]
fn what_rows_columns_and_rates_give_is_no_invention() {
    let stock = "item,qty,unit\nscrews,300,0.25\nbolts,40,1.50";
    let calls = [("stock_get", "{}", stock)];
    assert!(flags("What is the stock worth?", &calls, "Screws $75.00 and bolts $60.00, so $135.00 in all.").is_empty());
    assert_eq!(flags("What is the stock worth?", &calls, "It is worth $153.00."), one("amount", "$153.00"));
    let rated = "Value it in EUR, 1 USD = 0.85 EUR.";
    assert!(flags(rated, &calls, "That is $135.00, or 114.75 EUR.").is_empty());
    assert_eq!(flags(rated, &calls, "That is $135.00, or 141.75 EUR."), one("amount", "141.75 EUR"));
    let bills = r#"{"bills": [{"units": 90, "sum": 27.0}, {"units": 110, "sum": 35.0}]}"#;
    let calls = [("bills_get", "{}", bills)];
    assert!(flags("And per unit?", &calls, "$62.00 for 200 units, so $0.31 per unit.").is_empty());
    assert!(
        flags("Quanto custa?", &[("get", "{}", r#"{"diaria": 310}"#)], "São 4 diárias: 4 × R$ 310 = R$ 1.240.")
            .is_empty()
    );
}
