//! Nothing is misread in silence: every file is refused, or read with a gap, or read whole.
//!
//! The samples of other people's are looked for as in `samples.rs`.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use hindcast_trace::model::GapKind;
use hindcast_trace::{EventKind, Evidence, Reading, Trace, format, read, read_as};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn shared() -> Option<PathBuf> {
    let named = std::env::var_os("HINDCAST_SHARED").map(PathBuf::from);
    let upwards = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().map(|a| a.join("../shared"));
    let found = named.into_iter().chain(upwards).find(|p| p.join("traces").is_dir());
    if found.is_none() {
        println!("skipped: no shared samples");
    }
    found
}

/// Every file below a folder, in order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn samples() -> Vec<PathBuf> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut all: Vec<_> = ["fixtures", "field"].iter().flat_map(|f| files(&own.join(f))).collect();
    all.extend(shared().iter().flat_map(|s| files(&s.join("traces"))));
    all.retain(|p| p.extension().is_none_or(|e| e != "md"));
    all
}

fn evidence(path: &Path) -> Evidence {
    Evidence::new(path.file_name().unwrap().to_string_lossy(), std::fs::read(path).unwrap())
}

/// A gap that keeps detectors from saying that something is not there.
fn has_gap(trace: &Trace) -> bool {
    trace.has_gap(&[
        GapKind::RecordsUnread,
        GapKind::InputDropped,
        GapKind::ContentNotCaptured,
        GapKind::ContentTruncated,
        GapKind::HistoryMissing,
    ])
}

fn any_gap(reading: &Reading) -> bool {
    reading.sessions.iter().any(has_gap)
}

fn call_ids(reading: &Reading) -> BTreeSet<String> {
    let events = reading.sessions.iter().flat_map(|s| &s.events);
    events
        .filter_map(|e| if let EventKind::ToolCall { call_id, .. } = &e.kind { call_id.clone() } else { None })
        .collect()
}

/// The IDs of calls in a file, found without any reader: what stands under the names that formats give to such IDs, at
/// any depth, also in JSON inside of strings.
fn ids_in(bytes: &[u8]) -> BTreeSet<String> {
    const KEYS: [&str; 8] = [
        "call_id",
        "callID",
        "callId",
        "tool_call_id",
        "toolCallId",
        "tool_use_id",
        "toolUseId",
        "gen_ai.tool.call.id",
    ];
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|v| walk(v, found)),
            Value::Object(members) => {
                for (key, value) in members {
                    if let Some(id) = value.as_str().filter(|id| KEYS.contains(&key.as_str()) && !id.is_empty()) {
                        found.insert(id.to_owned());
                    }
                    walk(value, found);
                }
            }
            Value::String(text) if text.trim_start().starts_with(['{', '[']) => {
                if let Ok(value) = serde_json::from_str::<Value>(text) {
                    walk(&value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => walk(&value, &mut found),
        Err(_) => {
            for line in bytes.split(|b| *b == b'\n') {
                if let Ok(value) = serde_json::from_slice::<Value>(line) {
                    walk(&value, &mut found);
                }
            }
        }
    }
    found
}

#[test]
fn what_is_read_has_all_its_calls_or_a_gap() {
    let mut wrong = Vec::new();
    for path in samples() {
        let evidence = [evidence(&path)];
        let Ok(reading) = read(&evidence) else { continue };
        let tally = &reading.detections[0].tally;
        if tally.spoken() > 0 && !reading.sessions.iter().any(|s| s.has_gap(&[GapKind::RecordsUnread])) {
            wrong.push(format!("{}: {tally:?}", path.display()));
        }
        if tally.records() == 0 {
            wrong.push(format!("{}: no record is accounted for", path.display()));
        }
        let events: usize = reading.sessions.iter().map(|s| s.events.len()).sum();
        if events == 0 && !any_gap(&reading) {
            wrong.push(format!("{}: nothing happened in it", path.display()));
        }
        if any_gap(&reading) || KNOWN_WITHOUT.contains(&&*evidence[0].name) {
            continue;
        }
        let (there, told) = (ids_in(&evidence[0].bytes), call_ids(&reading));
        let lost: Vec<_> = there.difference(&told).collect();
        if !lost.is_empty() {
            wrong.push(format!("{}: calls {lost:?} are in the file and not in the session", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Samples in which such an ID names something else: a call over the telephone.
const KNOWN_WITHOUT: [&str; 2] = ["retell-get-call.json", "retell-list-calls-v3.json"];

/// Samples whose calls are words of the agent: somebody who forces a plain chat format on them gets the words.
const CALLS_IN_WORDS: [&str; 1] = ["cline-api-history.json"];

#[test]
fn a_forced_reader_reads_right_or_says_what_it_lacks() {
    let mut wrong = Vec::new();
    for path in samples() {
        let evidence = [evidence(&path)];
        let right = read(&evidence).ok();
        let calls = |r: &Reading| -> usize {
            let events = r.sessions.iter().flat_map(|s| &s.events);
            events.filter(|e| matches!(e.kind, EventKind::ToolCall { .. })).count()
        };
        let there = ids_in(&evidence[0].bytes);
        for name in format::names() {
            let Ok(reading) = read_as(&evidence, format::named(name).unwrap()) else { continue };
            if any_gap(&reading) {
                continue;
            }
            let fewer = right.as_ref().is_some_and(|right| calls(&reading) < calls(right));
            let fewer = fewer
                && !(CALLS_IN_WORDS.contains(&&*evidence[0].name)
                    && ["openai-chat", "chat-lines", "kimi"].contains(&name));
            let lost = right.is_none() && !there.is_subset(&call_ids(&reading));
            if fewer || lost || reading.sessions.iter().all(|s| s.events.is_empty()) {
                wrong.push(format!("{} as {name}: {} calls", path.display(), calls(&reading)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_forced_reader_that_finds_nothing_says_so() {
    let chat = [Evidence::new("c.json", br#"[{"role":"user","content":"Hi"}]"#.to_vec())];
    let error = read_as(&chat, format::named("vapi").unwrap()).unwrap_err().to_string();
    assert!(error.contains("nothing in the format vapi") && error.contains("openai-chat"), "{error}");
    assert!(format::named("no such format").is_none());
}
