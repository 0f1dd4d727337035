use super::{answers, sniff};
use crate::model::{EventKind, Finish};
use crate::test_support::{kinds, one, reading, texts};

fn sse(events: &[&str]) -> String {
    events.iter().map(|event| format!("data: {event}\n\n")).collect()
}

fn arguments(trace: &crate::Trace) -> Vec<&str> {
    fn of(event: &crate::Event) -> Option<&str> {
        match &event.kind {
            EventKind::ToolCall { arguments, .. } => arguments.as_ref().map(|a| a.text.as_str()),
            _ => None,
        }
    }
    trace.events.iter().filter_map(of).collect()
}

const CHUNKS: [&str; 6] = [
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1790000000,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Look"},"finish_reason":null}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"ing"},"finish_reason":null}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"refund","arguments":""}}]}}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"n\":"}}]}}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"5}"}}]},"finish_reason":"tool_calls"}]}"#,
    r#"{"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[],"usage":{"prompt_tokens":4,"completion_tokens":9}}"#,
];

#[test]
fn chunks_come_to_one_answer_in_either_form() {
    let stream = format!(": welcome\n\n{}data: [DONE]\n\n", sse(&CHUNKS));
    for text in [stream, CHUNKS.join("\n")] {
        let trace = one("s.txt", &text);
        assert_eq!(kinds(&trace), ["assistant", "call refund -> none"]);
        assert_eq!((texts(&trace), arguments(&trace)), (vec!["Looking"], vec![r#"{"n":5}"#]));
        let call = &trace.model_calls[0];
        assert_eq!((call.output_tokens, call.finish.as_ref().map(|f| f.0)), (Some(9), Some(Finish::ToolCalls)));
    }
}

#[test]
fn a_stream_that_breaks_off_says_so() {
    let found = reading("s.txt", &sse(&CHUNKS[..2]));
    assert_eq!(texts(&found.sessions[0]), ["Looking"]);
    assert!(found.detections[0].lossy[0].contains("ends before"), "{:?}", found.detections[0].lossy);
}

const EVENTS: [&str; 11] = [
    r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":7,"output_tokens":1}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
    r#"{"type":"ping"}"#,
    r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Looking"}}"#,
    r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t1","name":"refund","input":{}}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"n\":"}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"5}"}}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":20}}"#,
    r#"{"type":"message_stop"}"#,
];

#[test]
fn events_of_messages_come_to_the_message() {
    let named: String = EVENTS.iter().map(|e| format!("event: x\ndata: {e}\n\n")).collect();
    for text in [named, EVENTS.join("\n")] {
        let trace = one("s.txt", &text);
        assert_eq!(kinds(&trace), ["reasoning", "assistant", "call refund -> none"], "{text}");
        assert_eq!((texts(&trace), arguments(&trace)), (vec!["Looking"], vec![r#"{"n":5}"#]));
        assert_eq!(trace.model_calls[0].output_tokens, Some(20));
    }
}

#[test]
fn events_of_responses_and_answers_of_gemini_are_read() {
    let responses = [
        r#"{"type":"response.created","response":{"id":"r1","object":"response","model":"m","status":"in_progress","output":[]}}"#,
        r#"{"type":"response.output_text.delta","item_id":"i","output_index":0,"delta":"Done"}"#,
        r#"{"type":"response.completed","response":{"id":"r1","object":"response","model":"m","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done"}]}]}}"#,
    ];
    assert_eq!(texts(&one("s.txt", &sse(&responses))), ["Done"]);
    let gemini = [
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"Do"}]}}]}"#,
        r#"{"candidates":[{"content":{"role":"model","parts":[{"text":"ne"},{"functionCall":{"name":"refund","args":{"n":5}}}]},"finishReason":"STOP"}]}"#,
    ];
    assert_eq!(kinds(&one("s.txt", &sse(&gemini))), ["assistant", "call refund -> none"]);
}

#[test]
fn several_answers_stay_apart_and_other_streams_are_none() {
    let two = [CHUNKS.join("\n"), CHUNKS.join("\n").replace("chatcmpl-1", "chatcmpl-2")].join("\n");
    assert_eq!(answers(two.as_bytes()).0.len(), 2);
    for other in
        ["data: 12\n\n", "event: tick\ndata: {\"n\":1}\n\n", "data:\n", "id,name\n", "{\"type\":\"message_start\"}"]
    {
        assert!(!sniff(other.as_bytes()), "{other}");
    }
}

/// A log that keeps the events of each answer, as a list or as text, and the answer to the request behind it.
#[test]
fn events_in_a_list_beside_the_request_are_one_answer() {
    let list = |events: &[&str]| format!("[{}]", events.join(","));
    let text = serde_json::to_string(&sse(&CHUNKS)).expect("text");
    let asked = r#"{"model":"m","messages":[{"role":"user","content":"Refund me"}]}"#;
    let next = r#"{"request":{"model":"m","messages":[{"role":"user","content":"Refund me"},{"role":"assistant","content":"Looking","tool_calls":[{"id":"c1","type":"function","function":{"name":"refund","arguments":"{\"n\":5}"}}]},{"role":"tool","tool_call_id":"c1","content":"pending"}]},"response":{"id":"chatcmpl-2","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"It is pending."}}]}}"#;
    for held in [
        format!(r#""response":{}"#, list(&CHUNKS)),
        format!(r#""chunks": {}"#, list(&CHUNKS)),
        format!(r#""response":{{"status":200,"body":{}}}"#, list(&CHUNKS)),
        format!(r#""response":{text}"#),
    ] {
        let lines = [format!(r#"{{"request":{asked},{held}}}"#), next.to_owned()];
        for log in [lines.join("\n"), list(&[&lines[0], &lines[1]])] {
            let trace = one("log.jsonl", &log);
            let told = ["user", "assistant", "call refund -> 3", "result Unknown <- 2", "assistant"];
            assert_eq!((kinds(&trace), trace.gaps.len()), (told.map(str::to_owned).to_vec(), 0), "{log}");
        }
    }
}

#[test]
fn lists_of_events_of_the_other_apis_are_answers_too() {
    let list = |events: &[&str]| format!("[{}]", events.join(","));
    let helper = r#"{"type":"text","text":"Looking","snapshot":"Looking"}"#;
    let mut events = EVENTS.to_vec();
    events.insert(6, helper);
    let asked = r#"{"model":"m","max_tokens":9,"system":"S","messages":[{"role":"user","content":"Refund me"}]}"#;
    let trace = one("log.jsonl", &format!(r#"{{"request":{asked},"response":{}}}"#, list(&events)));
    assert_eq!(kinds(&trace), ["system", "user", "reasoning", "assistant", "call refund -> none"]);
    assert_eq!(arguments(&trace), [r#"{"n":5}"#]);
    // Nothing but such lists.
    let found = reading("log.jsonl", &format!("{}\n{}\n", list(&events), list(&events)));
    assert!(found.sessions.iter().all(|trace| texts(trace) == ["Looking"]), "{:?}", found.sessions);
    let whole = r#"{"id":"resp_1","object":"response","model":"m","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]}]}"#;
    let item = r#"{"type":"response.output_item.done","output_index":0,"item":{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done."}]}}"#;
    let created = r#"{"type":"response.created","response":{"id":"resp_1","object":"response","model":"m","status":"in_progress","output":[]}}"#;
    let completed = format!(r#"{{"type":"response.completed","response":{whole}}}"#);
    for (events, cut) in [(vec![created, item, &completed], 0), (vec![created, item], 1)] {
        let log = format!(r#"{{"request":{{"model":"m","input":"Refund me"}},"response":{}}}"#, list(&events));
        let found = reading("log.jsonl", &log);
        assert_eq!(texts(&found.sessions[0]), ["Refund me", "Done."], "{log}");
        assert_eq!(found.detections[0].lossy.len(), cut, "{:?}", found.detections[0].lossy);
    }
}

#[test]
fn the_list_that_gemini_streams_is_one_answer() {
    let part = |parts: &str| {
        format!(r#"{{"candidates":[{{"content":{{"role":"model","parts":{parts}}}}}],"responseId":"r-2"}}"#)
    };
    let list = [
        part(r#"[{"text":"Your seat is 1"}]"#),
        part(r#"[{"text":"2C."}]"#),
        part(r#"[{"functionCall":{"name":"seat","args":{}}}]"#),
    ];
    for file in [format!("[{}]", list.join(",\n")), format!("[\n  {}\n]", list.join(",\n"))] {
        let trace = one("g.json", &file);
        assert_eq!(texts(&trace), ["Your seat is 12C."]);
    }
}

const CONVERSE: [&str; 9] = [
    r#"{"messageStart":{"role":"assistant"}}"#,
    r#"{"contentBlockDelta":{"delta":{"text":"Look"},"contentBlockIndex":0}}"#,
    r#"{"contentBlockDelta":{"delta":{"text":"ing"},"contentBlockIndex":0}}"#,
    r#"{"contentBlockStop":{"contentBlockIndex":0}}"#,
    r#"{"contentBlockStart":{"start":{"toolUse":{"toolUseId":"t1","name":"refund"}},"contentBlockIndex":1}}"#,
    r#"{"contentBlockDelta":{"delta":{"toolUse":{"input":"{\"n\":"}},"contentBlockIndex":1}}"#,
    r#"{"contentBlockDelta":{"delta":{"toolUse":{"input":"5}"}},"contentBlockIndex":1}}"#,
    r#"{"messageStop":{"stopReason":"tool_use"}}"#,
    r#"{"metadata":{"usage":{"inputTokens":7,"outputTokens":9},"metrics":{"latencyMs":3}}}"#,
];

#[test]
fn events_of_converse_come_to_one_answer() {
    for text in [CONVERSE.join("\n"), sse(&CONVERSE), format!("[{}]", CONVERSE.join(","))] {
        let trace = one("s.txt", &text);
        assert_eq!(kinds(&trace), ["assistant", "call refund -> none"], "{text}");
        assert_eq!((texts(&trace), arguments(&trace)), (vec!["Looking"], vec![r#"{"n":5}"#]));
    }
}

#[test]
fn streamed_events_of_an_adk_run_are_its_session() {
    let event = |id: &str, author: &str, parts: &str| {
        format!(
            r#"{{"id":"{id}","invocationId":"i","author":"{author}","timestamp":1790000000.5,"content":{{"role":"model","parts":[{parts}]}},"actions":{{"stateDelta":{{}}}}}}"#
        )
    };
    let events = [
        event("1", "user", r#"{"text":"Open the gate"}"#),
        event("2", "porter", r#"{"functionCall":{"id":"c","name":"gate","args":{"n":1}}}"#),
        event("3", "porter", r#"{"functionResponse":{"id":"c","name":"gate","response":{"state":"open"}}}"#),
        event("4", "porter", r#"{"text":"It is open."}"#),
    ];
    let stream = sse(&events.each_ref().map(String::as_str));
    let trace = one("run.txt", &stream);
    assert_eq!(trace.format, "adk");
    assert_eq!(kinds(&trace), ["user", "call gate -> 2", "result Unknown <- 1", "assistant"]);
}

#[test]
fn a_record_on_many_lines_may_hold_a_stream() {
    for body in
        [serde_json::Value::from(sse(&CHUNKS)), serde_json::from_str(&format!("[{}]", CHUNKS.join(","))).unwrap()]
    {
        let log = serde_json::json!({"request": {"model": "m", "stream": true, "temperature": 0.5, "messages": [{"role": "user", "content": "Refund it"}]}, "response": body});
        for file in [serde_json::to_string_pretty(&log).unwrap(), serde_json::to_string_pretty(&[&log]).unwrap()] {
            assert_eq!(kinds(&one("log.json", &file)), ["user", "assistant", "call refund -> none"], "{file}");
        }
    }
}
