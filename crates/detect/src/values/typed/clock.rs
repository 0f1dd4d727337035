//! Times of day: "5:30 pm", "17 h 30", "klo 23.30", `T17:30Z`.

use super::tokens::Token;
use super::words::words;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A time of day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// Minutes since midnight.
    pub minute: i64,
    /// True where it is marked as UTC.
    pub utc: bool,
    /// Where it stands.
    pub range: Range<usize>,
}

static CLOCK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)([01]?[0-9]|2[0-4])(?:(:|\s?h\s?|\.)([0-5][0-9]))(?::[0-5][0-9](?:\.[0-9]+)?)?(?:\s?(z|utc|gmt)|\s?([ap])(?:\.m\.?|m(?-u:\b)))?",
    )
    .ok()
});
static HOUR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)(?-u:\b)(1[0-2]|0?[1-9])\s?([ap])(?:\.m\.?|m(?-u:\b))").ok());

/// The times of day of a text. A dot between hour and minutes may be a decimal point: `dots` says whether it counts.
pub fn clocks(text: &str, dots: bool) -> Vec<Clock> {
    if !text.bytes().any(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(c) = CLOCK.as_ref().and_then(|r| r.captures_at(text, from)) {
        let (Some(whole), Some(hour), Some(sign), Some(minute)) = (c.get(0), c.get(1), c.get(2), c.get(3)) else {
            break;
        };
        // The last number of a date is no hour: the time may follow in `2026-02-23:08:00:00`.
        if text[..whole.start()].ends_with('-') && text[..whole.start() - 1].ends_with(|c: char| c.is_ascii_digit()) {
            from = hour.end();
            continue;
        }
        from = whole.end();
        let before = text[..whole.start()].chars().next_back();
        let after = text[minute.end()..].chars().next();
        let inside = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        // `2026-02-23:08:00:00` is a time; where dots count, so does what stands behind any sign.
        let joined = !dots && before.is_some_and(|b| matches!(b, ':' | '.' | ',' | '$' | '€' | '£'));
        let half = c.get(5).map(|m| m.as_str().eq_ignore_ascii_case("p"));
        if inside(before) || inside(after) || joined || (sign.as_str() == "." && !dots && half.is_none()) {
            continue;
        }
        let (Ok(hour), Ok(minute)) = (hour.as_str().parse::<i64>(), minute.as_str().parse::<i64>()) else { continue };
        found.push(Clock { minute: in_day(hour, minute, half), utc: c.get(4).is_some(), range: whole.range() });
    }
    for c in HOUR.iter().flat_map(|r| r.captures_iter(text)) {
        let (Some(whole), Some(hour), Some(half)) = (c.get(0), c.get(1), c.get(2)) else { continue };
        let taken = found.iter().any(|f: &Clock| f.range.start < whole.end() && whole.start() < f.range.end);
        let joined = text[..whole.start()].ends_with(['.', ':', ',']);
        if let Ok(hour) = hour.as_str().parse::<i64>()
            && !taken
            && !joined
        {
            let half = Some(half.as_str().eq_ignore_ascii_case("p"));
            found.push(Clock { minute: in_day(hour, 0, half), utc: false, range: whole.range() });
        }
    }
    found.sort_by_key(|f| f.range.start);
    found
}

fn in_day(hour: i64, minute: i64, afternoon: Option<bool>) -> i64 {
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour % 24,
    };
    hour * 60 + minute
}

/// Full hours that words mark: "17 Uhr", "klo 9", "noon".
pub fn hours(tokens: &[Token]) -> Vec<Clock> {
    let words = words();
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.word().is_some_and(|w| words.noon.contains(w)) {
            found.push(Clock { minute: 720, utc: false, range: token.range.clone() });
            continue;
        }
        let Some(hour) = token.number().filter(|n| n % 100 == 0).map(|n| n / 100).filter(|n| (1..=24).contains(n))
        else {
            continue;
        };
        let marked = |t: Option<&Token>, set: &crate::maps::HashSet<String>| {
            t.and_then(Token::word).is_some_and(|w| set.contains(w))
        };
        let before = at.checked_sub(1).and_then(|b| tokens.get(b));
        let behind = tokens.get(at + 1);
        let joined = [before, behind].into_iter().flatten().any(|t| t.is(':') || t.is('-') || t.is('–'));
        let half = behind.and_then(Token::word).is_some_and(|w| w == "am" || w == "pm");
        if !joined && !half && (marked(behind, &words.hour_behind) || marked(before, &words.hour_before)) {
            found.push(Clock { minute: in_day(hour, 0, None), utc: false, range: token.range.clone() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::typed::tokens::tokens;

    #[test]
    fn times_of_day() {
        let of = |text: &str| clocks(text, false).into_iter().map(|c| (c.minute, c.utc)).collect::<Vec<_>>();
        assert_eq!(of("at 5:30 pm or 17:30"), [(1050, false), (1050, false)]);
        assert_eq!(of("2025-11-06T17:30Z, 2025-11-06T17:30:00.000Z"), [(1050, true), (1050, true)]);
        assert_eq!(of("14 h 30, 8 a.m. and 12 am"), [(870, false), (480, false), (0, false)]);
        assert!(of("12.50 and 45.00, 120:30, $5.30").is_empty());
        assert_eq!(clocks("klo 23.30", true).len(), 1);
        assert_eq!(clocks("2026-02-23:08:00:00", true).first().map(|c| c.minute), Some(480));
        let full = |text: &str| hours(&tokens(text)).into_iter().map(|c| c.minute).collect::<Vec<_>>();
        assert_eq!(full("vor 17 Uhr, kl 9, before noon"), [1020, 540, 720]);
    }
}
