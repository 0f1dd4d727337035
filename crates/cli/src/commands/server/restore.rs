//! `hindcast restore`

use super::backup::failure;
use super::record::{block_on, place};
use crate::args::server::Restore as Args;
use crate::failure::Failure;
use crate::output;
use hindcast_server::Clock;
use hindcast_store::restore;
use std::process::ExitCode;

/// Puts a backup into an empty place.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let place = place(&args.record);
    let restored = block_on(restore::run(&args.from, &place, Clock::System.now()))?.map_err(failure)?;
    let told = format!(
        "Restored {} incidents and {} evidence files. {} sessions and one-time links ended.\n",
        restored.incidents, restored.intact, restored.ended
    );
    output::data(None, told.as_bytes())?;
    for id in &restored.lost {
        output::complain(&format!("warning: evidence {id} was missing or damaged when the backup was made"));
    }
    Ok(if restored.lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
