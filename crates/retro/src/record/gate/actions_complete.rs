//! Every action has an owner, a due date and a verification.

use super::{Fault, Form, GateInput, Rule};
use crate::draft::ActionItem;
use crate::record::edit::Section;
use crate::statement::Verdict;
use jiff::civil::Date;

/// What nobody owns is not done, and what nothing proves is not known to be done.
pub struct ActionsComplete;

impl Rule for ActionsComplete {
    fn id(&self) -> &'static str {
        "actions-complete"
    }

    fn asks(&self) -> &'static str {
        "Every action has an owner, a due date and a verification."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Full
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let live = input.draft.actions.items.iter().filter(|i| i.verdict != Verdict::Rejected);
        live.filter_map(|item| {
            let missing = missing(item);
            let list = match &missing[..] {
                [] => return None,
                [one] => (*one).to_owned(),
                [all @ .., last] => format!("{} and {last}", all.join(", ")),
            };
            let what = format!("“{}” has no {list}.", item.title);
            Some(Fault::new(Section::Actions, Some(&item.id), what))
        })
        .collect()
    }
}

fn missing(item: &ActionItem) -> Vec<&'static str> {
    let blank = |text: &Option<String>| text.as_ref().is_none_or(|t| t.trim().is_empty());
    let mut missing = Vec::new();
    if blank(&item.owner) {
        missing.push("owner");
    }
    if item.due.as_ref().is_none_or(|d| d.trim().parse::<Date>().is_err()) {
        missing.push("due date");
    }
    // What an action says that came from a document without one; the second wording is of earlier versions.
    if ["", "not specified", "not said yet"].contains(&item.verification.trim()) {
        missing.push("verification");
    }
    missing
}
