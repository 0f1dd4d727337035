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

#[test]
fn what_the_user_asked_stands_before_a_tool_that_ran_before_the_model() {
    let asked = json!({"messages": [{"role": "system", "content": "Be brief"}, user("Where is parcel 7?")]});
    for input in
        [json!({"question": "Where is parcel 7?"}), json!([user("Where is parcel 7?")]), json!("Where is parcel 7?")]
    {
        let spans = [
            span("r", "", "general", "agent", 1, input.clone(), Value::Null),
            span("f", "r", "tool", "find", 2, json!({"n": 7}), json!("in Rome")),
            span("m", "r", "llm", "chat", 4, asked.clone(), json!({"role": "assistant", "content": "In Rome"})),
        ];
        let trace = one("o.json", &file(&spans));
        assert_eq!(kinds(&trace), ["system", "user", "call find -> 3", "result Unknown <- 2", "assistant"], "{input}");
        assert_eq!(trace.model_calls.len(), 1);
    }
    // Nothing says that these words were there before.
    let spans = [
        span("r", "", "general", "agent", 1, json!({"job": 5}), Value::Null),
        span("f", "r", "tool", "find", 2, json!({"n": 7}), json!("in Rome")),
        span("m", "r", "llm", "chat", 4, asked, json!({"role": "assistant", "content": "In Rome"})),
    ];
    assert_eq!(kinds(&one("o.json", &file(&spans)))[0], "call find -> 1");
}

#[test]
fn the_record_names_the_user() {
    let at = "2026-01-01T00:00:00Z";
    let meta = json!({"user_id": "u-7"});
    let asked = json!([user("Pay")]);
    let said = json!({"role": "assistant", "content": "Paid"});
    let opik = json!({"traces": [], "spans": [{"id": "a", "trace_id": "t", "type": "llm", "name": "chat", "start_time": at, "input": {"messages": asked}, "output": said, "metadata": meta}]});
    let weave = json!({"id": "a", "project_id": "e/p", "op_name": "openai.chat.completions.create", "trace_id": "t", "started_at": at, "ended_at": at, "attributes": {"userId": "u-7"}, "inputs": {"messages": asked}, "output": {"choices": [{"message": said}]}, "wb_user_id": "dev", "summary": {}});
    let braintrust = json!({"id": "r", "span_id": "a", "root_span_id": "a", "created": at, "span_attributes": {"name": "chat", "type": "llm"}, "input": asked, "output": said, "metadata": meta});
    let datadog = |tags: Value| json!({"trace_id": "7", "span_id": "1", "parent_id": "undefined", "name": "chat", "start_ns": 1_777_888_800_000_000_000u64, "duration": 5, "status": "ok", "span_kind": "llm", "ml_app": "desk", "tags": tags, "input": {"messages": asked}, "output": {"messages": [said]}});
    let mastra = json!({"spans": [{"traceId": "t", "spanId": "a", "parentSpanId": null, "name": "llm: 'm'", "spanType": "model_generation", "startedAt": at, "endedAt": at, "input": {"messages": asked}, "output": {"text": "Paid"}, "userId": "u-7", "attributes": {}}]});
    for record in [
        opik,
        weave,
        braintrust,
        datadog(json!(["env:x", "user_handle:u-7"])),
        datadog(json!({"user_id": "u-7"})),
        mastra,
    ] {
        let trace = one("s.json", &record.to_string());
        let users: Vec<&str> = trace.users.iter().map(|user| user.text.as_str()).collect();
        assert_eq!(users, ["u-7"], "{record}");
    }
}

fn answer(text: &str) -> Value {
    json!({"choices": [{"message": {"role": "assistant", "content": text}}]})
}

#[test]
fn a_step_that_holds_a_request_and_its_answer_is_a_model_call() {
    let asked = json!({"messages": [user("Pay")]});
    let again = json!({"messages": [user("Pay"), call("c", r#"{"n":1}"#), {"role": "tool", "tool_call_id": "c", "content": "paid"}]});
    let said = json!({"role": "assistant", "content": "Done"});
    for kind in ["general", "workflow"] {
        for text in [false, true] {
            let as_written = |value: &Value| if text { json!(value.to_string()) } else { value.clone() };
            let trace = one(
                "o.json",
                &file(&[
                    span("r", "", "general", "agent", 1, json!({"q": "Pay"}), json!({"output": "Done"})),
                    span("a", "r", kind, "ask", 2, as_written(&asked), as_written(&call("c", r#"{"n":1}"#))),
                    span("f", "r", "tool", "pay", 4, json!({"n": 1}), json!({"output": "paid"})),
                    span("b", "r", kind, "ask", 6, as_written(&again), as_written(&said)),
                ]),
            );
            assert_eq!((kinds(&trace), trace.model_calls.len()), (TOLD.map(str::to_owned).to_vec(), 2), "{kind}");
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
    }
    // A step around it holds the same, and is not a second call.
    let trace = one(
        "o.json",
        &file(&[
            span("r", "", "general", "agent", 1, json!({"q": "Pay"}), json!({"output": "Done"})),
            span("a", "r", "general", "retry", 2, asked.clone(), answer("Done")),
            span("b", "a", "general", "ask", 3, asked.clone(), answer("Done")),
        ]),
    );
    assert_eq!((texts(&trace), trace.model_calls.len()), (vec!["Pay", "Done"], 1));
}

#[test]
fn a_step_with_messages_that_nothing_else_tells_is_a_gap() {
    let read = |state: Value| {
        one(
            "o.json",
            &file(&[
                span("r", "", "general", "agent", 1, json!({"q": "Pay"}), json!({"output": "Done"})),
                span("m", "r", "llm", "chat", 2, json!({"messages": [user("Pay")]}), answer("Done")),
                span("s", "r", "general", "route", 5, json!({"messages": state}), json!({"next": "end"})),
            ]),
        )
    };
    let unread = |state: Value| read(state).gaps.iter().any(|gap| gap.kind == GapKind::RecordsUnread);
    assert!(unread(json!([user("Pay"), user("And refund the other one")])));
    assert!(!unread(json!([user("Pay")])));
}

#[test]
fn a_span_whose_input_was_dropped_takes_no_call_from_the_next_one() {
    const DROPPED: &str = "[This value has been dropped because the span is too large.]";
    let asked = vec![user("Pay 5 twice, if need be")];
    let answer = |id: &str, what: &str| json!({"role": "tool", "tool_call_id": id, "content": what});
    let mut again = asked.clone();
    again.extend([call("c1", r#"{"n":5}"#), answer("c1", "no funds")]);
    let mut last = again.clone();
    last.extend([call("c2", r#"{"n":5}"#), answer("c2", "paid")]);
    let trace = one(
        "o.json",
        &file(&[
            span("m1", "", "llm", "chat", 1, json!({"messages": asked}), call("c1", r#"{"n":5}"#)),
            span("f1", "", "tool", "pay", 3, json!(DROPPED), json!(DROPPED)),
            span("m2", "", "llm", "chat", 5, json!({"messages": again}), call("c2", r#"{"n":5}"#)),
            span("f2", "", "tool", "pay", 7, json!({"n": 5}), json!({"output": "paid"})),
            span(
                "m3",
                "",
                "llm",
                "chat",
                9,
                json!({"messages": last}),
                json!({"role": "assistant", "content": "Done"}),
            ),
        ]),
    );
    let calls = kinds(&trace).into_iter().filter(|kind| kind.starts_with("call")).count();
    assert_eq!((calls, kinds(&trace).len()), (2, 6), "{:?}", kinds(&trace));
}

#[test]
fn an_export_of_outermost_steps_alone_says_so_once() {
    let turn = |id: &str, at: usize, asked: &str| json!({"id": id, "name": "concierge", "project_name": "p", "thread_id": "room-4", "start_time": format!("2026-01-01T00:00:{at:02}Z"), "end_time": format!("2026-01-01T00:00:{:02}Z", at + 1), "input": {"question": asked}, "output": {"answer": "Of course."}});
    let whole = json!({"traces": [turn("t1", 1, "A towel, please"), turn("t2", 5, "And soap")], "spans": []});
    let trace = one("o.json", &whole.to_string());
    assert_eq!(texts(&trace), ["A towel, please", "Of course.", "And soap", "Of course."]);
    let told = trace.gaps.iter().filter(|gap| gap.what.contains("no model call")).count();
    assert_eq!(told, 1, "{:?}", trace.gaps);
}
