//! Which events of a long session have a line of their own, and what the others are told as.

use super::{at, complaint};
use crate::build::{Context, describe, person, plural};
use crate::draft::{Actor, TimelineEntry};
use crate::statement::{Basis, Origin, Statement};
use hindcast_detect::finding;
use hindcast_trace::model::{EventKind, Role};
use std::ops::Range;

/// Lines up to which every event has its own.
const FULL: usize = 60;
/// Events of a longer session that have one, at most: what a person still reads from end to end.
const MOST: usize = 120;
/// The same in a session in which nothing was found.
const MOST_QUIET: usize = 40;
/// Events kept before and after a finding's.
const AROUND: u32 = 2;
/// Tools that a folded line names.
const NAMED: usize = 4;

/// Whether each event has a line of its own. In a long session these are, in order of weight and as far as there is
/// room: the first and last ones, those of findings and leads, and the user's complaints; what stands beside these; what
/// the findings rest on, and what guards, errors and handoffs say; writes, if anything was found.
pub fn kept(cx: &Context<'_>) -> Vec<bool> {
    let events = &cx.input.trace.events;
    let count = events.len() as u32;
    if events.len() <= FULL {
        return vec![true; events.len()];
    }
    let mut order: Vec<u32> = (0..3).chain(count - 2..count).collect();
    let mut centers: Vec<u32> = cx.findings.iter().chain(&cx.leads).map(|f| f.event).collect();
    centers.extend(complaint::events(cx));
    order.extend(&centers);
    for distance in 1..=AROUND {
        order.extend(centers.iter().flat_map(|&event| [event.saturating_sub(distance), event + distance]));
    }
    order.extend(cx.findings.iter().flat_map(|f| f.considered.iter().map(|c| c.event)));
    let by_people = cx.findings.iter().filter(|f| person::is_person(f)).flat_map(|f| f.bases());
    order.extend(by_people.map(|basis| match basis {
        finding::Basis::Quote(cite) => cite.event(),
        finding::Basis::Absence { scope, .. } => scope.0,
    }));
    let marked = (0..count).zip(events).filter(|(_, e)| {
        matches!(
            e.kind,
            EventKind::Guardrail { .. }
                | EventKind::Handoff { .. }
                | EventKind::Context { .. }
                | EventKind::Error { .. }
        )
    });
    order.extend(marked.map(|(i, _)| i));
    let quiet = cx.findings.is_empty() && cx.leads.is_empty();
    let writes = cx.session.calls.iter().filter(|c| !quiet && c.is_write());
    order.extend(writes.flat_map(|c| [Some(c.event), c.result.as_ref().map(|r| r.event)].into_iter().flatten()));
    let mut keep = vec![false; events.len()];
    let mut room = if quiet { MOST_QUIET } else { MOST };
    for index in order {
        let Some(keep) = keep.get_mut(index as usize).filter(|k| !**k && room > 0) else { continue };
        *keep = true;
        room -= 1;
    }
    keep
}

/// A stretch in one line: who did how much in it, how long it took, and how it begins and ends.
pub fn entry(cx: &mut Context<'_>, events: Range<u32>) -> Option<TimelineEntry> {
    let (first, last) = (events.start, events.end - 1);
    let mut words = format!("{} events (events {} to {}", events.len(), first + 1, last + 1);
    if let (Some(from), Some(to)) = (at(cx, first), at(cx, last)) {
        words.push_str(&format!(", within {} s", to.duration_since(from).as_secs().max(0)));
    }
    words.push_str(&format!("): {}; it begins and ends with", counts(cx, events.clone())));
    let mut quotes = Vec::new();
    for index in [first, last] {
        if let Some((text, length)) = describe::event(cx.session, index).quote.filter(|(_, length)| *length > 0) {
            let length = text.text.floor_char_boundary(length.min(EXCERPT));
            quotes.extend(cx.citer.text(index, text, 0..length).map(Basis::Quote));
        }
    }
    let mut quotes = quotes.into_iter();
    let basis = quotes.next().unwrap_or_else(|| Basis::Absence {
        sought: "words to quote".to_owned(),
        from_event: first + 1,
        to_event: last + 1,
    });
    if matches!(basis, Basis::Absence { .. }) {
        words = words.trim_end_matches("; first and last quoted").to_owned();
    }
    Some(TimelineEntry {
        statement: Statement::new(Origin::Analysis("timeline".to_owned()), words, basis, quotes),
        actor: Actor::Several,
        name: None,
        at: at(cx, first).map(|t| t.to_string()),
        quality: cx.session.event(first).time.map(|t| t.quality).into(),
        learned: false,
        event: Some(first + 1),
        folded: events.len() as u32,
        findings: Vec::new(),
    })
}

/// Bytes that the ends of a stretch quote.
const EXCERPT: usize = 80;

/// "10 messages of the user, 12 of the agent, 9 calls (refund 8, find 1)".
fn counts(cx: &Context<'_>, events: Range<u32>) -> String {
    let (mut user, mut agent, mut calls, mut others) = (0, 0, 0, 0);
    let mut tools: Vec<(&str, usize)> = Vec::new();
    for event in events.map(|i| cx.session.event(i)) {
        match &event.kind {
            EventKind::Message { role: Role::User, .. } => user += 1,
            EventKind::Message { role: Role::Assistant, .. } => agent += 1,
            EventKind::ToolCall { name, .. } => {
                calls += 1;
                match tools.iter_mut().find(|(known, _)| *known == name.text) {
                    Some((_, n)) => *n += 1,
                    None => tools.push((&name.text, 1)),
                }
            }
            EventKind::ToolResult { .. } => {}
            _ => others += 1,
        }
    }
    tools.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let more = tools.len().saturating_sub(NAMED);
    let mut names: Vec<String> = tools.iter().take(NAMED).map(|(name, n)| format!("{name} {n}")).collect();
    names.extend((more > 0).then(|| format!("{more} more")));
    let parts = [
        (user > 0).then(|| plural(user, "message", "messages") + " from the user"),
        (agent > 0).then(|| plural(agent, "message", "messages") + " from the agent"),
        (calls > 0).then(|| format!("{} ({})", plural(calls, "call", "calls"), names.join(", "))),
        (others > 0).then(|| plural(others, "other event", "other events")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "tool results".to_owned() } else { parts.join(", ") }
}
