//! Section 6: how long it took to detect the failure.

use crate::statement::{Answer, Question};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Section 6.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Delay {
    /// The chain, in order.
    pub points: Vec<DelayPoint>,
    /// The time between neighbours that are known.
    pub gaps: Vec<DelayGap>,
    /// Open questions without which the delay cannot be calculated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// The monitor or guard that should have fired.
    pub should_have_fired: Answer,
}

/// A point of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelayPoint {
    /// first_wrong_step, earliest_signal, first_alert, aware, contained or resolved.
    pub point: String,
    /// When, UTC, where known.
    pub at: Option<String>,
    /// The statement, or the question.
    pub answer: Answer,
}

/// The time between two points.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelayGap {
    /// From which point.
    pub from: String,
    /// To which.
    pub to: String,
    /// Seconds; negative if the times are out of order.
    pub seconds: i64,
}
