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

/// Bytes that are decoded, written over noughts: eight at a time are written faster than as many as are wanted.
struct Decoded {
    bytes: Vec<u8>,
    length: usize,
}

impl Decoded {
    /// Adds the first `length` of eight bytes.
    #[inline]
    fn eight(&mut self, eight: &[u8; 8], length: usize) {
        self.bytes[self.length..self.length + 8].copy_from_slice(eight);
        self.length += length;
    }

    #[inline]
    fn add(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Adds a character that may be longer than its escape, before `rest` more bytes.
    fn character(&mut self, c: char, rest: usize) {
        let room = self.length + c.len_utf8() + rest + 8;
        if self.bytes.len() < room {
            self.bytes.resize(room, 0);
        }
        self.add(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Decodes the inside of a JSON string. Broken escapes and lone surrogates become U+FFFD, as browsers do,
/// so that one bad character never costs a whole message.
pub fn decode(inner: &[u8]) -> String {
    let mut out = Decoded { bytes: vec![0; inner.len() + 8], length: 0 };
    let mut at = 0;
    loop {
        let plain = plain(&inner[at..], &mut out);
        at += plain + 1;
        let Some(&escape) = inner.get(at) else { break };
        at += 1;
        let byte = match escape {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'u' => {
                let (c, used) = unicode(&inner[at..]);
                at += used;
                out.character(c, inner.len() - at);
                continue;
            }
            other => other,
        };
        out.add(&[byte]);
    }
    out.bytes.truncate(out.length);
    match String::from_utf8(out.bytes) {
        Ok(text) => text,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }
}

/// Adds the bytes before the first backslash, and says how many they are.
#[inline]
fn plain(text: &[u8], out: &mut Decoded) -> usize {
    let (eights, _) = text[..text.len().min(NEAR)].as_chunks::<8>();
    for (i, eight) in eights.iter().enumerate() {
        let marks = marked(u64::from_le_bytes(*eight), b'\\');
        if marks != 0 {
            let before = marks.trailing_zeros() as usize / 8;
            out.eight(eight, before);
            return 8 * i + before;
        }
        out.eight(eight, 8);
    }
    let passed = 8 * eights.len();
    let rest = &text[passed..];
    let before = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
    out.add(&rest[..before]);
    passed + before
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
