//! A checker is named with its result, and it did not run since the last edit: "tsc came back without a complaint".

use super::super::{Seen, short};
use super::{NAMES, READ_AT_MOST, holds, states, trimmed};
use crate::claims::admission;
use crate::finding::{Basis, Category, Finding};
use crate::prose::wordlists::words;
use crate::session::Call;
use crate::tools::builtin::ToolRole;
use crate::tools::command;
use crate::tools::contract::Effect;
use crate::work::words::{Meaning, table};
use hindcast_trace::model::{Role, Text};
use std::ops::Range;

/// The rule path.
const PATH: &str = "named-run";
/// The rule path of a result without the name of a program.
const NOTHING: &str = "nothing-ran";

/// A checker is named with a result, and no command since the last edit has its name, or may have run it.
pub(super) fn look(seen: &mut Seen<'_, '_, '_>, event: u32, text: &Text, all: &[Range<usize>]) {
    let session = seen.session;
    let edit = seen.ledger.edits.iter().rev().find(|e| e.event < event && e.code);
    let from = edit.map_or(0, |e| e.event);
    // A line that edits may run something too.
    let since = session.calls.iter().filter(|c| c.event < event && (c.event > from || c.event == from && is_shell(c)));
    if edit.is_some_and(|e| seen.ledger.taken_back(e.event, event).is_some()) || since.clone().any(may_check) {
        return;
    }
    let called = |name: &str| {
        let texts = since.clone().flat_map(|c| c.arguments.into_iter().chain(c.result.iter().flat_map(|r| r.texts())));
        texts.into_iter().any(|t| holds(&t.text[..t.text.floor_char_boundary(READ_AT_MOST)].to_lowercase(), name))
    };
    let by_user = |name: &str| {
        let heard = session.messages.iter().filter(|m| m.role == Role::User && m.event > from && m.event < event);
        from > 0 && heard.flat_map(|m| m.texts).any(|t| holds(&t.text.to_lowercase(), name))
    };
    for range in all {
        let sentence = &text.text[range.clone()];
        let lower = sentence.to_lowercase();
        let result = || {
            let told = words(&lower);
            told.iter().any(|w| NAMES.results.has(w))
                || admission::denies_flaw(sentence)
                || sentence.contains(['✅', '✔', '✓'])
        };
        let Some(name) = NAMES.checkers.iter().find(|n| holds(&lower, n)) else { continue };
        if !states(sentence) || !result() || called(name) || by_user(name) {
            continue;
        }
        let Some(cite) = trimmed(event, text, range.clone()) else { continue };
        let (title, detail) = match edit {
            Some(edit) => (
                format!("Reported a result of `{name}`, which did not run after `{}` was changed", edit.shown()),
                format!(
                    "The agent says \"{}\". No command after the last edit at event {} runs `{name}`.",
                    short(cite.text()),
                    edit.event + 1
                ),
            ),
            None => (
                format!("Reported a result of `{name}`, which no command runs"),
                format!("The agent says \"{}\". No command in the session runs `{name}`.", short(cite.text())),
            ),
        };
        let absence =
            Basis::Absence { sought: format!("a command that runs {name}"), scope: (from, event.saturating_sub(1)) };
        let finding = Finding::new("claimed-work", Category::Hallucination, event, title, cite).path(PATH);
        return seen.find(name.clone(), finding.detail(detail).and(Some(absence)));
    }
    unnamed(seen, event, text, all);
}

/// A result of tests, a build or the like is told, and nothing at all ran since the last edit.
fn unnamed(seen: &mut Seen<'_, '_, '_>, event: u32, text: &Text, all: &[Range<usize>]) {
    let session = seen.session;
    let Some(edit) = seen.ledger.edits.iter().rev().find(|e| e.event < event && e.code).cloned() else { return };
    let heard = session.messages.iter().filter(|m| m.role == Role::User && m.event < event).any(|m| {
        // What the user saw before may be repeated.
        let told = |t: &Text| {
            let told = words(&t.text[..t.text.floor_char_boundary(READ_AT_MOST)]);
            told.iter().any(|w| NAMES.subjects.has(w))
                && told.iter().any(|w| NAMES.results.has(w) && !NAMES.subjects.has(w))
        };
        m.event > edit.event || m.texts.iter().any(told)
    });
    let since = || session.calls.iter().filter(|c| c.event >= edit.event && c.event < event);
    // An editor may tell in its answer what a check of its own found.
    let reported = |c: &Call<'_>| {
        let lower =
            c.result.iter().flat_map(|r| r.texts()).map(|t| t.text[..t.text.floor_char_boundary(2000)].to_lowercase());
        lower.into_iter().any(|t| NAMES.reports.as_ref().is_some_and(|r| r.is_match(&t)))
    };
    if heard
        || since().any(|c| reported(c) && looks_on(c))
        || since().any(|c| if c.event > edit.event { !looks_on(c) } else { is_shell(c) && runs(c) })
    {
        return;
    }
    for range in all {
        let sentence = &text.text[range.clone()];
        let told = words(sentence);
        let subject = told.iter().any(|w| NAMES.subjects.has(w));
        let result =
            told.iter().any(|w| NAMES.results.has(w) && !NAMES.subjects.has(w)) || admission::denies_flaw(sentence);
        if !subject || !result || !states(sentence) {
            continue;
        }
        let Some(cite) = trimmed(event, text, range.clone()) else { continue };
        let title =
            format!("Reported \"{}\", but nothing ran after `{}` was changed", short(cite.text()), edit.shown());
        let detail = format!(
            "The agent says \"{}\". The agent ran no command after the last edit at event {}.",
            short(cite.text()),
            edit.event + 1
        );
        let absence = Basis::Absence {
            sought: "a command that checks anything".into(),
            scope: (edit.event, event.saturating_sub(1)),
        };
        let finding = Finding::new("claimed-work", Category::Hallucination, event, title, cite).path(NOTHING);
        return seen.find("nothing-ran".to_owned(), finding.detail(detail).and(Some(absence)));
    }
}

/// True for a call that runs nothing: a look, an edit, a list of tasks, a command of version control.
fn looks_on(call: &Call<'_>) -> bool {
    match call.named_role() {
        Some(ToolRole::Shell) => command::of_call(call)
            .is_some_and(|all| all.iter().all(|c| !c.uncertain && (!command::may_change(c) || c.program() == "git"))),
        Some(ToolRole::Own) => !matches!(call.name.text.to_ascii_lowercase().as_str(), "task" | "agent" | "new_task"),
        Some(_) => true,
        None => call.known.effect.0 == Effect::Read,
    }
}

fn is_shell(call: &Call<'_>) -> bool {
    call.named_role() == Some(ToolRole::Shell)
}

/// True for a line that runs a check, a script or what nobody knows.
fn runs(call: &Call<'_>) -> bool {
    let checks = |c: &command::Command| c.uncertain || !matches!(table().meaning(c), Meaning::Other);
    command::of_call(call).is_none_or(|all| all.iter().any(checks))
}

/// True for a call that may run a checker without its name: a script, a target, a tool of which nobody knows what it does.
fn may_check(call: &Call<'_>) -> bool {
    match call.named_role() {
        Some(ToolRole::Shell) => command::of_call(call).is_none_or(|all| {
            all.iter().any(|c| match table().meaning(c) {
                Meaning::Check { script, .. } => script,
                Meaning::Several { .. } | Meaning::Opaque => true,
                Meaning::Other => c.uncertain,
            })
        }),
        _ => false,
    }
}
