//! The six answers: every verdict, with evidence, with a question, with counterfactuals.

use super::super::{by, fact, said};
use super::ask;
use hindcast_retro::draft::{Contribution, DesignCoverage, SystemAnswer};
use hindcast_retro::statement::Quote;

pub fn answers(answer: &Quote, guard: &Quote) -> Vec<SystemAnswer> {
    let system = |question: &str, ask: &str, verdict, coverage| SystemAnswer {
        question: question.to_owned(),
        ask: ask.to_owned(),
        verdict,
        coverage,
        statements: Vec::new(),
        counterfactual: None,
        questions: Vec::new(),
    };
    let mut answers = vec![
        system("context", "Had the model what it needed to succeed?", Contribution::DidNot, DesignCoverage::Specified),
        system(
            "tool_design",
            "Did the tool's surface make the wrong call or the wrong reading easy?",
            Contribution::Contributed,
            DesignCoverage::NotSpecified,
        ),
        system(
            "guardrails",
            "Did an input or output guard catch it? Should one have?",
            Contribution::Contributed,
            DesignCoverage::NotSpecified,
        ),
        system(
            "eval_coverage",
            "Did the eval suite test this case? Why did it not catch it?",
            Contribution::Contributed,
            DesignCoverage::Specified,
        ),
        system(
            "monitoring",
            "How long until somebody knew, and why so long?",
            Contribution::Unknown,
            DesignCoverage::Unknown,
        ),
        system(
            "permission_scope",
            "With less authority, would the impact have been smaller?",
            Contribution::Unknown,
            DesignCoverage::Unknown,
        ),
    ];
    answers[0].statements =
        vec![said(by("context"), "The status was in the model's context, two events before the claim.", answer)];
    answers[1].statements = vec![said(
        by("tool-design"),
        "`refund` answers with a free `status` string; nothing says which values mean that it is done.",
        answer,
    )];
    answers[1].counterfactual =
        Some("With `settled: false` beside the status, there would have been nothing to interpret.".to_owned());
    answers[2].statements = vec![
        said(
            by("guards"),
            "`pii-output-filter` looked at the answer's way out and let it pass; it is not about claims.",
            guard,
        ),
        fact(35, "guards", "no guard compares a claim with a tool's status"),
    ];
    answers[2].counterfactual =
        Some("A guard that holds a completion claim while the status is pending would have held it.".to_owned());
    answers[3].statements = vec![fact(
        40,
        "evals",
        "`refund-smoke` tests that the agent calls `refund` with the right charge, and not what it says after",
    )];
    answers[4].questions = vec![ask(
        "monitors",
        "Which monitors exist, and which of them should have fired? If there are none, write `monitors: []`.",
    )];
    answers[5].questions = vec![ask("permissions", "Which tools may this agent call, and up to which amount?")];
    answers
}
