//! Attacks the server, and prints what it stood.
//!
//! usage: cargo run --release -p hindcast-server --example siege -- [STAGE...] [POSTGRES URL] [--cycles N] [--only sqlite|postgresql] [--program FILE]
//!
//! Without stages, all of them run, on SQLite and on PostgreSQL: on the server at the URL, which has to let its user create databases, or on a
//! private server if PostgreSQL's programs are installed. The table at the end has a line for each figure. Exits with 1 if a bar was missed.
//! Ctrl-C ends the stage, cleans up and prints the table so far. docs/operations.md describes the stages.
//!
//! The program that is attacked is `hindcast`, which is built first, or the one named by `--program`.

mod backup;
mod crowd;
mod disk;
mod frozen;
mod hostile;
mod kills;
mod options;
mod record;
mod report;
mod restarts;
mod servers;
mod stage;
mod uploads;
mod users;

// Shared with the tests that do the same for a shorter time.
#[path = "../filled/mod.rs"]
mod filled;
#[allow(dead_code)]
#[path = "../../../cli/tests/survive/kept.rs"]
mod kept;
#[allow(dead_code)]
#[path = "../../../cli/tests/survive/program.rs"]
mod program;
#[path = "../../../cli/tests/survive/reminded.rs"]
mod reminded;
#[allow(dead_code)]
#[path = "../../../trace/tests/weight/texts.rs"]
mod texts;
#[allow(dead_code)]
#[path = "../../../cli/tests/survive/writers.rs"]
mod writers;

use crowd::caught;
use filled::Error;
use hindcast_testdb::Postgres;
use options::Options;
use record::Base;
use report::{Row, progress, table};
use stage::Run;
use std::path::PathBuf;
use std::pin::{Pin, pin};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::time::Instant;
use tokio::signal::unix::{SignalKind, signal};

/// The program that is attacked.
static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
/// Why a stage ended, where a person ended it.
const STOPPED: &str = "stopped by a signal";

/// An error with its causes: a request that failed does not say why by itself.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

/// The program that is attacked, once it is built.
pub fn program_path() -> PathBuf {
    PROGRAM.get().cloned().unwrap_or_default()
}

#[tokio::main]
async fn main() -> Result<ExitCode, Error> {
    // Before anything is started that has to be cleaned up.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(why) => {
            eprintln!("siege: {why}");
            return Ok(ExitCode::from(2));
        }
    };
    let program = options.program()?;
    println!("attacked: {}", program.display());
    PROGRAM.set(program).ok();
    let stopped = async {
        tokio::select! {
            _ = interrupt.recv() => (),
            _ = terminate.recv() => (),
        }
    };
    let rows = all(&options, pin!(stopped)).await?;
    println!("{}", table(&rows));
    Ok(if rows.iter().any(Row::is_missed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// Runs the stages, until they are over or the signal comes.
async fn all(options: &Options, mut stopped: Pin<&mut impl Future<Output = ()>>) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    let own = if options.postgres && options.url.is_none() { Postgres::start_found() } else { None };
    let url = options.url.clone().or(own.as_ref().map(Postgres::url));
    let mut bases = Vec::new();
    if options.sqlite {
        bases.push(Base::Sqlite);
    }
    if options.postgres {
        match url {
            Some(url) => bases.push(Base::postgres(url)),
            None => rows.push(Row::skipped(
                "all",
                "PostgreSQL",
                "no URL was given, and PostgreSQL's programs were not found",
            )),
        }
    }
    for stage in &options.stages {
        for base in bases.iter().filter(|base| stage.runs_on(base)) {
            let run = Run::new(*stage, base.clone(), options.cycles);
            let begun = Instant::now();
            // What the stage holds cleans up when it is dropped, here at the latest.
            let fault = tokio::select! {
                done = caught(stage.run(run.clone())) => done.unwrap_or_else(|panic| Err(panic.into())).err().map(|e| told(&*e)),
                () = tokio::time::sleep(stage.limit(options.cycles)) => Some("it did not end within its time limit".to_owned()),
                () = &mut stopped => Some(STOPPED.to_owned()),
            };
            base.clear().await;
            progress("");
            let stop = fault.as_deref() == Some(STOPPED);
            if let Some(why) = fault {
                run.missed(&why);
            }
            run.figure("took", &format!("{:.0} s", begun.elapsed().as_secs_f64()));
            eprint!("{}", table(&run.rows()));
            rows.extend(run.rows());
            if stop {
                return Ok(rows);
            }
        }
    }
    Ok(rows)
}
