//! Code spans of a line, as CommonMark finds them: from a run of backticks to the next one that is as long.

use std::collections::{HashMap, VecDeque};

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'t> {
    /// Words. A backtick in them is one that belongs to no code span.
    Words(&'t str),
    /// A code span with its backticks.
    Code(&'t str),
}

/// The parts of a line in order. Where `escapes` is true, a backslash before punctuation outside of code takes its meaning
/// away, as in written Markdown; in plain text it is a character like others.
pub fn pieces(text: &str, escapes: bool) -> Vec<Piece<'_>> {
    let bytes = text.as_bytes();
    // Where each run of backticks begins, by its length. Only what is still ahead stays in the lists.
    let mut runs: HashMap<usize, VecDeque<usize>> = HashMap::new();
    let mut at = 0;
    while let Some(start) = memchr(bytes, at) {
        let length = run(bytes, start);
        runs.entry(length).or_default().push_back(start);
        at = start + length;
    }
    let (mut all, mut words, mut at) = (Vec::new(), 0, 0);
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escapes && bytes.get(at + 1).is_some_and(u8::is_ascii_punctuation) => at += 2,
            b'`' => {
                let length = run(bytes, at);
                let ahead = runs.entry(length).or_default();
                while ahead.front().is_some_and(|start| *start < at + length) {
                    ahead.pop_front();
                }
                match ahead.pop_front() {
                    Some(end) => {
                        all.extend(Some(Piece::Words(&text[words..at])).filter(|_| words < at));
                        all.push(Piece::Code(&text[at..end + length]));
                        at = end + length;
                        words = at;
                    }
                    None => at += length,
                }
            }
            _ => at += 1,
        }
    }
    all.extend(Some(Piece::Words(&text[words..])).filter(|_| words < text.len()));
    all
}

fn memchr(bytes: &[u8], from: usize) -> Option<usize> {
    bytes[from..].iter().position(|b| *b == b'`').map(|n| from + n)
}

/// How many backticks stand at a place.
fn run(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().take_while(|b| **b == b'`').count()
}

#[cfg(test)]
mod tests {
    use super::Piece::{Code, Words};
    use super::*;

    #[test]
    fn a_span_ends_at_a_run_of_its_length() {
        assert_eq!(pieces("a `b` c", false), [Words("a "), Code("`b`"), Words(" c")]);
        assert_eq!(pieces("``a`b`` `", false), [Code("``a`b``"), Words(" `")]);
        assert_eq!(pieces("``a`b`c", false), [Words("``a"), Code("`b`"), Words("c")]);
        assert_eq!(pieces("", false), []);
    }

    #[test]
    fn an_escaped_backtick_opens_nothing_and_may_end_code() {
        assert_eq!(pieces(r"\`a`b`", true), [Words(r"\`a"), Code("`b`")]);
        assert_eq!(pieces(r"`a\` b", true), [Code(r"`a\`"), Words(" b")]);
        assert_eq!(pieces(r"\\`a`", true), [Words(r"\\"), Code("`a`")]);
        assert_eq!(pieces(r"\`a`", false), [Words(r"\"), Code("`a`")]);
    }
}
