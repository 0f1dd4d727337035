//! Business days.

use super::holiday::Holidays;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

/// Which days count.
#[derive(Debug, Clone)]
pub struct Calendar {
    weekend: Vec<Weekday>,
    holidays: Holidays,
}

impl Calendar {
    /// A calendar; at least one day of the week must be left.
    pub fn new(weekend: impl IntoIterator<Item = Weekday>, holidays: Holidays) -> Self {
        Calendar { weekend: weekend.into_iter().collect(), holidays }
    }

    /// The days that do not count besides weekends.
    pub fn holidays(&self) -> &Holidays {
        &self.holidays
    }

    /// The n-th business day after a date, and the holidays skipped on the way that would have counted,
    /// with their names.
    pub fn plus_business_days(&self, from: Date, days: u16) -> (Date, Vec<(Date, String)>) {
        let mut day = from;
        let mut left = days;
        let mut skipped = Vec::new();
        // Bounded, so that a calendar full of holidays cannot hold the program.
        for _ in 0..(u32::from(days) + 10) * 60 {
            if left == 0 {
                break;
            }
            day = plus_days(day, 1);
            if self.weekend.contains(&day.weekday()) {
                continue;
            }
            if let Some(name) = self.holidays.on(day) {
                skipped.push((day, name.to_owned()));
                continue;
            }
            left -= 1;
        }
        (day, skipped)
    }

    /// A date, if it is a business day; otherwise the nearest one in steps of `step` days.
    pub fn business_day_from(&self, from: Date, step: i64) -> Date {
        let mut day = from;
        // Bounded likewise.
        for _ in 0..600 {
            if !self.weekend.contains(&day.weekday()) && self.holidays.on(day).is_none() {
                return day;
            }
            day = plus_days(day, step);
        }
        from
    }
}

/// A date some days later.
pub fn plus_days(day: Date, days: i64) -> Date {
    day.saturating_add(days.days())
}

/// The day of the week with this English name.
pub fn weekday(name: &str) -> Option<Weekday> {
    use Weekday::{Friday, Monday, Saturday, Sunday, Thursday, Tuesday, Wednesday};
    let all = [
        ("monday", Monday),
        ("tuesday", Tuesday),
        ("wednesday", Wednesday),
        ("thursday", Thursday),
        ("friday", Friday),
        ("saturday", Saturday),
        ("sunday", Sunday),
    ];
    all.into_iter().find(|(n, _)| *n == name.to_lowercase()).map(|(_, d)| d)
}
