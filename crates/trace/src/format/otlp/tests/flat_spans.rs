//! The same spans in every container that is no OTLP.

use crate::model::GapKind;
use crate::test_support::{kinds, one, texts, transports};
use serde_json::{Value, json};

const TOLD: [&str; 4] = ["user", "call refund -> 2", "result Error <- 1", "assistant"];

/// Name, start in seconds, parent, attributes, whether it failed.
fn spans() -> Vec<(&'static str, u64, Option<&'static str>, Value, bool)> {
    let asked = json!([{"role": "user", "parts": [{"type": "text", "content": "Refund ch_7"}]}]);
    let called = json!([{"role": "assistant", "parts": [{"type": "tool_call", "id": "call_1", "name": "refund", "arguments": {"charge": "ch_7"}}]}]);
    // Named by another ID in the history, as some instrumentations do.
    let history = json!([asked[0], {"role": "assistant", "parts": [{"type": "tool_call", "id": "fc_9", "name": "refund", "arguments": {"charge": "ch_7"}}]},
        {"role": "tool", "parts": [{"type": "tool_call_response", "id": "call_1", "response": "no such charge"}]}]);
    let said = json!([{"role": "assistant", "parts": [{"type": "text", "content": "I could not"}]}]);
    let chat = |input: &Value, output: &Value| json!({"gen_ai.operation.name": "chat", "gen_ai.input.messages": input.to_string(), "gen_ai.output.messages": output.to_string()});
    vec![
        (
            "invoke_agent desk",
            1,
            None,
            json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "desk"}),
            false,
        ),
        ("chat m", 2, Some("a0"), chat(&asked, &called), false),
        (
            "execute_tool refund",
            4,
            Some("a0"),
            json!({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "refund", "gen_ai.tool.call.id": "call_1", "gen_ai.tool.call.arguments": "{\"charge\":\"ch_7\"}", "error.type": "NotFound"}),
            true,
        ),
        ("chat m", 6, Some("a0"), chat(&history, &said), false),
    ]
}

fn each(of: impl Fn(usize, &'static str, u64, Option<&'static str>, Value, bool) -> Value) -> Vec<Value> {
    spans()
        .into_iter()
        .enumerate()
        .map(|(i, (name, at, parent, attributes, failed))| of(i, name, at, parent, attributes, failed))
        .collect()
}

const SECOND: u64 = 1_000_000_000;
const BASE: u64 = 1_777_888_800;

#[test]
fn every_container_tells_the_same() {
    let ns = |at: u64| (BASE + at) * SECOND;
    let python = each(|i, name, at, parent, attributes, failed| {
        json!({"name": name, "context": {"trace_id": "0x0abc", "span_id": format!("0xa{i}"), "trace_state": "[]"}, "kind": "SpanKind.INTERNAL", "parent_id": parent.map(|p| format!("0x{p}")),
            "start_time": format!("2026-05-04T10:00:{at:02}.000000Z"), "end_time": format!("2026-05-04T10:00:{:02}.000000Z", at + 1), "status": {"status_code": if failed { "ERROR" } else { "UNSET" }}, "attributes": attributes, "events": []})
    });
    let javascript = each(
        |i, name, at, parent, attributes, failed| json!({"resource": {"attributes": {}}, "traceId": "0abc", "parentId": parent, "name": name, "id": format!("a{i}"), "kind": 0, "timestamp": (BASE + at) * 1_000_000, "duration": 1_000_000.0, "attributes": attributes, "status": {"code": if failed { 2 } else { 0 }}, "events": [], "links": []}),
    );
    let readable = each(
        |i, name, at, parent, attributes, failed| json!({"_spanContext": {"traceId": "0abc", "spanId": format!("a{i}")}, "parentSpanContext": parent.map(|p| json!({"traceId": "0abc", "spanId": p})), "name": name, "startTime": [BASE + at, 0], "endTime": [BASE + at + 1, 0], "attributes": attributes, "status": {"code": if failed { 2 } else { 1 }}, "events": []}),
    );
    let cloudwatch = each(
        |i, name, at, parent, attributes, failed| json!({"resource": {"attributes": {"service.name": "desk"}}, "scope": {"name": "strands"}, "traceId": "0abc", "spanId": format!("a{i}"), "parentSpanId": parent.unwrap_or(""), "name": name, "kind": "INTERNAL", "startTimeUnixNano": ns(at), "endTimeUnixNano": ns(at + 1), "attributes": attributes, "status": {"code": if failed { "ERROR" } else { "UNSET" }}}),
    );
    let strands = each(
        |i, name, at, parent, attributes, failed| json!({"trace_id": "0abc", "span_id": format!("a{i}"), "parent_span_id": parent, "name": name, "start_time": ns(at), "end_time": ns(at + 1), "attributes": attributes, "scope": {"name": "x", "version": ""}, "status": {"code": if failed { "ERROR" } else { "OK" }}, "span_events": []}),
    );
    for spans in [python, javascript, readable, cloudwatch, strands] {
        let lines: String = spans.iter().rev().map(|s| format!("{s}\n")).collect();
        let printed: String = spans.iter().map(|s| format!("{s:#}\n")).collect();
        let list = Value::from(spans.clone()).to_string();
        for file in [list, json!({"session_id": "s", "span_count": 4, "spans": spans}).to_string(), lines, printed] {
            let trace = one("spans.json", &file);
            assert_eq!(
                (kinds(&trace), texts(&trace)),
                (TOLD.map(str::to_owned).to_vec(), vec!["Refund ch_7", "I could not"]),
                "{file}"
            );
            assert_eq!(trace.events[1].time.map(|t| t.ns), Some(ns(4) as i64), "{file}");
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
            assert_eq!(trace.agents, ["desk"]);
        }
    }
}

#[test]
fn traces_of_mlflow_in_both_versions() {
    let text = |v: Value| v.to_string();
    let kinds_and_words = [
        (
            "CHAT_MODEL",
            "ChatModel",
            json!({"messages": [{"role": "user", "content": "Refund ch_7"}]}),
            json!({"choices": [{"message": {"role": "assistant", "content": null, "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "refund", "arguments": "{\"charge\": \"ch_7\"}"}}]}}]}),
        ),
        ("TOOL", "refund", json!({"charge": "ch_7"}), json!("pending")),
        ("AGENT", "desk", json!({"question": "Refund ch_7"}), json!("done")),
    ];
    let attributes = |kind: &str, input: &Value, output: &Value| json!({"mlflow.spanType": text(json!(kind)), "mlflow.spanInputs": text(input.clone()), "mlflow.spanOutputs": text(output.clone())});
    let spans = |newer: bool| -> Vec<Value> {
        let one = |(i, (kind, name, input, output)): (usize, &(&str, &str, Value, Value))| {
            let at = |n: usize| (BASE + n as u64) * SECOND;
            match newer {
                true => {
                    json!({"trace_id": "W44=", "span_id": format!("qq{i}="), "parent_span_id": "", "name": name, "start_time_unix_nano": at(i), "end_time_unix_nano": at(i + 1), "status": {"code": "STATUS_CODE_OK"}, "attributes": attributes(kind, input, output)})
                }
                false => {
                    json!({"name": name, "context": {"trace_id": "0xabc", "span_id": format!("0x{}", i + 1)}, "parent_id": null, "start_time": at(i), "end_time": at(i + 1), "status_code": "OK", "status_message": "", "attributes": attributes(kind, input, output), "events": []})
                }
            }
        };
        kinds_and_words.iter().enumerate().map(one).collect()
    };
    for newer in [true, false] {
        let trace = json!({"info": {"trace_id": "tr-1"}, "data": {"spans": spans(newer)}});
        for file in [trace.to_string(), json!({"traces": [trace]}).to_string()] {
            let trace = one("mlflow.json", &file);
            assert_eq!(
                (kinds(&trace), texts(&trace)),
                (["user", "call refund -> 2", "result Ok <- 1"].map(str::to_owned).to_vec(), vec!["Refund ch_7"]),
                "{file}"
            );
        }
    }
}

#[test]
fn traces_of_one_session_in_mlflow_are_one_session_in_order() {
    let trace = |n: u64, info: Value, asked: &str, said: &str| {
        let text = |v: Value| v.to_string();
        let span = json!({"trace_id": format!("W{n}4="), "span_id": "qq0=", "parent_span_id": "", "name": "chat", "start_time_unix_nano": (BASE + n) * SECOND, "end_time_unix_nano": (BASE + n + 1) * SECOND, "status": {"code": "STATUS_CODE_OK"},
            "attributes": {"mlflow.spanType": text(json!("CHAT_MODEL")), "mlflow.spanInputs": text(json!({"messages": [{"role": "user", "content": asked}]})), "mlflow.spanOutputs": text(json!({"choices": [{"message": {"role": "assistant", "content": said}}]}))}});
        json!({"info": info, "data": {"spans": [span]}})
    };
    let named = json!({"mlflow.trace.session": "s-1", "mlflow.trace.user": "u-1"});
    let pairs = json!([{"key": "mlflow.user", "value": "ann"}, {"key": "mlflow.trace.session", "value": "s-1"}]);
    let later = trace(5, json!({"trace_metadata": named}), "And now?", "Done");
    let first = trace(1, json!({"request_metadata": pairs}), "Refund ch_7", "One moment");
    let other = trace(3, json!({"trace_metadata": {"mlflow.user": "ann"}}), "Hi", "Hello");
    let all = [later, other, first];
    // As search results, as an export, and one to a line; pages come newest first.
    let listed = json!(all).to_string();
    let export = json!({"traces": all}).to_string();
    let lines = all.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
    for file in [listed, export, lines] {
        let found = crate::test_support::all("mlflow.json", &file);
        let session = found.iter().find(|t| t.key == "s-1").unwrap_or_else(|| panic!("{file}"));
        assert_eq!((texts(session), found.len()), (vec!["Refund ch_7", "One moment", "And now?", "Done"], 2));
        let users: Vec<_> = found.iter().map(|t| t.users.iter().map(|u| u.text.as_str()).collect::<Vec<_>>()).collect();
        // `mlflow.user` is whoever ran the program.
        assert!(users.contains(&vec!["u-1"]) && users.contains(&vec![]), "{users:?}");
    }
}

#[test]
fn reruns_of_a_trace_in_mlflow_without_a_session_are_kept_apart() {
    let run = |n: u64, at: u64, span_id: &str| {
        let text = |v: Value| v.to_string();
        let span = json!({"trace_id": format!("W{n}4="), "span_id": span_id, "parent_span_id": "", "name": "chat", "start_time_unix_nano": (BASE + at) * SECOND, "end_time_unix_nano": (BASE + at + 1) * SECOND, "status": {"code": "STATUS_CODE_OK"},
            "attributes": {"mlflow.spanType": text(json!("CHAT_MODEL")), "mlflow.spanInputs": text(json!({"messages": [{"role": "user", "content": "Refund ch_7"}]})), "mlflow.spanOutputs": text(json!({"choices": [{"message": {"role": "assistant", "content": "One moment"}}]}))}});
        json!({"info": {"trace_id": format!("tr-{n}")}, "data": {"spans": [span]}})
    };
    let once = ["Refund ch_7", "One moment"];
    // With the times and the span ID of the first run, or with its own.
    for (at, span_id) in [(1, "qq0="), (5, "qq0="), (5, "qq4=")] {
        let apart = json!([run(1, 1, "qq0="), run(2, at, span_id)]).to_string();
        let found = crate::test_support::all("mlflow.json", &apart);
        assert_eq!(found.iter().map(texts).collect::<Vec<_>>(), [once, once]);
    }
}

#[test]
fn events_of_adot_beside_their_spans_or_inside_of_them() {
    let body = json!({"input": {"messages": [{"role": "user", "content": {"content": "[{\"text\": \"Refund ch_7\"}]"}}]},
        "output": {"messages": [{"role": "assistant", "content": {"message": "[{\"text\": \"One moment\"}, {\"toolUse\": {\"toolUseId\": \"t1\", \"name\": \"refund\", \"input\": {}}}]", "finish_reason": "tool_use"}}]}});
    let told = ["user", "assistant", "call refund -> none"];
    let span = json!({"traceId": "0abc", "spanId": "a1", "name": "chat", "startTimeUnixNano": BASE * SECOND, "endTimeUnixNano": (BASE + 1) * SECOND, "attributes": {"gen_ai.operation.name": "chat"}, "status": {"code": "UNSET"}});
    let log = json!({"scope": {"name": "strands.telemetry.tracer"}, "timeUnixNano": BASE * SECOND, "severityNumber": 9, "body": body, "attributes": {"event.name": "strands.telemetry.tracer"}, "traceId": "0abc", "spanId": "a1"});
    let mut whole = span.clone();
    whole["span_events"] = json!([{"event_name": "strands.telemetry.tracer", "body": body}]);
    for file in [format!("{span}\n{log}\n"), whole.to_string()] {
        let trace = one("adot.jsonl", &file);
        assert_eq!(
            (kinds(&trace), texts(&trace)),
            (told.map(str::to_owned).to_vec(), vec!["Refund ch_7", "One moment"])
        );
    }
}

#[test]
fn an_agent_without_model_calls_says_things_in_their_order() {
    let span = |id: &str, from: u64, to: u64, attributes: Value| json!({"trace_id": "0abc", "span_id": id, "parent_span_id": null, "name": "x", "start_time": (BASE + from) * SECOND, "end_time": (BASE + to) * SECOND, "attributes": attributes, "status": {"code": "OK"}});
    let call = "llm.output_messages.1.message.tool_calls.0.tool_call";
    let agent = json!({"openinference.span.kind": "AGENT", "agent.name": "desk", "input.value": "Refund ch_7", "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content.0": "One moment",
        format!("{call}.id"): "t1", format!("{call}.function.name"): "refund", format!("{call}.function.arguments"): "{}", "llm.output_messages.1.message.role": "assistant", "llm.output_messages.2.message.role": "assistant", "llm.output_messages.2.message.content": "Done"});
    let tool = json!({"openinference.span.kind": "TOOL", "tool.name": "refund", "tool.id": "t1", "input.value": "{}", "output.value": "pending"});
    let trace = one("a.json", &json!([span("a2", 3, 4, tool), span("a1", 1, 9, agent)]).to_string());
    assert_eq!(kinds(&trace), ["user", "assistant", "call refund -> 3", "result Ok <- 2", "assistant"]);
    assert_eq!((texts(&trace), transports(&trace).len()), (vec!["Refund ch_7", "One moment", "Done"], 1));
}

#[test]
fn what_stands_among_spans_and_is_none_is_told() {
    let mut spans = each(
        |i, name, at, parent, attributes, _| json!({"trace_id": "0abc", "span_id": format!("a{i}"), "parent_span_id": parent, "name": name, "start_time": (BASE + at) * SECOND, "end_time": (BASE + at + 1) * SECOND, "attributes": attributes}),
    );
    spans.push(json!({"role": "user", "content": "Also delete it"}));
    let trace = one("s.json", &json!({"spans": spans}).to_string());
    assert!(trace.has_gap(&[GapKind::RecordsUnread]));
}

#[test]
fn reruns_of_a_trace_in_one_session_are_told_twice_and_their_user_once() {
    let text = |v: Value| v.to_string();
    let mlflow = |n: u64| {
        let span = json!({"trace_id": format!("W{n}4="), "span_id": "qq0=", "parent_span_id": "", "name": "chat", "start_time_unix_nano": (BASE + n) * SECOND, "end_time_unix_nano": (BASE + n + 1) * SECOND, "status": {"code": "STATUS_CODE_OK"},
            "attributes": {"mlflow.spanType": text(json!("CHAT_MODEL")), "mlflow.spanInputs": text(json!({"messages": [{"role": "user", "content": "Refund ch_7"}]})), "mlflow.spanOutputs": text(json!({"choices": [{"message": {"role": "assistant", "content": "One moment"}}]}))}});
        json!({"info": {"trace_id": format!("tr-{n}"), "trace_metadata": {"mlflow.trace.session": "s-1", "mlflow.trace.user": "u-1"}}, "data": {"spans": [span]}})
    };
    let row = |n: u64| {
        let trace = mlflow(n);
        json!({"trace_id": format!("tr-{n}"), "state": "OK", "trace_metadata": trace["info"]["trace_metadata"], "spans": trace["data"]["spans"]})
    };
    let time = |n: u64| format!("2026-01-05T10:00:0{n}Z");
    let phoenix = |n: u64| {
        json!({"id": format!("x{n}"), "name": "chat", "context": {"trace_id": format!("t{n}"), "span_id": format!("s{n}")}, "span_kind": "LLM", "parent_id": null, "start_time": time(n), "end_time": time(n + 1), "status_code": "OK", "events": [],
            "attributes": {"openinference.span.kind": "LLM", "session.id": "s-1", "user.id": "u-1", "llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Refund ch_7", "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": "One moment"}})
    };
    let langfuse = |n: u64| json!({"id": format!("t{n}"), "sessionId": "s-1", "userId": "u-1", "timestamp": time(n), "name": "chat", "observations": [{"id": "o", "traceId": format!("t{n}"), "type": "GENERATION", "name": "chat", "startTime": time(n), "endTime": time(n + 1), "input": [{"role": "user", "content": "Refund ch_7"}], "output": {"role": "assistant", "content": "One moment"}}]});
    let langsmith = |n: u64| json!({"id": format!("r{n}"), "trace_id": format!("t{n}"), "name": "chat", "run_type": "llm", "start_time": time(n), "end_time": time(n + 1), "extra": {"metadata": {"thread_id": "s-1", "user_id": "u-1"}}, "inputs": {"messages": [{"role": "user", "content": "Refund ch_7"}]}, "outputs": {"choices": [{"message": {"role": "assistant", "content": "One moment"}}]}});
    let once = ["Refund ch_7", "One moment"];
    let all: [&dyn Fn(u64) -> Value; 5] = [&mlflow, &row, &phoenix, &langfuse, &langsmith];
    for (i, trace) in all.iter().enumerate() {
        let lines = [trace(1), trace(5)].map(|t| t.to_string()).join("\n");
        let session = one("traces.jsonl", &lines);
        assert_eq!((texts(&session), session.key.as_str()), ([once, once].concat(), "s-1"), "{i}");
        assert_eq!(session.users.iter().map(|u| u.text.as_str()).collect::<Vec<_>>(), ["u-1"], "{i}");
    }
}

#[test]
fn traces_of_one_session_without_model_calls_are_all_told() {
    let step = |n: u64, asked: Value, said: Value| {
        json!({"name": "desk", "context": {"trace_id": format!("0xab{n}"), "span_id": "0x1"}, "parent_id": null, "start_time": format!("2026-01-05T10:00:0{n}Z"), "end_time": format!("2026-01-05T10:00:0{}Z", n + 1), "status": {"status_code": "OK"},
            "attributes": {"openinference.span.kind": "CHAIN", "session.id": "s-1", "input.value": asked.to_string(), "output.value": said.to_string()}})
    };
    let user = |words: &str| json!({"role": "user", "content": words});
    let agent = |words: &str| json!({"role": "assistant", "content": words});
    let all = ["Refund ch_7", "One moment", "And now?", "Done"];
    let [asked, said, more, done] = [user(all[0]), agent(all[1]), user(all[2]), agent(all[3])];
    let apart = [
        step(1, json!({"messages": [asked]}), json!({"messages": [said]})),
        step(5, json!({"messages": [more]}), json!({"messages": [done]})),
    ];
    let repeated = [
        step(1, json!({"messages": [asked]}), json!({"messages": [said]})),
        step(5, json!({"messages": [asked, said, more]}), json!({"messages": [done]})),
    ];
    let states = [
        step(1, json!({"messages": [asked]}), json!({"messages": [asked, said]})),
        step(5, json!({"messages": [asked, said, more]}), json!({"messages": [asked, said, more, done]})),
    ];
    for traces in [apart, repeated, states] {
        let session = one("spans.json", &json!(traces).to_string());
        assert_eq!(texts(&session), all, "{traces:?}");
    }
    let again = [1, 5].map(|n| step(n, json!({"messages": [asked]}), json!({"messages": [said]})));
    assert_eq!(texts(&one("spans.json", &json!(again).to_string())), [&all[..2], &all[..2]].concat());
}

#[test]
fn an_agents_span_of_mlflow_stands_for_the_conversation_where_no_model_was_recorded() {
    let span = |id: &str, parent: Value, kind: &str, name: &str, input: Value, output: Value| json!({"trace_id": "W44=", "span_id": id, "parent_span_id": parent, "name": name, "start_time_unix_nano": BASE * SECOND, "end_time_unix_nano": (BASE + 1) * SECOND, "status": {"code": "STATUS_CODE_OK"}, "attributes": {"mlflow.spanType": json!(kind).to_string(), "mlflow.spanInputs": input.to_string(), "mlflow.spanOutputs": output.to_string()}});
    let agent = span("qq0=", json!(null), "AGENT", "desk", json!({"question": "Refund ch_7"}), json!("Done."));
    let tool = span("qq1=", json!("qq0="), "TOOL", "refund", json!({"charge": "ch_7"}), json!("pending"));
    for spans in [vec![agent.clone()], vec![agent, tool]] {
        let count = spans.len();
        let trace = one("m.json", &json!({"info": {"trace_id": "tr-1"}, "data": {"spans": spans}}).to_string());
        assert_eq!(texts(&trace), ["Refund ch_7", "Done."]);
        assert_eq!(kinds(&trace).len(), 2 * count);
    }
}

#[test]
fn a_span_of_another_library_in_phoenix_is_read_by_its_own_names() {
    let span = |id: &str, at: u32, name: &str, kind: &str, attributes: Value| {
        json!({"id": id, "name": name, "context": {"trace_id": "0abc", "span_id": id}, "span_kind": kind, "parent_id": null, "start_time": format!("2026-05-04T10:00:{at:02}+00:00"),
            "end_time": format!("2026-05-04T10:00:{:02}+00:00", at + 1), "status_code": "OK", "attributes": attributes, "events": []})
    };
    let asked = json!({"gen_ai.system": "m", "llm.request.type": "chat", "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Book 4A",
        "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.tool_calls.0.id": "c", "gen_ai.completion.0.tool_calls.0.name": "book", "gen_ai.completion.0.tool_calls.0.arguments": "{}"});
    let nested = json!({"gen_ai": {"system": "m", "prompt": {"0": {"role": "user", "content": "Book 4A"}},
        "completion": {"0": {"role": "assistant", "tool_calls": {"0": {"id": "c", "name": "book", "arguments": "{}"}}}}}, "llm": {"request": {"type": "chat"}}});
    let tool = json!({"traceloop.span.kind": "tool", "traceloop.entity.name": "book", "traceloop.entity.input": "{}", "traceloop.entity.output": "booked"});
    for model in [asked, nested] {
        for kind in ["UNKNOWN", "LLM"] {
            let spans =
                [span("a1", 1, "m.chat", kind, model.clone()), span("a2", 3, "book.tool", "UNKNOWN", tool.clone())];
            let trace = one("p.json", &json!(spans).to_string());
            assert_eq!(kinds(&trace), ["user", "call book -> 2", "result Ok <- 1"], "{kind}");
        }
    }
}
