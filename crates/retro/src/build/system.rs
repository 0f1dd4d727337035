//! Section 5: the six questions about the system around the model.

mod answer;
mod judge;

use super::Context;
use crate::draft::{Behavior, SystemAnswer};
use crate::facts::Inventory;
use hindcast_detect::system::{Observation, observe};
pub use judge::covers;

/// Answers the six questions, each with evidence, or with the question to ask.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Vec<SystemAnswer> {
    let findings: Vec<_> = cx.findings.iter().map(|f| (*f).clone()).collect();
    let seen: Vec<Observation> = observe(cx.session, &findings);
    vec![
        answer::context(cx, behavior, &seen),
        answer::tool_design(cx, behavior, &seen),
        answer::guardrails(cx, behavior, &seen),
        answer::eval_coverage(cx, behavior),
        answer::monitoring(cx, behavior),
        answer::permission_scope(cx, behavior, &seen),
    ]
}

/// The name of a guard, suite or monitor, and its line.
fn named(item: &Inventory) -> Option<(&str, u64)> {
    item.name.as_ref().map(|n| (n.value.as_str(), n.referenced.line()))
}
