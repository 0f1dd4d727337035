//! A message of several parts is shown with all of them, and what was found stands on the part that it quotes.

use hindcast_detect::Contracts;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};

fn drafted(answer: &Value) -> Draft {
    let messages = json!({"messages": [
        {"role": "user", "content": [{"type": "text", "text": "Refund ch_9, please."}, {"type": "text", "text": "It was sold twice."}]},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "r", "type": "function", "function": {"name": "refund", "arguments": "{\"charge_id\":\"ch_9\"}"}}]},
        {"role": "tool", "tool_call_id": "r", "content": "{\"status\":\"pending\"}"},
        {"role": "assistant", "content": answer},
    ]});
    let evidence = vec![Evidence::new("t.json", serde_json::to_vec(&messages).expect("writes"))];
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
}

fn part(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

#[test]
fn every_part_has_a_line_and_a_finding_stands_on_its_own() {
    let answer =
        json!([part("Thank you for waiting."), part(" "), part("Your refund has been processed."), part("Bye.")]);
    let draft = drafted(&answer);
    let lines: Vec<(&str, &str, usize)> = draft
        .timeline
        .entries
        .iter()
        .map(|e| {
            (e.statement.text.as_str(), e.statement.quotes().next().map_or("", |q| q.text.as_str()), e.findings.len())
        })
        .collect();
    assert_eq!(lines[..2], [("says", "Refund ch_9, please.", 0), ("says (continued)", "It was sold twice.", 0)]);
    let expected = [
        ("says", "Thank you for waiting.", 0),
        ("says (continued)", "Your refund has been processed.", 1),
        ("says (continued)", "Bye.", 0),
    ];
    assert_eq!(lines[lines.len() - 3..], expected);
}

#[test]
fn of_very_many_parts_the_line_of_the_last_says_how_many_are_left_out() {
    let mut parts: Vec<Value> = (0..100).map(|n| part(&format!("Step {n}."))).collect();
    parts.push(part("Your refund has been processed."));
    let draft = drafted(&Value::Array(parts));
    let last = draft.timeline.entries.last().expect("a line");
    assert_eq!(last.statement.text, "says (continued); 76 more parts of this message are not quoted");
    assert_eq!(last.findings.len(), 1, "what was found is shown in any case");
}
