//! The proposed severity.

use crate::statement::{Question, Statement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The severity: the proposal, and the decision of a person, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Severity {
    /// The proposed level, 1 to 4; absent until the questions that decide it are answered.
    pub level: Option<u8>,
    /// The level that a person set instead of the proposed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// What the open questions decide, in one line; absent if they cannot change the proposal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// What the level in force means, from the policy; empty without a level.
    pub means: String,
    /// What people answered, and what the trace shows about the consequences of the findings.
    pub reasons: Vec<Statement>,
    /// Notes on the proposal.
    #[serde(default, alias = "assumptions")]
    pub remarks: Vec<String>,
    /// The response that the policy asks for at the level in force.
    pub response: String,
    /// Due dates at the level in force.
    pub deadlines: Vec<Deadline>,
    /// Open questions that decide it or could change it.
    pub questions: Vec<Question>,
}

impl Severity {
    /// The level that counts: a person's, else the proposed one.
    pub fn in_force(&self) -> Option<u8> {
        self.decided.as_ref().map(|d| d.level).or(self.level)
    }
}

/// A level that a person decided on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// 1 to 4.
    pub level: u8,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl std::fmt::Display for Decided {
    /// "Sev 2 by Dana: one caller, called back".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sev {}", self.level)?;
        self.by.iter().try_for_each(|by| write!(f, " by {by}"))?;
        self.reason.iter().try_for_each(|reason| write!(f, ": {reason}"))
    }
}

/// Something due.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Deadline {
    /// What.
    pub what: String,
    /// When, in the policy's time zone; absent if the start of the clock is unknown.
    pub due: Option<String>,
    /// How it was computed.
    pub explanation: String,
}
