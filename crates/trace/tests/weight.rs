//! What masking takes in memory: less than ten times the text, whatever is encoded in it. Measured as the memory of this process, so that this
//! file is one test.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hindcast_trace::redact::{Masker, Refused, admit_within};
use hindcast_trace::{Evidence, Limits};

/// As the program, which gives back what it frees.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes of each text.
const TEXT: usize = 2 << 20;

/// A figure of this process's memory, in bytes.
fn figure(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() << 10
}

fn repeated(piece: &str) -> String {
    piece.repeat(TEXT / piece.len())
}

const NAMES: [&str; 13] = [
    "base64 of addresses",
    "base64 of addresses, twice",
    "percent signs",
    "a percent sign in each sentence",
    "percent signs of percent signs",
    "invisible characters",
    "hints of telephones",
    "hints of secrets",
    "addresses in words",
    "different addresses",
    "one long password",
    "keys on lines",
    "masks",
];

fn text(name: &str) -> String {
    let addresses = || repeated("ruth@example.org hello ");
    let sparse = |piece: &str| repeated(&format!("{} {piece} ", "word ".repeat(30)));
    match name {
        "base64 of addresses" => STANDARD.encode(addresses()),
        "base64 of addresses, twice" => STANDARD.encode(STANDARD.encode(addresses())),
        "percent signs" => repeated("%41%40"),
        "a percent sign in each sentence" => sparse("100%25"),
        "percent signs of percent signs" => sparse("%25252541"),
        "invisible characters" => repeated("a\u{ad}"),
        "hints of telephones" => repeated("tel "),
        "hints of secrets" => repeated("password "),
        "addresses in words" => repeated("a (at) b.c "),
        "different addresses" => (0..TEXT / 34).map(|n| format!("a{n}@kelp.example is the address\\n")).collect(),
        "one long password" => format!("password={}", repeated("aB3-")),
        "keys on lines" => repeated("8fKq2LmZx91T\n"),
        _ => repeated("id-1a2b3c4d5e6f7g "),
    }
}

/// Names the text that a process of its own masks, and tells of.
const ONE: &str = "HINDCAST_TEST_WEIGHT_OF";

fn weigh(nth: usize) {
    let masker = Masker::new(&[7; 32]).unwrap();
    // The rules take memory of their own, once.
    masker.mask("ada@example.org cGFzc3dvcmQgYWRhQGV4YW1wbGUub3Jn 1 2 3 %41 password=aB3-aB3-".as_bytes());
    let name = NAMES[nth];
    let file = Evidence::new("upload", format!("{{\"content\":\"{}\"}}", text(name)).into_bytes());
    let size = file.bytes.len() as u64;
    let limits = Limits { memory: Limits::TIMES * size, ..Limits::default() };
    // What it took to make the text is forgotten.
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = figure("VmRSS:") - size;
    let how = match admit_within(&masker, &file, &limits) {
        Ok(done) => done.words(),
        Err(e @ Refused::TooMany { .. }) => e.to_string(),
        Err(e) => panic!("{name}: {e}"),
    };
    let times = figure("VmHWM:").saturating_sub(before) as f64 / size as f64;
    println!("{name}: {times:.1} times {size} bytes ({how})");
    assert!(times < Limits::TIMES as f64, "{name}: {times:.1} times {size} bytes");
}

#[test]
fn masking_takes_less_than_ten_times_its_text() {
    if let Ok(nth) = std::env::var(ONE) {
        return weigh(nth.parse().unwrap());
    }
    // One process for each: what one text took would hide what the next takes.
    let mut faults = Vec::new();
    for nth in 0..NAMES.len() {
        let mut one = std::process::Command::new(std::env::current_exe().unwrap());
        let done = one.arg("--nocapture").env(ONE, nth.to_string()).output().unwrap();
        println!("{}", String::from_utf8_lossy(&done.stdout));
        if !done.status.success() {
            faults.push(String::from_utf8_lossy(&done.stderr).into_owned());
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
