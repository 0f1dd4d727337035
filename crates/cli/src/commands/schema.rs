//! `hindcast schema`

use crate::args::{Document, Schema as Args};
use crate::discover::report::Report;
use crate::failure::Failure;
use crate::output;
use hindcast_retro::draft::{Draft, Drafts};
use std::process::ExitCode;

/// Prints a schema.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let schema = match args.document {
        Document::Draft => schemars::schema_for!(Draft),
        Document::Drafts => schemars::schema_for!(Drafts),
        Document::Discover => schemars::schema_for!(Report),
    };
    let mut text = serde_json::to_string_pretty(&schema).map_err(|e| Failure::Output(e.to_string()))?;
    text.push('\n');
    output::data(None, text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
