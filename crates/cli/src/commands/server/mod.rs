//! The server, and the commands that work on its data.

mod admin;
mod anchor;
mod audit;
mod backup;
#[cfg(test)]
mod deployed;
mod doctor;
mod mail;
mod oidc;
mod record;
mod restore;
mod secret;
mod serve;
mod variables;

use crate::args::server::Command;
use crate::failure::Failure;
use std::process::ExitCode;

/// Runs one of them.
pub fn run(command: &Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(args) => serve::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Backup(args) => backup::run(args),
        Command::Restore(args) => restore::run(args),
        Command::Doctor(args) => doctor::run(args),
        Command::Admin(args) => admin::run(args),
    }
}
