//! What an agent that works on code has done: the commands it ran, what came of them, and the files it changed.
//!
//! Pure predicates over a [`Session`](crate::Session). What the agent *says* it has done is read in [`claims`] and [`deeds`];
//! a detector compares the two.

pub mod answer;
pub mod claims;
pub mod committed;
mod conflict;
pub mod counts;
pub mod deeds;
pub mod disclosure;
pub mod edits;
pub mod elsewhere;
pub mod facts;
pub mod inline;
pub mod ledger;
pub mod looks;
pub mod missing;
pub mod runs;
pub mod suites;
pub mod weakening;
pub mod words;

pub use ledger::Ledger;

#[cfg(test)]
mod tests;
