//! The severity policy: what each level means, and what is due when.

mod calendar;

pub use calendar::Calendar;

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

    /// What is due for a level, counted from when a person became aware.
    pub fn deadlines(&self, level: u8, aware: Option<Timestamp>) -> Vec<Deadline> {
        let Some(level) = self.level(level) else { return Vec::new() };
        let mut due = Vec::new();
        let day = aware.map(|t| t.to_zoned_datetime(self.zone.clone()).date());
        let response = match level.response {
            Response::SameDay => Some(("same day", 0)),
            Response::NextDay => Some(("next day", 1)),
            Response::NormalCycle | Response::None => None,
        };
        if let Some((words, days)) = response {
            due.push(Deadline {
                what: "response".to_owned(),
                due: day.map(|d| format!("{} 24:00 {}", calendar::plus_days(d, days), self.zone_name)),
                explanation: format!(
                    "{words}: until midnight in {}, weekends included, counted from when a person became aware",
                    self.zone_name
                ),
            });
        }
        if let Some(days) = level.retro_business_days {
            let counted = day.map(|d| self.calendar.plus_business_days(d, days));
            let skipped = counted.as_ref().map_or(String::new(), |(_, skipped)| {
                let list: Vec<_> = skipped.iter().map(|d| d.strftime("%-d %B").to_string()).collect();
                if list.is_empty() { String::new() } else { format!(", without {}", list.join(" and ")) }
            });
            due.push(Deadline {
                what: "retro written".to_owned(),
                due: counted.map(|(d, _)| format!("{d} 24:00 {}", self.zone_name)),
                explanation: format!("{days} business days after detection, in {}{skipped}", self.zone_name),
            });
        }
        due
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
