//! Months, as reviews count them.

use jiff::civil::Date;
use std::fmt;
use std::str::FromStr;

/// A month of a year, written `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month {
    first: Date,
}

impl Month {
    /// The month that a day is in.
    pub fn of(day: Date) -> Self {
        Month { first: day.first_of_month() }
    }

    /// Its first day.
    pub fn first(self) -> Date {
        self.first
    }

    /// The month before; absent at the end of the calendar.
    pub fn before(self) -> Option<Self> {
        self.first.yesterday().ok().map(Month::of).filter(|m| m.first.year() >= EARLIEST)
    }

    /// The month after; absent at the end of the calendar.
    pub fn after(self) -> Option<Self> {
        self.first.last_of_month().tomorrow().ok().map(Month::of)
    }

    /// For people: "November 2026".
    pub fn label(self) -> String {
        self.first.strftime("%B %Y").to_string()
    }
}

/// The first year that has months: there is nothing before that anybody logged.
const EARLIEST: i16 = 1970;

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.first.year(), self.first.month())
    }
}

impl FromStr for Month {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (year, month) = text.split_once('-').ok_or(())?;
        let digits = |t: &str, n: usize| t.len() == n && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return Err(());
        }
        let (year, month): (i16, i8) = (year.parse().map_err(drop)?, month.parse().map_err(drop)?);
        let first = Date::new(year, month, 1).map_err(drop)?;
        if year < EARLIEST { Err(()) } else { Ok(Month { first }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_written_and_read_in_one_way() {
        let month: Month = "2026-11".parse().expect("a month");
        assert_eq!((month.to_string().as_str(), month.label().as_str()), ("2026-11", "November 2026"));
        for bad in
            ["", "2026", "2026-13", "2026-00", "2026-1", "+026-11", "2026-+1", "1969-12", "2026-11-01", "２026-11"]
        {
            assert_eq!(bad.parse::<Month>(), Err(()), "{bad}");
        }
    }

    #[test]
    fn months_follow_one_another_to_the_ends_of_the_calendar() {
        let month = |text: &str| text.parse::<Month>().expect("a month");
        assert_eq!(month("2026-12").after(), Some(month("2027-01")));
        assert_eq!(month("2026-01").before(), Some(month("2025-12")));
        assert_eq!((month("1970-01").before(), month("9999-12").after()), (None, None));
    }
}
