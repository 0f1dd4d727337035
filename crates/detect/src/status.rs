//! How far an operation got, as its own result says; the entity's state is something else.

use crate::finding::{Cite, RestsOn};
use crate::session::{Call, Session};

/// How far an operation got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Done.
    Terminal,
    /// Accepted, not done.
    NonTerminal,
    /// Did not work.
    Failed,
    /// The result does not say, or nobody knows where it would.
    Unknown,
}

/// An operation's status.
#[derive(Debug, Clone)]
pub struct Status {
    /// How far it got.
    pub standing: Standing,
    /// The words that say so.
    pub cite: Option<Cite>,
    /// How that is known.
    pub rests_on: RestsOn,
}

/// The operation status of a call, from its result.
pub fn of(_session: &Session<'_>, _call: &Call<'_>) -> Status {
    Status { standing: Standing::Unknown, cite: None, rests_on: RestsOn::Trace }
}
