//! The traps of OTLP and its dialects, each with a file of a few lines.

mod containers;
mod dialects;
mod flat_spans;
mod genai;
mod langchain;
mod libraries;
mod lost;
mod vercel;

use serde_json::{Map, Value, json};

pub const TRACE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A value as OTLP wraps it.
pub fn any(value: &Value) -> Value {
    match value {
        Value::Null => json!({}),
        Value::Bool(b) => json!({ "boolValue": b }),
        Value::Number(n) => json!({ "intValue": n.to_string() }),
        Value::String(s) => json!({ "stringValue": s }),
        Value::Array(items) => json!({ "arrayValue": { "values": items.iter().map(any).collect::<Vec<_>>() } }),
        Value::Object(map) => json!({ "kvlistValue": { "values": attributes(map) } }),
    }
}

fn attributes(map: &Map<String, Value>) -> Vec<Value> {
    map.iter().map(|(key, value)| json!({ "key": key, "value": any(value) })).collect()
}

pub fn list(attrs: &Value) -> Vec<Value> {
    attrs.as_object().map(attributes).unwrap_or_default()
}

pub fn nano(second: u32) -> String {
    format!("{}000000000", 1_700_000_000 + u64::from(second))
}

/// A span of one second.
pub fn span(id: &str, parent: &str, second: u32, name: &str, attrs: &Value) -> Value {
    json!({
        "traceId": TRACE, "spanId": id, "parentSpanId": parent, "name": name,
        "startTimeUnixNano": nano(second), "endTimeUnixNano": nano(second + 1), "attributes": list(attrs),
    })
}

pub fn otlp(spans: &[Value]) -> Value {
    json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": spans }] }] })
}

pub fn log(name: &str, second: u32, body: &Value) -> Value {
    json!({ "eventName": name, "traceId": TRACE, "spanId": "01", "timeUnixNano": nano(second), "body": any(body) })
}

pub fn logs(records: &[Value]) -> Value {
    json!({ "resourceLogs": [{ "scopeLogs": [{ "logRecords": records }] }] })
}

/// A chat span with one exchange in it.
pub fn exchange(id: &str, second: u32) -> Value {
    span(
        id,
        "",
        second,
        "chat m",
        &json!({
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": r#"[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]"#,
            "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]"#,
        }),
    )
}
