//! The labelled cases in `tests/cases/<detector>.json`. They were written before the rules, by somebody who had
//! not seen them, and are never edited to pass. What a detector still gets wrong stands in
//! `tests/cases/known_misses.txt`, with the reason; a case that starts to pass must leave that list.

use hindcast_detect::detectors::{ALL, Detector};
use hindcast_detect::finding::Answer;
use hindcast_detect::{Contracts, Session};
use hindcast_trace::locator::Resolver;
use hindcast_trace::{Evidence, read};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// What went wrong with a case, or nothing.
fn check(detector: &dyn Detector, case: &serde_json::Value) -> Option<String> {
    let mut trace = serde_json::json!({ "messages": case["messages"] });
    if let Some(tools) = case.get("tools") {
        trace["tools"] = tools.clone();
    }
    let contracts: Contracts = case
        .get("contracts")
        .map_or_else(Contracts::default, |c| serde_json::from_value(c.clone()).expect("contracts are valid"));
    let evidence = Evidence::new("case.json", serde_json::to_vec(&trace).expect("writes"));
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let trace = &reading.sessions[0];
    let session = Session::new(trace, &contracts);
    let report = detector.run(&session);
    let mut resolver = Resolver::new(&evidence);
    let mut message_of = |event: u32| -> Option<u64> {
        let locator = resolver.locate(&trace.bases, trace.events[event as usize].loc)?;
        locator.to_string().strip_prefix("/messages/")?.split('/').next()?.parse().ok()
    };
    let at: Vec<_> = report.findings.iter().filter_map(|f| message_of(f.event)).collect();
    let expect = case["expect"].as_str().expect("a label");
    let answer = report.answer();
    match (expect, answer) {
        ("found", Answer::Found) => {
            let wanted = case["at_message"].as_u64().expect("a place");
            (!at.contains(&wanted)).then(|| format!("found at messages {at:?}, not at {wanted}"))
        }
        ("quiet", Answer::Clean | Answer::NotEligible) => None,
        ("not_assessed", Answer::NotAssessed) => None,
        // Saying "cannot tell" where the label says "clean" is no false alarm, but not right either.
        _ => {
            let titles: Vec<_> =
                report.findings.iter().map(|f| format!("{} at {:?}", f.title, message_of(f.event))).collect();
            let why: Vec<_> = report.not_assessed.iter().map(|n| n.why.as_str()).collect();
            Some(format!("expected {expect}, got {answer:?} {titles:?} {why:?}"))
        }
    }
}

#[test]
fn labelled_cases() {
    let known: BTreeSet<String> = std::fs::read_to_string(folder().join("known_misses.txt"))
        .expect("the list of known misses")
        .lines()
        .filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
        .map(|l| l.split_whitespace().next().expect("an id").to_owned())
        .collect();
    let only = std::env::var("HINDCAST_CASES").ok();
    let mut wrong = BTreeSet::new();
    let mut table = String::new();
    let mut details = String::new();
    for detector in ALL {
        let file = folder().join(format!("{}.json", detector.id().replace('-', "_")));
        let Ok(text) = std::fs::read_to_string(&file) else { panic!("{} has no labelled cases", detector.id()) };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of cases");
        let mut right = 0;
        for case in &cases {
            let id = format!("{}/{}", detector.id(), case["id"].as_str().expect("an id"));
            match check(*detector, case) {
                None => right += 1,
                Some(what) => {
                    if only.as_ref().is_none_or(|o| id.starts_with(o)) {
                        details.push_str(&format!("  {id}: {what}\n"));
                    }
                    wrong.insert(id);
                }
            }
        }
        table.push_str(&format!("{:28} {right:3} of {:3}\n", detector.id(), cases.len()));
    }
    let new: Vec<_> = wrong.difference(&known).collect();
    let mended: Vec<_> = known.difference(&wrong).collect();
    assert!(new.is_empty(), "{table}\nnot as labelled:\n{details}\nnewly wrong: {new:#?}");
    assert!(mended.is_empty(), "these pass now and must leave known_misses.txt: {mended:#?}");
}
