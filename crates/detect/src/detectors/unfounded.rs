//! Numbers in the closing words of a turn that neither stand anywhere before nor follow from what stands there.
//!
//! What can be reckoned in a few steps counts as given: over the columns of a table, over the numbers of a record, and over those of the
//! message and of the conversation. Where that is more than can be gone through, nothing is said.

use super::closing::{Closing, all, records};
use crate::origin::reckoning::Reckoning;
use crate::origin::tables;
use crate::prose::counting::{Counting, words};
use crate::session::{Call, Session};
use crate::values;
use crate::values::figures::{Figure, Kind, figures};
use crate::values::typed::{day, money, tokens};
use hindcast_trace::json::Value;
use hindcast_trace::model::Text;
use std::collections::BTreeSet;
use std::ops::Range;

/// Longer answers and conversations hold numbers of many origins.
const LONGEST: usize = 1500;
const HEARD: usize = 60_000;
/// More numbers of the conversation give nearly anything.
const SPOKEN: usize = 40;
const RESULTS: usize = 400;
/// Pounds in kilograms, inches in centimeters, feet in meters, miles in kilometers, ounces in grams, gallons in liters, horsepower in kilowatts.
const UNITS: [f64; 7] = [0.4536, 2.54, 0.3048, 1.6093, 28.35, 3.785, 0.7457];
/// What stands behind the number of a list's line is no more than its unit.
const UNIT: usize = 6;
/// Of so many numbers of a message in a row each sum is tried.
const LISTED: usize = 10;
/// More days of a conversation are not held against each other.
const DAYS: usize = 24;

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
    if text.len() > LONGEST || closing.calls.is_empty() || !text.bytes().any(|b| b.is_ascii_digit()) {
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
    if let Some(range) = total(text, counting, &seen) {
        return Some(Unfounded { event: closing.event, range, reckoned: upto.checked_sub(1), share: false });
    }
    let open: Vec<&Figure> = told.iter().filter(|f| !seen.has(f)).collect();
    if open.is_empty() {
        return None;
    }
    let reckoning = Reckoning::of(calls, true);
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
    // A whole number may name a port, a line or an age as well.
    let written = &text[figure.range.clone()];
    if reckoned.is_some()
        && figure.decimals == 0
        && figure.kind == Kind::Plain
        && written.bytes().all(|b| b.is_ascii_digit())
    {
        return None;
    }
    // What is told beside what one record holds may be common knowledge.
    if reckoned.is_none() && !has_empty_field(closing.calls) {
        return None;
    }
    Some(Unfounded { event: closing.event, range: figure.range.clone(), reckoned, share: figure.kind == Kind::Percent })
}

/// The total behind a list of at least three numbers that is not what they add up to, with or without another number of the session.
fn total(text: &str, counting: Counting, seen: &Seen) -> Option<Range<usize>> {
    let mut items: Vec<(f64, i32)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let numbers: Vec<Figure> =
            figures(line, Some(counting)).into_iter().filter(|f| f.kind == Kind::Plain && !f.word).collect();
        let last = numbers.last().filter(|f| !f.readings.is_empty());
        let sums = counting.is_in("sum", &words(line));
        match last {
            Some(f)
                if !sums
                    && line[f.range.end..].trim().chars().count() <= UNIT
                    && numbers.iter().filter(|n| n.decimals > 0).count() <= 1 =>
            {
                items.push((f.readings[0], f.decimals));
            }
            _ if sums && items.len() >= 3 => {
                let first = numbers.first()?;
                let sum: f64 = items.iter().map(|i| i.0).sum();
                let alike = first.decimals > 0 && items.iter().all(|i| i.1 == first.decimals);
                let room = 0.011 * items.len() as f64;
                let told = first.readings[0];
                let near = |n: f64| (n - told).abs() <= room;
                let known = |n: &f64| near(*n) || near(sum + n) || near(sum - n) || near(sum * (100.0 + n) / 100.0);
                let fine = near(sum) || seen.all.iter().any(known);
                let range = start + first.range.start..start + first.range.end;
                return (alike && !fine && (told / sum - 1.0).abs() < 0.35).then_some(range);
            }
            _ if line.trim().is_empty() => {}
            _ => items.clear(),
        }
        start += line.len();
    }
    None
}

/// The numbers of an answer that cannot be a count, a year, a date or a part of a name.
fn candidates(text: &str, counting: Counting) -> Vec<Figure> {
    let days: Vec<Range<usize>> =
        day::iso(text).into_iter().chain(day::named(&tokens::tokens(text))).map(|d| d.range).collect();
    // What has a currency is judged as an amount, against more than is read here.
    let amounts: Vec<Range<usize>> = values::amounts(text)
        .into_iter()
        .map(|(_, r)| r)
        .chain(money::amounts(&tokens::tokens(text)).into_iter().map(|m| m.range))
        .chain(values::bare::amounts(text).into_iter().filter(|(c, _)| c % 100 != 0).map(|(_, r)| r))
        .collect();
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
        let priced = amounts.iter().any(|a| a.start < f.range.end && f.range.start < a.end);
        // "348 555 0198", "07.45", `618297`: a name, or a time.
        let digits = &text[f.range.clone()];
        let long = digits.bytes().filter(u8::is_ascii_digit).count() >= 6 && f.decimals == 0;
        let named = long
            || digits.starts_with('0') && !digits.starts_with("0.") && !digits.starts_with("0,")
            || before.ends_with(|c: char| c.is_ascii_digit())
            || behind.trim_start().starts_with(|c: char| c.is_ascii_digit())
            || digits.contains('.') && f.decimals > 3;
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
            && !(dated || joined || priced || named || year || round || rough || counted)
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
        let mut days: Vec<i64> =
            spoken.iter().chain(&results).flat_map(|t| day::iso(t)).filter_map(|d| ordinal(&d)).collect();
        days.sort_unstable();
        days.dedup();
        if days.len() > DAYS {
            return None;
        }
        let between = days.iter().flat_map(|a| days.iter().map(move |b| (b - a) as f64)).filter(|n| *n > 0.0);
        all.extend(between.flat_map(|n| [n, n + 1.0]));
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
            self.is_run(*r) || self.all.iter().any(near)
        })
    }
}

impl Seen {
    /// True for digits that stand there, or begin or end longer ones: the last four of a card.
    fn is_run(&self, value: f64) -> bool {
        let digits = format!("{value}");
        let part = digits.len() > 2 && self.runs.iter().any(|r| r.ends_with(&digits) || r.starts_with(&digits));
        self.runs.contains(&digits) || part
    }
}

/// True where a result has a field that is empty: what is told in its place came from nowhere.
fn has_empty_field(calls: &[Call<'_>]) -> bool {
    let records = calls.iter().filter_map(|c| c.result.as_ref()?.json()).flat_map(records);
    let empty = |v: Value<'_>| v.is_null() || v.str().is_some_and(|t| t.trim().is_empty());
    records.take(64).any(|r| r.entries().take(64).any(|(_, v)| empty(v)))
}

/// A day as the number of days from a fixed one.
fn ordinal(day: &day::Day) -> Option<i64> {
    let (year, month, day) = (i64::from(day.year?), i64::from(day.month), i64::from(day.day));
    // The year begins in March, so that the odd day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    Some(year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day)
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
    // Some of what is listed, or all of it.
    let some = |part: &[f64]| {
        (1u32..1 << part.len()).any(|some| near((0..part.len()).filter(|i| some >> i & 1 == 1).map(|i| part[i]).sum()))
    };
    let run = own.len() <= LISTED && some(own) || own.windows(LISTED).any(some);
    let step = || {
        base.iter().any(|a| {
            reckoning.has(value - a, figure.decimals) && own.contains(a)
                || reckoning.has(value * a, figure.decimals) && own.contains(a) && *a > 1.0
                || *a > 1.0 && own.contains(a) && reckoning.has(value / a, figure.decimals + 2)
        })
    };
    // The same in another unit beside it.
    let other = |n: &f64| {
        let near = |v: f64| (v - value).abs() <= room.max(value * 0.006);
        UNITS.iter().any(|k| near(n * k) || near(n / k)) || near((n - 32.0) / 1.8) || near(n * 1.8 + 32.0)
    };
    in_message || !share && own.iter().any(other) || run || !share && step()
}

#[cfg(test)]
mod tests {
    use crate::test_support::{turn, with_session};

    fn quotes(result: &str, said: &str) -> Vec<String> {
        with_session(&turn("How are we doing?", &[("get_things", "{}", result)], said), |session| {
            super::of(session).into_iter().map(|(seen, text)| text.text[seen.range].to_owned()).collect()
        })
    }

    const SOIL: &str = r#"{"limit": 30, "samples": [{"at": "north", "mg": 2.4}, {"at": "north", "mg": 11.8}, {"at": "yard", "mg": 38.0}, {"at": "yard", "mg": 29.5}]}"#;

    #[test]
    fn a_number_follows_from_something() {
        assert_eq!(quotes(SOIL, "On average the yard has 34.25 mg/kg."), ["34.25"]);
        assert_eq!(quotes(r#"{"flat": "MI-2", "area": null, "floor": 4}"#, "The flat has 82 sq m on floor 4."), ["82"]);
        let shows = "date,capacity,sold\n2025-02-14,412,388\n2025-02-15,412,412\n2025-02-16,412,241";
        assert_eq!(quotes(shows, "1,041 seats were sold, an occupancy of 91.7 %."), ["91.7"]);
        for fine in [
            "On average the yard has 33.75 mg/kg.",
            "The yard adds up to 67.5 mg.",
            "The two of the yard are 8.5 apart.",
            "Plan for about 45 minutes, and call 01632 960418.",
            "That is lab number 4718293.",
        ] {
            assert_eq!(quotes(SOIL, fine), Vec::<String>::new(), "{fine}");
        }
        assert!(quotes(shows, "1,041 seats were sold, an occupancy of 84.2 %.").is_empty());
        assert!(quotes(r#"{"from": "2026-10-12", "today": "2026-12-01"}"#, "You are at night 50.").is_empty());
    }

    #[test]
    fn a_list_adds_up() {
        let said = |sum: &str| format!("Cable: 290.50 kg\nBoxes: 46.25 kg\nSockets: 261.00 kg\nTotal: {sum} kg");
        let parts = r#"{"parts": [{"n": 100, "kg": 2.905}, {"n": 40, "kg": 1.15625}, {"n": 18, "kg": 14.5}]}"#;
        assert_eq!(quotes(parts, &said("587.75")), ["587.75"]);
        assert!(quotes(parts, &said("597.75")).is_empty());
    }
}
