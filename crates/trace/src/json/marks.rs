//! Where some bytes stand among sixteen, or sixty-four.

/// So many bytes are looked at in one step.
pub(super) const PIECE: usize = 16;
/// So many are marked in one number.
pub(super) const BLOCK: usize = 64;

/// One bit for each byte that is the one sought, the first byte's the lowest.
#[inline]
pub(super) fn marks(piece: &[u8; PIECE], byte: u8) -> u32 {
    machine::equal(piece, byte)
}

/// One bit for each byte that JSON strings escape.
#[inline]
pub(super) fn escaped(piece: &[u8; PIECE]) -> u32 {
    machine::controls(piece) | marks(piece, b'"') | marks(piece, b'\\')
}

/// As [`marks`], for a block.
#[inline]
pub(super) fn block_marks(block: &[u8; BLOCK], byte: u8) -> u64 {
    let (pieces, _) = block.as_chunks::<PIECE>();
    pieces.iter().rev().fold(0, |bits, piece| bits << PIECE | u64::from(marks(piece, byte)))
}

/// Vectors, which every x86-64 has.
#[cfg(all(target_arch = "x86_64", target_feature = "sse2"))]
mod machine {
    use super::PIECE;
    use safe_arch::{cmp_eq_mask_i8_m128i, load_unaligned_m128i, min_u8_m128i, move_mask_i8_m128i, set_splat_i8_m128i};

    #[inline]
    pub(super) fn equal(piece: &[u8; PIECE], byte: u8) -> u32 {
        let sought = set_splat_i8_m128i(byte.cast_signed());
        move_mask_i8_m128i(cmp_eq_mask_i8_m128i(load_unaligned_m128i(piece), sought)).cast_unsigned()
    }

    #[inline]
    pub(super) fn controls(piece: &[u8; PIECE]) -> u32 {
        let all = load_unaligned_m128i(piece);
        let low = min_u8_m128i(all, set_splat_i8_m128i(0x1f));
        move_mask_i8_m128i(cmp_eq_mask_i8_m128i(all, low)).cast_unsigned()
    }
}

/// Numbers of eight bytes, on other machines.
#[cfg(not(all(target_arch = "x86_64", target_feature = "sse2")))]
use words as machine;

#[cfg(any(test, not(all(target_arch = "x86_64", target_feature = "sse2"))))]
mod words {
    use super::PIECE;

    const LOW: u64 = u64::from_le_bytes([0x7f; 8]);

    #[inline]
    pub(super) fn equal(piece: &[u8; PIECE], byte: u8) -> u32 {
        zeros(piece, |eight| eight ^ u64::from_le_bytes([byte; 8]))
    }

    #[inline]
    pub(super) fn controls(piece: &[u8; PIECE]) -> u32 {
        zeros(piece, |eight| eight & u64::from_le_bytes([0xe0; 8]))
    }

    /// One bit for each byte that becomes zero.
    #[inline]
    fn zeros(piece: &[u8; PIECE], of: impl Fn(u64) -> u64) -> u32 {
        let all = u128::from_le_bytes(*piece);
        let [low, high] = [of(all as u64), of((all >> 64) as u64)].map(|eight| {
            let marks = !(((eight & LOW) + LOW) | eight | LOW) >> 7;
            (marks.wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32
        });
        low | high << 8
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn byte() -> impl Strategy<Value = u8> {
        prop_oneof![Just(b'"'), Just(b'\\'), 0x1e..0x22u8, any::<u8>()]
    }

    proptest! {
        #[test]
        fn each_bit_is_of_its_byte(bytes in prop::collection::vec(byte(), BLOCK)) {
            let slow = |is: &dyn Fn(u8) -> bool| (0..BLOCK).fold(0u64, |bits, at| bits | u64::from(is(bytes[at])) << at);
            let block = bytes.first_chunk::<BLOCK>().expect("so many");
            let piece = block.first_chunk::<PIECE>().expect("so many");
            let quotes = slow(&|b| b == b'"');
            prop_assert_eq!(block_marks(block, b'"'), quotes);
            prop_assert_eq!(words::equal(piece, b'"'), quotes as u32 & 0xffff);
            prop_assert_eq!(words::controls(piece), machine::controls(piece));
            prop_assert_eq!(escaped(piece), slow(&|b| b < b' ' || b == b'"' || b == b'\\') as u32 & 0xffff);
        }
    }
}
