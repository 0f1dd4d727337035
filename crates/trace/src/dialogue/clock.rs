//! Times as people and programs write them beside a turn.

use crate::time;

/// A time: a date with a time of day, or seconds since the start.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Clock {
    pub at: Option<String>,
    pub seconds: Option<f64>,
}

/// Reads a time. Minutes and seconds, and a time of day without a date, look alike: two numbers tell no time.
pub fn read(text: &str) -> Clock {
    let text = text.trim();
    if time::iso(text).is_some() {
        return Clock { at: Some(text.to_owned()), seconds: None };
    }
    match text.parse::<f64>() {
        // The years 2001 to 5138, in seconds or milliseconds.
        Ok(number) if (1e9..1e14).contains(&number) => {
            let seconds = if number < 1e11 { number } else { number / 1e3 };
            let at = jiff::Timestamp::from_millisecond((seconds * 1e3) as i64).ok().map(|at| at.to_string());
            Clock { at, seconds: None }
        }
        Ok(number) if (0.0..1e6).contains(&number) => Clock { at: None, seconds: Some(number) },
        _ => Clock { at: None, seconds: offset(text) },
    }
}

/// Hours, minutes and seconds.
pub fn offset(text: &str) -> Option<f64> {
    let mut fields = text.trim().split(':');
    let (hours, minutes, seconds) = (fields.next()?, fields.next()?, fields.next()?);
    let digits = |field: &str| field.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b',');
    if fields.next().is_some() || ![hours, minutes, seconds].into_iter().all(digits) {
        return None;
    }
    let number = |field: &str| field.replace(',', ".").parse::<f64>().ok();
    Some(number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(seconds)?)
}

/// The time of a cue: its hours may be missing.
pub fn cue(text: &str) -> Option<f64> {
    let text = text.trim();
    offset(text).or_else(|| offset(&format!("0:{text}")))
}

/// True for a time with its day: times of day alone stand in many a list.
pub fn is_dated(time: &str) -> bool {
    time.len() >= "2026-05-04 10:00".len()
}
