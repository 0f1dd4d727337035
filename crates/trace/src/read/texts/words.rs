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

/// Hands over the fingerprint of every few tokens that stand together in a text, until it is told to stop. What differs between a text
/// and its copy inside of JSON does not count: spaces, punctuation, escapes.
pub fn stretches(text: &str, mut each: impl FnMut(u64) -> bool) {
    let mut last = [0u64; TOGETHER];
    let mut seen = 0usize;
    let mut token = |hash: u64| {
        last.rotate_left(1);
        last[TOGETHER - 1] = hash;
        seen += 1;
        seen < TOGETHER || {
            let mut all = crate::hash::printer();
            last.iter().for_each(|hash| all.write_u64(*hash));
            each(all.finish())
        }
    };
    let mut here = 0u64;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let c = if c == '\\' { unescaped(&mut chars) } else { c };
        if c.is_ascii_alphanumeric() {
            here = mixed(here, u32::from(c.to_ascii_lowercase()));
            continue;
        }
        let is_letter = !c.is_ascii() && c.is_alphanumeric();
        if is_letter && !is_unspaced(c) {
            here = mixed(here, u32::from(c));
            continue;
        }
        if here != 0 && !token(std::mem::take(&mut here)) {
            return;
        }
        if is_letter && !token(mixed(0, u32::from(c))) {
            return;
        }
    }
    if here != 0 {
        token(here);
    }
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

/// How much of a text, in percent, is in stretches that are known. `known` tells it of every stretch, in order.
pub fn covered(known: impl Iterator<Item = bool>) -> usize {
    let (mut tokens, mut covered, mut end) = (TOGETHER - 1, 0usize, 0usize);
    for (at, is_known) in known.enumerate() {
        tokens += 1;
        if is_known {
            covered += at + TOGETHER - end.max(at);
            end = at + TOGETHER;
        }
    }
    covered * 100 / tokens
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
            "2026-01-01 10:00:00 2026-01-01 11:00:00",
        ] {
            assert!(!is_prose(text), "{text}");
        }
    }

    fn of(text: &str) -> Vec<u64> {
        let mut all = Vec::new();
        stretches(text, |stretch| {
            all.push(stretch);
            true
        });
        all
    }

    fn percent(text: &str, placed: &[&str]) -> usize {
        let known: Vec<u64> = placed.iter().flat_map(|text| of(text)).collect();
        covered(of(text).into_iter().map(|stretch| known.contains(&stretch)))
    }

    #[test]
    fn copies_are_known_again_in_other_spellings() {
        let said = "Please cancel\nthe order 4711, it is \"late\".";
        assert_eq!(percent(said, &[said]), 100);
        assert_eq!(percent(said, &[r#"{"a":"Please cancel\nthe order 4711, it is \"late\"."}"#]), 100);
        assert_eq!(percent("cancel the  order 4711", &[said]), 100);
        assert_eq!(percent("Größe ändern bitte sehr", &[r"die Gr\u00f6\u00dfe \u00e4ndern bitte sehr"]), 100);
        assert_eq!(percent("one two three four five six seven eight", &["one two three four", "five six seven eight"]), 100);
        assert_eq!(percent("please do not cancel it", &[said]), 0);
        assert_eq!(percent("客户要求取消订单", &["今天客户要求取消订单并退款"]), 100);
        assert!(percent("cancel the order 4711, and then something else", &[said]) < 60);
    }
}
