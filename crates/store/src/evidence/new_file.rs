//! A file on its way in.

use crate::{StoreError, blobs};
use hindcast_trace::{Evidence, EvidenceId, Stop};
use std::sync::Arc;

/// A file that is to be added: packed already, since that takes time and others wait for the end of a change.
#[derive(Debug, Clone)]
pub struct NewFile {
    pub(super) id: EvidenceId,
    pub(super) name: String,
    pub(super) bytes: i64,
    pub(super) packed: Arc<[u8]>,
    pub(super) masked: String,
}

impl NewFile {
    /// Packs a file; `masked` says in words what was masked of it. Blocks until it is packed, or the flag is set.
    ///
    /// # Errors
    /// [`StoreError::Files`] once the flag is set.
    pub fn pack(file: &Evidence, masked: String, stop: &Stop) -> Result<Self, StoreError> {
        let packed = blobs::pack(&file.bytes, stop)?;
        let packed = packed.ok_or_else(|| StoreError::Files(std::io::Error::other("nobody waits for it any more")))?;
        let bytes = i64::try_from(file.bytes.len()).unwrap_or(i64::MAX);
        Ok(NewFile { id: file.id.clone(), name: file.name.clone(), bytes, packed: packed.into(), masked })
    }

    /// The SHA-256 of its bytes.
    pub fn id(&self) -> &EvidenceId {
        &self.id
    }
}
