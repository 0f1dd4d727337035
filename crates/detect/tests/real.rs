//! Measured on real traces, where they are at hand. The data are not part of the repository: without them the tests
//! say so and pass.

mod real {
    pub mod data;
    pub mod mutate;
}

use hindcast_detect::detectors::run_all;
use hindcast_detect::{Contracts, Session};
use hindcast_trace::{Evidence, read};
use real::data::{self, Run};
use real::mutate::{self, Kind};
use serde_json::Value;
use std::collections::BTreeMap;

/// Findings of a run, as (detector, message index or none, title).
fn findings(messages: &[Value], tools: Option<&Value>) -> Vec<(&'static str, u32, String)> {
    let mut doc = serde_json::json!({ "messages": messages });
    if let Some(tools) = tools {
        doc["tools"] = tools.clone();
    }
    let evidence = Evidence::new("run.json", doc.to_string().into_bytes());
    let reading = read(std::slice::from_ref(&evidence)).expect("reads");
    let contracts = Contracts::default();
    let trace = &reading.sessions[0];
    let session = Session::new(trace, &contracts);
    let mut resolver = hindcast_trace::locator::Resolver::new(&evidence);
    let mut out = Vec::new();
    for (detector, report) in run_all(&session) {
        for finding in report.flags() {
            let at = resolver
                .locate(&trace.bases, trace.events[finding.event as usize].loc)
                .map(|l| l.to_string())
                .unwrap_or_default();
            let at = at.strip_prefix("/messages/").and_then(|s| s.split('/').next()?.parse().ok()).unwrap_or(u32::MAX);
            let quote = finding.quote().map(|q| q.text().chars().take(160).collect::<String>()).unwrap_or_default();
            out.push((
                detector.id(),
                at,
                format!("{} || {}", finding.title.chars().take(200).collect::<String>(), quote),
            ));
        }
    }
    out
}

fn table(runs: &[Run], what: &str) -> BTreeMap<&'static str, usize> {
    let mut count = BTreeMap::new();
    let show = std::env::var("HINDCAST_SHOW").ok();
    for run in runs {
        for (id, at, title) in findings(&run.messages, None) {
            *count.entry(id).or_insert(0) += 1;
            if show.as_ref().is_some_and(|s| s == "all" || id.starts_with(s.as_str())) {
                println!("[{what}] {} #{at} {id}: {}", run.name, title.replace('\n', "\\n"));
            }
        }
    }
    println!("{what}: {} runs, findings {count:?}", runs.len());
    count
}

/// Bounds on what fires on these data, so that a change that floods people is seen. Part of what fires was read.
#[test]
fn what_fires_on_real_traces() {
    let Some(shared) = data::folder() else { return println!("skipped: no shared data") };
    // The others have tables of their own, in real_misuse.rs.
    const HERE: [&str; 7] = [
        "completion-not-terminal",
        "completion-unbacked",
        "announced-not-executed",
        "fabricated-identifier",
        "wrong-count",
        "error-ignored",
        "repeated-failing-call",
    ];
    let others = |found: &BTreeMap<&'static str, usize>| -> usize {
        found.iter().filter(|(id, _)| HERE.contains(id)).map(|(_, n)| n).sum()
    };
    // All of these runs passed: what fires is a false alarm or a near-miss.
    let retail = table(&data::tau(&shared, "tau-retail-passing.json"), "retail passing");
    assert_eq!(others(&retail), 0, "{retail:?}");
    // Read: four times the same booking that had failed twice; two cards that are on no profile, rejected by the tool.
    let airline = table(&data::tau(&shared, "tau-airline-dev.json"), "airline");
    assert!(others(&airline) <= 6, "{airline:?}");
    for model in ["command-r-plus", "gpt-3.5-turbo-0125", "gpt-4o-2024-05-13", "meta-llama_Llama-3-70b-chat-hf"] {
        let found = table(&data::agentdojo(&shared, model), model);
        let of = |id: &str| found.get(id).copied().unwrap_or(0);
        match model {
            // Those that were read were real.
            "command-r-plus" => assert!(of("completion-unbacked") >= 14 && of("announced-not-executed") >= 6),
            "gpt-4o-2024-05-13" => assert!(others(&found) <= 1, "{found:?}"),
            _ => assert_eq!(of("completion-unbacked") + of("completion-not-terminal"), 0, "{found:?}"),
        }
    }
}

/// Gold actions, rewards and injections stand inside these files; no finding may rest on them.
#[test]
fn labels_change_nothing() {
    let Some(shared) = data::folder() else { return println!("skipped: no shared data") };
    for run in data::agentdojo(&shared, "command-r-plus").iter().take(30) {
        let whole = run.record["run"].clone();
        let mut bare = whole.clone();
        for label in ["injections", "security", "utility", "reward", "info", "attack_type", "injection_task_id"] {
            bare.as_object_mut().map(|o| o.remove(label));
        }
        assert_eq!(of_document(&whole), of_document(&bare), "{}", run.name);
    }
}

/// Findings of a document as it stands.
fn of_document(doc: &Value) -> Vec<(&'static str, u32, String)> {
    let reading = read(&[Evidence::new("d.json", doc.to_string().into_bytes())]).expect("reads");
    let contracts = Contracts::default();
    let all = reading.sessions.iter().flat_map(|t| run_all(&Session::new(t, &contracts)));
    all.flat_map(|(d, r)| r.flags().map(|f| (d.id(), f.event, f.title.clone())).collect::<Vec<_>>()).collect()
}

#[test]
fn mutants_are_caught_where_they_were_made() {
    let Some(shared) = data::folder() else { return println!("skipped: no shared data") };
    let mut runs = data::tau(&shared, "tau-retail-passing.json");
    runs.extend(data::tau(&shared, "tau-airline-dev.json"));
    let mut caught: BTreeMap<Kind, (usize, usize)> = BTreeMap::new();
    let mut false_alarms = 0;
    let mut claims = 0;
    let show = std::env::var("HINDCAST_SHOW").ok();
    for run in &runs {
        let parent = findings(&run.messages, None);
        for site in mutate::sites(&run.messages) {
            claims += 1;
            let before = parent.iter().filter(|f| f.1 == site.claim as u32 && mutate::about_claims(f.0)).count();
            false_alarms += usize::from(before > 0);
            if before > 0 && show.as_deref() == Some("parent") {
                println!("[parent] {} {:?}", run.name, parent);
            }
            for kind in Kind::ALL {
                let Some((messages, at)) = mutate::apply(&run.messages, &site, kind) else { continue };
                let found = findings(&messages, None);
                let hit = found
                    .iter()
                    .any(|f| f.1 == at as u32 && !parent.iter().any(|p| p.0 == f.0 && p.1 == site.claim as u32));
                let entry = caught.entry(kind).or_default();
                entry.1 += 1;
                entry.0 += usize::from(hit);
                if !hit && show.as_deref() == Some("missed") {
                    println!(
                        "[missed {kind:?}] {} #{at}: {}",
                        run.name,
                        messages[at]["content"]
                            .as_str()
                            .unwrap_or("")
                            .replace('\n', "\\n")
                            .chars()
                            .take(400)
                            .collect::<String>()
                    );
                }
            }
        }
    }
    println!("{claims} claims after a write, {false_alarms} with a finding before mutation");
    for (kind, (hit, all)) in &caught {
        println!("{:10} {hit:4} of {all:4}  {:.0} %", format!("{kind:?}"), 100.0 * *hit as f64 / (*all).max(1) as f64);
    }
    // Measured, a little below what was reached, so that a change for the worse is seen. Of those that are left of `Pending`, five tell
    // themselves that the order is pending, or what it waits for; in three another operation, which is done, fits the claim as well.
    let floors =
        [(Kind::Dropped, 0.92), (Kind::Errored, 0.97), (Kind::Pending, 0.90), (Kind::Amount, 0.90), (Kind::Id, 0.95)];
    for (kind, floor) in floors {
        let (hit, all) = caught[&kind];
        assert!(hit as f64 >= floor * all as f64, "{kind:?}: {hit} of {all}");
    }
    assert!(false_alarms * 325 <= 4 * claims, "{false_alarms} of {claims}");
}

/// All detectors together, in a release build: `cargo test --release -p hindcast-detect --test real speed -- --nocapture`.
#[test]
fn speed() {
    let Some(shared) = data::folder() else { return println!("skipped: no shared data") };
    let mut all = data::tau(&shared, "tau-airline-dev.json");
    all.extend(data::tau(&shared, "tau-retail-passing.json"));
    for model in ["command-r-plus", "gpt-4o-2024-05-13"] {
        all.extend(data::agentdojo(&shared, model));
    }
    let contracts = Contracts::default();
    let docs: Vec<_> =
        all.iter().map(|r| serde_json::json!({ "messages": r.messages }).to_string().into_bytes()).collect();
    let bytes: usize = docs.iter().map(Vec::len).sum();
    let readings: Vec<_> = docs.into_iter().map(|d| read(&[Evidence::new("r.json", d)]).expect("reads")).collect();
    // Patterns are compiled once per process; that is not what is measured.
    for reading in readings.iter().step_by(20) {
        reading.sessions.iter().for_each(|t| drop(run_all(&Session::new(t, &contracts))));
    }
    let mut spent: BTreeMap<&str, std::time::Duration> = BTreeMap::new();
    let start = std::time::Instant::now();
    let mut found = 0;
    for reading in &readings {
        for trace in &reading.sessions {
            let session = Session::new(trace, &contracts);
            for detector in hindcast_detect::detectors::ALL {
                let one = std::time::Instant::now();
                found += detector.run(&session).findings.len();
                *spent.entry(detector.id()).or_default() += one.elapsed();
            }
        }
    }
    let took = start.elapsed();
    println!(
        "{:.1} MB in {took:?}: {:.0} MB/s, {found} findings, {spent:?}",
        bytes as f64 / 1e6,
        bytes as f64 / 1e6 / took.as_secs_f64()
    );
}
