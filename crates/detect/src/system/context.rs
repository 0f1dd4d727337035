//! Context engineering: was what the model needed in its view?

use super::tie::Ties;
use super::{Observation, Question};
use crate::finding::{Cite, Finding};
use crate::session::Session;
use hindcast_trace::json::Value;
use hindcast_trace::model::{EventKind, Finish, Text};

/// A fact this many events back is easily lost. A rule of thumb for where to look, not a measured limit.
const FAR_BACK: u32 = 20;

pub fn observe(session: &Session<'_>, findings: &[Finding]) -> Vec<Observation> {
    let mut seen = Vec::new();
    let ties = Ties::new(session, findings);
    for (i, event) in session.trace.events.iter().enumerate() {
        let i = i as u32;
        match &event.kind {
            EventKind::Context { what, lost: true } => {
                let cite = next_text(session, i).and_then(|(at, text)| Cite::whole(at, text));
                // What was lost cannot be read, so whether a finding hangs on it is for people to say.
                seen.push(Observation::new(Question::Context, format!("Before event {}: {what}", i + 2), cite));
            }
            EventKind::Retrieval { documents: Some(0), query, source } => {
                let cite = Cite::whole(i, query.as_ref().unwrap_or(source));
                let found = Observation::new(Question::Context, "A retrieval returned nothing", cite);
                let tied = query.as_ref().is_some_and(|q| ties.to_text(i, &q.text));
                seen.push(if tied { found.contributing() } else { found });
            }
            _ => {}
        }
    }
    for (index, call) in session.trace.model_calls.iter().enumerate() {
        if let Some((Finish::Length, text)) = &call.finish {
            let event = session.trace.events.iter().position(|e| e.model_call == Some(index as u32)).unwrap_or(0);
            let found = Observation::new(
                Question::Context,
                "The model reached its length limit",
                Cite::whole(event as u32, text),
            );
            let of_call = |e: &hindcast_trace::Event| e.model_call == Some(index as u32);
            let cut = (0u32..).zip(&session.trace.events).any(|(i, e)| of_call(e) && ties.to_event(i));
            seen.push(if cut { found.contributing() } else { found });
        }
    }
    for call in session.calls.iter().filter(|c| !c.is_write()) {
        let Some(answer) = call.result.as_ref().filter(|r| r.json().is_some_and(nothing)) else { continue };
        if !ties.to_call(call) {
            continue;
        }
        let text = format!("`{}` returned an empty result", call.name.text);
        let cite = answer.content.and_then(|c| Cite::whole(answer.event, c));
        seen.push(Observation::new(Question::Context, text, cite).contributing().of_tool(&call.name.text));
    }
    for finding in findings.iter().filter(|f| f.detector == "fabricated-identifier") {
        let text = "What the agent stated does not appear in its context";
        // Whether the right value was there to be used, its absence does not tell.
        seen.push(Observation::new(Question::Context, text, finding.quote().cloned()));
    }
    for finding in findings {
        let far =
            finding.considered.iter().filter_map(|c| c.cite.as_ref()).find(|c| c.event() + FAR_BACK < finding.event);
        if let Some(cite) = far {
            let text =
                format!("The evidence that contradicts the agent was {} events earlier", finding.event - cite.event());
            seen.push(Observation::new(Question::Context, text, [cite.clone()]).contributing());
        }
    }
    seen
}

/// True for an empty list or object, and for an object whose only list is empty.
fn nothing(json: Value<'_>) -> bool {
    let lists: Vec<_> = json.entries().filter(|(_, v)| v.is_array()).collect();
    let only_empty = !lists.is_empty() && lists.iter().all(|(_, v)| v.is_empty()) && json.len() == lists.len();
    ((json.is_array() || json.is_object()) && json.is_empty()) || only_empty
}

/// The first text after an event.
fn next_text<'t>(session: &Session<'t>, after: u32) -> Option<(u32, &'t Text)> {
    let later = session.messages.iter().find(|m| m.event > after)?;
    later.texts.first().map(|t| (later.event, t))
}
