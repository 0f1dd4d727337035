//! Changes that make tests and checks pass without what they check being mended: tests skipped or deleted, assertions loosened,
//! rules turned off.

mod bounds;
mod change;
mod pieces;
mod table;
mod telling;

use crate::session::Call;
use crate::tools::command::Command;
use crate::work::edits;
use crate::work::words::{Meaning, Topics, table as words};
use table::TABLE;

pub use change::{gain, is_test};
pub use pieces::changes;
pub use telling::{
    asks_for_change, goes_on_from_tests, says_mended, speaks_of, speaks_of_change, speaks_of_kept_output,
};

/// What became of the tests, in the words of a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weakening {
    /// What it concerns.
    pub topics: Topics,
    /// The file, or the command.
    pub target: String,
    /// What was done, for people: "a test in `a.py` is skipped".
    pub what: String,
    /// The values that a changed expectation names now, where that is all that was done.
    pub expects: Option<Expects>,
    /// What stood there before.
    pub before: String,
    /// What is counted, where fewer of it is what makes the tests weaker: it may have moved.
    pub fewer: Option<Fewer>,
    /// True where outputs that are kept were written anew.
    pub kept: bool,
    /// What else a message may speak of that tells it.
    pub telling: Telling,
}

/// What a message speaks of that tells of a weakening in words of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Nothing but tests and rules.
    Tests,
    /// A tolerance, a limit, a threshold.
    Bound,
    /// A hook that was left out.
    Hooks,
}

/// What a change takes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fewer {
    /// Tests.
    Definitions,
    /// Checks of values.
    Assertions,
}

/// The values of an expectation before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expects {
    /// Before.
    pub old: Vec<String>,
    /// After.
    pub new: Vec<String>,
}

/// What a call weakens, if anything.
pub fn of_call(call: &Call<'_>, commands: &[Command]) -> Option<Weakening> {
    for command in commands {
        if let Some(path) = edits::removed(command).into_iter().find(|p| is_test(p)) {
            return Some(weakening(Topics::TEST, &path, format!("`{}` was deleted", edits::name_of(&path)), ""));
        }
        if accepts(command) {
            let line = command.words.iter().take(6).cloned().collect::<Vec<_>>().join(" ");
            let weak = weakening(Topics::TEST, &line, format!("`{line}` overwrote the expected output"), "");
            return Some(Weakening { kept: true, ..weak });
        }
        if let Some(option) = bypasses(command) {
            let topics = Topics::TEST.and(Topics::LINT).and(Topics::TYPES).and(Topics::FORMAT).and(Topics::BUILD);
            let what = format!("`{}` left out the hooks (`{option}`)", command.shown());
            return Some(Weakening { telling: Telling::Hooks, ..weakening(topics, &option, what, "") });
        }
    }
    changes(call, commands).into_iter().find_map(|(path, old, new)| change::changed(&path, &old, &new))
}

fn weakening(topics: Topics, target: &str, what: String, before: &str) -> Weakening {
    Weakening {
        topics,
        target: target.to_owned(),
        what,
        expects: None,
        before: before.to_owned(),
        fewer: None,
        kept: false,
        telling: Telling::Tests,
    }
}

/// The option or variable by which a commit or a push leaves out the hooks that check it.
fn bypasses(command: &Command) -> Option<String> {
    let verb = command.plain().next()?;
    if command.program() != "git" || !matches!(verb, "commit" | "push" | "merge") {
        return None;
    }
    // `-n` of a push only tries it.
    let short = |w: &str| verb == "commit" && w.starts_with('-') && !w.starts_with("--") && w[1..].starts_with('n');
    let option = command.words.iter().skip(1).find(|w| *w == "--no-verify" || short(w));
    option.cloned()
}

fn accepts(command: &Command) -> bool {
    let tests = matches!(words().meaning(command), Meaning::Check { topics, .. } if topics.meet(Topics::TEST));
    tests && command.has(&TABLE.accepts.iter().map(String::as_str).collect::<Vec<_>>())
        || command.program() == "cargo" && command.plain().take(2).eq(["insta", "accept"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_that_are_left_out_are_known() {
        let of = |script: &str| bypasses(&crate::tools::command::parse(script)[0]);
        assert_eq!(of("git commit --no-verify -m x").as_deref(), Some("--no-verify"));
        assert_eq!(of("git commit -nm x").as_deref(), Some("-nm"));
        for other in ["git commit -m x", "git push -n", "git commit --amend", "npm run -n"] {
            assert_eq!(of(other), None, "{other}");
        }
    }
}
