//! Arithmetic that tells secrets from what looks like them.

use crate::prose::pattern;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static CARD: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"\b\d(?:[ -]?\d){12,18}\b"));

/// What has the form of a payment card's number in a text.
pub fn card_numbers(text: &str) -> impl Iterator<Item = &str> {
    CARD.iter().filter(|_| may_hold_card(text)).flat_map(|r| r.find_iter(text)).map(|m| m.as_str())
}

/// True where thirteen digits stand with nothing between them but blanks and hyphens; beyond ASCII there are others.
fn may_hold_card(text: &str) -> bool {
    let mut digits = 0;
    text.bytes().any(|b| {
        match b {
            b'0'..=b'9' => digits += 1,
            b' ' | b'-' => {}
            _ => digits = 0,
        }
        digits >= 13 || !b.is_ascii()
    })
}

/// Luhn's check (ISO/IEC 7812-1), with the length and the first digit of a payment card.
pub fn is_card(digits: &str) -> bool {
    let bytes = digits.as_bytes();
    if !(13..=19).contains(&bytes.len()) || !matches!(bytes[0], b'2'..=b'6') || !bytes.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = bytes
        .iter()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let digit = u32::from(b - b'0');
            match (i % 2, digit * 2) {
                (0, _) => digit,
                (_, twice) if twice > 9 => twice - 9,
                (_, twice) => twice,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// The check digits of an IBAN (ISO 13616: the number modulo 97 is 1).
pub fn is_iban(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_uppercase();
    let b = text.as_bytes();
    if !(15..=34).contains(&b.len()) || !b.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    if !b[..2].iter().all(u8::is_ascii_alphabetic) || !b[2..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let rest = b[4..].iter().chain(&b[..4]).fold(0u32, |rest, &c| match c {
        b'0'..=b'9' => (rest * 10 + u32::from(c - b'0')) % 97,
        _ => (rest * 100 + u32::from(c - b'A') + 10) % 97,
    });
    rest == 1
}

/// Shannon's entropy in bits per character.
pub fn entropy(text: &str) -> f64 {
    // In order: a sum of fractions depends on the order by a hair.
    let mut counts: BTreeMap<char, usize> = BTreeMap::new();
    for c in text.chars() {
        *counts.entry(c).or_default() += 1;
    }
    let n = text.chars().count().max(1) as f64;
    counts.values().map(|&c| c as f64 / n).map(|p| -p * p.log2()).sum()
}

/// What may be shown of a secret: enough to know it again, too little to use it.
pub fn mask(secret: &str) -> String {
    let n = secret.chars().count();
    let head: String = if n >= 16 { secret.chars().take(2).collect() } else { String::new() };
    format!("{head}… ({n} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn card_numbers_are_those_of_the_pattern(text in "(?:[0-9]{4}[ -]?){3}[0-9]{0,6}(?:[0-9]{1,8}|[ -]|[a-z]|é|٣){0,4}") {
            let found: Vec<_> = CARD.iter().flat_map(|r| r.find_iter(&text)).map(|m| m.as_str()).collect();
            prop_assert_eq!(card_numbers(&text).collect::<Vec<_>>(), found);
        }
    }

    #[test]
    fn cards_pass_luhn_and_begin_like_cards() {
        assert!(is_card("4111 1111 1111 1111".replace(' ', "").as_str()));
        assert!(is_card("4242424242424242"));
        assert!(!is_card("4242424242424241"));
        assert!(!is_card("8004129077553101"));
        assert!(!is_card("42"));
        assert!(!is_card(""));
    }

    #[test]
    fn ibans_pass_mod_97() {
        assert!(is_iban("GB82 WEST 1234 5698 7654 32"));
        assert!(!is_iban("GB82 WEST 1234 5698 7654 33"));
        assert!(!is_iban("hello"));
    }

    #[test]
    fn secrets_are_masked() {
        assert_eq!(mask("884201"), "… (6 characters)");
        assert!(!mask("acme_live_wh_7hRk29QmTzXv4LpB8sNd").contains("7hRk"));
        assert!(entropy("7hRk29QmTzXv4LpB8sNd") > 4.0 && entropy("aaaaaaaa") < 0.1);
    }
}
