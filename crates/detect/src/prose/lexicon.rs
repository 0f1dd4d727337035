//! Words of a language, as data: `data/<language>.yaml`.

use crate::prose::flags::Fast;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

/// Words of a fixed list, looked up for every word that anybody says.
type Map<T> = HashMap<String, T, BuildHasherDefault<Fast>>;

#[derive(Debug, Deserialize)]
struct File {
    families: BTreeMap<String, Words>,
    read: Vec<String>,
    #[serde(default)]
    lists: BTreeMap<String, HashSet<String>>,
}

/// The words of one family of operations.
#[derive(Debug, Deserialize)]
pub struct Words {
    /// Words in tools' names.
    pub tool: Vec<String>,
    /// Participles that claim it is done.
    pub past: Vec<String>,
    /// Verbs that ask for or announce it.
    pub base: Vec<String>,
    /// What the operation is called.
    pub noun: Vec<String>,
}

/// The words of one language, looked up by word.
#[derive(Debug)]
pub struct Lexicon {
    /// Words by family.
    pub families: BTreeMap<String, Words>,
    tool: Map<Vec<&'static str>>,
    past: Map<Vec<&'static str>>,
    base: Map<Vec<&'static str>>,
    noun: Map<Vec<&'static str>>,
    read: Vec<String>,
    lists: Map<HashSet<String, BuildHasherDefault<Fast>>>,
    /// The phrases of the lists by the list's name and their first word, each without that word.
    phrases: Map<Map<Vec<Vec<String>>>>,
    names: Vec<&'static str>,
}

static ENGLISH: LazyLock<Lexicon> = LazyLock::new(|| {
    // The file is part of the program; a test reads it, so a fault cannot reach a user.
    let file: File = serde_saphyr::from_str(include_str!("../../data/en.yaml")).unwrap_or_else(|_| File {
        families: BTreeMap::new(),
        read: Vec::new(),
        lists: BTreeMap::new(),
    });
    Lexicon::new(file)
});

/// English.
pub fn english() -> &'static Lexicon {
    &ENGLISH
}

impl Lexicon {
    fn new(file: File) -> Self {
        let names: BTreeMap<&String, &'static str> =
            file.families.keys().map(|name| (name, &*Box::leak(name.clone().into_boxed_str()))).collect();
        let index = |of: fn(&Words) -> &Vec<String>| {
            let mut map: Map<Vec<&'static str>> = Map::default();
            for (name, words) in &file.families {
                for word in of(words) {
                    map.entry(word.clone()).or_default().push(names[name]);
                }
            }
            map
        };
        let (tool, past, base, noun) = (index(|w| &w.tool), index(|w| &w.past), index(|w| &w.base), index(|w| &w.noun));
        let names = names.into_values().collect();
        let mut phrases: Map<Map<Vec<Vec<String>>>> = Map::default();
        for (name, list) in &file.lists {
            for phrase in list {
                let mut words = phrase.split(' ').map(str::to_owned);
                let Some(first) = words.next() else { continue };
                phrases.entry(name.clone()).or_default().entry(first).or_default().push(words.collect());
            }
        }
        let lists = file.lists.into_iter().map(|(name, words)| (name, words.into_iter().collect())).collect();
        Lexicon { phrases, names, tool, past, base, noun, read: file.read, lists, families: file.families }
    }

    /// The families that a word in a tool's name belongs to.
    pub fn of_tool_word(&self, word: &str) -> &[&'static str] {
        self.tool.get(word).map_or(&[], Vec::as_slice)
    }

    /// The families that a participle claims.
    pub fn of_past(&self, word: &str) -> &[&'static str] {
        self.past.get(word).map_or(&[], Vec::as_slice)
    }

    /// The families that a verb asks for or announces.
    pub fn of_base(&self, word: &str) -> &[&'static str] {
        self.base.get(word).map_or(&[], Vec::as_slice)
    }

    /// The families that an operation's name belongs to.
    pub fn of_noun(&self, word: &str) -> &[&'static str] {
        self.noun.get(word).map_or(&[], Vec::as_slice)
    }

    /// A family's name, where there is such a family.
    pub fn family(&self, name: &str) -> Option<&'static str> {
        self.names.iter().find(|n| **n == name).copied()
    }

    /// The words of the list of that name.
    pub fn list(&self, name: &str) -> impl Iterator<Item = &String> {
        self.lists.get(name).into_iter().flatten()
    }

    /// True when a word stands in the list of that name.
    pub fn is(&self, list: &str, word: &str) -> bool {
        self.lists.get(list).is_some_and(|words| words.contains(word))
    }

    /// The words with which the phrases of a list begin.
    pub fn first_words(&self, list: &str) -> impl Iterator<Item = &String> {
        self.phrases.get(list).into_iter().flat_map(|phrases| phrases.keys())
    }

    /// The phrases of a list that begin with a word, each as its other words.
    pub fn phrases(&self, list: &str, first: &str) -> &[Vec<String>] {
        self.phrases.get(list).and_then(|phrases| phrases.get(first)).map_or(&[], Vec::as_slice)
    }

    /// True when a word in a tool's name says that it only looks.
    pub fn is_read_word(&self, word: &str) -> bool {
        self.read.iter().any(|w| w == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_english_file_is_readable_and_indexed() {
        assert_eq!(english().of_past("refunded"), ["refund"]);
        assert!(english().is_read_word("get"));
        assert!(english().is("negation", "not") && !english().is("no such list", "not"));
        assert!(english().of_tool_word("nonsense").is_empty());
        assert!(english().phrases("done_idiom", "all").contains(&vec!["set".to_owned()]));
        assert!(english().phrases("done_idiom", "set").is_empty());
    }
}
