//! Whether a text is in a language whose words the lexicons do not have.
//!
//! A guess from the commonest words, and on purpose a shy one: short texts, names and codes are no language.

use super::{flags, readers};
use crate::bits::Bits;

/// True when a text is long enough to tell, and is not English.
pub fn is_foreign(text: &str) -> bool {
    if text.is_ascii() { is_foreign_ascii(text) } else { is_foreign_in_any_script(text) }
}

/// True when more words of a short text are another language's than English: "bitte an den Vorstand".
pub fn leans_foreign(text: &str) -> bool {
    let folded = text.to_lowercase();
    let words = folded.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1).take(MOST);
    let of = words.map(flags::of).fold((0usize, 0usize), |(english, other), f| {
        (english + usize::from(f & flags::ENGLISH != 0), other + usize::from(f & flags::OTHER != 0))
    });
    of.1 > of.0
}

/// True when a text is in another language than English, as far as a sentence or two tell.
pub(crate) fn is_other(text: &str) -> bool {
    if !text.is_ascii() && is_foreign_in_any_script(text) {
        return true;
    }
    let folded = text.to_lowercase();
    let words = folded.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1).take(MOST);
    let (english, other) = words.fold((0usize, 0usize), |(english, other), w| {
        let f = flags::of(w);
        let foreign = f & flags::OTHER != 0 || f & flags::ENGLISH == 0 && readers::is_frequent(w);
        (english + usize::from(f & flags::ENGLISH != 0), other + usize::from(foreign))
    });
    other > english
}

/// No more words are looked at than this.
const MOST: usize = 200;
/// Longer words are no function words.
const LONGEST: usize = 12;

/// The same of an ASCII text, as nearly all are, without decoding it.
fn is_foreign_ascii(text: &str) -> bool {
    let folded = text.to_ascii_lowercase();
    let mut english = 0usize;
    let mut foreign = 0usize;
    let mut left = MOST;
    for run in Bits::of_letters(folded.as_bytes()).runs() {
        // What follows an apostrophe says nothing.
        if run.len() < 2 || folded[..run.start].ends_with('\'') {
            continue;
        }
        if run.len() <= LONGEST {
            let flags = flags::at(&folded, run.start, run.end);
            english += usize::from(flags & flags::ENGLISH != 0);
            foreign += usize::from(flags & flags::OTHER != 0);
        }
        left -= 1;
        if left == 0 {
            break;
        }
    }
    foreign >= 2 && foreign > english * 2
}

fn is_foreign_in_any_script(text: &str) -> bool {
    let mut english = 0usize;
    let mut foreign = 0usize;
    let mut letters = 0usize;
    let mut other_script = 0usize;
    // A letter on its own is more often part of a code, "A-18", than a word; what follows an apostrophe says nothing.
    let words = text.split(|c: char| !c.is_alphabetic() && c != '\'').map(|w| w.split_once('\'').map_or(w, |(w, _)| w));
    for word in words.filter(|w| w.len() > 1).take(MOST) {
        letters += word.len();
        let mut folded = [0; LONGEST];
        if word.chars().any(|c| c > '\u{24F}') {
            other_script += word.len();
            continue;
        }
        let flags = if word.is_ascii() {
            // Nearly every word, without making a string of it; a longer one is no function word.
            let Some(folded) = folded.get_mut(..word.len()) else { continue };
            folded.copy_from_slice(word.as_bytes());
            folded.make_ascii_lowercase();
            std::str::from_utf8(folded).map_or(0, flags::of)
        } else {
            flags::of(&word.to_lowercase())
        };
        english += usize::from(flags & flags::ENGLISH != 0);
        foreign += usize::from(flags & flags::OTHER != 0);
    }
    (letters >= 6 && other_script * 2 > letters) || (foreign >= 2 && foreign > english * 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ascii_texts_are_read_alike(text in "(?:(?:the|and|is|Der|und|no|el|la|por|que|x|I|don|reservation-s|'|  |4|-){0,2}[ ',.a-z]){0,260}") {
            prop_assert_eq!(is_foreign_ascii(&text), is_foreign_in_any_script(&text));
        }
    }

    #[test]
    fn short_texts_lean() {
        assert!(leans_foreign("Bitte schicke die Liste an den Vorstand."));
        assert!(!leans_foreign("Die Hard is on") && !leans_foreign("Cancel my stay HV-6610."));
    }

    #[test]
    fn languages_are_told_apart_when_there_is_enough() {
        for text in [
            "Mein Vertrag A-18, was würde eine Kündigung kosten?",
            "In Ordnung, machen Sie das.",
            "Quiero cancelar mi pedido por favor, gracias",
            "Я хочу отменить заказ",
            "请取消我的订单",
        ] {
            assert!(is_foreign(text), "{text}");
        }
        for text in [
            "Cancel my stay HV-6610.",
            "yes",
            "Number 2.",
            "Jana Ruiz",
            "Invoice 4471",
            "What's in La La Land?",
            "Die Hard is on",
        ] {
            assert!(!is_foreign(text), "{text}");
        }
    }
}
