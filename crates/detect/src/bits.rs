//! Which bytes of a text are of a kind, one bit each: a run of them is then passed over in one step, however long.

use std::ops::Range;

/// Every byte the same.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte, which marks the byte in what follows, and which ASCII leaves free.
const HIGH: u64 = all(0x80);

/// Marks the bytes, all below 0x80, from one on and up to another.
#[inline]
const fn within(bytes: u64, from: u8, to: u8) -> u64 {
    (bytes + all(0x80 - from)) & !(bytes + all(0x7f - to)) & HIGH
}

/// Marks ASCII digits among eight bytes.
#[inline]
fn digit(bytes: u64) -> u64 {
    within(bytes & !HIGH, b'0', b'9') & !bytes
}

/// True for an ASCII letter. Written, like what follows, so that many bytes are looked at in one step.
#[inline]
fn is_letter(byte: u8) -> bool {
    (byte | 0x20).wrapping_sub(b'a') <= b'z' - b'a'
}

/// True for an ASCII digit.
#[inline]
fn is_digit(byte: u8) -> bool {
    byte.wrapping_sub(b'0') <= 9
}

/// The marks of eight bytes, a one for each, as eight bits, the first byte's the lowest.
#[inline]
fn gathered(marks: u64) -> u64 {
    marks.wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Bytes with a bit each in one number.
const BLOCK: usize = 64;

/// One bit for each byte of a block that is of a kind.
#[inline]
fn marked(block: &[u8; BLOCK], is: impl Fn(u8) -> bool) -> u64 {
    let mut marks = [0; BLOCK];
    marks.iter_mut().zip(block).for_each(|(mark, byte)| *mark = u8::from(is(*byte)));
    let (eights, _) = marks.as_chunks::<8>();
    eights.iter().rev().fold(0, |bits, eight| bits << 8 | gathered(u64::from_le_bytes(*eight)))
}

/// Calls `each` with the text in blocks, the last one filled up with bytes of no kind.
#[inline]
fn each_block(text: &[u8], mut each: impl FnMut(&[u8; BLOCK])) {
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    blocks.iter().for_each(&mut each);
    if !rest.is_empty() {
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        each(&last);
    }
}

/// Calls `each` with one bit for each ASCII letter, digit and byte beyond ASCII, for each block of a text in order.
#[inline]
pub(crate) fn names(text: &[u8], mut each: impl FnMut(u64)) {
    each_block(text, |block| each(marked(block, |b| is_letter(b) | is_digit(b) | !b.is_ascii())));
}

/// Calls `each` with the place of each block of a text, and one bit for each of its blanks, but for those beside a quotation
/// mark in the same block.
#[inline]
pub(crate) fn free_blanks(text: &[u8], mut each: impl FnMut(usize, u64)) {
    let mut at = 0;
    each_block(text, |block| {
        let blanks = marked(block, |b| b == b' ');
        if blanks != 0 {
            let quotes = marked(block, |b| b == b'"');
            each(at, blanks & !(quotes << 1) & !(quotes >> 1));
        }
        at += BLOCK;
    });
}

/// Up to eight bytes as a number, the first one the lowest.
#[inline]
fn number(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)),
    }
}

/// The first bytes of a text, up to eight, as a number.
#[inline]
pub(crate) fn first(text: &[u8], length: usize) -> u64 {
    let shift = 8 * (8 - length.min(8));
    number(text).checked_shl(shift as u32).map_or(0, |n| n >> shift)
}

/// How many ASCII digits there are.
pub(crate) fn digits(text: &[u8]) -> usize {
    text.chunks(8).map(|chunk| digit(number(chunk)).count_ones() as usize).sum()
}

/// The place of the first ASCII digit from a place on.
#[inline]
pub(crate) fn next_digit(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    for chunk in bytes.get(from..)?.chunks(8) {
        let found = digit(number(chunk));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    None
}

/// One bit for each byte of a text; after its end there is none.
pub(crate) struct Bits(Vec<u64>);

impl Bits {
    /// The ASCII letters and digits of a text, its blanks, and how many digits it has.
    pub(crate) fn of_words(text: &[u8]) -> (Self, Self, usize) {
        let mut digits = 0;
        let mut letters = Vec::with_capacity(text.len() / BLOCK + 1);
        let mut blanks = Vec::with_capacity(text.len() / BLOCK + 1);
        each_block(text, |block| {
            let digit = marked(block, is_digit);
            digits += digit.count_ones() as usize;
            letters.push(marked(block, is_letter) | digit);
            blanks.push(marked(block, |b| b == b' '));
        });
        (Bits(letters), Bits(blanks), digits)
    }

    fn of(text: &[u8], is: impl Fn(u8) -> bool) -> Self {
        let mut bits = Vec::with_capacity(text.len() / BLOCK + 1);
        each_block(text, |block| bits.push(marked(block, &is)));
        Bits(bits)
    }

    /// ASCII letters and digits.
    pub(crate) fn of_plain_words(text: &[u8]) -> Self {
        Bits::of(text, |b| is_letter(b) | is_digit(b))
    }

    /// ASCII letters and digits, hyphens and apostrophes.
    pub(crate) fn of_compounds(text: &[u8]) -> Self {
        Bits::of(text, |b| is_letter(b) | is_digit(b) | (b == b'-') | (b == b'\''))
    }

    /// ASCII letters and digits and hyphens.
    pub(crate) fn of_hyphenated(text: &[u8]) -> Self {
        Bits::of(text, |b| is_letter(b) | is_digit(b) | (b == b'-'))
    }

    /// The bytes with which a quotation may begin; the one beyond ASCII is the first byte of “.
    pub(crate) fn of_quotes(text: &[u8]) -> Self {
        Bits::of(text, |b| (b == b'`') | (b == b'"') | (b == b'\'') | (b == b'>') | (b == 0xE2))
    }

    /// ASCII letters.
    pub(crate) fn of_letters(text: &[u8]) -> Self {
        Bits::of(text, is_letter)
    }

    /// The runs of bytes of this kind, in order.
    pub(crate) fn runs(&self) -> impl Iterator<Item = Range<usize>> {
        let mut at = 0;
        std::iter::from_fn(move || {
            let start = self.next(at)?;
            at = self.end(start);
            Some(start..at)
        })
    }

    /// The first byte of this kind from a place on.
    #[inline]
    pub(crate) fn next(&self, at: usize) -> Option<usize> {
        let mut block = at / BLOCK;
        let mut bits = self.0.get(block)? & (u64::MAX << (at % BLOCK));
        while bits == 0 {
            block += 1;
            bits = *self.0.get(block)?;
        }
        Some(block * BLOCK + bits.trailing_zeros() as usize)
    }

    /// Where the run of bytes of this kind ends that begins at `at`; there itself where the byte is of another kind.
    #[inline]
    pub(crate) fn end(&self, at: usize) -> usize {
        // Shifting brings in zeros, so that the run ends with the block at the latest.
        let bits = self.0.get(at / BLOCK).map_or(0, |bits| bits >> (at % BLOCK));
        let end = at + bits.trailing_ones() as usize;
        if end.is_multiple_of(BLOCK) && end > at { self.end_after(end) } else { end }
    }

    /// The same of a run that fills the block before `end`.
    fn end_after(&self, mut end: usize) -> usize {
        loop {
            let ones = self.0.get(end / BLOCK).map_or(0, |bits| bits.trailing_ones() as usize);
            end += ones;
            if ones < BLOCK {
                return end;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_end_where_they_end(text in "[a-zA-Z0-9 '\"`{@\\[/:\u{10}\u{1f}\u{7f}é…]{0,40}[a-z]{0,150}[ é]{0,140}[0-9]{0,3}") {
            let mut all = Vec::new();
            names(text.as_bytes(), |block| all.push(block));
            let names = Bits(all);
            let (letters, blanks, digits) = Bits::of_words(text.as_bytes());
            prop_assert_eq!(super::digits(text.as_bytes()), digits);
            type Kind = (fn(&[u8]) -> Bits, fn(char) -> bool);
            let kinds: [Kind; 4] = [
                (Bits::of_plain_words, |c| c.is_ascii_alphanumeric()),
                (Bits::of_compounds, |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '\'')),
                (Bits::of_hyphenated, |c| c.is_ascii_alphanumeric() || c == '-'),
                (Bits::of_letters, |c| c.is_ascii_alphabetic()),
            ];
            for (of, is) in kinds {
                let found: Vec<&str> = of(text.as_bytes()).runs().map(|run| &text[run]).collect();
                let split: Vec<&str> = text.split(|c| !is(c)).filter(|w| !w.is_empty()).collect();
                prop_assert_eq!(found, split);
            }
            prop_assert_eq!(digits, text.bytes().filter(u8::is_ascii_digit).count());
            let bytes = text.as_bytes();
            free_blanks(bytes, |start, bits| {
                for at in start..(start + BLOCK).min(bytes.len()) {
                    let beside = |i: Option<usize>| i.is_some_and(|i| i / BLOCK == at / BLOCK && bytes.get(i) == Some(&b'"'));
                    let free = bytes[at] == b' ' && !beside(at.checked_sub(1)) && !beside(Some(at + 1));
                    assert_eq!(bits >> (at - start) & 1 == 1, free, "{at}");
                }
            });
            for at in 0..=text.len() + 70 {
                let rest = text.as_bytes().get(at..).unwrap_or_default();
                let run = |is: fn(&u8) -> bool| at + rest.iter().take_while(|b| is(b)).count();
                prop_assert_eq!(letters.end(at), run(u8::is_ascii_alphanumeric));
                prop_assert_eq!(names.end(at), run(|b| b.is_ascii_alphanumeric() || !b.is_ascii()));
                let head = rest.iter().take(at % 9).rev().fold(0, |n, b| n << 8 | u64::from(*b));
                prop_assert_eq!(first(rest, at % 9), head);
                prop_assert_eq!(blanks.end(at), run(|b| *b == b' '));
                let digit = rest.iter().position(u8::is_ascii_digit).map(|i| at + i);
                prop_assert_eq!(next_digit(text.as_bytes(), at), digit);
            }
        }
    }
}
