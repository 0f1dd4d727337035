//! What a build without the server says when the server is asked for.

use crate::args::server::Command;
use crate::failure::Failure;
use std::process::ExitCode;

/// Says how to get the server.
pub fn run(_: &Command) -> Result<ExitCode, Failure> {
    Err(Failure::Server("this build has no server. Build it without --no-default-features.".to_owned()))
}
