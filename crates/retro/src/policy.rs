//! The severity policy: what each level means, and what is due when.

mod calendar;
mod due;
mod month;

pub use calendar::Calendar;
pub use due::DueDate;
pub use month::Month;

use crate::draft::Deadline;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::Deserialize;

/// How soon somebody has to respond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Response {
    /// Until midnight of the day on which a person became aware; weekends count.
    SameDay,
    /// Until midnight of the day after; weekends count.
    NextDay,
    /// In the normal cycle.
    NormalCycle,
    /// None.
    None,
}

/// One level of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// 1 to 4.
    pub level: u8,
    /// What it means.
    pub means: String,
    /// How soon to respond.
    pub response: Response,
    /// Business days until the retro is written.
    #[serde(default)]
    pub retro_business_days: Option<u16>,
    /// What happens with the retro.
    pub review: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    zone: String,
    #[serde(default = "saturday_and_sunday")]
    weekend: Vec<String>,
    #[serde(default)]
    holidays: Vec<String>,
    severities: Vec<Level>,
}

fn saturday_and_sunday() -> Vec<String> {
    vec!["saturday".to_owned(), "sunday".to_owned()]
}

/// A policy, checked.
#[derive(Debug, Clone)]
pub struct Policy {
    zone: TimeZone,
    zone_name: String,
    calendar: Calendar,
    levels: Vec<Level>,
}

/// Why a policy file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("policy: {0}")]
pub struct PolicyError(String);

impl Policy {
    /// The default policy.
    pub fn builtin() -> Self {
        // The file is part of the program, and a test reads it.
        Self::parse(include_str!("../data/policy.yaml")).unwrap_or_else(|_| Policy {
            zone: TimeZone::UTC,
            zone_name: "UTC".to_owned(),
            calendar: Calendar::new([], []),
            levels: Vec::new(),
        })
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// With the entry that is wrong: bad YAML, an unknown zone or day, a bad date, or levels other than 1 to 4.
    pub fn parse(yaml: &str) -> Result<Self, PolicyError> {
        let file: File =
            serde_saphyr::from_str(yaml).map_err(|e| PolicyError(hindcast_detect::yaml::explain(&e, yaml)))?;
        let zone = TimeZone::get(&file.zone)
            .map_err(|_| PolicyError(format!("zone: `{}` is not a time zone such as Europe/Berlin", file.zone)))?;
        let mut weekend = Vec::new();
        for day in &file.weekend {
            weekend.push(
                calendar::weekday(day)
                    .ok_or_else(|| PolicyError(format!("weekend: `{day}` is not a day of the week")))?,
            );
        }
        let mut holidays = Vec::new();
        for day in &file.holidays {
            let date: Date =
                day.parse().map_err(|_| PolicyError(format!("holidays: `{day}` is not a date such as 2026-12-25")))?;
            holidays.push(date);
        }
        if weekend.len() >= 7 {
            return Err(PolicyError("weekend: at least one day of the week must be a business day".to_owned()));
        }
        let levels: Vec<u8> = file.severities.iter().map(|l| l.level).collect();
        if levels != [1, 2, 3, 4] {
            return Err(PolicyError(format!(
                "severities: expected the levels 1, 2, 3, 4 in this order, found {levels:?}"
            )));
        }
        Ok(Policy { zone, zone_name: file.zone, calendar: Calendar::new(weekend, holidays), levels: file.severities })
    }

    /// A level.
    pub fn level(&self, level: u8) -> Option<&Level> {
        self.levels.iter().find(|l| l.level == level)
    }

    /// The zone in which days are counted, such as `Europe/Berlin`.
    pub fn zone_name(&self) -> &str {
        &self.zone_name
    }

    /// The day that it is at a time, in the policy's zone.
    pub fn day(&self, at: Timestamp) -> Date {
        at.to_zoned_datetime(self.zone.clone()).date()
    }

    /// When a month begins in the policy's zone, and when the next one does.
    pub fn span(&self, month: Month) -> Option<(Timestamp, Timestamp)> {
        let before = month.first().yesterday().ok()?;
        Some((self.end_of(before)?, self.end_of(month.first().last_of_month())?))
    }

    /// The last day of the week of a day: its Sunday.
    pub fn last_of_week(&self, day: Date) -> Date {
        calendar::plus_days(day, i64::from(7 - day.weekday().to_monday_one_offset()))
    }

    /// What is due for a level, counted from when a person became aware.
    pub fn deadlines(&self, level: u8, aware: Option<Timestamp>) -> Vec<Deadline> {
        let due = self.due_dates(level, aware).into_iter();
        due.map(|d| Deadline { what: d.what, due: d.text, explanation: d.explanation }).collect()
    }

    /// The same with the instants, so that what is due can be sorted and what is overdue be found.
    pub fn due_dates(&self, level: u8, aware: Option<Timestamp>) -> Vec<DueDate> {
        let Some(level) = self.level(level) else { return Vec::new() };
        let mut all = Vec::new();
        let day = aware.map(|t| self.day(t));
        let response = match level.response {
            Response::SameDay => Some(("same day", 0)),
            Response::NextDay => Some(("next day", 1)),
            Response::NormalCycle | Response::None => None,
        };
        if let Some((words, days)) = response {
            let explanation = format!(
                "{words}: until midnight in {}, weekends included, counted from when a person became aware",
                self.zone_name
            );
            all.push(self.due("response", day.map(|d| calendar::plus_days(d, days)), explanation));
        }
        if let Some(days) = level.retro_business_days {
            let counted = day.map(|d| self.calendar.plus_business_days(d, days));
            let (on, skipped) = counted.unzip();
            let without = due::without(&skipped.unwrap_or_default());
            let unit = if days == 1 { "day" } else { "days" };
            let explanation = format!("{days} business {unit} after detection, in {}{without}", self.zone_name);
            all.push(self.due("retro written", on, explanation));
        }
        all
    }

    fn due(&self, what: &str, day: Option<Date>, explanation: String) -> DueDate {
        DueDate {
            what: what.to_owned(),
            at: day.and_then(|d| self.end_of(d)),
            text: day.map(|d| format!("{d} 24:00 {}", self.zone_name)),
            explanation,
        }
    }

    /// The end of a day in the policy's zone. Where the clocks change at midnight, the next day starts later.
    pub fn end_of(&self, day: Date) -> Option<Timestamp> {
        let next = day.tomorrow().ok()?;
        Some(next.to_zoned_datetime(self.zone.clone()).ok()?.start_of_day().ok()?.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> Policy {
        let yaml = include_str!("../data/policy.yaml")
            .replace("zone: UTC", "zone: Europe/Berlin")
            .replace("holidays: []", "holidays: [2026-12-25]");
        Policy::parse(&yaml).expect("valid")
    }

    #[test]
    fn business_days_skip_weekends_and_holidays_and_say_so() {
        // Monday evening in New York is Tuesday in Berlin already.
        let aware = "2026-12-21T23:30:00Z".parse().expect("a time");
        let due = berlin().deadlines(2, Some(aware));
        assert_eq!(due[0].due.as_deref(), Some("2026-12-23 24:00 Europe/Berlin"));
        assert_eq!(due[1].due.as_deref(), Some("2026-12-30 24:00 Europe/Berlin"));
        assert_eq!(due[1].explanation, "5 business days after detection, in Europe/Berlin, without 25 December");
    }

    #[test]
    fn the_instant_is_midnight_in_the_policys_zone() {
        let at = |aware: &str| {
            let due = berlin().due_dates(2, Some(aware.parse().expect("a time")));
            due.iter().map(|d| d.at.map_or(String::new(), |t| t.to_string())).collect::<Vec<_>>()
        };
        // The next day, and five business days without 25 December.
        assert_eq!(at("2026-12-21T23:30:00Z"), ["2026-12-23T23:00:00Z", "2026-12-30T23:00:00Z"]);
        // The clocks go back on 25 October 2026: that day ends 25 hours after it began.
        assert_eq!(at("2026-10-23T22:30:00Z")[0], "2026-10-25T23:00:00Z");
        assert_eq!(at("2026-10-22T22:30:00Z")[0], "2026-10-24T22:00:00Z");
        // And forward on 29 March 2026.
        assert_eq!(at("2026-03-27T23:30:00Z")[0], "2026-03-29T22:00:00Z");
        assert_eq!(at("2026-03-26T23:30:00Z")[0], "2026-03-28T23:00:00Z");
        assert!(berlin().due_dates(2, None).iter().all(|d| d.at.is_none() && d.text.is_none()));
        assert_eq!(berlin().zone_name(), "Europe/Berlin");
    }

    #[test]
    fn days_and_weeks_are_those_of_the_policys_zone() {
        let policy = berlin();
        let at = |text: &str| text.parse::<Timestamp>().expect("a time");
        assert_eq!(policy.day(at("2026-11-25T22:59:59Z")).to_string(), "2026-11-25");
        let thursday = policy.day(at("2026-11-25T23:00:00Z"));
        assert_eq!(thursday.to_string(), "2026-11-26");
        assert_eq!(policy.end_of(thursday), Some(at("2026-11-26T23:00:00Z")));
        let sunday = policy.last_of_week(thursday);
        assert_eq!(sunday.to_string(), "2026-11-29");
        assert_eq!(policy.last_of_week(sunday), sunday);
        let span = policy.span("2026-03".parse().expect("a month"));
        assert_eq!(span, Some((at("2026-02-28T23:00:00Z"), at("2026-03-31T22:00:00Z"))));
        assert_eq!(policy.span("9999-12".parse().expect("a month")), None, "its end is no day");
    }

    #[test]
    fn where_the_clocks_change_at_midnight_the_day_ends_once() {
        // In Cairo, 24 April 2026 starts at one o'clock.
        let yaml = include_str!("../data/policy.yaml").replace("zone: UTC", "zone: Africa/Cairo");
        let aware = "2026-04-23T10:00:00Z".parse().expect("a time");
        let due = Policy::parse(&yaml).expect("valid").due_dates(1, Some(aware));
        assert_eq!(due[0].text.as_deref(), Some("2026-04-23 24:00 Africa/Cairo"));
        assert_eq!(due[0].at.map(|t| t.to_string()).as_deref(), Some("2026-04-23T22:00:00Z"));
    }

    #[test]
    fn a_time_at_the_end_of_the_calendar_is_no_panic() {
        let due = Policy::builtin().due_dates(1, Some(Timestamp::MAX));
        assert_eq!(due.len(), 2);
        assert!(due.iter().all(|d| d.at.is_none() && d.text.is_some()));
    }

    #[test]
    fn every_deadline_is_a_due_date_in_words() {
        let aware = Some("2026-12-21T23:30:00Z".parse().expect("a time"));
        for level in 1..=4 {
            let (due, told) = (berlin().due_dates(level, aware), berlin().deadlines(level, aware));
            let words = |d: &DueDate| (d.what.clone(), d.text.clone(), d.explanation.clone());
            let said: Vec<_> = told.into_iter().map(|d| (d.what, d.due, d.explanation)).collect();
            assert_eq!(due.iter().map(words).collect::<Vec<_>>(), said);
        }
    }

    #[test]
    fn several_holidays_are_listed() {
        let yaml = include_str!("../data/policy.yaml")
            .replace("holidays: []", "holidays: [2026-12-24, 2026-12-25, 2026-12-26, 2027-01-01]")
            .replace("retro_business_days: 5", "retro_business_days: 6");
        let aware = Some("2026-12-22T10:00:00Z".parse().expect("a time"));
        let due = Policy::parse(&yaml).expect("valid").due_dates(1, aware);
        // 26 December 2026 is a Saturday, and would not have counted anyway.
        let expected = "6 business days after detection, in UTC, without 24 December, 25 December and 1 January";
        assert_eq!(due[1].explanation, expected);
        assert_eq!(due[1].text.as_deref(), Some("2027-01-04 24:00 UTC"));
    }

    #[test]
    fn without_a_start_there_is_no_date_but_a_rule() {
        let due = Policy::builtin().deadlines(1, None);
        assert!(due.iter().all(|d| d.due.is_none() && !d.explanation.is_empty()));
        assert_eq!(due.len(), 2);
    }

    #[test]
    fn near_misses_have_no_deadline() {
        assert!(Policy::builtin().deadlines(4, None).is_empty());
    }

    #[test]
    fn bad_policies_say_what_is_wrong() {
        let yaml = include_str!("../data/policy.yaml");
        assert!(
            Policy::parse(&yaml.replace("zone: UTC", "zone: Mars/Base"))
                .expect_err("zone")
                .to_string()
                .contains("Mars/Base")
        );
        assert!(Policy::parse(&yaml.replace("level: 3", "level: 9")).is_err());
        assert!(Policy::parse(&yaml.replace("holidays: []", "holidays: [someday]")).is_err());
    }
}
