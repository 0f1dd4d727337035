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

/// ", without 25 December, Christmas Day": the holidays that would have counted, with their names where they have some.
pub fn without(skipped: &[(Date, String)]) -> String {
    let named = skipped.iter().any(|(_, name)| !name.is_empty());
    let days: Vec<String> = skipped
        .iter()
        .map(|(day, name)| match name.as_str() {
            "" => day.strftime("%-d %B").to_string(),
            name => format!("{}, {name}", day.strftime("%-d %B")),
        })
        .collect();
    // Where names stand behind a comma, the days are kept apart by more than one.
    let (between, and) = if named { ("; ", "; and") } else { (", ", " and") };
    match &days[..] {
        [] => String::new(),
        [one] => format!(", without {one}"),
        [all @ .., last] => format!(", without {}{and} {last}", all.join(between)),
    }
}
