//! What a text or a call is about, in the stems of its words: enough to tell whether two of them have to do with each other.

use crate::bits::Bits;
use crate::maps::HashSet;
use crate::prose::{flags, stem};
use crate::session::Call;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The stems of the words of a text that carry meaning, and its numbers without their punctuation.
pub fn stems(text: &str) -> BTreeSet<String> {
    stems_of_all(&[text])
}

/// The same of several texts.
fn stems_of_all(texts: &[&str]) -> BTreeSet<String> {
    let lower: Vec<String> = texts.iter().map(|t| t.to_lowercase()).collect();
    let mut words: Vec<&str> = Vec::new();
    for lower in &lower {
        if lower.is_ascii() {
            words.extend(Bits::of_plain_words(lower.as_bytes()).runs().map(|run| &lower[run]));
        } else {
            words.extend(lower.split(|c: char| !c.is_alphanumeric()));
        }
    }
    // The same words stand again and again in a record: each is looked up once, and kept once before it is copied.
    let mut seen: HashSet<&str> = HashSet::default();
    words.retain(|w| seen.insert(w));
    let mut found: Vec<Cow<'_, str>> = words.into_iter().filter_map(stem_of).collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().map(Cow::into_owned).collect()
}

/// The stem of a word that carries meaning; a number without leading zeros.
fn stem_of(word: &str) -> Option<Cow<'_, str>> {
    if word.bytes().all(|b| b.is_ascii_digit()) {
        return (word.len() >= 2).then(|| word.trim_start_matches('0').into());
    }
    (word.len() > 2 && flags::of(word) & (flags::COMMON | flags::NO_DEED) == 0).then(|| stem::of(word))
}

/// True when two stems are of one word: "bag" and "baggag".
fn akin(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short == long || short.len() >= 3 && long.starts_with(short)
}

/// True when two sets of stems share a word, in whatever form.
pub fn touch(a: &BTreeSet<String>, b: &BTreeSet<String>) -> bool {
    a.iter().any(|x| b.contains(x) || b.iter().any(|y| akin(x, y)))
}

/// Only so much of a text is compared with what is said.
const READ_AT_MOST: usize = 4096;

/// What a call is about: the words of its name, its arguments and its answer.
pub fn about(call: &Call<'_>) -> BTreeSet<String> {
    let name = call.known.words.join(" ");
    let answer = call.result.as_ref().and_then(|r| r.content);
    let texts = call.arguments.into_iter().chain(answer);
    let texts = texts.map(|t| &t.text[..t.text.floor_char_boundary(READ_AT_MOST)]);
    let texts: Vec<&str> = std::iter::once(name.as_str()).chain(texts).collect();
    stems_of_all(&texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_carry_meaning_are_compared_by_their_stems() {
        let words = |text: &str| stems(text).into_iter().collect::<Vec<_>>();
        assert_eq!(words("I've renewed the loans of card 20071183."), ["20071183", "card", "loan", "renew"]);
        assert_eq!(words("Ich möchte §"), ["ich", "möcht"].map(str::to_owned).into_iter().collect::<Vec<_>>());
        assert!(touch(&stems("three bags"), &stems("total_baggages")) && !touch(&stems("seat"), &stems("bag")));
        assert!(stems("").is_empty());
    }
}
