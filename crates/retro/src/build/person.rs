//! Findings of people: like those of detectors, except that a person says them.

use super::{Input, describe};
use crate::facts::{Cited, Facts};
use crate::statement::Origin;
use hindcast_detect::Session;
use hindcast_detect::finding::{Basis, Cite, Finding};
use hindcast_trace::model::{EventKind, Role};

/// What stands in the place of a detector's id.
pub const PERSON: &str = "person";

/// The findings of the facts file that this session bears out.
pub fn findings(input: &Input<'_>, session: &Session<'_>) -> Vec<Finding> {
    input.facts.cited(input.trace).iter().filter_map(|cited| finding(session, cited)).collect()
}

/// True for a finding of a person.
pub fn is_person(finding: &Finding) -> bool {
    finding.detector == PERSON
}

/// Who says a finding.
pub fn origin(facts: &Facts, finding: &Finding) -> Origin {
    match is_person(finding) {
        true => Origin::Person(facts.findings_file().to_owned()),
        false => Origin::Detector(finding.detector.to_owned()),
    }
}

fn finding(session: &Session<'_>, cited: &Cited<'_>) -> Option<Finding> {
    let of_event = |event: u32| {
        let quoted = describe::event(session, event).quote;
        quoted
            .and_then(|(text, length)| Cite::of(event, text, 0..length))
            .map_or_else(|| Basis::Absence { sought: "words to quote".to_owned(), scope: (event, event) }, Basis::Quote)
    };
    let quotes = cited.quotes.iter().cloned().map(Basis::Quote);
    let mut bases = quotes.chain(cited.events.iter().map(|&event| of_event(event)));
    let mut events: Vec<u32> = cited.quotes.iter().map(Cite::event).chain(cited.events.iter().copied()).collect();
    events.sort_unstable();
    // The agent's own step is the wrong one; what is cited beside it is what the step should have heeded.
    let wrong = events.iter().copied().find(|&e| is_by_agent(session, e)).or_else(|| events.first().copied())?;
    let of = cited.finding;
    let first = bases.next()?;
    let mut made = Finding::new(PERSON, of.category.value, wrong, of.heading(), first).detail(of.what.value.trim());
    for basis in bases {
        made = made.and(Some(basis));
    }
    let tools = std::iter::once(wrong).chain(events).filter_map(|event| match &session.event(event).kind {
        EventKind::ToolCall { name, .. } => Some(name.text.as_str()),
        EventKind::ToolResult { name, .. } => Some(name.as_str()),
        _ => None,
    });
    Some(tools.filter(|t| !t.is_empty()).fold(made, Finding::tool))
}

/// True for what the agent said, thought or did.
pub fn is_by_agent(session: &Session<'_>, event: u32) -> bool {
    matches!(
        session.event(event).kind,
        EventKind::Message { role: Role::Assistant, .. }
            | EventKind::Reasoning { .. }
            | EventKind::ToolCall { .. }
            | EventKind::Handoff { .. }
    )
}
