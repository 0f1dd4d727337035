//! Which bytes of a text are of a kind, one bit each: a run of them is then passed over in one step, however long.

/// Every byte the same.
const fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The highest bit of each byte, which marks the byte in what follows, and which ASCII leaves free.
const HIGH: u64 = all(0x80);

/// Marks the bytes, all below 0x80, from one on and up to another.
const fn within(bytes: u64, from: u8, to: u8) -> u64 {
    (bytes + all(0x80 - from)) & !(bytes + all(0x7f - to)) & HIGH
}

/// Marks ASCII letters among eight bytes.
fn letter(bytes: u64) -> u64 {
    within((bytes & !HIGH) | all(0x20), b'a', b'z') & !bytes
}

/// Marks ASCII digits among eight bytes.
fn digit(bytes: u64) -> u64 {
    within(bytes & !HIGH, b'0', b'9') & !bytes
}

/// Marks the blanks among eight bytes.
fn blank(bytes: u64) -> u64 {
    within(bytes & !HIGH, b' ', b' ') & !bytes
}

/// The marks of eight bytes as eight bits, the first byte's the lowest.
fn gathered(marks: u64) -> u64 {
    (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

/// Up to eight bytes as a number, the first one the lowest.
fn number(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)),
    }
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
        let mut letters = Vec::with_capacity(text.len() / 64 + 1);
        let mut blanks = Vec::with_capacity(text.len() / 64 + 1);
        for block in text.chunks(64) {
            let (mut word, mut empty) = (0, 0);
            for (chunk, shift) in block.chunks(8).zip((0..).step_by(8)) {
                let bytes = number(chunk);
                let digit = digit(bytes);
                digits += digit.count_ones() as usize;
                word |= gathered(letter(bytes) | digit) << shift;
                empty |= gathered(blank(bytes)) << shift;
            }
            letters.push(word);
            blanks.push(empty);
        }
        (Bits(letters), Bits(blanks), digits)
    }

    /// Where the run of bytes of this kind ends that begins at `at`; there itself where the byte is of another kind.
    #[inline]
    pub(crate) fn end(&self, at: usize) -> usize {
        let (mut block, bit) = (at / 64, at % 64);
        // Shifting brings in zeros, so that the run ends with the block at the latest.
        let ones = self.0.get(block).map_or(0, |bits| (bits >> bit).trailing_ones() as usize);
        let mut end = at + ones;
        while end % 64 == 0 && end > at && end / 64 > block {
            block += 1;
            end += self.0.get(block).map_or(0, |bits| bits.trailing_ones() as usize);
        }
        end
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_end_where_they_end(text in "[a-zA-Z0-9 `{@\\[/:\u{10}\u{1f}\u{7f}é…]{0,40}[a-z]{0,150}[ é]{0,140}[0-9]{0,3}") {
            let (letters, blanks, digits) = Bits::of_words(text.as_bytes());
            prop_assert_eq!(digits, text.bytes().filter(u8::is_ascii_digit).count());
            for at in 0..=text.len() + 70 {
                let rest = text.as_bytes().get(at..).unwrap_or_default();
                let run = |is: fn(&u8) -> bool| at + rest.iter().take_while(|b| is(b)).count();
                prop_assert_eq!(letters.end(at), run(u8::is_ascii_alphanumeric));
                prop_assert_eq!(blanks.end(at), run(|b| *b == b' '));
                let digit = rest.iter().position(u8::is_ascii_digit).map(|i| at + i);
                prop_assert_eq!(next_digit(text.as_bytes(), at), digit);
            }
        }
    }
}
