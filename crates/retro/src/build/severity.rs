//! The proposed severity, with its reasons.

use super::Context;
use crate::draft::{Behavior, FindingEntry, Severity};
use crate::statement::{Basis, Origin, Question, Statement};
use hindcast_detect::finding::Outcome;
use serde_saphyr::Spanned;

/// Families of operation in which a mistake costs somebody money.
const FINANCIAL: [&str; 4] = ["refund", "pay", "transfer", "order"];

/// Proposes a level from what is known, and says what it assumes.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Severity {
    let facts = cx.input.facts;
    let given = facts.severity.clone().unwrap_or_default();
    let live: Vec<&FindingEntry> = behavior.findings.iter().filter(|f| f.outcome == Outcome::Unmitigated).collect();
    let mut reasons = Vec::new();
    let mut assumptions = Vec::new();
    let mut questions = Vec::new();
    let mut decide =
        |entry: &str, fact: &Option<Spanned<bool>>, yes: &str, no: &str, assumed: bool, why: &str, ask: &str| {
            let entry = format!("severity.{entry}");
            match fact {
                Some(fact) => {
                    let text = if fact.value { yes } else { no };
                    reasons.push(facts.state(&entry, fact.referenced.line(), fact.value, text));
                    fact.value
                }
                None => {
                    if !why.is_empty() {
                        assumptions.push(why.to_owned());
                    }
                    questions.push(Question { entry, ask: ask.to_owned() });
                    assumed
                }
            }
        };
    let impacting = decide(
        "customer_impacting",
        &given.customer_impacting,
        "it reached a customer",
        "it did not reach a customer",
        !live.is_empty(),
        if live.is_empty() { "" } else { "the failing step reached the user, since nothing in the trace stopped it" },
        "Did it reach a customer?",
    );
    let money = live.iter().flat_map(|f| &f.tools).any(|tool| {
        let families = cx.input.contracts.known(tool).families;
        families.iter().any(|f| FINANCIAL.contains(&f.as_str()))
    });
    let financial = decide(
        "financial",
        &given.financial,
        "money was involved",
        "no money was involved",
        money,
        if money { "money is involved, by the tool's name" } else { "" },
        "Was money involved?",
    );
    let regulatory = decide(
        "regulatory",
        &given.regulatory,
        "a law or regulator applies",
        "no law or regulator applies",
        false,
        "",
        "Does a law or a regulator apply?",
    );
    let contained = decide(
        "contained",
        &given.contained,
        "it is contained",
        "it is not contained",
        false,
        if live.is_empty() { "" } else { "it is not contained, until somebody says that it is" },
        "Is it contained: can it still happen to others?",
    );
    let nothing = live.is_empty() && given.customer_impacting.is_none();
    let level = match () {
        () if nothing || !(impacting || financial || regulatory) => 4,
        () if regulatory => 1,
        () if contained && impacting => 2,
        () if contained => 3,
        () if impacting || financial => 1,
        () => 3,
    };
    for finding in live.iter().take(3) {
        reasons.extend(because(finding));
    }
    if live.is_empty() {
        assumptions.push(match behavior.findings.is_empty() {
            true => match behavior.coverage.iter().filter(|c| !c.not_assessed.is_empty()).count() {
                0 => "no detector found a failure in this session".to_owned(),
                n => format!(
                    "no detector found a failure, but {n} could not judge all of it: the severity is unknown until a person has looked"
                ),
            },
            false => "every failure found was stopped or mended before it reached anybody".to_owned(),
        });
    }
    let policy = cx.input.policy;
    let chosen = policy.level(level);
    let aware = facts.aware.as_ref().and_then(|m| m.time()).or_else(|| facts.reported.as_ref().and_then(|m| m.time()));
    if aware.is_none() && !policy.deadlines(level, None).is_empty() {
        let ask = "When was a person first aware? The deadlines are counted from then.".to_owned();
        questions.push(Question { entry: "aware.at".to_owned(), ask });
    }
    Severity {
        level,
        means: chosen.map_or(String::new(), |l| l.means.clone()),
        reasons,
        assumptions,
        response: chosen.map_or(String::new(), |l| l.review.clone()),
        deadlines: policy.deadlines(level, aware),
        questions,
    }
}

fn because(finding: &FindingEntry) -> Option<Statement> {
    let mut quotes = finding.statement.quotes().cloned().map(Basis::Quote);
    let first = quotes.next()?;
    let text = format!("{}, at event {}", finding.title, finding.event);
    Some(Statement::new(Origin::Analysis("severity".to_owned()), text, first, []))
}
