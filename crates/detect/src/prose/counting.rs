//! The words of counting and comparing, in the language of a text.

use super::accents::unaccented;
use super::language;
use super::wordlists::{List, Lists, by_language};
use super::{flags, foreign};
use crate::maps::HashMap;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

// The files are part of the program; a test reads them, so a fault cannot reach a user.
static LISTS: LazyLock<BTreeMap<String, Lists>> =
    LazyLock::new(|| by_language(include_str!("../../data/counting.yaml")).unwrap_or_default());
static NUMERALS: LazyLock<BTreeMap<String, HashMap<String, i64>>> = LazyLock::new(|| {
    let read: BTreeMap<String, Vec<String>> =
        serde_saphyr::from_str(include_str!("../../data/numerals.yaml")).unwrap_or_default();
    let numbered = |list: Vec<String>| {
        let forms = |(n, forms): (i64, String)| forms.split(' ').map(|f| (f.to_owned(), n)).collect::<Vec<_>>();
        (2..).zip(list).flat_map(forms).filter(|(f, _)| !f.is_empty()).collect()
    };
    read.into_iter().map(|(language, list)| (language, numbered(list))).collect()
});

/// A word of a text, in small letters without accents, and its place.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub text: String,
    pub range: Range<usize>,
}

/// Longer texts are not read.
const MOST: usize = 2000;
/// Phrases have no more words.
const LONGEST: usize = 4;

/// The words of a text with their places.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                found.push(Word { text: unaccented(&text[from..at]), range: from..at });
                start = None;
            }
            _ => {}
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counting {
    lists: &'static Lists,
    numerals: Option<&'static HashMap<String, i64>>,
}

impl Counting {
    /// The words of the language in which a text is, as far as its words tell; English where they do not.
    pub(crate) fn of(text: &str) -> Option<Counting> {
        let script = text.contains(|c: char| c as u32 >= 0x3000);
        let other = script || foreign::leans_foreign(text);
        let named = language::name(text).filter(|_| other).map(|n| n.to_lowercase());
        let name = named.or_else(|| by_numerals(text)).unwrap_or_else(|| "english".to_owned());
        let lists = LISTS.get(&name).or_else(|| LISTS.get("english"))?;
        Some(Counting { lists, numerals: NUMERALS.get(&name) })
    }

    /// The number behind a word.
    pub(crate) fn number(&self, word: &str) -> Option<i64> {
        self.numerals?.get(word).copied()
    }

    fn list(&self, name: &str) -> Option<&'static List> {
        self.lists.get(name)
    }

    /// Where words of a list stand.
    pub(crate) fn places(&self, name: &str, words: &[Word]) -> Vec<Range<usize>> {
        let Some(list) = self.list(name) else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let phrase = |n: usize| {
                let joined = words.get(at..at + n)?.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
                let known = list.phrase(&joined)?;
                (joined.starts_with(known) && known.split(' ').count() == n).then_some(n)
            };
            let length = (2..=LONGEST).find_map(phrase).or_else(|| list.has(&words[at].text).then_some(1));
            if let Some(n) = length {
                found.push(at..at + n);
            }
            at += length.unwrap_or(1);
        }
        found
    }

    /// True where a text has words of a list.
    pub(crate) fn is_in(&self, name: &str, words: &[Word]) -> bool {
        !self.places(name, words).is_empty()
    }
}

/// The language whose words for numbers a short text has, where few of its words are English.
fn by_numerals(text: &str) -> Option<String> {
    let all = words(text);
    let english = all.iter().filter(|w| flags::of(&w.text) & flags::ENGLISH != 0).count();
    let hits = |name: &str| NUMERALS.get(name).map_or(0, |n| all.iter().filter(|w| n.contains_key(&w.text)).count());
    let best = NUMERALS.keys().max_by_key(|name| hits(name))?;
    (english < 3 && all.len() < 40 && hits(best) > hits("english")).then(|| best.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_read_and_folded() {
        assert_eq!(LISTS.len(), 16);
        assert_eq!(NUMERALS.len(), 13);
        let read: BTreeMap<String, BTreeMap<String, Vec<String>>> =
            serde_saphyr::from_str(include_str!("../../data/counting.yaml")).expect("a readable file");
        for (language, lists) in &read {
            assert_eq!(lists.len(), read["english"].len(), "{language}");
            for entry in lists.values().flatten() {
                assert_eq!(*entry, unaccented(entry), "{language}");
            }
        }
        for (word, _) in NUMERALS.values().flatten() {
            assert_eq!(*word, unaccented(word));
        }
    }

    #[test]
    fn words_are_those_of_the_language() {
        let of = |text: &str, list: &str| {
            let all = words(text);
            let places = Counting::of(text).expect("words").places(list, &all);
            places
                .iter()
                .map(|r| all[r.start].range.start..all[r.end - 1].range.end)
                .map(|r| text[r].to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("Which dog has the highest value?", "top"), ["highest"]);
        assert_eq!(of("Het laagste bod is van Van Dam.", "bottom"), ["laagste"]);
        assert_eq!(of("El piso más barato está en la calle Mayor.", "bottom"), ["más barato"]);
        assert_eq!(of("より安いのはどれ?最安は3番です", "bottom"), ["最安は3番です"]);
        let number = |text: &str, word: &str| Counting::of(text).and_then(|c| c.number(word));
        assert_eq!(number("I want to go there", "to"), None);
        assert_eq!(number("Der er to ledige pladser, og jeg har ikke flere", "to"), Some(2));
        assert_eq!(number("Det finns sex lediga tider på torsdag.", "sex"), Some(6));
    }
}
