//! Evidence on its way out, piece by piece: a large file is never held unpacked.

use crate::StoreError;
use hindcast_trace::EvidenceId;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Result, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// Bytes of a piece at most.
const PIECE: usize = 256 << 10;

/// Packed bytes: a file that is open, or what a table held.
#[derive(Debug)]
pub(crate) enum Packed {
    /// Read as it is unpacked.
    File(File),
    /// Held while it is packed.
    Held(Arc<[u8]>),
}

impl Packed {
    fn unpack(&self) -> Result<Unpacking> {
        let source: Box<dyn Read + Send> = match self {
            Packed::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Box::new(file)
            }
            Packed::Held(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        };
        zstd::Decoder::new(source)
    }
}

type Unpacking = zstd::Decoder<'static, BufReader<Box<dyn Read + Send>>>;

/// The bytes of a file, in order. Nothing is read ahead, and no thread waits for whoever takes them.
pub struct Pieces {
    unpacking: Option<Unpacking>,
}

impl Pieces {
    /// The pieces of packed bytes, which are read through once before: bytes that do not match their digest are not given at all.
    ///
    /// # Errors
    /// [`StoreError::DamagedEvidence`] where they are other bytes.
    pub(crate) async fn new(packed: Packed, id: &EvidenceId) -> std::result::Result<Self, StoreError> {
        let known = id.clone();
        let read = tokio::task::spawn_blocking(move || {
            let matches = digest(packed.unpack()?)? == known;
            matches.then(|| packed.unpack()).transpose()
        });
        match read.await.map_err(cut_short)? {
            Ok(Some(unpacking)) => Ok(Pieces { unpacking: Some(unpacking) }),
            _ => Err(StoreError::DamagedEvidence(id.to_string())),
        }
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn next(&mut self) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        let Some(mut unpacking) = self.unpacking.take() else { return Ok(None) };
        let read = tokio::task::spawn_blocking(move || {
            let mut piece = Vec::with_capacity(PIECE);
            (&mut unpacking).take(PIECE as u64).read_to_end(&mut piece).map(|_| (piece, unpacking))
        });
        let (piece, unpacking) = read.await.map_err(cut_short)??;
        self.unpacking = Some(unpacking);
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}

/// The digest of what is read.
fn digest(mut unpacked: impl Read) -> Result<EvidenceId> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        match unpacked.read(&mut piece)? {
            0 => break,
            n => digest.update(&piece[..n]),
        }
    }
    Ok(EvidenceId::of_digest(&digest.finalize().into()))
}

/// True if a file of packed bytes unpacks to what its digest says.
pub(crate) fn is_intact(path: &Path, id: &EvidenceId) -> bool {
    let found = File::open(path).and_then(|file| digest(Packed::File(file).unpack()?));
    found.is_ok_and(|found| found == *id)
}

fn cut_short(_: tokio::task::JoinError) -> StoreError {
    StoreError::Files(std::io::Error::other("the work was cut short"))
}
