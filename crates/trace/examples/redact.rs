//! How fast is masking, and what does it mask?
//!
//! usage: cargo run --release -p hindcast-trace --example redact -- FILE [KIND]
//!
//! Prints MB/s on one core, the best of five runs over the file in memory, and how many values of each kind were masked.
//! With a kind, also every value of it that was masked, with what stands around it, to be read for false masks.

use hindcast_trace::redact::Masker;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The one that the command uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let Some(path) = args.next() else {
        eprintln!("usage: redact FILE [KIND]");
        return ExitCode::from(2);
    };
    let bytes = match std::fs::read(&path) {
        Ok(bytes) => bytes,
        Err(e) => {
            eprintln!("{path}: {e}");
            return ExitCode::from(3);
        }
    };
    let masker = match Masker::new(&[0; 32]) {
        Ok(masker) => masker,
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::from(3);
        }
    };
    let mut best = Duration::MAX;
    let mut masked = masker.mask(&bytes);
    for _ in 0..5 {
        let start = Instant::now();
        masked = masker.mask(&bytes);
        best = best.min(start.elapsed());
    }
    let mb = bytes.len() as f64 / 1e6;
    println!("{path}: {mb:.1} MB, {:.1} MB/s; {}", mb / best.as_secs_f64(), masked.words());
    let Some(kind) = args.next() else { return ExitCode::SUCCESS };
    let show = |from: usize, to: usize| String::from_utf8_lossy(&bytes[from..to]).replace('\n', " ");
    for hidden in masked.places.iter().filter(|p| p.kind == kind).map(|p| &p.hidden) {
        let before = show(hidden.start.saturating_sub(40), hidden.start);
        let after = show(hidden.end, bytes.len().min(hidden.end + 24));
        println!("{before}«{}»{after}", show(hidden.start, hidden.end));
    }
    ExitCode::SUCCESS
}
