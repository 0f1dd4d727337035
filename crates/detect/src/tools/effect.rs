//! Whether a tool changes anything.

use serde::{Deserialize, Serialize};

/// Whether a tool changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only looks.
    Read,
    /// It changes something.
    Write,
    /// It changes something that only the agent itself uses: its task list, its plan.
    Scratch,
    /// Nobody knows.
    Unknown,
}
