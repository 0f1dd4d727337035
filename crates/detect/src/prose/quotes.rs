//! Where a text quotes or drafts: what stands there is nobody's own claim or promise.

use crate::bits::Bits;
use std::ops::Range;

/// A quotation longer than this is taken for two stray marks.
const LONGEST: usize = 4000;

/// The quoted byte ranges, in order and apart.
pub fn masks(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let bytes = text.as_bytes();
    let marks = Bits::of_quotes(bytes);
    let mut at = 0;
    while let Some(next) = marks.next(at) {
        at = next;
        let end = match bytes[at] {
            b'`' => code(text, at),
            b'"' if opens(bytes, at) => text[at + 1..].find('"').map(|e| at + 1 + e + 1),
            b'\'' if opens(bytes, at) => single(bytes, at),
            0xE2 if text[at..].starts_with('“') => text[at..].find('”').map(|e| at + e + '”'.len_utf8()),
            b'>' if at == 0 || bytes[at - 1] == b'\n' => Some(text[at..].find('\n').map_or(text.len(), |e| at + e)),
            _ => None,
        };
        match end {
            Some(end) if end - at <= LONGEST => {
                found.push(at..end);
                at = end;
            }
            // Only ASCII and the first byte of “ are looked at, so that every slice begins with a character.
            _ => at += 1,
        }
    }
    found
}

fn opens(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|b| bytes[b]);
    before.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b'[' | b':' | b'*'))
        && bytes.get(at + 1).is_some_and(|n| !n.is_ascii_whitespace())
}

/// A single quote also is an apostrophe, so its end must not stand before a letter.
fn single(bytes: &[u8], at: usize) -> Option<usize> {
    let line = bytes[at + 1..].iter().take(LONGEST).take_while(|b| **b != b'\n').count();
    (at + 1..at + 1 + line)
        .find(|i| bytes[*i] == b'\'' && !bytes.get(i + 1).is_some_and(u8::is_ascii_alphanumeric))
        .map(|i| i + 1)
}

fn code(text: &str, at: usize) -> Option<usize> {
    let fence = if text[at..].starts_with("```") { "```" } else { "`" };
    let from = at + fence.len();
    text.get(from..)?.find(fence).map(|e| from + e + fence.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_code_and_block_quotes() {
        let quoted = |t: &str| masks(t).into_iter().map(|r| t[r].to_owned()).collect::<Vec<_>>();
        assert_eq!(quoted("a \"b c\" d"), ["\"b c\""]);
        assert_eq!(quoted("told 'it's done'. don't"), ["'it's done'"]);
        assert_eq!(quoted("x\n> sent\ny"), ["> sent"]);
        assert_eq!(quoted("“done” `a`"), ["“done”", "`a`"]);
        assert!(quoted("5\" and 6\" don't").is_empty());
    }
}
