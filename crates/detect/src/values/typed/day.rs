//! Days of the calendar: `2025-04-09`, `04/09`, `06.12.`, "4 September", "le 5 avril".

use super::tokens::{Kind, Token};
use super::words::words;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A day of some year, and the year where it is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// The month, from 1.
    pub month: i8,
    /// The day of the month.
    pub day: i8,
    /// The year.
    pub year: Option<i16>,
    /// Where it stands.
    pub range: Range<usize>,
}

/// Two numbers of which it depends on the writer which is the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The first.
    pub first: i8,
    /// The second.
    pub second: i8,
    /// True where dots part them: the first is the day.
    pub dots: bool,
    /// Where they stand.
    pub range: Range<usize>,
}

static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"([0-9]{4})-([0-9]{2})-([0-9]{2})").ok());
static PAIR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([0-9]{1,2})(/|\.)([0-9]{1,2})(?:(/|\.)((?:[0-9]{2}){0,2}))?").ok());

/// The days of a text that are written in one order only.
pub fn iso(text: &str) -> Vec<Day> {
    let mut found = Vec::new();
    for c in ISO.iter().flat_map(|r| r.captures_iter(text)) {
        let number = |group: usize| c.get(group).and_then(|m| m.as_str().parse::<i16>().ok());
        if let (Some(whole), Some(year), Some(month), Some(day)) = (c.get(0), number(1), number(2), number(3))
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && !text[..whole.start()].ends_with(|c: char| c.is_ascii_digit())
            && !text[whole.end()..].starts_with(|c: char| c.is_ascii_digit())
        {
            found.push(Day { month: month as i8, day: day as i8, year: Some(year), range: whole.range() });
        }
    }
    found
}

/// The days of a text that are written as two or three numbers.
pub fn pairs(text: &str) -> Vec<Pair> {
    let mut found = Vec::new();
    for c in PAIR.iter().flat_map(|r| r.captures_iter(text)) {
        let number =
            |group: usize| c.get(group).and_then(|m| m.as_str().parse::<i8>().ok()).filter(|n| (1..=31).contains(n));
        let (Some(whole), Some(first), Some(second), Some(sign)) = (c.get(0), number(1), number(3), c.get(2)) else {
            continue;
        };
        let dots = sign.as_str() == ".";
        // `06.12` may be a price; with another dot or a year it is none.
        if (dots && c.get(4).is_none_or(|s| s.as_str() != "."))
            || (first > 12 && second > 12)
            || text[..whole.start()].ends_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '-'))
            || text[whole.end()..].starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        {
            continue;
        }
        found.push(Pair { first, second, dots, range: whole.range() });
    }
    found
}

/// The month that a word names.
fn month(word: &str) -> Option<i8> {
    words().months.get(word).copied()
}

/// The days of a text whose month has a name.
pub fn named(tokens: &[Token]) -> Vec<Day> {
    let mut found: Vec<Day> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(month) = token.word().and_then(month) else { continue };
        let number = |i: usize| {
            let n = tokens.get(i)?.number().filter(|n| n % 100 == 0 && (100..=3100).contains(n))?;
            i8::try_from(n / 100).ok().map(|n| (n, i))
        };
        // "4 September", "4. September", "4th of September", "4 de septiembre"; "September 4".
        let near = |back: usize| at.checked_sub(back).and_then(number);
        let skips = |i: usize| {
            tokens.get(i).is_some_and(|t| {
                t.is('.')
                    || t.word().is_some_and(|w| matches!(w, "st" | "nd" | "rd" | "th" | "of" | "de" | "er" | "do"))
            })
        };
        let before = near(1)
            .or_else(|| near(2).filter(|_| skips(at - 1)))
            .or_else(|| near(3).filter(|_| skips(at - 1) && skips(at - 2)));
        let behind =
            || number(at + 1).or_else(|| number(at + 2).filter(|_| tokens.get(at + 1).is_some_and(|t| t.is('.'))));
        // "5 per mar 12" is nothing; a clock or a unit behind the number neither.
        let Some((day, place)) =
            before.or_else(|| behind().filter(|(_, i)| !tokens.get(i + 1).is_some_and(|t| t.is(':'))))
        else {
            continue;
        };
        let year = tokens[at.max(place) + 1..].iter().take(2).find_map(|t| match t.kind {
            Kind::Number(n) if (190_000..210_000).contains(&n) => i16::try_from(n / 100).ok(),
            _ => None,
        });
        let range = tokens[at.min(place)].range.start..tokens[at.max(place)].range.end;
        found.push(Day { month, day, year, range });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::typed::tokens::tokens;

    #[test]
    fn days_in_words_and_numbers() {
        let of = |text: &str| named(&tokens(text)).into_iter().map(|d| (d.month, d.day)).collect::<Vec<_>>();
        assert_eq!(of("on 4 September or September 5th, 2026"), [(9, 4), (9, 5)]);
        assert_eq!(of("le 5 avril, am 4. Mai, 6 de junio"), [(4, 5), (5, 4), (6, 6)]);
        assert!(of("you may order 5 Marbles").is_empty());
        let pair = |text: &str| pairs(text).into_iter().map(|p| (p.first, p.second)).collect::<Vec<_>>();
        assert_eq!(pair("04/09, 06.12. and 06.12.2026, but 12.50"), [(4, 9), (6, 12), (6, 12)]);
        assert_eq!(iso("\"2025-04-09T10:00\"").len(), 1);
    }
}
