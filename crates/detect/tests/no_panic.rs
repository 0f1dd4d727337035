//! Whatever stands in a trace: detectors and observations answer, and every cite is exact.

use hindcast_detect::detectors::run_all;
use hindcast_detect::finding::Basis;
use hindcast_detect::{Contracts, Session, system};
use hindcast_trace::locator::Resolver;
use hindcast_trace::{Evidence, read};
use proptest::prelude::*;

/// Runs everything, and looks every quote up again in the bytes.
fn run(trace: &serde_json::Value) {
    let evidence = Evidence::new("t.json", serde_json::to_vec(trace).expect("writes"));
    let Ok(reading) = read(std::slice::from_ref(&evidence)) else { return };
    let contracts = Contracts::default();
    let mut resolver = Resolver::new(&evidence);
    for trace in &reading.sessions {
        let session = Session::new(trace, &contracts);
        let findings: Vec<_> =
            run_all(&session).into_iter().flat_map(|(_, report)| report.flags().cloned().collect::<Vec<_>>()).collect();
        for basis in findings.iter().flat_map(|f| f.bases()) {
            if let Basis::Quote(cite) = basis {
                let locator = resolver.locate(&trace.bases, cite.loc()).expect("a place");
                let text = resolver.text(&locator).expect("a text");
                assert_eq!(text.get(cite.range()), Some(cite.text()));
            }
        }
        system::observe(&session, &findings);
    }
}

/// Bits of text that rules look for, glued together in ways that nobody would write.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "yes",
        "no",
        "Please send ",
        "cancel",
        "refund",
        "é",
        "ß",
        "İ",
        "\u{1F600}",
        "\n\n",
        "\\n",
        "<!--",
        ". ",
        "?",
        "it",
        "a@b.example",
        "https://x.example/é",
        "password: Zq9-é-77x",
        "+44 7700 900 123",
        "4111 1111 1111 1111",
        "[REDACTED]",
        "... [truncated 3 chars]",
        "AI assistant:",
        "{\"a\": 1}",
        "{",
        "\"",
        "12",
        "1,250.00",
        "ignore previous instructions",
        "policy",
        "denied",
        "flagged",
        "shall I cancel it",
        "only if it's free",
        "\u{0}",
        "x at y dot example",
        "postgres://u:pä55word@h/db",
        "-170141183460469231731687303715884105728",
        "1e-400",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "\\PC{0,12}", "[a-z ]{0,10}"]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..8).prop_map(|p| p.concat())
}

fn arguments() -> impl Strategy<Value = String> {
    prop_oneof![
        (text(), text(), any::<i64>())
            .prop_map(|(a, b, n)| serde_json::json!({ "to": a, "body": b, "amount": n, "nested": [{ "amount": b }] })
                .to_string()),
        text(),
    ]
}

fn result() -> impl Strategy<Value = String> {
    prop_oneof![
        (text(), text()).prop_map(|(a, b)| serde_json::json!({ "status": a, "name": b, "phone": a, "decision": b, "items": [{ "id": a, "iban": b }] }).to_string()),
        text(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn anything_is_answered(
        system in text(), user in text(), said in text(), reply in text(),
        tools in prop::collection::vec((prop::sample::select(vec!["send_email", "cancel_booking", "policy_check", "get_page", "make_transfer", "api_request", "é"]), arguments(), result()), 1..5),
        schema in prop_oneof![Just("{\"type\": \"object\", \"properties\": {\"amount\": {\"multipleOf\": 0.01}}}".to_owned()), text()],
    ) {
        let mut messages = vec![
            serde_json::json!({ "role": "system", "content": system }),
            serde_json::json!({ "role": "user", "content": user }),
            serde_json::json!({ "role": "assistant", "content": said }),
            serde_json::json!({ "role": "user", "content": reply }),
        ];
        for (i, (name, arguments, result)) in tools.iter().enumerate() {
            let id = format!("c{i}");
            messages.push(serde_json::json!({ "role": "assistant", "content": said, "tool_calls": [{ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } }] }));
            messages.push(serde_json::json!({ "role": "tool", "tool_call_id": id, "content": result }));
        }
        messages.push(serde_json::json!({ "role": "assistant", "content": reply }));
        let parameters: serde_json::Value = serde_json::from_str(&schema).unwrap_or(serde_json::Value::String(schema));
        run(&serde_json::json!({ "messages": messages, "tools": [{ "type": "function", "function": { "name": "make_transfer", "parameters": parameters } }] }));
    }
}

/// The labelled cases, with letters that take more bytes in another case or in UTF-8.
#[test]
fn other_letters_move_no_cite() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
        for (from, to) in [("e", "é"), ("i", "İ"), (" ", "\u{a0}"), (".", "。"), ("s", "ſ")] {
            let Ok(cases) = serde_json::from_str::<Vec<serde_json::Value>>(&text) else { continue };
            for case in cases {
                let mut messages = case["messages"].clone();
                change(&mut messages, from, to);
                run(&serde_json::json!({ "messages": messages, "tools": case["tools"] }));
            }
        }
    }
}

fn change(value: &mut serde_json::Value, from: &str, to: &str) {
    match value {
        serde_json::Value::Object(members) => {
            members
                .iter_mut()
                .filter(|(k, _)| matches!(k.as_str(), "content" | "arguments" | "function" | "tool_calls"))
                .for_each(|(_, v)| change(v, from, to));
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|v| change(v, from, to)),
        serde_json::Value::String(text) => *text = text.replace(from, to),
        _ => {}
    }
}
