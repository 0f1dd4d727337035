//! The proposed severity, with its reasons.

use super::Context;
use crate::draft::{Behavior, FindingEntry, Severity};
use crate::statement::{Basis, Origin, Question, Statement};
use hindcast_detect::finding::Outcome;
use hindcast_detect::tools::contract::Effect;
use serde::Deserialize;
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// How grave a failure is by itself; the words are those of `data/severity.yaml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Weight {
    Minor,
    Told,
    Exposed,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kind {
    weight: Weight,
    writes: Option<Weight>,
}

/// By detector.
static KINDS: LazyLock<BTreeMap<String, Kind>> =
    // The file is part of the program, and a test reads it.
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/severity.yaml")).unwrap_or_default());

fn weight(cx: &Context<'_>, finding: &FindingEntry) -> Weight {
    let Origin::Detector(id) = &finding.statement.origin else { return Weight::Told };
    let Some(kind) = KINDS.get(id) else { return Weight::Told };
    let writes = || finding.tools.iter().any(|t| cx.input.contracts.known(t).effect.0 == Effect::Write);
    kind.writes.filter(|_| writes()).unwrap_or(kind.weight)
}

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
    let grave: Vec<&FindingEntry> = live.iter().copied().filter(|f| weight(cx, f) > Weight::Minor).collect();
    let exposed = live.iter().any(|f| weight(cx, f) == Weight::Exposed);
    let impacting = decide(
        "customer_impacting",
        &given.customer_impacting,
        "it reached a customer",
        "it did not reach a customer",
        !grave.is_empty(),
        match (live.is_empty(), grave.is_empty()) {
            (true, _) => "",
            (_, true) => "what was found is of a kind that by itself harms nobody outside",
            _ => "the failing step reached the user, since nothing in the trace stopped it",
        },
        "Did it reach a customer?",
    );
    let money = grave.iter().flat_map(|f| &f.tools).any(|tool| {
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
        false,
        if live.is_empty() { "" } else { "it is not contained, until somebody says that it is" },
        "Is it contained: can it still happen to others?",
    );
    let level = level(&Known {
        found: !behavior.findings.is_empty(),
        live: !live.is_empty(),
        answered: given.customer_impacting.is_some() || given.financial.is_some() || given.regulatory.is_some(),
        impacting,
        financial,
        regulatory,
        contained,
    });
    for finding in live.iter().take(3) {
        reasons.extend(because(finding));
    }
    if live.is_empty() {
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
    let aware = facts.aware.as_ref().and_then(|m| m.time()).or_else(|| facts.reported.as_ref().and_then(|m| m.time()));
    if aware.is_none() && !policy.deadlines(level, None).is_empty() {
        let ask = "When was a person first aware? The deadlines are counted from then.".to_owned();
        questions.push(Question { entry: "aware.at".to_owned(), ask });
    }
    Severity {
        level: Some(level),
        means: chosen.map_or(String::new(), |l| l.means.clone()),
        reasons,
        assumptions,
        response: chosen.map_or(String::new(), |l| l.review.clone()),
        deadlines: policy.deadlines(level, aware),
        questions,
    }
}

/// What decides the level.
#[derive(Clone, Copy)]
struct Known {
    found: bool,
    live: bool,
    answered: bool,
    impacting: bool,
    financial: bool,
    regulatory: bool,
    contained: bool,
}

/// The policy's table (Sev 1: customer-impacting, regulatory or financial; Sev 2: that, contained; Sev 3: minor or
/// contained; Sev 4: near-miss). Where nothing was found and nobody said that anything happened, there is none.
fn level(known: &Known) -> Option<u8> {
    Some(match known {
        Known { found: false, answered: false, .. } => return None,
        Known { regulatory: true, .. } => 1,
        Known { live: false, impacting: false, financial: false, .. } => 4,
        Known { contained: true, impacting: true, .. } => 2,
        Known { contained: true, .. } => 3,
        Known { impacting: true, .. } | Known { financial: true, .. } => 1,
        _ => 3,
    })
}

fn because(finding: &FindingEntry) -> Option<Statement> {
    let mut quotes = finding.statement.quotes().cloned().map(Basis::Quote);
    let first = quotes.next()?;
    let text = format!("{}, at event {}", finding.title, finding.event);
    Some(Statement::new(Origin::Analysis("severity".to_owned()), text, first, []))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detector_has_a_weight() {
        for detector in hindcast_detect::detectors::ALL {
            assert!(KINDS.contains_key(detector.id()), "{} is missing in severity.yaml", detector.id());
        }
        assert_eq!(KINDS.len(), hindcast_detect::detectors::ALL.len());
    }

    #[test]
    fn the_table_of_the_policy() {
        let nothing = Known {
            found: false,
            live: false,
            answered: false,
            impacting: false,
            financial: false,
            regulatory: false,
            contained: false,
        };
        assert_eq!(level(&nothing), None);
        assert_eq!(level(&Known { answered: true, ..nothing }), Some(4));
        let found = Known { found: true, ..nothing };
        assert_eq!(level(&found), Some(4), "stopped before it reached anybody");
        let live = Known { live: true, ..found };
        assert_eq!(level(&live), Some(3), "minor");
        assert_eq!(level(&Known { impacting: true, ..live }), Some(1));
        assert_eq!(level(&Known { impacting: true, contained: true, ..live }), Some(2));
        assert_eq!(level(&Known { impacting: true, contained: true, regulatory: true, ..live }), Some(1));
        assert_eq!(level(&Known { financial: true, ..live }), Some(1));
        assert_eq!(level(&Known { contained: true, ..live }), Some(3));
    }
}
