//! A number of tests in a report that no run bears out, however the sentence is worded: swapped digits, a wrong sum; and "no warnings",
//! "nothing skipped" beside a run that counts some.

use super::figures::everything;
use super::numbers::borne_out;
use super::{Seen, short};
use crate::finding::{Basis, Category, Cite, Finding};
use crate::prose::{Prose, Sentence, pattern};
use crate::work::counts::Outcome;
use crate::work::runs::Run;
use regex::Regex;
use std::sync::LazyLock;

/// Smaller numbers may count a part that only the reader of the output knows.
const TELLING: u64 = 10;
/// So many runs are compared.
const MOST: usize = 12;
/// So many numbers of a session that nothing explains at once are held against all outputs.
const NUMBERS: usize = 64;

static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)(?:^|[^\w.,/-])(\d{2,6})\s+(?:(?:unit|passing|passed|green|backend|frontend|integration)\s+)?(?:tests?|specs?|test cases|testcases|pruebas|testes|testfälle|testów)(?:$|[^\w-])",
    )
});
// What is no count of what ran.
static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:add\w*|new|wr(?:ote|ite|itten)|remov\w*|delet\w*|creat\w*|more|extra|another|additional|about|around|roughly|nearly|almost|over|approx\w*|should|will|would|could|if|per|each|every|least|most|limit|from|before|earlier|previous\w*|last|was|were|had|used to|first|neu\w*|hinzu\w*|geschrieb\w*|añad\w*|nuev\w*|escrit\w*|nov[oa]s?|adicion\w*|ajout\w*|nouveau\w*|nouvel\w*|écrit\w*|aggiunt\w*|nuov\w*|schreib\w*|toegevoegd|nieuwe?|nya|nowe|dodan\w*)\b|[~≈+]",
    )
});
static NO_WARNINGS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:no|zero|0|without(?: any| a single)?|not a single|free of|keine(?:rlei)?|ohne|0|sin|ningun[ao]?|ningún|sem(?: nenhum)?|nenhum|aucun|sans(?: aucun)?|nessun|senza|geen|zonder|inga|utan) (?:\w+ )?(?:warnings?|warnungen?|avisos?|advertencias?|avertissements?|avvis[io]|waarschuwing(?:en)?|varningar)\b|\bwarning-free\b",
    )
});
static NONE_SKIPPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(?:no|zero|0|without(?: any)?|ohne|keine|sin|sem|sans|aucun|senza|geen|inga) (?:\w+ )?(?:skips?|skipped|skipping|übersprungene\w*|omitid[oa]s?|pulad[oa]s?|ignorés?|saltat[oi])\b|\b(?:nothing|none|no test|not one)(?: \w+){0,3} (?:was |were |is |got |being )?(?:skipped|left out)\b|\bnichts (?:wurde )?übersprungen\b",
    )
});

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    let mut known: Option<Vec<(u32, f64)>> = None;
    let mut left = NUMBERS;
    for prose in session.prose() {
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
            let is = |r: &LazyLock<Option<Regex>>| r.as_ref().is_some_and(|r| r.is_match(text));
            if latest.counts.skipped > 0 && is(&NONE_SKIPPED) {
                none(seen, prose, sentence, latest, latest.counts.skipped, "skipped tests");
            } else if latest.counts.warnings > 0 && is(&NO_WARNINGS) {
                none(seen, prose, sentence, latest, latest.counts.warnings, "warnings");
            }
            let counted = || runs.iter().any(|r| r.counts.summaries > 0 && r.counts.total > 0);
            if is(&OTHER) || !counted() {
                continue;
            }
            for number in
                NUMBER.iter().flat_map(|r| r.captures_iter(text)).filter_map(|c| c[1].parse::<u64>().ok()).take(4)
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
