//! Days whose day and month changed places.

use super::Swap;
use crate::finding::Cite;
use crate::origin::grounding::Sources;
use crate::prose::Prose;
use crate::session::Session;
use crate::values::typed::day::{self, Day, Pair};
use crate::values::typed::tokens::Token;

/// True where both have the same two numbers, the other way round.
fn crossed(told: &Day, month: i8, day: i8) -> bool {
    told.month != told.day && told.month == day && told.day == month
}

fn same(a: &Day, b: &Day) -> bool {
    (a.month, a.day) == (b.month, b.day)
}

/// The last write before carried the swapped day, and not the one that is told.
pub(super) fn in_call(session: &Session<'_>, prose: &Prose<'_>, tokens: &[Token]) -> Option<Swap> {
    let told = day::named(tokens);
    if told.is_empty() {
        return None;
    }
    let upto = session.calls.partition_point(|c| c.event < prose.event);
    let done = |c: &&crate::session::Call<'_>| c.is_write() && c.result.is_some() && c.failure().is_none();
    let call = session.calls[..upto].iter().rev().find(done)?;
    let arguments = call.arguments?;
    let sent = day::iso(&arguments.text);
    let answered: Vec<Day> = call.result.iter().flat_map(|r| r.texts()).flat_map(|t| day::iso(&t.text)).collect();
    told.iter().find_map(|t| {
        let other = sent.iter().find(|d| crossed(t, d.month, d.day))?;
        let known = sent.iter().chain(&answered).any(|d| same(d, t)) || told.iter().any(|d| same(d, other));
        let cite = Cite::of(call.event, arguments, other.range.clone()).filter(|_| !known)?;
        let said = prose.text.text.get(t.range.clone())?;
        Some(Swap {
            path: "day-month",
            told: t.range.clone(),
            title: format!("Said \"{said}\", but `{}` was called with {}", call.name.text, cite.text()),
            detail: format!(
                "The agent says \"{said}\". Its call of `{}` has the same numbers as day and month the other way round: {}.",
                call.name.text,
                cite.text()
            ),
            source: cite,
        })
    })
}

/// A source writes the day as two numbers, whose order it gives itself, and the answer reads them the other way round.
pub(super) fn in_source(prose: &Prose<'_>, tokens: &[Token], sources: &Sources<'_>) -> Option<Swap> {
    let told = day::named(tokens);
    if told.iter().all(|t| t.day > 12) {
        return None;
    }
    let mut found = None;
    for source in sources.between(0, prose.event) {
        let pairs = source.day_pairs();
        let order = order(pairs);
        for t in &told {
            let reads = |p: &Pair| if p.dots { Some(true) } else { order };
            let fits = |p: &Pair, day_first: bool| {
                let (day, month) = if day_first { (p.first, p.second) } else { (p.second, p.first) };
                (t.month, t.day) == (month, day)
            };
            // Whatever may be the told day is one.
            if source.iso_days().iter().chain(source.named_days()).any(|k| same(k, t))
                || pairs.iter().any(|p| reads(p).map_or(fits(p, true) || fits(p, false), |d| fits(p, d)))
            {
                return None;
            }
            let wrong = pairs.iter().find(|p| p.first != p.second && reads(p).is_some_and(|d| fits(p, !d)));
            if found.is_none()
                && let Some(pair) = wrong
                && !told.iter().any(|o| crossed(t, o.month, o.day))
            {
                found = Some((t.clone(), Cite::of(source.event, source.whole, pair.range.clone())?));
            }
        }
    }
    let (told, cite) = found?;
    let said = prose.text.text.get(told.range.clone())?;
    Some(Swap {
        path: "day-month",
        told: told.range.clone(),
        title: format!("Said \"{said}\" for {}", cite.text()),
        detail: format!(
            "The agent says \"{said}\". The source writes {}, with day and month the other way round.",
            cite.text()
        ),
        source: cite,
    })
}

/// True where the days of a text are written with the day first, false with the month first, as one of them shows.
fn order(pairs: &[Pair]) -> Option<bool> {
    let slashed = || pairs.iter().filter(|p| !p.dots);
    match (slashed().any(|p| p.first > 12), slashed().any(|p| p.second > 12)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}
