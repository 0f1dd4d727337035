//! Amounts that follow from several records: the sum of what several look-ups returned, and an old amount with its change.
//!
//! Both are tried only where words call for it. Over all numbers of a session nearly every amount can be derived.

use super::numbers::numbers;
use super::records::{self, money_key};
use super::terms::subset;
use crate::maps::HashMap;
use crate::origin::grounding::sources::Source;
use crate::prose::pattern;
use crate::values;
use aho_corasick::AhoCorasick;
use std::sync::LazyLock;

/// Numbers that are kept of all look-ups; a session with more has tables, which nobody adds up in words.
const MOST_NUMBERS: usize = 4096;
/// Of so many numbers any part may be summed up; of more only all of them.
const FEW: usize = 6;
/// Changes that are kept.
const MOST_CHANGES: usize = 24;
/// A change is told near its number, in bytes.
const NEAR: usize = 48;

static SUMS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    pattern::any_of([
        "together",
        "combined",
        "altogether",
        "in all",
        "overall",
        "in total",
        "sum of",
        "add up",
        "adds up",
        "add them",
        "all of",
        "both",
        "for all",
    ])
});
static CHANGES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    pattern::any_of([
        "rise",
        "raise",
        "rising",
        "increas",
        "dearer",
        "surcharge",
        "extra",
        "additional",
        "reduc",
        "discount",
        "lower",
        "decreas",
        "cheaper",
        "higher",
        "up by",
        "down by",
        "goes up",
        "went up",
        "fee",
        "more",
        "less",
        "adjust",
        "plus",
        "rebate",
        "deduct",
        "bonus",
        "tax",
        "shipping",
        "delivery",
        "deposit",
    ])
});

/// True for words that add things up.
pub fn adds_up(message: &str) -> bool {
    let folded = message.to_ascii_lowercase();
    SUMS.as_ref().is_some_and(|s| s.is_match(&folded))
}

/// What one tool returned under one name, call by call.
#[derive(Default)]
struct Column {
    values: Vec<i64>,
    /// The events that they stand in, without repetition.
    calls: Vec<u32>,
}

/// Numbers of several records.
#[derive(Default)]
pub struct Across {
    columns: HashMap<(String, String), Column>,
    kept: usize,
    /// The amounts of answers that have one only, whatever the tool.
    singles: Vec<i64>,
    changes: Vec<i64>,
    percents: Vec<i64>,
}

impl Across {
    /// Takes in the numbers of a source; sources come in order.
    pub fn read(&mut self, source: &Source<'_>) {
        if source.own {
            return;
        }
        self.read_changes(source.lower(), if source.json.is_some() { &['\n', '"'] } else { &['\n'] });
        let Some(tool) = source.tool.filter(|_| self.kept < MOST_NUMBERS) else { return };
        let mut found: Vec<(String, i64)> = Vec::new();
        match source.json {
            Some(root) => records::named_numbers(root, "", 0, &mut |key, n| found.push((key.to_owned(), n))),
            None => {
                // A text with one amount is a record with that amount.
                let mut amounts: Vec<i64> = values::amounts(source.lower()).into_iter().map(|a| a.0).collect();
                amounts.extend(super::plain::decimals(source.text));
                amounts.sort_unstable();
                amounts.dedup();
                found.extend(amounts.first().filter(|_| amounts.len() == 1).map(|n| (String::new(), *n)));
            }
        }
        let mut money = found.iter().filter(|(key, _)| key.is_empty() || money_key(key)).map(|(_, n)| *n);
        if let (Some(only), None) = (money.next(), money.next())
            && self.singles.len() < FEW
        {
            self.singles.push(only);
        }
        let changed = |key: &str| CHANGES.as_ref().is_some_and(|c| c.is_match(key));
        let room = MOST_CHANGES.saturating_sub(self.changes.len());
        self.changes.extend(found.iter().filter(|(key, _)| changed(key)).map(|(_, n)| *n).take(room));
        for (key, number) in found.into_iter().take(MOST_NUMBERS - self.kept) {
            let column = self.columns.entry((tool.to_owned(), key)).or_default();
            column.values.push(number);
            if column.calls.last() != Some(&source.event) {
                column.calls.push(source.event);
            }
            self.kept += 1;
        }
    }

    /// Numbers beside words for a change, within one line, or within one string of JSON.
    fn read_changes(&mut self, lower: &str, ends: &[char]) {
        let Some(words) = CHANGES.as_ref() else { return };
        for found in words.find_iter(lower) {
            if self.changes.len() + self.percents.len() >= MOST_CHANGES {
                return;
            }
            let line = |text: &str, from_end: bool| {
                let part = if from_end { text.rsplit(ends).next() } else { text.split(ends).next() };
                part.unwrap_or_default().to_owned()
            };
            let (start, end) = (floor(lower, found.start().saturating_sub(NEAR)), floor(lower, found.end() + NEAR));
            let near = line(&lower[start..found.start()], true) + " " + &line(&lower[found.end()..end], false);
            for number in numbers(&near).into_iter().filter(|n| *n > 0) {
                let list = if near.contains('%') && number < 10_000 { &mut self.percents } else { &mut self.changes };
                if !list.contains(&number) {
                    list.push(number);
                }
            }
        }
    }

    /// True for the sum of what several calls of a tool returned under one name; with `listed`, also of one list.
    pub fn adds_to(&self, amount: i64, listed: bool) -> bool {
        (listed && subset(&self.singles, amount))
            || self.columns.iter().any(|((_, key), column)| {
                let several = column.calls.len() > 1 || (listed && column.values.len() > 1);
                if !several || !(key.is_empty() || money_key(key) || amount % 100 != 0 || column.calls.len() > 1) {
                    return false;
                }
                let sum: i64 = column.values.iter().sum();
                (sum - amount).abs() <= 1 || (column.values.len() <= FEW && subset(&column.values, amount))
            })
    }

    /// True for an amount of a record with a change that another text tells.
    pub fn changes_to(&self, amount: i64, base: impl Iterator<Item = i64>) -> bool {
        if self.changes.is_empty() && self.percents.is_empty() {
            return false;
        }
        base.filter(|b| *b > 0).any(|b| {
            self.changes.iter().any(|c| b + c == amount || b - c == amount)
                || self.percents.iter().any(|p| {
                    let part = b * p / 10_000;
                    (b + part - amount).abs() <= 1 || (b - part - amount).abs() <= 1
                })
        })
    }
}

/// The nearest place at or before this one where a character begins.
fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}
