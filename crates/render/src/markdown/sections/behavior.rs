//! Section 4: what the model did wrong, and what was looked for.

use super::super::escape::{cell, code, plain};
use super::super::out::Out;
use super::super::words::{consequence, legend, origin, rests_on, result, verdict};
use super::{either, end, statement, statement_line};
use crate::many::Shown;
use hindcast_detect::finding::Answer as Found;
use hindcast_retro::Draft;
use hindcast_retro::draft::{Consequence, FindingEntry, Prevalence};
use hindcast_retro::merge::fingerprint;
use hindcast_retro::statement::{Origin, Statement, Verdict};

mod leads;

pub use leads::LEAD;

pub fn behavior(draft: &Draft, out: &mut Out<'_>) {
    out.line("## 4. LLM behavior analysis");
    out.blank();
    if draft.behavior.findings.is_empty() {
        out.line("No detector found a failure in this session. That does not prove that there was none. The table below shows what could not be assessed.");
        out.blank();
    }
    let shown = Shown::of(draft);
    let all = &draft.behavior.findings;
    for (i, f) in shown.whole.iter().filter_map(|&i| Some((i, all.get(i)?))) {
        let lines = [statement_line(&f.statement, "- "), verdict_line(&f.statement, "- ")];
        unless_deleted(i + 1, &lines, out, |out| finding(draft, i + 1, f, out));
    }
    for group in shown.short.iter().filter(|g| !g.findings.is_empty()) {
        out.line(format!("### {} more findings of {}, in short form", group.findings.len(), plain(&group.detector)));
        out.blank();
        out.line("The draft as JSON (`--format json`) has the checked events and the assumptions of each. You can write verdicts here, too.");
        out.blank();
        // Once for all of them: they are of one rule, or of few.
        for words in group.reliability(draft) {
            out.line(format!("Reliability: {}", plain(words)));
            out.blank();
        }
        for (i, f) in group.findings.iter().filter_map(|&i| Some((i, all.get(i)?))) {
            let lines = [statement_line(&f.statement, &short_label(i + 1, f)), verdict_line(&f.statement, "  - ")];
            unless_deleted(i + 1, &lines, out, |out| short(i + 1, f, out));
        }
        out.blank();
    }
    leads::leads(draft, out);
    looked_for(draft, out);
    end("behavior", out);
}

/// What each rule looked for, with what result, and what the words for it mean.
fn looked_for(draft: &Draft, out: &mut Out<'_>) {
    out.line("Detector coverage:");
    out.blank();
    out.line("| Detector | Looks for | Result |");
    out.line("|---|---|---|");
    for c in &draft.behavior.coverage {
        let why = if c.not_assessed.is_empty() {
            String::new()
        } else {
            // "not assessed: why" once, whether that is the whole answer or a part of it.
            let before = if c.result == Found::NotAssessed { ": " } else { "; not assessed: " };
            format!("{before}{}", c.not_assessed.iter().map(|w| plain(w)).collect::<Vec<_>>().join("; "))
        };
        out.line(format!("| {} | {} | {}{} |", c.detector, c.looks_for, result(draft, c), cell(&why)));
    }
    out.blank();
    for (word, _, means) in legend(draft) {
        out.line(format!("- *{word}*: {means}"));
    }
}

/// Writes a finding; one whose lines a person took out is back, since a finding goes only with a reason.
fn unless_deleted<'d>(number: usize, lines: &[String], out: &mut Out<'d>, write: impl FnOnce(&mut Out<'d>)) {
    if !lines.iter().all(|l| out.is_out(l)) {
        return write(out);
    }
    out.warnings.push(format!(
        "finding {number} was deleted without a reason, so it is restored. To dismiss it, write `Verdict: rejected: why` below it."
    ));
    out.whole(write);
}

/// A finding of which there are many: what it says and quotes, and its verdict.
fn short(number: usize, f: &FindingEntry, out: &mut Out<'_>) {
    statement(&f.statement, &short_label(number, f), out);
    promoted(f, "  - ", out);
    either(f.statement.verdict != Verdict::Open, &verdict_line(&f.statement, "  - "), out);
}

fn short_label(number: usize, f: &FindingEntry) -> String {
    let near = match f.consequence {
        Consequence::Averted => ", near miss",
        Consequence::Minor => ", minor",
        Consequence::Contained => ", contained",
        Consequence::NotContained | Consequence::Exposed => "",
    };
    format!("- **Finding {number}, event {}{near}**: ", f.event)
}

fn finding(draft: &Draft, number: usize, f: &FindingEntry, out: &mut Out<'_>) {
    let also = f.also.map_or(String::new(), |c| format!(" or {}", c.label()));
    let titled = draft.by_hand.instead.contains_key(&format!("finding.{}.title", f.statement.id));
    either(titled, &format!("### Finding {number}: {}{also}: {}", f.category.label(), plain(&f.title)), out);
    out.blank();
    statement(&f.statement, "- ", out);
    considered(f, out);
    out.line(format!("- Outcome: {}", consequence(f.consequence)));
    match f.statement.origin {
        Origin::Person(_) => out.line("- Assumes: a person's reading of the quoted text"),
        _ => out.line(format!("- Assumes: {}", rests_on(&f.assumes))),
    }
    match &f.prevalence {
        Prevalence::Measured(s) => statement(s, "- Prevalence: ", out),
        Prevalence::NotMeasured(why) => out.line(format!("- Prevalence: not measured ({})", plain(why))),
    }
    out.line(format!("- Detected by: {}", origin(&f.statement.origin)));
    reliability(f, "- ", out);
    promoted(f, "- ", out);
    either(f.statement.verdict != Verdict::Open, &verdict_line(&f.statement, "- "), out);
    out.blank();
}

/// What might have backed the agent, and why it does not.
fn considered(f: &FindingEntry, out: &mut Out<'_>) {
    for c in &f.considered {
        let quote = c.quote.as_ref().map_or(String::new(), |q| format!(" {} [{}](#{})", code(&q.text), q.id, q.id));
        out.line(format!("  - Checked event {}: {}{quote}", c.event, plain(&c.why)));
    }
}

/// How reliable the rule is. A draft of an earlier version does not say.
fn reliability(f: &FindingEntry, before: &str, out: &mut Out<'_>) {
    if !f.reliability.is_empty() {
        out.line(format!("{before}Reliability: {}", plain(&f.reliability)));
    }
}

fn promoted(f: &FindingEntry, before: &str, out: &mut Out<'_>) {
    if f.promoted {
        out.line(format!("{before}A person promoted this lead to a finding"));
    }
}

fn verdict_line(s: &Statement, before: &str) -> String {
    format!("{before}Verdict: {} <!-- verdict {} {} -->", verdict(s.verdict, s.reason.as_deref()), s.id, fingerprint(s))
}
