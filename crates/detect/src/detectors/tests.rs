//! Which operation a claim is held against, seen through the detectors that ask.

use crate::detectors;
use crate::finding::Answer;
use crate::session::Session;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};
use serde_json::json;

fn answers(calls: &[(&str, &str, &str)], said: &str) -> (Answer, Answer) {
    let mut messages = vec![json!({"role": "user", "content": "please do that"})];
    for (i, (name, arguments, result)) in calls.iter().enumerate() {
        let id = format!("c{i}");
        let function = json!({"name": name, "arguments": arguments});
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]}));
        messages.push(json!({"role": "tool", "tool_call_id": id, "content": result}));
    }
    messages.push(json!({"role": "assistant", "content": said}));
    let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    let of = |id: &str| {
        let detector = detectors::ALL.iter().find(|d| d.id() == id).expect("a detector");
        detector.run(&session).answer()
    };
    (of("completion-not-terminal"), of("completion-unbacked"))
}

#[test]
fn each_of_two_operations_is_held_against_its_own_status() {
    let refunds = [
        ("refund", r#"{"charge_id":"ch_1"}"#, r#"{"status":"completed"}"#),
        ("refund", r#"{"charge_id":"ch_2"}"#, r#"{"status":"pending"}"#),
    ];
    let right = "The refund for ch_1 has been processed. The refund for ch_2 is still pending.";
    assert_ne!(answers(&refunds, right).0, Answer::Found);
    assert_eq!(answers(&refunds, "The refund for ch_2 has been processed.").0, Answer::Found);
    let bookings = [
        ("cancel_booking", r#"{"id":"B-1"}"#, r#"{"status":"cancelled"}"#),
        ("cancel_booking", r#"{"id":"B-2"}"#, r#"{"status":"failed"}"#),
    ];
    let right = "B-1 has been cancelled, but B-2 could not be cancelled because it is locked.";
    assert_ne!(answers(&bookings, right).0, Answer::Found);
    assert_eq!(answers(&bookings, "B-2 has been cancelled.").0, Answer::Found);
}

#[test]
fn what_a_look_up_says_backs_a_claim() {
    let done = [("get_refund", r#"{"id":"re_1"}"#, r#"{"id":"re_1","status":"completed"}"#)];
    assert_ne!(answers(&done, "Your refund has been processed.").1, Answer::Found);
    let open = [("get_refund", r#"{"id":"re_1"}"#, r#"{"id":"re_1","status":"unknown"}"#)];
    assert_eq!(answers(&open, "I have refunded your charge.").1, Answer::Found);
}
