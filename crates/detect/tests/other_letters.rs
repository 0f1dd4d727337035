//! Detectors answer whatever a session is written with: the blind cases, with characters of several bytes in place of
//! ASCII ones. Rules that cut texts at places counted for ASCII fail here.

use hindcast_detect::detectors::run_all;
use hindcast_detect::{Contracts, Session, system};
use hindcast_trace::{Evidence, read};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What stands for what: marks of lists and sentences, then quotes and signs, then digits, then letters and blanks.
const SETS: [&[(&str, &str)]; 6] = [
    &[("- ", "• "), ("* ", "•"), (", ", "，"), (": ", "："), ("\n", "\n•")],
    &[("\"", "“"), ("'", "’"), ("-", "–"), (".", "…"), ("(", "（"), (")", "）"), ("#", "№")],
    &[("0", "０"), ("1", "１"), ("2", "２"), ("3", "³"), ("5", "½"), ("$", "€"), ("%", "％")],
    &[("a", "á"), ("e", "ｅ"), ("I", "İ"), ("s", "ß"), ("n", "ñ"), (" ", "\u{a0}")],
    &[(" ", " 😀"), (".", ".é"), ("\n", "\u{2028}"), ("/", "／"), ("@", "＠")],
    &[("1", "•1"), ("2", "2\u{301}"), (" the ", " – "), ("I", "’I"), ("e ", "e\u{200b} "), ("d ", "d… ")],
];

#[test]
fn sessions_in_other_letters_are_answered() {
    let every = std::env::var("HINDCAST_ALL_LETTERS").is_ok();
    let mut failed = Vec::new();
    let mut run = 0usize;
    for (name, case) in cases(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blind")) {
        for (nth, set) in SETS.iter().enumerate() {
            // Each case in one of the sets; they take turns.
            if !every && !(run + nth).is_multiple_of(SETS.len()) {
                continue;
            }
            let mut messages = case["messages"].clone();
            rewrite(&mut messages, set);
            let trace = serde_json::json!({ "messages": messages, "tools": case["tools"] });
            if catch_unwind(AssertUnwindSafe(|| answer(&trace))).is_err() {
                failed.push(format!("{name} in set {nth}"));
            }
        }
        run += 1;
    }
    assert!(run > 1_000, "{run}");
    assert_eq!(failed, [""; 0]);
}

fn answer(trace: &Value) {
    let evidence = Evidence::new("t.json", serde_json::to_vec(trace).expect("writes"));
    let Ok(reading) = read(std::slice::from_ref(&evidence)) else { return };
    let contracts = Contracts::default();
    for trace in &reading.sessions {
        let session = Session::new(trace, &contracts);
        let flags: Vec<_> =
            run_all(&session).into_iter().flat_map(|(_, report)| report.flags().cloned().collect::<Vec<_>>()).collect();
        system::observe(&session, &flags);
    }
}

/// Texts, results and the values of arguments; names and IDs stay, so that calls keep their results.
fn rewrite(value: &mut Value, set: &[(&str, &str)]) {
    match value {
        Value::Array(all) => all.iter_mut().for_each(|one| rewrite(one, set)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match (name.as_str(), value) {
                    ("content" | "text", Value::String(text)) => *text = replaced(text, set),
                    ("arguments", Value::String(text)) => {
                        if let Ok(mut arguments) = serde_json::from_str::<Value>(text) {
                            values(&mut arguments, set);
                            *text = arguments.to_string();
                        }
                    }
                    ("id" | "name" | "role" | "type" | "tool_call_id", _) => {}
                    (_, value) => rewrite(value, set),
                }
            }
        }
        _ => {}
    }
}

fn values(value: &mut Value, set: &[(&str, &str)]) {
    match value {
        Value::String(text) => *text = replaced(text, set),
        Value::Array(all) => all.iter_mut().for_each(|one| values(one, set)),
        Value::Object(fields) => fields.values_mut().for_each(|one| values(one, set)),
        _ => {}
    }
}

fn replaced(text: &str, set: &[(&str, &str)]) -> String {
    // Within a result that is JSON only the values, so that it stays JSON.
    if let Ok(mut json) = serde_json::from_str::<Value>(text)
        && (json.is_object() || json.is_array())
    {
        values(&mut json, set);
        return json.to_string();
    }
    set.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
}

fn cases(folder: &Path) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of cases").map(|e| e.expect("an entry").path()) {
        if entry.is_dir() {
            all.extend(cases(&entry));
        } else if entry.extension().is_some_and(|e| e == "json") {
            let list: Vec<Value> =
                serde_json::from_str(&std::fs::read_to_string(&entry).expect("reads")).expect("cases");
            let name = entry.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            all.extend(list.into_iter().map(|case| (format!("{name}/{}", case["name"].as_str().unwrap_or("?")), case)));
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}
