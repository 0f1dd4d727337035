//! An error that was swallowed and not told; a report against what the agent itself saw.

use super::{Fact, Telling};
use crate::detectors::claimed_work::{Seen, figures, short};
use crate::finding::{Category, Cite};
use crate::prose::Prose;
use crate::work::answer;
use crate::work::facts::{contrary, patterns, shares, swallowed};
use crate::work::weakening;

pub(super) fn facts(seen: &Seen<'_, '_, '_>, from: u32, report: &Prose<'_>) -> Vec<Fact> {
    let session = seen.session;
    let mut facts = Vec::new();
    let mended = weakening::says_mended(&report.lower);
    if let Some(s) = mended.then(|| swallowed::first(session, &seen.ledger, from, report.event)).flatten() {
        let call = &session.calls[s.call];
        facts.push(Fact {
            call: s.call,
            event: s.event,
            line: call.arguments.and_then(|a| Cite::of(call.event, a, 0..a.text.floor_char_boundary(a.text.len().min(400)))),
            path: "swallowed",
            category: Category::Misinterpretation,
            title: format!("An edit makes `{}` swallow the error (`{}`), and no message says so", s.file, short(&s.code)),
            detail: format!(
                "The edit at event {} puts `{}` into `{}` after a failure. The report speaks of a fix, and no message of the agent says that the error is caught and left out.",
                call.event + 1, short(&s.code), s.file
            ),
            sought: "a message that says that the error is swallowed",
            telling: Telling::Words(&patterns().tells_swallowed),
        });
    }
    let quote = |i: usize| {
        let s = report.sentences.get(i)?;
        Cite::of(report.event, report.text, report.bytes(s.words.clone()))
    };
    let against = |c: contrary::Contrary, path: &'static str, title: String, detail: String| {
        let line = answer::cite(&session.calls[c.call], &c.line);
        Fact {
            call: c.call,
            event: c.event,
            line,
            path,
            category: Category::Hallucination,
            title,
            detail,
            sought: "a later look that shows what the report says",
            telling: Telling::Nothing(quote(c.sentence)),
        }
    };
    if let Some(c) = contrary::still_there(session, &seen.ledger, report) {
        let title = format!("The report says that no `{}` is left, and the last search for it found some", c.name);
        let detail = format!(
            "The last search for `{}` (event {}) found it in a file that was not changed after that.",
            c.name,
            c.event + 2
        );
        facts.push(against(c, "still-there", title, detail));
    }
    let numbers = || {
        let all = figures::everything(session);
        all.into_iter().take_while(|(e, _)| *e < report.event).map(|(_, n)| n).collect::<Vec<_>>()
    };
    // Numbers are gathered only where a share is told.
    let last = session.calls.partition_point(|c| c.event < report.event).checked_sub(1);
    let share = report.text.text.contains('%').then(|| shares::wrong(report, &numbers())).flatten();
    if let Some((s, call)) = share.zip(last) {
        facts.push(Fact {
            call,
            event: session.calls[call].event,
            line: None,
            path: "wrong-share",
            category: Category::Hallucination,
            title: format!("{} is told to be {} % of the total, and no number makes it that", s.part, s.share),
            detail: format!(
                "{} of {} is {:.2} %. No number of an output or of the report makes it {} %.",
                s.part, s.total, s.right, s.share
            ),
            sought: "a total of which the part is that share",
            telling: Telling::Nothing(quote(s.sentence)),
        });
    }
    if let Some(c) = contrary::unread(session, report) {
        let title = format!("The report describes what {} says, but no call opened it", c.name);
        let detail = format!("Outputs list {} by its name only; no call names it or shows what stands in it.", c.name);
        facts.push(against(c, "unread-file", title, detail));
    }
    facts
}
