//! A part that failed among several, and no message says so.

use super::{Fact, Telling};
use crate::detectors::claimed_work::Seen;
use crate::finding::Category;
use crate::prose::Prose;
use crate::work::answer;
use crate::work::claims::Failed;
use crate::work::facts::parts;

pub(super) fn facts(seen: &Seen<'_, '_, '_>, from: u32, report: &Prose<'_>) -> Vec<Fact> {
    let session = seen.session;
    let open = parts::open(session, from, report.event);
    let missing =
        |event: u32| seen.ledger.missing.iter().any(|m| m.before.is_none_or(|e| e >= event && e <= report.event));
    let mut facts = Vec::new();
    for part in open.into_iter().filter(|p| !missing(p.event)) {
        let call = &session.calls[part.call];
        let Some(line) = answer::cite(call, &part.line) else { continue };
        let at = call.result.as_ref().map_or(part.event, |r| r.event) + 1;
        let what = part.name.as_ref().map(|n| format!(" for {n}")).unwrap_or_default();
        facts.push(Fact {
            call: part.call,
            event: part.event,
            line: Some(line),
            path: "failed-part",
            category: Category::Misinterpretation,
            title: format!("`{}` reported a failure{what}, and no message says so", part.shown),
            detail: format!(
                "The output of `{}` at event {at} reports a failure{what}. No later call shows that it worked, and no message of the agent mentions it.",
                part.shown
            ),
            sought: "a message that mentions the failure",
            telling: Telling::Trouble(part.about, Failed::of(&part.line)),
        });
    }
    facts
}
