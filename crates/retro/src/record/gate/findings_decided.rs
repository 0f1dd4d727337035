//! No finding is undecided.

use super::{Fault, Form, GateInput, Rule};
use crate::record::edit::Section;
use crate::statement::Verdict;

/// What a machine found is a proposal until a person has decided.
pub struct FindingsDecided;

impl Rule for FindingsDecided {
    fn id(&self) -> &'static str {
        "findings-decided"
    }

    fn asks(&self) -> &'static str {
        "A person has confirmed, edited or rejected every finding."
    }

    fn applies(&self, form: Form) -> bool {
        form != Form::LogEntry
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let findings = input.draft.behavior.findings.iter();
        findings
            .filter(|f| f.statement.verdict == Verdict::Open)
            .map(|f| {
                let what = format!("Not decided yet: {}", f.title);
                Fault::new(Section::Behavior, Some(&f.statement.id), what)
            })
            .collect()
    }
}
