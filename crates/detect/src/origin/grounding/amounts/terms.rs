//! Whether an amount follows from the numbers of one record and those beside it.

use super::numbers::{MOST, numbers};
use std::cell::OnceCell;

/// Items of one list whose subsets are tried.
pub(super) const SUBSET: usize = 12;

/// The numbers of one record: of an object in a tool's answer, of a table, or of a text.
#[derive(Default)]
pub(super) struct Record {
    pub money: Vec<i64>,
    pub lists: Vec<Vec<i64>>,
    pub small: Vec<i64>,
    /// What its rows and columns give.
    pub derived: Vec<i64>,
    /// What one of something comes to, perhaps in cents.
    pub rates: Vec<i64>,
    pub terms: OnceCell<Terms>,
}

impl Record {
    /// All numbers of a text.
    pub fn of_text(text: &str) -> Self {
        let all: Vec<i64> = numbers(text).into_iter().filter(|n| *n > 0).take(MOST).collect();
        Record { lists: vec![all.clone()], small: all.clone(), money: all, ..Record::default() }
    }

    fn terms(&self) -> &Terms {
        let of = || Terms::of(self.money.iter().copied().take(MOST), self.small.iter().copied());
        self.terms.get_or_init(of)
    }
}

/// Numbers as derivations ask for them, put in order once.
pub(super) struct Terms {
    /// In ascending order.
    all: Vec<i64>,
    /// How many of something: whole numbers from two to fifty.
    times: Vec<i64>,
    /// Shares in hundredths of a percent.
    percents: Vec<i64>,
}

impl Terms {
    pub fn of(all: impl Iterator<Item = i64>, factors: impl Iterator<Item = i64> + Clone) -> Self {
        let sorted = |numbers: &mut dyn Iterator<Item = i64>| {
            let mut numbers: Vec<i64> = numbers.collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers
        };
        let whole = |n: &i64| n % 100 == 0 && (200..=5000).contains(n);
        Terms {
            all: sorted(&mut { all }),
            times: sorted(&mut factors.clone().filter(whole).map(|n| n / 100)),
            percents: sorted(&mut factors.filter(|n| (1..10_000).contains(n))),
        }
    }

    /// True for a number among them, give or take a rounded cent.
    fn has(&self, number: i64) -> bool {
        let at = self.all.partition_point(|o| *o < number - 1);
        self.all.get(at).is_some_and(|o| *o <= number + 1)
    }
}

/// True when an amount follows from a record's numbers and those `beside` it: the message's own and what was spoken of.
pub(super) fn derives(record: &Record, amount: i64, beside: &Terms) -> bool {
    let near = |a: i64| (a - amount).abs() <= 1;
    if record.derived.iter().any(|n| near(*n)) {
        return true;
    }
    let terms = record.terms();
    let has = |n: i64| terms.has(n) || beside.has(n);
    let pair = |a: i64| has(amount - a) || has(a - amount) || has(a + amount);
    let times = || terms.times.iter().chain(&beside.times);
    let percents = terms.percents.iter().chain(&beside.percents);
    for &a in record.money.iter().take(MOST) {
        // Sum and difference; several times; a percentage and what is left of it.
        if pair(a) || times().any(|k| near(a * k) || near(a / k) || has(amount - a * k) || has(a * k - amount)) {
            return true;
        }
        if percents.clone().any(|p| near(a * p / 10_000) || near(a - a * p / 10_000) || near(a + a * p / 10_000)) {
            return true;
        }
    }
    record.lists.iter().any(|list| {
        let sum: i64 = list.iter().sum();
        near(sum) || pair(sum) || times().any(|k| near(sum * k)) || (list.len() <= SUBSET && subset(list, amount))
    })
}

/// True where some of the numbers add up to the amount, give or take a rounded cent.
pub(super) fn subset(list: &[i64], amount: i64) -> bool {
    (1u32..1 << list.len()).any(|mask| {
        let sum: i64 = list.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, n)| n).sum();
        (sum - amount).abs() <= 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subsets_are_sums() {
        assert!(subset(&[1999, 2450, 725], 2724));
        assert!(!subset(&[1999, 2450, 725], 5274));
    }
}
