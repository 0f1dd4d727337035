//! Bytes that come piece by piece: hashed, unwrapped and cut into lines on the way.

use super::BulkError;
use crate::evidence::EvidenceId;
use crate::json::MAX_DOCUMENT;
use crate::read::{ReadError, not_text};
use crate::unwrap::{ALWAYS_ALLOWED, Codec, MAX_RATIO, UnwrapError};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex};

/// A file that can be read from its start, more than once.
pub trait Source: Sync {
    /// What people call it.
    fn name(&self) -> &str;

    /// Its bytes, from the first one on.
    ///
    /// # Errors
    /// When it cannot be opened.
    fn open(&self) -> io::Result<Box<dyn Read + Send + '_>>;
}

/// Bytes that are read at once.
const BUFFER: usize = 256 << 10;
/// Wrapping inside wrapping, as in a file that is read at once.
const MAX_WRAPS: usize = 3;

/// What went through a reader.
#[derive(Default)]
struct Passed {
    digest: Sha256,
    bytes: u64,
    /// True when only the number of bytes is wanted.
    unhashed: bool,
}

/// Hashes what goes through.
struct Hashed<R> {
    from: R,
    passed: Arc<Mutex<Passed>>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        let mut passed = self.passed.lock().unwrap_or_else(|e| e.into_inner());
        passed.bytes += read as u64;
        if !passed.unhashed {
            passed.digest.update(&into[..read]);
        }
        Ok(read)
    }
}

/// The lines of a file, without what wraps it.
pub struct Lines<'s> {
    name: &'s str,
    from: BufReader<Box<dyn Read + Send + 's>>,
    passed: Arc<Mutex<Passed>>,
    /// What wraps the file, from the outside in.
    pub codecs: Vec<Codec>,
    /// What was missing at the end, for people, when the file was cut.
    pub lost: Option<String>,
    /// Bytes of a line at most, its end included.
    pub most: u64,
    /// True when a line was longer, which ended the reading.
    pub too_long: bool,
    number: u32,
    at: u64,
}

/// Bytes of a line that is read at all.
pub const LONGEST: u64 = MAX_DOCUMENT as u64;

/// One line: its number from 1, and its first byte in the unwrapped file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub number: u32,
    pub start: u64,
}

impl<'s> Lines<'s> {
    /// Opens a file. `None` where what wraps it, other than compression, makes it no file of lines.
    pub fn open(source: &'s dyn Source, hashed: bool) -> Result<Option<Self>, BulkError> {
        let name = source.name();
        let fail = |error| BulkError::Io { name: name.to_owned(), error };
        let passed = Arc::new(Mutex::new(Passed { unhashed: !hashed, ..Passed::default() }));
        let raw = Hashed { from: source.open().map_err(fail)?, passed: Arc::clone(&passed) };
        let mut from: BufReader<Box<dyn Read + Send + 's>> = BufReader::with_capacity(BUFFER, Box::new(raw));
        let mut codecs = Vec::new();
        loop {
            let head = from.fill_buf().map_err(fail)?;
            match Codec::sniff(head) {
                None => break,
                Some(Codec::Gzip) if codecs.len() < MAX_WRAPS => {
                    codecs.push(Codec::Gzip);
                    from = BufReader::with_capacity(BUFFER, Box::new(flate2::bufread::MultiGzDecoder::new(from)));
                }
                Some(Codec::Zstd) if codecs.len() < MAX_WRAPS => {
                    codecs.push(Codec::Zstd);
                    let decoder = zstd::stream::read::Decoder::with_buffer(from).map_err(fail)?;
                    from = BufReader::with_capacity(BUFFER, Box::new(decoder));
                }
                Some(_) => return Ok(None),
            }
        }
        if not_text(from.fill_buf().map_err(fail)?).is_some() {
            return Ok(None);
        }
        let (lost, most) = (None, LONGEST);
        Ok(Some(Lines { name, from, passed, codecs, lost, most, too_long: false, number: 0, at: 0 }))
    }

    /// Adds the next line to `into`, without its line end. `None` at the end of the file.
    pub fn next(&mut self, into: &mut Vec<u8>) -> Result<Option<Place>, BulkError> {
        let from = into.len();
        let most = self.most;
        let read = match (&mut self.from).take(most).read_until(b'\n', into) {
            Ok(read) => read,
            // What a cut stream gave before its end still counts.
            Err(e) if !self.codecs.is_empty() && is_damage(&e) => {
                let got = into.len() - from;
                let end = self.at + got as u64;
                self.lost = Some(format!("the compressed stream ends early, after {end} bytes of content ({e})"));
                got
            }
            Err(error) => return Err(BulkError::Io { name: self.name.to_owned(), error }),
        };
        if read == 0 {
            return Ok(None);
        }
        let place = Place { number: self.number + 1, start: self.at };
        self.number += 1;
        self.at += read as u64;
        self.refuse_bomb()?;
        if read as u64 == most && into.last() != Some(&b'\n') {
            self.too_long = true;
            into.truncate(from);
            return Ok(None);
        }
        for end in [b'\n', b'\r'] {
            if into.len() > from && into.last() == Some(&end) {
                into.pop();
            }
        }
        Ok(Some(place))
    }

    /// Bytes of the file, as it was given, that were read so far.
    pub fn read(&self) -> u64 {
        self.passed.lock().unwrap_or_else(|e| e.into_inner()).bytes
    }

    /// Reads what is left, and gives the id and the size of the file as it was given.
    pub fn finish(mut self) -> Result<(EvidenceId, u64), BulkError> {
        let fail = |error| BulkError::Io { name: self.name.to_owned(), error };
        if let Err(e) = io::copy(&mut self.from, &mut io::sink()) {
            return match is_damage(&e) && !self.codecs.is_empty() {
                true => Ok(self.known()),
                false => Err(fail(e)),
            };
        }
        Ok(self.known())
    }

    fn known(&self) -> (EvidenceId, u64) {
        let passed = self.passed.lock().unwrap_or_else(|e| e.into_inner());
        (EvidenceId::of_digest(&passed.digest.clone().finalize().into()), passed.bytes)
    }

    /// Memory is bounded whatever comes out; time would not be.
    fn refuse_bomb(&self) -> Result<(), BulkError> {
        if self.codecs.is_empty() || self.at <= ALWAYS_ALLOWED {
            return Ok(());
        }
        let limit = self.read().saturating_mul(MAX_RATIO).max(ALWAYS_ALLOWED);
        if self.at <= limit {
            return Ok(());
        }
        let why = UnwrapError::TooLarge { limit_mib: limit >> 20 }.to_string();
        Err(BulkError::Read(ReadError::Wrapped { name: self.name.to_owned(), why }))
    }

    /// Why reading ended at a line that is too long.
    pub fn broken(&self) -> BulkError {
        BulkError::Read(ReadError::Broken {
            name: self.name.to_owned(),
            what: "a line is longer than 1024 MiB".to_owned(),
            at: usize::try_from(self.at).unwrap_or(usize::MAX),
            line: self.number as usize,
        })
    }
}

/// True for what a decoder says of bytes that it does not understand, or of an end that comes too early.
fn is_damage(e: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, Other, UnexpectedEof};
    matches!(e.kind(), InvalidData | InvalidInput | UnexpectedEof | Other)
}
