//! How much memory does a file take on its way to a draft? One line for each stage, as the server goes through them: seconds so far, and the most
//! memory that this process held, in MB and as a multiple of the file's unpacked bytes. Give one file: what is told is of the whole process
//! (Linux). With `--unlimited` nothing is refused.
//!
//! usage: cargo run -p hindcast-server --example weight -- FILE [--unlimited]
#![allow(clippy::print_stdout)]

use hindcast_detect::Contracts;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Input, draft};
use hindcast_trace::redact::{Masker, admit_within};
use hindcast_trace::{Evidence, Limits, read_within, unwrap};
use std::time::Instant;

/// The most memory that this process held, in bytes.
fn most() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or_default() * 1024.0
}

fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let path = args.next().ok_or("a file, please")?;
    let all = if args.next().is_some() { u64::MAX } else { 1 << 30 };
    let bytes = std::fs::read(&path).map_err(|e| e.to_string())?;
    let start = Instant::now();
    let mut limits = Limits { unpacked: (all / Limits::TIMES).min(1 << 30), ..Limits::default() };
    let size = unwrap::measure(&bytes, &limits).map_err(|e| e.to_string())?;
    if all != u64::MAX {
        limits.memory = Limits::memory_for(size, all);
    }
    let told = |stage: &str| {
        let (most, seconds) = (most(), start.elapsed().as_secs_f64());
        println!("{path} {stage}: {seconds:.1} s, {:.0} MB, {:.1} times {size} bytes", most / 1e6, most / size as f64);
    };
    told("measured");
    let masker = Masker::new(&[7; 32]).map_err(|e| e.to_string())?;
    let evidence = Evidence::new("upload", bytes);
    let admitted = admit_within(&masker, &evidence, &limits).map_err(|e| e.to_string())?;
    drop(evidence);
    told("masked");
    let evidence = [admitted.evidence];
    let reading = read_within(&evidence, &limits);
    told("read");
    let reading = reading.map_err(|e| e.to_string().chars().take(300).collect::<String>())?;
    let Some(trace) = reading.sessions.first() else { return Ok(()) };
    println!(
        "{} sessions, {} events and {} gaps in the first",
        reading.sessions.len(),
        trace.events.len(),
        trace.gaps.len()
    );
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let draft = draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy });
    told("drafted");
    let json = serde_json::to_string(&draft).map_err(|e| e.to_string())?;
    told(&format!("written in {} bytes", json.len()));
    Ok(())
}
