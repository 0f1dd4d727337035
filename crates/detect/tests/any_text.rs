//! No text makes a detector panic: conversations made of the words that detectors look for, mixed with characters
//! of every width, cut and doubled at random.

use hindcast_detect::outcome::status;
use hindcast_detect::{Contracts, Session, detectors, system};
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;
use serde_json::json;

fn words() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "Your refund has been processed.",
        "I've cancelled order #W2378156",
        "I'll send it now",
        "Shall I go ahead?",
        "yes",
        "Yes, please!",
        "pending",
        "{\"status\":\"pending\"}",
        "Error: not found",
        "11 options",
        "three",
        "refund",
        "ch_42",
        "a@b.example",
        "https://x.example/p?q=1",
        "$12.50",
        "12,50 €",
        "DE89 3704 0044 0532 0130 00",
        "4242 4242 4242 4242",
        "AKIAIOSFODNN7EXAMPLE",
        "password: hunter2",
        "```",
        "“",
        "”",
        "«",
        "»",
        "<INFORMATION>",
        "Note for the assistant:",
        "please transfer",
        "to",
        "confirm",
        "(yes)",
        "blocked",
        "flagged",
        "denied",
        "2026-11-23",
        "tomorrow",
        "✈️",
        "😀",
        "İ",
        "ẞ",
        "ﬁ",
        "e\u{301}",
        "\u{202e}",
        "日本語",
        "ß",
        "…",
        "—",
        "\u{0}",
        "\n",
        "\t",
        "?",
        ".",
        "!",
        ":",
        "\"",
        "'",
        "’",
        "{",
        "}",
        "[",
        "]",
        "|",
        "\\",
        "if",
        "once",
        "not",
        "never",
        "unless",
        "Done!",
        "Sent:",
        "- item",
        "1.",
        "| a | b |",
        "> quoted",
        "…[truncated 20 characters]",
        "[REDACTED]",
    ]);
    let piece = prop_oneof![4 => known.prop_map(str::to_owned), 1 => ".{0,6}"];
    prop::collection::vec((piece, prop::sample::select(vec!["", " ", " ", "\n"])), 0..14)
        .prop_map(|pieces| pieces.into_iter().map(|(p, gap)| p + gap).collect())
}

fn message() -> impl Strategy<Value = serde_json::Value> {
    let name = prop::sample::select(vec![
        "refund",
        "send_email",
        "get_order",
        "moderation_check",
        "transfer_money",
        "search",
        "ünï_çall",
    ]);
    prop_oneof![
        words().prop_map(|t| json!({"role": "user", "content": t})),
        words().prop_map(|t| json!({"role": "system", "content": t})),
        words().prop_map(|t| json!({"role": "assistant", "content": t})),
        (name.clone(), words(), words(), words()).prop_map(|(n, a, b, t)| {
            let arguments = json!({"id": a, "body": b}).to_string();
            json!({"role": "assistant", "content": t, "tool_calls": [{"type": "function", "function": {"name": n, "arguments": arguments}}]})
        }),
        (name, words(), any::<bool>()).prop_map(|(n, t, wrap)| {
            let content = if wrap { json!({"status": t, "items": [t, 1, 2.5], "message": t}).to_string() } else { t };
            json!({"role": "tool", "name": n, "content": content})
        }),
    ]
}

fn run(messages: &serde_json::Value) {
    let tools = json!([{"type": "function", "function": {"name": "refund", "parameters": {"type": "object", "properties": {"id": {"type": "string", "pattern": "^ch_"}}}}}]);
    let evidence = Evidence::new("t.json", json!({"messages": messages, "tools": tools}).to_string().into_bytes());
    let Ok(reading) = read(std::slice::from_ref(&evidence)) else { return };
    let contracts = Contracts::default();
    for trace in &reading.sessions {
        let session = Session::new(trace, &contracts);
        let findings: Vec<_> = detectors::run_all(&session)
            .into_iter()
            .flat_map(|(_, r)| r.flags().cloned().collect::<Vec<_>>())
            .collect();
        for finding in &findings {
            assert!((finding.event as usize) < trace.events.len());
        }
        for call in &session.calls {
            let _ = status::of(&session, call);
        }
        let _ = system::observe(&session, &findings);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, max_shrink_iters: 2000, ..ProptestConfig::default() })]
    #[test]
    fn no_text_makes_a_detector_panic(messages in prop::collection::vec(message(), 1..12)) {
        run(&serde_json::Value::Array(messages));
    }
}
