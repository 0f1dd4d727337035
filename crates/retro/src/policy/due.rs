//! Something due, and how that is told.

use jiff::{Timestamp, civil::Date};

/// Something due, with its instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueDate {
    /// What.
    pub what: String,
    /// The instant at which it is overdue; absent where the clock's start is unknown.
    pub at: Option<Timestamp>,
    /// The same in the policy's zone: `2026-12-25 24:00 Europe/Berlin`.
    pub text: Option<String>,
    /// How it was computed.
    pub explanation: String,
}

/// ", without 25 December and 1 January": the holidays that would have counted.
pub fn without(skipped: &[Date]) -> String {
    let days: Vec<String> = skipped.iter().map(|d| d.strftime("%-d %B").to_string()).collect();
    match &days[..] {
        [] => String::new(),
        [one] => format!(", without {one}"),
        [all @ .., last] => format!(", without {} and {last}", all.join(", ")),
    }
}
