//! Where the words of a reply or an offer stand.

use crate::bits::Bits;
use std::ops::Range;

/// Where the words of a text stand that can name an operation.
pub(super) struct Tokens(Vec<Range<usize>>);

impl Tokens {
    /// Of a whole text.
    pub(super) fn of(text: &str) -> Self {
        let places = match text.is_ascii() {
            true => Bits::of_hyphenated(text.as_bytes()).runs().collect(),
            false => split_at(text, |c| !c.is_alphanumeric() && c != '-'),
        };
        Tokens(places.into_iter().filter(|place: &Range<usize>| place.len() > 2).collect())
    }

    /// Those in a part of the text.
    pub(super) fn within<'t>(&'t self, part: &'t Range<usize>) -> impl Iterator<Item = &'t Range<usize>> {
        self.0.iter().filter(move |t| part.start <= t.start && t.end <= part.end)
    }
}

/// Where all words of a text stand.
pub(super) fn places(text: &str) -> Vec<Range<usize>> {
    match text.is_ascii() {
        true => Bits::of_compounds(text.as_bytes()).runs().collect(),
        false => split_at(text, |c| !c.is_alphanumeric() && c != '-' && c != '\''),
    }
}

fn split_at(text: &str, parts: fn(char) -> bool) -> Vec<Range<usize>> {
    let place = |word: &str| {
        let at = word.as_ptr() as usize - text.as_ptr() as usize;
        at..at + word.len()
    };
    text.split(parts).filter(|w| !w.is_empty()).map(place).collect()
}
