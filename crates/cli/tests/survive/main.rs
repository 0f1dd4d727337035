//! What the server acknowledged is there afterwards, whatever was cut off in between: the server itself, or the database.

#[cfg(target_os = "linux")]
mod beginning;
mod copies;
mod kept;
mod kill;
mod outage;
mod program;
mod reminded;
#[cfg(unix)]
mod stopped;
mod writers;

/// The program that is killed.
fn program_path() -> std::path::PathBuf {
    env!("CARGO_BIN_EXE_hindcast").into()
}
