//! Base64 of text: where it stands, and what it reads.

use super::room::{List, Pace, Room};
use std::ops::Range;

/// Shorter runs are words.
const SHORTEST: usize = 16;
/// Characters that tell whether it is text at all.
const PROBE: usize = 16;
/// Lines of wrapped base64 are at least this long.
const LINE: usize = 60;

/// What the signs of base64 and of base64url stand for; 64 for every other byte.
static VALUE: [u8; 256] = {
    let mut table = [64; 256];
    let mut b = 0;
    while b < 256 {
        let byte = b as u8;
        table[b] = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => 64,
        };
        b += 1;
    }
    table
};

fn is_sign(b: u8) -> bool {
    VALUE[usize::from(b)] < 64
}

/// Calls `each` with every run of base64 in a text that reads as text, and what it reads.
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
        if let Some(read) = read(&text[run.clone()], room) {
            each(padded(text, run), read);
            if room.is_over() {
                return;
            }
            continue;
        }
        // A path, or words joined by a sign, of which only one part is base64.
        let mut from = run.start;
        for part in text[run.clone()].split(|b| !b.is_ascii_alphanumeric()) {
            let range = from..from + part.len();
            from = range.end + 1;
            if part.len() >= SHORTEST
                && part.len() < run.len()
                && let Some(read) = read(part, room)
            {
                each(if range.end == run.end { padded(text, range) } else { range }, read);
                if room.is_over() {
                    return;
                }
            }
        }
    }
}

/// How long a run is that begins here, over the ends of lines where it is wrapped.
fn run(rest: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let line = rest[length..].iter().take_while(|b| is_sign(**b)).count();
        let end = length + line;
        let gap = if rest[end..].starts_with(b"\r\n") { 2 } else { usize::from(rest.get(end) == Some(&b'\n')) };
        if line < LINE || line % 4 != 0 || gap == 0 || !rest.get(end + gap).is_some_and(|b| is_sign(*b)) {
            // A gap that nothing follows is no part of it.
            return if line == 0 { length.saturating_sub(1) } else { end };
        }
        length = end + gap;
    }
}

fn padded(text: &[u8], run: Range<usize>) -> Range<usize> {
    let signs = text[run.end..].iter().take(2).take_while(|b| **b == b'=').count();
    run.start..run.end + signs
}

fn read<'r>(run: &[u8], room: &'r Room) -> Option<List<'r, u8>> {
    if !may_read(run) {
        return None;
    }
    let read = decode(run, room)?;
    let is_text = match std::str::from_utf8(&read) {
        Ok(_) => true,
        // The end may be cut.
        Err(e) => e.valid_up_to() + 3 >= read.len(),
    };
    is_text.then_some(read)
}

/// True where the beginning of a run reads as text. Nearly every run is a word or a digest, which it tells.
fn may_read(run: &[u8]) -> bool {
    let (quads, _) = run[..run.len().min(PROBE)].as_chunks::<4>();
    let mut ascii = 0;
    for [a, b, c, d] in quads {
        let value = |sign: &u8| u32::from(VALUE[usize::from(*sign)]);
        let [_, bytes @ ..] = (value(a) << 18 | value(b) << 12 | value(c) << 6 | value(d)).to_be_bytes();
        if !bytes.iter().all(|b| is_of_text(*b)) {
            return false;
        }
        ascii += bytes.iter().filter(|b| b.is_ascii()).count();
    }
    ascii * 2 >= quads.len() * 3
}

fn is_of_text(b: u8) -> bool {
    b >= b' ' && b != 0x7f || b.is_ascii_whitespace()
}

/// What a run reads, as far as it is text; `None` where it is none, or there is no memory for it. It is decoded to where it belongs: each
/// copy on the way would take as much again.
fn decode<'r>(run: &[u8], room: &'r Room) -> Option<List<'r, u8>> {
    let mut read = List::with_capacity(room, run.len() / 4 * 3 + 2)?;
    let mut pace = Pace::default();
    let (mut bits, mut signs) = (0u32, 0);
    for (at, value) in run.iter().map(|b| VALUE[usize::from(*b)]).enumerate() {
        if pace.is_over(at, room) {
            return None;
        }
        if value == 64 {
            // The end of a line.
            continue;
        }
        bits = bits << 6 | u32::from(value);
        signs += 1;
        // A single sign at the end is no byte.
        if signs % 4 != 1 {
            let byte = (bits >> [0, 0, 4, 2][signs % 4]) as u8;
            if !is_of_text(byte) {
                return None;
            }
            read.push(byte);
        }
    }
    Some(read)
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
