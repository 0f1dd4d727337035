use crate::model::{EventKind, GapKind, Role, Transport};
use crate::test_support::{all, kinds, one, reading, texts, transports};
use crate::{Evidence, read};

fn user(uuid: &str, parent: &str, second: u32, content: &str) -> String {
    format!(
        r#"{{"type":"user","uuid":"{uuid}","parentUuid":"{parent}","sessionId":"s","timestamp":"2026-01-01T00:00:{second:02}Z","message":{{"role":"user","content":{content}}}}}"#
    )
}

fn assistant(uuid: &str, parent: &str, second: u32, id: &str, content: &str, output: u32) -> String {
    format!(
        r#"{{"type":"assistant","uuid":"{uuid}","parentUuid":"{parent}","sessionId":"s","timestamp":"2026-01-01T00:00:{second:02}Z","message":{{"id":"{id}","role":"assistant","model":"claude","content":[{content}],"stop_reason":"tool_use","usage":{{"input_tokens":10,"output_tokens":{output}}}}}}}"#
    )
}

#[test]
fn an_answer_over_several_lines_is_one_call_counted_once() {
    let lines = [
        user("u1", "", 0, r#""Read two files""#),
        assistant("a1", "u1", 1, "m1", r#"{"type":"thinking","thinking":"hm"}"#, 1),
        assistant("a2", "a1", 2, "m1", r#"{"type":"tool_use","id":"t1","name":"Read","input":{"f":1}}"#, 5),
        user("r1", "a2", 3, r#"[{"type":"tool_result","tool_use_id":"t1","content":"one"}]"#),
        assistant("a3", "a2", 4, "m1", r#"{"type":"tool_use","id":"t2","name":"Read","input":{"f":2}}"#, 9),
        user("r2", "a3", 5, r#"[{"type":"tool_result","tool_use_id":"t2","content":"no such file","is_error":true}]"#),
    ];
    let trace = one("s.jsonl", &lines.join("\n"));
    assert_eq!(
        kinds(&trace),
        ["user", "reasoning", "call Read -> 3", "result Unknown <- 2", "call Read -> 5", "result Error <- 4"]
    );
    assert_eq!(trace.model_calls.len(), 1);
    assert!(
        trace.events.iter().filter(|e| matches!(e.kind, EventKind::ToolCall { .. })).all(|e| e.model_call == Some(0))
    );
    assert_eq!(trace.model_calls[0].output_tokens, Some(9));
    assert_eq!(texts(&trace), ["Read two files"]);
}

#[test]
fn what_the_program_writes_is_not_the_user() {
    let meta = user("u2", "u1", 1, r#""Some caveat""#).replace(r#""type":"user""#, r#""type":"user","isMeta":true"#);
    let lines = [
        user("u1", "", 0, r#""Hello""#),
        meta,
        user("u3", "u2", 2, r#""<local-command-stdout>x</local-command-stdout>""#),
        user("u4", "u3", 3, r#""[Request interrupted by user]""#),
    ];
    let trace = one("s.jsonl", &lines.join("\n"));
    assert_eq!(kinds(&trace), ["user", "harness", "harness", "context lost=false"]);
}

#[test]
fn compaction_loses_history_and_is_told_once() {
    let boundary = r#"{"type":"system","subtype":"compact_boundary","uuid":"b","sessionId":"s","timestamp":"2026-01-01T00:00:05Z","content":"Conversation compacted"}"#;
    let summary = user("c", "b", 6, r#""Summary: all went well""#)
        .replace(r#""type":"user""#, r#""type":"user","isCompactSummary":true"#);
    let lines =
        [user("u1", "", 0, r#""Hello""#), boundary.to_owned(), summary.clone(), user("u2", "c", 7, r#""Go on""#)];
    assert_eq!(kinds(&one("s.jsonl", &lines.join("\n"))), ["user", "context lost=true", "harness", "user"]);
    let without = [user("u1", "", 0, r#""Hello""#), summary];
    assert_eq!(kinds(&one("s.jsonl", &without.join("\n"))), ["user", "context lost=true", "harness"]);
}

#[test]
fn a_resumed_session_carries_on_without_repeating() {
    let first = [user("u1", "", 0, r#""Hello""#), assistant("a1", "u1", 1, "m1", r#"{"type":"text","text":"Hi"}"#, 1)];
    let copied: Vec<_> = first.iter().map(|l| l.replace(r#""sessionId":"s""#, r#""sessionId":"s2""#)).collect();
    let more = user("u2", "a1", 9, r#""And now?""#).replace(r#""sessionId":"s""#, r#""sessionId":"s2""#);
    let files = [first.join("\n"), format!("{}\n{more}", copied.join("\n"))];
    let evidence: Vec<_> =
        files.iter().enumerate().map(|(i, f)| Evidence::new(format!("{i}.jsonl"), f.clone().into_bytes())).collect();
    let found = read(&evidence).expect("readable");
    assert_eq!(found.sessions.len(), 1);
    assert_eq!(texts(&found.sessions[0]), ["Hello", "Hi", "And now?"]);
    assert!(found.detections[0].lossy.iter().any(|l| l.contains("resumed")), "{:?}", found.detections);
}

#[test]
fn sub_agents_have_a_name_and_their_prompt_is_not_the_user() {
    let side = |l: String| l.replace(r#""sessionId":"s""#, r#""sessionId":"s","isSidechain":true"#);
    let main = user("u1", "", 0, r#""Explore""#);
    let sub = [
        side(user("x1", "", 1, r#""Explore all""#)),
        side(assistant("x2", "x1", 2, "m9", r#"{"type":"text","text":"Found"}"#, 1)),
    ];
    let evidence =
        [Evidence::new("main.jsonl", main.into_bytes()), Evidence::new("agent-abc.jsonl", sub.join("\n").into_bytes())];
    let found = read(&evidence).expect("readable");
    let trace = &found.sessions[0];
    assert_eq!(kinds(trace), ["user", "system", "assistant"]);
    assert_eq!(trace.agents, ["sub-agent abc"]);
}

#[test]
fn going_back_is_a_branch_but_parallel_results_are_none() {
    let lines = [
        user("u1", "", 0, r#""Hello""#),
        assistant("a1", "u1", 1, "m1", r#"{"type":"text","text":"Hi"}"#, 1),
        user("u2", "a1", 2, r#""This""#),
        user("u3", "a1", 3, r#""No, that""#),
    ];
    assert_eq!(kinds(&one("s.jsonl", &lines.join("\n"))), ["user", "assistant", "user", "context lost=true", "user"]);
}

#[test]
fn lines_that_are_no_objects_cost_only_themselves() {
    let next = |n: u32| user(&format!("u{n}"), &format!("u{}", n - 1), n, r#""Go on""#);
    let good: Vec<_> = (2..40).map(next).collect();
    let text = format!(
        "{}\n\"massive error\"\n42\n[1]\n{{\"silly\":\"this\"}}\nnot json\n{}\n",
        user("u1", "", 0, r#""Hello""#),
        good.join("\n")
    );
    let found = reading("s.jsonl", &text);
    assert_eq!((texts(&found.sessions[0])[0], found.sessions[0].events.len()), ("Hello", 39));
    assert_eq!(found.detections[0].lossy.len(), 2, "{:?}", found.detections[0].lossy);
}

#[test]
fn the_web_export_reads_alike_and_errors_are_errors() {
    let lines = [
        user("u1", "", 0, r#""Hello""#),
        assistant("a1", "u1", 1, "m1", r#"{"type":"text","text":"API Error: 500"}"#, 1)
            .replace(r#""type":"assistant""#, r#""type":"assistant","isApiErrorMessage":true"#),
        user("u2", "a1", 2, r#"[{"type":"tool_result","tool_use_id":"t0","is_error":false,"content":"x"}]"#),
    ];
    let trace = &all("s.json", &format!("{{\"loglines\":[{}]}}", lines.join(",")))[0];
    assert!(matches!(&trace.events[0].kind, EventKind::Message { role: Role::User, .. }));
    assert!(matches!(&trace.events[1].kind, EventKind::Error { text } if text.text == "API Error: 500"));
    assert_eq!(transports(trace), [Transport::Ok]);
}

#[test]
fn a_line_that_is_missing_is_noticed_by_the_one_after_it() {
    let lines = [
        user("u1", "", 0, r#""Hello""#),
        assistant("a1", "u1", 1, "m1", r#"{"type":"text","text":"Hi"}"#, 1),
        r#"{"type":"progress","uuid":"p1","parentUuid":"a1","sessionId":"s","timestamp":"2026-01-01T00:00:02Z"}"#
            .to_owned(),
        user("u2", "p1", 3, r#""This""#),
        user("u3", "u2", 4, r#""That""#),
    ];
    assert!(one("s.jsonl", &lines.join("\n")).gaps.is_empty());
    // The first line follows none; the last is followed by none.
    for missing in 0..4 {
        let rest: Vec<_> = lines.iter().enumerate().filter(|(i, _)| *i != missing).map(|(_, l)| l.clone()).collect();
        let trace = one("s.jsonl", &rest.join("\n"));
        assert_eq!((trace.gaps.len(), trace.has_gap(&[GapKind::HistoryMissing])), (1, true), "{missing}");
    }
}

#[test]
fn a_damaged_line_is_a_gap_of_its_session() {
    for damaged in [r#""message":7"#, r#""message":{"role":"user"}"#, r#""message":null"#] {
        let line =
            format!(r#"{{"type":"user","uuid":"x","sessionId":"s","timestamp":"2026-01-01T00:00:01Z",{damaged}}}"#);
        let trace = one("s.jsonl", &format!("{}\n{line}\n", user("u1", "", 0, r#""Hello""#)));
        assert!(trace.has_gap(&[GapKind::InputDropped]), "{damaged}");
    }
}

#[test]
fn a_result_may_stand_only_beside_its_message() {
    let result = r#"[{"type":"tool_result","tool_use_id":"t1"}]"#;
    for (structured, content) in [(r#""Error: x""#, "Error: x"), (r#"{"stdout":"hi"}"#, r#"{"stdout":"hi"}"#)] {
        let line = user("r1", "a1", 2, result)
            .replace(r#""type":"user""#, &format!(r#""type":"user","toolUseResult":{structured}"#));
        let made = assistant("a1", "", 1, "m1", r#"{"type":"tool_use","id":"t1","name":"Bash","input":{}}"#, 1);
        let trace = one("s.jsonl", &format!("{made}\n{line}\n"));
        assert!(matches!(&trace.events[1].kind, EventKind::ToolResult { content: Some(c), .. } if c.text == content));
    }
}

#[test]
fn the_stream_is_read_as_a_session_with_its_sub_agents() {
    let lines = [
        r#"{"type":"system","subtype":"init","session_id":"s1","cwd":"/w","tools":["Task"],"model":"m","permissionMode":"default"}"#,
        r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"Count the files"}]},"session_id":"s1"}"#,
        r#"{"type":"assistant","message":{"id":"m1","model":"m","role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Task","input":{"prompt":"Run ls"}}]},"parent_tool_use_id":null,"session_id":"s1"}"#,
        r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"Run ls"}]},"parent_tool_use_id":"t1","session_id":"s1"}"#,
        r#"{"type":"assistant","message":{"id":"m2","model":"m","role":"assistant","content":[{"type":"tool_use","id":"t2","name":"Bash","input":{"command":"ls"}}]},"parent_tool_use_id":"t1","session_id":"s1"}"#,
        r#"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t2","content":"a.txt"}]},"parent_tool_use_id":"t1","session_id":"s1"}"#,
        r#"{"type":"stream_event","event":{"type":"message_stop"},"session_id":"s1"}"#,
        r#"{"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"One file"}]},"parent_tool_use_id":null,"session_id":"s1"}"#,
        r#"{"type":"assistant","message":{"id":"m3","model":"m","role":"assistant","content":[{"type":"text","text":"One file."}]},"parent_tool_use_id":null,"session_id":"s1"}"#,
        r#"{"type":"result","subtype":"success","is_error":false,"num_turns":2,"result":"One file.","session_id":"s1","total_cost_usd":0.01}"#,
    ];
    let trace = one("run.jsonl", &lines.join("\n"));
    assert_eq!((trace.format, trace.key.as_str()), ("claude-code", "s1"));
    let said: Vec<_> = kinds(&trace).into_iter().filter(|kind| kind == "user").collect();
    assert_eq!(said.len(), 1, "{:?}", kinds(&trace));
    assert_eq!(trace.sub_agents.len(), 1);
    assert_eq!(kinds(&trace).iter().filter(|kind| kind.starts_with("call ") && !kind.ends_with("none")).count(), 2);
    let array = one("run.json", &format!("[{}]", lines.join(",")));
    assert_eq!((array.format, kinds(&array)), ("claude-code", kinds(&trace)));
    let failed =
        lines[9].replace(r#""subtype":"success","is_error":false"#, r#""subtype":"error_max_turns","is_error":true"#);
    let trace = one("run.jsonl", &[lines[0], lines[1], &failed].join("\n"));
    assert!(kinds(&trace).iter().any(|kind| kind.starts_with("error ")), "{:?}", kinds(&trace));
}

#[test]
fn messages_taken_out_of_the_stream_are_read_and_a_skill_is_not_the_user() {
    let file = r#"{"messages":[{"type":"user","message":{"role":"user","content":"Use the skill"}},
        {"type":"assistant","message":{"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"Skill","input":{"skill":"pdf"}}]}},
        {"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"Launching skill: pdf"}]}},
        {"type":"user","message":{"role":"user","content":[{"type":"text","text":"Base directory for this skill: /w\\n\\n# PDF"}]}}]}"#;
    let trace = one("m.json", file);
    assert_eq!(trace.format, "claude-code");
    assert_eq!(kinds(&trace), ["user", "call Skill -> 2", "result Unknown <- 1", "harness"]);
}

#[test]
fn books_of_newer_versions_are_left_out_and_what_may_be_words_is_not() {
    let said = [
        user("u1", "", 0, r#""Where is it?""#),
        assistant("a1", "u1", 1, "m1", r#"{"type":"text","text":"On its way."}"#, 5),
    ];
    let books = [
        r#"{"type":"api-request-shape","sessionId":"s","shapeHash":"h","timestamp":"2026-01-01T00:00:00Z","shape":{"system":[{"type":"text","text":"Help."}],"tools":[{"name":"Read","description":"d","input_schema":{}}]}}"#,
        r#"{"type":"api-request-blob","sessionId":"s","hash":"b","message":{"role":"user","content":[{"type":"text","text":"Where is it?"}]}}"#,
        r#"{"type":"api-request","sessionId":"s","id":"r","timestamp":"2026-01-01T00:00:00Z","params":{"model":"m"},"tail":["b"]}"#,
        r#"{"type":"cost-state","sessionId":"s","totalCostUSD":0.1,"modelUsage":{"m":{"inputTokens":5}}}"#,
        // Of no version yet.
        r#"{"type":"lantern-state","sessionId":"s","lit":true,"levels":[{"id":"x","value":3}],"digest":"af31"}"#,
        r#"{"type":"lantern-mark","sessionId":"s","uuid":"n","timestamp":"2026-01-01T00:00:02Z","marks":["x"]}"#,
    ];
    let lines: Vec<&str> = said.iter().map(String::as_str).chain(books).collect();
    let reading = reading("s.jsonl", &lines.join("\n"));
    assert_eq!((texts(&reading.sessions[0]), reading.sessions[0].gaps.len()), (vec!["Where is it?", "On its way."], 0));
    let tally = &reading.detections[0].tally;
    assert_eq!((tally.left_out(), tally.unknown()), (6, 0), "{tally:?}");
    for telling in [
        r#"{"type":"lantern-note","sessionId":"s","prompt":"leave the lamp on"}"#,
        r#"{"type":"lantern-note","sessionId":"s","timestamp":"2026-01-01T00:00:02Z","given":{"userAnswers":["yes"]}}"#,
        r#"{"type":"lantern-note","sessionId":"s","uuid":"n","timestamp":"2026-01-01T00:00:02Z","message":{"role":"user","content":"no"}}"#,
        r#"{"type":"lantern-note","sessionId":"s","call":{"toolUseId":"t1","state":"done"}}"#,
        r#"{"type":"tool-lantern","sessionId":"s","timestamp":"2026-01-01T00:00:02Z","lit":true}"#,
    ] {
        let lines = [said[0].as_str(), said[1].as_str(), telling];
        let trace = one("s.jsonl", &lines.join("\n"));
        assert!(trace.has_gap(&[GapKind::RecordsUnread]), "{telling}");
    }
}

#[test]
fn a_stream_without_the_prompt_says_so() {
    let init = r#"{"type":"system","subtype":"init","session_id":"s1","cwd":"/w","tools":["Bash"],"model":"m"}"#;
    let asked = r#"{"type":"user","message":{"role":"user","content":[{"type":"text","text":"Count them"}]},"session_id":"s1","parent_tool_use_id":null}"#;
    let answer = |id: &str| {
        format!(
            r#"{{"type":"assistant","message":{{"id":"{id}","model":"m","role":"assistant","content":[{{"type":"text","text":"Three."}}]}},"parent_tool_use_id":null,"session_id":"s1"}}"#
        )
    };
    let (first, second) = (answer("m1"), answer("m2"));
    let end = r#"{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"Three.","session_id":"s1","total_cost_usd":0.01}"#;
    let gaps = |lines: &[&str]| -> Vec<String> {
        let trace = one("run.jsonl", &lines.join("\n"));
        assert!(trace.gaps.iter().all(|g| g.kind == GapKind::HistoryMissing));
        trace.gaps.iter().map(|g| g.what.clone()).collect()
    };
    assert!(gaps(&[init, asked, &first, end, asked, &second, end]).is_empty());
    let one_turn = gaps(&[init, &first, end]);
    assert!(one_turn.len() == 1 && one_turn[0].starts_with("what the agent was asked is not in"), "{one_turn:?}");
    assert_eq!(gaps(&[init, asked, &first, end, init, &second, end]).len(), 1);
    assert!(gaps(&[init, &first, end, init, &second, end])[0].contains("in 2 turns"));
    // The words that start a sub-agent are no prompt.
    let handed = asked.replace(r#""parent_tool_use_id":null"#, r#""parent_tool_use_id":"t1""#);
    assert_eq!(gaps(&[init, &handed, &first, end]).len(), 1);
}

#[test]
fn messages_of_the_agent_sdk_are_read_with_and_without_their_class() {
    let lines = [
        r#"{"type":"SystemMessage","subtype":"init","data":{"type":"system","session_id":"s1","tools":["Bash"]}}"#,
        r#"{"type":"UserMessage","content":"Count them","uuid":"u1","parent_tool_use_id":null,"tool_use_result":null}"#,
        r#"{"type":"AssistantMessage","content":[{"thinking":"hm","signature":"x"}],"model":"m","parent_tool_use_id":null,"error":null,"message_id":"m1","session_id":"s1","uuid":"a1"}"#,
        r#"{"type":"AssistantMessage","content":[{"text":"Looking."},{"id":"t1","name":"Bash","input":{"command":"ls"}},{"id":"t2","name":"Bash","input":{"command":"ls -a"}}],"model":"m","parent_tool_use_id":null,"error":null,"message_id":"m1","session_id":"s1","uuid":"a2"}"#,
        r#"{"type":"UserMessage","content":[{"tool_use_id":"t2","content":"no","is_error":true},{"tool_use_id":"t1","content":[{"type":"text","text":"a.txt"}],"is_error":null}],"uuid":"u2","parent_tool_use_id":null,"tool_use_result":{"role":"user","content":"a.txt"}}"#,
        r#"{"type":"RateLimitEvent","rate_limit_info":{"status":"allowed"},"uuid":"r1","session_id":"s1"}"#,
        r#"{"type":"AssistantMessage","content":[{"text":"One."}],"model":"m","parent_tool_use_id":null,"error":null,"message_id":"m2","session_id":"s1","uuid":"a3"}"#,
        r#"{"type":"ResultMessage","subtype":"success","is_error":false,"num_turns":2,"session_id":"s1","result":"One.","uuid":"e1"}"#,
    ];
    let bare: Vec<String> = lines
        .iter()
        .map(|line| {
            let at = line.find(',').expect("members");
            format!("{{{}", &line[at + 1..])
        })
        .collect();
    let named: Vec<String> = lines.map(str::to_owned).to_vec();
    for lines in [&named, &bare] {
        for file in [lines.join("\n"), format!("[{}]", lines.join(","))] {
            let trace = one("m.jsonl", &file);
            assert_eq!((trace.format, trace.key.as_str(), trace.model_calls.len()), ("claude-code", "s1", 2));
            assert_eq!(texts(&trace), ["Count them", "Looking.", "One."]);
            assert_eq!(
                kinds(&trace)[2..7],
                ["assistant", "call Bash -> 6", "call Bash -> 5", "result Error <- 4", "result Unknown <- 3"]
            );
            assert!(trace.gaps.is_empty(), "{:?}", trace.gaps);
        }
        let unasked = one("m.jsonl", &[&lines[..1], &lines[2..]].concat().join("\n"));
        assert!(unasked.gaps.iter().any(|g| g.what.contains("not in the stream")), "{:?}", unasked.gaps);
    }
    let failed = lines[6].replace(r#""error":null"#, r#""error":"rate_limit""#);
    let trace = one("m.jsonl", &[lines[0], lines[1], lines[2], &failed].join("\n"));
    assert!(kinds(&trace).contains(&"error One.".to_owned()), "{:?}", kinds(&trace));
}

#[test]
fn an_interruption_beside_results_is_not_what_the_user_says() {
    let lines = [
        r#"{"type":"user","uuid":"a","parentUuid":null,"sessionId":"s-1","timestamp":"2026-07-01T08:00:00Z","message":{"role":"user","content":"Run it"}}"#,
        r#"{"type":"assistant","uuid":"b","parentUuid":"a","sessionId":"s-1","timestamp":"2026-07-01T08:00:01Z","message":{"id":"m","role":"assistant","model":"x","content":[{"type":"tool_use","id":"t","name":"Bash","input":{"command":"make"}}]}}"#,
        r#"{"type":"user","uuid":"c","parentUuid":"b","sessionId":"s-1","timestamp":"2026-07-01T08:00:02Z","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"half"},{"type":"text","text":"[Request interrupted by user for tool use]"},{"type":"text","text":"Use ninja"}]}}"#,
    ];
    let trace = one("s-1.jsonl", &lines.join("\n"));
    let told = kinds(&trace);
    assert_eq!(told, ["user", "call Bash -> 2", "result Unknown <- 1", "context lost=false", "user"]);
    assert_eq!(texts(&trace), ["Run it", "Use ninja"]);
}

#[test]
fn words_in_the_place_of_an_answer_are_the_programs() {
    let lines = [
        user("u1", "", 0, r#""Hello""#),
        assistant("a1", "u1", 1, "m1", r#"{"type":"text","text":"Nothing was asked."}"#, 1)
            .replace(r#""model":"claude""#, r#""model":"<synthetic>""#),
    ];
    let trace = one("s.jsonl", &lines.join("\n"));
    assert_eq!((kinds(&trace), trace.model_calls.len()), (vec!["user".to_owned(), "harness".to_owned()], 0));
}
