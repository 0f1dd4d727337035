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

    /// The first twelve hex digits: enough for people to tell two pieces of evidence apart.
    pub fn short(&self) -> &str {
        let hex = self.0.strip_prefix("sha256:").unwrap_or(&self.0);
        hex.get(..12).unwrap_or(hex)
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
