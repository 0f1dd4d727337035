//! Holidays from an iCalendar file (RFC 5545): whole days, once or each year. What is not understood is told and left out,
//! never guessed.

mod line;
mod rule;

use super::holiday::{Holiday, LONGEST, Yearly};
use jiff::ToSpan;
use jiff::civil::Date;
use line::{Line, text, unfold};

/// Bytes of one file at most.
pub const MOST_BYTES: usize = 1 << 20;
/// Holidays of one file at most.
pub const MOST_HOLIDAYS: usize = 1000;
/// Notes on one file at most.
const MOST_NOTES: usize = 20;
/// Characters of a name that are kept.
const NAME: usize = 80;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Read {
    /// The holidays.
    pub holidays: Vec<Holiday>,
    /// What was left out, and why, with the line.
    pub notes: Vec<String>,
}

/// An event as it is being read.
#[derive(Default)]
struct Event {
    begun: usize,
    start: Option<Date>,
    end: Option<Date>,
    days: Option<u16>,
    name: String,
    yearly: Option<Yearly>,
    except: Vec<Date>,
    /// Why it is left out.
    fault: Option<String>,
}

/// Reads a file.
///
/// # Errors
/// Where it is no calendar, is too large, or breaks off within an event.
pub fn read(bytes: &[u8]) -> Result<Read, String> {
    if bytes.len() > MOST_BYTES {
        return Err(format!("is larger than {} KiB", MOST_BYTES >> 10));
    }
    let whole = unfold(bytes);
    let mut read = Read::default();
    let mut open: Vec<String> = Vec::new();
    let mut event: Option<Event> = None;
    let (mut calendar, mut left_out) = (false, 0);
    for (number, content) in &whole {
        let Some(line) = Line::of(content) else {
            if event.is_some() {
                return Err(format!("line {number}: is not a property; properties have the form NAME:VALUE"));
            }
            continue;
        };
        match (line.name.as_str(), &mut event) {
            ("BEGIN", _) => {
                let kind = line.value.trim().to_ascii_uppercase();
                calendar |= kind == "VCALENDAR";
                if kind == "VEVENT" {
                    if event.is_some() {
                        return Err(format!("line {number}: an event begins inside another event"));
                    }
                    event = Some(Event { begun: *number, ..Event::default() });
                }
                if open.len() >= 16 {
                    return Err(format!("line {number}: is nested too deeply"));
                }
                open.push(kind);
            }
            ("END", _) => {
                let kind = line.value.trim().to_ascii_uppercase();
                if open.pop().as_deref() != Some(kind.as_str()) {
                    return Err(format!("line {number}: END:{} has no matching BEGIN", name(&kind)));
                }
                if let Some(event) = event.take_if(|_| kind == "VEVENT") {
                    let (begun, named) = (event.begun, event.name.clone());
                    match event.holiday() {
                        Ok(Some(holiday)) => read.holidays.push(holiday),
                        Ok(None) => {}
                        Err(_) if read.notes.len() >= MOST_NOTES => left_out += 1,
                        Err(why) => {
                            let named = if named.is_empty() { "an event".to_owned() } else { format!("“{named}”") };
                            read.notes.push(format!("line {begun}: skipped {named} because {why}"));
                        }
                    }
                    if read.holidays.len() > MOST_HOLIDAYS {
                        return Err(format!("has more than {MOST_HOLIDAYS} holidays"));
                    }
                }
            }
            // What belongs to an alarm within an event is not about the day.
            (_, Some(event)) if open.last().is_some_and(|k| k == "VEVENT") => event.take(&line),
            _ => {}
        }
    }
    if !calendar {
        return Err("is not an iCalendar file: it has no BEGIN:VCALENDAR".to_owned());
    }
    if let Some(event) = event {
        return Err(format!("line {}: the event does not end", event.begun));
    }
    if left_out > 0 {
        read.notes.push(format!("and {left_out} more events were skipped"));
    }
    Ok(read)
}

/// A text as a name: one line, not too long.
fn name(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    plain.chars().take(NAME).collect()
}

impl Event {
    fn take(&mut self, line: &Line<'_>) {
        let taken = match line.name.as_str() {
            "SUMMARY" => {
                self.name = name(&text(line.value));
                Ok(())
            }
            "DTSTART" if self.start.is_some() => Err("it begins twice".to_owned()),
            "DTSTART" => line.date().map(|d| self.start = Some(d)),
            "DTEND" => line.date().map(|d| self.end = Some(d)),
            "DURATION" => rule::days(line.value).map(|d| self.days = Some(d)),
            "RRULE" if self.yearly.is_some() => Err("it has two rules".to_owned()),
            // Its month and day are held against the event's at its end, when these are known.
            "RRULE" => match self.start {
                Some(start) => rule::yearly(line.value, start).map(|y| self.yearly = Some(y)),
                None => Err("its RRULE comes before its DTSTART".to_owned()),
            },
            "EXDATE" => line.dates().map(|d| self.except.extend(d)),
            "RDATE" | "EXRULE" | "RECURRENCE-ID" => Err(format!("{} is not supported", line.name)),
            "STATUS" if line.value.trim().eq_ignore_ascii_case("CANCELLED") => Err("it is cancelled".to_owned()),
            _ => Ok(()),
        };
        // The first fault is told.
        if let (Err(why), None) = (taken, &self.fault) {
            self.fault = Some(why);
        }
    }

    fn holiday(self) -> Result<Option<Holiday>, String> {
        if let Some(why) = self.fault {
            return Err(why);
        }
        let first = self.start.ok_or("it has no DTSTART")?;
        let days = match (self.end, self.days) {
            (Some(_), Some(_)) => return Err("it has both DTEND and DURATION".to_owned()),
            (None, days) => days.unwrap_or(1),
            (Some(end), None) => {
                let days = first.until(end).map_err(|_| "its end date is out of range")?.get_days();
                u16::try_from(days)
                    .ok()
                    .filter(|d| *d > 0)
                    .ok_or("it ends before it begins; DTEND is the day after the last day")?
            }
        };
        if !(1..=LONGEST).contains(&days) {
            return Err(format!("it lasts {days} days, and a holiday has at most {LONGEST}"));
        }
        if first.checked_add(i64::from(days).days()).is_err() {
            return Err("its end date is out of range".to_owned());
        }
        if self.except.len() > MOST_HOLIDAYS {
            return Err("it has too many exceptions".to_owned());
        }
        if self.yearly.is_none() && self.except.contains(&first) {
            return Ok(None);
        }
        Ok(Some(Holiday { first, days, yearly: self.yearly, except: self.except, name: self.name }))
    }
}

#[cfg(test)]
mod tests;
