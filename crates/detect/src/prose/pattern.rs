//! Patterns, compiled once.

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

/// The word characters of a pattern: ASCII, and the scripts of living languages as whole blocks. Unicode's own list has
/// 770 ranges, and to compile them again for each `\w` takes longer than to read a session. Blocks whose letters have no
/// case are ranges of their own, apart from their neighbors, since every character of the others is looked up.
const WORD: &str = concat!(
    r"0-9A-Za-z_\u{AA}\u{B5}\u{BA}\u{C0}-\u{D6}\u{D8}-\u{F6}\u{F8}-\u{58F}\u{591}-\u{109D}\u{10A0}-\u{13FD}",
    r"\u{1401}-\u{1C7D}\u{1C80}-\u{1FFF}\u{3041}-\u{9FFF}\u{AC00}-\u{D7A3}"
);

/// Compiles a pattern whose word boundaries and digits are ASCII ones, and whose word characters are [`WORD`]. The regex
/// engine's fast search gives up at a Unicode word boundary in a text with any other letter, and no pattern here needs one.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&with_small_classes(pattern)).ok()
}

fn with_small_classes(pattern: &str) -> String {
    // Without Unicode a word has ASCII characters only.
    let word = if pattern.contains("-u)") { r"\w" } else { WORD };
    let mut written = String::with_capacity(2 * pattern.len());
    let mut brackets = 0usize;
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match (chars.next(), brackets) {
                (Some('b'), 0) => written.push_str(r"(?-u:\b)"),
                (Some('d'), _) => written.push_str("[0-9]"),
                // Case makes no difference, which the compiler would find out anew each time.
                (Some('w'), 0) => written.extend(["(?-i:[", word, "])"]),
                (Some('W'), 0) => written.extend(["(?-i:[^", word, "])"]),
                (Some('w'), _) => written.extend(["[", word, "]"]),
                (Some('W'), _) => written.extend(["[^", word, "]"]),
                (escaped, _) => written.extend(['\\'].into_iter().chain(escaped)),
            },
            _ => {
                match c {
                    '[' => brackets += 1,
                    ']' => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                written.push(c);
            }
        }
    }
    written
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

    #[test]
    fn word_characters_are_those_of_living_languages() {
        let regex = compile(r"\A[\w-]+\z").expect("a pattern");
        for word in
            ["Zoë", "naïve", "ÅNGSTRÖM", "x_1", "Łódź", "Привет", "λόγος", "שלום", "مرحبا", "नमस्ते", "你好", "한국어"]
        {
            assert!(regex.is_match(word), "{word}");
        }
        let no_word = compile(r"\A[^\w]\W\z").expect("a pattern");
        for marks in ["“”", "–…", "€%", "×÷", "→✓"] {
            assert!(no_word.is_match(marks) && !regex.is_match(marks), "{marks}");
        }
        assert!(compile(r"\A\d+\z").is_some_and(|r| r.is_match("2026") && !r.is_match("٣")));
        assert!(compile(r"(?i-u)\A\w[\w-]\z").is_some_and(|r| r.is_match("a-") && !r.is_match("é")));
    }
}
