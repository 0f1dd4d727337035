//! Many short values, looked for in many texts in one pass.
//!
//! A session has dozens of values and is seen once, so that an automaton would cost more to build than it saves. Every
//! value begins with a word; the words of a text are hashed as they pass, and only where one begins a value is it compared.

/// Values ready to be looked for.
pub(crate) struct Lookup<'v> {
    values: &'v [String],
    /// Hash of each value's first word, the word's place in the value, and the value's number; by hash.
    words: Vec<(u64, usize, usize)>,
    /// One bit for each hash that occurs, so that most words are passed over at once.
    bits: Vec<u64>,
}

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;
const BITS: u64 = 1 << 14;

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b >= 0x80
}

fn add(hash: u64, b: u8) -> u64 {
    (hash ^ u64::from(b.to_ascii_lowercase())).wrapping_mul(PRIME)
}

fn bit(hash: u64) -> (usize, u64) {
    let at = (hash ^ (hash >> 32)) % BITS;
    ((at / 64) as usize, 1 << (at % 64))
}

impl<'v> Lookup<'v> {
    /// Prepares values, which are in lower case; one without any letter or digit is never found.
    pub(crate) fn new(values: &'v [String]) -> Self {
        let mut words = Vec::with_capacity(values.len());
        let mut bits = vec![0; (BITS / 64) as usize];
        for (number, value) in values.iter().enumerate() {
            let bytes = value.as_bytes();
            let Some(at) = bytes.iter().position(|b| is_word(*b)) else { continue };
            let hash = bytes[at..].iter().take_while(|b| is_word(**b)).fold(START, |h, b| add(h, *b));
            let (word, mask) = bit(hash);
            bits[word] |= mask;
            words.push((hash, at, number));
        }
        words.sort_unstable();
        Lookup { values, words, bits }
    }

    /// Calls `each` with a value's number and its place in the text, wherever one stands alone.
    pub(crate) fn find(&self, text: &str, mut each: impl FnMut(usize, usize, usize)) {
        let bytes = text.as_bytes();
        let mut hash = START;
        let mut start = None;
        for i in 0..=bytes.len() {
            if let Some(&b) = bytes.get(i).filter(|b| is_word(**b)) {
                start.get_or_insert(i);
                hash = add(hash, b);
                continue;
            }
            let Some(from) = start.take() else { continue };
            self.word(bytes, from, hash, &mut each);
            // `\n` inside JSON text: the letter belongs to the escape, not to the word.
            if from > 0 && bytes[from - 1] == b'\\' && matches!(bytes[from], b'n' | b't' | b'r') && i > from + 1 {
                let rest = bytes[from + 1..i].iter().fold(START, |h, b| add(h, *b));
                self.word(bytes, from + 1, rest, &mut each);
            }
            hash = START;
        }
    }

    fn word(&self, text: &[u8], from: usize, hash: u64, each: &mut impl FnMut(usize, usize, usize)) {
        let (word, mask) = bit(hash);
        if self.bits[word] & mask == 0 {
            return;
        }
        let first = self.words.partition_point(|(h, _, _)| *h < hash);
        for &(_, at, number) in self.words[first..].iter().take_while(|(h, _, _)| *h == hash) {
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
