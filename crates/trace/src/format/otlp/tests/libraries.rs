//! What single libraries write, in the shape that they write it.

use super::{exchange, list, nano, otlp, span};
use crate::Trace;
use crate::model::{EventKind, GapKind, Transport};
use crate::test_support::{kinds, one, texts, transports};
use serde_json::{Value, json};

fn read(spans: &[Value]) -> Trace {
    one("o.json", &otlp(spans).to_string())
}

fn said(role: &str, words: &str) -> Value {
    json!({ "role": role, "parts": [{ "type": "text", "content": words }] })
}

/// A chat span by the conventions, with messages as JSON.
fn chat(id: &str, second: u32, input: &[Value], output: &Value) -> Value {
    let mut attrs = json!({ "gen_ai.operation.name": "chat", "gen_ai.response.id": format!("answer-{id}"), "gen_ai.output.messages": json!([output]).to_string() });
    if !input.is_empty() {
        attrs["gen_ai.input.messages"] = json!(json!(input).to_string());
    }
    span(id, "", second, "chat m", &attrs)
}

fn without_input(trace: &Trace) -> Vec<&str> {
    let gaps = trace.gaps.iter().filter(|gap| gap.kind == GapKind::ContentNotCaptured && gap.what.contains("no input"));
    gaps.map(|gap| gap.what.split(':').next().unwrap_or_default()).collect()
}

#[test]
fn a_model_call_without_its_input_is_told() {
    let hello = chat("01", 1, &[said("user", "Hello")], &said("assistant", "Hi"));
    assert!(without_input(&read(std::slice::from_ref(&hello))).is_empty());
    let (second, third) =
        (chat("02", 10, &[], &said("assistant", "A blue door")), chat("03", 20, &[], &said("assistant", "Bye")));
    let trace = read(&[hello.clone(), second.clone(), third.clone()]);
    assert_eq!(
        (texts(&trace), without_input(&trace)),
        (vec!["Hello", "Hi", "A blue door", "Bye"], vec!["2 model calls have no input in the record"])
    );
    // It is no second answer to the request before, and what follows is told on.
    let later = chat(
        "04",
        30,
        &[said("user", "Hello"), said("assistant", "Hi"), said("user", "And now?")],
        &said("assistant", "Nothing"),
    );
    let trace = read(&[hello, second, later]);
    assert_eq!(texts(&trace), ["Hello", "Hi", "A blue door", "And now?", "Nothing"]);
    assert!(!kinds(&trace).iter().any(|kind| kind.starts_with("context")));
    // Where none has an input, nobody asks anything.
    assert_eq!(without_input(&read(&[third])), ["a model call has no input in the record"]);
}

#[test]
fn the_same_short_turn_again_is_told_again() {
    let turn = |id: &str, second: u32, user: &str, agent: &str| {
        chat(id, second, &[said("system", "Be brief"), said("user", user)], &said("assistant", agent))
    };
    let turns = [
        turn("01", 1, "yes", "Okay."),
        turn("02", 10, "yes", "Okay."),
        turn("03", 20, "bye", "Bye."),
        turn("04", 30, "yes", "Okay."),
    ];
    let trace = read(&turns);
    assert_eq!(texts(&trace), ["Be brief", "yes", "Okay.", "yes", "Okay.", "bye", "Bye.", "yes", "Okay."]);
    assert_eq!(trace.model_calls.len(), 4);
    // Two sightings of one call are at work at the same time, or name the same answer.
    let mut twin = turn("02", 1, "yes", "Okay.");
    assert_eq!(texts(&read(&[turns[0].clone(), twin.clone()])).len(), 3);
    (twin["startTimeUnixNano"], twin["endTimeUnixNano"]) = (json!(nano(10)), json!(nano(11)));
    twin["attributes"] = turns[0]["attributes"].clone();
    assert_eq!(texts(&read(&[turns[0].clone(), twin])).len(), 3);
}

/// An answer with calls, and results in a later request.
fn called(ids: &[&str]) -> Value {
    let calls: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "type": "tool_call", "id": id, "name": "find", "arguments": { "of": id } }))
        .collect();
    json!({ "role": "assistant", "parts": calls })
}

fn answered(ids: &[&str]) -> Vec<Value> {
    let result = |id: &&str| json!({ "role": "tool", "parts": [{ "type": "tool_call_response", "id": id, "response": format!("found {id}") }] });
    ids.iter().map(result).collect()
}

#[test]
fn results_by_the_id_of_the_call_are_joined_to_calls_by_the_id_of_the_item() {
    let both = |made: &[&str], results: &[&str]| {
        let first = chat("01", 1, &[said("user", "Find")], &called(made));
        read(&[first, chat("02", 10, &answered(results), &said("assistant", "Found"))])
    };
    let by_order = |trace: &Trace| trace.gaps.iter().any(|gap| gap.what.contains("in their order"));
    let trace = both(&["fc_a", "fc_b"], &["call_1", "call_2"]);
    assert_eq!(kinds(&trace)[1..5], ["call find -> 3", "call find -> 4", "result Unknown <- 1", "result Unknown <- 2"]);
    assert!(by_order(&trace) && !trace.has_gap(&[GapKind::ResultMissing]));
    let trace = both(&["fc_a"], &["call_1"]);
    assert_eq!(kinds(&trace)[1..3], ["call find -> 2", "result Unknown <- 1"]);
    assert!(!by_order(&trace));
    // Nothing is joined where there are fewer results than calls, or the IDs are of the same kind.
    for (made, results) in
        [(&["fc_a", "fc_b"][..], &["call_1"][..]), (&["call_a"], &["call_1"]), (&["fc_a"], &["fc_1"])]
    {
        assert!(both(made, results).has_gap(&[GapKind::ResultMissing]), "{made:?} {results:?}");
    }
}

#[test]
fn results_are_not_joined_by_their_order_where_another_reading_is_possible() {
    let call = |id: &str, of: &str| json!({ "role": "assistant", "parts": [{ "type": "tool_call", "id": id, "name": "find", "arguments": { "order_id": of } }] });
    let result = |id: &str, words: &str| json!({ "role": "tool", "parts": [{ "type": "tool_call_response", "id": id, "response": words }] });
    // Two turns at once: nothing says whose call the first result answers.
    let turns = [
        chat("01", 1, &[said("user", "Find A100")], &call("fc_a", "A100")),
        chat("02", 3, &[said("user", "Find B200")], &call("fc_b", "B200")),
        chat("03", 5, &[result("call_1", "A100 is there")], &said("assistant", "There")),
    ];
    let trace = read(&turns);
    assert!(kinds(&trace).contains(&"result Unknown <- none".to_owned()), "{:?}", kinds(&trace));
    assert!(trace.has_gap(&[GapKind::ResultMissing]));
    // Once the agent has said what came of it, a lost result keeps no other from its call.
    let turns = [
        turns[0].clone(),
        chat("02", 3, &[said("user", "And?")], &said("assistant", "Nothing yet")),
        chat("03", 5, &[said("user", "Find B200")], &call("fc_b", "B200")),
        chat("04", 7, &[result("call_2", "B200 is there")], &said("assistant", "There")),
    ];
    let trace = read(&turns);
    assert!(!kinds(&trace).contains(&"result Unknown <- none".to_owned()), "{:?}", kinds(&trace));
    // Results in another order than their calls, which what they hold tells.
    let both = |first: &str, second: &str| {
        let mut calls = call("fc_a", "A100");
        let other = call("fc_b", "B200")["parts"][0].clone();
        calls["parts"].as_array_mut().expect("parts").push(other);
        let asked = chat("01", 1, &[said("user", "Find both")], &calls);
        read(&[asked, chat("02", 3, &[result("call_1", first), result("call_2", second)], &said("assistant", "There"))])
    };
    let (a, b) = (r#"{"order_id": "A100", "at": "home"}"#, r#"{"order_id": "B200", "at": "sea"}"#);
    assert!(!both(a, b).has_gap(&[GapKind::ResultMissing]));
    assert!(both(b, a).has_gap(&[GapKind::ResultMissing]));
}

#[test]
fn a_request_that_goes_on_from_an_earlier_response_starts_nothing_over() {
    let message = |side: &str, n: u32, role: &str, words: &str| {
        let key = |name: &str| format!("llm.{side}_messages.{n}.message.{name}");
        match words.strip_prefix("call ") {
            Some(id) => {
                json!({ key("role"): role, key("tool_calls.0.tool_call.id"): id, key("tool_calls.0.tool_call.function.name"): "find",
                key("tool_calls.0.tool_call.function.arguments"): json!({ "of": id }).to_string() })
            }
            None if role == "tool" => {
                json!({ key("role"): role, key("tool_call_id"): words, key("content"): format!("found {words}") })
            }
            None => json!({ key("role"): role, key("content"): words }),
        }
    };
    let response = |id: &str, second: u32, before: Option<&str>, asked: &[(&str, &str)], said: &[(&str, &str)]| {
        let mut attrs = json!({ "openinference.span.kind": "LLM",
            "output.value": json!({ "id": format!("resp_{id}"), "object": "response", "previous_response_id": before, "output": [] }).to_string() });
        for (side, list) in [("input", asked), ("output", said)] {
            for (n, (role, words)) in (0..).zip(list) {
                let more = message(side, n, role, words);
                attrs.as_object_mut().expect("members").extend(more.as_object().expect("members").clone());
            }
        }
        span(id, "", second, "Response", &attrs)
    };
    let system = ("system", "Be brief");
    let first = response(
        "01",
        1,
        None,
        &[system, ("user", "Find both")],
        &[("assistant", "call c1"), ("assistant", "call c2")],
    );
    let second =
        response("02", 5, Some("resp_01"), &[system, ("tool", "c1"), ("tool", "c2")], &[("assistant", "Found.")]);
    let third = response("03", 9, Some("resp_02"), &[system, ("user", "Thanks")], &[("assistant", "Bye.")]);
    let trace = read(&[first, second, third]);
    assert_eq!(texts(&trace), ["Be brief", "Find both", "Found.", "Thanks", "Bye."]);
    assert!(!kinds(&trace).iter().any(|kind| kind.starts_with("context")), "{:?}", kinds(&trace));
    assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
}

#[test]
fn a_tool_that_takes_all_arguments_as_one_is_told_once() {
    let made = chat("01", 1, &[said("user", "Find")], &called(&["c1", "c2"]));
    let ran = |id: &str, second: u32, of: &str| {
        let attrs = json!({ "openinference.span.kind": "TOOL", "tool.name": "find", "input.value": json!({ "a": { "of": of } }).to_string(), "output.value": format!("found {of}") });
        span(id, "", second, "find", &attrs)
    };
    let after = [vec![said("user", "Find"), called(&["c1", "c2"])], answered(&["c1", "c2"])].concat();
    let trace =
        read(&[made, ran("02", 3, "c2"), ran("03", 5, "c1"), chat("04", 10, &after, &said("assistant", "Found"))]);
    assert_eq!(
        kinds(&trace),
        ["user", "call find -> 4", "call find -> 3", "result Ok <- 2", "result Ok <- 1", "assistant"]
    );
}

#[test]
fn a_step_of_llamaindex_that_makes_a_call_ready_is_no_call() {
    let history = "ChatMessage(role=<MessageRole.USER: 'user'>, additional_kwargs={}, blocks=[TextBlock(block_type='text', text='Find')])";
    let ready = |id: &str| {
        let attrs = json!({
            "openinference.span.kind": "LLM", "llm.model_name": "m",
            "input.value": json!({ "tools": ["<FunctionTool object>"], "user_msg": null, "chat_history": [history] }).to_string(),
            "output.value": json!({ "messages": [history], "tools": [] }).to_string(),
        });
        span(id, "09", 1, "M._prepare_chat_with_tools", &attrs)
    };
    let asks = span(
        "02",
        "09",
        2,
        "M.achat",
        &json!({
            "openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 7,
            "input.value": json!({ "messages": [history] }).to_string(),
            "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Find",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "find",
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": "{\"of\":\"x\"}",
        }),
    );
    let ran = |failed: bool| {
        let note = json!({ "blocks": [{ "text": "found x" }], "tool_name": "find", "raw_input": { "args": [], "kwargs": { "of": "x" } }, "raw_output": "found x", "is_error": failed });
        let attrs = json!({ "openinference.span.kind": "TOOL", "tool.name": "find", "input.value": "{\"kwargs\": {\"of\": \"x\"}}", "output.value": note.to_string() });
        span("03", "09", 4, "FunctionTool.acall", &attrs)
    };
    let trace = read(&[ready("01"), asks.clone(), ran(false)]);
    assert_eq!(
        (kinds(&trace), trace.model_calls.len()),
        (["user", "call find -> 2", "result Ok <- 1"].map(str::to_owned).to_vec(), 1)
    );
    let EventKind::ToolResult { content: Some(content), .. } = &trace.events[2].kind else { panic!("a result") };
    assert_eq!(content.text, "found x");
    assert!(!trace.has_gap(&[GapKind::InputDropped]));
    assert_eq!(transports(&read(&[asks, ran(true)])), [Transport::Error]);
    // Alone, it is all there is of the call, and its words are nobody's.
    let trace = read(&[ready("01")]);
    assert!(texts(&trace).is_empty() && trace.has_gap(&[GapKind::InputDropped]), "{:?}", texts(&trace));
}

#[test]
fn observations_of_langfuse_on_the_wire() {
    let asked = json!({ "tools": [{ "type": "function", "function": { "name": "find", "parameters": {} } }], "messages": [{ "role": "user", "content": "Find" }] });
    let call =
        json!([{ "id": "c1", "type": "function", "function": { "name": "find", "arguments": "{\"of\":\"x\"}" } }]);
    let observed = |id: &str, second: u32, kind: &str, name: &str, input: &Value, output: &Value| {
        let attrs = json!({ "session.id": "s-1", "langfuse.observation.type": kind, "langfuse.observation.input": input.to_string(), "langfuse.observation.output": output.to_string(), "langfuse.observation.model.name": "m" });
        span(id, if id == "09" { "" } else { "09" }, second, name, &attrs)
    };
    let trace = read(&[
        observed(
            "01",
            1,
            "generation",
            "OpenAI-generation",
            &asked,
            &json!({ "role": "assistant", "content": null, "tool_calls": call }),
        ),
        observed("02", 3, "tool", "find", &json!({ "args": [], "kwargs": { "of": "x" } }), &json!({ "at": "y" })),
        observed("09", 0, "agent", "support", &json!({ "args": ["Find"], "kwargs": {} }), &json!("Found")),
    ]);
    assert_eq!(kinds(&trace), ["user", "call find -> 2", "result Ok <- 1"]);
    assert_eq!((trace.key.as_str(), trace.tools.len(), trace.model_calls[0].model.as_deref()), ("s-1", 1, Some("m")));
}

#[test]
fn requests_and_answers_of_adk() {
    let find = json!({ "function_call": { "name": "find", "args": { "of": "x" } } });
    let ask = |id: &str, second: u32, contents: &Value, parts: &Value| {
        let request = json!({ "model": "m", "config": { "system_instruction": "Be brief", "tools": [{ "function_declarations": [{ "name": "find", "parameters": {} }] }] }, "contents": contents });
        let answer = json!({ "content": { "role": "model", "parts": parts } });
        let attrs = json!({ "gen_ai.system": "gcp.vertex.agent", "gcp.vertex.agent.session_id": "s-1", "gcp.vertex.agent.llm_request": request.to_string(), "gcp.vertex.agent.llm_response": answer.to_string() });
        span(id, "", second, "call_llm", &attrs)
    };
    let ran = json!({
        "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find", "gen_ai.tool.call.id": "adk-1",
        "gcp.vertex.agent.tool_call_args": "{\"of\": \"x\"}", "gcp.vertex.agent.tool_response": "{\"result\": \"y\"}",
        "gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.llm_response": "{}",
    });
    let merged = json!({ "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "(merged tools)", "gcp.vertex.agent.tool_response": "<not serializable>" });
    let user = json!({ "role": "user", "parts": [{ "text": "Find" }] });
    let result = json!({ "role": "user", "parts": [{ "function_response": { "name": "find", "response": { "result": "y" } } }] });
    let model = json!({ "role": "model", "parts": [find] });
    let trace = read(&[
        ask("01", 1, &json!([user]), &json!([find])),
        span("02", "01", 3, "execute_tool find", &ran),
        span("04", "01", 4, "execute_tool (merged)", &merged),
        ask("03", 5, &json!([user, model, result]), &json!([{ "text": "Found y" }])),
    ]);
    assert_eq!(kinds(&trace), ["system", "user", "call find -> 3", "result Ok <- 2", "assistant"]);
    assert_eq!((trace.key.as_str(), trace.tools.len(), trace.model_calls.len()), ("s-1", 1, 2));
    assert!(!trace.has_gap(&[GapKind::RecordsUnread]));
}

#[test]
fn events_that_stand_in_one_attribute() {
    let user =
        json!({ "role": "user", "content": "Find", "event.name": "gen_ai.user.message", "gen_ai.message.index": 0 });
    let calls =
        json!([{ "id": "c1", "type": "function", "function": { "name": "find", "arguments": "{\"of\":\"x\"}" } }]);
    let made = json!({ "role": "assistant", "tool_calls": calls, "event.name": "gen_ai.assistant.message" });
    let result = json!({ "role": "tool", "id": "c1", "name": "find", "content": { "at": "y" }, "event.name": "gen_ai.tool.message" });
    let choice = |message: &Value| json!({ "index": 0, "message": message, "event.name": "gen_ai.choice" });
    let ask = |id: &str, second: u32, events: &Value| {
        span(id, "", second, "chat m", &json!({ "gen_ai.operation.name": "chat", "events": events.to_string() }))
    };
    let ran = json!({ "gen_ai.tool.name": "find", "gen_ai.tool.call.id": "c1", "tool_arguments": "{\"of\":\"x\"}", "tool_response": "{\"at\":\"y\"}" });
    let trace = read(&[
        ask("01", 1, &json!([user, choice(&json!({ "role": "assistant", "tool_calls": calls }))])),
        span("02", "", 3, "running tool", &ran),
        ask("03", 5, &json!([user, made, result, choice(&json!({ "role": "assistant", "content": "At y" }))])),
    ]);
    assert_eq!(kinds(&trace), ["user", "call find -> 2", "result Ok <- 1", "assistant"]);
    // What is no event of a known kind is told.
    assert!(
        read(&[ask(
            "01",
            1,
            &json!([user, { "gen_ai.odd": 1 }, choice(&json!({ "role": "assistant", "content": "Hi" }))])
        )])
        .has_gap(&[GapKind::InputDropped])
    );
}

#[test]
fn what_a_tool_raised_is_its_error_where_nothing_was_answered() {
    let mut ran = span(
        "02",
        "",
        3,
        "execute_tool book",
        &json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "book", "gen_ai.tool.call.id": "b1"}),
    );
    ran["status"] = json!({"code": 2});
    ran["events"] = json!([{"name": "exception", "timeUnixNano": nano(4), "attributes": list(&json!({"exception.type": "RetriesExceeded", "exception.message": "gave up after 3 tries"}))}]);
    let trace = one("t.json", &otlp(&[exchange("01", 1), ran]).to_string());
    let error = trace.events.iter().find_map(|event| match &event.kind {
        EventKind::ToolResult { error, .. } => error.as_ref().map(|text| text.text.as_str()),
        _ => None,
    });
    assert_eq!(error, Some("gave up after 3 tries"));
}
