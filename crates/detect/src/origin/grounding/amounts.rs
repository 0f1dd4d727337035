//! Whether an amount stands somewhere, or follows from the numbers of one record.
//!
//! A derivation may use the numbers of one record, of the user's words and of the same message only: over all numbers
//! of a context nearly every amount can be derived from something.

mod across;
mod approx;
mod columns;
mod equation;
mod plain;
mod records;
pub mod stated;

pub(super) use records::money_key;

use super::sources::Sources;
use crate::bits;
use crate::prose::flags::Fast;
use crate::session::memo::Memo;
use crate::values;
use crate::values::scale;
use std::cell::OnceCell;
use std::collections::{BTreeSet, HashSet};
use std::hash::BuildHasherDefault;

/// Amounts of one record; more than this are a table, over which no subset is tried.
const MOST: usize = 48;
/// Amounts of all records together, up to which those of different ones are held against each other.
const FEW: usize = 32;
/// So many records are compared with an amount, the last ones: every amount is compared with each of them, so that in a very
/// long session the work would grow with the square of its length.
const RECORDS: usize = 512;
/// So many counts of the user's are multiplied with others.
const FACTORS: usize = 4;
/// Items of one list whose subsets are tried.
const SUBSET: usize = 12;

/// Signs and codes of currencies. `$` stands within `R$`, so that alone is no second one.
const CURRENCIES: [&str; 16] =
    ["$", "€", "£", "¥", "eur", "usd", "gbp", "chf", "brl", "pln", "sek", "nok", "dkk", "cad", "aud", "jpy"];

/// True for a text in lower case that speaks of a share, an average or a price for one.
fn tells_share(folded: &str) -> bool {
    folded.split(|c: char| !c.is_alphanumeric() && c != '/' && c != '÷').any(|w| EACH.contains(&w))
}

/// Words with which something is shared out.
const EACH: [&str; 22] = [
    "per",
    "each",
    "apiece",
    "average",
    "averages",
    "mean",
    "/",
    "÷",
    "divided",
    "unit",
    "pro",
    "je",
    "jeweils",
    "durchschnitt",
    "par",
    "chacun",
    "por",
    "cada",
    "media",
    "média",
    "gemiddeld",
    "za",
];

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

#[derive(Default)]
struct Record {
    money: Vec<i64>,
    lists: Vec<Vec<i64>>,
    small: Vec<i64>,
    /// What its rows and columns give.
    derived: Vec<i64>,
    terms: OnceCell<Terms>,
}

impl Record {
    fn of_text(text: &str) -> Self {
        let all: Vec<i64> = numbers(text).into_iter().filter(|n| *n > 0).take(MOST).collect();
        Record { lists: vec![all.clone()], small: all.clone(), money: all, ..Record::default() }
    }

    fn terms(&self) -> &Terms {
        let of = || Terms::of(self.money.iter().copied().take(MOST), self.small.iter().copied());
        self.terms.get_or_init(of)
    }
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
            || (approx::compares(message) && self.difference(amount))
            || self.times(amount, message)
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

    /// True for an amount of the message, of the user's, or that was reckoned before, at a rate with a fraction that somebody
    /// gave: 1,400.00 at 0.92.
    fn at_a_rate(&self, amount: i64, message: &str) -> bool {
        // Of many amounts, some pair gives nearly anything: two currencies have to be named, or a price for one.
        let folded = message.to_lowercase();
        let two = CURRENCIES.iter().filter(|c| folded.contains(*c)).take(2).count() == 2;
        if !two && !tells_share(&folded) {
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
        if !tells_share(&folded) {
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

/// Numbers as derivations ask for them, put in order once.
struct Terms {
    /// In ascending order.
    all: Vec<i64>,
    /// How many of something: whole numbers from two to fifty.
    times: Vec<i64>,
    /// Shares in hundredths of a percent.
    percents: Vec<i64>,
}

impl Terms {
    fn of(all: impl Iterator<Item = i64>, factors: impl Iterator<Item = i64> + Clone) -> Self {
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
fn derives(record: &Record, amount: i64, beside: &Terms) -> bool {
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

/// The percentages of a text, in hundredths.
fn percents(text: &str) -> impl Iterator<Item = i64> + '_ {
    text.match_indices('%').filter_map(|(at, _)| {
        let before = text[..at].trim_end();
        let start = before
            .rfind(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let run = before[start..].replace(',', ".");
        run.ends_with(|c: char| c.is_ascii_digit()).then(|| hundredths(run.as_bytes()))
    })
}

fn subset(list: &[i64], amount: i64) -> bool {
    (1u32..1 << list.len()).any(|mask| {
        let sum: i64 = list.iter().enumerate().filter(|(i, _)| mask & (1 << i) != 0).map(|(_, n)| n).sum();
        (sum - amount).abs() <= 1
    })
}

/// A run of digits, commas and dots in hundredths, without going through a float: a session has very many of them.
fn hundredths(run: &[u8]) -> i64 {
    let mut value = 0i64;
    let mut decimals = None;
    for b in run {
        match (b, decimals) {
            (b'.', _) => decimals = Some(0),
            (b',', _) => {}
            (_, Some(2)) => return value + i64::from(*b >= b'5'),
            (digit, _) => {
                value = value * 10 + i64::from(digit - b'0');
                decimals = decimals.map(|d| d + 1);
            }
        }
    }
    value * [100, 10, 1][decimals.unwrap_or(0).min(2)]
}

/// The numbers of a text, in hundredths.
fn numbers(text: &str) -> Vec<i64> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bits::next_digit(bytes, at) {
        at = start;
        while at < bytes.len()
            && (bytes[at].is_ascii_digit()
                || (matches!(bytes[at], b'.' | b',') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)))
        {
            at += 1;
        }
        let part_of_word = start > 0 && (bytes[start - 1].is_ascii_alphabetic() || bytes[start - 1] == b'_');
        if !part_of_word && at - start <= 13 {
            let run = &bytes[start..at];
            let number = hundredths(run);
            found.push(number);
            if may_scale(&bytes[at..])
                && let Some((factor, _)) = scale::factor(text, at)
            {
                found.push(number.saturating_mul(factor));
            }
            if memchr::memchr2(b',', b'.', run).is_some() {
                found.extend(text.get(start..at).and_then(values::european));
            }
            if memchr::memchr(b',', run).is_some()
                && !grouped(run, bytes.get(at) == Some(&b',') || start > 0 && bytes[start - 1] == b',')
            {
                found.extend(run.split(|b| *b == b',').map(hundredths));
            }
        } else if !part_of_word && memchr::memchr(b',', &bytes[start..at]).is_some() {
            // A row of a table: nobody groups so many digits.
            found.extend(bytes[start..at].split(|b| *b == b',').filter(|c| c.len() <= 13).map(hundredths));
        }
    }
    found
}

/// False where no word for a factor can begin: nearly everywhere, and this is asked of every number.
fn may_scale(behind: &[u8]) -> bool {
    match behind {
        [b' ', next, ..] => matches!(next, b't' | b'm' | b'b' | b'T' | b'M' | b'B'),
        [first, ..] => matches!(first, b'k' | b'K' | b'm' | b'M' | b'b' | b'B' | b't'),
        [] => false,
    }
}

/// True where commas group the digits of one number: 1,249.00 and not 71000,0 or 1,204,118,185000. Between other cells
/// they part cells.
fn grouped(run: &[u8], among_cells: bool) -> bool {
    let whole = run.split(|b| *b == b'.').next().unwrap_or_default();
    let mut groups = whole.split(|b| *b == b',');
    let first = groups.next().map_or(0, <[u8]>::len);
    !among_cells && (1..=3).contains(&first) && groups.clone().all(|g| g.len() == 3) && groups.count() == 1
}

/// The prices for one of something in a text: "45 per hour", "$12 a night", "3.50 each".
fn rates(text: &str) -> Vec<i64> {
    const UNITS: [&str; 14] = [
        "hour", "night", "day", "week", "month", "year", "person", "guest", "km", "mile", "item", "piece", "minute",
        "seat",
    ];
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |w: &str| w.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    let priced = words.iter().enumerate().filter(|(at, _)| {
        let (next, unit) = (words.get(at + 1).map(|w| bare(w)), words.get(at + 2).map(|w| bare(w)));
        // A currency may stand between.
        let after = |word: &Option<String>, unit: &Option<String>| match word.as_deref() {
            Some("per" | "each" | "apiece") => true,
            Some("a" | "an") => unit.as_deref().is_some_and(|u| UNITS.contains(&u)),
            _ => false,
        };
        after(&next, &unit) || after(&unit, &words.get(at + 3).map(|w| bare(w)))
    });
    let joined = words
        .iter()
        .filter(|w| w.split_once('/').is_some_and(|(_, u)| UNITS.contains(&bare(u).as_str()) || bare(u) == "h"));
    let all = priced.map(|(_, w)| w).chain(joined);
    all.flat_map(|w| numbers(w)).filter(|n| *n > 0).take(MOST).collect()
}

/// Small numbers in words: "for two of us", "five nights".
fn in_words(text: &str) -> impl Iterator<Item = i64> + use<'_> {
    const WORDS: [(&str, i64); 14] = [
        ("two", 2),
        ("both", 2),
        ("couple", 2),
        ("pair", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
    ];
    let begins = |w: &str| matches!(w.as_bytes()[0] | 0x20, b'b' | b'c' | b'e' | b'f' | b'n' | b'p' | b's' | b't');
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| (3..=6).contains(&w.len()));
    words
        .filter(move |w| begins(w))
        .filter_map(|w| WORDS.iter().find(|(name, _)| w.eq_ignore_ascii_case(name)).map(|(_, n)| *n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_text() {
        assert_eq!(numbers("$1,249.00 and 12, ch_7, 0.5, 1.005, 3.999"), [124_900, 1200, 50, 101, 400]);
        let cells = numbers("8,South,41,Female,71000,0\n2,310,122,179500,68");
        assert!([7_100_000, 17_950_000, 12_200].iter().all(|n| cells.contains(n)), "{cells:?}");
        assert_eq!(numbers("64K"), [6400, 6_400_000]);
    }

    #[test]
    fn subsets_are_sums() {
        assert!(subset(&[1999, 2450, 725], 2724));
        assert!(!subset(&[1999, 2450, 725], 5274));
    }
}
