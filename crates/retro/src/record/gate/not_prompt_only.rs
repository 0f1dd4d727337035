//! The actions change more than the prompt.

use super::{Fault, Form, GateInput, Rule};
use crate::draft::prompt_only;
use crate::record::edit::Section;
use crate::statement::Verdict;

/// Prompts drift; structural fixes do not.
pub struct NotPromptOnly;

impl Rule for NotPromptOnly {
    fn id(&self) -> &'static str {
        "not-prompt-only"
    }

    fn asks(&self) -> &'static str {
        "The actions change more than the prompt."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Full
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let mut live = input.draft.actions.items.iter().filter(|i| i.verdict != Verdict::Rejected).peekable();
        // That there is none is another rule's.
        if live.peek().is_none() || live.any(|i| !prompt_only(&i.title)) {
            return Vec::new();
        }
        let what = "Every action only changes the prompt. Add one in tooling, eval or guardrails.";
        vec![Fault::new(Section::Actions, None, what)]
    }
}
