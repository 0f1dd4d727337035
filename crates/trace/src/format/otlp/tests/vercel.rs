//! The legacy spans of the Vercel AI SDK.

use crate::model::{Finish, GapKind};
use crate::test_support::{kinds, one, reading, texts};
use serde_json::{Value, json};

fn span(id: &str, parent: Option<&str>, at: u64, attributes: Value) -> Value {
    let nano = |at: u64| (1_777_888_800 + at) * 1_000_000_000;
    json!({"trace_id": "0abc", "span_id": id, "parent_span_id": parent, "name": attributes["ai.operationId"], "start_time": nano(at), "end_time": nano(at + 1), "attributes": attributes, "status": {"code": "UNSET"}})
}

fn spans(older: bool) -> Vec<Value> {
    let (input, tokens) =
        if older { ("args", ["promptTokens", "completionTokens"]) } else { ("input", ["inputTokens", "outputTokens"]) };
    let user = json!({"role": "user", "content": [{"type": "text", "text": "Refund ch_7"}]});
    let call = json!({"type": "tool-call", "toolCallId": "c1", "toolName": "refund", input: {"charge": "ch_7"}});
    let result = match older {
        true => {
            json!({"type": "tool-result", "toolCallId": "c1", "toolName": "refund", "result": {"status": "pending"}})
        }
        false => {
            json!({"type": "tool-result", "toolCallId": "c1", "toolName": "refund", "output": {"type": "json", "value": {"status": "pending"}}})
        }
    };
    let history = json!([user, {"role": "assistant", "content": [call]}, {"role": "tool", "content": [result]}]);
    let calls = json!([{"toolCallId": "c1", "toolName": "refund", input: {"charge": "ch_7"}}]);
    let usage = |kind: usize| format!("ai.usage.{}", tokens[kind]);
    vec![
        span(
            "a0",
            None,
            0,
            json!({"ai.operationId": "ai.generateText", "operation.name": "ai.generateText desk", "ai.prompt": "{\"prompt\":\"Refund ch_7\"}", "ai.response.text": "It is pending", "ai.telemetry.metadata.sessionId": "desk-7"}),
        ),
        span(
            "a1",
            Some("a0"),
            1,
            json!({"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m", "ai.prompt.messages": json!([user]).to_string(), "ai.prompt.tools": [json!({"type": "function", "name": "refund", "inputSchema": {}}).to_string()], "ai.response.toolCalls": calls.to_string(), "ai.response.finishReason": "tool-calls", usage(0): 9, usage(1): 2}),
        ),
        span(
            "a2",
            Some("a0"),
            3,
            json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "refund", "ai.toolCall.id": "c1", "ai.toolCall.args": "{\"charge\":\"ch_7\"}", "ai.toolCall.result": "{\"status\":\"pending\"}"}),
        ),
        span(
            "a3",
            Some("a0"),
            5,
            json!({"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m", "ai.prompt.messages": history.to_string(), "ai.response.text": "It is pending", "ai.response.finishReason": "stop"}),
        ),
    ]
}

#[test]
fn model_calls_are_the_inner_spans_and_tools_their_own() {
    for older in [true, false] {
        let found = reading("ai.json", &Value::from(spans(older)).to_string());
        let trace = &found.sessions[0];
        assert_eq!(kinds(trace), ["user", "call refund -> 2", "result Ok <- 1", "assistant"]);
        assert_eq!((texts(trace), trace.key.as_str()), (vec!["Refund ch_7", "It is pending"], "desk-7"));
        assert_eq!((found.detections[0].label().as_str(), trace.tools.len()), ("otlp (vercel)", 1));
        let call = &trace.model_calls[0];
        assert_eq!((call.model.as_deref(), call.input_tokens, call.output_tokens), (Some("m"), Some(9), Some(2)));
        assert_eq!(call.finish.as_ref().map(|f| f.0), Some(Finish::ToolCalls));
        assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
    }
}

#[test]
fn the_step_stands_for_model_calls_that_are_not_in_the_record() {
    let only: Vec<Value> = spans(false).into_iter().filter(|s| s["span_id"] == "a0" || s["span_id"] == "a2").collect();
    let trace = one("ai.json", &Value::from(only).to_string());
    assert_eq!(texts(&trace), ["Refund ch_7", "It is pending"]);
    assert_eq!(kinds(&trace).iter().filter(|k| k.starts_with("call")).count(), 1);
}

#[test]
fn steps_without_model_calls_tell_each_turn_once() {
    let user = |words: &str| json!({"role": "user", "content": [{"type": "text", "text": words}]});
    let history = json!({"system": "Be brief", "messages": [
        user("Refund ch_7"),
        {"role": "assistant", "content": [{"type": "text", "text": "One moment"}, {"type": "tool-call", "toolCallId": "c1", "toolName": "refund", "input": {"charge": "ch_7"}}]},
        {"role": "tool", "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "refund", "output": {"type": "text", "value": "pending"}}]},
        {"role": "assistant", "content": [{"type": "text", "text": "It is pending"}]},
        user("And ch_8?")]});
    for step in ["ai.generateText", "ai.streamText"] {
        let first = json!({"system": "Be brief", "messages": [user("Refund ch_7")]});
        let attributes = |prompt: &Value, said: &str| json!({"ai.operationId": step, "ai.prompt": prompt.to_string(), "ai.response.text": said, "ai.telemetry.metadata.sessionId": "desk-7"});
        let tool = json!({"ai.operationId": "ai.toolCall", "ai.toolCall.name": "refund", "ai.toolCall.id": "c1", "ai.toolCall.args": "{\"charge\":\"ch_7\"}", "ai.toolCall.result": "pending"});
        let mut one_turn = span("a0", None, 0, attributes(&first, "It is pending"));
        one_turn["end_time"] = json!(1_777_888_804_u64 * 1_000_000_000);
        let spans =
            [one_turn, span("a2", Some("a0"), 2, tool), span("b0", None, 6, attributes(&history, "Also pending"))];
        let trace = one("ai.json", &Value::from(spans.to_vec()).to_string());
        assert_eq!(
            texts(&trace),
            ["Be brief", "Refund ch_7", "One moment", "It is pending", "And ch_8?", "Also pending"],
            "{step}"
        );
        assert_eq!(
            kinds(&trace),
            ["system", "user", "assistant", "call refund -> 4", "result Ok <- 3", "assistant", "user", "assistant"]
        );
    }
}

#[test]
fn spans_without_a_context_are_told_once() {
    let mut all = spans(false);
    for (n, span) in all.iter_mut().enumerate() {
        span["trace_id"] = json!(format!("0abc{n}"));
        span["parent_span_id"] = Value::Null;
        span["attributes"]["ai.telemetry.metadata.sessionId"] = json!("desk-7");
    }
    all[0]["end_time"] = json!((1_777_888_800_u64 + 7) * 1_000_000_000);
    let trace = one("ai.json", &Value::from(all.clone()).to_string());
    assert_eq!(kinds(&trace), ["user", "call refund -> 2", "result Ok <- 1", "assistant"]);
    assert_eq!((texts(&trace), trace.model_calls.len()), (vec!["Refund ch_7", "It is pending"], 2));
    // The step alone stands for the calls.
    let trace = one("ai.json", &Value::from(vec![all[0].clone()]).to_string());
    assert_eq!(texts(&trace), ["Refund ch_7", "It is pending"]);
}

/// Each span a trace of its own, without a parent, as in a program without a context manager; `run` tells the runs apart.
fn loose(run: &str, later: u64) -> Vec<Value> {
    let mut all = spans(false);
    all[0]["end_time"] = json!((1_777_888_800u64 + 7) * 1_000_000_000);
    for span in &mut all {
        let id = format!("{run}{}", span["span_id"].as_str().unwrap_or_default());
        (span["trace_id"], span["span_id"], span["parent_span_id"]) = (json!(id), json!(id), Value::Null);
        for time in ["start_time", "end_time"] {
            span[time] = json!(span[time].as_u64().unwrap_or_default() + later * 1_000_000_000);
        }
        let attributes = span["attributes"].as_object_mut().expect("attributes");
        attributes.remove("ai.telemetry.metadata.sessionId");
        attributes.values_mut().for_each(|value| {
            *value = value.as_str().map_or(value.clone(), |text| json!(text.replace("c1", &format!("c-{run}"))));
        });
    }
    all
}

#[test]
fn spans_without_parents_or_a_session_are_joined_by_the_ids_of_calls() {
    let told = |spans: &[Value]| crate::test_support::all("ai.json", &json!(spans).to_string());
    let whole = ["user", "call refund -> 2", "result Ok <- 1", "assistant"];
    let one_run = told(&loose("a", 0));
    assert_eq!(one_run.iter().map(kinds).collect::<Vec<_>>(), [whole]);
    assert!(one_run[0].gaps.is_empty(), "{:?}", one_run[0].gaps);
    let mut turned = loose("a", 0);
    turned.reverse();
    assert_eq!(told(&turned).iter().map(kinds).collect::<Vec<_>>(), [whole]);
    // Of two at the same time with other words, each step is told by these.
    let mut other = loose("b", 1);
    for span in &mut other {
        for value in span["attributes"].as_object_mut().expect("attributes").values_mut() {
            *value = value.as_str().map_or(value.clone(), |text| json!(text.replace("Refund ch_7", "Return ch_7")));
        }
    }
    for both in [[loose("a", 0), loose("b", 60)], [loose("a", 0), other]] {
        let found = told(&both.concat());
        assert_eq!(found.iter().map(kinds).collect::<Vec<_>>(), [whole, whole]);
        assert!(found.iter().all(|trace| trace.gaps.is_empty()));
    }
    // With the same words, nothing says which step is whose.
    let at_once = told(&[loose("a", 0), loose("b", 1)].concat());
    assert_eq!(at_once.iter().filter(|trace| kinds(trace) == whole).count(), 2);
    assert!(at_once.iter().all(|trace| trace.has_gap(&[GapKind::HistoryMissing])));
    assert!(!at_once.iter().any(|trace| trace.has_gap(&[GapKind::ResultMissing])));
    // A model at work by itself, and a tool.
    for part in [1, 2] {
        assert!(told(&loose("a", 0)[part..=part])[0].has_gap(&[GapKind::HistoryMissing]));
    }
    assert!(told(&loose("a", 0)[..1])[0].gaps.is_empty());
}

#[test]
fn a_call_that_failed_has_no_answer_and_nothing_is_unread() {
    let user = |words: &str| json!({"role": "user", "content": [{"type": "text", "text": words}]});
    let agent = json!({"role": "assistant", "content": [{"type": "text", "text": "Sure"}]});
    let call = |id: &str, at: u64, asked: Value, more: Value| {
        let mut attrs = json!({"ai.operationId": "ai.generateText.doGenerate", "ai.telemetry.metadata.sessionId": "f", "ai.prompt.messages": asked.to_string()});
        attrs.as_object_mut().expect("object").extend(more.as_object().cloned().expect("object"));
        span(id, Some(if at < 5 { "s0" } else { "s1" }), at, attrs)
    };
    let failed = |mut span: Value| {
        span["status"] = json!({"code": 2, "message": "out of capacity"});
        span
    };
    let asked = json!([user("Wait"), agent, user("Send it")]);
    let spans = [
        span(
            "s0",
            None,
            0,
            json!({"ai.operationId": "ai.generateText", "ai.prompt": "{\"prompt\":\"Wait\"}", "ai.response.text": "Sure"}),
        ),
        call("m0", 1, json!([user("Wait")]), json!({"ai.response.text": "Sure"})),
        failed(span(
            "s1",
            None,
            10,
            json!({"ai.operationId": "ai.generateText", "ai.prompt": json!({"messages": asked}).to_string()}),
        )),
        failed(call("m1", 11, asked.clone(), json!({}))),
        failed(call("m2", 13, asked.clone(), json!({}))),
    ];
    let found = reading("ai.json", &Value::from(spans.to_vec()).to_string());
    let trace = &found.sessions[0];
    assert_eq!(texts(trace), ["Wait", "Sure", "Send it"]);
    assert!(kinds(trace).iter().any(|k| k == "error out of capacity"), "{:?}", kinds(trace));
    assert!(trace.gaps.is_empty() && found.detections[0].tally.unknown() == 0, "{:?}", trace.gaps);
    // Without an error, the answer is missing, and under a name that is not known it is unread.
    let silent = call("m1", 11, asked.clone(), json!({}));
    let trace = one("ai.json", &json!([spans[1], silent]).to_string());
    assert!(trace.has_gap(&[GapKind::ContentNotCaptured]) && !trace.has_gap(&[GapKind::RecordsUnread]));
    let renamed = call("m1", 11, asked, json!({"ai.answer.words": "[{\"role\":\"assistant\",\"content\":\"Gone\"}]"}));
    assert!(one("ai.json", &json!([spans[1], renamed]).to_string()).has_gap(&[GapKind::RecordsUnread]));
}
