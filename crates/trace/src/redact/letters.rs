//! What encoded bytes read: base64 or hexadecimal digits, of letters of one byte or of two.

use super::room::{List, Pace, Room};
use super::view;

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    /// Three bytes in four signs, of base64 or base64url.
    Base64,
    /// A byte in two digits.
    Hex,
}

/// How letters are bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letters {
    Utf8,
    /// UTF-16, the lower byte first.
    Little,
    /// UTF-16, the higher byte first.
    Big,
}

/// Bytes that tell whether it is text at all.
const PROBE: usize = 12;
/// Digits of the shortest text.
const DIGITS: usize = 16;

/// What the signs of base64 and of base64url stand for; 64 for every other byte.
static VALUE: [u8; 256] = {
    let mut table = [64; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        table[b] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => 64,
        };
        b += 1;
    }
    table
};

/// What a sign of base64 stands for; 64 for every other byte.
#[inline]
pub(super) fn value(sign: u8) -> u8 {
    VALUE[usize::from(sign)]
}

fn digit(sign: u8) -> Option<u8> {
    char::from(sign).to_digit(16).map(|d| d as u8)
}

impl Coding {
    /// What a run of signs reads, which may go over ends of lines; `None` where it is no text, or there is no memory for it.
    pub(super) fn read<'r>(self, run: &[u8], room: &'r Room) -> Option<List<'r, u8>> {
        let (probe, length) = self.probe(run)?;
        let letters = Letters::of(&probe[..length])?;
        let read = self.decode(run, letters, room)?;
        let is_text = match std::str::from_utf8(&read) {
            _ if letters != Letters::Utf8 => true,
            Ok(_) => true,
            // The end may be cut.
            Err(e) => e.valid_up_to() + 3 >= read.len(),
        };
        is_text.then_some(read)
    }

    /// The first bytes of a run. Nearly every run is a word or a digest, which they tell.
    fn probe(self, run: &[u8]) -> Option<([u8; PROBE], usize)> {
        let mut probe = [0; PROBE];
        match self {
            Coding::Base64 => {
                let (quads, _) = run[..run.len().min(PROBE / 3 * 4)].as_chunks::<4>();
                for ([a, b, c, d], bytes) in quads.iter().zip(probe.as_chunks_mut::<3>().0) {
                    let value = |sign: &u8| u32::from(value(*sign));
                    let [_, three @ ..] = (value(a) << 18 | value(b) << 12 | value(c) << 6 | value(d)).to_be_bytes();
                    *bytes = three;
                }
                Some((probe, quads.len() * 3))
            }
            Coding::Hex => {
                let (pairs, _) = run[..run.len().min(PROBE * 2)].as_chunks::<2>();
                for ([high, low], byte) in pairs.iter().zip(&mut probe) {
                    *byte = digit(*high)? << 4 | digit(*low)?;
                }
                (run.len() >= DIGITS).then_some((probe, pairs.len()))
            }
        }
    }

    /// What a run reads, as far as it is text. It is decoded to where it belongs: each copy on the way would take as much again.
    fn decode<'r>(self, run: &[u8], letters: Letters, room: &'r Room) -> Option<List<'r, u8>> {
        let most = match self {
            Coding::Base64 => run.len() / 4 * 3 + 2,
            Coding::Hex => run.len() / 2,
        };
        let mut read = Reading { letters, half: None, high: None, text: List::with_capacity(room, most)? };
        let mut pace = Pace::default();
        let (mut bits, mut signs) = (0u32, 0);
        // The ends of lines are no signs.
        for (at, sign) in run.iter().enumerate().filter(|(_, sign)| value(**sign) < 64) {
            if pace.is_over(at, room) {
                return None;
            }
            signs += 1;
            let byte = match self {
                Coding::Base64 => {
                    bits = bits << 6 | u32::from(value(*sign));
                    // A single sign at the end is no byte.
                    if signs % 4 == 1 {
                        continue;
                    }
                    (bits >> [0, 0, 4, 2][signs % 4]) as u8
                }
                Coding::Hex => {
                    bits = bits << 4 | u32::from(digit(*sign)?);
                    if signs % 2 == 1 {
                        continue;
                    }
                    bits as u8
                }
            };
            if !read.take(byte) {
                return None;
            }
        }
        // Half a byte is missing where digits are odd.
        (self == Coding::Base64 || signs % 2 == 0).then_some(read.text)
    }
}

impl Letters {
    /// How a text is written that begins with these bytes; `None` where they begin none.
    fn of(probe: &[u8]) -> Option<Self> {
        if probe.iter().all(|b| is_of_text(*b)) {
            let ascii = probe.iter().filter(|b| b.is_ascii()).count();
            return (ascii * 2 >= probe.len()).then_some(Letters::Utf8);
        }
        // Most letters of most languages that name anything here are below U+0100, so that their higher bytes are zero.
        let (units, _) = probe.as_chunks::<2>();
        let plain = |first: u8, second: u8| first == 0 && is_of_text(second);
        let most = |count: usize| count >= 3 && count * 3 >= units.len() * 2;
        if most(units.iter().filter(|[low, high]| plain(*high, *low)).count()) {
            return Some(Letters::Little);
        }
        most(units.iter().filter(|[high, low]| plain(*high, *low)).count()).then_some(Letters::Big)
    }
}

fn is_of_text(b: u8) -> bool {
    b >= b' ' && b != 0x7f || b.is_ascii_whitespace()
}

/// A text on its way from its bytes.
struct Reading<'r> {
    letters: Letters,
    /// The first byte of a letter of two.
    half: Option<u8>,
    /// The first half of a character of two letters.
    high: Option<u32>,
    text: List<'r, u8>,
}

impl Reading<'_> {
    /// Takes the next byte; false where it is of no text.
    fn take(&mut self, byte: u8) -> bool {
        if self.letters == Letters::Utf8 {
            let fits = is_of_text(byte);
            if fits {
                self.text.push(byte);
            }
            return fits;
        }
        let Some(first) = self.half.take() else {
            self.half = Some(byte);
            return true;
        };
        let unit = match self.letters {
            Letters::Little => u16::from_le_bytes([first, byte]),
            _ => u16::from_be_bytes([first, byte]),
        };
        let unit = u32::from(unit);
        let code = match (self.high.take(), unit) {
            (_, 0xd800..=0xdbff) => {
                self.high = Some(unit);
                return true;
            }
            (Some(high), 0xdc00..=0xdfff) => view::joined(high, unit),
            _ => unit,
        };
        let fits = code >= 0x80 || is_of_text(code as u8);
        if fits {
            self.text.push(view::character(code));
        }
        fits
    }
}
