//! How values are written within a page.

use super::schema::Physical;
use super::{Fault, broken, varint, zigzag};

fn damaged() -> Fault {
    broken("a page is damaged")
}

/// Values of one column, each as bytes: numbers with the lowest byte first, a truth value as one byte.
#[derive(Debug, Default)]
pub struct Values {
    data: Vec<u8>,
    /// Where each value ends, for those with a length of their own.
    ends: Vec<u32>,
    width: Option<usize>,
    count: usize,
}

impl Values {
    fn fixed(data: Vec<u8>, width: usize, count: usize) -> Self {
        Values { data, ends: Vec::new(), width: Some(width), count }
    }

    fn push(&mut self, parts: &[&[u8]]) -> Result<(), Fault> {
        parts.iter().for_each(|part| self.data.extend_from_slice(part));
        self.ends.push(u32::try_from(self.data.len()).map_err(|_| damaged())?);
        self.count += 1;
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Option<&[u8]> {
        if index >= self.count {
            return None;
        }
        match self.width {
            Some(width) => self.data.get(index * width..(index + 1) * width),
            None => {
                let from = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
                self.data.get(from as usize..*self.ends.get(index)? as usize)
            }
        }
    }
}

/// Bits of the numbers up to this one.
pub fn bits(most: u64) -> u32 {
    64 - most.leading_zeros()
}

/// Numbers of some bits each, the lowest first. What is beyond the end is left out.
fn unpack_bits(bytes: &[u8], width: u32, count: usize, mut each: impl FnMut(u64)) {
    let (mut held, mut have) = (0u128, 0u32);
    let mut bytes = bytes.iter();
    for _ in 0..count {
        while have < width {
            let Some(byte) = bytes.next() else { return };
            held |= u128::from(*byte) << have;
            have += 8;
        }
        each((held & ((1u128 << width) - 1)) as u64);
        held >>= width;
        have -= width;
    }
}

/// Runs and groups of packed numbers ("RLE/bit-packing hybrid"): exactly `count` of them.
pub fn hybrid(mut bytes: &[u8], width: u32, count: usize) -> Result<Vec<u32>, Fault> {
    let mut found = Vec::new();
    if width == 0 {
        found.resize(count, 0);
        return Ok(found);
    }
    if width > 32 {
        return Err(damaged());
    }
    while found.len() < count {
        let (head, length) = varint(bytes).ok_or_else(damaged)?;
        bytes = &bytes[length..];
        let left = count - found.len();
        if head & 1 == 0 {
            let value = bytes.split_off(..width.div_ceil(8) as usize).ok_or_else(damaged)?;
            let value = value.iter().rev().fold(0u32, |n, b| n << 8 | u32::from(*b));
            let run = usize::try_from(head >> 1).unwrap_or(left).min(left);
            if run == 0 {
                return Err(damaged());
            }
            found.resize(found.len() + run, value);
        } else {
            // Groups of eight; the last may be cut where nothing is left to tell.
            let numbers = (head >> 1).saturating_mul(8).min(left as u64) as usize;
            let whole = usize::try_from((head >> 1).saturating_mul(u64::from(width))).unwrap_or(bytes.len());
            let packed = bytes.split_off(..whole.min(bytes.len())).ok_or_else(damaged)?;
            let before = found.len();
            unpack_bits(packed, width, numbers, |value| found.push(value as u32));
            if found.len() < before + numbers || numbers == 0 {
                return Err(damaged());
            }
        }
    }
    Ok(found)
}

/// Differences in blocks (`DELTA_BINARY_PACKED`): the numbers, and the bytes after them.
fn delta(mut bytes: &[u8], most: usize) -> Result<(Vec<i64>, &[u8]), Fault> {
    let next = |bytes: &mut &[u8]| -> Result<u64, Fault> {
        let (value, length) = varint(bytes).ok_or_else(damaged)?;
        *bytes = &bytes[length..];
        Ok(value)
    };
    let block = next(&mut bytes)?;
    let parts = usize::try_from(next(&mut bytes)?).map_err(|_| damaged())?;
    let count = usize::try_from(next(&mut bytes)?).ok().filter(|n| *n <= most).ok_or_else(damaged)?;
    let mut last = zigzag(next(&mut bytes)?);
    let each = usize::try_from(block).ok().and_then(|b| b.checked_div(parts)).ok_or_else(damaged)?;
    let mut found = Vec::new();
    if count > 0 {
        found.push(last);
    }
    while found.len() < count {
        let least = zigzag(next(&mut bytes)?);
        let widths = bytes.split_off(..parts).ok_or_else(damaged)?;
        let before = found.len();
        for width in widths {
            if found.len() == count {
                break;
            }
            let width = u32::from(*width);
            if width > 64 || each == 0 {
                return Err(damaged());
            }
            let whole = each.checked_mul(width as usize).ok_or_else(damaged)?.div_ceil(8);
            let packed = bytes.split_off(..whole.min(bytes.len())).ok_or_else(damaged)?;
            let wanted = each.min(count - found.len());
            let start = found.len();
            unpack_bits(packed, width, wanted, |step| {
                last = last.wrapping_add(least).wrapping_add(step as i64);
                found.push(last);
            });
            if found.len() < start + wanted {
                return Err(damaged());
            }
        }
        if found.len() == before {
            return Err(damaged());
        }
    }
    Ok((found, bytes))
}

/// The values of a page: exactly `count` of them. `room` is how many bytes they may take together.
pub fn values(encoding: i64, bytes: &[u8], physical: Physical, count: usize, room: u64) -> Result<Values, Fault> {
    match (encoding, physical) {
        (0, _) => plain(bytes, physical, count),
        // Behind the length of what follows.
        (3, Physical::Boolean) => {
            let bytes = bytes.get(4..).ok_or_else(damaged)?;
            let data = hybrid(bytes, 1, count)?.into_iter().map(|bit| bit as u8).collect();
            Ok(Values::fixed(data, 1, count))
        }
        (5, Physical::Int32 | Physical::Int64) => {
            let (numbers, _) = delta(bytes, count)?;
            let width = physical.width().unwrap_or(8);
            let data: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes().into_iter().take(width)).collect();
            exactly(Values::fixed(data, width, numbers.len()), count)
        }
        (6, Physical::Bytes) => exactly(lengths(bytes, count)?, count),
        (7, Physical::Bytes | Physical::Fixed(_)) => prefixes(bytes, physical, count, room),
        (9, _) => {
            let width = physical.width().filter(|w| *w > 0).ok_or_else(damaged)?;
            let size = count.checked_mul(width).filter(|size| *size <= bytes.len()).ok_or_else(damaged)?;
            let data = (0..size).map(|at| bytes[at % width * count + at / width]).collect();
            Ok(Values::fixed(data, width, count))
        }
        _ => Err(broken("its values are written in an encoding that is not read")),
    }
}

fn exactly(values: Values, count: usize) -> Result<Values, Fault> {
    if values.len() == count { Ok(values) } else { Err(damaged()) }
}

fn plain(mut bytes: &[u8], physical: Physical, count: usize) -> Result<Values, Fault> {
    match physical.width() {
        _ if physical == Physical::Boolean => {
            let mut data = Vec::new();
            unpack_bits(bytes, 1, count, |bit| data.push(bit as u8));
            let read = data.len();
            exactly(Values::fixed(data, 1, read), count)
        }
        Some(width) => {
            let size = count.checked_mul(width).ok_or_else(damaged)?;
            Ok(Values::fixed(bytes.get(..size).ok_or_else(damaged)?.to_vec(), width, count))
        }
        None => {
            let mut values = Values::default();
            for _ in 0..count {
                let length = bytes.split_off(..4).and_then(|b| b.try_into().ok()).ok_or_else(damaged)?;
                let value = bytes.split_off(..u32::from_le_bytes(length) as usize).ok_or_else(damaged)?;
                values.push(&[value])?;
            }
            Ok(values)
        }
    }
}

/// Lengths, then all texts (`DELTA_LENGTH_BYTE_ARRAY`).
fn lengths(bytes: &[u8], most: usize) -> Result<Values, Fault> {
    let (lengths, mut rest) = delta(bytes, most)?;
    let mut values = Values::default();
    for length in lengths {
        let value = usize::try_from(length).ok().and_then(|n| rest.split_off(..n)).ok_or_else(damaged)?;
        values.push(&[value])?;
    }
    Ok(values)
}

/// How much of the text before is kept, then what follows it (`DELTA_BYTE_ARRAY`).
fn prefixes(bytes: &[u8], physical: Physical, count: usize, room: u64) -> Result<Values, Fault> {
    let (kept, rest) = delta(bytes, count)?;
    let suffixes = lengths(rest, count)?;
    let mut values = Values::default();
    let mut last: Vec<u8> = Vec::new();
    for (at, kept) in kept.iter().enumerate() {
        let kept = usize::try_from(*kept).ok().filter(|n| *n <= last.len()).ok_or_else(damaged)?;
        last.truncate(kept);
        last.extend_from_slice(suffixes.get(at).ok_or_else(damaged)?);
        if physical.width().is_some_and(|width| width != last.len()) {
            return Err(damaged());
        }
        if (values.data.len() + last.len()) as u64 > room {
            return Err(Fault::TooLarge);
        }
        values.push(&[&last])?;
    }
    exactly(values, count)
}
