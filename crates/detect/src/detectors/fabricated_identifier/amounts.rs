//! Amounts in what the agent says, and formulas that do not give their result.

use super::{FabricatedIdentifier, judge, statement};
use crate::detectors::Detector;
use crate::finding::{Cite, Finding, Report};
use crate::maps::HashSet;
use crate::origin::grounding::{Amounts, Kind, Sources, Used, stated};
use crate::origin::reckoning::Reckoning;
use crate::prose::Prose;
use crate::session::Session;
use crate::values;
use crate::values::figures;
use std::ops::Range;

/// What is known of amounts while the session is gone through.
#[derive(Default)]
pub struct Ledger {
    known: Amounts,
    /// How many calls were looked at for what a calculator was given.
    calls: usize,
    /// Amounts that the agent gave before; each was judged where it came first.
    given: HashSet<i64>,
    /// The amounts of the agent's last answer that had any.
    last: String,
    /// Amounts of earlier answers that follow from something.
    derived: String,
}

impl Ledger {
    /// Keeps an amount that follows from something: later ones may follow from it.
    fn derives(&mut self, amount: &str) -> bool {
        const MOST: usize = 600;
        if self.derived.len() < MOST {
            self.derived.push_str(amount);
            self.derived.push(' ');
        }
        true
    }
}

/// The results of so many calls are reckoned with.
const CALLS: usize = 8;

/// Why an amount of a long session is not judged.
const TOO_MANY: &str =
    "whether the amount follows from an earlier record is unknown: only the last 512 records before it were compared";

/// Judges the amounts of one message.
pub fn of<'s>(
    detector: &FabricatedIdentifier,
    session: &Session<'_>,
    prose: &Prose<'_>,
    sources: &dyn Fn() -> &'s Sources<'s>,
    ledger: &mut Ledger,
    report: &mut Report,
) {
    let text = &prose.text.text;
    let mut amounts = values::amounts(text);
    let named = |range: &Range<usize>| amounts.iter().any(|(_, r)| r.start < range.end && range.start < r.end);
    let bare = values::bare::amounts(text).into_iter();
    let bare: Vec<_> = bare.filter(|(_, range)| !named(range) && !is_day(text, range, sources, prose.event)).collect();
    amounts.extend(bare);
    let wrong = stated::wrong(text);
    if amounts.is_empty() && wrong.is_empty() {
        return;
    }
    report.eligible = true;
    ledger.known.advance(sources(), prose.event);
    for wrong in &wrong {
        if !ledger.known.holds(wrong.said) && !statement::is_example(prose, &wrong.range) {
            report.findings.extend(miscalculated(detector, prose, wrong));
        }
    }
    ledger.known.clear();
    let upto = session.calls.partition_point(|c| c.event < prose.event);
    let calculators = session.calls[ledger.calls..upto].iter().filter(|c| c.name.text.contains("calc"));
    calculators.filter_map(|c| c.arguments).for_each(|a| ledger.known.add_calculated(&a.text));
    ledger.calls = upto;
    // What the agent gave in its last answer was judged there, and may be calculated with here.
    ledger.known.add(&ledger.last);
    ledger.known.add(&ledger.derived);
    ledger.last.clear();
    let circular = circular(ledger, sources(), text, &amounts);
    let mut priced = false;
    for (cents, range) in amounts {
        if !priced
            && circular.contains(&range)
            && !ledger.given.contains(&cents)
            && !is_reckoned(session, prose.event, cents)
            && !wrong.iter().any(|w| w.range.start < range.end && range.start < w.range.end)
            && !statement::is_example(prose, &range)
            && !statement::is_public(prose, &range, Kind::Amount)
            && let Some(cite) = Cite::of(prose.event, prose.text, range.clone())
        {
            // One stands for all: they follow from each other.
            priced = true;
            let used = Used { kind: Kind::Amount, text: text[range.clone()].to_owned(), cite };
            judge(detector, session, used, "price", None, report);
        }
        ledger.last.push_str(&text[range.clone()]);
        ledger.last.push(' ');
        let known = |ledger: &mut Ledger| ledger.known.explain(sources(), cents, &text[range.clone()], text);
        let judged = wrong.iter().any(|w| w.range.start < range.end && range.start < w.range.end);
        if !ledger.given.insert(cents)
            || judged
            || otherwise_known(ledger, &text[range.clone()])
            || known(ledger) && ledger.derives(&text[range.clone()])
            || statement::is_example(prose, &range)
            || statement::is_public(prose, &range, Kind::Amount)
        {
            continue;
        }
        if is_reckoned(session, prose.event, cents) {
            ledger.derives(&text[range.clone()]);
            continue;
        }
        if ledger.known.is_partial() {
            report.skip(Some(prose.event), TOO_MANY);
            continue;
        }
        if let Some(cite) = Cite::of(prose.event, prose.text, range.clone()) {
            judge(
                detector,
                session,
                Used { kind: Kind::Amount, text: text[range].to_owned(), cite },
                "amount",
                None,
                report,
            );
        }
    }
}

/// True for `8.10` where a source has that day, 2025-10-08, and for `15.12` with a point behind it where the conversation writes its days
/// so: a day may be reckoned from another one.
fn is_day<'s>(text: &str, range: &Range<usize>, sources: &dyn Fn() -> &'s Sources<'s>, before: u32) -> bool {
    let Some((day, month)) = values::bare::day_and_month(&text[range.clone()]) else { return false };
    let pointed = || {
        text[range.end..].starts_with('.')
            && (values::bare::writes_days(text)
                || sources().between(0, before).any(|s| !s.result && values::bare::writes_days(s.text)))
    };
    sources().between(0, before).any(|s| s.iso_days().iter().any(|d| (d.day, d.month) == (day, month))) || pointed()
}

/// True for what the columns of a table or the numbers of a record give.
fn is_reckoned(session: &Session<'_>, before: u32, cents: i64) -> bool {
    let upto = session.calls.partition_point(|c| c.event < before);
    let all = Reckoning::of(&session.calls[upto.saturating_sub(CALLS)..upto], false);
    all.has(cents as f64 / 100.0, 2)
}

/// True for a number that another way to read its signs gives: `0,842` is 0.842, and `2.364` is 2,364.
fn otherwise_known(ledger: &Ledger, written: &str) -> bool {
    let run = written.trim_matches(|c: char| !c.is_ascii_digit());
    let readings = figures::read(run).map_or_else(Vec::new, |(readings, _)| readings);
    readings.len() > 1 && readings.iter().any(|r| ledger.known.holds((r * 100.0).round() as i64))
}

/// Amounts that follow from other amounts of the same message, none of which follows from the session: "45.00 plus 12.50, so
/// 57.50".
fn circular(
    ledger: &mut Ledger,
    sources: &Sources<'_>,
    text: &str,
    amounts: &[(i64, Range<usize>)],
) -> Vec<Range<usize>> {
    const MOST: usize = 12;
    if !(2..=MOST).contains(&amounts.len()) {
        return Vec::new();
    }
    let mut open: Vec<&(i64, Range<usize>)> = amounts
        .iter()
        .filter(|(c, r)| {
            !ledger.known.holds(*c) && !ledger.given.contains(c) && !otherwise_known(ledger, &text[r.clone()])
        })
        .collect();
    settle(ledger, text, &mut open);
    let all = |ledger: &mut Ledger| open.iter().all(|(c, r)| ledger.known.explain(sources, *c, &text[r.clone()], text));
    // What does not follow even with them is told by itself.
    if open.len() < 2 || !all(ledger) {
        return Vec::new();
    }
    loop {
        let masked = mask(text, open.iter().map(|(_, range)| range));
        let before = open.len();
        open.retain(|(c, range)| {
            !ledger.known.pairs(*c) && !ledger.known.explain(sources, *c, &text[range.clone()], &masked)
        });
        if open.len() == before || open.len() < 2 {
            break;
        }
    }
    if open.len() < 2 { Vec::new() } else { open.into_iter().map(|(_, range)| range.clone()).collect() }
}

/// Takes out what a formula of the message gives from numbers that are known or were told before: "80 × $6.10 = $488".
fn settle(ledger: &Ledger, text: &str, open: &mut Vec<&(i64, Range<usize>)>) {
    for sum in stated::right(text) {
        let known = |n: &i64| {
            let few = n % 100 == 0 && *n <= 1000;
            let unsettled = open.iter().any(|(c, _)| c == n);
            !unsettled && (few || ledger.known.holds(*n) || ledger.given.contains(n) || settled(text, *n))
        };
        if sum.operands.iter().all(known) {
            open.retain(|(c, r)| *c != sum.said && !(r.start <= sum.range.start && sum.range.end <= r.end));
        }
    }
}

/// True for an amount that the message tells; one that has no source is among the open ones.
fn settled(text: &str, number: i64) -> bool {
    values::amounts(text).iter().any(|(c, _)| *c == number)
}

/// A text with some of its ranges blanked out.
fn mask<'r>(text: &str, ranges: impl Iterator<Item = &'r Range<usize>>) -> String {
    let mut masked = text.to_owned();
    for range in ranges {
        masked.replace_range(range.clone(), &" ".repeat(range.len()));
    }
    masked
}

/// A result that the numbers beside it do not give, and that no tool returned.
fn miscalculated(detector: &FabricatedIdentifier, prose: &Prose<'_>, wrong: &stated::Wrong) -> Option<Finding> {
    let cite = Cite::of(prose.event, prose.text, wrong.range.clone())?;
    let said = cite.text().to_owned();
    Some(
        Finding::new(
            detector.id(),
            detector.category(),
            prose.event,
            format!("{said} does not follow from the numbers next to it"),
            cite,
        )
        .path("arithmetic")
        .detail(format!("The agent says {said}; the numbers in the same message give {}.", wrong.right)),
    )
}
