//! The patterns of weakenings, from `data/weakening.yaml`.

use crate::prose::pattern;
use regex::Regex;
use serde::{Deserialize, Deserializer};
use std::sync::LazyLock;

/// What the file holds; it says what each of them is.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) skips: Pattern,
    pub(super) definitions: Pattern,
    pub(super) assertions: Pattern,
    pub(super) exact: Pattern,
    pub(super) loose: Pattern,
    pub(super) empty: Pattern,
    pub(super) mutes: Pattern,
    pub(super) settings: Pattern,
    pub(super) off: Pattern,
    pub(super) accepts: Vec<String>,
    pub(super) kept_output: Vec<String>,
    pub(super) mended: Pattern,
    pub(super) done: Pattern,
    pub(super) of_tests: Pattern,
    pub(super) told: Pattern,
    pub(super) aims: Vec<String>,
    pub(super) causes: Vec<String>,
    pub(super) gates: Pattern,
    pub(super) close: Pattern,
    pub(super) places: Pattern,
    pub(super) wider: Vec<String>,
    pub(super) narrower: Vec<String>,
    pub(super) either: Vec<String>,
    pub(super) asks: Pattern,
    pub(super) tells_bound: Pattern,
    pub(super) tells_hooks: Pattern,
}

/// A pattern that is compiled as it is read. One that does not compile matches nothing; a test compiles each.
#[derive(Debug, Default)]
pub(super) struct Pattern(pub(super) Option<Regex>);

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(|text| Pattern(pattern::compile(&text)))
    }
}

impl Pattern {
    /// True when a text has it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|r| r.is_match(text))
    }

    /// How often a text has it.
    pub(super) fn count(&self, text: &str) -> usize {
        self.0.as_ref().map_or(0, |r| r.find_iter(text).count())
    }
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
pub(super) static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../data/weakening.yaml")).unwrap_or_default());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_every_pattern_compiles() {
        let read: Result<Table, _> = serde_saphyr::from_str(include_str!("../../../data/weakening.yaml"));
        let t = read.expect("is of this form");
        let all = [
            &t.skips,
            &t.definitions,
            &t.assertions,
            &t.exact,
            &t.loose,
            &t.empty,
            &t.mutes,
            &t.settings,
            &t.off,
            &t.mended,
            &t.done,
            &t.of_tests,
            &t.told,
            &t.gates,
            &t.close,
            &t.places,
            &t.asks,
            &t.tells_bound,
            &t.tells_hooks,
        ];
        assert!(all.iter().all(|p| p.0.is_some()));
        let lists = [&t.accepts, &t.kept_output, &t.aims, &t.causes, &t.wider, &t.narrower, &t.either];
        assert!(lists.iter().all(|list| !list.is_empty()));
    }
}
