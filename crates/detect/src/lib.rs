//! Detection: a [`Session`] in, [`Finding`]s with evidence out.
//!
//! Pure: no clock, no randomness, no files. Detectors are thin compositions of shared predicates.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod bits;
pub mod claims;
pub mod detectors;
pub mod dialogue;
mod excerpt;
pub mod finding;
mod grams;
pub mod guards;
pub mod kind;
pub mod maps;
pub mod origin;
pub mod outcome;
pub mod prose;
pub mod reliability;
pub mod secrets;
pub mod session;
pub mod system;
#[cfg(test)]
mod test_support;
pub mod tools;
pub mod values;
pub mod work;
pub mod yaml;

pub use finding::{Basis, Category, Cite, Finding, Report};
pub use kind::SessionKind;
pub use session::Session;
pub use tools::contract::Contracts;
