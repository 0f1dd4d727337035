//! Logs of Inspect as archives (`.eval`): a zip with a header and one file for each sample. Becomes the one JSON document that
//! Inspect's other form of log is.
//!
//! After PKWARE's APPNOTE 6.3. Sizes are taken from the central directory and kept to what the archive's own size explains.

use crate::json::parse_lenient;
use std::io::Read;

/// An archive's file, by the central directory.
struct Entry<'z> {
    name: &'z str,
    method: u16,
    packed: usize,
    /// Where its local header begins.
    at: usize,
}

/// True for an archive that holds a log of Inspect. Looks at the names only.
pub fn sniff(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
        && entries(bytes).is_some_and(|all| all.iter().any(|e| e.name == HEADER || e.name == START))
}

const HEADER: &str = "header.json";
const START: &str = "_journal/start.json";

fn u16_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes.get(at..at.checked_add(2)?).and_then(|b| b.try_into().ok()).map(|b| usize::from(u16::from_le_bytes(b)))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    bytes
        .get(at..at.checked_add(4)?)
        .and_then(|b| b.try_into().ok())
        .and_then(|b| usize::try_from(u32::from_le_bytes(b)).ok())
}

/// The archive's files, in the order of its directory.
fn entries(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    // The end record is the last thing but for a comment of at most 65535 bytes.
    let tail = bytes.len().saturating_sub(22 + 0xffff);
    let end = tail + memchr::memmem::rfind(&bytes[tail..], b"PK\x05\x06")?;
    let count = u16_at(bytes, end + 10)?;
    let mut at = u32_at(bytes, end + 16)?;
    let mut found = Vec::with_capacity(count.min(0xffff));
    for _ in 0..count {
        if bytes.get(at..at + 4)? != b"PK\x01\x02" {
            return None;
        }
        let (name, extra, comment) = (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
        let entry = Entry {
            name: std::str::from_utf8(bytes.get(at + 46..at + 46 + name)?).ok()?,
            method: u16::try_from(u16_at(bytes, at + 10)?).ok()?,
            packed: u32_at(bytes, at + 20)?,
            at: u32_at(bytes, at + 42)?,
        };
        found.push(entry);
        at += 46 + name + extra + comment;
    }
    Some(found)
}

/// The document, and what was missing, for people.
///
/// # Errors
/// When there is no header that can be read, or the files unpack to more than `limit` bytes together.
pub fn to_json(bytes: &[u8], limit: u64) -> Result<(Vec<u8>, Option<String>), Fault> {
    let all = entries(bytes).ok_or_else(|| Fault::Broken("its directory is damaged".to_owned()))?;
    let mut left = limit;
    let mut take = |entry: &Entry<'_>| -> Result<Vec<u8>, Fault> {
        let text = unpack(bytes, entry, left)?;
        left -= text.len() as u64;
        Ok(text)
    };
    let named = |name: &str| all.iter().find(|e| e.name == name);
    let header = named(HEADER).or_else(|| named(START)).ok_or_else(|| Fault::Broken("it has no header".to_owned()))?;
    let mut log = take(header)?;
    // The header is an object: the samples go in before its end.
    let whole = parse_lenient(&log[..]).is_some_and(|(doc, fault)| fault.is_none() && doc.root().is_object());
    let end = log.iter().rposition(|b| *b == b'}').filter(|_| whole);
    log.truncate(end.ok_or_else(|| Fault::Broken(format!("`{}` is damaged", header.name)))?);
    if header.name == START {
        // A run that did not come to its end has no header yet.
        log.extend_from_slice(b",\"status\":\"started\"");
    }
    log.extend_from_slice(b",\"samples\":[");
    let mut lost = 0;
    let mut first = true;
    for entry in all.iter().filter(|e| e.name.starts_with("samples/") && e.name.ends_with(".json")) {
        let text = match take(entry) {
            Ok(text) => text,
            Err(Fault::TooLarge) => return Err(Fault::TooLarge),
            Err(Fault::Broken(_)) => Vec::new(),
        };
        let whole = parse_lenient(&text[..]).is_some_and(|(doc, fault)| fault.is_none() && doc.root().is_object());
        if !whole {
            lost += 1;
            continue;
        }
        if !std::mem::take(&mut first) {
            log.push(b',');
        }
        log.push(b'\n');
        log.extend_from_slice(&text);
    }
    log.extend_from_slice(b"]}");
    Ok((log, (lost > 0).then(|| format!("{lost} samples of the archive are damaged and were left out"))))
}

/// How many bytes the files unpack to together, found out one file at a time; `None` for more than `limit`. What is damaged
/// does not count.
pub fn measure(bytes: &[u8], limit: u64) -> Option<u64> {
    let mut size = 0;
    for entry in entries(bytes).unwrap_or_default() {
        match unpack(bytes, &entry, limit - size) {
            Ok(text) => size += text.len() as u64,
            Err(Fault::TooLarge) => return None,
            Err(Fault::Broken(_)) => {}
        }
    }
    Some(size)
}

/// Why an archive was not unpacked.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It unpacks to more than its size can explain.
    TooLarge,
    /// It cannot be read.
    Broken(String),
}

fn unpack(bytes: &[u8], entry: &Entry<'_>, limit: u64) -> Result<Vec<u8>, Fault> {
    let broken = || Fault::Broken(format!("`{}` is damaged", entry.name));
    let header = bytes.get(entry.at..).filter(|b| b.starts_with(b"PK\x03\x04")).ok_or_else(broken)?;
    let names = u16_at(header, 26).zip(u16_at(header, 28)).map(|(name, extra)| 30 + name + extra).ok_or_else(broken)?;
    let packed = header.get(names..).and_then(|b| b.get(..entry.packed)).ok_or_else(broken)?;
    let mut text = Vec::new();
    let outcome = match entry.method {
        0 => packed.take(limit + 1).read_to_end(&mut text),
        8 => flate2::read::DeflateDecoder::new(packed).take(limit + 1).read_to_end(&mut text),
        93 => zstd::stream::read::Decoder::new(packed).and_then(|d| d.take(limit + 1).read_to_end(&mut text)),
        _ => return Err(broken()),
    };
    match outcome {
        Ok(_) if text.len() as u64 > limit => Err(Fault::TooLarge),
        Ok(_) => Ok(text),
        Err(_) => Err(broken()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_support::{kinds, reading};
    use crate::unwrap::Codec;
    use std::io::Write as _;

    fn le(number: usize, width: usize) -> Vec<u8> {
        number.to_le_bytes()[..width].to_vec()
    }

    fn deflated(text: &[u8]) -> Vec<u8> {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(text).and_then(|()| packer.finish()).unwrap_or_default()
    }

    /// An archive of files, by method: 0 as they are, 8 deflated, 93 by Zstandard.
    fn archive(files: &[(&str, u16, &[u8])]) -> Vec<u8> {
        let (mut body, mut directory) = (Vec::new(), Vec::new());
        for (name, method, text) in files {
            let packed = match method {
                8 => deflated(text),
                93 => zstd::encode_all(*text, 3).unwrap_or_default(),
                _ => text.to_vec(),
            };
            let at = body.len();
            let common = [
                vec![0; 2],
                le(usize::from(*method), 2),
                vec![0; 8],
                le(packed.len(), 4),
                le(text.len(), 4),
                le(name.len(), 2),
            ]
            .concat();
            body.extend(
                [b"PK\x03\x04".to_vec(), vec![20, 0], common.clone(), vec![0; 2], name.as_bytes().to_vec(), packed]
                    .concat(),
            );
            directory.extend(
                [b"PK\x01\x02".to_vec(), vec![20, 0, 20, 0], common, vec![0; 12], le(at, 4), name.as_bytes().to_vec()]
                    .concat(),
            );
        }
        let (from, size) = (body.len(), directory.len());
        body.extend(directory);
        body.extend(
            [
                b"PK\x05\x06".to_vec(),
                vec![0; 4],
                le(files.len(), 2),
                le(files.len(), 2),
                le(size, 4),
                le(from, 4),
                vec![0; 2],
            ]
            .concat(),
        );
        body
    }

    const HEAD: &[u8] = br#"{"version":2,"status":"success","eval":{"model":"m"},"plan":{},"stats":{}}
"#;
    const SAMPLE: &[u8] = br#"{"id":"s","epoch":1,"target":"x","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;

    #[test]
    fn samples_of_an_archive_are_sessions_whatever_packs_them() {
        for method in [0, 8, 93] {
            for head in [HEADER, START] {
                let file = archive(&[
                    ("samples/s_epoch_1.json", method, SAMPLE),
                    ("summaries.json", method, b"[]"),
                    (head, method, HEAD),
                ]);
                assert!(sniff(&file));
                let evidence = [crate::Evidence::new("log.eval", file)];
                let found = crate::read(&evidence).unwrap_or_else(|e| panic!("{e}"));
                assert_eq!(
                    (kinds(&found.sessions[0]), found.sessions.len()),
                    (vec!["user".to_owned(), "assistant".to_owned()], 1)
                );
                crate::test_support::every_text_is_where_it_says(&found.sessions[0], &evidence);
                assert_eq!(found.sessions[0].models(), ["m"]);
            }
        }
        assert!(reading("l.json", &String::from_utf8_lossy(HEAD)).sessions[0].events.is_empty());
    }

    #[test]
    fn damage_costs_its_sample_and_a_bomb_is_refused() {
        let mut file = archive(&[("samples/a.json", 0, b"{\"id\":"), ("samples/b.json", 0, SAMPLE), (HEADER, 0, HEAD)]);
        let (text, lost) = to_json(&file, 1 << 20).unwrap_or_default();
        assert!(lost.is_some_and(|l| l.starts_with("1 samples")) && text.ends_with(b"}]}"));
        for at in 0..file.len() {
            file[at] ^= 0xff;
            let _ = to_json(&file, 1 << 20);
            let _ = sniff(&file);
            file[at] ^= 0xff;
            let _ = entries(&file[..at]);
        }
        let bomb = archive(&[
            (HEADER, 8, HEAD),
            ("samples/a.json", 8, &vec![b' '; 1 << 20]),
            ("samples/b.json", 93, &vec![b' '; 1 << 20]),
        ]);
        assert_eq!(to_json(&bomb, 3 << 19), Err(Fault::TooLarge));
        assert!(!sniff(&archive(&[("word/document.xml", 0, b"<x/>")])));
        assert_eq!(Codec::sniff(&file), Some(Codec::InspectArchive));
    }

    #[test]
    fn an_archive_of_inspect_is_one_trace() {
        assert!(crate::archive::is_one_trace(&archive(&[(HEADER, 0, b"{}")])));
        assert!(!crate::archive::is_one_trace(&archive(&[("a.json", 0, b"{}")])));
    }

    #[test]
    fn the_files_are_measured_without_being_kept() {
        let sample = b"{}".repeat(4000);
        let file = archive(&[(HEADER, 0, b"{}"), ("samples/1.json", 8, &sample), ("samples/2.json", 93, &sample)]);
        assert_eq!(measure(&file, 1 << 20), Some(2 + 2 * 8000));
        assert_eq!(measure(&file, 15_000), None);
    }
}
