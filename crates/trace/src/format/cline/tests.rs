use crate::model::{EventKind, GapKind};
use crate::test_support::{kinds, one, texts};

const HISTORY: &str = r#"[{"role":"user","content":[{"type":"text","text":"<task>\nList files\n</task>"},{"type":"text","text":"<environment_details>\ncwd /w\n</environment_details>"}]},
    {"role":"assistant","content":[{"type":"text","text":"<thinking>hm</thinking>\nI look.\n<execute_command>\n<command>ls -l</command>\n<requires_approval>false</requires_approval>\n</execute_command>"}]},
    {"role":"user","content":[{"type":"text","text":"[execute_command for 'ls -l'] Result:"},{"type":"text","text":"The tool execution failed with the following error:\n<error>\nno\n</error>"},{"type":"text","text":"<environment_details>x</environment_details>"}]},
    {"role":"assistant","content":"<use_mcp_tool>\n<server_name>s</server_name>\n<tool_name>find</tool_name>\n<arguments>\n{\"q\": 1}\n</arguments>\n</use_mcp_tool>"},
    {"role":"user","content":[{"type":"text","text":"[use_mcp_tool for 's'] Result:\nThe user denied this operation."},{"type":"text","text":"The user provided the following feedback:\n<feedback>\nNot that\n</feedback>"}]},
    {"role":"assistant","content":[{"type":"text","text":"<attempt_completion>\n<result>\nDone.\n</result>\n</attempt_completion>"}]},
    {"role":"user","content":[{"type":"text","text":"[attempt_completion] Result:\nThe user is happy."},{"type":"text","text":"[ERROR] You did not use a tool"}]}]"#;

#[test]
fn calls_and_results_in_words_are_calls_and_results() {
    let trace = one("api_conversation_history.json", HISTORY);
    assert_eq!(
        kinds(&trace),
        [
            "user",
            "harness",
            "reasoning",
            "assistant",
            "call execute_command -> 5",
            "result Error <- 4",
            "harness",
            "call find -> 8",
            "result Declined <- 7",
            "harness",
            "user",
            "assistant",
            "harness",
            "harness"
        ]
    );
    assert_eq!((texts(&trace)[0], texts(&trace)[2], trace.gaps.len()), ("List files", "I look.", 0));
    let arguments = trace.events.iter().filter_map(|e| match &e.kind {
        EventKind::ToolCall { arguments: Some(a), .. } => Some(a.text.as_str()),
        _ => None,
    });
    assert_eq!(arguments.collect::<Vec<_>>(), [r#"{"command":"ls -l","requires_approval":"false"}"#, r#"{"q": 1}"#]);
}

#[test]
fn newer_sessions_have_blocks_times_and_models() {
    let session = r#"{"version":1,"agent":"lead","sessionId":"s1","messages":[
        {"id":"m1","role":"user","ts":1783376868634,"content":[{"type":"text","text":"Edit it"},{"type":"file","path":"a","content":"<b>"}]},
        {"id":"m2","role":"assistant","ts":1783376868635,"content":[{"type":"text","text":"I use `<read_file>` tags"},{"type":"tool_use","id":"t1","name":"editor","input":{"path":"a"}}],"modelInfo":{"id":"claude"},"metrics":{"inputTokens":5,"outputTokens":2}},
        {"id":"m3","role":"user","ts":1783376868636,"content":[{"type":"tool_result","tool_use_id":"t1","is_error":true,"content":"no\n<feedback>\nStop\n</feedback>"}]}]}"#;
    let trace = one("session.messages.json", session);
    assert_eq!(kinds(&trace), ["user", "assistant", "call editor -> 3", "result Error <- 2", "user"]);
    assert_eq!((trace.models(), texts(&trace)), (vec!["claude"], vec!["Edit it", "I use `<read_file>` tags", "Stop"]));
    assert!(trace.events.iter().all(|e| e.time.is_some()) && trace.has_gap(&[GapKind::NotRead]));
}

#[test]
fn the_users_own_markup_stays_the_users() {
    let words = HISTORY.replacen("List files", "Use <b>this</b> and <command>x</command> here", 1);
    assert_eq!(texts(&one("h.json", &words))[0], "Use <b>this</b> and <command>x</command> here");
}

#[test]
fn native_calls_that_only_speak_are_words_and_what_the_user_answers_is_the_users() {
    let file = r#"[{"role":"user","content":[{"type":"text","text":"<task>\nBuild\n</task>"}]},
        {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"ask_followup_question","input":{"question":"Which one?"}}]},
        {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":"The user answered:\n<answer>\nThe first\n</answer>"}]}]},
        {"role":"assistant","content":[{"type":"tool_use","id":"t2","name":"attempt_completion","input":{"result":"Built."}}]}]"#;
    let trace = one("api_conversation_history.json", file);
    assert_eq!(kinds(&trace), ["user", "assistant", "harness", "user", "assistant"]);
    let said = vec!["Build", "Which one?", "The user answered:", "The first", "Built."];
    assert_eq!((texts(&trace), trace.gaps.len()), (said, 0));
}

#[test]
fn the_note_below_words_that_were_cut_off_is_the_programs() {
    let file = r#"[{"role":"user","content":[{"type":"text","text":"<task>\nTidy up\n</task>"}]},
    {"role":"assistant","content":[{"type":"text","text":"First I will\n\n[Response interrupted by user]"}]},
    {"role":"user","content":[{"type":"text","text":"<feedback>\nwait\n</feedback>"}]},
    {"role":"assistant","content":[{"type":"text","text":"[Response interrupted by API Error]"}]}]"#;
    let trace = one("api_conversation_history.json", file);
    assert_eq!(kinds(&trace), ["user", "assistant (interrupted)", "harness", "user", "harness"]);
    assert_eq!(texts(&trace)[1], "First I will");
}

#[test]
fn a_summary_of_roo_is_a_compaction_in_whoevers_name_it_stands() {
    for role in ["user", "assistant"] {
        let summary =
            format!(r#",{{"role":"{role}","content":[{{"type":"text","text":"So far: listed."}}],"isSummary":true}}]"#);
        let trace = one("api_conversation_history.json", &format!("{}{summary}", &HISTORY[..HISTORY.len() - 1]));
        // The summary is what the model saw instead, as with every program that compacts.
        let end: Vec<_> = kinds(&trace).into_iter().rev().take(2).collect();
        assert_eq!(end, ["system", "context lost=true"], "{role}");
    }
}
