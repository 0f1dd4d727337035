//! Many binary OTLP messages in one file, each behind its length, as the Collector's file exporter writes them.

use crate::otlp_protobuf;
use crate::unwrap::Codec;

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
    bytes.first() == Some(&0) && frame(bytes).is_some_and(|(message, _, _)| otlp_protobuf::sniff(message).is_some())
}

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
            lost.get_or_insert(format!("frame {number} breaks off"));
            break;
        };
        rest = after;
        if cut {
            lost.get_or_insert(format!("frame {number} breaks off; what follows the break is missing"));
        }
        // An empty frame is an empty export. One signal a file is the rule, but nothing enforces it.
        let logs = match otlp_protobuf::sniff(message) {
            Some(codec) => codec == Codec::OtlpLogs,
            None if message.is_empty() => continue,
            None => {
                lost.get_or_insert(format!("frame {number} holds no spans and no log records"));
                continue;
            }
        };
        if let Ok((json, cut)) = otlp_protobuf::to_json(message, logs) {
            out.extend_from_slice(&json);
            out.push(b'\n');
            if let Some(cut) = cut {
                lost.get_or_insert(format!("frame {number}: {cut}"));
            }
        }
    }
    if out.is_empty() {
        return Err("no span and no log record in it".to_owned());
    }
    Ok((out, lost))
}
