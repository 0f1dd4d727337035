//! How people say in other languages than English that something was done.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The words of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Doing {
    endings: Vec<String>,
    /// With them a participle tells what the speaker did.
    pub(crate) first: Vec<String>,
    /// With them it tells what was done.
    pub(crate) passive: Vec<String>,
    /// With them it tells how things are.
    pub(crate) state: Vec<String>,
    /// Words of a condition, a plan, or what has been so for long.
    pub(crate) hedges: Vec<String>,
    /// Words with which a sentence tells that nothing was done.
    pub(crate) denials: Vec<String>,
    done: BTreeMap<String, Vec<String>>,
    /// Verbs that tell by themselves what the speaker did, by family.
    #[serde(default)]
    pub(crate) did: BTreeMap<String, Vec<String>>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<BTreeMap<String, Doing>> =
    LazyLock::new(|| parse(include_str!("../../data/doing.yaml")).unwrap_or_default());

fn parse(file: &str) -> Option<BTreeMap<String, Doing>> {
    serde_saphyr::from_str(file).ok()
}

/// The languages, by name.
pub(crate) fn languages() -> impl Iterator<Item = (&'static str, &'static Doing)> {
    LANGUAGES.iter().map(|(name, doing)| (name.as_str(), doing))
}

impl Doing {
    /// The participles in all their forms, each with its family.
    pub(crate) fn participles(&self) -> impl Iterator<Item = (&str, String)> {
        let forms = |stem: &String| self.endings.iter().map(|e| format!("{stem}{e}")).collect::<Vec<_>>();
        self.done.iter().flat_map(move |(family, stems)| {
            stems.iter().flat_map(forms).map(|form| (family.as_str(), form)).collect::<Vec<_>>()
        })
    }
}

/// The single words of all languages that say that something was done; no English text has them.
pub(super) fn words() -> BTreeSet<String> {
    let all = LANGUAGES.values();
    let of = |d: &Doing| {
        let did = d.did.values().flatten().cloned();
        d.participles().map(|(_, form)| form).chain(did).collect::<Vec<_>>()
    };
    all.flat_map(of).filter(|w| !w.contains(' ')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose::lexicon::english;

    #[test]
    fn the_file_is_read_and_has_no_english_word() {
        let languages = parse(include_str!("../../data/doing.yaml")).expect("a readable file");
        assert_eq!(languages.len(), 6);
        for doing in languages.values() {
            assert!(doing.done.keys().chain(doing.did.keys()).all(|f| f == "other" || english().family(f).is_some()));
        }
        let all = words();
        assert!(all.contains("storniert") && all.contains("annulée") && all.contains("cancelei"));
        assert!(all.iter().all(|w| english().of_past(w).is_empty()), "an English participle");
    }
}
