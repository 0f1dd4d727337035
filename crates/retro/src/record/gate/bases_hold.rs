//! Every basis still holds.

use super::{Fault, Form, GateInput, Rule};
use crate::record::edit::Section;
use crate::statement::Quote;
use crate::verify;
use std::collections::BTreeSet;

/// What is approved must stand in the evidence.
pub struct BasesHold;

impl Rule for BasesHold {
    fn id(&self) -> &'static str {
        "bases-hold"
    }

    fn asks(&self) -> &'static str {
        "Every quote matches the evidence."
    }

    fn applies(&self, _form: Form) -> bool {
        true
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let Some(check) = input.check else {
            // Where nothing is quoted, there is nothing to look up.
            let quotes = input.draft.every_quote().len();
            let what = "The evidence is not available, so no quote could be checked.";
            return if quotes == 0 { Vec::new() } else { vec![Fault::new(Section::Behavior, None, what)] };
        };
        // Each quote has a fault of its own, also where several support the same statement: a waiver names the faults that it covers, and
        // must not cover a quote that broke later.
        let mut faults = Vec::new();
        for broken in &check.broken {
            let mut resting: BTreeSet<(Section, Option<String>)> = broken
                .statements
                .iter()
                .map(|(section, id)| (section.parse().unwrap_or(Section::Behavior), Some(id.clone())))
                .collect();
            if resting.is_empty() {
                resting.insert((Section::Behavior, weighed_by(input, &broken.quote)));
            }
            faults.extend(resting.into_iter().map(|(section, id)| Fault::new(section, id.as_deref(), words(broken))));
        }
        faults
    }
}

/// The finding or lead that weighed a quote without resting on it.
fn weighed_by(input: &GateInput<'_>, quote: &Quote) -> Option<String> {
    let weighs = |f: &&crate::draft::FindingEntry| f.considered.iter().any(|c| c.quote.as_ref() == Some(quote));
    input.draft.behavior.flags().find(weighs).map(|f| f.statement.id.clone())
}

fn words(broken: &verify::Broken) -> String {
    let Quote { id, text, event, .. } = &broken.quote;
    let quoted: String = text.chars().take(80).collect();
    let why = match &broken.fault {
        verify::Fault::NoEvidence => "its evidence is not available".to_owned(),
        verify::Fault::Erased(how) => format!("its evidence was erased {how} and can no longer be checked"),
        verify::Fault::PathGone => "its location no longer exists in the evidence".to_owned(),
        verify::Fault::Differs(found) if found.is_empty() => "there is no text at that location".to_owned(),
        verify::Fault::Differs(found) => {
            format!("that location now reads “{}”", found.chars().take(80).collect::<String>())
        }
    };
    format!("Quote {id}, “{quoted}” at event {event}: {why}.")
}
