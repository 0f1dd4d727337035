//! Base64 and hexadecimal digits of text: where they stand.

use super::letters::{Coding, value};
use super::room::{List, Pace, Room};
use std::ops::Range;

/// Shorter runs are words.
const SHORTEST: usize = 16;
/// Lines of wrapped base64 are at least this long.
const LINE: usize = 60;

fn is_sign(b: u8) -> bool {
    value(b) < 64
}

/// Calls `each` with every run of base64 or hexadecimal digits in a text that reads as text, and what it reads.
pub(super) fn each<'r>(text: &[u8], room: &'r Room, mut each: impl FnMut(Range<usize>, List<'r, u8>)) {
    let (mut at, mut pace) = (0, Pace::default());
    // Only one byte of sixteen is looked at where there is no run.
    while at + SHORTEST <= text.len() && !pace.is_over(at, room) {
        // Loops over places and not over iterators: this is most of the work where nothing is encoded.
        let mut start = at + SHORTEST;
        while start > at && is_sign(text[start - 1]) {
            start -= 1;
        }
        let mut end = at + SHORTEST;
        let least = (start + SHORTEST).min(text.len());
        while end < least && is_sign(text[end]) {
            end += 1;
        }
        if end < start + SHORTEST {
            at = end + 1;
            continue;
        }
        let run = start..start + run(&text[start..]);
        at = run.end.max(at + 1);
        if run.len() < SHORTEST {
            continue;
        }
        if let Some((range, read)) = read(text, run.clone(), room) {
            each(range, read);
            if room.is_over() {
                return;
            }
            continue;
        }
        // A path, or words joined by a sign, of which only one part is encoded.
        let mut from = run.start;
        for part in text[run.clone()].split(|b| !b.is_ascii_alphanumeric()) {
            let range = from..from + part.len();
            from = range.end + 1;
            if part.len() >= SHORTEST
                && part.len() < run.len()
                && let Some((range, read)) = read(text, range, room)
            {
                each(range, read);
                if room.is_over() {
                    return;
                }
            }
        }
    }
}

/// How long a run is that begins here, over the ends of lines where it is wrapped.
fn run(rest: &[u8]) -> usize {
    // Where the last line ended, and where this one begins.
    let (mut last, mut begin) = (0, 0);
    loop {
        let line = rest[begin..].iter().take_while(|b| is_sign(**b)).count();
        let end = begin + line;
        if line == 0 || begin > 0 && matches!(rest.get(end), Some(b' ' | b'\t')) {
            // A gap that nothing follows, or a sentence, is no part of it.
            return last;
        }
        let gap = if rest[end..].starts_with(b"\r\n") { 2 } else { usize::from(rest.get(end) == Some(&b'\n')) };
        if line < LINE || line % 4 != 0 || gap == 0 {
            return end;
        }
        (last, begin) = (end, end + gap);
    }
}

fn padded(text: &[u8], run: Range<usize>) -> Range<usize> {
    let signs = text[run.end..].iter().take(2).take_while(|b| **b == b'=').count();
    run.start..run.end + signs
}

/// What a run reads, and the range of it.
fn read<'r>(text: &[u8], run: Range<usize>, room: &'r Room) -> Option<(Range<usize>, List<'r, u8>)> {
    if let Some(read) = Coding::Base64.read(&text[run.clone()], room) {
        return Some((padded(text, run), read));
    }
    let prefix = match &text[run.clone()] {
        [b'0', b'x' | b'X', ..] => 2,
        [b'x' | b'X', ..] => 1,
        _ => 0,
    };
    let digits = run.start + prefix..run.end;
    let read = Coding::Hex.read(&text[digits.clone()], room)?;
    Some((digits, read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Stop;
    use base64::Engine;

    fn all(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        each(text.as_bytes(), &Room::new(u64::MAX, &Stop::default()), |range, read| {
            found.push((text[range].to_owned(), String::from_utf8_lossy(&read).into_owned()));
        });
        found
    }

    #[test]
    fn base64_of_text_is_found_wherever_it_stands() {
        let text = "ruth@kelpline.example, ruth@kelpline.example";
        let coded = base64::engine::general_purpose::STANDARD.encode(text);
        for before in 0..40 {
            let around = format!("{}'{coded}' and more", "x ".repeat(before));
            assert_eq!(all(&around), [(coded.clone(), text.to_owned())], "{before}");
        }
        assert_eq!(all(&format!("/files/{coded}"))[0].1, text);
        let long = base64::engine::general_purpose::STANDARD.encode(text.repeat(4));
        let lines = format!("{}\n{}\n{}\n\nend", &long[..76], &long[76..152], &long[152..]);
        assert_eq!(all(&lines)[0].1, text.repeat(4));
        let sentence = format!("{}\nexit 0", &long[..76]);
        assert_eq!(all(&sentence)[0].0, &long[..76], "a word of the next line is no part of it");
    }

    #[test]
    fn hexadecimal_digits_of_text_are_found_with_and_without_a_prefix() {
        let text = "ruth@kelpline.example and Grüße";
        let coded: String = text.bytes().map(|b| format!("{b:02x}")).collect();
        for before in ["", "0x", "'\\x", "msg_", "/files/", "d="] {
            assert_eq!(all(&format!("{before}{coded} and")), [(coded.clone(), text.to_owned())], "{before}");
        }
        assert_eq!(all(&coded.to_uppercase())[0].1, text);
        assert_eq!(all(&coded[1..]), [], "an odd number of digits");
    }

    #[test]
    fn text_of_two_bytes_a_letter_is_read() {
        let text = "password: Larch!Metro52";
        let bytes = |of: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        let marked = [&[0xff, 0xfe][..], &bytes(u16::to_le_bytes)].concat();
        for coded in [bytes(u16::to_le_bytes), bytes(u16::to_be_bytes)] {
            let coded = base64::engine::general_purpose::STANDARD.encode(coded);
            assert_eq!(all(&format!("-enc {coded} x")), [(coded.clone(), text.to_owned())]);
        }
        let hex: String = marked.iter().map(|b| format!("{b:02X}")).collect();
        assert!(all(&hex)[0].1.ends_with(text));
    }

    #[test]
    fn digests_and_words_are_no_base64_of_text() {
        for other in [
            "891ad0c589085e57ac3d9daf1db7653e91e8424b",
            "a_long_name_of_a_function_in_some_code",
            "sha512-A+5NX9/sqZOAH7k7IU6QlTShKUdhTWBLeiWVT5JhjUxnZOEu9rTgVr2CgZLWsKaU",
        ] {
            assert_eq!(all(other), [], "{other}");
        }
    }
}
