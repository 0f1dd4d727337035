//! Archives: many files in one. Their files are taken out in memory; nothing is written anywhere, so that no path in an
//! archive leads out of it.

mod tar;
mod zip;

use crate::unwrap::{self, Codec};
use std::io::Read;

/// Files of one archive at most.
pub const MOST_FILES: usize = 10_000;

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its path in the archive, without steps that would lead out of it.
    pub name: String,
    /// Its bytes, unpacked.
    pub bytes: Vec<u8>,
}

/// Why an archive is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArchiveError {
    /// Its files are too large together.
    #[error(
        "it unpacks to more than {limit_mib} MiB, far too much for an archive of this size (a decompression bomb?)"
    )]
    TooLarge {
        /// The limit that applied, in MiB.
        limit_mib: u64,
    },
    /// It has too many files.
    #[error("it contains more than {MOST_FILES} files")]
    TooMany,
    /// A file in it is encrypted.
    #[error("`{name}` in it is encrypted")]
    Encrypted {
        /// The file.
        name: String,
    },
    /// A file in it is compressed in a way that is not read.
    #[error("`{name}` in it is compressed by a method that is not supported (number {method}); use deflate")]
    Method {
        /// The file.
        name: String,
        /// The number that the zip format gives the method.
        method: u16,
    },
    /// It is damaged.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
}

/// A kind of archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Archive {
    /// Of PKWARE's APPNOTE.
    Zip,
    /// Of POSIX 1003.1-2001, and of GNU before it.
    Tar,
    /// The same, compressed.
    PackedTar(Codec),
}

/// True for an archive that is a trace as a whole, such as a log of Inspect (`.eval`): its files are not traces of their own.
pub fn is_one_trace(bytes: &[u8]) -> bool {
    Codec::sniff(bytes) == Some(Codec::InspectArchive)
}

/// True for a document that is an archive only on the inside, such as a workbook of Excel.
pub fn is_document(bytes: &[u8]) -> bool {
    crate::read::of_office(bytes).is_some()
}

impl Archive {
    /// The archive that a file announces itself as; the first 64 KiB are enough.
    pub fn sniff(head: &[u8]) -> Option<Archive> {
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            return Some(Archive::Zip);
        }
        if tar::sniff(head) {
            return Some(Archive::Tar);
        }
        let codec = Codec::sniff(head)?;
        let mut block = Vec::new();
        // What a cut stream gives before its end is all that is wanted.
        let _ = match codec {
            Codec::Gzip => flate2::read::MultiGzDecoder::new(head).take(512).read_to_end(&mut block).ok(),
            Codec::Zstd => zstd::stream::read::Decoder::new(head).ok()?.take(512).read_to_end(&mut block).ok(),
            _ => return None,
        };
        tar::sniff(&block).then_some(Archive::PackedTar(codec))
    }

    /// Takes out the files, in the order of the archive. Folders, links and hidden files are left out.
    ///
    /// # Errors
    /// When the archive is damaged, encrypted, or unpacks to more than its size explains.
    pub fn files(self, bytes: &[u8]) -> Result<Vec<Entry>, ArchiveError> {
        let mut room = Room { left: unwrap::limit(bytes.len()), limit: unwrap::limit(bytes.len()) };
        let mut entries = match self {
            Archive::Zip => zip::files(bytes, &mut room)?,
            Archive::Tar => tar::files(bytes, &mut room)?,
            Archive::PackedTar(codec) => {
                let damaged = |e: unwrap::UnwrapError| match e {
                    unwrap::UnwrapError::TooLarge { limit_mib } => ArchiveError::TooLarge { limit_mib },
                    broken => ArchiveError::Damaged(broken.to_string()),
                };
                let unpacked = unwrap::unwrap(codec, bytes).map_err(damaged)?;
                if let Some(lost) = unpacked.lost {
                    return Err(ArchiveError::Damaged(lost));
                }
                tar::files(&unpacked.bytes, &mut room)?
            }
        };
        entries.retain(|e| !is_hidden(&e.name));
        Ok(entries)
    }
}

/// Bytes that may still be taken out.
struct Room {
    left: u64,
    limit: u64,
}

impl Room {
    fn take(&mut self, bytes: u64) -> Result<(), ArchiveError> {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(self.full()),
        }
    }

    fn full(&self) -> ArchiveError {
        ArchiveError::TooLarge { limit_mib: self.limit >> 20 }
    }
}

/// True for files that systems put into archives for themselves.
fn is_hidden(name: &str) -> bool {
    name.split('/').any(|part| part.starts_with('.') || part == "__MACOSX")
}

/// A path as a name: relative, with plain slashes, without steps upwards.
fn name_of(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let parts = text.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | ".."));
    parts.map(|part| part.chars().filter(|c| !c.is_control()).collect::<String>()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests;
