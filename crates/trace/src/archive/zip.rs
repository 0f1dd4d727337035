//! zip: a directory at the end that says where each file is (PKWARE's APPNOTE 6.3.10).

use super::{ArchiveError, Entry, MOST_FILES, Room, name_of};
use std::io::Read;

/// A number of so many bytes, the lowest first.
fn number(bytes: &[u8], at: usize, len: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(len)?)?;
    Some(field.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
}

fn damaged(what: &str) -> ArchiveError {
    ArchiveError::Damaged(what.to_owned())
}

/// Where the directory is, and how many files it names.
fn directory(bytes: &[u8]) -> Option<(usize, u64)> {
    // The last record has a comment of at most 65,535 bytes behind it.
    let from = bytes.len().saturating_sub(22 + 65_535);
    let end = memchr::memmem::rfind(&bytes[from..], b"PK\x05\x06")? + from;
    let (count, at) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if count < 0xffff && at < 0xffff_ffff {
        return Some((at as usize, count));
    }
    // Numbers that are too large stand in a second record.
    let locator = end.checked_sub(20).filter(|at| bytes[*at..].starts_with(b"PK\x06\x07"))?;
    let second = usize::try_from(number(bytes, locator + 8, 8)?).ok()?;
    bytes.get(second..)?.starts_with(b"PK\x06\x06").then_some(())?;
    Some((usize::try_from(number(bytes, second.checked_add(48)?, 8)?).ok()?, number(bytes, second + 32, 8)?))
}

/// One file, as the directory tells of it.
struct Told {
    name: String,
    flags: u64,
    method: u16,
    sum: u64,
    packed: u64,
    size: u64,
    at: u64,
}

impl Told {
    /// Reads an entry of the directory; also gives where the next one is.
    fn read(bytes: &[u8], at: usize) -> Option<(Told, usize)> {
        bytes.get(at..)?.starts_with(b"PK\x01\x02").then_some(())?;
        let field = |from: usize, len: usize| number(bytes, at + from, len);
        let (name, extra, comment) = (field(28, 2)? as usize, field(30, 2)? as usize, field(32, 2)? as usize);
        let name_at = at + 46;
        let mut told = Told {
            name: name_of(bytes.get(name_at..name_at + name)?),
            flags: field(8, 2)?,
            method: field(10, 2)? as u16,
            sum: field(16, 4)?,
            packed: field(20, 4)?,
            size: field(24, 4)?,
            at: field(42, 4)?,
        };
        if bytes.get(name_at..name_at + name)?.ends_with(b"/") {
            told.name.clear();
        }
        told.large(bytes.get(name_at + name..name_at + name + extra)?);
        Some((told, name_at + name + extra + comment))
    }

    /// Takes numbers that are too large for their fields from the extra fields.
    fn large(&mut self, mut extra: &[u8]) {
        while let (Some(id), Some(len)) = (number(extra, 0, 2), number(extra, 2, 2)) {
            let Some(field) = extra.get(4..4 + len as usize) else { return };
            if id == 1 {
                let mut at = 0;
                for value in [&mut self.size, &mut self.packed, &mut self.at] {
                    if *value == 0xffff_ffff
                        && let Some(large) = number(field, at, 8)
                    {
                        *value = large;
                        at += 8;
                    }
                }
            }
            extra = &extra[4 + len as usize..];
        }
    }

    /// The bytes, as they are packed.
    fn packed<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let at = usize::try_from(self.at).ok()?;
        bytes.get(at..)?.starts_with(b"PK\x03\x04").then_some(())?;
        let from = at + 30 + number(bytes, at + 26, 2)? as usize + number(bytes, at + 28, 2)? as usize;
        bytes.get(from..from.checked_add(usize::try_from(self.packed).ok()?)?)
    }
}

/// Takes out the files.
pub fn files(bytes: &[u8], room: &mut Room) -> Result<Vec<Entry>, ArchiveError> {
    let (mut at, count) =
        directory(bytes).ok_or_else(|| damaged("its directory is missing, so its end may be cut off"))?;
    if count > MOST_FILES as u64 {
        return Err(ArchiveError::TooMany);
    }
    let mut entries = Vec::new();
    for number in 1..=count {
        let (told, next) = Told::read(bytes, at)
            .ok_or_else(|| damaged(&format!("entry {number} of its directory is not readable")))?;
        at = next;
        if told.name.is_empty() {
            continue;
        }
        if told.flags & 1 != 0 {
            return Err(ArchiveError::Encrypted { name: told.name });
        }
        let packed =
            told.packed(bytes).ok_or_else(|| damaged(&format!("`{}` is not where the directory says", told.name)))?;
        // What the directory says of a size is no promise: what comes out is counted.
        let most = room.left.saturating_add(1);
        let mut out = Vec::new();
        let read = match told.method {
            0 => packed.take(most).read_to_end(&mut out),
            8 => flate2::read::DeflateDecoder::new(packed).take(most).read_to_end(&mut out),
            93 => zstd::stream::read::Decoder::new(packed).and_then(|d| d.take(most).read_to_end(&mut out)),
            method => return Err(ArchiveError::Method { name: told.name, method }),
        };
        room.take(out.len() as u64)?;
        read.map_err(|e| damaged(&format!("`{}` cannot be unpacked ({e})", told.name)))?;
        let mut sum = flate2::Crc::new();
        sum.update(&out);
        if out.len() as u64 != told.size || u64::from(sum.sum()) != told.sum {
            return Err(damaged(&format!("`{}` is not what the directory says", told.name)));
        }
        entries.push(Entry { name: told.name, bytes: out });
    }
    Ok(entries)
}
