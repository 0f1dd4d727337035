//! Names, times and numbers for people.

use super::text::Text;
use crate::markdown::words::offset;
use hindcast_retro::draft::Quality;

/// A moment, and how good it is.
pub struct When {
    /// Machine-readable, where it is a moment of the calendar.
    pub iso: Option<Text>,
    /// `08:07:12.345`, or an offset.
    pub clock: Text,
    /// `24 November 2026`, where it is a moment of the calendar.
    pub day: Option<String>,
    /// exact, relative, estimated or no time.
    pub quality: &'static str,
}

impl When {
    /// A time of the draft with its quality.
    pub fn new(at: Option<&str>, quality: Quality) -> Self {
        let quality_word = match quality {
            _ if at.is_none() => "no time",
            Quality::Exact => "exact",
            Quality::Relative => "relative",
            Quality::Estimated => "estimated",
            Quality::None => "no time",
        };
        let stamp = at.and_then(|t| t.parse::<jiff::Timestamp>().ok());
        let (iso, clock, day) = match (at, stamp) {
            (_, Some(stamp)) if offset(stamp).is_some() => (None, offset(stamp).unwrap_or_default(), None),
            (Some(at), Some(stamp)) => {
                let clock = if stamp.subsec_millisecond() == 0 {
                    stamp.strftime("%H:%M:%S")
                } else {
                    stamp.strftime("%H:%M:%S.%3f")
                };
                (Some(Text::line(at)), clock.to_string(), Some(stamp.strftime("%-d %B %Y").to_string()))
            }
            // What a person wrote by hand may not parse; it is still what they said.
            (Some(at), None) => (None, at.to_owned(), None),
            (None, _) => (None, "–".to_owned(), None),
        };
        When { iso, clock: Text::line(&clock), day, quality: quality_word }
    }

    /// A time that is exact wherever it is known.
    pub fn known(at: Option<&str>) -> Self {
        Self::new(at, if at.is_some() { Quality::Exact } else { Quality::None })
    }
}

/// Seconds as `1 h 25 min`: seconds matter below an hour only.
pub fn duration(seconds: i64) -> String {
    let sign = if seconds < 0 { "−" } else { "" };
    let s = seconds.unsigned_abs();
    let units = [(s / 86_400, "d"), (s / 3600 % 24, "h"), (s / 60 % 60, "min"), (s % 60, "s")];
    let Some(first) = units.iter().position(|(n, _)| *n > 0) else { return "0 s".to_owned() };
    let last = if first < 2 { 3 } else { 4 };
    let parts: Vec<_> =
        units[first..last].iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n} {unit}")).collect();
    format!("{sign}{}", parts.join(" "))
}

/// A number with thousands apart.
pub fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

/// Parts per million as a percentage.
pub fn percent(ppm: u32) -> String {
    let value = f64::from(ppm) / 10_000.0;
    if value < 10.0 { format!("{value:.2}\u{202f}%") } else { format!("{value:.1}\u{202f}%") }
}

/// Bytes in a readable unit.
pub fn size(bytes: usize) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// A word of the record as a heading: `tool_design` is `Tool design`.
pub fn heading(word: &str) -> String {
    let named = match word {
        "context" => "Context engineering",
        "aware" => "Person aware",
        "system" => "System contribution",
        "behavior" => "LLM behavior analysis",
        "delay" => "Detection delay",
        "actions" => "Action items",
        _ => "",
    };
    if !named.is_empty() {
        return named.to_owned();
    }
    let spaced = word.replace('_', " ");
    let mut chars = spaced.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_in_their_largest_units() {
        assert_eq!(duration(0), "0 s");
        assert_eq!(duration(5101), "1 h 25 min");
        assert_eq!(duration(-90), "−1 min 30 s");
        assert_eq!(duration(86_400 * 3 + 30), "3 d");
        assert_eq!(duration(91_500), "1 d 1 h 25 min");
    }

    #[test]
    fn times_say_how_good_they_are() {
        let when = When::new(Some("2026-11-24T08:07:12.5Z"), Quality::Estimated);
        assert_eq!((when.clock.to_string().as_str(), when.quality), ("08:07:12.500", "estimated"));
        assert_eq!(when.day.as_deref(), Some("24 November 2026"));
        assert_eq!(When::new(Some("1970-01-01T00:01:05.25Z"), Quality::Relative).clock.to_string(), "+1:05.250");
        assert_eq!(When::known(Some("1970-01-01T00:00:04Z")).clock.to_string(), "+4.000 s");
        assert_eq!(When::new(None, Quality::None).quality, "no time");
        assert_eq!(When::known(Some("<soon>")).clock.to_string(), "&lt;soon&gt;");
    }

    #[test]
    fn numbers() {
        assert_eq!(number(1_204), "1\u{202f}204");
        assert_eq!(percent(5_800), "0.58\u{202f}%");
        assert_eq!(heading("tool_design"), "Tool design");
    }
}
