//! `hindcast audit`

use super::serve::place;
use crate::args::{Audit as Args, AuditCommand};
use crate::failure::Failure;
use crate::output;
use hindcast_store::{Place, Store, StoreError, chain};
use std::process::ExitCode;

/// Checks the log.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let AuditCommand::Verify(asked) = &args.command;
    let place = place(&asked.record);
    let kept = asked.expect.as_ref().map(|(row, hash)| (*row, hash.as_str()));
    if let Place::Folder(folder) = &place
        && !folder.join("hindcast.db").is_file()
    {
        return Err(Failure::Input(format!(
            "{} contains no Hindcast data. Give the data directory with --data.",
            folder.display()
        )));
    }
    let runtime =
        tokio::runtime::Runtime::new().map_err(|e| Failure::Server(format!("could not start a thread: {e}")))?;
    let audit = runtime.block_on(async {
        let store = Store::open(&place).await?;
        let audit = chain::verify_against(&mut *store.reader().await?, kept).await;
        store.close().await;
        audit
    });
    let audit = audit.map_err(|e: StoreError| Failure::Server(e.to_string()))?;
    if audit.faults.is_empty() {
        let mut told = format!("{} rows, none altered\n", audit.rows);
        if audit.rows > 0 {
            told.push_str(&format!("head {}:{}\n", audit.rows, audit.hash));
        }
        output::data(None, told.as_bytes())?;
        return Ok(ExitCode::SUCCESS);
    }
    let told: String = audit.faults.iter().map(|f| format!("{f}\n")).collect();
    output::data(None, told.as_bytes())?;
    Ok(ExitCode::from(1))
}
