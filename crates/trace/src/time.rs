//! Times as the formats write them.

use crate::model::{Stamp, TimeQuality};
use crate::node::Node;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// An ISO 8601 time; one without a zone is taken as UTC, which is what the systems that leave it out mean.
pub fn iso(text: &str) -> Option<Stamp> {
    let text = text.trim();
    if let Some(ns) = usual(text.as_bytes()) {
        return Some(Stamp::exact(ns));
    }
    let ns = match text.parse::<Timestamp>() {
        Ok(time) => time.as_nanosecond(),
        Err(_) => {
            let civil: DateTime = text.parse().or_else(|_| text.replace(' ', "T").parse()).ok()?;
            TimeZone::UTC.to_timestamp(civil).ok()?.as_nanosecond()
        }
    };
    i64::try_from(ns).ok().map(Stamp::exact)
}

/// The nanoseconds of a time as nearly all programs write it, `2026-05-01T12:00:00.000Z`, up to the year 2199: every line of
/// a log has one, and a general reader of times takes as long for it as all else in a short line.
fn usual(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_first_chunk::<19>()?;
    let [.., b'-', _, _, b'-', _, _, b'T', _, _, b':', _, _, b':', _, _] = head else { return None };
    let number = |from: usize, to: usize| {
        let digit = |sum: i64, b: &u8| b.is_ascii_digit().then(|| sum * 10 + i64::from(b - b'0'));
        head[from..to].iter().try_fold(0, digit)
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    // The last days of a month, and leap seconds, are left to those who know about them.
    let plain = (1970..2200).contains(&year) && (1..=12).contains(&month) && (1..=28).contains(&day);
    if !plain || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match rest {
        b"Z" => &[][..],
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) => digits,
        _ => return None,
    };
    let billionths = (0..9).fold(0, |sum, i| sum * 10 + fraction.get(i).map_or(0, |b| i64::from(b - b'0')));
    // Counted from the first of March, so that the day that a leap year has more comes last.
    let (years, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 1;
    let seconds = (days - DAYS_TO_1970) * 86_400 + hour * 3_600 + minute * 60 + second;
    seconds.checked_mul(1_000_000_000)?.checked_add(billionths)
}

/// Days from the first of March of the year 0 to the beginning of 1970.
const DAYS_TO_1970: i64 = 719_468;

/// Any usual time: ISO text, or seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by size.
pub fn any(node: Node<'_>) -> Option<Stamp> {
    if let Some(stamp) = node.str().and_then(|s| iso(&s)) {
        return Some(stamp);
    }
    let value = node.f64().filter(|v| *v > 0.0)?;
    let factor = match value {
        v if v < 1e11 => 1e9,
        v if v < 1e14 => 1e6,
        v if v < 1e17 => 1e3,
        _ => return node.i64().map(Stamp::exact),
    };
    // Below a nanosecond's precision of f64 the last digits are noise; milliseconds stay exact.
    let micros = (value * factor / 1e3).round() as i64;
    Some(Stamp::exact(micros.checked_mul(1000)?))
}

/// Nanoseconds since 1970, as OTLP writes them; zero means not set. Some writers put milliseconds or another unit there:
/// a number that is of this century in that unit, and of 1970 in nanoseconds, is taken for it.
pub fn unix_nano(node: Node<'_>) -> Option<Stamp> {
    let number = unix_number(node)?;
    number.checked_mul(unit(number)).map(Stamp::exact)
}

/// The beginning and the end of a span, and whether they are in another unit than nanoseconds. Both are in one unit, in which
/// the span takes less than a day: otherwise the clock counts nanoseconds since a machine was started.
pub fn unix_nanos(start: Option<Node<'_>>, end: Option<Node<'_>>) -> (Option<Stamp>, Option<Stamp>, bool) {
    const DAY: i64 = 86_400_000_000_000;
    let (start, end) = (start.and_then(unix_number), end.and_then(unix_number));
    let unit = start.or(end).map_or(1, unit);
    let took = start.zip(end).map_or(Some(0), |(start, end)| end.checked_sub(start)?.checked_mul(unit));
    let unit = if took.is_some_and(|took| took.abs() < DAY) { unit } else { 1 };
    let stamp = |number: i64| number.checked_mul(unit).map(Stamp::exact);
    (start.and_then(stamp), end.and_then(stamp), unit != 1)
}

/// True for a time between 2000 and 2100: clocks that were never set, and numbers that ran over, show others.
pub fn is_of_this_century(at: Stamp) -> bool {
    (946_684_800..4_102_444_800).contains(&at.ns.div_euclid(1_000_000_000))
}

fn unix_number(node: Node<'_>) -> Option<i64> {
    // MongoDB's export wraps long numbers once more.
    node.get("$numberLong").unwrap_or(node).i64().filter(|&n| n > 0)
}

/// Nanoseconds in the unit of a number: of seconds, milliseconds or microseconds between 2000 and 2100.
fn unit(number: i64) -> i64 {
    [1_000_000_000, 1_000_000, 1_000]
        .into_iter()
        .find(|unit| {
            let second = 1_000_000_000 / unit;
            (946_684_800 * second..4_102_444_800 * second).contains(&number)
        })
        .unwrap_or(1)
}

/// Seconds since a start that is known or not. A start that no clock can have shown is not known.
pub fn relative(seconds: f64, start: Option<Stamp>) -> Stamp {
    let start = start.filter(|start| is_of_this_century(*start));
    let offset = ((seconds * 1e6).round() as i64).saturating_mul(1000);
    Stamp { ns: start.map_or(0, |s| s.ns).saturating_add(offset), quality: TimeQuality::Relative }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn usual_times_are_those_of_the_general_reader(
            year in 1960..2230_i32, month in 0..14_u8, day in 0..33_u8, hour in 0..26_u8, minute in 0..62_u8, second in 0..62_u8,
            fraction in "(\\.[0-9]{0,10})?", zone in "(Z|z||\\+00:00|\\+02:00)",
        ) {
            let text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}");
            let general = text.parse::<Timestamp>().ok().map(Timestamp::as_nanosecond);
            if let Some(ns) = usual(text.as_bytes()) {
                prop_assert_eq!(Some(i128::from(ns)), general, "{}", text);
            }
        }
    }

    #[test]
    fn most_times_are_usual() {
        for text in ["2026-05-01T12:00:00.000Z", "2024-02-28T23:59:59Z", "1970-01-01T00:00:00.5Z"] {
            let general = text.parse::<Timestamp>().ok().and_then(|t| i64::try_from(t.as_nanosecond()).ok());
            assert!(general.is_some() && usual(text.as_bytes()) == general, "{text}");
        }
    }
}
