//! Section 1: what happened when.

mod complaint;
mod fold;

use super::{Context, describe};
use crate::draft::{Actor, Behavior, FindingEntry, Quality, Timeline, TimelineEntry};
use crate::facts::Mark;
use crate::statement::{Basis, Origin, Quote, Statement};
use jiff::Timestamp;

/// Tells the session in lines; in a long one, stretches that matter less are folded.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Timeline {
    let count = cx.input.trace.events.len() as u32;
    let keep = fold::kept(cx);
    let mut entries = Vec::new();
    let mut index = 0;
    while index < count {
        let end = (index..count).find(|&i| keep[i as usize]).unwrap_or(count);
        if end > index + 1 {
            entries.extend(fold::entry(cx, index..end));
            index = end;
            continue;
        }
        entries.extend(lines(cx, index, behavior));
        index += 1;
    }
    entries.extend(people(cx));
    order(&mut entries);
    Timeline { entries }
}

/// The time of an event, as people read it.
fn at(cx: &Context<'_>, index: u32) -> Option<Timestamp> {
    cx.session.event(index).time.and_then(|t| Timestamp::from_nanosecond(i128::from(t.ns)).ok())
}

/// Parts of one message that have a line each; the line of the last says how many more there are.
const PARTS: usize = 24;

/// The lines of an event: one, and one more for each further part of a message.
fn lines(cx: &mut Context<'_>, index: u32, behavior: &Behavior) -> Vec<TimelineEntry> {
    let told = describe::event(cx.session, index);
    let more = told.more.clone();
    let continued = if told.words == "instructions" { "instructions (continued)" } else { "says (continued)" };
    let findings: Vec<&FindingEntry> = behavior.findings.iter().filter(|f| f.event == index + 1).collect();
    let Some(first) = entry(cx, index, &told) else { return Vec::new() };
    let mut lines = vec![first];
    let mut left_out = 0;
    for text in more {
        let quote = cx.citer.text(index, text, 0..describe::excerpt(&text.text));
        let Some(quote) = quote else { continue };
        // What a finding rests on is told in any case.
        if lines.len() >= PARTS && !findings.iter().any(|f| stands_on(f, &quote)) {
            left_out += 1;
            continue;
        }
        let words = continued.to_owned();
        let statement = Statement::new(Origin::Analysis("timeline".to_owned()), words, Basis::Quote(quote), []);
        lines.push(TimelineEntry { statement, ..lines[0].clone() });
    }
    if let Some(last) = lines.last_mut().filter(|_| left_out > 0) {
        last.statement.text = format!("{}; {left_out} more parts of this message are not quoted", last.statement.text);
    }
    for finding in findings {
        let own = lines.iter().position(|line| line.statement.quotes().any(|quote| stands_on(finding, quote)));
        lines[own.unwrap_or(0)].findings.push(finding.statement.id.clone());
    }
    lines
}

/// True where a finding quotes the text that this quote is of.
fn stands_on(finding: &FindingEntry, quote: &Quote) -> bool {
    let same = |q: &Quote| q.event == quote.event && q.evidence == quote.evidence && q.locator == quote.locator;
    finding.statement.quotes().any(same)
}

fn entry(cx: &mut Context<'_>, index: u32, told: &describe::Described<'_>) -> Option<TimelineEntry> {
    let basis = match told.quote {
        Some((text, len)) if len > 0 => cx.citer.text(index, text, 0..len).map(Basis::Quote)?,
        // A change of the model's view is seen by comparing two requests: it is the absence that is told.
        _ => Basis::Absence { sought: "words to quote".to_owned(), from_event: index + 1, to_event: index + 1 },
    };
    Some(TimelineEntry {
        statement: Statement::new(Origin::Analysis("timeline".to_owned()), told.words.clone(), basis, []),
        actor: told.actor,
        name: told.name.clone(),
        at: at(cx, index).map(|t| t.to_string()),
        quality: cx.session.event(index).time.map(|t| t.quality).into(),
        learned: false,
        event: Some(index + 1),
        folded: 1,
        findings: Vec::new(),
    })
}

/// What people added: reports, alerts, changes.
fn people(cx: &Context<'_>) -> Vec<TimelineEntry> {
    let facts = cx.input.facts;
    let marks: [(&str, &str, &Option<Mark>, bool); 5] = [
        ("alerted", "alerted", &facts.alerted, true),
        ("reported", "reported", &facts.reported, true),
        ("aware", "", &facts.aware, true),
        ("contained", "contained", &facts.contained, false),
        ("resolved", "resolved", &facts.resolved, false),
    ];
    let mut entries = Vec::new();
    let mut add = |statement: Statement, at: Option<Timestamp>, learned: bool| {
        entries.push(TimelineEntry {
            statement,
            actor: Actor::Team,
            name: None,
            at: at.map(|t| t.to_string()),
            quality: if at.is_some() { Quality::Exact } else { Quality::None },
            learned,
            event: None,
            folded: 1,
            findings: Vec::new(),
        });
    };
    for (entry, words, mark, learned) in marks {
        let Some(mark) = mark.as_ref().filter(|m| m.at.is_some()) else { continue };
        let at = mark.time();
        let value = at.map_or(String::new(), |t| t.to_string());
        let text = if entry == "aware" { mark.awareness() } else { format!("{words}{}", mark.words()) };
        add(facts.state(&format!("{entry}.at"), mark.line(), value, text), at, learned);
    }
    for change in facts.changes.iter().flatten() {
        let (Some(at), Some(what)) = (&change.at, &change.what) else { continue };
        let kind = change.kind.as_ref().map_or("change", |k| k.value.as_str());
        let statement = facts.state("changes", what.referenced.line(), &what.value, format!("{kind}: {}", what.value));
        add(statement, at.value.trim().parse().ok(), false);
    }
    entries
}

/// Sorts what people reported into the trace by time; the trace's own order is never changed.
fn order(entries: &mut Vec<TimelineEntry>) {
    let time = |e: &TimelineEntry| e.at.as_deref().and_then(|t| t.parse::<Timestamp>().ok());
    let split = entries.iter().position(|e| e.event.is_none()).unwrap_or(entries.len());
    let mut people = entries.split_off(split);
    people.sort_by_key(time);
    for entry in people {
        let at = time(&entry);
        // Without a time, or after everything, at the end; else before the first later event.
        let place = at.and_then(|at| entries.iter().position(|e| time(e).is_some_and(|t| t > at)));
        match place {
            Some(place) => entries.insert(place, entry),
            None => entries.push(entry),
        }
    }
}
