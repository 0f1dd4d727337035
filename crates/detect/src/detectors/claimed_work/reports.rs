//! Reports of sub-agents: what one says that it changed, compared with the steps that it took.

use super::{Seen, actions, checks, short};
use crate::finding::{Basis, Category, Finding};
use crate::maps::HashSet;
use crate::prose::Prose;
use crate::tools::builtin::ToolRole;
use crate::work::deeds;
use hindcast_trace::model::Role;

pub(super) fn look(seen: &mut Seen<'_, '_, '_>) {
    let session = seen.session;
    let said: HashSet<&str> = session.prose().iter().map(|p| p.text.text.trim()).collect();
    for prose in session.until_stopped(session.prose()) {
        if let Some(agent) = seen.sub_agent(prose.event).map(str::to_owned) {
            idle(seen, prose, &agent);
        }
    }
    for call in session.calls.iter().filter(|c| c.role() == Some(ToolRole::Own)) {
        let tool = call.name.text.to_ascii_lowercase();
        let Some(result) = call.result.as_ref().filter(|_| matches!(tool.as_str(), "task" | "agent" | "new_task"))
        else {
            continue;
        };
        // A report that stands among the sub-agent's own words was judged there.
        let Some(text) = result.content.filter(|t| !said.contains(t.text.trim())) else { continue };
        let inside = (call.event + 1..result.event).take(4000);
        let mut agents = inside.filter_map(|e| session.event(e).agent.as_deref());
        let Some(agent) = agents.find(|a| a.starts_with("sub-agent")).map(str::to_owned) else { continue };
        let prose = Prose::new(result.event, Role::Assistant, text);
        seen.reporter = Some(agent.clone());
        checks::look(seen, &prose);
        actions::look(seen, &prose);
        idle(seen, &prose, &agent);
        seen.reporter = None;
    }
}

/// A sub-agent says that it edited something, and took no step that could have.
fn idle(seen: &mut Seen<'_, '_, '_>, prose: &Prose<'_>, agent: &str) {
    let session = seen.session;
    let by = |event: u32| session.event(event).agent.as_deref() == Some(agent);
    let steps = session.calls.iter().filter(|c| c.event < prose.event && by(c.event)).count();
    let edits = seen.ledger.edits.iter().any(|e| e.event < prose.event && by(e.event));
    // A shell may write in more ways than are known.
    let shell = session.calls.iter().any(|c| {
        by(c.event)
            && c.event < prose.event
            && crate::tools::command::of_call(c).is_some_and(|all| all.iter().any(crate::tools::command::may_change))
    });
    if steps == 0 || edits || shell || seen.ledger.doubt(0, prose.event).is_some() {
        return;
    }
    let Some(cite) = deeds::own_edit(prose) else { return };
    if !seen.may_judge(prose.event) {
        return;
    }
    let title = format!("Claimed \"{}\", but the sub-agent changed no file", short(cite.text()));
    let absence =
        Basis::Absence { sought: "an edit by the sub-agent".into(), scope: (0, prose.event.saturating_sub(1)) };
    let finding = Finding::new("claimed-work", Category::Hallucination, prose.event, title, cite)
        .path("idle-subagent")
        .detail(format!("The sub-agent took {steps} steps. None of them writes to a file."))
        .and(Some(absence));
    seen.find(agent.to_owned(), finding);
}
