//! What a source names, each kind of it read once, however many messages are compared with the source.

use super::sources::Source;
use crate::values::typed::clock::{self, Clock};
use crate::values::typed::day::{self, Day, Pair};
use crate::values::typed::measure::{self, Measure};
use crate::values::typed::money::{self, Named};
use crate::values::typed::tokens;
use std::cell::OnceCell;
use std::ops::Range;

/// What was read of a source. Its tokens take many times its own memory, and are dropped once they are read.
#[derive(Default)]
pub(super) struct Readings {
    typed: OnceCell<Typed>,
    iso: OnceCell<Vec<Day>>,
    pairs: OnceCell<Vec<Pair>>,
    clocks: OnceCell<Vec<Clock>>,
}

/// What the tokens tell.
struct Typed {
    numbers: Vec<(i64, Range<usize>)>,
    measures: Vec<Measure>,
    currencies: Vec<Named>,
    named: Vec<Day>,
}

impl Typed {
    fn of(text: &str) -> Self {
        let tokens = tokens::tokens(text);
        Typed {
            numbers: tokens.iter().filter_map(|t| Some((t.number()?, t.range.clone()))).collect(),
            measures: measure::measures(&tokens, true),
            currencies: money::currencies(&tokens),
            named: day::named(&tokens),
        }
    }
}

impl Source<'_> {
    fn typed(&self) -> &Typed {
        self.readings.typed.get_or_init(|| Typed::of(self.text))
    }

    /// Where a number, in hundredths, stands first.
    pub fn number(&self, hundredths: i64) -> Option<&Range<usize>> {
        self.typed().numbers.iter().find(|(n, _)| *n == hundredths).map(|(_, range)| range)
    }

    /// The measures of its fields and words.
    pub fn measures(&self) -> &[Measure] {
        &self.typed().measures
    }

    /// The currencies that it names.
    pub fn currencies(&self) -> &[Named] {
        &self.typed().currencies
    }

    /// The days that it names by their month.
    pub fn named_days(&self) -> &[Day] {
        &self.typed().named
    }

    /// The days that it writes in the ISO way.
    pub fn iso_days(&self) -> &[Day] {
        self.readings.iso.get_or_init(|| day::iso(self.text))
    }

    /// The days that it writes as two numbers.
    pub fn day_pairs(&self) -> &[Pair] {
        self.readings.pairs.get_or_init(|| day::pairs(self.text))
    }

    /// Its times of day.
    pub fn clocks(&self) -> &[Clock] {
        self.readings.clocks.get_or_init(|| clock::clocks(self.text, true))
    }
}
