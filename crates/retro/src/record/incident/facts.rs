//! What an incident knows, as facts for a draft.

use super::{IncidentFacts, Moment, Point};
use crate::facts::{self, Facts, FactsError, Mark};
use jiff::Timestamp;
use std::fmt::Write;

/// What statements call the facts file that a person uploaded.
pub const FACTS_FILE: &str = "facts.yaml";

/// What the incident knows as facts: statements that rest on it read `INC-12 line 3`, and [`yaml`] gives these lines.
/// Where the uploaded facts file has an entry, that one counts, and the statement names the file.
///
/// # Errors
/// Where moments contradict each other, alone or together with the uploaded file, or where that file is wrong.
pub fn facts(incident: &IncidentFacts) -> Result<Facts, FactsError> {
    let uploaded = incident.facts.as_deref().map(|yaml| facts::parse(yaml, FACTS_FILE)).transpose()?;
    let moments = counting(incident, uploaded.as_ref());
    let wrong = contradictions(&moments.iter().map(|m| (*m).clone()).collect::<Vec<_>>());
    if !wrong.is_empty() {
        return Err(FactsError::new(&incident.reference, wrong.join(" ")));
    }
    let own = facts::parse(&yaml(incident), &incident.reference)?;
    let mut facts = match uploaded {
        Some(uploaded) => uploaded.fill_from(own)?,
        None => own,
    };
    facts.twice = twice(incident, facts.clock());
    Ok(facts)
}

/// When the incident itself says that the policy's clock starts.
pub fn clock(moments: &[Moment]) -> Option<Timestamp> {
    let at = |point: Point| moments.iter().find(|m| m.point == point).map(|m| m.at);
    // Who reports it is a person.
    at(Point::Aware).or_else(|| at(Point::Reported))
}

/// The incident's time beside the one that counts, where the two are not the same.
fn twice(incident: &IncidentFacts, counts: Option<Timestamp>) -> Option<String> {
    let (own, counts) = (clock(&incident.moments)?, counts?);
    let reference = &incident.reference;
    (own != counts).then(|| {
        format!("{FACTS_FILE} sets the awareness time to {counts}, {reference} to {own}; {FACTS_FILE} takes precedence")
    })
}

/// The lines that statements name: what the incident knows, without what the uploaded file tells instead.
pub fn yaml(incident: &IncidentFacts) -> String {
    let uploaded = incident.facts.as_deref().and_then(|yaml| facts::parse(yaml, FACTS_FILE).ok());
    let mut out = String::new();
    let mut line = |before: &str, text: &str| {
        // JSON is YAML, and its quoting leaves no line break.
        let text = serde_json::Value::from(text.trim()).to_string();
        let _ = writeln!(out, "{before}: {}", printable(&text));
    };
    let told = |text: &Option<String>| text.clone().filter(|t| !t.trim().is_empty());
    if let Some(title) = told(&incident.title).filter(|_| uploaded.as_ref().is_none_or(|u| u.title.is_none())) {
        line("title", &title);
    }
    if let Some(agent) = told(&incident.agent).filter(|_| uploaded.as_ref().is_none_or(|u| u.agent.is_none())) {
        line("agent", &agent);
    }
    let mut moments = counting(incident, uploaded.as_ref());
    moments.sort_by_key(|m| m.point);
    // One that is told twice in the same way is one.
    moments.dedup_by_key(|m| m.point);
    for moment in moments {
        let _ = writeln!(out, "{}:", moment.point.entry());
        for (key, text) in [("at", &moment.at.to_string()), ("by", &moment.by), ("source", &moment.source)] {
            if !text.trim().is_empty() {
                let text = serde_json::Value::from(text.trim()).to_string();
                let _ = writeln!(out, "  {key}: {}", printable(&text));
            }
        }
    }
    out
}

/// Characters that YAML does not allow as they are, as escapes.
pub(super) fn printable(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        let bare = matches!(c, ' '..='~' | '\u{a0}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..);
        match bare {
            true => out.push(c),
            false => drop(write!(out, "\\u{:04x}", u32::from(c))),
        }
    }
    out
}

/// The moments that the uploaded file does not tell.
fn counting<'a>(incident: &'a IncidentFacts, uploaded: Option<&Facts>) -> Vec<&'a Moment> {
    let told = |point: Point| uploaded.and_then(|u| u.mark(point.entry())).is_some_and(Mark::is_told);
    incident.moments.iter().filter(|m| !told(m.point)).collect()
}

/// What cannot be true of these moments, in words; empty where nothing is wrong.
pub fn contradictions(moments: &[Moment]) -> Vec<String> {
    let mut wrong = Vec::new();
    for point in Point::ALL {
        let mut of = moments.iter().filter(|m| m.point == point);
        let Some(first) = of.next() else { continue };
        if let Some(other) = of.find(|m| m.at != first.at) {
            wrong.push(format!(
                "“{}” has two times, {} and {}. Keep the correct one.",
                point.label(),
                first.at,
                other.at
            ));
        }
    }
    for (before, after) in facts::ORDERS {
        let at = |entry: &str| moments.iter().find(|m| m.point.entry() == entry);
        let (Some(first), Some(second)) = (at(before), at(after)) else { continue };
        if second.at < first.at {
            wrong.push(format!(
                "“{}” is at {}, before “{}” at {}. One of the two times is wrong; check their zones.",
                second.point.label(),
                second.at,
                first.point.label(),
                first.at
            ));
        }
    }
    wrong
}

#[cfg(test)]
mod tests;
