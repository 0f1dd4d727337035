//! Answers to the six questions.

use super::{EditFault, Section, SystemEdit, check};
use crate::draft::Draft;
use crate::merge::put;
use std::collections::BTreeMap;

/// Sets verdicts, design coverage and counterfactuals; what differs from what stands there is a person's from now on.
pub fn judge(draft: &mut Draft, section: Section, edits: &[SystemEdit], faults: &mut Vec<EditFault>) {
    if section != Section::System && !edits.is_empty() {
        faults.push(EditFault::new("system", "the six questions are in section 5"));
        return;
    }
    check::once("system", edits.iter().map(|e| e.question.as_str()), faults);
    let mut instead = BTreeMap::new();
    for edit in edits {
        let Some(answer) = draft.system.iter().find(|a| a.question == edit.question) else {
            faults
                .push(EditFault::new(format!("system.{}", edit.question), "is not one of the questions in section 5"));
            continue;
        };
        let mut differs = |name: &str, old: &str, new: &str| {
            if old != new {
                instead.insert(format!("system.{}.{name}", edit.question), new.to_owned());
            }
        };
        differs("verdict", answer.verdict.name(), edit.verdict.name());
        differs("coverage", answer.coverage.name(), edit.coverage.name());
        if let Some(text) = &edit.counterfactual {
            let field = format!("system.{}.counterfactual", edit.question);
            let text = check::text(&field, text, faults);
            differs("counterfactual", answer.counterfactual.as_deref().unwrap_or_default(), &text);
        }
    }
    for (field, _) in put(&instead, draft) {
        faults.push(EditFault::new(field, "is not in this retro"));
    }
}
