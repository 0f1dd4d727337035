//! Days that do not count, with their names.

use jiff::ToSpan;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Days of one holiday at most: more is a mistake, or a calendar of something else.
pub const LONGEST: u16 = 31;

/// How a holiday comes again each year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Yearly {
    /// The last day on which it may begin.
    pub until: Option<Date>,
    /// How many times there are, the first one among them.
    pub count: Option<u32>,
}

/// A holiday of one or several days, once or each year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// Its first day; of a yearly one the first that there was.
    pub first: Date,
    /// How many days: 1 to 31.
    pub days: u16,
    /// How it comes again; absent for one that is once.
    pub yearly: Option<Yearly>,
    /// Beginnings that are left out.
    pub except: Vec<Date>,
    /// Its name; may be empty.
    pub name: String,
}

impl Holiday {
    /// A holiday of one day.
    pub fn once(first: Date, name: impl Into<String>) -> Self {
        Holiday { first, days: 1, yearly: None, except: Vec::new(), name: name.into() }
    }

    /// Whether it begins on a day.
    fn begins(&self, day: Date) -> bool {
        if day < self.first || self.except.contains(&day) {
            return false;
        }
        let Some(yearly) = self.yearly else { return day == self.first };
        if (day.month(), day.day()) != (self.first.month(), self.first.day()) {
            return false;
        }
        let nth = || match (day.month(), day.day()) {
            // Only years that have this day count.
            (2, 29) => (self.first.year()..=day.year()).filter(|y| leap(*y)).count(),
            _ => usize::try_from(day.year() - self.first.year()).unwrap_or(0) + 1,
        };
        yearly.until.is_none_or(|until| day <= until) && yearly.count.is_none_or(|count| nth() <= count as usize)
    }
}

fn leap(year: i16) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

/// Holidays, to be asked for by the day.
#[derive(Debug, Clone, Default)]
pub struct Holidays {
    once: BTreeMap<Date, Vec<Holiday>>,
    /// By month and day on which they begin.
    yearly: BTreeMap<(i8, i8), Vec<Holiday>>,
    longest: u16,
}

impl Holidays {
    /// These holidays.
    pub fn new(all: impl IntoIterator<Item = Holiday>) -> Self {
        let mut holidays = Holidays::default();
        for holiday in all {
            holidays.longest = holidays.longest.max(holiday.days);
            let of = match holiday.yearly {
                None => holidays.once.entry(holiday.first).or_default(),
                Some(_) => holidays.yearly.entry((holiday.first.month(), holiday.first.day())).or_default(),
            };
            of.push(holiday);
        }
        holidays
    }

    /// The name of the holiday that a day is; empty where it has none, absent where the day is no holiday. Of several on one
    /// day one with a name counts.
    pub fn on(&self, day: Date) -> Option<&str> {
        let mut found: Option<&str> = None;
        for back in 0..self.longest {
            let begin = day.saturating_sub(i64::from(back).days());
            if (begin.month(), begin.day()) == (day.month(), day.day()) && back > 0 {
                break; // the calendar ends here
            }
            let once = self.once.get(&begin).into_iter().flatten();
            let yearly = self.yearly.get(&(begin.month(), begin.day())).into_iter().flatten();
            let mut here = once.chain(yearly).filter(|h| back < h.days && h.begins(begin)).map(|h| h.name.as_str());
            match here.clone().find(|name| !name.is_empty()).or_else(|| here.next()) {
                Some("") => found = Some(""),
                Some(name) => return Some(name),
                None => {}
            }
        }
        found
    }

    /// All of them, by when they first begin.
    pub fn all(&self) -> Vec<&Holiday> {
        let mut all: Vec<&Holiday> = self.once.values().chain(self.yearly.values()).flatten().collect();
        all.sort_by_key(|h| (h.first, &h.name));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn yearly(first: &str, until: Option<&str>, count: Option<u32>) -> Holiday {
        let yearly = Some(Yearly { until: until.map(date), count });
        Holiday { yearly, ..Holiday::once(date(first), first) }
    }

    #[test]
    fn a_yearly_one_comes_again_until_it_ends() {
        let holidays = Holidays::new([
            yearly("2024-12-25", None, None),
            yearly("2024-05-01", Some("2026-05-01"), None),
            yearly("2024-06-01", None, Some(2)),
            yearly("2024-02-29", None, Some(2)),
            Holiday { except: vec![date("2026-07-01")], ..yearly("2024-07-01", None, None) },
        ]);
        let on = |text: &str| holidays.on(date(text)).is_some();
        assert!(on("2024-12-25") && on("2031-12-25") && !on("2023-12-25"));
        assert!(on("2026-05-01") && !on("2027-05-01"));
        assert!(on("2025-06-01") && !on("2026-06-01"));
        assert!(on("2028-02-29") && !on("2032-02-29") && !on("2027-02-28") && !on("2027-03-01"));
        assert!(on("2025-07-01") && !on("2026-07-01") && on("2027-07-01"));
    }

    #[test]
    fn one_of_several_days_goes_over_the_turn_of_the_year() {
        let holidays = Holidays::new([Holiday { days: 3, ..yearly("2024-12-31", None, None) }]);
        let on = |text: &str| holidays.on(date(text)).is_some();
        assert!(on("2024-12-31") && on("2025-01-02") && on("2027-01-02") && !on("2025-01-03") && !on("2024-01-01"));
    }

    #[test]
    fn a_name_counts_before_none() {
        let day = date("2026-12-25");
        let holidays = Holidays::new([Holiday::once(day, ""), Holiday::once(day, "Christmas Day")]);
        assert_eq!(holidays.on(day), Some("Christmas Day"));
        assert_eq!(Holidays::new([Holiday::once(day, "")]).on(day), Some(""));
    }

    #[test]
    fn the_ends_of_the_calendar_are_days_like_others() {
        let long = |first| Holiday { days: LONGEST, ..Holiday::once(first, "x") };
        for day in [Date::MIN, Date::MAX] {
            assert!(Holidays::new([long(day)]).on(day).is_some());
            assert!(Holidays::new([yearly("2024-12-25", None, Some(u32::MAX))]).on(day).is_none());
        }
    }
}
