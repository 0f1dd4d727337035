//! "You spent 64.10", where the rows add up to 61.40: a number that stands nowhere, that no sum, difference, product, share or average of
//! what stands there gives, and beside which the right one is certain. Others may come from instructions or from several steps.

mod known;
mod swap;

use super::Seen;
use super::part::tidy;
use super::scene::{Scene, Sentence, Told};
use crate::origin::tables::Table;
use crate::values::figures::{Figure, Kind, figures};
use known::{known, near, pairs};

/// Of more numbers everything can be reckoned.
const NUMBERS: std::ops::Range<usize> = 2..41;
/// Longer answers tell more than the results.
const WORDS: usize = 45;
/// Smaller numbers count something.
const SMALL: f64 = 20.0;

/// See the module's documentation.
pub(super) fn look(scene: &Scene<'_, '_>) -> Option<Seen> {
    let spoken: usize = scene.sentences.iter().map(|s| s.words.len()).sum();
    if spoken > WORDS {
        return None;
    }
    let literals = literals(scene);
    if !NUMBERS.contains(&literals.len()) {
        return None;
    }
    let dated = scene.tables.iter().any(|(_, t)| {
        t.rows
            .iter()
            .flatten()
            .flatten()
            .any(|c| !matches!(c.kind, crate::origin::tables::Kind::Number(_)) && c.measure().is_some())
    });
    let known = known(scene, &literals);
    let told: Vec<(&Sentence, &Told)> =
        scene.sentences.iter().flat_map(|s| s.told.iter().map(move |t| (s, t))).collect();
    let mut fits: Vec<bool> = told
        .iter()
        .map(|(s, t)| {
            let figure = &t.figure;
            !reckoned(figure)
                || dated && Scene::in_time(s, figure)
                || literal(scene, figure)
                || near(scene, s, figure, &known)
        })
        .collect();
    // What follows from other numbers of the answer.
    for _ in 0..4 {
        let own: Vec<f64> = told
            .iter()
            .zip(&fits)
            .filter(|(t, fit)| **fit && t.1.figure.kind != Kind::Clock)
            .flat_map(|((_, t), _)| t.figure.readings.iter().copied())
            .collect();
        let next = pairs(&own, true);
        for (at, (s, t)) in told.iter().enumerate() {
            fits[at] = fits[at] || near(scene, s, &t.figure, &next);
        }
    }
    let strange = fits.iter().zip(&told).filter(|(fit, _)| !**fit).map(|(_, t)| *t);
    // An equation that is spelled out is checked by itself.
    let plain = |s: &Sentence| !s.text.trim_end().ends_with('?') && !s.text.contains('=');
    let (sentence, right) = strange.filter(|(s, t)| plain(s) && !Scene::in_time(s, &t.figure)).find_map(|(s, t)| {
        Some((s, swap::of(scene, t, &literals).or_else(|| share(s, t, &literals)).or_else(|| total(scene, s, t))?))
    })?;
    let call = scene.tables.last()?.0;
    Some(Seen { range: sentence.range.clone(), path: "derived", call, right })
}

/// "58 %: 775 of 1,250": a share beside the only two numbers whose share it can be.
fn share(sentence: &Sentence, told: &Told, literals: &[f64]) -> Option<String> {
    let others: Vec<&Told> = sentence.told.iter().filter(|t| t.figure.range != told.figure.range).collect();
    let [a, b] = others[..] else { return None };
    let read = |t: &Told| {
        let here = t.figure.kind == Kind::Plain && t.day.is_none();
        t.figure.readings.iter().copied().find(|r| here && literals.iter().any(|l| (l.abs() - r).abs() < 1e-6))
    };
    let (a, b) = (read(a)?, read(b)?);
    let right = a.min(b) / a.max(b) * 100.0;
    // Whoever cuts the decimals off is within one.
    let wrong = told.figure.kind == Kind::Percent
        && right.is_finite()
        && told.figure.readings.iter().all(|r| (r - right).abs() > 1.0);
    wrong.then(|| format!("{} of {} is {}%", tidy(a.min(b)), tidy(a.max(b)), tidy(right)))
}

/// "Together 96 kg", where the only numbers there are add up to 86.
fn total(scene: &Scene<'_, '_>, sentence: &Sentence, told: &Told) -> Option<String> {
    let first = scene.sentences.first().is_some_and(|s| s.range == sentence.range);
    let summed = |s: &Sentence| scene.counting.is_in("sum", &s.words);
    let apart = |s: &Sentence| ["apart", "over", "under", "rough"].iter().any(|l| scene.counting.is_in(l, &s.words));
    let dated = |s: &Sentence| s.told.iter().any(|t| t.day.is_some() || t.figure.kind == Kind::Clock);
    let asked = &scene.asked;
    let rates = scene.given.iter().any(|g| g.kind == Kind::Percent);
    if !(summed(sentence) || first && summed(asked)) || apart(sentence) || apart(asked) || dated(asked) || rates {
        return None;
    }
    if told.figure.kind != Kind::Plain {
        return None;
    }
    let numeric = |t: &Table| -> Vec<usize> {
        let counts = |c: &usize| t.column(*c).flatten().any(|c| c.number().is_some()) && !t.numbers_rows(*c);
        (0..t.columns.len()).filter(counts).collect()
    };
    let mut columns = scene.tables.iter().flat_map(|(_, t)| numeric(t).into_iter().map(move |c| (t, c)));
    let (table, column) = columns.next().filter(|_| columns.next().is_none())?;
    let cells: Vec<f64> = table.column(column).filter_map(|c| c?.number()).collect();
    // Named values may be all that was asked for, and a row without a number is not read.
    let text = format!("{}\n{}", asked.text, sentence.text);
    if cells.len() != table.rows.len() || cells.len() < 2 || !scene.values_named(table, &text, false).is_empty() {
        return None;
    }
    // A fee, a rate or a second amount that stands beside the rows may be in the sum.
    let texts = scene.closing.calls.iter().filter_map(|c| c.result.as_ref()?.content);
    let beside = texts.flat_map(|t| figures(&t.text, None)).any(|f| {
        let counts = matches!(f.kind, Kind::Plain | Kind::Percent);
        // The rows may be numbered.
        let numbers = f.whole().is_some_and(|n| n <= cells.len());
        counts && !numbers && !f.readings.iter().any(|r| cells.iter().any(|c| (c.abs() - r).abs() < 1e-6))
    });
    (!beside).then(|| format!("the {} numbers add up to {}", cells.len(), tidy(cells.iter().sum())))
}

/// True for a number that is told as exact and is too large for a count.
fn reckoned(figure: &Figure) -> bool {
    let large = figure.decimals > 0 || figure.readings.iter().all(|r| *r >= SMALL);
    let year = figure.decimals == 0
        && figure.readings.iter().any(|r| (1900.0..2100.0).contains(r))
        && figure.readings.len() == 1
        && figure.range.len() == 4;
    let round = figure.readings.contains(&100.0);
    matches!(figure.kind, Kind::Plain | Kind::Percent) && large && !year && !round && !figure.word
}

/// The numbers of the results, each once.
fn literals(scene: &Scene<'_, '_>) -> Vec<f64> {
    let texts = scene.closing.calls.iter().filter_map(|c| c.result.as_ref()?.content);
    let mut all: Vec<f64> = texts
        .flat_map(|t| figures(t.text.get(..t.text.floor_char_boundary(16_384)).unwrap_or_default(), None))
        .filter(|f| f.kind != Kind::Clock)
        .flat_map(|f| f.readings)
        .collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all
}

/// True for a number that stands somewhere, also as a part of a name or of a longer text.
fn literal(scene: &Scene<'_, '_>, figure: &Figure) -> bool {
    let same = |f: &Figure| figure.readings.iter().any(|r| f.is(*r));
    let texts = scene.closing.calls.iter().filter_map(|c| c.result.as_ref()?.content).map(|t| t.text.as_str());
    scene.given.iter().any(same)
        || texts.chain([scene.arguments.as_str()]).any(|t| figures(t, None).iter().any(same))
        || earlier(scene, figure)
}

/// True for a number of an earlier result.
fn earlier(scene: &Scene<'_, '_>, figure: &Figure) -> bool {
    let before = scene.session.calls.iter().filter(|c| c.event < scene.closing.event).take(64);
    let texts = before.filter_map(|c| c.result.as_ref()?.content).filter(|t| t.text.len() < 65_536);
    texts.flat_map(|t| figures(&t.text, None)).any(|f| figure.readings.iter().any(|r| f.is(*r)))
}
