//! Whatever a person changes in a draft as data is there after the next draft, or is told.

use hindcast_detect::Contracts;
use hindcast_retro::draft::Contribution;
use hindcast_retro::facts;
use hindcast_retro::merge::{Edits, merge};
use hindcast_retro::policy::Policy;
use hindcast_retro::statement::Verdict;
use hindcast_retro::{Draft, Input, draft};
use hindcast_trace::{Evidence, read};
use serde_json::{Value, json};
use std::path::Path;

fn fresh() -> Draft {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/refund");
    let evidence = vec![Evidence::new("trace.json", std::fs::read(folder.join("trace.json")).expect("an example"))];
    let reading = read(&evidence).expect("reads");
    let text = std::fs::read_to_string(folder.join("facts.yaml")).expect("facts");
    let facts = facts::parse(&text, "facts.yaml").expect("valid");
    let (contracts, policy) = (Contracts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy })
}

/// The next draft from an edited document, with what was told; `None` where the document is refused.
fn again(edited: Value) -> Option<(Draft, Vec<String>)> {
    let draft: Draft = serde_json::from_value(edited).ok()?;
    Some(merge(&Edits::of(&draft), fresh(), &Policy::builtin()))
}

/// The places of every text in a document.
fn texts(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        Value::String(_) => out.push(path.to_owned()),
        Value::Array(all) => all.iter().enumerate().for_each(|(i, v)| texts(v, &format!("{path}/{i}"), out)),
        Value::Object(all) => all.iter().for_each(|(k, v)| texts(v, &format!("{path}/{k}"), out)),
        _ => {}
    }
}

#[test]
fn an_untouched_document_changes_nothing_and_tells_nothing() {
    let fresh = fresh();
    let (next, told) = again(serde_json::to_value(&fresh).expect("writes")).expect("reads");
    assert_eq!(next, fresh);
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn every_changed_text_is_kept_or_told_or_refused() {
    let document = serde_json::to_value(fresh()).expect("writes");
    let mut paths = Vec::new();
    texts(&document, "", &mut paths);
    let mut kept = 0;
    for path in paths.iter().filter(|p| !p.starts_with("/seal")) {
        let mut edited = document.clone();
        let text = edited.pointer_mut(path).expect("there");
        *text = Value::String(format!("{} zebra", text.as_str().unwrap_or_default()));
        let Some((next, told)) = again(edited) else { continue };
        let written = serde_json::to_string(&next).expect("writes");
        kept += usize::from(written.contains("zebra"));
        assert!(written.contains("zebra") || !told.is_empty(), "{path} is lost");
    }
    assert!(kept > 40, "only {kept} of {} texts are kept", paths.len());
}

#[test]
fn rewording_without_a_verdict_is_rewording() {
    let mut document = serde_json::to_value(fresh()).expect("writes");
    document["behavior"]["findings"][0]["statement"]["text"] = json!("It said done while pending.");
    document["behavior"]["findings"][0]["title"] = json!("A pending refund told as done");
    document["system"][1]["verdict"] = json!("did_not");
    document["actions"]["items"][0]["title"] = json!("Write a case for it");
    document["actions"]["items"][0]["verification"] = json!("It is red before");
    document["title"] = json!("What we told the caller");
    let (next, told) = again(document).expect("reads");
    assert_eq!(told, Vec::<String>::new());
    let finding = &next.behavior.findings[0];
    assert_eq!(finding.statement.text, "It said done while pending.");
    assert!(finding.statement.original.is_some(), "the machine's words stand beside it");
    assert_eq!(finding.title, "A pending refund told as done");
    assert_eq!(next.system[1].verdict, Contribution::DidNot);
    assert_eq!(next.actions.items[0].title, "Write a case for it");
    assert_eq!(next.actions.items[0].verification, "It is red before");
    assert_eq!(next.title, "What we told the caller");
    // And once more from its own output.
    let (third, told) = again(serde_json::to_value(&next).expect("writes")).expect("reads");
    assert_eq!((third, told), (next, Vec::new()));
}

#[test]
fn a_persons_level_is_kept_and_what_is_due_follows_it() {
    let decided = json!({"level": 1, "by": "Dana", "reason": "many more callers"});
    for (pointer, value, by) in [("/severity/level", json!(1), None), ("/severity/decided", decided, Some("Dana"))] {
        let mut document = serde_json::to_value(fresh()).expect("writes");
        match document.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => document["severity"]["decided"] = value,
        }
        let (next, told) = again(document).expect("reads");
        assert_eq!(told, Vec::<String>::new(), "{pointer}");
        let severity = &next.severity;
        assert_eq!((severity.level, severity.in_force()), (Some(2), Some(1)), "the proposal stands beside it");
        assert_eq!(severity.decided.as_ref().and_then(|d| d.by.as_deref()), by);
        assert_eq!(severity.means, "customer-impacting, financial or regulatory");
        assert_eq!(severity.deadlines[0].due.as_deref(), Some("2026-11-24 24:00 UTC"));
        let (third, told) = again(serde_json::to_value(&next).expect("writes")).expect("reads");
        assert_eq!((third, told), (next, Vec::new()));
    }
}

#[test]
fn a_level_that_there_is_not_is_told_and_kept_as_a_note() {
    let mut document = serde_json::to_value(fresh()).expect("writes");
    document["severity"]["decided"] = json!({"level": 9, "by": "Dana"});
    let (next, told) = again(document).expect("reads");
    assert_eq!(next.severity.in_force(), Some(2));
    assert!(told.iter().any(|t| t.contains("levels are 1 to 4")), "{told:?}");
    assert!(next.notes.iter().any(|n| n.text.contains("Sev 9 by Dana")), "{:?}", next.notes);
}

#[test]
fn what_is_deleted_is_remembered_or_told() {
    let mut document = serde_json::to_value(fresh()).expect("writes");
    document["actions"]["items"].as_array_mut().expect("a list").remove(0);
    document["behavior"]["findings"] = json!([]);
    let (next, told) = again(document).expect("reads");
    assert_eq!(next.actions.items[0].verdict, Verdict::Rejected);
    assert_eq!(next.behavior.findings.len(), 1);
    assert!(told.iter().any(|t| t.contains("deleted without a reason")), "{told:?}");
}

#[test]
fn a_dismissal_without_a_reason_is_told() {
    let mut document = serde_json::to_value(fresh()).expect("writes");
    document["behavior"]["findings"][0]["statement"]["verdict"] = json!("rejected");
    let (next, told) = again(document).expect("reads");
    assert_eq!(next.behavior.findings[0].statement.verdict, Verdict::Rejected);
    assert!(told.iter().any(|t| t.contains("rejected without a reason")), "{told:?}");
}
