//! Counts of tests that no output bears out.

use super::{Seen, short};
use crate::finding::{Category, Considered, Finding};
use crate::work::claims::{Claim, Count};
use crate::work::counts::Outcome;
use crate::work::runs::Run;
use crate::work::words::Topics;

/// Smaller numbers may count a part that only the reader of the output knows.
const TELLING: u64 = 13;
/// So many runs are added up.
const MOST: usize = 64;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>, claim: &Claim) {
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
    let wrong = |count: &&Count| {
        let telling = count.number > most || (count.exact && !claim.part) || (count.number >= TELLING && !claim.part);
        telling
            && !borne_out(count.number, &runs)
            && !seen.ledger.numbers.get(&count.number).is_some_and(|e| *e < claim.event)
    };
    let Some(count) = claim.counts.iter().find(wrong).copied() else { return };
    let named =
        seen.user_said(claim.event, |prose| (0..prose.words.len()).any(|i| prose.word(i).parse() == Ok(count.number)));
    if named || seen.ledger.hidden_between(latest.event + 1, claim.event).is_some() {
        return seen.skip(claim.event, "the number of tests may come from elsewhere");
    }
    let told = &latest.counts;
    let title = format!(
        "“{}”, but the run counts {} passed and {} failed",
        short(claim.sentence.text()),
        told.passed,
        told.failed
    );
    let mut finding =
        Finding::new("claimed-work", Category::Misinterpretation, claim.event, title, claim.sentence.clone())
            .path("numbers")
            .detail(format!("The number {} stands in the output of no run, and no runs add up to it.", count.number))
            .and(latest.red.clone().or_else(|| summary(seen, latest)))
            .tool(&seen.session.calls[latest.call].name.text);
    finding.considered.push(Considered { event: latest.event, why: "the latest run".into(), cite: None });
    seen.find(format!("{}/{}", latest.event, count.number), finding);
}

fn summary(seen: &Seen<'_, '_, '_>, run: &Run) -> Option<crate::finding::Cite> {
    let result = seen.session.calls[run.call].result.as_ref()?;
    let text = result.content.or(result.error)?;
    let number = run.counts.passed.to_string();
    let line = text.text.lines().rev().find(|l| l.contains(&number))?;
    crate::work::answer::cite(&seen.session.calls[run.call], line)
}

/// True when a run counts this number, or several runs add up to it.
fn borne_out(number: u64, runs: &[Run]) -> bool {
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
    if runs.iter().any(|r| of(r).contains(&number)) {
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
