//! `hindcast audit`

use super::anchor;
use super::record::with_record;
use crate::args::server::{Audit as Args, AuditCommand, AuditHead, AuditVerify, head};
use crate::failure::Failure;
use crate::output;
use hindcast_server::anchor::Head;
use hindcast_store::chain::{self, Audit};
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

/// Bytes of an anchor file that are read; one has about a hundred.
const MAX_ANCHOR_BYTES: u64 = 4096;

/// Checks the log, or prints its head.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    match &args.command {
        AuditCommand::Verify(args) => verify(args),
        AuditCommand::Anchor(args) => anchor::run(args),
        AuditCommand::Head(args) => print_head(args),
    }
}

fn verify(args: &AuditVerify) -> Result<ExitCode, Failure> {
    let (kept, stamp) = match &args.anchor {
        Some(file) => {
            let text = read_anchor(file)?;
            (Some(anchored(file, &text)?), anchor::check_stamp(file, text.as_bytes(), args.tsa_cert.as_deref())?)
        }
        None => (args.expect.clone(), Ok(String::new())),
    };
    let kept = kept.as_ref().map(|(row, hash)| (*row, hash.as_str()));
    let audit = with_record(&args.record, async |store| chain::verify_with_evidence(store, kept).await)?;
    let is_good = audit.faults.is_empty() && stamp.is_ok();
    let stamp = stamp.unwrap_or_else(|fault| format!("{fault}\n"));
    output::data(None, format!("{}{stamp}", report(&audit)).as_bytes())?;
    Ok(ExitCode::from(u8::from(!is_good)))
}

/// What was found, in lines.
fn report(audit: &Audit) -> String {
    let mut lines = audit.faults.clone();
    if lines.is_empty() {
        lines.push(format!("{} rows, none altered", audit.rows));
        match audit.covered_from {
            Some(1) => {}
            Some(first) => lines.push(format!("content is not covered before event {first}")),
            None if audit.rows > 0 => lines.push("content is not covered yet: no event has digests".to_owned()),
            None => {}
        }
        if audit.rows > 0 {
            lines.push(format!("head {}:{}", audit.rows, audit.hash));
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn print_head(args: &AuditHead) -> Result<ExitCode, Failure> {
    let head = with_record(&args.record, async |store| chain::head(&mut *store.reader().await?).await)?;
    let (row, hash) = head.ok_or_else(|| Failure::Input("the audit log is empty: there is no head yet".to_owned()))?;
    output::data(args.output.as_deref(), Head { row, hash }.line().as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The text of an anchor file, whole: a timestamp covers every byte of it.
fn read_anchor(file: &Path) -> Result<String, Failure> {
    let refused = |why: String| Failure::Input(format!("{}: {why}", file.display()));
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(|e| refused(e.to_string()))?;
    opened.take(MAX_ANCHOR_BYTES + 1).read_to_string(&mut text).map_err(|e| refused(e.to_string()))?;
    if text.len() as u64 > MAX_ANCHOR_BYTES {
        return Err(refused(format!(
            "larger than {MAX_ANCHOR_BYTES} bytes. Give a file written by `audit head` or `audit anchor`."
        )));
    }
    Ok(text)
}

/// The head in an anchor file: its first line that begins with `head`, as `audit head` and `audit verify` print it.
fn anchored(file: &Path, text: &str) -> Result<(i64, String), Failure> {
    let refused = |why: String| Failure::Input(format!("{}: {why}", file.display()));
    let line = text.lines().find_map(|line| line.strip_prefix("head "));
    let line =
        line.ok_or_else(|| refused("no line begins with `head`. Give a file written by `audit head`.".to_owned()))?;
    head(line).map_err(refused)
}
