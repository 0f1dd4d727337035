//! The severity is decided.

use super::{Fault, Form, GateInput, Rule};
use crate::record::edit::Section;

/// A proposed severity is no decision.
pub struct SeveritySet;

impl Rule for SeveritySet {
    fn id(&self) -> &'static str {
        "severity-set"
    }

    fn asks(&self) -> &'static str {
        "The severity is decided."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Full
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let proposed = input.draft.severity.level;
        match (input.level, proposed) {
            (Some(1..=4), _) => Vec::new(),
            (_, Some(proposed)) => {
                let what = format!("The incident has no severity yet; Sev {proposed} is proposed.");
                vec![Fault::new(Section::Severity, None, what)]
            }
            (_, None) => {
                let what = "The incident has no severity yet, and none is proposed. Answer the severity questions, or set a severity.";
                vec![Fault::new(Section::Severity, None, what)]
            }
        }
    }
}
