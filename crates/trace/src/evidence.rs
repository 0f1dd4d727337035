//! Evidence: the bytes that every statement rests on, known by their SHA-256.

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
        let digest = Sha256::digest(bytes);
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
    /// The bytes, unchanged.
    pub bytes: Vec<u8>,
}

impl Evidence {
    /// Takes bytes in as evidence.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Evidence { id: EvidenceId::of(&bytes), name: name.into(), bytes }
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
