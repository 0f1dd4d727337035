//! The command `hindcast`: parses arguments, prints, sets exit codes; no logic of its own.

mod args;
mod commands;
mod discover;
mod failure;
mod input;
mod masking;
mod names;
mod output;
mod parallel;
mod redact;

use clap::Parser;
use std::process::ExitCode;

/// Traces are many small texts: reading them asks for memory more often than anything else.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = args::Args::parse();
    let outcome = match args.command {
        args::Command::Draft(a) => commands::draft::run(&a),
        args::Command::Discover(a) => commands::discover::run(&a),
        args::Command::Show(a) => commands::show::run(&a),
        args::Command::Verify(a) => commands::verify::run(&a),
        args::Command::Schema(a) => commands::schema::run(&a),
        args::Command::Contracts(a) => commands::contracts::run(&a),
        args::Command::Policy(a) => commands::policy::run(&a),
        args::Command::Server(a) => commands::server::run(&a),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            let (text, code) = failure.told();
            output::complain(&format!("error: {text}"));
            code
        }
    }
}
