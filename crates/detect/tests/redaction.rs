//! Masked and as it came, a session has the same findings at the same events: masks are equal for equal values and keep
//! the kind, so that what was grounded is grounded still, and what was given away is seen to be.

use hindcast_detect::detectors::ALL;
use hindcast_detect::{Contracts, Session};
use hindcast_trace::redact::{Masker, admit};
use hindcast_trace::{Evidence, read};
use std::collections::BTreeSet;
use std::path::Path;

/// Which detector found something, at which event of which session, and which did not assess how much.
fn found(evidence: &Evidence, contracts: &Contracts) -> BTreeSet<(String, &'static str, u32)> {
    let reading = read(std::slice::from_ref(evidence)).expect("reads");
    let mut all = BTreeSet::new();
    for trace in &reading.sessions {
        let session = Session::new(trace, contracts);
        for detector in ALL {
            let report = detector.run(&session);
            all.extend(report.findings.iter().map(|f| (trace.key.clone(), detector.id(), f.event)));
        }
    }
    all
}

struct Compared {
    masks: usize,
    lost: Vec<(String, &'static str, u32)>,
    new: Vec<(String, &'static str, u32)>,
}

fn compare(evidence: &Evidence, contracts: &Contracts) -> Compared {
    let masker = Masker::new(&[5; 32]).expect("the built-in rules are usable");
    let masked = admit(&masker, evidence).expect("readable");
    let (before, after) = (found(evidence, contracts), found(&masked.evidence, contracts));
    Compared {
        masks: masked.counts.values().sum(),
        lost: before.difference(&after).cloned().collect(),
        new: after.difference(&before).cloned().collect(),
    }
}

#[test]
fn examples_have_the_same_findings_when_masked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    for file in [
        "refund/trace.json",
        "refund/otel-traces.json",
        "refund/otel-logs.binpb",
        "fabricated-id/trace.json",
        "injection/trace.json",
    ] {
        let evidence = Evidence::new(file, std::fs::read(folder.join(file)).expect("reads"));
        let Compared { lost, new, .. } = compare(&evidence, &Contracts::default());
        assert!(lost.is_empty() && new.is_empty(), "{file}: lost {lost:?}, new {new:?}");
    }
}

#[test]
fn labelled_cases_have_the_same_findings_when_masked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let (mut masked, mut same, mut differ, mut details) = (0, 0, BTreeSet::new(), String::new());
    for detector in ALL {
        let file = folder.join(format!("{}.json", detector.id().replace('-', "_")));
        let text = std::fs::read_to_string(file).expect("labelled cases");
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of cases");
        for case in &cases {
            let mut trace = serde_json::json!({ "messages": case["messages"] });
            if let Some(tools) = case.get("tools") {
                trace["tools"] = tools.clone();
            }
            let contracts = case.get("contracts").map(|c| serde_json::from_value(c.clone()).expect("valid"));
            let evidence = Evidence::new("case.json", serde_json::to_vec(&trace).expect("writes"));
            let Compared { masks, lost, new } = compare(&evidence, &contracts.unwrap_or_default());
            if masks == 0 {
                assert!(lost.is_empty() && new.is_empty(), "{}: nothing was masked", case["id"]);
                continue;
            }
            masked += 1;
            if lost.is_empty() && new.is_empty() {
                same += 1;
            } else {
                let id = format!("{}/{}", detector.id(), case["id"].as_str().expect("an id"));
                details.push_str(&format!("  {id}: lost {lost:?}, new {new:?}\n"));
                differ.insert(id);
            }
        }
    }
    println!("{same} of {masked} cases with something to mask have the same findings\n{details}");
    assert!(masked >= 60, "{masked} cases have something to mask");
    assert!(same * 100 >= masked * FLOOR, "{same} of {masked} cases have the same findings when masked:\n{details}");
    let known: BTreeSet<String> = DIFFER.iter().map(|(id, _)| (*id).to_owned()).collect();
    assert_eq!(differ, known, "the cases that differ:\n{details}");
}

/// Percent of the cases that must have the same findings.
const FLOOR: usize = 94;

/// The cases that differ, and why.
const DIFFER: [(&str, &str); 4] = [
    (
        "fabricated-identifier/domain-swapped-in-nested-recipients",
        "the invented address is masked, so that the lesser flag on the same call is left",
    ),
    (
        "fabricated-identifier/identifier-put-together-from-parts",
        "an address made of a mailbox and a domain, which a mask hides",
    ),
    (
        "injection-followed/address-spelled-out-in-words",
        "spelled out or not, an address has one mask, so that it no longer counts as invented",
    ),
    ("secret-disclosed/password-spelled-letter-by-letter", "spelled out, the password is not known again, nor masked"),
];
