//! What a character beyond ASCII looks like: forms of letters, digits and signs that readers take for the plain ones.

use unicode_normalization::char::decompose_compatible;

/// What stands for a character that nobody sees. Never valid in UTF-8.
pub(super) const INVISIBLE: u8 = 0xfe;

/// The one byte that a character beyond ASCII reads as; `None` where it is a character of its own.
pub(super) fn of(code: u32) -> Option<u8> {
    match code {
        0xa0 | 0x2000..=0x200a | 0x202f | 0x3000 => Some(b' '),
        0x2010..=0x2015 | 0x2212 => Some(b'-'),
        0xad | 0x200b..=0x200d | 0x2060 | 0xfeff => Some(INVISIBLE),
        _ if is_form(code) => plain(code),
        _ => None,
    }
}

/// Forms of plain characters by their width, size or font: one dot as a leader, letter-like signs, letters in circles, small and full-width
/// forms, mathematical letters and digits. Exponents, footnotes and numbers in circles stand beside a value and are no part of it.
fn is_form(code: u32) -> bool {
    matches!(code, 0x2024 | 0x2100..=0x214f | 0x24b6..=0x24e9 | 0xfe50..=0xfe6b | 0xff01..=0xff5e | 0x1d400..=0x1d7ff)
}

/// The one character of ASCII that a form decomposes into (NFKC).
fn plain(code: u32) -> Option<u8> {
    let (mut only, mut count) = ('\0', 0);
    decompose_compatible(char::from_u32(code)?, |c| {
        only = c;
        count += 1;
    });
    u8::try_from(only).ok().filter(|b| count == 1 && b.is_ascii_graphic())
}

/// The character of several bytes that a text begins with, if it reads as one byte, and its length. What begins none is seen at once.
pub(super) fn at(text: &[u8]) -> Option<(u8, usize)> {
    let (code, length) = match *text {
        [0xc2, b @ (0xa0 | 0xad), ..] => (u32::from(b), 2),
        [a @ 0xe2..=0xef, b, c, ..] => (u32::from(a & 0x0f) << 12 | last(b) << 6 | last(c), 3),
        [0xf0, b @ 0x9d, c, d, ..] => (last(b) << 12 | last(c) << 6 | last(d), 4),
        _ => return None,
    };
    Some((of(code)?, length))
}

fn last(byte: u8) -> u32 {
    u32::from(byte & 0x3f)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_plain_characters_read_as_these() {
        let read = |text: &str| -> String { text.chars().filter_map(|c| of(u32::from(c))).map(char::from).collect() };
        assert_eq!(read("＠﹫．﹒․Ａ９ｚ：𝐚𝟗𝖹ℎⓡ"), "@@...A9z:a9ZhR".replace('R', "r"));
        assert_eq!(read("²₃①½ªéЖ。中ﬁ№"), "", "what is no form of one plain character stays what it is");
    }

    #[test]
    fn a_character_is_read_from_its_bytes() {
        for c in ['＠', '\u{a0}', '\u{200b}', '𝐚', '—', '\u{feff}', '\u{3000}'] {
            assert_eq!(at(format!("{c}x").as_bytes()), of(u32::from(c)).map(|b| (b, c.len_utf8())), "{c:?}");
        }
        for other in ["é", "中", "😀", "a", "", "\u{2019}"] {
            assert_eq!(at(other.as_bytes()), None, "{other}");
        }
        assert_eq!(at(b"\xef\xbc"), None, "cut");
    }
}
