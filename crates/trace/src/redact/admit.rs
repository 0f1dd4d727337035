//! Evidence at the door: unwrapped where it is wrapped, and masked.

use super::{Masked, Masker, Wanted, words};
use crate::evidence::Evidence;
use crate::limits::Limits;
use crate::unwrap::{Codec, UnwrapError, unwrap_within};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Evidence that may be stored.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// The masked bytes, under their own digest.
    pub evidence: Evidence,
    /// How many values were masked, by kind.
    pub counts: BTreeMap<String, usize>,
    /// What was undone, the outermost first: masks stand in the text, so the text is what is stored.
    pub unwrapped: Vec<Codec>,
    /// What could not be unwrapped and is missing, for people.
    pub lost: Vec<String>,
}

impl Admitted {
    /// What was masked and unwrapped, for people. Empty where the bytes are as they came.
    pub fn words(&self) -> String {
        let how = |codec: &Codec| match codec {
            Codec::Gzip => "unpacked from gzip",
            Codec::Zstd => "unpacked from zstd",
            Codec::OtlpTraces | Codec::OtlpLogs | Codec::OtlpFrames => "rewritten from OTLP protobuf as OTLP JSON",
            Codec::Script => "extracted from its JavaScript module",
            Codec::Table => "rewritten from a table as JSON Lines",
            Codec::Dialogue => "rewritten from plain text as JSON",
            Codec::EventStream | Codec::EventLists | Codec::JoinedPieces => {
                "put together from a stream of events as JSON Lines"
            }
            Codec::Har => "extracted from a recording of web traffic as JSON Lines",
            Codec::InspectArchive => "unpacked from a .eval archive",
            Codec::Parquet => "rewritten from Parquet as JSON Lines",
            Codec::Utf16 => "rewritten from UTF-16 as UTF-8",
        };
        let masked = Some(words(&self.counts)).filter(|w| !w.is_empty());
        let done = self.unwrapped.iter().map(|c| how(c).to_owned());
        masked.into_iter().chain(done).collect::<Vec<_>>().join("; ")
    }
}

/// Why evidence is refused: what cannot be read cannot be masked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its wrapping cannot be undone.
    #[error("{name} could not be unpacked, so nothing in it could be masked: {why}. Send the unpacked file as JSON.")]
    Wrapped {
        /// The file.
        name: String,
        /// What went wrong.
        why: String,
    },
    /// Wrapped too often.
    #[error(
        "{name} is wrapped more than {MOST} times, so nothing in it could be masked. Send the unpacked file as JSON."
    )]
    Nested {
        /// The file.
        name: String,
    },
    /// It is no text.
    #[error("{name} is not readable text (byte {at}), so nothing in it could be masked. Send JSON or text in UTF-8.")]
    NotText {
        /// The file.
        name: String,
        /// The first byte that is no text.
        at: usize,
    },
    /// More is to be masked in it than there is memory for.
    #[error(
        "{name} holds so many secrets, addresses, numbers and encoded texts in {bytes} bytes that masking them would take more memory than is \
         allowed for it. Split it, or leave out what is no part of the session."
    )]
    TooMany {
        /// The file.
        name: String,
        /// Its bytes, unpacked.
        bytes: usize,
    },
    /// The caller ended it.
    #[error("masking was stopped")]
    Stopped,
}

/// Wrappings that are undone.
const MOST: usize = 3;

/// Masks evidence, unwrapped where it is wrapped. What has nothing to be masked and was not wrapped comes back as it is.
///
/// # Errors
/// When the evidence cannot be read as text: then nothing of it may be stored.
pub fn admit(masker: &Masker, evidence: &Evidence) -> Result<Admitted, Refused> {
    admit_within(masker, evidence, &Limits::default())
}

/// The same within limits of the caller's.
///
/// # Errors
/// As [`admit`]; also when the caller ends it.
pub fn admit_within(masker: &Masker, evidence: &Evidence, limits: &Limits) -> Result<Admitted, Refused> {
    let Text { inner, unwrapped, lost } = Text::of(evidence, limits)?;
    let bytes = inner.as_deref().unwrap_or(&evidence.bytes);
    // The file as it came is there as well.
    let packed = if inner.is_some() { evidence.bytes.len() as u64 } else { 0 };
    let left = Limits { memory: limits.memory.saturating_sub(packed), ..limits.clone() };
    let masked = mask(masker, &evidence.name, bytes, &left, Wanted::Nothing)?;
    let evidence = Evidence::new(evidence.name.clone(), masked.bytes);
    Ok(Admitted { evidence, counts: masked.counts, unwrapped, lost })
}

/// Evidence that may be stored masked or as it came, which somebody decides who sees what would be masked.
#[derive(Debug, Clone)]
pub struct Choosable {
    /// The text as it came, unwrapped.
    pub text: Vec<u8>,
    /// The same with masks, and where they stand.
    pub masked: Masked,
    name: String,
    unwrapped: Vec<Codec>,
    lost: Vec<String>,
}

/// Unwraps evidence and finds what would be masked in it.
///
/// # Errors
/// As [`admit_within`].
pub fn choosable_within(masker: &Masker, evidence: Evidence, limits: &Limits) -> Result<Choosable, Refused> {
    let Text { inner, unwrapped, lost } = Text::of(&evidence, limits)?;
    let Evidence { name, bytes, .. } = evidence;
    let text = inner.unwrap_or(bytes);
    let masked = mask(masker, &name, &text, limits, Wanted::Places)?;
    Ok(Choosable { text, masked, name, unwrapped, lost })
}

impl Choosable {
    /// The evidence with masks.
    pub fn masked(self) -> Admitted {
        drop(self.text);
        let evidence = Evidence::new(self.name, self.masked.bytes);
        Admitted { evidence, counts: self.masked.counts, unwrapped: self.unwrapped, lost: self.lost }
    }

    /// The evidence as it came, unwrapped.
    pub fn unmasked(self) -> Admitted {
        drop(self.masked);
        let evidence = Evidence::new(self.name, self.text);
        Admitted { evidence, counts: BTreeMap::new(), unwrapped: self.unwrapped, lost: self.lost }
    }
}

/// The text in evidence.
struct Text {
    /// What was unwrapped; absent where the evidence is the text itself.
    inner: Option<Vec<u8>>,
    unwrapped: Vec<Codec>,
    lost: Vec<String>,
}

impl Text {
    fn of(evidence: &Evidence, limits: &Limits) -> Result<Self, Refused> {
        let name = || evidence.name.clone();
        let (mut unwrapped, mut lost) = (Vec::new(), Vec::new());
        let mut inner: Option<Vec<u8>> = None;
        while let Some(codec) = Codec::sniff(inner.as_deref().unwrap_or(&evidence.bytes)) {
            if unwrapped.len() == MOST {
                return Err(Refused::Nested { name: name() });
            }
            let undone =
                unwrap_within(codec, inner.as_deref().unwrap_or(&evidence.bytes), limits).map_err(|e| match e {
                    UnwrapError::Stopped => Refused::Stopped,
                    e => Refused::Wrapped { name: name(), why: e.to_string() },
                })?;
            unwrapped.push(codec);
            lost.extend(undone.lost);
            inner = Some(undone.bytes);
        }
        if let Some(at) = not_text(inner.as_deref().unwrap_or(&evidence.bytes)) {
            return Err(Refused::NotText { name: name(), at });
        }
        if limits.stop.is_set() {
            return Err(Refused::Stopped);
        }
        Ok(Text { inner, unwrapped, lost })
    }
}

fn mask(masker: &Masker, name: &str, bytes: &[u8], limits: &Limits, wanted: Wanted) -> Result<Masked, Refused> {
    masker.mask_for(bytes, limits, wanted).ok_or_else(|| match limits.stop.is_set() {
        true => Refused::Stopped,
        false => Refused::TooMany { name: name.to_owned(), bytes: bytes.len() },
    })
}

/// A key out of the evidence itself, for people who have none: the same files give the same masks, in whatever order, and
/// other files give others. Whoever has all of a file but one value can guess that value with it; a key of one's own
/// is the only guard against that.
pub fn key_of(evidence: &[Evidence]) -> [u8; 32] {
    let mut ids: Vec<String> = evidence.iter().map(|e| e.id.to_string()).collect();
    ids.sort_unstable();
    let mut digest = Sha256::new();
    digest.update(b"hindcast redaction 1\n");
    ids.iter().for_each(|id| digest.update(format!("{id}\n")));
    digest.finalize().into()
}

/// A key as people keep it: 64 hexadecimal digits. `None` for anything else.
pub fn parse_key(hex: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = hex.trim().as_bytes().as_chunks::<2>();
    if pairs.len() != 32 || !rest.is_empty() {
        return None;
    }
    let mut key = [0; 32];
    for (byte, [high, low]) in key.iter_mut().zip(pairs) {
        let digit = |b: u8| char::from(b).to_digit(16);
        *byte = (digit(*high)? << 4 | digit(*low)?) as u8;
    }
    Some(key)
}

/// How much broken UTF-8 a text may have: exports cut characters in two, pictures are mostly broken.
const BROKEN: usize = 100;

/// The first byte that makes it no text: a zero byte, or one of many that are no UTF-8.
fn not_text(bytes: &[u8]) -> Option<usize> {
    let zero = memchr::memchr(0, bytes);
    let mut broken = bytes.utf8_chunks().filter(|c| !c.invalid().is_empty());
    let first = broken.next().map(|c| c.valid().as_ptr() as usize - bytes.as_ptr() as usize + c.valid().len());
    zero.or_else(|| first.filter(|_| 1 + broken.count() > 1 + bytes.len() / BROKEN))
}

#[cfg(test)]
mod tests;
