//! What a trace says about the system around the model: observations for the six questions of a retro.
//!
//! Only what stands in the trace is observed. Eval coverage and monitoring lie outside every trace, so that nothing is
//! said of them here; and a guard that is not seen may exist all the same.

mod context;
mod guardrails;
mod permission;
mod tools;

use crate::finding::{Cite, Finding};
use crate::session::Session;
use serde::{Deserialize, Serialize};

/// The six questions about the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Had the model what it needed to succeed?
    Context,
    /// Did the tool's surface make the wrong call or the wrong reading easy?
    ToolDesign,
    /// Did an input or output guard catch it?
    Guardrails,
    /// Did the eval suite test this case?
    EvalCoverage,
    /// How long until somebody knew?
    Monitoring,
    /// With less authority, would the impact have been smaller?
    PermissionScope,
}

/// One thing that the trace shows, for one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// The question that it bears on.
    pub question: Question,
    /// What is seen, for people.
    pub text: String,
    /// Where it is seen; empty where it is an absence.
    pub cites: Vec<Cite>,
    /// `Some(true)` where it made the failure easier, `Some(false)` where it speaks against that, `None` where it does neither.
    pub contributes: Option<bool>,
    /// The tool that it is about.
    pub tool: Option<String>,
}

impl Observation {
    fn new(question: Question, text: impl Into<String>) -> Self {
        Observation { question, text: text.into(), cites: Vec::new(), contributes: None, tool: None }
    }

    fn cite(mut self, cite: Option<Cite>) -> Self {
        self.cites.extend(cite);
        self
    }

    fn eased(mut self, contributes: bool) -> Self {
        self.contributes = Some(contributes);
        self
    }

    fn tool(mut self, name: &str) -> Self {
        self.tool = Some(name.to_owned());
        self
    }
}

/// What the trace says about the system, given what went wrong. Without findings nothing can have contributed, so that all
/// observations are neutral then.
pub fn observe(session: &Session<'_>, findings: &[Finding]) -> Vec<Observation> {
    let mut all = Vec::new();
    context::observe(session, findings, &mut all);
    tools::observe(session, findings, &mut all);
    guardrails::observe(session, findings, &mut all);
    permission::observe(session, findings, &mut all);
    if findings.is_empty() {
        for observation in &mut all {
            observation.contributes = None;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Contracts;
    use crate::finding::Category;
    use hindcast_trace::{Evidence, read};

    fn observed(json: &str, wrong_tool: Option<&str>) -> Vec<Observation> {
        let reading = read(&[Evidence::new("t.json", json.as_bytes().to_vec())]).expect("reads");
        let contracts = Contracts::default();
        let session = Session::new(&reading.sessions[0], &contracts);
        let finding = wrong_tool.and_then(|tool| {
            let call = session.calls.iter().find(|c| c.name.text == tool)?;
            Some(Finding::new("test", Category::ToolMisuse, call.event, "wrong", Cite::whole(call.event, call.name)?).tool(tool))
        });
        observe(&session, finding.as_slice())
    }

    const REFUND: &str = r#"{"tools": [
        {"type": "function", "function": {"name": "refund", "description": "Refund", "parameters": {"type": "object", "properties": {"charge_id": {"type": "string"}}}}},
        {"type": "function", "function": {"name": "refunds", "parameters": {"type": "object", "properties": {}}}},
        {"type": "function", "function": {"name": "delete_account", "parameters": {"type": "object", "properties": {}}}}],
        "messages": [
        {"role": "user", "content": "refund my charge ch_1"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c", "type": "function", "function": {"name": "refund", "arguments": "{\"charge_id\": \"ch_1\"}"}}]},
        {"role": "tool", "tool_call_id": "c", "content": "{\"status\": \"pending\", \"message\": \"Refund processed successfully\"}"},
        {"role": "assistant", "content": "Your refund has been processed."}]}"#;

    #[test]
    fn a_free_status_and_a_wide_grant_are_seen() {
        let seen = observed(REFUND, Some("refund"));
        let says = |q: Question, words: &str| seen.iter().any(|o| o.question == q && o.text.contains(words));
        assert!(says(Question::ToolDesign, "free text"), "{seen:#?}");
        assert!(says(Question::ToolDesign, "nearly alike"), "{seen:#?}");
        assert!(says(Question::ToolDesign, "success"), "{seen:#?}");
        assert!(says(Question::PermissionScope, "1 of 3"), "{seen:#?}");
        assert!(says(Question::Guardrails, "no guard"), "{seen:#?}");
    }

    #[test]
    fn nothing_contributes_where_nothing_went_wrong_and_nothing_is_said_of_what_no_trace_shows() {
        let seen = observed(REFUND, None);
        assert!(seen.iter().all(|o| o.contributes.is_none()));
        assert!(!observed(REFUND, Some("refund")).iter().any(|o| matches!(o.question, Question::EvalCoverage | Question::Monitoring)));
    }
}
