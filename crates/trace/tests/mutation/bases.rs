//! One small conversation of our own in every format: three turns, each with a question, a call, its result, an answer.

use serde_json::{Value, json};

/// A file, and where its list of records is: a pointer into the JSON, or `None` for one record in each line.
#[derive(Clone)]
pub struct Base {
    pub name: &'static str,
    pub list: Option<&'static str>,
    pub value: Value,
}

fn turns() -> impl Iterator<Item = (usize, String, String, String, String)> {
    (1..=3).map(|n| (n, format!("question{n}"), format!("call{n}"), format!("outcome{n}"), format!("reply{n}")))
}

fn flat<const N: usize>(of: impl Fn(usize, &str, &str, &str, &str) -> [Value; N]) -> Value {
    turns().flat_map(|(n, q, c, r, a)| of(n, &q, &c, &r, &a)).collect::<Vec<_>>().into()
}

fn openai(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let function = json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")});
    [
        json!({"role": "user", "content": q}),
        json!({"role": "assistant", "content": "One moment", "tool_calls": [{"id": c, "type": "function", "function": function}]}),
        json!({"role": "tool", "tool_call_id": c, "content": r}),
        json!({"role": "assistant", "content": a}),
    ]
}

fn anthropic(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"role": "user", "content": [{"type": "text", "text": q}]}),
        json!({"role": "assistant", "content": [{"type": "text", "text": "One moment"}, {"type": "tool_use", "id": c, "name": format!("tool{n}"), "input": {"n": n}}]}),
        json!({"role": "user", "content": [{"type": "tool_result", "tool_use_id": c, "content": r}]}),
        json!({"role": "assistant", "content": [{"type": "text", "text": a}]}),
    ]
}

fn items(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": q}]}),
        json!({"type": "function_call", "call_id": c, "name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")}),
        json!({"type": "function_call_output", "call_id": c, "output": r}),
        json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": a}]}),
    ]
}

fn assistants(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 3] {
    let at = |i: usize| 1_777_888_800 + n * 10 + i;
    let said = |i: usize, role: &str, text: &str| json!({"id": format!("msg_{n}{i}"), "object": "thread.message", "created_at": at(i), "thread_id": "t", "role": role, "content": [{"type": "text", "text": {"value": text, "annotations": []}}]});
    let function = json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}"), "output": r});
    [
        said(1, "user", q),
        json!({"id": format!("step_{n}"), "object": "thread.run.step", "created_at": at(2), "thread_id": "t", "type": "tool_calls", "step_details": {"type": "tool_calls", "tool_calls": [{"id": c, "type": "function", "function": function}]}}),
        said(3, "assistant", a),
    ]
}

fn claude_ai(n: usize, q: &str, _: &str, r: &str, a: &str) -> [Value; 2] {
    let said = |i: usize, sender: &str, content: &Value| json!({"uuid": format!("m{n}{i}"), "text": "", "content": content, "sender": sender, "created_at": format!("2026-01-01T00:0{n}:0{i}Z"), "attachments": [], "files": []});
    [
        said(1, "human", &json!([{"type": "text", "text": q}])),
        said(
            2,
            "assistant",
            &json!([{"type": "tool_use", "name": format!("tool{n}"), "input": {"n": n}}, {"type": "tool_result", "name": format!("tool{n}"), "content": [{"type": "text", "text": r}], "is_error": false}, {"type": "text", "text": a}]),
        ),
    ]
}

fn smolagents(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 3] {
    let call = |id: &str, name: &str, arguments: &Value| json!([{"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}]);
    [
        json!({"task": q}),
        json!({"step_number": 1, "model_output": "hm", "tool_calls": call(c, &format!("tool{n}"), &json!({"n": n})), "observations": r, "error": null}),
        json!({"step_number": 2, "tool_calls": call("f", "final_answer", &json!({"answer": a})), "observations": "", "action_output": a, "error": null, "is_final_answer": true}),
    ]
}

fn converse(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"role": "user", "content": [{"text": q}]}),
        json!({"role": "assistant", "content": [{"text": "One moment"}, {"toolUse": {"toolUseId": c, "name": format!("tool{n}"), "input": {"n": n}}}]}),
        json!({"role": "user", "content": [{"toolResult": {"toolUseId": c, "content": [{"text": r}], "status": "success"}}]}),
        json!({"role": "assistant", "content": [{"text": a}]}),
    ]
}

fn bedrock_agents(n: usize, q: &str, _: &str, r: &str, a: &str) -> [Value; 4] {
    let event = |part: &Value| json!({"sessionId": "s", "trace": {"orchestrationTrace": part}});
    let asked: Vec<Value> =
        (1..=n).map(|i| json!({"role": "user", "content": q.replace(&n.to_string(), &i.to_string())})).collect();
    let prompt = json!({"system": "Be kind", "messages": asked}).to_string();
    let input = json!({"actionGroupName": "g", "function": format!("tool{n}"), "parameters": [{"name": "n", "type": "integer", "value": n.to_string()}]});
    [
        event(&json!({"modelInvocationInput": {"text": prompt}})),
        event(&json!({"invocationInput": {"traceId": format!("t{n}"), "actionGroupInvocationInput": input}})),
        event(&json!({"observation": {"traceId": format!("t{n}"), "actionGroupInvocationOutput": {"text": r}}})),
        event(&json!({"observation": {"type": "FINISH", "finalResponse": {"text": a}}})),
    ]
}

fn codex(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 5] {
    let at = |i: usize| format!("2026-01-01T00:0{n}:0{i}.000Z");
    let item = |i: usize, payload: &Value| json!({"timestamp": at(i), "type": "response_item", "payload": payload});
    let [user, call, output, answer] = items(n, q, c, r, a);
    [
        item(1, &user),
        json!({"timestamp": at(2), "type": "event_msg", "payload": {"type": "user_message", "message": q}}),
        item(3, &call),
        item(4, &output),
        item(5, &answer),
    ]
}

fn codex_exec(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 3] {
    let item = |item: Value| json!({"type": "item.completed", "item": item});
    [
        item(json!({"id": format!("u{n}"), "type": "user_message", "text": q})),
        item(
            json!({"id": c, "type": "mcp_tool_call", "server": "s", "tool": format!("tool{n}"), "arguments": {"n": n}, "status": "completed", "result": {"content": [{"type": "text", "text": r}]}}),
        ),
        item(json!({"id": format!("a{n}"), "type": "agent_message", "text": a})),
    ]
}

fn gemini(n: usize, q: &str, _c: &str, r: &str, a: &str) -> [Value; 4] {
    let name = format!("tool{n}");
    [
        json!({"role": "user", "parts": [{"text": q}]}),
        json!({"role": "model", "parts": [{"text": "One moment"}, {"functionCall": {"name": name, "args": {"n": n}}}]}),
        json!({"role": "user", "parts": [{"functionResponse": {"name": name, "response": {"output": r}}}]}),
        json!({"role": "model", "parts": [{"text": a}]}),
    ]
}

fn gemini_cli(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 3] {
    let at = |i: usize| format!("2026-01-01T00:0{n}:0{i}.000Z");
    let response = json!({"functionResponse": {"id": c, "name": format!("tool{n}"), "response": {"output": r}}});
    let call =
        json!({"id": c, "name": format!("tool{n}"), "args": {"n": n}, "status": "success", "result": [response]});
    [
        json!({"id": format!("u{n}"), "timestamp": at(1), "type": "user", "content": [{"text": q}]}),
        json!({"id": format!("c{n}"), "timestamp": at(2), "type": "gemini", "content": "One moment", "toolCalls": [call]}),
        json!({"id": format!("a{n}"), "timestamp": at(3), "type": "gemini", "content": a}),
    ]
}

fn copilot(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 5] {
    let line = |i: usize, kind: &str, data: Value| json!({"type": kind, "data": data, "id": format!("e{n}{i}"), "timestamp": format!("2026-01-01T00:0{n}:0{i}Z")});
    let requests = json!([{"toolCallId": c, "name": format!("tool{n}"), "arguments": {"n": n}}]);
    [
        line(1, "user.message", json!({"content": q})),
        line(2, "assistant.message", json!({"content": "One moment", "toolRequests": requests})),
        line(
            3,
            "tool.execution_start",
            json!({"toolCallId": c, "toolName": format!("tool{n}"), "arguments": {"n": n}}),
        ),
        line(4, "tool.execution_complete", json!({"toolCallId": c, "success": true, "result": {"content": r}})),
        line(5, "assistant.message", json!({"content": a, "toolRequests": []})),
    ]
}

fn cursor(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    anthropic(n, q, c, r, a).map(|m| json!({"role": m["role"], "message": {"content": m["content"]}}))
}

fn cursor_stream(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let words = |role: &str, text: &str| json!({"type": role, "message": {"role": role, "content": [{"type": "text", "text": text}]}, "session_id": "s"});
    let tool = |subtype: &str, inner: Value| json!({"type": "tool_call", "subtype": subtype, "call_id": c, "tool_call": {"mcpToolCall": inner}, "session_id": "s"});
    let args = json!({"toolName": format!("tool{n}"), "args": {"n": n}});
    let result = json!({"args": args, "result": {"success": {"content": r}}});
    [words("user", q), tool("started", json!({"args": args})), tool("completed", result), words("assistant", a)]
}

fn amazon_q(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 2] {
    let call = json!({"id": c, "name": format!("tool{n}"), "args": {"n": n}});
    let result = json!([{"tool_use_id": c, "content": [{"Text": r}], "status": "Success"}]);
    [
        json!({"user": {"content": {"Prompt": q}}, "assistant": {"ToolUse": {"content": "One moment", "tool_uses": [call]}}}),
        json!({"user": {"content": {"ToolUseResults": result}}, "assistant": {"Response": {"content": a}}}),
    ]
}

fn continue_dev(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let function = json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")});
    let calls = json!([{"id": c, "type": "function", "function": function}]);
    [
        json!({"role": "user", "content": q}),
        json!({"role": "assistant", "content": "One moment", "toolCalls": calls}),
        json!({"role": "tool", "content": r, "toolCallId": c}),
        json!({"role": "assistant", "content": a}),
    ]
    .map(|message| json!({"message": message, "contextItems": []}))
}

fn copilot_chat(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 1] {
    let call = json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}"), "id": c});
    let rounds = json!([{"response": "One moment", "toolCalls": [call]}, {"response": a, "toolCalls": []}]);
    let results = json!({c: {"content": [{"value": r}]}});
    let metadata = json!({"toolCallRounds": rounds, "toolCallResults": results});
    [json!({"message": {"text": q}, "response": [], "result": {"metadata": metadata}})]
}

fn gemini_stream(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let at = |i: usize| format!("2026-01-01T00:0{n}:0{i}.000Z");
    [
        json!({"type": "message", "timestamp": at(1), "role": "user", "content": q}),
        json!({"type": "tool_use", "timestamp": at(2), "tool_name": format!("tool{n}"), "tool_id": c, "parameters": {"n": n}}),
        json!({"type": "tool_result", "timestamp": at(3), "tool_id": c, "status": "success", "output": r}),
        json!({"type": "message", "timestamp": at(4), "role": "assistant", "content": a, "delta": true}),
    ]
}

fn goose(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let at = 1_777_888_800 + n;
    let said = |i: usize, role: &str, content: Value| json!({"id": format!("m{n}{i}"), "role": role, "created": at, "content": content});
    let call = json!({"status": "success", "value": {"name": format!("tool{n}"), "arguments": {"n": n}}});
    let result = json!({"status": "success", "value": {"content": [{"type": "text", "text": r}], "isError": false}});
    [
        said(1, "user", json!([{"type": "text", "text": q}])),
        said(
            2,
            "assistant",
            json!([{"type": "text", "text": "One moment"}, {"type": "toolRequest", "id": c, "toolCall": call}]),
        ),
        said(3, "user", json!([{"type": "toolResponse", "id": c, "toolResult": result}])),
        said(4, "assistant", json!([{"type": "text", "text": a}])),
    ]
}

fn pi(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let line = |i: usize, message: Value| json!({"type": "message", "id": format!("p{n}{i}"), "timestamp": format!("2026-01-01T00:0{n}:0{i}Z"), "message": message});
    let text = |text: &str| json!([{"type": "text", "text": text}]);
    let call = json!([{"type": "text", "text": "One moment"}, {"type": "toolCall", "id": c, "name": format!("tool{n}"), "arguments": {"n": n}}]);
    [
        line(1, json!({"role": "user", "content": text(q)})),
        line(2, json!({"role": "assistant", "content": call})),
        line(
            3,
            json!({"role": "toolResult", "toolCallId": c, "toolName": format!("tool{n}"), "content": text(r), "isError": false}),
        ),
        line(4, json!({"role": "assistant", "content": text(a)})),
    ]
}

fn droid(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    anthropic(n, q, c, r, a)
        .map(|m| json!({"type": "message", "timestamp": format!("2026-01-01T00:0{n}:00Z"), "message": m}))
}

fn qwen(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let [user, call, result, answer] = gemini(n, q, c, r, a);
    let line = |i: usize, kind: &str, message: Value| json!({"uuid": format!("w{n}{i}"), "sessionId": "s", "timestamp": format!("2026-01-01T00:0{n}:0{i}Z"), "type": kind, "message": message});
    [line(1, "user", user), line(2, "assistant", call), line(3, "tool_result", result), line(4, "assistant", answer)]
}

fn grok(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"type": "user", "content": [{"type": "text", "text": q}], "prompt_index": n}),
        json!({"type": "assistant", "content": "One moment", "tool_calls": [{"id": c, "name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")}], "model_id": "m"}),
        json!({"type": "tool_result", "tool_call_id": c, "content": r}),
        json!({"type": "assistant", "content": a, "model_id": "m"}),
    ]
}

fn kimi(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let line = |i: usize, kind: &str, payload: Value| json!({"timestamp": 1_777_888_000 + n * 10 + i, "message": {"type": kind, "payload": payload}});
    let function = json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")});
    [
        line(1, "TurnBegin", json!({"user_input": q})),
        line(2, "ToolCall", json!({"type": "function", "id": c, "function": function})),
        line(
            3,
            "ToolResult",
            json!({"tool_call_id": c, "return_value": {"is_error": false, "output": r, "message": ""}}),
        ),
        line(4, "ContentPart", json!({"type": "text", "text": a})),
    ]
}

fn kimi_code(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 5] {
    let line = |i: usize, kind: &str, key: &str, value: Value| json!({"type": kind, key: value, "time": 1_777_888_000_000u64 + n as u64 * 10_000 + i as u64 * 1000});
    let step = |i: usize, event: Value| line(i, "context.append_loop_event", "event", event);
    let message = json!({"role": "user", "content": [{"type": "text", "text": q}], "toolCalls": []});
    [
        line(1, "turn.prompt", "input", json!([{"type": "text", "text": q}])),
        line(2, "context.append_message", "message", message),
        step(3, json!({"type": "tool.call", "toolCallId": c, "name": format!("tool{n}"), "args": {"n": n}})),
        step(4, json!({"type": "tool.result", "toolCallId": c, "result": {"output": r}})),
        step(5, json!({"type": "content.part", "part": {"type": "text", "text": a}})),
    ]
}

fn antigravity(n: usize, q: &str, _: &str, r: &str, a: &str) -> [Value; 4] {
    let step = |i: usize, kind: &str, key: &str, value: Value| json!({"step_index": n * 10 + i, "source": "MODEL", "type": kind, "status": "DONE", "created_at": format!("2026-01-01T00:0{n}:0{i}Z"), key: value});
    [
        step(1, "USER_INPUT", "content", format!("<USER_REQUEST>\n{q}\n</USER_REQUEST>").into()),
        step(2, "PLANNER_RESPONSE", "tool_calls", json!([{"name": format!("tool{n}"), "args": {"n": n}}])),
        step(3, "GENERIC", "content", r.into()),
        step(4, "PLANNER_RESPONSE", "content", a.into()),
    ]
}

fn droid_exec(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let line = |i: usize, rest: Value| {
        let mut line = rest;
        line["timestamp"] = (1_777_888_000_000u64 + n as u64 * 10_000 + i as u64 * 1000).into();
        line["session_id"] = "s".into();
        line
    };
    [
        line(1, json!({"type": "message", "role": "user", "id": format!("u{n}"), "text": q})),
        line(2, json!({"type": "tool_call", "id": c, "toolName": format!("tool{n}"), "parameters": {"n": n}})),
        line(3, json!({"type": "tool_result", "id": c, "toolId": format!("tool{n}"), "isError": false, "value": r})),
        line(4, json!({"type": "message", "role": "assistant", "id": format!("a{n}"), "text": a})),
    ]
}

fn sharegpt(n: usize, q: &str, _: &str, r: &str, a: &str) -> [Value; 4] {
    let turn = |from: &str, value: String| json!({"from": from, "value": value});
    [
        turn("human", q.to_owned()),
        turn("gpt", format!("<tool_call>\n{{\"name\": \"tool{n}\", \"arguments\": {{\"n\": {n}}}}}\n</tool_call>")),
        turn("tool", format!("<tool_response>\n{r}\n</tool_response>")),
        turn("gpt", a.to_owned()),
    ]
}

fn livekit(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"id": format!("i{n}1"), "type": "message", "role": "user", "content": [q]}),
        json!({"id": format!("i{n}2"), "type": "function_call", "call_id": c, "name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")}),
        json!({"id": format!("i{n}3"), "type": "function_call_output", "call_id": c, "name": format!("tool{n}"), "output": r, "is_error": false}),
        json!({"id": format!("i{n}4"), "type": "message", "role": "assistant", "content": [a]}),
    ]
}

fn vapi(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let at = |i: usize| 1_700_000_000_000u64 + (n * 10 + i) as u64 * 1000;
    let function = json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")});
    [
        json!({"role": "user", "message": q, "time": at(1)}),
        json!({"role": "tool_calls", "message": "", "toolCalls": [{"id": c, "type": "function", "function": function}], "time": at(2)}),
        json!({"role": "tool_call_result", "toolCallId": c, "name": format!("tool{n}"), "result": r, "time": at(3)}),
        json!({"role": "bot", "message": a, "time": at(4)}),
    ]
}

fn retell(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"role": "user", "content": q, "words": []}),
        json!({"role": "tool_call_invocation", "tool_call_id": c, "name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")}),
        json!({"role": "tool_call_result", "tool_call_id": c, "content": r, "successful": true}),
        json!({"role": "agent", "content": a, "words": []}),
    ]
}

fn managed(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let at = |i: usize| format!("2026-01-01T00:{n:02}:0{i}Z");
    [
        json!({"type": "user.message", "content": [{"type": "text", "text": q}], "processed_at": at(1)}),
        json!({"type": "agent.tool_use", "id": c, "name": format!("tool{n}"), "input": {"n": n}, "processed_at": at(2)}),
        json!({"type": "agent.tool_result", "tool_use_id": c, "content": [{"type": "text", "text": r}], "processed_at": at(3)}),
        json!({"type": "agent.message", "content": [{"type": "text", "text": a}], "processed_at": at(4)}),
    ]
}

fn claude(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let messages = anthropic(n, q, c, r, a);
    let mut i = 0;
    messages.map(|message| {
        i += 1;
        let kind = message["role"].clone();
        let mut message = message;
        if kind == "assistant" {
            message["id"] = format!("msg{n}{i}").into();
        }
        json!({"type": kind, "uuid": format!("u{n}{i}"), "sessionId": "s", "timestamp": format!("2026-01-01T00:{n:02}:0{i}Z"), "message": message})
    })
}

fn agentdojo(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let call = json!({"function": format!("tool{n}"), "args": {"n": n}, "id": c});
    [
        json!({"role": "user", "content": q}),
        json!({"role": "assistant", "content": "One moment", "tool_calls": [call]}),
        json!({"role": "tool", "content": r, "tool_call_id": c, "tool_call": call, "error": null}),
        json!({"role": "assistant", "content": a, "tool_calls": null}),
    ]
}

fn openhands(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let at = |i: usize| format!("2026-01-01T00:{n:02}:0{i}");
    let words = |text: &str| json!([{"type": "text", "text": text}]);
    [
        json!({"id": format!("e{n}1"), "timestamp": at(1), "source": "user", "kind": "MessageEvent", "llm_message": {"role": "user", "content": words(q)}}),
        json!({"id": format!("e{n}2"), "timestamp": at(2), "source": "agent", "kind": "ActionEvent", "thought": words("One moment"), "tool_name": format!("tool{n}"), "tool_call_id": c, "action": {"n": n}}),
        json!({"id": format!("e{n}3"), "timestamp": at(3), "source": "environment", "kind": "ObservationEvent", "tool_name": format!("tool{n}"), "tool_call_id": c, "observation": {"content": words(r), "is_error": false}}),
        json!({"id": format!("e{n}4"), "timestamp": at(4), "source": "agent", "kind": "MessageEvent", "llm_message": {"role": "assistant", "content": words(a)}}),
    ]
}

fn opencode(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 2] {
    let info = |i: usize, role: &str| json!({"id": format!("msg{n}{i}"), "sessionID": "ses_1", "role": role, "time": {"created": 1_700_000_000_000u64 + (n * 10 + i) as u64 * 1000}});
    [
        json!({"info": info(1, "user"), "parts": [{"type": "text", "text": q}]}),
        json!({"info": info(2, "assistant"), "parts": [
            {"type": "tool", "callID": c, "tool": format!("tool{n}"), "state": {"status": "completed", "input": {"n": n}, "output": r}},
            {"type": "text", "text": a},
        ]}),
    ]
}

fn cline(n: usize, q: &str, _c: &str, r: &str, a: &str) -> [Value; 4] {
    let words = |text: String| json!([{"type": "text", "text": text}]);
    [
        json!({"role": "user", "content": words(format!("<task>\n{q}\n</task>\n<environment_details>\nnone\n</environment_details>"))}),
        json!({"role": "assistant", "content": words(format!("One moment\n<read_file>\n<path>{n}</path>\n</read_file>"))}),
        json!({"role": "user", "content": words(format!("[read_file for '{n}'] Result:\n{r}"))}),
        json!({"role": "assistant", "content": words(format!("<attempt_completion>\n<result>\n{a}\n</result>\n</attempt_completion>"))}),
    ]
}

fn adk(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let event = |i: usize, author: &str, part: Value| json!({"id": format!("e{n}{i}"), "invocationId": "i", "author": author, "timestamp": 1_700_000_000.0 + (n * 10 + i) as f64, "content": {"role": if author == "user" { "user" } else { "model" }, "parts": [part]}});
    [
        event(1, "user", json!({"text": q})),
        event(2, "shop", json!({"functionCall": {"id": c, "name": format!("tool{n}"), "args": {"n": n}}})),
        event(3, "shop", json!({"functionResponse": {"id": c, "name": format!("tool{n}"), "response": {"result": r}}})),
        event(4, "shop", json!({"text": a})),
    ]
}

fn atif(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 3] {
    [
        json!({"step_id": n * 3, "source": "user", "message": q}),
        json!({"step_id": n * 3 + 1, "source": "agent", "message": "", "tool_calls": [{"tool_call_id": c, "function_name": format!("tool{n}"), "arguments": {"n": n}}], "observation": {"results": [{"source_call_id": c, "content": r}]}}),
        json!({"step_id": n * 3 + 2, "source": "agent", "message": a}),
    ]
}

fn elevenlabs(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let turn = |i: usize, role: &str, message: Value, calls: Value, results: Value| json!({"role": role, "message": message, "tool_calls": calls, "tool_results": results, "time_in_call_secs": n * 10 + i});
    let call = json!([{"request_id": c, "tool_name": format!("tool{n}"), "params_as_json": format!("{{\"n\":{n}}}")}]);
    let result = json!([{"request_id": c, "tool_name": format!("tool{n}"), "result_value": r, "is_error": false}]);
    [
        turn(1, "user", q.into(), json!([]), json!([])),
        turn(2, "agent", Value::Null, call, json!([])),
        turn(3, "agent", Value::Null, json!([]), result),
        turn(4, "agent", a.into(), json!([]), json!([])),
    ]
}

fn r_judge(n: usize, q: &str, _c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"role": "user", "content": q}),
        json!({"role": "agent", "thought": "look", "action": format!("tool{n}{{'n': {n}}}")}),
        json!({"role": "environment", "content": r}),
        json!({"role": "agent", "thought": "tell", "action": format!("Final Answer: {a}")}),
    ]
}

fn who_and_when(n: usize, q: &str, _c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"role": "human", "content": q}),
        json!({"role": "user", "name": "Expert", "content": format!("One moment\n```python\nrun({n})\n```")}),
        json!({"role": "user", "name": "Computer_terminal", "content": format!("exitcode: 0 (execution succeeded)\nCode output: {r}")}),
        json!({"role": "user", "name": "Expert", "content": a}),
    ]
}

/// Model calls, each with what came before, and tools at work.
fn observations(text: bool) -> Value {
    let pack = |v: Value| if text { Value::String(v.to_string()) } else { v };
    let mut history: Vec<Value> = Vec::new();
    let mut found = Vec::new();
    let mut add = |kind: &str, name: &str, input: Value, output: Value| {
        let n = found.len() + 10;
        let at = |i: usize| format!("2026-01-01T00:{n}:0{i}.000Z");
        found.push(json!({"id": format!("o{n}"), "traceId": "t", "type": kind, "name": name, "startTime": at(1), "endTime": at(2), "level": "DEFAULT", "input": pack(input), "output": pack(output)}));
    };
    for (n, q, c, r, a) in turns() {
        let [question, call, result, answer] = openai(n, &q, &c, &r, &a);
        history.push(question);
        add("GENERATION", "chat", history.clone().into(), call.clone());
        add("TOOL", &format!("tool{n}"), json!({"n": n}), json!({"role": "tool", "tool_call_id": c, "content": r}));
        history.extend([call, result]);
        add("GENERATION", "chat", history.clone().into(), answer.clone());
        history.push(answer);
    }
    found.into()
}

/// The same as rows of an export to blob storage.
fn rows() -> Value {
    let mut found = observations(true);
    for row in found.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
        for (camel, snake) in [("traceId", "trace_id"), ("startTime", "start_time"), ("endTime", "end_time")] {
            let value = row.remove(camel).unwrap_or_default();
            row.insert(snake.to_owned(), value);
        }
        row.insert("parent_observation_id".to_owned(), "".into());
    }
    found
}

fn attribute((key, value): (&str, String)) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn span(n: usize, name: &str, attributes: Vec<Value>) -> Value {
    let at = |i: u64| (1_700_000_000_000_000_000u64 + n as u64 * 1_000_000_000 + i).to_string();
    json!({"traceId": "aa", "spanId": format!("{n:02}"), "name": name, "startTimeUnixNano": at(0), "endTimeUnixNano": at(9), "attributes": attributes})
}

fn genai() -> Value {
    let mut history: Vec<Value> = Vec::new();
    let mut spans = Vec::new();
    for (n, q, c, r, a) in turns() {
        let text = |role: &str, text: &str| json!({"role": role, "parts": [{"type": "text", "content": text}]});
        let call = json!({"role": "assistant", "parts": [{"type": "tool_call", "id": c, "name": format!("tool{n}"), "arguments": {"n": n}}]});
        let mut chat = |history: &[Value], output: &Value| {
            let attributes = [
                ("gen_ai.operation.name", "chat".to_owned()),
                ("gen_ai.input.messages", Value::from(history.to_vec()).to_string()),
                ("gen_ai.output.messages", json!([output]).to_string()),
            ];
            spans.push(span(spans.len() + 1, "chat m", attributes.map(attribute).to_vec()));
        };
        history.push(text("user", &q));
        chat(&history, &call);
        history.push(call);
        history.push(json!({"role": "tool", "parts": [{"type": "tool_call_response", "id": c, "response": r}]}));
        chat(&history, &text("assistant", &a));
        history.push(text("assistant", &a));
        let tool = [
            ("gen_ai.operation.name", "execute_tool".to_owned()),
            ("gen_ai.tool.name", format!("tool{n}")),
            ("gen_ai.tool.call.id", c),
            ("gen_ai.tool.call.arguments", format!("{{\"n\":{n}}}")),
            ("gen_ai.tool.call.result", r),
        ];
        spans.insert(spans.len() - 1, span(50 + n, "execute_tool", tool.map(attribute).to_vec()));
    }
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
}

fn openinference() -> Value {
    let mut spans = Vec::new();
    for (n, q, c, r, a) in turns() {
        let kind = |kind: &str| ("openinference.span.kind".to_owned(), kind.to_owned());
        let own = |pairs: Vec<(String, String)>| pairs.iter().map(|(k, v)| attribute((k, v.clone()))).collect();
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let call = "llm.output_messages.0.message.tool_calls.0.tool_call";
        spans.push(span(
            n * 10,
            "chat",
            own(vec![
                kind("LLM"),
                pair("llm.input_messages.0.message.role", "user"),
                pair("llm.input_messages.0.message.content", &q),
                pair("llm.output_messages.0.message.role", "assistant"),
                (format!("{call}.id"), c.clone()),
                (format!("{call}.function.name"), format!("tool{n}")),
                (format!("{call}.function.arguments"), format!("{{\"n\":{n}}}")),
            ]),
        ));
        spans.push(span(
            n * 10 + 1,
            &format!("tool{n}"),
            own(vec![
                kind("TOOL"),
                pair("tool.name", &format!("tool{n}")),
                pair("tool.id", &c),
                pair("output.value", &r),
            ]),
        ));
        spans.push(span(
            n * 10 + 2,
            "chat",
            own(vec![
                kind("LLM"),
                pair("llm.input_messages.0.message.role", "user"),
                pair("llm.input_messages.0.message.content", &q),
                pair("llm.output_messages.0.message.role", "assistant"),
                pair("llm.output_messages.0.message.content", &a),
            ]),
        ));
    }
    json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
}

fn pydantic(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let request = |part: Value| json!({"kind": "request", "parts": [part]});
    let response = |part: Value| json!({"kind": "response", "model_name": "m", "parts": [part]});
    [
        request(json!({"part_kind": "user-prompt", "content": q})),
        response(
            json!({"part_kind": "tool-call", "tool_name": format!("tool{n}"), "args": {"n": n}, "tool_call_id": c}),
        ),
        request(json!({"part_kind": "tool-return", "tool_name": format!("tool{n}"), "content": r, "tool_call_id": c})),
        response(json!({"part_kind": "text", "content": a})),
    ]
}

fn autogen(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let call = json!({"id": c, "name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}")});
    [
        json!({"type": "TextMessage", "source": "user", "content": q}),
        json!({"type": "ToolCallRequestEvent", "source": "desk", "content": [call]}),
        json!({"type": "ToolCallExecutionEvent", "source": "desk", "content": [{"call_id": c, "name": format!("tool{n}"), "content": r, "is_error": false}]}),
        json!({"type": "TextMessage", "source": "desk", "content": a}),
    ]
}

fn langchain(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    [
        json!({"type": "human", "content": q}),
        json!({"type": "ai", "content": "One moment", "tool_calls": [{"name": format!("tool{n}"), "args": {"n": n}, "id": c, "type": "tool_call"}]}),
        json!({"type": "tool", "content": r, "tool_call_id": c, "status": "success"}),
        json!({"type": "ai", "content": a, "tool_calls": []}),
    ]
}

fn agents_trace() -> Value {
    let mut spans = Vec::new();
    let mut history: Vec<Value> = Vec::new();
    let mut add = |data: Value| {
        let n = spans.len() + 10;
        let at = |i: usize| format!("2026-01-01T00:{n}:0{i}+00:00");
        spans.push(json!({"object": "trace.span", "id": format!("s{n}"), "trace_id": "t", "parent_id": null, "started_at": at(1), "ended_at": at(2), "span_data": data, "error": null}));
    };
    for (n, q, c, r, a) in turns() {
        let [question, call, result, answer] = openai(n, &q, &c, &r, &a);
        history.push(question);
        add(json!({"type": "generation", "model": "m", "input": history, "output": [call]}));
        add(json!({"type": "function", "name": format!("tool{n}"), "input": format!("{{\"n\":{n}}}"), "output": r}));
        history.extend([call, result]);
        add(json!({"type": "generation", "model": "m", "input": history, "output": [answer]}));
        history.push(answer);
    }
    spans.into()
}

fn agents_items(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let kinds = ["message_input_item", "tool_call_item", "tool_call_output_item", "message_output_item"];
    let mut kinds = kinds.iter();
    items(n, q, c, r, a).map(|raw| json!({"type": kinds.next(), "agent": {"name": "desk"}, "raw_item": raw}))
}

/// A graph, with a run for each model call and each tool at work.
fn langsmith(text: bool) -> Value {
    let pack = |v: Value| if text { Value::String(v.to_string()) } else { v };
    let mut runs = Vec::new();
    let mut history: Vec<Value> = Vec::new();
    let mut add = |kind: &str, name: &str, inputs: Value, outputs: Value| {
        let n = runs.len() + 10;
        let at = |i: usize| format!("2026-01-01T00:{n}:0{i}.000000");
        runs.push(json!({"id": format!("r{n}"), "trace_id": "t", "dotted_order": format!("20260101T00{n}01000000Zr{n}"), "run_type": kind, "name": name, "start_time": at(1), "end_time": at(2), "status": "success", "error": null, "inputs": pack(inputs), "outputs": pack(outputs)}));
    };
    let lc = |class: &str, kwargs: Value| json!({"lc": 1, "type": "constructor", "id": ["langchain", "schema", "messages", class], "kwargs": kwargs});
    for (n, q, c, r, a) in turns() {
        let call = lc(
            "AIMessage",
            json!({"content": "", "tool_calls": [{"name": format!("tool{n}"), "args": {"n": n}, "id": c, "type": "tool_call"}]}),
        );
        let answer = lc("AIMessage", json!({"content": a}));
        let generations = |message: &Value| json!({"generations": [[{"text": "", "message": message}]]});
        history.push(lc("HumanMessage", json!({"content": q})));
        add("llm", "ChatModel", json!({"messages": [history]}), generations(&call));
        add(
            "tool",
            &format!("tool{n}"),
            json!({"input": format!("{{'n': {n}}}")}),
            json!({"output": {"type": "tool", "content": r, "tool_call_id": c, "status": "success"}}),
        );
        history.extend([call, lc("ToolMessage", json!({"content": r, "tool_call_id": c}))]);
        add("llm", "ChatModel", json!({"messages": [history]}), generations(&answer));
        history.push(answer);
    }
    runs.into()
}

/// A span for each model call, with the whole history, and for each tool at work.
fn steps(of: impl Fn(usize, bool, &str, Value, Value) -> Value) -> Value {
    let mut found = Vec::new();
    let mut history: Vec<Value> = Vec::new();
    for (n, q, c, r, a) in turns() {
        let [question, call, result, answer] = openai(n, &q, &c, &r, &a);
        let mut add = |model: bool, name: &str, input: Value, output: Value| {
            found.push(of(found.len() + 10, model, name, input, output));
        };
        history.push(question);
        add(true, "chat", history.clone().into(), call.clone());
        add(false, &format!("tool{n}"), json!({"n": n}), json!({"value": r}));
        history.extend([call, result]);
        add(true, "chat", history.clone().into(), answer.clone());
        history.push(answer);
    }
    found.into()
}

fn opik() -> Value {
    steps(|n, model, name, input, output| {
        let at = |i: usize| format!("2026-01-01T00:{n}:0{i}Z");
        let (kind, input) = if model { ("llm", json!({"messages": input})) } else { ("tool", input) };
        let output = if model { json!({"choices": [{"message": output}]}) } else { output };
        json!({"id": format!("s{n}"), "trace_id": "t", "type": kind, "name": name, "start_time": at(1), "end_time": at(2), "input": input, "output": output})
    })
}

fn weave() -> Value {
    steps(|n, model, name, input, output| {
        let at = |i: usize| format!("2026-01-01T00:{n}:0{i}Z");
        let op = if model { "openai.chat.completions.create" } else { name };
        let input = if model { json!({"model": "m", "messages": input}) } else { input };
        let output = if model { json!({"choices": [{"message": output}]}) } else { output };
        json!({"id": format!("s{n}"), "trace_id": "t", "op_name": format!("weave:///e/p/op/{op}:x"), "started_at": at(1), "ended_at": at(2), "attributes": {"weave": {"kind": if model { "llm" } else { "tool" }}}, "inputs": input, "output": output})
    })
}

fn braintrust() -> Value {
    steps(|n, model, name, input, output| {
        let output = if model { json!([{"index": 0, "message": output}]) } else { output };
        json!({"id": format!("s{n}"), "span_id": format!("s{n}"), "root_span_id": "r", "span_parents": ["r"], "span_attributes": {"name": name, "type": if model { "llm" } else { "tool" }}, "input": input, "output": output, "metrics": {"start": 1_777_888_800 + n, "end": 1_777_888_801 + n}})
    })
}

fn datadog() -> Value {
    steps(|n, model, name, input, output| {
        let side = |value: Value| match (model, &value) {
            (true, Value::Array(list)) => json!({"messages": list}),
            (true, _) => json!({"messages": [value]}),
            (false, _) => json!({"value": value.to_string()}),
        };
        let attributes = json!({"trace_id": "t", "span_id": format!("s{n}"), "parent_id": "undefined", "name": name, "start_ns": (1_777_888_800 + n as u64) * 1_000_000_000, "duration": 1000, "span_kind": if model { "llm" } else { "tool" }, "input": side(input), "output": side(output)});
        json!({"id": format!("d{n}"), "type": "span", "attributes": attributes})
    })
}

fn mastra() -> Value {
    steps(|n, model, name, input, output| {
        let at = |i: usize| format!("2026-01-01T00:{n}:0{i}.000Z");
        let (kind, input) = if model { ("model_generation", json!({"messages": input})) } else { ("tool_call", input) };
        json!({"traceId": "t", "spanId": format!("s{n}"), "parentSpanId": null, "name": format!("tool: '{name}'"), "spanType": kind, "startedAt": at(1), "endedAt": at(2), "input": input, "output": output})
    })
}

fn letta(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    openai(n, q, c, r, a).map(|mut message| {
        if let Some(text) = message["content"].as_str().map(str::to_owned) {
            message["content"] = json!([{"type": "text", "text": text}]);
        }
        message
    })
}

fn letta_api(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let line = |i: usize, kind: &str, key: &str, value: Value| json!({"id": format!("m{n}{i}"), "date": format!("2026-01-01T00:0{n}:0{i}Z"), "message_type": kind, key: value});
    let mut result = line(3, "tool_return_message", "tool_return", r.into());
    (result["tool_call_id"], result["status"]) = (c.into(), "success".into());
    [
        line(1, "user_message", "content", q.into()),
        line(
            2,
            "tool_call_message",
            "tool_call",
            json!({"name": format!("tool{n}"), "arguments": format!("{{\"n\":{n}}}"), "tool_call_id": c}),
        ),
        result,
        line(4, "assistant_message", "content", a.into()),
    ]
}

fn dify(n: usize, q: &str, _: &str, r: &str, a: &str) -> [Value; 1] {
    let thought =
        json!({"thought": "", "tool": format!("tool{n}"), "tool_input": format!("{{\"n\":{n}}}"), "observation": r});
    [
        json!({"id": format!("m{n}"), "conversation_id": "c", "query": q, "answer": a, "agent_thoughts": [thought], "created_at": 1_777_888_800 + n}),
    ]
}

fn n8n(n: usize, q: &str, _: &str, r: &str, a: &str) -> [Value; 1] {
    let run = |i: usize, data: Value| json!({"startTime": (1_777_888_800 + n * 10 + i) * 1000, "executionTime": 1, "executionStatus": "success", "data": data});
    let out = |json: Value| json!([[{"json": json}]]);
    let mut tool = run(2, json!({"ai_tool": out(json!({"response": r}))}));
    tool["inputOverride"] = json!({"ai_tool": out(json!({"n": n}))});
    let runs = json!({
        "Chat": [run(1, json!({"main": out(json!({"sessionId": "s", "chatInput": q}))}))],
        format!("tool{n}"): [tool],
        "Agent": [run(3, json!({"main": out(json!({"output": a}))}))],
    });
    [json!({"id": n.to_string(), "workflowId": "w", "data": {"resultData": {"runData": runs}}})]
}

fn bot_framework(n: usize, q: &str, c: &str, r: &str, a: &str) -> [Value; 4] {
    let activity = |i: usize, kind: &str, role: &str, key: &str, value: Value| json!({"type": kind, "id": format!("a{n}{i}"), "timestamp": format!("2026-01-01T00:0{n}:0{i}Z"), "channelId": "web", "from": {"id": role, "role": role}, key: value});
    let step = |i: usize, kind: &str, key: &str, value: Value| {
        let plan = json!({"stepId": c, "taskDialogId": format!("tool{n}"), "state": "completed", key: value});
        let mut node = activity(i, "event", "bot", "value", plan);
        node["valueType"] = kind.into();
        node
    };
    [
        activity(1, "message", "user", "text", q.into()),
        step(2, "DynamicPlanStepBindUpdate", "arguments", json!({"n": n})),
        step(3, "DynamicPlanStepFinished", "observation", r.into()),
        activity(4, "message", "bot", "text", a.into()),
    ]
}

/// The spans as objects with plain attributes.
fn flat_spans(otlp: &Value) -> Value {
    let spans = otlp["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array();
    let flat = |s: &Value| {
        let pairs = s["attributes"].as_array().into_iter().flatten();
        let attributes: serde_json::Map<_, _> =
            pairs.map(|p| (p["key"].as_str().unwrap_or("").to_owned(), p["value"]["stringValue"].clone())).collect();
        json!({"trace_id": "0a", "span_id": s["spanId"], "parent_span_id": null, "name": s["name"], "start_time": s["startTimeUnixNano"], "end_time": s["endTimeUnixNano"], "attributes": attributes, "status": {"code": "OK"}})
    };
    spans.into_iter().flatten().map(flat).collect::<Vec<_>>().into()
}

/// All of them.
pub fn all() -> Vec<Base> {
    let base = |name, list, value| Base { name, list, value };
    let spans = Some("/resourceSpans/0/scopeSpans/0/spans");
    vec![
        base("openai-chat", Some(""), flat(openai)),
        base("openai-chat request", Some("/messages"), json!({"model": "m", "messages": flat(openai)})),
        base("anthropic", Some("/messages"), json!({"model": "m", "system": "Be kind", "messages": flat(anthropic)})),
        base("openai-responses", Some("/input"), json!({"model": "m", "input": flat(items)})),
        base("chat-lines", None, flat(openai)),
        base("claude-code", None, flat(claude)),
        base("codex", None, flat(codex)),
        base("grok", None, flat(grok)),
        base("kimi", None, flat(kimi)),
        base("kimi code", None, flat(kimi_code)),
        base("antigravity", None, flat(antigravity)),
        base("copilot-cli", None, flat(copilot)),
        base("cursor", None, flat(cursor)),
        base("amazon-q", Some("/history"), json!({"conversation_id": "s", "history": flat(amazon_q)})),
        base(
            "continue",
            Some("/history"),
            json!({"sessionId": "s", "workspaceDirectory": "/w", "history": flat(continue_dev)}),
        ),
        base(
            "copilot-chat",
            Some("/requests"),
            json!({"sessionId": "s", "responderUsername": "GitHub Copilot", "requests": flat(copilot_chat)}),
        ),
        base("cursor-stream", None, flat(cursor_stream)),
        base("gemini-stream", None, flat(gemini_stream)),
        base("goose", None, flat(goose)),
        base(
            "goose export",
            Some("/conversation"),
            json!({"id": "s", "working_dir": "/w", "conversation": flat(goose)}),
        ),
        base("pi", None, flat(pi)),
        base("droid", None, flat(droid)),
        base("droid exec", None, flat(droid_exec)),
        base("qwen", None, flat(qwen)),
        base("gemini", Some("/contents"), json!({"contents": flat(gemini)})),
        base(
            "hermes",
            Some("/messages"),
            json!({"session_id": "s", "session_start": "2026-01-01T00:00:00", "platform": "cli", "messages": flat(openai)}),
        ),
        base("sharegpt", Some("/conversations"), json!({"conversations": flat(sharegpt)})),
        base("gemini-cli", None, flat(gemini_cli)),
        base(
            "gemini-cli document",
            Some("/messages"),
            json!({"sessionId": "s", "projectHash": "h", "startTime": "2026-01-01T00:00:00Z", "messages": flat(gemini_cli)}),
        ),
        base("codex-exec", None, flat(codex_exec)),
        base("managed-agents", None, flat(managed)),
        base("livekit", Some("/items"), json!({"items": flat(livekit)})),
        base(
            "vapi",
            Some("/message/messages"),
            json!({"message": {"type": "end-of-call-report", "call": {"id": "c"}, "messages": flat(vapi)}}),
        ),
        base(
            "retell",
            Some("/call/transcript_with_tool_calls"),
            json!({"event": "call_ended", "call": {"call_id": "c", "agent_id": "a", "start_timestamp": 1_700_000_000_000u64, "transcript_with_tool_calls": flat(retell)}}),
        ),
        base(
            "langfuse",
            Some("/observations"),
            json!({"trace": {"id": "t", "timestamp": "2026-01-01T00:00:00Z"}, "observations": observations(false)}),
        ),
        base(
            "langfuse strings",
            Some("/observations"),
            json!({"trace": {"id": "t", "timestamp": "2026-01-01T00:00:00Z"}, "observations": observations(true)}),
        ),
        base("langfuse rows", None, rows()),
        base("openai-agents", Some("/data"), json!({"data": agents_trace()})),
        base("openai-agents lines", None, agents_trace()),
        base(
            "openai-agents state",
            Some("/generated_items"),
            json!({"$schemaVersion": "1.17", "original_input": [], "generated_items": flat(agents_items)}),
        ),
        base("pydantic-ai", Some(""), flat(pydantic)),
        base("pydantic-ai lines", None, flat(pydantic)),
        base("bedrock", Some("/messages"), json!({"modelId": "m", "messages": flat(converse)})),
        base(
            "bedrock log",
            Some("/input/inputBodyJson/messages"),
            json!({"schemaType": "ModelInvocationLog", "modelId": "m", "requestId": "r", "input": {"inputBodyJson": {"messages": flat(converse)}}, "output": {"outputBodyJson": {"output": {"message": {"role": "assistant", "content": [{"text": "One moment"}]}}, "stopReason": "end_turn"}}}),
        ),
        base("bedrock-agents lines", None, flat(bedrock_agents)),
        base("bedrock-agents", Some(""), flat(bedrock_agents)),
        base(
            "litellm",
            Some("/messages"),
            json!({"id": "r", "call_type": "acompletion", "startTime": 1_777_888_800.0, "model_group": "m", "messages": flat(openai), "response": {"choices": [{"message": {"role": "assistant", "content": "One moment"}}]}}),
        ),
        base("smolagents", Some(""), flat(smolagents)),
        base("smolagents lines", None, flat(smolagents)),
        base(
            "smolagents result",
            Some("/steps"),
            json!({"output": "reply3", "state": "success", "steps": flat(smolagents)}),
        ),
        base("openai-assistants", Some("/data"), json!({"object": "list", "data": flat(assistants)})),
        base("openai-assistants lines", None, flat(assistants)),
        base("claude-ai", Some("/chat_messages"), json!({"uuid": "u", "name": "n", "chat_messages": flat(claude_ai)})),
        base("autogen", Some("/messages"), json!({"messages": flat(autogen)})),
        base("autogen lines", None, flat(autogen)),
        base("langchain", Some(""), flat(langchain)),
        base("langchain lines", None, flat(langchain)),
        base("langchain state", Some("/values/messages"), json!({"values": {"messages": flat(langchain)}, "next": []})),
        base("langsmith", None, langsmith(false)),
        base("langsmith list", Some(""), langsmith(false)),
        base("langsmith strings", None, langsmith(true)),
        base("langsmith page", Some("/data"), json!({"data": langsmith(true)})),
        base("langsmith batch", Some("/post"), json!({"post": langsmith(false), "patch": []})),
        base("opik", Some("/spans"), json!({"traces": [], "spans": opik()})),
        base("opik lines", None, opik()),
        base("weave", None, weave()),
        base("braintrust", Some(""), braintrust()),
        base("braintrust page", Some("/events"), json!({"events": braintrust(), "cursor": null})),
        base("datadog", Some("/data"), json!({"data": datadog()})),
        base("datadog lines", None, datadog()),
        base("mastra", Some("/spans"), json!({"traceId": "t", "spans": mastra()})),
        base("mastra lines", None, mastra()),
        base(
            "letta",
            Some("/agents/0/messages"),
            json!({"agents": [{"id": "agent-00000000", "messages": flat(letta)}], "tools": []}),
        ),
        base("letta lines", None, flat(letta_api)),
        base(
            "retell page",
            Some("/items/0/transcript_with_tool_calls"),
            json!({"items": [{"call_id": "c", "agent_id": "a", "transcript_with_tool_calls": flat(retell)}], "has_more": false}),
        ),
        base("bot-framework", Some(""), flat(bot_framework)),
        base("bot-framework document", Some("/activities"), json!({"activities": flat(bot_framework)})),
        base("n8n", Some("/data"), json!({"data": flat(n8n), "nextCursor": null})),
        base("dify", Some("/data"), json!({"data": flat(dify), "has_more": false})),
        base("otlp genai", spans, genai()),
        base("otlp flat lines", None, flat_spans(&genai())),
        base("otlp flat list", Some("/spans"), json!({"spans": flat_spans(&genai())})),
        base("otlp openinference", spans, openinference()),
        base("tau-bench", Some("/traj"), json!({"task_id": 1, "traj": flat(openai)})),
        base("openhands", None, flat(openhands)),
        base("opencode", Some("/messages"), json!({"info": {"id": "ses_1"}, "messages": flat(opencode)})),
        base("cline", Some(""), flat(cline)),
        base("adk", Some("/events"), json!({"id": "s", "appName": "shop", "events": flat(adk)})),
        base("atif", Some("/steps"), json!({"schema_version": "ATIF-v1.4", "session_id": "s", "steps": flat(atif)})),
        base(
            "tau2",
            Some("/simulations/0/messages"),
            json!({"info": {}, "tasks": [], "simulations": [{"id": "s", "task_id": "1", "messages": flat(openai)}]}),
        ),
        base(
            "inspect",
            Some("/samples/0/messages"),
            json!({"status": "success", "eval": {}, "samples": [{"id": 1, "epoch": 1, "messages": flat(openai)}]}),
        ),
        base(
            "elevenlabs",
            Some("/data/transcript"),
            json!({"type": "post_call_transcription", "data": {"agent_id": "a", "conversation_id": "c", "transcript": flat(elevenlabs)}}),
        ),
        base("r-judge", Some("/contents/0"), json!({"id": 1, "profile": "p", "label": 0, "contents": [flat(r_judge)]})),
        base(
            "who-and-when",
            Some("/history"),
            json!({"question": "question1", "mistake_agent": "Expert", "history": flat(who_and_when)}),
        ),
        base(
            "agentdojo",
            Some("/messages"),
            json!({"suite_name": "s", "user_task_id": "u", "pipeline_name": "m", "messages": flat(agentdojo)}),
        ),
    ]
}
