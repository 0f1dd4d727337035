use super::{TRACE, exchange, log, logs, nano, otlp, span};
use crate::model::{GapKind, KeyKind};
use crate::test_support::{all, kinds, one, reading, texts};
use crate::{Evidence, read};
use serde_json::{Value, json};

/// The keys in snake case, as Python's `MessageToDict` writes them.
fn snake(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let spelled = |key: &str| {
                key.chars()
                    .flat_map(|c| if c.is_uppercase() { vec!['_', c.to_ascii_lowercase()] } else { vec![c] })
                    .collect()
            };
            Value::Object(map.iter().map(|(k, v)| (spelled(k), snake(v))).collect())
        }
        Value::Array(items) => items.iter().map(snake).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_wrapping_of_spans_reads_alike() {
    let standard = otlp(&[exchange("01", 1)]);
    let group = json!([{ "instrumentationLibrarySpans": [{ "spans": [exchange("01", 1)] }] }]);
    let wrapped = [
        snake(&standard),
        json!({ "resourceSpans": group }),
        snake(&json!({ "resourceSpans": group })),
        json!({ "batches": group }),
        json!({ "trace": { "batches": group } }),
        json!({ "trace": standard }),
        json!({ "traces": [standard] }),
        json!({ "_id": { "$oid": "65a" }, "resourceSpans": standard["resourceSpans"] }),
        json!([{ "_id": { "$oid": "65a" }, "resourceSpans": standard["resourceSpans"] }]),
        json!({ "resourceSpans": standard["resourceSpans"], "resourceMetrics": [{}] }),
    ];
    for file in wrapped {
        let trace = one("o.json", &file.to_string());
        assert_eq!((texts(&trace), trace.key.as_str()), (vec!["Hi", "Hello"], TRACE), "{file}");
        assert!(trace.gaps.is_empty(), "{file}");
    }
}

#[test]
fn ids_times_and_enumerations_in_every_spelling() {
    let spellings = [
        json!({ "traceId": TRACE.to_uppercase(), "spanId": "0A0A0A0A0A0A0A0A" }),
        json!({ "traceId": "qqqqqqqqqqqqqqqqqqqqqg==", "spanId": "CgoKCgoKCgo=" }),
        json!({ "startTimeUnixNano": 1_700_000_001_000_000_000_u64 }),
        json!({ "startTimeUnixNano": { "$numberLong": "1700000001000000000" } }),
        json!({ "kind": "SPAN_KIND_CLIENT", "status": { "code": "STATUS_CODE_OK" } }),
        json!({ "kind": 3, "status": {} }),
        json!({ "events": null, "links": null, "unknown": [1] }),
    ];
    for spelling in spellings {
        let mut spelled = exchange("0a0a0a0a0a0a0a0a", 1);
        for (key, value) in spelling.as_object().into_iter().flatten() {
            spelled[key] = value.clone();
        }
        let trace = one("o.json", &otlp(&[spelled]).to_string());
        assert_eq!((trace.key.as_str(), kinds(&trace)), (TRACE, vec!["user".to_owned(), "assistant".to_owned()]));
        assert_eq!(trace.model_calls[0].start.map(|t| t.ns), Some(1_700_000_001_000_000_000), "{spelling}");
    }
    let mut failed = exchange("01", 1);
    failed["status"] = json!({ "code": "STATUS_CODE_ERROR", "message": "boom" });
    assert_eq!(kinds(&one("o.json", &otlp(&[failed]).to_string())).last().map(String::as_str), Some("error boom"));
}

#[test]
fn records_join_spans_whatever_the_spelling_of_the_ids() {
    let mut shouted = span("0a", "", 1, "chat m", &json!({ "gen_ai.operation.name": "chat" }));
    shouted["traceId"] = json!(TRACE.to_uppercase());
    shouted["spanId"] = json!("01");
    let mut file = otlp(&[shouted]);
    file["resourceLogs"] = logs(&[log("gen_ai.user.message", 1, &json!({ "content": "Hi" }))])["resourceLogs"].clone();
    let trace = one("o.json", &file.to_string());
    assert_eq!((texts(&trace), trace.model_calls.len()), (vec!["Hi"], 1));
}

#[test]
fn numbers_may_be_numbers_and_defaults_may_be_left_out() {
    let mut sparse = exchange("01", 1);
    let more = [
        json!({ "key": "gen_ai.usage.input_tokens", "value": { "intValue": 7 } }),
        json!({ "key": "gen_ai.usage.output_tokens", "value": { "int_value": "8" } }),
        json!({ "key": "lk.function_tool.is_error", "value": {} }),
        json!({ "key": "x" }),
        json!({}),
    ];
    sparse["attributes"].as_array_mut().expect("a list").extend(more);
    let trace = one("o.json", &otlp(&[sparse]).to_string());
    assert_eq!((trace.model_calls[0].input_tokens, trace.model_calls[0].output_tokens), (Some(7), Some(8)));
}

#[test]
fn a_span_without_attributes_and_one_without_its_parent() {
    let bare = json!({ "traceId": TRACE, "spanId": "02", "name": "x" });
    let mut orphan = exchange("01", 1);
    orphan["parentSpanId"] = json!("0f");
    let found = reading("o.json", &otlp(&[bare, orphan]).to_string());
    assert_eq!(texts(&found.sessions[0]), ["Hi", "Hello"]);
    let lossy = &found.detections[0].lossy;
    assert!(lossy[0].starts_with("1 spans have a parent") && lossy[1].starts_with("1 spans are neither"), "{lossy:?}");
}

#[test]
fn empty_trace_ids_identify_nothing() {
    let line = |id: &str| {
        let mut span = exchange(id, 1);
        span["traceId"] = json!("");
        otlp(&[span]).to_string()
    };
    let found = all("o.jsonl", &format!("{}\n{}\n", line("01"), line("01")));
    assert_eq!(found.iter().map(|t| t.key.as_str()).collect::<Vec<_>>(), ["o.jsonl#1", "o.jsonl#2"]);
    let mut record = log("gen_ai.user.message", 1, &json!({ "content": "Hi" }));
    record["traceId"] = json!("");
    let found = one("l.json", &logs(&[record]).to_string());
    assert_eq!((found.key.as_str(), texts(&found)), ("l.json", vec!["Hi"]));
}

#[test]
fn what_a_retry_sends_twice_is_told_once() {
    let begun = span("01", "", 1, "chat m", &json!({ "gen_ai.operation.name": "chat" }));
    for spans in
        [[begun.clone(), exchange("01", 1)], [exchange("01", 1), begun], [exchange("01", 1), exchange("01", 1)]]
    {
        let trace = one("o.json", &otlp(&spans).to_string());
        assert_eq!((texts(&trace), trace.model_calls.len(), trace.gaps.len()), (vec!["Hi", "Hello"], 1, 0));
    }
    let said = log("gen_ai.user.message", 1, &json!({ "content": "Hi" }));
    let again = log("gen_ai.user.message", 2, &json!({ "content": "Hi" }));
    assert_eq!(texts(&one("l.json", &logs(&[said.clone(), said, again]).to_string())), ["Hi", "Hi"]);
}

#[test]
fn batches_in_any_order_are_one_session() {
    let first = otlp(&[span(
        "02",
        "01",
        3,
        "execute_tool f",
        &json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.result": "x" }),
    )]);
    let second = otlp(&[
        exchange("03", 1),
        span(
            "01",
            "",
            0,
            "invoke_agent A",
            &json!({ "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "A", "gen_ai.conversation.id": "c1" }),
        ),
    ]);
    let trace = one("o.jsonl", &format!("{first}\n{second}\n"));
    assert_eq!(kinds(&trace), ["user", "assistant", "call f -> 3", "result Ok <- 2"]);
    assert_eq!((trace.key.as_str(), trace.key_kind), ("c1", KeyKind::Conversation));
    assert_eq!(trace.events[2].agent.as_deref(), Some("A"));
}

#[test]
fn damage_is_counted_and_no_session_is_whole_then() {
    let good = exchange("01", 1);
    let mut attributes = exchange("02", 5);
    attributes["attributes"] = json!(7);
    for bad in [json!(7), json!([]), json!("span"), attributes] {
        let found = reading("o.json", &otlp(&[good.clone(), bad.clone()]).to_string());
        assert!(found.sessions[0].has_gap(&[GapKind::InputDropped]), "{bad}");
        assert!(found.detections[0].lossy.iter().any(|l| l.starts_with("1 values that should")), "{bad}");
    }
    let found = reading("o.json", &json!({ "resourceSpans": [{ "scopeSpans": { "spans": [good] } }, 7] }).to_string());
    assert!(found.sessions.is_empty());
    assert!(found.detections[0].lossy[0].starts_with("2 values that should"), "{:?}", found.detections);
}

#[test]
fn metrics_and_traces_of_something_else_are_refused_with_what_is_in_them() {
    let refused = |text: String| read(&[Evidence::new("o.json", text.into_bytes())]).unwrap_err().to_string();
    let metrics = refused(r#"{"resourceMetrics":[{}]}"#.to_owned());
    assert!(metrics.contains("no message, tool call or other event") && metrics.contains("1 `metrics`"), "{metrics}");
    let silent = refused(otlp(&[span("01", "", 1, "GET /", &json!({}))]).to_string());
    assert!(silent.contains("1 `span`"), "{silent}");
    assert_eq!(nano(1), "1700000001000000000");
}

#[test]
fn spans_without_their_containers_are_spans_all_the_same() {
    let spans = [exchange("01", 1)];
    let lines: String = spans.iter().map(|span| format!("{span}\n")).collect();
    for file in [json!(spans).to_string(), lines, json!(spans[0]).to_string()] {
        assert_eq!(kinds(&one("s.json", &file)), ["user", "assistant"], "{file}");
    }
}

#[test]
fn what_a_collector_answered_is_no_record() {
    let batch = otlp(&[exchange("01", 1)]).to_string();
    for answer in ["{}", r#"{"partialSuccess":{}}"#, "[]"] {
        let trace = one("s.jsonl", &format!("{batch}\n{answer}\n"));
        assert_eq!(kinds(&trace), ["user", "assistant"], "{answer}");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }
    let printed = serde_json::to_string_pretty(&json!([otlp(&[exchange("01", 1)])])).unwrap();
    assert_eq!(kinds(&one("s.json", &format!("{printed}\n[]\n"))), ["user", "assistant"]);
}
