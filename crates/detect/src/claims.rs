//! What the agent claims to have done.

use crate::finding::Cite;
use crate::session::Session;

/// "Your refund has been processed": a sentence that says an operation is done.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The message's event.
    pub event: u32,
    /// The words that claim it.
    pub cite: Cite,
    /// The sentence around them.
    pub sentence: Cite,
    /// The families that the words belong to; empty where they fit any ("Done!").
    pub families: Vec<&'static str>,
}

/// Finds the claims in what the agent said.
pub fn find(_session: &Session<'_>) -> Vec<Claim> {
    Vec::new()
}
