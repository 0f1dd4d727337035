//! Times of day in UTC that are told as they stand, though the session names another zone.

use super::Swap;
use crate::finding::Cite;
use crate::origin::grounding::Sources;
use crate::prose::Prose;
use crate::values::typed::clock;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use regex::Regex;
use std::sync::LazyLock;

static UTC: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T([0-9]{2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,9})?)?Z").ok()
});
static ZONE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z][A-Za-z_/]{2,30}|UTC\s?[+-]\s?[0-9]{1,2}(?-u:\b)").ok()
});
/// The rules of zones that the program brings along: no file of the machine is read.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
/// No more moments and zones are looked at.
const MOST: usize = 200;

fn zone(name: &str) -> Option<TimeZone> {
    let Some(hours) = name.strip_prefix("UTC") else { return ZONES.get(name).ok() };
    let hours: i8 = hours.replace(char::is_whitespace, "").parse().ok()?;
    Some(TimeZone::fixed(Offset::from_hours(hours).ok()?))
}

/// A time of day that stands in the session as UTC only, and is another one in every zone that the session names.
pub(super) fn of(prose: &Prose<'_>, sources: &Sources<'_>) -> Option<Swap> {
    if prose.lower.contains("utc") || prose.lower.contains("gmt") {
        return None;
    }
    let told = clock::clocks(&prose.text.text, false);
    if told.is_empty() {
        return None;
    }
    // Nearly no session names a zone or has a moment in UTC; times of day are looked for only where it has both.
    let mut zones = Vec::new();
    for source in sources.between(0, prose.event) {
        let named = ZONE.iter().flat_map(|r| r.find_iter(source.text)).take(MOST);
        zones.extend(named.filter_map(|m| zone(m.as_str()).map(|z| (z, m.as_str()))).take(8));
    }
    let (_, named) = zones.first()?;
    let mut moments = Vec::new();
    for source in sources.between(0, prose.event) {
        for c in UTC.iter().flat_map(|r| r.captures_iter(source.text)).take(MOST.saturating_sub(moments.len())) {
            let number = |group: usize| c.get(group).and_then(|m| m.as_str().parse::<i64>().ok());
            if let (Some(whole), Some(hour), Some(minute)) = (c.get(0), number(1), number(2)) {
                moments.push((source, whole.range(), hour * 60 + minute));
            }
        }
    }
    if moments.is_empty() {
        return None;
    }
    let clocks = sources.between(0, prose.event).flat_map(|source| source.clocks());
    let local: Vec<i64> = clocks.filter(|c| !c.utc).map(|c| c.minute).collect();
    let there = |(source, range, _): &(&crate::origin::grounding::Source<'_>, std::ops::Range<usize>, i64),
                 zone: &TimeZone| {
        let text = source.text.get(range.clone())?;
        // A moment is often written without its seconds.
        let full = if text.len() == 17 { format!("{}:00Z", text.trim_end_matches('Z')) } else { text.to_owned() };
        let at = zone.to_datetime(full.parse::<Timestamp>().ok()?);
        Some(i64::from(at.hour()) * 60 + i64::from(at.minute()))
    };
    let right: Vec<i64> = zones.iter().take(8).flat_map(|(z, _)| moments.iter().filter_map(|m| there(m, z))).collect();
    told.iter().find_map(|t| {
        // "5:30" without a half of the day may be either.
        let is = |m: i64| m == t.minute;
        if right.iter().chain(&local).any(|m| is(*m) || (m + 720) % 1440 == t.minute) {
            return None;
        }
        let moment = moments.iter().find(|(_, _, m)| is(*m))?;
        let cite = Cite::of(moment.0.event, moment.0.whole, moment.1.clone())?;
        let said = prose.text.text.get(t.range.clone())?;
        Some(Swap {
            path: "zone",
            told: t.range.clone(),
            title: format!("Said \"{said}\" for {}, which is in UTC", cite.text()),
            detail: format!(
                "The agent says \"{said}\". The session has this time only in UTC ({}), and names the zone {named}, where it is another one.",
                cite.text()
            ),
            source: cite,
        })
    })
}
