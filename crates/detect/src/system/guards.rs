//! Guardrails: those that the trace shows, and what they said. That none is seen does not mean that none exists.

use super::{Observation, Question};
use crate::finding::Cite;
use crate::session::Session;
use hindcast_trace::model::{EventKind, Finish, Verdict};

pub fn observe(session: &Session<'_>) -> Vec<Observation> {
    let mut seen = Vec::new();
    for (i, event) in session.trace.events.iter().enumerate() {
        let EventKind::Guardrail { name, verdict, action, detail } = &event.kind else { continue };
        let words = match verdict {
            Verdict::Passed => "allowed it",
            Verdict::Triggered => "objected",
            Verdict::Unknown => "checked it; its verdict was not captured",
        };
        let texts = [Some(name), action.as_ref(), detail.as_ref()];
        let cites = texts.into_iter().flatten().filter_map(|t| Cite::whole(i as u32, t));
        let done = action.as_ref().map_or(String::new(), |a| format!("; action taken: `{}`", a.text));
        seen.push(Observation::new(
            Question::Guardrails,
            format!("The guard `{}` {words}, at event {}{done}", name.text, i + 1),
            cites,
        ));
    }
    for (index, call) in session.trace.model_calls.iter().enumerate() {
        if let Some((Finish::ContentFilter, text)) = &call.finish {
            let event = session.trace.events.iter().position(|e| e.model_call == Some(index as u32)).unwrap_or(0);
            let cite = Cite::whole(event as u32, text);
            seen.push(Observation::new(Question::Guardrails, "The provider's content filter cut off an answer", cite));
        }
    }
    seen
}
