//! How much memory does a file take on its way to a draft? One line for each stage: seconds so far, the most memory that this process held, in MB
//! and as a multiple of the file's bytes. Give one file: what is told is of the whole process (Linux).
//!
//! usage: cargo run -p hindcast-retro --example weight -- FILE
#![allow(clippy::print_stdout)]

use hindcast_detect::Contracts;
use hindcast_retro::facts::Facts;
use hindcast_retro::policy::Policy;
use hindcast_retro::{Input, draft};
use hindcast_trace::Evidence;
use std::time::Instant;

fn most() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or_default() * 1024.0
}

fn main() {
    let Some(path) = std::env::args().nth(1) else { return };
    let Ok(bytes) = std::fs::read(&path) else { return };
    let (size, start) = (bytes.len() as f64, Instant::now());
    let told = |stage: &str| {
        let most = most();
        println!("{path} {stage}: {:.1} s, {:.0} MB, {:.1}x", start.elapsed().as_secs_f64(), most / 1e6, most / size);
    };
    let evidence = [Evidence::new("upload", bytes)];
    let reading = match hindcast_trace::read(&evidence) {
        Ok(reading) => reading,
        Err(e) => {
            told("refused");
            return println!("  {}", e.to_string().chars().take(200).collect::<String>());
        }
    };
    told("read");
    println!("  {} sessions, {} events, {} gaps", reading.sessions.len(), reading.sessions[0].events.len(), reading.sessions[0].gaps.len());
    let (contracts, facts, policy) = (Contracts::default(), Facts::default(), Policy::builtin());
    let trace = &reading.sessions[0];
    let draft = draft(&Input { trace, evidence: &evidence, contracts: &contracts, facts: &facts, policy: &policy });
    told("drafted");
    let json = serde_json::to_string(&draft).unwrap_or_default();
    println!("  {} bytes of draft", json.len());
    told("written");
}
