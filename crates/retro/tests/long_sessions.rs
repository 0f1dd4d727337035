//! A session of a thousand messages stays readable: what matters has a line, the rest is told by the stretch.

use hindcast_detect::Contracts;
use hindcast_retro::draft::Actor;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use serde_json::json;

/// Small talk, with one refund told as done while it is pending, in the middle.
fn long(turns: usize) -> Draft {
    let mut messages = Vec::new();
    for i in 0..turns {
        messages.push(json!({"role": "user", "content": format!("Where does train {i} stop?")}));
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": format!("c{i}"), "type": "function", "function": {"name": "get_stops", "arguments": format!("{{\"train\":{i}}}")}}]}));
        messages.push(json!({"role": "tool", "tool_call_id": format!("c{i}"), "content": "[\"Linz\"]"}));
        messages.push(json!({"role": "assistant", "content": format!("Train {i} stops in Linz.")}));
        if i == turns / 2 {
            messages.push(json!({"role": "user", "content": "Refund ch_42 please"}));
            messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": "r", "type": "function", "function": {"name": "refund", "arguments": "{\"charge_id\":\"ch_42\"}"}}]}));
            messages.push(json!({"role": "tool", "tool_call_id": "r", "content": "{\"status\":\"pending\"}"}));
            messages.push(json!({"role": "assistant", "content": "Your refund has been processed."}));
        }
    }
    let evidence = vec![Evidence::new("t.json", serde_json::to_vec(&json!({ "messages": messages })).expect("writes"))];
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
}

#[test]
fn what_matters_has_a_line_and_the_rest_is_told_by_the_stretch() {
    let draft = long(250);
    let entries = &draft.timeline.entries;
    let own = entries.iter().filter(|e| e.folded == 1).count();
    assert!((10..=120).contains(&own), "{own} lines of their own");
    let told: u32 = entries.iter().map(|e| e.folded).sum();
    assert_eq!(told as usize, draft.session.events, "every event is in some line");
    let finding = draft.behavior.findings.first().expect("the refund");
    let line = entries.iter().find(|e| e.event == Some(finding.event)).expect("a line of its own");
    assert_eq!((line.folded, line.findings.len()), (1, 1));
    let fold = entries.iter().find(|e| e.folded > 100).expect("a stretch");
    assert_eq!(fold.actor, Actor::Several);
    assert_eq!(fold.statement.quotes().count(), 2, "it quotes both its ends");
    assert!(fold.statement.text.contains("calls (get_stops "), "{}", fold.statement.text);
}

#[test]
fn a_short_session_is_told_in_full() {
    let draft = long(10);
    assert!(draft.timeline.entries.iter().all(|e| e.folded == 1));
    assert_eq!(draft.timeline.entries.len(), draft.session.events);
}
