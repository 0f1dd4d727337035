//! Which language a text is in, by its function words: enough to know when English lexicons do not apply.

use super::flags;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// What can be said of a text's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Something else.
    Other,
    /// Too short or too much of a list to tell.
    Unclear,
}

#[derive(Deserialize)]
struct File {
    english: Vec<String>,
    others: BTreeMap<String, Vec<String>>,
}

/// True for English, false for any other language's function word.
static WORDS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    // The file is part of the program; a test reads it.
    let file: File = serde_saphyr::from_str(include_str!("../../data/languages.yaml"))
        .unwrap_or_else(|_| File { english: Vec::new(), others: BTreeMap::new() });
    let others = file.others.into_values().flatten().map(|w| (w, false));
    others.chain(file.english.into_iter().map(|w| (w, true))).collect()
});

/// All function words, true for English ones.
pub fn words() -> impl Iterator<Item = (&'static String, &'static bool)> {
    WORDS.iter()
}

/// The words of a text, counted by language.
#[derive(Debug, Default)]
pub struct Tally {
    english: usize,
    other: usize,
    foreign_script: usize,
    known: usize,
    total: usize,
}

impl Tally {
    /// Counts a word with its flags; `ascii` where it is known to be.
    #[inline]
    pub fn add(&mut self, flags: flags::Flags, word: &str, ascii: bool) {
        const BOTH: flags::Flags = flags::ENGLISH | flags::OTHER;
        // Added without asking, since which words come next cannot be foreseen.
        self.total += 1;
        self.english += usize::from(flags & flags::ENGLISH != 0);
        self.other += usize::from(flags & BOTH == flags::OTHER);
        self.known += usize::from(flags & flags::FAMILY != 0);
        // Latin letters with accents end at U+024F; beyond are other scripts.
        if !ascii && flags & BOTH == 0 && word.chars().any(|c| c.is_alphabetic() && c > '\u{24F}') {
            self.foreign_script += 1;
        }
    }

    /// The language of the words counted, which `whole` consists of.
    pub fn language(&self, whole: &str) -> Language {
        let &Tally { english, other, foreign_script, known, total } = self;
        if foreign_script * 2 > total || other > english {
            return Language::Other;
        }
        // A sentence of some length without a single English function word is not English, unless it is a list or speaks of
        // operations by their English names.
        if english == 0 && known == 0 && total >= 7 && whole.matches('\n').count() * 5 < total && !whole.contains(", ")
        {
            return Language::Other;
        }
        if english >= 1 { Language::English } else { Language::Unclear }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(text: &str) -> Language {
        let lower = text.to_lowercase();
        let mut tally = Tally::default();
        let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        words.for_each(|w| tally.add(flags::of(w), w, w.is_ascii()));
        tally.language(&lower)
    }

    #[test]
    fn tells_english_from_others() {
        assert_eq!(lang("Your refund has been processed."), Language::English);
        assert_eq!(lang("Ihre Erstattung zur Rechnung R-4471 wurde abgeschlossen."), Language::Other);
        assert_eq!(lang("He cancelado su cita del lunes a las 10:00."), Language::Other);
        assert_eq!(lang("Je vais maintenant annuler votre réservation."), Language::Other);
        assert_eq!(lang("Ho trovato cinque offerte a Torino."), Language::Other);
        assert_eq!(lang("返金が完了しました。"), Language::Other);
        assert_eq!(lang("ch_118"), Language::Unclear);
        assert_eq!(lang("- [x] Parcel 7 cancelled\n- [x] Customer informed"), Language::Unclear);
    }
}
