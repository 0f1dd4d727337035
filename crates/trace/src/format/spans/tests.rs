use crate::model::GapKind;
use crate::test_support::{all, kinds, one, texts};
use serde_json::{Value, json};

/// Spans as Opik writes them, without the times where `at` is 0.
fn span(id: &str, parent: &str, kind: &str, name: &str, at: usize, input: Value, output: Value) -> Value {
    let time = |s: usize| if at == 0 { Value::Null } else { format!("2026-01-01T00:00:{:02}Z", at + s).into() };
    json!({"id": id, "trace_id": "t", "parent_span_id": parent, "type": kind, "name": name, "start_time": time(0).as_str().unwrap_or("-"), "end_time": time(1), "input": input, "output": output})
}

fn file(spans: &[Value]) -> String {
    json!({"traces": [], "spans": spans}).to_string()
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn call(id: &str, arguments: &str) -> Value {
    json!({"role": "assistant", "content": null, "tool_calls": [{"id": id, "type": "function", "function": {"name": "pay", "arguments": arguments}}]})
}

const TOLD: [&str; 4] = ["user", "call pay -> 2", "result Unknown <- 1", "assistant"];

/// A model that calls `pay`, the function at work with `input`, and the answer.
fn paid(kind: &str, input: Value) -> String {
    let history =
        json!([user("Pay"), call("c", r#"{"n":1}"#), {"role": "tool", "tool_call_id": "c", "content": "paid"}]);
    file(&[
        span("m1", "", "llm", "chat", 1, json!({"messages": [user("Pay")]}), call("c", r#"{"n":1}"#)),
        span("f", "", kind, "pay", 3, input, json!({"output": "paid"})),
        span("m2", "", "llm", "chat", 5, json!({"messages": history}), json!({"role": "assistant", "content": "Done"})),
    ])
}

#[test]
fn a_function_that_the_model_called_is_its_tool_whatever_it_was_given_beside() {
    for kind in ["tool", "general"] {
        for input in [
            json!({"n": 1}),
            json!({"kwargs": {"n": 1}}),
            json!({"n": 1, "client": "x"}),
            json!("{\"n\": 1}"),
            json!(["a"]),
        ] {
            let trace = one("o.json", &paid(kind, input.clone()));
            assert_eq!(kinds(&trace), TOLD, "{kind} {input}");
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }
}

#[test]
fn of_two_layers_that_record_a_request_the_inner_one_is_the_call() {
    let said = json!({"role": "assistant", "content": "Hello"});
    let asked = json!({"messages": [user("Hi")]});
    let trace = one(
        "o.json",
        &file(&[
            span("a", "", "llm", "chain", 1, asked.clone(), said.clone()),
            span("b", "a", "llm", "chat", 2, asked.clone(), said.clone()),
        ]),
    );
    assert_eq!((texts(&trace), trace.model_calls.len()), (vec!["Hi", "Hello"], 1));
    // The inner one was recorded without anything in it.
    let trace = one(
        "o.json",
        &file(&[
            span("a", "", "llm", "chain", 1, asked, said),
            span("b", "a", "llm", "chat", 2, Value::Null, Value::Null),
        ]),
    );
    assert_eq!((texts(&trace), trace.model_calls.len()), (vec!["Hi", "Hello"], 1));
    assert!(trace.gaps.is_empty());
}

#[test]
fn without_model_calls_the_outermost_step_tells_what_was_said_around_its_tools() {
    let spans = [
        span("a", "", "general", "agent", 1, json!({"question": "Pay it"}), json!({"answer": "Done"})),
        span("f", "a", "tool", "pay", 0, json!({"n": 1}), json!("paid")),
    ];
    let trace = one("o.json", &file(&spans));
    assert_eq!((kinds(&trace), texts(&trace)), (TOLD.map(str::to_owned).to_vec(), vec!["Pay it", "Done"]));
    let trace = one("o.json", &file(&[span("a", "", "general", "job", 1, json!({"x": 1}), json!({"y": [2]}))]));
    assert!(trace.has_gap(&[GapKind::ContentNotCaptured]) && trace.events.is_empty());
}

#[test]
fn what_is_missing_of_a_model_call_is_a_gap() {
    let said = json!({"role": "assistant", "content": "Hello"});
    for (input, output, what) in [
        (Value::Null, said, "its input"),
        (json!({"messages": [user("Hi")]}), Value::Null, "its output"),
        (Value::Null, Value::Null, "input and output"),
    ] {
        let trace = one("o.json", &file(&[span("a", "", "llm", "chat", 1, input, output)]));
        assert!(trace.gaps.iter().any(|g| g.what.contains(what)), "{:?}", trace.gaps);
    }
}

#[test]
fn spans_in_a_circle_and_in_any_order_are_read_once() {
    let said = json!({"role": "assistant", "content": "Hello"});
    let asked = json!({"messages": [user("Hi")]});
    let circle = file(&[
        span("a", "b", "general", "x", 1, Value::Null, Value::Null),
        span("b", "a", "llm", "chat", 2, asked, said),
    ]);
    assert_eq!(texts(&one("o.json", &circle)), ["Hi", "Hello"]);
    let mut spans: Vec<Value> = serde_json::from_str::<Value>(&paid("tool", json!({"n": 1})))
        .map(|file| file["spans"].as_array().cloned().unwrap_or_default())
        .unwrap_or_default();
    spans.reverse();
    spans.extend(spans.clone());
    assert_eq!(kinds(&one("o.json", &file(&spans))), TOLD);
}

#[test]
fn traces_of_one_thread_are_one_session_and_the_lowest_failure_is_told() {
    let traces = json!([
        {"id": "t", "name": "turn", "start_time": "2026-01-01T00:00:00Z", "thread_id": "th", "input": {"q": "Pay"}, "output": null, "error_info": {"message": "boom"}},
        {"id": "t2", "name": "turn", "start_time": "2026-01-01T00:01:00Z", "thread_id": "th", "input": {"q": "Again"}, "output": {"a": "No"}},
    ]);
    let mut failed = span("m", "", "llm", "chat", 1, json!({"messages": [user("Pay")]}), Value::Null);
    failed["error_info"] = json!({"exception_type": "E", "message": "boom"});
    let sessions = all("o.json", &json!({"traces": traces, "spans": [failed]}).to_string());
    assert_eq!((sessions.len(), sessions[0].key.as_str()), (1, "th"));
    assert_eq!(kinds(&sessions[0]), ["user", "error boom", "user", "assistant"]);
}

#[test]
fn a_tool_before_the_only_request_that_tells_of_its_call_is_that_call() {
    let result = json!({"role": "tool", "tool_call_id": "c", "content": "paid"});
    let history = json!([user("Pay"), call("c", r#"{"n":1}"#), result]);
    let trace = one(
        "o.json",
        &file(&[
            span("f", "r", "tool", "pay", 1, json!({"n": 1}), json!("paid")),
            span(
                "m",
                "r",
                "llm",
                "chat",
                3,
                json!({"messages": history}),
                json!({"role": "assistant", "content": "Done"}),
            ),
        ]),
    );
    assert_eq!(trace.events.len(), 4, "{:?}", kinds(&trace));
}
