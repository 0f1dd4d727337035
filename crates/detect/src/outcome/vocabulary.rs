//! Words with which the fields of an answer tell what became of its operation, in several languages.
//!
//! They are read after the words of the English lexicon. What only they tell is less sure: other programs write them, and
//! nobody has counted yet how often they are right.

use super::status::Standing;
use crate::finding::RestsOn;
use crate::maps::{HashMap, HashSet};
use crate::prose::accents::unaccented;
use crate::prose::wordlists::contracted;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    status: Vec<String>,
    error: Vec<String>,
    success: Vec<String>,
    failed: Vec<String>,
    pending: Vec<String>,
    done: Vec<String>,
    not: Vec<String>,
    none: Vec<String>,
    about: Vec<String>,
    detail: Vec<String>,
}

/// What a key holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// How far the operation got.
    Status,
    /// Why it did not work.
    Error,
    /// Whether it worked.
    Success,
}

/// The words of all languages.
#[derive(Debug, Default)]
struct All {
    keys: HashMap<String, Key>,
    /// Beginnings of words, and whole ones with a period behind them.
    states: HashMap<String, Standing>,
    not: HashSet<String>,
    none: HashSet<String>,
    complaint: HashMap<String, Part>,
}

/// What a key of an answer that complains of a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name of the field.
    About,
    /// What is wrong with it.
    Detail,
    /// A code of it.
    Code,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static ALL: LazyLock<All> = LazyLock::new(|| parse(include_str!("../../data/outcomes.yaml")).unwrap_or_default());

fn parse(file: &str) -> Option<All> {
    let languages: BTreeMap<String, Words> = serde_saphyr::from_str(file).ok()?;
    let mut all = All::default();
    for words in languages.into_values() {
        for (list, key) in [(words.status, Key::Status), (words.error, Key::Error), (words.success, Key::Success)] {
            all.keys.extend(list.into_iter().map(|w| (w, key)));
        }
        let states = [
            (words.done, Standing::Terminal),
            (words.pending, Standing::NonTerminal),
            (words.failed, Standing::Failed),
        ];
        for (list, standing) in states {
            all.states.extend(list.into_iter().map(|w| (w, standing)));
        }
        all.not.extend(words.not);
        all.none.extend(words.none);
        all.complaint.extend(words.about.into_iter().map(|w| (w, Part::About)));
        all.complaint.extend(words.detail.into_iter().map(|w| (w, Part::Detail)));
    }
    Some(all)
}

/// Longer keys and values are none of these.
const LONGEST: usize = 60;
/// Shorter beginnings would stand in too many words.
const SHORTEST: usize = 3;

/// What a key in another language than English holds, if it is one of those known.
pub fn key(name: &str) -> Option<Key> {
    if name.len() > LONGEST {
        return None;
    }
    let folded: String = unaccented(name).chars().filter(|c| c.is_alphanumeric()).collect();
    ALL.keys.get(&folded).copied()
}

/// What a key of an answer holds that complains of a field, if it is one of those known.
pub fn part(name: &str) -> Option<Part> {
    if name.len() > LONGEST {
        return None;
    }
    let folded: String = unaccented(name).chars().filter(|c| c.is_alphanumeric()).collect();
    let code =
        matches!(folded.as_str(), "code" | "type" | "kod" | "kode" | "codigo" | "codice" | "traceid" | "requestid");
    code.then_some(Part::Code).or_else(|| ALL.complaint.get(&folded).copied())
}

/// True for a value that says no: `"no"`, `"nein"`, `"falso"`.
pub fn is_none(value: &str) -> bool {
    value.len() <= LONGEST && ALL.none.contains(unaccented(value.trim()).as_str())
}

/// The standing of one word without accents.
fn of_word(word: &str) -> Option<Standing> {
    let ends = word.char_indices().map(|(i, c)| i + c.len_utf8()).filter(|end| *end >= SHORTEST);
    let longest = ends.filter_map(|end| ALL.states.get(&word[..end])).next_back();
    let found = ALL.states.get(&format!("{word}.")).or(longest).copied();
    found.or_else(|| of_word(&contracted(word)?))
}

/// The standing that a status tells, as far as the English lexicon has no word for it. `own` are the words of the tool's name:
/// where it is named for what its status says (`waitlist_add`, "waitlisted"), the status is where it ends.
pub fn standing(value: &str, own: &[String]) -> Option<Standing> {
    if value.len() > LONGEST {
        return None;
    }
    let folded = unaccented(value);
    let words = || folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let named = |w: &str| own.iter().any(|o| shared(&unaccented(o), w) >= NAMED);
    let any = |standing: Standing| words().any(|w| of_word(w) == Some(standing) && !named(w));
    if any(Standing::Failed) {
        return Some(Standing::Failed);
    }
    if any(Standing::NonTerminal) {
        return Some(Standing::NonTerminal);
    }
    let done = words().any(|w| of_word(w) == Some(Standing::Terminal));
    let denied = words().any(|w| ALL.not.contains(w));
    done.then_some(if denied { Standing::NonTerminal } else { Standing::Terminal })
}

/// Words that begin with so many of the same letters are forms of one word.
const NAMED: usize = 5;

fn shared(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// True where a text says that something is open or did not work.
pub fn tells_open(text: &str) -> bool {
    let folded = unaccented(text);
    let mut words = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.any(|w| ALL.not.contains(w) || matches!(of_word(w), Some(Standing::NonTerminal | Standing::Failed)))
}

/// True where a text has a word of a status: it tells it.
pub fn repeats(text: &str, status: &str) -> bool {
    let (text, status) = (unaccented(text), unaccented(status));
    let told: HashSet<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= 4).collect();
    let mut said = status.split(|c: char| !c.is_alphanumeric()).filter(|w| of_word(w).is_some());
    said.any(|s| told.iter().any(|t| shared(t, s) >= NAMED.min(s.chars().count())))
}

/// What a statement rests on where only these words tell it.
pub const ASSUMED: &str = "this status word means that the operation is not complete or did not work";
/// The same of a key in another language.
pub const FIELD: &str = "a field of this name with something in it means that the call failed";

/// The rule path of what only these words tell.
pub const PATH: &str = "vocabulary";

/// True where a statement rests on these words alone.
pub fn is_ground(on: &RestsOn) -> bool {
    matches!(on, RestsOn::Assumption(what) if what == ASSUMED || what == FIELD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let all = parse(include_str!("../../data/outcomes.yaml")).expect("a readable file");
        assert!(all.states.keys().all(|w| *w == unaccented(w) && !w.contains(' ')));
        assert!(all.keys.len() > 40 && all.states.len() > 200 && !all.not.is_empty());
    }

    #[test]
    fn statuses_of_several_languages() {
        use Standing::{Failed, NonTerminal, Terminal};
        for (value, told) in [
            ("RECHAZADO", Some(Failed)),
            ("abgelehnt", Some(Failed)),
            ("full", Some(Failed)),
            ("waitlisted", Some(NonTerminal)),
            ("por aprobar", Some(NonTerminal)),
            ("in behandeling", Some(NonTerminal)),
            ("En cours de traitement", Some(NonTerminal)),
            ("nicht bestätigt", Some(NonTerminal)),
            ("Bestätigung ausstehend", Some(NonTerminal)),
            ("em análise", Some(NonTerminal)),
            ("in lavorazione", Some(NonTerminal)),
            ("IN_PRUEFUNG", Some(NonTerminal)),
            ("INCELEMEDE", Some(NonTerminal)),
            ("НА РАССМОТРЕНИИ", Some(NonTerminal)),
            ("KÄSITTELYSSÄ", Some(NonTerminal)),
            ("ve zpracování", Some(NonTerminal)),
            ("feldolgozás alatt", Some(NonTerminal)),
            ("în așteptare", Some(NonTerminal)),
            ("bestätigt", Some(Terminal)),
            ("annulée", Some(Terminal)),
            ("verzonden", Some(Terminal)),
            ("blau", None),
            ("fullscreen", None),
        ] {
            assert_eq!(standing(value, &[]), told, "{value}");
        }
        assert_eq!(standing("waitlisted", &["waitlist".to_owned(), "add".to_owned()]), None);
    }

    #[test]
    fn keys_of_several_languages() {
        for (name, held) in [
            ("erreur", Some(Key::Error)),
            ("Fehler_Code", Some(Key::Error)),
            ("état", Some(Key::Status)),
            ("esito", Some(Key::Status)),
            ("éxito", Some(Key::Success)),
            ("nombre", None),
        ] {
            assert_eq!(key(name), held, "{name}");
        }
        assert!(is_none("Nein") && !is_none("adresse incomplète"));
        assert!(repeats("You are on the waitlist, third in line.", "waitlisted"));
        assert!(!repeats("Your place is confirmed.", "waitlisted"));
    }
}
