//! Base64 of text: where it stands, and what it reads.

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

/// Shorter runs are words.
const SHORTEST: usize = 16;
/// Characters that tell whether it is text at all.
const PROBE: usize = 16;
/// Lines of wrapped base64 are at least this long.
const LINE: usize = 60;

static ENGINE: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Signs of base64 and of base64url.
static SIGN: [bool; 256] = {
    let mut table = [false; 256];
    let mut b = 0;
    while b < 256 {
        table[b] = (b as u8).is_ascii_alphanumeric() || matches!(b as u8, b'+' | b'/' | b'-' | b'_');
        b += 1;
    }
    table
};

fn is_sign(b: u8) -> bool {
    SIGN[usize::from(b)]
}

/// Calls `each` with every run of base64 in a text that reads as text, and what it reads.
pub(super) fn each(text: &[u8], mut each: impl FnMut(Range<usize>, Vec<u8>)) {
    let mut at = 0;
    // Only every sixteenth byte is looked at where no run is.
    while let Some(last) = text.get(at + SHORTEST - 1) {
        if !is_sign(*last) {
            at += SHORTEST;
            continue;
        }
        let back = text[at..at + SHORTEST].iter().rev().take_while(|b| is_sign(**b)).count();
        if back < SHORTEST && !text[at + SHORTEST..].iter().take(SHORTEST - back).all(|b| is_sign(*b)) {
            at += SHORTEST - back + 1;
            continue;
        }
        let start = at + SHORTEST - back;
        let run = start..start + run(&text[start..]);
        at = run.end.max(at + 1);
        if run.len() < SHORTEST {
            continue;
        }
        if let Some(read) = read(&text[run.clone()]) {
            each(padded(text, run), read);
            continue;
        }
        // A path, or words joined by a sign, of which only one part is base64.
        let mut from = run.start;
        for part in text[run.clone()].split(|b| !b.is_ascii_alphanumeric()) {
            let range = from..from + part.len();
            from = range.end + 1;
            if part.len() >= SHORTEST
                && part.len() < run.len()
                && let Some(read) = read(part)
            {
                each(if range.end == run.end { padded(text, range) } else { range }, read);
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

fn read(run: &[u8]) -> Option<Vec<u8>> {
    // Nearly every run is a word or a digest, which its first bytes tell.
    let probe = decode(&run[..run.len().min(PROBE)])?;
    if !probe.iter().all(|b| is_of_text(*b)) || probe.iter().filter(|b| b.is_ascii()).count() * 2 < probe.len() {
        return None;
    }
    let read = decode(run)?;
    let is_text = match std::str::from_utf8(&read) {
        Ok(_) => true,
        // The end may be cut.
        Err(e) => e.valid_up_to() + 3 >= read.len(),
    };
    (is_text && read.iter().all(|b| is_of_text(*b))).then_some(read)
}

fn is_of_text(b: u8) -> bool {
    b >= b' ' && b != 0x7f || b.is_ascii_whitespace()
}

fn decode(run: &[u8]) -> Option<Vec<u8>> {
    let plain = |b: &u8| match b {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let mut signs: Vec<u8> = run.iter().filter(|b| !b.is_ascii_whitespace()).map(plain).collect();
    if signs.len() % 4 == 1 {
        signs.pop();
    }
    ENGINE.decode(signs).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        each(text.as_bytes(), |range, read| {
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
