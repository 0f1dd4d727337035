//! For how long does work on a file not look at whether anybody still waits for it?
//!
//! usage: cargo run -p hindcast-retro --example stretches -- FILE...
//!
//! Masks, reads and drafts each file as the server does, and prints for each of the three how long it took and the longest stretch
//! between two looks at the flag that ends it, in milliseconds.

use hindcast_detect::Contracts;
use hindcast_retro::facts::Facts;
use hindcast_retro::merge::Edits;
use hindcast_retro::policy::Policy;
use hindcast_trace::redact::{self, Masker};
use hindcast_trace::{Evidence, Limits, Stop};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long a stretch may go unseen.
const TICK: Duration = Duration::from_millis(2);

/// Does work beside a thread that watches its flag.
fn watched<T>(what: &str, work: impl FnOnce(&Stop) -> T) -> T {
    let (stop, over, begun) = (Stop::after(u64::MAX), AtomicBool::new(false), Instant::now());
    std::thread::scope(|scope| {
        let watching = scope.spawn(|| {
            let (mut seen, mut since, mut longest) = (stop.looks(), Instant::now(), Duration::ZERO);
            while !over.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                let looks = stop.looks();
                longest = longest.max(since.elapsed());
                if looks != seen {
                    (seen, since) = (looks, Instant::now());
                }
            }
            longest
        });
        let done = work(&stop);
        over.store(true, Ordering::Relaxed);
        let longest = watching.join().unwrap_or_default();
        println!("  {what}: {} ms, longest stretch {} ms", begun.elapsed().as_millis(), longest.as_millis());
        done
    })
}

fn main() {
    for path in std::env::args().skip(1) {
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) => {
                eprintln!("{path}: {e}");
                continue;
            }
        };
        println!("{path}: {:.1} MB", bytes.len() as f64 / 1e6);
        let within = |stop: &Stop| Limits { stop: stop.clone(), ..Limits::default() };
        let file = Evidence::new(path, bytes);
        let key = redact::parse_key(&"5".repeat(64));
        if let Some(masker) = key.and_then(|key| Masker::new(&key).ok()) {
            let _ = watched("masked", |stop| redact::admit_within(&masker, &file, &within(stop)));
        }
        let files = std::slice::from_ref(&file);
        let reading = match watched("read", |stop| hindcast_trace::read_within(files, &within(stop))) {
            Ok(reading) => reading,
            Err(e) => {
                println!("  {e}");
                continue;
            }
        };
        println!("  {}", reading.detections.iter().map(|d| d.label()).collect::<Vec<_>>().join(", "));
        let Some(trace) = reading.sessions.iter().max_by_key(|t| t.events.len()) else { continue };
        let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
        let input =
            hindcast_retro::Input { trace, evidence: files, contracts: &contracts, facts: &facts, policy: &policy };
        watched("drafted", |stop| hindcast_retro::redraft_until(&input, &Edits::default(), stop).is_some());
    }
}
