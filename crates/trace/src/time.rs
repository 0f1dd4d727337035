//! Times as the formats write them.

use crate::model::{Stamp, TimeQuality};
use crate::node::Node;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// An ISO 8601 time; one without a zone is taken as UTC, which is what the systems that leave it out mean.
pub fn iso(text: &str) -> Option<Stamp> {
    let text = text.trim();
    let ns = match text.parse::<Timestamp>() {
        Ok(time) => time.as_nanosecond(),
        Err(_) => {
            let civil: DateTime = text.parse().or_else(|_| text.replace(' ', "T").parse()).ok()?;
            TimeZone::UTC.to_timestamp(civil).ok()?.as_nanosecond()
        }
    };
    i64::try_from(ns).ok().map(Stamp::exact)
}

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

/// True for a time in another unit than nanoseconds.
pub fn of_another_unit(node: Node<'_>) -> bool {
    unix_number(node).is_some_and(|number| unit(number) != 1)
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

/// Seconds since a start that is known or not.
pub fn relative(seconds: f64, start: Option<Stamp>) -> Stamp {
    let offset = ((seconds * 1e6).round() as i64).saturating_mul(1000);
    Stamp { ns: start.map_or(0, |s| s.ns).saturating_add(offset), quality: TimeQuality::Relative }
}
