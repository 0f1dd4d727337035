//! What an encoding of one character stands for: percent signs, entities of HTML, characters that nobody sees, and the
//! signs of an address in words.

use super::copy::Edit;
use super::look::{self, INVISIBLE};
use super::room::{List, Pace, Room};
use super::view::FOREIGN;
use regex::bytes::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// All of them in a text, in order and apart, given where words for `@` stand. `None` where there is no memory for them.
pub(super) fn edits<'r>(text: &[u8], signs: impl Iterator<Item = usize>, room: &'r Room) -> Option<List<'r, Edit>> {
    let each = || {
        let mut pace = Pace::default();
        let places = memchr::memchr3_iter(b'%', b'&', INVISIBLE, text);
        apart(places.take_while(move |at| !pace.is_over(*at, room)).filter_map(|at| one(text, at)))
    };
    let mut words = List::new(room);
    spoken(text, signs, room, &mut words);
    // Counted first: a list that grows takes twice as much.
    let mut edits = List::with_capacity(room, each().count() + words.len())?;
    each().chain(words.iter().copied()).for_each(|edit| edits.push(edit));
    if !words.is_empty() {
        let edits = edits.as_mut_vec();
        edits.sort_unstable_by_key(|e| (e.start(), e.end()));
        let mut end = 0;
        edits.retain(|e| is_behind(e, &mut end));
    }
    Some(edits)
}

/// Those in order that begin behind the end of the one before.
pub(super) fn apart(edits: impl Iterator<Item = Edit>) -> impl Iterator<Item = Edit> {
    let mut end = 0;
    edits.filter(move |edit| is_behind(edit, &mut end))
}

fn is_behind(edit: &Edit, end: &mut usize) -> bool {
    let apart = edit.start() >= *end;
    *end = if apart { edit.end() } else { *end };
    apart
}

fn one(text: &[u8], at: usize) -> Option<Edit> {
    match text[at] {
        b'%' => {
            let code = number(text.get(at + 1..at + 3)?, 16)?;
            Some(byte(text, at, code as u8))
        }
        b'&' => entity(text, at),
        _ => Some(Edit::of(at..at + 1, None)),
    }
}

/// A byte that its sign and two digits stand for, or with what follows the character that reads as one byte.
pub(super) fn byte(text: &[u8], at: usize, byte: u8) -> Edit {
    if byte >= 0xc2
        && let Some((look, signs)) = of_several(text, at)
    {
        return Edit::of(at..at + 3 * signs, Some(look).filter(|b| *b != INVISIBLE));
    }
    let byte = match byte {
        b'\n' | b'\r' => b'\n',
        0..=0x1f | 0x7f => b' ',
        other => other,
    };
    Edit::of(at..at + 3, Some(byte))
}

/// What several bytes in a row, each written as the same sign and two digits, read as together, and how many they are.
fn of_several(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let mut bytes = [0; 4];
    for (nth, byte) in bytes.iter_mut().enumerate() {
        let Some([sign, digits @ ..]) = text.get(at + 3 * nth..at + 3 * nth + 3) else { break };
        let Some(code) = number(digits, 16).filter(|_| *sign == text[at]) else { break };
        *byte = code as u8;
    }
    look::at(&bytes)
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
    Some(Edit::of(at..at + length + 2, byte))
}

fn character(code: u32) -> Option<u8> {
    match code {
        0x20..=0x7e => Some(code as u8),
        0x0a | 0x0d => Some(b'\n'),
        0..=0x1f => Some(b' '),
        _ => Some(look::of(code).unwrap_or(FOREIGN)).filter(|b| *b != INVISIBLE),
    }
}

pub(super) fn number(digits: &[u8], base: u32) -> Option<u32> {
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

/// Bytes that are searched for addresses in words at most before the next look at the flag.
const STRETCH: usize = 4 << 10;

fn spoken(text: &[u8], signs: impl Iterator<Item = usize>, room: &Room, edits: &mut List<'_, Edit>) {
    let mut signs = signs.peekable();
    // Where the last address ended: signs that stand close together lead to the same ones.
    let mut after = 0;
    while let Some(first) = signs.next() {
        if room.is_over() {
            return;
        }
        let mut last = first;
        while let Some(close) = signs.next_if(|sign| *sign < first + STRETCH) {
            last = close;
        }
        let from = first.saturating_sub(REACH.0).max(after);
        after = addresses(text, from..text.len().min(last + REACH.1), edits).max(after);
    }
}

/// Addresses in words in a part of a text. Gives where the last of them ends.
fn addresses(text: &[u8], part: Range<usize>, edits: &mut List<'_, Edit>) -> usize {
    let (Some(address), Some(point)) = (&*SPOKEN, &*POINT) else { return part.end };
    let (from, part) = (part.start, text.get(part).unwrap_or_default());
    let mut last = 0;
    for found in address.captures_iter(part) {
        let (Some(all), Some(sign)) = (found.get(0), found.get(1)) else { continue };
        // `look at example.com` is no address: without brackets, the points are words, too.
        let bare = sign.as_bytes().iter().all(|b| !b"([{<".contains(b));
        let rest = &part[sign.end()..all.end()];
        if bare && !point.is_match(rest) {
            continue;
        }
        last = from + all.end();
        let place = |start: usize, end: usize| from + start..from + end;
        edits.push(Edit::of(place(sign.start(), sign.end()), Some(b'@')));
        for found in point.find_iter(rest) {
            edits.push(Edit::of(place(sign.end() + found.start(), sign.end() + found.end()), Some(b'.')));
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Stop;
    use crate::redact::test_support::applied;

    fn read(text: &str, signs: &[usize]) -> String {
        let room = Room::new(u64::MAX, &Stop::default());
        let edits = edits(text.as_bytes(), signs.iter().copied(), &room).expect("there is room");
        applied(text, edits.iter())
    }

    #[test]
    fn encodings_of_one_character_are_undone() {
        assert_eq!(read("a%3Ab %C3%A9 100% %zz %2540", &[]), "a:b é 100% %zz %40");
        assert_eq!(read("a&#64;b&#x2e;c &lt;d&gt; &unknown; & &#999999;", &[]), "a@b.c <d> &unknown; & \u{fffd}");
        assert_eq!(read("a%EF%BC%A0b%E2%80%8Bc%C2%A0d %EF%BC &#xff20;", &[]), "a@bc d \u{fffd} @");
        assert_eq!(read("ruth (at) kelp (dot) example", &[5]), "ruth@kelp.example");
        assert_eq!(read("ruth at kelp dot example", &[12]), "ruth@kelp.example");
        assert_eq!(read("look at kelp.example (at) noon", &[20]), "look at kelp.example (at) noon");
    }
}
