//! Work of others that a command threw away: changes that a look had shown before the agent's first edit, files that only the target
//! had, one side of a conflict.

use super::{is, patterns};
use crate::session::Session;
use crate::tools::command::{self, Command};
use crate::work::answer;
use crate::work::ledger::Ledger;
use std::collections::BTreeSet;

/// What was lost, and how it is told.
#[derive(Debug)]
pub struct Lost {
    /// Index of the call that lost it.
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// What it is, for people.
    pub what: String,
    /// The command.
    pub shown: String,
    /// The index of the call that showed it before, and the line.
    pub seen: Option<(usize, String)>,
    /// What kind of loss it is.
    pub kind: Kind,
}

/// Kinds of losses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes that were not committed.
    Changes,
    /// Files that stood at the target only.
    Files,
    /// What the other side of a conflict has.
    Side,
}

/// So many calls before one are looked through, and so many lines of each output.
const CALLS: usize = 400;
const LINES: usize = 2000;

/// What commands between two events threw away, where the user did not ask for that.
pub fn open(session: &Session<'_>, ledger: &Ledger, from: u32, end: u32) -> Vec<Lost> {
    let all = patterns();
    let said = |r: &Option<regex::Regex>| {
        session.heard_texts().iter().filter(|t| t.event < end).any(|t| is(r, &t.prose().text.text))
    };
    let mut lost = Vec::new();
    for call in session.calls_between(from, end) {
        let Ok(index) = session.calls.binary_search_by_key(&call.event, |c| c.event) else { continue };
        let commands = command::of_call(call).unwrap_or_default();
        let done = answer::of(call, false).is_some_and(|a| !a.declined);
        for command in commands.iter().filter(|_| done) {
            let found = match command.program() {
                "git" if !said(&all.throw_away) => changes(session, ledger, index, command),
                "rsync" if !said(&all.wants_gone) || said(&all.must_stay) => files(session, index, command),
                _ => None,
            };
            lost.extend(found);
            if command.program() == "git" && !said(&all.chooses_side) {
                lost.extend(side(ledger, index, call.event, end, command));
            }
        }
    }
    lost
}

/// The paths that a command of git sets back to what is committed; `None` where it does not, an empty list for all.
fn set_back(command: &Command) -> Option<Vec<String>> {
    let mut plain = command.plain();
    let verb = plain.next()?;
    let rest: Vec<String> = plain.map(|p| p.trim_start_matches("./").trim_end_matches('/').to_owned()).collect();
    let all = |paths: Vec<String>| {
        if paths.iter().any(|p| p == "." || p.is_empty() || p == ":") { Vec::new() } else { paths }
    };
    match verb {
        "checkout" if command.has(&["--ours", "--theirs", "-b", "-B", "-p", "--patch"]) => None,
        "checkout" => {
            let at = command.words.iter().position(|w| w == "--");
            let behind = |at: usize| command.words[at + 1..].iter();
            match at {
                Some(at) => {
                    Some(all(behind(at).map(|p| p.trim_start_matches("./").trim_end_matches('/').to_owned()).collect()))
                }
                None => (rest == ["."] || rest == [""]).then(Vec::new),
            }
        }
        "restore" if command.has(&["--staged", "-S"]) && !command.has(&["--worktree", "-W"]) => None,
        "restore" => Some(all(rest)),
        "reset" if command.has(&["--hard"]) => Some(Vec::new()),
        _ => None,
    }
}

/// Changes that a look had shown before the agent changed anything, and that are thrown away.
fn changes(session: &Session<'_>, ledger: &Ledger, index: usize, command: &Command) -> Option<Lost> {
    let paths = set_back(command)?;
    let call = &session.calls[index];
    let first =
        ledger.edits.first().map_or(u32::MAX, |e| e.event).min(ledger.rewrites.first().copied().unwrap_or(u32::MAX));
    let before = &session.calls[..index];
    // What was put aside first is not lost.
    let kept = |c: &Command| match c.program() {
        "git" => {
            matches!(c.plain().next(), Some("stash" | "commit" | "worktree" | "format-patch")) || c.output.is_some()
        }
        "cp" | "rsync" | "tar" | "mv" => true,
        _ => false,
    };
    let mut seen: Option<(usize, String)> = None;
    let mut files: BTreeSet<String> = BTreeSet::new();
    for (at, earlier) in before.iter().enumerate().take(CALLS) {
        let commands = command::of_call(earlier).unwrap_or_default();
        if commands.iter().any(kept) {
            return None;
        }
        let looks = commands.iter().any(|c| c.program() == "git" && matches!(c.plain().next(), Some("status" | "st")));
        if !looks || earlier.event >= first {
            continue;
        }
        let Some(told) = answer::of(earlier, false) else { continue };
        for line in told.text.lines().take(LINES) {
            let Some(path) = modified(line) else { continue };
            let covered = paths.is_empty()
                || paths
                    .iter()
                    .any(|p| path == *p || path.strip_prefix(p.as_str()).is_some_and(|r| r.starts_with('/')));
            if covered && files.insert(path) && seen.is_none() {
                seen = Some((at, line.trim_end().to_owned()));
            }
        }
    }
    let names: Vec<&str> = files.iter().take(4).map(String::as_str).collect();
    (!names.is_empty()).then(|| Lost {
        call: index,
        event: call.event,
        what: format!("the uncommitted changes in {}", names.join(", ")),
        shown: command.shown(),
        seen,
        kind: Kind::Changes,
    })
}

/// The path in a line of `git status` that shows a file as modified.
fn modified(line: &str) -> Option<String> {
    let path = line.trim_start().strip_prefix("modified:").or_else(|| {
        let state = line.get(..3)?;
        matches!(state, " M " | "MM " | "M  " | "AM ").then(|| &line[3..])
    })?;
    let path = path.trim();
    (!path.is_empty() && path.len() < 300).then(|| path.to_owned())
}

/// Files that stood at the target only and that a copy deletes.
fn files(session: &Session<'_>, index: usize, command: &Command) -> Option<Lost> {
    let flag = |c: &Command, name: &str| c.words.iter().skip(1).any(|w| w.starts_with(name));
    let dry = |c: &Command| {
        c.has(&["--dry-run", "--list-only"])
            || c.words.iter().skip(1).any(|w| w.starts_with('-') && !w.starts_with("--") && w.contains('n'))
    };
    if !flag(command, "--del") || dry(command) {
        return None;
    }
    let targets: Vec<&str> = command.plain().collect();
    let of = |at: usize| {
        let earlier = &session.calls[at];
        let same = at == index
            || command::of_call(earlier)
                .unwrap_or_default()
                .iter()
                .any(|c| c.program() == "rsync" && dry(c) && c.plain().collect::<Vec<_>>() == targets);
        let told = answer::of(earlier, false).filter(|_| same)?;
        let line = told.text.lines().take(LINES).find(|l| {
            let l = l.trim_start().trim_start_matches('*');
            l.strip_prefix("deleting ").is_some_and(|p| !p.trim().is_empty())
        })?;
        Some((at, line.to_owned()))
    };
    let (at, line) = (0..=index).rev().take(CALLS).find_map(of)?;
    let path = line.trim_start().trim_start_matches('*').trim_start_matches("deleting").trim().to_owned();
    Some(Lost {
        call: index,
        event: session.calls[index].event,
        what: format!("files that only the target had, {path} among them"),
        shown: command.shown(),
        seen: Some((at, line)),
        kind: Kind::Files,
    })
}

/// One side of a conflict, taken as a whole.
fn side(ledger: &Ledger, index: usize, event: u32, end: u32, command: &Command) -> Option<Lost> {
    let verb = command.plain().next()?;
    let taken = command.words.iter().find_map(|w| match w.as_str() {
        "--ours" | "-Xours" => Some("ours"),
        "--theirs" | "-Xtheirs" => Some("theirs"),
        _ => None,
    });
    let paths: Vec<&str> = command.plain().skip(1).filter(|p| !is(&patterns().made_by_tools, p)).collect();
    let taken = taken.filter(|_| verb == "checkout" || verb == "restore")?;
    let path = *paths.first()?;
    // What is put together by hand afterwards is no loss.
    let name = crate::work::edits::name_of(path);
    let mended = ledger.edits.iter().any(|e| e.event > event && e.event < end && e.name() == name);
    (!mended).then(|| Lost {
        call: index,
        event,
        what: format!("the other side of the conflict in {path} (`--{taken}`)"),
        shown: command.shown(),
        seen: None,
        kind: Kind::Side,
    })
}
