//! The closed classes of words by which typed values are told; they are data.

use crate::maps::{HashMap, HashSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    numerals: BTreeMap<i64, Vec<String>>,
    time_units: BTreeMap<String, Vec<String>>,
    between: Vec<String>,
    until: Until,
    fillers: Vec<String>,
    hedges: Vec<String>,
    noon: Vec<String>,
    hour_marks: HourMarks,
    measures: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    factors: BTreeMap<String, f64>,
    currencies: BTreeMap<String, Vec<String>>,
    shared_currencies: BTreeMap<String, Vec<String>>,
    months: BTreeMap<i8, Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Until {
    span: Vec<String>,
    clock: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct HourMarks {
    behind: Vec<String>,
    before: Vec<String>,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// A day, of whatever kind.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

/// A unit of measure: its name, what it measures, and how many of that kind's first unit it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// `kg`.
    pub name: String,
    /// `mass`.
    pub kind: String,
    /// 1 for `kg`, 0.001 for `g`.
    pub factor: f64,
}

/// The words, by what is asked of them.
#[derive(Debug, Default)]
pub struct Words {
    /// What number a word is.
    pub numerals: HashMap<String, i64>,
    /// What unit of time a word is.
    pub time: HashMap<String, TimeUnit>,
    /// Words between a number and a unit of time.
    pub between: HashSet<String>,
    /// Words before a span until something happens.
    pub until_span: HashSet<String>,
    /// Words before a time of day until which something happens.
    pub until_clock: HashSet<String>,
    /// Words between those and the number.
    pub fillers: HashSet<String>,
    /// Words that hedge.
    pub hedges: HashSet<String>,
    /// Twelve o'clock.
    pub noon: HashSet<String>,
    /// Marks of an hour behind its number.
    pub hour_behind: HashSet<String>,
    /// Marks of an hour before its number.
    pub hour_before: HashSet<String>,
    /// What unit of measure a word is.
    pub units: HashMap<String, Unit>,
    /// Which currencies a sign, code or name may stand for.
    pub currencies: HashMap<String, Vec<String>>,
    /// Which month a word is.
    pub months: HashMap<String, i8>,
}

// The file is part of the program; a test reads it.
static WORDS: LazyLock<Words> = LazyLock::new(|| load().unwrap_or_default());

/// The words.
pub fn words() -> &'static Words {
    &WORDS
}

fn load() -> Result<Words, Box<serde_saphyr::Error>> {
    let file: File = serde_saphyr::from_str(include_str!("../../../data/typed_values.yaml"))?;
    let set = |list: Vec<String>| list.into_iter().collect::<HashSet<_>>();
    let unit = |name: &str| match name {
        "minute" => TimeUnit::Minute,
        "hour" => TimeUnit::Hour,
        "week" => TimeUnit::Week,
        "month" => TimeUnit::Month,
        "year" => TimeUnit::Year,
        _ => TimeUnit::Day,
    };
    let mut units = HashMap::default();
    for (kind, of_kind) in file.measures {
        for (name, words) in of_kind {
            let factor = file.factors.get(&name).copied().unwrap_or(1.0);
            let made = Unit { name, kind: kind.clone(), factor };
            units.extend(words.into_iter().map(|w| (w, made.clone())));
        }
    }
    let own =
        file.currencies.into_iter().flat_map(|(code, words)| words.into_iter().map(move |w| (w, vec![code.clone()])));
    Ok(Words {
        numerals: file.numerals.into_iter().flat_map(|(n, words)| words.into_iter().map(move |w| (w, n))).collect(),
        time: file
            .time_units
            .into_iter()
            .flat_map(|(n, words)| words.into_iter().map(move |w| (w, unit(&n))))
            .collect(),
        between: set(file.between),
        until_span: set(file.until.span),
        until_clock: set(file.until.clock),
        fillers: set(file.fillers),
        hedges: set(file.hedges),
        noon: set(file.noon),
        hour_behind: set(file.hour_marks.behind),
        hour_before: set(file.hour_marks.before),
        units,
        currencies: own.chain(file.shared_currencies).collect(),
        months: file.months.into_iter().flat_map(|(n, names)| names.into_iter().map(move |s| (s, n))).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let words = load().expect("reads");
        assert_eq!(words.numerals.get("zehn"), Some(&10));
        assert_eq!(words.time.get("heures"), Some(&TimeUnit::Hour));
        assert!(words.units.values().all(|u| u.factor > 0.0));
    }
}
