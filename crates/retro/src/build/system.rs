//! Section 5: the six questions about the system around the model.

mod answer;
mod judge;
mod person;

use super::Context;
use crate::draft::{Behavior, Contribution, SystemAnswer};
use crate::facts::Inventory;
use hindcast_detect::system::{Observation, observe};
pub use judge::covers;

/// Answers the six questions, each with evidence, or with the question to ask.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Vec<SystemAnswer> {
    let findings: Vec<_> = cx.findings.iter().map(|f| (*f).clone()).collect();
    let seen: Vec<Observation> = observe(cx.session, &findings);
    let mut answers = vec![
        answer::context(cx, behavior, &seen),
        answer::tool_design(cx, behavior, &seen),
        answer::guardrails(cx, behavior, &seen),
        answer::eval_coverage(cx, behavior),
        answer::monitoring(cx, behavior),
        answer::permission_scope(cx, behavior, &seen),
    ];
    answers.iter_mut().for_each(|answer| person::answer(cx, behavior, answer));
    // A counterfactual can be stated before anybody knows whether the question contributed.
    for answer in answers.iter_mut().filter(|a| a.counterfactual.is_none() && !behavior.findings.is_empty()) {
        if answer.verdict != Contribution::DidNot {
            answer.counterfactual = open_counterfactual(&answer.question).map(str::to_owned);
        }
    }
    answers
}

/// The counterfactual of a question that is still open.
fn open_counterfactual(question: &str) -> Option<&'static str> {
    Some(match question {
        "context" => {
            "If a required fact was missing from the context, the model could have taken the right step with it."
        }
        "tool_design" => {
            "If the tool's result or arguments can be misread, an unambiguous interface would have prevented the error."
        }
        "guardrails" => "A guardrail for this failure would have stopped it before it reached the user.",
        "eval_coverage" => "An eval case for this would have failed before the release.",
        "monitoring" => "A monitor that runs the same detectors on live traces would have alerted at the failing step.",
        "permission_scope" => {
            "If the step needed a permission that the task does not, the agent could not have taken it without that permission."
        }
        _ => return None,
    })
}

/// The name of a guard, suite or monitor, and its line.
fn named(item: &Inventory) -> Option<(&str, u64)> {
    item.name.as_ref().map(|n| (n.value.as_str(), n.referenced.line()))
}
