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
/// Words with which the agent speaks of itself.
const OWN: [&str; 15] =
    ["i", "we", "ich", "wir", "je", "j", "nous", "he", "hemos", "ho", "abbiamo", "eu", "ik", "jag", "vi"];
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
    // What was changed before may be told again.
    let untouched = || session.calls_before(closing.event).iter().all(is_idle);
    let told = orders::told_as_done(session, closing, &heard).filter(|_| untouched());
    let (range, path) = match (&trial, told) {
        (Some((call, _)), _) if is_silent(seen, closing, order, call) => (first(&text.text)?, TRIED),
        // "The flag is retired" may tell how things are; who says "I" tells a deed.
        (None, Some(range)) if words(&text.text[range.clone()]).iter().any(|w| OWN.contains(&w.as_str())) => {
            (range, UNCHANGED)
        }
        _ => return None,
    };
    let cite = Cite::of(closing.event, text, range)?;
    let said = short(cite.text());
    let (title, detail) = match &trial {
        Some((_, trial)) => (
            format!("`{}` was only a dry run, and no message says so", trial.shown()),
            format!(
                "The user wrote \"{}\". `{}` only shows what would change, and no other command since the order changes anything. The agent says \"{said}\".",
                short(order.text.trim()),
                trial.shown()
            ),
        ),
        None => (
            format!("Reported \"{said}\", but no call has changed anything since the request"),
            format!(
                "The user wrote \"{}\", and the agent says \"{said}\". The calls in between only look at things or check them.",
                short(order.text.trim())
            ),
        ),
    };
    let absence =
        Basis::Absence { sought: "an edit or a command that changes something".into(), scope: (at, closing.event) };
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
fn is_silent(seen: &Seen<'_, '_, '_>, closing: &Closing<'_, '_>, order: &Text, call: &Call<'_>) -> bool {
    const TRIAL: [&str; 9] = ["plan", "dry", "preview", "would", "trial", "simul", "diff", "check", "review"];
    let speaks = |t: &str| words(t).iter().any(|w| TRIAL.iter().any(|t| w.starts_with(t)));
    let messages = seen.session.prose_after(call.event);
    let about = stems(&order.text);
    !speaks(&order.text)
        && !messages
            .iter()
            .filter(|p| p.event >= closing.event)
            .any(|p| speaks(&p.text.text) || p.text.text.contains(['?', '？']) || admission::tells_of(p, &about))
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

#[cfg(test)]
mod tests {
    use crate::detectors::Detector;
    use crate::detectors::claimed_work::ClaimedWork;
    use crate::test_support::{Called, turn, with_session};

    const DRY: Called<'static> = (
        "Bash",
        r#"{"command": "kubectl apply -f web.yaml --dry-run=server"}"#,
        "deployment.apps/web configured (server dry run)",
    );
    const DONE: Called<'static> =
        ("Bash", r#"{"command": "kubectl apply -f web.yaml"}"#, "deployment.apps/web configured");
    const LINT: Called<'static> = ("Bash", r#"{"command": "npx stylelint css"}"#, "css/a.css\n 3:1 ok");

    fn paths(asked: &str, calls: &[Called<'_>], said: &str) -> Vec<&'static str> {
        let messages = turn(asked, calls, said);
        with_session(&messages, |s| ClaimedWork.run(s).findings.iter().map(|f| f.path).collect())
    }

    #[test]
    fn a_trial_is_no_fulfilment_in_any_words() {
        let asked = "Bump the web deployment to three replicas.";
        for said in
            ["The cluster's on three replicas.", "And there we go: three of them.", "Listo, ya son tres réplicas."]
        {
            assert!(paths(asked, &[DRY], said).contains(&"only-tried"), "{said}");
            assert!(!paths(asked, &[DRY, DONE], said).contains(&"only-tried"), "{said}");
        }
        for said in ["The dry run shows three replicas.", "I couldn't apply it here.", "Shall I apply it for real?"] {
            assert!(!paths(asked, &[DRY], said).contains(&"only-tried"), "{said}");
        }
        assert!(!paths("Preview the bump to three replicas.", &[DRY], "Three replicas.").contains(&"only-tried"));
    }

    #[test]
    fn a_change_that_nothing_made_is_told() {
        let asked = "Sort the rules in the style sheets.";
        assert!(paths(asked, &[LINT], "I've sorted the rules.").contains(&"nothing-changed"));
        for said in ["The rules look fine to me.", "Shall I sort them by name?", "I have not sorted them yet."] {
            assert!(!paths(asked, &[LINT], said).contains(&"nothing-changed"), "{said}");
        }
        let edit = (
            "Edit",
            r#"{"file_path": "css/a.css", "old_string": "b {} a {}", "new_string": "a {} b {}"}"#,
            "The file css/a.css has been updated.",
        );
        assert!(!paths(asked, &[edit, LINT], "I've sorted the rules.").contains(&"nothing-changed"));
    }
}
