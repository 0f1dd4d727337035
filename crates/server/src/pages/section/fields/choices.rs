//! What can be chosen in a section's form, by the names that it sends.

use crate::failure::Failure;
use hindcast_retro::draft::{ActionCategory, Contribution, DesignCoverage};
use hindcast_retro::statement::Verdict;

/// The verdicts in the order of a form.
pub const VERDICTS: [(Verdict, &str, &str); 4] = [
    (Verdict::Open, "open", "not decided"),
    (Verdict::Confirmed, "confirmed", "confirmed"),
    (Verdict::Edited, "edited", "reworded"),
    (Verdict::Rejected, "rejected", "rejected"),
];

/// Names and words for the six questions.
pub const CONTRIBUTIONS: [(&str, &str); 3] =
    [("contributed", "contributed"), ("did_not", "did not contribute"), ("unknown", "unknown")];
/// Names and words for what the design had foreseen.
pub const COVERAGES: [(&str, &str); 3] =
    [("specified", "specified"), ("not_specified", "not specified"), ("unknown", "unknown")];
/// The categories of actions.
pub const CATEGORIES: [ActionCategory; 4] =
    [ActionCategory::Eval, ActionCategory::Tooling, ActionCategory::Guardrails, ActionCategory::Process];

pub(super) fn contribution(value: Contribution) -> &'static str {
    match value {
        Contribution::Contributed => "contributed",
        Contribution::DidNot => "did_not",
        Contribution::Unknown => "unknown",
    }
}

pub(super) fn coverage(value: DesignCoverage) -> &'static str {
    match value {
        DesignCoverage::Specified => "specified",
        DesignCoverage::NotSpecified => "not_specified",
        DesignCoverage::Unknown => "unknown",
    }
}

/// A name where it is one of these, or else what stood there.
pub(super) fn known(all: &[(&'static str, &'static str)], name: &str, otherwise: &'static str) -> &'static str {
    all.iter().find(|(n, _)| *n == name).map_or(otherwise, |(n, _)| n)
}

/// The verdict of this name.
pub(super) fn verdict(name: &str) -> Option<Verdict> {
    VERDICTS.iter().find(|(_, n, _)| *n == name).map(|(v, _, _)| *v)
}

/// The category of this name.
///
/// # Errors
/// Where there is none.
pub(super) fn known_category(name: &str) -> Result<ActionCategory, Failure> {
    let found = CATEGORIES.into_iter().find(|c| c.label() == name);
    found.ok_or_else(|| Failure::Invalid(format!("Category: there is no `{name}`.")))
}
