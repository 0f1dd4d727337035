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
    /// One bit for each key that occurs, so that most words are passed over at once.
    bits: Vec<u64>,
}

const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
/// How many bits there are, as a power of two.
const BITS: u32 = 14;

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

fn is_word(b: u8) -> bool {
    WORD[b as usize]
}

/// The first eight bytes of a word without case. Words that share them are told apart by comparing.
fn key(word: &[u8]) -> u64 {
    let mut first = [0; 8];
    match word.first_chunk::<8>() {
        Some(chunk) => first = *chunk,
        None => first.iter_mut().zip(word).for_each(|(to, from)| *to = *from),
    }
    u64::from_le_bytes(first) | 0x2020_2020_2020_2020
}

fn bit(key: u64) -> (usize, u64) {
    let at = key.wrapping_mul(PRIME) >> (64 - BITS);
    ((at / 64) as usize, 1 << (at % 64))
}

impl<'v> Lookup<'v> {
    /// Prepares values, which are in lower case; one without any letter or digit is never found.
    pub(crate) fn new(values: &'v [String]) -> Self {
        let mut words = Vec::with_capacity(values.len());
        let mut bits = vec![0; 1 << (BITS - 6)];
        for (number, value) in values.iter().enumerate() {
            let bytes = value.as_bytes();
            let Some(at) = bytes.iter().position(|b| is_word(*b)) else { continue };
            let end = bytes[at..].iter().position(|b| !is_word(*b)).map_or(bytes.len(), |n| at + n);
            let key = key(&bytes[at..end]);
            let (word, mask) = bit(key);
            bits[word] |= mask;
            words.push((key, at, number));
        }
        words.sort_unstable();
        Lookup { values, words, bits }
    }

    /// Calls `each` with a value's number and its place in the text, wherever one stands alone.
    pub(crate) fn find(&self, text: &str, mut each: impl FnMut(usize, usize, usize)) {
        let bytes = text.as_bytes();
        if self.words.is_empty() {
            return;
        }
        let mut at = 0;
        while let Some(from) = bytes[at..].iter().position(|b| is_word(*b)).map(|n| at + n) {
            let end = bytes[from..].iter().position(|b| !is_word(*b)).map_or(bytes.len(), |n| from + n);
            self.word(bytes, from, end, &mut each);
            // `\n` inside JSON text: the letter belongs to the escape, not to the word.
            if from > 0 && bytes[from - 1] == b'\\' && matches!(bytes[from], b'n' | b't' | b'r') && end > from + 1 {
                self.word(bytes, from + 1, end, &mut each);
            }
            at = end;
        }
    }

    fn word(&self, text: &[u8], from: usize, end: usize, each: &mut impl FnMut(usize, usize, usize)) {
        let key = key(&text[from..end]);
        let (word, mask) = bit(key);
        if self.bits[word] & mask == 0 {
            return;
        }
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
