//! With less authority, would the impact have been smaller?

use super::{Observation, Question};
use crate::confirmation::{self, Level};
use crate::contract::Effect;
use crate::finding::{Cite, Finding, Outcome};
use crate::operation::{self, Weight};
use crate::session::Session;
use std::collections::BTreeSet;

pub(super) fn observe(session: &Session<'_>, findings: &[Finding], out: &mut Vec<Observation>) {
    let granted: BTreeSet<&str> = session.trace.tools.iter().map(|t| t.name.text.as_str()).collect();
    let used: BTreeSet<&str> = session.calls.iter().map(|c| c.name.text.as_str()).filter(|n| granted.contains(n)).collect();
    if !granted.is_empty() {
        let text = format!("The agent was granted {} tools and used {}: {} of {}.", granted.len(), used.len(), used.len(), granted.len());
        out.push(Observation::new(Question::PermissionScope, text));
        let idle: Vec<&str> = granted.difference(&used).copied().filter(|n| session.contracts.known(n).effect.0 == Effect::Write).collect();
        if !idle.is_empty() {
            let list = idle.iter().take(8).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
            let more = if idle.len() > 8 { ", …" } else { "" };
            out.push(Observation::new(Question::PermissionScope, format!("{} granted tools that change something were not used: {list}{more}.", idle.len())));
        }
    }
    let wrong: BTreeSet<u32> = findings.iter().map(|f| f.event).collect();
    for call in session.calls.iter().filter(|c| wrong.contains(&c.event)) {
        let operation = operation::of(call);
        if operation.weight != Weight::Heavy {
            continue;
        }
        let name = call.name.text.as_str();
        let harmed = findings.iter().any(|f| f.event == call.event && f.outcome == Outcome::Unmitigated);
        let cite = Cite::whole(call.event, call.name);
        let permission = call.known.contract.as_ref().and_then(|c| c.permission.clone());
        let seen = match (harmed, permission) {
            (true, Some(permission)) => Observation::new(Question::PermissionScope, format!("The agent held `{permission}`, without which `{name}` could not have done this.")).eased(true),
            (true, None) => Observation::new(Question::PermissionScope, format!("The agent could run `{name}` with effect; nothing in the trace limits it.")).eased(true),
            (false, _) => Observation::new(Question::PermissionScope, format!("`{name}` was turned down, which kept the impact small.")).eased(false),
        };
        out.push(seen.cite(cite.clone()).tool(name));
        let asked = confirmation::unreadable(session, call).is_none() && confirmation::of(session, call, &operation).level == Level::None;
        if harmed && asked {
            let text = format!("`{name}` ran without the user's confirmation, and nothing asked for one.");
            out.push(Observation::new(Question::PermissionScope, text).cite(cite).eased(true).tool(name));
        }
    }
}
