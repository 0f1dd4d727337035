//! Every call is paired with its result or truly has none; every message and call is told once; the conversation of an
//! agent inside a tool is not the user's.
//!
//! Each `joins/NAME.json` is a trace of our own words in the shape of some framework's instrumentation, and `NAME.expect.json`
//! says what has to be read in it. Labels are never edited. What is still read wrongly is listed in `joins/known_misses.txt`,
//! with the reason; a case that is listed has to fail, so that whoever mends it removes its line.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use hindcast_trace::model::{Role, Text, Transport};
use hindcast_trace::{Event, EventKind, Evidence, Reading, Trace, locator, model, read};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "../src/test_support.rs"]
mod test_support;

/// One call as read.
#[derive(Debug)]
struct Call {
    name: String,
    arguments: Value,
    result: Option<String>,
    failed: bool,
}

/// What was read of the main conversation.
#[derive(Debug, Default)]
struct Read {
    user: Vec<String>,
    assistant: Vec<String>,
    calls: Vec<Call>,
    /// Results of no call.
    orphans: Vec<String>,
}

fn joined(texts: &[Text]) -> String {
    texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n").trim().to_owned()
}

fn read_one(path: &Path) -> Result<Read, String> {
    let name = path.file_name().unwrap().to_string_lossy();
    let evidence = [Evidence::new(name, std::fs::read(path).unwrap())];
    let reading: Reading = read(&evidence).map_err(|e| format!("refused: {e}"))?;
    let mut found = Read::default();
    for trace in &reading.sessions {
        test_support::every_text_is_where_it_says(trace, &evidence);
        trace.events.iter().filter(|e| trace.sub_agent(e).is_none()).for_each(|e| take(trace, e, &mut found));
    }
    Ok(found)
}

fn take(trace: &Trace, event: &Event, found: &mut Read) {
    match &event.kind {
        EventKind::Message { role: Role::User, texts, .. } => found.user.push(joined(texts)),
        EventKind::Message { role: Role::Assistant, texts, .. } => found.assistant.push(joined(texts)),
        EventKind::ToolCall { name, arguments, result, .. } => {
            let answer = result.map(|r| &trace.events[r as usize].kind);
            let (result, failed) = match answer {
                Some(EventKind::ToolResult { content, error, transport, .. }) => {
                    let texts: Vec<_> = content.iter().chain(error).map(|t| t.text.as_str()).collect();
                    ((!texts.is_empty()).then(|| texts.join("\n")), *transport == Transport::Error)
                }
                _ => (None, false),
            };
            let text = arguments.as_ref().map_or("{}", |a| a.text.as_str());
            let arguments = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
            found.calls.push(Call { name: name.text.clone(), arguments, result, failed });
        }
        EventKind::ToolResult { call: None, name, content, .. } => {
            let content = content.as_ref().map_or("", |c| c.text.as_str());
            found.orphans.push(format!("{name}: {content}"));
        }
        _ => {}
    }
}

fn compare(expected: &Value, found: &Read) -> Vec<String> {
    let mut faults = Vec::new();
    for (who, said) in [("user", &found.user), ("assistant", &found.assistant)] {
        let wanted: Vec<&str> = expected[who].as_array().unwrap().iter().map(|t| t.as_str().unwrap().trim()).collect();
        let within = expected["match"][who] == "contains";
        let same = |(s, w): (&String, &&str)| if within { s.contains(w) } else { s == w };
        if wanted.len() != said.len() || !said.iter().zip(&wanted).all(same) {
            faults.push(format!("{who}: expected {wanted:?}, read {said:?}"));
        }
    }
    let wanted = expected["calls"].as_array().unwrap();
    if wanted.len() != found.calls.len() {
        let read: Vec<_> = found.calls.iter().map(|c| format!("{}({})", c.name, c.arguments)).collect();
        faults.push(format!("calls: expected {}, read {}: {read:?}", wanted.len(), found.calls.len()));
    }
    for (wanted, call) in wanted.iter().zip(&found.calls) {
        faults.extend(compare_call(wanted, call, expected).map(|fault| format!("{}: {fault}", wanted["name"])));
    }
    faults.extend(found.orphans.iter().map(|o| format!("a result of no call: {o}")));
    faults
}

/// What is wrong with a call, if anything is.
fn compare_call(wanted: &Value, call: &Call, expected: &Value) -> Option<String> {
    if wanted["name"] != call.name.as_str() {
        return Some(format!("read {}", call.name));
    }
    if wanted["arguments"] != call.arguments {
        return Some(format!("expected arguments {}, read {}", wanted["arguments"], call.arguments));
    }
    let alternative = expected["alt_results"][&call.name].as_str();
    let told = match (wanted["result"].as_str(), wanted["error"].as_str(), &call.result) {
        (Some(text), _, Some(read)) => read.contains(text) || alternative.is_some_and(|a| read.contains(a)),
        (None, Some(error), Some(read)) => read.contains(error),
        (None, _, None) => true,
        _ => false,
    };
    if !told {
        return Some(format!("expected result {}, read {:?}", wanted["result"], call.result));
    }
    // Without a result, nothing says that the call failed but the result's absence.
    let failed = wanted["failed"] == true;
    (call.result.is_some() && failed != call.failed).then(|| format!("expected failed: {failed}"))
}

/// The cases that are known to be read wrongly, with the reason.
fn known_misses(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join("known_misses.txt")).unwrap();
    let lines = text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines.map(|l| l.split_once(": ").expect("NAME: reason")).map(|(n, r)| (n.to_owned(), r.to_owned())).collect()
}

fn cases(folder: &Path) -> Vec<(String, PathBuf)> {
    let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter_map(|n| Some(n.strip_suffix(".expect.json")?.to_owned())).collect();
    names.sort();
    names.into_iter().map(|n| (n.clone(), folder.join(format!("{n}.json")))).collect()
}

#[test]
fn every_case_is_read_as_labeled() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/joins");
    let mut misses = known_misses(&folder);
    let (mut good, mut bad, mut wrong) = (0, 0, Vec::new());
    for (name, path) in cases(&folder) {
        let expected = std::fs::read(folder.join(format!("{name}.expect.json"))).unwrap();
        let expected: Value = serde_json::from_slice(&expected).unwrap();
        let faults = match read_one(&path) {
            Ok(found) => compare(&expected, &found),
            Err(refused) => vec![refused],
        };
        let listed = misses.remove(&name);
        match (faults.is_empty(), &listed) {
            (true, _) => println!("ok   {name}"),
            (false, Some(reason)) => println!("miss {name} ({reason})"),
            (false, None) => println!("FAIL {name}"),
        }
        faults.iter().for_each(|f| println!("       {f}"));
        *(if faults.is_empty() { &mut good } else { &mut bad }) += 1;
        if faults.is_empty() == listed.is_some() {
            wrong.push(name);
        }
    }
    println!("{good} read as labeled, {bad} not");
    assert!(wrong.is_empty(), "not as labeled, or listed as a miss and read rightly: {wrong:?}");
    assert!(misses.is_empty(), "misses of cases that are not there: {misses:?}");
}
