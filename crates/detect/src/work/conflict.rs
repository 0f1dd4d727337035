//! Merges by other ways than a command that is called so: a commit that concludes one, a push from one branch onto another; and
//! files that are put back by copying.

use crate::prose::pattern;
use crate::tools::command::Command;
use crate::work::ledger::Deed;
use regex::Regex;
use std::sync::LazyLock;

// "CONFLICT (content): …", "use 'hg resolve' to retry unresolved file merges"
static STOPPED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\bconflicts?\b[ (:]|fix conflicts|resolve (?:all |the |any )?conflicts|unresolved (?:file|conflict|path)|\bunmerged\b|after resolving|merge conflicts?\b",
    )
});
// "   1f2..3ab  feature -> main"
static MOVED: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"(?m)\s(\S{1,200}) -> (\S{1,200})\s*$"));

/// So much of an output is read.
const READ_AT_MOST: usize = 20_000;
/// Branches that work lands on.
const TRUNKS: [&str; 6] = ["main", "master", "trunk", "develop", "dev", "mainline"];

/// A merge or the like that stopped for somebody to resolve what is in conflict.
#[derive(Debug, Default)]
pub(super) struct Conflict {
    stopped: Option<(String, Vec<&'static str>)>,
}

impl Conflict {
    /// Notes a deed that stopped; a commit by the same program concludes it, and is that deed as well.
    pub(super) fn follow(&mut self, deed: &mut Deed, command: &Command, told: &str) {
        let program = command.program();
        if deed.failed.is_some() {
            let told = &told[..told.floor_char_boundary(READ_AT_MOST)];
            if STOPPED.as_ref().is_some_and(|r| r.is_match(told)) {
                self.stopped = Some((program.to_owned(), deed.kinds.clone()));
            }
            return;
        }
        self.abandon(command);
        let commits = command.plain().any(|w| matches!(w, "commit" | "ci"));
        if let Some((_, kinds)) = self.stopped.take_if(|(by, _)| commits && by == program) {
            deed.kinds.extend(kinds);
            deed.kinds.sort_unstable();
            deed.kinds.dedup();
        }
    }

    /// Forgets what stopped, where a command gives it up.
    pub(super) fn abandon(&mut self, command: &Command) {
        let gives_up = command.has(&["--abort", "--quit"])
            || command.plain().any(|w| w == "reset") && command.has(&["--hard", "--merge", "--keep"]);
        self.stopped.take_if(|(by, _)| gives_up && by == command.program());
    }
}

/// A push from one branch onto another merges it there; a push onto the trunk lands what was committed.
pub(super) fn onto_trunk(deed: &mut Deed, command: &Command, told: &str) {
    if !deed.kinds.contains(&"push") || command.program() != "git" {
        return;
    }
    let told = &told[..told.floor_char_boundary(READ_AT_MOST)];
    let name = |r: &str| r.trim_start_matches("refs/heads/").rsplit('/').next().unwrap_or_default().to_owned();
    let named = command.plain().skip(1).filter_map(|w| w.split_once(':'));
    let named: Vec<(String, String)> = named
        .filter(|(a, b)| !a.is_empty() && !b.starts_with('/') && !b.contains('@') && !b.contains("refs/for"))
        .map(|(a, b)| (name(a), name(b)))
        .collect();
    let moved = MOVED.iter().flat_map(|r| r.captures_iter(told)).take(50).map(|c| (name(&c[1]), name(&c[2])));
    let moves: Vec<(String, String)> = named.into_iter().chain(moved).collect();
    let trunk = |w: &str| TRUNKS.contains(&w);
    let plain = command.plain().skip(2).any(|w| trunk(&name(w)));
    let crosses = moves.iter().any(|(from, to)| from != to && (trunk(to) || from != "head"));
    if crosses && !deed.kinds.contains(&"merge") {
        deed.kinds.push("merge");
    }
    if (plain || moves.iter().any(|(_, to)| trunk(to))) && deed.failed.is_none() {
        deed.lands = true;
    }
}

/// True for a command that puts something into files: a copy of a backup may take a change back.
pub(super) fn rewrites(command: &Command) -> bool {
    let file = command.output.as_deref().is_some_and(|o| !o.starts_with("/dev/") && !o.starts_with('&'));
    file || matches!(
        command.program(),
        "cp" | "mv"
            | "rsync"
            | "tar"
            | "unzip"
            | "patch"
            | "ln"
            | "dd"
            | "install"
            | "gunzip"
            | "rm"
            | "unlink"
            | "trash"
            | "ditto"
            | "robocopy"
            | "truncate"
    )
}
