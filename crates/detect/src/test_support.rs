//! Small sessions for tests.

use crate::session::Session;
use crate::tools::contract::Contracts;
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};

/// A call of a tool, its arguments and its answer.
pub type Called<'a> = (&'a str, &'a str, &'a str);

/// The two messages of a call: the call and its answer.
pub fn call(id: &str, (name, arguments, answer): Called<'_>) -> [Value; 2] {
    let function = json!({"name": name, "arguments": arguments});
    [
        json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": function}]}),
        json!({"role": "tool", "tool_call_id": id, "content": answer}),
    ]
}

/// One turn: what the user asked, the agent's calls, and its closing words.
pub fn turn(asked: &str, calls: &[Called<'_>], said: &str) -> Vec<Value> {
    let mut messages = vec![json!({"role": "user", "content": asked})];
    messages.extend(calls.iter().enumerate().flat_map(|(i, c)| call(&format!("c{i}"), *c)));
    messages.push(json!({"role": "assistant", "content": said}));
    messages
}

/// Reads messages as a session and looks at it.
pub fn with_session<R>(messages: &[Value], look: impl FnOnce(&Session<'_>) -> R) -> R {
    let evidence = Evidence::new("t.json", json!({ "messages": messages }).to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    look(&Session::new(&reading.sessions[0], &contracts))
}

/// The same with the operator's instructions before them, and the names of the tools that the agent was given.
pub fn with_tools<R>(
    instructions: &str,
    tools: &[&str],
    messages: Vec<Value>,
    look: impl FnOnce(&Session<'_>) -> R,
) -> R {
    let mut all = vec![json!({"role": "system", "content": instructions})];
    all.extend(messages);
    let function = |n: &&str| json!({"type": "function", "function": {"name": n, "parameters": {"type": "object"}}});
    let tools: Vec<_> = tools.iter().map(function).collect();
    let bytes = json!({ "messages": all, "tools": tools }).to_string().into_bytes();
    let evidence = Evidence::new("t.json", bytes);
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    look(&Session::new(&reading.sessions[0], &contracts))
}
