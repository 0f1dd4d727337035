//! The severity policy: what each level means, and what is due when.

mod calendar;
mod days;
mod due;
mod holiday;
mod ics;
mod month;

pub use calendar::Calendar;
pub use due::DueDate;
pub use holiday::{Holiday, Holidays, Yearly};
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
    #[serde(default)]
    mask_ip_addresses: bool,
    severities: Vec<Level>,
}

fn saturday_and_sunday() -> Vec<String> {
    vec!["saturday".to_owned(), "sunday".to_owned()]
}

/// Calendars that one policy may name.
const MOST_CALENDARS: usize = 20;

fn is_calendar(entry: &str) -> bool {
    entry.trim().to_ascii_lowercase().ends_with(".ics")
}

/// A policy, checked.
#[derive(Debug, Clone)]
pub struct Policy {
    zone: TimeZone,
    zone_name: String,
    calendar: Calendar,
    levels: Vec<Level>,
    mask_ip_addresses: bool,
    notes: Vec<String>,
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
            calendar: Calendar::new([], Holidays::default()),
            levels: Vec::new(),
            mask_ip_addresses: false,
            notes: Vec::new(),
        })
    }

    /// Reads a policy file that names no other file.
    ///
    /// # Errors
    /// With the entry that is wrong: bad YAML, an unknown zone or day, a bad date, or levels other than 1 to 4.
    pub fn parse(yaml: &str) -> Result<Self, PolicyError> {
        Self::parse_with(yaml, &mut |_| Err("other files cannot be read here".to_owned()))
    }

    /// Reads a policy file. `file` gives the bytes of an iCalendar file that it names among its holidays, or why there are
    /// none.
    ///
    /// # Errors
    /// As [`Policy::parse`]; also where such a file cannot be had or is none. What a calendar holds that is not understood is
    /// no error, but told by [`Policy::notes`].
    pub fn parse_with(yaml: &str, file: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>) -> Result<Self, PolicyError> {
        let read_file = file;
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
        let (mut holidays, mut notes) = (Vec::new(), Vec::new());
        if file.holidays.len() > ics::MOST_HOLIDAYS {
            return Err(PolicyError(format!("holidays: at most {} entries", ics::MOST_HOLIDAYS)));
        }
        let calendars = file.holidays.iter().filter(|entry| is_calendar(entry)).count();
        if calendars > MOST_CALENDARS {
            return Err(PolicyError(format!("holidays: at most {MOST_CALENDARS} .ics files")));
        }
        for entry in &file.holidays {
            let wrong = |what: String| PolicyError(format!("holidays: `{entry}` {what}"));
            if is_calendar(entry) {
                let bytes = read_file(entry).map_err(|e| wrong(format!("cannot be read: {e}")))?;
                let read = ics::read(&bytes).map_err(wrong)?;
                notes.extend(read.notes.into_iter().map(|note| format!("{entry}: {note}")));
                holidays.extend(read.holidays);
                continue;
            }
            let (date, name) = entry.trim().split_once(char::is_whitespace).unwrap_or((entry.trim(), ""));
            let date = date.parse().map_err(|_| {
                wrong("must be a date such as 2026-12-25, a date followed by a name, or an .ics file".to_owned())
            })?;
            holidays.push(Holiday::once(date, name.trim()));
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
        Ok(Policy {
            zone,
            zone_name: file.zone,
            calendar: Calendar::new(weekend, Holidays::new(holidays)),
            levels: file.severities,
            mask_ip_addresses: file.mask_ip_addresses,
            notes,
        })
    }

    /// True if a server masks IP addresses as it masks secrets.
    pub fn masks_ip_addresses(&self) -> bool {
        self.mask_ip_addresses
    }

    /// What the calendars hold that was not understood and left out.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The days that do not count.
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// A level.
    pub fn level(&self, level: u8) -> Option<&Level> {
        self.levels.iter().find(|l| l.level == level)
    }

    /// What the levels mean in one line, if this policy's words differ from the default policy's; `None` if they do not.
    pub fn words_of_its_own(&self) -> Option<String> {
        let means = |policy: &Policy| policy.levels.iter().map(|l| l.means.clone()).collect::<Vec<_>>();
        if means(self) == means(&Policy::builtin()) {
            return None;
        }
        let each: Vec<String> = self.levels.iter().map(|l| format!("Sev {}: {}", l.level, l.means)).collect();
        Some(format!("{}.", each.join("; ")))
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
                "{words}: by midnight in {}, weekends included, counted from when a person became aware",
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
mod tests;
