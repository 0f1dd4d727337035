use crate::model::{GapKind, Transport};
use crate::test_support::{kinds, one, texts, transports};

fn chat(messages: &str) -> crate::Trace {
    one("c.json", &format!(r#"[{{"role":"user","content":"Hi"}},{messages}]"#))
}

/// What the gaps of a kind say.
fn told(trace: &crate::Trace, kind: GapKind) -> Vec<&str> {
    trace.gaps.iter().filter(|g| g.kind == kind).map(|g| g.what.as_str()).collect()
}

#[test]
fn pictures_are_no_words_and_are_told() {
    let parts = [
        r#"{"type":"image_url","image_url":{"url":"data:x"}}"#,
        r#"{"type":"input_audio","input_audio":{"data":"x"}}"#,
        r#"{"type":"document","source":{"type":"text","data":"of a document"}}"#,
        r#"{"type":"blob","modality":"image","content":"aGk="}"#,
        r#"{"type":"uri","uri":"https://x"}"#,
        r#"{"inlineData":{"data":"x"}}"#,
    ];
    for part in parts {
        let trace = chat(&format!(r#"{{"role":"user","content":[{{"type":"text","text":"Look"}},{part}]}}"#));
        assert_eq!(texts(&trace), ["Hi", "Look"], "{part}");
        assert_eq!(told(&trace, GapKind::NotRead).len(), 1, "{part}");
        assert!(!trace.has_gap(&[GapKind::ContentNotCaptured, GapKind::InputDropped]), "{part}");
    }
}

#[test]
fn what_should_have_been_readable_is_a_gap_in_its_place() {
    let damaged = [
        r#"{"role":"assistant","content":[{"type":"text","text":7}]}"#,
        r#"{"role":"assistant","content":[{}]}"#,
        r#"{"role":"assistant","content":[null]}"#,
        r#"{"role":"assistant","content":7}"#,
        r#"{"role":"assistant","content":[{"type":"tool_use","id":"1","name":7,"input":{}}]}"#,
        r#"{"role":"assistant","tool_calls":7}"#,
        r#"{"role":"assistant","tool_calls":[{"id":"1","function":{"arguments":"{}"}}]}"#,
        r#"{"role":"narrator","content":"x"}"#,
        r#"{"role":7,"content":"x"}"#,
        "null",
    ];
    for message in damaged {
        let trace = chat(message);
        assert_eq!(texts(&trace), ["Hi"], "{message}");
        assert_eq!(told(&trace, GapKind::InputDropped).len(), 1, "{message}");
    }
}

#[test]
fn a_kind_that_is_long_is_told_in_short() {
    let trace = chat(&format!(r#"{{"role":"user","content":[{{"type":"{}"}}]}}"#, "k".repeat(5000)));
    assert!(told(&trace, GapKind::InputDropped)[0].len() < 120);
}

#[test]
fn a_list_of_numbers_is_told_by_its_first_ones() {
    let numbers = vec!["7"; 50_000].join(",");
    let content = chat(&format!(r#"{{"role":"user","content":[{numbers}]}}"#));
    assert_eq!(told(&content, GapKind::InputDropped).len(), super::UNREAD);
    let among = chat(&numbers);
    assert_eq!((texts(&among), told(&among, GapKind::InputDropped).len()), (vec!["Hi"], super::UNREAD));
    let ok = [r#"{"role":"user","content":"ok"}"#; 12].join(",");
    let many = vec![format!(r#"{{"role":"user","content":7}},{ok}"#); 300].join(",");
    let last = chat(&many).gaps.pop().map(|g| g.what);
    assert_eq!(last.as_deref(), Some("100 more parts of messages could not be read"));
}

#[test]
fn what_a_conversation_was_compacted_to_is_said_by_nobody() {
    let trace = chat(r#"{"role":"assistant","content":[{"type":"compaction","content":"All went well"}]}"#);
    assert_eq!(kinds(&trace), ["user", "context lost=true", "system"]);
}

#[test]
fn hosted_tools_of_the_conventions_and_of_anthropic_join_their_answers() {
    let trace = chat(
        r#"{"role":"assistant","parts":[{"type":"server_tool_call","id":"s","name":"web","server_tool_call":{"q":1}},{"type":"server_tool_call_response","id":"s","server_tool_call_response":{"hits":2}}]},
        {"role":"assistant","content":[{"type":"server_tool_use","id":"w","name":"web_search","input":{}},{"type":"web_search_tool_result","tool_use_id":"w","content":{"type":"web_search_tool_result_error","error_code":"max_uses_exceeded"}}]}"#,
    );
    assert_eq!(
        kinds(&trace),
        ["user", "call web -> 2", "result Unknown <- 1", "call web_search -> 4", "result Error <- 3"]
    );
}

#[test]
fn blocks_without_types_are_what_their_member_says() {
    let trace = chat(
        r#"{"role":"assistant","content":[{"text":"Let me see"},{"toolUse":{"toolUseId":"t","name":"f","input":{"a":1}}}]},
        {"role":"user","content":[{"toolResult":{"toolUseId":"t","status":"error","content":[{"text":"no"}]}}]}"#,
    );
    assert_eq!(kinds(&trace), ["user", "assistant", "call f -> 3", "result Error <- 2"]);
    assert_eq!(texts(&trace), ["Hi", "Let me see"]);
}

#[test]
fn custom_tools_are_called_with_text() {
    let trace = chat(
        r#"{"role":"assistant","tool_calls":[{"id":"1","type":"custom","custom":{"name":"sql","input":"SELECT 1"}}]},{"role":"tool","tool_call_id":"1","content":"1"}"#,
    );
    assert_eq!(kinds(&trace), ["user", "call sql -> 2", "result Unknown <- 1"]);
    assert_eq!(transports(&trace), [Transport::Unknown]);
}

#[test]
fn the_memory_of_mastra_keeps_a_message_one_level_down() {
    let trace = chat(
        r#"{"role":"user","type":"v2","threadId":"th","content":{"format":2,"parts":[{"type":"text","text":"Water the ferns"},{"type":"file","mimeType":"image/png","data":"iVBOR"}],"content":"Water the ferns"}},
        {"role":"assistant","type":"v2","threadId":"th","content":{"format":2,"parts":[{"type":"step-start"},{"type":"reasoning","reasoning":"","details":[{"type":"text","text":"Two ferns."}]},{"type":"text","text":"I open the valve."},{"type":"tool-invocation","toolInvocation":{"state":"result","step":0,"toolCallId":"v1","toolName":"valve","args":{"bed":1},"result":{"open":true}}},{"type":"tool-invocation","toolInvocation":{"state":"call","step":0,"toolCallId":"v2","toolName":"valve","args":{"bed":2}}},{"type":"step-start"},{"type":"text","text":"Bed 1 is watered."}],"toolInvocations":[{"state":"result","toolCallId":"v1","toolName":"valve","args":{"bed":1},"result":{"open":true}}],"content":"Bed 1 is watered."}}"#,
    );
    let told = kinds(&trace);
    assert_eq!(told.iter().filter(|kind| kind.starts_with("call valve")).count(), 2, "{told:?}");
    assert_eq!(texts(&trace), ["Hi", "Water the ferns", "I open the valve.", "Bed 1 is watered."]);
    assert!(trace.gaps.iter().any(|gap| gap.what.contains("no result")), "{:?}", trace.gaps);
}

#[test]
fn messages_of_the_ai_sdk_in_every_version() {
    let told = ["user", "call f -> 2", "result Ok <- 1", "assistant"];
    for message in [
        r#"{"role":"assistant","content":"Done","toolInvocations":[{"state":"result","toolCallId":"1","toolName":"f","args":{},"result":"x"}]}"#,
        r#"{"role":"assistant","content":"Done","parts":[{"type":"step-start"},{"type":"tool-invocation","toolInvocation":{"state":"result","toolCallId":"1","toolName":"f","args":{},"result":"x"}},{"type":"text","text":"Done"}]}"#,
        r#"{"role":"assistant","parts":[{"type":"data-weather","id":"w","data":{"role":"user","content":"sunny"}},{"type":"tool-f","toolCallId":"1","state":"output-available","input":{},"output":"x"},{"type":"text","text":"Done"}]}"#,
    ] {
        let trace = chat(message);
        assert_eq!((kinds(&trace), texts(&trace)), (told.map(str::to_owned).to_vec(), vec!["Hi", "Done"]), "{message}");
        assert!(trace.gaps.is_empty(), "{message}: {:?}", trace.gaps);
    }
}

#[test]
fn outputs_of_the_ai_sdk_say_whether_the_tool_failed() {
    let result = |output: &str| {
        let call = r#"{"role":"assistant","content":[{"type":"tool-call","toolCallId":"1","toolName":"f","input":{}},{"type":"tool-approval-request","approvalId":"a","toolCallId":"1"}]}"#;
        let trace = chat(&format!(
            r#"{call},{{"role":"tool","content":[{{"type":"tool-approval-response","approvalId":"a","approved":true}},{{"type":"tool-result","toolCallId":"1","toolName":"f","output":{output}}}]}}"#
        ));
        assert!(told(&trace, GapKind::InputDropped).is_empty(), "{:?}", trace.gaps);
        transports(&trace)
    };
    assert_eq!(result(r#"{"type":"error-text","value":"no"}"#), [Transport::Error]);
    assert_eq!(result(r#"{"type":"execution-denied","reason":"no"}"#), [Transport::Declined]);
    assert_eq!(result(r#"{"type":"content","value":[{"type":"text","text":"yes"}]}"#), [Transport::Unknown]);
}

#[test]
fn a_hosted_tool_that_the_model_spoke_behind_has_an_answer_that_is_not_recorded() {
    use crate::model::GapKind;
    use crate::test_support::{kinds, one};
    let said = |content: &str| {
        format!(r#"{{"messages":[{{"role":"user","content":"x"}},{{"role":"assistant","content":[{content}]}}]}}"#)
    };
    let used = r#"{"type":"server_tool_use","id":"w","name":"web_search","input":{"query":"x"}}"#;
    let words = r#"{"type":"text","text":"found"}"#;
    let trace = one("m.json", &said(&format!("{used},{words}")));
    assert_eq!(kinds(&trace), ["user", "call web_search -> 2", "result Unknown <- 1", "assistant"]);
    assert!(!trace.has_gap(&[GapKind::ResultMissing]) && trace.has_gap(&[GapKind::ContentNotCaptured]));
    // A turn that the provider paused has none yet.
    let trace = one("m.json", &said(&format!("{words},{used}")));
    assert!(trace.has_gap(&[GapKind::ResultMissing]), "{:?}", trace.gaps);
    let mine = r#"{"type":"tool_use","id":"w","name":"web_search","input":{}}"#;
    assert!(one("m.json", &said(&format!("{mine},{words}"))).has_gap(&[GapKind::ResultMissing]));
    let code = r#"{"contents":[{"role":"user","parts":[{"text":"x"}]},{"role":"model","parts":[{"executableCode":{"language":"PYTHON","code":"print(1)"}},{"text":"1"}]}]}"#;
    assert!(!one("g.json", code).has_gap(&[GapKind::ResultMissing]));
    let parts = r#"[{"id":"1","role":"user","parts":[{"type":"text","text":"x"}]},{"id":"2","role":"assistant","parts":[{"type":"tool-web_search","toolCallId":"c","state":"input-available","input":{"q":1},"providerExecuted":true},{"type":"text","text":"Done"}]}]"#;
    assert!(!one("v.json", parts).has_gap(&[GapKind::ResultMissing]));
}

#[test]
fn what_is_still_coming_of_a_ui_message_is_no_whole() {
    let part = |id: &str, state: &str, more: serde_json::Value| {
        let mut part = serde_json::json!({"type": "tool-pay", "toolCallId": id, "state": state, "input": {"n": 1}});
        part.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        part
    };
    let parts = [
        serde_json::json!({"type": "step-start"}),
        part("a", "input-streaming", serde_json::json!({})),
        part("b", "output-available", serde_json::json!({"output": "loading", "preliminary": true})),
        part("c", "output-available", serde_json::json!({"output": "paid"})),
        serde_json::json!({"type": "text", "text": "It is pa", "state": "streaming"}),
    ];
    let user = serde_json::json!({"id": "1", "role": "user", "parts": [{"type": "text", "text": "Pay"}]});
    let file = serde_json::json!([user, {"id": "2", "role": "assistant", "parts": parts}]).to_string();
    let trace = one("ui.json", &file);
    let told = ["user", "call pay -> none", "call pay -> none", "call pay -> 4", "result Ok <- 3", "assistant"];
    assert_eq!(kinds(&trace), told);
    let gaps = |kind| trace.gaps.iter().filter(|gap| gap.kind == kind).count();
    assert_eq!(gaps(GapKind::ContentNotCaptured), 1);
    assert_eq!(gaps(GapKind::ResultMissing), 2);
    assert_eq!(gaps(GapKind::ContentTruncated), 1);
}

#[test]
fn what_a_model_thinks_and_says_aloud_is_read_in_every_form() {
    let file = serde_json::json!({"model": "m", "messages": [
        {"role": "user", "content": "Book it", "images": ["AAAA"]},
        {"role": "assistant", "tool_plan": "I book it first.", "tool_calls": [{"id": "c", "type": "function", "function": {"name": "book", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "full", "status": "error"},
        {"role": "assistant", "content": "", "thinking": "It is full."},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "Say so."}]}, {"type": "text", "text": "No room"}]},
        {"role": "assistant", "content": [{"type": "think", "think": "And now?"}, {"type": "text", "text": "Sorry"}]},
        {"role": "assistant", "content": null, "audio": {"id": "a", "data": "x", "transcript": "Goodbye"}},
    ]});
    let trace = one("t.json", &file.to_string());
    let told = kinds(&trace);
    assert_eq!(told.iter().filter(|kind| *kind == "reasoning").count(), 4, "{told:?}");
    assert!(told.iter().any(|kind| kind.starts_with("result Error")), "{told:?}");
    let said: Vec<&str> = texts(&trace).into_iter().filter(|t| !t.is_empty()).collect();
    assert_eq!(said, ["Book it", "No room", "Sorry", "Goodbye"]);
    let gaps: Vec<_> = trace.gaps.iter().map(|gap| gap.kind).collect();
    assert_eq!(gaps, [GapKind::NotRead], "the picture: {:?}", trace.gaps);
}

#[test]
fn a_call_in_a_member_of_any_name_is_a_call() {
    for member in [
        r#""actions":[{"name":"track","args":{"n":7}}]"#,
        r#""tool_call":{"name":"track","arguments":{"n":7}}"#,
        r#""steps":[{"type":"function","function":{"name":"track","arguments":"{}"}}]"#,
        r#""metadata":{"tool_calls":[{"id":"k","name":"track","input":{"n":7}}]}"#,
    ] {
        let file =
            format!(r#"[{{"role":"user","content":"Where?"}},{{"role":"assistant","content":"I look.",{member}}}]"#);
        let trace = one("m.json", &file);
        assert_eq!(kinds(&trace), ["user", "assistant", "call track -> none"], "{member}");
        assert!(trace.gaps.iter().all(|gap| !gap.what.contains("could not be read")), "{:?}", trace.gaps);
    }
}
