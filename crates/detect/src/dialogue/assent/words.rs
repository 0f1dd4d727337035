//! The words of assent of each language, and which language a talk is in.

use crate::prose::accents::unaccented;
use crate::prose::forms::each;
use crate::prose::readers::is_unspaced;
use crate::prose::wordlists::{List, line};
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

type File = BTreeMap<String, BTreeMap<String, Vec<String>>>;

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let known = functions();
    let file = parse(include_str!("../../../data/assent.yaml")).unwrap_or_default();
    file.into_iter().map(|(name, classes)| Language::of(&name, &classes, &known)).collect()
});

fn parse(file: &str) -> Option<File> {
    serde_saphyr::from_str(file).ok()
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Functions {
    english: Vec<String>,
    others: BTreeMap<String, Vec<String>>,
}

/// The function words of each language.
fn functions() -> BTreeMap<String, HashSet<String>> {
    let all: Functions = serde_saphyr::from_str(include_str!("../../../data/languages.yaml")).unwrap_or_default();
    let english = std::iter::once(("english".to_owned(), all.english));
    english.chain(all.others).map(|(name, words)| (name, words.iter().map(|w| unaccented(w)).collect())).collect()
}

/// One language.
#[derive(Debug, Default)]
pub(crate) struct Language {
    pub(crate) assent: List,
    pub(crate) weak_assent: List,
    pub(crate) go_on: List,
    pub(crate) decline: List,
    pub(crate) hold: List,
    pub(crate) denial: List,
    pub(crate) no_denial: List,
    pub(crate) undecided: List,
    pub(crate) supposing: List,
    pub(crate) choosing: List,
    pub(crate) confirming: List,
    pub(crate) consent: List,
    pub(crate) binding: List,
    pub(crate) free: List,
    pub(crate) but_for: List,
    shown: List,
    english: bool,
    functions: HashSet<String>,
}

impl Language {
    fn of(name: &str, classes: &BTreeMap<String, Vec<String>>, known: &BTreeMap<String, HashSet<String>>) -> Self {
        let class = |name: &str| {
            let mut class = List::default();
            classes.get(name).into_iter().flatten().for_each(|entry| class.add(entry));
            class
        };
        Language {
            assent: class("assent"),
            weak_assent: class("weak_assent"),
            go_on: class("go_on"),
            decline: class("decline"),
            hold: class("hold"),
            denial: class("denial"),
            no_denial: class("no_denial"),
            undecided: class("undecided"),
            supposing: class("supposing"),
            choosing: class("choosing"),
            confirming: class("confirming"),
            consent: class("consent"),
            binding: class("binding"),
            free: class("free"),
            but_for: class("but_for"),
            shown: class("shown"),
            english: name == "english",
            functions: known.get(name).cloned().unwrap_or_default(),
        }
    }

    /// True for English.
    pub(crate) fn is_english(&self) -> bool {
        self.english
    }

    /// True for a word, in small letters without accents, that tells nothing of what is spoken about.
    pub(crate) fn is_function(&self, word: &str) -> bool {
        self.functions.contains(word)
    }
}

/// True for a word, in small letters without accents, that ends the name of a tool which only shows something.
pub(crate) fn is_shown(word: &str) -> bool {
    LANGUAGES.iter().any(|l| l.shown.has(word))
}

/// The language that most words of a text belong to; English where nothing tells.
pub(crate) fn language(text: &str) -> &'static Language {
    static NONE: LazyLock<Language> = LazyLock::new(Language::default);
    let line = line(text);
    let kana = line.contains(is_unspaced);
    let score = |l: &Language| {
        let own = each(&line).take(200).filter(|w| l.is_function(w)).count() * 3;
        let said = [&l.assent, &l.undecided, &l.confirming, &l.consent].iter().map(|c| c.count(&line)).sum::<usize>();
        let unspaced = usize::from(kana && l.assent.is_unspaced()) * 20;
        (own + said * 2 + unspaced, l.english)
    };
    LANGUAGES.iter().max_by_key(|l| score(l)).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read_and_folded() {
        let file = parse(include_str!("../../../data/assent.yaml")).expect("a readable file");
        assert_eq!(file.len(), 12);
        let names: Vec<_> = file["english"].keys().collect();
        for (language, classes) in &file {
            assert_eq!(classes.keys().collect::<Vec<_>>(), names, "{language}");
            for entry in classes.values().flatten() {
                assert_eq!(*entry, unaccented(entry), "{language}");
            }
        }
    }
}
