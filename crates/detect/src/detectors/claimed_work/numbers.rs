//! Counts of tests that no output bears out.

use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Considered, Finding};
use crate::prose::{Prose, pattern};
use crate::work::claims::{self, Claim, Count};
use crate::work::counts::{Counts, Outcome};
use crate::work::runs::Run;
use crate::work::words::Topics;
use regex::Regex;
use std::sync::LazyLock;

/// Smaller numbers may count a part that only the reader of the output knows.
const TELLING: u64 = 13;
/// So many runs are added up.
const MOST: usize = 64;

/// A share of covered lines that no command printed.
pub(super) fn coverage(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    for (share, cite) in claims::coverage(prose) {
        let event = prose.event;
        if !seen.may_judge(event) {
            return;
        }
        // Only where shares were printed can one be missing among them.
        if seen.ledger.shares.len() < 2 || seen.ledger.shares.contains(&share) {
            continue;
        }
        let named = seen.user_said(event, |p| p.lower.contains(&share.to_string()));
        if named || seen.ledger.doubt(0, event).is_some() {
            seen.skip(event, "the percentage may come from elsewhere");
            continue;
        }
        let title = format!("Claimed \"{}\", but no output shows {share}%", short(cite.text()));
        let absence = Basis::Absence {
            sought: format!("{share}% in the output of a command"),
            scope: (0, event.saturating_sub(1)),
        };
        let finding = Finding::new("claimed-work", Category::Misinterpretation, event, title, cite)
            .path("numbers")
            .and(Some(absence))
            .detail(format!("Commands in the session print coverage percentages, and {share}% is not one of them."));
        seen.find(format!("{event}/{share}"), finding);
    }
}

/// "No warnings", and the latest run counts some.
/// Warnings that are said to be gone, and files that a commit is said to hold.
pub(super) fn counted(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>) {
    for (topics, cite) in claims::warnings_gone(prose) {
        if seen.may_judge(prose.event) {
            warnings(seen, prose.event, topics, &cite);
        }
    }
    for (number, cite) in claims::files_of_commit(prose) {
        if seen.may_judge(prose.event) {
            files_of_commit(seen, prose.event, number, cite);
        }
    }
}

static CHANGED: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"(?m)^\s*(\d{1,5}) files? changed\b.*$"));

/// Compares with what git counted, where all that it counted is another number.
fn files_of_commit(seen: &mut Seen<'_, '_, '_>, event: u32, number: u64, cite: Cite) {
    let Some(changed) = CHANGED.as_ref() else { return };
    let mut latest = None;
    let mut known = false;
    for (index, call) in seen.session.calls.iter().enumerate().filter(|(_, c)| c.event < event) {
        let Some(text) = call.result.as_ref().and_then(|r| r.content) else { continue };
        for found in changed.captures_iter(&text.text[..text.text.floor_char_boundary(100_000)]).take(50) {
            known |= found[1].parse() == Ok(number);
            latest = Some((index, found[0].trim().to_owned()));
        }
    }
    let Some((index, line)) = latest.filter(|_| !known) else { return };
    let seen_elsewhere = seen.ledger.numbers.get(&number).is_some_and(|e| *e < event);
    if seen_elsewhere || seen.ledger.hidden_between(seen.session.calls[index].event, event).is_some() {
        return seen.skip(event, "the number of files may come from elsewhere");
    }
    let title = format!("Claimed \"{}\", but git reported \"{}\"", short(cite.text()), short(&line));
    let finding = Finding::new("claimed-work", Category::Misinterpretation, event, title, cite)
        .path("numbers")
        .detail(format!("No output shows {number} files."))
        .and(crate::work::answer::cite(&seen.session.calls[index], &line))
        .tool(&seen.session.calls[index].name.text);
    seen.find(format!("{event}/files"), finding);
}

fn warnings(seen: &mut Seen<'_, '_, '_>, event: u32, topics: Topics, sentence: &Cite) {
    let Some(latest) = seen.ledger.runs_before(topics, event).find(|r| r.outcome != Outcome::NotRun).cloned() else {
        return;
    };
    if latest.counts.warnings == 0 || seen.ledger.hidden_between(latest.event + 1, event).is_some() {
        return;
    }
    let title =
        format!("Claimed \"{}\", but the run reported {} warnings", short(sentence.text()), latest.counts.warnings);
    let line = seen.session.calls[latest.call]
        .result
        .as_ref()
        .and_then(|r| r.content)
        .and_then(|t| t.text.lines().rev().find(|l| l.contains("warning")));
    let cite = line.and_then(|l| crate::work::answer::cite(&seen.session.calls[latest.call], l));
    let finding = Finding::new("claimed-work", Category::Misinterpretation, event, title, sentence.clone())
        .path("numbers")
        .detail(format!("The latest `{}` prints warnings.", latest.shown))
        .and(cite)
        .tool(&seen.session.calls[latest.call].name.text);
    seen.find(format!("{}/warnings", latest.event), finding);
}

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, claim: &Claim) {
    if claim.no_warnings && !claim.owns_up {
        warnings(seen, claim.event, claim.topics, &claim.sentence);
    }
    if claim.counts.is_empty() || !claim.topics.meet(Topics::TEST) || claim.owns_up {
        return;
    }
    let runs: Vec<Run> = seen
        .ledger
        .runs_before(Topics::TEST, claim.event)
        .filter(|r| r.outcome != Outcome::NotRun)
        .take(MOST)
        .cloned()
        .collect();
    let Some(latest) = runs.first().filter(|r| r.counts.summaries > 0 && r.outcome != Outcome::Unknown) else { return };
    let most = latest.counts.total.max(latest.counts.passed + latest.counts.failed);
    let part = claim.part && !covers(claim, latest);
    let wrong = |count: &&Count| {
        let telling = count.number > most || (count.exact && !part) || (count.number >= TELLING && !part);
        telling
            && !borne_out(count.number, &runs)
            && seen.ledger.numbers.get(&count.number).is_none_or(|e| *e >= claim.event)
    };
    // One finding is enough for a run that was red.
    if seen.report.findings.iter().any(|f| f.event == claim.event && f.path == "red-run") {
        return;
    }
    let Some(count) = claim.counts.iter().find(wrong).copied() else { return };
    let named =
        seen.user_said(claim.event, |prose| (0..prose.words.len()).any(|i| prose.word(i).parse() == Ok(count.number)));
    if named || seen.ledger.hidden_between(latest.event + 1, claim.event).is_some() {
        return seen.skip(claim.event, "the number of tests may come from elsewhere");
    }
    let told = &latest.counts;
    let title = format!("Claimed \"{}\", but the run reported {}", short(claim.sentence.text()), reported(told));
    let mut finding =
        Finding::new("claimed-work", Category::Misinterpretation, claim.event, title, claim.sentence.clone())
            .path("numbers")
            .detail(format!(
                "The number {} does not appear in the output of any run, and no runs add up to it.",
                count.number
            ))
            .and(latest.red.clone().or_else(|| summary(seen, latest)))
            .tool(&seen.session.calls[latest.call].name.text);
    finding.considered.push(Considered { event: latest.event, why: "the latest run".into(), cite: None });
    seen.find(format!("{}/{}", latest.event, count.number), finding);
}

/// The counts that the output gives: a count of none need not stand in it.
fn reported(told: &Counts) -> String {
    match (told.passed, told.failed) {
        (0, 0) => format!("{} in all", told.total),
        (passed, 0) => format!("{passed} passed"),
        (0, failed) => format!("{failed} failed"),
        (passed, failed) => format!("{passed} passed and {failed} failed"),
    }
}

/// True when the run was made for the part that the claim speaks of: "the billing tests", `./gradlew :billing:test`.
fn covers(claim: &Claim, run: &Run) -> bool {
    let lower = claim.sentence.text().to_ascii_lowercase();
    let command = run.command.to_ascii_lowercase();
    let mut words = command.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| w.len() > 3);
    words.any(|w| !matches!(w, "test" | "tests" | "spec" | "suite" | "unit" | "pytest") && lower.contains(w))
}

fn summary(seen: &Seen<'_, '_, '_>, run: &Run) -> Option<Cite> {
    let result = seen.session.calls[run.call].result.as_ref()?;
    let text = result.content.or(result.error)?;
    let number = run.counts.passed.to_string();
    let line = text.text.lines().rev().find(|l| l.contains(&number))?;
    crate::work::answer::cite(&seen.session.calls[run.call], line)
}

/// True when a run counts this number, or several runs add up to it.
pub(super) fn borne_out(number: u64, runs: &[Run]) -> bool {
    let of = |r: &Run| {
        let c = &r.counts;
        [
            c.passed,
            c.failed,
            c.total,
            c.skipped,
            c.passed + c.failed,
            c.passed + c.skipped,
            c.passed + c.failed + c.skipped,
            c.total.saturating_sub(c.skipped),
        ]
    };
    if runs.iter().any(|r| of(r).contains(&number) || r.counts.add_up_to(number)) {
        return true;
    }
    let mut sums = [0; 8];
    // The latest runs of different parts, added up one after the other.
    let added = runs.iter().any(|r| {
        sums.iter_mut().zip(of(r)).for_each(|(sum, n)| *sum += n);
        sums.contains(&number)
    });
    let near = &runs[..runs.len().min(12)];
    added
        || near
            .iter()
            .enumerate()
            .any(|(i, a)| near[i + 1..].iter().any(|b| of(a).iter().zip(of(b)).any(|(x, y)| x + y == number)))
}
