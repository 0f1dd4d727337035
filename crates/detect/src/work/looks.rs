//! Looks at what is there already: they bear out that something is committed, pushed or deployed, whoever did it.

use crate::outcome::failure::Kind;
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::command::Command;
use crate::tools::contract::Effect;
use crate::work::answer;
use crate::work::deeds::DeedClaim;
use crate::work::ledger::Ledger;
use crate::work::words::table;

/// A command that only looked.
#[derive(Debug, Clone)]
pub struct Look {
    /// Index into [`Session::calls`].
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The kinds of deeds that its output may show to have been done.
    pub kinds: Vec<&'static str>,
    /// The command.
    pub command: Command,
}

/// What the looks before a claim say of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// One shows what is claimed.
    Yes,
    /// Something was looked up, and nobody can tell here what it shows.
    Perhaps,
    /// This look-up says otherwise, or does not show it.
    No(Contrary),
    /// Nothing was looked up.
    Nothing,
}

/// A look-up that does not bear out what is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contrary {
    /// The command as it was written.
    command: String,
    /// True where its output says otherwise.
    denies: bool,
}

impl Contrary {
    /// True where its output says otherwise, and does not only leave it out.
    pub fn denies(&self) -> bool {
        self.denies
    }

    /// What it shows, for people.
    pub fn told(&self) -> String {
        let how = if self.denies { "shows otherwise" } else { "does not show it" };
        format!("the output of `{}` {how}", self.command)
    }
}

/// So many looks before a claim are read.
const MOST: usize = 40;
/// So much of each output is read.
const READ_AT_MOST: usize = 20_000;

/// Whether a look-up before the event bears out a state that is claimed.
pub fn shown(session: &Session<'_>, ledger: &Ledger, claim: &DeedClaim, before: u32) -> Shown {
    let named = identifiers(claim.sentence.text());
    // What was looked at before the last edit says nothing of that edit.
    let of_code = matches!(claim.kind, "commit" | "push" | "merge" | "deploy" | "publish" | "release");
    let edited = ledger.edits.iter().filter(|e| of_code && e.event < before).map(|e| e.event).next_back();
    let from = edited.unwrap_or(0);
    let mut other = Shown::Nothing;
    let looks = ledger.looks.iter().rev().filter(|l| l.event >= from && l.event < before);
    for look in looks.filter(|l| l.kinds.contains(&claim.kind)).take(MOST) {
        match reads(&session.calls[look.call], look, claim.kind, &named, edited.is_some()) {
            Says::Shown => return Shown::Yes,
            Says::Denied => return Shown::No(Contrary { command: look.command.shown(), denies: true }),
            // What never lists such a thing says nothing of it.
            Says::NotShown if other == Shown::Nothing && may_show(&look.command, claim.kind) => {
                other = Shown::No(Contrary { command: look.command.shown(), denies: false });
            }
            Says::NotShown => {}
            Says::Unknown => return Shown::Perhaps,
        }
    }
    let asked = table().asked.iter().find(|(kind, _)| *kind == claim.kind).map(|(_, r)| r);
    let by_tool = session.calls.iter().take_while(|c| c.event < before).filter(|c| c.event >= from).any(|call| {
        let looks =
            call.role() == Some(ToolRole::Browse) || call.role().is_none() && call.known.effect.0 == Effect::Read;
        let text = || call.result.as_ref().and_then(|r| r.content).map(|t| head(&t.text).to_ascii_lowercase());
        looks && text().is_some_and(|t| asked.is_some_and(|r| r.is_match(&t)) || named.iter().any(|n| t.contains(n)))
    });
    if by_tool { Shown::Perhaps } else { other }
}

/// False for what never lists what is claimed: `git status` and `git diff` tell what is not committed, and no commits.
fn may_show(command: &Command, kind: &str) -> bool {
    let state = matches!(command.plain().next(), Some("status" | "st" | "diff" | "ls-files" | "branch"));
    !(matches!(kind, "commit" | "push" | "merge") && matches!(command.program(), "git" | "hg" | "jj" | "svn") && state)
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(READ_AT_MOST)]
}

enum Says {
    Shown,
    Denied,
    NotShown,
    Unknown,
}

fn reads(call: &Call<'_>, look: &Look, kind: &str, named: &[String], edited: bool) -> Says {
    let Some(answer) = answer::of(call, true) else { return Says::Unknown };
    if answer.declined {
        return Says::NotShown;
    }
    let failed = answer.exit.is_some_and(|e| e != 0) || call.failure().is_some_and(|f| f.kind == Kind::Error);
    let text = head(&answer.text).to_ascii_lowercase();
    let denies = table().looks_deny.iter().find(|(k, _)| *k == kind).is_some_and(|(_, r)| r.is_match(&text));
    if failed || denies {
        return Says::Denied;
    }
    if look.command.output.is_some() {
        return Says::Unknown;
    }
    let git = look.command.program() == "git";
    let open = lists_what_is_left(&look.command);
    if text.trim().is_empty() {
        return if open { Says::Shown } else { Says::NotShown };
    }
    if git && look.command.words.iter().any(|w| w.contains("..")) && open {
        return Says::NotShown;
    }
    let remote = ["origin", "upstream", "remotes/", "@{u", "github", "gitlab", "up to date", "up-to-date"];
    let told = look.command.words.iter().map(String::as_str).chain([text.as_str()]);
    let far = || told.clone().any(|w| remote.iter().any(|r| w.contains(r)));
    if git && kind == "push" && !far() {
        return Says::NotShown;
    }
    let same = named.iter().any(|n| text.contains(n.as_str()));
    // After an edit, an older commit in a list is no sign of a new one.
    let clean = ["nothing to commit", "working tree clean", "working directory clean"].iter().any(|w| text.contains(w));
    if git && kind == "commit" && edited && !same && !clean && !(text.starts_with("## ") && text.lines().count() == 1) {
        return Says::NotShown;
    }
    if !named.is_empty() && !same && !identifiers(&text).is_empty() {
        return Says::NotShown;
    }
    Says::Shown
}

/// True for commands that list what is still to do, so that an empty output is the good one: `git log origin/main..`.
fn lists_what_is_left(command: &Command) -> bool {
    let plain = command.plain().next().unwrap_or_default();
    match command.program() {
        "git" => match plain {
            "diff" | "cherry" => true,
            "status" => command.has(&["-s", "--short", "--porcelain"]),
            "log" | "rev-list" => command.words.iter().any(|w| w.contains("..")),
            _ => false,
        },
        "hg" => plain == "outgoing",
        "which" | "type" | "command" => false,
        _ => false,
    }
}

/// Versions and hashes of commits in a text, by which it is known what it speaks of.
fn identifiers(text: &str) -> Vec<String> {
    let lower = text.to_ascii_lowercase().replace("http/1.", " ");
    let words = lower.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).map(|w| w.trim_matches('.'));
    let version = |w: &str| {
        let parts: Vec<&str> = w.split('.').collect();
        (2..=4).contains(&parts.len()) && parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()))
    };
    let hash = |w: &str| {
        (7..=40).contains(&w.len())
            && w.bytes().all(|b| b.is_ascii_hexdigit())
            && w.bytes().any(|b| b.is_ascii_digit())
            && w.bytes().any(|b| b.is_ascii_alphabetic())
    };
    let known = |w: &str| {
        let bare = w.strip_prefix('v').unwrap_or(w);
        if version(bare) { Some(bare.to_owned()) } else { hash(w).then(|| w[..7].to_owned()) }
    };
    words.filter_map(known).take(20).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_versions_and_hashes() {
        assert_eq!(identifiers("web v2.14.0 is live (9ab01cd)."), ["2.14.0", "9ab01cd"]);
        assert!(identifiers("31 tests in 2.0s, defaced").is_empty());
    }
}
