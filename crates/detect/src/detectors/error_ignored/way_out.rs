//! The error of a call names another tool of the session that would help; it is never called, and the agent reports that it cannot be done.

use super::followed_by_call;
use crate::dialogue::instructed;
use crate::finding::{Category, Cite, Considered, Finding, Report};
use crate::kind::SessionKind;
use crate::maps::HashSet;
use crate::outcome::shortfall;
use crate::prose::Prose;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::model::Role;
use std::cell::LazyCell;
use std::collections::BTreeSet;

/// The rule path.
const PATH: &str = "way-out";
/// So many failed calls are looked at, the latest ones.
const MOST: usize = 32;
/// Only so much of an answer is read.
const READ_AT_MOST: usize = 2000;

/// Adds what it finds to a report.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding || session.absence_is_unsafe().is_some() {
        return;
    }
    let tools = instructed::tools(session);
    // Nearly no answer names another tool; whether a call failed is read only where one does.
    let finders: Vec<_> = tools.iter().map(|t| (*t, memchr::memmem::Finder::new(t.as_bytes()))).collect();
    let names_another = |c: &Call<'_>| {
        let text = c.result.as_ref().and_then(|r| r.error.or(r.content));
        text.is_some_and(|t| {
            finders.iter().any(|(name, finder)| *name != c.name.text && finder.find(head(&t.text).as_bytes()).is_some())
        })
    };
    if !session.calls.iter().any(names_another) {
        return;
    }
    let nothing = LazyCell::new(HashSet::default);
    let failed = |c: &Call<'_>| c.failure().is_some() || shortfall::of(c, &nothing).is_some_and(|s| !s.open);
    let calls: Vec<_> = session.calls.iter().enumerate().filter(|(_, c)| failed(c)).rev().take(MOST).collect();
    let mut told: Vec<(&str, Finding)> = Vec::new();
    for (at, call) in calls {
        // The same error of a repeated call is told once.
        if told.iter().any(|(name, _)| *name == call.name.text) {
            continue;
        }
        told.extend(of_call(session, at, call, &tools).map(|f| (call.name.text.as_str(), f)));
    }
    report.findings.extend(told.into_iter().rev().map(|(_, f)| f));
}

/// What is read of an answer.
fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ_AT_MOST)]
}

fn of_call(session: &Session<'_>, at: usize, call: &Call<'_>, tools: &BTreeSet<&str>) -> Option<Finding> {
    let answer = call.result.as_ref()?;
    let text = answer.error.or(answer.content)?;
    let head = head(&text.text);
    let named: Vec<(&str, usize)> = tools
        .iter()
        .filter(|t| **t != call.name.text && !forbidden(session, t))
        .filter_map(|t| Some((*t, instructed::named(head, t)?)))
        .collect();
    let (tool, place) = *named.first()?;
    let later = &session.calls[at + 1..];
    let taken = |c: &Call<'_>| named.iter().any(|(t, _)| *t == c.name.text);
    // What was tried, what worked after all, and what was done in its place.
    let mended = |c: &Call<'_>| {
        c.failure().is_none() && (c.name.text == call.name.text || c.known.effect.0 != Effect::Read)
            || c.result.is_none()
    };
    let tried_before = session.calls[..at].iter().any(taken);
    if tried_before || later.iter().any(|c| taken(c) || mended(c)) {
        return None;
    }
    let said = || session.prose().iter().filter(|p| p.event > answer.event && p.role == Role::Assistant);
    let speaks = |p: &&Prose<'_>| p.sentences.iter().any(|s| s.words.len() > 2);
    let report = said().filter(speaks).find(|p| !followed_by_call(session, p))?;
    // Who asks, asks for what the tool needs.
    if said().any(|p| p.text.text.contains(['?', '？']) || instructed::named(&p.text.text, tool).is_some()) {
        return None;
    }
    let sentence = report.sentences.iter().find(|s| s.words.len() > 2)?;
    let cite = Cite::of(report.event, report.text, report.bytes(sentence.words.clone()))?;
    let end = text.text.ceil_char_boundary((place + tool.len() + 60).min(text.text.len()));
    let error = Cite::of(answer.event, text, text.text.floor_char_boundary(place.saturating_sub(160))..end);
    let name = &call.name.text;
    let title = format!("`{name}` failed and named `{tool}`, which was never called");
    let detail = format!(
        "The error of `{name}` names `{tool}`, a tool of this session. It was never called, `{name}` did not succeed later, and the agent then says \"{}\".",
        cite.text()
    );
    let mut finding = Finding::new("error-ignored", Category::ToolMisuse, report.event, title, cite)
        .path(PATH)
        .and(error.clone())
        .detail(detail)
        .tool(name)
        .tool(tool);
    finding.considered.push(Considered {
        event: call.event,
        why: format!("it failed and named `{tool}`"),
        cite: error,
    });
    Some(finding)
}

/// True for a tool that the instructions name in a sentence that denies or limits it.
fn forbidden(session: &Session<'_>, tool: &str) -> bool {
    session.instructions().iter().any(|i| i.names(tool).is_some() && (i.denies() || i.conditional()))
}
