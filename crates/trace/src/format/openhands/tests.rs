use crate::model::GapKind;
use crate::test_support::{kinds, one, reading, texts};

const SDK: [&str; 9] = [
    r#"{"id":"s","timestamp":"2026-01-01T00:00:00","source":"agent","system_prompt":{"type":"text","text":"Be kind"},"tools":[{"type":"function","function":{"name":"terminal","parameters":{}}}],"kind":"SystemPromptEvent"}"#,
    r#"{"id":"m","timestamp":"2026-01-01T00:00:01","source":"user","llm_message":{"role":"user","content":[{"type":"text","text":"List files"}]},"extended_content":[{"type":"text","text":"<RULES>"}],"sender":null,"kind":"MessageEvent"}"#,
    r#"{"id":"x","timestamp":"2026-01-01T00:00:02","source":"environment","key":"stats","value":{},"kind":"ConversationStateUpdateEvent"}"#,
    r#"{"id":"a","timestamp":"2026-01-01T00:00:03","source":"agent","thought":[{"type":"text","text":"<think>hm</think>\nI look."}],"reasoning_content":"hm","action":{"command":"ls","kind":"TerminalAction"},"tool_name":"terminal","tool_call_id":"c1","tool_call":{"id":"c1","name":"terminal","arguments":"{\"command\":\"ls\"}"},"kind":"ActionEvent"}"#,
    r#"{"id":"o","timestamp":"2026-01-01T00:00:04","source":"environment","tool_name":"terminal","tool_call_id":"c1","observation":{"content":[{"type":"text","text":"no"}],"is_error":false,"exit_code":2},"action_id":"a","kind":"ObservationEvent"}"#,
    r#"{"id":"b","timestamp":"2026-01-01T00:00:05","source":"agent","thought":[],"action":null,"tool_name":"edit","tool_call_id":"c2","tool_call":{"id":"c2","name":"edit","arguments":"{\"p\":1}"},"kind":"ActionEvent"}"#,
    r#"{"id":"r","timestamp":"2026-01-01T00:00:06","source":"environment","tool_name":"edit","tool_call_id":"c2","rejection_reason":"Not that","rejection_source":"user","action_id":"b","kind":"UserRejectObservation"}"#,
    r#"{"id":"f","timestamp":"2026-01-01T00:00:07","source":"agent","thought":[],"action":{"message":"All done"},"tool_name":"finish","tool_call_id":"c3","kind":"ActionEvent"}"#,
    r#"{"id":"g","timestamp":"2026-01-01T00:00:08","source":"environment","tool_name":"finish","tool_call_id":"c3","observation":{"content":[],"kind":"FinishObservation"},"kind":"ObservationEvent"}"#,
];

#[test]
fn sdk_events_tell_who_spoke_and_how_calls_ended() {
    for file in [SDK.join("\n"), format!("[{}]", SDK.join(","))] {
        let found = reading("events.jsonl", &file);
        let trace = &found.sessions[0];
        assert_eq!(
            kinds(trace),
            [
                "system",
                "user",
                "harness",
                "reasoning",
                "assistant",
                "call terminal -> 6",
                "result Error <- 5",
                "call edit -> 8",
                "result Declined <- 7",
                "assistant"
            ]
        );
        assert_eq!(texts(trace), ["Be kind", "List files", "<RULES>", "I look.", "All done"]);
        assert_eq!((trace.format, trace.tools.len(), trace.gaps.len()), ("openhands", 1, 0));
        assert!(trace.events.iter().all(|e| e.time.is_some()));
    }
}

#[test]
fn older_events_join_by_their_cause() {
    let log = r#"[{"id":0,"timestamp":"2026-01-01T00:00:00","source":"user","action":"message","args":{"content":"List files"}},
        {"id":1,"source":"environment","observation":"agent_state_changed","content":"","extras":{}},
        {"id":2,"source":"agent","action":"run","args":{"command":"ls","thought":"I look."},"tool_call_metadata":{"function_name":"execute_bash","tool_call_id":"c1"}},
        {"id":3,"source":"agent","action":"read","args":{"path":"a"}},
        {"id":4,"source":"agent","cause":3,"observation":"error","content":"no file","extras":{}},
        {"id":5,"source":"agent","cause":2,"observation":"run","content":"a b","extras":{"metadata":{"exit_code":0}}},
        {"id":6,"source":"agent","action":"finish","args":{"final_thought":"Done","outputs":{}},"message":"All done"}]"#;
    let trace = one("trajectory.json", log);
    assert_eq!(
        kinds(&trace),
        [
            "user",
            "assistant",
            "call execute_bash -> 5",
            "call read -> 4",
            "result Error <- 3",
            "result Ok <- 2",
            "assistant"
        ]
    );
    assert_eq!((texts(&trace), trace.gaps.len()), (vec!["List files", "I look.", "Done"], 0));
}

#[test]
fn an_event_of_a_new_kind_that_speaks_is_a_gap() {
    let strange =
        r#"{"id":"n","timestamp":"2026-01-01T00:00:09","source":"agent","content":"Hi","kind":"WhisperMessageEvent"}"#;
    let trace = one("events.jsonl", &[SDK.as_slice(), &[strange]].concat().join("\n"));
    assert!(trace.has_gap(&[GapKind::RecordsUnread]));
}

#[test]
fn an_observation_whose_words_stand_under_another_name_is_a_gap() {
    let file = SDK.join("\n").replace(r#""observation":{"content":"#, r#""observation":{"blocks":"#);
    let trace = one("events.jsonl", &file);
    assert!(trace.gaps.iter().any(|gap| gap.kind == GapKind::RecordsUnread), "{:?}", trace.gaps);
}

#[test]
fn why_a_session_ended_in_an_error_is_told() {
    let events = r#"[{"id":0,"timestamp":"2026-05-04T10:00:00","source":"user","action":"message","message":"Go","args":{"content":"Go"}},
        {"id":1,"timestamp":"2026-05-04T10:00:01","source":"environment","observation":"agent_state_changed","content":"","extras":{"agent_state":"running","reason":""}},
        {"id":2,"timestamp":"2026-05-04T10:00:02","source":"environment","observation":"agent_state_changed","content":"","extras":{"agent_state":"error","reason":"quota"}}]"#;
    assert_eq!(kinds(&one("t.json", events)), ["user", "error quota"]);
}

#[test]
fn what_the_program_told_the_model_of_the_workspace_is_its_words() {
    let events = r#"[{"id":0,"timestamp":"2026-05-04T10:00:00","source":"user","action":"message","message":"Go","args":{"content":"Go"}},
        {"id":1,"timestamp":"2026-05-04T10:00:01","source":"environment","observation":"recall","cause":0,"content":"Added context","extras":{"recall_type":"workspace_context","repo_instructions":"Never push.","microagent_knowledge":[{"name":"git","content":"Rebase first."}]}},
        {"id":2,"timestamp":"2026-05-04T10:00:02","source":"environment","observation":"recall","cause":0,"content":"Added context","extras":{"recall_type":"knowledge","repo_instructions":"","microagent_knowledge":[]}}]"#;
    let trace = one("t.json", events);
    assert_eq!(kinds(&trace), ["user", "harness"]);
    assert_eq!(texts(&trace), ["Go", "Never push.", "Rebase first."]);
}
