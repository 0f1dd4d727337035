//! Small files after public bug reports: each once lost words, or put them into the wrong mouth.

use hindcast_trace::locator::{Resolver, evidence_of};
use hindcast_trace::model::{GapKind, Role, Transport};
use hindcast_trace::{EventKind, Evidence, ReadError, Reading, Trace, read};

fn evidence(file: &str) -> Evidence {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/field").join(file);
    Evidence::new(file, std::fs::read(path).expect("the file is there"))
}

fn load(file: &str) -> Reading {
    read(&[evidence(file)]).unwrap_or_else(|e| panic!("{e}"))
}

fn one(file: &str) -> Trace {
    let mut sessions = load(file).sessions;
    assert_eq!(sessions.len(), 1, "{file}");
    let trace = sessions.remove(0);
    every_text_is_where_it_says(file, &trace);
    trace
}

fn every_text_is_where_it_says(file: &str, trace: &Trace) {
    let evidence = [evidence(file)];
    let mut resolver = Resolver::new(&evidence[0]);
    for event in &trace.events {
        let texts = match &event.kind {
            EventKind::Message { texts, .. } => texts.iter().collect(),
            EventKind::ToolResult { content, error, .. } => content.iter().chain(error).collect(),
            EventKind::ToolCall { name, arguments, .. } => std::iter::once(name).chain(arguments).collect(),
            _ => Vec::new(),
        };
        for text in texts {
            assert_eq!(evidence_of(&trace.bases, text.loc.base), Some(0));
            let locator = resolver.locate(&trace.bases, text.loc).expect("a place");
            assert_eq!(resolver.text(&locator).as_deref(), Some(text.text.as_str()), "{file} at {locator}");
        }
    }
}

/// The events in short: who speaks and what, which tool is called, what became of it.
fn told(trace: &Trace) -> Vec<String> {
    let of = |e: &hindcast_trace::Event| match &e.kind {
        EventKind::Message { role, texts, .. } => {
            let words: Vec<_> = texts.iter().map(|t| t.text.as_str()).collect();
            Some(format!("{role:?}: {}", words.join(" | ")))
        }
        EventKind::ToolCall { name, .. } => Some(format!("call {}", name.text)),
        EventKind::ToolResult { transport, .. } => Some(format!("result {transport:?}")),
        _ => None,
    };
    trace.events.iter().filter_map(of).collect()
}

fn gaps(trace: &Trace) -> Vec<&str> {
    trace.gaps.iter().map(|g| g.what.as_str()).collect()
}

fn by_user(trace: &Trace) -> Vec<String> {
    told(trace).into_iter().filter(|e| e.starts_with("User: ")).collect()
}

#[test]
fn words_in_a_declined_call_are_the_users() {
    let trace = one("cc_user_words_in_a_declined_call.jsonl");
    let told = told(&trace);
    assert_eq!(told[4], "result Declined");
    assert_eq!(told[5], "User: leave the code, please mark 260 as a duplicate of 258");
    let EventKind::ToolResult { content: Some(content), .. } = &trace.events[4].kind else { panic!("a result") };
    assert!(content.text.trim_end().ends_with("the user said:"), "{}", content.text);
    assert!(trace.gaps.is_empty());
}

#[test]
fn a_declined_call_is_no_failure() {
    let trace = one("cc_user_declines_a_call.jsonl");
    assert_eq!(told(&trace)[2], "result Declined");
    assert_eq!(by_user(&trace), ["User: Commit the change.", "User: Just commit."]);
    let failed = |e: &EventKind| matches!(e, EventKind::ToolResult { transport: Transport::Error, .. });
    assert!(!trace.events.iter().any(|e| failed(&e.kind)));
}

#[test]
fn queued_words_that_were_taken_up_are_the_users() {
    let trace = one("cc_queued_words_removed.jsonl");
    assert_eq!(told(&trace)[3..5], ["User: also delete the branch old-menu please", "call mcp__git__delete_branch"]);
    // Taken back, they were said to nobody.
    let text = String::from_utf8(evidence("cc_queued_words_removed.jsonl").bytes.to_vec()).expect("text");
    let back = text.replace(r#""operation": "remove""#, r#""operation": "popAll""#);
    assert_ne!(back, text);
    let reading = read(&[Evidence::new("back.jsonl", back.into_bytes())]).expect("reads");
    assert_eq!(by_user(&reading.sessions[0]), ["User: List the branches."]);
    // Handed over as a prompt, they are read once.
    let prompt = concat!(
        r#"{"type": "user", "sessionId": "q1", "uuid": "q1-u9", "parentUuid": "q1-u4", "timestamp": "2026-05-04T10:00:05.500Z", "#,
        r#""message": {"role": "user", "content": "also delete the branch old-menu please"}}"#,
        "\n"
    );
    let handed = text.replace(r#""operation": "remove""#, r#""operation": "dequeue""#) + prompt;
    let reading = read(&[Evidence::new("handed.jsonl", handed.into_bytes())]).expect("reads");
    assert_eq!(by_user(&reading.sessions[0]).len(), 2);
}

#[test]
fn a_sub_agents_work_stands_under_its_call() {
    let trace = one("cc_subagent_in_progress_lines.jsonl");
    assert_eq!(
        told(&trace)[1..6],
        ["call Task", "System: Clear /w/cache", "call Bash", "result Error", "result Unknown"]
    );
    assert_eq!(trace.sub_agents.len(), 1);
    for event in &trace.events[2..5] {
        assert_eq!(trace.sub_agent(event).and_then(|s| s.call), Some(1));
    }
    assert!(trace.sub_agent(&trace.events[5]).is_none());
    // The same work in the sub-agent's own records is not told twice.
    let text = String::from_utf8(evidence("cc_subagent_in_progress_lines.jsonl").bytes.to_vec()).expect("text");
    let mut own = String::new();
    for (i, line) in text.lines().filter(|l| l.contains("agent_progress")).enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        let mut inner = line["data"]["message"].clone();
        inner["isSidechain"] = true.into();
        inner["agentId"] = line["data"]["agentId"].clone();
        inner["sessionId"] = line["sessionId"].clone();
        // Not every version gives both the same ID.
        inner["uuid"] = format!("own-{i}").into();
        own += &format!("{inner}\n");
    }
    let files = [Evidence::new("p1.jsonl", text.into_bytes()), Evidence::new("agent-a1.jsonl", own.into_bytes())];
    let both = read(&files).expect("reads");
    assert_eq!((both.sessions.len(), told(&both.sessions[0])), (1, told(&trace)));
}

#[test]
fn an_answer_that_grows_is_told_once() {
    let trace = one("cc_same_message_id_grows.jsonl");
    let expected = [
        "User: Open the shop page.",
        "Assistant: I open the page.",
        "call mcp__browser__navigate",
        "result Unknown",
        "Assistant: The page is open.",
    ];
    assert_eq!((told(&trace), gaps(&trace)), (expected.map(str::to_owned).to_vec(), vec![]));
}

#[test]
fn a_block_of_zeros_costs_only_its_line() {
    let trace = one("cc_nul_block.jsonl");
    assert_eq!(trace.events.len(), 4);
    assert!(gaps(&trace).iter().any(|g| g.contains("dropped: 3")), "{:?}", gaps(&trace));
}

#[test]
fn a_python_repr_is_nobodys_words() {
    let trace = one("langfuse_python_repr.json");
    assert!(told(&trace).is_empty(), "{:?}", told(&trace));
    assert_eq!(gaps(&trace).iter().filter(|g| g.starts_with("the input is a Python repr and was not read")).count(), 1);
}

#[test]
fn messages_that_are_cut_off_end_before_the_cut() {
    let trace = one("otlp_messages_cut.json");
    assert_eq!(
        told(&trace),
        ["User: Refund charge ch_77 please.", "call refund", "Assistant: Your refund has been processed."]
    );
    assert!(trace.has_gap(&[GapKind::ContentTruncated]) && trace.has_gap(&[GapKind::ResultMissing]));
    assert!(gaps(&trace).iter().any(|g| g.starts_with("the messages are truncated")));
}

#[test]
fn times_in_another_unit_are_not_of_1970() {
    let reading = load("otlp_ms_in_nano.json");
    assert_eq!(reading.sessions[0].span(), Some((1_767_000_000_000_000_000, 1_767_000_001_000_000_000)));
    assert!(reading.detections[0].lossy.iter().any(|l| l.contains("not in nanoseconds")));
}

#[test]
fn glued_arguments_stay_as_they_are() {
    let trace = one("glued_arguments.json");
    let EventKind::ToolCall { arguments: Some(arguments), .. } = &trace.events[1].kind else { panic!("a call") };
    assert_eq!(arguments.text, r#"{"entity":"hall","level":20}{"entity":"kitchen","level":20}"#);
}

#[test]
fn a_result_of_no_call_is_there_and_a_gap() {
    let trace = one("orphan_error_result.jsonl");
    assert_eq!(told(&trace)[1], "result Error");
    assert!(gaps(&trace).iter().any(|g| g.ends_with("has no matching call in the trace")), "{:?}", gaps(&trace));
    assert!(trace.has_gap(&[GapKind::HistoryMissing]));
}

#[test]
fn a_trace_without_observations_says_so() {
    let trace = one("A35_langfuse_trace_without_observations.json");
    assert!(gaps(&trace).iter().any(|g| g.contains("observations are not in this export")));
    assert!(trace.has_gap(&[GapKind::ContentNotCaptured]));
}

#[test]
fn values_one_after_another_are_documents() {
    let trace = one("alien_otel-console-exporter.txt");
    assert!(
        trace
            .events
            .iter()
            .any(|e| matches!(&e.kind, EventKind::ToolResult { content: Some(c), .. } if c.text.contains("pending")))
    );
    assert_eq!(by_user(&trace), ["User: Please refund charge ch_42."]);
}

#[test]
fn ui_messages_hold_calls_and_results() {
    for file in ["alien_vercel-uimessages-v4.json", "alien_vercel-uimessages-v5.json"] {
        let trace = one(file);
        let expected = [
            "User: Please refund charge ch_42.",
            "call refund",
            "result Ok",
            "Assistant: Your refund has been processed.",
        ];
        assert_eq!((told(&trace), gaps(&trace)), (expected.map(str::to_owned).to_vec(), vec![]), "{file}");
    }
}

#[test]
fn the_request_in_a_log_of_http_is_read() {
    let trace = one("alien_openrouter-or-http-log.json");
    assert_eq!(
        told(&trace),
        [
            "User: Please refund charge ch_42.",
            "call refund",
            "result Unknown",
            "Assistant: Your refund has been processed."
        ]
    );
}

#[test]
fn sessions_of_coding_agents_that_once_lost_their_calls() {
    for (file, format) in [
        ("alien_pi-session.jsonl", "pi"),
        ("alien_copilot-cli-events.jsonl", "copilot-cli"),
        ("alien_qwen-code.jsonl", "qwen"),
        ("alien_opik-trace.json", "opik"),
    ] {
        let trace = one(file);
        assert_eq!(trace.format, format);
        let told = told(&trace);
        assert_eq!(
            (told[0].as_str(), told[1].as_str()),
            ("User: Please refund charge ch_42.", "call refund"),
            "{file}"
        );
        assert!(told[2].starts_with("result ") && told[3] == "Assistant: Your refund has been processed.", "{told:?}");
        assert!(trace.gaps.is_empty(), "{file}: {:?}", gaps(&trace));
    }
}

#[test]
fn formats_that_are_not_read_are_refused_by_name() {
    let error = read(&[evidence("alien_talkpilot-call-ended.json")]).expect_err("TalkPilot");
    assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains("TalkPilot")), "{error}");
}

#[test]
fn a_format_that_leaves_messages_unread_refuses() {
    let line = |role: &str| format!("{{\"message\":{{\"role\":\"{role}\",\"content\":\"a\"}}}}\n");
    let text = [line("user"), line("narrator"), line("assistant"), line("narrator")].concat();
    let error = read(&[Evidence::new("odd.jsonl", text.into_bytes())]).expect_err("half of it is strange");
    assert!(matches!(error, ReadError::NotUnderstood { unread: 2, records: 4, .. }), "{error}");
}

#[test]
fn what_the_harness_says_is_nobodys_order() {
    let harness = |trace: &Trace| {
        let of = |e: &EventKind| matches!(e, EventKind::Message { role: Role::Harness, .. });
        trace.events.iter().filter(|e| of(&e.kind)).count()
    };
    let line = |uuid: &str, content: &str| {
        format!(
            r#"{{"type":"user","uuid":"{uuid}","sessionId":"h","timestamp":"2026-05-04T10:00:00Z","message":{{"role":"user","content":{content}}}}}"#
        ) + "\n"
    };
    let text = [
        line("a", r#""Fix the build""#),
        line("b", r#""<command-name>/clear</command-name>\n<command-args></command-args>""#),
        line("c", r#""<task-notification>done</task-notification>""#),
        line("d", r#"[{"type":"text","text":"<system-reminder>Be brief</system-reminder>"},{"type":"text","text":"And test it"}]"#),
    ]
    .concat();
    let reading = read(&[Evidence::new("h.jsonl", text.into_bytes())]).expect("reads");
    assert_eq!(by_user(&reading.sessions[0]), ["User: Fix the build", "User: And test it"]);
    assert_eq!(harness(&reading.sessions[0]), 3);
}
