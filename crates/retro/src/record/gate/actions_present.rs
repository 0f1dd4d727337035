//! The retro has at least one action.

use super::{Fault, Form, GateInput, Rule};
use crate::record::edit::Section;
use crate::statement::Verdict;

/// A retro that changes nothing was a report.
pub struct ActionsPresent;

impl Rule for ActionsPresent {
    fn id(&self) -> &'static str {
        "actions-present"
    }

    fn asks(&self) -> &'static str {
        "The retro has at least one action."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Full
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let items = &input.draft.actions.items;
        let what = match items.iter().any(|i| i.verdict != Verdict::Rejected) {
            true => return Vec::new(),
            false if items.is_empty() => "The retro has no action.",
            false => "Every action was rejected.",
        };
        vec![Fault::new(Section::Actions, None, what)]
    }
}
