//! A session in which no call could have changed anything, and an agent that says it fixed, added or rewrote something.

use super::{Seen, short};
use crate::finding::{Basis, Category, Finding};
use crate::prose::Prose;
use crate::session::Call;
use crate::tools::builtin::ToolRole;
use crate::tools::command;
use crate::tools::contract::Effect;
use crate::work::deeds;
use crate::work::words::{Meaning, Topics, table};

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    // Whoever shows the changed code in the answer has changed it there.
    let shows_code = |p: &&Prose<'_>| p.text.text.contains("```") || p.text.text.contains("~~~");
    if session.calls.is_empty() || session.prose().iter().any(|p| shows_code(&p)) {
        return;
    }
    let first_change = session.calls.iter().find(|c| !only_looks(c)).map_or(u32::MAX, |c| c.event);
    for prose in session.until_stopped(session.prose()) {
        if prose.event > first_change || seen.sub_agent(prose.event).is_some() {
            continue;
        }
        let before = session.calls.iter().take_while(|c| c.event < prose.event).count();
        let Some(cite) = deeds::own_change(prose).filter(|_| before > 0) else { continue };
        if !seen.may_judge(prose.event) {
            return;
        }
        // What stands beside a call is told before it is done.
        let horizon = crate::claims::binding::horizon(session, prose.event);
        if first_change < horizon {
            continue;
        }
        if let Some(why) = seen.ledger.doubt(0, horizon.max(prose.event)) {
            seen.skip(prose.event, why);
            continue;
        }
        if seen.report.findings.iter().any(|f| f.event == prose.event) {
            continue;
        }
        let said = short(cite.text());
        let title = format!("Claimed \"{said}\", but no call changed anything");
        let absence = Basis::Absence {
            sought: "a call that changes something".into(),
            scope: (0, prose.event.saturating_sub(1)),
        };
        let finding = Finding::new("claimed-work", Category::Hallucination, prose.event, title, cite)
            .path("no-change")
            .detail(format!("The agent says \"{said}\". No call before that changes a file, a setting or a system."))
            .and(Some(absence));
        seen.find("no-change".to_owned(), finding);
    }
}

/// True for a call that changes nothing: a look, a list of tasks, a check that is known and mends nothing.
fn only_looks(call: &Call<'_>) -> bool {
    match call.named_role() {
        Some(ToolRole::Shell) => command::of_call(call).is_some_and(|all| !all.is_empty() && all.iter().all(harmless)),
        Some(ToolRole::Look | ToolRole::Browse) => call.known.effect.0 == Effect::Read,
        Some(ToolRole::Own) => !matches!(call.name.text.to_ascii_lowercase().as_str(), "task" | "agent" | "new_task"),
        _ => call.known.effect.0 == Effect::Read,
    }
}

fn harmless(command: &command::Command) -> bool {
    const MENDS: [&str; 8] = ["--fix", "--write", "-w", "-i", "--in-place", "--update", "-u", "--apply"];
    if command.output.is_some() || command.uncertain || command.has(&MENDS) {
        return false;
    }
    let check = || match table().meaning(command) {
        Meaning::Check { topics, script: false, .. } => !topics.meet(Topics::FORMAT),
        _ => false,
    };
    !command::may_change(command) || check()
}
