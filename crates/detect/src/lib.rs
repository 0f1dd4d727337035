//! Detection: a [`Session`] in, [`Finding`]s with evidence out.
//!
//! Pure: no clock, no randomness, no files. Detectors are thin compositions of shared predicates.

pub mod binding;
pub mod claims;
pub mod contact;
pub mod contract;
pub mod counts;
pub mod deeds;
pub mod detectors;
pub mod failure;
pub mod finding;
pub mod grounding;
pub mod lexicon;
pub mod listing;
pub mod owning;
pub mod prose;
pub mod session;
pub mod status;
pub mod values;

pub use contract::Contracts;
pub use finding::{Basis, Category, Cite, Finding, Report};
pub use session::Session;
