//! Edits of code after a failure by which the error is swallowed, or a made-up value takes the place of what failed.

use super::{is, patterns};
use crate::session::Session;
use crate::tools::command;
use crate::work::answer;
use crate::work::counts::Outcome;
use crate::work::edits;
use crate::work::ledger::Ledger;
use crate::work::weakening;
use crate::work::words::table;

/// An edit that swallows an error.
#[derive(Debug)]
pub struct Swallowed {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The file's name.
    pub file: String,
    /// The code, on one line.
    pub code: String,
}

/// So many calls are looked at.
const CALLS: usize = 2000;

/// True when the user said before an event that something fails, or a look at what runs on a server showed it.
fn told_red(session: &Session<'_>, before: u32) -> bool {
    let all = patterns();
    let heard = session.heard_texts().iter().filter(|t| t.event < before);
    let from = session.calls.partition_point(|c| c.event < before);
    heard.take(CALLS).any(|t| is(&all.says_red, &t.prose().text.text))
        || session.calls[from.saturating_sub(CALLS)..from].iter().any(|c| {
            let text = c.result.as_ref().and_then(|r| r.content);
            text.is_some_and(|t| {
                let text = &t.text[..t.text.floor_char_boundary(LONGEST)];
                text.lines().any(|line| table().ci_red.as_ref().is_some_and(|r| r.is_match(line)))
            })
        })
}

/// So much of an output is read.
const LONGEST: usize = 65_536;

/// The first edit between two events that swallows an error, where something had failed before and the user did not ask for the like.
pub fn first(session: &Session<'_>, ledger: &Ledger, from: u32, end: u32) -> Option<Swallowed> {
    let all = patterns();
    let swallows = all.swallows.as_ref()?;
    if session.heard_texts().iter().filter(|t| t.event < end).any(|t| is(&all.tells_swallowed, &t.prose().text.text)) {
        return None;
    }
    let red = |before: u32| {
        ledger.runs.iter().any(|r| r.event > from && r.event < before && r.outcome == Outcome::Failed)
            || session.calls_between(from, before).iter().take(CALLS).any(|c| {
                c.named_role() == Some(crate::tools::builtin::ToolRole::Shell)
                    && answer::of(c, false).is_some_and(|a| {
                        a.text.contains("Traceback (most recent call last)") || a.text.contains("Exception")
                    })
            })
            || told_red(session, before)
    };
    session.calls_between(from, end).iter().take(CALLS).find_map(|call| {
        if call.failure().is_some() || call.declined() {
            return None;
        }
        let commands = command::of_call(call).unwrap_or_default();
        let changes = weakening::changes(call, &commands);
        let (path, found) = changes.iter().find_map(|(path, old, new)| {
            let (was, now) = (swallows.find_iter(old).count(), swallows.find_iter(new).count());
            let code =
                edits::is_code(path) || path.ends_with(".yml") || path.ends_with(".yaml") || path.ends_with(".sh");
            let found = swallows.find(new)?;
            (now > was && code && !weakening::is_test(path)).then(|| (path.clone(), found.as_str().to_owned()))
        })?;
        if !red(call.event) {
            return None;
        }
        let index = session.calls.binary_search_by_key(&call.event, |c| c.event).ok()?;
        // What was taken out again is no matter.
        let undone = session.calls[index + 1..].iter().take(CALLS).any(|later| {
            later.event < end
                && weakening::changes(later, &command::of_call(later).unwrap_or_default())
                    .iter()
                    .any(|(p, old, new)| *p == path && swallows.is_match(old) && !swallows.is_match(new))
        });
        let code = found.split_whitespace().collect::<Vec<_>>().join(" ");
        (!undone && ledger.taken_back(call.event, end).is_none()).then(|| Swallowed {
            call: index,
            event: call.event,
            file: edits::name_of(&path),
            code,
        })
    })
}
