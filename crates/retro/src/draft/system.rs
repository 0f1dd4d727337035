//! Section 5: the six questions.

use crate::statement::{Basis, Question, Statement};
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

impl Contribution {
    /// The name in the document.
    pub fn name(self) -> &'static str {
        match self {
            Contribution::Contributed => "contributed",
            Contribution::DidNot => "did_not",
            Contribution::Unknown => "unknown",
        }
    }
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

impl DesignCoverage {
    /// The name in the document.
    pub fn name(self) -> &'static str {
        match self {
            DesignCoverage::Specified => "specified",
            DesignCoverage::NotSpecified => "not_specified",
            DesignCoverage::Unknown => "unknown",
        }
    }
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
    /// Design coverage: whether the design specifies it.
    pub coverage: DesignCoverage,
    /// The evidence.
    pub statements: Vec<Statement>,
    /// The counterfactual: what would have prevented or changed the outcome.
    pub counterfactual: Option<String>,
    /// Open questions.
    pub questions: Vec<Question>,
}

impl SystemAnswer {
    /// True if nothing is known about it yet, neither from the trace nor from people.
    pub fn is_open(&self) -> bool {
        let unknown = self.verdict == Contribution::Unknown && self.coverage == DesignCoverage::Unknown;
        unknown && self.statements.is_empty() && self.counterfactual.is_none()
    }

    /// Asks the question itself where the verdict is unknown and nothing else is asked or answered: an unknown without
    /// its question leaves nobody anything to do. Where the verdict is known, that question is not asked any more.
    pub fn ask_if_unknown(&mut self) {
        let entry = match self.question.as_str() {
            "guardrails" => "guards",
            "eval_coverage" => "evals",
            "monitoring" => "alerted.at",
            "permission_scope" => "permissions",
            other => other,
        };
        let answers = |b: &Basis| matches!(b, Basis::Fact { entry: answered, .. } if answered == entry);
        if self.verdict != Contribution::Unknown {
            self.questions.retain(|q| q.ask != self.ask);
        } else if self.questions.is_empty()
            && !self.statements.iter().any(|s| s.is_reply() && s.basis().iter().any(answers))
        {
            self.questions.push(Question { entry: entry.to_owned(), ask: self.ask.clone() });
        }
    }
}
