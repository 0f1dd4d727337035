//! Evidence: the bytes that every statement rests on, known by their SHA-256.

use crate::unwrap::Codec;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// The SHA-256 of some evidence, in lower-case hex behind `sha256:`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EvidenceId(String);

impl EvidenceId {
    /// The id of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_digest(&Sha256::digest(bytes).into())
    }

    /// The id of bytes whose SHA-256 was taken piece by piece.
    pub fn of_digest(digest: &[u8; 32]) -> Self {
        let hex: String = digest.iter().map(|b| format!("{b:02x}")).collect();
        EvidenceId(format!("sha256:{hex}"))
    }

    /// All hex digits, without what stands before them.
    pub fn hex(&self) -> &str {
        self.0.strip_prefix("sha256:").unwrap_or(&self.0)
    }

    /// The first twelve hex digits: enough for people to tell two pieces of evidence apart.
    pub fn short(&self) -> &str {
        let hex = self.hex();
        hex.get(..12).unwrap_or(hex)
    }
}

/// Why a text is no evidence id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an evidence ID is `sha256:` followed by 64 lowercase hex digits")]
pub struct NotAnId;

impl std::str::FromStr for EvidenceId {
    type Err = NotAnId;

    /// Takes an id that was kept as text. What has another form is refused, so that an id is safe in a file name.
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let hex = text.strip_prefix("sha256:").ok_or(NotAnId)?;
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if hex.len() == 64 && hex.bytes().all(is_hex) { Ok(EvidenceId(text.to_owned())) } else { Err(NotAnId) }
    }
}

impl fmt::Display for EvidenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file as it was given.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// Digest of the bytes.
    pub id: EvidenceId,
    /// What people call it: a file name without its folders.
    pub name: String,
    /// The bytes, unchanged; of an excerpt, the lines that it has.
    pub bytes: Vec<u8>,
    /// Which lines these are, where the file is too large to hold all of it. The id is still that of the whole file.
    pub excerpt: Option<Excerpt>,
}

/// Some lines of a file, which is known by what it holds as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt {
    /// What wraps the file, from the outside in: the lines are those of what is inside.
    pub codecs: Vec<Codec>,
    /// The lines, in the order of the file.
    pub lines: Vec<ExcerptLine>,
    /// Bytes of the whole file, as it was given.
    pub size: u64,
}

/// One line of an excerpt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExcerptLine {
    /// Its number in the file, counted from 1.
    pub number: u32,
    /// The number of its first document among those of the file, counted from 1.
    pub document: u32,
    /// Its first byte in the unwrapped file.
    pub start: u64,
    /// Its first byte in the excerpt.
    pub at: usize,
    /// Bytes, without the line end.
    pub len: u32,
}

impl Excerpt {
    /// The bytes of one line within those of the excerpt, by its number in the file.
    pub fn line<'b>(&self, bytes: &'b [u8], number: u32) -> Option<&'b [u8]> {
        let line = self.at(number)?;
        bytes.get(line.at..line.at + line.len as usize)
    }

    /// The number of the first document of one line, by the line's number in the file.
    pub(crate) fn document(&self, number: u32) -> Option<u32> {
        self.at(number).map(|line| line.document)
    }

    fn at(&self, number: u32) -> Option<&ExcerptLine> {
        self.lines.get(self.lines.binary_search_by_key(&number, |l| l.number).ok()?)
    }
}

impl Evidence {
    /// Takes bytes in as evidence.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Evidence { id: EvidenceId::of(&bytes), name: name.into(), bytes, excerpt: None }
    }

    /// Bytes of the file as it was given, held here or not.
    pub fn size(&self) -> usize {
        self.excerpt.as_ref().map_or(self.bytes.len(), |e| usize::try_from(e.size).unwrap_or(usize::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_and_nothing_else_is() {
        let id = EvidenceId::of(b"x");
        assert_eq!(id.to_string().parse(), Ok(id.clone()));
        for bad in ["", "sha256:", "../../etc/passwd", "sha256:../../../x", &id.to_string().to_uppercase()] {
            assert_eq!(bad.parse::<EvidenceId>(), Err(NotAnId), "{bad}");
        }
    }
}
