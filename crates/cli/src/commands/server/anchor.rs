//! `hindcast audit anchor`, and the options of `serve` for posting the head.

use super::record::{block_on, with_record};
use super::secret::{self, Names};
use crate::args::server::{AnchorPosts, AuditAnchor};
use crate::failure::Failure;
use crate::{input, output};
use hindcast_server::Clock;
use hindcast_server::anchor::{AnchorError, Authority, Head, Schedule, Stamp, Webhook, certificates};
use hindcast_store::chain;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The variable with the secret of the webhook.
const VARIABLE: &str = "HINDCAST_ANCHOR_SECRET";
/// Most bytes of a timestamp that are read. One has about five thousand.
const MAX_STAMP_BYTES: u64 = 256 << 10;

/// What `serve` posts, if it does.
pub fn schedule(args: &AnchorPosts) -> Result<Option<Schedule>, Failure> {
    let Some(url) = &args.anchor_url else { return Ok(None) };
    let names = Names { what: "webhook's secret", option: "--anchor-secret-file", variable: VARIABLE };
    Ok(Some(Schedule { webhook: webhook(url, names, args.anchor_secret_file.as_deref())?, every: args.anchor_every }))
}

fn webhook(url: &str, names: Names, file: Option<&Path>) -> Result<Webhook, Failure> {
    Webhook::new(url, secret::find(names, file)?).map_err(|e| Failure::Usage(e.to_string()))
}

/// Posts the head, gets a timestamp for it, and writes both beside each other.
pub fn run(args: &AuditAnchor) -> Result<ExitCode, Failure> {
    let names = Names { what: "webhook's secret", option: "--secret-file", variable: VARIABLE };
    let webhook = args.to_url.as_deref().map(|url| webhook(url, names, args.secret_file.as_deref())).transpose()?;
    let authority = args.tsa.as_deref().map(Authority::new).transpose().map_err(|e| Failure::Usage(e.to_string()))?;
    let roots = args.tsa_cert.as_deref().map(roots).transpose()?.unwrap_or_default();
    let head = with_record(&args.record, async |store| chain::head(&mut *store.reader().await?).await)?;
    let (row, hash) = head.ok_or_else(|| Failure::Input("the audit log is empty: there is no head yet".to_owned()))?;
    let head = Head { row, hash };
    let line = head.line();
    let done = block_on(async {
        let now = Clock::System.now();
        let failed = |what: &str, e: AnchorError| {
            Failure::Output(format!("{what}: {e}. No anchor was stored. Check the URL and try again."))
        };
        let stamped = match &authority {
            Some(authority) => {
                let stamped = authority.stamp(line.as_bytes(), &roots, now).await;
                Some(stamped.map_err(|e| failed("the timestamp authority", e))?)
            }
            None => None,
        };
        if let Some(webhook) = &webhook {
            webhook.post(&head, now).await.map_err(|e| failed(&format!("the webhook at {}", webhook.host()), e))?;
        }
        Ok::<_, Failure>(stamped)
    })?;
    let stamped = done?;
    let mut told = line.clone();
    if let Some(file) = &args.output {
        if let Some((response, _)) = &stamped {
            output::data(Some(&stamp_file(file)), response)?;
        }
        output::data(Some(file), line.as_bytes())?;
    }
    if let Some(webhook) = &webhook {
        told.push_str(&format!("posted to {}\n", webhook.host()));
    }
    if let Some((_, stamp)) = &stamped {
        told.push_str(&in_words(stamp, !roots.is_empty()));
    }
    output::data(None, told.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The timestamp's file, which is beside the anchor file.
fn stamp_file(anchor: &Path) -> PathBuf {
    let mut name = anchor.as_os_str().to_owned();
    name.push(".tsr");
    PathBuf::from(name)
}

fn in_words(stamp: &Stamp, signed: bool) -> String {
    let signed = if signed { "signature verified" } else { "signature not verified; give --tsa-cert" };
    format!("timestamped at {} ({signed})\n", stamp.at())
}

/// Checks the timestamp beside an anchor file, if it has one. Returns the message to print: `Err` for a fault.
pub fn check_stamp(anchor: &Path, bytes: &[u8], roots_file: Option<&Path>) -> Result<Result<String, String>, Failure> {
    let file = stamp_file(anchor);
    let roots = roots_file.map(roots).transpose()?;
    let refused = |why: String| Failure::Input(format!("{}: {why}", file.display()));
    let opened = match File::open(&file) {
        Ok(opened) => opened,
        Err(e) if e.kind() == ErrorKind::NotFound && roots.is_none() => return Ok(Ok(String::new())),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return Err(refused(
                "there is no timestamp. Get one with `audit anchor --tsa`, or omit --tsa-cert.".to_owned(),
            ));
        }
        Err(e) => return Err(refused(e.to_string())),
    };
    let mut response = Vec::new();
    opened.take(MAX_STAMP_BYTES + 1).read_to_end(&mut response).map_err(|e| refused(e.to_string()))?;
    let checked = if response.len() as u64 > MAX_STAMP_BYTES {
        Err(format!("it is larger than {} KiB", MAX_STAMP_BYTES >> 10))
    } else {
        Stamp::read(&response, bytes).and_then(|stamp| {
            roots.as_ref().map_or(Ok(()), |roots| stamp.check_signature(roots))?;
            Ok(in_words(&stamp, roots.is_some()))
        })
    };
    Ok(checked.map_err(|why| format!("{}: {why}", file.display())))
}

fn roots(file: &Path) -> Result<Vec<hindcast_server::anchor::Certificate>, Failure> {
    certificates(&input::bytes(file)?).map_err(|why| Failure::Input(format!("{}: {why}", file.display())))
}
