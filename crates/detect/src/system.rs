//! Observations for the six system questions: what the trace shows of the system around the model.
//!
//! An observation is no verdict. It says whether it made the failure easier, speaks against that, or is merely worth
//! knowing; eval coverage and monitoring cannot be seen in a trace at all, so nothing is said of them.

mod context;
mod guards;
mod permission;
mod tie;
mod tool_design;

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

impl Observation {
    fn new(question: Question, text: impl Into<String>, cites: impl IntoIterator<Item = Cite>) -> Self {
        let cites = cites.into_iter().collect();
        Observation { question, text: text.into(), cites, contributes: None, tool: None }
    }

    fn contributing(mut self) -> Self {
        self.contributes = Some(true);
        self
    }

    fn of_tool(mut self, tool: &str) -> Self {
        self.tool = Some(tool.to_owned());
        self
    }
}

/// Looks for such things.
pub fn observe(session: &Session<'_>, findings: &[Finding]) -> Vec<Observation> {
    let mut seen = context::observe(session, findings);
    seen.extend(tool_design::observe(session, findings));
    seen.extend(guards::observe(session));
    seen.extend(permission::observe(session, findings));
    seen
}

#[cfg(test)]
mod tests;
