use super::*;
use hindcast_trace::json::parse_lenient;

fn kinds(json: &str) -> Vec<(Kind, String)> {
    let (doc, _) = parse_lenient(json.as_bytes()).expect("JSON");
    in_arguments(doc.root()).into_iter().map(|(k, v)| (k, v.raw().into_owned())).collect()
}

#[test]
fn arguments_that_need_a_source() {
    assert_eq!(
        kinds(r#"{"order_id": "7741298", "attendees": [{"email": "jo@halden.com"}]}"#)
            .iter()
            .map(|k| k.0)
            .collect::<Vec<_>>(),
        [Kind::Id, Kind::Email]
    );
    assert_eq!(kinds(r#"{"url": "https://a.example/x"}"#)[0].0, Kind::Url);
    assert_eq!(kinds(r#"{"number": "INV-1043"}"#)[0].0, Kind::Id);
}

#[test]
fn arguments_that_do_not() {
    assert!(kinds(r#"{"idempotency_key": "6f1c2b1e-7d0a-4c55-9a57-2f60b6c1d9aa", "amount": 25000, "date": "2025-05-06", "username": "rosei-guest7", "body": "call A1234"}"#).is_empty());
    assert!(kinds(r#"{"origin": "LIS", "expression": "54.04 + 1000"}"#).is_empty());
}
