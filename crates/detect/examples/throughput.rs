//! How fast is reading, and reading with all detectors, beside a peer over the same file in the same run?
//!
//! usage: cargo run --release -p hindcast-detect --example throughput -- CORPUS.jsonl [PEER COMMAND…]
//!
//! The file is read from memory on one core, five times each way; the best time counts for all, so that noise of
//! the machine falls out. The peer is any command that takes the file as its last argument and works on one core.

use hindcast_detect::{Contracts, Session, detectors};
use hindcast_trace::{Evidence, scan};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The one that the command uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        eprintln!("usage: throughput CORPUS.jsonl [PEER COMMAND…]");
        return ExitCode::from(2);
    };
    let peer: Vec<String> = args.collect();
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) => {
            eprintln!("{path}: {e}");
            return ExitCode::from(3);
        }
    };
    let mb = bytes.len() as f64 / 1e6;
    let evidence = Evidence::new("corpus.jsonl", bytes);
    let before = peak_mib();
    let mut sessions = 0;
    let mut events = 0;
    let reading = best(5, || {
        (sessions, events) = (0, 0);
        let outcome = scan(&evidence, |trace| {
            sessions += 1;
            events += trace.events.len();
        });
        assert!(outcome.is_ok(), "the corpus is readable");
    });
    let after_reading = peak_mib();
    let contracts = Contracts::default();
    let mut findings = std::collections::BTreeMap::new();
    let detecting = best(5, || {
        findings.clear();
        let outcome = scan(&evidence, |trace| {
            let session = Session::new(&trace, &contracts);
            for (detector, report) in detectors::run_all(&session) {
                *findings.entry(detector.id()).or_insert(0) += report.flags().count();
            }
        });
        assert!(outcome.is_ok(), "the corpus is readable");
    });
    println!("input: {path}, {mb:.1} MB, {sessions} sessions, {events} events, one core");
    println!(
        "reading alone:           {:7.1} MB/s   peak memory {after_reading} MiB (file in memory: {before} MiB)",
        mb / reading.as_secs_f64()
    );
    println!("reading + all detectors: {:7.1} MB/s   peak memory {} MiB", mb / detecting.as_secs_f64(), peak_mib());
    // Each on its own, with everything that it shares with others counted for the first one that asks.
    let mut spent: Vec<Duration> = vec![Duration::ZERO; detectors::ALL.len()];
    let mut preparing = Duration::ZERO;
    let outcome = scan(&evidence, |trace| {
        let start = Instant::now();
        let session = Session::new(&trace, &contracts);
        preparing += start.elapsed();
        for (i, detector) in detectors::ALL.iter().enumerate().filter(|(_, d)| d.applies(session.kind.kind)) {
            let start = Instant::now();
            let report = detector.run(&session);
            spent[i] += start.elapsed();
            drop(report);
        }
        let start = Instant::now();
        drop(session);
        preparing += start.elapsed();
    });
    assert!(outcome.is_ok(), "the corpus is readable");
    println!("  {:26} {:>25.1} ms", "(preparing the session)", preparing.as_secs_f64() * 1e3);
    for (detector, time) in detectors::ALL.iter().zip(&spent) {
        let n = findings.get(detector.id()).copied().unwrap_or_default();
        println!("  {:26} {n:7} findings {:9.1} ms", detector.id(), time.as_secs_f64() * 1e3);
    }
    if let Some((program, rest)) = peer.split_first() {
        let time = best(3, || {
            let status = Command::new(program).args(rest).arg(&path).stdout(Stdio::null()).status();
            assert!(status.is_ok_and(|s| s.success()), "the peer runs");
        });
        println!("peer ({}):  {:7.1} MB/s", peer.join(" "), mb / time.as_secs_f64());
        println!(
            "ratio reading / peer: {:.2}    reading + detectors / peer: {:.2}",
            time.as_secs_f64() / reading.as_secs_f64(),
            time.as_secs_f64() / detecting.as_secs_f64()
        );
    }
    ExitCode::SUCCESS
}

fn best(times: u32, mut run: impl FnMut()) -> Duration {
    let timed = (0..times).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    timed.min().unwrap_or_default()
}

/// Peak resident memory of this process, from the kernel; 0 where it does not tell.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}
