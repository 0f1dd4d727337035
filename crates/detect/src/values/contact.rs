//! Addresses that a text names: e-mail, web, telephone, and the last digits of a card.

use crate::bits;
use memchr::memmem::Finder;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,24}(?-u:\b)").ok()
});
static URL: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:https?://|(?-u:\b)www\.)[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]+)?(?:/[^\s<>"'`)\]*]*)?"#).ok()
});
static PHONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:\+[0-9]|(?-u:\b)0|\([0-9]{3}\)\s?[0-9]|(?-u:\b)[0-9]{3}[-. ][0-9]{3}[-. ])[0-9\s().-]{5,16}[0-9](?-u:\b)|(?-u:\b)1?-?8[0-9][0-9]-[0-9]{3}-[0-9]{4}(?-u:\b)").ok()
});
static LAST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?-u:\b)(?:ending|ends|ended)\s+(?:in|with)\s+\**([0-9]{3,4})(?-u:\b)").ok());

/// What redaction leaves in a telephone number's place.
static MASKED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?-u:\b)phone-(?:[0-9][a-z]){7}(?-u:\b)").ok());
static MASK: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("phone-"));

static SCHEME: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("://"));
static WWW: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("www."));
static END: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new("end"));

/// E-mail addresses in a text.
pub fn emails(text: &str) -> Vec<Range<usize>> {
    if !text.contains('@') {
        return Vec::new();
    }
    EMAIL.iter().flat_map(|r| r.find_iter(text)).map(|m| m.range()).collect()
}

/// Web addresses in a text, without the punctuation of the sentence around them.
pub fn urls(text: &str) -> Vec<Range<usize>> {
    if SCHEME.find(text.as_bytes()).is_none() && WWW.find(text.as_bytes()).is_none() {
        return Vec::new();
    }
    let all = URL.iter().flat_map(|r| r.find_iter(text));
    all.map(|m| m.start()..m.start() + m.as_str().trim_end_matches(['.', ',', ';', ':', '!', '?', '_']).len()).collect()
}

/// Telephone numbers in a text.
pub fn phones(text: &str) -> Vec<Range<usize>> {
    if !has_long_number(text) {
        return Vec::new();
    }
    PHONE.iter().flat_map(|r| r.find_iter(text)).map(|m| m.range()).filter(|r| may_be_called(text, r)).collect()
}

/// False for numbers that only stand side by side: cents before a bracket, decimals, lines of a list.
fn may_be_called(text: &str, range: &Range<usize>) -> bool {
    let number = &text[range.clone()];
    let brackets = |b: u8| number.bytes().filter(|n| *n == b).count();
    let decimal = number.rsplit_once('.').is_some_and(|(front, cents)| {
        !front.contains('.') && cents.bytes().take_while(u8::is_ascii_digit).count() <= 2
    });
    let behind_point = text[..range.start].ends_with(['.', ',']) && !number.starts_with(['+', '(']);
    (8..=15).contains(&digits(number).len())
        && brackets(b'(') == brackets(b')')
        && !number.contains('\n')
        && !decimal
        && !behind_point
}

/// True for a number that nobody pays for and many know by heart: a public service's, mostly.
pub fn is_toll_free(phone: &str) -> bool {
    let digits = digits(phone);
    let national = digits.strip_prefix('1').filter(|n| n.len() == 10).unwrap_or(&digits);
    let american = national.len() == 10
        && ["800", "833", "844", "855", "866", "877", "888"].iter().any(|code| national.starts_with(code));
    american || ["0800", "0808", "00800"].iter().any(|code| digits.starts_with(code))
}

/// Masks of telephone numbers in a text.
pub fn masked_phones(text: &str) -> Vec<Range<usize>> {
    if MASK.find(text.as_bytes()).is_none() {
        return Vec::new();
    }
    MASKED.iter().flat_map(|r| r.find_iter(text)).map(|m| m.range()).collect()
}

/// True for a digit with which the pattern for telephone numbers may begin: behind a sign or a bracket, a zero, and three
/// digits by themselves, or four that begin with `18`.
fn may_begin_phone(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).map(|b| bytes[b]);
    if matches!(before, Some(b'+' | b'(')) {
        return true;
    }
    let run = bytes[at..].iter().take(5).take_while(|b| b.is_ascii_digit()).count();
    let parted = matches!(bytes.get(at + run), Some(b'-' | b'.' | b' '));
    !before.is_some_and(|b| b.is_ascii_digit())
        && (bytes[at] == b'0' || parted && (run == 3 || run == 4 && bytes[at..].starts_with(b"18")))
}

/// True where a telephone number may begin, and eight digits follow with nothing between them but what may stand in one.
fn has_long_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(first) = bits::next_digit(bytes, at) {
        let mut digits = 0;
        at = first;
        while let Some(b) = bytes.get(at) {
            match b {
                b'0'..=b'9' => {
                    digits += usize::from(digits > 0 || may_begin_phone(bytes, at));
                }
                // Beyond ASCII there are blanks.
                b'(' | b')' | b'.' | b'-' | b'+' | b' ' | 0x09..=0x0d | 0x80.. => {}
                _ => break,
            }
            at += 1;
        }
        if digits >= 8 {
            return true;
        }
    }
    false
}

/// "Ending in 4471": the digits in a text in lower case.
pub fn last_digits(lower: &str) -> Vec<Range<usize>> {
    if !may_end(lower.as_bytes()) {
        return Vec::new();
    }
    LAST.iter().flat_map(|r| r.captures_iter(lower)).filter_map(|c| c.get(1)).map(|m| m.range()).collect()
}

/// False where the pattern for last digits finds nothing: "end" stands in few texts, and goes on so in fewer.
fn may_end(lower: &[u8]) -> bool {
    END.find_iter(lower).any(|at| {
        let rest = &lower[at + 3..];
        // Beyond ASCII there is a letter that the pattern takes for an "s".
        rest.first().is_some_and(|b| *b == b's' || !b.is_ascii()) || rest.starts_with(b"ed") || rest.starts_with(b"ing")
    })
}

/// Only the digits.
pub fn digits(text: &str) -> String {
    let (mut found, mut at) = (String::new(), 0);
    while let Some(digit) = bits::next_digit(text.as_bytes(), at) {
        found.push(char::from(text.as_bytes()[digit]));
        at = digit + 1;
    }
    found
}

/// A web address without scheme, `www.` and closing slash, in lower case.
pub fn bare_url(url: &str) -> String {
    let lower = url.to_ascii_lowercase();
    let rest = lower.trim_start_matches("https://").trim_start_matches("http://");
    rest.trim_start_matches("www.").trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(f: fn(&str) -> Vec<Range<usize>>, t: &str) -> Vec<&str> {
        f(t).into_iter().map(|r| &t[r]).collect()
    }

    proptest! {
        #[test]
        fn telephone_numbers_are_where_the_pattern_finds_them(text in "(?:[0-9]{1,4}|[ .+()-]|18[0-9]{2}-|a|é|\n){0,12}") {
            let found: Vec<_> = PHONE.iter().flat_map(|r| r.find_iter(&text)).map(|m| m.range()).filter(|r| may_be_called(&text, r)).collect();
            prop_assert_eq!(phones(&text), found);
        }
    }

    proptest! {
        #[test]
        fn digits_are_those_among_the_characters(text in "[0-9a-zé ]{0,40}") {
            prop_assert_eq!(digits(&text), text.chars().filter(char::is_ascii_digit).collect::<String>());
        }
    }

    #[test]
    fn addresses() {
        assert_eq!(of(emails, "Write to ruth@kelpline.example, please."), ["ruth@kelpline.example"]);
        assert_eq!(
            of(urls, "See https://a.example/x?y=1. Or www.b.example!"),
            ["https://a.example/x?y=1", "www.b.example"]
        );
        assert_eq!(of(phones, "on 0800 555 0199, or +44 20 7946 0018."), ["0800 555 0199", "+44 20 7946 0018"]);
        assert!(of(phones, "1265.00 (1120.00 + 145.00), 900.00 (840.00 + 60.00)").is_empty());
        assert!(is_toll_free("1-800-633-4227") && is_toll_free("0800 555 0199") && !is_toll_free("(541) 555-0187"));
        assert_eq!(of(masked_phones, "on phone-7f5c4n5x6s3c8r, not phone-7"), ["phone-7f5c4n5x6s3c8r"]);
        assert!(of(phones, "2025-05-06 10:40, order 7741928, $1,249.00").is_empty());
        assert_eq!(of(last_digits, "visa ending in **8812**"), ["8812"]);
        assert_eq!(bare_url("http://www.A.example/"), "a.example");
    }
}
