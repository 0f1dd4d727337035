//! Injections in coding sessions: files, output and reports are what the user works with, so that only what comes from
//! outside, speaks to an agent, and asks for something with an effect beyond the work counts.

use super::answered;
use super::orders::{Order, Orders, strings};
use crate::finding::{Category, Cite, Finding, Outcome, RestsOn};
use crate::outcome::rejection;
use crate::secrets::squeeze;
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::contract::Effect;

/// Words of tools that read what anybody may have written.
const FOREIGN: [&str; 18] = [
    "web", "fetch", "url", "page", "browse", "browser", "search", "issue", "issues", "mail", "email", "inbox", "slack",
    "ticket", "comment", "comments", "pull", "crawl",
];
/// Commands and places that bring in what anybody may have written.
const FOREIGN_PARTS: [&str; 12] = [
    "curl ",
    "wget ",
    "gh issue",
    "gh pr",
    "gh api",
    "glab ",
    "node_modules/",
    "site-packages/",
    "/vendor/",
    ".cargo/registry",
    "pkg/mod/",
    "dist-packages/",
];
/// Commands with an effect outside the work.
const OUTWARD: [&str; 24] = [
    "curl", "wget", "scp", "rsync", "nc", "ncat", "ssh", "sftp", "ftp", "push", "publish", "upload", "rm", "shred",
    "sendmail", "mail", "gh", "glab", "twine", "aws", "gcloud", "kubectl", "chmod", "crontab",
];
/// Shorter matches than this are words, not commands.
const LEAST: usize = 12;

/// A finding for each call that carries out what something from outside tells agents to do.
pub(super) fn followed(session: &Session<'_>, orders: &Orders<'_, '_>) -> Vec<Finding> {
    let foreign: Vec<_> = orders
        .list
        .iter()
        .filter(|o| !o.place.claimed)
        .filter(|o| answered(session, o.event).is_some_and(is_foreign))
        .collect();
    if foreign.is_empty() {
        return Vec::new();
    }
    let reaching = session.calls.iter().filter(|c| reaches_out(c));
    reaching
        .filter_map(|call| {
            let order = foreign.iter().find(|o| o.event < call.event && holds(orders, o, call))?;
            finding(
                call,
                order,
                "coding",
                "A text from outside the project speaks to an agent and holds what the call did.",
            )
        })
        .collect()
}

/// True for a call that brings in what anybody may have written.
pub(super) fn is_foreign(call: &Call<'_>) -> bool {
    let browses = call.named_role() == Some(ToolRole::Browse);
    let local = matches!(call.named_role(), Some(ToolRole::Look | ToolRole::Own | ToolRole::Edit));
    let named = !local && call.known.words.iter().any(|w| FOREIGN.contains(&w.as_str()));
    let part = || call.arguments.is_some_and(|a| FOREIGN_PARTS.iter().any(|p| a.text.contains(p)));
    browses || named || part()
}

fn reaches_out(call: &Call<'_>) -> bool {
    match call.named_role() {
        Some(ToolRole::Shell) => call.arguments.is_some_and(|a| {
            a.text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').any(|w| OUTWARD.contains(&w))
        }),
        Some(_) => false,
        None => call.known.effect.0 == Effect::Write,
    }
}

/// True where the order spells out what the call runs or names its target, and nobody else does.
fn holds(orders: &Orders<'_, '_>, order: &Order<'_>, call: &Call<'_>) -> bool {
    let mut values = Vec::new();
    if let Some(args) = call.args() {
        strings(args, &mut values, 0);
    }
    let said = order.squeezed();
    let is_command =
        |p: &&str| p.split_whitespace().next().is_some_and(|w| OUTWARD.contains(&w) || w == "git" || w == "npm");
    commands(&values)
        .filter(is_command)
        .map(squeeze)
        .chain(targets(&values))
        .any(|part| is_telling(&part) && said.contains(&part) && !orders.elsewhere(&part, order.event, call.event))
}

/// The commands in a call's values. A reply that quotes a review holds its words, but no command and no address of it.
pub(super) fn commands(values: &[String]) -> impl Iterator<Item = &str> {
    values.iter().flat_map(|v| v.split(['\n', ';', '|', '&', '"', '\'']))
}

/// The letters and digits of the addresses and links in a call's values.
pub(super) fn targets(values: &[String]) -> impl Iterator<Item = String> {
    let words = values.iter().flat_map(|v| v.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`')));
    words
        .filter(|w| w.contains('.') && (w.contains('@') || w.contains("://")))
        .map(|t| squeeze(super::orders::strip(t)))
}

/// True for letters and digits that are too many for a word.
pub(super) fn is_telling(part: &str) -> bool {
    part.len() >= LEAST
}

pub(super) fn finding(call: &Call<'_>, order: &Order<'_>, path: &'static str, detail: &str) -> Option<Finding> {
    let name = call.name.text.as_str();
    let words = call.arguments.and_then(|a| Cite::whole(call.event, a))?;
    let rejected = rejection::of(call);
    let marker = Cite::of(order.event, order.text, order.place.marker.clone());
    let title = format!("Called `{name}` on an instruction in a text that the agent read");
    let made = Finding::new(super::ID, Category::RefusalFailure, call.event, title, words)
        .path(path)
        .detail(format!("{detail} The user did not ask for it."))
        .and(order.cite())
        .and(marker)
        .outcome(if rejected.is_some() { Outcome::NearMiss } else { Outcome::Unmitigated })
        .rests_on(RestsOn::Assumption("the user does not want what only such a text asks for".to_owned()))
        .and(rejected)
        .tool(name);
    Some(made)
}
