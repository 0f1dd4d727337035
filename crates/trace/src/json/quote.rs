//! Writing strings, with the escapes that `serde_json` writes.

use super::Kind;
use super::marks::{PIECE, escaped};

/// What a byte is written as: how many bytes, and which.
const WRITTEN: [(u8, [u8; 6]); 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut written = [(1, [0; 6]); 256];
    let mut byte = 0;
    while byte < 256 {
        let short = match byte as u8 {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\t' => b't',
            b'\r' => b'r',
            8 => b'b',
            12 => b'f',
            _ => 0,
        };
        written[byte] = match (short, byte) {
            (0, 0..0x20) => (6, [b'\\', b'u', b'0', b'0', DIGITS[byte >> 4], DIGITS[byte & 15]]),
            (0, _) => (1, [byte as u8, 0, 0, 0, 0, 0]),
            (short, _) => (2, [b'\\', short, 0, 0, 0, 0]),
        };
        byte += 1;
    }
    written
};

/// The longest that a byte is written as.
const LONGEST: usize = 6;

/// Writes a text in quotes, and says whether there are escapes in it.
pub(crate) fn quote(text: &str, out: &mut Vec<u8>) -> Kind {
    let text = text.as_bytes();
    let start = out.len();
    out.push(b'"');
    let (mut at, mut end) = (0, out.len());
    // Most escapes take one byte more; where there are many, room is made again.
    let enough = |at: usize, end: usize| end + (text.len() - at) + PIECE + LONGEST;
    out.resize(enough(0, end) + text.len() / 4, 0);
    while at < text.len() {
        if out.len() < enough(at, end) {
            out.resize(enough(at, end) + text.len(), 0);
        }
        let left = (text.len() - at).min(PIECE);
        let piece = match text.get(at..).and_then(|rest| rest.first_chunk::<PIECE>()) {
            Some(piece) => *piece,
            None => {
                let mut last = [b' '; PIECE];
                last[..left].copy_from_slice(&text[at..]);
                last
            }
        };
        if let Some(to) = out.get_mut(end..).and_then(|out| out.first_chunk_mut::<PIECE>()) {
            *to = piece;
        }
        let plain = (escaped(&piece).trailing_zeros() as usize).min(left);
        (at, end) = (at + plain, end + plain);
        if plain == left {
            continue;
        }
        let (length, bytes) = WRITTEN[usize::from(text[at])];
        if let Some(to) = out.get_mut(end..).and_then(|out| out.first_chunk_mut::<LONGEST>()) {
            *to = bytes;
        }
        (at, end) = (at + 1, end + usize::from(length));
    }
    out.truncate(end);
    out.push(b'"');
    if out.len() - start == text.len() + 2 { Kind::Plain } else { Kind::Escaped }
}

#[cfg(test)]
mod tests {
    use super::quote;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn texts_are_written_as_serde_json_writes_them(text in "([a-zé]{0,20}[\"\\\\\u{0}-\u{1f}]{0,30}){0,4}") {
            let mut written = b"[".to_vec();
            quote(&text, &mut written);
            prop_assert_eq!(String::from_utf8(written), Ok(format!("[{}", serde_json::to_string(&text).expect("writes"))));
        }
    }
}
