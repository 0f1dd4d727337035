//! The clause of a claim, from its subject to its end: "You're checked in for flight 12" rather than the words that gave it away, and none of
//! the interjections before it.

use crate::maps::HashSet;
use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence, flags};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static INTERJECTIONS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let all: BTreeMap<String, Vec<String>> =
        serde_saphyr::from_str(include_str!("../../data/interjections.yaml")).unwrap_or_default();
    all.into_values().flatten().collect()
});

/// Words of an interjection or a form of address.
const FEW: usize = 4;
/// A clause of fewer words needs none left out of it.
const REST: usize = 3;
/// So many sentences behind an interjection may hold the claim.
const AHEAD: usize = 2;
/// What says that something was done, in any language.
const TELLS: flags::Flags = flags::CLAIM | flags::PAST | flags::STATE_DONE | flags::DOING;

/// The bytes of the clause around the words of a claim; `None` where no sentence has them.
pub(super) fn of(prose: &Prose<'_>, cite: &Range<usize>) -> Option<Range<usize>> {
    let at = prose.sentences.partition_point(|s| s.range.end <= cite.start);
    let sentence = prose.sentences.get(at).filter(|s| s.range.start <= cite.start)?;
    if is_empty_talk(prose, &sentence.words) {
        return concrete(prose, at).map(|words| quoted(prose, words));
    }
    // What spans sentences was chosen as a whole.
    if cite.end > sentence.range.end {
        return None;
    }
    let first = sentence.words.clone().find(|i| end(prose, *i) > cite.start)?;
    let last = sentence.words.clone().rev().find(|i| start(prose, *i) < cite.end)?;
    let breaks = |i: &usize| is_break(prose, *i);
    let mut from = (sentence.words.start..=first).rev().find(breaks).unwrap_or(sentence.words.start);
    let to = (last + 1..sentence.words.end).find(breaks).unwrap_or(sentence.words.end);
    // A verb without a subject, and a name alone, say nothing.
    if from == first && is_verb(prose, first) {
        from = sentence.words.start;
    }
    let mut words = from..to;
    if is_name(prose, &words) {
        words = sentence.words.clone();
    }
    Some(quoted(prose, without_address(prose, words)))
}

/// True for "Listo, Marta." and "Fatto!": an interjection, and whom it is said to.
fn is_empty_talk(prose: &Prose<'_>, words: &Range<usize>) -> bool {
    let parts = parts(prose, words.clone());
    parts.first().is_some_and(|p| is_interjection(prose, p))
        && parts[1..].iter().all(|p| is_interjection(prose, p) || is_name(prose, p))
}

/// The words of the sentence behind an interjection that hold the claim.
fn concrete(prose: &Prose<'_>, at: usize) -> Option<Range<usize>> {
    let next = prose.sentences.iter().skip(at + 1).take(AHEAD);
    let tells = |s: &&Sentence| !s.question && s.words.len() >= REST && s.has(TELLS);
    next.filter(tells).map(|s| without_address(prose, s.words.clone())).next()
}

/// "So, Frau Lehnert, your table is booked": without what only opens it.
fn without_address(prose: &Prose<'_>, words: Range<usize>) -> Range<usize> {
    let parts = parts(prose, words.clone());
    if !parts.first().is_some_and(|p| is_interjection(prose, p) && !is_colon(prose, p.end)) {
        return words;
    }
    let rest = parts.iter().find(|p| !is_interjection(prose, p) && !is_name(prose, p));
    rest.map_or(words.clone(), |rest| if words.end - rest.start >= REST { rest.start..words.end } else { words })
}

/// The runs of words between commas, colons, brackets and dashes.
fn parts(prose: &Prose<'_>, words: Range<usize>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = words.start;
    for i in words.start + 1..words.end {
        if is_break(prose, i) {
            found.push(from..i);
            from = i;
        }
    }
    found.push(from..words.end);
    found
}

/// True where a part ends; a comma or a colon inside a number ends none.
fn is_break(prose: &Prose<'_>, word: usize) -> bool {
    let before = prose.text.text[..start(prose, word)].chars().next_back();
    prose.words.get(word).is_some_and(|w| w.after_break) && !before.is_some_and(|c| matches!(c, ',' | ':'))
}

fn is_colon(prose: &Prose<'_>, word: usize) -> bool {
    prose.text.text[..start(prose, word)].trim_end().ends_with(':')
}

fn is_interjection(prose: &Prose<'_>, words: &Range<usize>) -> bool {
    let said = &prose.text.text[prose.bytes(words.clone())];
    let known = |text: &str| INTERJECTIONS.contains(&text.to_lowercase().replace('’', "'"));
    // "Listo Marta"
    let opened = || {
        let head = words.start..words.start + 1;
        words.len() > 1
            && known(&prose.text.text[prose.bytes(head)])
            && is_name(prose, &(words.start + 1..words.end))
            && !(words.start + 1..words.end).any(|i| prose.has(i, TELLS))
    };
    words.len() <= FEW && (known(said) || opened())
}

/// True for a few words that all begin with a capital, and hold no number.
fn is_name(prose: &Prose<'_>, words: &Range<usize>) -> bool {
    let capital = |i: usize| prose.text.text[start(prose, i)..].starts_with(char::is_uppercase);
    !words.is_empty() && words.len() <= FEW && words.clone().all(|i| capital(i) && !prose.has(i, TELLS))
}

fn is_verb(prose: &Prose<'_>, word: usize) -> bool {
    english().is("finite", prose.word(word)) || prose.has(word, flags::PAST | flags::MODAL)
}

fn start(prose: &Prose<'_>, word: usize) -> usize {
    prose.bytes(word..word + 1).start
}

fn end(prose: &Prose<'_>, word: usize) -> usize {
    prose.bytes(word..word + 1).end
}

/// The bytes of words, with the quotation mark that closes what opens among them.
fn quoted(prose: &Prose<'_>, words: Range<usize>) -> Range<usize> {
    let mut range = prose.bytes(words);
    let text = &prose.text.text;
    let open = |a: char, b: char| text[range.clone()].matches(a).count() > text[range.clone()].matches(b).count();
    let odd = |a: char| text[range.clone()].matches(a).count() % 2 == 1;
    let next = text[range.end..].chars().next();
    let closes = match next {
        Some('"') => odd('"'),
        Some('”') => open('“', '”'),
        Some('“') => open('„', '“'),
        Some('»') => open('«', '»'),
        Some('」') => open('「', '」'),
        _ => false,
    };
    if closes {
        range.end += next.map_or(0, char::len_utf8);
    }
    range
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    /// The clause around the first place of some words.
    fn clause(text: &str, words: &str) -> String {
        let text = Text { text: text.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        let at = text.text.find(words).expect("the words");
        let range = of(&prose, &(at..at + words.len())).unwrap_or(at..at + words.len());
        text.text[range].to_owned()
    }

    #[test]
    fn the_file_is_read() {
        assert!(INTERJECTIONS.contains("listo") && INTERJECTIONS.contains("yes") && INTERJECTIONS.contains("ok"));
    }

    #[test]
    fn a_claim_has_its_subject_and_its_end() {
        for (text, words, whole) in [
            ("You're checked in for flight 12, seat 4A.", "You're checked", "You're checked in for flight 12"),
            ("The sum of 1,200 euros is set aside for you.", "is set", "The sum of 1,200 euros is set aside for you"),
            ("Good news: the link's been mailed to Ada.", "link's been mailed", "the link's been mailed to Ada"),
            ("Your invoice, number 12, has been paid.", "has been paid", "Your invoice, number 12, has been paid"),
            ("The list (May) has been sent.", "has been sent", "The list (May) has been sent"),
            ("You're moved to 10:30 on Friday.", "You're moved", "You're moved to 10:30 on Friday"),
            ("The badge is printed for \"U. Stein\".", "is printed", "The badge is printed for \"U. Stein\""),
        ] {
            assert_eq!(clause(text, words), whole);
        }
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        for (text, words, whole) in [
            ("Fatto! Ho prenotato il tavolo.", "Fatto", "Ho prenotato il tavolo"),
            ("Done, Marta. I've moved your visit.", "Done, Marta", "I've moved your visit"),
            ("All three renewed: Circe, Emma.", "Circe", "All three renewed: Circe, Emma"),
            (
                "So, Frau Lehnert, your table is booked.",
                "So, Frau Lehnert, your table is booked",
                "your table is booked",
            ),
            (
                "Breathe easy, your folder is restored.",
                "Breathe easy, your folder is restored",
                "your folder is restored",
            ),
            ("Done. Have a nice day.", "Done", "Done"),
        ] {
            assert_eq!(clause(text, words), whole);
        }
    }
}
