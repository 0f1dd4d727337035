//! Section 3: what set it off.

use super::{Context, describe, person};
use crate::draft::Behavior;
use crate::statement::{Answer, Basis as Recorded, Origin, Question, Statement};
use hindcast_detect::finding::{Basis, Category, Cite, Finding};
use hindcast_trace::model::{EventKind, Role};
use jiff::Timestamp;

/// The input or tool answer right before the first failure, and changes shortly before it.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Answer {
    let facts = cx.input.facts;
    let mut known = Vec::new();
    if let Some(trigger) = &facts.trigger {
        known.push(facts.state("trigger", trigger.referenced.line(), &trigger.value, trigger.value.clone()));
    }
    let Some(first) = behavior.first().map(|f| f.event - 1) else {
        if known.is_empty() {
            let ask = match cx.all_dismissed {
                true => "What triggered it? Every finding was dismissed, so the trace does not show it.",
                false => {
                    "What triggered it? No detector found a failing step in this session, so the trace does not show it."
                }
            };
            return Answer::Unknown(Question { entry: "trigger".to_owned(), ask: ask.to_owned() });
        }
        return Answer::Known(known);
    };
    let finding = cx.findings.iter().find(|f| f.event == first).copied();
    // An injection is set off by the message that carried it, and by no other input.
    let carried = finding.filter(|f| f.detector == "injection-followed").and_then(|f| carrier(cx, f));
    if let Some(quote) = carried.and_then(|cite| cx.citer.cite(cite))
        && let cite = quote.event - 1
    {
        let name = describe::event(cx.session, cite).name.map_or(String::new(), |n| format!(" (`{n}`)"));
        let text = format!("Event {}: the message that carried the instruction{name}", quote.event);
        known.push(Statement::new(Origin::Analysis("trigger".to_owned()), text, Recorded::Quote(quote), []));
        known.extend(changed_before(cx, first));
        return Answer::Known(known);
    }
    let considered =
        finding.and_then(|f| f.considered.first()).map(|c| c.cite.as_ref().map_or(c.event, |cite| cite.event()));
    // What a person cites beside the agent's step is what it should have heeded.
    let cited = finding.filter(|f| person::is_person(f)).and_then(|f| {
        f.bases().find_map(|b| match b {
            Basis::Quote(c) if c.event() < first => Some(c.clone()),
            _ => None,
        })
    });
    if let Some(quote) = cited.as_ref().and_then(|c| cx.citer.cite(c)) {
        let name = describe::event(cx.session, quote.event - 1).name.map_or(String::new(), |n| format!(" (`{n}`)"));
        let text = format!("Event {}: cited by the person who found the failure{name}", quote.event);
        known.push(Statement::new(Origin::Analysis("trigger".to_owned()), text, Recorded::Quote(quote), []));
    }
    // What a claim contradicts; other failures disregard what stood before them.
    let claims = finding.is_some_and(|f| matches!(f.category, Category::Misinterpretation | Category::Hallucination));
    let heed =
        if claims { "the input that contradicts the agent" } else { "the input that the agent should have heeded" };
    let before = (0..first).rev().find(|&i| match &cx.session.event(i).kind {
        EventKind::Message { role, .. } => *role == Role::User,
        EventKind::ToolResult { .. } => true,
        _ => false,
    });
    for (event, words) in [(considered, heed), (before, "the last input before the failing step")] {
        let Some(event) = event.filter(|&e| e < first) else { continue };
        // What the agent itself did is no input.
        if matches!(&cx.session.event(event).kind, EventKind::ToolCall { .. }) {
            continue;
        }
        let told = describe::event(cx.session, event);
        let Some(quote) = told.quote.and_then(|(text, len)| cx.citer.text(event, text, 0..len)) else { continue };
        if known.iter().any(|s: &Statement| s.quotes().any(|q| q.id == quote.id)) {
            continue;
        }
        let name = told.name.map_or(String::new(), |n| format!(" (`{n}`)"));
        let text = format!("Event {}: {words}{name}", event + 1);
        known.push(Statement::new(Origin::Analysis("trigger".to_owned()), text, Recorded::Quote(quote), []));
    }
    known.extend(changed_before(cx, first));
    if known.is_empty() {
        let ask =
            "What triggered it: an input, a tool result, or a change of model, prompt, tool or guardrail?".to_owned();
        return Answer::Unknown(Question { entry: "trigger".to_owned(), ask });
    }
    Answer::Known(known)
}

/// The words that carried an instruction: those that the finding quotes from an earlier message of somebody else, or
/// else those that it looked at.
fn carrier<'f>(cx: &Context<'_>, finding: &'f Finding) -> Option<&'f Cite> {
    let quoted = finding.bases().filter_map(|b| if let Basis::Quote(c) = b { Some(c) } else { None });
    let looked_at = finding.considered.iter().filter_map(|c| c.cite.as_ref());
    quoted.chain(looked_at).find(|c| c.event() < finding.event && !person::is_by_agent(cx.session, c.event()))
}

/// Changes that people name, before the failing step.
fn changed_before(cx: &Context<'_>, first: u32) -> Vec<Statement> {
    let facts = cx.input.facts;
    let mut known = Vec::new();
    let failed_at = cx.session.event(first).time.map(|t| t.ns);
    for change in facts.changes.iter().flatten() {
        let (Some(at), Some(what)) = (&change.at, &change.what) else { continue };
        let Ok(time) = at.value.trim().parse::<Timestamp>() else { continue };
        if failed_at.is_some_and(|ns| time.as_nanosecond() <= i128::from(ns)) {
            let text = format!("Earlier change: {} ({time})", what.value);
            known.push(facts.state("changes", what.referenced.line(), &what.value, text));
        }
    }
    known
}
