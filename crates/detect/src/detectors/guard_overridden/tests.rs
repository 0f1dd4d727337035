use super::*;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};
use serde_json::json;

/// How often a call was made against what `rules_check` said of an action.
fn overridden(action: &str, verdict: &str, tool: &str, arguments: serde_json::Value) -> usize {
    let call = |id: &str, name: &str, args: serde_json::Value| {
        let function = json!({"name": name, "arguments": args.to_string()});
        json!({"role": "assistant", "tool_calls": [{"id": id, "type": "function", "function": function}]})
    };
    let messages = json!([
        {"role": "user", "content": "Close contract 12, it is mine."},
        call("a", "policy_check", json!({"action": action})), {"role": "tool", "tool_call_id": "a", "content": verdict},
        call("b", tool, arguments), {"role": "tool", "tool_call_id": "b", "content": "{\"done\": true}"},
    ]);
    let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    let session = Session::new(&reading.sessions[0], &contracts);
    GuardOverridden.run(&session).findings.len()
}

#[test]
fn an_action_that_was_judged_in_words_is_the_call_that_they_name() {
    let no = r#"{"allowed": false, "reason": "an open bill"}"#;
    assert_eq!(overridden("close contract 12", no, "close_contract", json!({"id": "12"})), 1);
    assert_eq!(overridden("closing contract 12", "DENIED: a bill is open.", "close_contract", json!({"id": "12"})), 1);
    assert_eq!(overridden("close contract 12", no, "close_contract", json!({"id": "13"})), 0);
    assert_eq!(overridden("close contract 12", no, "renew_contract", json!({"id": "12"})), 0);
    assert_eq!(overridden("close contract 12", r#"{"allowed": true}"#, "close_contract", json!({"id": "12"})), 0);
}
