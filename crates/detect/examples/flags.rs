//! Prints what every rule flags in files of traces, as tab-separated lines to judge by reading:
//! `cargo run --release -p hindcast-detect --example flags -- FILE...`
//!
//! Columns: file, session, kind, rule, tier, event (counted from 1), title, quote. With `--eligible` it prints, for each
//! detector and kind of session, how many sessions hold what the detector is about: the denominator of false alarms.

use hindcast_detect::{Contracts, Session, detectors};
use hindcast_trace::{Evidence, read};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let eligible = files.first().is_some_and(|f| f == "--eligible");
    if eligible {
        files.remove(0);
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut counts: BTreeMap<(&'static str, &'static str), (usize, usize)> = BTreeMap::new();
    for file in &files {
        let Ok(bytes) = std::fs::read(file) else {
            eprintln!("{file}: cannot be read");
            return ExitCode::from(3);
        };
        let evidence = Evidence::new(file, bytes);
        let reading = match read(std::slice::from_ref(&evidence)) {
            Ok(reading) => reading,
            Err(error) => {
                eprintln!("{file}: {error}");
                continue;
            }
        };
        let contracts = Contracts::default();
        for trace in &reading.sessions {
            let session = Session::new(trace, &contracts);
            let kind = session.kind.kind.name();
            for (detector, report) in detectors::run_all(&session) {
                let count = counts.entry((detector.id(), kind)).or_default();
                count.0 += usize::from(report.eligible || report.flags().next().is_some());
                count.1 += 1;
                let tiers = [("finding", &report.findings), ("lead", &report.leads)];
                for (tier, flag) in tiers.into_iter().flat_map(|(t, flags)| flags.iter().map(move |f| (t, f))) {
                    let quote = flag.quote().map_or("", |q| q.text());
                    let cells = [
                        file.rsplit('/').next().unwrap_or(file).to_owned(),
                        trace.key.clone(),
                        kind.to_owned(),
                        flag.rule(),
                        tier.to_owned(),
                        (flag.event + 1).to_string(),
                        flag.title.clone(),
                        quote.to_owned(),
                    ];
                    let line: Vec<String> = cells.iter().map(|c| one_line(c)).collect();
                    if !eligible && writeln!(out, "{}", line.join("\t")).is_err() {
                        return ExitCode::from(3);
                    }
                }
            }
        }
    }
    for ((detector, kind), (sessions, all)) in counts.iter().filter(|_| eligible) {
        if writeln!(out, "{detector}\t{kind}\t{sessions}\t{all}").is_err() {
            return ExitCode::from(3);
        }
    }
    if out.flush().is_ok() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
