//! The numbers of a text with every way to read them: "7,350" is 7350 or 7.35. What belongs to a name, a date or a time of day is none.

use crate::prose::counting::{Counting, words};
use crate::values::typed::{clock, day, tokens};
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// What a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A plain one.
    Plain,
    /// A share in hundredths.
    Percent,
    /// A time of day, in minutes.
    Clock,
    /// A part of a name, a date or a range.
    Name,
}

/// A number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// What it may be.
    pub readings: Vec<f64>,
    /// Digits behind the point.
    pub decimals: i32,
    pub kind: Kind,
    pub range: Range<usize>,
    /// True for one that is told by a word.
    pub word: bool,
}

impl Figure {
    /// The number where it can be a count.
    pub(crate) fn whole(&self) -> Option<usize> {
        let n = *self.readings.first().filter(|n| self.kind == Kind::Plain && n.fract() == 0.0 && **n < 1e6)?;
        (n >= 0.0).then_some(n as usize)
    }

    /// True where some way to read it gives a value.
    pub(crate) fn is(&self, value: f64) -> bool {
        self.readings.iter().any(|r| (r - value.abs()).abs() < 1e-6)
    }
}

static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[0-9]{1,3}(?:[ \u{A0}\u{202F}'’][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]+(?:[.,][0-9]+)*").ok()
});
/// No more numbers of a text are read.
const MOST: usize = 600;

/// The numbers of a text.
pub(crate) fn figures(text: &str, counting: Option<Counting>) -> Vec<Figure> {
    let mut found: Vec<Figure> = Vec::new();
    let clocks = clock::clocks(text, false);
    let dates: Vec<Range<usize>> = day::iso(text)
        .into_iter()
        .map(|d| d.range)
        .chain(day::named(&tokens::tokens(text)).into_iter().map(|d| d.range))
        .chain(
            day::pairs(text)
                .into_iter()
                .filter(|p| text[p.range.clone()].matches(['/', '.']).count() == 2)
                .map(|p| p.range),
        )
        .collect();
    let inside = |r: &Range<usize>, all: &[Range<usize>]| all.iter().any(|d| d.start < r.end && r.start < d.end);
    for clock in clocks {
        let (readings, kind) = (vec![clock.minute as f64], Kind::Clock);
        found.push(Figure { readings, decimals: 0, kind, range: clock.range, word: false });
    }
    let taken: Vec<Range<usize>> = found.iter().map(|f| f.range.clone()).collect();
    for m in NUMBER.iter().flat_map(|r| r.find_iter(text)).take(MOST) {
        let range = m.range();
        if inside(&range, &taken) {
            continue;
        }
        let before = text[..range.start].chars().next_back();
        let rest = &text[range.end..];
        let mut kind =
            if inside(&range, &dates) || joined(before) || suffixed(rest) { Kind::Name } else { Kind::Plain };
        if kind == Kind::Plain && rest.trim_start_matches([' ', '\u{A0}', '\u{202F}']).starts_with(['%', '％']) {
            kind = Kind::Percent;
        }
        if let Some((readings, decimals)) = read(m.as_str()) {
            found.push(Figure { readings, decimals, kind, range, word: false });
        }
    }
    if let Some(counting) = counting {
        let all = words(text);
        for (at, word) in all.iter().enumerate() {
            // "Only one", "nur ein": elsewhere the word is the article, too.
            let one = || {
                let exact = at.checked_sub(1).is_some_and(|b| counting.is_in("only", &all[b..at]))
                    || at == 0 && word.text == "one";
                let numeral = || {
                    crate::values::typed::words::words().numerals.get(&text[word.range.clone()].to_lowercase())
                        == Some(&1)
                };
                (exact && numeral()).then_some(1)
            };
            let Some(n) = counting.number(&word.text).or_else(one) else { continue };
            // "Two-thirds", "forty-two" are other numbers.
            let part = text[..word.range.start].ends_with('-') || text[word.range.end..].starts_with('-');
            let kind = if part { Kind::Name } else { Kind::Plain };
            found.push(Figure { readings: vec![n as f64], decimals: 0, kind, range: word.range.clone(), word: true });
        }
        let shares = counting.places("percent", &all);
        let scales = counting.places("scale", &all);
        for figure in &mut found {
            let next = all.iter().position(|w| w.range.start >= figure.range.end);
            let follows = |places: &[Range<usize>]| next.is_some_and(|n| places.iter().any(|p| p.start == n));
            let near = next
                .is_some_and(|n| text[figure.range.end..all[n].range.start].chars().all(|c| c == ' ' || c == '\u{A0}'));
            if near && figure.kind == Kind::Plain && follows(&shares) {
                figure.kind = Kind::Percent;
            } else if near && figure.kind == Kind::Plain && follows(&scales) {
                figure.kind = Kind::Name;
            }
        }
    }
    found.sort_by_key(|f| f.range.start);
    found
}

/// True for what stands before a number that is a part of a name: "HP-12", "M6", "#4".
fn joined(before: Option<char>) -> bool {
    before.is_some_and(|c| {
        matches!(c, '-' | '#' | '_' | '/' | '–' | '\u{2011}') || c.is_alphanumeric() && (c as u32) < 0x3000
    })
}

/// True for what follows a number that is a part of a name: `4B`, "17th", "3/5", "2-4".
fn suffixed(rest: &str) -> bool {
    let mut chars = rest.chars();
    let first = chars.next();
    let letters: String = rest.chars().take_while(|c| c.is_alphabetic()).take(6).collect();
    let ordinal = matches!(letters.as_str(), "st" | "nd" | "rd" | "th" | "e" | "er" | "ère" | "ème");
    let code = first.is_some_and(char::is_uppercase)
        && letters.chars().count() == 1
        && !matches!(letters.as_str(), "L" | "W" | "V" | "A");
    let digit = chars.next().is_some_and(|c| c.is_ascii_digit());
    ordinal
        || code
        || matches!(first, Some('º' | 'ª' | '_'))
        || matches!(first, Some('-' | '/' | '–' | '\u{2011}')) && digit
}

/// The ways to read digits with signs between them, and how many stand behind the point.
pub(crate) fn read(run: &str) -> Option<(Vec<f64>, i32)> {
    if run.len() > 18 {
        return None;
    }
    let blank = |c: char| matches!(c, ' ' | '\u{A0}' | '\u{202F}' | '\'' | '’');
    let run: String = run.chars().filter(|c| !blank(*c)).collect();
    let signs: Vec<(usize, char)> = run.char_indices().filter(|(_, c)| matches!(c, '.' | ',')).collect();
    let bare = |text: &str| text.replace(['.', ','], "").parse::<f64>().ok();
    let Some((last, sign)) = signs.last().copied() else { return Some((vec![bare(&run)?], 0)) };
    let behind = run.len() - last - 1;
    let point = || format!("{}.{}", run[..last].replace(['.', ','], ""), &run[last + 1..]).parse::<f64>().ok();
    let alike = signs.iter().all(|(_, c)| *c == sign);
    Some(match (signs.len(), behind) {
        (1, 3) => (vec![bare(&run)?, point()?], 0),
        (1, _) => (vec![point()?], behind as i32),
        (_, 3) if alike => (vec![bare(&run)?], 0),
        (_, _) if !alike => (vec![point()?], behind as i32),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<(Vec<f64>, Kind)> {
        figures(text, Counting::of(text)).into_iter().map(|f| (f.readings, f.kind)).collect()
    }

    #[test]
    fn numbers_have_their_readings() {
        assert_eq!(of("$7,350 it is"), [(vec![7350.0, 7.35], Kind::Plain)]);
        assert_eq!(of("R$ 1.240,50"), [(vec![1240.5], Kind::Plain)]);
        assert_eq!(of("1 680 kr and 24kg"), [(vec![1680.0], Kind::Plain), (vec![24.0], Kind::Plain)]);
        assert_eq!(of("rund 31 %"), [(vec![31.0], Kind::Percent)]);
        assert_eq!(of("3個で合計86kg"), [(vec![3.0], Kind::Plain), (vec![86.0], Kind::Plain)]);
        assert_eq!(of("four of the five are in"), [(vec![4.0], Kind::Plain), (vec![5.0], Kind::Plain)]);
    }

    #[test]
    fn names_dates_and_times_are_no_numbers() {
        for text in ["HP-12", "M6", "the 17th", "2025-05-17", "10 July", "4B", "U14", "1/3", "12-14"] {
            assert!(of(text).iter().all(|(_, kind)| *kind == Kind::Name), "{text}");
        }
        assert_eq!(of("at 10:15"), [(vec![615.0], Kind::Clock)]);
    }
}
