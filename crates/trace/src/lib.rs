//! Reading: every transcript format in, one normalised [`Trace`] out, with locators back to the bytes.
//!
//! Pure: bytes and values in, values out. No clock, no randomness, no network, no files, no printing.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod account;
pub mod archive;
pub mod bulk;
pub mod evidence;
pub mod format;
pub mod item;
pub mod json;
pub mod limits;
pub mod locator;
pub mod model;
pub mod node;
pub mod notation;
pub mod redact;
pub mod unwrap;

mod assemble;
mod dialogue;
mod event_stream;
mod har;
mod hash;
mod inspect_archive;
mod otlp_frames;
mod otlp_protobuf;
mod otlp_value;
mod parquet;
mod payload;
mod read;
mod script;
mod squeeze;
mod table;
mod time;

#[cfg(test)]
mod test_support;

pub use assemble::WORDLESS;
pub use evidence::{Evidence, EvidenceId};
pub use limits::{Limits, Stop};
pub use model::{Event, EventKind, Trace};
pub use read::{Detection, ReadError, Reading, Scanned, read, read_as, read_as_within, read_within, recognize, scan};
