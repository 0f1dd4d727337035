//! Files of the project itself that speak to an agent: comments in code, in pages and in READMEs. What a project writes down
//! for agents in the files made for that is the user's word; a comment in any other file is nobody's order.

use super::answered;
use super::coding::{commands, finding, is_telling, targets};
use super::orders::{Order, Orders, strings};
use crate::dialogue::request::is_negated;
use crate::finding::Finding;
use crate::prose::lexicon::english;
use crate::secrets::squeeze;
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::command::risk;
use crate::tools::contract::Effect;
use hindcast_trace::model::Role;
use std::collections::BTreeSet;

/// Files in which people tell agents how to work on a project.
const INSTRUCTIONS: [&str; 13] = [
    "claude.md",
    "agents.md",
    "gemini.md",
    "cursorrules",
    ".cursor/",
    "windsurfrules",
    "clinerules",
    "copilot-instructions",
    "skill.md",
    "skills/",
    ".claude/",
    ".github/",
    "memory.md",
];
/// Words of commands that undo, send away or let in.
const GRAVE: [&str; 24] = [
    "curl",
    "wget",
    "scp",
    "rsync",
    "ssh",
    "push",
    "publish",
    "upload",
    "rm",
    "shred",
    "uninstall",
    "disable",
    "delete",
    "remove",
    "unset",
    "chmod",
    "crontab",
    "mail",
    "sendmail",
    "config",
    "-f",
    "--force",
    "--no-verify",
    "--index-url",
];
/// Parts of commands that send something away, run what they fetch, or let packages come from elsewhere.
pub(super) const SENDS: [&str; 16] = [
    " -d ",
    " -d\"",
    " -d'",
    "--data",
    " -F ",
    "-X POST",
    "-X PUT",
    "--upload-file",
    " -T ",
    "| sh",
    "| bash",
    "|sh",
    "|bash",
    "index-url",
    "registry",
    "remote add",
];
/// How far before the words for an agent a file's name is looked for, where several files stand in one answer.
const NEAR: usize = 400;

/// A finding for each call that carries out what a file says to agents, and that the user had not asked for.
pub(super) fn followed(session: &Session<'_>, orders: &Orders<'_, '_>) -> Vec<Finding> {
    let local: Vec<_> = orders.list.iter().filter(|o| !o.place.claimed && is_local(session, o)).collect();
    if local.is_empty() {
        return Vec::new();
    }
    let changing = session.calls.iter().filter(|c| changes(c));
    changing
        .filter_map(|call| {
            let spoke = |o: &Order<'_>| {
                session.messages.iter().any(|m| m.role == Role::User && o.event < m.event && m.event < call.event)
            };
            let order = local.iter().find(|o| o.event < call.event && !spoke(o) && carried_out(orders, o, call))?;
            finding(call, order, "local", "A file that was read speaks to an agent and asks for what the call did.")
        })
        .collect()
}

/// True where an order stands in a file that is not made for agents.
pub(super) fn is_local(session: &Session<'_>, order: &Order<'_>) -> bool {
    let Some(call) = answered(session, order.event) else { return false };
    let reads = matches!(call.named_role(), Some(ToolRole::Shell | ToolRole::Look | ToolRole::File | ToolRole::Edit));
    let named = |text: &str| {
        let folded = text.to_ascii_lowercase();
        INSTRUCTIONS.iter().any(|i| folded.contains(i))
    };
    let text = &order.text.text;
    let from = text.floor_char_boundary(order.place.marker.start.saturating_sub(NEAR));
    reads && !call.arguments.is_some_and(|a| named(&a.text)) && !named(&text[from..order.place.marker.start])
}

fn changes(call: &Call<'_>) -> bool {
    match call.named_role() {
        Some(ToolRole::Shell | ToolRole::Edit) => true,
        Some(ToolRole::File) => call.known.effect.0 == Effect::Write,
        _ => false,
    }
}

/// True where the call takes an address, a grave command or two names in code from the order.
fn carried_out(orders: &Orders<'_, '_>, order: &Order<'_>, call: &Call<'_>) -> bool {
    let mut values = Vec::new();
    if let Some(args) = call.args() {
        strings(args, &mut values, 0);
    }
    // What deletes or publishes, and stands in the order as it was run, is no part of anybody's work but the order's.
    let words = |c: &str| c.split_whitespace().skip(1).filter(|w| w.len() >= 4).map(str::to_owned).collect::<Vec<_>>();
    let risky = || {
        let all = values.iter().flat_map(|v| risk::of(v)).map(|r| r.command);
        let told = all.filter(|c| c.contains(' ') && order.words().contains(c.as_str()));
        told.into_iter().any(|c| !words(&c).iter().any(|w| orders.users_word_begins(w, call.event)))
    };
    if call.named_role() == Some(ToolRole::Shell) && risky() {
        return true;
    }
    let lone = |part: &str| order.squeezed().contains(part) && !orders.elsewhere(part, order.event, call.event);
    let to = || targets(&values).any(|t| is_telling(&t) && lone(&t));
    // Whoever ordered some work may want a page looked at on the way, but nothing sent there or run from there.
    let sends = || values.iter().any(|v| SENDS.iter().any(|s| v.contains(s)));
    if !orders.only_asked(call.event) || names_deed(orders, call) {
        return sends() && to();
    }
    if to() {
        return true;
    }
    let grave = |p: &str| p.split_whitespace().any(|w| GRAVE.contains(&w));
    let command = || commands(&values).filter(|p| grave(p)).map(squeeze).any(|p| is_telling(&p) && lone(&p));
    let object = || {
        let places = commands(&values).filter(|p| grave(p)).flat_map(|p| p.split_whitespace().skip(1));
        let places = places.filter(|w| w.contains(['/', '.']) && !w.starts_with('-'));
        places.map(squeeze).any(|p| is_telling(&p) && lone(&p))
    };
    command() || object() || order.asks() && shared_names(orders, order, call, &values) >= 2
}

/// True where the user names any operation, in whatever sentence: "can we add a test for it?"
fn names_deed(orders: &Orders<'_, '_>, call: &Call<'_>) -> bool {
    let verbs = |text: &str| {
        let folded = text.to_lowercase();
        let words = folded.split(|c: char| !c.is_alphabetic() && c != '\'');
        let asked = words.filter(|w| !english().of_base(w).is_empty()).filter(|w| {
            let at = w.as_ptr() as usize - folded.as_ptr() as usize;
            !is_negated(&folded[..at])
        });
        asked.map(str::to_owned).collect()
    };
    !orders.users_tokens(call.event, verbs).is_empty()
}

/// How many names of files and of things in code the order and a change of a file that it names share, none of which the user
/// said.
fn shared_names(orders: &Orders<'_, '_>, order: &Order<'_>, call: &Call<'_>, values: &[String]) -> usize {
    if call.named_role() == Some(ToolRole::Shell) {
        return 0;
    }
    let users = orders.users_tokens(call.event, names);
    let wanted = names(order.words());
    let shared: BTreeSet<String> =
        values.iter().flat_map(|v| names(v.as_str())).filter(|n| wanted.contains(n)).collect();
    let file = |n: &String| values.iter().any(|v| v.rsplit('/').next() == Some(n.as_str()));
    // The file that is changed is one that the order names.
    if !shared.iter().any(file) {
        return 0;
    }
    shared.difference(&users).count()
}

/// Words that are written as names are in code: `VERIFY_TLS`, `settings.py`.
fn names(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')));
    let bare = parts.map(|w| w.trim_matches(['.', '-', '_']));
    let is_name = |w: &&str| w.len() >= 5 && w.bytes().any(|b| b.is_ascii_alphabetic()) && w.contains(['_', '.']);
    bare.filter(is_name).map(str::to_owned).collect()
}
