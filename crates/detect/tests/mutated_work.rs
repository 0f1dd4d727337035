//! Real coding sessions, changed so that a claim no longer holds: the green result that it rests on turned red, the run
//! taken out, or an edit added after the run. The data are not part of the repository: without them the test says so.
//!
//! Which claims there are is decided here by plain patterns, apart from the rules that are measured.

mod real {
    #[allow(dead_code)]
    pub mod data;
}

use hindcast_detect::detectors::ALL;
use hindcast_detect::{Contracts, Session};
use hindcast_trace::model::{Event, EventKind, Role, Text, Trace, Transport};
use hindcast_trace::{Evidence, read};
use real::data;
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// A claim in a message, and the call of a run that it rests on.
struct Site {
    claim: usize,
    run: usize,
    topic: usize,
}

/// What is claimed, and the commands that back it.
struct Patterns {
    claims: [Regex; 3],
    commands: [Regex; 3],
    unsaid: Regex,
}

const NAMES: [&str; 3] = ["test", "lint", "build"];

fn patterns() -> Patterns {
    let of = |p: &str| Regex::new(p).expect("a pattern");
    Patterns {
        claims: [
            of(
                r"(?im)^\W*(?:perfect[.!]\s*|great[.!]\s*|good[.!]\s*|all |unit |integration |the )*(?:tests|test suite)[\w ,]{0,20} (?:pass|passes|passed|passing|green)\b[^:\n]{0,40}$|\ball tests (?:now )?pass(?:ed)?[.!]",
            ),
            of(r"(?im)\b(?:lint|linter|linting)(?: is| also)? (?:pass(?:es|ed)?|clean|happy)\b"),
            of(r"(?im)\bbuild (?:pass(?:es|ed)?|succeeds|succeeded)\b"),
        ],
        commands: [
            of(r"\b(?:go test|pytest|cargo test|npm (?:run )?test|vitest|jest|mise run test|make test)"),
            of(r"\b(?:golangci-lint|mise run lint|npm run lint|eslint|clippy|make lint)"),
            of(r"\b(?:go build|cargo build|npm run build|make build|tsc|mise run build)"),
        ],
        unsaid: of(r"(?i)\b(?:should|will|if|when|once|until|ensure|verify|to make sure|let me|not|except|but)\b"),
    }
}

fn command(event: &Event) -> Option<String> {
    let EventKind::ToolCall { name, arguments: Some(arguments), .. } = &event.kind else { return None };
    let args: serde_json::Value = serde_json::from_str(&arguments.text).ok()?;
    (name.text == "Bash").then(|| args["command"].as_str().map(str::to_owned)).flatten()
}

fn edited(event: &Event) -> Option<String> {
    let EventKind::ToolCall { name, arguments: Some(arguments), .. } = &event.kind else { return None };
    let args: serde_json::Value = serde_json::from_str(&arguments.text).ok()?;
    let path = args["file_path"].as_str().filter(|p| [".go", ".rs", ".py", ".ts"].iter().any(|e| p.ends_with(e)))?;
    matches!(name.text.as_str(), "Edit" | "Write" | "MultiEdit").then(|| path.to_owned())
}

fn result_of(trace: &Trace, call: usize) -> Option<usize> {
    match trace.events[call].kind {
        EventKind::ToolCall { result, .. } => result.map(|r| r as usize),
        _ => None,
    }
}

fn sites(trace: &Trace, patterns: &Patterns) -> Vec<Site> {
    let mut out = Vec::new();
    let mut used = BTreeSet::new();
    for (at, event) in trace.events.iter().enumerate() {
        let EventKind::Message { role: Role::Assistant, texts, .. } = &event.kind else { continue };
        let said = texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join("\n");
        for topic in 0..3 {
            let claimed = patterns.claims[topic].find_iter(&said).any(|m| !patterns.unsaid.is_match(m.as_str()));
            if !claimed {
                continue;
            }
            let is_run = |i: &usize| command(&trace.events[*i]).is_some_and(|c| patterns.commands[topic].is_match(&c));
            let Some(run) = (0..at).rev().find(is_run) else { continue };
            let Some(answer) = result_of(trace, run).filter(|r| *r < at) else { continue };
            let green = matches!(&trace.events[answer].kind, EventKind::ToolResult { transport: Transport::Ok, .. });
            let untouched = !(run..at).any(|i| edited(&trace.events[i]).is_some());
            if green && untouched && used.insert((run, topic)) {
                out.push(Site { claim: at, run, topic });
            }
        }
    }
    out
}

/// The paths and events of what the detector flags.
fn flags(trace: &Trace) -> BTreeSet<(u32, &'static str)> {
    let contracts = Contracts::default();
    let session = Session::new(trace, &contracts);
    let detector = ALL.iter().find(|d| d.id() == "claimed-work").expect("the detector");
    detector.run(&session).flags().map(|f| (f.event, f.path)).collect()
}

/// Why nothing was found at a claim, where the detector says so.
fn why(trace: &Trace, claim: usize) -> String {
    let contracts = Contracts::default();
    let session = Session::new(trace, &contracts);
    let detector = ALL.iter().find(|d| d.id() == "claimed-work").expect("the detector");
    let report = detector.run(&session);
    let at = report.not_assessed.iter().filter(|n| n.event == Some(claim as u32));
    at.map(|n| format!("; {}", n.why)).collect()
}

/// The latest run fails.
fn red(trace: &Trace, site: &Site) -> Trace {
    let mut trace = trace.clone();
    let said = [
        "Exit code 1\n--- FAIL: TestRoundTrip (0.01s)\n    round_test.go:41: got 3, want 4\nFAIL\nFAIL\texample.org/app/round\t0.212s\nFAIL",
        "Exit code 1\nround.go:12:2: ineffectual assignment to err (ineffassign)\n1 issues:\n* ineffassign: 1",
        "Exit code 1\n# example.org/app\n./round.go:12:2: undefined: total",
    ][site.topic];
    let answer = result_of(&trace, site.run).expect("an answer");
    if let EventKind::ToolResult { content: Some(content), transport, .. } = &mut trace.events[answer].kind {
        content.text = said.to_owned();
        *transport = Transport::Error;
    }
    trace
}

/// Every run of the kind before the claim is taken out.
fn removed(trace: &Trace, site: &Site, patterns: &Patterns) -> Trace {
    let mut trace = trace.clone();
    for at in 0..site.claim {
        if command(&trace.events[at]).is_some_and(|c| patterns.commands[site.topic].is_match(&c)) {
            let answer = result_of(&trace, at);
            for gone in answer.into_iter().chain([at]) {
                let what = "nothing".to_owned();
                trace.events[gone].kind = EventKind::Context { what, lost: false };
            }
        }
    }
    trace
}

/// A file of the project is edited between the run and the claim.
fn edit_after(trace: &Trace, site: &Site) -> Option<Trace> {
    let path = (0..site.claim).rev().find_map(|i| edited(&trace.events[i]))?;
    let mut trace = trace.clone();
    let answer = result_of(&trace, site.run)?;
    let at = answer + 1;
    let moved = |n: &mut u32| *n += if *n as usize >= at { 2 } else { 0 };
    for event in &mut trace.events {
        match &mut event.kind {
            EventKind::ToolCall { result: Some(n), .. } | EventKind::ToolResult { call: Some(n), .. } => moved(n),
            _ => {}
        }
    }
    let text = |t: String| Text { text: t, loc: trace.events[answer].loc };
    let arguments = serde_json::json!({"file_path": path, "old_string": "return nil", "new_string": "return errors.New(\"total\")"});
    let call = EventKind::ToolCall {
        call_id: None,
        name: text("Edit".into()),
        arguments: Some(text(arguments.to_string())),
        result: Some(at as u32 + 1),
    };
    let content = Some(text(format!("The file {path} has been updated.")));
    let result = EventKind::ToolResult {
        call: Some(at as u32),
        name: "Edit".into(),
        content,
        transport: Transport::Ok,
        error: None,
    };
    let like = trace.events[answer].clone();
    let event = |kind| Event { kind, ..like.clone() };
    trace.events.splice(at..at, [event(call), event(result)]);
    Some(trace)
}

#[test]
fn claims_that_no_longer_hold_are_found() {
    let Some(folder) = data::folder().map(|d| d.join("coding-sessions")).filter(|d| d.is_dir()) else {
        return println!("skipped: no shared data");
    };
    let patterns = patterns();
    let mut files: Vec<_> = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    files.sort();
    let show = std::env::var_os("HINDCAST_SHOW").is_some();
    let mut caught: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    let (mut sessions, mut flagged) = (0, 0);
    for (index, file) in files.iter().enumerate() {
        let evidence = Evidence::new(file.display().to_string(), std::fs::read(file).expect("reads"));
        let Ok(reading) = read(&[evidence]) else { continue };
        for trace in &reading.sessions {
            sessions += 1;
            let before = flags(trace);
            flagged += usize::from(!before.is_empty());
            for site in sites(trace, &patterns) {
                let mutants = [
                    ("red", Some(red(trace, &site)), 0),
                    ("removed", Some(removed(trace, &site, &patterns)), 0),
                    ("edit after", edit_after(trace, &site), 2),
                ];
                for (name, mutant, shift) in mutants {
                    let Some(mutant) = mutant else { continue };
                    let hit = flags(&mutant).iter().any(|(event, _)| *event as usize == site.claim + shift);
                    let entry = caught.entry(name).or_default();
                    entry.0 += usize::from(hit);
                    entry.1 += 1;
                    // Every second session is kept for reporting, and not shown.
                    if !hit && show && index % 2 == 0 {
                        println!(
                            "[missed {name}] {} {} @{}{}",
                            file.display(),
                            NAMES[site.topic],
                            site.claim + 1,
                            why(&mutant, site.claim + shift)
                        );
                    }
                }
            }
        }
    }
    println!("{sessions} sessions, {flagged} with a flag before mutation");
    for (name, (hit, all)) in &caught {
        println!("{name:12} {hit:4} of {all:4}  {:.0} %", 100.0 * *hit as f64 / (*all).max(1) as f64);
    }
    // Measured, a little below what was reached, so that a change for the worse is seen.
    for (name, floor) in [("edit after", 0.93), ("red", 0.88), ("removed", 0.84)] {
        let (hit, all) = caught[name];
        assert!(hit as f64 >= floor * all as f64, "{name}: {hit} of {all}");
    }
    assert!(flagged * 50 <= sessions, "{flagged} of {sessions} ordinary sessions have a flag");
}
