//! How many rows the parts of a table have, and what they add up to.

use super::super::scene::{Scene, Sentence};
use crate::origin::tables::{Kind, Table};
use crate::prose::counting::Word;
use crate::values::typed::words::words as typed;
use crate::values::typed::{day, tokens};
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// No more values of a column, thresholds and pairs are tried.
const VALUES: usize = 24;
const LIMITS: usize = 24;
const COLUMNS: usize = 8;

type Rows = Vec<usize>;

/// What the parts give that a text names by a value or a flag; `None` where it names none.
pub(super) fn named(scene: &Scene<'_, '_>, table: &Table, text: &str) -> Option<BTreeSet<usize>> {
    let of = |text: &str| -> Vec<(usize, Rows)> {
        let values = scene.values_named(table, text, false).into_iter().map(|(c, rows, _)| (c, rows));
        let flags = scene.flags_named(table, text).into_iter().enumerate().map(|(i, (yes, ..))| (usize::MAX - i, yes));
        values.chain(flags).take(VALUES).collect()
    };
    let mut own = of(text);
    // "Not funded", "none of them ready": the others.
    let all: BTreeSet<usize> = (0..table.rows.len()).collect();
    own.extend(scene.rows_named(table, text).into_iter().map(|r| (0, vec![r])).take(VALUES));
    if own.is_empty() {
        return None;
    }
    let mut sets: Vec<Rows> = own.iter().map(|(_, rows)| rows.clone()).collect();
    let columns: BTreeSet<usize> = own.iter().map(|(c, _)| *c).collect();
    for column in columns {
        let union: BTreeSet<usize> =
            own.iter().filter(|(c, _)| *c == column).flat_map(|(_, rows)| rows.iter().copied()).collect();
        sets.push(union.into_iter().collect());
    }
    sets.extend(of(&scene.asked.text).into_iter().map(|(_, rows)| rows));
    // What is said of a part is a part of it.
    let flagged: Vec<Rows> = (0..table.columns.len()).flat_map(|c| table.groups(c)).map(|(_, rows)| rows).collect();
    let mut found = BTreeSet::new();
    let whole = sets.clone();
    for (i, set) in whole.iter().enumerate() {
        sets.extend(whole[i + 1..].iter().map(|other| both(set, other)));
    }
    let dated = (0..table.columns.len())
        .any(|c| table.column(c).flatten().any(|c| matches!(c.kind, Kind::Day(_) | Kind::Clock(_))));
    for set in &sets {
        found.extend(figures(table, set));
        found.insert(all.len() - set.len());
        if dated {
            found.extend(0..=set.len());
        }
    }
    // Two values that only together are meant: the part of a part by a flag.
    if own.len() == 1 {
        let narrowed = flagged.iter().take(VALUES).filter(|o| o.len() < table.rows.len()).map(|o| both(&own[0].1, o));
        found.extend(narrowed.map(|s| s.len()).filter(|n| *n < own[0].1.len()));
    }
    Some(found)
}

fn both(a: &Rows, b: &Rows) -> Rows {
    a.iter().filter(|r| b.contains(r)).copied().collect()
}

/// How many rows there are, different values of each column in them, what is filled, and the sums of the numbers.
fn figures(table: &Table, rows: &[usize]) -> BTreeSet<usize> {
    let mut found = BTreeSet::from([rows.len()]);
    for column in 0..table.columns.len() {
        let cells: Vec<_> = rows.iter().filter_map(|r| table.rows[*r].get(column)?.as_ref()).collect();
        let texts: BTreeSet<&str> = cells.iter().map(|c| c.text.as_str()).collect();
        found.extend([texts.len(), cells.len(), rows.len() - cells.len()]);
        let numbers: Vec<f64> = cells.iter().filter_map(|c| c.number()).collect();
        let lists: usize = cells.iter().map(|c| if let Kind::List(n) = c.kind { n } else { 0 }).sum();
        let sum = numbers.iter().sum::<f64>();
        found.extend(whole(sum));
        found.extend(numbers.iter().copied().filter_map(whole));
        found.insert(lists);
        found.insert(numbers.iter().filter(|n| **n != 0.0).count());
        found.insert(numbers.iter().filter(|n| **n == 0.0).count());
        if let (Some(most), Some(least)) =
            (numbers.iter().copied().reduce(f64::max), numbers.iter().copied().reduce(f64::min))
        {
            found.extend(whole(most - least));
            found.extend(whole(sum / numbers.len() as f64));
        }
    }
    found
}

fn whole(n: f64) -> Option<usize> {
    (n.fract() == 0.0 && (0.0..1e9).contains(&n)).then_some(n as usize)
}

/// What any part of a table gives that its values, and the limits of the conversation, allow.
pub(super) fn all(scene: &Scene<'_, '_>, sentence: &Sentence, table: &Table) -> BTreeSet<usize> {
    let rows: Rows = (0..table.rows.len()).collect();
    let mut found = figures(table, &rows);
    let mut sets: Vec<(usize, Rows)> = Vec::new();
    for column in 0..table.columns.len() {
        let groups = table.groups(column);
        for (i, (_, one)) in groups.iter().enumerate().take(VALUES) {
            // Two values of a state together.
            found.extend(groups[i + 1..].iter().take(VALUES).map(|(_, other)| one.len() + other.len()));
            sets.push((column, one.clone()));
        }
        match limits(scene, sentence, table, column) {
            Some(cuts) => sets.extend(cuts.into_iter().map(|c| (column, c))),
            None => found.extend(0..=rows.len()),
        }
    }
    for (column, set) in &sets {
        found.extend(figures(table, set));
        found.insert(rows.len() - set.len());
        let others = sets.iter().filter(|(c, _)| c > column).take(2 * VALUES);
        found.extend(others.map(|(_, other)| both(set, other).len()));
    }
    found
}

/// The rows above and below what the conversation names as a limit; `None` where a limit is meant that is not read.
fn limits(scene: &Scene<'_, '_>, sentence: &Sentence, table: &Table, column: usize) -> Option<Vec<Rows>> {
    let values = table.measures(column).or_else(|| {
        let days = table.column(column).flatten().any(|c| matches!(c.kind, Kind::Day(_) | Kind::Clock(_)));
        days.then(|| table.column(column).map(|c| c?.measure()).collect())
    });
    let Some(values) = values else { return Some(Vec::new()) };
    let mut kinds = table.column(column).flatten().map(|c| c.kind);
    let kind = kinds.next()?;
    let talk = || scene.asked.words.iter().chain(&sentence.words);
    let limited = |words: &[Word]| ["over", "under"].iter().any(|l| scene.counting.is_in(l, words));
    let mut cuts: Vec<f64> = match kind {
        Kind::Day(_) => {
            // "This week", "within 10 days": what that is, is not read.
            let spans = talk().any(|w| typed().time.contains_key(&w.text));
            let days = days(scene, &values);
            if spans || days.is_empty() {
                return None;
            }
            days
        }
        Kind::Clock(_) => return None,
        _ => {
            let given = scene.given.iter().chain(sentence.told.iter().map(|t| &t.figure));
            let given: Vec<f64> = given.flat_map(|f| f.readings.iter().copied()).collect();
            if given.is_empty() && (limited(&scene.asked.words) || limited(&sentence.words)) {
                return None;
            }
            // Another column may be the limit: stock below the least stock.
            let mut cuts: Vec<Rows> = Vec::new();
            for other in (0..table.columns.len()).filter(|c| *c != column).take(COLUMNS) {
                let pairs = (0..table.rows.len()).filter_map(|r| {
                    let other = table.rows[r].get(other)?.as_ref()?.number()?;
                    Some((r, values[r]?, other))
                });
                let pairs: Vec<_> = pairs.collect();
                cuts.push(pairs.iter().filter(|(_, a, b)| a < b).map(|p| p.0).collect());
                cuts.push(pairs.iter().filter(|(_, a, b)| a <= b).map(|p| p.0).collect());
            }
            cuts.extend(given.iter().take(LIMITS).flat_map(|l| at(&values, *l)));
            cuts.extend(at(&values, 0.0));
            return Some(cuts);
        }
    };
    cuts.truncate(LIMITS);
    Some(cuts.iter().flat_map(|l| at(&values, *l)).collect())
}

/// The rows below a limit, and those up to it.
fn at(values: &[Option<f64>], limit: f64) -> [Rows; 2] {
    let rows = |passes: &dyn Fn(f64) -> bool| {
        values.iter().enumerate().filter(|(_, v)| v.is_some_and(passes)).map(|(r, _)| r).collect()
    };
    [rows(&|v| v.floor() < limit), rows(&|v| v.floor() <= limit)]
}

/// The days that user, operator and calls name, as the cells count them; one without a year may be of each year of the column.
fn days(scene: &Scene<'_, '_>, values: &[Option<f64>]) -> Vec<f64> {
    let years: BTreeSet<i64> = values.iter().flatten().map(|v| ((v.floor() - 32.0) / 372.0).floor() as i64).collect();
    let said = scene.session.messages.iter().filter(|m| m.event < scene.closing.event && m.role != Role::Assistant);
    let texts = said.flat_map(|m| m.texts).take(64).map(|t| t.text.as_str()).chain([scene.arguments.as_str()]);
    let mut found = Vec::new();
    for text in texts {
        for day in day::iso(text).into_iter().chain(day::named(&tokens::tokens(text))).take(LIMITS) {
            let years = day.year.map_or_else(|| years.iter().copied().collect(), |y| vec![i64::from(y)]);
            let place = |y: i64| ((y as f64) * 12.0 + f64::from(day.month)) * 31.0 + f64::from(day.day);
            found.extend(years.into_iter().map(place));
        }
    }
    found
}
