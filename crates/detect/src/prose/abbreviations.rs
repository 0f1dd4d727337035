//! Where a full stop ends no sentence: behind titles, initials, abbreviations, and numbers that count ("14. März").

use super::accents::unaccented;
use crate::maps::HashSet;
use serde::Deserialize;
use std::sync::LazyLock;

/// The lists of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lists {
    titles: HashSet<String>,
    always: HashSet<String>,
    ending: HashSet<String>,
    numbered: HashSet<String>,
    ordinals: HashSet<String>,
    starts: HashSet<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Calendar {
    months: Vec<Vec<String>>,
    weekdays: Vec<Vec<String>>,
}

// The files are part of the program; a test reads them, so a fault cannot reach a user.
static LISTS: LazyLock<Lists> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/abbreviations.yaml")).unwrap_or_default());
static DATES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let calendar: Calendar = serde_saphyr::from_str(include_str!("../../data/calendar.yaml")).unwrap_or_default();
    calendar.months.into_iter().chain(calendar.weekdays).flatten().collect()
});

/// Longer words are no abbreviations.
const LONGEST: usize = 12;
/// Characters of the next word that are read.
const NEXT: usize = 16;

/// True where the full stop at byte `at` ends a sentence, as far as the words around it tell.
pub(crate) fn ends_sentence(text: &str, at: usize) -> bool {
    let Some((before, behind)) = text.get(..at).zip(text.get(at + 1..)) else { return true };
    let word = last_word(before);
    if word.is_empty() || word.chars().count() > LONGEST {
        return true;
    }
    let lists = &*LISTS;
    let rest = behind.trim_start_matches([' ', '\u{a0}']);
    let next: String = rest.chars().take_while(|c| c.is_alphanumeric()).take(NEXT).collect();
    let Some(first) = next.chars().next().filter(|_| rest.len() < behind.len()) else {
        return !lists.always.contains(&word.to_lowercase());
    };
    let starts = lists.starts.contains(&next.to_lowercase());
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return !counts(before, word, &next, starts);
    }
    let small = word.to_lowercase();
    let number = first.is_numeric();
    let goes_on = lists.always.contains(&small)
        || lists.titles.contains(&small) && first.is_uppercase() && !starts
        || lists.ending.contains(&small) && (first.is_lowercase() || number)
        || lists.numbered.contains(&small) && number
        || is_initial(word, rest) && !starts;
    !goes_on
}

/// The word that a text ends with, with the full stops and hyphens inside: `z.B`, `J.-P`.
fn last_word(before: &str) -> &str {
    let inside = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-' | 'º' | '/');
    let length: usize = before.chars().rev().take(LONGEST + 1).take_while(inside).map(char::len_utf8).sum();
    before[before.len() - length..].trim_start_matches(['.', '-', '/'])
}

/// "14. März", "am 3. Werktag": a number that counts. What stands first is the number of an item.
fn counts(before: &str, word: &str, next: &str, starts: bool) -> bool {
    let head = before[..before.len() - word.len()].trim_end_matches([' ', '\u{a0}']);
    let previous = last_word(head);
    if word.len() > 2 || previous.is_empty() {
        return false;
    }
    let month = || DATES.contains(&unaccented(next)) && next.chars().count() > 2;
    !starts && (LISTS.ordinals.contains(&previous.to_lowercase()) || month())
}

/// The first letters of names before a surname (`T. Lind`, `J.-P. Roy`), or those of an abbreviation (`z. B.`).
fn is_initial(word: &str, rest: &str) -> bool {
    let one = |part: &str| part.chars().count() == 1 && part.chars().all(char::is_alphabetic);
    if !word.split(['.', '-']).filter(|p| !p.is_empty()).all(one) {
        return false;
    }
    let mut next = rest.chars();
    let (first, second) = (next.next(), next.next());
    // The next letter of several: "z. B.", "J. R. Lind".
    if first.is_some_and(char::is_alphabetic) && second == Some('.') {
        return true;
    }
    word.chars().all(|c| !c.is_alphabetic() || c.is_uppercase())
        && word != "I"
        && first.is_some_and(char::is_uppercase)
        && second.is_some_and(|c| c.is_lowercase() || matches!(c, '\'' | '’'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences of a text, cut at full stops only.
    fn cut(text: &str) -> usize {
        let stops = text.match_indices('.').filter(|(at, _)| text[at + 1..].starts_with([' ', '\n']));
        1 + stops.filter(|(at, _)| ends_sentence(text, *at)).count()
    }

    #[test]
    fn the_files_are_read() {
        assert!(LISTS.titles.contains("dott.ssa") && LISTS.always.contains("no"));
        assert!(DATES.contains("marz") && DATES.contains("stycznia"));
    }

    #[test]
    fn no_sentence_ends_there() {
        for text in [
            "You are booked with Dr. Osei on Friday.",
            "Your visit with J. Marek is set.",
            "Ihr Termin ist am 14. März um 9 Uhr.",
            "Der Tarif gilt ab dem 1. Werktag des Monats.",
            "Die Sitzung am 3. juli ist gebucht.",
            "La cita con la Sra. Ruiz queda fijada.",
            "Il Dott. Rossi la riceve martedì.",
            "L'appuntamento con la Dott.ssa Neri è confermato.",
            "De afspraak met dhr. Jansen staat vast.",
            "Spotkanie z mgr. Nowak jest umówione na 2. stycznia rano.",
            "Wir haben z. B. Montag und z.B. Dienstag frei.",
            "The call is at 5 p.m. today.",
            "See Art. 12 and Nr. 4 of the list.",
            "Signed by J. R. Lind and É. Morel.",
            "M. Durand et J.-P. Roy sont inscrits.",
        ] {
            assert_eq!(cut(text), 1, "{text}");
        }
    }

    #[test]
    fn a_sentence_ends_there() {
        for text in [
            "We took plan B. The rest is fine.",
            "You have 14. May I help?",
            "Room 12. Your key is at the desk.",
            "It was sent to me. Your copy follows.",
            "So did I. Marek is told.",
            "We meet at 5 p.m. Bring the file.",
            "I cancelled it. Done.",
            "1. Dezember is a title of a list.",
        ] {
            assert_eq!(cut(text), 2, "{text}");
        }
    }

    #[test]
    fn odd_texts_do_not_panic() {
        for text in [".", "..", "é.", ". .", "1.", "Dr.", "ß. É", "-. a"] {
            for (at, _) in text.match_indices('.') {
                ends_sentence(text, at);
            }
        }
    }
}
