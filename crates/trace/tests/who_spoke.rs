//! Who said what, over labelled sessions: which words are the user's, which are not, and how many calls there are.
//!
//! A case is one object of a list in a file: the session in `lines`, `messages` or `raw`, and what a reader who knows the
//! format says of it. `HINDCAST_BLIND` names another folder of such files.

use hindcast_trace::model::Role;
use hindcast_trace::{EventKind, Evidence, Trace, read};
use serde_json::Value;
use std::path::PathBuf;

fn folder() -> PathBuf {
    let own = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../detect/tests/blind/field");
    std::env::var_os("HINDCAST_BLIND").map_or_else(own, PathBuf::from)
}

fn evidence(case: &Value) -> Option<Evidence> {
    let name = case["name"].as_str().unwrap_or("case");
    if let Some(lines) = case["lines"].as_array() {
        let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
        return Some(Evidence::new(format!("{name}.jsonl"), text.into_bytes()));
    }
    if case["messages"].is_array() {
        let mut request = serde_json::Map::new();
        for key in ["model", "tools", "messages"] {
            if let Some(value) = case.get(key) {
                request.insert(key.to_owned(), value.clone());
            }
        }
        return Some(Evidence::new(format!("{name}.json"), Value::Object(request).to_string().into_bytes()));
    }
    let raw = case.get("raw")?;
    let text = raw.as_str().map_or_else(|| raw.to_string(), str::to_owned);
    Some(Evidence::new(format!("{name}.json"), text.into_bytes()))
}

/// The texts of each event that the user said.
fn user_events(sessions: &[Trace]) -> Vec<Vec<&str>> {
    let of = |e: &'_ EventKind| matches!(e, EventKind::Message { role: Role::User, .. });
    let events = sessions.iter().flat_map(|s| &s.events).filter(|e| of(&e.kind));
    events
        .map(|e| match &e.kind {
            EventKind::Message { texts, .. } => texts.iter().map(|t| t.text.trim()).collect(),
            _ => Vec::new(),
        })
        .collect()
}

fn strings<'c>(case: &'c Value, key: &str) -> Vec<&'c str> {
    case[key].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

fn faults(case: &Value) -> Vec<String> {
    let Some(evidence) = evidence(case) else { return vec!["the case holds no session".to_owned()] };
    let sessions = match read(&[evidence]) {
        Ok(reading) => reading.sessions,
        Err(e) => return vec![format!("not read: {e}")],
    };
    let users = user_events(&sessions);
    let says = |words: &str| users.iter().filter(|e| e.join("\n") == words || e.contains(&words)).count();
    let calls =
        sessions.iter().flat_map(|s| &s.events).filter(|e| matches!(e.kind, EventKind::ToolCall { .. })).count();
    let mut faults = Vec::new();
    for words in strings(case, "user_events") {
        if says(words.trim()) == 0 {
            faults.push(format!("not the user's: {words:?}"));
        }
    }
    for words in strings(case, "not_user_events") {
        if users.iter().flatten().any(|said| said.contains(words)) {
            faults.push(format!("shown as the user's: {words:?}"));
        }
    }
    for (words, count) in case["user_event_counts"].as_object().into_iter().flatten() {
        let found = says(words.trim());
        if Some(found as u64) != count.as_u64() {
            faults.push(format!("{found} times the user's, not {count}: {words:?}"));
        }
    }
    if let Some(expected) = case["calls"].as_u64().filter(|n| *n != calls as u64) {
        faults.push(format!("{calls} calls, not {expected}"));
    }
    // What may be left unread has to be right where it is read.
    let listed = strings(case, "user_events_if_read");
    if !listed.is_empty() && !users.is_empty() && listed.iter().any(|words| says(words.trim()) == 0) {
        faults.push(format!("read, but not as expected: {users:?}"));
    }
    if !listed.is_empty() && users.is_empty() && sessions.iter().all(|s| s.gaps.is_empty()) {
        faults.push("neither read nor a gap".to_owned());
    }
    // Nobody else's words are the user's.
    let expected = strings(case, "user_events");
    if case.get("user_events").is_some() {
        let known = |e: &Vec<&str>| {
            expected
                .iter()
                .any(|w| e.join("\n") == w.trim() || e.iter().all(|t| expected.iter().any(|w| w.trim() == *t)))
        };
        // An approval is the user's act, with or without words of their own.
        let approval = |e: &Vec<&str>| e.iter().all(|t| t.starts_with("approved "));
        faults.extend(
            users.iter().filter(|e| !known(e) && !approval(e)).map(|e| format!("not expected of the user: {e:?}")),
        );
    }
    faults
}

#[test]
fn everybody_says_their_own_words() {
    let folder = folder();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("{} is not there; nothing is checked", folder.display());
        return;
    };
    let mut files: Vec<_> = entries.filter_map(|e| Some(e.ok()?.path())).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "json"));
    files.sort();
    let (mut all, mut wrong) = (0, 0);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let Ok(Value::Array(cases)) = serde_json::from_str::<Value>(&text) else { continue };
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut good = 0;
        for case in &cases {
            let faults = faults(case);
            good += usize::from(faults.is_empty());
            for fault in faults {
                println!("  {name}/{}: {fault}", case["name"].as_str().unwrap_or("?"));
            }
        }
        println!("{name}: {good} of {}", cases.len());
        all += cases.len();
        wrong += cases.len() - good;
    }
    println!("all: {} of {all}", all - wrong);
    assert_eq!(wrong, 0, "cases are not read as their labels say");
}
