//! Days of the policy, beside those that deadlines are counted in.

use super::Policy;
use jiff::{Timestamp, civil::Date};

impl Policy {
    /// When a day begins in the policy's zone.
    pub fn day_begins(&self, day: Date) -> Option<Timestamp> {
        Some(day.to_zoned_datetime(self.zone.clone()).ok()?.start_of_day().ok()?.timestamp())
    }

    /// The last business day before a date.
    pub fn business_day_before(&self, day: Date) -> Date {
        self.calendar.business_day_from(super::calendar::plus_days(day, -1), -1)
    }

    /// A date, if it is a business day; otherwise the next one.
    pub fn business_day_from(&self, day: Date) -> Date {
        self.calendar.business_day_from(day, 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_zone_and_weekends_and_holidays_are_skipped() {
        let yaml = include_str!("../../data/policy.yaml")
            .replace("zone: UTC", "zone: Europe/Berlin")
            .replace("holidays: []", "holidays: [2026-12-01, 2026-12-25]");
        let policy = Policy::parse(&yaml).expect("valid");
        let day = |text: &str| text.parse::<Date>().expect("a date");
        let at = |t: Option<Timestamp>| t.map(|t| t.to_string()).unwrap_or_default();
        assert_eq!(policy.day("2026-11-30T23:30:00Z".parse().expect("a time")), day("2026-12-01"));
        assert_eq!(at(policy.day_begins(day("2026-12-01"))), "2026-11-30T23:00:00Z");
        assert_eq!(at(policy.end_of(day("2026-12-01"))), "2026-12-01T23:00:00Z");
        // 28 December 2026 is a Monday behind a weekend behind a holiday.
        assert_eq!(policy.business_day_before(day("2026-12-28")), day("2026-12-24"));
        assert_eq!(policy.business_day_before(day("2026-12-24")), day("2026-12-23"));
        assert_eq!(policy.business_day_from(day("2026-12-01")), day("2026-12-02"));
        assert_eq!(policy.business_day_from(day("2026-12-02")), day("2026-12-02"));
        assert_eq!(policy.business_day_before(Date::MIN), Date::MIN, "ends where the calendar ends");
    }
}
