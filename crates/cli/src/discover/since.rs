//! `--since`: a date, a time, or how long ago.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// From when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// The beginning of a day.
    Day(Date),
    /// A moment.
    At(Timestamp),
    /// This long before now.
    Ago(SignedDuration),
}

/// Reads it.
pub fn parse(text: &str) -> Result<Since, String> {
    let text = text.trim();
    let hours = |unit: &str| match unit {
        "h" => Some(1),
        "d" => Some(24),
        "w" => Some(24 * 7),
        _ => None,
    };
    let ago = text.char_indices().next_back().and_then(|(at, _)| {
        let number: u32 = text[..at].parse().ok()?;
        Some(Since::Ago(SignedDuration::from_hours(i64::from(number) * hours(&text[at..])?)))
    });
    let exact = || text.parse().ok().map(Since::At);
    ago.or_else(exact)
        .or_else(|| text.parse().ok().map(Since::Day))
        .ok_or_else(|| "expected a date (2026-05-04), a time (2026-05-04T10:00Z), or an age (12h, 7d, 2w)".to_owned())
}

impl Since {
    /// The moment, in milliseconds since 1970.
    pub fn moment(self, now: Timestamp, zone: &TimeZone) -> i64 {
        let at = match self {
            Since::Day(day) => {
                day.to_zoned_datetime(zone.clone()).ok().and_then(|z| z.start_of_day().ok()).map(|z| z.timestamp())
            }
            Since::At(at) => Some(at),
            Since::Ago(ago) => now.checked_sub(ago).ok(),
        };
        // What lies before all time leaves nothing out.
        at.map_or(i64::MIN, |at| at.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_times_and_ages_are_read() {
        let now: Timestamp = "2026-05-04T10:00:00Z".parse().expect("a time");
        let at = |text: &str| parse(text).map(|s| s.moment(now, &TimeZone::UTC) - now.as_millisecond());
        assert_eq!(at("2026-05-04"), Ok(-36_000_000));
        assert_eq!(at("2026-05-04T09:00Z"), Ok(-3_600_000));
        assert_eq!(at("2h"), Ok(-7_200_000));
        assert_eq!(at("1d"), Ok(-86_400_000));
        assert_eq!(at("1w"), Ok(-604_800_000));
        assert_eq!(parse("4000000000w").map(|s| s.moment(now, &TimeZone::UTC)), Ok(i64::MIN));
        for bad in ["", "d", "yesterday", "7", "7 days", "-7d", "é"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
