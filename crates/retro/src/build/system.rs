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
    // What would have been otherwise can be said before anybody knows whether it was so.
    for answer in answers.iter_mut().filter(|a| a.counterfactual.is_none() && !behavior.findings.is_empty()) {
        if answer.verdict != Contribution::DidNot {
            answer.counterfactual = otherwise(&answer.question).map(str::to_owned);
        }
    }
    answers
}

/// The counterfactual of a question that is still open.
fn otherwise(question: &str) -> Option<&'static str> {
    Some(match question {
        "context" => {
            "If a fact that was needed stood outside the model's view, the step could have been right with it."
        }
        "tool_design" => {
            "If the tool's answer or arguments can be misread, a surface that cannot would have left nothing to interpret."
        }
        "guardrails" => "A guard that is meant to catch this would have stopped it before it reached anybody.",
        "eval_coverage" => "An eval case for this would have been red before the release.",
        "monitoring" => {
            "A monitor that runs the same detectors over live traces would have told of it with the failing step."
        }
        "permission_scope" => {
            "If the step needed an authority that the task does not, it could not have been taken without it."
        }
        _ => return None,
    })
}

/// The name of a guard, suite or monitor, and its line.
fn named(item: &Inventory) -> Option<(&str, u64)> {
    item.name.as_ref().map(|n| (n.value.as_str(), n.referenced.line()))
}
