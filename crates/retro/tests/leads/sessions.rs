//! Small sessions whose findings or leads are known.

use hindcast_detect::Contracts;
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::Edits;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Draft, Input, draft, redraft};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};

/// A session in the form of OpenAI's messages.
pub struct Session(Vec<Value>);

fn call(id: &str, name: &str, arguments: &str) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [
        {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]})
}

fn result(id: &str, content: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": content})
}

/// A coding session in which a pending refund is told as done: a lead, since nobody has judged coding sessions.
pub fn coding() -> Session {
    Session::coding("The refund has been processed.")
}

impl Session {
    /// A refund that is pending, and what the agent says of it.
    pub fn service(said: &str) -> Self {
        Session(vec![
            json!({"role": "user", "content": "Please refund charge ch_42."}),
            call("c1", "refund", r#"{"charge_id":"ch_42"}"#),
            result("c1", r#"{"refund_id":"re_1","status":"pending"}"#),
            json!({"role": "assistant", "content": said}),
        ])
    }

    /// The same with a shell beside the refund tool.
    pub fn coding(said: &str) -> Self {
        let mut session = Self::service(said);
        session.0.splice(1..1, [call("c0", "bash", r#"{"command":"cat charges.txt"}"#), result("c0", "ch_42 4200")]);
        session
    }

    /// The file that it stands in.
    pub fn evidence(&self) -> Vec<Evidence> {
        vec![Evidence::new("t.json", json!({ "messages": self.0 }).to_string().into_bytes())]
    }

    /// The same session in another export: what stands before it moves every place.
    pub fn moved(mut self) -> Self {
        self.0.insert(0, json!({"role": "system", "content": "You work on refunds."}));
        self
    }

    /// A first draft.
    pub fn draft(&self) -> Draft {
        self.with(draft)
    }

    /// A draft that keeps what people did to an earlier one, and what they should know about it.
    pub fn redraft(&self, earlier: &Draft) -> (Draft, Vec<String>) {
        self.with(|input| redraft(input, &Edits::of(earlier)))
    }

    fn with<T>(&self, work: impl FnOnce(&Input<'_>) -> T) -> T {
        let evidence = self.evidence();
        let reading = read(&evidence).expect("reads");
        let (contracts, policy) = (Contracts::default(), Policy::builtin());
        let (trace, facts) = (&reading.sessions[0], &Facts::default());
        work(&Input { trace, evidence: &evidence, contracts: &contracts, facts, policy: &policy })
    }
}
