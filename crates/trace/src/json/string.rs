//! Where strings end, and escapes in them.

use super::Kind;
use super::marks::{BLOCK, PIECE, block_marks, marks};
use std::string::FromUtf8Error;

#[inline]
fn first<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    text.get(at..)?.first_chunk()
}

#[inline]
fn first_mut<const N: usize>(text: &mut [u8], at: usize) -> Option<&mut [u8; N]> {
    text.get_mut(at..)?.first_chunk_mut()
}

/// Where the string ends whose inside begins a text: the place of its closing quote, and what kind of string it is.
#[inline]
pub(super) fn string_end(text: &[u8]) -> Option<(usize, Kind)> {
    let mut at = 0;
    while let Some(piece) = first(text, at) {
        let (quotes, slashes) = (marks(piece, b'"'), marks(piece, b'\\'));
        let first = (quotes | slashes).trailing_zeros();
        if quotes | slashes == 0 {
            at += PIECE;
        } else if slashes >> first & 1 == 0 {
            return Some((at + first as usize, Kind::Plain));
        } else {
            return escaped_end(text, at + first as usize);
        }
    }
    match text.get(at..)?.iter().position(|b| matches!(b, b'"' | b'\\')).map(|n| at + n)? {
        end if text[end] == b'"' => Some((end, Kind::Plain)),
        slash => escaped_end(text, slash),
    }
}

/// The same for a string whose first escape is known. Where one escape is close to the next, as in JSON that stands in a
/// string, it takes no longer than where they are few.
fn escaped_end(text: &[u8], slash: usize) -> Option<(usize, Kind)> {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let mut at = slash;
    // One if the first byte of the block is escaped.
    let mut carried = 0;
    while let Some(block) = first::<BLOCK>(text, at) {
        let (quotes, slashes) = (block_marks(block, b'"'), block_marks(block, b'\\'));
        // Every other backslash of a row begins an escape. A row that begins at an even place is told from one that begins at an odd
        // place by where the carry of a subtraction ends.
        let begins = slashes & !carried;
        let codes = ((begins << 1 | ODD).wrapping_sub(begins)) ^ ODD;
        let ends = quotes & !(codes ^ (slashes | carried));
        if ends != 0 {
            return Some((at + ends.trailing_zeros() as usize, Kind::Escaped));
        }
        carried = (codes & slashes) >> (BLOCK - 1);
        at += BLOCK;
    }
    at += carried as usize;
    loop {
        match text.get(at)? {
            b'"' => return Some((at, Kind::Escaped)),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Pieces in which an escape is looked for before a search begins that is made for long texts.
const CLOSE: usize = 4;

/// Copies the bytes from `at` up to the next backslash to `end`, and returns how many there were. There must be room for
/// [`PIECE`] bytes more than are left.
#[inline]
fn copy_plain(inner: &[u8], at: usize, out: &mut [u8], end: usize) -> usize {
    let mut copied = 0;
    // Most escapes are close together. What is copied too much is written over.
    for _ in 0..CLOSE {
        let (Some(from), Some(to)) = (first(inner, at + copied), first_mut(out, end + copied)) else {
            let rest = inner.get(at + copied..).unwrap_or_default();
            for (to, from) in out[end + copied..].iter_mut().zip(rest).take_while(|(_, from)| **from != b'\\') {
                *to = *from;
                copied += 1;
            }
            return copied;
        };
        *to = *from;
        match marks(from, b'\\') {
            0 => copied += PIECE,
            found => return copied + found.trailing_zeros() as usize,
        }
    }
    let rest = inner.get(at + copied..).unwrap_or_default();
    let length = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
    out[end + copied..end + copied + length].copy_from_slice(&rest[..length]);
    copied + length
}

/// Bytes of a short text.
const SHORT: usize = 256;

/// What each byte means behind a backslash; zero where more has to be read.
const MEANS: [u8; 256] = {
    let mut means = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        means[byte] = match byte as u8 {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => 0,
            other => other,
        };
        byte += 1;
    }
    means
};

/// Decodes the inside of a JSON string. Broken escapes and lone surrogates become U+FFFD, as browsers do,
/// so that one bad character never costs a whole message.
pub fn decode(inner: &str) -> String {
    let inner = inner.as_bytes();
    let mut out = vec![0; inner.len() + PIECE];
    let (mut at, mut end) = (0, 0);
    loop {
        let copied = copy_plain(inner, at, &mut out, end);
        (at, end) = (at + copied + 1, end + copied);
        let Some(&escape) = inner.get(at) else { break };
        at += 1;
        let plain = MEANS[usize::from(escape)];
        if escape == b'u' {
            let (c, used) = unicode(&inner[at..]);
            at += used;
            // A broken escape of two bytes becomes a character of three.
            if used + 2 < c.len_utf8() {
                out.push(0);
            }
            if let Some(room) = out.get_mut(end..end + c.len_utf8()) {
                c.encode_utf8(room);
            }
            end += c.len_utf8();
            continue;
        }
        out[end] = plain;
        end += 1;
    }
    out.truncate(end);
    // It is valid, being made of a text's characters, but has to be shown to be. Of a short text, that is cheaper than a copy.
    let text = match end {
        0..SHORT => String::from_utf8(out).map_err(FromUtf8Error::into_bytes),
        _ => simdutf8::basic::from_utf8(&out).map(str::to_owned).map_err(|_| out),
    };
    text.unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// The character of `XXXX` (after `\u`), or of a surrogate pair, and how many bytes it took.
fn unicode(rest: &[u8]) -> (char, usize) {
    let Some(high) = hex4(rest) else { return (char::REPLACEMENT_CHARACTER, 0) };
    if (0xD800..0xDC00).contains(&high)
        && rest.get(4..6) == Some(b"\\u")
        && let Some(low @ 0xDC00..0xE000) = hex4(&rest[6..])
    {
        let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        return (char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), 10);
    }
    (char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER), 4)
}

fn hex4(text: &[u8]) -> Option<u32> {
    let digits = text.get(..4)?;
    digits.iter().try_fold(0, |sum, &d| Some(sum * 16 + (d as char).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded_wherever_they_stand() {
        for length in 0..40 {
            let plain = "0123456789abcdefghijklmnopqrstuvwxyzäöüß".chars().take(length).collect::<String>();
            for (escape, character) in [(r#"\""#, "\""), (r"\\", "\\"), (r"\/", "/"), (r"\n", "\n"), (r"\u00e9", "é")]
            {
                let written = format!("{plain}{escape}{plain}{escape}{escape}{plain}");
                let read = format!("{plain}{character}{plain}{character}{character}{plain}");
                assert_eq!(decode(&written), read);
            }
        }
    }

    #[test]
    fn broken_escapes_are_mended_though_they_become_longer() {
        assert_eq!(decode(r"\u\u\ux\u12"), "\u{FFFD}\u{FFFD}\u{FFFD}x\u{FFFD}12");
        assert_eq!(decode(&r"\u".repeat(100)), "\u{FFFD}".repeat(100));
        assert_eq!(decode(r"a\"), "a");
        assert_eq!(decode("\\é\\\\\\n"), "é\\\n");
    }
}
