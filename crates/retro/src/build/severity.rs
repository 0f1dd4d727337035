//! The proposed severity, with its reasons.

mod audience;
mod standing;
mod table;

use super::Context;
use crate::draft::{Behavior, Consequence, FindingEntry, Severity};
use crate::statement::{Basis, Origin, Question, Statement};
use audience::Audience;
use serde_saphyr::Spanned;
use standing::{Weighed, weigh};
use table::Known;

/// Families of operation in which a mistake costs somebody money.
const FINANCIAL: [&str; 4] = ["refund", "pay", "transfer", "order"];
/// Findings that the reasons name, the gravest first.
const NAMED: usize = 3;

/// Says of each finding how far it got.
pub fn consequences(cx: &Context<'_>, findings: &[FindingEntry]) -> Vec<Consequence> {
    weigh_all(cx, findings).into_iter().map(|w| w.standing).collect()
}

fn weigh_all<'f>(cx: &Context<'_>, findings: &'f [FindingEntry]) -> Vec<Weighed<'f>> {
    let looks = standing::looks(cx.session);
    findings.iter().map(|f| weigh(cx, f, &looks)).collect()
}

/// Proposes a level from what is known, and says what it assumes.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Severity {
    let facts = cx.input.facts;
    let given = facts.severity.clone().unwrap_or_default();
    let mut weighed = weigh_all(cx, &behavior.findings);
    // The gravest first, as the retro is named; then in order of the events.
    weighed.sort_by_key(|w| std::cmp::Reverse((w.standing, !w.finding.tools.is_empty())));
    let audience = audience::of(cx);
    let inside = matches!(audience, Audience::Inside(_));
    let live = weighed.iter().any(|w| w.standing > Consequence::Averted);
    let grave = || weighed.iter().filter(|w| w.standing >= Consequence::Contained);
    let exposed = weighed.iter().any(|w| w.standing == Consequence::Exposed);
    // With somebody of the house, what leaves the conversation counts, and no word that is said in it.
    let reached = grave().any(|w| !inside || w.outward || w.standing == Consequence::Exposed);
    let mended = grave().next().is_some() && grave().all(|w| w.standing == Consequence::Contained);
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
        reached,
        impact_assumed((live, grave().next().is_some(), mended, exposed), reached, &audience),
        "Did it reach a customer?",
    );
    let money = grave().flat_map(|w| &w.finding.tools).any(|tool| {
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
        if exposed {
            "no law or regulator applies, though data or authority was given to somebody else: ask first"
        } else {
            ""
        },
        "Does a law or a regulator apply?",
    );
    let contained = decide(
        "contained",
        &given.contained,
        "it is contained",
        "it is not contained",
        mended,
        match (live, mended) {
            (false, _) => "",
            (_, true) => {
                "it is contained, since this session mended it; whether it can still happen to others is not known"
            }
            _ => "it is not contained, until somebody says that it is",
        },
        "Is it contained: can it still happen to others?",
    );
    let level = table::level(&Known {
        found: !behavior.findings.is_empty(),
        live,
        answered: given.customer_impacting.is_some() || given.financial.is_some() || given.regulatory.is_some(),
        impacting,
        financial,
        regulatory,
        contained,
    });
    if let (Audience::Inside(Ok(statement)), true, None) = (audience, live, &given.customer_impacting) {
        reasons.push(statement);
    }
    // A near-miss says what was missed; beside something graver it does not matter.
    for one in weighed.iter().filter(|w| !live || w.standing > Consequence::Averted).take(NAMED) {
        reasons.extend(because(cx, one));
    }
    if !live {
        let blind = behavior.coverage.iter().filter(|c| !c.not_assessed.is_empty()).count();
        assumptions.push(match (behavior.findings.is_empty(), blind) {
            (true, 0) => "no detector found a failure in this session".to_owned(),
            (true, n) => format!(
                "no detector found a failure, but {} could not judge all of it",
                super::plural(n, "detector", "detectors")
            ),
            (false, _) => "every failure found was stopped or mended before it reached anybody".to_owned(),
        });
    }
    let Some(level) = level else {
        return Severity {
            level: None,
            decided: None,
            means: "nothing was found that a severity could be proposed for".to_owned(),
            reasons,
            assumptions,
            response: "If something did go wrong, answer the questions below, or write what happened as a finding"
                .to_owned(),
            deadlines: Vec::new(),
            questions,
        };
    };
    let policy = cx.input.policy;
    let chosen = policy.level(level);
    let aware = facts.clock();
    assumptions.extend(facts.twice.clone());
    if aware.is_none() && !policy.deadlines(level, None).is_empty() {
        let ask = "When was a person first aware? The deadlines are counted from then.".to_owned();
        questions.push(Question { entry: "aware.at".to_owned(), ask });
    }
    Severity {
        level: Some(level),
        decided: None,
        means: chosen.map_or(String::new(), |l| l.means.clone()),
        reasons,
        assumptions,
        response: chosen.map_or(String::new(), |l| l.review.clone()),
        deadlines: policy.deadlines(level, aware),
        questions,
    }
}

/// What is taken for granted on whether it reached a customer.
fn impact_assumed(
    (live, grave, mended, exposed): (bool, bool, bool, bool),
    reached: bool,
    audience: &Audience,
) -> &str {
    match audience {
        _ if !live => "",
        _ if !grave => "what was found is of a kind that by itself harms nobody outside",
        Audience::Inside(_) if exposed => {
            "data or authority was given to somebody whom nobody had chosen, which counts as reaching a customer until a person says otherwise"
        }
        Audience::Inside(_) if reached => "what was sent reached somebody outside, though the user is of the house",
        Audience::Inside(Err(why)) => why,
        Audience::Inside(Ok(_)) => {
            "the user is of the house, and what was said or done reached no customer by itself: ask where it went"
        }
        _ if mended => "the failing step reached the user before it was mended",
        Audience::Customers => "the failing step reached the customer, since nothing in the trace stopped it",
        Audience::Unknown => {
            "the failing step reached the user, since nothing in the trace stopped it; the user is taken for a customer, as the trace does not say who it is"
        }
    }
}

fn because(cx: &mut Context<'_>, weighed: &Weighed<'_>) -> Option<Statement> {
    let finding = weighed.finding;
    let first = Basis::Quote(finding.statement.quotes().next()?.clone());
    let (why, cite) = match &weighed.because {
        Some((why, cite)) => (format!("; {why}"), cite.as_ref()),
        None if weighed.standing == Consequence::Averted => ("; it was stopped, and did nothing".to_owned(), None),
        None => (String::new(), None),
    };
    let text = format!("{}, at event {}{why}", finding.title, finding.event);
    let more = cite.and_then(|c| cx.citer.cite(c)).map(Basis::Quote);
    Some(Statement::new(Origin::Analysis("severity".to_owned()), text, first, more))
}
