//! How pages are compressed.

use super::{Fault, broken, varint};
use std::io::Read;

/// Unpacks a page to exactly so many bytes.
pub fn unpack(codec: i64, packed: &[u8], size: usize) -> Result<Vec<u8>, Fault> {
    let unpacked = match codec {
        0 => Some(packed.to_vec()),
        1 => snappy(packed, size),
        2 => read(flate2::read::MultiGzDecoder::new(packed), size),
        6 => zstd::stream::read::Decoder::new(packed).ok().and_then(|d| read(d, size)),
        7 => lz4(packed, size),
        3 => return Err(broken("its pages are compressed with LZO, which is not read")),
        4 => return Err(broken("its pages are compressed with Brotli, which is not read")),
        5 => return Err(broken("its pages are compressed with Hadoop's LZ4, which is not read")),
        _ => return Err(broken("its pages are compressed in an unknown way")),
    };
    unpacked.filter(|bytes| bytes.len() == size).ok_or_else(|| broken("a page is damaged"))
}

fn read(decoder: impl Read, size: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    decoder.take(size as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Repeats what stands `offset` bytes before the end.
fn repeat(into: &mut Vec<u8>, offset: usize, length: usize, size: usize) -> Option<()> {
    let from = into.len().checked_sub(offset).filter(|_| offset > 0)?;
    if length > size - into.len() {
        return None;
    }
    // A piece may reach into itself: what is there already is copied, twice as much each time.
    let mut left = length;
    while left > 0 {
        let piece = left.min(into.len() - from);
        into.extend_from_within(from..from + piece);
        left -= piece;
    }
    Some(())
}

/// Takes bytes as they are.
fn literal(rest: &mut &[u8], length: usize, into: &mut Vec<u8>, size: usize) -> Option<()> {
    let taken = rest.split_off(..length).filter(|taken| taken.len() <= size - into.len())?;
    into.extend_from_slice(taken);
    Some(())
}

/// Some bytes as a number, the lowest first.
fn number(rest: &mut &[u8], bytes: usize) -> Option<usize> {
    let taken = rest.split_off(..bytes)?;
    Some(taken.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
}

/// After the description of Snappy's format (`format_description.txt`).
fn snappy(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let (length, head) = varint(packed)?;
    if length != size as u64 {
        return None;
    }
    let mut rest = &packed[head..];
    let mut into = Vec::new();
    while let Some(tag) = rest.split_off_first() {
        let tag = usize::from(*tag);
        match tag & 3 {
            0 => {
                let length = match tag >> 2 {
                    short @ 0..60 => short,
                    long => number(&mut rest, long - 59)?,
                };
                literal(&mut rest, length + 1, &mut into, size)?;
            }
            1 => {
                let low = number(&mut rest, 1)?;
                repeat(&mut into, tag >> 5 << 8 | low, (tag >> 2 & 7) + 4, size)?;
            }
            which => {
                let offset = number(&mut rest, if which == 2 { 2 } else { 4 })?;
                repeat(&mut into, offset, (tag >> 2) + 1, size)?;
            }
        }
    }
    Some(into)
}

/// A length whose first four bits are in the token.
fn lz4_length(short: usize, rest: &mut &[u8]) -> Option<usize> {
    let mut length = short;
    if short == 15 {
        loop {
            let more = *rest.split_off_first()?;
            length = length.checked_add(usize::from(more))?;
            if more != 255 {
                break;
            }
        }
    }
    Some(length)
}

/// After the description of LZ4's blocks (`lz4_Block_format.md`).
fn lz4(packed: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut rest = packed;
    let mut into = Vec::new();
    while let Some(token) = rest.split_off_first() {
        let token = usize::from(*token);
        let length = lz4_length(token >> 4, &mut rest)?;
        literal(&mut rest, length, &mut into, size)?;
        // The last piece has nothing to repeat.
        if rest.is_empty() {
            break;
        }
        let offset = number(&mut rest, 2)?;
        let length = lz4_length(token & 15, &mut rest)?.checked_add(4)?;
        repeat(&mut into, offset, length, size)?;
    }
    Some(into)
}
