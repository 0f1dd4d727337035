//! What an encoding of one character stands for: percent signs, entities of HTML, characters that nobody sees, and the
//! signs of an address in words.

use super::copy::Edit;
use super::view::{FOREIGN, INVISIBLE};
use regex::bytes::Regex;
use std::sync::LazyLock;

/// All of them in a text, in order and apart, given where words for `@` stand.
pub(super) fn edits(text: &[u8], signs: &[usize]) -> Vec<Edit> {
    let mut edits: Vec<Edit> =
        memchr::memchr3_iter(b'%', b'&', INVISIBLE, text).filter_map(|at| one(text, at)).collect();
    for at in signs {
        spoken(text, *at, &mut edits);
    }
    if !signs.is_empty() {
        edits.sort_by_key(|e| e.range.start);
        let mut end = 0;
        edits.retain(|e| {
            let apart = e.range.start >= end;
            end = if apart { e.range.end } else { end };
            apart
        });
    }
    edits
}

fn one(text: &[u8], at: usize) -> Option<Edit> {
    match text[at] {
        b'%' => {
            let code = number(text.get(at + 1..at + 3)?, 16)?;
            let byte = match code as u8 {
                b'\n' | b'\r' => b'\n',
                0..=0x1f | 0x7f => b' ',
                other => other,
            };
            Some(Edit { range: at..at + 3, byte: Some(byte) })
        }
        b'&' => entity(text, at),
        _ => Some(Edit { range: at..at + 1, byte: None }),
    }
}

/// The longest name of an entity that is undone.
const NAME: usize = 9;

fn entity(text: &[u8], at: usize) -> Option<Edit> {
    let rest = text.get(at + 1..text.len().min(at + 2 + NAME))?;
    let length = memchr::memchr(b';', rest)?;
    let byte = match &rest[..length] {
        [b'#', b'x' | b'X', hex @ ..] => character(number(hex, 16)?),
        [b'#', digits @ ..] => character(number(digits, 10)?),
        b"commat" => Some(b'@'),
        b"period" => Some(b'.'),
        b"nbsp" => Some(b' '),
        b"amp" => Some(b'&'),
        b"lt" => Some(b'<'),
        b"gt" => Some(b'>'),
        b"quot" => Some(b'"'),
        b"apos" => Some(b'\''),
        b"colon" => Some(b':'),
        b"equals" => Some(b'='),
        b"plus" => Some(b'+'),
        b"num" => Some(b'#'),
        b"sol" => Some(b'/'),
        b"lowbar" => Some(b'_'),
        b"hyphen" | b"dash" => Some(b'-'),
        b"lpar" => Some(b'('),
        b"rpar" => Some(b')'),
        b"shy" | b"zwnj" | b"zwj" => None,
        _ => return None,
    };
    Some(Edit { range: at..at + length + 2, byte })
}

fn character(code: u32) -> Option<u8> {
    match code {
        0xad | 0x200b..=0x200d | 0x2060 | 0xfeff => None,
        0x20..=0x7e => Some(code as u8),
        0x0a | 0x0d => Some(b'\n'),
        0..=0x1f | 0xa0 => Some(b' '),
        0x2010..=0x2015 => Some(b'-'),
        _ => Some(FOREIGN),
    }
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    digits.iter().try_fold(0u32, |n, b| Some(n * base + char::from(*b).to_digit(base)?))
}

/// An address in words: `ruth (at) kelpline (dot) example`, `ruth at kelpline dot example`.
static SPOKEN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = r"(?i-u)[a-z0-9_+-](\s?[(\[{<]\s?(?:at|\xc3\xa4t|arroba|chez|apestaart)\s?[)\]}>]\s?|\s(?:at|arroba)\s)[a-z0-9-]+((?:\s?[(\[{<]\s?(?:dot|punkt|point|punto|ponto|punt)\s?[)\]}>]\s?|\s(?:dot|punkt)\s|\.)[a-z0-9-]+){1,4}";
    Regex::new(pattern).ok()
});
/// What stands for a point in it.
static POINT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\s?[(\[{<]\s?(?:dot|punkt|point|punto|ponto|punt)\s?[)\]}>]\s?|\s(?:dot|punkt)\s").ok()
});

/// How far from the word that hints at it an address in words may begin, and end.
const REACH: (usize, usize) = (96, 128);

fn spoken(text: &[u8], hint: usize, edits: &mut Vec<Edit>) {
    let (Some(address), Some(point)) = (&*SPOKEN, &*POINT) else { return };
    let from = hint.saturating_sub(REACH.0);
    let part = &text[from..text.len().min(hint + REACH.1)];
    for found in address.captures_iter(part) {
        let (Some(all), Some(sign)) = (found.get(0), found.get(1)) else { continue };
        // `look at example.com` is no address: without brackets, the points are words, too.
        let bare = sign.as_bytes().iter().all(|b| !b"([{<".contains(b));
        let rest = &part[sign.end()..all.end()];
        let points: Vec<_> = point.find_iter(rest).collect();
        if bare && points.is_empty() {
            continue;
        }
        let place = |start: usize, end: usize| from + start..from + end;
        edits.push(Edit { range: place(sign.start(), sign.end()), byte: Some(b'@') });
        edits.extend(
            points
                .iter()
                .map(|p| Edit { range: place(sign.end() + p.start(), sign.end() + p.end()), byte: Some(b'.') }),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, signs: &[usize]) -> String {
        let (mut out, mut at) = (Vec::new(), 0);
        for edit in edits(text.as_bytes(), signs) {
            out.extend_from_slice(&text.as_bytes()[at..edit.range.start]);
            out.extend(edit.byte);
            at = edit.range.end;
        }
        out.extend_from_slice(&text.as_bytes()[at..]);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn encodings_of_one_character_are_undone() {
        assert_eq!(read("a%3Ab %C3%A9 100% %zz %2540", &[]), "a:b é 100% %zz %40");
        assert_eq!(read("a&#64;b&#x2e;c &lt;d&gt; &unknown; & &#999999;", &[]), "a@b.c <d> &unknown; & \u{fffd}");
        assert_eq!(read("ruth (at) kelp (dot) example", &[5]), "ruth@kelp.example");
        assert_eq!(read("ruth at kelp dot example", &[12]), "ruth@kelp.example");
        assert_eq!(read("look at kelp.example (at) noon", &[20]), "look at kelp.example (at) noon");
    }
}
