//! Tables in Parquet, as bulk exports and data frames are written: every row becomes a line of JSON.
//!
//! After `parquet.thrift` and the descriptions of encodings, logical types and nested types in apache/parquet-format. What is
//! read: pages of both versions; all encodings but the bit-packed levels that nobody writes any more; Snappy, gzip, Zstandard
//! and LZ4. What is not: encryption, Brotli, LZO, columns in other files. Checksums and statistics are not looked at.
//!
//! A reader of our own, since a file may be made to break one: nothing here is taken before it is counted, no depth is without a limit,
//! and times keep the precision that they have in the file.
//!
//! How values become JSON is part of what a locator means, and must stay as it is: names as they are and in their order; what is not set
//! is left out, and is `null` in a list; times as RFC 3339 with three, six or nine digits by their unit, with `Z` where they are instants;
//! decimals as numbers with all their digits; bytes as text, or in Base64 where they are no UTF-8; maps as objects.

mod codec;
mod decode;
mod footer;
mod page;
mod rows;
mod schema;
mod thrift;
mod value;

use crate::limits::Stop;

/// Columns of a file at most, those in each other counted one by one.
pub const MOST_COLUMNS: usize = 10_000;
/// Rows of a file at most.
pub const MOST_ROWS: u64 = 10_000_000;
/// Columns in each other at most.
pub const MOST_LEVELS: usize = 32;

/// Why a file was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It is larger unpacked than its size can explain.
    TooLarge,
    /// It exceeds another limit, for people.
    Beyond(String),
    /// It cannot be read, and why, for people.
    Broken(String),
    /// The caller ended it.
    Stopped,
}

fn broken(why: &str) -> Fault {
    Fault::Broken(why.to_owned())
}

fn beyond(what: String) -> Fault {
    Fault::Beyond(what)
}

/// What may still be unpacked and written.
pub struct Budget<'s> {
    unpack: u64,
    write: u64,
    stop: &'s Stop,
}

impl Budget<'_> {
    fn left(&self) -> u64 {
        self.unpack
    }

    fn take(&mut self, bytes: u64) -> Result<(), Fault> {
        if self.stop.is_set() {
            return Err(Fault::Stopped);
        }
        self.unpack = self.unpack.checked_sub(bytes).ok_or(Fault::TooLarge)?;
        Ok(())
    }

    /// Holds what is written, in bytes, to its limit.
    fn written(&self, bytes: usize) -> Result<(), Fault> {
        if bytes as u64 > self.write { Err(Fault::TooLarge) } else { Ok(()) }
    }
}

/// True for what begins as a Parquet file does.
pub fn sniff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PAR1") || bytes.starts_with(b"PARE")
}

/// The rows as JSON Lines, and what was dropped, for people.
///
/// # Errors
/// When nothing can be read, or it would be more than `limit` bytes.
pub fn to_json(bytes: &[u8], limit: u64, stop: &Stop) -> Result<(Vec<u8>, Option<String>), Fault> {
    let mut json = Vec::new();
    let lost = lines(bytes, limit, stop, |line| {
        json.extend_from_slice(line);
        Ok(())
    })?;
    Ok((json, lost))
}

/// How many bytes [`to_json`] gives, found out without keeping them.
///
/// # Errors
/// As [`to_json`].
pub fn measure(bytes: &[u8], limit: u64, stop: &Stop) -> Result<u64, Fault> {
    let mut size = 0;
    lines(bytes, limit, stop, |line| {
        size += line.len() as u64;
        Ok(())
    })?;
    Ok(size)
}

fn lines(
    bytes: &[u8],
    limit: u64,
    stop: &Stop,
    mut each: impl FnMut(&[u8]) -> Result<(), Fault>,
) -> Result<Option<String>, Fault> {
    let footer = footer::read(bytes)?;
    let mut budget = Budget { unpack: limit, write: limit, stop };
    let (mut dropped, mut all, mut why) = (0u64, 0u64, None);
    let mut line = Vec::new();
    for group in &footer.groups {
        all += group.rows;
        let mut rows = rows::Rows::new(bytes, &footer, group);
        for row in 0..group.rows {
            line.clear();
            match rows.next(&mut budget, &mut line) {
                Ok(()) => {}
                Err(Fault::Broken(fault)) => {
                    // Where one column lost its place, what follows would be a row of pieces.
                    dropped += group.rows - row;
                    why.get_or_insert(fault);
                    break;
                }
                Err(fault) => return Err(fault),
            }
            line.push(b'\n');
            budget.write = budget.write.checked_sub(line.len() as u64).ok_or(Fault::TooLarge)?;
            each(&line)?;
        }
    }
    match why {
        Some(why) if dropped == all => Err(Fault::Broken(why)),
        Some(why) => Ok(Some(format!("{dropped} of {all} rows of the Parquet file were dropped: {why}"))),
        None => Ok(None),
    }
}

/// A number in groups of seven bits, the lowest first, and how many bytes it has.
fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 127) << (7 * at);
        if byte & 128 == 0 {
            return Some((value, at + 1));
        }
    }
    None
}

/// A signed number, whose sign is its lowest bit.
fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

#[cfg(test)]
mod tests;
