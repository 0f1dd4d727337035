//! Patterns, compiled once.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

/// Compiles a pattern whose word boundaries are ASCII ones. The regex engine's fast search gives up at a Unicode word
/// boundary in a text with any other letter, and no pattern here needs one.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&pattern.replace(r"\b", r"(?-u:\b)")).ok()
}

/// The same for a pattern whose spaces (`\\x20`) may be several, for texts that [`unwrapped`] made.
pub(crate) fn compile_wrapped(pattern: &str) -> Option<Regex> {
    compile(&pattern.replace(r"\x20", r"\x20+"))
}

/// A text of the same length with spaces where lines are wrapped, quoted or commented out, also inside JSON.
pub(crate) fn unwrapped(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    // Only ASCII is replaced, by ASCII: what was UTF-8 stays UTF-8.
    for at in memchr::memchr3_iter(b'\n', b'\r', b'\t', text.as_bytes()) {
        bytes[at] = b' ';
    }
    for at in memchr::memchr3_iter(b'#', b'*', b'|', text.as_bytes()) {
        bytes[at] = b' ';
    }
    let mut next = 0;
    for at in memchr::memchr_iter(b'\\', text.as_bytes()) {
        if at < next {
            continue;
        }
        bytes[at] = b' ';
        next = at + 1;
        if let Some(escaped) = bytes.get_mut(next).filter(|b| matches!(b, b'n' | b't' | b'r' | b'\\')) {
            *escaped = b' ';
            next += 1;
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// Some words, looked for all at once. With this kind of match they are looked for many bytes at a time.
pub(crate) fn any_of<const N: usize>(words: [&str; N]) -> Option<AhoCorasick> {
    AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_texts_keep_their_length() {
        assert_eq!(unwrapped("to\\nthe\n# assistant"), "to  the   assistant");
        assert!(compile_wrapped(r"to\x20the").is_some_and(|r| r.is_match(&unwrapped("to\n  the"))));
    }

    #[test]
    fn word_boundaries_are_ascii() {
        let regex = compile(r"\bfoo\b").expect("a pattern");
        assert!(regex.is_match("a foo b") && !regex.is_match("food"));
        assert!(compile("(").is_none());
    }
}
