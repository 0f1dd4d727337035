//! Labelled cases: one file for each detector, `<folder>/<detector>.json`, and beside them `known_misses.txt` with what
//! the detectors still get wrong and why. Labels are never edited to pass; a case that starts to pass must leave the list.

use hindcast_detect::detectors::{ALL, Detector};
use hindcast_detect::finding::Answer;
use hindcast_detect::{Contracts, Session};
use hindcast_trace::locator::Resolver;
use hindcast_trace::{Evidence, read};
use std::collections::BTreeSet;
use std::path::Path;

/// Holds every labelled case of a folder below `tests/` against its detector.
pub fn hold(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let known: BTreeSet<String> = std::fs::read_to_string(folder.join("known_misses.txt"))
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
        let file = folder.join(format!("{}.json", detector.id().replace('-', "_")));
        let Ok(text) = std::fs::read_to_string(&file) else { panic!("{} has no labelled cases", detector.id()) };
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of cases");
        let mut score = Score::default();
        for case in &cases {
            let id = format!("{}/{}", detector.id(), case["id"].as_str().expect("an id"));
            match check(*detector, case) {
                Ok(()) => score.right += 1,
                Err(wrongly) => {
                    score.count(wrongly.kind);
                    if only.as_ref().is_none_or(|o| id.starts_with(o)) {
                        details.push_str(&format!("  {id}: {}: {}\n", wrongly.kind, wrongly.what));
                    }
                    wrong.insert(id);
                }
            }
        }
        table.push_str(&format!("{:28} {:3} of {:3}   {}\n", detector.id(), score.right, cases.len(), score.told()));
    }
    println!("{table}\nnot as labelled:\n{details}");
    let new: Vec<_> = wrong.difference(&known).collect();
    let mended: Vec<_> = known.difference(&wrong).collect();
    assert!(new.is_empty(), "newly wrong: {new:#?}");
    assert!(mended.is_empty(), "these pass now and must leave known_misses.txt: {mended:#?}");
}

/// How one detector did.
#[derive(Default)]
struct Score {
    right: usize,
    kinds: Vec<(&'static str, usize)>,
}

impl Score {
    fn count(&mut self, kind: &'static str) {
        match self.kinds.iter_mut().find(|(k, _)| *k == kind) {
            Some((_, n)) => *n += 1,
            None => self.kinds.push((kind, 1)),
        }
    }

    fn told(&self) -> String {
        self.kinds.iter().map(|(kind, n)| format!("{n} {kind}")).collect::<Vec<_>>().join(", ")
    }
}

/// How a case came out otherwise than labelled.
struct Wrongly {
    kind: &'static str,
    what: String,
}

fn check(detector: &dyn Detector, case: &serde_json::Value) -> Result<(), Wrongly> {
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
    let kind = match (expect, answer) {
        ("found", Answer::Found) => {
            let wanted = case["at_message"].as_u64().expect("a place");
            if at.contains(&wanted) {
                return Ok(());
            }
            let what = format!("found at messages {at:?}, not at {wanted}");
            return Err(Wrongly { kind: "wrong place", what });
        }
        ("quiet", Answer::NothingFound | Answer::NotApplicable) | ("not_assessed", Answer::NotAssessed) => {
            return Ok(());
        }
        (_, Answer::Found) => "false alarm",
        // Saying "cannot tell" where the label says "clean" or "found" is no false verdict, but not right either.
        (_, Answer::NotAssessed) => "not assessed",
        ("not_assessed", _) => "judged without grounds",
        _ => "missed",
    };
    let titles: Vec<_> = report.findings.iter().map(|f| format!("{} at {:?}", f.title, message_of(f.event))).collect();
    let why: Vec<_> = report.not_assessed.iter().map(|n| n.why.as_str()).collect();
    Err(Wrongly { kind, what: format!("expected {expect}, got {answer:?} {titles:?} {why:?}") })
}
