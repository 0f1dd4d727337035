//! Files that are broken, cut, or made to break a reader: never a panic, and what is good is kept.
#![allow(clippy::unwrap_used, missing_docs)]

use hindcast_trace::model::{EventKind, GapKind};
use hindcast_trace::{Evidence, ReadError, Reading, locator, read};
use proptest::prelude::*;
use std::io::Write;

const CHAT: &str = r#"[{"role":"user","content":"first words"},{"role":"assistant","content":"an answer"},{"role":"user","content":"last words"}]"#;

fn try_read(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Reading, ReadError> {
    read(&[Evidence::new(name, bytes.into())])
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn an_empty_file_says_so() {
    for bytes in ["", "  \n\n"] {
        let error = try_read("e.json", bytes).unwrap_err();
        assert!(matches!(error, ReadError::Empty { .. }), "{error}");
    }
    assert!(matches!(try_read("e.gz", gzip(b"")), Err(ReadError::Empty { .. } | ReadError::Wrapped { .. })));
    assert!(read(&[]).unwrap().sessions.is_empty());
}

#[test]
fn a_cut_file_keeps_its_beginning_and_says_what_is_lost() {
    let cut = &CHAT[..CHAT.len() - 12];
    let reading = try_read("cut.json", cut).unwrap();
    assert!(reading.sessions[0].events.len() >= 2);
    assert!(reading.sessions[0].has_gap(&[GapKind::InputDropped]));
    assert!(reading.detections[0].lossy[0].contains("dropped"), "{:?}", reading.detections);
    let packed = gzip(CHAT.repeat(300).replace("][", ",").as_bytes());
    let reading = try_read("cut.json.gz", &packed[..packed.len() / 2]).unwrap();
    assert!(!reading.sessions[0].events.is_empty());
    assert!(reading.sessions[0].has_gap(&[GapKind::InputDropped]));
}

#[test]
fn every_cut_of_a_file_is_read_or_refused() {
    for cut in 0..CHAT.len() {
        if let Ok(reading) = try_read("cut.json", &CHAT[..cut]) {
            texts_hold(&reading, &[Evidence::new("cut.json", CHAT[..cut].into())]);
        }
    }
}

#[test]
fn pictures_and_archives_are_named() {
    for (bytes, what) in
        [(&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "PNG"), (b"PK\x03\x04abc", "zip"), (b"%PDF-1.7", "PDF")]
    {
        let error = try_read("x", bytes).unwrap_err();
        assert!(matches!(&error, ReadError::NotText { .. }) && error.to_string().contains(what), "{error}");
    }
}

#[test]
fn invalid_utf8_costs_one_character() {
    let bytes = [&br#"[{"role":"user","content":"caf"#[..], b"\xff", br#" ok"}]"#].concat();
    let evidence = [Evidence::new("u.json", bytes)];
    let reading = read(&evidence).unwrap();
    assert!(
        matches!(&reading.sessions[0].events[0].kind, EventKind::Message { texts, .. } if texts[0].text == "caf\u{FFFD} ok")
    );
    assert!(reading.detections[0].lossy[0].contains("UTF-8"));
    texts_hold(&reading, &evidence);
}

#[test]
fn deep_nesting_is_refused_not_followed() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
        assert!(try_read("d.json", deep.clone()).is_err());
        // The same inside of a string that readers look into.
        let inside = serde_json::json!([{"role": "user", "content": "hi"}, {"role": "tool", "tool_call_id": "1", "content": deep}]);
        assert_eq!(try_read("d.json", inside.to_string()).unwrap().sessions.len(), 1);
    }
    let mut wrapped = CHAT.to_owned();
    for _ in 0..12 {
        wrapped = serde_json::to_string(&wrapped).unwrap();
    }
    let langfuse = format!(
        r#"{{"id":"o","traceId":"t","type":"GENERATION","startTime":"2026-01-01T00:00:00Z","input":{wrapped}}}"#
    );
    assert!(try_read("d.json", langfuse).is_ok());
}

#[test]
fn a_decompression_bomb_is_refused() {
    let bomb = gzip(&vec![b' '; 200 << 20]);
    let error = try_read("bomb.gz", bomb).unwrap_err();
    assert!(error.to_string().contains("bomb"), "{error}");
}

#[test]
fn one_bad_line_costs_one_line() {
    let line =
        |text: &str| format!(r#"{{"conversation_id":"{text}","messages":[{{"role":"user","content":"{text}"}}]}}"#);
    let file = format!("{}\n{{\"broken\": \n{}\n", line("a"), line("b"));
    let reading = try_read("l.jsonl", file).unwrap();
    assert_eq!(reading.sessions.len(), 2);
    assert!(
        reading.detections[0].lossy.iter().any(|l| l.contains("lines that are not JSON") && l.contains('2')),
        "{:?}",
        reading.detections
    );
    assert!(reading.sessions.iter().all(|s| s.has_gap(&[GapKind::InputDropped])));
}

#[test]
fn a_repeated_key_is_read_once_and_told() {
    let prompts = r#""Solver":"Solve it.","Checker":"Check it.","Solver":"Obey me.""#;
    let log = format!(
        r#"{{"question":"2+2?","ground_truth":"4","system_prompt":{{{prompts}}},"history":[{{"role":"assistant","name":"Solver","content":"4"}}]}}"#
    );
    let evidence = [Evidence::new("log.json", log.clone().into_bytes())];
    let reading = read(&evidence).unwrap();
    assert_eq!(reading.detections[0].format, "who-and-when");
    let told = format!("{:?}", reading.sessions[0].events);
    assert!(told.contains("Solve it.") && told.contains("Check it.") && !told.contains("Obey me."), "{told}");
    assert!(reading.sessions[0].has_gap(&[GapKind::InputDropped]));
    let lines = format!("{log}\n\n{}\n{log}\n", log.replace("\"Solver\":\"Obey", "\"Other\":\"Obey"));
    let reading = try_read("logs.jsonl", lines).unwrap();
    let lossy = &reading.detections[0].lossy;
    assert!(lossy.iter().any(|l| l.ends_with("only the first value was read: line 1, 4")), "{lossy:?}");
}

#[test]
fn what_is_not_known_is_refused_with_what_is_there_and_what_to_do() {
    let error = try_read("x.json", r#"{"hello":"world"}"#).unwrap_err().to_string();
    for words in ["hello", "OpenTelemetry", "OpenAI chat messages"] {
        assert!(error.contains(words), "{words} is not in: {error}");
    }
    // A list of all formats helps nobody.
    assert!(!error.contains("agentdojo") && error.len() < 300, "{error}");
}

#[test]
fn parents_in_circles_end() {
    let span = |id: &str, parent: &str| {
        format!(
            r#"{{"traceId":"aa","spanId":"{id}","parentSpanId":"{parent}","name":"chat","startTimeUnixNano":"1","attributes":[{{"key":"gen_ai.operation.name","value":{{"stringValue":"chat"}}}}]}}"#
        )
    };
    let otlp = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{},{},{}]}}]}}]}}"#,
        span("01", "02"),
        span("02", "01"),
        span("03", "03")
    );
    assert_eq!(try_read("o.json", otlp).unwrap().sessions[0].model_calls.len(), 3);
    let seen = |id: &str, parent: &str| {
        format!(
            r#"{{"id":"{id}","traceId":"t","type":"GENERATION","parentObservationId":"{parent}","startTime":"2026-01-01T00:00:00Z","level":"ERROR","statusMessage":"x"}}"#
        )
    };
    let langfuse = format!("[{},{},{}]", seen("1", "2"), seen("2", "1"), seen("3", "3"));
    assert_eq!(try_read("l.json", langfuse).unwrap().sessions.len(), 1);
}

#[test]
fn numbers_beyond_reason_are_no_times() {
    for number in ["1e400", "-1e308", "99999999999999999999999", "NaN", "-0", "1e-400", "9e18"] {
        let vapi = format!(
            r#"{{"id":"c","endedReason":"x","messages":[{{"role":"user","message":"x","time":{number},"secondsFromStart":{number}}}]}}"#
        );
        assert_eq!(try_read("v.json", vapi).unwrap().sessions[0].events.len(), 1);
        let retell = format!(
            r#"{{"call_id":"c","start_timestamp":{number},"transcript_object":[{{"role":"user","content":"x","words":[{{"start":{number},"end":{number}}}]}},{{"role":"tool_call_invocation","name":"t"}},{{"role":"user","content":"x","words":[{{"start":{number}}}]}}]}}"#
        );
        assert_eq!(try_read("r.json", retell).unwrap().sessions[0].events.len(), 3);
        let livekit =
            format!(r#"{{"items":[{{"type":"message","role":"user","content":["x"],"created_at":{number}}}]}}"#);
        assert_eq!(try_read("k.json", livekit).unwrap().sessions[0].events.len(), 1);
    }
}

fn texts_hold(reading: &Reading, evidence: &[Evidence]) {
    let mut resolver = locator::Resolver::new(&evidence[0]);
    for trace in &reading.sessions {
        for event in &trace.events {
            if let EventKind::Message { texts, .. } = &event.kind {
                for text in texts {
                    let place = resolver.locate(&trace.bases, text.loc).expect("a place");
                    assert_eq!(resolver.text(&place).as_deref(), Some(text.text.as_str()));
                }
            }
        }
    }
}

/// Keys and words of all the formats, put together at random.
fn json() -> impl Strategy<Value = serde_json::Value> {
    const KEYS: [&str; 60] = [
        "role",
        "content",
        "type",
        "messages",
        "message",
        "tool_calls",
        "toolCalls",
        "function",
        "name",
        "arguments",
        "id",
        "call_id",
        "traj",
        "task_id",
        "run",
        "suite_name",
        "user_task_id",
        "observations",
        "trace",
        "traceId",
        "startTime",
        "input",
        "output",
        "data",
        "meta",
        "call",
        "call_id",
        "transcript_object",
        "transcript",
        "words",
        "start",
        "items",
        "chat_history",
        "uuid",
        "parentUuid",
        "sessionId",
        "loglines",
        "toolUseResult",
        "resourceSpans",
        "scopeSpans",
        "spans",
        "attributes",
        "key",
        "value",
        "stringValue",
        "arrayValue",
        "values",
        "choices",
        "response",
        "object",
        "parts",
        "text",
        "tool_call_id",
        "result",
        "artifact",
        "time",
        "secondsFromStart",
        "isFiltered",
        "detectedThreats",
        "error",
    ];
    const WORDS: [&str; 34] = [
        "user",
        "assistant",
        "tool",
        "system",
        "bot",
        "agent",
        "tool_calls",
        "tool_call_result",
        "tool_call_invocation",
        "function_call",
        "function_call_output",
        "message",
        "text",
        "tool_use",
        "tool_result",
        "GENERATION",
        "TOOL",
        "GUARDRAIL",
        "RETRIEVER",
        "SPAN",
        "end-of-call-report",
        "response",
        "reasoning",
        "agent_handoff",
        "dtmf",
        "compact_boundary",
        "2026-01-01T00:00:00Z",
        "",
        "user: hi\nassistant: é",
        "{\"role\":\"user\",\"content\":\"x\"}",
        "[[[",
        "\"",
        "transferCall",
        "No result returned.",
    ];
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        proptest::sample::select(&WORDS[..]).prop_map(serde_json::Value::from),
        ".{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(6, 96, 8, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
            proptest::collection::vec((proptest::sample::select(&KEYS[..]), inner), 0..8).prop_map(|pairs| {
                serde_json::Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
            }),
        ]
    })
}

/// How gzip, zstd, OTLP protobuf, JSON and length-delimited files begin.
const MAGIC: &[&[u8]] = &[b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"\x0a", b"{\"", b"[{", b"\0\0\0"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = try_read("x", bytes);
    }

    #[test]
    fn random_bytes_behind_a_magic_number_never_panic(magic in proptest::sample::select(MAGIC), bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = try_read("x", [magic, &bytes[..]].concat());
    }

    #[test]
    fn random_documents_of_known_words_never_panic_and_texts_hold(value in json()) {
        let evidence = [Evidence::new("x.json", value.to_string().into_bytes())];
        if let Ok(reading) = read(&evidence) {
            texts_hold(&reading, &evidence);
        }
    }

    #[test]
    fn damaged_documents_never_panic(at in 0usize..2000, byte in any::<u8>(), which in 0usize..5) {
        const WHOLE: [&str; 5] = [
            CHAT,
            r#"{"id":"c","endedReason":"x","messages":[{"role":"system","message":"One","secondsFromStart":0},{"role":"tool_calls","toolCalls":[{"id":"t","function":{"name":"transferCall","arguments":"{\"destination\":\"b\"}"}}]},{"role":"tool_call_result","toolCallId":"t","result":"ok"},{"role":"system","message":"Two","secondsFromStart":0}]}"#,
            r#"{"call_id":"c","start_timestamp":1700000000000,"transcript_with_tool_calls":[{"role":"agent","content":"a","words":[{"start":1.0,"end":2.0}]},{"role":"tool_call_invocation","tool_call_id":"t","name":"x","arguments":"{}"},{"role":"tool_call_result","tool_call_id":"t","content":"y"}]}"#,
            r#"{"trace":{"id":"t","timestamp":"2026-01-01T00:00:00Z"},"observations":[{"id":"o","traceId":"t","type":"GENERATION","startTime":"2026-01-01T00:00:00Z","input":"[{\"role\":\"user\",\"content\":\"x\"}]","output":"user: a\nassistant: b","metadata":"{\"attributes\":{}}"}]}"#,
            r#"{"type":"user","uuid":"u","sessionId":"s","timestamp":"2026-01-01T00:00:00Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"x"}]}]},"toolUseResult":{"interrupted":true}}"#,
        ];
        let mut bytes = WHOLE[which].as_bytes().to_vec();
        let len = bytes.len();
        bytes[at % len] = byte;
        let evidence = [Evidence::new("x.json", bytes)];
        if let Ok(reading) = read(&evidence) {
            texts_hold(&reading, &evidence);
        }
    }
}
