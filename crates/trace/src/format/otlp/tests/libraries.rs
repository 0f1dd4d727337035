//! What single libraries write, in the shape that they write it.

use super::{nano, otlp, span};
use crate::Trace;
use crate::model::{GapKind, Transport};
use crate::test_support::{kinds, one, texts, transports};
use serde_json::{Value, json};

fn read(spans: &[Value]) -> Trace {
    one("o.json", &otlp(spans).to_string())
}

fn said(role: &str, words: &str) -> Value {
    json!({ "role": role, "parts": [{ "type": "text", "content": words }] })
}

/// A chat span by the conventions, with messages as JSON.
fn chat(id: &str, second: u32, input: &[Value], output: &Value) -> Value {
    let mut attrs = json!({ "gen_ai.operation.name": "chat", "gen_ai.response.id": format!("answer-{id}"), "gen_ai.output.messages": json!([output]).to_string() });
    if !input.is_empty() {
        attrs["gen_ai.input.messages"] = json!(json!(input).to_string());
    }
    span(id, "", second, "chat m", &attrs)
}

fn without_input(trace: &Trace) -> Vec<&str> {
    let gaps = trace.gaps.iter().filter(|gap| gap.kind == GapKind::ContentNotCaptured && gap.what.contains("no input"));
    gaps.map(|gap| gap.what.split(':').next().unwrap_or_default()).collect()
}

#[test]
fn a_model_call_without_its_input_is_told() {
    let hello = chat("01", 1, &[said("user", "Hello")], &said("assistant", "Hi"));
    assert!(without_input(&read(std::slice::from_ref(&hello))).is_empty());
    let (second, third) =
        (chat("02", 10, &[], &said("assistant", "A blue door")), chat("03", 20, &[], &said("assistant", "Bye")));
    let trace = read(&[hello.clone(), second.clone(), third.clone()]);
    assert_eq!(
        (texts(&trace), without_input(&trace)),
        (vec!["Hello", "Hi", "A blue door", "Bye"], vec!["2 model calls have no input in the record"])
    );
    // It is no second answer to the request before, and what follows is told on.
    let later = chat(
        "04",
        30,
        &[said("user", "Hello"), said("assistant", "Hi"), said("user", "And now?")],
        &said("assistant", "Nothing"),
    );
    let trace = read(&[hello, second, later]);
    assert_eq!(texts(&trace), ["Hello", "Hi", "A blue door", "And now?", "Nothing"]);
    assert!(!kinds(&trace).iter().any(|kind| kind.starts_with("context")));
    // Where none has an input, nobody asks anything.
    assert_eq!(without_input(&read(&[third])), ["a model call has no input in the record"]);
}
