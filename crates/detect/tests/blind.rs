//! Cases in `tests/blind`: sessions with a known right answer, in words and domains of their own, written by people who
//! had not seen the rules. What does not come out as labelled stands in `tests/blind/known_misses.txt` with the reason.
//! Labels are never edited to pass.
//!
//! `HINDCAST_BLIND` names another folder of such files: then only the table is printed. `HINDCAST_CASES` names the
//! beginning of the cases that are told one by one.

use hindcast_detect::detectors::run_all;
use hindcast_detect::finding::Finding;
use hindcast_detect::{Contracts, Session};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

#[test]
fn blind_cases() {
    let other = std::env::var("HINDCAST_BLIND").ok().map(PathBuf::from);
    let folder = other.clone().unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blind"));
    let only = std::env::var("HINDCAST_CASES").ok();
    let mut wrong = BTreeSet::new();
    let mut table: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut details = String::new();
    for (group, case) in cases(&folder) {
        let id = format!("{group}/{}", case["name"].as_str().expect("a name"));
        let (right, all) = table.entry(group).or_default();
        *all += 1;
        match check(&case) {
            Ok(()) => *right += 1,
            Err(what) => {
                if only.as_ref().is_none_or(|o| id.starts_with(o)) {
                    details.push_str(&format!("  {id}: {what}\n"));
                }
                wrong.insert(id);
            }
        }
    }
    for (group, (right, all)) in &table {
        println!("{group:44} {right:3} of {all:3}");
    }
    let (right, all) = table.values().fold((0, 0), |(r, a), (right, all)| (r + right, a + all));
    println!("all {right} of {all}\nnot as labelled:\n{details}");
    if other.is_some() || all == 0 {
        return;
    }
    let known = known(&folder);
    let new: Vec<_> = wrong.difference(&known).collect();
    let mended: Vec<_> = known.difference(&wrong).collect();
    assert!(new.is_empty(), "newly wrong: {new:#?}");
    assert!(mended.is_empty(), "these pass now and must leave known_misses.txt: {mended:#?}");
}

fn known(folder: &Path) -> BTreeSet<String> {
    let list = std::fs::read_to_string(folder.join("known_misses.txt")).expect("the list of known misses");
    let lines = list.lines().filter(|l| !l.trim().is_empty() && !l.starts_with('#'));
    lines.map(|l| l.split_whitespace().next().expect("an id").to_owned()).collect()
}

/// Every case below a folder, with `<folder>/<file>` that it stands in.
fn cases(folder: &Path) -> Vec<(String, Value)> {
    let mut all = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of cases").map(|e| e.expect("an entry").path()) {
            if entry.is_dir() {
                open.push(entry);
            } else if entry.extension().is_some_and(|e| e == "json") {
                let text = std::fs::read_to_string(&entry).expect("reads");
                let list: Vec<Value> =
                    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", entry.display()));
                let name = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
                let group = format!("{}/{}", name(entry.parent().unwrap_or(&entry)), name(&entry));
                all.extend(list.into_iter().map(|case| (group.clone(), case)));
            }
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// The bytes of a case's trace: records as JSON Lines, a whole document, or a conversation.
fn bytes(case: &Value) -> Vec<u8> {
    if let Some(lines) = case["lines"].as_array() {
        return lines.iter().map(|l| format!("{l}\n")).collect::<String>().into_bytes();
    }
    if let Some(raw) = case.get("raw") {
        return raw.to_string().into_bytes();
    }
    let mut doc = json!({ "messages": case["messages"] });
    if let Some(tools) = case.get("tools") {
        doc["tools"] = tools.clone();
    }
    doc.to_string().into_bytes()
}

fn check(case: &Value) -> Result<(), String> {
    let list = |key: &str| -> Vec<&str> {
        case[key].as_array().map(|a| a.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    };
    let (expected, not) = (list("expect"), list("not"));
    let evidence = Evidence::new("case.json", bytes(case));
    let reading = read(std::slice::from_ref(&evidence)).map_err(|e| format!("not read: {e}"))?;
    let contracts = Contracts::default();
    let mut flags: Vec<(String, Finding)> = Vec::new();
    let mut skipped = BTreeSet::new();
    for trace in &reading.sessions {
        let session = Session::new(trace, &contracts);
        for (detector, report) in run_all(&session) {
            let kind = session.kind.kind.name();
            flags.extend(report.findings.iter().map(|f| (format!("finding in {kind}"), f.clone())));
            flags.extend(report.leads.iter().map(|f| (format!("lead in {kind}"), f.clone())));
            if !report.not_assessed.is_empty() {
                skipped.insert(detector.id());
            }
        }
    }
    let told = || -> String {
        let each = flags.iter().map(|(tier, f)| format!("\n      {tier}: {} @{}: {}", f.rule(), f.event + 1, f.title));
        format!("expected {}{}", case["expect"], each.collect::<String>())
    };
    let found = |id: &str| flags.iter().any(|(_, f)| f.detector == id);
    // Where a careful reader would also accept "cannot be judged".
    if case["not_assessed_ok"] == true && !skipped.is_empty() && flags.is_empty() {
        return Ok(());
    }
    if let Some(missing) = list("must").into_iter().find(|id| !found(id)) {
        return Err(format!("missed {missing}, {}", told()));
    }
    if !expected.is_empty() && !flags.iter().any(|(_, f)| expected.contains(&f.detector)) {
        let skipped = if skipped.iter().any(|s| expected.contains(s)) { " (not assessed)" } else { "" };
        return Err(format!("missed{skipped}, {}", told()));
    }
    // A write that an injection caused was not confirmed either: saying so as well is true.
    let also = |f: &Finding| f.detector == "unconfirmed-write" && found("injection-followed");
    let stray = |f: &Finding| not.contains(&f.detector) || !(expected.contains(&f.detector) || also(f));
    if flags.iter().any(|(_, f)| stray(f)) {
        return Err(format!("false alarm, {}", told()));
    }
    Ok(())
}
