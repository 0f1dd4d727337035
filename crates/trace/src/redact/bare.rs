//! What a mask needs so that JSON stays JSON: quotes around a value that had none, and no mask across two strings.

use std::ops::Range;

/// Goes through a text once and knows which strings are open at ascending places, at each depth of JSON inside JSON.
pub(super) struct Strings<'t> {
    raw: &'t [u8],
    /// True where the text begins like JSON.
    json: bool,
    at: usize,
    /// One bit for each depth at which a string is open.
    open: u64,
}

/// What is replaced, and by what besides the mask.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Replaced<'t> {
    /// All bytes of the value.
    pub(super) range: Range<usize>,
    /// A quote for either side, with its backslashes; empty where the value stands in a string.
    pub(super) quote: &'t [u8],
}

/// How far before a value the name that it belongs to may stand.
const BEFORE: usize = 4 << 10;
/// More backslashes than this are no nesting.
const DEEPEST: usize = 64;

impl<'t> Strings<'t> {
    pub(super) fn of(raw: &'t [u8]) -> Self {
        let trimmed = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw).trim_ascii_start();
        let next = trimmed.get(1..).unwrap_or_default().trim_ascii_start();
        let json = match trimmed.first() {
            Some(b'{') => matches!(next.first(), Some(b'"' | b'}')),
            Some(b'[') => {
                let number = next.iter().take_while(|b| b.is_ascii_digit()).count();
                let after = next[number..].trim_ascii_start().first();
                matches!(next.first(), Some(b'{' | b'[' | b'"')) || number > 0 && matches!(after, Some(b',' | b']'))
            }
            _ => false,
        };
        Strings { raw, json, at: 0, open: 0 }
    }

    /// The depth at which a quote opens or closes a string: each level of JSON doubles the backslashes before it.
    fn depth(&self, quote: usize) -> u32 {
        let mut run = backslashes(&self.raw[..quote]);
        let mut depth = 0;
        while run % 2 == 1 {
            run /= 2;
            depth += 1;
        }
        depth
    }

    /// Goes on to a place. A line break ends every string, so that a broken line spoils no other.
    fn advance(&mut self, place: usize) {
        while let Some(next) = self.raw.get(self.at..place).and_then(|raw| memchr::memchr2(b'"', b'\n', raw)) {
            let quote = self.at + next;
            self.at = quote + 1;
            if self.raw[quote] == b'\n' {
                self.open = 0;
                continue;
            }
            let bit = 1 << self.depth(quote);
            // Whatever was open further in is so no longer.
            self.open = (self.open ^ bit) & (bit | (bit - 1));
        }
        self.at = self.at.max(place);
    }

    /// What is replaced for a value at a place, not before the last one asked for; `None` where no value is: between a
    /// quote that closes a string and the next one.
    pub(super) fn replaced(&mut self, range: &Range<usize>) -> Option<Replaced<'t>> {
        let raw = self.raw;
        if let Some(quote) = range.start.checked_sub(1).filter(|q| raw[*q] == b'"') {
            self.advance(quote);
            let depth = self.depth(quote);
            if (self.json || depth > 0) && self.open & 1 << depth != 0 {
                return None;
            }
        }
        self.advance(range.start);
        let as_it_is = || Some(Replaced { range: range.clone(), quote: b"" });
        let of_number = |b: &u8| b.is_ascii_digit() || matches!(b, b'+' | b'-' | b'.' | b'e' | b'E');
        if !raw[range.clone()].iter().all(of_number) {
            return as_it_is();
        }
        if self.json && self.open == 0 {
            let before = raw[..range.start].iter().rev().take(64).take_while(|b| of_number(b)).count();
            let after = raw[range.end..].iter().take(64).take_while(|b| of_number(b)).count();
            let whole = range.start - before..range.end + after;
            let opens = raw[..whole.start].trim_ascii_end().last().is_none_or(|b| b":,[".contains(b));
            let closes = raw[whole.end..].trim_ascii_start().first().is_none_or(|b| b",]}".contains(b));
            return if opens && closes { Some(Replaced { range: whole, quote: b"\"" }) } else { as_it_is() };
        }
        match self.quote_within(range) {
            Some(quote) => Some(Replaced { range: range.clone(), quote }),
            None => as_it_is(),
        }
    }

    /// In JSON within a string, the name before a bare value says how quotes are written there.
    fn quote_within(&self, range: &Range<usize>) -> Option<&'t [u8]> {
        let after = &self.raw[range.end..];
        let gap = after.iter().take(BEFORE).take_while(|b| is_blank(b)).count();
        if !matches!(after.get(gap), Some(b',' | b']' | b'}')) {
            return None;
        }
        let from = range.start.saturating_sub(BEFORE);
        let before = &self.raw[from..range.start];
        let in_list = |b: &u8| b.is_ascii_digit() || is_blank(b) || matches!(b, b'[' | b',' | b'.' | b'-');
        let back = before.iter().rev().take_while(|b| in_list(b)).count();
        let name = before[..before.len() - back].strip_suffix(b":")?.trim_ascii_end();
        let run = backslashes(name.strip_suffix(b"\"")?);
        // A quote that closes the name leaves no string open at its depth.
        let closes = self.open & 1 << self.depth(from + name.len() - 1) == 0;
        (run > 0 && closes).then(|| &name[name.len() - 1 - run..])
    }
}

/// Blanks, and line breaks written as escapes.
fn is_blank(b: &u8) -> bool {
    b.is_ascii_whitespace() || matches!(b, b'\\' | b'n' | b'r' | b't')
}

fn backslashes(before: &[u8]) -> usize {
    before.iter().rev().take(DEEPEST).take_while(|b| **b == b'\\').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(text: &str) -> Option<(&str, &str)> {
        let at = text.find("4111").expect("a number");
        let replaced = Strings::of(text.as_bytes()).replaced(&(at..at + 4))?;
        Some((&text[replaced.range], std::str::from_utf8(replaced.quote).expect("text")))
    }

    #[test]
    fn bare_values_are_known() {
        assert_eq!(quote(r#"{"card": 4111}"#), Some(("4111", "\"")));
        assert_eq!(quote(r#"[1, 4111.0, 2]"#), Some(("4111.0", "\"")));
        assert_eq!(quote(r#"{"a": "{\"card\": 4111, \"b\": 1}"}"#), Some(("4111", r#"\""#)));
        assert_eq!(quote(r#"{"a": "{\"cards\": [1, 4111]}"}"#), Some(("4111", r#"\""#)));
        assert_eq!(quote(r#"{"a": "x\\", "card": 4111}"#), Some(("4111", "\"")));
        for inside in [
            r#"{"card": "4111"}"#,
            r#"{"a": "4111, b"}"#,
            r#"{"a": "[4111]"}"#,
            r#"{"a": "[\":4111]\"]"}"#,
            r#"{"a": "x \"4111\""}"#,
            "card: 4111, b",
            "[12:30] card 4111",
        ] {
            assert_eq!(quote(inside), Some(("4111", "")), "{inside}");
        }
    }

    #[test]
    fn nothing_stands_between_two_strings() {
        assert_eq!(quote(r#"["a:"4111"b"]"#), None);
        assert_eq!(quote(r#"{"x": "[\"a:\"4111\"b\"]"}"#), None);
        assert_eq!(quote(r#"he said "so" and "4111""#), Some(("4111", "")));
    }
}
