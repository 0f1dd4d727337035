//! The words and numbers of texts as they are compared with what a call holds, and the sentences that hold them.

use super::cell;
use super::paraphrase::stem;
use crate::prose::{flags, passage};
use aho_corasick::AhoCorasick;
use std::collections::BTreeSet;
use std::ops::Range;

/// So many words are read together.
const WINDOW: usize = 30;
/// A sentence has so many words of its language.
const SENTENCE: usize = 3;
/// So many words with nothing between them are one as well, with one fewer of those.
const REMARK: usize = 7;

/// Some words, looked for all at once: nearly no text holds any, and cutting texts is dear.
pub(super) struct Any(Option<AhoCorasick>);

impl Any {
    pub(super) fn of<W: AsRef<str>>(words: impl IntoIterator<Item = W>) -> Self {
        let heads = words.into_iter().map(|w| head(w.as_ref()).to_owned());
        Any(AhoCorasick::builder().ascii_case_insensitive(true).build(heads).ok())
    }

    /// True where a text holds any of the words.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.as_ref().is_some_and(|finder| finder.is_match(text))
    }
}

/// What a word or number begins with however it is written: `2,900` begins with `2`.
fn head(word: &str) -> &str {
    if word.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b':')) { &word[..1] } else { word }
}

/// Where a sentence of a language that is known holds enough of the call's words.
pub(super) fn sentence(
    text: &str,
    own: &BTreeSet<String>,
    enough: impl Fn(&Range<usize>, &BTreeSet<&str>) -> bool,
) -> Option<Range<usize>> {
    find(text, own, |place| is_sentence(text, place), enough)
}

/// The same, in any language: words enough that stand together in one field.
pub(super) fn remark(
    text: &str,
    own: &BTreeSet<String>,
    enough: impl Fn(&Range<usize>, &BTreeSet<&str>) -> bool,
) -> Option<Range<usize>> {
    // The call's own word is one of the sentence's.
    let free = |place: &Range<usize>| cell::around(text, &(place.start..place.start)).prose;
    find(text, own, |place| is_sentence(text, place) || free(place), enough)
}

fn find(
    text: &str,
    own: &BTreeSet<String>,
    is_sentence: impl Fn(&Range<usize>) -> bool,
    enough: impl Fn(&Range<usize>, &BTreeSet<&str>) -> bool,
) -> Option<Range<usize>> {
    let mut all: Vec<(String, Range<usize>)> = tokens(text).collect();
    all.sort_by_key(|(_, place)| place.start);
    let hits: Vec<usize> = (0..all.len()).filter(|i| own.contains(&all[*i].0)).collect();
    hits.iter().enumerate().find_map(|(n, &first)| {
        let close = hits[n..].iter().take_while(|&&i| i - first < WINDOW);
        let distinct: BTreeSet<&str> = close.clone().map(|&i| all[i].0.as_str()).collect();
        let last = *close.last()?;
        let place = all[first].1.start..all[last].1.end;
        (is_sentence(&place) && enough(&place, &distinct)).then_some(place)
    })
}

/// True where words of the language, and not of records, stand between and around.
fn is_sentence(text: &str, place: &Range<usize>) -> bool {
    let from = text.floor_char_boundary(place.start.saturating_sub(60));
    let to = text.ceil_char_boundary((place.end + 60).min(text.len()));
    let of_language = |part: &str| {
        let words = part.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() >= 2);
        words.filter(|w| flags::of(&w.to_lowercase()) & (flags::ENGLISH | flags::OTHER) != 0).count()
    };
    let run = || {
        // A short remark: a line of words with hardly a sign between them.
        let line = passage::around(text, place);
        let line = &text[line.start.min(place.start)..line.end.max(place.end)];
        let longest = line.split([',', ':', '"', '|', '=', '\n', '\t']).max_by_key(|p| p.split_whitespace().count());
        let lower = |p: &str| p.split_whitespace().filter(|w| w.starts_with(char::is_lowercase)).count();
        longest.is_some_and(|p| {
            let words = p.split_whitespace().count();
            // In a language of which hardly a word is known, most of a sentence is in small letters.
            words >= REMARK && (of_language(p) + 1 >= SENTENCE || of_language(p) > 0 && lower(p) * 3 >= words * 2)
        })
    };
    of_language(&text[from..to]) >= SENTENCE || run()
}

/// The telling words and numbers of a text, each with its place.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (String, Range<usize>)> {
    let place = |w: &str| w.as_ptr() as usize - text.as_ptr() as usize;
    let clock = times(text);
    let parts =
        text.split(|c: char| !(c.is_alphanumeric() || c == '.' || c == ',')).map(|w| w.trim_matches(['.', ',']));
    let tokens = parts.filter(|w| !w.is_empty()).flat_map(move |w| {
        let at = place(w);
        let number = number(w).map(|n| (n, at..at + w.len()));
        let words = w.split(['.', ',']).filter(|_| number.is_none()).collect::<Vec<_>>();
        let words = words.into_iter().filter_map(move |w| {
            let at = place(w);
            let folded = w.to_lowercase();
            Some((stem(&folded).or_else(|| (w.len() == 3).then_some(folded))?, at..at + w.len()))
        });
        number.into_iter().chain(words)
    });
    tokens.chain(clock)
}

/// The times of day of a text, as they are compared: `09:15` is `9:15`.
fn times(text: &str) -> impl Iterator<Item = (String, Range<usize>)> {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    memchr::memchr_iter(b':', bytes).filter_map(move |at| {
        let hours = (1..=2).take_while(|n| at >= *n && digit(at - n)).last()?;
        let start = at - hours;
        let free = !(start > 0 && matches!(bytes[start - 1], b'0'..=b'9' | b':'));
        (free && digit(at + 1) && digit(at + 2) && !digit(at + 3))
            .then(|| (text[start..at + 3].trim_start_matches('0').to_owned(), start..at + 3))
    })
}

/// The numbers of a text of two figures and more.
pub(super) fn numbers(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.')).filter_map(number)
}

/// A number as it is compared: `2,900` is `2900`, `9.90` is `9.9`.
fn number(word: &str) -> Option<String> {
    // `12,50` is `12.50`, `2,900` is `2900`.
    let decimal = word.rsplit_once(',').filter(|(whole, cents)| cents.len() == 2 && !whole.is_empty());
    let plain: String = match decimal {
        Some((whole, cents)) => format!("{}.{cents}", whole.replace(['.', ','], "")),
        None => word.chars().filter(|c| *c != ',').collect(),
    };
    let figures = plain.bytes().filter(u8::is_ascii_digit).count();
    if figures < 2 || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    let short = if plain.contains('.') { plain.trim_end_matches('0').trim_end_matches('.') } else { &plain };
    (short.len() >= 2).then(|| short.to_owned())
}
