//! A check that was pending at the last look and is told as done; a run that was cut off and is not told as such.

use super::{Fact, Telling};
use crate::detectors::claimed_work::Seen;
use crate::finding::Category;
use crate::prose::Prose;
use crate::work::answer;
use crate::work::claims::Failed;
use crate::work::facts::{patterns, pending};

pub(super) fn facts(seen: &Seen<'_, '_, '_>, from: u32, report: &Prose<'_>) -> Vec<Fact> {
    let session = seen.session;
    let at = |call: usize, event: u32| session.calls[call].result.as_ref().map_or(event, |r| r.event) + 1;
    let mut facts = Vec::new();
    if let Some(p) = pending::open(session, from, report) {
        facts.push(Fact {
            call: p.call,
            event: p.event,
            line: answer::cite(&session.calls[p.call], &p.line),
            path: "pending-check",
            category: Category::Misinterpretation,
            title: format!("\"{}\" was not finished when last checked, and no message says so", p.name),
            detail: format!(
                "At event {}, the latest output that lists jobs, `{}` shows \"{}\" as not finished. No message of the agent says that something is still running.",
                at(p.call, p.event), p.shown, p.name
            ),
            sought: "a message that says that something is still running",
            telling: Telling::Words(&patterns().waiting),
        });
    }
    let cut = pending::cut_off(session, &seen.ledger, from, report.event);
    // A report that does not speak of it claims nothing of it.
    if let Some(c) = cut.filter(|c| c.words.iter().any(|w| report.lower.contains(w.as_str()))) {
        facts.push(Fact {
            call: c.call,
            event: c.event,
            line: answer::cite(&session.calls[c.call], &c.line),
            path: "cut-off",
            category: Category::Misinterpretation,
            title: format!("`{}` was stopped before it finished, and no message says so", c.shown),
            detail: format!(
                "`{}` was stopped before it finished (event {}) and was not run again. The report mentions the command, but no message says that it was stopped.",
                c.shown, at(c.call, c.event)
            ),
            sought: "a message that says that the command was not finished",
            telling: Telling::Trouble(c.words, Failed::of(&c.line)),
        });
    }
    facts
}
