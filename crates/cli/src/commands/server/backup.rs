//! `hindcast backup`

use super::record::{block_on, place};
use crate::args::server::Backup as Args;
use crate::failure::Failure;
use crate::output;
use hindcast_server::Clock;
use hindcast_store::backup::{self, BackupError};
use std::process::ExitCode;

/// What went wrong, by what has to be looked at.
pub fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::In(text) => Failure::Input(text),
        BackupError::Out(text) => Failure::Output(text),
        BackupError::Record(text) => Failure::Server(text),
        BackupError::Store(e) => Failure::Server(e.to_string()),
    }
}

/// Copies a record.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let place = place(&args.record);
    let made = block_on(backup::run(&place, &args.out, Clock::System.now()))?.map_err(failure)?;
    let bytes: u64 = made.files.iter().map(|f| f.bytes).sum();
    let evidence = made.files.len().saturating_sub(1);
    let told = format!(
        "Backup in {}: the database and {evidence} evidence files, {bytes} bytes\naudit log head {}\n",
        args.out.display(),
        made.audit_head
    );
    output::data(None, told.as_bytes())?;
    for (ids, what) in [(&made.missing, "missing"), (&made.damaged, "damaged")] {
        for id in ids {
            output::complain(&format!("warning: evidence {id} is {what} in the data, and so in the backup"));
        }
    }
    let is_whole = made.missing.is_empty() && made.damaged.is_empty();
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
