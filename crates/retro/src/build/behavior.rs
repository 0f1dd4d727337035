//! Section 4: what the model did.

use super::cite::Citer;
use super::{Context, distinct, person};
use crate::draft::{Behavior, Consequence, Considered, Coverage, FindingEntry, Prevalence};
use crate::statement::{Origin, Statement};
use hindcast_detect::finding::{Answer, Finding, NotAssessed};
use hindcast_detect::kind::SessionKind;

/// Turns reports into findings, leads and coverage. From here on, each finding of the context has its entry.
pub fn build(cx: &mut Context<'_>) -> Behavior {
    let (flags, mut findings): (Vec<_>, Vec<_>) = entries(cx, &cx.findings.clone()).into_iter().unzip();
    cx.findings = flags;
    let (_, mut leads): (Vec<_>, Vec<_>) = entries(cx, &cx.leads.clone()).into_iter().unzip();
    distinct::flags(findings.iter_mut().chain(&mut leads).collect());
    let coverage = cx.reports.iter().map(|(detector, report)| {
        let not_assessed = reasons(&report.not_assessed);
        Coverage {
            detector: detector.id().to_owned(),
            looks_for: detector.looks_for().to_owned(),
            result: result(report.answer(), detector.id(), &findings),
            not_assessed,
        }
    });
    let coverage = coverage.collect();
    Behavior { findings, leads, coverage }
}

/// A detector's result, where a lead of it that a person promoted is a finding.
fn result(answer: Answer, detector: &str, findings: &[FindingEntry]) -> Answer {
    let by = |f: &FindingEntry| matches!(&f.statement.origin, Origin::Detector(id) if id == detector);
    if answer == Answer::Leads && findings.iter().any(by) { Answer::Found } else { answer }
}

fn entries<'a>(cx: &mut Context<'a>, flags: &[&'a Finding]) -> Vec<(&'a Finding, FindingEntry)> {
    // A quote that leads nowhere is no basis, and without one there is no finding.
    flags.iter().filter_map(|flag| Some((*flag, entry(cx, flag)?))).collect()
}

fn entry(cx: &mut Context<'_>, finding: &Finding) -> Option<FindingEntry> {
    let statement = statement_by(person::origin(cx.input.facts, finding), &mut cx.citer, finding)?;
    let considered = finding.considered.iter().map(|c| Considered {
        // Where the quoted words stand, which may be the answer to the call that was looked at.
        event: c.cite.as_ref().map_or(c.event, |cite| cite.event()) + 1,
        why: c.why.clone(),
        quote: c.cite.as_ref().and_then(|c| cx.citer.cite(c)),
    });
    let considered = considered.collect();
    // A person's finding rests on no rule.
    let rule = if person::is_person(finding) { String::new() } else { finding.rule() };
    Some(FindingEntry {
        statement,
        title: finding.title.clone(),
        reliability: if rule.is_empty() { String::new() } else { reliability(&rule, cx.session.kind.kind) },
        rule,
        promoted: false,
        category: finding.category,
        also: finding.also,
        event: finding.event + 1,
        outcome: finding.outcome,
        // Weighed with the severity, once all are known.
        consequence: Consequence::default(),
        assumes: finding.rests_on.clone(),
        considered,
        tools: finding.tools.clone(),
        prevalence: Prevalence::NotMeasured(
            "this draft covers one session; measure prevalence over many sessions".to_owned(),
        ),
    })
}

/// The statement of a detector's flag; `None` where none of its bases has a place in the evidence.
pub fn statement(citer: &mut Citer<'_>, finding: &Finding) -> Option<Statement> {
    statement_by(Origin::Detector(finding.detector.to_owned()), citer, finding)
}

fn statement_by(origin: Origin, citer: &mut Citer<'_>, finding: &Finding) -> Option<Statement> {
    let mut bases = finding.bases().filter_map(|b| citer.basis(b));
    let first = bases.next()?;
    Some(Statement::new(origin, finding.detail.clone(), first, bases))
}

/// How reliable a rule is in a kind of session, in words.
fn reliability(rule: &str, kind: SessionKind) -> String {
    let Some(row) = hindcast_detect::reliability::row(rule, kind) else {
        return format!("nobody has judged the rule `{rule}` in {} sessions yet", kind.label());
    };
    let words = row.words();
    let sessions = super::plural(row.ordinary as usize, "ordinary session", "ordinary sessions");
    match (row.ordinary, row.false_alarms) {
        (0, _) => words,
        (_, 0) => format!("{words}; it flagged none of {sessions}"),
        (_, 1) => format!("{words}, with 1 false alarm in {sessions}"),
        (_, n) => format!("{words}, with {n} false alarms in {sessions}"),
    }
}

/// Events that one reason names.
const NAMED: usize = 4;

/// Why something could not be judged: each reason once, with the events that it holds for.
fn reasons(notes: &[NotAssessed]) -> Vec<String> {
    let mut all: Vec<(&str, Vec<u32>)> = Vec::new();
    for note in notes {
        let events = note.event.map(|e| e + 1);
        match all.iter_mut().find(|(why, known)| *why == note.why && known.is_empty() == events.is_none()) {
            Some((_, known)) => known.extend(events),
            None => all.push((&note.why, events.into_iter().collect())),
        }
    }
    let told = all.into_iter().map(|(why, mut events)| {
        events.dedup();
        let named: Vec<String> = events.iter().take(NAMED).map(u32::to_string).collect();
        match events.len() {
            0 => why.to_owned(),
            1 => format!("event {}: {why}", named.join("")),
            n if n <= NAMED => format!("events {}: {why}", named.join(", ")),
            n => format!("events {} and {} more: {why}", named.join(", "), n - NAMED),
        }
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_told_once() {
        let note = |event, why: &str| NotAssessed { event, why: why.to_owned() };
        let notes = [note(Some(3), "a"), note(Some(5), "b"), note(None, "a"), note(Some(6), "a")];
        assert_eq!(reasons(&notes), ["events 4, 7: a", "event 6: b", "a"]);
        let many: Vec<_> = (0..9).map(|e| note(Some(e), "a")).collect();
        assert_eq!(reasons(&many), ["events 1, 2, 3, 4 and 5 more: a"]);
    }
}
