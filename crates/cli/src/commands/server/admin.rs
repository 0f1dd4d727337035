//! `hindcast admin`

use super::record::{block_on, place};
use crate::args::server::{Admin as Args, AdminCommand};
use crate::failure::Failure;
use crate::output;
use hindcast_server::{Clock, recovery};
use std::process::ExitCode;

/// Makes a link for somebody who is locked out.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let AdminCommand::Link(asked) = &args.command;
    let listening = || format!("http://{}", asked.reach.listen);
    let base = asked.reach.url.clone().unwrap_or_else(listening);
    let valid = i64::from(asked.minutes) * 60;
    let made = block_on(recovery::link(&place(&asked.record), asked.email.as_deref(), valid, Clock::System))?;
    let made = made.map_err(|e| Failure::Server(e.to_string()))?;
    let told = format!(
        "Set a new password for {} (link valid once, for {} minutes): {}/setup/{}\n",
        made.email,
        asked.minutes,
        base.trim_end_matches('/'),
        made.token
    );
    output::data(None, told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
