//! Many binary OTLP messages in one file, each behind its length, as the Collector's file exporter writes them.

use crate::json::{Fault, parse_tape};
use crate::otlp_protobuf;
use crate::unwrap::{self, Codec};
use serde::de::IgnoredAny;
use std::borrow::Cow;

/// The frame that a file of the Collector's file exporter begins with: its length as big-endian `u32`, then
/// one message. Returns the message and what follows; a frame that the end cuts holds what is there.
fn frame(bytes: &[u8]) -> Option<(&[u8], &[u8], bool)> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let length = u32::from_be_bytes(*length) as usize;
    Some(match rest.get(..length) {
        Some(message) => (message, &rest[length..], false),
        None => (rest, &[], true),
    })
}

/// Says whether the bytes look like such a file.
pub fn sniff(bytes: &[u8]) -> bool {
    // Text never begins with a zero byte, and no frame is 16 MiB long.
    let of_otlp = |message: &[u8]| {
        message.starts_with(ZSTD) || message.starts_with(b"{\"resource") || otlp_protobuf::sniff(message).is_some()
    };
    bytes.first() == Some(&0) && frame(bytes).is_some_and(|(message, _, _)| of_otlp(message))
}

/// How a frame begins that was compressed by itself, as the Collector does with `compression: zstd`.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Rewrites such a file as OTLP JSON Lines, one line for each frame; also says what was cut.
///
/// # Errors
/// When no frame holds a span or a log record.
pub fn to_json(bytes: &[u8]) -> Result<(Vec<u8>, Option<String>), String> {
    let mut out = Vec::new();
    let mut lost = None;
    let mut rest = bytes;
    let mut number = 0;
    while !rest.is_empty() {
        number += 1;
        let Some((message, after, cut)) = frame(rest) else {
            lost.get_or_insert(format!("frame {number} is truncated"));
            break;
        };
        rest = after;
        if cut {
            lost.get_or_insert(format!("frame {number} is truncated; the rest of the file is missing"));
        }
        match line(message, &mut out) {
            Ok(None) => {}
            Ok(Some(why)) | Err(why) => drop(lost.get_or_insert(format!("frame {number}: {why}"))),
        }
        // Many small frames may unpack to too much together.
        if out.len() as u64 > unwrap::limit(bytes.len()) {
            lost.get_or_insert(format!(
                "frame {number} is too large when decompressed; it and all later frames are missing"
            ));
            break;
        }
    }
    if out.is_empty() {
        return Err(lost.unwrap_or_else(|| "it contains no spans or log records".to_owned()));
    }
    Ok((out, lost))
}

/// Writes one frame as a line of JSON; says what was cut of it.
fn line(message: &[u8], out: &mut Vec<u8>) -> Result<Option<String>, String> {
    let mut lost = None;
    let mut message = Cow::Borrowed(message);
    if message.starts_with(ZSTD) {
        let unpacked = unwrap::unwrap(Codec::Zstd, &message).map_err(|e| e.to_string())?;
        lost = unpacked.lost;
        message = Cow::Owned(unpacked.bytes);
    }
    if message.first() == Some(&b'{') {
        let damaged = json(&message, out)?;
        out.push(b'\n');
        return Ok(lost.or(damaged));
    }
    // An empty frame is an empty export. One signal a file is the rule, but nothing enforces it.
    let logs = match otlp_protobuf::sniff(&message) {
        Some(codec) => codec == Codec::OtlpLogs,
        None if message.is_empty() => return Ok(lost),
        None => return Err("it contains no spans or log records".to_owned()),
    };
    let (json, cut) = otlp_protobuf::to_json(&message, logs)?;
    out.extend_from_slice(&json);
    out.push(b'\n');
    Ok(lost.or(cut))
}

/// Writes a frame that is JSON already on one line. Of a damaged one, what stands before the damage is written, so that the
/// line is JSON, too; says what was left out.
fn json(message: &[u8], out: &mut Vec<u8>) -> Result<Option<String>, String> {
    if serde_json::from_slice::<IgnoredAny>(message).is_ok() {
        // A line break inside of JSON stands between values, never in one.
        out.extend(message.iter().map(|&b| if matches!(b, b'\n' | b'\r') { b' ' } else { b }));
        return Ok(None);
    }
    let (tape, end) = parse_tape(message);
    let doc = tape.ok_or("it is not JSON")?.over(message);
    serde_json::to_writer(out, &doc.root().to_serde()).map_err(|e| e.to_string())?;
    Ok(match end {
        Err(Fault { at, what, .. }) => Some(format!("its JSON is damaged at byte {at}: {what}")),
        Ok(end) if end < message.len() => Some(format!("{} bytes after its JSON were left out", message.len() - end)),
        // Values that are not quite JSON, such as `NaN`.
        Ok(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::to_json;

    fn framed(messages: &[&[u8]]) -> Vec<u8> {
        messages.iter().flat_map(|m| [&(m.len() as u32).to_be_bytes(), *m].concat()).collect()
    }

    #[test]
    fn frames_of_damaged_json_become_json() {
        let cases: [(&[u8], &str, Option<&str>); 7] = [
            (b"{\"a\":\n1}", "{\"a\": 1}", None),
            (b"{\"a\":1}2\x19\n\x00", "{\"a\":1}", Some("4 bytes after its JSON were left out")),
            (b"{\"a\":[1,\"it bre", "{\"a\":[1]}", Some("its JSON is damaged at byte")),
            (b"{\"a\":\"one\ntwo\"}", "{\"a\":\"one\\ntwo\"}", None),
            (b"{\"a\":NaN}", "{\"a\":null}", None),
            (b"{\"a\":\"\xff\x00\"}", "{\"a\":\"\u{fffd}\\u0000\"}", None),
            (b"{", "{}", Some("its JSON is damaged at byte 1")),
        ];
        for (message, line, left_out) in cases {
            let (json, lost) = to_json(&framed(&[message, b"{\"b\":2}"])).expect("frames");
            assert_eq!(String::from_utf8_lossy(&json), format!("{line}\n{{\"b\":2}}\n"));
            let told = lost.unwrap_or_default();
            assert!(left_out.map_or(told.is_empty(), |what| told.contains(what)), "{told}");
        }
    }
}
