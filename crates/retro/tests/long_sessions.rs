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
    drafted(&json!({ "messages": messages }))
}

fn drafted(trace: &serde_json::Value) -> Draft {
    let evidence = vec![Evidence::new("t.json", serde_json::to_vec(trace).expect("writes"))];
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

/// Small talk in which nothing is found, with one complaint in the middle.
fn quiet(turns: usize) -> Draft {
    let mut messages = Vec::new();
    for i in 0..turns {
        let says = if i == turns / 2 { "That is wrong, put it back.".to_owned() } else { format!("What about {i}?") };
        messages.push(json!({"role": "user", "content": says}));
        messages.push(json!({"role": "assistant", "content": null, "tool_calls": [{"id": format!("c{i}"), "type": "function", "function": {"name": "write_file", "arguments": format!("{{\"path\":\"{i}.txt\"}}")}}]}));
        messages.push(json!({"role": "tool", "tool_call_id": format!("c{i}"), "content": "ok"}));
        messages.push(json!({"role": "assistant", "content": "Which one do you mean?"}));
    }
    drafted(&json!({ "messages": messages }))
}

#[test]
fn a_complaint_keeps_the_stretch_around_it_and_a_quiet_session_is_short() {
    let draft = quiet(200);
    let entries = &draft.timeline.entries;
    let at = entries.iter().position(|e| e.statement.quotes().any(|q| q.text.contains("put it back"))).expect("a line");
    assert!(entries[at - 2..=at + 2].iter().all(|e| e.folded == 1), "what stands beside it has a line, too");
    if draft.is_short() {
        assert!(entries.len() <= 60, "{} lines", entries.len());
    }
    let (events, lines) = draft.timeline.left_out().expect("folded");
    assert_eq!(events as usize + entries.len() - lines, draft.session.events);
}
