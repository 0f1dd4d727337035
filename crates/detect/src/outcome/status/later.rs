//! What later answers say of an operation: polls, webhooks, a payment that came back.

use super::{Standing, Status, is_status, steps, words};
use crate::outcome::failure::{self, fields};
use crate::outcome::vocabulary;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use std::ops::Range;

/// The last known status of an operation before an event: its own, or that of a later look at it.
pub fn latest(session: &Session<'_>, call: &Call<'_>, before: u32) -> Status {
    let own = || call.status(session).clone();
    let after = session.calls.partition_point(|c| c.event <= call.event);
    let upto = session.calls.partition_point(|c| c.event < before).max(after);
    if after == upto {
        return own();
    }
    let status = looked_at(session, call, after..upto, own());
    match status.standing {
        // A first step is open until a later one completes what it began.
        Standing::NonTerminal => steps::completed(session, call, before).unwrap_or(status),
        _ => status,
    }
}

/// The status that later looks at an operation tell, or else its own.
fn looked_at(session: &Session<'_>, call: &Call<'_>, places: Range<usize>, own: Status) -> Status {
    let handles = steps::handles(call);
    let mut status = own.clone();
    if handles.is_empty() {
        return status;
    }
    for look in naming(session, &handles, places).into_iter().filter(|c| c.known.effect.0 != Effect::Write) {
        let Some(answer) = &look.result else { continue };
        let Some(root) = answer.json().filter(|v| v.is_object()) else { continue };
        let text = answer.content.map_or("", |t| t.text.as_str());
        if !handles
            .iter()
            .any(|h| text.contains(h.as_str()) || look.arguments.is_some_and(|a| a.text.contains(h.as_str())))
        {
            continue;
        }
        for field in fields(root).iter().filter(|f| f.within.is_none() && is_status(f)) {
            let Some((standing, borrowed)) = field.value.str().and_then(|s| words::of_call(&s, call)) else {
                continue;
            };
            let cite = failure::cite_member(answer, field.key, field.value);
            let what = "a later result with the same operation ID has the newer status";
            let what = if borrowed { vocabulary::ASSUMED } else { what };
            status = Status::assumed(standing, cite, what);
        }
    }
    if status.standing == Standing::Unknown { own } else { status }
}

/// The calls at some places that name one of the handles, and others where there are so few that they are not looked up.
fn naming<'s, 't>(session: &'s Session<'t>, handles: &[String], places: Range<usize>) -> Vec<&'s Call<'t>> {
    /// So few calls are read without an index.
    const FEW: usize = 64;
    let calls = &session.calls[places];
    let (Some(first), Some(last)) = (calls.first(), calls.last()) else { return Vec::new() };
    if calls.len() <= FEW {
        return calls.iter().collect();
    }
    let (answers, arguments) = (session.answer_texts(), session.argument_texts());
    let named = handles.iter().flat_map(|h| answers.holding(h).chain(arguments.holding(h)));
    let mut events: Vec<u32> =
        named.map(|(_, event, _)| event).filter(|e| (first.event..=last.event).contains(e)).collect();
    events.sort_unstable();
    events.dedup();
    events.into_iter().filter_map(|event| session.call_at(event)).collect()
}
