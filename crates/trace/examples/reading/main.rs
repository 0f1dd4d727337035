//! How fast are files read, beside what one would write in Python for the same files in the same run?
//!
//! usage: cargo run --release -p hindcast-trace --example reading -- [--megabytes N] [--rounds N] [--only FORMAT]
//!        [--peer PYTHON] [--keep FOLDER]
//!
//! Makes files of made-up sessions, of N MB for each format (30), reads them from memory on one core, and lets `peer.py` do
//! so in turn, N rounds (5). The least processor time of each counts, so that other work on the machine falls out. Both
//! tell how many words, calls and joined results they found, which has to be the same. Without `--peer`, only our side runs.
//! `--only` takes one format: chat, claude, codex, otlp-json or otlp-protobuf. `--keep` leaves the files there.

mod inputs;
mod protobuf;

use hindcast_trace::{EventKind, Evidence, Trace, read, scan};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

/// The one that the command uses.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Asked {
    megabytes: usize,
    rounds: usize,
    only: Option<String>,
    peer: Option<String>,
    keep: Option<PathBuf>,
}

fn asked() -> Option<Asked> {
    let mut asked = Asked { megabytes: 30, rounds: 5, only: None, peer: None, keep: None };
    let mut args = std::env::args().skip(1);
    while let Some(name) = args.next() {
        let value = args.next()?;
        match name.as_str() {
            "--megabytes" => asked.megabytes = value.parse().ok()?,
            "--rounds" => asked.rounds = value.parse().ok()?,
            "--only" => asked.only = Some(value),
            "--peer" => asked.peer = Some(value),
            "--keep" => asked.keep = Some(PathBuf::from(value)),
            _ => return None,
        }
    }
    Some(asked)
}

fn main() -> ExitCode {
    let Some(asked) = asked() else {
        eprintln!("usage: reading [--megabytes N] [--rounds N] [--only FORMAT] [--peer PYTHON] [--keep FOLDER]");
        return ExitCode::from(2);
    };
    match run(&asked) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("{e}");
            ExitCode::from(3)
        }
    }
}

fn run(asked: &Asked) -> std::io::Result<()> {
    let folder =
        asked.keep.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("reading-{}", std::process::id())));
    for format in inputs::FORMATS.iter().filter(|f| asked.only.as_ref().is_none_or(|only| f.name == *only)) {
        let evidence = format.files(asked.megabytes * 1_000_000);
        let folder = folder.join(format.name);
        std::fs::create_dir_all(&folder)?;
        for item in &evidence {
            std::fs::write(folder.join(&item.name), &item.bytes)?;
        }
        let megabytes = evidence.iter().map(|e| e.bytes.len()).sum::<usize>() as f64 / 1e6;
        let mut peer = asked.peer.as_deref().map(|python| Peer::start(python, format.name, &folder)).transpose()?;
        let (mut ours, mut theirs) = (Best::default(), Best::default());
        for _ in 0..asked.rounds {
            let start = now();
            let found = reading(&evidence);
            ours.add(now().saturating_sub(start), found);
            if let Some(peer) = &mut peer {
                let (time, found) = peer.round()?;
                theirs.add(time, found);
            }
        }
        print!("{:14} {megabytes:5.1} MB   {:7.1} MB/s", format.name, megabytes / ours.time.as_secs_f64());
        if peer.is_some() {
            assert_eq!(ours.found, theirs.found, "{}: words, calls and results of both", format.name);
            let ratio = theirs.time.as_secs_f64() / ours.time.as_secs_f64();
            print!("   Python {:7.1} MB/s   ratio {ratio:.2}", megabytes / theirs.time.as_secs_f64());
        }
        println!("   ({} words, {} calls, {} results)", ours.found[0], ours.found[1], ours.found[2]);
    }
    if asked.keep.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}

/// Messages of users and agents, calls, and calls that have a result.
type Found = [usize; 3];

#[derive(Default)]
struct Best {
    time: Duration,
    found: Found,
}

impl Best {
    fn add(&mut self, time: Duration, found: Found) {
        self.time = if self.time.is_zero() { time } else { self.time.min(time) };
        self.found = found;
    }
}

// Kept apart, so that a profiler can be told to count only in here.
#[inline(never)]
fn reading(evidence: &[Evidence]) -> Found {
    let mut found = [0; 3];
    for item in evidence {
        // A file of very many conversations is read one by one, as for a report over all of them.
        let outcome = match item.name.starts_with("chat") {
            true => scan(item, |trace| count(&trace, &mut found)).map(drop),
            false => read(std::slice::from_ref(item)).map(|r| r.sessions.iter().for_each(|t| count(t, &mut found))),
        };
        assert!(outcome.is_ok(), "{}: {outcome:?}", item.name);
    }
    found
}

fn count(trace: &Trace, found: &mut Found) {
    for event in &trace.events {
        match &event.kind {
            EventKind::Message { .. } => found[0] += 1,
            EventKind::ToolCall { result, .. } => {
                found[1] += 1;
                found[2] += usize::from(result.is_some());
            }
            _ => {}
        }
    }
}

/// Time that this thread was at work, from the kernel; where it does not tell, time that passed.
fn now() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let spent = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let spent = spent.and_then(|s| s.split(' ').next()?.parse().ok());
    spent.map_or_else(|| START.get_or_init(Instant::now).elapsed(), Duration::from_nanos)
}

/// A process that reads the same files each time it is asked.
struct Peer {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Peer {
    fn start(python: &str, format: &str, folder: &Path) -> std::io::Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/reading/peer.py");
        let mut command = Command::new(python);
        command.arg(script).arg(format).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (Some(ask), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(std::io::Error::other("the peer has no pipes"));
        };
        Ok(Peer { child, ask, answers: BufReader::new(answers) })
    }

    /// What one round took, and what it found.
    fn round(&mut self) -> std::io::Result<(Duration, Found)> {
        self.ask.write_all(b"go\n")?;
        self.ask.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        match numbers[..] {
            [ns, words, calls, results] => {
                Ok((Duration::from_nanos(ns), [words as usize, calls as usize, results as usize]))
            }
            _ => Err(std::io::Error::other(format!("the peer answered `{}`", line.trim()))),
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
