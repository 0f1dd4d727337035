//! Detection: a [`Session`] in, [`Finding`]s with evidence out.
//!
//! Pure: no clock, no randomness, no files. Detectors are thin compositions of shared predicates.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod agreement;
pub mod atoms;
pub mod binding;
pub mod capture;
pub mod claims;
pub mod confirmation;
pub mod contact;
pub mod contract;
pub mod counts;
pub mod decimal;
pub mod deeds;
pub mod detectors;
pub mod failure;
pub mod finding;
pub mod grounding;
pub mod guards;
pub mod language;
pub mod lexicon;
pub mod listing;
mod lookup;
mod memo;
pub mod operation;
pub mod owning;
pub mod passage;
mod pattern;
pub mod prose;
pub mod provenance;
pub mod rejection;
pub mod request;
pub mod schema;
pub mod secrets;
pub mod session;
pub mod status;
pub mod system;
pub mod values;

pub use contract::Contracts;
pub use finding::{Basis, Category, Cite, Finding, Report};
pub use session::Session;
