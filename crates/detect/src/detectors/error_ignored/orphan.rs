//! The error of a call that the trace does not hold: the beginning of the session was cut off.

use crate::claims::owning;
use crate::finding::{Category, Cite, Finding, Report};
use crate::session::Session;
use hindcast_trace::model::{EventKind, Transport};

/// Judges the answers that belong to no call.
pub(super) fn judge(session: &Session<'_>, report: &mut Report) {
    for (event, kind) in session.trace.events.iter().map(|e| &e.kind).enumerate() {
        let EventKind::ToolResult { call: None, content, transport: Transport::Error, error, .. } = kind else {
            continue;
        };
        let event = event as u32;
        report.eligible = true;
        let found = error
            .as_ref()
            .or(content.as_ref())
            .and_then(|t| Cite::whole(event, t))
            .and_then(|e| passed_over(session, event, e));
        match found {
            Some(finding) => report.findings.push(finding),
            None => report.skip(Some(event), "the call that returned this error is missing from the trace"),
        }
    }
}

/// The error stands right before the agent's report, which does not own up to it.
fn passed_over(session: &Session<'_>, event: u32, error: Cite) -> Option<Finding> {
    let next = session.prose().iter().find(|p| p.event > event && p.sentences.iter().any(|s| s.words.len() > 2))?;
    let worked_on = session.calls.iter().any(|c| c.event > event && c.event < next.event + 2);
    let owned = session
        .prose()
        .iter()
        .filter(|p| p.event >= next.event)
        .any(|p| p.sentences.iter().any(|s| owning::admits(p, s)) || owning::asks(p));
    if worked_on || owned {
        return None;
    }
    let sentence = next.sentences.iter().find(|s| s.words.len() > 2)?;
    let said = Cite::of(next.event, next.text, next.bytes(sentence.words.clone()))?;
    Some(
        Finding::new(
            "error-ignored",
            Category::Misinterpretation,
            next.event,
            "A call failed, and the agent does not mention the failure",
            said,
        )
        .path("orphan")
        .detail("The call itself is missing from the trace. Its error comes right before the agent's message.")
        .and(Some(error)),
    )
}
