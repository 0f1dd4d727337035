//! What changes in a format tomorrow is refused, or leaves a gap, or changes nothing: it never takes words or calls out of
//! a session in silence.
#![allow(clippy::unwrap_used, missing_docs)]

mod bases;
mod extra_text;
mod interleaved;
mod stopped;
mod table;

use bases::Base;
use hindcast_trace::model::{GapKind, Role};
use hindcast_trace::{EventKind, Evidence, Reading, read};
use serde_json::{Value, json};

fn records(base: &mut Base) -> &mut Vec<Value> {
    base.value.pointer_mut(base.list.unwrap_or("")).unwrap().as_array_mut().unwrap()
}

fn text(base: &Base) -> String {
    match base.list {
        Some(_) => base.value.to_string(),
        None => base.value.as_array().unwrap().iter().map(|line| format!("{line}\n")).collect(),
    }
}

/// What happened, in short: who said what, what was called, what came back.
fn told(reading: &Reading) -> Vec<(&'static str, String)> {
    let events = reading.sessions.iter().flat_map(|s| &s.events);
    let mut all: Vec<_> = events
        .filter_map(|e| match &e.kind {
            EventKind::Message { role: Role::User, texts, .. } => Some(("user", texts[0].text.clone())),
            EventKind::Message { role: Role::Assistant, texts, .. } => Some(("agent", texts[0].text.clone())),
            EventKind::ToolCall { name, .. } => Some(("call", name.text.clone())),
            EventKind::ToolResult { content: Some(content), .. } => {
                let word = content.text.find("outcome").map_or(content.text.as_str(), |at| &content.text[at..at + 8]);
                Some(("result", word.to_owned()))
            }
            _ => None,
        })
        .filter(|(_, text)| text != "One moment")
        .collect();
    all.sort();
    all
}

fn gap(reading: &Reading) -> bool {
    let kinds = [
        GapKind::RecordsUnread,
        GapKind::InputDropped,
        GapKind::ContentNotCaptured,
        GapKind::ContentTruncated,
        GapKind::HistoryMissing,
    ];
    reading.sessions.iter().any(|s| s.has_gap(&kinds))
}

/// The outcome of a changed file, where it is wrong: what still stands in it, and is not told any more.
fn silently_lost(before: &[(&'static str, String)], changed: &str) -> Option<String> {
    let reading = read(&[Evidence::new("changed.jsonl", changed.as_bytes().to_vec())]).ok()?;
    if gap(&reading) {
        return None;
    }
    let after = told(&reading);
    let lost: Vec<_> = before.iter().filter(|told| changed.contains(&told.1) && !after.contains(told)).collect();
    let made_up: Vec<_> = after.iter().filter(|told| !before.contains(told)).collect();
    (!lost.is_empty() || !made_up.is_empty()).then(|| format!("lost {lost:?}, made up {made_up:?}"))
}

fn original(base: &Base) -> Vec<(&'static str, String)> {
    let reading = read(&[Evidence::new("own.jsonl", text(base).into_bytes())]).unwrap_or_else(|e| panic!("{e}"));
    let told = told(&reading);
    assert_eq!(told.len(), 12, "{}: {told:?}", base.name);
    assert!(!gap(&reading), "{}: {:?}", base.name, reading.sessions[0].gaps);
    assert!(base.name.starts_with(reading.detections[0].format), "{} is {}", base.name, reading.detections[0].format);
    told
}

#[test]
fn books_of_an_unknown_kind_change_nothing() {
    for mut base in bases::all() {
        let before = original(&base);
        let place = records(&mut base).len().min(5);
        records(&mut base).insert(place, json!({"type": "checkpoint_saved", "id": "k", "size": 7}));
        let reading = read(&[Evidence::new("own.jsonl", text(&base).into_bytes())]).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(told(&reading), before, "{}", base.name);
    }
}

#[test]
fn messages_and_calls_of_an_unknown_kind_are_no_silent_loss() {
    let strange = [
        json!({"type": "narrator_message", "role": "narrator", "text": "Also delete the branch"}),
        json!({"kind": "UtteranceEvent", "speaker": "user", "utterance": "Also delete the branch"}),
        json!({"type": "tool.execution_start", "data": {"toolCallId": "x", "toolName": "pay", "arguments": {"n": 1}}}),
        json!({"type": "item_completed", "item": {"type": "McpToolCall", "tool": "pay", "args": {}, "result": "paid"}}),
        json!({"event": "reply", "parts": [{"functionCall": {"name": "pay", "args": {}}}]}),
    ];
    let mut wrong = Vec::new();
    for strange in strange {
        for often in [1, 4, 20] {
            for mut base in bases::all() {
                original(&base);
                for _ in 0..often {
                    records(&mut base).insert(3, strange.clone());
                }
                if let Ok(reading) = read(&[Evidence::new("own.jsonl", text(&base).into_bytes())])
                    && !gap(&reading)
                    && !told(&reading).iter().any(|(_, t)| t == "pay")
                {
                    wrong.push(format!("{} with {often} of {strange}", base.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn many_more_unknown_messages_than_known_ones_are_refused() {
    for mut base in bases::all() {
        for _ in 0..40 {
            records(&mut base).push(json!({"type": "narrator_message", "role": "narrator", "text": "Also"}));
        }
        let error = read(&[Evidence::new("own.jsonl", text(&base).into_bytes())]).expect_err(base.name).to_string();
        // Too few of the first lines may be known to tell the format at all.
        let named = error.contains("narrator_message") && error.contains("40");
        assert!(named || base.list.is_none() && error.contains("no format"), "{}: {error}", base.name);
    }
}

#[test]
fn keys_of_another_name_are_no_silent_loss() {
    let names = [
        ("role", "speaker"),
        ("tool_calls", "toolRequests"),
        ("toolCalls", "toolRequests"),
        ("content", "body"),
        ("message", "note"),
        ("messages", "entries"),
        ("parts", "pieces"),
        ("text", "said"),
        ("name", "label"),
        ("function", "callable"),
        ("type", "sort"),
        ("output", "produced"),
        ("input", "given"),
        ("result", "returned"),
        ("observations", "observed"),
        ("attributes", "attrs"),
        ("gen_ai.input.messages", "llm.asked"),
        ("gen_ai.output.messages", "llm.answered"),
        ("gen_ai.operation.name", "op"),
        ("openinference.span.kind", "span.kind"),
        ("call_id", "callRef"),
        ("tool_use", "capability_use"),
        ("tool_result", "capability_result"),
        ("function_call", "action_call"),
        ("function_call_output", "action_output"),
    ];
    let mut wrong = Vec::new();
    for base in bases::all() {
        let (before, own) = (original(&base), text(&base));
        for (old, new) in names {
            let changed = own
                .replace(&format!("\"{old}\""), &format!("\"{new}\""))
                .replace(&format!("\\\"{old}\\\""), &format!("\\\"{new}\\\""));
            if changed != own {
                wrong.extend(silently_lost(&before, &changed).map(|w| format!("{}: {old} as {new}: {w}", base.name)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_kind_of_record_that_is_missing_takes_nothing_else_with_it() {
    let kind = |record: &Value| {
        let of = |key: &str| record[key].as_str().map(str::to_owned);
        of("type").filter(|t| t != "message").or_else(|| of("role")).or_else(|| of("name")).unwrap_or_default()
    };
    let mut wrong = Vec::new();
    for mut base in bases::all() {
        let before = original(&base);
        let all = records(&mut base).clone();
        let mut kinds: Vec<_> = all.iter().map(kind).collect();
        kinds.sort();
        kinds.dedup();
        for removed in kinds {
            *records(&mut base) = all.iter().filter(|r| kind(r) != removed).cloned().collect();
            let changed = text(&base);
            wrong.extend(silently_lost(&before, &changed).map(|w| format!("{} without {removed}: {w}", base.name)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
