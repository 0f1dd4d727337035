//! An agent that takes back what it did unasked: its repair is no second unconfirmed write, and taking back what the user
//! wanted is one.

use hindcast_detect::detectors::{ALL, Detector};
use hindcast_detect::{Contracts, Session};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};

fn call(id: &str, name: &str, arguments: Value, answer: Value) -> [Value; 2] {
    let function = json!({"name": name, "arguments": arguments.to_string()});
    [
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]}),
        json!({"role": "tool", "tool_call_id": id, "content": answer.to_string()}),
    ]
}

/// The tools of the unconfirmed writes found after the user's words and these calls.
fn unconfirmed(says: &str, calls: Vec<[Value; 2]>) -> Vec<String> {
    let mut messages = vec![json!({"role": "user", "content": says})];
    messages.extend(calls.into_iter().flatten());
    messages.push(json!({"role": "assistant", "content": "That is all."}));
    let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    let detector: &&dyn Detector = ALL.iter().find(|d| d.id() == "unconfirmed-write").expect("the detector");
    detector.run(&session).findings.into_iter().flat_map(|f| f.tools).collect()
}

fn look() -> [Value; 2] {
    call("a", "get_line", json!({"line": "LN-4471"}), json!({"line": "LN-4471", "tariff": "basic-10"}))
}

fn set(id: &str, tariff: &str) -> [Value; 2] {
    call(id, "change_tariff", json!({"line": "LN-4471", "tariff": tariff}), json!({"ok": true}))
}

fn book() -> [Value; 2] {
    call("b", "book_flight", json!({"flight": "HAT-1201"}), json!({"booking": "BK-88213"}))
}

fn cancel(booking: &str, answer: Value) -> [Value; 2] {
    call("c", "cancel_booking", json!({ "booking": booking }), answer)
}

#[test]
fn the_earlier_value_put_back_is_a_repair() {
    let asks = "What does line LN-4471 cost?";
    assert_eq!(unconfirmed(asks, vec![look(), set("b", "max-50"), set("c", "basic-10")]), ["change_tariff"]);
    let third = unconfirmed(asks, vec![look(), set("b", "max-50"), set("c", "plus-20")]);
    assert_eq!(third, ["change_tariff", "change_tariff"], "a third value restores nothing");
}

#[test]
fn undoing_the_same_thing_is_a_repair() {
    let asks = "Which flights are there to Rome?";
    let done = || json!({"status": "cancelled"});
    assert_eq!(unconfirmed(asks, vec![book(), cancel("BK-88213", done())]), ["book_flight"]);
    assert_eq!(unconfirmed(asks, vec![book(), cancel("BK-11111", done())]), ["book_flight", "cancel_booking"]);
}

#[test]
fn taking_back_what_the_user_wanted_is_none() {
    let wanted = unconfirmed("Book flight HAT-1201.", vec![book(), cancel("BK-88213", json!({"status": "cancelled"}))]);
    assert_eq!(wanted, ["cancel_booking"]);
}
