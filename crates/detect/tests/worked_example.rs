//! The example that the product is explained with, and sessions that no detector may stumble over.

use hindcast_detect::detectors::{ALL, run_all};
use hindcast_detect::finding::{Basis, Finding, Outcome, RestsOn};
use hindcast_detect::{Contracts, Session};
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;
use serde_json::{Value, json};

fn findings(doc: &Value) -> Vec<Finding> {
    let reading = read(&[Evidence::new("t.json", doc.to_string().into_bytes())]).expect("reads");
    let contracts = Contracts::default();
    reading.sessions.iter().flat_map(|t| run_all(&Session::new(t, &contracts))).flat_map(|(_, r)| r.findings).collect()
}

/// Findings and leads.
fn flags(doc: &Value) -> Vec<Finding> {
    let reading = read(&[Evidence::new("t.json", doc.to_string().into_bytes())]).expect("reads");
    let contracts = Contracts::default();
    let reports = reading.sessions.iter().flat_map(|t| run_all(&Session::new(t, &contracts)));
    reports.flat_map(|(_, r)| r.flags().cloned().collect::<Vec<_>>()).collect()
}

fn refund(result: &str, answer: &str) -> Value {
    json!({"messages": [
        {"role": "user", "content": "refund my charge"},
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{\"charge_id\": \"ch_1\"}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": result},
        {"role": "assistant", "content": answer},
    ]})
}

#[test]
fn pending_read_as_processed_is_the_one_finding() {
    let found =
        findings(&refund(r#"{"status":"pending"}"#, "Your refund has been processed. You will see it shortly."));
    assert_eq!(found.len(), 1, "{found:#?}");
    let finding = &found[0];
    assert_eq!(finding.detector, "completion-not-terminal");
    assert_eq!(finding.outcome, Outcome::Unmitigated);
    assert!(matches!(finding.rests_on, RestsOn::Assumption(_)));
    let quotes: Vec<_> =
        finding.bases().filter_map(|b| if let Basis::Quote(c) = b { Some(c.text()) } else { None }).collect();
    assert_eq!(quotes, ["has been processed", r#""status":"pending""#]);
    assert_eq!(finding.considered.len(), 1);
}

#[test]
fn the_same_call_done_refused_or_told_honestly() {
    assert!(findings(&refund(r#"{"status":"completed"}"#, "Your refund has been processed.")).is_empty());
    assert!(
        findings(&refund(r#"{"status":"pending"}"#, "Your refund has been requested and is still pending.")).is_empty()
    );
    let refused = flags(&refund("Error: card expired", "Your refund has been processed."));
    assert_eq!(refused.iter().map(|f| f.detector).collect::<Vec<_>>(), ["error-ignored"]);
}

#[test]
fn an_identifier_may_stand_on_a_picture_that_nobody_read() {
    let invented = |parts: Value| {
        let doc = json!({"messages": [
            {"role": "user", "content": parts},
            {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "cancel_order", "arguments": "{\"order_id\": \"ORD-48213-XQ\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "{\"status\":\"cancelled\"}"},
        ]});
        flags(&doc).iter().any(|f| f.detector == "fabricated-identifier")
    };
    let words = json!({"type": "text", "text": "Cancel what is on this slip"});
    assert!(invented(json!([words])));
    assert!(!invented(json!([words, {"type": "image_url", "image_url": {"url": "x"}}])));
}

proptest! {
    /// Whatever stands in a trace: no panic, and every quote is where it says.
    #[test]
    fn nothing_stumbles(parts in prop::collection::vec((0u8..4, "(?s)[ -~\u{a0}-\u{2030}\n]{0,80}|I've (sent|paid) [a-z0-9#\", ]{0,20}|\\{\"status\": ?\"[a-z]{0,8}\"[}]?"), 0..12)) {
        let messages: Vec<Value> = parts.iter().enumerate().map(|(i, (kind, text))| match kind {
            0 => json!({"role": "user", "content": text}),
            1 => json!({"role": "assistant", "content": text}),
            2 => json!({"role": "assistant", "content": text, "tool_calls": [{"id": format!("c{i}"), "function": {"name": "send_x", "arguments": text}}]}),
            _ => json!({"role": "tool", "tool_call_id": format!("c{}", i.saturating_sub(1)), "content": text}),
        }).collect();
        let doc = json!({"messages": messages});
        if let Ok(reading) = read(&[Evidence::new("t.json", doc.to_string().into_bytes())]) {
            let contracts = Contracts::default();
            for trace in &reading.sessions {
                let session = Session::new(trace, &contracts);
                for detector in ALL {
                    detector.run(&session);
                }
            }
        }
    }
}
