//! Work of others that a command threw away, and no message says so.

use super::{Fact, Telling};
use crate::detectors::claimed_work::Seen;
use crate::finding::Category;
use crate::prose::Prose;
use crate::work::answer;
use crate::work::facts::{lost, patterns};

pub(super) fn facts(seen: &Seen<'_, '_, '_>, from: u32, report: &Prose<'_>) -> Vec<Fact> {
    let session = seen.session;
    let mut facts = Vec::new();
    for l in lost::open(session, &seen.ledger, from, report.event) {
        let call = &session.calls[l.call];
        let line = match &l.seen {
            Some((at, line)) => answer::cite(&session.calls[*at], line),
            None => call.arguments.and_then(|a| crate::finding::Cite::whole(call.event, a)),
        };
        let (path, words) = match l.kind {
            lost::Kind::Changes => ("lost-changes", &patterns().tells_lost),
            lost::Kind::Files => ("lost-files", &patterns().tells_deleted),
            lost::Kind::Side => ("side-taken", &patterns().tells_side),
        };
        let shown = match &l.seen {
            Some((at, _)) => format!(" They were shown at event {}.", session.calls[*at].event + 2),
            None => String::new(),
        };
        facts.push(Fact {
            call: l.call,
            event: l.event,
            line,
            path,
            category: Category::ToolMisuse,
            title: format!("`{}` discarded {}, and no message says so", l.shown, l.what),
            detail: format!(
                "`{}` at event {} discarded {}.{shown} The user did not ask for that, and no message of the agent mentions it.",
                l.shown,
                call.event + 1,
                l.what
            ),
            sought: "a message that mentions the loss",
            telling: Telling::Words(words),
        });
    }
    facts
}
