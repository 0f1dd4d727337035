//! Spans of time: "within ten days", "sous 48 h", "3–5 Werktage".

use super::tokens::Token;
use super::words::{TimeUnit, words};
use std::ops::Range;

/// A span of time, with both ends where it is a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// From how many.
    pub least: i64,
    /// To how many.
    pub most: i64,
    /// Of what.
    pub unit: TimeUnit,
    /// The tokens.
    pub tokens: Range<usize>,
}

impl Span {
    /// The numbers that are the same span in some unit, for one number of it: 2 weeks are 14 days and 336 hours.
    pub fn same(number: i64, unit: TimeUnit) -> Vec<i64> {
        let up = |by: i64| (number % by == 0).then_some(number / by);
        let times = |by: &[i64]| by.iter().filter_map(|k| number.checked_mul(*k)).collect::<Vec<_>>();
        let mut all = match unit {
            TimeUnit::Minute => times(&[1, 60, 60_000]),
            TimeUnit::Hour => times(&[1, 60, 3600, 3_600_000]),
            TimeUnit::Day => times(&[1, 24, 1440, 86_400]),
            TimeUnit::Week => times(&[1, 7, 5, 168, 604_800]),
            TimeUnit::Month => times(&[1, 30, 31, 4]),
            TimeUnit::Year => times(&[1, 12, 365, 52]),
        };
        all.extend(match unit {
            TimeUnit::Minute => up(60),
            TimeUnit::Hour => up(24),
            TimeUnit::Day => up(7).or_else(|| up(30)),
            TimeUnit::Week => up(4).or_else(|| up(52)),
            TimeUnit::Month => up(12),
            TimeUnit::Year => None,
        });
        all
    }

    /// Its length in minutes, at least.
    pub fn minutes(&self) -> i64 {
        self.most.saturating_mul(match self.unit {
            TimeUnit::Minute => 1,
            TimeUnit::Hour => 60,
            TimeUnit::Day => 1440,
            TimeUnit::Week => 10_080,
            TimeUnit::Month => 43_200,
            TimeUnit::Year => 525_600,
        })
    }
}

/// A whole number at a token, in digits or as a word.
pub fn whole(token: &Token) -> Option<i64> {
    match token.number() {
        Some(n) if n % 100 == 0 => Some(n / 100),
        Some(_) => None,
        None => words().numerals.get(token.word()?).copied(),
    }
}

/// The spans of a text.
pub fn spans(tokens: &[Token]) -> Vec<Span> {
    let words = words();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let start = at;
        at += 1;
        let Some(least) = whole(&tokens[start]) else { continue };
        // "3-5", "3 to 5": a hyphen or a short word, and another number.
        let second = tokens.get(start + 2).and_then(whole).filter(|n| *n >= least);
        let joined = tokens.get(start + 1).is_some_and(|t| {
            t.is('-') || t.is('–') || t.word().is_some_and(|w| w.chars().count() <= 3 && !words.time.contains_key(w))
        });
        let (most, mut next) = match second.filter(|_| joined) {
            Some(most) => (most, start + 3),
            None => (least, start + 1),
        };
        for _ in 0..2 {
            let skipped =
                tokens.get(next).is_some_and(|t| t.is('-') || t.word().is_some_and(|w| words.between.contains(w)))
                    && tokens
                        .get(next + 1)
                        .and_then(Token::word)
                        .is_some_and(|w| words.time.contains_key(w) || words.between.contains(w));
            next += usize::from(skipped);
        }
        let unit = tokens.get(next).and_then(Token::word).and_then(|w| words.time.get(w));
        if let Some(unit) = unit {
            found.push(Span { least, most, unit: *unit, tokens: start..next + 1 });
            at = next + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::typed::tokens::tokens;

    #[test]
    fn spans_in_several_languages() {
        let of = |text: &str| spans(&tokens(text)).into_iter().map(|s| (s.least, s.most, s.unit)).collect::<Vec<_>>();
        assert_eq!(of("within ten days"), [(10, 10, TimeUnit::Day)]);
        assert_eq!(of("sous 48h, 3 à 5 jours"), [(48, 48, TimeUnit::Hour), (3, 5, TimeUnit::Day)]);
        assert_eq!(of("in 3-5 business days"), [(3, 5, TimeUnit::Day)]);
        assert_eq!(of("zwei Wochen und 12 Werktage"), [(2, 2, TimeUnit::Week), (12, 12, TimeUnit::Day)]);
        assert!(of("ten apples, 12.5 kg").is_empty());
    }

    #[test]
    fn units_are_converted() {
        assert!(Span::same(2, TimeUnit::Week).contains(&14));
        assert!(Span::same(24, TimeUnit::Hour).contains(&1));
        assert!(!Span::same(10, TimeUnit::Day).contains(&4));
    }
}
