//! The closed classes of words by which a language tells that an order was carried out.

use crate::prose::accents::unaccented;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

/// The lists of one language, as they stand in the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    function: Vec<String>,
    aux: Vec<String>,
    was: Vec<String>,
    between: Vec<String>,
    reach: usize,
    #[serde(rename = "I")]
    speaker: Vec<String>,
    you: Vec<String>,
    ends: Vec<String>,
    starts: Vec<String>,
    strong: Vec<String>,
    never: Vec<String>,
    own: Vec<String>,
    describes: Vec<String>,
    looks: Vec<String>,
    condition: Vec<String>,
    aside: Vec<String>,
    not: Vec<String>,
    anymore: Vec<String>,
    more: Vec<String>,
    theirs: Vec<String>,
    have: Vec<String>,
    general: Vec<String>,
    definite: Vec<String>,
    request: Vec<String>,
    question: Vec<String>,
    complaint: Vec<String>,
    now: Vec<String>,
    done: Vec<String>,
    yours: Vec<String>,
    state: Vec<String>,
    way: Vec<String>,
    refuse: Vec<String>,
    back: Vec<String>,
    #[serde(rename = "else")]
    other: Vec<String>,
    joins: Vec<String>,
    is: Vec<String>,
    it: Vec<String>,
    base: Vec<String>,
    been: Vec<String>,
    gives: Vec<String>,
    me: Vec<String>,
    please: Vec<String>,
    know: Vec<String>,
    facts: Vec<String>,
    thanks: Vec<String>,
    same: Vec<String>,
}

/// Phrases have so many words, at most.
const LONGEST_PHRASE: usize = 8;

/// A class, ready to be looked for.
#[derive(Debug, Default)]
pub(super) struct Class {
    whole: HashSet<String>,
    starts: Vec<String>,
    phrases: Vec<String>,
}

impl Class {
    fn of(list: &[String]) -> Self {
        let mut class = Class::default();
        for entry in list {
            if entry.contains(' ') {
                class.phrases.push(format!(" {entry} "));
            } else if let Some(start) = entry.strip_suffix('*') {
                class.starts.push(start.to_owned());
            } else {
                class.whole.insert(entry.clone());
            }
        }
        class
    }

    /// True for one word of the class.
    pub fn has(&self, word: &Word) -> bool {
        self.whole.contains(&word.plain)
            || self.whole.contains(&word.small)
            || self.starts.iter().any(|s| word.plain.starts_with(s.as_str()))
    }

    /// True for one word of the class with these very letters.
    pub fn spells(&self, word: &Word) -> bool {
        self.whole.contains(&word.small)
    }

    /// True where words hold one of the class, or a phrase of it.
    pub fn is_in(&self, words: &[Word]) -> bool {
        words.iter().any(|w| self.has(w)) || self.is_in_phrase(words)
    }

    /// True where words hold a phrase of the class.
    pub fn is_in_phrase(&self, words: &[Word]) -> bool {
        !self.phrases.is_empty() && {
            let line = line(words);
            self.phrases.iter().any(|p| line.contains(p.as_str()))
        }
    }

    /// True where words hold one of the class, or a phrase of it, that is not already so: the words of a phrase that carry something
    /// are all held.
    pub fn is_new_in(&self, words: &[Word], function: &Class, held: &dyn Fn(&str) -> bool) -> bool {
        self.is_new_phrase_in(words, function, held) || words.iter().any(|w| self.has(w) && !held(&w.plain))
    }

    /// The same of its phrases alone.
    pub fn is_new_phrase_in(&self, words: &[Word], function: &Class, held: &dyn Fn(&str) -> bool) -> bool {
        let line = line(words);
        let is_held = |phrase: &str| {
            let mut parts = phrase.split_whitespace().filter(|p| !function.whole.contains(*p)).peekable();
            parts.peek().is_some() && parts.all(held)
        };
        self.phrases.iter().any(|p| line.contains(p.as_str()) && !is_held(p))
    }

    /// What follows a word or a phrase of the class, the first that stands among words.
    pub fn after<'w>(&self, words: &'w [Word]) -> Option<&'w [Word]> {
        let phrase = |at: usize| {
            let mut line = String::from(" ");
            words[at..].iter().take(LONGEST_PHRASE).position(|w| {
                line.push_str(&w.plain);
                line.push(' ');
                self.phrases.contains(&line)
            })
        };
        (0..words.len()).find_map(|at| {
            let last = if self.has(&words[at]) { Some(0) } else { phrase(at) };
            Some(&words[at + last? + 1..])
        })
    }
}

fn line(words: &[Word]) -> String {
    let mut line = String::from(" ");
    for word in words {
        line.push_str(&word.plain);
        line.push(' ');
    }
    line
}

/// A word of a text.
#[derive(Debug, Clone)]
pub(super) struct Word {
    /// In small letters.
    pub small: String,
    /// In small letters without accents.
    pub plain: String,
    /// True where it begins with a capital letter.
    pub capital: bool,
}

/// The words of a text; letters and digits that are joined are two words.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for part in text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let digit = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != digit).unwrap_or(rest.len());
            let raw = &rest[..end];
            // A capital by itself is part of a name.
            let letter = raw.len() == 1
                && first.is_ascii_uppercase()
                && part.len() == 1
                && !matches!(first, 'A' | 'E' | 'I' | 'O');
            let small = if letter { raw.to_owned() } else { raw.to_lowercase() };
            let plain = if letter { raw.to_owned() } else { unaccented(raw).trim_start_matches('0').to_owned() };
            found.push(Word { plain, small, capital: first.is_uppercase() });
            rest = &rest[end..];
        }
    }
    found
}

/// One language.
#[derive(Debug, Default)]
pub(super) struct Language {
    pub function: Class,
    pub aux: Class,
    pub was: Class,
    pub between: Class,
    pub reach: usize,
    pub speaker: Class,
    pub you: Class,
    ends: Vec<String>,
    starts: Vec<String>,
    strong: Class,
    never: Class,
    own: Vec<String>,
    pub describes: Class,
    pub looks: Class,
    pub condition: Class,
    pub aside: Class,
    pub not: Class,
    pub anymore: Class,
    pub more: Class,
    pub theirs: Class,
    pub have: Class,
    pub general: Class,
    pub definite: Class,
    pub request: Class,
    pub question: Class,
    pub complaint: Class,
    pub english: bool,
    pub now: Class,
    pub done: Class,
    pub yours: Class,
    pub state: Class,
    pub way: Class,
    pub refuse: Class,
    pub back: Class,
    pub other: Class,
    pub joins: Class,
    pub is: Class,
    pub it: Class,
    pub base: Class,
    pub been: Class,
    pub gives: Class,
    pub me: Class,
    pub please: Class,
    pub know: Class,
    pub facts: Class,
    pub thanks: Class,
    same: Vec<Vec<String>>,
}

impl Language {
    fn of(l: &Lists) -> Self {
        let c = |list: &[String]| Class::of(list);
        Language {
            function: c(&l.function),
            aux: c(&l.aux),
            was: c(&l.was),
            between: c(&l.between),
            reach: l.reach,
            speaker: c(&l.speaker),
            you: c(&l.you),
            ends: l.ends.clone(),
            starts: l.starts.clone(),
            strong: c(&l.strong),
            never: c(&l.never),
            own: l.own.clone(),
            describes: c(&l.describes),
            looks: c(&l.looks),
            condition: c(&l.condition),
            aside: c(&l.aside),
            not: c(&l.not),
            anymore: c(&l.anymore),
            more: c(&l.more),
            theirs: c(&l.theirs),
            have: c(&l.have),
            general: c(&l.general),
            definite: c(&l.definite),
            request: c(&l.request),
            question: c(&l.question),
            complaint: c(&l.complaint),
            english: !l.complaint.is_empty(),
            now: c(&l.now),
            done: c(&l.done),
            yours: c(&l.yours),
            state: c(&l.state),
            way: c(&l.way),
            refuse: c(&l.refuse),
            back: c(&l.back),
            other: c(&l.other),
            joins: c(&l.joins),
            is: c(&l.is),
            it: c(&l.it),
            base: c(&l.base),
            been: c(&l.been),
            gives: c(&l.gives),
            me: c(&l.me),
            please: c(&l.please),
            know: c(&l.know),
            facts: c(&l.facts),
            thanks: c(&l.thanks),
            same: l.same.iter().map(|g| g.split(' ').map(str::to_owned).collect()).collect(),
        }
    }

    /// True for the form of a participle, where the word at hand tells a change: none of looking, none that describes.
    pub fn is_participle(&self, word: &Word) -> bool {
        !self.describes.has(word) && self.is_deed(word)
    }

    /// The same of what the speaker has done: "sold" tells a deed there.
    pub fn is_deed(&self, word: &Word) -> bool {
        if self.never.has(word) || self.looks.has(word) || word.plain.len() < 3 {
            return false;
        }
        let long = word.plain.chars().count() > 4;
        let begins = |s: &String| word.plain.len() > s.len() + 2 && word.plain.starts_with(s.as_str());
        self.strong.has(word)
            || long && self.ends.iter().any(|e| word.small.ends_with(e.as_str()))
            || long
                && (word.plain.ends_with('t')
                    || word.plain.ends_with("en")
                    || self.reach > 9 && word.plain.ends_with('d'))
                && self.starts.iter().any(begins)
    }

    /// True where participles are told by their beginnings and stand at the end.
    pub fn ends_with_participle(&self) -> bool {
        !self.starts.is_empty()
    }

    /// True for a verb with whose ending the speaker tells a deed of the speaker's own.
    pub fn is_own_deed(&self, word: &Word) -> bool {
        !self.looks.has(word) && self.own.iter().any(|e| word.small.ends_with(e.as_str()) && word.small.len() > e.len())
    }
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<Vec<Language>> = LazyLock::new(|| {
    let file = parse(include_str!("../../../../data/told_done.yaml")).unwrap_or_default();
    file.values().map(Language::of).collect()
});

/// The stems, in any language, of words that tell the same as one does.
pub(super) fn same_as(word: &str) -> impl Iterator<Item = &'static str> {
    let groups = LANGUAGES.iter().flat_map(|l| &l.same);
    groups.filter(move |g| g.iter().any(|s| word.starts_with(s.as_str()))).flatten().map(String::as_str)
}

fn parse(file: &str) -> Option<BTreeMap<String, Lists>> {
    serde_saphyr::from_str(file).ok()
}

/// The language of what is said, by its function words; those of what was asked say something, too.
pub(super) fn language(said: &[Word], asked: &[Word]) -> Option<&'static Language> {
    let count = |l: &Language, words: &[Word]| words.iter().take(200).filter(|w| l.function.has(w)).count();
    let scored = LANGUAGES.iter().map(|l| (2 * count(l, said) + count(l, asked), l));
    let mut best: Option<(usize, &Language)> = None;
    for (score, language) in scored.filter(|(score, _)| *score > 0) {
        if best.is_none_or(|(b, _)| score > b) {
            best = Some((score, language));
        }
    }
    best.map(|(_, l)| l)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let file = parse(include_str!("../../../../data/told_done.yaml")).expect("a readable file");
        assert_eq!(file.len(), 9);
        for (name, lists) in &file {
            assert!(!lists.aux.is_empty() && lists.reach > 0, "{name}");
            let plain = lists.aside.iter().chain(&lists.now).chain(&lists.done).chain(&lists.describes);
            plain.for_each(|entry| assert_eq!(*entry, unaccented(entry), "{name}"));
        }
    }
}
