//! Converse, the invocation log, and agents.

use crate::model::GapKind;
use crate::test_support::{all, kinds, one, reading, texts};
use serde_json::{Value, json};

fn user(text: &str) -> Value {
    json!({"role": "user", "content": [{"text": text}, {"cachePoint": {"type": "default"}}]})
}

fn used() -> Value {
    json!({"role": "assistant", "content": [{"reasoningContent": {"reasoningText": {"text": "hm", "signature": "x"}}}, {"toolUse": {"toolUseId": "c1", "name": "refund", "input": {"n": 1}}}]})
}

fn returned(status: &str) -> Value {
    json!({"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "content": [{"json": {"state": "pending"}}], "status": status}}]})
}

fn said(text: &str) -> Value {
    json!({"role": "assistant", "content": [{"text": text}]})
}

fn log(at: usize, messages: &[Value], answer: &Value) -> Value {
    json!({"schemaType": "ModelInvocationLog", "schemaVersion": "1.0", "timestamp": format!("2026-05-04T10:00:0{at}Z"), "requestId": format!("r{at}"), "operation": "Converse", "modelId": "m",
        "input": {"inputContentType": "application/json", "inputBodyJson": {"system": [{"text": "Be kind"}], "messages": messages, "toolConfig": {"tools": [{"toolSpec": {"name": "refund", "inputSchema": {"json": {"type": "object"}}}}]}}, "inputTokenCount": 9},
        "output": {"outputContentType": "application/json", "outputBodyJson": {"output": {"message": answer}, "stopReason": "end_turn", "usage": {"inputTokens": 9, "outputTokens": 3}}, "outputTokenCount": 3}})
}

fn records() -> [Value; 2] {
    [log(1, &[user("Refund me")], &used()), log(5, &[user("Refund me"), used(), returned("error")], &said("It failed"))]
}

const TOLD: [&str; 6] = ["system", "user", "reasoning", "call refund -> 4", "result Error <- 3", "assistant"];

#[test]
fn requests_of_a_log_that_go_on_from_each_other_are_one_conversation() {
    let [first, second] = records();
    let other = log(3, &[user("Refund me")], &said("Who are you?"));
    let lines = format!("{second}\n{first}\n{other}\n");
    let reading = reading("log.jsonl", &lines);
    assert_eq!(reading.detections[0].label(), "bedrock");
    let mut told: Vec<_> = reading.sessions.iter().map(kinds).collect();
    told.sort_by_key(Vec::len);
    assert_eq!(told, [vec!["system", "user", "assistant"], TOLD.to_vec()]);
    assert!(reading.sessions.iter().all(|s| s.gaps.is_empty() && s.tools.len() == 1 && s.models() == ["m"]));
}

#[test]
fn bodies_may_be_text_and_events_of_cloudwatch() {
    let mut records = records();
    for record in &mut records {
        let body = record["input"]["inputBodyJson"].to_string();
        record["input"]["inputBodyJson"] = body.into();
    }
    let events: Vec<_> = records.iter().map(|r| json!({"timestamp": 1, "message": r.to_string()})).collect();
    assert_eq!(kinds(&one("cw.json", &json!({"events": events}).to_string())), TOLD);
}

#[test]
fn conversations_of_converse_are_read_with_or_without_the_answer() {
    let request =
        json!({"modelId": "m", "messages": [user("Refund me"), used(), returned("success")], "inferenceConfig": {}});
    let answer = json!({"output": {"message": said("It is pending")}, "stopReason": "end_turn", "usage": {"inputTokens": 1, "outputTokens": 2}});
    let pair = json!({"request": request, "response": answer});
    let trace = one("pair.json", &pair.to_string());
    assert_eq!(kinds(&trace), ["user", "reasoning", "call refund -> 3", "result Ok <- 2", "assistant"]);
    assert_eq!(one("request.json", &request.to_string()).events.len(), 4);
    assert_eq!(texts(&one("answer.json", &answer.to_string())), ["It is pending"]);
}

#[test]
fn bodies_of_vendors_are_read_and_what_is_not_there_is_a_gap() {
    let with = |input: &Value, output: &Value| {
        json!({"schemaType": "ModelInvocationLog", "modelId": "m", "operation": "InvokeModel", "input": {"inputBodyJson": input}, "output": {"outputBodyJson": output}}).to_string()
    };
    for (input, output) in [
        (json!({"inputText": "Hi"}), json!({"results": [{"outputText": "Hello"}]})),
        (json!({"prompt": "Hi"}), json!({"generation": "Hello", "stop_reason": "stop"})),
        (
            json!({"messages": [{"role": "user", "content": "Hi"}]}),
            json!({"type": "message", "role": "assistant", "content": [{"type": "text", "text": "Hello"}]}),
        ),
        (
            json!({"messages": [{"role": "user", "content": "Hi"}]}),
            json!({"choices": [{"message": {"role": "assistant", "content": "Hello"}}]}),
        ),
        (json!({"message": "Hi"}), json!([{"outputText": "Hello"}])),
    ] {
        assert_eq!(texts(&one("log.json", &with(&input, &output))), ["Hi", "Hello"], "{input}");
    }
    let stream = json!([{"type": "message_start"}, {"type": "content_block_delta", "delta": {"text": "Hel"}}]);
    let cut = one("log.json", &with(&json!({"messages": [{"role": "user", "content": "Hi"}]}), &stream));
    assert!(cut.has_gap(&[GapKind::InputDropped]) && texts(&cut) == ["Hi"], "{:?}", cut.gaps);
    let far = json!({"schemaType": "ModelInvocationLog", "modelId": "m", "input": {"inputBodyJson": {"prompt": "Hi"}}, "output": {"outputBodyS3Path": "s3://b/k"}});
    assert!(one("log.json", &far.to_string()).has_gap(&[GapKind::ContentNotCaptured]));
}

fn traced(at: usize, part: &Value) -> Value {
    json!({"sessionId": "s", "agentId": "a", "eventTime": format!("2026-05-04T10:00:0{at}Z"), "trace": {"orchestrationTrace": part}})
}

fn events() -> Vec<Value> {
    let prompt =
        json!({"system": "Be kind", "messages": [{"role": "user", "content": "[{text=Refund ch_42}]"}]}).to_string();
    let group = json!({"actionGroupName": "pay", "function": "refund", "parameters": [{"name": "charge", "type": "string", "value": "ch_42"}]});
    vec![
        traced(
            1,
            &json!({"modelInvocationInput": {"text": prompt, "type": "ORCHESTRATION", "traceId": "t-0", "foundationModel": "m"}}),
        ),
        traced(2, &json!({"rationale": {"text": "I will refund", "traceId": "t-0"}})),
        traced(
            3,
            &json!({"invocationInput": {"invocationType": "ACTION_GROUP", "traceId": "t-0", "actionGroupInvocationInput": group}}),
        ),
        traced(
            4,
            &json!({"observation": {"type": "ACTION_GROUP", "traceId": "t-0", "actionGroupInvocationOutput": {"text": "{\"status\":\"pending\"}"}}}),
        ),
        traced(
            5,
            &json!({"invocationInput": {"invocationType": "KNOWLEDGE_BASE", "traceId": "t-1", "knowledgeBaseLookupInput": {"knowledgeBaseId": "KB", "text": "refunds"}}}),
        ),
        traced(
            6,
            &json!({"observation": {"type": "KNOWLEDGE_BASE", "traceId": "t-1", "knowledgeBaseLookupOutput": {"retrievedReferences": [{"content": {"text": "rules"}}]}}}),
        ),
        traced(
            7,
            &json!({"observation": {"type": "FINISH", "traceId": "t-2", "finalResponse": {"text": "It is pending"}}}),
        ),
    ]
}

const AGENT: [&str; 8] = [
    "system",
    "user",
    "reasoning",
    "call refund -> 4",
    "result Unknown <- 3",
    "call KB -> 6",
    "result Unknown <- 5",
    "assistant",
];

#[test]
fn a_trace_of_an_agent_tells_its_calls_and_answers() {
    let lines: String = events().iter().map(|e| format!("{e}\n")).collect();
    let stream: Vec<_> =
        events().into_iter().map(|e| json!({"trace": e})).chain([json!({"chunk": {"bytes": "SXQ="}})]).collect();
    for file in [lines, Value::from(stream.clone()).to_string(), json!({"completion": stream}).to_string()] {
        let trace = one("agent.jsonl", &file);
        assert_eq!(kinds(&trace), AGENT, "{file}");
        assert_eq!(texts(&trace), ["Be kind", "Refund ch_42", "It is pending"]);
        assert!(trace.gaps.is_empty() && trace.format == "bedrock-agents", "{:?}", trace.gaps);
    }
}

#[test]
fn failures_guards_and_unknown_parts_of_a_trace_are_told() {
    let mut list = events();
    list.push(json!({"sessionId": "s", "trace": {"failureTrace": {"failureReason": "It broke", "traceId": "t-3"}}}));
    list.push(json!({"sessionId": "s", "trace": {"guardrailTrace": {"action": "INTERVENED", "traceId": "t-4"}}}));
    let lines: String = list.iter().map(|e| format!("{e}\n")).collect();
    let told = kinds(&one("agent.jsonl", &lines));
    assert_eq!(told[8..], ["error It broke", "guardrail guardrailTrace Triggered"]);
    list.push(json!({"sessionId": "s", "trace": {"oracleTrace": {"toolCall": {"name": "x", "arguments": {}}}}}));
    let lines: String = list.iter().map(|e| format!("{e}\n")).collect();
    assert!(all("agent.jsonl", &lines)[0].has_gap(&[GapKind::RecordsUnread]));
}

#[test]
fn what_a_guardrail_says_is_not_the_agents() {
    let user = |words: &str| json!({"role": "user", "content": [{"text": words}]});
    let said = |words: &str| json!({"role": "assistant", "content": [{"text": words}]});
    let answer = |words: &str, reason: &str| json!({"message": said(words), "stop": reason});
    let line = |messages: Value, answer: Value| json!({"messages": messages, "inferenceConfig": {}, "output": {"message": answer["message"]}, "stopReason": answer["stop"]});
    let lines = [
        line(json!([user("Bad")]), answer("Blocked.", "guardrail_intervened")),
        line(json!([user("Bad"), said("Blocked."), user("Good")]), answer("Fine", "end_turn")),
    ];
    let file: String = lines.iter().map(|l| format!("{l}\n")).collect();
    let told = kinds(&one("b.jsonl", &file));
    assert_eq!(told, ["user", "harness", "guardrail guardrail_intervened Triggered", "user", "assistant"]);
}
