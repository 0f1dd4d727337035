//! The commands of the server in a build without it: they are known, so that the error can say what to do.

use clap::Subcommand;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    #[command(hide = true)]
    Serve(Rest),
    #[command(hide = true)]
    Audit(Rest),
    #[command(hide = true)]
    Backup(Rest),
    #[command(hide = true)]
    Restore(Rest),
    #[command(hide = true)]
    Doctor(Rest),
    #[command(hide = true)]
    Admin(Rest),
}

/// Whatever follows.
#[derive(Debug, clap::Args)]
#[command(disable_help_flag = true)]
pub struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<std::ffi::OsString>,
}
