//! Which language a text is in, by its function words: enough to know when English lexicons do not apply.

use super::flags;
use crate::maps::HashMap;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
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

#[derive(Debug, Default, Deserialize)]
struct File {
    english: Vec<String>,
    #[serde(default)]
    shared: BTreeSet<String>,
    #[serde(default)]
    weak: BTreeSet<String>,
    others: BTreeMap<String, Vec<String>>,
}

/// True for English, false for any other language's function word.
static WORDS: LazyLock<HashMap<String, bool>> = LazyLock::new(|| {
    let others = FILE.others.values().flatten().map(|w| (w.clone(), false));
    others.chain(FILE.english.iter().map(|w| (w.clone(), true))).collect()
});

// The file is part of the program; a test reads it.
static FILE: LazyLock<File> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/languages.yaml")).unwrap_or_default());

/// The name of the language, other than English, that a text is in as far as its words tell: "German".
pub fn name(text: &str) -> Option<String> {
    let has = |from: char, to: char| text.contains(|c: char| (from..=to).contains(&c));
    let scripts = [
        ("Japanese", has('\u{3040}', '\u{30FF}')),
        ("Korean", has('\u{AC00}', '\u{D7AF}')),
        ("Chinese", has('\u{4E00}', '\u{9FFF}')),
    ];
    if let Some((name, _)) = scripts.into_iter().find(|(_, is)| *is) {
        return Some(name.to_owned());
    }
    let folded = text.to_lowercase();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1).take(MOST_READ).collect();
    let doing = |name: &str| super::doing::languages().find(|(n, _)| *n == name).map(|(_, doing)| doing);
    let score = |name: &str, list: &Vec<String>| {
        let done: BTreeSet<String> = doing(name).into_iter().flat_map(|d| d.participles()).map(|(_, w)| w).collect();
        words.iter().filter(|w| list.iter().any(|l| l == *w) || done.contains(**w)).count()
    };
    let best = FILE.others.iter().map(|(n, list)| (score(n, list), n)).max_by_key(|(score, _)| *score)?;
    let mut letters = best.1.chars();
    let first = letters.next().filter(|_| best.0 > 0)?;
    Some(first.to_uppercase().chain(letters).collect())
}

/// No more words are read to tell which language it is.
const MOST_READ: usize = 200;

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
    /// Those of `english` that other languages have as well.
    shared: usize,
    /// Those of `other` that stand in English texts as well.
    weak: usize,
    doing: usize,
    /// Letters and digits that stand alone.
    single: usize,
}

impl Tally {
    /// Counts a word with its flags; `ascii` where it is known to be.
    #[inline]
    pub fn add(&mut self, flags: flags::Flags, word: &str, ascii: bool) {
        const BOTH: flags::Flags = flags::ENGLISH | flags::OTHER;
        // Added without asking, since which words come next cannot be foreseen.
        self.total += 1;
        self.single += usize::from(word.len() == 1);
        self.english += usize::from(flags & flags::ENGLISH != 0);
        self.other += usize::from(flags & BOTH == flags::OTHER);
        self.known += usize::from(flags & flags::FAMILY != 0);
        self.doing += usize::from(flags & flags::DOING != 0);
        if flags & flags::ENGLISH != 0 && word.len() <= 4 {
            self.shared += usize::from(FILE.shared.contains(word));
        } else if flags & BOTH == flags::OTHER && word.len() <= 4 {
            self.weak += usize::from(FILE.weak.contains(word));
        }
        // Latin letters with accents end at U+024F; beyond are other scripts.
        if !ascii && flags & BOTH == 0 && word.chars().any(|c| c.is_alphabetic() && c > '\u{24F}') {
            self.foreign_script += 1;
        }
    }

    /// The language of the words counted, which `whole` consists of.
    pub fn language(&self, whole: &str) -> Language {
        let &Tally { english, other, foreign_script, known, total, shared, weak, doing, single } = self;
        let other = if other == weak && doing == 0 { 0 } else { other };
        // What is spelled out is in no language: "O S L, K X, 2 0 7".
        if single * 2 > total && foreign_script == 0 && doing == 0 {
            return Language::Unclear;
        }
        if foreign_script * 2 > total || other > english {
            return Language::Other;
        }
        // "Uw contract is opgezegd": what both languages have decides nothing.
        let plain = english.saturating_sub(shared);
        if (doing > 0 || other > 2) && other + doing > plain {
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
    fn languages_have_names() {
        for (text, language) in [
            ("Ihr Termin wurde storniert.", "German"),
            ("J'ai annulé votre commande.", "French"),
            ("Su pedido ha sido enviado.", "Spanish"),
            ("La prenotazione è stata annullata.", "Italian"),
            ("A sua reserva foi cancelada.", "Portuguese"),
            ("Uw afspraak is geannuleerd.", "Dutch"),
            ("返金が完了しました。", "Japanese"),
        ] {
            assert_eq!(name(text).as_deref(), Some(language), "{text}");
        }
        assert_eq!(name("Zxq 12"), None);
    }

    #[test]
    fn tells_english_from_others() {
        assert_eq!(lang("Your refund has been processed."), Language::English);
        assert_eq!(lang("Ihre Erstattung zur Rechnung R-4471 wurde abgeschlossen."), Language::Other);
        assert_eq!(lang("He cancelado su cita del lunes a las 10:00."), Language::Other);
        assert_eq!(lang("Je vais maintenant annuler votre réservation."), Language::Other);
        assert_eq!(lang("Ho trovato cinque offerte a Torino."), Language::Other);
        assert_eq!(lang("返金が完了しました。"), Language::Other);
        assert_eq!(lang("Uw contract C-9 is opgezegd. De boete is 20 euro."), Language::Other);
        assert_eq!(lang("V-3 erledigt: Lampe gemeldet, Vorgang geschlossen."), Language::Other);
        assert_eq!(lang("Mail inviata a Rosa."), Language::Other);
        assert_eq!(lang("9 days: 3 × 20 = 60, plus 6 × 30 = 180, together 240 EUR."), Language::Unclear);
        for spelled in ["Sure: O S L, K X, 2 0 7 7 1.", "Y, E, A, O, 4, 4", "Bien: A E O, 9 9 1"] {
            assert_eq!(lang(spelled), Language::Unclear, "{spelled}");
        }
        assert_eq!(lang("Y o soy el agente de la tienda"), Language::Other);
        assert_eq!(lang("Los Alamos is in it."), Language::English);
        assert_eq!(lang("ch_118"), Language::Unclear);
        assert_eq!(lang("- [x] Parcel 7 cancelled\n- [x] Customer informed"), Language::Unclear);
    }
}
