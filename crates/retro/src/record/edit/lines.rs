//! A section as plain lines, for differences and for showing both sides of a conflict.

use super::Section;
use crate::draft::{Draft, Note};
use crate::statement::{Answer, Question, Statement, Verdict};

/// One statement or field on each line, with what people decided.
pub fn lines(draft: &Draft, section: Section) -> Vec<String> {
    let mut out = Vec::new();
    match section {
        Section::Severity => severity(draft, &mut out),
        Section::Timeline => timeline(draft, &mut out),
        Section::Impact => draft.impact.iter().for_each(|i| {
            answer(&i.field, &i.answer, &mut out);
            i.seen.iter().for_each(|s| out.push(statement(&i.field, s)));
        }),
        Section::Trigger => answer("trigger", &draft.trigger, &mut out),
        Section::Behavior => behavior(draft, &mut out),
        Section::System => system(draft, &mut out),
        Section::Delay => {
            draft.delay.points.iter().for_each(|p| answer(&p.point.replace('_', " "), &p.answer, &mut out));
            answer("should have fired", &draft.delay.should_have_fired, &mut out);
        }
        Section::Actions => actions(draft, &mut out),
    }
    out.iter_mut().for_each(|line| *line = line.replace('\n', " "));
    for note in draft.notes.iter().filter(|n| n.section == section.name()) {
        out.extend(note.text.lines().map(|line| format!("note: {line}")));
    }
    out
}

/// The notes of a section that a form edits: those that stand at its end, as one text.
pub fn notes(draft: &Draft, section: Section) -> String {
    let here = |n: &&Note| n.section == section.name() && n.below.is_none();
    draft.notes.iter().filter(here).map(|n| n.text.as_str()).collect::<Vec<_>>().join("\n\n")
}

fn severity(draft: &Draft, out: &mut Vec<String>) {
    let severity = &draft.severity;
    out.push(format!("title: {}", draft.title));
    let level = severity.level.map_or("none".to_owned(), |l| format!("Sev {l}"));
    let means = if severity.means.is_empty() { String::new() } else { format!(" ({})", severity.means) };
    out.push(format!("proposed: {level}{means}"));
    out.extend(severity.decision.iter().map(|d| format!("decision: {d}")));
    // What the program writes there, and nobody decided on, stands in the other sections.
    let decided = |s: &&Statement| s.original.is_some() || s.verdict != Verdict::Open;
    draft.summary.iter().filter(decided).for_each(|s| out.push(statement("summary", s)));
    severity.reasons.iter().for_each(|s| out.push(statement("because", s)));
    out.extend(severity.remarks.iter().map(|r| format!("note: {r}")));
    severity.questions.iter().for_each(|q| out.push(open("open", q)));
}

fn timeline(draft: &Draft, out: &mut Vec<String>) {
    for entry in &draft.timeline.entries {
        out.push(statement(entry.at.as_deref().unwrap_or("no time"), &entry.statement));
    }
}

fn behavior(draft: &Draft, out: &mut Vec<String>) {
    for (name, entries) in [("finding", &draft.behavior.findings), ("lead", &draft.behavior.leads)] {
        for entry in entries {
            out.push(format!("{}: {}", entry.category.label(), entry.title));
            out.push(statement(name, &entry.statement));
        }
    }
}

fn system(draft: &Draft, out: &mut Vec<String>) {
    for answer in &draft.system {
        let name = answer.question.replace('_', " ");
        let (verdict, coverage) = (answer.verdict.name(), answer.coverage.name());
        out.push(format!("{name}: {}; design coverage: {}", verdict.replace('_', " "), coverage.replace('_', " ")));
        answer.statements.iter().for_each(|s| out.push(statement(&name, s)));
        out.extend(answer.counterfactual.iter().map(|c| format!("{name}, counterfactual: {c}")));
        answer.questions.iter().for_each(|q| out.push(open(&name, q)));
    }
}

fn actions(draft: &Draft, out: &mut Vec<String>) {
    for item in &draft.actions.items {
        let decided = decided(item.verdict, item.reason.as_deref());
        out.push(format!("{}: {}{decided}", item.category.label(), item.title));
        out.push(format!("  addresses: {}", item.question.replace('_', " ")));
        if !item.findings.is_empty() {
            out.push(format!("  findings: {}", item.findings.join(", ")));
        }
        out.push(format!("  owner: {}", item.owner.as_deref().unwrap_or("unassigned")));
        out.push(format!("  due: {}", item.due.as_deref().unwrap_or("not set")));
        out.push(format!("  verification: {}", item.verification));
    }
}

fn answer(name: &str, answer: &Answer, out: &mut Vec<String>) {
    match answer {
        Answer::Known(said) => said.iter().for_each(|s| out.push(statement(name, s))),
        Answer::Unknown(question) => out.push(open(name, question)),
    }
}

fn open(name: &str, question: &Question) -> String {
    format!("{name}: unknown. {}", question.ask)
}

fn statement(name: &str, of: &Statement) -> String {
    format!("{name}: {}{}", of.text, decided(of.verdict, of.reason.as_deref()))
}

fn decided(verdict: Verdict, reason: Option<&str>) -> String {
    match (verdict, reason) {
        (Verdict::Open, None) => String::new(),
        (verdict, None) => format!(" [{}]", verdict.name()),
        (verdict, Some(reason)) => format!(" [{}: {reason}]", verdict.name()),
    }
}
