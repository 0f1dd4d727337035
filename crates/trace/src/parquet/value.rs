//! A value as JSON.

use super::schema::{Meaning, Physical, Unit};
use super::{Fault, broken};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::Value;
use std::fmt::Write as _;

/// Days from the start of the Julian calendar to 1970.
const JULIAN: i128 = 2_440_588;
const NANOS_OF_DAY: i128 = 86_400_000_000_000;

/// Writes a value. False where JSON has nothing for it, as for NaN: then nothing is written.
pub fn write(raw: &[u8], physical: Physical, meaning: Meaning, json: &mut Vec<u8>) -> Result<bool, Fault> {
    let text = match (physical, meaning) {
        (Physical::Boolean, _) => (if raw == [0] { "false" } else { "true" }).to_owned(),
        (Physical::Int96, _) => {
            let (nanos, day) = raw.split_first_chunk::<8>().ok_or_else(damaged)?;
            let day = u32::from_le_bytes(day.try_into().map_err(|_| damaged())?);
            let nanos = i128::from(u64::from_le_bytes(*nanos)) + (i128::from(day) - JULIAN) * NANOS_OF_DAY;
            quoted(&instant(nanos, Unit::Nanos, true)?)
        }
        (Physical::Float, _) => match f32::from_le_bytes(raw.try_into().map_err(|_| damaged())?) {
            number if number.is_finite() => {
                Value::from(number.to_string().parse::<f64>().unwrap_or_default()).to_string()
            }
            _ => return Ok(false),
        },
        (Physical::Double, _) => match f64::from_le_bytes(raw.try_into().map_err(|_| damaged())?) {
            number if number.is_finite() => Value::from(number).to_string(),
            _ => return Ok(false),
        },
        (Physical::Int32 | Physical::Int64, _) => whole(raw, meaning)?,
        (Physical::Fixed(16), Meaning::Uuid) => {
            let hex = raw.iter().fold(String::new(), |mut hex, b| {
                let _ = write!(hex, "{b:02x}");
                hex
            });
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default());
            quoted(&parts.join("-"))
        }
        (Physical::Fixed(2), Meaning::Half) => match half(u16::from_le_bytes(raw.try_into().map_err(|_| damaged())?)) {
            number if number.is_finite() => Value::from(number).to_string(),
            _ => return Ok(false),
        },
        (Physical::Fixed(_) | Physical::Bytes, Meaning::Decimal { scale }) if raw.len() <= 16 => {
            // The highest byte first, and its sign with it.
            let negative = raw.first().is_some_and(|b| b & 0x80 != 0);
            decimal(raw.iter().fold(if negative { -1i128 } else { 0 }, |n, b| n << 8 | i128::from(*b)), scale)
        }
        (Physical::Fixed(_) | Physical::Bytes, _) => {
            let text = match std::str::from_utf8(raw) {
                Ok(text) => return string(text, json),
                Err(_) if meaning == Meaning::Text => String::from_utf8_lossy(raw).into_owned(),
                Err(_) => BASE64_STANDARD.encode(raw),
            };
            return string(&text, json);
        }
    };
    json.extend_from_slice(text.as_bytes());
    Ok(true)
}

fn damaged() -> Fault {
    broken("a value is damaged")
}

fn string(text: &str, json: &mut Vec<u8>) -> Result<bool, Fault> {
    serde_json::to_writer(json, text).map_err(|_| damaged())?;
    Ok(true)
}

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn whole(raw: &[u8], meaning: Meaning) -> Result<String, Fault> {
    let signed = match *raw {
        [a, b, c, d] => i64::from(i32::from_le_bytes([a, b, c, d])),
        _ => i64::from_le_bytes(raw.try_into().map_err(|_| damaged())?),
    };
    Ok(match meaning {
        Meaning::Unsigned if raw.len() == 4 => (signed as u32).to_string(),
        Meaning::Unsigned => (signed as u64).to_string(),
        Meaning::Decimal { scale } => decimal(i128::from(signed), scale),
        Meaning::Date => {
            let time = instant(i128::from(signed) * NANOS_OF_DAY, Unit::Millis, false)?;
            quoted(time.split('T').next().unwrap_or_default())
        }
        Meaning::Time(unit) => {
            let time = instant(nanos(signed, unit), unit, false)?;
            quoted(time.split_once('T').map_or("", |(_, time)| time))
        }
        Meaning::Timestamp { unit, utc } => quoted(&instant(nanos(signed, unit), unit, utc)?),
        _ => signed.to_string(),
    })
}

fn nanos(number: i64, unit: Unit) -> i128 {
    i128::from(number)
        * match unit {
            Unit::Millis => 1_000_000,
            Unit::Micros => 1_000,
            Unit::Nanos => 1,
        }
}

/// RFC 3339 with as many digits as the unit has; without a zone where the time is nobody's in particular.
fn instant(nanos: i128, unit: Unit, utc: bool) -> Result<String, Fault> {
    let time = Timestamp::from_nanosecond(nanos).map_err(|_| broken("a time is beyond the year 9999"))?;
    let time = Offset::UTC.to_datetime(time);
    let text = match unit {
        Unit::Millis => format!("{time:.3}"),
        Unit::Micros => format!("{time:.6}"),
        Unit::Nanos => format!("{time:.9}"),
    };
    Ok(if utc { text + "Z" } else { text })
}

/// A number with its point moved to the left. Digits are kept as they are.
fn decimal(number: i128, scale: u32) -> String {
    let scale = scale.min(38) as usize;
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let sign = if number < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let size = match bits >> 10 & 0x1f {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1.0 + fraction / 1024.0) * 2f64.powi(i32::from(exponent) - 15),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}
