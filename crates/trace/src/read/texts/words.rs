//! Which texts read like words, and what two texts have in common.

use std::hash::Hasher;

/// Words from which a text reads like something that somebody said.
const WORDS: usize = 4;
/// Tokens that stand together in both texts where one is a copy of a part of the other.
const TOGETHER: usize = 4;
/// The longest word in characters: what is longer is an ID or encoded.
const LONGEST: usize = 30;
/// Bytes of a text that are looked at for words.
const LOOKED_AT: usize = 2000;

/// True for a string as it is written that may read like words: cheap, before it is decoded.
pub fn may_be_prose(written: &[u8]) -> bool {
    if written.len() < 8 {
        return false;
    }
    let spaced = memchr::memchr3_iter(b' ', b'\n', b'\\', written).take(WORDS - 1).count();
    spaced >= WORDS - 1 || written.len() > 12 && !written.is_ascii()
}

/// True for a text with at least four words, most of it words: no path, URL, ID, encoded data or code.
pub fn is_prose(text: &str) -> bool {
    let head = &text[..text.floor_char_boundary(LOOKED_AT)];
    let (mut words, mut others) = (0, 0);
    for token in head.split_whitespace() {
        match words_in(token) {
            0 => others += 1,
            found => words += found,
        }
    }
    words >= WORDS && words >= others
}

/// How many words a text without white space is: letters alone, with a hyphen or an apostrophe at most. Scripts without spaces
/// have two characters to a word, about.
fn words_in(token: &str) -> usize {
    // A key or a string of JSON or Python.
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'');
    let notation = |pair: &[u8]| is_quote(&pair[0]) && matches!(pair[1], b':' | b',' | b'}' | b']' | b')');
    if token.as_bytes().windows(2).any(notation) {
        return 0;
    }
    let core = token.trim_matches(|c: char| !c.is_alphanumeric());
    let unspaced = core.chars().filter(|c| is_unspaced(*c)).count();
    if unspaced > 1 {
        return unspaced / 2;
    }
    let is_word = |c: char| c.is_alphabetic() || !c.is_ascii() || matches!(c, '\'' | '-');
    let letters = core.chars().take(LONGEST + 1).filter(|c| c.is_alphabetic()).count();
    usize::from(letters > 0 && letters <= LONGEST && core.chars().all(is_word))
}

/// True for a character of a script that puts no spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c),
        0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

/// A piece of a text that is compared: a word, a number, or a character of a script without spaces.
pub struct Token {
    hash: u64,
    /// The byte behind it.
    end: usize,
    is_char: bool,
}

/// Hands over the tokens of a text, until it is told to stop. What differs between a text and its copy inside of JSON or markup is in none:
/// spaces, punctuation, escapes, tags.
pub fn tokens(text: &str, mut each: impl FnMut(Token) -> bool) {
    let mut here = 0u64;
    let mut chars = text.chars();
    loop {
        let end = text.len() - chars.as_str().len();
        let Some(c) = chars.next() else { break };
        let c = match c {
            '\\' => unescaped(&mut chars),
            '<' => behind_tag(&mut chars),
            c => c,
        };
        if c.is_ascii_alphanumeric() {
            here = mixed(here, u32::from(c.to_ascii_lowercase()));
            continue;
        }
        let is_letter = !c.is_ascii() && c.is_alphanumeric();
        if is_letter && !is_unspaced(c) {
            here = mixed(here, u32::from(c));
            continue;
        }
        if here != 0 && !each(Token { hash: std::mem::take(&mut here), end, is_char: false }) {
            return;
        }
        let end = text.len() - chars.as_str().len();
        if is_letter && !each(Token { hash: mixed(0, u32::from(c)), end, is_char: true }) {
            return;
        }
    }
    if here != 0 {
        each(Token { hash: here, end: text.len(), is_char: false });
    }
}

/// The fingerprints of every few tokens that stand together.
#[derive(Default)]
pub struct Stretches {
    last: [u64; TOGETHER],
    seen: usize,
}

impl Stretches {
    /// The stretch that ends with a token.
    pub fn next(&mut self, token: &Token) -> Option<u64> {
        self.last.rotate_left(1);
        self.last[TOGETHER - 1] = token.hash;
        self.seen += 1;
        (self.seen >= TOGETHER).then(|| {
            let mut all = crate::hash::printer();
            self.last.iter().for_each(|hash| all.write_u64(*hash));
            all.finish()
        })
    }
}

/// Which tokens of a text are words.
pub struct Weights<'t> {
    text: &'t str,
    /// The part without white space that the last token is in: its end, and whether it is a word.
    part: (usize, bool),
}

impl<'t> Weights<'t> {
    pub fn of(text: &'t str) -> Self {
        Weights { text, part: (0, false) }
    }

    /// Twice how many words a token is. Tokens are asked for in order.
    pub fn next(&mut self, token: &Token) -> u8 {
        let is_first = token.end > self.part.0;
        while token.end > self.part.0 {
            let rest = &self.text[self.part.0..];
            let from = rest.len() - rest.trim_start().len();
            let len = rest[from..].find(char::is_whitespace).unwrap_or(rest.len() - from);
            if len == 0 {
                return 0;
            }
            self.part = (self.part.0 + from + len, words_in(&rest[from..from + len]) > 0);
        }
        match (self.part.1, token.is_char) {
            (true, true) => 1,
            (true, false) if is_first => 2,
            _ => 0,
        }
    }
}

/// Goes behind a tag of markup, such as `</answer>`, if one begins here.
fn behind_tag(chars: &mut std::str::Chars<'_>) -> char {
    const LONGEST: usize = 40;
    let rest = chars.as_str();
    let name = rest.strip_prefix('/').unwrap_or(rest);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let len = name.bytes().take(LONGEST).take_while(is_name).count();
    if len > 0 && name.as_bytes().get(len) == Some(&b'>') {
        *chars = name[len + 1..].chars();
    }
    ' '
}

fn mixed(hash: u64, c: u32) -> u64 {
    (hash.rotate_left(5) ^ u64::from(c)).wrapping_mul(0x517c_c1b7_2722_0a95) | 1
}

/// The character that an escape of JSON stands for; a space where it stands for none that matters.
fn unescaped(chars: &mut std::str::Chars<'_>) -> char {
    let rest = chars.as_str();
    match rest.as_bytes().first() {
        Some(b'n' | b'r' | b't') => {
            chars.next();
            ' '
        }
        Some(b'u') => {
            let code = rest.get(1..5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
            if code.is_some() {
                *chars = rest[5..].chars();
            }
            code.and_then(char::from_u32).unwrap_or(' ')
        }
        _ => ' ',
    }
}

/// True for a text of which a passage is left that is in no stretch that is known, and reads like words. `weights` are those of its tokens, and `known`
/// tells of each of its stretches, in order.
pub fn is_left(weights: &[u8], known: impl Iterator<Item = bool>) -> bool {
    let mut known = known.fuse();
    let (mut covered, mut left) = (0usize, 0usize);
    for (at, weight) in weights.iter().enumerate() {
        if known.next() == Some(true) {
            covered = at + TOGETHER;
        }
        left = if at < covered { 0 } else { left + usize::from(*weight) };
        if left >= WORDS * 2 {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_ids_paths_and_code() {
        for text in [
            "please cancel my order",
            "Der Kunde möchte nicht, dass es storniert wird.",
            "お客様は注文のキャンセルを希望しています",
            "客户要求取消订单并退款",
            "ลูกค้าต้องการยกเลิกคำสั่งซื้อ",
            "Пользователь просит вернуть деньги",
            "I said: don't refund order 4711!",
        ] {
            assert!(may_be_prose(format!("\"{text}\"").as_bytes()) && is_prose(text), "{text}");
        }
        for text in [
            "gpt-4o-2024-08-06",
            "/usr/local/lib/python3.12/site-packages/a.py",
            "https://example.org/a b",
            "b3f1c1d0 9a8b7c6d 5e4f3a2b 1c0d9e8f 77aa66bb",
            "QmFzZTY0IGVuY29kZWQ= c29tZSBkYXRh ZGF0YSBkYXRh",
            "x = f(1); y = g(x); z[0] = y",
            "in progress",
            "{'id': 'c1', 'type': 'function', 'name': 'find', 'all': True}",
            "2026-01-01 10:00:00 2026-01-01 11:00:00",
        ] {
            assert!(!is_prose(text), "{text}");
        }
    }

    fn is_unread(text: &str, placed: &[&str]) -> bool {
        let all = |text: &str| {
            let (mut all, mut weights, mut stretches, mut words) =
                (Vec::new(), Vec::new(), Stretches::default(), Weights::of(text));
            tokens(text, |token| {
                weights.push(words.next(&token));
                all.extend(stretches.next(&token));
                true
            });
            (all, weights)
        };
        let known: Vec<u64> = placed.iter().flat_map(|text| all(text).0).collect();
        let (stretches, weights) = all(text);
        is_left(&weights, stretches.into_iter().map(|stretch| known.contains(&stretch)))
    }

    #[test]
    fn copies_are_known_again_in_other_spellings() {
        let said = "Please cancel\nthe order 4711, it is \"late\".";
        for copy in [
            said,
            "cancel the  order 4711 it is late",
            "Status: please cancel the order 4711",
            "<answer>Please cancel the order 4711, it is late</answer>",
            r"[Message(role='user', text='Please cancel\nthe order 4711, it is \'late\'.', tool_calls=None, usage=Usage(tokens=1))]",
        ] {
            assert!(!is_unread(copy, &[said]), "{copy}");
            assert_eq!(is_unread(copy, &["something else that was said"]), is_prose(copy), "{copy}");
        }
        assert!(!is_unread(said, &[r#"{"a":"Please cancel\nthe order 4711, it is \"late\"."}"#]));
        assert!(!is_unread("Größe ändern bitte sehr", &[r"die Gr\u00f6\u00dfe \u00e4ndern bitte sehr"]));
        assert!(!is_unread("one two three four five six seven eight", &["one two three four", "five six seven eight"]));
        assert!(!is_unread("客户要求取消订单并退款", &["今天客户要求取消订单并退款"]));
        assert!(
            is_unread("客户要求取消订单并退款", &["今天客户要求取消订"])
                == is_unread("order 4711 is late", &["order 4711 is"])
        );
    }

    #[test]
    fn a_sentence_that_is_lost_in_a_long_text_is_unread() {
        let said = "Please cancel the order 4711, it is late.";
        assert!(is_unread("please do not cancel it", &[said]));
        assert!(is_unread("Please cancel the order 4711, it is late. But keep order 4712 as it is", &[said]));
        assert!(is_unread("客户要求取消订单。但是请保留另外一个订单", &["客户要求取消订单。"]));
    }
}
