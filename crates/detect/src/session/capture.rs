//! Whether a text is what was really said, or only the mark that a collector left in its place.
//!
//! Collectors redact, drop and cut what they record. A judgement on such a text would be a judgement on the
//! collector, so that every detector asks here first.

use crate::prose::pattern;
use regex::Regex;
use std::sync::LazyLock;

/// What a recorded text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capture {
    /// The text itself, as far as anybody can tell.
    Whole,
    /// Nothing but white space.
    Empty,
    /// A mark that stands for a text which was taken out.
    Redacted,
    /// The beginning of a text, with a mark where it was cut.
    Cut,
}

impl Capture {
    /// True when the text may be judged.
    pub fn is_whole(self) -> bool {
        self == Capture::Whole
    }

    /// Why the text may not be judged, for people.
    pub fn why(self) -> &'static str {
        match self {
            Capture::Whole => "was captured",
            Capture::Empty => "was not captured",
            Capture::Redacted => "was redacted by the collector",
            Capture::Cut => "was truncated when it was captured",
        }
    }
}

// The whole text is a mark in brackets, or nothing but stars. A longer text that has such a mark somewhere in it
// still holds words that can be judged.
static REDACTED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)^\W*(?:(?:content |value |text |data |pii |message |input |output )*(?:redacted|masked|filtered|scrubbed|removed|omitted|hidden|withheld|not captured|not recorded|not logged|suppressed|elided)(?: (?:by|for|due to) [\w -]{1,40})?)\W*$|^[*•█x]{3,}$",
    )
});

static CUT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r#"(?i)(?:\.\.\.|…)?\s*[\[(<{]+\s*(?:\.\.\.|…)?[^\[\](){}<>\n]{0,30}\b(?:truncated|chars? omitted|characters? omitted|bytes omitted|more (?:characters|chars|bytes))\b[^\[\](){}<>\n]{0,40}[\])>}]+["'}\]\s]*$"#,
    )
});

/// What a recorded text is.
pub fn of(text: &str) -> Capture {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Capture::Empty;
    }
    if trimmed.len() <= 80 && may_be_redacted(trimmed) && REDACTED.as_ref().is_some_and(|r| r.is_match(trimmed)) {
        return Capture::Redacted;
    }
    // The mark is at the end; only the tail is looked at, however long the text is.
    let tail = &trimmed[trimmed.ceil_char_boundary(trimmed.len().saturating_sub(120))..];
    if may_be_cut(tail) && CUT.as_ref().is_some_and(|r| r.is_match(tail)) {
        return Capture::Cut;
    }
    Capture::Whole
}

/// False where a short text is no mark, as nearly none is: without one of the words for it, or stars alone.
fn may_be_redacted(text: &str) -> bool {
    const WORDS: [&str; 13] = [
        "redact", "mask", "filter", "scrub", "remov", "omit", "hidden", "withheld", "captured", "recorded", "logged",
        "suppress", "elid",
    ];
    if !looks_like_a_mark(text) {
        return false;
    }
    let folded = text.to_ascii_lowercase();
    // Beyond ASCII there are letters whose lower case is one of these: the pattern decides.
    !text.is_ascii() || WORDS.iter().any(|w| folded.contains(w)) || folded.bytes().all(|b| matches!(b, b'*' | b'x'))
}

/// False where a mark that something was cut cannot end an ASCII text: no bracket closes it, or none of the words with
/// which all such marks begin stands near its end.
fn may_be_cut(tail: &str) -> bool {
    let closes = |b: u8| matches!(b, b']' | b')' | b'>' | b'}');
    let ends = |b: u8| closes(b) || matches!(b, b'"' | b'\'') || b.is_ascii_whitespace() || b == 0x0b;
    let bytes = tail.as_bytes();
    let after = bytes.iter().rev().take_while(|b| ends(**b)).count();
    let (inner, end) = bytes.split_at(bytes.len() - after);
    let inner = &inner[inner.len().saturating_sub(64)..];
    let word = |w: &[u8]| [b"trunc", b"omitt", b"more "].iter().any(|m| w.eq_ignore_ascii_case(*m));
    !tail.is_ascii() || end.iter().any(|b| closes(*b)) && inner.windows(5).any(word)
}

/// "removed" may be a tool's whole answer; a mark has brackets around it, or is written in capitals.
fn looks_like_a_mark(text: &str) -> bool {
    let bracketed = text.starts_with(['[', '<', '(', '{', '*', '•', '█', '_']);
    let capitals = text.chars().any(char::is_alphabetic) && !text.chars().any(char::is_lowercase);
    bracketed || capitals || text.chars().all(|c| c == 'x')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_not_texts() {
        for mark in ["[REDACTED]", "<redacted>", "***", "[content not captured]", "REDACTED", "{{ filtered }}"] {
            assert_eq!(of(mark), Capture::Redacted, "{mark}");
        }
        assert_eq!(of("  "), Capture::Empty);
        assert_eq!(of("Day one: 9:00 roadm... [truncated 2318 characters]"), Capture::Cut);
        assert_eq!(of("{\"a\": \"lorem ...<1532 more chars>\"}"), Capture::Cut);
    }

    #[test]
    fn texts_are_texts() {
        for text in
            ["removed", "ok", "The name was redacted in the file.", "{\"status\": \"hidden\"}", "[1, 2]", "(see below)"]
        {
            assert_eq!(of(text), Capture::Whole, "{text}");
        }
    }
}
