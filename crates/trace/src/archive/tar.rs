//! tar: headers of 512 bytes, each before a file's bytes (POSIX 1003.1-2001, section "ustar Interchange Format" of
//! pax, and GNU's long names).

use super::{ArchiveError, Entry, MOST_FILES, Room, name_of};

const BLOCK: usize = 512;
/// Bytes of a long name or of a header's records that are read at most.
const LONGEST: usize = 1 << 20;

/// True for the first block of an archive.
pub fn sniff(head: &[u8]) -> bool {
    head.get(257..262) == Some(b"ustar") && head.get(..BLOCK).is_some_and(|b| sum(b) == octal(&b[148..156]))
}

/// The sum of a header's bytes, with spaces for the sum itself.
fn sum(header: &[u8]) -> Option<u64> {
    Some(header.iter().enumerate().map(|(i, b)| if (148..156).contains(&i) { 32 } else { u64::from(*b) }).sum())
}

/// A number in octal digits, or in binary behind a set bit, as GNU writes large ones.
fn octal(field: &[u8]) -> Option<u64> {
    if field.first()? & 0x80 != 0 {
        let (first, rest) = field.split_first()?;
        return rest.iter().try_fold(u64::from(first & 0x7f), |n, b| n.checked_mul(256)?.checked_add(u64::from(*b)));
    }
    let digits = field.trim_ascii_start().iter().take_while(|b| (b'0'..=b'7').contains(*b));
    digits.into_iter().try_fold(0u64, |n, b| n.checked_mul(8)?.checked_add(u64::from(b - b'0')))
}

fn text(field: &[u8]) -> &[u8] {
    field.split(|b| *b == 0).next().unwrap_or_default()
}

/// Takes out the files.
pub fn files(bytes: &[u8], room: &mut Room) -> Result<Vec<Entry>, ArchiveError> {
    let damaged = |what: &str, at: usize| ArchiveError::Damaged(format!("{what} at byte {at}"));
    let mut entries: Vec<Entry> = Vec::new();
    let mut long: Option<Vec<u8>> = None;
    let mut long_size: Option<u64> = None;
    let (mut at, mut headers) = (0, 0usize);
    // Some writers leave out the empty blocks at the end.
    while at != bytes.len() {
        let header = bytes.get(at..at + BLOCK).ok_or_else(|| damaged("the end is missing", bytes.len()))?;
        if header.iter().all(|b| *b == 0) {
            break;
        }
        if sum(header) != octal(&header[148..156]) {
            return Err(damaged("no file header", at));
        }
        headers += 1;
        if headers > 4 * MOST_FILES {
            return Err(ArchiveError::TooMany);
        }
        let size = long_size.take().or_else(|| octal(&header[124..136])).ok_or_else(|| damaged("no size", at))?;
        let start = at + BLOCK;
        let end = usize::try_from(size).ok().and_then(|size| start.checked_add(size)).filter(|end| *end <= bytes.len());
        let content = end.and_then(|end| bytes.get(start..end)).ok_or_else(|| damaged("the end is missing", start))?;
        match header[156] {
            b'L' if content.len() <= LONGEST => long = Some(text(content).to_vec()),
            b'x' if content.len() <= LONGEST => {
                for (key, value) in records(content) {
                    match key {
                        b"path" => long = Some(value.to_vec()),
                        b"size" => long_size = std::str::from_utf8(value).ok().and_then(|n| n.parse().ok()),
                        _ => {}
                    }
                }
            }
            b'0' | 0 | b'7' => {
                let name = long.take().unwrap_or_else(|| {
                    let prefix = if &header[257..263] == b"ustar\0" { text(&header[345..500]) } else { b"" };
                    [prefix, b"/", text(&header[..100])].concat()
                });
                if entries.len() == MOST_FILES {
                    return Err(ArchiveError::TooMany);
                }
                room.take(content.len() as u64)?;
                entries.push(Entry { name: name_of(&name), bytes: content.to_vec() });
            }
            // Folders, links and devices.
            _ => long = None,
        }
        at = start + content.len().div_ceil(BLOCK) * BLOCK;
    }
    Ok(entries)
}

/// The records of an extended header: length, key and value each.
fn records(mut bytes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    std::iter::from_fn(move || {
        let space = bytes.iter().position(|b| *b == b' ')?;
        let len: usize = std::str::from_utf8(&bytes[..space]).ok()?.parse().ok()?;
        let record = bytes.get(space + 1..len)?.strip_suffix(b"\n")?;
        bytes = &bytes[len..];
        let equals = record.iter().position(|b| *b == b'=')?;
        Some((&record[..equals], &record[equals + 1..]))
    })
}
