//! When people are reminded of what is due, and of what.

use super::named;
use crate::policy::Policy;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What people are reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "ReminderKind")]
pub enum Kind {
    /// A deadline of an incident, set by the policy.
    Deadline,
    /// The date of an action item.
    Action,
    /// The monthly review of near-misses.
    Review,
    /// That somebody reads a restricted incident with emergency access.
    EmergencyAccess,
    /// That an administrator reset the second factor of whoever is told.
    SecondFactorReset,
    /// That an administrator gave a restricted incident another lead, because an account changed.
    HandedOver,
}

named!(
    Kind, "a kind of reminder", 6:
    Deadline = "deadline",
    Action = "action",
    Review = "review",
    EmergencyAccess = "emergency_access",
    SecondFactorReset = "second_factor_reset",
    HandedOver = "handed_over",
);

/// How urgent it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// Some time is left.
    Soon,
    /// None is.
    Overdue,
}

named!(Urgency, "how urgent something is", 2: Soon = "soon", Overdue = "overdue");

/// A reminder to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// How urgent it will be then.
    pub urgency: Urgency,
    /// When to send it.
    pub at: Timestamp,
    /// When what it reminds of is overdue.
    pub due: Timestamp,
}

/// How long before a deadline people are reminded.
const BEFORE: SignedDuration = SignedDuration::from_hours(24);

/// The reminders of a deadline: a day before it, at once where less than that is left, and when it is overdue. One that
/// is overdue already has only the second.
pub fn of_deadline(due: Timestamp, now: Timestamp) -> Vec<Reminder> {
    at(due.saturating_sub(BEFORE).unwrap_or(due), due, now)
}

fn at(before: Timestamp, due: Timestamp, now: Timestamp) -> Vec<Reminder> {
    let soon = (now < due).then_some(Reminder { urgency: Urgency::Soon, at: before.max(now), due });
    soon.into_iter().chain([Reminder { urgency: Urgency::Overdue, at: due, due }]).collect()
}

/// The reminders of an action item that is due on a day: on the business day before, and when the day is over. None for
/// a text that is no date.
pub fn of_action(policy: &Policy, due: &str, now: Timestamp) -> Vec<Reminder> {
    let Ok(day) = due.parse::<Date>() else { return Vec::new() };
    let Some((before, end)) = policy.day_begins(policy.business_day_before(day)).zip(policy.end_of(day)) else {
        return Vec::new();
    };
    at(before, end, now)
}

/// A month whose near-misses are looked at together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Which month: `2026-11`.
    pub month: String,
    /// When it begins.
    pub from: Timestamp,
    /// When it is over.
    pub until: Timestamp,
    /// When to remind of it: on the first business day of the next month.
    pub at: Timestamp,
}

/// The review of a near-miss that is logged now. `None` at the end of the calendar.
pub fn review(policy: &Policy, now: Timestamp) -> Option<Review> {
    let first = policy.day(now).first_of_month();
    let next = first.last_of_month().tomorrow().ok()?;
    Some(Review {
        month: first.strftime("%Y-%m").to_string(),
        from: policy.day_begins(first)?,
        until: policy.day_begins(next)?,
        at: policy.day_begins(policy.business_day_from(next))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn told(all: &[Reminder]) -> Vec<(&'static str, String)> {
        all.iter().map(|r| (r.urgency.name(), r.at.to_string())).collect()
    }

    fn berlin() -> Policy {
        let yaml = include_str!("../../data/policy.yaml").replace("zone: UTC", "zone: Europe/Berlin");
        Policy::parse(&yaml).expect("valid")
    }

    #[test]
    fn of_a_deadline_people_are_told_a_day_before_and_when_it_has_passed() {
        let of = |now: &str| told(&of_deadline(time("2026-11-27T00:00:00Z"), time(now)));
        let overdue = ("overdue", "2026-11-27T00:00:00Z".to_owned());
        assert_eq!(of("2026-11-20T00:00:00Z"), [("soon", "2026-11-26T00:00:00Z".to_owned()), overdue.clone()]);
        assert_eq!(of("2026-11-26T20:00:00Z"), [("soon", "2026-11-26T20:00:00Z".to_owned()), overdue.clone()]);
        assert_eq!(of("2026-11-27T00:00:00Z"), [overdue]);
        assert_eq!(of_deadline(Timestamp::MIN, Timestamp::MIN).len(), 1);
    }

    #[test]
    fn of_an_action_they_are_told_on_the_business_day_before_and_when_the_day_is_over() {
        let of = |due: &str, now: &str| told(&of_action(&berlin(), due, time(now)));
        // 30 November 2026 is a Monday.
        let overdue = ("overdue", "2026-11-30T23:00:00Z".to_owned());
        let friday = ("soon", "2026-11-26T23:00:00Z".to_owned());
        assert_eq!(of("2026-11-30", "2026-11-20T00:00:00Z"), [friday, overdue.clone()]);
        let sunday = ("soon", "2026-11-29T10:00:00Z".to_owned());
        assert_eq!(of("2026-11-30", "2026-11-29T10:00:00Z"), [sunday, overdue.clone()]);
        assert_eq!(of("2026-11-30", "2027-01-01T00:00:00Z"), [overdue]);
        assert!(of("next week", "2026-11-20T00:00:00Z").is_empty());
        assert!(of("9999-12-31", "2026-11-20T00:00:00Z").is_empty());
    }

    #[test]
    fn near_misses_of_a_month_are_reviewed_on_the_next_ones_first_business_day() {
        // In Berlin it is November already; the first of December is a Tuesday.
        let november = review(&berlin(), time("2026-10-31T23:30:00Z")).expect("a review");
        assert_eq!(november.month, "2026-11");
        assert_eq!(november.from, time("2026-10-31T23:00:00Z"));
        assert_eq!(november.until, time("2026-11-30T23:00:00Z"));
        assert_eq!(november.at, time("2026-11-30T23:00:00Z"));
        // The first of August 2026 is a Saturday.
        assert_eq!(review(&berlin(), time("2026-07-05T00:00:00Z")).expect("a review").at, time("2026-08-02T22:00:00Z"));
        assert_eq!(review(&berlin(), Timestamp::MAX), None);
    }
}
