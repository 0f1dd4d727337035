use super::{nano, otlp, span};
use crate::model::{GapKind, Transport};
use crate::test_support::{kinds, one, texts, transports};
use serde_json::{Map, Value, json};

fn llm(id: &str, second: u32, attrs: Value) -> Value {
    let mut all = json!({ "openinference.span.kind": "LLM", "llm.model_name": "m" });
    for (key, value) in attrs.as_object().into_iter().flatten() {
        all[key] = value.clone();
    }
    span(id, "", second, "llm", &all)
}

fn read(spans: &[Value]) -> crate::Trace {
    one("o.json", &otlp(spans).to_string())
}

#[test]
fn the_tenth_message_comes_after_the_ninth_in_both_dialects() {
    let expected: Vec<_> = (0..12).map(|i| format!("words {i}")).collect();
    let mut inference = Map::new();
    let mut traceloop = Map::from_iter([("llm.request.type".to_owned(), json!("chat"))]);
    // A map sorts its keys as text, which is the trap.
    for (i, words) in expected.iter().enumerate() {
        let role = if i % 2 == 0 { "user" } else { "assistant" };
        inference.insert(format!("llm.input_messages.{i}.message.role"), json!(role));
        inference.insert(format!("llm.input_messages.{i}.message.content"), json!(words));
        traceloop.insert(format!("gen_ai.prompt.{i}.role"), json!(role));
        traceloop.insert(format!("gen_ai.prompt.{i}.content"), json!(words));
    }
    assert_eq!(texts(&read(&[llm("01", 1, inference.into())])), expected);
    assert_eq!(texts(&read(&[span("01", "", 1, "openai.chat", &traceloop.into())])), expected);
}

fn asked(more: Value) -> Value {
    let mut attrs =
        json!({ "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Hi" });
    for (key, value) in more.as_object().into_iter().flatten() {
        attrs[key] = value.clone();
    }
    attrs
}

#[test]
fn two_instrumentations_of_one_call_tell_it_once() {
    let call = |arguments: &str| {
        asked(json!({
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": arguments,
        }))
    };
    let mut outer = llm("01", 1, call("{\"a\": 1}"));
    outer["endTimeUnixNano"] = json!(nano(5));
    let trace = read(&[outer, llm("02", 2, call("{\"a\":1}"))]);
    assert_eq!((kinds(&trace), trace.model_calls.len()), (vec!["user".to_owned(), "call f -> none".to_owned()], 1));
}

#[test]
fn empty_arguments_are_none_and_join_the_tools_span() {
    let made = asked(json!({
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "f",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "",
    }));
    let ran = json!({ "openinference.span.kind": "TOOL", "tool.name": "f", "input.value": "{}", "output.value": "ok" });
    assert_eq!(
        kinds(&read(&[llm("01", 1, made), span("02", "", 3, "f", &ran)])),
        ["user", "call f -> 2", "result Ok <- 1"]
    );
}

#[test]
fn answers_of_tools_in_parts_or_without_words() {
    let answered = |more: Value| {
        let mut attrs = json!({
            "llm.input_messages.0.message.role": "assistant",
            "llm.input_messages.0.message.tool_calls.0.tool_call.id": "c1",
            "llm.input_messages.0.message.tool_calls.0.tool_call.function.name": "f",
            "llm.input_messages.0.message.tool_calls.0.tool_call.function.arguments": "{}",
            "llm.input_messages.1.message.role": "tool",
            "llm.input_messages.1.message.tool_call_id": "c1",
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            attrs[key] = value.clone();
        }
        read(&[llm("01", 1, attrs)])
    };
    let parts = json!({
        "llm.input_messages.1.message.contents.0.message_content.text": "one",
        "llm.input_messages.1.message.contents.1.message_content.text": "two",
    });
    let trace = answered(parts);
    assert_eq!(kinds(&trace), ["call f -> 1", "result Unknown <- 0"]);
    assert!(trace.has_gap(&[GapKind::InputDropped]));
    let silent = answered(json!({}));
    assert_eq!(kinds(&silent), ["call f -> 1", "result Unknown <- 0"]);
    assert!(silent.has_gap(&[GapKind::ContentNotCaptured]));
}

#[test]
fn words_only_in_the_values_of_the_span() {
    let listed = json!({ "messages": [{ "role": "user", "content": "Hi" }] }).to_string();
    for input in ["Hi", listed.as_str()] {
        let trace = read(&[llm("01", 1, json!({ "input.value": input, "output.value": "Hello" }))]);
        assert_eq!(
            (kinds(&trace), texts(&trace)),
            (vec!["user".to_owned(), "assistant".to_owned()], vec!["Hi", "Hello"])
        );
    }
}

#[test]
fn agents_are_named_by_their_node_and_guards_by_their_output() {
    let agent =
        span("09", "", 0, "Refunds", &json!({ "openinference.span.kind": "AGENT", "graph.node.id": "Refunds" }));
    let handoff = span("02", "09", 2, "handoff to Billing", &json!({ "openinference.span.kind": "TOOL" }));
    let guard = span(
        "03",
        "09",
        3,
        "toxic",
        &json!({ "openinference.span.kind": "GUARDRAIL", "output.value": "{\"passed\":false}" }),
    );
    assert_eq!(kinds(&read(&[agent, handoff, guard])), ["handoff Refunds -> Billing", "guardrail toxic Triggered"]);
}

#[test]
fn without_a_call_of_a_model_the_outermost_step_tells() {
    let steps = [
        json!({ "openinference.span.kind": "CHAIN", "input.value": "Hi", "output.value": "Hello" }),
        json!({ "openinference.span.kind": "AGENT", "input.value": "{\"input\":\"Hi\"}", "output.value": "{\"output\":\"Hello\"}" }),
        json!({ "traceloop.span.kind": "workflow", "traceloop.entity.input": "{\"args\":[\"Hi\"],\"kwargs\":{}}", "traceloop.entity.output": "\"Hello\"" }),
    ];
    for step in steps {
        let inner =
            span("02", "01", 2, "inner", &json!({ "openinference.span.kind": "CHAIN", "input.value": "inside" }));
        let trace = read(&[inner, span("01", "", 1, "outer", &step)]);
        assert_eq!(texts(&trace), ["Hi", "Hello"], "{step}");
        assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
    }
}

#[test]
fn traceloops_tools_join_the_calls_that_ran_them() {
    let call = |n: u32| (format!("gen_ai.completion.0.tool_calls.{n}"), n + 1);
    let mut attrs =
        json!({ "llm.request.type": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Hi" });
    for (prefix, amount) in [call(0), call(1), call(2)] {
        attrs[format!("{prefix}.id")] = json!(format!("c{amount}"));
        attrs[format!("{prefix}.name")] = json!("f");
        attrs[format!("{prefix}.arguments")] = json!(format!("{{\"amount\": {amount}}}"));
    }
    let tool = |id: &str, second, input: &str, output: &str| {
        span(
            id,
            "",
            second,
            "f.tool",
            &json!({ "traceloop.span.kind": "tool", "traceloop.entity.name": "f", "traceloop.entity.input": input, "traceloop.entity.output": output }),
        )
    };
    let trace = read(&[
        span("01", "", 1, "openai.chat", &attrs),
        tool("02", 3, r#"{"args":[],"kwargs":{"amount":2}}"#, r#""{\"ok\":2}""#),
        tool("03", 5, r#"{"args":[1],"kwargs":{}}"#, "\"one\""),
        tool("04", 7, r#"{"inputs":{"amount":3},"tags":[],"metadata":{}}"#, "three"),
    ]);
    assert_eq!(
        kinds(&trace),
        ["user", "call f -> 5", "call f -> 4", "call f -> 6", "result Ok <- 2", "result Ok <- 1", "result Ok <- 3"]
    );
    assert_eq!(transports(&trace), [Transport::Ok; 3]);
    let content = |i: usize| match &trace.events[i].kind {
        crate::model::EventKind::ToolResult { content: Some(text), .. } => text.text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!([content(4), content(5)], ["{\"ok\":2}", "one"]);
}

#[test]
fn traceloop_without_content_is_a_gap() {
    for attrs in [
        json!({ "llm.request.type": "chat" }),
        json!({ "llm.request.type": "chat", "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.finish_reason": "stop" }),
    ] {
        let trace = read(&[span("01", "", 1, "openai.chat", &attrs)]);
        assert_eq!((trace.events.len(), trace.gaps.len()), (0, 1), "{attrs}");
    }
}

#[test]
fn livekits_spans_tell_who_said_what_and_what_was_cut_off() {
    let context = json!({ "items": [{ "id": "i", "type": "message", "role": "user", "content": ["Hi"] }] }).to_string();
    let call =
        json!({ "id": "fnc_1", "type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}" }).to_string();
    for pii in ["", "pii."] {
        let node = json!({
            format!("lk.{pii}chat_ctx"): context, format!("lk.{pii}response.text"): "One moment",
            format!("lk.{pii}response.function_calls"): [call],
        });
        let tool = json!({
            "lk.function_tool.id": "c1", "lk.function_tool.name": "f", "lk.function_tool.is_error": true,
            format!("lk.{pii}function_tool.arguments"): "{}", format!("lk.{pii}function_tool.output"): "no",
        });
        let turn = json!({ "lk.interrupted": true });
        let mut request = super::exchange("04", 2);
        request["parentSpanId"] = json!("02");
        request["attributes"] = json!(super::list(&json!({ "gen_ai.operation.name": "chat" })));
        let trace = read(&[
            span("01", "", 1, "agent_turn", &turn),
            span("02", "01", 2, "llm_node", &node),
            request,
            span("03", "01", 4, "function_tool", &tool),
        ]);
        assert_eq!(kinds(&trace), ["user", "assistant (interrupted)", "call f -> 3", "result Error <- 2"], "{pii}");
        assert_eq!((texts(&trace), trace.gaps.len()), (vec!["Hi", "One moment"], 0), "{:?}", trace.gaps);
    }
}

#[test]
fn what_livekit_stripped_is_a_gap() {
    let node = json!({ "lk.response.ttft": 1 });
    let tool = json!({ "lk.function_tool.name": "f", "lk.function_tool.is_error": false });
    let trace = read(&[span("02", "", 2, "llm_node", &node), span("03", "", 4, "function_tool", &tool)]);
    assert_eq!(kinds(&trace), ["call f -> 1", "result Unknown <- 0"]);
    assert_eq!(trace.gaps.iter().filter(|g| g.kind == GapKind::ContentNotCaptured).count(), 3, "{:?}", trace.gaps);
}

/// An LLM span with one exchange, in the flat attributes of OpenInference.
fn exchanged() -> Value {
    asked(
        json!({ "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "Hello" }),
    )
}

#[test]
fn spans_of_phoenix_in_every_form() {
    let times = r#""start_time":"2026-01-01T00:00:00Z","end_time":"2026-01-01T00:00:01Z""#;
    let flat = format!(
        r#"{{"id":"x","name":"llm","context":{{"trace_id":"t1","span_id":"s1"}},"span_kind":"LLM","parent_id":null,{times},"status_code":"OK","status_message":"","attributes":{},"events":[]}}"#,
        exchanged()
    );
    let nested = format!(
        r#"{{"name":"llm","context":{{"trace_id":"0xT1","span_id":"0x51"}},"kind":"SpanKind.INTERNAL",{times},"status":{{"status_code":"UNSET"}},"attributes":{{"openinference":{{"span":{{"kind":"LLM"}}}},"llm":{{"input_messages":[{{"message":{{"role":"user","content":"Hi"}}}}],"output_messages":[{{"message":{{"role":"assistant","content":"Hello"}}}}]}}}}}}"#
    );
    let row = format!(
        r#"{{"name":"llm","span_kind":"LLM",{times},"context.trace_id":"t1","context.span_id":"s1","attributes.llm.input_messages":[{{"message.role":"user","message.content":"Hi"}}],"attributes.llm.output_messages":[{{"message.role":"assistant","message.content":"Hello"}}]}}"#
    );
    for file in
        [format!("[{flat}]"), format!(r#"{{"data":[{flat}],"next_cursor":null}}"#), nested, format!("{row}\n{row}\n")]
    {
        let trace = one("p.json", &file);
        assert_eq!(
            (texts(&trace), trace.key.as_str(), trace.model_calls.len()),
            (vec!["Hi", "Hello"], "t1", 1),
            "{file}"
        );
        assert!(trace.events.iter().all(|e| e.time.is_some()) && trace.gaps.is_empty(), "{file}");
    }
}

#[test]
fn spans_of_jaeger() {
    let mut all = exchanged();
    all["openinference.span.kind"] = json!("LLM");
    let tags: Vec<_> = all
        .as_object()
        .expect("a map")
        .iter()
        .map(|(k, v)| json!({ "key": k, "type": "string", "value": v }))
        .collect();
    let of = |id: &str, parent: &str, tags: Value| {
        json!({ "traceID": "AB", "spanID": id, "operationName": "llm", "startTime": 1_700_000_000_000_000_i64, "duration": 1_000_000,
            "references": [{ "refType": "CHILD_OF", "traceID": "AB", "spanID": parent }], "tags": tags, "logs": [] })
    };
    let agent = json!([{ "key": "openinference.span.kind", "value": "AGENT" }, { "key": "agent.name", "value": "A" }]);
    let failed = json!([{ "key": "openinference.span.kind", "value": "TOOL" }, { "key": "tool.name", "value": "f" }, { "key": "error", "value": true }]);
    let file = json!({ "data": [{ "traceID": "AB", "spans": [of("2", "1", json!(tags)), of("1", "", agent), of("3", "1", failed)], "processes": {} }] });
    let trace = one("j.json", &file.to_string());
    assert_eq!((trace.key.as_str(), trace.agents.clone()), ("ab", vec!["A".to_owned()]));
    assert_eq!(texts(&trace), ["Hi", "Hello"]);
    assert_eq!(transports(&trace), [Transport::Error]);
    assert_eq!(trace.model_calls[0].end.map(|t| t.ns), Some(1_700_000_001_000_000_000));
}

#[test]
fn a_crew_of_which_no_model_call_was_recorded_tells_its_task_and_its_answer() {
    let tasks = json!([{"id": "t1", "description": "Refund A100.", "expected_output": "x", "agent_role": "Desk"}]);
    let result = json!({"raw": "It failed.", "json_dict": null, "tasks_output": [{"description": "Refund A100.", "raw": "It failed.", "agent": "Desk"}]});
    let crew = json!({"openinference.span.kind": "CHAIN", "crew_key": "k", "crew_tasks": tasks.to_string(), "output.value": result.to_string(), "output.mime_type": "application/json"});
    let tool =
        json!({"openinference.span.kind": "TOOL", "tool.name": "refund", "input.value": "{}", "output.value": "down"});
    let spans = [span("01", "", 1, "Crew.kickoff", &crew), span("02", "01", 2, "refund.run", &tool)];
    let mut long = spans.clone();
    long[0]["endTimeUnixNano"] = json!(nano(9));
    let trace = one("t.json", &otlp(&long).to_string());
    assert_eq!(texts(&trace), ["Refund A100.", "It failed."]);
    assert_eq!(kinds(&trace), ["user", "call refund -> 2", "result Ok <- 1", "assistant"]);
    let gaps: Vec<_> = trace.gaps.iter().map(|gap| gap.what.as_str()).collect();
    assert!(gaps.len() == 1 && gaps[0].starts_with("the trace contains no model call"), "{gaps:?}");
}

#[test]
fn an_image_beside_words_is_told() {
    let base = "llm.input_messages.0.message";
    let attrs = json!({"openinference.span.kind": "LLM", format!("{base}.role"): "user",
        format!("{base}.contents.0.message_content.type"): "text", format!("{base}.contents.0.message_content.text"): "Which seat is this?",
        format!("{base}.contents.1.message_content.type"): "image", format!("{base}.contents.1.message_content.image.image.url"): "data:image/png;base64,AAAA",
        "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "4A"});
    let trace = one("i.json", &otlp(&[span("01", "", 1, "call", &attrs)]).to_string());
    assert_eq!(kinds(&trace), ["user", "assistant"]);
    assert!(trace.gaps.iter().any(|gap| gap.what.contains("`image`")), "{:?}", trace.gaps);
}
