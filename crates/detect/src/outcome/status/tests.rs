use super::*;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};

fn standing(tool: &str, args: &str, result: &str) -> Standing {
    let json = serde_json::json!({"messages": [
        {"role": "user", "content": "go"},
        {"role": "assistant", "tool_calls": [{"id": "c", "function": {"name": tool, "arguments": args}}]},
        {"role": "tool", "tool_call_id": "c", "content": result},
    ]});
    let reading = read(&[Evidence::new("t.json", json.to_string().into_bytes())]).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    of(&session, &session.calls[0]).standing
}

#[test]
fn accepted_is_not_done() {
    use Standing::NonTerminal;
    assert_eq!(standing("refund", "{}", r#"{"status": "pending"}"#), NonTerminal);
    assert_eq!(standing("start_refund", "{}", r#"{"refund": {"amount": 2, "status": "pending"}}"#), NonTerminal);
    assert_eq!(
        standing(
            "subscription_change",
            r#"{"change": "cancel"}"#,
            r#"{"data": {"subscription": {"status": "active"}, "operation": {"state": "requires_approval"}}}"#
        ),
        NonTerminal
    );
    assert_eq!(standing("refund", "{}", "{'id': 1, 'status': 'pending'}"), NonTerminal);
    // What the call itself names is what it was to come to.
    assert_eq!(
        standing("card_block", r#"{"last4": "7741"}"#, r#"{"card": "****7741", "state": "BLOCKED"}"#),
        Standing::Terminal
    );
    assert_eq!(
        standing("claim_set", r#"{"to": "rejected"}"#, r#"{"id": 4, "status": "REJECTED"}"#),
        Standing::Terminal
    );
    assert_ne!(standing("book_room", "{}", r#"{"id": 4, "status": "booking rejected"}"#), Standing::Terminal);
    assert_ne!(standing("refund", r#"{"id": "4"}"#, r#"{"id": 4, "status": "REJECTED"}"#), Standing::Terminal);
    assert_eq!(standing("bulk_delete", "{}", r#"{"http_status": 202, "body": {"job_id": "j"}}"#), NonTerminal);
    assert_eq!(
        standing("grant_access", "{}", "Request RA-2231 logged. Awaiting sign-off by line manager."),
        NonTerminal
    );
}

#[test]
fn statuses_in_other_words() {
    use Standing::{Failed, NonTerminal, Terminal};
    for (tool, answer, told) in [
        ("crane_order", r#"{"order": "K-3", "status": "waitlisted"}"#, NonTerminal),
        ("waitlist_add", r#"{"status": "waitlisted"}"#, Standing::Unknown),
        ("antrag_stellen", r#"{"vorgang": "V-2", "status": "eingegangen"}"#, NonTerminal),
        ("pedir_cita", r#"{"estado": "por confirmar"}"#, NonTerminal),
        ("annuleer_reis", r#"{"ok": true, "status": "in behandeling"}"#, NonTerminal),
        ("cobrar", r#"{"resultado": "DENEGADO"}"#, Failed),
        ("disdici", r#"{"esito": "confermato"}"#, Terminal),
        ("enviar", r#"{"enviado": true}"#, Terminal),
    ] {
        assert_eq!(standing(tool, "{}", answer), told, "{tool}: {answer}");
    }
}

#[test]
fn the_records_state_is_not_the_operations() {
    let args = r#"{"parcel": "QX-7719", "address": "14 Tanner Row"}"#;
    assert_eq!(
        standing("update_address", args, r#"{"parcel": "QX-7719", "status": "pending", "address": "14 Tanner Row"}"#),
        Standing::Unknown
    );
    assert_eq!(standing("update_address", args, r#"{"status": "pending", "updated": true}"#), Standing::Terminal);
    let order = r#"{"order_id": "W1", "user": {}, "items": [], "payment": [], "status": "pending"}"#;
    assert_eq!(standing("modify_order_items", "{}", order), Standing::Unknown);
}

#[test]
fn what_an_operation_ends_in_is_done() {
    assert_eq!(standing("schedule_pickup", "{}", r#"{"status": "scheduled"}"#), Standing::Terminal);
    assert_eq!(standing("send_email", "{}", r#"{"status": "sent"}"#), Standing::Terminal);
    assert_eq!(standing("send_email", "{}", ""), Standing::Terminal);
    assert_eq!(standing("charge", "{}", r#"{"status": "declined"}"#), Standing::Failed);
    assert_eq!(standing("frob", "{}", r#"{"sc": 17}"#), Standing::Unknown);
}

#[test]
fn the_time_of_the_deed_tells_that_it_is_done() {
    let stopped = |answer: &str| standing("remote.stopSession", r#"{"session": 7}"#, answer);
    assert_eq!(stopped(r#"{"status": "Accepted", "stoppedAt": "2026-03-04T10:00Z"}"#), Standing::Terminal);
    assert_eq!(stopped(r#"{"status": "Accepted", "stoppedAt": null}"#), Standing::NonTerminal);
    assert_eq!(stopped(r#"{"status": "Accepted", "startedAt": "2026-03-04T10:00Z"}"#), Standing::NonTerminal);
    let requested = r#"{"status": "pending", "requestedAt": "2026-03-04T10:00Z"}"#;
    assert_eq!(standing("request_refund", r#"{"order": 7}"#, requested), Standing::NonTerminal);
    let updated = r#"{"status": "pending", "updatedAt": "2026-03-04T10:00Z"}"#;
    assert_eq!(standing("update_payout", r#"{"to": 7}"#, updated), Standing::NonTerminal);
}
