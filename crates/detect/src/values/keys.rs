//! The values and words of a text, each in the form in which a record and a talk about it are compared.

use super::written::{self, Typed};
use crate::prose::accents::unaccented;
use std::ops::Range;

/// More of one text is not read.
const MOST: usize = 600;
/// Shorter words tell nothing apart.
const SHORTEST: usize = 3;

/// What a record has and a message may repeat.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Month and day.
    Day(u8, u8),
    /// Minutes since midnight.
    Time(u16),
    /// A number or an amount, in hundredths.
    Number(i64),
    /// Letters and digits, or a longer number, in lower case.
    Id(String),
    /// A word in small letters without accents.
    Word(String),
}

impl Key {
    /// How much it tells that somebody speaks of the record that has it; 0 for what may be chance.
    pub fn weight(&self) -> u32 {
        match self {
            Key::Id(id) if id.len() >= 4 => 3,
            Key::Day(..) => 2,
            Key::Number(n) if n % 100 == 0 && n.abs() < 10_000 => 0,
            Key::Id(_) | Key::Time(_) | Key::Number(_) | Key::Word(_) => 1,
        }
    }
}

/// A key and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The key.
    pub key: Key,
    /// The year that stands beside a day.
    pub year: Option<u16>,
    /// Its place in the text.
    pub range: Range<usize>,
    /// False where the same words may mean something else.
    pub sure: bool,
}

/// The keys of a text.
pub fn of(text: &str) -> Vec<Found> {
    let typed = written::of(text);
    let mut found = Vec::new();
    for f in &typed {
        let key = match f.value {
            Typed::Day(month, day) => Key::Day(month, day),
            Typed::Time(minutes) => Key::Time(minutes),
            Typed::Money(cents) => Key::Number(cents),
        };
        found.push(Found { key, year: f.year, range: f.range.clone(), sure: f.sure });
    }
    let taken = |r: &Range<usize>| typed.iter().any(|t| t.range.start < r.end && r.start < t.range.end);
    for token in tokens(text) {
        if found.len() >= MOST {
            break;
        }
        let word = &text[token.clone()];
        let add = |found: &mut Vec<Found>, key: Key, range: Range<usize>| {
            found.push(Found { key, year: None, range, sure: true });
        };
        if taken(&token) {
            continue;
        }
        if let Some(n) = number(word) {
            if !is_year(word) {
                add(&mut found, Key::Number(n), token.clone());
                if is_id(word) {
                    add(&mut found, Key::Id(word.to_lowercase()), token);
                }
            }
        } else if is_id(word) {
            add(&mut found, Key::Id(word.trim_start_matches('#').to_lowercase()), token);
        } else {
            let mut at = token.start;
            for part in word.split(|c: char| !c.is_alphabetic()) {
                let start = at + text[at..token.end].find(part).unwrap_or(0);
                at = start + part.len();
                if part.chars().count() >= SHORTEST {
                    add(&mut found, Key::Word(unaccented(part)), start..at);
                }
            }
        }
    }
    found
}

/// Runs without blanks, brackets, quotes and separators, without the punctuation at their ends.
fn tokens(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let splits = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\''
                    | '`'
                    | '('
                    | ')'
                    | '['
                    | ']'
                    | '{'
                    | '}'
                    | '<'
                    | '>'
                    | '='
                    | ';'
                    | '|'
                    | '*'
                    | '“'
                    | '”'
                    | '„'
                    | '«'
                    | '»'
                    | '‘'
                    | '’'
                    | '—'
                    | '–'
            )
    };
    text.split(splits).flat_map(cells).filter_map(move |part| {
        let bare = part.trim_matches(|c: char| !c.is_alphanumeric() && c != '#');
        let start = bare.as_ptr() as usize - text.as_ptr() as usize;
        (!bare.is_empty()).then(|| start..start + bare.len())
    })
}

/// The cells of a run: a comma parts them, and in "49,95" it does not.
fn cells(run: &str) -> Vec<&str> {
    let trimmed = run.trim_matches(|c: char| !c.is_ascii_digit());
    if is_decimal(trimmed) { vec![trimmed] } else { run.split([',', ':']).collect() }
}

/// "49,95" and "1.240,50".
fn is_decimal(run: &str) -> bool {
    let Some((whole, decimals)) = run.split_once(',') else { return false };
    decimals.len() == 2
        && decimals.bytes().all(|b| b.is_ascii_digit())
        && whole.len() <= 11
        && whole.split('.').all(|g| (1..=3).contains(&g.len()) && g.bytes().all(|b| b.is_ascii_digit()))
}

fn number(word: &str) -> Option<i64> {
    let plain =
        word.bytes().all(|b| b.is_ascii_digit() || b == b'.') && word.bytes().filter(|b| *b == b'.').count() <= 1;
    let fits = word.split_once('.').is_none_or(|(_, d)| d.len() <= 2);
    (plain && fits && word.len() <= 12 || is_decimal(word)).then(|| written::hundredths(word))?
}

fn is_year(word: &str) -> bool {
    word.len() == 4 && word.parse::<u16>().is_ok_and(|n| (1900..2100).contains(&n))
}

/// True for what may identify a record: letters with a digit, or a longer number; no day, time or decimal number.
pub fn is_id(word: &str) -> bool {
    let word = word.trim_start_matches('#');
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let letters = word.bytes().any(|b| b.is_ascii_alphabetic());
    let fits = word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'/' | b'.' | b'#'));
    let separators = word.contains(['-', '/', '_']);
    let value = || written::of(word).iter().any(|f| f.range.len() * 2 > word.len());
    fits && (2..=48).contains(&word.len())
        && (letters && digits >= 1 || digits >= 4 && !word.contains('.') && (!separators || digits >= 5))
        && !is_year(word)
        && !is_measure(word)
        && !value()
}

/// `750ml`, `19h`, `3rd`, `10x`: a number with a few letters behind it.
fn is_measure(word: &str) -> bool {
    let digits = word.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
    digits > 0 && (1..=3).contains(&(word.len() - digits)) && word[digits..].bytes().all(|b| b.is_ascii_alphabetic())
}

/// An ID's kind: `HB-30418` and `HB-30481` are of one, and so are `VS-506` and `VS-1206`.
pub fn kind(id: &str) -> String {
    let mut kind = String::new();
    for c in id.chars() {
        let c = if c.is_ascii_digit() {
            '9'
        } else if c.is_alphabetic() {
            'a'
        } else {
            c
        };
        if !kind.ends_with(c) {
            kind.push(c);
        }
    }
    kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_row() {
        let keys: Vec<Key> =
            of("HB-30418  MILLER/R  arr 2026-10-14 DBL EUR 486.00 40118").into_iter().map(|f| f.key).collect();
        let word = |w: &str| Key::Word(w.to_owned());
        let id = |w: &str| Key::Id(w.to_owned());
        let rest = [
            id("hb-30418"),
            word("miller"),
            word("arr"),
            word("dbl"),
            word("eur"),
            Key::Number(4_011_800),
            id("40118"),
        ];
        assert_eq!(keys, [vec![Key::Day(10, 14), Key::Number(48_600)], rest.to_vec()].concat());
    }

    #[test]
    fn what_identifies() {
        for id in ["VS-2106", "40118", "F7", "P-30154", "214/2026a", "#W6390527"] {
            assert!(is_id(id), "{id}");
        }
        for other in ["750ml", "2026", "2026-06-12", "19:30", "12.50", "19h30", "3rd", "abc", "120"] {
            assert!(!is_id(other), "{other}");
        }
        assert_eq!(kind("VS-506"), kind("VS-1206"));
        assert_ne!(kind("F7"), kind("F-7"));
    }
}
