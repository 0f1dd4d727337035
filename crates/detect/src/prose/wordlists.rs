//! Lists of words by name, of all languages together or of each: beginnings of words, whole words, phrases, and signs of scripts that put no
//! blanks between words.

use super::accents::unaccented;
use super::forms::each;
use super::readers::is_unspaced;
use crate::maps::{HashMap, HashSet};
use std::collections::BTreeMap;

/// The words of one list.
#[derive(Debug, Default)]
pub(crate) struct List {
    whole: HashSet<String>,
    starts: HashSet<String>,
    phrases: Vec<String>,
    inside: Vec<String>,
}

/// Lists by their names.
pub(crate) type Lists = HashMap<String, List>;
type File = BTreeMap<String, BTreeMap<String, Vec<String>>>;

/// The lists of a file, by language.
pub(crate) fn by_language(file: &str) -> Option<BTreeMap<String, Lists>> {
    let read: File = serde_saphyr::from_str(file).ok()?;
    let lists = |all: BTreeMap<String, Vec<String>>| {
        let mut lists = Lists::default();
        all.into_iter().for_each(|(name, entries)| {
            let list = lists.entry(name).or_default();
            entries.iter().for_each(|e| list.add(e));
        });
        lists
    };
    Some(read.into_iter().map(|(language, all)| (language, lists(all))).collect())
}

/// The lists of a file, with the words of all languages.
pub(crate) fn of_all(file: &str) -> Option<Lists> {
    let read: File = serde_saphyr::from_str(file).ok()?;
    let mut lists = Lists::default();
    for (name, entries) in read.into_values().flatten() {
        let list = lists.entry(name).or_default();
        entries.iter().for_each(|e| list.add(e));
    }
    Some(lists)
}

impl List {
    /// Takes up an entry: `whole.`, `beginning`, `two words`, or signs of a script without blanks.
    pub(crate) fn add(&mut self, entry: &str) {
        match entry.strip_suffix('.') {
            _ if entry.starts_with(is_unspaced) => self.inside.push(entry.to_owned()),
            _ if entry.contains(' ') => self.phrases.push(entry.to_owned()),
            Some(whole) => {
                self.whole.insert(whole.to_owned());
            }
            None => {
                self.starts.insert(entry.to_owned());
            }
        }
    }

    /// True where a text of any form has a word or phrase of the list. Names are read as words: `ignoraBlocco`, `not_started`.
    pub(crate) fn is_in_text(&self, text: &str) -> bool {
        self.is_in(&line(text))
    }

    /// True where a text begins with a word or phrase of the list.
    pub(crate) fn begins(&self, text: &str) -> bool {
        let line = line(text);
        let behind = |p: &String| line.strip_prefix(p.as_str()).is_some_and(|r| !r.starts_with(char::is_alphanumeric));
        line.split(' ').next().is_some_and(|w| self.has(w)) || self.phrases.iter().any(behind)
    }

    /// A line without the phrases of the list.
    pub(crate) fn without(&self, line: &str) -> String {
        let phrases = self.phrases.iter().filter(|p| holds(line, p)).chain(&self.inside);
        phrases.fold(line.to_owned(), |line, p| line.replace(p.as_str(), " "))
    }

    /// How many words and phrases of the list a line has.
    pub(crate) fn count(&self, line: &str) -> usize {
        let words = line.split(' ').filter(|w| self.is_word(w)).count();
        let phrases = self.phrases.iter().filter(|p| holds(line, p)).count();
        words + phrases + self.inside.iter().filter(|s| line.contains(s.as_str())).count()
    }

    /// True where it has words of a script without blanks.
    pub(crate) fn is_unspaced(&self) -> bool {
        !self.inside.is_empty()
    }

    fn is_word(&self, word: &str) -> bool {
        self.whole.contains(word) || word.char_indices().any(|(i, c)| self.starts.contains(&word[..i + c.len_utf8()]))
    }

    /// True for a word of the list whose umlauts may be spelled out: `PRUEFUNG`.
    pub(crate) fn has_spelled_out(&self, word: &str) -> bool {
        self.has(word) || contracted(word).is_some_and(|w| self.has(&w))
    }

    /// True for a word of the list, in small letters without accents.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.is_word(word) || self.signs(word)
    }

    /// True for a word that ends as one of the list does, as compounds of Germanic languages do.
    pub(crate) fn ends(&self, word: &str) -> bool {
        word.char_indices().any(|(i, _)| self.starts.contains(&word[i..]))
    }

    /// True where a text has signs of the list.
    pub(crate) fn signs(&self, text: &str) -> bool {
        !text.is_ascii() && self.inside.iter().any(|s| text.contains(s.as_str()))
    }

    /// True where a line of words, as [`words`] joins them, has a word or a phrase of the list.
    pub(crate) fn is_in(&self, line: &str) -> bool {
        line.split(' ').any(|w| self.has(w)) || self.phrase(line).is_some()
    }

    /// The phrase of the list that a line of words has.
    pub(crate) fn phrase(&self, line: &str) -> Option<&str> {
        self.phrases.iter().find(|p| holds(line, p)).map(String::as_str)
    }
}

/// A word with its spelled-out umlauts as plain vowels, where it may have some; short words have them by chance.
pub(crate) fn contracted(word: &str) -> Option<String> {
    const SHORTEST: usize = 6;
    let spelled = word.len() >= SHORTEST && ["ae", "oe", "ue"].iter().any(|s| word.contains(s));
    spelled.then(|| word.replace("ae", "a").replace("oe", "o").replace("ue", "u"))
}

fn holds(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| at == 0 || line.as_bytes()[at - 1] == b' ')
}

/// The words of a text in small letters without accents, one blank between them.
pub(crate) fn line(text: &str) -> String {
    words(&text[..text.floor_char_boundary(8000)]).join(" ")
}

/// The words of a name or a text in small letters without accents: `releaseStatus`, `sent_to`, `HTTPCode`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let mut spread = String::with_capacity(text.len() + 8);
    let mut before = ' ';
    for c in text.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spread.push(' ');
        }
        spread.push(c);
        before = c;
    }
    each(&unaccented(&spread)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_told_apart_by_how_they_are_written() {
        let all = of_all("a:\n  l: [begin, whole., two words, 失敗]\nb:\n  l: [prufung]").expect("lists");
        let list = &all["l"];
        assert!(list.has("beginning") && list.has("whole") && !list.has("wholes") && list.has("処理失敗"));
        assert!(list.ends("bonitatsprufung") && !list.ends("prufungen"));
        assert!(list.is_in("of two words here") && !list.is_in("of two word here"));
        assert_eq!(words("releaseStatus_OK"), ["release", "status", "ok"]);
    }
}
