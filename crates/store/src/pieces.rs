//! Evidence on its way out, piece by piece: a large file is never held unpacked.

use crate::StoreError;
use hindcast_trace::{EvidenceId, Stop};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{BufReader, Cursor, ErrorKind, Read, Result, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes of a piece at most.
const PIECE: usize = 256 << 10;

/// What one piece of evidence may unpack to; more than any upload, so that only damage meets it.
const MOST: u64 = 1 << 30;

/// Where packed bytes are.
#[derive(Debug, Clone)]
pub(crate) enum Packed {
    /// In a file, which is opened when it is read: an incident may have more files than a program may have open.
    File(PathBuf),
    /// What a table held.
    Held(Arc<[u8]>),
}

/// Evidence as it is stored: packed, and not read yet. Reading it keeps a thread busy; whoever asks for it says which one, and ends it.
#[derive(Debug, Clone)]
pub struct PackedEvidence {
    packed: Packed,
    id: EvidenceId,
}

type Source = BufReader<Box<dyn Read + Send>>;
type Unpacking = zstd::Decoder<'static, Source>;

impl PackedEvidence {
    pub(crate) fn new(packed: Packed, id: &EvidenceId) -> Self {
        PackedEvidence { packed, id: id.clone() }
    }

    /// The bytes, which match the digest; `None` where they were never kept, or are erased. Blocks until they are unpacked, or the flag is set.
    ///
    /// # Errors
    /// [`StoreError::DamagedEvidence`] where other bytes are stored, [`StoreError::Files`] once the flag is set.
    pub fn bytes(&self, stop: &Stop) -> std::result::Result<Option<Vec<u8>>, StoreError> {
        let packed = match &self.packed {
            Packed::Held(bytes) => Arc::clone(bytes),
            Packed::File(place) => match std::fs::read(place) {
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
                read => read?.into(),
            },
        };
        let mut bytes = Vec::new();
        let unpacked = zstd::Decoder::new(Cursor::new(packed));
        let found = unpacked.and_then(|unpacking| digest(unpacking.take(MOST), stop, |piece| bytes.extend(piece)));
        self.matches(found, stop)?;
        Ok(Some(bytes))
    }

    /// The bytes piece by piece; `None` where they were never kept, or are erased. They are read through once before, since bytes that do not
    /// match their digest are not given at all. Blocks for that pass, or until the flag is set.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes).
    pub fn pieces(&self, stop: &Stop) -> std::result::Result<Option<Pieces>, StoreError> {
        let Some(mut open) = self.open()? else { return Ok(None) };
        let again = open.again();
        let found = again.and_then(|again| digest(zstd::Decoder::new(again)?, stop, |_| ()));
        self.matches(found, stop)?;
        let unpacking = open.again().and_then(zstd::Decoder::new).map_err(|_| self.damaged())?;
        Ok(Some(Pieces { unpacking: Some(unpacking) }))
    }

    fn open(&self) -> Result<Option<Open>> {
        match &self.packed {
            Packed::Held(bytes) => Ok(Some(Open::Held(Arc::clone(bytes)))),
            Packed::File(place) => match File::open(place) {
                Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
                file => file.map(|file| Some(Open::File(file))),
            },
        }
    }

    fn matches(&self, found: Result<EvidenceId>, stop: &Stop) -> std::result::Result<(), StoreError> {
        match found {
            Ok(found) if found == self.id => Ok(()),
            Err(e) if stop.is_set() => Err(StoreError::Files(e)),
            _ => Err(self.damaged()),
        }
    }

    fn damaged(&self) -> StoreError {
        StoreError::DamagedEvidence(self.id.to_string())
    }
}

/// Packed bytes that can be read, whatever becomes of their name.
enum Open {
    File(File),
    Held(Arc<[u8]>),
}

impl Open {
    /// All of them from the beginning.
    fn again(&mut self) -> Result<Box<dyn Read + Send>> {
        Ok(match self {
            Open::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(0))?;
                Box::new(file)
            }
            Open::Held(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
        })
    }
}

/// The bytes of a file, in order. Nothing is read ahead, and no thread waits for whoever takes them.
pub struct Pieces {
    unpacking: Option<Unpacking>,
}

impl Pieces {
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

/// The digest of what is read, each piece of which is also given to `each`.
fn digest(mut unpacked: impl Read, stop: &Stop, mut each: impl FnMut(&[u8])) -> Result<EvidenceId> {
    let mut digest = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        if stop.is_set() {
            return Err(std::io::Error::other("nobody waits for it any more"));
        }
        match unpacked.read(&mut piece)? {
            0 => break,
            n => {
                digest.update(&piece[..n]);
                each(&piece[..n]);
            }
        }
    }
    Ok(EvidenceId::of_digest(&digest.finalize().into()))
}

/// True if a file of packed bytes unpacks to what its digest says.
pub(crate) fn is_intact(path: &Path, id: &EvidenceId) -> bool {
    let found = File::open(path).and_then(|file| digest(zstd::Decoder::new(file)?, &Stop::default(), |_| ()));
    found.is_ok_and(|found| found == *id)
}

fn cut_short(_: tokio::task::JoinError) -> StoreError {
    StoreError::Files(std::io::Error::other("the work was cut short"))
}
