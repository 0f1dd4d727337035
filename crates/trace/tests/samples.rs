//! Reads every sample of real exports, where they are at hand, and compares with what a person reads in them.
//!
//! The samples are other people's and not part of the repository: `HINDCAST_SHARED` names their folder, else
//! `../shared` is looked for upwards from here.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use hindcast_trace::{Evidence, Reading, locator, model, read};
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "../src/test_support.rs"]
mod test_support;

use test_support::{every_text_is_where_it_says, kinds, texts};

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("HINDCAST_SHARED").map(PathBuf::from);
    let upwards = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|a| a.join("../shared"));
    let found = named.into_iter().chain(upwards).find(|p| p.join("traces").is_dir());
    if found.is_none() {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| println!("skipped: no shared samples"));
    }
    found
}

/// The file itself: those that we made are fixtures, all others are among the samples.
fn bytes_of(file: &str) -> Option<Vec<u8>> {
    let name = file.rsplit('/').next().unwrap();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    let path = if fixture.is_file() { fixture } else { shared()?.join(file) };
    Some(std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())))
}

fn load(files: &[&str]) -> Option<(Reading, Vec<Evidence>)> {
    let bytes = files.iter().map(|f| Some((f.rsplit('/').next().unwrap(), bytes_of(f)?)));
    let evidence: Vec<_> = bytes.map(|b| b.map(|(name, bytes)| Evidence::new(name, bytes))).collect::<Option<_>>()?;
    let reading = read(&evidence).unwrap_or_else(|e| panic!("{files:?}: {e}"));
    for trace in &reading.sessions {
        every_text_is_where_it_says(trace, &evidence);
        joins_are_mutual(trace);
    }
    Some((reading, evidence))
}

/// A result names its call, and the call names that result.
fn joins_are_mutual(trace: &model::Trace) {
    for (i, event) in trace.events.iter().enumerate() {
        let other = |n: u32| &trace.events[n as usize].kind;
        match &event.kind {
            model::EventKind::ToolCall { result: Some(r), .. } => {
                assert!(matches!(other(*r), model::EventKind::ToolResult { call: Some(c), .. } if *c == i as u32));
            }
            model::EventKind::ToolResult { call: Some(c), .. } => {
                assert!(matches!(other(*c), model::EventKind::ToolCall { result: Some(r), .. } if *r == i as u32));
            }
            _ => {}
        }
    }
}

/// One file, its format, and the events of its only (or first) session.
fn check(file: &str, label: &str, expected: &[&str]) -> Option<Reading> {
    let (reading, _) = load(&[file])?;
    assert_eq!(reading.detections[0].label(), label, "{file}");
    assert_eq!(kinds(&reading.sessions[0]), expected, "{file}");
    Some(reading)
}

const REFUND: [&str; 5] = ["system", "user", "call refund -> 3", "result Ok <- 2", "assistant"];

#[test]
fn otlp_in_every_dialect_tells_the_same_story() {
    for (file, label) in [
        ("traces/otlp-genai/GENERATED_openllmetry_current_semconv.json", "otlp (genai)"),
        ("traces/openinference/GENERATED_otlp_export.json", "otlp (openinference)"),
        ("traces/openinference/GENERATED_otlp_file_exporter.jsonl", "otlp (openinference)"),
        ("traces/traceloop/GENERATED_v0.40.14_otlp_export.json", "otlp (traceloop)"),
    ] {
        let Some(reading) = check(file, label, &REFUND) else { return };
        let trace = &reading.sessions[0];
        assert_eq!(
            texts(trace)[1..],
            ["refund my charge", "Your refund has been processed. You will see it shortly."],
            "{file}"
        );
        assert_eq!((trace.model_calls.len(), trace.tools.len(), trace.gaps.len()), (2, 1, 0), "{file}");
        assert!(trace.events.iter().all(|e| e.time.is_some()), "{file}");
    }
}

#[test]
fn logs_and_spans_join_and_spans_alone_have_a_gap() {
    let logs = "traces/otlp-genai/GENERATED_otelold_v1_logs-2.json";
    let spans = "traces/otlp-genai/GENERATED_otelold_v1_traces-1.json";
    let Some((both, _)) = load(&[logs, spans]) else { return };
    assert_eq!(both.sessions.len(), 1);
    assert_eq!(kinds(&both.sessions[0]), REFUND);
    assert_eq!(both.detections.iter().map(|d| d.label()).collect::<Vec<_>>(), ["otlp (genai-logs)", "otlp (genai)"]);
    let Some((alone, _)) = load(&[spans]) else { return };
    assert!(alone.sessions[0].has_gap(&[model::GapKind::ContentNotCaptured]));
    assert!(texts(&alone.sessions[0]).is_empty());
}

#[test]
fn json_and_binary_protobuf_give_the_same_events() {
    for name in
        ["GENERATED_openllmetry_current_semconv", "GENERATED_otelold_v1_logs-2", "GENERATED_otelold_v1_traces-1"]
    {
        let file = |ext: &str| format!("traces/otlp-genai/{name}.{ext}");
        let Some((json, _)) = load(&[&file("json")]) else { return };
        let Some((binary, _)) = load(&[&file("binpb")]) else { return };
        let told = |r: &Reading| {
            let of = |t: &model::Trace| {
                let times: Vec<_> = t.events.iter().map(|e| e.time).collect();
                let texts: Vec<_> = texts(t).iter().map(|t| t.to_string()).collect();
                (t.key.clone(), kinds(t), texts, times, t.tools.len(), t.model_calls.len(), t.gaps.len())
            };
            r.sessions.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(told(&json), told(&binary), "{name}");
        assert_eq!(json.detections[0].dialect, binary.detections[0].dialect);
    }
}

#[test]
fn length_delimited_protobuf_reads_like_its_parts() {
    let parts =
        ["GENERATED_otelold_v1_logs-2.binpb", "GENERATED_otelold_v1_traces-1.binpb"].map(|f| bytes_of(f).unwrap());
    let framed: Vec<u8> = parts.iter().flat_map(|p| [&(p.len() as u32).to_be_bytes()[..], p].concat()).collect();
    let evidence = [Evidence::new("collector.binpb", framed.clone())];
    let reading = read(&evidence).unwrap();
    assert_eq!((reading.sessions.len(), reading.detections[0].documents), (1, 2));
    assert_eq!(kinds(&reading.sessions[0]), REFUND);
    assert!(reading.detections[0].lossy.is_empty(), "{:?}", reading.detections);
    every_text_is_where_it_says(&reading.sessions[0], &evidence);
    let cut = read(&[Evidence::new("cut.binpb", framed[..framed.len() - 40].to_vec())]).unwrap();
    assert!(cut.sessions[0].has_gap(&[model::GapKind::InputDropped]));
    assert!(!texts(&cut.sessions[0]).is_empty());
}

/// The Collector compresses each message by itself, then writes its length; JSON too has lengths then.
#[test]
fn frames_that_are_compressed_or_json_read_alike() {
    let bytes = |name: &str| bytes_of(name).unwrap();
    let pack = |bytes: &[u8]| zstd::encode_all(bytes, 3).unwrap();
    let framed = |parts: &[Vec<u8>]| -> Vec<u8> {
        parts.iter().flat_map(|p| [&(p.len() as u32).to_be_bytes()[..], p].concat()).collect()
    };
    let (logs, spans) = ("GENERATED_otelold_v1_logs-2", "GENERATED_otelold_v1_traces-1");
    let binary = [pack(&bytes(&format!("{logs}.binpb"))), pack(&bytes(&format!("{spans}.binpb")))];
    let json = [pack(&bytes(&format!("{logs}.json"))), pack(&bytes(&format!("{spans}.json")))];
    let compact = |name: &str| {
        let value: serde_json::Value = serde_json::from_slice(&bytes(&format!("{name}.json"))).unwrap();
        value.to_string().into_bytes()
    };
    for parts in [binary.clone(), json, [compact(logs), compact(spans)]] {
        let evidence = [Evidence::new("collector.zst", framed(&parts))];
        let reading = read(&evidence).unwrap();
        assert_eq!(kinds(&reading.sessions[0]), REFUND);
        assert!(reading.detections[0].lossy.is_empty(), "{:?}", reading.detections);
        every_text_is_where_it_says(&reading.sessions[0], &evidence);
    }
    let mut broken = binary;
    broken[1].truncate(12);
    let reading = read(&[Evidence::new("collector.zst", framed(&broken))]).unwrap();
    assert!(reading.sessions[0].has_gap(&[model::GapKind::InputDropped]));
}

#[test]
fn bare_attribute_maps_read_as_spans() {
    let weather = ["user", "assistant", "call get_weather -> 3", "result Unknown <- 2", "assistant"];
    check("traces/otlp-genai/otel_genai_client_span_tool_calls.json", "otlp (genai)", &weather);
    check("traces/openinference/openinference_client_span_tool_calls.json", "otlp (openinference)", &weather);
    check(
        "traces/otlp-genai/otel_genai_tool_execution_span.json",
        "otlp (genai)",
        &["call get_weather -> 1", "result Ok <- 0"],
    );
    let example = bytes_of("traces/otlp-genai/otlp-example-trace.json").unwrap();
    let error = read(&[Evidence::new("example.json", example)]).unwrap_err().to_string();
    assert!(error.contains("no message, tool call or other event") && error.contains("1 `span`"), "{error}");
}

#[test]
fn openai_chat_and_responses() {
    let airline = "traces/openai-chat/tau_airline_failure_messages.json";
    let Some((chat, evidence)) = load(&[airline]) else { return };
    assert_eq!(chat.detections[0].label(), "openai-chat");
    counts_match(&chat.sessions[0], &serde_json::from_slice(&evidence[0].bytes).unwrap());
    let list = "traces/openai-responses/GENERATED_to_input_list.json";
    check(list, "openai-responses", &["user", "call refund -> 2", "result Unknown <- 1", "assistant"]);
    let pair = "traces/openai-responses/from_langfuse_response_90d94774e8e3724d.json";
    let Some(reading) = check(
        pair,
        "openai-responses",
        &["system", "user", "call get_weather -> 3", "result Unknown <- 2", "assistant"],
    ) else {
        return;
    };
    let call = &reading.sessions[0].model_calls[0];
    assert_eq!(
        (call.input_tokens, call.output_tokens, call.model.as_deref()),
        (Some(85), Some(29), Some("gpt-4.1-2025-04-14"))
    );
    assert_eq!(call.finish.as_ref().map(|f| f.0), Some(model::Finish::Stop));
    assert_eq!(reading.sessions[0].tools[0].name.text, "get_weather");
}

#[test]
fn anthropic_says_what_the_tool_said_after_it_did() {
    let Some(reading) =
        check("traces/anthropic/anthropic-mcp.1.json", "anthropic", &["call echo -> 1", "result Ok <- 0", "assistant"])
    else {
        return;
    };
    let trace = &reading.sessions[0];
    assert!(trace.has_gap(&[model::GapKind::HistoryMissing]));
    assert_eq!((trace.model_calls[0].input_tokens, trace.model_calls[0].output_tokens), (Some(1250), Some(88)));
}

#[test]
fn langfuse_downloads() {
    let langgraph = ["user", "user", "call Web-Search -> 3", "result Ok <- 2", "assistant"];
    let Some(reading) = check("traces/langfuse/langgraph-python-2025-08-22.trace.json", "langfuse", &langgraph) else {
        return;
    };
    assert_eq!((reading.sessions[0].tools.len(), reading.sessions[0].model_calls.len()), (1, 2));
    let agents = ["system", "user", "call get_weather -> 3", "result Unknown <- 2", "assistant"];
    let Some(reading) = check("traces/langfuse/openai-agents-2025-09-30.trace.json", "langfuse", &agents) else {
        return;
    };
    assert_eq!(reading.sessions[0].agents, ["Hello world"]);
    let pydantic = [
        "system",
        "user",
        "call get_pun_suggestion -> 5",
        "call get_dad_joke_suggestion -> 6",
        "call get_one_liner_suggestion -> 7",
        "result Unknown <- 2",
        "result Unknown <- 3",
        "result Unknown <- 4",
        "assistant",
        "user",
        "assistant",
        "system",
        "user",
        "call final_result -> 14",
        "result Unknown <- 13",
    ];
    let Some(reading) = check("traces/langfuse/pydantic-ai-tools-2025-12-04.trace.json", "langfuse", &pydantic) else {
        return;
    };
    assert_eq!(reading.sessions[0].agents, ["joke_agent", "evaluator_agent"]);
    assert_eq!(reading.sessions[0].model_calls.len(), 4);
    let Some(reading) = check("traces/langfuse/seeder-autogen.json", "langfuse", &["system", "user", "assistant"])
    else {
        return;
    };
    assert_eq!(
        (reading.sessions[0].key.as_str(), reading.sessions[0].key_kind),
        ("session_abc", model::KeyKind::Conversation)
    );
    assert_eq!(texts(&reading.sessions[0])[1..], ["Say 'Hello World!'", "Hello World!"]);
    let sdk = ["user", "call getWeather -> 2", "result Unknown <- 1"];
    let Some(reading) = check("traces/langfuse/vercel-aisdk-2025-11-17.trace.json", "langfuse", &sdk) else { return };
    let trace = &reading.sessions[0];
    assert_eq!((trace.model_calls.len(), trace.tools.len()), (1, 1));
    assert_eq!(trace.model_calls[0].finish.as_ref().map(|f| f.0), Some(model::Finish::ToolCalls));
}

#[test]
fn voice_platforms() {
    let livekit = ["user", "call refund -> 2", "result Ok <- 1", "assistant", "handoff support -> billing"];
    let Some(reading) = check("traces/voice-livekit/GENERATED_chat_context.json", "livekit", &livekit) else { return };
    assert!(reading.sessions[0].events.iter().all(|e| e.time.is_some_and(|t| t.quality == model::TimeQuality::Exact)));
    let vapi = [
        "system",
        "assistant",
        "user",
        "call getWeatherByCity_001 -> 4",
        "result Unknown <- 3",
        "assistant",
        "user",
        "call transferCall -> 8",
        "result Unknown <- 7",
        "handoff assistant1 -> assistant2",
        "system",
        "assistant",
        "user",
        "call getWeatherByCity_002 -> 15",
        "assistant",
        "result Unknown <- 13",
        "assistant",
        "user",
    ];
    let Some(reading) = check("traces/voice-vapi/endOfCallReportRequest.json", "vapi", &vapi) else { return };
    let trace = &reading.sessions[0];
    assert_eq!(trace.key, "b1223960-1b4d-4585-91b8-a69b0f57ec2f");
    assert_eq!(
        trace.tools.iter().map(|t| t.name.text.as_str()).collect::<Vec<_>>(),
        ["getWeatherByCity_001", "getWeatherByCity_002"]
    );
    assert_eq!(trace.agents, ["assistant1", "assistant2"]);
}

#[test]
fn claude_code_sessions() {
    let tool = ["user", "reasoning", "assistant", "call Read -> 4", "result Unknown <- 3", "assistant"];
    let Some(reading) = check("traces/claude-code/scout_tool_call_conversation.jsonl", "claude-code", &tool) else {
        return;
    };
    let calls = &reading.sessions[0].model_calls;
    assert_eq!(calls.iter().map(|c| c.output_tokens).collect::<Vec<_>>(), [Some(50), Some(40)]);
    let compaction = ["user", "assistant", "context lost=true", "harness", "user", "assistant"];
    check("traces/claude-code/scout_compaction_session.jsonl", "claude-code", &compaction);
    let simple = [
        "user",
        "assistant",
        "call Write -> 3",
        "result Unknown <- 2",
        "call Bash -> 5",
        "result Unknown <- 4",
        "user",
        "assistant",
    ];
    check("traces/claude-code/sample_session.jsonl", "claude-code", &simple);
    let Some((web, _)) = load(&["traces/claude-code/sample_session_web.json"]) else { return };
    let web = &web.sessions[0];
    let count = |what: &str| kinds(web).iter().filter(|k| k.starts_with(what)).count();
    assert_eq!(
        (count("call "), count("result Ok"), count("result Error"), count("user"), count("context lost=true")),
        (12, 11, 1, 5, 1)
    );
    let Some((edge, _)) = load(&["traces/claude-code/edge_cases.jsonl"]) else { return };
    let keys: Vec<_> = edge.sessions.iter().map(|t| t.key.as_str()).collect();
    assert_eq!(keys, ["edge_cases", "todowrite_session"]);
    assert_eq!(kinds(&edge.sessions[0]).iter().filter(|k| *k == "result Error <- 3").count(), 1);
    let lost = &edge.detections[0].lossy;
    assert!(lost.iter().any(|l| l.contains("6 of 19 records are of kinds that claude-code does not have")), "{lost:?}");
}

#[test]
fn a_sub_agents_file_joins_its_session() {
    let files = ["traces/claude-code/scout_agent_session.jsonl", "traces/claude-code/scout_agent-atest01.jsonl"];
    let Some((reading, _)) = load(&files) else { return };
    assert_eq!(reading.sessions.len(), 1);
    let trace = &reading.sessions[0];
    assert_eq!(
        kinds(trace),
        [
            "user",
            "assistant",
            "call Task -> 8",
            "system",
            "assistant",
            "call Bash -> 6",
            "result Unknown <- 5",
            "assistant",
            "result Unknown <- 2",
            "assistant"
        ]
    );
    assert_eq!(trace.agents, ["sub-agent atest01"]);
    assert_eq!(trace.model_calls.len(), 4);
}

/// Counted from the raw messages: every one of them becomes its events once, and nothing else does.
fn counts_match(trace: &model::Trace, messages: &serde_json::Value) {
    let mut said = 0;
    let mut called = 0;
    let mut answered = 0;
    for msg in messages.as_array().unwrap() {
        called += msg["tool_calls"].as_array().map_or(0, Vec::len);
        match msg["role"].as_str() {
            Some("tool") => answered += 1,
            _ => said += usize::from(msg["content"].as_str().is_some_and(|c| !c.is_empty())),
        }
    }
    let count = |what: &str| kinds(trace).iter().filter(|k| k.starts_with(what)).count();
    // What a harness says of the whole run stands beside the messages.
    let of_messages = trace.events.len() - count("error ");
    assert_eq!(
        (count("call "), count("result "), of_messages),
        (called, answered, said + called + answered),
        "{}",
        trace.key
    );
    let unjoined =
        trace.events.iter().filter(|e| matches!(e.kind, model::EventKind::ToolResult { call: None, .. })).count();
    assert_eq!(unjoined, 0, "{}", trace.key);
}

#[test]
fn tau_bench_runs_hold_what_was_said_and_nothing_of_the_labels() {
    for file in
        ["traces/tau-bench/gpt-4o-airline-failures-6.json", "data/tau-airline-dev.json", "data/tau-retail-passing.json"]
    {
        let Some((reading, evidence)) = load(&[file]) else { return };
        let raw: serde_json::Value = serde_json::from_slice(&evidence[0].bytes).unwrap();
        assert_eq!(reading.detections[0].label(), "tau-bench");
        let runs = raw.as_array().unwrap();
        assert_eq!(reading.sessions.len(), runs.len(), "{file}");
        for (trace, run) in reading.sessions.iter().zip(runs) {
            counts_match(trace, &run["traj"]);
            let locators = trace.events.iter().map(|e| e.loc);
            let mut resolver = locator::Resolver::new(&evidence[0]);
            for loc in locators.take(3) {
                assert!(resolver.locate(&trace.bases, loc).unwrap().to_string().contains("/traj/"));
            }
        }
    }
}

#[test]
fn agentdojo_runs_keep_the_errors_of_their_tools() {
    for model_name in ["command-r-plus", "gpt-3.5-turbo-0125", "gpt-4o-2024-05-13", "meta-llama_Llama-3-70b-chat-hf"] {
        let file = format!("data/agentdojo-dev-{model_name}.jsonl");
        let Some((reading, evidence)) = load(&[&file]) else { return };
        let text = std::str::from_utf8(&evidence[0].bytes).unwrap();
        assert_eq!(reading.sessions.len(), text.lines().count());
        for (trace, line) in reading.sessions.iter().zip(text.lines()) {
            let raw: serde_json::Value = serde_json::from_str(line).unwrap();
            let messages = &raw["run"]["messages"];
            counts_match(trace, messages);
            let failed =
                messages.as_array().unwrap().iter().filter(|m| m["role"] == "tool" && m["error"].is_string()).count();
            let errors = kinds(trace).iter().filter(|k| k.starts_with("result Error")).count();
            assert_eq!(errors, failed, "{}", trace.key);
            // A run that failed before the first answer has no model that answered.
            let answered = messages.as_array().unwrap().iter().any(|m| m["role"] == "assistant");
            let models: Vec<_> = answered.then(|| raw["run"]["pipeline_name"].as_str().unwrap()).into_iter().collect();
            assert_eq!(trace.models(), models);
        }
    }
}

/// Every sample, damaged in ways that repeat: nothing panics, and what is still read stands where it says.
#[test]
fn damaged_samples_are_read_or_refused() {
    let Some(root) = shared() else { return };
    let mut files = Vec::new();
    for folder in std::fs::read_dir(root.join("traces")).unwrap().flatten().filter(|f| f.path().is_dir()) {
        files.extend(std::fs::read_dir(folder.path()).unwrap().flatten().map(|f| f.path()));
    }
    files.sort();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below.max(1) as u64) as usize
    };
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        if whole.len() > 70_000 {
            continue;
        }
        for _ in 0..12 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                match random(4) {
                    0 => bytes[at] = random(256) as u8,
                    1 => bytes.truncate(at.max(1)),
                    2 => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
                    _ => {
                        let copied = bytes[at..(at + random(400)).min(bytes.len())].to_vec();
                        bytes.splice(at..at, copied);
                    }
                }
                if bytes.is_empty() {
                    bytes.push(b'{');
                }
            }
            let evidence = [Evidence::new("damaged", bytes)];
            if let Ok(reading) = read(&evidence) {
                for trace in &reading.sessions {
                    every_text_is_where_it_says(trace, &evidence);
                    joins_are_mutual(trace);
                }
            }
        }
    }
}
