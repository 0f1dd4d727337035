//! Two sessions that take turns in one file and give their calls the same IDs: each call keeps its own result, and a file
//! whose records do not say which session they belong to has a gap or is refused.

use super::bases::{self, Base};
use super::{gap, records};
use hindcast_trace::{EventKind, Evidence, Reading, Trace, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Keys under which a record names its session.
const NAMES: [&str; 10] = [
    "sessionId",
    "session_id",
    "sessionID",
    "thread_id",
    "threadId",
    "conversation_id",
    "conversationId",
    "traceId",
    "trace_id",
    "chat_id",
];

/// The record that begins a session in formats whose other records do not name it.
fn head(format: &str, session: &str) -> Option<Value> {
    let at = "2026-01-01T00:00:00Z";
    Some(match format {
        "codex" => {
            json!({"timestamp": at, "type": "session_meta", "payload": {"id": session, "timestamp": at, "cwd": "/w"}})
        }
        "codex-exec" => json!({"type": "thread.started", "thread_id": session}),
        "copilot-cli" => {
            json!({"type": "session.start", "data": {"sessionId": session}, "id": format!("{session}0"), "timestamp": at, "parentId": null})
        }
        "pi" => json!({"type": "session", "version": 3, "id": session, "timestamp": at, "cwd": "/w"}),
        "droid" => json!({"type": "session_start", "id": session, "title": "t", "cwd": "/w"}),
        "gemini-cli" => {
            json!({"sessionId": session, "projectHash": "h", "startTime": at, "lastUpdated": at, "kind": "main"})
        }
        "gemini-stream" => json!({"type": "init", "timestamp": at, "session_id": session, "model": "m"}),
        _ => return None,
    })
}

/// Gives the records of a session their own words, arguments and session ID; the IDs of its calls and records stay.
fn belong(value: &mut Value, copy: usize, named: bool) {
    match value {
        Value::String(text) => {
            for n in 1..=3 {
                for word in ["question", "outcome", "reply"] {
                    *text = text.replace(&format!("{word}{n}"), &format!("{word}{copy}{n}"));
                }
                for (from, to) in [("\"n\":", ""), ("\"n\": ", ""), ("\\\"n\\\":", "")] {
                    *text = text.replace(&format!("{from}{n}"), &format!("{from}{copy}{to}{n}"));
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| belong(item, copy, named)),
        Value::Object(members) => {
            for (key, member) in members {
                match member.as_u64().filter(|_| key == "n") {
                    Some(n) => *member = (copy as u64 * 10 + n).into(),
                    None if named && NAMES.contains(&key.as_str()) => *member = format!("session{copy}").into(),
                    None => belong(member, copy, named),
                }
            }
        }
        _ => {}
    }
}

/// The lines of one of the sessions.
fn copy(base: &Base, copy: usize, named: bool) -> Vec<String> {
    let mut records = records(&mut base.clone()).clone();
    records.iter_mut().for_each(|record| belong(record, copy, named));
    let head = head(base.name, &format!("session{copy}")).filter(|_| named);
    head.into_iter().chain(records).map(|line| line.to_string()).collect()
}

/// The lines of both, in the order that the turns say.
fn woven(one: &[String], other: &[String], turns: &[bool]) -> String {
    let (mut one, mut other) = (one.iter(), other.iter());
    let mut lines = Vec::new();
    for first in turns {
        lines.extend(if *first { one.next() } else { other.next() });
    }
    lines.extend(one.chain(other));
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

/// The session that a text is of.
fn copy_of(text: &str) -> BTreeSet<usize> {
    let said = ["question", "outcome", "reply"]
        .into_iter()
        .flat_map(|word| text.match_indices(word).map(move |(at, _)| at + word.len()));
    let given = text.match_indices('n').map(|(at, _)| at + 1).filter_map(|at| {
        let rest = text.get(at..)?.trim_start_matches(['"', '\'', '\\', ':', ' ']);
        Some(text.len() - rest.len())
    });
    let digits = |at: usize| text.get(at..at + 2).filter(|d| d.bytes().all(|b| b.is_ascii_digit()));
    said.chain(given).filter_map(digits).filter_map(|d| d[..1].parse().ok()).collect()
}

fn texts(kind: &EventKind) -> Vec<&str> {
    match kind {
        EventKind::Message { texts, .. } => texts.iter().map(|t| t.text.as_str()).collect(),
        EventKind::ToolCall { arguments, .. } => arguments.iter().map(|t| t.text.as_str()).collect(),
        EventKind::ToolResult { content, .. } => content.iter().map(|t| t.text.as_str()).collect(),
        _ => Vec::new(),
    }
}

fn copies(kind: &EventKind) -> BTreeSet<usize> {
    texts(kind).into_iter().flat_map(copy_of).collect()
}

/// A call that has the result of the other session.
fn crossed(trace: &Trace) -> Option<String> {
    trace.events.iter().find_map(|event| {
        let EventKind::ToolResult { call: Some(call), .. } = &event.kind else { return None };
        let call = &trace.events[*call as usize].kind;
        let (asked, answered) = (copies(call), copies(&event.kind));
        (!asked.is_empty() && !answered.is_empty() && asked != answered)
            .then(|| format!("{:?} has {:?}", texts(call), texts(&event.kind)))
    })
}

fn mixed(trace: &Trace) -> bool {
    trace.events.iter().flat_map(|e| copies(&e.kind)).collect::<BTreeSet<_>>().len() > 1
}

fn everything(reading: &Reading) -> BTreeSet<String> {
    let events = reading.sessions.iter().flat_map(|s| &s.events);
    events
        .flat_map(|e| texts(&e.kind))
        .flat_map(|text| {
            ["question", "outcome", "reply"].into_iter().filter_map(move |word| {
                let at = text.find(word)?;
                text.get(at..at + word.len() + 2).map(str::to_owned)
            })
        })
        .collect()
}

fn fault(base: &Base, named: bool, turns: &[bool]) -> Option<String> {
    let (one, other) = (copy(base, 4, named), copy(base, 7, named));
    let file = woven(&one, &other, turns);
    let reading = read(&[Evidence::new("s.jsonl", file.clone().into_bytes())]).ok()?;
    if let Some(crossed) = reading.sessions.iter().find_map(crossed) {
        return Some(format!("{}, named {named}: {crossed}\n{file}", base.name));
    }
    if gap(&reading) {
        return None;
    }
    let all = everything(&reading);
    if all.len() < 18 {
        return Some(format!("{}, named {named}: only {all:?}\n{file}", base.name));
    }
    let apart = named && copy(base, 4, true) != copy(base, 4, false);
    (apart && reading.sessions.iter().any(mixed)).then(|| format!("{}, named {named}: one session\n{file}", base.name))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn sessions_that_take_turns_keep_their_results(turns in prop::collection::vec(any::<bool>(), 40)) {
        let mut wrong = Vec::new();
        for base in bases::all().iter().filter(|base| base.list.is_none()) {
            wrong.extend([true, false].into_iter().filter_map(|named| fault(base, named, &turns)));
        }
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
