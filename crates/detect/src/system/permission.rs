//! Permission scope: what was granted, against what was used and asked for.

use super::{Observation, Question};
use crate::dialogue::request::Request;
use crate::finding::{Cite, Finding};
use crate::maps::HashSet;
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::model::ToolDef;

/// Findings in which the agent did more than it was asked to do: with less authority it could not have.
const OVERREACH: [&str; 3] = ["injection-followed", "unconfirmed-write", "guard-overridden"];

/// Ways in which a write was ordered and had other values than the user named.
const VALUES: [&str; 5] = ["other-recipient", "mistyped", "placeholder", "other-id", "other-entry"];

pub fn observe(session: &Session<'_>, findings: &[Finding]) -> Vec<Observation> {
    let mut seen = Vec::new();
    let request = Request::of(session);
    let flagged: HashSet<u32> = findings.iter().map(|f| f.event).collect();
    let graver: HashSet<u32> = findings
        .iter()
        .filter(|f| f.detector != "unconfirmed-write" && OVERREACH.contains(&f.detector))
        .map(|f| f.event)
        .collect();
    for finding in findings.iter().filter(|f| OVERREACH.contains(&f.detector)) {
        // Of two findings at one call, the one that says more about the permission.
        if finding.detector == "unconfirmed-write" && graver.contains(&finding.event) {
            continue;
        }
        let Some(call) = session.call_at(finding.event) else { continue };
        let name = &call.name.text;
        let (text, contributes) = match (finding.detector, need(session, &request, call, &flagged)) {
            // What was asked for may have been confirmed; the values were not.
            ("unconfirmed-write", _) if VALUES.contains(&finding.path) => {
                (format!("`{name}` could be called with values that the user did not give"), true)
            }
            ("unconfirmed-write", _) => (format!("`{name}` could be called without confirmation"), true),
            (_, Some(true)) => (format!("The task needed `{name}`; this call used the same permission"), false),
            (_, Some(false)) => {
                (format!("The agent had permission to call `{name}`, which no words of the user ask for"), true)
            }
            (_, None) => {
                (format!("The agent had permission to call `{name}`; whether the task needed it is unknown"), false)
            }
        };
        let found = Observation::new(Question::PermissionScope, text, Cite::whole(call.event, call.name)).of_tool(name);
        seen.push(if contributes { found.contributing() } else { found });
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
            "{} tools were granted. Write tools not used ({}): {}{more}",
            names.len(),
            unused.len(),
            listed.join(", ")
        );
        let cites = unused.iter().take(5).filter_map(|t| Cite::whole(0, &t.name));
        seen.push(Observation::new(Question::PermissionScope, text, cites));
    }
    seen
}

/// Whether the task needed the tool: the user asked for the operation, or the agent also used the tool where nothing is
/// wrong with it. `None` where the request cannot be read: it may have asked for it.
fn need(session: &Session<'_>, request: &Request<'_>, call: &Call<'_>, flagged: &HashSet<u32>) -> Option<bool> {
    let elsewhere = || session.calls.iter().any(|c| c.name.text == call.name.text && !flagged.contains(&c.event));
    if request.asks_for(call) || elsewhere() {
        return Some(true);
    }
    request.unreadable.is_none().then_some(false)
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
    let text = format!("Write tools without a confirmation requirement: {}{more}", listed.join(", "));
    let cites = open.iter().take(5).filter_map(|t| Cite::whole(0, &t.name));
    Some(Observation::new(Question::PermissionScope, text, cites))
}

/// Words with which a definition asks for somebody's yes: in its description, or as a parameter.
fn asks_for_consent(text: &str) -> bool {
    const WORDS: [&str; 6] = ["confirm", "consent", "approv", "permission from", "agreed", "authoriz"];
    let folded = text.to_ascii_lowercase();
    WORDS.iter().any(|w| folded.contains(w))
}
