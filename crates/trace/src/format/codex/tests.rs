use crate::model::{EventKind, GapKind, Role, Transport};
use crate::test_support::{all, kinds, one, texts, transports};

fn line(kind: &str, payload: &str) -> String {
    format!("{{\"timestamp\":\"2026-05-04T10:00:00.000Z\",\"type\":\"{kind}\",\"payload\":{payload}}}\n")
}

fn user(text: &str) -> String {
    let text = serde_json::Value::from(text);
    line(
        "response_item",
        &format!(r#"{{"type":"message","role":"user","content":[{{"type":"input_text","text":{text}}}]}}"#),
    )
}

const META: &str = r#"{"id":"s1","timestamp":"2026-05-04T10:00:00.000Z","cwd":"/w","originator":"codex_cli_rs","cli_version":"0.146.0","source":"cli"}"#;

#[test]
fn the_users_words_are_told_once_and_injected_blocks_are_the_harness() {
    let file = [
        line("session_meta", META),
        user("<environment_context>\n  <cwd>/w</cwd>\n</environment_context>"),
        user("Fix the build"),
        line("event_msg", r#"{"type":"user_message","message":"Fix the build"}"#),
        line("event_msg", r#"{"type":"agent_message","message":"On it."}"#),
        line("response_item", r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"On it."}]}"#),
        line("event_msg", r#"{"type":"item_completed","item":{"type":"UserMessage","id":"u","content":[{"type":"text","text":"Fix the build"}]}}"#),
    ]
    .concat();
    let trace = one("r.jsonl", &file);
    assert_eq!(trace.key, "s1");
    assert_eq!(kinds(&trace), ["harness", "user", "assistant"]);
    assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
}

#[test]
fn words_that_only_a_lesser_channel_holds_are_told_from_there() {
    let file = [
        line("session_meta", META),
        line("event_msg", r#"{"type":"item_completed","item":{"type":"UserMessage","id":"u","content":[{"type":"text","text":"Fix it"}]}}"#),
        line("event_msg", r#"{"type":"item_completed","item":{"type":"CommandExecution","id":"c1","command":["bash","-lc","make"],"status":"failed","aggregated_output":"boom","exit_code":2}}"#),
        line("event_msg", r#"{"type":"item_completed","item":{"type":"McpToolCall","id":"c2","server":"s","tool":"pay","arguments":{"n":1},"status":"completed","result":{"content":[{"type":"text","text":"paid"}],"isError":false}}}"#),
        line("event_msg", r#"{"type":"item_completed","item":{"type":"AgentMessage","id":"a","content":[{"type":"Text","text":"Done."}]}}"#),
    ]
    .concat();
    let trace = one("r.jsonl", &file);
    let expected =
        ["user", "call CommandExecution -> 2", "result Error <- 1", "call pay -> 4", "result Ok <- 3", "assistant"];
    assert_eq!(kinds(&trace), expected);
}

#[test]
fn exit_codes_become_outcomes_in_every_versions_form() {
    let call = |id: &str| {
        line(
            "response_item",
            &format!(r#"{{"type":"function_call","name":"shell","arguments":"{{}}","call_id":"{id}"}}"#),
        )
    };
    let output = |id: &str, text: &str| {
        let text = serde_json::Value::from(text);
        line("response_item", &format!(r#"{{"type":"function_call_output","call_id":"{id}","output":{text}}}"#))
    };
    let file = [
        line("session_meta", META),
        user("Go"),
        call("c1"),
        output("c1", r#"{"output":"boom\n","metadata":{"exit_code":1,"duration_seconds":0.1}}"#),
        call("c2"),
        output("c2", "Exit code: 0\nWall time: 0.1 seconds\nOutput:\nfine"),
        call("c3"),
        line(
            "event_msg",
            r#"{"type":"exec_command_end","call_id":"c3","command":["ls"],"exit_code":3,"aggregated_output":"x"}"#,
        ),
        output("c3", "x"),
        call("c4"),
        output("c4", "exec command rejected by user"),
        call("c5"),
    ]
    .concat();
    let trace = one("r.jsonl", &file);
    assert_eq!(transports(&trace), [Transport::Error, Transport::Ok, Transport::Error, Transport::Declined]);
    assert_eq!(kinds(&trace).iter().filter(|k| k.starts_with("call")).count(), 5);
    assert!(trace.has_gap(&[GapKind::ResultMissing]));
    let first = trace.events.iter().find_map(|e| match &e.kind {
        EventKind::ToolResult { content, .. } => content.clone(),
        _ => None,
    });
    assert_eq!(first.map(|t| t.text).as_deref(), Some("boom\n"));
}

#[test]
fn guards_compactions_errors_and_interruptions_are_events() {
    let file = [
        line("session_meta", META),
        line("turn_context", r#"{"cwd":"/w","model":"gpt-5-codex"}"#),
        user("Go"),
        line("event_msg", r#"{"type":"guardian_assessment","id":"g","status":"in_progress","action":{"type":"command"}}"#),
        line("event_msg", r#"{"type":"guardian_assessment","id":"g","status":"denied","rationale":"too risky","action":{"type":"command"}}"#),
        line("event_msg", r#"{"type":"context_compacted"}"#),
        line("compacted", r#"{"message":"A summary","replacement_history":[]}"#),
        line("event_msg", r#"{"type":"error","message":"no credits"}"#),
        line("event_msg", r#"{"type":"turn_aborted","reason":"interrupted"}"#),
        line("response_item", r#"{"type":"reasoning","summary":[],"encrypted_content":"x"}"#),
        line("event_msg", r#"{"type":"token_count","info":{"last_token_usage":{"input_tokens":7,"output_tokens":2}}}"#),
    ]
    .concat();
    let trace = one("r.jsonl", &file);
    assert_eq!(
        kinds(&trace),
        [
            "user",
            "guardrail guardian_assessment Triggered",
            "context lost=true",
            "system",
            "error no credits",
            "context lost=false"
        ]
    );
    assert_eq!(trace.models(), ["gpt-5-codex"]);
    assert_eq!(trace.model_calls[0].input_tokens, Some(7));
}

#[test]
fn a_sub_agents_thread_is_not_the_users_talk() {
    let sub = [
        line("session_meta", r#"{"id":"s2","timestamp":"2026-05-04T10:00:00.000Z","cwd":"/w","source":{"subagent":{"thread_spawn":{"parent_thread_id":"s1","depth":1,"agent_nickname":"Ada"}}}}"#),
        user("Look for the bug"),
        line("response_item", r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Found."}]}"#),
    ]
    .concat();
    let alone = one("sub.jsonl", &sub);
    assert!(alone.events.iter().all(|e| !matches!(e.kind, EventKind::Message { role: Role::User, .. })));
    assert!(alone.has_gap(&[GapKind::HistoryMissing]));
    let main = [
        line("session_meta", META),
        user("Fix it"),
        line("response_item", r#"{"type":"function_call","name":"spawn_agent","arguments":"{}","call_id":"c1"}"#),
        line(
            "event_msg",
            r#"{"type":"collab_agent_spawn_end","call_id":"c1","new_thread_id":"s2","status":"running"}"#,
        ),
        line("response_item", r#"{"type":"function_call_output","call_id":"c1","output":"{\"agent_id\":\"s2\"}"}"#),
    ]
    .concat();
    let evidence = [("main.jsonl", main), ("sub.jsonl", sub)].map(|(n, t)| crate::Evidence::new(n, t.into_bytes()));
    let sessions = crate::read(&evidence).expect("reads").sessions;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0].sub_agents[0].name, "Ada");
    assert!(sessions[0].sub_agents[0].call.is_some());
    let users = sessions[0].events.iter().filter(|e| matches!(e.kind, EventKind::Message { role: Role::User, .. }));
    assert_eq!(users.count(), 1);
}

#[test]
fn an_early_rollout_has_bare_items() {
    let file = concat!(
        r#"{"id":"s0","timestamp":"2025-06-01T10:00:00.000Z","instructions":null,"git":{"branch":"main"}}"#,
        "\n",
        r#"{"type":"message","role":"user","content":[{"type":"input_text","text":"List"}]}"#,
        "\n",
        r#"{"record_type":"state"}"#,
        "\n",
        r#"{"type":"local_shell_call","call_id":"c1","status":"completed","action":{"type":"exec","command":["ls"]}}"#,
        "\n",
        r#"{"type":"function_call_output","call_id":"c1","output":"{\"output\":\"a\",\"metadata\":{\"exit_code\":0}}"}"#,
        "\n",
        r#"{"record_type":"state"}"#,
        "\n"
    );
    let trace = one("old.jsonl", file);
    assert_eq!((trace.format, trace.key.as_str()), ("codex", "s0"));
    assert_eq!(kinds(&trace), ["user", "call local_shell_call -> 2", "result Ok <- 1"]);
}

#[test]
fn the_stream_of_exec_tells_items_once() {
    let file = concat!(
        r#"{"type":"thread.started","thread_id":"t1"}"#,
        "\n",
        r#"{"type":"turn.started"}"#,
        "\n",
        r#"{"type":"item.started","item":{"id":"i0","type":"command_execution","command":"make","aggregated_output":"","status":"in_progress"}}"#,
        "\n",
        r#"{"type":"item.completed","item":{"id":"i0","type":"command_execution","command":"make","aggregated_output":"boom","exit_code":2,"status":"failed"}}"#,
        "\n",
        r#"{"type":"item.completed","item":{"id":"i1","item_type":"assistant_message","text":"It fails."}}"#,
        "\n",
        r#"{"type":"item.started","item":{"id":"i2","type":"mcp_tool_call","server":"s","tool":"pay","arguments":{},"status":"in_progress"}}"#,
        "\n",
        r#"{"type":"turn.failed","error":{"message":"cut off"}}"#,
        "\n"
    );
    let trace = one("e.jsonl", file);
    assert_eq!(trace.key, "t1");
    assert_eq!(
        kinds(&trace),
        ["call command_execution -> 1", "result Error <- 0", "assistant", "call pay -> none", "error cut off"]
    );
    assert_eq!(texts(&trace), ["It fails."]);
    assert_eq!(all("e.jsonl", file).len(), 1);
}

/// A session's head, its user's words, a call and its result.
fn session(id: &str, second: u32) -> [String; 4] {
    let line = |offset: u32, kind: &str, payload: &str| {
        format!(r#"{{"timestamp":"2026-05-04T10:00:{:02}Z","type":"{kind}","payload":{payload}}}"#, second + offset)
    };
    [
        line(
            0,
            "session_meta",
            &format!(r#"{{"id":"{id}","timestamp":"2026-05-04T10:00:{second:02}Z","cwd":"/{id}"}}"#),
        ),
        line(
            2,
            "response_item",
            &format!(
                r#"{{"type":"message","role":"user","content":[{{"type":"input_text","text":"Task {id}"}}],"metadata":{{"turn_id":"t-{id}"}}}}"#
            ),
        ),
        line(
            4,
            "response_item",
            &format!(r#"{{"type":"function_call","call_id":"c-{id}","name":"f","arguments":"{{}}"}}"#),
        ),
        line(
            6,
            "response_item",
            &format!(r#"{{"type":"function_call_output","call_id":"c-{id}","output":"ok {id}"}}"#),
        ),
    ]
}

#[test]
fn sessions_that_take_turns_in_one_file_are_kept_apart_by_what_their_lines_name() {
    let ([a0, a1, a2, a3], [b0, b1, b2, b3]) = (session("a", 0), session("b", 1));
    let told = |lines: &[&String]| {
        let file: Vec<&str> = lines.iter().map(|line| line.as_str()).collect();
        let mut found: Vec<_> = all("r.jsonl", &file.join("\n")).iter().map(|t| (t.key.clone(), kinds(t))).collect();
        found.sort();
        found
    };
    let apart = ["a", "b"]
        .map(|id| (id.to_owned(), ["user", "call f -> 2", "result Unknown <- 1"].map(str::to_owned).to_vec()));
    // One went back to, one answered late, and one after the other.
    assert_eq!(told(&[&a0, &a1, &a2, &b0, &b1, &b2, &a0, &a3, &b0, &b3]), apart);
    assert_eq!(told(&[&a0, &a1, &a2, &b0, &b1, &a3, &b2, &b3]), apart);
    assert_eq!(told(&[&a0, &a1, &a2, &a3, &b0, &b1, &b2, &b3]), apart);
    // A line that names nothing is of the session that the file went back to.
    let said = |id: &str| {
        let words = format!(
            r#"{{"type":"message","role":"assistant","content":[{{"type":"output_text","text":"Done {id}"}}]}}"#
        );
        format!(r#"{{"timestamp":"2026-05-04T10:00:20Z","type":"response_item","payload":{words}}}"#)
    };
    let (first, second) = (said("a"), said("b"));
    let ended = told(&[&a0, &a1, &a2, &b0, &b1, &b2, &a0, &a3, &first, &b0, &b3, &second]);
    assert!(ended.iter().all(|(_, kinds)| kinds.len() == 4 && kinds[3] == "assistant"), "{ended:?}");
    // The turns are begun in the folders of the sessions.
    let turn = |id: &str| {
        format!(
            r#"{{"timestamp":"2026-05-04T10:00:02Z","type":"turn_context","payload":{{"turn_id":"t-{id}","cwd":"/{id}"}}}}"#
        )
    };
    let of = |line: &String, id: &str| {
        line.replace("\"call_id\"", &format!("\"metadata\":{{\"turn_id\":\"t-{id}\"}},\"call_id\""))
    };
    let lines = [&a0, &b0, &turn("a"), &turn("b"), &a1, &b1, &of(&a2, "a"), &of(&b2, "b"), &a3, &b3];
    assert_eq!(told(&lines), apart);
    // Without folders, the turns are still two.
    assert_eq!(told(&[&a0, &b0, &a1, &b1, &of(&a2, "a"), &of(&b2, "b"), &a3, &b3]), apart);
}

#[test]
fn what_the_provider_ran_is_never_without_a_result() {
    let item = |kind: &str, more: &str| line("response_item", &format!(r#"{{"type":"{kind}"{more}}}"#));
    let calls = [
        item("web_search_call", r#","action":{"type":"search","query":"x"}"#),
        item("image_generation_call", r#","id":"i1","status":"incomplete""#),
        item("local_shell_call", r#","call_id":"s1","action":{"type":"exec","command":["ls"]}"#),
    ];
    let trace = one("r.jsonl", &[user("Look"), calls.join("\n")].join("\n"));
    let missing: Vec<_> = trace.gaps.iter().filter(|gap| gap.what.contains("has no result")).collect();
    assert!(missing.len() == 1 && missing[0].what.contains("local_shell_call"), "{:?}", trace.gaps);
}

#[test]
fn the_first_head_is_the_threads_own_whatever_its_copies_say_of_their_time() {
    let parent = META;
    let fork = r#"{"id":"f1","timestamp":"2026-05-04T10:00:00.000Z","cwd":"/w","source":"cli","forked_from_id":"s1"}"#;
    let sub = r#"{"id":"f2","timestamp":"2026-05-04T10:00:00.000Z","cwd":"/w","thread_source":"subagent","source":{"subagent":{"thread_spawn":{"parent_thread_id":"s1","depth":1,"agent_nickname":"Bea"}}}}"#;
    let said = line(
        "response_item",
        r#"{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Done"}]}"#,
    );
    for (own, key, speaker) in [(fork, "f1", "user"), (sub, "f2", "system")] {
        let file = [line("session_meta", own), line("session_meta", parent), user("Fix it"), said.clone()].concat();
        let trace = one("r.jsonl", &file);
        assert_eq!((trace.key.as_str(), kinds(&trace)), (key, vec![speaker.to_owned(), "assistant".to_owned()]));
        assert!(trace.gaps.iter().all(|gap| !gap.what.contains("mixed")), "{:?}", trace.gaps);
    }
}

#[test]
fn a_run_whose_end_leaves_out_the_command_has_it_from_its_beginning() {
    let file = [
        line("session_meta", META),
        user("Look"),
        line("event_msg", r#"{"type":"exec_command_begin","call_id":"b1","command":["ls","-a"],"cwd":"/w"}"#),
        line("event_msg", r#"{"type":"agent_message","message":"Wait"}"#),
        line("event_msg", r#"{"type":"exec_command_end","call_id":"b1","exit_code":0,"aggregated_output":"x"}"#),
    ]
    .concat();
    let trace = one("r.jsonl", &file);
    assert_eq!(kinds(&trace), ["user", "call exec_command -> 3", "assistant", "result Ok <- 1"]);
    assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
}
