//! What the beginning and the end of a file say, without reading all of it: enough to put thousands of sessions in order.

use jiff::Timestamp;
use memchr::memmem;

/// Bytes that are read of a file's beginning.
pub const HEAD: u64 = 16 << 10;
/// Bytes that are read of a file's end.
pub const TAIL: u64 = 64 << 10;

/// Members that hold a time in the files of agents.
const TIMES: [&str; 12] = [
    "timestamp",
    "time",
    "ts",
    "updated",
    "updated_at",
    "lastUpdated",
    "completed",
    "created",
    "created_at",
    "end_time",
    "endTime",
    "endTimeUnixNano",
];
/// 2015: earlier numbers are no times of an agent's session.
const EARLIEST: i64 = 1_420_070_400_000;
/// A clock may be ahead, and a time without a zone is off by up to 14 hours.
const AHEAD: i64 = 24 * 3_600_000;

/// The latest time that stands in the end of a file, in milliseconds since 1970; not later than when the file was written.
///
/// What a tool returned stands in strings, with its quotes escaped, and is passed over.
pub fn last_time(tail: &[u8], written: i64) -> Option<i64> {
    let possible = |ms: &i64| (EARLIEST..=written.saturating_add(AHEAD)).contains(ms);
    TIMES.iter().flat_map(|name| members(tail, name)).filter_map(time).filter(possible).max()
}

/// The first string member of this name.
pub fn string<'b>(head: &'b [u8], name: &str) -> Option<&'b str> {
    members(head, name).find_map(quoted)
}

/// What stands behind each member of this name.
fn members<'b>(bytes: &'b [u8], name: &str) -> impl Iterator<Item = &'b [u8]> {
    let key = format!("\"{name}\"").into_bytes();
    let at: Vec<usize> = memmem::find_iter(bytes, &key).collect();
    at.into_iter().filter_map(move |at| {
        let escaped = at > 0 && bytes[at - 1] == b'\\';
        let rest = bytes[at + key.len()..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        (!escaped).then_some(rest)
    })
}

fn quoted(value: &[u8]) -> Option<&str> {
    let value = value.strip_prefix(b"\"")?;
    let end = memchr::memchr2(b'"', b'\\', value).filter(|end| value[*end] == b'"')?;
    std::str::from_utf8(&value[..end]).ok()
}

/// A time in milliseconds since 1970, whatever its notation.
fn time(value: &[u8]) -> Option<i64> {
    if let Some(text) = quoted(value) {
        if let Ok(at) = text.parse::<Timestamp>() {
            return Some(at.as_millisecond());
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            return number(text.as_bytes());
        }
        let local: jiff::civil::DateTime = text.parse().ok()?;
        return Some(local.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond());
    }
    number(value)
}

fn number(value: &[u8]) -> Option<i64> {
    let end = value.iter().position(|b| !matches!(b, b'0'..=b'9' | b'.')).unwrap_or(value.len());
    let number: f64 = std::str::from_utf8(&value[..end.min(32)]).ok()?.parse().ok()?;
    // Seconds, milliseconds, microseconds or nanoseconds: of these times they are three digits apart.
    [1000.0, 1.0, 1e-3, 1e-6].into_iter().map(|unit| (number * unit) as i64).find(|ms| (EARLIEST..1 << 42).contains(ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAY: i64 = 1_777_888_800_000;

    #[test]
    fn the_last_time_is_found_in_every_notation() {
        for text in [
            r#"{"timestamp":"2026-05-04T10:00:00.000Z"}"#,
            r#"{"timestamp": "2026-05-04T12:00:00+02:00","message":"#,
            r#"{"timestamp":"2026-05-04T10:00:00.000000"}"#,
            r#"{"time":{"created":1777888700000,"completed":1777888800000}}"#,
            r#"{"timestamp": 1777888800.0, "message"#,
            r#"{"ts":1777888800000}"#,
            r#"{"endTimeUnixNano":"1777888800000000000"}"#,
        ] {
            assert_eq!(last_time(text.as_bytes(), MAY + 1), Some(MAY), "{text}");
        }
    }

    #[test]
    fn a_time_in_a_tools_words_and_an_impossible_one_are_passed_over() {
        for text in [
            r#"{"content":"{\"timestamp\":\"2026-05-04T10:00:00Z\"}"}"#,
            r#"{"timestamp":"2031-01-01T00:00:00Z"}"#,
            r#"{"timestamp":"1970-01-01T00:00:00Z","ts":12,"time":true,"created":null}"#,
            r#"{"timestamp":"#,
            "",
        ] {
            assert_eq!(last_time(text.as_bytes(), MAY + 1), None, "{text}");
        }
    }

    #[test]
    fn a_member_is_read_from_the_beginning() {
        let head = br#"{"type":"session_meta","payload":{"source":{"subagent":{"parent_thread_id":"s1"}}}}"#;
        assert_eq!(string(head, "parent_thread_id"), Some("s1"));
        assert_eq!(string(head, "source"), None);
    }
}
