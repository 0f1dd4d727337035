//! A small session of our own in the format of each coding agent, and what is read in it.
#![allow(clippy::unwrap_used, missing_docs)]

use hindcast_trace::model::{EventKind, Text};
use hindcast_trace::{Evidence, Reading, locator, model, read};
use std::fmt::Write as _;

#[allow(dead_code)]
#[path = "../src/test_support.rs"]
mod test_support;

/// Every event with its words, then what is missing.
fn told(file: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/agents").join(file);
    let evidence = [Evidence::new(file, std::fs::read(path).unwrap())];
    let reading = read(&evidence).unwrap_or_else(|e| panic!("{file}: {e}"));
    let mut told = format!("{}\n", reading.detections[0].label());
    for trace in &reading.sessions {
        test_support::every_text_is_where_it_says(trace, &evidence);
        writeln!(told, "session {}, models {:?}, agents {:?}", trace.key, trace.models(), trace.agents).unwrap();
        for (event, kind) in trace.events.iter().zip(test_support::kinds(trace)) {
            let texts: Vec<&Text> = match &event.kind {
                EventKind::Message { texts, .. } => texts.iter().collect(),
                EventKind::Reasoning { text } => vec![text],
                EventKind::ToolCall { arguments, .. } => arguments.iter().collect(),
                EventKind::ToolResult { content, error, .. } => content.iter().chain(error).collect(),
                EventKind::Guardrail { detail, .. } => detail.iter().collect(),
                _ => Vec::new(),
            };
            let words: Vec<_> = texts.iter().map(|t| format!("{:?}", t.text)).collect();
            writeln!(told, "{kind} {}", words.join(" ")).unwrap();
        }
        trace.gaps.iter().for_each(|gap| writeln!(told, "missing: {}", gap.what).unwrap());
    }
    told
}

#[test]
fn codex() {
    insta::assert_snapshot!(told("codex.jsonl"));
    insta::assert_snapshot!(told("codex-exec.jsonl"));
}

#[test]
fn gemini() {
    insta::assert_snapshot!(told("gemini-cli.jsonl"));
    insta::assert_snapshot!(told("gemini-contents.json"));
}

#[test]
fn others() {
    for file in [
        "copilot-cli.jsonl",
        "cursor.jsonl",
        "pi.jsonl",
        "droid.jsonl",
        "droid-exec.jsonl",
        "qwen.jsonl",
        "grok.jsonl",
        "kimi.jsonl",
        "kimi-code.jsonl",
        "antigravity.jsonl",
        "hermes.json",
        "sharegpt.jsonl",
    ] {
        let name = file.split('.').next().unwrap();
        insta::assert_snapshot!(name, told(file));
    }
}

#[test]
fn words_only() {
    for file in ["plain-transcript.txt", "transcript.csv", "transcript.vtt"] {
        insta::assert_snapshot!(file.replace('.', "-"), told(file));
    }
}

#[test]
fn exports_of_rows() {
    for file in ["langfuse-observations.csv", "langfuse-blob-observations.jsonl", "langsmith-runs.csv"] {
        insta::assert_snapshot!(file.replace('.', "-"), told(file));
    }
}

#[test]
fn a_table_in_parquet_is_read_as_the_same_export_in_json_is() {
    for (table, json) in [
        ("langsmith-runs.parquet", "../parquet/langsmith-runs.jsonl"),
        ("phoenix-spans.parquet", "../parquet/phoenix-spans.jsonl"),
        ("langfuse-observations.parquet", "langfuse-blob-observations.jsonl"),
    ] {
        assert_eq!(told(&format!("../parquet/{table}")), told(json), "{table}");
    }
    insta::assert_snapshot!("parquet-phoenix", told("../parquet/phoenix-spans.parquet"));
}

#[test]
fn accounts_and_threads() {
    for file in
        ["openai-assistants-thread.json", "claude-ai-export.json", "chatgpt-export.json", "smolagents-steps.json"]
    {
        insta::assert_snapshot!(file.split('.').next().unwrap(), told(file));
    }
}

#[test]
fn logs_of_requests() {
    for file in [
        "bedrock-agent-trace.jsonl",
        "bedrock-converse.json",
        "bedrock-invocation-log.json",
        "litellm-standard-payload.json",
    ] {
        insta::assert_snapshot!(file.split('.').next().unwrap(), told(file));
    }
}

#[test]
fn trees_of_spans() {
    for file in
        ["opik-trace.json", "weave-calls.jsonl", "braintrust-spans.json", "datadog-llmobs.json", "mastra-spans.json"]
    {
        insta::assert_snapshot!(file.split('.').next().unwrap(), told(file));
    }
}

#[test]
fn servers_of_agents() {
    for file in ["letta-agentfile.af", "n8n-execution.json", "dify-messages.json", "mcp-jsonrpc.jsonl"] {
        insta::assert_snapshot!(file.split('.').next().unwrap(), told(file));
    }
}

#[test]
fn calls_and_chats_of_support() {
    for file in [
        "retell-list-calls-v3.json",
        "bland-call.json",
        "botframework-transcript.json",
        "rasa-tracker.json",
        "contact-lens.json",
    ] {
        insta::assert_snapshot!(file.split('.').next().unwrap(), told(file));
    }
}
