//! `hindcast contracts`

use crate::args::{Contracts as Args, ContractsCommand};
use crate::failure::Failure;
use crate::input::{self, Meant};
use crate::output;
use hindcast_detect::tools::contract::infer;
use std::process::ExitCode;

/// Proposes contracts.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let ContractsCommand::Infer { files, input_format, output: path } = &args.command;
    let files = input::files::of(files)?;
    let mut evidence = input::evidence(&files, Meant::Traces(*input_format))?;
    let reading = input::sessions(&files, &mut evidence, *input_format, None)?;
    output::data(path.as_deref(), infer::yaml(&reading.sessions).as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
