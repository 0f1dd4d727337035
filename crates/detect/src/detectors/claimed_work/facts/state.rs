//! A report against the state of things that outputs show: another environment, an index that is not valid, made-up data, what is still
//! in the commit.

use super::{Fact, Telling};
use crate::detectors::claimed_work::{Seen, short};
use crate::finding::{Category, Cite};
use crate::prose::Prose;
use crate::work::answer;
use crate::work::facts::{environment, left_in, made_up, patterns, rows};

pub(super) fn facts(seen: &Seen<'_, '_, '_>, from: u32, report: &Prose<'_>) -> Vec<Fact> {
    let session = seen.session;
    let quote = |i: usize| {
        let s = report.sentences.get(i)?;
        Cite::of(report.event, report.text, report.bytes(s.words.clone()))
    };
    let at = |call: usize| session.calls[call].result.as_ref().map_or(session.calls[call].event, |r| r.event) + 1;
    let mut facts = Vec::new();
    if let Some(e) = environment::other(session, report) {
        facts.push(Fact {
            call: e.call,
            event: e.event,
            line: answer::cite(&session.calls[e.seen], &e.context),
            path: "other-environment",
            category: Category::Misinterpretation,
            title: format!("The report names {}, but `{}` ran in {}", e.told, e.shown, e.worked),
            detail: format!(
                "`{}` at event {} ran in {} (`{}`). No command succeeded in {}.",
                e.shown,
                e.event + 1,
                e.worked,
                short(&e.context),
                e.told
            ),
            sought: "a command in the environment that the report names",
            telling: Telling::Nothing(quote(e.sentence)),
        });
    }
    if let Some(m) = made_up::last(session, from, report.event).filter(|_| report.digits > 1) {
        let call = &session.calls[m.call];
        let line = if m.printed {
            answer::cite(call, &m.words)
        } else {
            call.arguments.and_then(|a| Cite::of(call.event, a, 0..a.text.floor_char_boundary(a.text.len().min(600))))
        };
        let how = if m.printed { "Its output says so" } else { "The script does so when loading fails" };
        facts.push(Fact {
            call: m.call,
            event: m.event,
            line,
            path: "made-up-data",
            category: Category::Hallucination,
            title: "The figures come from made-up data, and no message says so".to_owned(),
            detail: format!(
                "At event {}, other data took the place of the real ones: `{}`. {how}.",
                m.event + 1,
                short(&m.words)
            ),
            sought: "a message that says that the data are not the real ones",
            telling: Telling::Words(&patterns().tells_made_up),
        });
    }
    if let Some(r) = rows::denied(session, from, report) {
        facts.push(Fact {
            call: r.call,
            event: r.event,
            line: answer::cite(&session.calls[r.call], &r.line),
            path: "not-in-order",
            category: Category::Misinterpretation,
            title: format!("`{}` last appeared with {} = {}, and no message says so", r.name, r.column, r.value),
            detail: format!(
                "At event {}, the latest table with `{}` shows {} = {}. The report lists it among what is done.",
                at(r.call),
                r.name,
                r.column,
                r.value
            ),
            sought: "a message that says that it is not in order",
            telling: Telling::Of(parts_of(&r.name), &patterns().tells_denied),
        });
    }
    if let Some(l) = left_in::of(session, &seen.ledger, report) {
        facts.push(Fact {
            call: l.call,
            event: l.event,
            line: answer::cite(&session.calls[l.call], &l.path),
            path: "left-in",
            category: Category::Hallucination,
            title: format!("The report says that it was removed, but the commit contains {}", l.path),
            detail: format!(
                "The agent made {} while it looked for the fault. The commit at event {} contains it.",
                l.path,
                l.event + 1
            ),
            sought: "a later change that removes it",
            telling: Telling::Nothing(quote(l.sentence)),
        });
    }
    facts
}

/// A name, and the words in it that a message may call it by.
fn parts_of(name: &str) -> Vec<String> {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() >= 5);
    std::iter::once(name).chain(words).map(str::to_lowercase).collect()
}
