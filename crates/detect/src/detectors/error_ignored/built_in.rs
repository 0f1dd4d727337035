//! Shell and file tools: an agent tries, reads the error and tries otherwise. Only an action that failed, was the last one,
//! and of which the agent's report says nothing, was passed over.

use super::{Ignored, followed_by_call};
use crate::claims::owning;
use crate::finding::Cite;
use crate::outcome::failure::{Failure, Kind};
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::command;
use crate::tools::contract::Effect;

/// How a failure of such a tool was passed over, if it was.
pub(super) fn ignored(session: &Session<'_>, index: usize, call: &Call<'_>, failure: &Failure) -> Option<Ignored> {
    if failure.kind != Kind::Error || !is_action(call) {
        return None;
    }
    let after = || session.prose().iter().filter(|p| p.event > call.event);
    let report = after().find(|p| p.sentences.iter().any(|s| s.words.len() > 2) && !followed_by_call(session, p))?;
    let later = session.calls[index + 1..].iter().take_while(|c| c.event < report.event);
    // Whatever worked after it may be the other way to the same end.
    let mended = later.filter(|c| c.failure().is_none()).any(|c| c.role() != Some(ToolRole::Own));
    let heard = session.messages.iter().any(|m| {
        m.role == hindcast_trace::model::Role::User && m.event > call.event && m.event < report.event
    });
    let told = || after().take_while(|p| p.event <= report.event);
    let owned = told().any(|p| p.sentences.iter().any(|s| owning::admits(p, s)) || owning::asks(p));
    if mended || heard || owned {
        return None;
    }
    let sentence = report.sentences.iter().find(|s| s.words.len() > 2)?;
    let cite = Cite::of(report.event, report.text, report.bytes(sentence.words.clone()))?;
    Some(Ignored { event: report.event, cite, how: "the agent's report does not mention it".into(), path: "last-action" })
}

/// True for a call that was to change something: a look, a check or a script may fail because of what it looks at.
fn is_action(call: &Call<'_>) -> bool {
    match call.role() {
        Some(ToolRole::Shell) => command::script(call).is_some_and(|script| {
            let commands = command::parse(&script);
            let only = |c: &command::Command| command::acts(c) || !command::may_change(c);
            commands.iter().any(command::acts) && commands.iter().all(only)
        }),
        Some(ToolRole::Edit | ToolRole::File) => call.known.effect.0 == Effect::Write,
        _ => false,
    }
}
