//! Bytes of a kind in a text, looked for eight at a time: most of a text has nothing that a rule wants.

/// Eight bytes of one value.
const fn all(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

const HIGH: u64 = all(0x80);

/// The first digit at or behind a place.
pub(super) fn digit(text: &[u8], from: usize) -> Option<usize> {
    let word = |word: u64| {
        // Digits, and nothing else, are below ten without the bits of `0`.
        let low = word ^ all(b'0');
        !(low | ((low & !HIGH) + all(0x80 - 10))) & HIGH
    };
    first(text, from, word, |b| b.is_ascii_digit())
}

/// The first backslash, percent sign or byte beyond ASCII at or behind a place of which `fits` holds.
pub(super) fn special(text: &[u8], from: usize, fits: impl Fn(u8) -> bool) -> Option<usize> {
    let zero = |word: u64| !(word | ((word & !HIGH) + !HIGH)) & HIGH;
    let word = |word: u64| word & HIGH | zero(word ^ all(b'\\')) | zero(word ^ all(b'%'));
    first(text, from, word, fits)
}

/// The first byte that fits. `word` tells, by the high bit of each of eight bytes, which may fit.
#[inline]
fn first(text: &[u8], from: usize, word: impl Fn(u64) -> u64, fits: impl Fn(u8) -> bool) -> Option<usize> {
    let rest = text.get(from..)?;
    let (words, _) = rest.as_chunks::<8>();
    let mut at = 0;
    for bytes in words {
        let mut hits = word(u64::from_le_bytes(*bytes));
        while hits != 0 {
            let hit = at + hits.trailing_zeros() as usize / 8;
            if fits(rest[hit]) {
                return Some(from + hit);
            }
            hits &= hits - 1;
        }
        at += 8;
    }
    let last = rest[at..].iter().position(|b| fits(*b))?;
    Some(from + at + last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_one_is_found(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'a'), Just(b'/')], 0..60), from in 0usize..64) {
            let wanted = |fits: fn(u8) -> bool| {
                bytes.iter().enumerate().skip(from).find(|(_, b)| fits(**b)).map(|(at, _)| at)
            };
            prop_assert_eq!(digit(&bytes, from), wanted(|b| b.is_ascii_digit()));
            let some = |b: u8| matches!(b, b'\\' | b'%' | 0xc2 | 0xef);
            prop_assert_eq!(special(&bytes, from, some), wanted(some));
        }
    }
}
