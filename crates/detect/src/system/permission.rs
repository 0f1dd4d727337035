//! Permission scope: what was granted, against what was used and asked for.

use super::{Observation, Question};
use crate::finding::{Cite, Finding};
use crate::session::Session;
use crate::tools::contract::Effect;
use hindcast_trace::model::ToolDef;

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
        if !used(name) && session.known(name).effect.0 == Effect::Write {
            unused.push(tool);
        }
    }
    seen.extend(unguarded(session));
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

/// The granted tools that change something, and of which neither a contract nor their own definition says that anybody
/// must agree before.
fn unguarded(session: &Session<'_>) -> Option<Observation> {
    let mut open: Vec<&ToolDef> = Vec::new();
    for tool in &session.trace.tools {
        let known = session.known(&tool.name.text);
        let asks = known.contract.is_some_and(|c| c.confirm == Some(true))
            || tool.description.iter().chain(&tool.parameters).any(|t| asks_for_consent(&t.text));
        let again = open.iter().any(|t| t.name.text == tool.name.text);
        if known.effect.0 == Effect::Write && !asks && !again {
            open.push(tool);
        }
    }
    if open.is_empty() {
        return None;
    }
    let listed: Vec<_> = open.iter().take(5).map(|t| format!("`{}`", t.name.text)).collect();
    let more = if open.len() > 5 { format!(" and {} more", open.len() - 5) } else { String::new() };
    let text = format!(
        "Writes that no definition and no contract ties to anybody's confirmation: {}{more}",
        listed.join(", ")
    );
    let cites = open.iter().take(5).filter_map(|t| Cite::whole(0, &t.name));
    Some(Observation::new(Question::PermissionScope, text, cites))
}

/// Words with which a definition asks for somebody's yes: in its description, or as a parameter.
fn asks_for_consent(text: &str) -> bool {
    const WORDS: [&str; 6] = ["confirm", "consent", "approv", "permission from", "agreed", "authoriz"];
    let folded = text.to_ascii_lowercase();
    WORDS.iter().any(|w| folded.contains(w))
}
