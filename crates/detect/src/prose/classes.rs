//! Closed classes of words, in every language at once, that tell in what way something is said: a hedge, a verdict, something that waits.

use super::forms::each;
use super::readers::is_unspaced;
use super::wordlists::words;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

type File = BTreeMap<String, BTreeMap<String, Vec<String>>>;

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static CLASSES: LazyLock<HashMap<String, Class>> =
    LazyLock::new(|| compile(&parse(include_str!("../../data/classes.yaml")).unwrap_or_default()));

fn parse(file: &str) -> Option<File> {
    serde_saphyr::from_str(file).ok()
}

/// The words of one class.
#[derive(Debug, Default)]
pub(crate) struct Class {
    whole: HashSet<String>,
    starts: Vec<String>,
    phrases: Vec<String>,
    /// In scripts without blanks, where a word may stand anywhere.
    anywhere: Vec<String>,
}

impl Class {
    /// True where a text has a word or phrase of the class. Names are read as words: `ignoraBlocco`, `not_started`.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let line = line(text);
        self.is_in_line(&line)
    }

    /// The same of a text that [`line`] made.
    pub(crate) fn is_in_line(&self, line: &str) -> bool {
        each(line).any(|w| self.has(w))
            || self.phrases.iter().any(|p| holds(line, p))
            || self.anywhere.iter().any(|p| line.contains(p.as_str()))
    }

    /// A line without the phrases of the class.
    pub(crate) fn without(&self, line: &str) -> String {
        let phrases = self.phrases.iter().chain(&self.anywhere).filter(|p| holds(line, p) || self.anywhere.contains(p));
        phrases.fold(line.to_owned(), |line, p| line.replace(p.as_str(), " "))
    }

    /// How many words and phrases of the class a line has.
    pub(crate) fn count(&self, line: &str) -> usize {
        each(line).filter(|w| self.has(w)).count()
            + self.phrases.iter().filter(|p| holds(line, p)).count()
            + self.anywhere.iter().filter(|p| line.contains(p.as_str())).count()
    }

    /// True for words of a script without blanks.
    pub(crate) fn is_unspaced(&self) -> bool {
        !self.anywhere.is_empty()
    }

    /// Takes an entry up.
    pub(crate) fn add(&mut self, entry: &str) {
        match entry.strip_suffix('.') {
            _ if entry.starts_with(is_unspaced) => self.anywhere.push(entry.to_owned()),
            Some(whole) if !whole.contains(' ') => {
                self.whole.insert(whole.to_owned());
            }
            _ if entry.contains(' ') => self.phrases.push(entry.to_owned()),
            _ => self.starts.push(entry.to_owned()),
        }
    }

    /// True where a text begins with a word or phrase of the class.
    pub(crate) fn begins(&self, text: &str) -> bool {
        let line = line(text);
        each(&line).next().is_some_and(|w| self.has(w))
            || self
                .phrases
                .iter()
                .any(|p| line.strip_prefix(p.as_str()).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
    }

    /// True for a word of the class, in small letters without accents.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.whole.contains(word) || self.starts.iter().any(|s| word.starts_with(s.as_str()))
    }
}

fn holds(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(at, _)| at == 0 || line.as_bytes()[at - 1] == b' ')
}

/// The words of a text in small letters without accents, one blank between them.
pub(crate) fn line(text: &str) -> String {
    words(&text[..text.floor_char_boundary(8000)]).join(" ")
}

/// The class of a name; one without words where there is none.
pub(crate) fn class(name: &str) -> &'static Class {
    static NONE: LazyLock<Class> = LazyLock::new(Class::default);
    CLASSES.get(name).unwrap_or(&NONE)
}

fn compile(file: &File) -> HashMap<String, Class> {
    let mut all: HashMap<String, Class> = HashMap::new();
    for (name, entry) in file.values().flatten().flat_map(|(n, l)| l.iter().map(move |e| (n, e))) {
        all.entry(name.clone()).or_default().add(entry);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose::accents::unaccented;

    #[test]
    fn the_file_is_read_and_folded() {
        let file = parse(include_str!("../../data/classes.yaml")).expect("a readable file");
        assert_eq!(file.len(), 9);
        for (language, classes) in &file {
            for entry in classes.values().flatten() {
                assert_eq!(*entry, unaccented(entry), "{language}");
            }
        }
        let names: HashSet<_> = file["english"].keys().collect();
        assert!(file.values().all(|l| l.keys().collect::<HashSet<_>>() == names));
    }

    #[test]
    fn words_beginnings_and_phrases() {
        assert!(class("force").is_in("ignoraBlocco"));
        assert!(class("waiting").is_in("NOT_STARTED"));
        assert!(class("denied").begins("Not permitted - line 2"));
        assert!(!class("denied").begins("No denied requests"));
        assert!(!class("hedge").is_in("It is nothing to speak of"));
    }
}
