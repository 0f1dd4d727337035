//! The domain: a retro with its seven sections, the severity policy, drafting, merging and verifying.
//!
//! Pure: time comes in as a parameter, and the same input gives the same bytes out.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod build;
pub mod draft;
pub mod facts;
pub mod merge;
pub mod policy;
pub mod questions;
pub mod record;
pub mod statement;
mod summary;
pub mod verify;

pub use build::{Input, draft};
pub use draft::Draft;

use hindcast_trace::Stop;

/// Drafts anew and keeps what people did to an earlier draft; also what a person should know about it. What they hold to
/// be findings is known before the sections are computed, since these rest on findings.
pub fn redraft(input: &Input<'_>, edits: &merge::Edits) -> (Draft, Vec<String>) {
    let never = Stop::default();
    merge::merge(edits, build::draft_with(input, &edits.promotions(), &never), input.policy)
}

/// The same, until the caller ends it; `None` then.
pub fn redraft_until(input: &Input<'_>, edits: &merge::Edits, stop: &Stop) -> Option<(Draft, Vec<String>)> {
    let draft = build::draft_with(input, &edits.promotions(), stop);
    (!stop.is_set()).then(|| merge::merge(edits, draft, input.policy))
}
