use super::{exchange, list, log, logs, nano, otlp, span};
use crate::model::{EventKind, Finish, GapKind, Transport};
use crate::test_support::{kinds, one, reading, texts, transports};
use crate::{Evidence, ReadError, read};
use serde_json::{Value, json};

/// A chat span with further attributes and events.
fn chat(more: Value, events: &[(&str, Value)]) -> Value {
    let mut attrs = json!({ "gen_ai.operation.name": "chat", "gen_ai.request.model": "m" });
    for (key, value) in more.as_object().into_iter().flatten() {
        attrs[key] = value.clone();
    }
    let mut made = span("01", "", 1, "chat m", &attrs);
    let event =
        |(name, attrs): &(&str, Value)| json!({ "name": name, "timeUnixNano": nano(1), "attributes": list(attrs) });
    made["events"] = events.iter().map(event).collect();
    made
}

fn with_logs(spans: &[Value], records: &[Value]) -> String {
    let mut file = otlp(spans);
    file["resourceLogs"] = logs(records)["resourceLogs"].clone();
    file.to_string()
}

const ASKED: &str = r#"[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]"#;

#[test]
fn messages_as_text_as_structure_and_in_the_event_of_the_operation() {
    let asked: Value = serde_json::from_str(ASKED).expect("JSON");
    let answered =
        json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "Hello" }], "finish_reason": "stop" }]);
    let both = json!({ "gen_ai.input.messages": asked, "gen_ai.output.messages": answered });
    let details = "gen_ai.client.inference.operation.details";
    let mut of_attributes = log(details, 2, &json!(null));
    of_attributes["attributes"] = json!(list(&both));
    let files = [
        otlp(&[chat(both.clone(), &[])]).to_string(),
        otlp(&[chat(json!({ "gen_ai.input.messages": ASKED, "gen_ai.output.messages": answered.to_string() }), &[])])
            .to_string(),
        otlp(&[chat(json!({}), &[(details, both.clone())])]).to_string(),
        with_logs(&[chat(json!({}), &[])], &[of_attributes.clone()]),
        with_logs(&[chat(json!({}), &[])], &[log(details, 2, &both)]),
        logs(&[of_attributes]).to_string(),
    ];
    for file in files {
        let trace = one("o.json", &file);
        assert_eq!((kinds(&trace), trace.gaps.len()), (vec!["user".to_owned(), "assistant".to_owned()], 0), "{file}");
    }
    let finish = one("o.json", &otlp(&[chat(both, &[])]).to_string()).model_calls[0].finish.clone();
    assert_eq!(finish.map(|f| f.0), Some(Finish::Stop));
}

#[test]
fn several_events_of_one_call_each_hold_a_part_of_it() {
    let details = "gen_ai.client.inference.operation.details";
    let system = json!({ "gen_ai.system_instructions": r#"[{"type":"text","content":"Be kind."}]"# });
    let asked = json!({ "gen_ai.input.messages": ASKED });
    let answered =
        json!({ "gen_ai.output.messages": r#"[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]"# });
    let events = [system, asked, answered].map(|part| (details, part));
    let of_log = |(name, part): &(&str, Value)| {
        let mut record = log(name, 2, &json!(null));
        record["attributes"] = json!(list(part));
        record
    };
    let twice: Vec<_> = events.iter().chain(&events).cloned().collect();
    let files = [
        otlp(&[chat(json!({}), &events)]).to_string(),
        otlp(&[chat(json!({}), &twice)]).to_string(),
        with_logs(&[chat(json!({}), &[])], &events.each_ref().map(of_log)),
        logs(&events.each_ref().map(of_log)).to_string(),
    ];
    for file in files {
        let trace = one("o.json", &file);
        assert_eq!(texts(&trace), ["Be kind.", "Hi", "Hello"], "{file}");
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }
}

#[test]
fn words_without_any_form_count_as_said() {
    let events = |prompt: &str, completion: &str| {
        [
            ("gen_ai.content.prompt", json!({ "gen_ai.prompt": prompt })),
            ("gen_ai.content.completion", json!({ "gen_ai.completion": completion })),
        ]
    };
    let listed = (r#"[{"role":"user","content":"Hi"}]"#, r#"[{"role":"assistant","content":"Hello"}]"#);
    let files = [
        chat(json!({}), &events("Hi", "Hello")),
        chat(json!({}), &events(listed.0, listed.1)),
        chat(json!({ "gen_ai.prompt": "Hi", "gen_ai.completion": "Hello" }), &[]),
        chat(json!({ "gen_ai.prompt": listed.0, "gen_ai.completion": listed.1 }), &[]),
        chat(json!({ "gen_ai.input.messages": "Hi", "gen_ai.output.messages": "Hello" }), &[]),
    ];
    for file in files {
        let trace = one("o.json", &otlp(&[file]).to_string());
        assert_eq!(
            (kinds(&trace), texts(&trace)),
            (vec!["user".to_owned(), "assistant".to_owned()], vec!["Hi", "Hello"])
        );
    }
}

#[test]
fn messages_as_span_events_in_four_forms() {
    let call = json!({ "id": "c1", "type": "function", "function": { "name": "f", "arguments": "{}" } });
    let whole = |v: Value| json!({ "gen_ai.event.content": v.to_string() });
    let azure = [
        ("gen_ai.user.message", whole(json!({ "role": "user", "content": "Hi" }))),
        ("gen_ai.assistant.message", whole(json!({ "tool_calls": [call] }))),
        ("gen_ai.tool.message", whole(json!({ "content": "{\"content\":1}", "id": "c1" }))),
        ("gen_ai.choice", whole(json!({ "message": { "content": "Hello" }, "finish_reason": "stop", "index": 0 }))),
    ];
    let flat = [
        ("gen_ai.user.message", json!({ "content": "Hi" })),
        ("gen_ai.assistant.message", json!({ "content": "", "tool_calls": [call.to_string()] })),
        ("gen_ai.tool.message", json!({ "content": "{\"content\":1}", "id": "c1" })),
        ("gen_ai.choice", json!({ "content": "Hello" })),
    ];
    let one_text = [
        flat[0].clone(),
        ("gen_ai.assistant.message", json!({ "tool_calls": json!([call]).to_string() })),
        flat[2].clone(),
        flat[3].clone(),
    ];
    let blocks = |v: Value| v.to_string();
    let strands = [
        ("gen_ai.user.message", json!({ "content": blocks(json!([{ "text": "Hi" }])) })),
        (
            "gen_ai.assistant.message",
            json!({ "content": blocks(json!([{ "toolUse": { "toolUseId": "c1", "name": "f", "input": {} } }])) }),
        ),
        (
            "gen_ai.tool.message",
            json!({ "content": blocks(json!([{ "toolResult": { "toolUseId": "c1", "content": [{ "text": "1" }] } }])) }),
        ),
        ("gen_ai.choice", json!({ "message": blocks(json!([{ "text": "Hello" }])), "finish_reason": "end_turn" })),
    ];
    for events in [azure, flat, one_text, strands] {
        let trace = one("o.json", &otlp(&[chat(json!({}), &events)]).to_string());
        assert_eq!(kinds(&trace), ["user", "call f -> 2", "result Unknown <- 1", "assistant"], "{events:?}");
        assert_eq!(texts(&trace), ["Hi", "Hello"]);
    }
}

#[test]
fn capture_that_was_off_is_a_gap_for_every_word_that_is_missing() {
    let named = json!([{ "id": "c1", "type": "function", "function": { "name": "refund" } }]);
    let records = [
        log("gen_ai.user.message", 1, &json!({})),
        log("gen_ai.assistant.message", 1, &json!({ "tool_calls": named })),
        log("gen_ai.tool.message", 1, &json!({ "id": "c1" })),
        log("gen_ai.choice", 2, &json!({ "index": 0, "finish_reason": "stop", "message": { "role": "assistant" } })),
    ];
    for file in [with_logs(&[chat(json!({}), &[])], &records), logs(&records).to_string()] {
        let trace = one("o.json", &file);
        assert_eq!(kinds(&trace), ["call refund -> 1", "result Unknown <- 0"]);
        let missing: Vec<_> = trace.gaps.iter().map(|g| (g.kind, g.what.as_str())).collect();
        assert_eq!(
            missing,
            [
                (GapKind::ContentNotCaptured, "the text of a message from the user was not captured"),
                (GapKind::ContentNotCaptured, "the text of a message from the agent was not captured"),
                (GapKind::ContentNotCaptured, "the arguments of `refund` were not captured"),
                (GapKind::ContentNotCaptured, "the result of `refund` was not captured"),
            ]
        );
    }
    let empty = with_logs(&[chat(json!({}), &[])], &[log("gen_ai.user.message", 1, &json!({}))]);
    assert_eq!(one("o.json", &empty).gaps.len(), 1);
}

const TOOL: &str = "execute_tool";

#[test]
fn a_call_seen_by_mcp_too_is_one_call_whatever_the_order() {
    let outer = span(
        "01",
        "",
        1,
        "execute_tool refund",
        &json!({ "gen_ai.operation.name": TOOL, "gen_ai.tool.call.id": "c1", "gen_ai.tool.call.arguments": "{\"a\":1}", "gen_ai.tool.call.result": "ok" }),
    );
    let inner = |parent: &str, second| {
        span(
            "02",
            parent,
            second,
            "tools/call refund",
            &json!({ "mcp.method.name": "tools/call", "gen_ai.operation.name": TOOL, "gen_ai.tool.call.arguments": "{\"a\": 1}" }),
        )
    };
    let http = span("03", "01", 1, "POST", &json!({}));
    for spans in [
        vec![outer.clone(), inner("01", 1)],
        vec![inner("01", 1), outer.clone()],
        vec![inner("01", 2), outer.clone()],
        vec![outer.clone(), http, inner("03", 2)],
    ] {
        let trace = one("o.json", &otlp(&spans).to_string());
        assert_eq!(kinds(&trace), ["call refund -> 1", "result Ok <- 0"]);
        assert!(matches!(&trace.events[0].kind, EventKind::ToolCall { call_id: Some(id), .. } if id == "c1"));
    }
    // A sub-agent may use the tool that it runs in; that is another call.
    let agent = span("04", "01", 2, "invoke_agent B", &json!({ "gen_ai.operation.name": "invoke_agent" }));
    let trace = one("o.json", &otlp(&[outer, agent, inner("04", 3)]).to_string());
    assert_eq!(kinds(&trace).len(), 4);
}

#[test]
fn the_answers_of_parallel_calls_together_are_no_call() {
    let call = span("01", "", 1, "execute_tool f", &json!({ "gen_ai.operation.name": TOOL, "gen_ai.tool.name": "f" }));
    let merged =
        json!({ "gen_ai.operation.name": TOOL, "gen_ai.tool.name": "(merged tools)", "gen_ai.tool.call.id": "e" });
    let merged = span("02", "", 2, "execute_tool (merged)", &merged);
    let trace = one("o.json", &otlp(&[call, merged]).to_string());
    assert!(kinds(&trace).iter().filter(|kind| kind.starts_with("call ")).eq(["call f -> 1"]), "{:?}", kinds(&trace));
}

#[test]
fn failures_of_tools_are_transport() {
    let tool = |attrs: Value| span("01", "", 1, "tools/call refund", &attrs);
    let mut failed = tool(json!({ "gen_ai.operation.name": TOOL }));
    failed["status"] = json!({ "code": 2, "message": "timed out" });
    let is_error = json!({ "content": [{ "type": "text", "text": "no" }], "isError": true }).to_string();
    let cases = [
        (tool(json!({ "mcp.method.name": "tools/call", "error.type": "tool_error" })), Transport::Error),
        (tool(json!({ "mcp.method.name": "tools/call", "gen_ai.tool.call.result": is_error })), Transport::Error),
        (failed, Transport::Error),
        (tool(json!({ "gen_ai.operation.name": TOOL, "gen_ai.tool.call.result": "x" })), Transport::Ok),
        (tool(json!({ "gen_ai.operation.name": TOOL })), Transport::Unknown),
    ];
    for (span, expected) in cases {
        let trace = one("o.json", &otlp(&[span]).to_string());
        assert_eq!((transports(&trace), trace.gaps.is_empty()), (vec![expected], false));
        assert!(matches!(&trace.events[0].kind, EventKind::ToolCall { name, .. } if name.text == "refund"));
    }
}

#[test]
fn an_agents_messages_count_where_the_calls_below_it_have_none() {
    let agent = span(
        "09",
        "",
        0,
        "invoke_agent A",
        &json!({ "gen_ai.operation.name": "invoke_agent", "gen_ai.input.messages": ASKED }),
    );
    let mut silent = chat(json!({}), &[]);
    silent["parentSpanId"] = json!("09");
    assert_eq!(texts(&one("o.json", &otlp(&[agent.clone(), silent]).to_string())), ["Hi"]);
    let mut telling = exchange("01", 1);
    telling["parentSpanId"] = json!("09");
    let trace = one("o.json", &otlp(&[agent, telling]).to_string());
    assert_eq!((texts(&trace), trace.model_calls.len()), (vec!["Hi", "Hello"], 1));
}

#[test]
fn one_answer_seen_twice_is_one_call_by_its_id() {
    let id = json!({ "gen_ai.response.id": "r1" });
    let silent = span("02", "", 1, "outer", &json!({ "gen_ai.operation.name": "chat", "gen_ai.response.id": "r1" }));
    let telling = chat(json!({ "gen_ai.response.id": "r1", "gen_ai.input.messages": ASKED }), &[]);
    let trace = one("o.json", &otlp(&[silent.clone(), telling]).to_string());
    assert_eq!((texts(&trace), trace.model_calls.len(), trace.gaps.len()), (vec!["Hi"], 1, 0));
    let both_silent = one("o.json", &otlp(&[silent, chat(id, &[])]).to_string());
    assert_eq!((both_silent.model_calls.len(), both_silent.gaps.len()), (2, 2));
}

#[test]
fn operations_beside_the_conversation_are_told_or_counted() {
    let of = |id: &str, second, attrs: Value| span(id, "", second, "x", &attrs);
    let spans = [
        of(
            "01",
            1,
            json!({ "gen_ai.operation.name": "retrieval", "gen_ai.retrieval.query.text": "q", "gen_ai.retrieval.documents": "[{\"id\":\"1\"},{\"id\":\"2\"}]" }),
        ),
        of("02", 2, json!({ "gen_ai.operation.name": "embeddings" })),
        of("03", 3, json!({ "gen_ai.operation.name": "invoke_workflow" })),
        exchange("04", 4),
    ];
    let found = reading("o.json", &otlp(&spans).to_string());
    assert_eq!(kinds(&found.sessions[0]), ["retrieval Some(2)", "user", "assistant"]);
    assert_eq!(found.detections[0].lossy.len(), 1);
}

#[test]
fn messages_whose_members_have_other_names_are_nobodys_words() {
    let renamed = ASKED.replace("role", "by");
    let whole = chat(json!({ "gen_ai.input.messages": renamed, "gen_ai.output.messages": ASKED }), &[]);
    let error = read(&[Evidence::new("o.json", otlp(&[whole]).to_string().into_bytes())]).expect_err("all is unknown");
    assert!(matches!(error, ReadError::NotUnderstood { .. }), "{error}");
    let mut spans: Vec<Value> = (1..=9).map(|n| exchange(&format!("0{n}"), n)).collect();
    let mut odd = chat(json!({ "gen_ai.input.messages": renamed }), &[]);
    odd["spanId"] = json!("0a");
    spans.push(odd);
    let trace = one("o.json", &otlp(&spans).to_string());
    assert!(trace.has_gap(&[GapKind::RecordsUnread]) && !texts(&trace).iter().any(|t| t.contains("parts")));
    // A model may well answer with a list in the older form, which has no messages in it.
    let answer =
        chat(json!({ "gen_ai.prompt": "List two", "gen_ai.completion": r#"[{"title":"a"},{"title":"b"}]"# }), &[]);
    assert_eq!(texts(&one("o.json", &otlp(&[answer]).to_string())).len(), 2);
}

#[test]
fn an_agents_list_of_all_messages_stands_in_for_the_calls_below_it() {
    let all = r#"[{"role":"user","parts":[{"type":"text","content":"Refund"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"refund","arguments":{}}]},{"role":"user","parts":[{"type":"tool_call_response","id":"c1","name":"refund","result":"down"}]},{"role":"assistant","parts":[{"type":"text","content":"It failed"}]}]"#;
    let attrs = json!({ "gen_ai.operation.name": "invoke_agent", "pydantic_ai.all_messages": all, "final_result": "It failed" });
    let agent = span("09", "", 0, "invoke_agent A", &attrs);
    let ran = json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund", "gen_ai.tool.call.id": "c1", "gen_ai.tool.call.result": "down" });
    let tool = span("02", "09", 0, "execute_tool refund", &ran);
    let trace = one("o.json", &otlp(&[agent.clone(), tool.clone()]).to_string());
    assert_eq!(texts(&trace), ["Refund", "It failed"]);
    assert_eq!(kinds(&trace).iter().filter(|k| k.starts_with("call")).count(), 1, "{:?}", kinds(&trace));
    let alone = one("o.json", &otlp(&[tool]).to_string());
    assert!(alone.gaps.iter().any(|g| g.what == crate::WORDLESS), "{:?}", alone.gaps);
}

#[test]
fn times_that_no_clock_can_have_shown_are_left_out() {
    for (start, end) in [
        (10_000_000, 15_000_000),
        // Not the seconds of 2001 and 2033: no span takes so long.
        (1_000_000_000, 2_000_000_000),
        (i64::MAX - 9, i64::MAX),
        (1_790_000_000_000_000_000, 1_789_999_999_000_000_000),
    ] {
        let mut odd = exchange("01", 1);
        odd["startTimeUnixNano"] = json!(start.to_string());
        odd["endTimeUnixNano"] = json!(end.to_string());
        let trace = one("o.json", &otlp(&[odd]).to_string());
        assert_eq!(texts(&trace), ["Hi", "Hello"]);
        assert!(trace.has_gap(&[GapKind::NotRead]), "{start}");
        let times: Vec<i64> = trace.events.iter().filter_map(|e| e.time).map(|t| t.ns).collect();
        assert!(times.iter().all(|ns| *ns == 1_790_000_000_000_000_000), "{times:?}");
    }
    assert!(one("o.json", &otlp(&[exchange("01", 1)]).to_string()).gaps.is_empty());
}

#[test]
fn a_run_whose_call_failed_holds_what_was_asked() {
    let all = r#"[{"role":"user","parts":[{"type":"text","content":"Hi"}]},{"role":"assistant","parts":[{"type":"text","content":"Hello"}]},{"role":"user","parts":[{"type":"text","content":"Send it"}]}]"#;
    let failed = |mut span: Value| {
        span["status"] = json!({ "code": 2, "message": "out of capacity" });
        span
    };
    let run = json!({ "gen_ai.operation.name": "invoke_agent", "gen_ai.conversation.id": "c", "pydantic_ai.all_messages": all });
    let wordless =
        json!({ "gen_ai.operation.name": "chat", "gen_ai.conversation.id": "c", "gen_ai.request.model": "m" });
    let spans = [failed(span("09", "", 5, "invoke_agent A", &run)), failed(span("0a", "09", 5, "chat m", &wordless))];
    let found = reading("o.json", &otlp(&spans).to_string());
    let trace = &found.sessions[0];
    assert_eq!(texts(trace), ["Hi", "Hello", "Send it"]);
    assert!(kinds(trace).iter().any(|k| k == "error out of capacity"), "{:?}", kinds(trace));
    assert!(trace.gaps.is_empty() && found.detections[0].tally.unknown() == 0, "{:?}", trace.gaps);
    // Alone, the call does not tell what it was asked.
    let alone = one("o.json", &otlp(&[exchange("01", 1), spans[1].clone()]).to_string());
    assert!(alone.has_gap(&[GapKind::ContentNotCaptured]), "{:?}", alone.gaps);
}

#[test]
fn a_side_that_is_empty_json_is_nobodys_words() {
    let said = r#"[{"role":"assistant","parts":[{"type":"text","content":"Hello"}]}]"#;
    let asked = r#"[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]"#;
    for nothing in ["[]", "{}", "null", " [] "] {
        let of = |input: &str, output: &str| {
            chat(json!({"gen_ai.input.messages": input, "gen_ai.output.messages": output}), &[])
        };
        assert_eq!(kinds(&one("a.json", &otlp(&[of(asked, nothing)]).to_string())), ["user"], "{nothing}");
        assert_eq!(kinds(&one("a.json", &otlp(&[of(nothing, said)]).to_string())), ["assistant"], "{nothing}");
        let inference = |kind: &str| {
            let attrs = json!({"openinference.span.kind": "LLM", "input.value": "Hi", "output.value": nothing, "output.mime_type": kind});
            kinds(&one("a.json", &otlp(&[span("01", "", 1, "call", &attrs)]).to_string()))
        };
        assert_eq!(inference("application/json"), ["user"], "{nothing}");
        let flow = json!({"trace_id": "W44=", "span_id": "qqo=", "name": "m", "start_time_unix_nano": 1_777_888_800_000_000_000_u64, "end_time_unix_nano": 1_777_888_801_000_000_000_u64,
            "attributes": {"mlflow.spanType": "\"CHAT_MODEL\"", "mlflow.spanInputs": r#"{"messages":[{"role":"user","content":"Hi"}]}"#, "mlflow.spanOutputs": nothing}});
        assert_eq!(
            kinds(&one("m.json", &json!({"info": {}, "data": {"spans": [flow]}}).to_string())),
            ["user"],
            "{nothing}"
        );
        // Where it is told to be text, the model may well have said it.
        assert_eq!(inference("text/plain"), ["user", "assistant"], "{nothing}");
    }
}

#[test]
fn of_several_answers_to_one_request_the_first_is_told_and_the_others_named() {
    let asked = r#"[{"role":"user","parts":[{"type":"text","content":"Name a color"}]}]"#;
    let answer = |words: &str, finish: &str| json!({"role": "assistant", "parts": [{"type": "text", "content": words}], "finish_reason": finish});
    let of = |answers: Value| {
        let attrs = json!({"gen_ai.input.messages": asked, "gen_ai.output.messages": answers.to_string()});
        one("a.json", &otlp(&[chat(attrs, &[])]).to_string())
    };
    let two = of(json!([answer("Red", "stop"), answer("Blue", "stop")]));
    assert_eq!(texts(&two), ["Name a color", "Red"]);
    assert!(two.gaps.iter().any(|gap| gap.what.contains("several answers")), "{:?}", two.gaps);
    // What has one end is one answer.
    let one =
        of(json!([{"role": "assistant", "parts": [{"type": "text", "content": "Red"}]}, answer("as blood", "stop")]));
    assert_eq!(texts(&one), ["Name a color", "Red", "as blood"]);
}
