//! `hindcast contracts`

use crate::args::{Contracts as Args, ContractsCommand};
use crate::failure::Failure;
use crate::input::{self, Meant};
use crate::output;
use hindcast_detect::tools::contract::infer;
use std::process::ExitCode;

/// Proposes contracts.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let ContractsCommand::Infer { input: asked, output: path } = &args.command;
    let evidence = input::evidence(&input::files::of(&asked.files)?, Meant::Traces(asked.input_format))?;
    let reading = input::sessions(&evidence, asked.input_format)?;
    output::data(path.as_deref(), infer::yaml(&reading.sessions).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
