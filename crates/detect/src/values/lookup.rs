//! Many short values, looked for in many texts in one pass.
//!
//! A session has dozens of values and is seen once, so that an automaton would cost more to build than it saves. Every
//! value begins with a word; of each word of a text only the first bytes are looked up as it passes, and only where they
//! begin a value is it compared.

/// Values ready to be looked for.
pub(crate) struct Lookup<'v> {
    values: &'v [String],
    /// The key of each value's first word, the word's place in the value, and the value's number; by key.
    words: Vec<(u64, usize, usize)>,
    /// One bit for each two bytes with which one of them begins, so that most words are passed over at once.
    bits: Vec<u64>,
}

/// One bit for each two bytes.
const BITS: usize = 1 << 16;

/// Whether a byte belongs to a word, by byte: looked up for every byte of a session.
const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = b >= 0x80 || (b as u8).is_ascii_alphanumeric();
        b += 1;
    }
    table
};

#[inline]
fn is_word(b: u8) -> bool {
    WORD[b as usize]
}

/// The first eight bytes of a word without case. Words that share them are told apart by comparing.
fn key(text: &[u8]) -> u64 {
    let mut first = [0; 8];
    let length = text.iter().take(8).take_while(|b| is_word(**b)).count();
    first[..length].copy_from_slice(&text[..length]);
    u64::from_le_bytes(first) | 0x2020_2020_2020_2020
}

/// The bit for a word's first two bytes, without case.
#[inline]
fn bit(first: u8, second: u8) -> (usize, u64) {
    let at = usize::from(first & 0xdf) << 8 | usize::from(second & 0xdf);
    (at / 64, 1 << (at % 64))
}

impl<'v> Lookup<'v> {
    /// Prepares values, which are in lower case; one without any letter or digit is never found.
    pub(crate) fn new(values: &'v [String]) -> Self {
        let mut words = Vec::with_capacity(values.len());
        let mut bits = vec![0; BITS / 64];
        for (number, value) in values.iter().enumerate() {
            let bytes = value.as_bytes();
            let Some(at) = bytes.iter().position(|b| is_word(*b)) else { continue };
            let (word, mask) = bit(bytes[at], bytes.get(at + 1).copied().unwrap_or(0));
            // A word of one letter may have anything behind it.
            match bytes.get(at + 1).is_some_and(|b| is_word(*b)) {
                true => bits[word] |= mask,
                false => (0..=u8::MAX).map(|b| bit(bytes[at], b)).for_each(|(word, mask)| bits[word] |= mask),
            }
            words.push((key(&bytes[at..]), at, number));
        }
        words.sort_unstable();
        Lookup { values, words, bits }
    }

    /// Calls `each` with a value's number and its place in the text, wherever one stands alone.
    pub(crate) fn find(&self, text: &str, mut each: impl FnMut(usize, usize, usize)) {
        if self.words.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let mut carry = 0;
        for (block, from) in bytes.chunks(64).zip((0..).step_by(64)) {
            // A bit for each byte of a word, then one for each byte that begins one: no branch until there is a word.
            let letters = block.iter().rev().fold(0u64, |bits, b| bits << 1 | u64::from(is_word(*b)));
            let mut begins = letters & !(letters << 1 | carry);
            carry = letters >> 63;
            while begins != 0 {
                let at = from + begins.trailing_zeros() as usize;
                begins &= begins - 1;
                self.begin(bytes, at, &mut each);
            }
        }
    }

    /// Looks at the word that begins at `from`.
    #[inline]
    fn begin(&self, bytes: &[u8], from: usize, each: &mut impl FnMut(usize, usize, usize)) {
        if self.may_begin(bytes, from) {
            self.word(bytes, from, each);
        }
        // `\n` inside JSON text: the letter belongs to the escape, not to the word.
        let escape = from > 0 && bytes[from - 1] == b'\\' && matches!(bytes[from], b'n' | b't' | b'r');
        if escape && bytes.get(from + 1).is_some_and(|b| is_word(*b)) && self.may_begin(bytes, from + 1) {
            self.word(bytes, from + 1, each);
        }
    }

    /// True unless no value's first word begins with the two bytes that stand here.
    #[inline]
    fn may_begin(&self, bytes: &[u8], from: usize) -> bool {
        let (word, mask) = bit(bytes[from], bytes.get(from + 1).copied().unwrap_or(0));
        self.bits[word] & mask != 0
    }

    fn word(&self, text: &[u8], from: usize, each: &mut impl FnMut(usize, usize, usize)) {
        let key = key(&text[from..]);
        let first = self.words.partition_point(|(k, _, _)| *k < key);
        for &(_, at, number) in self.words[first..].iter().take_while(|(k, _, _)| *k == key) {
            let value = self.values[number].as_bytes();
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
        let values: Vec<String> = values.iter().map(|v| (*v).to_owned()).collect();
        let mut found = Vec::new();
        Lookup::new(&values).find(text, |n, from, to| found.push((n, text[from..to].to_owned())));
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
