//! Whatever contributed has an action, or a written reason why not.

use super::{Fault, Form, GateInput, Rule};
use crate::draft::Contribution;
use crate::record::edit::Section;
use crate::statement::Verdict;

/// What let a failure through and stays as it is lets the next one through.
pub struct ContributionsAnswered;

impl Rule for ContributionsAnswered {
    fn id(&self) -> &'static str {
        "contributions-answered"
    }

    fn asks(&self) -> &'static str {
        "Everything that contributed in section 5 has an action, or a note that says why not."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Full
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let draft = input.draft;
        let live = || draft.actions.items.iter().filter(|i| i.verdict != Verdict::Rejected);
        let notes: Vec<String> = draft
            .notes
            .iter()
            .filter(|n| n.section == Section::System.name())
            .map(|n| n.text.to_lowercase().replace(['_', '-'], " "))
            .collect();
        let mut faults = Vec::new();
        for answer in draft.system.iter().filter(|a| a.verdict == Contribution::Contributed) {
            let name = answer.question.replace('_', " ");
            let acted = live().any(|i| i.question == answer.question);
            // A note on something else is no reason; one that names the question is read as one.
            let reasoned = notes.iter().any(|n| n.contains(&name));
            if !acted && !reasoned {
                let what = format!(
                    "“{name}” contributed, but no action addresses it. Add one, or explain in the notes of section 5 why {name} needs none."
                );
                faults.push(Fault::new(Section::System, None, what));
            }
        }
        faults
    }
}
