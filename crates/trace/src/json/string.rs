//! Where strings end, and escapes in them.

/// A place that is nearer than this is found faster by hand than by a search that is made for long texts. The escapes in
/// JSON that stands in a string, as tools' answers do, are so near to each other.
const NEAR: usize = 16;

/// Marks a byte among eight; the lowest mark is a true one.
#[inline]
fn marked(eight: u64, byte: u8) -> u64 {
    let other = eight ^ u64::from_le_bytes([byte; 8]);
    other.wrapping_sub(u64::from_le_bytes([1; 8])) & !other & u64::from_le_bytes([0x80; 8])
}

/// The first place of one of two bytes.
#[inline]
pub(super) fn either(text: &[u8], one: u8, other: u8) -> Option<usize> {
    let (eights, _) = text[..text.len().min(NEAR)].as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        let eight = u64::from_le_bytes(*eight);
        let marks = marked(eight, one) | marked(eight, other);
        if marks != 0 {
            return Some(8 * i + marks.trailing_zeros() as usize / 8);
        }
    }
    let passed = 8 * eights.len();
    memchr::memchr2(one, other, &text[passed..]).map(|n| passed + n)
}

/// Adds the first `length` bytes of a text.
#[inline]
fn add(out: &mut Vec<u8>, text: &[u8], length: usize) {
    match text.first_chunk::<8>() {
        // Eight bytes are added faster than fewer.
        Some(eight) if length < 8 => {
            out.extend_from_slice(eight);
            out.truncate(out.len() - 8 + length);
        }
        _ => out.extend_from_slice(&text[..length]),
    }
}

/// Decodes the inside of a JSON string. Broken escapes and lone surrogates become U+FFFD, as browsers do,
/// so that one bad character never costs a whole message.
pub fn decode(inner: &[u8]) -> String {
    let mut out = Vec::with_capacity(inner.len() + 8);
    let mut at = 0;
    while let Some(n) = either(&inner[at..], b'\\', b'\\') {
        add(&mut out, &inner[at..], n);
        at += n + 1;
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
                let mut buffer = [0; 4];
                out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                continue;
            }
            other => other,
        };
        out.push(plain);
    }
    out.extend_from_slice(&inner[at.min(inner.len())..]);
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
