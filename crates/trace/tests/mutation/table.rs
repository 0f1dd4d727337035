//! What may happen to any file: a field that is renamed, a role that is gone, records in another order, a file that is cut or
//! told twice, a wrapper around each record. Each gives the same session, a gap, or a refusal.

use super::bases::{self, Base};
use super::{gap, original, records, text, told};
use hindcast_trace::model::GapKind;
use hindcast_trace::{EventKind, Evidence, Reading, read};
use serde_json::{Value, json};

type Told = Vec<(&'static str, String)>;

/// A change of a file, and what is told of it in a session that is not the same.
struct Mutation {
    name: String,
    changed: String,
    /// True where the change takes words or calls away, so that fewer of them are no fault.
    takes: bool,
    /// True where each thing may be told as often as the file tells it.
    twice: bool,
}

/// The keys of the object members whose text holds a word.
fn holders(value: &Value, word: &str, key: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.contains(word) => found.push(key.to_owned()),
        Value::Array(items) => items.iter().for_each(|item| holders(item, word, key, found)),
        Value::Object(members) => members.iter().for_each(|(key, member)| holders(member, word, key, found)),
        _ => {}
    }
}

/// The keys under which the arguments of calls are, and messages of spans.
const ARGUMENTS: [&str; 14] = [
    "arguments",
    "args",
    "input",
    "inputs",
    "parameters",
    "params_as_json",
    "action",
    "toolInput",
    "tool_input",
    "given",
    "gen_ai.tool.call.arguments",
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "input.value",
];

fn renamed(own: &str, key: &str) -> String {
    let new = format!("{key}V2");
    own.replace(&format!("\"{key}\""), &format!("\"{new}\""))
        .replace(&format!("\\\"{key}\\\""), &format!("\\\"{new}\\\""))
}

fn mutations(base: &Base) -> Vec<Mutation> {
    let own = text(base);
    let all = records(&mut base.clone()).clone();
    let with = |new: Vec<Value>| {
        let mut base = base.clone();
        *records(&mut base) = new;
        text(&base)
    };
    let mut found = Vec::new();
    let mut add = |name: String, changed: String, takes: bool, twice: bool| {
        if changed != own {
            found.push(Mutation { name, changed, takes, twice });
        }
    };
    let mut keys = Vec::new();
    all.iter().for_each(|record| holders(record, "outcome", "", &mut keys));
    keys.sort();
    keys.dedup();
    for key in
        keys.iter().map(String::as_str).chain(ARGUMENTS).chain(["role", "type", "author", "sender", "from", "source"])
    {
        add(format!("{key} renamed"), renamed(&own, key), false, false);
    }
    for key in ["role", "author", "sender", "from", "source"] {
        let mut without = all.clone();
        without.iter_mut().for_each(|record| drop_key(record, key));
        add(format!("no {key}"), with(without), false, false);
    }
    // In AutoGen, what is said between a call and its result is the task of a team inside of the tool.
    let pairs = if base.name.starts_with("autogen") { 0 } else { all.len().saturating_sub(1) };
    for at in 0..pairs {
        let mut swapped = all.clone();
        swapped.swap(at, at + 1);
        add(format!("records {at} and {} swapped", at + 1), with(swapped), false, false);
    }
    for part in [3, 5, 7] {
        let at = own.len() * part / 8;
        add(format!("cut at byte {at}"), own[..own.floor_char_boundary(at)].to_owned(), true, false);
    }
    add("twice".to_owned(), format!("{own}\n{own}"), false, true);
    let wrapped = |record: &Value| json!({"payload": record});
    add("each record in a payload".to_owned(), with(all.iter().map(wrapped).collect()), false, false);
    found
}

fn drop_key(value: &mut Value, key: &str) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| drop_key(item, key)),
        Value::Object(members) => {
            members.remove(key);
            members.values_mut().for_each(|member| drop_key(member, key));
        }
        _ => {}
    }
}

/// What is wrong: a session that tells something else, without a gap.
fn fault(before: &Told, mutation: &Mutation) -> Option<String> {
    let reading = read(&[Evidence::new("changed.jsonl", mutation.changed.as_bytes().to_vec())]).ok()?;
    let no_result = || reading.sessions.iter().any(|s| s.has_gap(&[GapKind::ResultMissing]));
    if gap(&reading) || no_result() || reading.detections.iter().any(|d| mutation.takes && !d.lossy.is_empty()) {
        return None;
    }
    let mut after = told(&reading);
    if mutation.twice {
        after.dedup();
    }
    let lost: Vec<_> = before.iter().filter(|told| !after.contains(told)).collect();
    let made_up: Vec<_> = after.iter().filter(|told| !before.contains(told)).collect();
    let same = lost.is_empty() && made_up.is_empty();
    let arguments = || missing_arguments(&reading);
    if same {
        arguments().map(|call| format!("{}: no arguments of {call}", mutation.name))
    } else {
        Some(format!("{}: lost {lost:?}, made up {made_up:?}", mutation.name))
    }
}

/// A call without its arguments.
fn missing_arguments(reading: &Reading) -> Option<String> {
    reading.sessions.iter().flat_map(|s| &s.events).find_map(|event| match &event.kind {
        EventKind::ToolCall { name, arguments, .. } => {
            let given = arguments.as_ref().map_or("", |text| text.text.as_str());
            (!given.bytes().any(|b| b.is_ascii_digit())).then(|| name.text.clone())
        }
        _ => None,
    })
}

#[test]
fn what_changes_in_a_file_is_told_or_changes_nothing() {
    let mut wrong = Vec::new();
    for base in bases::all() {
        let before = original(&base);
        let faults = mutations(&base).iter().filter_map(|mutation| fault(&before, mutation)).collect::<Vec<_>>();
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", base.name)));
    }
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}
