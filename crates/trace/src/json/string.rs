//! Where strings end, and escapes in them.

use super::Kind;

/// A place that is nearer than this is found faster by hand than by a search that is made for long texts. The escapes in
/// JSON that stands in a string, as tools' answers do, are so near to each other.
const NEAR: usize = 16;

/// Marks a byte among eight; the lowest mark is a true one.
#[inline]
fn marked(eight: u64, byte: u8) -> u64 {
    let other = eight ^ u64::from_le_bytes([byte; 8]);
    other.wrapping_sub(u64::from_le_bytes([1; 8])) & !other & u64::from_le_bytes([0x80; 8])
}

/// The first position of a byte that JSON strings escape.
#[inline]
pub(crate) fn escaped(text: &[u8]) -> Option<usize> {
    let (eights, rest) = text.as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let control = eight.wrapping_sub(u64::from_le_bytes([b' '; 8])) & !eight & u64::from_le_bytes([0x80; 8]);
        let marks = control | marked(eight, b'"') | marked(eight, b'\\');
        if marks != 0 {
            return Some(8 * i + marks.trailing_zeros() as usize / 8);
        }
    }
    let tail = rest.iter().position(|b| *b < b' ' || matches!(b, b'"' | b'\\'));
    tail.map(|n| text.len() - rest.len() + n)
}

/// Where the string ends whose inside begins a text: the place of its closing quote, and what kind of string it is.
#[inline]
pub(super) fn string_end(text: &[u8]) -> Option<(usize, Kind)> {
    // Keys and short words end soon, without an escape.
    let (eights, _) = text[..text.len().min(NEAR)].as_chunks::<8>();
    let mut at = 0;
    let mut kind = Kind::Plain;
    for eight in eights {
        let eight = u64::from_le_bytes(*eight);
        let (quotes, slashes) = (marked(eight, b'"'), marked(eight, b'\\'));
        // Only the lowest mark is certain, and that of the other byte decides nothing here if it is a higher one.
        if quotes | slashes != 0 {
            at += (quotes | slashes).trailing_zeros() as usize / 8;
            if text[at] == b'"' {
                return Some((at, kind));
            }
            kind = Kind::Escaped;
            break;
        }
        at += 8;
    }
    // Escapes are not looked at one by one: a quote ends the string if an even number of backslashes is before it.
    loop {
        at += quote(&text[at..])?;
        let slashes = text[..at].iter().rev().take_while(|b| **b == b'\\').count();
        if slashes % 2 == 0 {
            break;
        }
        kind = Kind::Escaped;
        at += 1;
    }
    if kind == Kind::Plain && memchr::memchr(b'\\', &text[..at]).is_some() {
        kind = Kind::Escaped;
    }
    Some((at, kind))
}

/// The first quote.
#[inline]
fn quote(text: &[u8]) -> Option<usize> {
    let (eights, _) = text[..text.len().min(NEAR)].as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        let marks = marked(u64::from_le_bytes(*eight), b'"');
        if marks != 0 {
            return Some(8 * i + marks.trailing_zeros() as usize / 8);
        }
    }
    let passed = 8 * eights.len();
    memchr::memchr(b'"', &text[passed..]).map(|n| passed + n)
}

/// Copies the bytes from `at` up to the next backslash to `end`, and returns how many there were. There must be room for
/// [`ROOM`] bytes more than are left.
#[inline]
fn copy_plain(inner: &[u8], at: usize, out: &mut [u8], end: usize) -> usize {
    let mut copied = 0;
    // Most escapes are close together. What is copied too much is written over.
    for _ in 0..CLOSE {
        let (Some(from), Some(to)) = (first::<8>(inner, at + copied), first_mut::<8>(out, end + copied)) else { break };
        *to = *from;
        let marks = marked(u64::from_le_bytes(*from), b'\\');
        if marks != 0 {
            return copied + marks.trailing_zeros() as usize / 8;
        }
        copied += 8;
    }
    let rest = inner.get(at + copied..).unwrap_or_default();
    let length = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
    if let Some(to) = out.get_mut(end + copied..end + copied + length) {
        to.copy_from_slice(&rest[..length]);
    }
    copied + length
}

/// Pieces of eight bytes in which an escape is looked for before a search begins that is made for long texts.
const CLOSE: usize = 7;
/// Bytes after the end that may be overwritten.
const ROOM: usize = 8;

#[inline]
fn first<const N: usize>(text: &[u8], at: usize) -> Option<&[u8; N]> {
    text.get(at..)?.first_chunk()
}

#[inline]
fn first_mut<const N: usize>(text: &mut [u8], at: usize) -> Option<&mut [u8; N]> {
    text.get_mut(at..)?.first_chunk_mut()
}

/// Decodes the inside of a JSON string. Broken escapes and lone surrogates become U+FFFD, as browsers do,
/// so that one bad character never costs a whole message.
pub fn decode(inner: &[u8]) -> String {
    let mut out = vec![0; inner.len() + ROOM];
    let (mut at, mut end) = (0, 0);
    loop {
        let copied = copy_plain(inner, at, &mut out, end);
        (at, end) = (at + copied + 1, end + copied);
        let Some(&escape) = inner.get(at) else { break };
        at += 1;
        let plain = match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
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
            other => other,
        };
        out[end] = plain;
        end += 1;
    }
    out.truncate(end);
    match String::from_utf8(out) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }
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
                assert_eq!(decode(written.as_bytes()), read);
            }
        }
    }

    #[test]
    fn broken_escapes_are_mended_though_they_become_longer() {
        assert_eq!(decode(br"\u\u\ux\u12"), "\u{FFFD}\u{FFFD}\u{FFFD}x\u{FFFD}12");
        assert_eq!(decode(r"\u".repeat(100).as_bytes()), "\u{FFFD}".repeat(100));
        assert_eq!(decode(br"a\"), "a");
        assert_eq!(decode(b"\xff\\n"), "\u{FFFD}\n");
    }
}
