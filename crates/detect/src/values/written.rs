//! Days, times and amounts as people and systems of many languages write them, in one form for comparing.

use crate::prose::accents::unaccented;
use crate::prose::pattern;
use regex::Regex;
use serde::Deserialize;
use std::ops::Range;
use std::sync::LazyLock;

/// More values of one text say nothing new.
const MOST: usize = 512;

/// A value in the form for comparing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Typed {
    /// Month and day.
    Day(u8, u8),
    /// Minutes since midnight.
    Time(u16),
    /// Hundredths, with a currency beside them.
    Money(i64),
}

/// A value in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value.
    pub value: Typed,
    /// The year that stands beside a day.
    pub year: Option<u16>,
    /// Where it stands.
    pub range: Range<usize>,
    /// False where the same words may mean another value: "04/09", "at 5:30".
    pub sure: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Calendar {
    months: Vec<Vec<String>>,
    weekdays: Vec<Vec<String>>,
    currencies: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static CALENDAR: LazyLock<Calendar> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../data/calendar.yaml")).unwrap_or_default());

static ISO: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"));
static NUMERIC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"([0-9]{1,2})(?:([./-])\s?)([0-9]{1,2})(?:[./-]([0-9]{4}|[0-9]{2})|[.]\s([0-9]{4})|\.)?")
});
static DAY_FIRST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"([0-9]{1,2})(?:st|nd|rd|th|er|º|°|ª|\.)?[ \u{a0}](?:of |de |d[’'])?(?:the )?(\p{L}{3,13})\.?(?:,? (?:de |del |do )?((?:19|20)[0-9]{2}))?",
    )
});
static MONTH_FIRST: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"(\p{L}{3,13})\.?[ \u{a0}](?:the )?([0-9]{1,2})(?:st|nd|rd|th)?(?:,? ((?:19|20)[0-9]{2}))?")
});
static BEFORE_RANGE: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"([0-9]{1,2})(?:st|nd|rd|th|er|\.)?\s?(?:[-–—/&,]|\p{L}{1,4})\s?$"));
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"(?i)([0-9]{1,2})(?:(?::|\s?h\s?|\.)([0-9]{2}))?(?::[0-9]{2})?(\s?[ap]\.?m\b|\s?uhr\b|\s?h\b)?")
});
static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"[0-9]{1,3}(?:[ \u{a0}\u{202f}.,'’][0-9]{3})+(?:[.,][0-9]{1,2})?|[0-9]+(?:[.,][0-9]{1,2})?")
});

/// The days, times and amounts of money in a text, in order.
pub fn of(text: &str) -> Vec<Found> {
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    let mut found = days(text);
    let taken: Vec<Range<usize>> = found.iter().map(|f| f.range.clone()).collect();
    let free = |r: &Range<usize>| !taken.iter().any(|t| t.start < r.end && r.start < t.end);
    found.extend(times(text).into_iter().filter(|f| free(&f.range)));
    found.extend(money(text).into_iter().filter(|f| free(&f.range)));
    found.sort_by_key(|f| f.range.start);
    found
}

/// True where the digits of a match are no part of a longer number or word.
fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let mut behind = text[range.end..].chars();
    let after = behind.next();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let joined = |c: char| c.is_alphanumeric() && c != 'T' || matches!(c, '-' | '.' | ',' | '/' | ':' | '_');
    let goes_on = digit(after) || matches!(after, Some('.' | ',' | '-' | '/' | ':')) && digit(behind.next());
    !before.is_some_and(joined) && !goes_on
}

fn parts<T: std::str::FromStr>(c: &regex::Captures<'_>, group: usize) -> Option<T> {
    c.get(group)?.as_str().parse().ok()
}

fn day(month: u8, day: u8, year: Option<u16>, range: Range<usize>, sure: bool) -> Option<Found> {
    ((1..=12).contains(&month) && (1..=31).contains(&day)).then_some(Found {
        value: Typed::Day(month, day),
        year,
        range,
        sure,
    })
}

fn days(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let dashed = memchr::memchr(b'-', text.as_bytes()).is_some();
    for c in ISO.iter().filter(|_| dashed).flat_map(|r| r.captures_iter(text)).take(MOST) {
        let Some(range) = c.get(0).map(|m| m.range()) else { continue };
        let before = text[..range.start].chars().next_back();
        let after = text[range.end..].chars().next();
        // "2026-05-11--2026-05-22" is two days, and `RF-2026-06-12x` is none.
        let joined = before == Some('-') && !text[..range.start].ends_with("--");
        if joined
            || before.is_some_and(char::is_alphanumeric)
            || after.is_some_and(|c| c.is_alphanumeric() && !matches!(c, 'T' | 't'))
        {
            continue;
        }
        if let (Some(y), Some(m), Some(d)) = (parts(&c, 1), parts(&c, 2), parts(&c, 3)) {
            found.extend(day(m, d, Some(y), range, true));
        }
    }
    let iso = found.len();
    let parted = dashed || memchr::memchr2(b'.', b'/', text.as_bytes()).is_some();
    for c in NUMERIC.iter().filter(|_| parted).flat_map(|r| r.captures_iter(text)).take(MOST) {
        let Some(whole) = c.get(0) else { continue };
        let range = whole.range();
        if found[..iso].iter().any(|f| f.range.start < range.end && range.start < f.range.end)
            || !stands_alone(text, &range)
        {
            continue;
        }
        let (Some(a), Some(b)) = (parts::<u8>(&c, 1), parts::<u8>(&c, 3)) else { continue };
        let year: Option<u16> =
            parts::<u16>(&c, 4).or_else(|| parts(&c, 5)).map(|y| if y < 100 { 2000 + y } else { y });
        match c.get(2).map(|m| m.as_str()) {
            // "05.06." and "5.6.2026"; "5.6" is a number.
            Some(".") if whole.as_str().ends_with('.') || year.is_some() => {
                found.extend(day(b, a, year, range, year.is_some()));
            }
            Some("/") | Some("-") if year.is_some() || c.get(2).map(|m| m.as_str()) == Some("/") => {
                let sure = a > 12 || b > 12 || a == b;
                found.extend(day(b, a, year, range.clone(), sure));
                if !sure || b > 12 {
                    found.extend(day(a, b, year, range, sure));
                }
            }
            _ => {}
        }
    }
    // Between the number and the name of the month is a blank.
    if has(text, |b| b == b' ') {
        named(text, &mut found);
    }
    found
}

/// True for a text with such a byte, and for one beyond ASCII, of which this tells nothing.
fn has(text: &str, is: impl Fn(u8) -> bool) -> bool {
    text.bytes().any(|b| is(b) || !b.is_ascii())
}

/// "12. Juni", "4 de septiembre", "June 12th", and the first day of "14 to 17 October".
fn named(text: &str, found: &mut Vec<Found>) {
    for c in DAY_FIRST.iter().flat_map(|r| r.captures_iter(text)).take(MOST) {
        let (Some(whole), Some(d), Some(name)) = (c.get(0), c.get(1), c.get(2)) else { continue };
        let Some(m) = month(name.as_str()).filter(|_| stands_alone_before(text, d.start())) else { continue };
        let year = parts(&c, 3);
        // The dot of a short form may be the one that ends the sentence.
        let range = whole.start()..whole.start() + whole.as_str().trim_end_matches('.').len();
        found.extend(parts(&c, 1).and_then(|n| day(m, n, year, range, true)));
        let head = &text[text.floor_char_boundary(d.start().saturating_sub(14))..d.start()];
        let first = BEFORE_RANGE.as_ref().and_then(|r| r.captures(head));
        if let Some(number) = first.as_ref().and_then(|c| c.get(1)) {
            let start = d.start() - head.len() + number.start();
            let range = start..start + number.len();
            if stands_alone_before(text, start) {
                found.extend(number.as_str().parse().ok().and_then(|n| day(m, n, year, range, true)));
            }
        }
    }
    let taken = found.len();
    for c in MONTH_FIRST.iter().flat_map(|r| r.captures_iter(text)).take(MOST) {
        let (Some(whole), Some(name), Some(d)) = (c.get(0), c.get(1), c.get(2)) else { continue };
        let meets = |r: &Range<usize>| r.start < whole.end() && whole.start() < r.end;
        let goes_on = text[d.end()..].starts_with(|c: char| c.is_ascii_digit() || c == ':');
        if goes_on || found[..taken].iter().any(|f| meets(&f.range)) {
            continue;
        }
        if let (Some(m), Some(n)) = (month(name.as_str()), parts(&c, 2)) {
            found.extend(day(m, n, parts(&c, 3), whole.range(), true));
        }
    }
}

fn stands_alone_before(text: &str, start: usize) -> bool {
    !text[..start].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | ',' | ':' | '-' | '_' | '/'))
        || text[..start].ends_with(['–', '-']) && text[..start - 1].ends_with(|c: char| c.is_ascii_digit() || c == '.')
}

/// The month of a name, from 1.
fn month(name: &str) -> Option<u8> {
    let name = unaccented(name);
    CALENDAR.months.iter().position(|all| all.contains(&name)).map(|at| at as u8 + 1)
}

/// The day of the week of a name in small letters without accents, Monday being 0.
pub fn weekday(name: &str) -> Option<u8> {
    CALENDAR.weekdays.iter().position(|all| all.iter().any(|n| n == name)).map(|at| at as u8)
}

/// The day of the week of a date, Monday being 0.
pub fn weekday_of(year: u16, month: u8, day: u8) -> Option<u8> {
    let date = jiff::civil::Date::new(i16::try_from(year).ok()?, month as i8, day as i8).ok()?;
    Some(date.weekday().to_monday_zero_offset() as u8)
}

fn times(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    // Minutes, a half of the day, "h" or "Uhr": an hour alone is no time.
    if !has(text, |b| matches!(b, b':' | b'.' | b'h' | b'H' | b'm' | b'M')) {
        return found;
    }
    for c in TIME.iter().flat_map(|r| r.captures_iter(text)).take(MOST) {
        let (Some(whole), Some(hour)) = (c.get(0), parts::<u16>(&c, 1)) else { continue };
        let range = whole.range();
        let (minutes, tail) = (parts::<u16>(&c, 2), c.get(3).map(|m| m.as_str().trim().to_ascii_lowercase()));
        let half = tail.as_deref().and_then(|t| t.chars().next()).filter(|c| matches!(c, 'a' | 'p'));
        let uhr = tail.as_deref() == Some("uhr");
        let dotted = whole.as_str().contains('.') && half.is_none_or(|_| minutes.is_some());
        if !stands_alone(text, &range) || hour > 24 || minutes.is_some_and(|m| m > 59) {
            continue;
        }
        // "17.30" may be a number, and "3 h" is how long something takes.
        if minutes.is_none() && half.is_none() && !uhr {
            continue;
        }
        let minute = minutes.unwrap_or(0);
        let mut add = |hour: u16, sure: bool| {
            found.push(Found { value: Typed::Time(hour % 24 * 60 + minute), year: None, range: range.clone(), sure });
        };
        match half {
            Some(_) if hour > 12 => {}
            Some('p') => add(hour % 12 + 12, true),
            Some(_) => add(hour % 12, true),
            None => {
                let sure = !dotted || uhr;
                add(hour, sure);
                if hour < 12 && !uhr {
                    add(hour + 12, false);
                }
            }
        }
    }
    found
}

fn money(text: &str) -> Vec<Found> {
    let mut found = Vec::new();
    // A currency is a sign or a word.
    if !has(text, |b| b.is_ascii_alphabetic() || b == b'$') {
        return found;
    }
    for m in NUMBER.iter().flat_map(|r| r.find_iter(text)).take(MOST) {
        let range = m.range();
        let Some(value) = hundredths(m.as_str()) else { continue };
        let before = text[..range.start].trim_end_matches([' ', '\u{a0}', '\u{202f}', '*', '-', '+', '−']);
        let after = text[range.end..].trim_start_matches([' ', '\u{a0}', '\u{202f}', '*']);
        let sign = |c: char| matches!(c, '$' | '€' | '£' | '¥' | '₹' | '₽' | '₺' | '₩' | '円');
        let word = |w: &str| {
            let folded = unaccented(w);
            CALENDAR.currencies.contains(&folded)
        };
        let last = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        let first = after.split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
        let glued = text[..range.start].ends_with(['.', ',', '_', '/']);
        if !glued && (before.ends_with(sign) || after.starts_with(sign) || word(last) || word(first)) {
            found.push(Found { value: Typed::Money(value), year: None, range, sure: true });
        }
    }
    found
}

/// A number in English or continental notation, in hundredths: three digits behind the only mark are a group.
pub fn hundredths(number: &str) -> Option<i64> {
    let plain: String = number.chars().filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',')).collect();
    let (whole, decimals) = match plain.rfind(['.', ',']) {
        Some(at) if plain.len() - at <= 3 => (&plain[..at], &plain[at + 1..]),
        _ => (plain.as_str(), ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let whole: i64 = whole.parse().ok().filter(|n| *n < 100_000_000_000)?;
    let cents = match decimals.len() {
        0 => 0,
        1 => decimals.parse::<i64>().ok()? * 10,
        _ => decimals.parse().ok()?,
    };
    Some(whole * 100 + cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sure(text: &str) -> Vec<Typed> {
        of(text).into_iter().filter(|f| f.sure).map(|f| f.value).collect()
    }

    #[test]
    fn the_words_of_the_calendar_are_read() {
        assert_eq!((CALENDAR.months.len(), CALENDAR.weekdays.len()), (12, 7));
        assert!(CALENDAR.currencies.len() > 20);
        assert_eq!(weekday("donnerstag"), weekday_of(2025, 6, 12));
    }

    #[test]
    fn days_of_many_languages() {
        for (text, value) in [
            ("am Donnerstag, 12. Juni, im", (6, 12)),
            ("le 4 septembre", (9, 4)),
            ("el 3 de mayo de 2026", (5, 3)),
            ("il 1º agosto", (8, 1)),
            ("dnia 7 października", (10, 7)),
            ("den 21 maj", (5, 21)),
            ("June 12th", (6, 12)),
            ("the 4th of September", (9, 4)),
            ("2025-06-24T09:00", (6, 24)),
            ("am 5.6.2026", (6, 5)),
            ("5. 6. 2026 v 10:00", (6, 5)),
            ("on 14/06", (6, 14)),
        ] {
            let days: Vec<Typed> = sure(text).into_iter().filter(|v| matches!(v, Typed::Day(..))).collect();
            assert_eq!(days, [Typed::Day(value.0, value.1)], "{text}");
        }
        assert_eq!(sure("14 to 17 October 2026"), [Typed::Day(10, 14), Typed::Day(10, 17)]);
        assert_eq!(sure("vom 14.–17. Oktober"), [Typed::Day(10, 14), Typed::Day(10, 17)]);
        assert_eq!(sure("out on 04/09"), []);
        assert_eq!(of("out on 04/09").len(), 2);
        assert_eq!(of("Do 05.06. 19:30")[0].value, Typed::Day(6, 5));
        assert_eq!(sure("version 1.2.3, RF-2026-06-12x, 5.6 km"), []);
    }

    #[test]
    fn times_and_amounts() {
        assert_eq!(sure("um 19:30 Uhr"), [Typed::Time(19 * 60 + 30)]);
        assert_eq!(sure("à 17 h 30"), [Typed::Time(17 * 60 + 30)]);
        assert_eq!(sure("at 5:30 pm or 9 a.m."), [Typed::Time(17 * 60 + 30), Typed::Time(540)]);
        assert_eq!(sure("takes 3 h, 14.30"), []);
        assert_eq!(sure("€240.00 and 1.240,50 EUR"), [Typed::Money(24_000), Typed::Money(124_050)]);
        assert_eq!(sure("640 zł, 1 680 SEK, $1,200"), [64_000, 168_000, 120_000].map(Typed::Money));
        assert_eq!(sure("200 cm, 14 Euros"), [Typed::Money(1400)]);
    }
}
