use crate::model::Trace;
use crate::test_support::{every_text_is_where_it_says, kinds, one, texts, transports};
use crate::{Evidence, read};

const HEAD: &str = r#"{"type":"metadata","protocol_version":"1.4","created_at":1777888800000}"#;

fn log(lines: &[&str]) -> String {
    std::iter::once(&HEAD).chain(lines).map(|l| format!("{l}\n")).collect()
}

fn step(event: &str) -> String {
    format!(r#"{{"type":"context.append_loop_event","event":{event},"time":1777888805000}}"#)
}

const PROMPT: &str =
    r#"{"type":"turn.prompt","input":[{"type":"text","text":"Fix it"}],"origin":{"kind":"user"},"time":1777888801000}"#;
const PROMPT_AGAIN: &str = r#"{"type":"context.append_message","message":{"role":"user","content":[{"type":"text","text":"Fix it"}],"toolCalls":[],"origin":{"kind":"user"}},"time":1777888801001}"#;

#[test]
fn words_in_several_records_are_told_once() {
    let file = log(&[
        PROMPT,
        PROMPT_AGAIN,
        r#"{"type":"context.append_message","message":{"role":"user","content":"<system-reminder>It is Monday</system-reminder>","toolCalls":[],"origin":{"kind":"injection","variant":"date"}},"time":1777888802000}"#,
        &step(r#"{"type":"step.begin","uuid":"s1","turnId":"0","step":1}"#),
        &step(r#"{"type":"content.part","stepUuid":"s1","part":{"type":"think","think":"Look"}}"#),
        &step(r#"{"type":"content.part","stepUuid":"s1","part":{"type":"text","text":"On it"}}"#),
        &step(
            r#"{"type":"tool.call","uuid":"u1","stepUuid":"s1","toolCallId":"c1","name":"Bash","args":{"command":"make"}}"#,
        ),
        &step(
            r#"{"type":"tool.result","parentUuid":"u1","toolCallId":"c1","result":{"output":"boom","isError":true}}"#,
        ),
        &step(
            r#"{"type":"step.end","uuid":"s1","usage":{"inputOther":5,"inputCacheRead":2,"output":3},"finishReason":"tool_use"}"#,
        ),
        r#"{"type":"context.append_message","message":{"role":"assistant","content":[{"type":"text","text":"On it"}],"toolCalls":[{"type":"function","id":"c1","name":"Bash","arguments":"{}"}]},"time":1777888806000}"#,
        r#"{"type":"context.append_message","message":{"role":"tool","content":[{"type":"text","text":"boom"}],"toolCalls":[],"toolCallId":"c1"},"time":1777888806000}"#,
        r#"{"type":"usage.record","model":"kimi-k2","usage":{"inputOther":5,"output":3},"usageScope":"turn","time":1777888806001}"#,
    ]);
    let trace = one("wire.jsonl", &file);
    assert_eq!(trace.format, "kimi");
    let expected = ["user", "harness", "reasoning", "assistant", "call Bash -> 5", "result Error <- 4"];
    assert_eq!(kinds(&trace), expected);
    let call = &trace.model_calls[0];
    assert_eq!(trace.model_calls.len(), 1);
    assert_eq!((call.model.as_deref(), call.input_tokens, call.output_tokens), (Some("kimi-k2"), Some(7), Some(3)));
    assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
}

#[test]
fn a_transcript_without_the_loop_is_read_too() {
    let appended = |message: &str| {
        format!(
            r#"{{"message":{{"message":{message},"meta":{{}}}},"type":"agent.message.appended","time":1777888803000,"kind":"event"}}"#
        )
    };
    let file = log(&[
        PROMPT,
        r#"{"turnId":0,"type":"agent.turn.started","time":1777888801000,"kind":"event"}"#,
        r#"{"type":"interaction.resolved","agentId":"main","id":"a1","response":{"decision":"approved"},"time":1777888802000}"#,
        &appended(r#"{"role":"user","content":[{"type":"text","text":"Fix it"}]}"#),
        &appended(
            r#"{"role":"assistant","content":[],"toolCalls":[{"type":"function","id":"c1","name":"Bash","arguments":"{\"command\":\"ls\"}"}]}"#,
        ),
        &appended(r#"{"role":"tool","content":[{"type":"text","text":"total 0"}],"toolCallId":"c1"}"#),
        &appended(r#"{"role":"assistant","content":[{"type":"text","text":"Done"}],"toolCalls":[]}"#),
        r#"{"type":"turn.ended","agentId":"main","turnId":0,"reason":"failed","error":{"code":"x","message":"no quota"},"time":1777888809000}"#,
    ]);
    let expected = [
        "user",
        "guardrail interaction.resolved Passed",
        "call Bash -> 3",
        "result Unknown <- 2",
        "assistant",
        "error no quota",
    ];
    assert_eq!(kinds(&one("wire.jsonl", &file)), expected);
}

#[test]
fn a_call_that_the_user_rejects_is_declined() {
    let file = log(&[
        PROMPT,
        &step(r#"{"type":"tool.call","toolCallId":"c1","name":"Bash","args":{"command":"rm x"}}"#),
        r#"{"type":"permission.record_approval_result","turnId":0,"toolCallId":"c1","toolName":"Bash","action":"run","result":{"decision":"rejected","feedback":"not that"},"time":1777888805000}"#,
        &step(r#"{"type":"tool.result","toolCallId":"c1","result":{"output":"The user rejected it","isError":true}}"#),
        r#"{"type":"turn.cancel","turnId":0,"time":1777888806000}"#,
        r#"{"type":"context.apply_compaction","summary":"They wanted it fixed","compactedCount":4,"time":1777888807000}"#,
        r#"{"type":"context.undo","count":1,"time":1777888808000}"#,
    ]);
    let trace = one("wire.jsonl", &file);
    assert_eq!(format!("{:?}", transports(&trace)), "[Declined]");
    assert!(kinds(&trace).contains(&"guardrail permission.record_approval_result Triggered".to_owned()));
}

fn folder(files: &[(&str, &str)]) -> Vec<Trace> {
    let evidence: Vec<_> = files.iter().map(|(name, text)| Evidence::new(*name, text.as_bytes().to_vec())).collect();
    let reading = read(&evidence).unwrap_or_else(|e| panic!("{e}"));
    reading.sessions.iter().for_each(|trace| every_text_is_where_it_says(trace, &evidence));
    reading.sessions
}

#[test]
fn the_files_of_a_folder_are_one_session_with_sub_agents() {
    let main = log(&[
        PROMPT,
        &step(r#"{"type":"tool.call","toolCallId":"c1","name":"Agent","args":{"prompt":"Search"}}"#),
        r#"{"type":"task.started","info":{"taskId":"t","kind":"agent","agentId":"agent-1","parentToolCallId":"c1"},"time":1777888806000}"#,
    ]);
    let sub = log(&[
        PROMPT_AGAIN,
        r#"{"type":"turn.prompt","input":[{"type":"text","text":"Search"}],"origin":{"kind":"system_trigger","name":"subagent"},"time":1777888807000}"#,
        &step(r#"{"type":"content.part","part":{"type":"text","text":"Found"}}"#),
    ]);
    let found =
        folder(&[("s/session_1/agents/agent-1/wire.jsonl", &sub), ("s/session_1/agents/main/wire.jsonl", &main)]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key, "session_1");
    assert_eq!(texts(&found[0]), ["Fix it", "Found", "Search"]);
    assert_eq!(found[0].sub_agents.len(), 1);
    assert_eq!((found[0].sub_agents[0].name.as_str(), found[0].sub_agents[0].call), ("agent-1", Some(1)));
}

#[test]
fn a_record_of_an_unknown_kind_is_told() {
    let more = r#"{"type":"context.inject","message":{"role":"user","content":"Words"},"time":1777888809000}"#;
    let trace = one(
        "wire.jsonl",
        &log(&[PROMPT, &step(r#"{"type":"content.part","part":{"type":"text","text":"Hi"}}"#), more]),
    );
    assert!(!trace.gaps.is_empty());
}
