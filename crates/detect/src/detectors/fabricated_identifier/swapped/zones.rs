//! Times of day in UTC that are told as they stand, though the session names another zone.

use super::Swap;
use crate::finding::Cite;
use crate::origin::grounding::Sources;
use crate::prose::Prose;
use crate::values::typed::clock::{self, Clock};
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
                 zone: &TimeZone| { in_zone(source.text.get(range.clone()), zone) };
    let right: Vec<i64> = zones.iter().take(8).flat_map(|(z, _)| moments.iter().filter_map(|m| there(m, z))).collect();
    let an_hour_off = || an_hour_off(prose, sources, &told, &right, &local, named);
    let as_it_stands = told.iter().find_map(|t| {
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
    });
    as_it_stands.or_else(an_hour_off)
}

/// A time of day that is one hour beside a moment of the session in the only zone that it names.
fn an_hour_off(
    prose: &Prose<'_>,
    sources: &Sources<'_>,
    told: &[Clock],
    right: &[i64],
    local: &[i64],
    named: &str,
) -> Option<Swap> {
    const HOUR: i64 = 60;
    let zones = sources.between(0, prose.event).flat_map(|s| ZONE.iter().flat_map(|r| r.find_iter(s.text)));
    // With several zones, or something that lasts an hour, the time may be another one.
    if zones.take(MOST).any(|m| m.as_str() != named)
        || sources.between(0, prose.event).any(|s| s.number(HOUR * 100).is_some())
    {
        return None;
    }
    let given = |m: i64| right.contains(&m) || local.contains(&m);
    let off = |t: &&Clock| {
        let near = [t.minute - HOUR, t.minute + HOUR];
        let near = near.into_iter().find(|m| right.contains(m) && !told.iter().any(|o| o.minute == *m));
        near.filter(|_| !given(t.minute) && !given((t.minute + 720) % 1440))
    };
    let (clock, there) = told.iter().find_map(|t| Some((t, off(&t)?)))?;
    let (source, range) = sources.between(0, prose.event).find_map(|source| {
        let moments = UTC.iter().flat_map(|r| r.find_iter(source.text)).take(MOST);
        let zone = zone(named)?;
        let found =
            moments.map(|m| m.range()).find(|range| in_zone(source.text.get(range.clone()), &zone) == Some(there))?;
        Some((source, found))
    })?;
    let cite = Cite::of(source.event, source.whole, range)?;
    let said = prose.text.text.get(clock.range.clone())?;
    let at = format!("{:02}:{:02}", there / HOUR, there % HOUR);
    Some(Swap {
        path: "zone-hour",
        told: clock.range.clone(),
        title: format!("Said \"{said}\" for {}, which is {at} in {named}", cite.text()),
        detail: format!(
            "The agent says \"{said}\". The session names the zone {named}, where {} is {at}; nothing gives \"{said}\".",
            cite.text()
        ),
        source: cite,
    })
}

/// The minute of the day of a moment in a zone.
fn in_zone(moment: Option<&str>, zone: &TimeZone) -> Option<i64> {
    let text = moment?;
    // A moment is often written without its seconds.
    let full = if text.len() == 17 { format!("{}:00Z", text.trim_end_matches('Z')) } else { text.to_owned() };
    let at = zone.to_datetime(full.parse::<Timestamp>().ok()?);
    Some(i64::from(at.hour()) * 60 + i64::from(at.minute()))
}
