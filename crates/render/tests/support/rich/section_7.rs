//! Action items: every category, with owner and date, confirmed and rejected.

use super::super::by;
use hindcast_retro::draft::{ActionCategory, ActionItem};
use hindcast_retro::statement::Verdict;

/// For the findings with these ids.
pub fn items(first: &str, second: &str) -> Vec<ActionItem> {
    let action = |category, title: &str, findings: &[&str], question: &str, verification: &str| ActionItem {
        id: hindcast_retro::statement::short_id("ac", title),
        category,
        label: None,
        done: false,
        title: title.to_owned(),
        findings: findings.iter().map(|f| (*f).to_owned()).collect(),
        question: question.to_owned(),
        verification: verification.to_owned(),
        owner: None,
        due: None,
        origin: by("actions"),
        verdict: Verdict::Open,
        reason: None,
        original: None,
    };
    let mut items = vec![
        action(
            ActionCategory::Tooling,
            "Return a structured status from `refund` that cannot be misread",
            &[first],
            "tool_design",
            "the contract names every status; a call that answers anything else fails its test",
        ),
        action(
            ActionCategory::Eval,
            "Add this session as a case: a pending refund must be told as pending",
            &[first],
            "eval_coverage",
            "the case is red on the version of 24 November and green after",
        ),
        action(
            ActionCategory::Guardrails,
            "Hold a completion claim while the operation's status is not terminal",
            &[first, second],
            "guardrails",
            "a backtest over October: it holds the 31 known claims, and fewer than 1 % of others",
        ),
        action(
            ActionCategory::Process,
            "Call the 31 customers back",
            &[first],
            "monitoring",
            "every conversation of the list has a closing note",
        ),
    ];
    items[0].owner = Some("Payments team".to_owned());
    items[0].due = Some("2026-12-08".to_owned());
    items[1].verdict = Verdict::Confirmed;
    items[3].verdict = Verdict::Rejected;
    items[3].reason = Some("all of them got their money within the five days".to_owned());
    items
}
