//! Whether an amount stands somewhere, or follows from the numbers of one record.
//!
//! A derivation may use the numbers of one record, of the user's words and of the same message only: over all numbers
//! of a context nearly every amount can be derived from something.

mod across;
mod approx;
mod columns;
mod equation;
mod numbers;
mod plain;
mod records;
pub mod stated;
mod terms;
mod words;

pub(super) use records::money_key;

use super::sources::Sources;
use crate::prose::flags::Fast;
use crate::session::memo::Memo;
use crate::values;
use crate::values::scale;
use numbers::{MOST, in_words, numbers, percents, rates};
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasherDefault;
use terms::{Record, Terms, derives};
use words::WORDS;

/// Amounts of all records together, up to which those of different ones are held against each other.
const FEW: usize = 32;
/// So many records are compared with an amount, the last ones: every amount is compared with each of them, so that in a very
/// long session the work would grow with the square of its length.
const RECORDS: usize = 512;
/// So many counts of the user's are multiplied with others.
const FACTORS: usize = 4;

thread_local! {
    // Those of the operator's instructions, which are the same in every session.
    static NUMBERS: Memo<Vec<i64>> = Memo::default();
    static RATES: Memo<Vec<i64>> = Memo::default();
}

/// The numbers before an event, for deriving amounts from; grows with the session.
#[derive(Default)]
pub struct Amounts {
    upto: u32,
    raw: HashSet<i64, BuildHasherDefault<Fast>>,
    /// The records are read when an amount stands nowhere as it is, which is rare.
    read_upto: u32,
    records: Vec<Record>,
    spoken: Vec<i64>,
    user: Vec<i64>,
    /// Every number that the user said: what they named may be taken from each other.
    named: Vec<i64>,
    own: Vec<Record>,
    /// What calculators were given.
    calculated: Vec<Record>,
    /// How many of something the user speaks of, in words.
    counts: Vec<i64>,
    /// Prices for one of something that the instructions tell.
    rates: Vec<i64>,
    /// What several records give together.
    across: across::Across,
    across_upto: u32,
    /// True when the user asks for what several things come to.
    summed: bool,
    /// Percentages that the user or the operator told, in hundredths.
    percents: Vec<i64>,
}

impl Amounts {
    /// Takes in the numbers of the sources up to an event; events must come in order.
    pub fn advance(&mut self, sources: &Sources<'_>, event: u32) {
        for source in sources.between(self.upto, event) {
            let numbers =
                if source.result { numbers(source.text) } else { NUMBERS.with(|m| m.of(source.text, numbers)) };
            self.raw.extend(&numbers);
            if source.json.is_none() && !source.result && !source.own && self.spoken.len() < MOST {
                self.percents.extend(percents(source.text).take(MOST - self.percents.len().min(MOST)));
                if !source.user && self.rates.len() < MOST {
                    self.rates.extend(RATES.with(|m| m.of(source.text, rates)));
                }
                if source.user {
                    self.summed |= across::adds_up(source.text);
                    self.counts.extend(in_words(source.text).take(MOST - self.counts.len().min(MOST)));
                    // Money, and how many: a postcode or a year is neither.
                    self.user.extend(values::amounts(source.lower()).into_iter().map(|a| a.0));
                    self.named
                        .extend(numbers.iter().copied().filter(|n| *n > 0).take(MOST - self.named.len().min(MOST)));
                    self.user.extend(
                        numbers.iter().copied().filter(|n| *n % 100 == 0 && (200..=5000).contains(n)).take(MOST),
                    );
                }
                self.spoken.extend(numbers.into_iter().filter(|n| *n > 0).take(MOST));
            }
        }
        self.upto = self.upto.max(event);
    }

    /// Adds a text that counts as a record of its own: an earlier answer.
    pub fn add(&mut self, text: &str) {
        self.own.push(Record::of_text(text));
    }

    /// Adds what a calculator was given; it is kept.
    pub fn add_calculated(&mut self, text: &str) {
        self.calculated.push(Record::of_text(text));
    }

    /// True where not all records were compared.
    pub fn is_partial(&self) -> bool {
        self.records.len() > RECORDS || self.calculated.len() > RECORDS
    }

    /// The last records.
    fn records(&self) -> &[Record] {
        &self.records[self.records.len().saturating_sub(RECORDS)..]
    }

    /// What calculators were given last, and the texts added.
    fn own(&self) -> impl Iterator<Item = &Record> {
        self.calculated[self.calculated.len().saturating_sub(RECORDS)..].iter().chain(&self.own)
    }

    /// True when the number stands before as it is.
    pub fn holds(&self, hundredths: i64) -> bool {
        self.raw.contains(&hundredths)
    }

    /// True for the sum, the difference, the product or a percentage of two numbers that stand before: enough to doubt that
    /// an amount is made up.
    pub fn pairs(&self, hundredths: i64) -> bool {
        let with = |n: &i64| {
            let added = [hundredths.saturating_sub(*n), hundredths.saturating_add(*n)];
            let scaled = [100, 10_000].map(|k| hundredths.saturating_mul(k));
            let factors = scaled.iter().filter(|whole| *whole % n == 0).map(|whole| whole / n);
            added.into_iter().chain(factors).any(|m| self.raw.contains(&m))
        };
        // One and a hundred of something say nothing.
        self.raw.iter().filter(|n| !matches!(**n, 0 | 1 | 100 | 10_000) && **n != hundredths).any(with)
    }

    /// Forgets the texts added.
    pub fn clear(&mut self) {
        self.own.clear();
    }

    /// True when the amount stands before, or follows from one record and the message's own numbers.
    pub fn explain(&mut self, sources: &Sources<'_>, amount: i64, written: &str, message: &str) -> bool {
        // Minor units: 124900 cents are 1,249.00.
        if [1, -1, 100, -100].iter().any(|units| self.raw.contains(&(amount * units))) || amount == 0 {
            return true;
        }
        // "$3.2M" for 3,214,500.
        if let Some(step) = scale::step(written)
            && self.raw.iter().any(|n| (n - amount).abs() < step)
        {
            return true;
        }
        // "About $120" for 119.87.
        if approx::is_rounded(amount, message) && self.raw.iter().any(|n| approx::rounds_to(*n, amount)) {
            return true;
        }
        for source in sources.between(self.read_upto, self.upto).filter(|s| s.result) {
            match source.json {
                Some(root) => records::record(root, &mut self.records),
                None => {
                    plain::records(source.lower(), &mut self.records);
                    columns::read(source.lower(), &mut self.records);
                }
            }
        }
        self.read_upto = self.upto;
        let mut own = numbers(message);
        own.retain(|n| *n != amount);
        let spoken: Vec<i64> = self.spoken.iter().copied().take(MOST).collect();
        // "Split it by four": the user's own numbers may be reckoned with each other as well.
        own.extend(self.user.iter().copied().filter(|n| *n != amount).take(MOST));
        let alone = Record {
            money: own.iter().copied().take(MOST).collect(),
            lists: vec![own.clone(), self.told(message, amount)],
            small: own.clone(),
            ..Record::default()
        };
        let factors = own.iter().chain(&self.percents).copied();
        let beside = |others: &[i64]| Terms::of(own.iter().chain(others).copied(), factors.clone());
        derives(&alone, amount, &beside(&self.named))
            || {
                let beside = beside(&spoken);
                self.own().chain(self.records()).any(|r| derives(r, amount, &beside))
            }
            || (WORDS.compares(message) && self.difference(amount))
            || self.times(amount, message)
            || (approx::is_rounded(amount, message) && self.roughly(amount, &own))
            || self.at_a_rate(amount, message)
            || self.shared_out(amount, message)
            || approx::fractions(message).iter().any(|(part, whole)| {
                let share = |of: &i64| ((of * part).saturating_sub(amount * whole)).abs() <= *whole;
                self.records().iter().flat_map(|r| r.money.iter().take(MOST)).any(share)
            })
            || approx::periods(message).iter().any(|k| {
                let each = amount / k;
                amount % k == 0 && [1, 100].iter().any(|units| self.raw.contains(&(each * units)))
            })
            || self.across_records(sources, amount, message)
    }

    /// True for what several records give together. Asked last: it looks at every text.
    fn across_records(&mut self, sources: &Sources<'_>, amount: i64, message: &str) -> bool {
        for source in sources.between(self.across_upto, self.upto) {
            self.across.read(source);
        }
        self.across_upto = self.upto;
        self.across.adds_to(amount, self.summed || across::adds_up(message))
            || self.across.changes_to(amount, self.records().iter().flat_map(|r| r.money.iter().copied().take(MOST)))
    }

    /// The amounts of a message but one, each once.
    fn told(&self, message: &str, but: i64) -> Vec<i64> {
        let mut told: Vec<i64> = values::amounts(message).into_iter().map(|a| a.0).collect();
        told.extend(plain::decimals(message));
        told.retain(|n| *n != but && *n > 0);
        told.sort_unstable();
        told.dedup();
        told
    }

    /// True for the round figure of what a table's rows add up to, or of one of the message's numbers at a rate of a record.
    fn roughly(&self, amount: i64, own: &[i64]) -> bool {
        /// A sum is told to within so small a part of it.
        const PART: i64 = 200;
        let sum = |n: &i64| amount % 100 == 0 && (n - amount).abs().saturating_mul(PART) <= n.abs();
        // "About 18.9 m³ at 2.40", where the rate is in cents or not.
        let priced = |rate: &i64| {
            let products = own.iter().take(MOST).filter_map(|n| n.checked_mul(*rate));
            products.flat_map(|p| [p / 100, p / 10_000]).any(|n| approx::rounds_to(n, amount))
        };
        let few = |r: &&Record| r.derived.len() <= MOST;
        self.records().iter().filter(few).any(|r| r.derived.iter().any(sum) || r.rates.iter().take(MOST).any(priced))
    }

    /// True for an amount of the message, of the user's, or that was reckoned before, at a rate with a fraction that somebody
    /// gave: 1,400.00 at 0.92.
    fn at_a_rate(&self, amount: i64, message: &str) -> bool {
        // Of many amounts, some pair gives nearly anything: two currencies have to be named, or a price for one.
        let folded = message.to_lowercase();
        if !WORDS.names_two_currencies(&folded) && !WORDS.tells_share(&folded) {
            return false;
        }
        let own = numbers(message);
        let rates = || own.iter().chain(&self.spoken).filter(|n| *n % 100 != 0 && (1..100_000).contains(*n));
        let base = own.iter().chain(self.own().flat_map(|r| r.money.iter()));
        base.filter(|n| **n != amount && **n > 0).take(2 * MOST).any(|base| {
            rates().take(MOST).any(|rate| {
                rate != base
                    && (base.checked_mul(*rate).is_some_and(|p| (p + 50) / 100 == amount)
                        || amount.checked_mul(*rate).is_some_and(|p| (p + 50) / 100 == *base))
            })
        })
    }

    /// True for one amount of the message over a number beside it, where words or signs say that something is shared out.
    fn shared_out(&self, amount: i64, message: &str) -> bool {
        let folded = message.to_lowercase();
        if !WORDS.tells_share(&folded) {
            return false;
        }
        let mut own = numbers(message);
        // "Split it by three."
        own.extend(self.counts.iter().map(|k| k * 100).chain(self.user.iter().copied()));
        let whole = self.told(message, amount);
        whole.iter().any(|a| {
            own.iter()
                .filter(|n| **n > 0 && *n != a)
                .any(|n| a.checked_mul(100).is_some_and(|cents| (cents + n / 2) / n == amount))
        })
    }

    /// True for a price of a record times a count that user or agent name in words: "for the two of us".
    fn times(&self, amount: i64, message: &str) -> bool {
        let mut counts: Vec<i64> = in_words(message).chain(self.counts.iter().copied()).collect();
        // "45 per hour", and two hours.
        let told = numbers(message).into_iter().chain(self.user.iter().copied());
        let mut of_rates =
            told.filter(|n| n % 100 == 0 && (200..=5000).contains(n)).map(|n| n / 100).chain(counts.iter().copied());
        if of_rates.any(|k| self.rates.iter().any(|rate| rate * k == amount)) {
            return true;
        }
        counts.sort_unstable();
        counts.dedup();
        let money = || self.records().iter().flat_map(|r| r.money.iter().take(MOST));
        // "Breakfast for two", three nights: the user's or the call's own counts.
        let spoken = self.user.iter().filter(|n| **n % 100 == 0 && (200..=5000).contains(*n)).map(|n| n / 100);
        let both: Vec<i64> = spoken.take(FACTORS).collect();
        counts.iter().any(|k| {
            money().any(|price| price * k == amount)
                || both.iter().any(|n| n != k && money().any(|price| price.saturating_mul(n * k) == amount))
        })
    }

    /// True for the difference of two amounts of different records, where there are so few that this is no coincidence:
    /// with thirty, one amount in a hundred would be hit by chance.
    fn difference(&self, amount: i64) -> bool {
        let mut all: BTreeSet<i64> = BTreeSet::new();
        let few = self.records.iter().flat_map(|r| &r.money).all(|n| !all.insert(*n) || all.len() <= FEW);
        few && all.iter().any(|a| all.contains(&(a + amount)))
    }
}
