//! The telling parts of a call's arguments: values that somebody must have taken from somewhere.

use crate::prose::pattern;
use crate::session::Call;
use hindcast_trace::json::Value;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A value, or a part of one, with a source of its own: an address, an id, a name, an amount, a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atom {
    /// The words, without scheme or quotes.
    pub text: String,
    /// Its place in the arguments' text; the whole value where an escape hides the part.
    pub range: Range<usize>,
    /// True for an address, a link, an account or an id: something that says whom or what an action is about.
    pub target: bool,
    /// True for a value as it stands, false for a part of a longer text.
    pub whole: bool,
}

/// Longer values are free text, of which only the parts count.
const WHOLE: usize = 80;
/// More atoms than this in one call say nothing new.
const MOST: usize = 48;

static PARTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[^\s<>\x22')\\]+|www\.[^\s<>\x22')\\]+|\b(?-i:[A-Za-z]{2}\d{2}[A-Za-z0-9]{10,30})\b|\b(?-i:[A-Za-z]{1,6})[-_]\d[\w-]*\b|\+?\d[\d -]{6,}\d",
    )
});

/// The atoms of a call's arguments.
pub fn of(call: &Call<'_>) -> Vec<Atom> {
    let mut found = Vec::new();
    if let Some(args) = call.args() {
        collect(args, &mut found, 0);
    }
    found
}

fn collect(value: Value<'_>, found: &mut Vec<Atom>, depth: usize) {
    if depth > 16 || found.len() >= MOST {
        return;
    }
    let start = value.start() as usize;
    let range = start..start + value.bytes().len();
    if value.is_object() {
        value.entries().for_each(|(_, inner)| collect(inner, found, depth + 1));
    } else if value.is_array() {
        value.items().for_each(|inner| collect(inner, found, depth + 1));
    } else if let Some(text) = value.str() {
        string(&text, value, &range, found);
    } else if value.kind() == hindcast_trace::json::Kind::Number {
        let text = value.raw().into_owned();
        if text.len() >= 2 {
            found.push(Atom { target: text.len() >= 6, text, range, whole: true });
        }
    }
}

fn string(text: &str, value: Value<'_>, range: &Range<usize>, found: &mut Vec<Atom>) {
    let whole = text.trim();
    // Inside the quotes, unless escapes make positions differ.
    let plain = range.len() == text.len() + 2;
    let place = |part: &str| {
        let at = part.as_ptr() as usize - text.as_ptr() as usize;
        let at = if plain { Some(at + 1) } else { value.raw().find(part) };
        at.map_or(range.clone(), |at| range.start + at..range.start + at + part.len())
    };
    let mut add = |part: &str, target: bool| {
        let bare = strip(part);
        if bare.chars().filter(|c| c.is_alphanumeric()).nth(1).is_some()
            && found.len() < MOST
            && !found.iter().any(|a| a.text == bare)
        {
            found.push(Atom { text: bare.to_owned(), range: place(part), target, whole: part.len() == whole.len() });
        }
    };
    if whole.len() <= WHOLE && !whole.contains('\n') {
        add(whole, is_target(whole));
    }
    // Without a digit, an address or a link there is nothing to cut out.
    let telling =
        || text.bytes().any(|b| b.is_ascii_digit() || b == b'@') || text.contains("://") || text.contains("www.");
    if let Some(parts) = PARTS.as_ref().filter(|_| may_have_parts(text.as_bytes()) && telling()) {
        for part in parts.find_iter(text).take(12) {
            add(part.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?']), true);
        }
    }
}

/// False where the pattern for parts finds nothing: no address, no link, no prefix before a number, no long number, no
/// long word.
fn may_have_parts(text: &[u8]) -> bool {
    let (mut number, mut word) = (0, 0);
    text.iter().enumerate().any(|(at, b)| {
        number = if b.is_ascii_digit() || matches!(b, b' ' | b'-') { number + 1 } else { 0 };
        word = if b.is_ascii_alphanumeric() { word + 1 } else { 0 };
        let before = &text[..at];
        match b {
            b'@' | b':' | 0x80.. => true,
            b'.' => before.last_chunk::<3>().is_some_and(|w| w.eq_ignore_ascii_case(b"www")),
            b'0'..=b'9' if matches!(before, [.., l, b'-' | b'_'] if l.is_ascii_alphabetic()) => true,
            _ => number >= 8 || word >= 14,
        }
    })
}

/// True for a value that reads like an address, a link, or an id, and not like a word.
fn is_target(text: &str) -> bool {
    let one_word = !text.contains(' ');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    one_word && (text.contains('@') || text.contains("://") || text.starts_with("www.") || digits >= 2)
        || (digits >= 6 && text.bytes().all(|b| b.is_ascii_digit() || b" +-().".contains(&b)))
}

/// A link without its scheme and last slash: agents add and drop both.
fn strip(text: &str) -> &str {
    let bare = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    bare.strip_prefix("www.").filter(|b| b.contains('.')).unwrap_or(bare).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_has_no_parts_has_none_by_the_pattern(text in "(?:[a-z]{2}[0-9]{2}[a-z0-9]{8,14}|[0-9]{1,4}|[a-zA-Z]{1,5}|www|[ .@:/_+é-]|://){0,9}") {
            let found = PARTS.as_ref().is_some_and(|p| p.is_match(&text));
            prop_assert!(!found || may_have_parts(text.as_bytes()), "{text}");
        }
    }
}
