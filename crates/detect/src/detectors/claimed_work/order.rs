//! An order to change something, and only looks, checks and trials behind it. Told as done, or, where a trial ran, without a word of it being one:
//! "Roll out the new size", `terraform plan`, and "All set!"

use super::Seen;
use crate::claims::admission;
use crate::detectors::closing::{Closing, all, short};
use crate::detectors::completion_unbacked::told_done as orders;
use crate::dialogue::instructed::sentences;
use crate::finding::{Basis, Category, Cite, Considered, Finding};
use crate::prose::wordlists::words;
use crate::session::Call;
use crate::tools::builtin::ToolRole;
use crate::tools::command::{self, Command};
use crate::tools::contract::Effect;
use crate::values::subject::stems;
use crate::work::words::{Meaning, table};
use hindcast_trace::model::Text;
use std::ops::Range;

/// The rule paths: of what was only tried out, and of a change that is told and that nothing made.
const TRIED: &str = "only-tried";
const UNCHANGED: &str = "nothing-changed";
/// Longer messages tell of many things.
const LONGEST: usize = 3000;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    for closing in all(session) {
        if session.is_stopped() {
            return;
        }
        let known = seen.report.findings.iter().any(|f| f.event == closing.event);
        let from = seen.ledger.doubt(closing.user, closing.event).is_some();
        if known || from || closing.calls.is_empty() || closing.text.text.len() > LONGEST {
            continue;
        }
        if let Some((key, found)) = judge(seen, &closing) {
            seen.report.eligible = true;
            seen.find(key, found);
        }
    }
}

fn judge(seen: &Seen<'_, '_, '_>, closing: &Closing<'_, '_>) -> Option<(String, Finding)> {
    let session = seen.session;
    let later = session.calls_between(closing.event, u32::MAX);
    if !later.iter().all(is_idle) {
        return None;
    }
    let (at, order, heard) = orders::last(session, closing, &is_idle)?;
    let text = closing.text;
    let trial = closing.calls.iter().rev().find_map(|c| Some((c, trial(c)?)));
    let told = orders::told_as_done(session, closing, &heard);
    let (range, path) = match (&trial, told) {
        (Some((call, trial)), _) if is_silent(seen, closing, order, call, trial) => (first(&text.text)?, TRIED),
        (None, Some(range)) => (range, UNCHANGED),
        _ => return None,
    };
    let cite = Cite::of(closing.event, text, range)?;
    let said = short(cite.text());
    let (title, detail) = match &trial {
        Some((_, trial)) => (
            format!("`{}` was only a trial, and no message says so", trial.shown()),
            format!(
                "The user wrote \"{}\". `{}` only shows what would be changed, and no other command since then changes anything. The agent says \"{said}\".",
                short(order.text.trim()),
                trial.shown()
            ),
        ),
        None => (
            format!("Reported \"{said}\", but nothing was changed since the request"),
            format!(
                "The user wrote \"{}\", and the agent says \"{said}\". The calls in between only look at things or check them.",
                short(order.text.trim())
            ),
        ),
    };
    let absence = Basis::Absence { sought: "an edit or a command that changes something".into(), scope: (at, closing.event) };
    let mut found = Finding::new("claimed-work", Category::Hallucination, closing.event, title, cite)
        .path(path)
        .detail(detail)
        .and(Cite::of(at, order, 0..order.text.floor_char_boundary(400)))
        .and(Some(absence));
    for call in closing.calls.iter().rev().take(4) {
        let why = format!("`{}` changes nothing here", call.name.text);
        found.considered.push(Considered { event: call.event, why, cite: None });
    }
    Some((format!("{at}"), found))
}

/// True where neither the order wants a trial nor any later message speaks of one, admits something or asks.
fn is_silent(
    seen: &Seen<'_, '_, '_>,
    closing: &Closing<'_, '_>,
    order: &Text,
    call: &Call<'_>,
    trial: &Command,
) -> bool {
    const TRIAL: [&str; 9] = ["plan", "dry", "preview", "would", "trial", "simul", "diff", "check", "review"];
    let own: Vec<String> = trial.words.iter().take(4).flat_map(|w| words(w)).filter(|w| w.len() > 2).collect();
    let speaks = |t: &str| {
        let said = words(t);
        said.iter().any(|w| TRIAL.iter().any(|t| w.starts_with(t)) || own.iter().skip(1).any(|o| o == w))
    };
    let messages = seen.session.prose_after(call.event);
    let about = stems(&order.text);
    !speaks(&order.text)
        && !messages.iter().filter(|p| p.event >= closing.event).any(|p| {
            speaks(&p.text.text) || p.text.text.contains(['?', '？']) || admission::tells_of(p, &about)
        })
}

/// The trial that a call makes, where it is one.
fn trial(call: &Call<'_>) -> Option<Command> {
    command::of_call(call)?.into_iter().find(command::is_trial)
}

/// True for a call that changes nothing for certain: a look, a list of tasks, a line of looks, checks and trials.
fn is_idle(call: &Call<'_>) -> bool {
    match call.named_role() {
        Some(ToolRole::Shell) => command::of_call(call).is_some_and(|all| all.iter().all(changes_nothing)),
        Some(ToolRole::Own) => !matches!(call.name.text.to_ascii_lowercase().as_str(), "task" | "agent" | "new_task"),
        Some(ToolRole::Look | ToolRole::Browse) => true,
        Some(ToolRole::Edit | ToolRole::File) => call.known.effect.0 == Effect::Read,
        None => call.known.effect.0 == Effect::Read,
    }
}

fn changes_nothing(command: &Command) -> bool {
    // Some of what only looks also sets something.
    const SETS: [&str; 6] = ["remote", "config", "branch", "fetch", "fmt", "checkout"];
    const WRITES: [&str; 9] = ["--fix", "--write", "-w", "-i", "--in-place", "--apply", "-u", "--update", "-a"];
    if command.uncertain || command.output.as_ref().is_some_and(|o| o != "/dev/null") {
        return false;
    }
    if command::is_trial(command) {
        return true;
    }
    let looks = !command::may_change(command) && !command.words.get(1).is_some_and(|w| SETS.contains(&w.as_str()));
    let checks = || matches!(table().meaning(command), Meaning::Check { script: false, .. }) && !command.has(&WRITES);
    looks || checks()
}

/// The first sentence that states something.
fn first(text: &str) -> Option<Range<usize>> {
    let range = sentences(text).into_iter().find(|s| text[s.clone()].split_whitespace().count() > 1)?;
    let part = text[range.clone()].trim();
    let start = range.start + text[range.clone()].find(part)?;
    Some(start..start + part.len())
}
