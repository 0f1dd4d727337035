//! Had the model what it needed?

use super::{Observation, Question};
use crate::capture;
use crate::finding::{Basis, Cite, Finding};
use crate::session::Session;
use hindcast_trace::model::{EventKind, Finish};

/// A fact that stood this many events before it was needed is far back.
const FAR: u32 = 30;

pub(super) fn observe(session: &Session<'_>, findings: &[Finding], out: &mut Vec<Observation>) {
    let first_wrong = findings.iter().map(|f| f.event).min();
    let before = |event: u32| first_wrong.is_none_or(|w| event < w);
    for (i, event) in session.trace.events.iter().enumerate() {
        let i = i as u32;
        match &event.kind {
            EventKind::Context { what, lost } if *lost => {
                let text = format!("The history that the model saw was cut: {what}.");
                out.push(mark(Observation::new(Question::Context, text), before(i)));
            }
            EventKind::Context { what, .. } => out.push(Observation::new(Question::Context, format!("The history that the model saw was changed: {what}."))),
            EventKind::Retrieval { documents: Some(0), source, query } => {
                let cite = query.as_ref().and_then(|q| Cite::whole(i, q)).or_else(|| Cite::whole(i, source));
                out.push(mark(Observation::new(Question::Context, "A look-up of documents came back empty.").cite(cite), before(i)));
            }
            _ => {}
        }
    }
    for (i, model) in session.trace.model_calls.iter().enumerate() {
        if let Some((Finish::Length, text)) = &model.finish {
            let event = session.trace.events.iter().rposition(|e| e.model_call == Some(i as u32)).unwrap_or(0) as u32;
            let seen = Observation::new(Question::Context, "An answer of the model was cut off by the length limit.").cite(Cite::whole(event, text));
            out.push(mark(seen, before(event) || first_wrong == Some(event)));
        }
    }
    empty_answers(session, first_wrong, out);
    far_facts(findings, out);
}

fn mark(observation: Observation, contributes: bool) -> Observation {
    if contributes { observation.eased(true) } else { observation }
}

/// A look that found nothing, before the first wrong step.
fn empty_answers(session: &Session<'_>, first_wrong: Option<u32>, out: &mut Vec<Observation>) {
    for call in session.calls.iter().filter(|c| !c.is_write() && first_wrong.is_none_or(|w| c.event < w)) {
        let Some(answer) = &call.result else { continue };
        let Some(text) = answer.content else { continue };
        let nothing = matches!(text.text.trim(), "[]" | "{}" | "null") || answer.json().is_some_and(|j| (j.is_array() || j.is_object()) && j.is_empty());
        if nothing && capture::of(&text.text).is_whole() {
            let seen = Observation::new(Question::Context, format!("`{}` came back empty, and the model went on without the fact.", call.name.text));
            out.push(seen.cite(Cite::whole(answer.event, text)).tool(&call.name.text));
        }
    }
}

/// What a finding quotes from long before: the fact was there, and far away.
fn far_facts(findings: &[Finding], out: &mut Vec<Observation>) {
    for finding in findings {
        let far = finding.bases().filter_map(|b| if let Basis::Quote(c) = b { Some(c) } else { None });
        let considered = finding.considered.iter().filter_map(|c| c.cite.as_ref());
        let Some(cite) = far.chain(considered).filter(|c| c.event() + FAR < finding.event).min_by_key(|c| c.event()) else { continue };
        let distance = finding.event - cite.event();
        let text = format!("What speaks against the wrong step stood {distance} events before it.");
        if !out.iter().any(|o| o.cites.contains(cite)) {
            out.push(Observation::new(Question::Context, text).cite(Some(cite.clone())).eased(true));
        }
    }
    let absent = findings.iter().find_map(|f| f.bases().find_map(|b| if let Basis::Absence { sought, .. } = b { Some(sought) } else { None }));
    if let Some(sought) = absent {
        out.push(Observation::new(Question::Context, format!("The record holds nothing of this: {sought}.")));
    }
}
