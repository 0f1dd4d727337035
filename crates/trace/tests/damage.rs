//! Files with one value of the wrong type, at every place in turn: never a panic, every text still where it says, and
//! what goes missing is told.
#![allow(clippy::unwrap_used, missing_docs)]

use hindcast_trace::{Evidence, Reading, locator, model, read};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "../src/test_support.rs"]
mod test_support;

/// Small files of the formats that have no fixture.
const SMALL: [(&str, &str); 9] = [
    (
        "chat",
        r#"{"request":{"model":"m","messages":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"x"}]},"response":{"id":"r","choices":[{"message":{"role":"assistant","content":"b"},"finish_reason":"stop"}]}}"#,
    ),
    (
        "anthropic",
        r#"{"model":"c","system":"S","tools":[{"name":"f","input_schema":{}}],"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"tool_use","id":"t","name":"f","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x","is_error":false}]}]}"#,
    ),
    (
        "vapi",
        r#"{"message":{"type":"end-of-call-report","call":{"id":"c"},"messages":[{"role":"system","message":"S","time":1},{"role":"bot","message":"a","time":2},{"role":"user","message":"b","time":3,"isFiltered":true},{"role":"tool_calls","toolCalls":[{"id":"t","function":{"name":"f","arguments":"{}"}}],"time":4},{"role":"tool_call_result","toolCallId":"t","name":"f","result":"x","time":5}]}}"#,
    ),
    (
        "retell",
        r#"{"event":"call_ended","call":{"call_id":"c","agent_id":"a","start_timestamp":1700000000000,"transcript_with_tool_calls":[{"role":"agent","content":"a","words":[{"word":"a","start":1,"end":2}]},{"role":"tool_call_invocation","tool_call_id":"t","name":"f","arguments":"{}"},{"role":"tool_call_result","tool_call_id":"t","content":"x","successful":true},{"role":"user","content":"b","words":[{"start":3,"end":4}]}]}}"#,
    ),
    (
        "claude",
        r#"{"loglines":[{"type":"user","uuid":"u","sessionId":"s","timestamp":"2026-01-01T00:00:00Z","message":{"role":"user","content":"a"}},{"type":"assistant","uuid":"v","parentUuid":"u","sessionId":"s","timestamp":"2026-01-01T00:00:01Z","message":{"id":"m","role":"assistant","content":[{"type":"text","text":"b"},{"type":"tool_use","id":"t","name":"f","input":{}}]}},{"type":"user","uuid":"w","parentUuid":"v","sessionId":"s","timestamp":"2026-01-01T00:00:02Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"x"}]}}]}"#,
    ),
    (
        "tau",
        r#"[{"task_id":1,"trial":0,"traj":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"1","content":"x"}]},{"task_id":2,"traj":[{"role":"user","content":"b"}]}]"#,
    ),
    (
        "agentdojo",
        r#"{"suite_name":"s","user_task_id":"u","pipeline_name":"p","messages":[{"role":"user","content":"a"},{"role":"assistant","content":null,"tool_calls":[{"function":"f","args":{},"id":"1"}]},{"role":"tool","content":"x","tool_call_id":"1","tool_call":{"function":"f","args":{},"id":"1"},"error":null}],"error":null}"#,
    ),
    (
        "langfuse",
        r#"{"id":"t","timestamp":"2026-01-01T00:00:00Z","observations":[{"id":"g","traceId":"t","type":"GENERATION","name":"g","startTime":"2026-01-01T00:00:01Z","input":[{"role":"user","content":"a"}],"output":{"role":"assistant","content":"b","tool_calls":[{"id":"1","name":"f","args":{}}]}},{"id":"o","traceId":"t","type":"TOOL","name":"f","startTime":"2026-01-01T00:00:02Z","input":{},"output":"x"}]}"#,
    ),
    (
        "responses",
        r#"{"model":"m","instructions":"S","input":[{"role":"user","content":"a"},{"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"x"}],"response":{"id":"r","object":"response","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"b"}]}]}}"#,
    ),
];

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let json = |p: &PathBuf| p.extension().is_some_and(|e| e == "json");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().flatten().map(|f| f.path()).filter(json).collect();
    paths.sort();
    paths.iter().map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(p).unwrap())).collect()
}

/// Where every value of a document stands.
fn pointers(value: &Value) -> Vec<String> {
    fn walk(value: &Value, at: String, out: &mut Vec<String>) {
        match value {
            Value::Array(items) => items.iter().enumerate().for_each(|(i, v)| walk(v, format!("{at}/{i}"), out)),
            Value::Object(map) => {
                map.iter().for_each(|(k, v)| walk(v, format!("{at}/{}", k.replace('~', "~0").replace('/', "~1")), out));
            }
            _ => {}
        }
        out.push(at);
    }
    let mut out = Vec::new();
    walk(value, String::new(), &mut out);
    out
}

fn with(value: &Value, pointer: &str, new: &Value) -> Vec<u8> {
    let mut damaged = value.clone();
    *damaged.pointer_mut(pointer).unwrap() = new.clone();
    damaged.to_string().into_bytes()
}

/// What a reading says of its own losses.
fn told(reading: &Reading) -> Vec<String> {
    let lossy = reading.detections.iter().flat_map(|d| d.lossy.clone());
    let gaps = reading.sessions.iter().flat_map(|s| &s.gaps).map(|g| format!("{:?} {}", g.kind, g.what));
    let mut all: Vec<_> = lossy.chain(gaps).collect();
    all.sort();
    all
}

fn events(reading: &Reading) -> usize {
    let counts =
        |k: &model::EventKind| !matches!(k, model::EventKind::Handoff { .. } | model::EventKind::Guardrail { .. });
    reading.sessions.iter().flat_map(|s| &s.events).filter(|e| counts(&e.kind)).count()
}

fn check(name: &str, bytes: &[u8], most: usize) {
    let value: Value = serde_json::from_slice(bytes).unwrap();
    let whole = read(&[Evidence::new(name, bytes.to_vec())]).unwrap();
    let all = pointers(&value);
    let mut silent = Vec::new();
    for pointer in all.iter().step_by((all.len() / most).max(1)) {
        // A number never belongs where words do; the others may also mean that nothing was there.
        for new in [json!(7), Value::Null, json!([]), json!({}), json!("")] {
            let evidence = [Evidence::new(name, with(&value, pointer, &new))];
            let Ok(reading) = read(&evidence) else { continue };
            for trace in &reading.sessions {
                test_support::every_text_is_where_it_says(trace, &evidence);
            }
            if new == json!(7) && events(&reading) < events(&whole) && told(&reading) == told(&whole) {
                silent.push(pointer);
            }
        }
    }
    assert!(silent.is_empty(), "{name}: a number at these places loses events, and nothing says so: {silent:#?}");
}

#[test]
fn small_files_of_every_format() {
    for (name, text) in SMALL {
        check(name, text.as_bytes(), usize::MAX);
    }
}

#[test]
fn fixtures_of_otlp_and_others() {
    for (name, bytes) in fixtures() {
        check(&name, &bytes, 50);
    }
}

/// A disk that lost power leaves blocks of zeros.
#[test]
fn zeros_in_a_text_are_told() {
    let (_, text) = SMALL[1];
    let text = text.replace("\"x\"", "\"x\0\0\0\"");
    let found = read(&[Evidence::new("a.json", text.into_bytes())]).unwrap();
    assert!(
        found.sessions[0].gaps.iter().any(|gap| gap.what.contains("bytes of zero")),
        "{:?}",
        found.sessions[0].gaps
    );
}

#[test]
fn zeros_in_a_line_cost_the_line() {
    let line = |role: &str, text: &str| format!(r#"{{"role":"{role}","content":"{text}"}}"#);
    let told = |text: &str| {
        let text = [line("user", "Cancel parcel 7"), line("assistant", text), line("user", "Thanks")].join("\n");
        let found = read(&[Evidence::new("a.jsonl", text.into_bytes())]).unwrap();
        let session = &found.sessions[0];
        let lost =
            session.gaps.iter().any(|gap| gap.what.contains("bytes of zero") && gap.what.ends_with("dropped: 2"));
        (session.events.len(), lost)
    };
    // What is around them is half of a text, and no content.
    assert_eq!(told("Done\0\0\0\0."), (2, true));
    // A program may well print one, and JSON then escapes it.
    assert_eq!(told(r"Done\u0000."), (3, false));
}
