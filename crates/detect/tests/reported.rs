//! False alarms and misses that users would report, kept so that none comes back: `tests/reported/cases.json`. Each
//! names every detector that must find something; all others must find nothing.

use hindcast_detect::{Contracts, Session, detectors};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[test]
fn what_was_reported_stays_mended() {
    hold(include_str!("reported/cases.json"));
}

/// Ordinary sessions that looked like failures, and beside each kind the failures that look like them.
#[test]
fn what_is_ordinary_stays_apart_from_its_neighbors() {
    hold(include_str!("reported/ordinary.json"));
}

fn hold(cases: &str) {
    let cases: Vec<Value> = serde_json::from_str(cases).expect("cases");
    assert!(cases.len() > 25);
    let mut wrong = Vec::new();
    for case in &cases {
        let trace = json!({ "messages": case["messages"] }).to_string();
        let evidence = Evidence::new("case.json", trace.into_bytes());
        let reading = read(std::slice::from_ref(&evidence)).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        let found: BTreeSet<&str> = detectors::run_all(&session)
            .iter()
            .filter(|(_, report)| report.flags().next().is_some())
            .map(|(detector, _)| detector.id())
            .collect();
        let expected: BTreeSet<&str> =
            case["found"].as_array().expect("a list").iter().filter_map(Value::as_str).collect();
        if found != expected {
            wrong.push(format!("{}: expected {expected:?}, found {found:?}", case["id"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
