//! Undoing what wraps a trace: compression, and OTLP's binary form.

use crate::json::{Source, Tape};
use crate::limits::Limits;
use crate::otlp_protobuf::Rewritten;
use crate::{dialogue, event_stream, har, inspect_archive, otlp_frames, otlp_protobuf, parquet, script, table};
use std::io::{BufRead, BufReader, Read};

/// Bytes that unwrapping may always produce, however small the input.
pub(crate) const ALWAYS_ALLOWED: u64 = 64 << 20;
/// Beyond [`ALWAYS_ALLOWED`], output may be this many times the input: real traces compress 10 to 40 times,
/// a decompression bomb a thousand times.
pub(crate) const MAX_RATIO: u64 = 100;
/// Bytes that unwrapping may never exceed.
const NEVER_BEYOND: u64 = 1 << 30;

/// A reversible encoding around a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    /// RFC 1952, several members allowed.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// `ExportTraceServiceRequest` / `TracesData`, or the same for logs; becomes OTLP JSON.
    OtlpTraces,
    /// `ExportLogsServiceRequest` / `LogsData`; becomes OTLP JSON.
    OtlpLogs,
    /// Many of these, each behind its length, as the Collector's file exporter writes them; becomes OTLP JSON
    /// Lines.
    OtlpFrames,
    /// UTF-16 behind its byte order mark, as Windows tools write it; becomes UTF-8.
    Utf16,
    /// `const data = {…};`; becomes the value.
    Script,
    /// Records of an observability tool as a table (CSV); becomes JSON Lines.
    Table,
    /// A dialogue as plain text, subtitles or a table; becomes JSON.
    Dialogue,
    /// Answers of a model API as they were streamed, in pieces; become JSON Lines.
    EventStream,
    /// The same inside of a log of requests, as lists of events; becomes the log with whole answers.
    EventLists,
    /// Lines in which an answer grows by pieces; become the same lines with whole answers.
    JoinedPieces,
    /// A recording of web traffic with requests to a model API (HAR); becomes JSON Lines.
    Har,
    /// A log of Inspect as an archive (`.eval`); becomes the log as JSON.
    InspectArchive,
    /// A table in Parquet; becomes JSON Lines.
    Parquet,
}

impl Codec {
    const ALL: [Codec; 15] = [
        Codec::Gzip,
        Codec::Zstd,
        Codec::OtlpTraces,
        Codec::OtlpLogs,
        Codec::OtlpFrames,
        Codec::Utf16,
        Codec::Script,
        Codec::Table,
        Codec::Dialogue,
        Codec::EventStream,
        Codec::EventLists,
        Codec::JoinedPieces,
        Codec::Har,
        Codec::InspectArchive,
        Codec::Parquet,
    ];

    /// The name in a locator.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Gzip => "gunzip",
            Codec::Zstd => "unzstd",
            Codec::OtlpTraces => "otlp-protobuf-traces",
            Codec::OtlpLogs => "otlp-protobuf-logs",
            Codec::OtlpFrames => "otlp-protobuf-frames",
            Codec::Utf16 => "utf-16",
            Codec::Script => "script",
            Codec::Table => "table",
            Codec::Dialogue => "dialogue",
            Codec::EventStream => "event-stream",
            Codec::EventLists => "event-lists",
            Codec::JoinedPieces => "joined-pieces",
            Codec::Har => "har",
            Codec::InspectArchive => "inspect-archive",
            Codec::Parquet => "parquet",
        }
    }

    /// The codec with this name in a locator.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.name() == name)
    }

    /// The codec that these bytes announce themselves with.
    pub fn sniff(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x1f, 0x8b, ..] => Some(Codec::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Codec::Zstd),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(Codec::Utf16),
            _ if parquet::sniff(bytes) => Some(Codec::Parquet),
            _ if inspect_archive::sniff(bytes) => Some(Codec::InspectArchive),
            _ if otlp_frames::sniff(bytes) => Some(Codec::OtlpFrames),
            _ if script::sniff(bytes) => Some(Codec::Script),
            _ if table::sniff(bytes) => Some(Codec::Table),
            _ if table::holds_records(bytes) && !dialogue::sniff(bytes) => Some(Codec::Table),
            _ if event_stream::sniff(bytes) => Some(Codec::EventStream),
            _ if event_stream::lists::sniff(bytes) => Some(Codec::EventLists),
            _ if event_stream::joined::sniff(bytes) => Some(Codec::JoinedPieces),
            _ if har::sniff(bytes) => Some(Codec::Har),
            _ if dialogue::sniff(bytes) => Some(Codec::Dialogue),
            _ => otlp_protobuf::sniff(bytes),
        }
    }
}

/// What unwrapping gave.
#[derive(Debug)]
pub struct Unwrapped {
    /// The bytes inside.
    pub bytes: Vec<u8>,
    /// What was missing at the end, for people, when the input was cut.
    pub lost: Option<String>,
}

/// Why unwrapping was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// Output grew beyond what the input's size can explain.
    #[error(
        "it decompresses to more than {limit_mib} MiB, far too much for a trace of this size (a decompression bomb?)"
    )]
    TooLarge {
        /// The limit that applied, in MiB.
        limit_mib: u64,
    },
    /// It exceeds another limit.
    #[error("{0}")]
    Beyond(String),
    /// It was ended by the caller.
    #[error("unpacking was stopped")]
    Stopped,
    /// Nothing could be decoded at all.
    #[error("it is not valid {codec}: {why}")]
    Broken {
        /// The codec's name.
        codec: &'static str,
        /// What the decoder said.
        why: String,
    },
}

/// Undoes one encoding. A cut stream keeps what came out of it.
///
/// # Errors
/// When the output would exceed the limits, or nothing at all could be decoded.
pub fn unwrap(codec: Codec, bytes: &[u8]) -> Result<Unwrapped, UnwrapError> {
    unwrap_within(codec, bytes, &Limits::default())
}

/// The same within limits of the caller's.
///
/// # Errors
/// As [`unwrap`]; also when the caller ends it.
pub fn unwrap_within(codec: Codec, bytes: &[u8], limits: &Limits) -> Result<Unwrapped, UnwrapError> {
    let unwrapped = match codec {
        Codec::Gzip => read_limited(codec, flate2::read::MultiGzDecoder::new(bytes), bytes.len(), limits),
        Codec::Zstd => {
            let broken = |e: std::io::Error| UnwrapError::Broken { codec: codec.name(), why: e.to_string() };
            read_limited(codec, zstd::stream::read::Decoder::new(bytes).map_err(broken)?, bytes.len(), limits)
        }
        Codec::Utf16 => Ok(from_utf16(bytes)),
        Codec::Script => {
            let (bytes, lost) = script::value(bytes);
            Ok(Unwrapped { bytes, lost })
        }
        Codec::Table => {
            let (bytes, lost) =
                table::to_json(bytes).map_err(|why| UnwrapError::Broken { codec: codec.name(), why })?;
            Ok(Unwrapped { bytes, lost })
        }
        Codec::Dialogue => {
            let bytes = dialogue::to_json(bytes).map_err(|why| UnwrapError::Broken { codec: codec.name(), why })?;
            Ok(Unwrapped { bytes, lost: None })
        }
        Codec::EventStream | Codec::Har => {
            let rewritten = if codec == Codec::Har { har::to_json(bytes) } else { event_stream::to_json(bytes) };
            let (bytes, lost) = rewritten.map_err(|why| UnwrapError::Broken { codec: codec.name(), why })?;
            Ok(Unwrapped { bytes, lost })
        }
        Codec::EventLists => {
            let (bytes, lost) = event_stream::lists::to_json(bytes);
            Ok(Unwrapped { bytes, lost })
        }
        Codec::JoinedPieces => Ok(Unwrapped { bytes: event_stream::joined::to_json(bytes), lost: None }),
        Codec::InspectArchive => {
            let limit = limit(bytes.len());
            let (bytes, lost) = inspect_archive::to_json(bytes, limit).map_err(|fault| match fault {
                inspect_archive::Fault::TooLarge => UnwrapError::TooLarge { limit_mib: limit >> 20 },
                inspect_archive::Fault::Broken(why) => UnwrapError::Broken { codec: codec.name(), why },
            })?;
            Ok(Unwrapped { bytes, lost })
        }
        Codec::Parquet => {
            let limit = limit(bytes.len()).min(limits.unpacked);
            let (bytes, lost) =
                parquet::to_json(bytes, limit, &limits.stop).map_err(|fault| from_parquet(fault, limit))?;
            Ok(Unwrapped { bytes, lost })
        }
        Codec::OtlpTraces | Codec::OtlpLogs => {
            let Rewritten { json, lost, .. } = rewritten(codec, bytes)?;
            Ok(Unwrapped { bytes: json, lost })
        }
        Codec::OtlpFrames => {
            let (json, lost) =
                otlp_frames::to_json(bytes).map_err(|why| UnwrapError::Broken { codec: codec.name(), why })?;
            Ok(Unwrapped { bytes: json, lost })
        }
    }?;
    within(unwrapped.bytes.len(), limits).map(|()| unwrapped)
}

fn within(length: usize, limits: &Limits) -> Result<(), UnwrapError> {
    match length as u64 > limits.unpacked {
        true => Err(UnwrapError::TooLarge { limit_mib: limits.unpacked >> 20 }),
        false => Ok(()),
    }
}

fn rewritten(codec: Codec, bytes: &[u8]) -> Result<Rewritten, UnwrapError> {
    otlp_protobuf::rewrite(bytes, codec == Codec::OtlpLogs)
        .map_err(|why| UnwrapError::Broken { codec: codec.name(), why })
}

/// What unwrapping gave, with the values of it where they are known without parsing it: then it is one JSON document.
pub(crate) struct Parsed {
    /// What is inside.
    pub src: Source<'static>,
    /// As in [`Unwrapped`].
    pub lost: Option<String>,
    /// The values.
    pub tape: Option<Tape>,
}

/// Undoes one encoding, as [`unwrap_within`] does.
pub(crate) fn unwrap_parsed(codec: Codec, bytes: &[u8], limits: &Limits) -> Result<Parsed, UnwrapError> {
    if !matches!(codec, Codec::OtlpTraces | Codec::OtlpLogs) {
        let Unwrapped { bytes, lost } = unwrap_within(codec, bytes, limits)?;
        return Ok(Parsed { src: bytes.into(), lost, tape: None });
    }
    let Rewritten { json, tape, lost } = rewritten(codec, bytes)?;
    within(json.len(), limits)?;
    Ok(Parsed { src: json.into(), lost, tape })
}

fn from_parquet(fault: parquet::Fault, limit: u64) -> UnwrapError {
    match fault {
        parquet::Fault::TooLarge => UnwrapError::TooLarge { limit_mib: limit >> 20 },
        parquet::Fault::Beyond(what) => UnwrapError::Beyond(what),
        parquet::Fault::Broken(why) => UnwrapError::Broken { codec: "Parquet", why },
        parquet::Fault::Stopped => UnwrapError::Stopped,
    }
}

/// How many bytes a file will have once it is unpacked, found out without keeping them. Compression is undone, also one within the other;
/// what is rewritten as JSON is counted as what it comes to at most as a rule.
///
/// # Errors
/// When it would exceed the limits, or the caller ends it. What cannot be decoded counts as far as it can be.
pub fn measure(bytes: &[u8], limits: &Limits) -> Result<u64, UnwrapError> {
    let most = limit(bytes.len()).min(limits.unpacked);
    if inspect_archive::sniff(bytes) {
        return inspect_archive::measure(bytes, most).ok_or(UnwrapError::TooLarge { limit_mib: most >> 20 });
    }
    if parquet::sniff(bytes) {
        return match parquet::measure(bytes, most, &limits.stop).map_err(|fault| from_parquet(fault, most)) {
            Err(UnwrapError::Broken { .. }) => Ok(0),
            measured => measured,
        };
    }
    let mut reader: Box<dyn BufRead + '_> = Box::new(bytes);
    let mut rewritten = 1;
    for _ in 0..WRAPPINGS {
        let Ok(start) = reader.fill_buf() else { break };
        match Codec::sniff(start) {
            Some(Codec::Gzip) => {
                let inner = flate2::bufread::MultiGzDecoder::new(reader);
                reader = Box::new(BufReader::new(inner.take(most + 1)));
            }
            Some(Codec::Zstd) => {
                let Ok(inner) = zstd::stream::read::Decoder::with_buffer(reader) else { return Ok(0) };
                reader = Box::new(BufReader::new(inner.take(most + 1)));
            }
            Some(
                Codec::OtlpTraces
                | Codec::OtlpLogs
                | Codec::OtlpFrames
                | Codec::Table
                | Codec::Dialogue
                | Codec::EventStream
                | Codec::Har,
            ) => {
                rewritten = REWRITTEN;
                break;
            }
            Some(Codec::Utf16) => {
                rewritten = 2;
                break;
            }
            // An archive's directory is at its end, so that one within compression is not seen here.
            Some(Codec::Script | Codec::InspectArchive | Codec::EventLists | Codec::JoinedPieces) | None => break,
            // Neither is a table's footer, which says how large it is.
            Some(Codec::Parquet) => {
                rewritten = TABLE;
                break;
            }
        }
    }
    let mut size = 0;
    loop {
        if limits.stop.is_set() {
            return Err(UnwrapError::Stopped);
        }
        let read = reader.fill_buf().map_or(0, <[u8]>::len);
        if read == 0 {
            return Ok(size * rewritten);
        }
        reader.consume(read);
        size += read as u64;
        if size > most.max(bytes.len() as u64) {
            return Err(UnwrapError::TooLarge { limit_mib: most >> 20 });
        }
    }
}

/// Compression within compression that is measured.
const WRAPPINGS: usize = 3;
/// How many times its bytes a rewritten file has as JSON: protobuf two to five times, a dialogue of short lines six times.
const REWRITTEN: u64 = 6;

/// How many times its bytes a table has as JSON that is packed in itself and in another wrapping.
const TABLE: u64 = 20;

/// Text behind a byte order mark, which says which byte of a unit comes first (RFC 2781).
fn from_utf16(bytes: &[u8]) -> Unwrapped {
    let big = bytes.starts_with(&[0xfe, 0xff]);
    let (units, rest) = bytes.get(2..).unwrap_or_default().as_chunks::<2>();
    let units = units.iter().map(|unit| if big { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) });
    let mut bad = 0usize;
    let text: String = char::decode_utf16(units)
        .map(|c| {
            c.unwrap_or_else(|_| {
                bad += 1;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    let lost = match (bad, rest.is_empty()) {
        (0, true) => None,
        (0, false) => Some("the UTF-16 text ends in the middle of a character".to_owned()),
        (n, _) => Some(format!("{n} characters are not valid UTF-16; they are shown as \u{FFFD}")),
    };
    Unwrapped { bytes: text.into_bytes(), lost }
}

/// How much so many packed bytes may become.
pub fn limit(packed: usize) -> u64 {
    (packed as u64 * MAX_RATIO).clamp(ALWAYS_ALLOWED, NEVER_BEYOND)
}

/// Bytes that are unpacked between two looks at whether anybody still waits for them.
const PIECE: u64 = 1 << 20;

fn read_limited(codec: Codec, mut reader: impl Read, packed: usize, limits: &Limits) -> Result<Unwrapped, UnwrapError> {
    let limit = limit(packed).min(limits.unpacked);
    let mut bytes = Vec::new();
    let outcome = loop {
        if limits.stop.is_set() {
            return Err(UnwrapError::Stopped);
        }
        let outcome = reader.by_ref().take(PIECE).read_to_end(&mut bytes);
        if bytes.len() as u64 > limit {
            return Err(UnwrapError::TooLarge { limit_mib: limit >> 20 });
        }
        if !matches!(outcome, Ok(n) if n > 0) {
            break outcome;
        }
    };
    match outcome {
        Ok(_) => Ok(Unwrapped { bytes, lost: None }),
        Err(e) if bytes.is_empty() => Err(UnwrapError::Broken { codec: codec.name(), why: e.to_string() }),
        Err(e) => {
            let lost = format!("the compressed stream ends early, after {} bytes of content ({e})", bytes.len());
            Ok(Unwrapped { bytes, lost: Some(lost) })
        }
    }
}

/// The lines of a document: number from 1, first byte, and the bytes without their line end.
pub fn lines(all: &[u8]) -> impl Iterator<Item = (u32, usize, &[u8])> {
    let mut at = 0;
    let mut number = 0;
    std::iter::from_fn(move || {
        if at >= all.len() {
            return None;
        }
        let start = at;
        let end = memchr::memchr(b'\n', &all[at..]).map_or(all.len(), |n| at + n);
        at = end + 1;
        number += 1;
        let line = &all[start..end];
        Some((number, start, line.strip_suffix(b"\r").unwrap_or(line)))
    })
}

/// One line, counted from 1.
pub fn line(all: &[u8], number: u32) -> Option<&[u8]> {
    lines(all).nth(number.checked_sub(1)? as usize).map(|(_, _, l)| l)
}
