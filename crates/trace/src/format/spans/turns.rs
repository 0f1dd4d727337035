//! Tests: a tool without the ID of its call works for the call that was made in its own turn, however often the same was called before.

use crate::model::{EventKind, Trace};
use crate::test_support::{all, kinds};
use serde_json::{Value, json};

/// How a platform writes a span: number, trace, start, end, kind, name, input, output.
type Shape = fn(usize, &str, (f64, f64), &str, &str, Value, Value) -> Value;

fn time(at: f64) -> String {
    format!("2026-03-02T08:00:{at:06.3}Z")
}

fn braintrust(
    n: usize,
    trace: &str,
    (from, to): (f64, f64),
    kind: &str,
    name: &str,
    input: Value,
    output: Value,
) -> Value {
    let at = |s: f64| 1_772_438_400.0 + s;
    let output = if kind == "llm" { json!([{"message": output}]) } else { output };
    json!({"id": format!("row{n}"), "span_id": format!("s{n}"), "root_span_id": trace, "span_parents": [], "created": time(from), "span_attributes": {"name": name, "type": kind}, "input": input, "output": output, "metadata": {"session_id": "door-7"}, "metrics": {"start": at(from), "end": at(to)}})
}

fn opik(n: usize, trace: &str, (from, to): (f64, f64), kind: &str, name: &str, input: Value, output: Value) -> Value {
    let input = if kind == "llm" { json!({"messages": input}) } else { input };
    json!({"id": format!("s{n}"), "trace_id": trace, "parent_span_id": "", "type": kind, "name": name, "start_time": time(from), "end_time": time(to), "input": input, "output": output, "metadata": {"thread_id": "door-7"}})
}

fn langsmith(
    n: usize,
    trace: &str,
    (from, to): (f64, f64),
    kind: &str,
    name: &str,
    input: Value,
    output: Value,
) -> Value {
    let input = if kind == "llm" { json!({"messages": input}) } else { input };
    let output = if kind == "llm" { json!({"choices": [{"message": output}]}) } else { json!({"output": output}) };
    json!({"id": format!("r{n}"), "trace_id": trace, "parent_run_id": null, "run_type": kind, "name": name, "start_time": time(from), "end_time": time(to), "inputs": input, "outputs": output, "extra": {"metadata": {"thread_id": "door-7"}}})
}

fn langfuse(
    n: usize,
    trace: &str,
    (from, to): (f64, f64),
    kind: &str,
    name: &str,
    input: Value,
    output: Value,
) -> Value {
    let kind = if kind == "llm" { "GENERATION" } else { "TOOL" };
    json!({"id": format!("o{n}"), "traceId": trace, "parentObservationId": null, "type": kind, "name": name, "startTime": time(from), "endTime": time(to), "input": input, "output": output, "level": "DEFAULT", "sessionId": "door-7"})
}

const SHAPES: [(&str, Shape); 4] =
    [("braintrust", braintrust), ("opik", opik), ("langsmith", langsmith), ("langfuse", langfuse)];

fn user(words: &str) -> Value {
    json!({"role": "user", "content": words})
}

fn calls(ids: &[&str]) -> Value {
    let made = ids.iter().map(
        |id| json!({"id": id, "type": "function", "function": {"name": "read_meter", "arguments": "{\"flat\": 12}"}}),
    );
    json!({"role": "assistant", "content": null, "tool_calls": made.collect::<Vec<_>>()})
}

fn result(id: &str, words: &str) -> Value {
    json!({"role": "tool", "tool_call_id": id, "content": words})
}

fn say(words: &str) -> Value {
    json!({"role": "assistant", "content": words})
}

fn lines(spans: &[Value]) -> String {
    spans.iter().map(|span| format!("{span}\n")).collect()
}

/// What each call was answered, and when it was made, in seconds.
fn answered(trace: &Trace) -> Vec<(String, i64)> {
    let of = |at: &Option<u32>| match at.map(|at| &trace.events[at as usize].kind) {
        Some(EventKind::ToolResult { content: Some(content), .. }) => content.text.trim_matches('"').to_owned(),
        _ => "-".to_owned(),
    };
    let second = |ns: Option<i64>| ns.unwrap_or_default() / 1_000_000_000 % 60;
    let made = trace.events.iter().filter_map(|e| match &e.kind {
        EventKind::ToolCall { result, .. } => Some((of(result), second(e.time.map(|t| t.ns)))),
        _ => None,
    });
    made.collect()
}

/// The second turn asks for the same once more.
fn second_turn(shape: Shape, trace: &str) -> Vec<Value> {
    let told =
        [user("Read flat 12"), calls(&["w1"]), result("w1", "meter offline"), say("It is offline."), user("Again")];
    let more: Vec<Value> = told.iter().cloned().chain([calls(&["w2"]), result("w2", "4711 kWh")]).collect();
    vec![
        shape(5, trace, (30.0, 31.0), "llm", "chat", json!(told), calls(&["w2"])),
        shape(6, trace, (32.0, 33.0), "tool", "read_meter", json!({"flat": 12}), json!("4711 kWh")),
        shape(7, trace, (34.0, 35.0), "llm", "chat", json!(more), say("4711 kWh.")),
    ]
}

#[test]
fn a_later_turn_alone_gives_its_tool_to_its_own_call() {
    for (name, shape) in SHAPES {
        let spans = second_turn(shape, "t2");
        for file in [&spans[..], &spans[..2]] {
            let found = all("turn.jsonl", &lines(file));
            assert_eq!(found.len(), 1, "{name}");
            let told = answered(&found[0]);
            assert_eq!(told[0], ("meter offline".to_owned(), 30), "{name} {:?}", kinds(&found[0]));
            assert_eq!(told[1], ("4711 kWh".to_owned(), 32), "{name} {:?}", kinds(&found[0]));
            assert_eq!(told.len(), 2, "{name} {:?}", kinds(&found[0]));
        }
    }
}

#[test]
fn a_tool_whose_model_call_is_not_there_is_no_call_of_an_earlier_turn() {
    for (name, shape) in SHAPES {
        let mut spans = second_turn(shape, "t2");
        // The call that was made is another one, so nothing here made what ran.
        let told = [user("Read flat 12"), calls(&["w1"]), result("w1", "meter offline"), user("Wait")];
        spans[0] = shape(5, "t2", (30.0, 31.0), "llm", "chat", json!(told), say("Waiting."));
        let found = all("turn.jsonl", &lines(&spans[..2]));
        let told: Vec<_> = found.iter().flat_map(answered).collect();
        assert_eq!(told, [("meter offline".to_owned(), 30), ("4711 kWh".to_owned(), 32)], "{name}");
    }
}

#[test]
fn the_traces_of_a_session_keep_their_own_tools() {
    for (name, shape) in SHAPES {
        let first = [user("Read flat 12")];
        let told = [user("Read flat 12"), calls(&["w1"]), result("w1", "meter offline")];
        let mut spans = vec![
            shape(1, "t1", (10.0, 11.0), "llm", "chat", json!(first), calls(&["w1"])),
            shape(2, "t1", (12.0, 13.0), "tool", "read_meter", json!({"flat": 12}), json!("meter offline")),
            shape(3, "t1", (14.0, 15.0), "llm", "chat", json!(told), say("It is offline.")),
        ];
        spans.extend(second_turn(shape, "t2"));
        for _ in 0..2 {
            let found = all("turns.jsonl", &lines(&spans));
            assert_eq!(found.len(), 1, "{name}");
            let expected = [("meter offline".to_owned(), 12), ("4711 kWh".to_owned(), 32)];
            assert_eq!(answered(&found[0]), expected, "{name} {:?}", kinds(&found[0]));
            spans.reverse();
        }
    }
}

#[test]
fn polling_in_two_traces_keeps_each_answer() {
    for (name, shape) in SHAPES {
        let read = |n, trace, at: f64, words: &str| {
            shape(n, trace, (at, at + 1.0), "tool", "read_meter", json!({"flat": 12}), json!(words))
        };
        let ask =
            |n, trace, at: f64, told: &[Value], said| shape(n, trace, (at, at + 1.0), "llm", "chat", json!(told), said);
        let mut told = vec![user("Until it answers")];
        let mut spans = vec![ask(1, "t1", 10.0, &told, calls(&["p1"])), read(2, "t1", 12.0, "asleep")];
        told.extend([calls(&["p1"]), result("p1", "asleep")]);
        spans.extend([ask(3, "t1", 14.0, &told, calls(&["p2"])), read(4, "t1", 16.0, "awake")]);
        told.extend([calls(&["p2"]), result("p2", "awake")]);
        spans.push(ask(5, "t1", 18.0, &told, say("Awake.")));
        told.extend([say("Awake."), user("Twice at once")]);
        spans.extend([
            ask(6, "t2", 30.0, &told, calls(&["q1", "q2"])),
            read(7, "t2", 32.0, "8 kWh"),
            read(8, "t2", 33.0, "9 kWh"),
        ]);
        told.extend([calls(&["q1", "q2"]), result("q1", "8 kWh"), result("q2", "9 kWh")]);
        spans.push(ask(9, "t2", 35.0, &told, say("Both.")));
        let found = all("poll.jsonl", &lines(&spans));
        let given: Vec<String> = answered(&found[0]).into_iter().map(|(words, _)| words).collect();
        assert_eq!(given, ["asleep", "awake", "8 kWh", "9 kWh"], "{name} {:?}", kinds(&found[0]));
    }
}
