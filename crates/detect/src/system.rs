//! Observations for the six system questions.

use crate::finding::{Cite, Finding};
use crate::session::Session;

/// The six questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Question {
    /// Had the model what it needed?
    Context,
    /// Did the tool's surface make the wrong call or reading easy?
    ToolDesign,
    /// Did a guard catch it?
    Guardrails,
    /// Did the eval suite test it?
    EvalCoverage,
    /// How long until somebody knew?
    Monitoring,
    /// Would less authority have made it smaller?
    PermissionScope,
}

/// Something seen in the trace that bears on a question.
#[derive(Debug, Clone)]
pub struct Observation {
    /// Which question.
    pub question: Question,
    /// What was seen.
    pub text: String,
    /// Where.
    pub cites: Vec<Cite>,
    /// True where it made the failure easier, false where it speaks against that.
    pub contributes: Option<bool>,
    /// The tool concerned.
    pub tool: Option<String>,
}

/// Looks for such things.
pub fn observe(_session: &Session<'_>, _findings: &[Finding]) -> Vec<Observation> {
    Vec::new()
}
