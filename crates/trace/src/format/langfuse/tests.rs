use crate::model::{EventKind, GapKind, KeyKind, Role, Transport};
use crate::test_support::{all, kinds, one, reading, texts, transports};

/// An observation with further members.
fn seen(id: &str, parent: &str, kind: &str, second: u32, more: &str) -> String {
    format!(
        r#"{{"id":"{id}","traceId":"t1","parentObservationId":"{parent}","type":"{kind}","name":"{id}","startTime":"2026-01-01T00:00:{second:02}.000Z","endTime":"2026-01-01T00:00:{:02}.000Z"{more}}}"#,
        second + 1
    )
}

fn trace(session: &str, observations: &[String]) -> String {
    format!(
        r#"{{"id":"t1","timestamp":"2026-01-01T00:00:00.000Z","sessionId":{session},"observations":[{}]}}"#,
        observations.join(",")
    )
}

const ASK: &str = r#","input":[{"role":"user","content":"Refund"}],"output":{"role":"assistant","content":"Sure"}"#;

#[test]
fn the_session_is_the_conversation_over_several_traces() {
    let second = trace("\"s1\"", &[seen("g2", "", "GENERATION", 5, r#","input":[{"role":"user","content":"Refund"},{"role":"assistant","content":"Sure"},{"role":"user","content":"Now"}],"output":"Done""#)])
        .replace("\"t1\"", "\"t2\"");
    let first = trace("\"s1\"", &[seen("g1", "", "GENERATION", 1, ASK)]);
    let found = one("l.json", &format!("[{first},{second}]"));
    assert_eq!((found.key.as_str(), found.key_kind), ("s1", KeyKind::Conversation));
    assert_eq!(texts(&found), ["Refund", "Sure", "Now", "Done"]);
}

#[test]
fn strings_that_hold_json_read_like_the_objects() {
    let download = format!(
        r#"{{"trace":{{"id":"t1","timestamp":"2026-01-01T00:00:00Z","observations":[{}]}},"observations":[{}]}}"#,
        seen("g1", "", "GENERATION", 1, r#","input":null,"output":null"#),
        seen(
            "g1",
            "",
            "GENERATION",
            1,
            r#","input":"[{\"role\":\"user\",\"content\":\"Refund\"}]","output":"{\"role\":\"assistant\",\"content\":\"Sure\"}""#
        )
    );
    let found = one("l.json", &download);
    assert_eq!(texts(&found), ["Refund", "Sure"]);
    assert!(found.gaps.is_empty(), "{:?}", found.gaps);
}

#[test]
fn lists_of_observations_and_pages_of_the_api_read_alike() {
    let list = format!("[{}]", seen("g1", "", "GENERATION", 1, ASK));
    let page = format!(r#"{{"data":[{}],"meta":{{"page":1}}}}"#, seen("g1", "", "GENERATION", 1, ASK));
    let lines = format!("{}\n", seen("g1", "", "GENERATION", 1, ASK));
    let bare = format!(r#"{{"data":[{}]}}"#, seen("g1", "", "GENERATION", 1, ASK));
    for text in [list, page, lines, bare] {
        assert_eq!(texts(&one("l.json", &text)), ["Refund", "Sure"]);
    }
}

#[test]
fn payloads_in_any_form() {
    let forms = [
        (r#","input":"system: Be kind\nuser: Hi","output":"Hello""#, vec!["system", "user", "assistant"]),
        (
            r#","input":{"system":"Be kind","messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]},"output":{"type":"message","role":"assistant","content":[{"type":"text","text":"Hello"},{"type":"tool_use","id":"t","name":"x","input":{}}],"stop_reason":"tool_use"}"#,
            vec!["system", "user", "assistant", "call x -> none"],
        ),
        (
            r#","input":{"prompt":"Hi"},"output":[{"toolCallId":"c","toolName":"x","input":"{}"}]"#,
            vec!["user", "call x -> none"],
        ),
        (
            r#","input":[{"type":"function_call","call_id":"c","name":"x","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"y"}],"output":{"object":"response","id":"r","status":"completed","instructions":"Be kind","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hello"}]}]}"#,
            vec!["system", "call x -> 2", "result Unknown <- 1", "assistant"],
        ),
        (
            r#","input":{"systemInstruction":{"parts":[{"text":"Be kind"}]},"contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"name":"x","args":{"a":1}}}]},{"role":"user","parts":[{"functionResponse":{"name":"x","response":{"ok":1}}}]}]},"output":{"candidates":[{"content":{"role":"model","parts":[{"text":"Hello"}]},"finishReason":"STOP"}]}"#,
            vec!["system", "user", "call x -> 3", "result Unknown <- 2", "assistant"],
        ),
        (r#","input":"What is up?","output":{"answer":42}"#, vec!["user", "assistant"]),
    ];
    for (more, expected) in forms {
        assert_eq!(kinds(&one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, more)]))), expected, "{more}");
    }
}

#[test]
fn definitions_disguised_as_messages_are_tools() {
    let more = r#","input":[{"role":"user","content":"Hi"},{"role":"tool","content":{"type":"function","function":{"name":"search","description":"d","parameters":{}}}}],"output":"Hello""#;
    let found = one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, more)]));
    assert_eq!(kinds(&found), ["user", "assistant"]);
    assert_eq!(found.tools[0].name.text, "search");
}

#[test]
fn of_a_generation_inside_a_generation_the_inner_one_counts() {
    let outer = seen("outer", "", "GENERATION", 1, r#","input":{"prompt":"Hi"},"output":"Hello""#);
    let inner = seen(
        "inner",
        "outer",
        "GENERATION",
        1,
        r#","input":[{"role":"user","content":"Hi"}],"output":"Hello","usageDetails":{"input":7,"output":2}"#,
    );
    let found = one("l.json", &trace("null", &[outer, inner]));
    assert_eq!(texts(&found), ["Hi", "Hello"]);
    assert_eq!(found.model_calls.len(), 1);
    assert_eq!(found.model_calls[0].input_tokens, Some(7));
}

#[test]
fn tools_join_by_arguments_also_in_pythons_spelling() {
    let made = r#","input":[{"role":"user","content":"Hi"}],"output":{"role":"assistant","content":"","additional_kwargs":{"tool_calls":[{"id":"c1","type":"function","function":{"name":"search","arguments":"{\"query\":\"example\"}"}}]}}"#;
    let ran = seen("search", "", "TOOL", 3, r#","input":"{'query': 'example'}","output":"found""#);
    let failed = seen("other", "", "TOOL", 5, r#","input":{},"level":"ERROR","statusMessage":"timed out""#);
    let found = one("l.json", &trace("null", &[ran, failed, seen("g1", "", "GENERATION", 1, made)]));
    assert_eq!(
        kinds(&found),
        ["user", "call search -> 2", "result Unknown <- 1", "call other -> 4", "result Error <- 3"]
    );
    assert!(matches!(&found.events[4].kind, EventKind::ToolResult { error: Some(e), .. } if e.text == "timed out"));
}

#[test]
fn a_tool_message_from_a_span_is_a_tool_at_work() {
    let more = r#","input":"{'q': 1}","output":{"type":"tool","content":"found","name":"search","tool_call_id":"c9","status":"success"}"#;
    let found =
        one("l.json", &trace("null", &[seen("search", "", "SPAN", 1, more), seen("g1", "", "GENERATION", 3, ASK)]));
    assert_eq!(transports(&found), [Transport::Ok]);
    assert!(matches!(&found.events[0].kind, EventKind::ToolCall { call_id: Some(id), .. } if id == "c9"));
}

#[test]
fn guards_retrievers_handoffs_and_errors() {
    let list = [
        seen("root", "", "AGENT", 0, r#","level":"ERROR","statusMessage":"boom""#),
        seen("pii", "root", "GUARDRAIL", 1, r#","output":{"flagged":true}"#),
        seen("topic", "root", "GUARDRAIL", 2, r#","output":"allow""#),
        seen("quiet", "root", "GUARDRAIL", 3, r#","output":{"score":0.2}"#),
        seen("docs", "root", "RETRIEVER", 4, r#","input":"refunds","output":["a","b"]"#),
        seen("handoff to Billing", "root", "TOOL", 5, ""),
        seen("step", "root", "SPAN", 6, r#","level":"ERROR","statusMessage":"boom""#),
        seen("g1", "root", "GENERATION", 7, ASK),
    ];
    let found = one("l.json", &trace("null", &list));
    assert_eq!(
        kinds(&found),
        [
            "guardrail pii Triggered",
            "guardrail topic Passed",
            "guardrail quiet Unknown",
            "retrieval Some(2)",
            "handoff root -> Billing",
            "error boom",
            "user",
            "assistant"
        ]
    );
}

#[test]
fn a_failed_call_fails_after_it_was_asked() {
    let more =
        r#","input":[{"role":"user","content":"Hi"}],"output":null,"level":"ERROR","statusMessage":"overloaded""#;
    assert_eq!(
        kinds(&one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, more)]))),
        ["user", "error overloaded"]
    );
}

#[test]
fn what_was_left_out_of_the_export_is_a_gap() {
    let found = one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, r#","input":null,"output":null"#)]));
    assert!(found.has_gap(&[GapKind::ContentNotCaptured]));
    assert_eq!(found.model_calls.len(), 1);
    let cut = one(
        "l.json",
        &trace(
            "null",
            &[seen("g1", "", "GENERATION", 1, r#","input":"<truncated due to size exceeding limit>","output":"x""#)],
        ),
    );
    assert!(cut.has_gap(&[GapKind::ContentTruncated]));
}

#[test]
fn a_trace_without_model_calls_tells_its_outermost_step() {
    let state = r#","input":{"messages":[{"type":"human","content":"Hi"}]},"output":{"messages":[{"type":"human","content":"Hi"},{"type":"ai","content":"Hello"}]}"#;
    let found = one("l.json", &trace("null", &[seen("graph", "", "SPAN", 1, state)]));
    assert_eq!(texts(&found), ["Hi", "Hello"]);
    let bare = all(
        "l.json",
        r#"[{"id":"t9","timestamp":"2026-01-01T00:00:00Z","projectId":"p","input":"Hi","output":"Hello"}]"#,
    );
    assert_eq!(texts(&bare[0]), ["Hi", "Hello"]);
    assert!(matches!(bare[0].events[1].kind, EventKind::Message { role: Role::Assistant, .. }));
}

#[test]
fn scores_are_left_out_and_said_so() {
    let text = trace("null", &[seen("g1", "", "GENERATION", 1, ASK)])
        .replace(r#""observations""#, r#""scores":[{"name":"hallucination","value":1}],"observations""#);
    let found = reading("l.json", &text);
    assert!(found.detections[0].lossy.iter().any(|l| l.contains("1 scores")), "{:?}", found.detections);
}

#[test]
fn half_of_a_call_that_is_missing_is_a_gap_too() {
    let halves = [
        (r#","input":null,"output":{"role":"assistant","content":"r"}"#, "its input"),
        (r#","input":[{"role":"user","content":"q"}],"output":null"#, "its output"),
    ];
    for (more, what) in halves {
        let found = one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, more)]));
        assert_eq!(found.gaps.len(), 1);
        assert!(found.gaps[0].what.contains(what) && found.gaps[0].kind == GapKind::ContentNotCaptured);
    }
    let failed = r#","input":[{"role":"user","content":"q"}],"output":null,"level":"ERROR","statusMessage":"x""#;
    assert!(one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, failed)])).gaps.is_empty());
}

#[test]
fn calls_and_definitions_in_fields_of_their_own() {
    let more = r#","input":[{"role":"user","content":"q"}],"output":null,"toolCalls":["{\"id\":\"c1\",\"name\":\"f\",\"arguments\":\"{}\"}"],"toolCallNames":["f"],"toolDefinitions":{"f":"{\"description\":\"d\",\"parameters\":{}}"}"#;
    let found = one("l.json", &trace("null", &[seen("g1", "", "GENERATION", 1, more)]));
    assert_eq!(kinds(&found), ["user", "call f -> none"]);
    assert_eq!((found.tools.len(), found.tools[0].name.text.as_str()), (1, "f"));
    assert_eq!(found.tools[0].description.as_ref().map(|d| d.text.as_str()), Some("d"));
}

#[test]
fn a_second_sighting_without_content_does_not_hide_the_first() {
    let meta = r#","metadata":{"attributes":{"gen_ai.response.id":"r1"}}"#;
    let silent = seen("g0", "", "GENERATION", 1, &format!(r#"{meta},"input":null,"output":null"#));
    let telling = seen("g1", "", "GENERATION", 2, &format!("{meta}{ASK}"));
    assert_eq!(texts(&one("l.json", &trace("null", &[silent, telling]))), ["Refund", "Sure"]);
}

const ROW: &str = r#""project_id":"p","type":"GENERATION","parent_observation_id":"","start_time":"2026-01-01 00:00:01.000000","end_time":"2026-01-01 00:00:02.000000","provided_model_name":"m","usage_details":{"input":7,"output":2},"tool_calls":[],"tool_definitions":{}"#;

#[test]
fn rows_of_the_export_to_blob_storage_are_joined_by_their_trace() {
    let asked = r#""input":"[{\"role\":\"user\",\"content\":\"Refund\"}]","output":"{\"role\":\"assistant\",\"content\":\"Sure\"}""#;
    let observations = format!("{{\"id\":\"g1\",\"trace_id\":\"t1\",{ROW},{asked}}}");
    let alone = one("o.jsonl", &observations);
    assert_eq!((texts(&alone), alone.key_kind), (vec!["Refund", "Sure"], KeyKind::Trace));
    assert_eq!((alone.model_calls[0].model.as_deref(), alone.model_calls[0].input_tokens), (Some("m"), Some(7)));
    assert!(alone.gaps.is_empty(), "{:?}", alone.gaps);
    let enriched = observations.replace("{\"id\"", "{\"session_id\":\"s1\",\"id\"");
    assert_eq!(one("o.json", &format!("[{enriched}]")).key, "s1");
    let trace = r#"{"id":"t1","timestamp":"2026-01-01 00:00:00.000000","name":"n","project_id":"p","session_id":"s1","public":false,"bookmarked":false,"input":null,"output":null}"#;
    let files = [
        crate::Evidence::new("traces.jsonl", trace.as_bytes().to_vec()),
        crate::Evidence::new("observations.jsonl", observations.into_bytes()),
    ];
    let found = crate::read(&files).expect("reads").sessions;
    assert_eq!((found.len(), found[0].key.as_str(), texts(&found[0])), (1, "s1", vec!["Refund", "Sure"]));
}

#[test]
fn an_empty_text_in_a_row_is_one_that_is_not_set() {
    let bare = format!(r#"{{"id":"g1","trace_id":"t1",{ROW},"input":"","output":""}}"#);
    let found = one("o.jsonl", &bare);
    assert!(found.has_gap(&[GapKind::ContentNotCaptured]));
    assert!(found.gaps.iter().any(|gap| gap.what.contains("input and output")));
}

#[test]
fn attributes_may_be_json_in_the_text_of_the_metadata() {
    let made = r#","input":[{"role":"user","content":"Hi"}],"output":{"role":"assistant","content":"","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}},{"id":"c2","type":"function","function":{"name":"f","arguments":"{}"}}]}"#;
    let ran = |id: &str, second| {
        seen(
            id,
            "",
            "SPAN",
            second,
            &format!(
                r#","input":"{{}}","output":"of {id}","metadata":{{"attributes":"{{\"gen_ai.operation.name\":\"execute_tool\",\"gen_ai.tool.name\":\"f\",\"gen_ai.tool.call.id\":\"{id}\"}}"}}"#
            ),
        )
    };
    let found = one("l.json", &trace("null", &[ran("c2", 3), ran("c1", 5), seen("g1", "", "GENERATION", 1, made)]));
    assert_eq!(kinds(&found), ["user", "call f -> 4", "call f -> 3", "result Unknown <- 2", "result Unknown <- 1"]);
}

#[test]
fn scores_are_books_beside_observations_and_nothing_alone() {
    let score = r#"{"id":"s","timestamp":"2026-01-01T00:00:00Z","projectId":"p","traceId":"t1","name":"tone","value":1,"source":"API","dataType":"NUMERIC"}"#;
    let error =
        crate::read(&[crate::Evidence::new("scores.json", format!("[{score}]").into_bytes())]).expect_err("refused");
    assert!(error.to_string().contains("1 `score`"), "{error}");
    let found = reading("l.jsonl", &format!("{score}\n{}\n", seen("g1", "", "GENERATION", 1, ASK)));
    assert_eq!((found.sessions.len(), texts(&found.sessions[0])), (1, vec!["Refund", "Sure"]));
    assert!(found.detections[0].lossy.iter().any(|l| l.contains("1 scores")), "{:?}", found.detections);
}

#[test]
fn spans_of_other_tools_are_not_rows_of_langfuse() {
    for kind in ["tool", "TOOL", "llm"] {
        let span = format!(
            r#"{{"id":"a","trace_id":"t","type":"{kind}","name":"n","start_time":"2026-01-01T00:00:00Z","input":{{}}}}"#
        );
        let doc = crate::json::parse_first(span.as_bytes()).expect("JSON").0;
        assert!(!super::is_observation(crate::node::Node::new(doc.root(), 0)), "{kind}");
    }
}
