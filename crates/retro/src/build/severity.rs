//! The proposed severity, with its reasons. It comes from what people answered; the trace only gives hints.

mod ask;
mod standing;
mod table;

use super::Context;
use crate::draft::{Behavior, Consequence, FindingEntry, Severity};
use crate::statement::{Basis, Origin, Question, Statement};
use standing::{Weighed, weigh};
use table::{Known, Proposal};

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

/// Proposes a level from the facts, or shows what decides it. The reasons are of the findings that stand; the level
/// still includes those that a person dismissed, since it is for people to lower it.
pub fn build(cx: &mut Context<'_>, standing: &Behavior, all: &Behavior) -> Severity {
    let (facts, policy) = (cx.input.facts, cx.input.policy);
    let mut weighed = weigh_all(cx, &standing.findings);
    // The gravest first, as the retro is named; then in order of the events.
    weighed.sort_by_key(|w| std::cmp::Reverse((w.standing, !w.finding.tools.is_empty())));
    let graver = weighed.iter().any(|w| w.standing > Consequence::Averted);
    let live = all.findings.iter().any(|f| f.consequence > Consequence::Averted);
    let given = facts.severity.clone().unwrap_or_default();
    let value = |fact: &Option<serde_saphyr::Spanned<bool>>| fact.as_ref().map(|f| f.value);
    let known = Known {
        found: !weighed.is_empty(),
        live,
        impacting: value(&given.customer_impacting),
        financial: value(&given.financial),
        regulatory: value(&given.regulatory),
        contained: value(&given.contained),
    };
    let mut reasons = ask::answered(facts, &given);
    // A near miss says what was missed; beside something graver it does not matter.
    for one in weighed.iter().filter(|w| !graver || w.standing > Consequence::Averted).take(NAMED) {
        reasons.extend(because(cx, one));
    }
    if known.financial.is_none() {
        reasons.extend(money(cx, &weighed));
    }
    let mut questions = ask::open(&known);
    let remarks = facts.twice.iter().cloned().collect();
    let decision = table::decision(&known, policy);
    let Some(Proposal { level, at_least }) = table::level(&known) else {
        return Severity {
            level: None,
            decided: None,
            decision,
            means: String::new(),
            reasons,
            remarks,
            response: String::new(),
            deadlines: Vec::new(),
            questions,
        };
    };
    let chosen = policy.level(level);
    let aware = facts.clock();
    if aware.is_none() && !policy.deadlines(level, None).is_empty() {
        let ask = "When did a person first become aware? Deadlines count from that time.".to_owned();
        questions.push(Question { entry: "aware.at".to_owned(), ask });
    }
    let means = table::means(&known, level, policy);
    Severity {
        level: Some(level),
        decided: None,
        decision,
        // The policy's words may claim what is not answered yet, such as "contained".
        means: if at_least { "at least, given the answers so far".to_owned() } else { means },
        reasons,
        remarks,
        response: chosen.map_or(String::new(), |l| l.review.clone()),
        deadlines: policy.deadlines(level, aware),
        questions,
    }
}

/// What the trace shows of how far a finding got: a hint for whoever answers the questions.
fn because(cx: &mut Context<'_>, weighed: &Weighed<'_>) -> Option<Statement> {
    let finding = weighed.finding;
    let first = Basis::Quote(finding.statement.quotes().next()?.clone());
    let (why, cite) = match &weighed.because {
        Some((why, cite)) => (format!("; {why}"), cite.as_ref()),
        None if weighed.standing == Consequence::Averted => {
            ("; it was stopped before it had an effect".to_owned(), None)
        }
        None if weighed.standing > Consequence::Minor => ("; nothing in the trace stopped it".to_owned(), None),
        None => (String::new(), None),
    };
    let text = format!("{}, at event {}{why}", finding.title, finding.event);
    let more = cite.and_then(|c| cx.citer.cite(c)).map(Basis::Quote);
    Some(Statement::new(Origin::Analysis("severity".to_owned()), text, first, more))
}

/// The first tool of a live finding whose name says that it moves money.
fn money(cx: &mut Context<'_>, weighed: &[Weighed<'_>]) -> Option<Statement> {
    let live = weighed.iter().filter(|w| w.standing >= Consequence::Contained);
    let named = live.flat_map(|w| w.finding.tools.iter().map(move |t| (w.finding.event, t)));
    for (event, tool) in named {
        let families = cx.input.contracts.known(tool).families;
        if !families.iter().any(|f| FINANCIAL.contains(&f.as_str())) {
            continue;
        }
        // The call that the finding is about: its own, or the last one before.
        let Some(call) = cx.session.calls.iter().rfind(|c| c.name.text == *tool && c.event < event) else { continue };
        let Some(quote) = cx.citer.text(call.event, call.name, 0..call.name.text.len()) else { continue };
        let text = format!("judging by its name, `{tool}` moves money, at event {}", call.event + 1);
        return Some(Statement::new(Origin::Analysis("money".to_owned()), text, Basis::Quote(quote), []));
    }
    None
}
