//! How an event comes again, and how long it lasts.

use super::super::holiday::{LONGEST, Yearly};
use super::line::date;
use jiff::civil::Date;

/// A rule that comes each year on the month and day of the event; every other is told.
pub fn yearly(value: &str, start: Date) -> Result<Yearly, String> {
    let mut each_year = false;
    let mut yearly = Yearly { until: None, count: None };
    for part in value.trim().split(';').filter(|p| !p.is_empty()) {
        let (name, value) = part.split_once('=').ok_or("its RRULE is invalid")?;
        let (name, value) = (name.trim().to_ascii_uppercase(), value.trim());
        let is = |day: i8| value.parse::<i8>().is_ok_and(|v| v == day);
        match name.as_str() {
            "FREQ" if value.eq_ignore_ascii_case("YEARLY") => each_year = true,
            "INTERVAL" if value == "1" => {}
            "BYMONTH" if is(start.month()) => {}
            "BYMONTHDAY" if is(start.day()) => {}
            // Which day a week begins with says nothing here.
            "WKST" => {}
            "COUNT" => {
                let count = value.parse().ok().filter(|n| *n > 0);
                yearly.count = Some(count.ok_or("the COUNT of its RRULE is not a number")?);
            }
            "UNTIL" => {
                let day = value.split_once(['T', 't']).map_or(value, |(day, _)| day);
                yearly.until = Some(date(day).ok_or("the UNTIL of its RRULE is not a date")?);
            }
            "FREQ" | "INTERVAL" | "BYMONTH" | "BYMONTHDAY" => {
                return Err(format!(
                    "its RRULE has {name}={}; only yearly rules on one month and day are supported",
                    short(value)
                ));
            }
            other => return Err(format!("its RRULE has {}, which is not supported", short(other))),
        }
    }
    if !each_year {
        return Err("its RRULE has no FREQ".to_owned());
    }
    if yearly.until.is_some() && yearly.count.is_some() {
        return Err("its RRULE has both UNTIL and COUNT".to_owned());
    }
    Ok(yearly)
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(20).collect()
}

/// A length in whole days: `P1D`, `P2W`.
pub fn days(value: &str) -> Result<u16, String> {
    let whole = || {
        let text = value.trim().strip_prefix(['P', 'p'])?;
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let number: u16 = number.parse().ok()?;
        match unit {
            "D" | "d" => Some(number),
            "W" | "w" => number.checked_mul(7),
            _ => None,
        }
    };
    whole()
        .filter(|d| (1..=LONGEST).contains(d))
        .ok_or_else(|| format!("its DURATION is not 1 to {LONGEST} whole days"))
}
