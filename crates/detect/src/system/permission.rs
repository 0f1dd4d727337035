//! Permission scope: what was granted, against what was used and asked for.

use super::{Observation, Question};
use crate::finding::{Cite, Finding};
use crate::session::Session;
use crate::tools::contract::Effect;

/// Findings in which the agent did more than it was asked to do: with less authority it could not have.
const OVERREACH: [&str; 3] = ["injection-followed", "unconfirmed-write", "guard-overridden"];

pub fn observe(session: &Session<'_>, findings: &[Finding]) -> Vec<Observation> {
    let mut seen = Vec::new();
    for finding in findings.iter().filter(|f| OVERREACH.contains(&f.detector)) {
        let Some(call) = session.call_at(finding.event) else { continue };
        let name = &call.name.text;
        let text = match finding.detector {
            "unconfirmed-write" => format!("`{name}` could be called without anybody's confirmation"),
            _ => format!("`{name}` was within the agent's authority, though this task needed no such call"),
        };
        seen.push(
            Observation::new(Question::PermissionScope, text, Cite::whole(call.event, call.name))
                .contributing()
                .of_tool(name),
        );
    }
    let used = |name: &str| session.calls.iter().any(|c| c.name.text == name);
    let mut names: Vec<&str> = Vec::new();
    let mut unused = Vec::new();
    for tool in &session.trace.tools {
        let name = tool.name.text.as_str();
        if names.contains(&name) {
            continue;
        }
        names.push(name);
        if !used(name) && session.contracts.known(name).effect.0 == Effect::Write {
            unused.push(tool);
        }
    }
    if !unused.is_empty() {
        let listed: Vec<_> = unused.iter().take(5).map(|t| format!("`{}`", t.name.text)).collect();
        let more = if unused.len() > 5 { format!(" and {} more", unused.len() - 5) } else { String::new() };
        let text = format!(
            "Of {} tools granted, {} that change something were not used: {}{more}",
            names.len(),
            unused.len(),
            listed.join(", ")
        );
        let cites = unused.iter().take(5).filter_map(|t| Cite::whole(0, &t.name));
        seen.push(Observation::new(Question::PermissionScope, text, cites));
    }
    seen
}
