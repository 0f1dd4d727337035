//! Who the user was, where the record says so, stands beside the question who was affected.

use hindcast_detect::Contracts;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};

fn drafted(user: Value) -> Draft {
    let trace = json!({"id": "t1", "sessionId": "s-1", "userId": user, "timestamp": "2026-01-05T10:00:00Z", "name": "chat", "observations": [{"id": "o", "traceId": "t1", "type": "GENERATION", "name": "chat", "startTime": "2026-01-05T10:00:01Z", "endTime": "2026-01-05T10:00:02Z", "input": [{"role": "system", "content": "Be kind"}, {"role": "user", "content": "Hi"}], "output": {"role": "assistant", "content": "Hello"}}]});
    let evidence = vec![Evidence::new("t.json", trace.to_string().into_bytes())];
    let reading = read(&evidence).expect("reads");
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
}

#[test]
fn the_user_that_the_trace_identifies_stands_beside_the_question_who_was_affected() {
    let draft = drafted("u-77".into());
    let customers = draft.impact.iter().find(|i| i.field == "customers").expect("the field");
    let [seen] = &customers.seen[..] else { panic!("{:?}", customers.seen) };
    assert_eq!(seen.text, "the trace identifies the user as u-77");
    let quote = seen.quotes().next().expect("a quote");
    // The user speaks in the second event.
    assert_eq!((quote.text.as_str(), quote.event), ("u-77", 2));
    assert!(quote.locator.to_string().contains("userId"), "{}", quote.locator);
    for none in [Value::Null, "".into(), " ".into(), format!("{}\n", "x".repeat(200)).into()] {
        let draft = drafted(none);
        assert!(draft.impact.iter().all(|i| i.seen.is_empty()));
    }
}
