//! The table of `data/prohibitions.yaml`.

use crate::maps::{HashMap, HashSet};
use crate::prose::pattern;
use regex::Regex;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    opens: String,
    stays: String,
    harmless: String,
    conditional: String,
    passing: String,
    assent: String,
    touch: String,
    remove: String,
    run: String,
    reach: String,
    everything: String,
    tests: String,
    hooks: String,
    dependencies: String,
    only_standard: String,
    deeds: BTreeMap<String, String>,
    generic: HashSet<String>,
    articles: HashSet<String>,
    areas: HashMap<String, Vec<String>>,
    places: BTreeMap<String, Vec<String>>,
    adds: Vec<Vec<String>>,
    bypass: Vec<String>,
}

/// How people forbid something, and what the words stand for; each entry is explained in the file.
pub struct Table {
    pub(super) opens: Option<Regex>,
    pub(super) stays: Option<Regex>,
    pub(super) harmless: Option<Regex>,
    pub(super) conditional: Option<Regex>,
    pub(super) passing: Option<Regex>,
    pub(super) assent: Option<Regex>,
    pub(super) touch: Option<Regex>,
    pub(super) remove: Option<Regex>,
    pub(super) run: Option<Regex>,
    pub(super) reach: Option<Regex>,
    pub(super) everything: Option<Regex>,
    pub(super) tests: Option<Regex>,
    pub(super) hooks: Option<Regex>,
    pub(super) dependencies: Option<Regex>,
    pub(super) only_standard: Option<Regex>,
    pub(super) deeds: Vec<(&'static str, Regex)>,
    pub(super) generic: HashSet<String>,
    pub(super) articles: HashSet<String>,
    pub(super) areas: HashMap<String, Vec<String>>,
    places: BTreeMap<String, Vec<String>>,
    /// Commands that add a dependency.
    pub adds: Vec<Vec<String>>,
    /// Options that step around hooks and checks.
    pub bypass: Vec<String>,
}

impl Table {
    /// The environments that a text in lower case names: as words, or as parts of names and paths.
    pub fn places_in(&self, text: &str) -> Vec<&str> {
        let words = || text.split(|c: char| !c.is_ascii_alphanumeric());
        let named = self.places.iter().filter(|(_, names)| words().any(|w| names.iter().any(|n| n == w)));
        named.map(|(place, _)| place.as_str()).collect()
    }
}

const KINDS: [&str; 9] = ["commit", "push", "merge", "request", "tag", "publish", "deploy", "migrate", "restart"];

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../../data/prohibitions.yaml")).unwrap_or_default();
    let compile = |text: &String| pattern::compile(text);
    let deed = |kind: &'static str| Some((kind, pattern::compile(file.deeds.get(kind)?)?));
    Table {
        opens: compile(&file.opens),
        stays: compile(&file.stays),
        harmless: compile(&file.harmless),
        conditional: compile(&file.conditional),
        passing: compile(&file.passing),
        assent: compile(&file.assent),
        touch: compile(&file.touch),
        remove: compile(&file.remove),
        run: compile(&file.run),
        reach: compile(&file.reach),
        everything: compile(&file.everything),
        tests: compile(&file.tests),
        hooks: compile(&file.hooks),
        dependencies: compile(&file.dependencies),
        only_standard: compile(&file.only_standard),
        deeds: KINDS.into_iter().filter_map(deed).collect(),
        generic: file.generic,
        articles: file.articles,
        areas: file.areas,
        places: file.places,
        adds: file.adds,
        bypass: file.bypass,
    }
});

/// The table.
pub fn table() -> &'static Table {
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_every_pattern_compiles() {
        let file: File = serde_saphyr::from_str(include_str!("../../../data/prohibitions.yaml")).expect("valid");
        assert_eq!(table().deeds.len(), file.deeds.len());
        let t = table();
        let all = [
            &t.opens,
            &t.stays,
            &t.harmless,
            &t.conditional,
            &t.passing,
            &t.assent,
            &t.touch,
            &t.remove,
            &t.run,
            &t.reach,
            &t.everything,
            &t.tests,
            &t.hooks,
            &t.dependencies,
            &t.only_standard,
        ];
        assert!(all.iter().all(|r| r.is_some()));
        assert_eq!(t.places_in("kubectl --context eu-prod apply"), ["production"]);
        assert!(t.places_in("reproduction of the product").is_empty());
    }
}
