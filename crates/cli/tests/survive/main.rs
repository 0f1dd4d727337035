//! What the server acknowledged is there afterwards, whatever was cut off in between: the server itself, or the database.

#[cfg(target_os = "linux")]
mod beginning;
mod copies;
mod kept;
mod kill;
mod outage;
mod postgres;
mod program;
mod reminded;
#[cfg(unix)]
mod stopped;
mod writers;
