//! What do all detectors say about these files? One line a finding or a thing not assessed, to compare before and after.
//!
//! usage: cargo run --release -p hindcast-detect --example reports -- FILE... > before.txt
//!
//! A change that is only to make detection faster leaves this output as it was, to the byte; any other change shows here
//! what it does to real traces.

use hindcast_detect::{Contracts, Session, detectors};
use hindcast_trace::{Evidence, Trace, read, scan};
use std::io::{BufWriter, Write};
use std::process::ExitCode;

fn main() -> ExitCode {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    if paths.is_empty() {
        eprintln!("usage: reports FILE...");
        return ExitCode::from(2);
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    for path in &paths {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(e) => {
                eprintln!("{path}: {e}");
                return ExitCode::from(3);
            }
        };
        let evidence = Evidence::new(path.as_str(), bytes);
        let written = match path.ends_with(".jsonl") {
            true => {
                let mut written = Ok(());
                let read = scan(&evidence, |trace| {
                    if written.is_ok() {
                        written = report(&mut out, path, &trace);
                    }
                });
                read.map_err(|e| e.to_string()).and(written.map_err(|e| e.to_string()))
            }
            false => read(std::slice::from_ref(&evidence)).map_err(|e| e.to_string()).and_then(|reading| {
                reading.sessions.iter().try_for_each(|t| report(&mut out, path, t)).map_err(|e| e.to_string())
            }),
        };
        if let Err(e) = written {
            eprintln!("{path}: {e}");
        }
    }
    if out.flush().is_ok() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

fn report(out: &mut impl Write, path: &str, trace: &Trace) -> std::io::Result<()> {
    let contracts = Contracts::default();
    let session = Session::new(trace, &contracts);
    for (detector, report) in detectors::run_all(&session) {
        writeln!(out, "{path} {} {} {report:?}", trace.key, detector.id())?;
    }
    Ok(())
}
