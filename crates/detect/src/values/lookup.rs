//! Many short values, looked for in many texts in one pass.
//!
//! A session has dozens of values and is seen once, so that an automaton would cost more to build than it saves. Every
//! value begins with a word; of each word of a text only the first bytes are looked up as it passes, and only where they
//! begin a value is it compared.

use crate::bits;

/// Values ready to be looked for.
pub(crate) struct Lookup<'v> {
    /// The key of each value's first word, the word's place in the value, the value's number, and the value; by key.
    words: Vec<(u64, usize, usize, &'v [u8])>,
    /// One bit for each hash of a key that one of them has, so that most words are passed over at once.
    bits: [u64; BITS / 64],
}

/// Many more bits than a session has values, and few enough to be cleared for each session.
const BITS: usize = 4096;

/// Whether a byte belongs to a word.
#[inline]
fn is_word(b: u8) -> bool {
    b >= 0x80 || b.is_ascii_alphanumeric()
}

/// Folds case, for telling what may be the same.
const SPACES: u64 = 0x2020_2020_2020_2020;

/// The first eight bytes of a word without case. Words that share them are told apart by comparing.
#[inline]
fn key(text: &[u8]) -> u64 {
    let length = text.iter().take(8).take_while(|b| is_word(**b)).count();
    bits::first(text, length) | SPACES
}

/// The bit for a key.
#[inline]
fn bit(key: u64) -> (usize, u64) {
    let at = (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % BITS;
    (at / 64, 1 << (at % 64))
}

/// Calls `each` with the place and the key of whatever may be the beginning of a value in a text.
#[inline]
fn words(text: &[u8], mut each: impl FnMut(usize, u64)) {
    let (mut from, mut carry) = (0, 0);
    bits::names(text, |block| {
        let mut begins = block & !(block << 1 | carry);
        carry = block >> 63;
        while begins != 0 {
            let bit = begins.trailing_zeros();
            begins &= begins - 1;
            let at = from + bit as usize;
            let length = (block >> bit).trailing_ones();
            // A word that reaches the end of the block may go on in the next one.
            match bit + length {
                64 => each(at, key(&text[at..])),
                _ => each(at, bits::first(&text[at..], length.min(8) as usize) | SPACES),
            }
            // `\n` inside JSON text: the letter belongs to the escape, not to the word.
            let escape = at > 0 && text[at - 1] == b'\\' && matches!(text[at], b'n' | b't' | b'r');
            if escape && text.get(at + 1).is_some_and(|b| is_word(*b)) {
                each(at + 1, key(&text[at + 1..]));
            }
        }
        from += 64;
    });
}

impl<'v> Lookup<'v> {
    /// Prepares values with their numbers, which are in lower case; one without any letter or digit is never found.
    pub(crate) fn new(values: impl Iterator<Item = (usize, &'v str)>) -> Self {
        let mut words = Vec::with_capacity(values.size_hint().0);
        let mut bits = [0; BITS / 64];
        for (number, value) in values {
            let bytes = value.as_bytes();
            let Some(at) = bytes.iter().position(|b| is_word(*b)) else { continue };
            let key = key(&bytes[at..]);
            let (word, mask) = bit(key);
            bits[word] |= mask;
            words.push((key, at, number, bytes));
        }
        words.sort_unstable();
        Lookup { words, bits }
    }

    /// Calls `each` with a value's number and its place in the text, wherever one stands alone.
    pub(crate) fn find(&self, text: &str, mut each: impl FnMut(usize, usize, usize)) {
        if self.words.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        words(bytes, |at, key| {
            let (word, mask) = bit(key);
            if self.bits[word] & mask != 0 {
                self.word(bytes, at, key, &mut each);
            }
        });
    }

    fn word(&self, text: &[u8], from: usize, key: u64, each: &mut impl FnMut(usize, usize, usize)) {
        let first = self.words.partition_point(|(k, ..)| *k < key);
        for &(_, at, number, value) in self.words[first..].iter().take_while(|(k, ..)| *k == key) {
            let Some(start) = from.checked_sub(at) else { continue };
            let end = start + value.len();
            if text.get(start..end).is_some_and(|t| t.eq_ignore_ascii_case(value)) && stands_alone(text, start, end) {
                each(number, start, end);
            }
        }
    }
}

/// True when the match is not part of a longer word or number, or of an address.
fn stands_alone(text: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).map(|i| text[i]);
    let escape = start >= 2 && text[start - 2] == b'\\' && matches!(text[start - 1], b'n' | b't' | b'r');
    let open = before.is_none_or(|b| !is_word(b)) || !is_word(text[start]) || escape;
    let close = text.get(end).is_none_or(|&b| !is_word(b)) || !is_word(text[end - 1]);
    // A word inside an address or a link is part of that.
    let plain = !text[start..end].iter().any(|b| matches!(b, b'.' | b'/' | b'@'));
    let joins = |i: Option<usize>, b: u8| {
        b == b'/' || b == b'@' || (b == b'.' && i.and_then(|i| text.get(i)).is_some_and(|&n| is_word(n)))
    };
    let linked = plain
        && (before.is_some_and(|b| joins(start.checked_sub(2), b))
            || text.get(end).is_some_and(|&b| b != b'/' && joins(Some(end + 1), b)));
    open && close && !linked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, values: &[&str]) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        Lookup::new(values.iter().copied().enumerate())
            .find(text, |n, from, to| found.push((n, text[from..to].to_owned())));
        found
    }

    #[test]
    fn values_are_found_whole_and_in_any_case() {
        assert_eq!(
            found("Mail Max.Smith@x.example now", &["max.smith@x.example", "max"]),
            [(0, "Max.Smith@x.example".to_owned())]
        );
        assert_eq!(found("pay 640.00 to CL-0044", &["640.00", "cl-0044", "64", "+44"]).len(), 2);
        assert_eq!(found("call +44 77 please", &["+44 77"]), [(0, "+44 77".to_owned())]);
        assert_eq!(found(r#""a\nAlice\n""#, &["alice"]).len(), 1);
        assert_eq!(found("see www.a.example/random and random", &["random"]).len(), 1);
        assert_eq!(found("größe Größe", &["größe"]).len(), 2);
        assert!(found("", &["a1"]).is_empty() && found("x", &["--"]).is_empty());
    }
}
