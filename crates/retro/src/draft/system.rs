//! Section 5: the six questions.

use crate::statement::{Question, Statement};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The verdict on one of the six questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Contribution {
    /// It contributed.
    Contributed,
    /// It did not.
    DidNot,
    /// The evidence does not tell.
    Unknown,
}

/// Whether the design had foreseen it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DesignCoverage {
    /// The design says what should happen.
    Specified,
    /// It does not.
    NotSpecified,
    /// The evidence does not tell.
    Unknown,
}

/// The answer to one of the six questions of section 5.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SystemAnswer {
    /// context, tool_design, guardrails, eval_coverage, monitoring or permission_scope.
    pub question: String,
    /// The question in words.
    pub ask: String,
    /// The verdict.
    pub verdict: Contribution,
    /// Whether the design had foreseen it.
    pub coverage: DesignCoverage,
    /// The evidence.
    pub statements: Vec<Statement>,
    /// What would have been otherwise.
    pub counterfactual: Option<String>,
    /// What to ask.
    pub questions: Vec<Question>,
}
