//! Amounts without a currency, as many agents and tools write them: `189.40`, `185,000`.

use super::cents;
use crate::bits;
use std::ops::Range;

/// Numbers with two decimals or with grouped digits and neither a currency nor a unit, in hundredths.
pub fn amounts(text: &str) -> Vec<(i64, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = bits::next_digit(bytes, at) {
        let joins = |i: usize| {
            bytes[i].is_ascii_digit()
                || (matches!(bytes[i], b'.' | b',') && bytes.get(i + 1).is_some_and(u8::is_ascii_digit))
        };
        at = start;
        while at < bytes.len() && joins(at) {
            at += 1;
        }
        let begins = start == 0 || matches!(bytes[start - 1], b' ' | b'(' | b'*' | b'\n' | b':');
        let ends =
            matches!(&bytes[at..], [] | [b' ' | b')' | b'*' | b'\n' | b';' | b'!' | b'?' | b'.' | b',' | b':', ..]);
        if begins
            && ends
            && is_written_like_money(&text[start..at])
            && !has_unit(&bytes[at..])
            && !is_day(text, start..at)
        {
            found.extend(cents(&text[start..at]).map(|c| (c, start..at)));
        }
    }
    found
}

fn is_written_like_money(number: &str) -> bool {
    let (whole, decimals) = number.split_once('.').map_or((number, None), |(w, d)| (w, Some(d)));
    let mut groups = whole.split(',');
    let first = groups.next().map_or(0, str::len);
    let grouped = whole.contains(',');
    let groups_fit = !grouped || ((1..=3).contains(&first) && groups.all(|g| g.len() == 3));
    number.len() <= 13
        && groups_fit
        && decimals.map_or(grouped, |d| d.len() == 2 && d.bytes().all(|b| b.is_ascii_digit()))
}

/// True for a day with a point behind it, as several languages write it: "11.03., 15:00", "am 30.11. noch".
fn is_day(text: &str, range: Range<usize>) -> bool {
    let Some(rest) = text[range.end..].strip_prefix('.').filter(|_| day_and_month(&text[range.clone()]).is_some())
    else {
        return false;
    };
    let mut next = rest.chars();
    match next.next() {
        Some(',' | ';' | ':' | ')' | '-' | '–' | '/') => true,
        Some(' ' | '\u{a0}') => next.next().is_some_and(|c| c.is_lowercase() || c.is_ascii_digit() || c == '('),
        _ => false,
    }
}

/// True where a text writes a day with points: "18.12.2026", "am 18.12. noch", "18.–21.12.".
pub fn writes_days(text: &str) -> bool {
    text.match_indices('.').any(|(at, _)| {
        let start = text[..at]
            .rfind(|c: char| !c.is_ascii_digit() && c != '.')
            .map_or(0, |i| i + text[i..].chars().next().map_or(1, char::len_utf8));
        day_and_month(&text[start..at]).is_some() && {
            let rest = &text[at + 1..];
            let year = rest.bytes().take_while(u8::is_ascii_digit).count();
            matches!(year, 2 | 4) || is_day(text, start..at)
        }
    })
}

/// The day and the month of `30.11`, where these may be meant.
pub fn day_and_month(number: &str) -> Option<(i8, i8)> {
    let (day, month) = number.split_once('.').filter(|(_, month)| month.len() == 2)?;
    let (day, month) = (day.parse().ok()?, month.parse().ok()?);
    ((1..=31).contains(&day) && (1..=12).contains(&month)).then_some((day, month))
}

/// True where a unit stands behind a number.
fn has_unit(tail: &[u8]) -> bool {
    let at = tail.iter().take_while(|b| matches!(b, b' ' | b'*')).count();
    let word: Vec<u8> =
        tail[at..].iter().take(10).take_while(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    tail.get(at) == Some(&b'%') || UNITS.binary_search(&word.as_slice()).is_ok()
}

/// Words that say of what a number is, when it is no money.
const UNITS: [&[u8]; 51] = [
    b"am",
    b"bytes",
    b"characters",
    b"cm",
    b"days",
    b"degrees",
    b"feet",
    b"ft",
    b"g",
    b"gal",
    b"gb",
    b"h",
    b"hours",
    b"in",
    b"inches",
    b"kb",
    b"kg",
    b"km",
    b"kw",
    b"kwh",
    b"l",
    b"lb",
    b"lbs",
    b"m",
    b"mb",
    b"meters",
    b"mg",
    b"mi",
    b"miles",
    b"min",
    b"minutes",
    b"ml",
    b"mm",
    b"ms",
    b"out",
    b"oz",
    b"percent",
    b"pm",
    b"points",
    b"s",
    b"sec",
    b"seconds",
    b"sq",
    b"sqm",
    b"star",
    b"stars",
    b"t",
    b"tb",
    b"uhr",
    b"uur",
    b"words",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_sorted() {
        assert!(UNITS.is_sorted());
    }

    #[test]
    fn amounts_may_lack_a_currency_but_not_have_a_unit() {
        let of = |t: &str| amounts(t).into_iter().map(|(_, r)| t[r].to_owned()).collect::<Vec<_>>();
        assert_eq!(of("In all you owe 189.40, i.e. 1,189.40 (**12.50** each)."), ["189.40", "1,189.40", "12.50"]);
        assert_eq!(of("Unit 118 with 74 sqm at 185,000."), ["185,000"]);
        assert!(of("Am 11.03., sind es 14.06.; bis 30.11. noch, am 3.12. (Do)").is_empty());
        assert_eq!(of("You pay 11.03. Thank you!"), ["11.03"]);
        assert!(
            of("7.30 pm, 19.45 Uhr, v2.15.1, 4.75 stars, 12.25 kg, 3.50%, 10.125, 2025.10.12, $5.00, 12,34, 2,500 km, A1,000").is_empty()
        );
    }
}
