//! Values that a text names: ids, dates, amounts. Written differently, they are compared in one form.

pub mod atoms;
pub mod bare;
pub mod contact;
pub mod decode;
mod european;
pub(crate) mod figures;
pub(crate) mod keys;
pub(crate) mod lookup;
pub mod names;
pub(crate) mod records;
pub mod scale;
pub mod subject;
pub mod typed;
pub(crate) mod written;

pub use european::{dotted, european};
use std::ops::Range;
use std::sync::LazyLock;

use crate::bits;
use regex::Regex;

/// An id as people write it, and in the form for comparing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Id {
    /// Lower case, without `#` in front.
    pub norm: String,
    /// Where it stands.
    pub range: Range<usize>,
}

static AMOUNT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:[$€£]|(?-u:\b)(?:usd|eur|gbp|chf)\s?)\s?-?([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)|(?-u:\b)([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)\s?(?:€|£|usd|eur|gbp|chf|dollars?|euros?|pounds?)(?-u:\b)").ok()
});
static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u:\b)(?:[0-9]{4})-([0-9]{2})-([0-9]{2})").ok());
static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:([0-9]{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?)(?-u:\b)").ok()
});
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// True for a word that identifies something: letters with several digits, or a long number.
pub fn looks_like_id(word: &str) -> bool {
    let word = word.trim_start_matches('#');
    if is_mask_of_many_spellings(word) || is_period(word) {
        return false;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let starts_with_letter = word.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    match (letters, digits) {
        // Dates and spans of years are no ids.
        (0, _) if word.contains('-') => false,
        (0, d) => d >= 5,
        // `OI5L9G` and `ZP4LQ8` are; `750ml`, `10am`, `3rd` and `4K` begin with a digit and are amounts.
        (l, d) if starts_with_letter => {
            let upper = word.bytes().filter(u8::is_ascii_uppercase).count() == l;
            d >= 2 && (d + l >= 5 || word.contains(['-', '_']))
                || (d >= 1 && upper && (word.contains('-') || (d + l == 6 && !word.contains('_'))))
        }
        (l, d) => {
            d >= 3
                && l >= 2
                && d + l >= 6
                && word.bytes().filter(u8::is_ascii_digit).count() < word.len() - 1
                && mixed(word)
        }
    }
}

/// What redaction leaves in the place of a date of birth or a street. One date is written in many ways, and each way has a mask of its
/// own: two of them that differ tell nothing.
pub(crate) fn is_mask_of_many_spellings(word: &str) -> bool {
    let Some(rest) = ["birthdate-", "street-"].iter().find_map(|kind| word.strip_prefix(kind)) else { return false };
    let is_digit = |(i, b): (usize, u8)| if i % 2 == 0 { b.is_ascii_digit() } else { b.is_ascii_lowercase() };
    rest.len() == 14 && rest.bytes().enumerate().all(is_digit)
}

/// A school year, a season, a week or a quarter, with words around it or without: `2031/32`, `2031-W07`, `maize-2031-W07`.
fn is_period(word: &str) -> bool {
    let number = |t: &str| t.parse::<u32>().ok().filter(|_| t.bytes().all(|b| b.is_ascii_digit()));
    let is_year = |t: &str| t.len() == 4 && number(t).is_some_and(|y| (1900..2100).contains(&y));
    let lettered = |t: &str, letters: &[u8], most: u32| {
        let first = t.bytes().next().is_some_and(|b| letters.contains(&b.to_ascii_lowercase()));
        first && t.get(1..).and_then(number).is_some_and(|n| (1..=most).contains(&n)) && t.len() <= 3
    };
    if let Some((first, second)) = word.split_once('/') {
        let next = |a: u32, b: u32| b == a + 1 || b == (a + 1) % 100;
        return is_year(first)
            && matches!(second.len(), 2 | 4)
            && number(first).zip(number(second)).is_some_and(|(a, b)| next(a, b));
    }
    let mut parts = word.split(['-', '_']);
    let (mut years, mut periods) = (0, 0);
    let plain = parts.all(|part| {
        let year = is_year(part);
        let period = lettered(part, b"w", 53) || lettered(part, b"q", 4) || lettered(part, b"h", 2);
        years += usize::from(year);
        periods += usize::from(period);
        // What is written in capitals is a series of numbers: `INV-2031-Q1`.
        let name = part.len() >= 3 && part.bytes().all(|b| b.is_ascii_lowercase());
        year || period || name
    });
    plain && years == 1 && periods == 1
}

/// Letters and digits alternate more than once: `6a3f`, not `1000ml`.
fn mixed(word: &str) -> bool {
    let kinds: Vec<bool> = word.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.is_ascii_digit()).collect();
    kinds.windows(2).filter(|w| w[0] != w[1]).count() > 1
}

/// The ids in a text.
pub fn ids(text: &str) -> Vec<Id> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    // An id has a digit, and most words have none: from digit to digit, with the word around it.
    while let Some(digit) = bits::next_digit(bytes, at) {
        let mut start = digit;
        while let Some(before) = start.checked_sub(1).filter(|b| joins(bytes, *b)) {
            start = before;
        }
        at = digit;
        while bytes.get(at).is_some_and(|b| inside(bytes, *b, at)) {
            at += 1;
        }
        start = (start + escape(bytes, start)).min(at);
        let hash = usize::from(start > 0 && bytes[start - 1] == b'#');
        let range = start - hash..at;
        let Some(word) = text.get(range.clone()) else { continue };
        if !part_of_more(bytes, &range, word) && looks_like_id(word) {
            found.push(Id { norm: norm(word), range });
        }
    }
    found
}

/// Hyphens and underscores belong to an id where letters or digits follow.
fn inside(bytes: &[u8], byte: u8, at: usize) -> bool {
    byte.is_ascii_alphanumeric()
        || (matches!(byte, b'-' | b'_') && bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric))
}

/// How many letters at the beginning of a word belong to an escape before it: `\u2019s`, `\n4711`.
fn escape(bytes: &[u8], start: usize) -> usize {
    if start == 0 || bytes[start - 1] != b'\\' {
        return 0;
    }
    match bytes[start] {
        b'u' if bytes.get(start + 1..start + 5).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) => 5,
        b'n' | b'r' | b't' => 1,
        _ => 0,
    }
}

/// The same of a byte before one that belongs to an id: no id begins with a hyphen.
fn joins(bytes: &[u8], at: usize) -> bool {
    let letter = |i: usize| bytes[i].is_ascii_alphanumeric();
    letter(at) || (matches!(bytes[at], b'-' | b'_') && at > 0 && letter(at - 1))
}

/// Parts of amounts, addresses, URLs and decimals belong to something else.
fn part_of_more(bytes: &[u8], range: &Range<usize>, word: &str) -> bool {
    let before = range.start.checked_sub(1).map(|b| bytes[b]);
    let after = bytes.get(range.end);
    let decimal = matches!(after, Some(b'.' | b','))
        && bytes.get(range.end + 1).is_some_and(u8::is_ascii_digit)
        && word.bytes().all(|b| b.is_ascii_digit());
    matches!(before, Some(b'$' | b'.' | b'@' | b'/' | b'+'))
        || before.is_some_and(|b| !b.is_ascii())
        || matches!(after, Some(b'@' | b'/'))
        || decimal
}

/// The form in which ids are compared.
pub fn norm(id: &str) -> String {
    id.trim_start_matches('#').to_ascii_lowercase()
}

/// An id's shape: `#W6390527` and `#W7800651` have the same.
pub fn shape(id: &str) -> String {
    id.trim_start_matches('#')
        .chars()
        .map(|c| {
            if c.is_ascii_digit() {
                '9'
            } else if c.is_ascii_alphabetic() {
                'a'
            } else {
                c
            }
        })
        .collect()
}

/// Amounts of money with a currency, in cents; `$64K` is 64,000 dollars.
pub fn amounts(text: &str) -> Vec<(i64, Range<usize>)> {
    let mut found = as_written(text);
    for (cents, range) in &mut found {
        if let Some((other, whole)) = european::amount(text, range) {
            (*cents, *range) = (other, whole);
        }
        if let Some((factor, len)) = scale::factor(text, range.end) {
            *cents = cents.saturating_mul(factor);
            range.end += len;
        }
    }
    found
}

/// Amounts by their digits alone.
fn as_written(text: &str) -> Vec<(i64, Range<usize>)> {
    let bytes = text.as_bytes();
    let Some(first) = bits::next_digit(bytes, 0) else { return Vec::new() };
    if text.is_ascii() && !names_currency(bytes, first) {
        return dollars(text);
    }
    let Some(regex) = AMOUNT.as_ref() else { return Vec::new() };
    regex
        .captures_iter(text)
        .filter_map(|c| {
            let number = c.get(1).or_else(|| c.get(2))?;
            let whole = c.get(0)?;
            Some((cents(number.as_str())?, whole.range()))
        })
        .collect()
}

/// True where a currency's name stands next to a number of an ASCII text whose first digit is given.
fn names_currency(bytes: &[u8], first: usize) -> bool {
    const CODES: [&[u8]; 4] = [b"usd", b"eur", b"gbp", b"chf"];
    const NAMES: [&[u8]; 2] = [b"dollar", b"pound"];
    let blank = |b: &u8| b.is_ascii_whitespace() || *b == 0x0b;
    let same = |text: Option<&[u8]>, word: &[u8]| text.is_some_and(|t| t.eq_ignore_ascii_case(word));
    let mut at = first;
    loop {
        // At most a sign and two blanks stand between.
        let before = &bytes[..at];
        let before = before.strip_suffix(b"-").unwrap_or(before);
        let blanks = before.iter().rev().take(2).take_while(|b| blank(b)).count();
        let before = &before[..before.len() - blanks];
        if before.last().is_some_and(u8::is_ascii_alphabetic)
            && CODES.iter().any(|w| same(before.last_chunk::<3>().map(|c| &c[..]), w))
        {
            return true;
        }
        at += bytes[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        let after = &bytes[at..];
        let after = &after[usize::from(after.first().is_some_and(blank))..];
        let named = |w: &&[u8]| same(after.get(..w.len()), w);
        if after.first().is_some_and(u8::is_ascii_alphabetic) && CODES.iter().chain(&NAMES).any(named) {
            return true;
        }
        let Some(next) = bits::next_digit(bytes, at) else { return false };
        at = next;
    }
}

/// What the pattern finds in an ASCII text that names no currency but by `$`, without running it.
fn dollars(text: &str) -> Vec<(i64, Range<usize>)> {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut found = Vec::new();
    let mut upto = 0;
    for start in memchr::memchr_iter(b'$', bytes) {
        let mut from = start + 1;
        from += usize::from(bytes.get(from).is_some_and(|b| b.is_ascii_whitespace() || *b == 0x0b));
        from += usize::from(bytes.get(from) == Some(&b'-'));
        if start < upto || from >= bytes.len() || digits(from) == 0 {
            continue;
        }
        let mut end = from + digits(from);
        if end - from <= 3 {
            while bytes.get(end) == Some(&b',') && digits(end + 1) >= 3 {
                end += 4;
                if digits(end) > 0 {
                    break;
                }
            }
        }
        if bytes.get(end) == Some(&b'.') && digits(end + 1) > 0 {
            end += 1 + digits(end + 1);
        }
        upto = end;
        found.extend(cents(&text[from..end]).map(|c| (c, start..end)));
    }
    found
}

/// `1,249.00` in hundredths, where it has digits only and at most two decimals: nearly always, and exact without floats.
pub(crate) fn plain_cents(number: &str) -> Option<i64> {
    let mut value = 0i64;
    let mut decimals = None;
    for b in number.bytes() {
        match b {
            b'0'..=b'9' => {
                value = value * 10 + i64::from(b - b'0');
                decimals = decimals.map(|d: u32| d + 1);
            }
            b',' => {}
            b'.' if decimals.is_none() => decimals = Some(0),
            _ => return None,
        }
    }
    let missing = 2u32.checked_sub(decimals.unwrap_or(0))?;
    number.bytes().next()?.is_ascii_digit().then(|| value * 10i64.pow(missing))
}

/// A decimal number in hundredths.
pub fn cents(number: &str) -> Option<i64> {
    // Not so many digits that anything could overflow or lose a place.
    if number.len() <= 12
        && let Some(value) = plain_cents(number)
    {
        return (value < 1_000_000_000_000).then_some(value);
    }
    let value: f64 = number.replace(',', "").trim().parse().ok()?;
    (value.abs() < 1e10).then_some((value * 100.0).round() as i64)
}

/// Days named in a text, as month and day, from ISO dates and from "10 December".
pub fn days(text: &str) -> Vec<(u8, u8)> {
    let mut found = Vec::new();
    for c in ISO.iter().flat_map(|r| r.captures_iter(text)) {
        if let (Some(m), Some(d)) = (number(&c, 1), number(&c, 2)) {
            found.push((m, d));
        }
    }
    for c in NAMED.iter().flat_map(|r| r.captures_iter(text)) {
        let Some(name) = c.get(2).or_else(|| c.get(3)) else { continue };
        let name = name.as_str().to_ascii_lowercase();
        let month = MONTHS.iter().position(|m| *m == name).map(|m| m as u8 + 1);
        if let (Some(m), Some(d)) = (month, number(&c, 1).or_else(|| number(&c, 4))) {
            found.push((m, d));
        }
    }
    found
}

fn number(captures: &regex::Captures<'_>, group: usize) -> Option<u8> {
    captures.get(group)?.as_str().parse().ok()
}

#[cfg(test)]
mod tests;
