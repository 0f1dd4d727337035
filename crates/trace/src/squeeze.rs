//! Texts without white space, because programs change white space when they record a text again.

/// The text's bytes without white space. With `between`, that byte separates the words. It must be a byte that UTF-8 never uses.
pub fn squeezed(text: &str, between: Option<u8>) -> Vec<u8> {
    let usual = has_usual_space(text.as_bytes());
    if let Some(byte) = between.filter(|_| usual && is_single_spaced(text.as_bytes())) {
        return text.bytes().map(|b| if b == b' ' { byte } else { b }).collect();
    }
    // One more byte for each end of a word, which is at most one per byte of white space, and room for eight.
    let mut out = vec![0; text.len() + 8];
    let mut end = 0;
    if usual {
        ascii(text.as_bytes(), between, &mut out, &mut end);
    } else {
        for word in text.split_whitespace() {
            part(between, &mut out, &mut end);
            out[end..end + word.len()].copy_from_slice(word.as_bytes());
            end += word.len();
        }
    }
    if end > 0 && between == Some(out[end - 1]) {
        end -= 1;
    }
    out.truncate(end);
    out
}

/// The members of an object that has no white space, or all of another value.
pub fn members(json: &[u8]) -> impl Iterator<Item = &[u8]> {
    let inner = json.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    let mut rest = Some(inner.unwrap_or(json));
    let is_object = inner.is_some();
    std::iter::from_fn(move || {
        let now = rest?;
        let end = if is_object { member_end(now) } else { now.len() };
        rest = now.get(end + 1..).filter(|rest| !rest.is_empty());
        Some(&now[..end])
    })
}

/// Where the first member ends.
fn member_end(json: &[u8]) -> usize {
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    for (at, byte) in json.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => return at,
            _ => {}
        }
    }
    json.len()
}

/// True for a text without white space beyond ASCII: each such character begins with one of four bytes.
fn has_usual_space(text: &[u8]) -> bool {
    memchr::memchr3(0xe1, 0xe2, 0xe3, text).is_none() && memchr::memchr(0xc2, text).is_none()
}

/// True where the white space is one space between words, as in most sentences.
fn is_single_spaced(text: &[u8]) -> bool {
    let ends = [text.first(), text.last()].into_iter().flatten().any(|b| *b == b' ');
    let other = text.iter().fold(false, |other, b| other | b.is_ascii_control());
    let pairs = text.iter().zip(text.get(1..).unwrap_or_default());
    !ends && !other && !pairs.fold(false, |twice, (a, b)| twice | ((*a == b' ') & (*b == b' ')))
}

/// Writes the separator between two words.
#[inline]
fn part(between: Option<u8>, out: &mut [u8], end: &mut usize) {
    if let Some(byte) = between
        && *end > 0
        && out[*end - 1] != byte
    {
        out[*end] = byte;
        *end += 1;
    }
}

fn ascii(text: &[u8], between: Option<u8>, out: &mut [u8], end: &mut usize) {
    let mut at = 0;
    while let Some(&eight) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        if let Some(room) = out.get_mut(*end..).and_then(|room| room.first_chunk_mut::<8>()) {
            *room = eight;
        }
        let word = u64::from_le_bytes(eight);
        // Bytes up to the space. Only the lowest mark is certain.
        let marks = word.wrapping_sub(u64::from_le_bytes([b' ' + 1; 8])) & !word & u64::from_le_bytes([0x80; 8]);
        let plain = marks.trailing_zeros() as usize / 8;
        at += plain;
        *end += plain;
        if plain < 8 {
            one(text[at], between, out, end);
            // Of white space in a row, such as before a line of code, the first says all.
            let row = text[at..].iter().take_while(|b| is_blank(**b)).count();
            at += row.max(1);
        }
    }
    for byte in &text[at..] {
        one(*byte, between, out, end);
    }
}

/// True for ASCII characters that Unicode counts as white space.
#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[inline]
fn one(byte: u8, between: Option<u8>, out: &mut [u8], end: &mut usize) {
    if is_blank(byte) {
        part(between, out, end);
    } else {
        out[*end] = byte;
        *end += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_are_what_the_standard_library_says(text in "[a-z \\t\\n\\x0b\\x1c\\x01]{0,60}", more in "[a-zé \u{a0}\u{2003}]{0,9}") {
            for text in [text.clone(), text + &more] {
                let words: Vec<&str> = text.split_whitespace().collect();
                prop_assert_eq!(squeezed(&text, None), words.concat().into_bytes());
                let apart = words.iter().map(|w| w.as_bytes()).collect::<Vec<_>>().join(&0xff);
                prop_assert_eq!(squeezed(&text, Some(0xff)), apart);
            }
        }
    }
}
