//! Section 4: what the model did.

use super::Context;
use crate::draft::{Behavior, Considered, Coverage, FindingEntry, Reach};
use crate::statement::{Basis, Origin, Statement};

/// Turns reports into findings and coverage.
pub fn build(cx: &mut Context<'_>) -> Behavior {
    let mut findings = Vec::new();
    for finding in cx.findings.clone() {
        let bases: Vec<Basis> = finding.bases().filter_map(|b| cx.citer.basis(b)).collect();
        let mut bases = bases.into_iter();
        // A quote that leads nowhere is no basis, and without one there is no finding.
        let Some(first) = bases.next() else { continue };
        let considered = finding.considered.iter().map(|c| Considered {
            // Where the quoted words stand, which may be the answer to the call that was looked at.
            event: c.cite.as_ref().map_or(c.event, |cite| cite.event()) + 1,
            why: c.why.clone(),
            quote: c.cite.as_ref().and_then(|c| cx.citer.cite(c)),
        });
        let considered = considered.collect();
        findings.push(FindingEntry {
            statement: Statement::new(Origin::Detector(finding.detector.to_owned()), finding.detail.clone(), first, bases),
            title: finding.title.clone(),
            category: finding.category,
            also: finding.also,
            event: finding.event + 1,
            outcome: finding.outcome,
            rests_on: finding.rests_on.clone(),
            considered,
            tools: finding.tools.clone(),
            reach: Reach::NotMeasured(
                "this draft rests on one session; prevalence needs a corpus of sessions, reproduction needs the model's endpoint".to_owned(),
            ),
        });
    }
    let coverage = cx.reports.iter().map(|(detector, report)| {
        let mut not_assessed: Vec<String> = Vec::new();
        for note in &report.not_assessed {
            let why = note.event.map_or(note.why.clone(), |e| format!("event {}: {}", e + 1, note.why));
            not_assessed.push(why);
        }
        Coverage {
            detector: detector.id().to_owned(),
            looks_for: detector.looks_for().to_owned(),
            answer: report.answer(),
            not_assessed,
        }
    });
    Behavior { findings, coverage: coverage.collect() }
}
