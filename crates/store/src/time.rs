//! Times as texts whose order is their order in time.

use crate::StoreError;
use jiff::{SignedDuration, Timestamp, Unit};

/// RFC 3339, UTC, always with three digits of milliseconds.
pub(crate) fn text(at: Timestamp) -> String {
    // Rounding down, so that a time read back is never later than the one written.
    let ms = at.as_millisecond();
    let at = Timestamp::from_millisecond(ms).unwrap_or(at);
    format!("{at:.3}")
}

/// The time that [`text`] wrote.
pub(crate) fn parse(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt(format!("the time `{text}`")))
}

/// The same for a time that may be absent.
pub(crate) fn parse_opt(text: Option<String>) -> Result<Option<Timestamp>, StoreError> {
    text.as_deref().map(parse).transpose()
}

/// A time some seconds later.
pub(crate) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(at).round(Unit::Millisecond).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_texts_is_order_in_time() {
        let times = ["2026-11-25T10:00:00Z", "2026-11-25T10:00:00.5Z", "2026-11-25T10:00:01Z", "2027-01-01T00:00:00Z"];
        let texts: Vec<String> = times.iter().map(|t| text(t.parse().expect("a time"))).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(texts[1], "2026-11-25T10:00:00.500Z");
        assert_eq!(text(parse(&texts[1]).expect("reads")), texts[1]);
    }
}
