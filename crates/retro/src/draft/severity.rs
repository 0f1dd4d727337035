//! The proposed severity.

use crate::statement::{Question, Statement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The proposed severity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Severity {
    /// 1 to 4; absent where nothing was found that a severity could be proposed for.
    pub level: Option<u8>,
    /// What that means, from the policy.
    pub means: String,
    /// Why.
    pub reasons: Vec<Statement>,
    /// What the proposal assumes, where nothing is known.
    pub assumptions: Vec<String>,
    /// The response that the policy asks for.
    pub response: String,
    /// What is due.
    pub deadlines: Vec<Deadline>,
    /// What would change it.
    pub questions: Vec<Question>,
}

/// Something due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// What.
    pub what: String,
    /// When, in the policy's zone; absent where the clock's start is unknown.
    pub due: Option<String>,
    /// How it was computed.
    pub explanation: String,
}
