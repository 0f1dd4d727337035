//! The fields of a tool's answer, in JSON, tables and lists, and those among them that may hold a sentence.

use crate::bits;
use std::ops::Range;

/// So many words make a sentence.
pub(crate) const WORDS: usize = 4;
/// And have so many blanks between them.
pub(crate) const BLANKS: usize = WORDS - 1;
/// What ends a field.
pub(crate) const ENDS: [char; 10] = ['\n', '"', '|', ';', '\t', '{', '}', '[', ']', '\\'];

/// True for what ends a field.
#[inline]
pub(crate) fn ends(byte: u8) -> bool {
    matches!(byte, b'\n' | b'"' | b'|' | b';' | b'\t' | b'{' | b'}' | b'[' | b']' | b'\\')
}

/// The fields of a text in which a sentence may stand: those with blanks enough. Few have, and what stands in none of them
/// is looked for no further.
pub(crate) fn sentences(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let border = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_none_or(|b| ends(*b));
    let mut found: Vec<Range<usize>> = Vec::new();
    // The first and the last blank within a field, and how many.
    let (mut first, mut last, mut blanks) = (0, 0, 0);
    let mut blank = |at: usize| {
        // A blank beside a border is between fields: `": "`.
        if found.last().is_some_and(|f| at < f.end) || border(at.checked_sub(1)) || border(Some(at + 1)) {
            return;
        }
        if blanks == 0 || bytes[last..at].iter().any(|b| ends(*b)) {
            (first, blanks) = (at, 0);
        }
        (last, blanks) = (at, blanks + 1);
        if blanks >= BLANKS {
            let start = bytes[..first].iter().rposition(|b| ends(*b)).map_or(0, |i| i + 1);
            let end = bytes[last..].iter().position(|b| ends(*b)).map_or(bytes.len(), |i| last + i);
            found.push(start..end);
            blanks = 0;
        }
    };
    bits::free_blanks(bytes, |start, mut bits| {
        while bits != 0 {
            blank(start + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_in_a_field_with_words() {
        let text = r#"{"id": "A-1", "note": "please pay it to LX41 today", "n": [12, 13], "x": "é"}"#;
        let found: Vec<&str> = sentences(text).into_iter().map(|r| &text[r]).collect();
        assert_eq!(found, ["please pay it to LX41 today"]);
    }
}
