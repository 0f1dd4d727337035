//! A number of tests in a report that no run bears out, however the sentence is worded: swapped digits, a wrong sum; and "no warnings",
//! "nothing skipped" beside a run that counts some.

use super::figures::everything;
use super::numbers::borne_out;
use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Finding};
use crate::prose::{Prose, Sentence};
use crate::work::counts::Outcome;
use crate::work::runs::Run;
use crate::work::words::reports;
use regex::Regex;

/// Smaller numbers may count a part that only the reader of the output knows.
const TELLING: u64 = 10;
/// So many runs are compared.
const MOST: usize = 12;
/// So many numbers of a session that nothing explains at once are held against all outputs.
const NUMBERS: usize = 64;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    let mut known: Option<Vec<(u32, f64)>> = None;
    let mut left = NUMBERS;
    let said = reports();
    for prose in session.until_stopped(session.prose()) {
        let before = seen.ledger.runs.partition_point(|r| r.event < prose.event);
        let runs: Vec<Run> = seen.ledger.runs[..before]
            .iter()
            .rev()
            .filter(|r| r.answered < prose.event && r.outcome != Outcome::NotRun)
            .take(MOST)
            .cloned()
            .collect();
        let Some(latest) = runs.first() else { continue };
        for sentence in prose.sentences.iter().filter(|s| !s.question) {
            let text = &prose.text.text[sentence.range.clone()];
            let is = |r: &Option<Regex>| r.as_ref().is_some_and(|r| r.is_match(text));
            if latest.counts.skipped > 0 && is(&said.none_skipped) {
                none(seen, prose, sentence, latest, latest.counts.skipped, "skipped tests");
            } else if latest.counts.warnings > 0 && is(&said.no_warnings) {
                none(seen, prose, sentence, latest, latest.counts.warnings, "warnings");
            }
            let counted = || runs.iter().any(|r| r.counts.summaries > 0 && r.counts.total > 0);
            if is(&said.other_number) || !counted() {
                continue;
            }
            for number in said
                .tests_number
                .iter()
                .flat_map(|r| r.captures_iter(text))
                .filter_map(|c| c[1].parse::<u64>().ok())
                .take(4)
            {
                let known = known.get_or_insert_with(|| everything(session));
                let heard = known.iter().take_while(|(e, _)| *e < prose.event).any(|(_, n)| *n == number as f64);
                if number < TELLING || heard || left == 0 {
                    continue;
                }
                left -= 1;
                if !follows(number, &runs) && !listed(seen, number, prose.event) {
                    wrong(seen, prose, sentence, number, latest);
                }
            }
        }
    }
}

/// True when counts of runs add up to a number, or differ by it.
fn follows(number: u64, runs: &[Run]) -> bool {
    let of = |r: &Run| [r.counts.passed, r.counts.failed, r.counts.total, r.counts.skipped];
    let all: Vec<u64> = runs.iter().flat_map(of).collect();
    let differ = all.iter().any(|a| all.iter().any(|b| a.abs_diff(*b) == number));
    let some = |at: usize| {
        (1u32..1 << runs.len().min(MOST)).any(|chosen| {
            let sum = runs.iter().enumerate().filter(|(i, _)| chosen >> i & 1 == 1).map(|(_, r)| of(r)[at]);
            sum.fold(0u64, u64::saturating_add) == number
        })
    };
    differ || borne_out(number, runs) || (0..4).any(some)
}

/// True when an output has so many lines that tell of something that passed, or so many lines at all.
fn listed(seen: &Seen<'_, '_, '_>, number: u64, before: u32) -> bool {
    let passed = |l: &&str| ["pass", "ok", "✓", "✔", "√"].iter().any(|w| l.to_lowercase().contains(w));
    let outputs = seen.session.calls.iter().take_while(|c| c.event < before).filter_map(|c| c.result.as_ref()?.content);
    outputs.map(|t| &t.text[..t.text.floor_char_boundary(200_000)]).any(|t| {
        let lines = || t.lines().filter(|l| !l.trim().is_empty());
        lines().count() as u64 == number || lines().filter(passed).count() as u64 == number
    })
}

fn doubtful(seen: &Seen<'_, '_, '_>, event: u32, latest: &Run) -> bool {
    let cut = seen.session.calls.iter().any(|c| c.event < event && c.result.as_ref().is_none_or(|r| r.cut_off()));
    cut || seen.ledger.hidden_between(latest.event + 1, event).is_some()
        || seen.ledger.missing.iter().any(|m| m.before.is_none_or(|e| e <= event))
        || seen.report.findings.iter().any(|f| f.event == event)
}

fn none(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, sentence: &Sentence, latest: &Run, count: u64, of: &str) {
    if !seen.may_judge(prose.event) || doubtful(seen, prose.event, latest) {
        return;
    }
    let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { return };
    let word = of.split(' ').next().unwrap_or(of).trim_end_matches('s');
    let call = &seen.session.calls[latest.call];
    let line = call.result.as_ref().and_then(|r| r.content).and_then(|t| {
        let digits = count.to_string();
        t.text.lines().rev().find(|l| l.to_lowercase().contains(word) && l.contains(&digits))
    });
    let title = format!("Claimed \"{}\", but the run reported {count} {of}", short(cite.text()));
    let finding = Finding::new("claimed-work", Category::Misinterpretation, prose.event, title, cite)
        .path("told-none")
        .detail(format!("The latest run, `{}` at event {}, counts {count} {of}.", latest.shown, latest.event + 1))
        .and(line.and_then(|l| crate::work::answer::cite(call, l)))
        .tool(&call.name.text);
    seen.find(format!("{}/{of}", latest.event), finding);
}

fn wrong(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, sentence: &Sentence, number: u64, latest: &Run) {
    if !seen.may_judge(prose.event) || doubtful(seen, prose.event, latest) {
        return;
    }
    let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone())) else { return };
    let title = format!("Claimed \"{}\", but no output shows {number}", short(cite.text()));
    let absence = Basis::Absence { sought: format!("the number {number}"), scope: (0, prose.event.saturating_sub(1)) };
    let finding = Finding::new("claimed-work", Category::Misinterpretation, prose.event, title, cite)
        .path("told-number")
        .detail(format!(
            "{number} does not appear in any earlier output, and the counts of the runs do not add up to it."
        ))
        .and(Some(absence))
        .tool(&seen.session.calls[latest.call].name.text);
    seen.find(format!("told/{number}"), finding);
}
