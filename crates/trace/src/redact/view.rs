//! The text as it reads, whatever it is wrapped in: escapes of JSON at any depth and the few percent signs that hide an
//! address are undone, blanks and hyphens are plain ones. Each byte of the view stands for one piece of the original, so
//! that a place in it leads back to the very bytes.

use super::room::{Held, Room};
use super::scan;

/// The view of a text.
pub(super) struct View<'t, 'r> {
    raw: &'t [u8],
    /// As it reads, one byte for each piece.
    pub(super) text: Vec<u8>,
    /// Places that belong together, in the view and in the original, at least [`STEP`] apart.
    marks: Vec<(usize, usize)>,
    held: Held<'r>,
}

/// How far a place is at most from a mark.
const STEP: usize = 8 << 10;
/// Bytes that a mark takes in a list that doubles as it grows.
const MARK: usize = 64;
/// What stands for a character beyond ASCII that was written as an escape. Never valid in UTF-8.
pub(super) const FOREIGN: u8 = 0xff;

/// What stands for a character that nobody sees. Never valid in UTF-8.
pub(super) const INVISIBLE: u8 = 0xfe;

/// Bytes that may begin a piece longer than one byte: a backslash, a percent sign, and the first bytes of U+00A0, of
/// U+2000 to U+2FFF, of U+3000, of U+F000 to U+FFFF.
static SPECIAL: [bool; 256] = {
    let mut table = [false; 256];
    table[b'\\' as usize] = true;
    table[b'%' as usize] = true;
    table[0xc2] = true;
    table[0xe2] = true;
    table[0xe3] = true;
    table[0xef] = true;
    table
};

impl<'t, 'r> View<'t, 'r> {
    /// Reads a text; `None` where there is no memory for it, or the caller ends it.
    pub(super) fn of(raw: &'t [u8], room: &'r Room) -> Option<Self> {
        let held = room.hold(raw.len() + raw.len() / STEP * MARK)?;
        let mut text = Vec::with_capacity(raw.len());
        let mut marks = vec![(0, 0)];
        let (mut at, mut marked) = (0, 0);
        while at < raw.len() {
            if text.len() >= marked + STEP {
                marked = text.len();
                marks.push((marked, at));
                if room.is_over() {
                    return None;
                }
            }
            let until = raw.len().min(at + STEP);
            let next = special(&raw[..until], at);
            text.extend_from_slice(&raw[at..next]);
            at = next;
            // Pieces often come in a row.
            while at < raw.len() && SPECIAL[usize::from(raw[at])] && text.len() < marked + 2 * STEP {
                let (byte, length) = piece(raw, at);
                text.push(byte);
                at += length;
            }
        }
        Some(View { raw, text, marks, held })
    }

    /// The text alone, where no place in it leads back.
    pub(super) fn into_text(self) -> Read<'r> {
        Read { text: self.text, _held: self.held }
    }

    /// Leads places back to the original, best in ascending order.
    pub(super) fn places(&self) -> Places<'_, 't, 'r> {
        Places { view: self, there: 0, at: 0 }
    }
}

/// A text as it reads, with the memory that it takes.
pub(super) struct Read<'r> {
    text: Vec<u8>,
    _held: Held<'r>,
}

impl std::ops::Deref for Read<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.text
    }
}

/// A way through a view that remembers where it is.
pub(super) struct Places<'v, 't, 'r> {
    view: &'v View<'t, 'r>,
    there: usize,
    at: usize,
}

impl Places<'_, '_, '_> {
    /// The place in the original of a place in the view.
    pub(super) fn of(&mut self, wanted: usize) -> usize {
        let View { raw, marks, .. } = self.view;
        let mark = marks.partition_point(|(there, _)| *there <= wanted).saturating_sub(1);
        if let Some(&(there, at)) = marks.get(mark)
            && (self.there > wanted || self.there < there)
        {
            (self.there, self.at) = (there, at);
        }
        while self.there < wanted && self.at < raw.len() {
            let until = raw.len().min(self.at + wanted - self.there);
            let next = special(&raw[..until], self.at);
            self.there += next - self.at;
            self.at = next;
            while self.there < wanted && self.at < raw.len() && SPECIAL[usize::from(raw[self.at])] {
                self.at += piece(raw, self.at).1;
                self.there += 1;
            }
        }
        self.at
    }
}

/// The first byte at or behind a place that may begin a piece longer than one byte, else where the text ends.
fn special(raw: &[u8], from: usize) -> usize {
    scan::special(raw, from, |b| SPECIAL[usize::from(b)]).unwrap_or(raw.len())
}

/// The piece that begins here, as one byte, and its length.
fn piece(raw: &[u8], at: usize) -> (u8, usize) {
    let rest = &raw[at..];
    match rest {
        // Most pieces by far.
        [b'\\', b'n', ..] => (b'\n', 2),
        [b'\\', b'"', ..] => (b'"', 2),
        [b'%', b'4', b'0', ..] => (b'@', 3),
        [b'%', b'2', b'b' | b'B', ..] => (b'+', 3),
        [0xc2, 0xad, ..] => (INVISIBLE, 2),
        [0xe2, 0x80, 0x8b..=0x8d, ..] | [0xe2, 0x81, 0xa0, ..] | [0xef, 0xbb, 0xbf, ..] => (INVISIBLE, 3),
        [0xc2, 0xa0, ..] => (b' ', 2),
        [0xe2, 0x80, 0x80..=0x8a | 0xaf, ..] | [0xe3, 0x80, 0x80, ..] => (b' ', 3),
        [0xe2, 0x80, 0x90..=0x95, ..] | [0xe2, 0x88, 0x92, ..] => (b'-', 3),
        [b'\\', ..] => escape(rest),
        [byte, ..] => (*byte, 1),
        [] => (0, 1),
    }
}

/// More backslashes than this are no nesting.
const DEEPEST: usize = 64;

/// A run of backslashes with what it escapes: text inside JSON inside JSON doubles the run at each level.
fn escape(rest: &[u8]) -> (u8, usize) {
    let run = rest.iter().take(DEEPEST).take_while(|b| **b == b'\\').count();
    match rest.get(run) {
        Some(quote @ (b'"' | b'/' | b'\'')) => (*quote, run + 1),
        Some(b'n' | b'r') => (b'\n', run + 1),
        Some(b't') => (b'\t', run + 1),
        Some(b'b' | b'f') => (b' ', run + 1),
        Some(b'u') => match rest.get(run + 1..run + 5).and_then(hex) {
            Some(code) => (character(code), run + 5),
            None => (b'\\', run),
        },
        _ => (b'\\', run),
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |n, b| Some(n << 4 | char::from(*b).to_digit(16)?))
}

fn character(code: u32) -> u8 {
    match code {
        0xa0 | 0x2000..=0x200a | 0x202f | 0x3000 => b' ',
        0x2010..=0x2015 | 0x2212 => b'-',
        0xad | 0x200b..=0x200d | 0x2060 | 0xfeff => INVISIBLE,
        0x0a | 0x0d => b'\n',
        0x20..=0x7e => code as u8,
        0..=0x1f => b' ',
        _ => FOREIGN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Stop;
    use proptest::prelude::*;

    fn read(text: &str) -> String {
        let room = Room::new(u64::MAX, &Stop::default());
        String::from_utf8_lossy(&View::of(text.as_bytes(), &room).expect("there is room").text).into_owned()
    }

    #[test]
    fn escapes_are_undone_at_any_depth() {
        assert_eq!(read(r#"a\nb \"c\" \\\"d\\\" \\\\n\u0040 \\u003c"#), "a\nb \"c\" \"d\" \n@ <");
        assert_eq!(read("x%40y %2b49 20%"), "x@y +49 20%");
        assert_eq!(read("a\u{a0}b\u{2011}c\u{2019}"), "a b-c\u{2019}");
        assert_eq!(read(r"C:\\work \d \"), "C:\\work \\d \\");
    }

    proptest! {
        #[test]
        fn every_place_leads_back(text in r#"(?:[a-z@ ]{0,5}|\\{1,5}["nut/x]?|%40|\\u00[0-9a-f]{2}|é|\x{a0}|—){0,12}"#) {
            let room = Room::new(u64::MAX, &Stop::default());
            let view = View::of(text.as_bytes(), &room).expect("there is room");
            let mut way = view.places();
            let places: Vec<usize> = (0..=view.text.len()).map(|p| way.of(p)).collect();
            prop_assert_eq!(way.of(0), 0);
            prop_assert!(places.windows(2).all(|w| w[0] < w[1]));
            prop_assert_eq!(places.last(), Some(&text.len()));
            for (i, pair) in places.windows(2).enumerate() {
                let rest = View::of(&text.as_bytes()[pair[0]..], &room).expect("there is room");
                prop_assert_eq!(rest.text[0], view.text[i]);
            }
        }
    }
}
