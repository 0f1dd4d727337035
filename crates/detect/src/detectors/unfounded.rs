//! Numbers in the closing words of a turn that neither stand anywhere before nor follow from what stands there.
//!
//! What can be reckoned in a few steps counts as given: over the columns of a table, over the numbers of a record, and over those of the
//! message and of the conversation. Where that is more than can be gone through, nothing is said.

use super::closing::{Closing, all};
use crate::origin::reckoning::Reckoning;
use crate::origin::tables;
use crate::prose::counting::{Counting, words};
use crate::session::Session;
use crate::values::figures::{Figure, Kind, figures};
use crate::values::typed::{day, tokens};
use hindcast_trace::model::Text;
use std::collections::BTreeSet;
use std::ops::Range;

/// Longer answers and conversations hold numbers of many origins.
const LONGEST: usize = 1500;
const HEARD: usize = 60_000;
/// More numbers of the conversation give nearly anything.
const SPOKEN: usize = 40;
const RESULTS: usize = 400;

/// A number without a source.
pub(super) struct Unfounded {
    pub event: u32,
    /// Where it stands in the text of that event.
    pub range: Range<usize>,
    /// Index in the session of the call whose table it should follow from; none where there is no table.
    pub reckoned: Option<usize>,
    /// True for a share.
    pub share: bool,
}

/// See the module's documentation.
pub(super) fn of<'t>(session: &Session<'t>) -> Vec<(Unfounded, &'t Text)> {
    session.until_stopped(all(session).iter()).filter_map(|c| Some((judge(session, c)?, c.text))).take(4).collect()
}

fn judge(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Unfounded> {
    let text = &closing.text.text;
    let upto = session.calls.partition_point(|c| c.event < closing.event);
    let calls = session.calls.get(..upto)?;
    if text.len() > LONGEST || calls.is_empty() || !text.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    // What failed or was cut says nothing of what else the agent saw.
    if calls.iter().any(|c| c.result.as_ref().is_none_or(|r| r.cut_off())) {
        return None;
    }
    let counting = Counting::of(text)?;
    let told: Vec<Figure> = candidates(text, counting);
    if told.is_empty() {
        return None;
    }
    let seen = Seen::of(session, closing)?;
    let own: Vec<f64> = figures(text, Some(counting)).into_iter().flat_map(|f| f.readings).collect();
    let open: Vec<&Figure> = told.iter().filter(|f| !seen.has(f)).collect();
    if open.is_empty() {
        return None;
    }
    let reckoning = Reckoning::of(calls);
    if reckoning.partial {
        return None;
    }
    let figure = open.into_iter().find(|f| {
        let rest: Vec<f64> = own.iter().copied().filter(|n| !f.is(*n)).collect();
        !f.readings.iter().any(|r| reckoning.has(*r, f.decimals) || follows(*r, f, &rest, &seen, &reckoning))
    })?;
    let table = |c: &&usize| {
        tables::of(&calls[**c])
            .iter()
            .any(|t| t.rows.len() > 1 && (0..t.columns.len()).any(|at| t.measures(at).is_some()))
    };
    let from = calls.partition_point(|c| c.event < closing.user);
    let indices: Vec<usize> = (from..upto).collect();
    let reckoned = indices.iter().rev().find(table).copied();
    Some(Unfounded { event: closing.event, range: figure.range.clone(), reckoned, share: figure.kind == Kind::Percent })
}

/// The numbers of an answer that cannot be a count, a year, a date or a part of a name.
fn candidates(text: &str, counting: Counting) -> Vec<Figure> {
    let days: Vec<Range<usize>> =
        day::iso(text).into_iter().chain(day::named(&tokens::tokens(text))).map(|d| d.range).collect();
    let vague: Vec<Range<usize>> = counting.places("rough", &words(text));
    let spoken = words(text);
    let fits = |f: &Figure| {
        let value = f.readings.first().copied().unwrap_or_default();
        let before = text[..f.range.start].trim_end();
        let behind = &text[f.range.end..];
        let dated = days.iter().any(|d| d.start < f.range.end && f.range.start < d.end);
        let joined = behind.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '–' | '/' | ':'))
            || before.ends_with(['#', '/', '-', '–', '−', '<', '>', '~', '≈', '§'])
            || behind.trim_start().starts_with(['–', '-', '×', '÷', '=']);
        let year = f.decimals == 0 && (1900.0..2101.0).contains(&value);
        let round =
            f.decimals == 0 && (value % 100.0 == 0.0 || matches!(value as i64, 24 | 48 | 72 | 60 | 365 | 90 | 30));
        let rough = vague
            .iter()
            .any(|v| spoken[v.end - 1].range.end <= f.range.start && f.range.start - spoken[v.end - 1].range.end < 4);
        let rest = behind.split_whitespace().next().unwrap_or_default();
        let counted = rest.starts_with("st") && rest.len() == 2;
        matches!(f.kind, Kind::Plain | Kind::Percent)
            && !f.word
            && (value >= 10.0 || f.decimals > 0)
            && f.range.len() <= 10
            && !(dated || joined || year || round || rough || counted)
    };
    figures(text, Some(counting)).into_iter().filter(fits).collect()
}

/// What stands before a closing.
struct Seen {
    all: Vec<f64>,
    /// The numbers of the conversation: what user, operator and agent said, and what the calls were given.
    spoken: Vec<f64>,
    runs: BTreeSet<String>,
}

impl Seen {
    fn of(session: &Session<'_>, closing: &Closing<'_, '_>) -> Option<Seen> {
        let said =
            session.messages.iter().filter(|m| m.event < closing.event).flat_map(|m| m.texts).map(|t| t.text.as_str());
        let calls = || session.calls.iter().filter(|c| c.event < closing.event);
        let given = calls().filter_map(|c| c.arguments).map(|a| a.text.as_str());
        let results = calls().filter_map(|c| c.result.as_ref()?.content).map(|t| t.text.as_str());
        let spoken: Vec<&str> = said.chain(given).collect();
        let results: Vec<&str> = results.collect();
        if spoken.iter().chain(&results).map(|t| t.len()).sum::<usize>() > HEARD {
            return None;
        }
        let numbers = |texts: &[&str]| -> Vec<f64> {
            let counting = |t: &str| Counting::of(t);
            texts.iter().flat_map(|t| figures(t, counting(t))).flat_map(|f| f.readings).collect()
        };
        let heard = numbers(&spoken);
        let mut all = numbers(&results);
        if heard.len() > SPOKEN * 4 || all.len() > RESULTS {
            return None;
        }
        all.extend(&heard);
        let digits = |t: &&str| {
            t.split(|c: char| !c.is_ascii_digit())
                .filter(|r| !r.is_empty())
                .map(|r| r.trim_start_matches('0').to_owned())
                .collect::<Vec<_>>()
        };
        let runs = spoken.iter().chain(&results).flat_map(digits).collect();
        let mut spoken = heard;
        spoken.truncate(SPOKEN * 2);
        Some(Seen { all, spoken, runs })
    }

    /// True for a number that stands there, perhaps with more decimals, as a share, in another unit, or as digits of a name.
    fn has(&self, figure: &Figure) -> bool {
        let room = 10f64.powi(-figure.decimals) * 0.501 + 1e-9;
        figure.readings.iter().any(|r| {
            let units = [1.0, 10.0, 100.0, 1000.0, 60.0, 3600.0, 1_000_000.0, 7.0, 12.0, 24.0, 1024.0];
            let near =
                |n: &f64| units.iter().any(|k| (n.abs() * k - r).abs() <= room || (n.abs() / k - r).abs() <= room);
            self.runs.contains(&format!("{r}")) || self.all.iter().any(near)
        })
    }
}

/// True for what two numbers of the message or the conversation give, one of them perhaps a value of a result.
fn follows(value: f64, figure: &Figure, own: &[f64], seen: &Seen, reckoning: &Reckoning) -> bool {
    let room = 10f64.powi(-figure.decimals) * 0.501 + 1e-9;
    let near = |n: f64| (n.abs() - value).abs() <= room;
    let share = figure.kind == Kind::Percent;
    let base: Vec<f64> = own.iter().chain(&seen.spoken).copied().filter(|n| *n != 0.0).take(3 * SPOKEN).collect();
    let both = |a: f64, b: f64| {
        let shares = near(100.0 * a / b)
            || near(100.0 - 100.0 * a / b)
            || near(100.0 * (a - b) / b)
            || near(100.0 * (b - a) / a)
            || near(100.0 * b / a);
        let plain = near(a + b)
            || near(a - b)
            || near(a * b)
            || near(a / b)
            || near(b / a)
            || near(a * b / 100.0)
            || near(a * (100.0 + b) / 100.0)
            || near(a * (100.0 - b) / 100.0);
        shares && (share || figure.decimals > 0) || plain && !share || share && (near(a - b) || near(a + b))
    };
    let in_message = base.iter().enumerate().any(|(i, a)| {
        base[i + 1..].iter().any(|b| both(*a, *b)) || seen.all.iter().any(|b| both(*a, *b) || both(*b, *a))
    });
    // All that is listed, or the last ones of it.
    let run = (0..own.len()).any(|from| {
        let mut sum = 0.0;
        own[from..].iter().any(|n| {
            sum += n;
            near(sum)
        })
    });
    let step = || {
        base.iter().any(|a| {
            reckoning.has(value - a, figure.decimals) && own.contains(a)
                || reckoning.has(value * a, figure.decimals) && own.contains(a) && *a > 1.0
                || *a > 1.0 && own.contains(a) && reckoning.has(value / a, figure.decimals + 2)
        })
    };
    in_message || run || !share && step()
}
