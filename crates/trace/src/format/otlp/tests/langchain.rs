//! LangChain and LangGraph, as OpenInference, as Traceloop and as both at once record them.

use super::{TRACE, otlp, span};
use crate::model::{EventKind, Trace};
use crate::test_support::{kinds, one, texts};
use serde_json::{Value, json};

const CALL: &str = r#"{"order_id": "A-17"}"#;

fn read(spans: &[Value]) -> Trace {
    one("t.json", &otlp(spans).to_string())
}

/// A model call that OpenInference records, with what it was told and what it answered.
fn llm(id: &str, parent: &str, second: u32, told: &[Value], said: &Value) -> Value {
    let mut attrs = json!({ "openinference.span.kind": "LLM" });
    let sides = told.iter().enumerate().map(|(n, m)| (format!("llm.input_messages.{n}"), m));
    for (prefix, message) in sides.chain([("llm.output_messages.0".to_owned(), said)]) {
        for (key, value) in message.as_object().into_iter().flatten() {
            attrs[format!("{prefix}.message.{key}")] = value.clone();
        }
    }
    span(id, parent, second, "M", &attrs)
}

fn user() -> Value {
    json!({ "role": "user", "content": "where?" })
}

fn called() -> Value {
    json!({
        "role": "assistant", "content": "ok", "tool_calls.0.tool_call.id": "c1",
        "tool_calls.0.tool_call.function.name": "look", "tool_calls.0.tool_call.function.arguments": CALL,
    })
}

/// The span of the tool: OpenInference hands the only argument on bare.
fn tool(id: &str, parent: &str, second: u32, failed: bool) -> Value {
    let answer = json!({ "type": "tool", "data": { "content": "pending", "name": "look", "tool_call_id": "c1", "status": "success" } });
    let mut attrs = json!({ "openinference.span.kind": "TOOL", "tool.name": "look", "input.value": "A-17" });
    if !failed {
        attrs["output.value"] = json!(answer.to_string());
    }
    let mut span = span(id, parent, second, "look", &attrs);
    if failed {
        span["status"] = json!({ "code": 2, "message": "backend down" });
    }
    span
}

/// The span of the same tool that Traceloop writes.
fn traced(id: &str, parent: &str, second: u32) -> Value {
    let input = json!({
        "input_str": "{'order_id': 'A-17'}", "tags": ["seq:step:1"], "metadata": {}, "inputs": { "order_id": "A-17" },
        "kwargs": { "color": "green", "name": null, "tool_call_id": "c1" },
    });
    let message = json!({
        "lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", "ToolMessage"],
        "kwargs": { "content": "pending", "type": "tool", "name": "look", "tool_call_id": "c1", "status": "success" },
    });
    let attrs = json!({
        "traceloop.span.kind": "tool", "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look",
        "traceloop.entity.input": input.to_string(),
        "traceloop.entity.output": json!({ "output": message, "kwargs": { "tags": [] } }).to_string(),
    });
    span(id, parent, second, "execute_tool look", &attrs)
}

fn answered() -> Value {
    json!({ "role": "tool", "content": "pending", "tool_call_id": "c1" })
}

#[test]
fn a_tools_span_is_the_call_that_its_message_names() {
    for run in [tool("03", "01", 3, false), traced("03", "01", 3)] {
        let trace = read(&[
            span("01", "", 1, "agent", &json!({ "openinference.span.kind": "AGENT" })),
            llm("02", "01", 1, &[user()], &called()),
            run,
            llm("04", "01", 5, &[user(), called(), answered()], &json!({ "role": "assistant", "content": "Pending." })),
        ]);
        assert_eq!(kinds(&trace), ["user", "assistant", "call look -> 3", "result Ok <- 2", "assistant"]);
        let told = trace.events.iter().find_map(|e| match &e.kind {
            EventKind::ToolResult { content, .. } => content.as_ref().map(|c| c.text.clone()),
            _ => None,
        });
        assert_eq!(told.as_deref(), Some("pending"));
        let given = trace.events.iter().find_map(|e| match &e.kind {
            EventKind::ToolCall { arguments, .. } => arguments.as_ref().map(|a| a.text.clone()),
            _ => None,
        });
        assert_eq!(given.as_deref(), Some(CALL));
    }
    // One that failed answers with nothing that names its call.
    let trace = read(&[llm("02", "", 1, &[user()], &called()), tool("03", "", 3, true)]);
    assert_eq!(kinds(&trace), ["user", "assistant", "call look -> 3", "result Error <- 2"]);
}

#[test]
fn what_two_instrumentations_record_of_an_agent_inside_of_a_tool_is_one_agent() {
    let inner = [json!({ "role": "system", "content": "Look." }), json!({ "role": "user", "content": "A-17" })];
    let said = json!({ "role": "assistant", "content": "pending" });
    let chat = json!({
        "gen_ai.operation.name": "chat", "gen_ai.system_instructions": "[{\"type\":\"text\",\"content\":\"Look.\"}]",
        "gen_ai.input.messages": json!([{ "role": "user", "parts": [{ "type": "text", "content": "A-17" }] }]).to_string(),
        "gen_ai.output.messages": json!([{ "role": "assistant", "parts": [{ "type": "text", "content": "pending" }] }]).to_string(),
    });
    let trace = read(&[
        llm("02", "", 1, &[user()], &called()),
        tool("03", "", 3, false),
        traced("04", "", 3),
        llm("05", "03", 3, &inner, &said),
        span("06", "04", 3, "M.chat", &chat),
    ]);
    let calls = kinds(&trace).into_iter().filter(|k| k.starts_with("call")).count();
    assert_eq!((calls, trace.sub_agents.len()), (1, 1), "{:?}", kinds(&trace));
    let mut told = texts(&trace);
    told.sort_unstable();
    assert_eq!(told, ["A-17", "Look.", "ok", "pending", "where?"]);
}

#[test]
fn a_block_that_calls_a_tool_is_a_call_also_as_text() {
    let block = json!({ "type": "tool_use", "id": "c1", "name": "look", "input": { "order_id": "A-17" } });
    let call = json!({ "type": "tool_call", "id": "c1", "name": "look", "arguments": { "order_id": "A-17" } });
    let words = json!({ "type": "text", "text": "ok" });
    let ask = |content: String, beside: Option<&Value>| {
        let mut parts = vec![json!({ "type": "text", "content": content })];
        parts.extend(beside.cloned());
        let attrs = json!({
            "gen_ai.operation.name": "chat",
            "gen_ai.input.messages": json!([{ "role": "user", "parts": [{ "type": "text", "content": "where?" }] }]).to_string(),
            "gen_ai.output.messages": json!([{ "role": "assistant", "parts": parts }]).to_string(),
        });
        kinds(&read(&[span("02", "", 1, "chat", &attrs)]))
    };
    assert_eq!(ask(block.to_string(), None), ["user", "call look -> none"]);
    assert_eq!(ask(block.to_string(), Some(&call)), ["user", "call look -> none"]);
    assert_eq!(ask(json!([words, block]).to_string(), Some(&call)), ["user", "assistant", "call look -> none"]);
    let told = json!({ "role": "assistant", "content": block.to_string() });
    assert_eq!(kinds(&read(&[llm("02", "", 1, &[user()], &told)])), ["user", "call look -> none"]);
    // The next request repeats it.
    let chat = |id: &str, second, told: &[&Value], said: &Value| {
        let messages = |list: &[&Value]| Value::from(list.iter().map(|m| (*m).clone()).collect::<Vec<_>>()).to_string();
        let attrs = json!({
            "gen_ai.operation.name": "chat", "gen_ai.input.messages": messages(told), "gen_ai.output.messages": messages(&[said]),
        });
        span(id, "", second, "chat", &attrs)
    };
    let message = |role: &str, part: Value| json!({ "role": role, "parts": [part] });
    let asked = message("user", json!({ "type": "text", "content": "where?" }));
    let made = message("assistant", json!({ "type": "text", "content": block.to_string() }));
    let result = message("tool", json!({ "type": "tool_call_response", "id": "c1", "response": "pending" }));
    let end = message("assistant", json!({ "type": "text", "content": "Pending." }));
    let trace = read(&[chat("02", 1, &[&asked], &made), chat("03", 3, &[&asked, &made, &result], &end)]);
    assert_eq!(kinds(&trace), ["user", "call look -> 2", "result Unknown <- 1", "assistant"]);
    // Words about one are words.
    assert_eq!(ask(format!("It was {block}"), None), ["user", "assistant"]);
}

#[test]
fn an_agents_making_and_traces_of_other_things_are_no_sessions() {
    let mut made = span(
        "09",
        "",
        1,
        "create_agent support",
        &json!({ "gen_ai.operation.name": "create_agent", "gen_ai.system_instructions": "Be brief." }),
    );
    let mut other = span("0a", "", 1, "GET /", &json!({ "http.request.method": "GET" }));
    made["traceId"] = json!("b".repeat(32));
    other["traceId"] = json!("c".repeat(32));
    let trace = read(&[made, other, llm("02", "", 2, &[user()], &called())]);
    assert_eq!((trace.key.as_str(), kinds(&trace).len()), (TRACE, 3));
}

#[test]
fn words_in_two_places_of_a_message_are_said_once() {
    let told = |whole: &str| {
        json!({
            "role": "assistant", "content": whole, "contents.0.message_content.type": "text",
            "contents.0.message_content.text": "One.", "contents.1.message_content.text": "Two.",
        })
    };
    for whole in ["One.\nTwo.", "One.", "One. Two."] {
        assert_eq!(texts(&read(&[llm("02", "", 1, &[user()], &told(whole))])), ["where?", "One.", "Two."], "{whole}");
    }
    assert_eq!(texts(&read(&[llm("02", "", 1, &[user()], &told("Zero."))])), ["where?", "Zero.", "One.", "Two."]);
}

/// An agent inside of a tool, as LangChain records it whose tools have no parents: the tool that the agent runs is a trace of its own.
#[test]
fn what_an_agent_inside_of_a_tool_runs_in_a_trace_of_its_own_is_its_call() {
    let called = |id: &str, name: &str| {
        json!({
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.id": id,
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": name,
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{}",
        })
    };
    let asked = |words: &str| json!({"openinference.span.kind": "LLM", "session.id": "s", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": words});
    let merged = |mut a: Value, b: Value| {
        for (key, value) in b.as_object().into_iter().flatten() {
            a[key] = value.clone();
        }
        a
    };
    let ran = |id: &str, name: &str, answer: &str| json!({"openinference.span.kind": "TOOL", "session.id": "s", "tool.name": name, "input.value": "{}", "output.value": json!({"type": "tool", "content": answer, "tool_call_id": id, "name": name, "status": "success"}).to_string()});
    let said = |words: &str| json!({"llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": words});
    let of = |trace: u32, mut span: Value| {
        span["traceId"] = json!(format!("{trace:032x}"));
        span
    };
    let step = json!({"openinference.span.kind": "CHAIN", "session.id": "s", "input.value": r#"{"messages":[["user","The rules?"]]}"#, "output.value": r#"{"messages":[{"type":"human","content":"The rules?"},{"type":"ai","content":"Thirty days."}]}"#});
    let inner = [
        of(2, span("21", "", 2, "ask", &ran("c1", "ask", "Thirty days."))),
        of(2, span("22", "21", 3, "expert", &step)),
        of(2, span("23", "22", 3, "model", &merged(asked("The rules?"), called("c2", "look")))),
        of(3, span("31", "", 5, "look", &ran("c2", "look", "30"))),
    ];
    let outer = of(1, span("11", "", 1, "model", &merged(asked("Ask"), called("c1", "ask"))));
    let last = of(2, span("24", "22", 7, "model", &merged(asked("The rules?"), said("Thirty days."))));
    let all = [&[outer][..], &inner, std::slice::from_ref(&last)].concat();
    let found = one("o.json", &otlp(&all).to_string());
    let calls = |trace: &Trace| kinds(trace).iter().filter(|kind| kind.starts_with("call")).count();
    assert_eq!((calls(&found), found.gaps.len()), (2, 0), "{:?}", kinds(&found));
    assert_eq!(found.sub_agents.len(), 1);
    // The tool's trace alone: what is said inside of it is the conversation, and its step is not told beside it.
    let alone = one("o.json", &otlp(&[&inner[..3], &[last]].concat()).to_string());
    let said = texts(&alone);
    assert!(said.iter().filter(|text| text.contains("The rules?")).count() == 1, "{said:?}");
    assert!(!alone.gaps.iter().any(|gap| gap.what.contains("no model call")), "{:?}", alone.gaps);
}
