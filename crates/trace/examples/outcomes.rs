//! What is every file read as? One line for each: format, score, sessions, events, calls, results and gaps, or the
//! refusal. Run it before and after a change to the readers, and compare.
//!
//! usage: cargo run -p hindcast-trace --example outcomes -- FILE...
#![allow(clippy::print_stdout)]

use hindcast_trace::{EventKind, Evidence, read};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

fn main() {
    for path in std::env::args().skip(1) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let name = Path::new(&path).file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let mb = bytes.len() as f64 / 1e6;
        let evidence = [Evidence::new(name, bytes)];
        let started = Instant::now();
        let said = match read(&evidence) {
            Ok(reading) => {
                let events = || reading.sessions.iter().flat_map(|s| &s.events);
                let calls = events().filter(|e| matches!(e.kind, EventKind::ToolCall { .. })).count();
                let results = events().filter(|e| matches!(e.kind, EventKind::ToolResult { .. })).count();
                let mut gaps: BTreeMap<String, usize> = BTreeMap::new();
                for gap in reading.sessions.iter().flat_map(|s| &s.gaps) {
                    *gaps.entry(format!("{:?}", gap.kind)).or_default() += 1;
                }
                let detection = &reading.detections[0];
                format!(
                    "{} {} sessions={} events={} calls={calls} results={results} gaps={gaps:?}",
                    detection.label(),
                    detection.score,
                    reading.sessions.len(),
                    events().count()
                )
            }
            Err(e) => format!("REFUSED {e}"),
        };
        println!("{path}\t{said}");
        if mb > 1.0 {
            eprintln!("{path}\t{:.1} MB/s", mb / started.elapsed().as_secs_f64());
        }
    }
}
