//! The tables of `data/commands.yaml`.

use super::Command;
use crate::maps::{HashMap, HashSet};
use regex::Regex;
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// What is risky about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// It deletes what cannot easily be brought back.
    Destructive,
    /// It shows something to others: a push, a package, a mail.
    Publishing,
    /// It changes machines or services that others use.
    Production,
}

/// A program that only runs the command behind it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrapper {
    words: Vec<String>,
    /// How many operands stand between.
    #[serde(default)]
    pub(super) operands: usize,
    /// Options that take a value.
    #[serde(default)]
    pub(super) options: Vec<String>,
}

impl Wrapper {
    /// How many words it has.
    pub(super) fn length(&self) -> usize {
        self.words.len()
    }

    /// True when the words begin with this wrapper, whose program has this name, and something follows.
    pub(super) fn fits(&self, program: &str, words: &[String]) -> bool {
        words.len() > self.words.len()
            && self.words.first().is_some_and(|w| w == program)
            && self.words[1..].iter().zip(&words[1..]).all(|(a, b)| a == b)
    }
}

/// A command that is risky.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) risk: Risk,
    /// Its first words.
    words: Vec<String>,
    /// One of these stands in it.
    #[serde(default)]
    any: Vec<String>,
    /// With one of these it is not risky.
    #[serde(default)]
    but: Vec<String>,
    /// What it does, for people: "publishes commits".
    pub(super) what: String,
    /// What else asks for this command, beside what asks for any of its risk.
    #[serde(default)]
    pub(super) asked: Vec<String>,
}

impl Rule {
    /// True for a command with these words, whose options before the subcommand are gone.
    pub(super) fn fits(&self, words: &[&str]) -> bool {
        let begins = words.len() >= self.words.len() && self.words.iter().zip(words).all(|(a, b)| a == b);
        let rest = || words.iter().skip(1);
        let stands = |list: &[String]| rest().any(|w| list.iter().any(|l| is_or_holds(w, l)));
        begins && (self.any.is_empty() || stands(&self.any)) && !stands(&self.but)
    }
}

/// An option or a plain word is compared whole, with or without its value; a part of an address is looked for.
fn is_or_holds(word: &str, listed: &str) -> bool {
    let plain = listed.starts_with('-') || listed.bytes().all(|b| b.is_ascii_alphanumeric());
    word == listed || (!plain && word.contains(listed)) || word.split_once('=').is_some_and(|(name, _)| name == listed)
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    pub(super) wrappers: Vec<Wrapper>,
    programs: HashSet<String>,
    looks: HashSet<String>,
    look_commands: HashMap<String, HashSet<String>>,
    /// Subcommands that only show what would be changed, and options that make a trial of a command, by program.
    pub(super) trials: HashMap<String, Vec<String>>,
    /// The same options, of any program.
    pub(super) trial_options: Vec<String>,
    checks: HashSet<String>,
    pub(super) build_folders: HashSet<String>,
    takes_away: HashMap<String, Vec<String>>,
    pub(super) risks: Vec<Rule>,
    spoken: HashMap<Risk, Vec<String>>,
    phrased: HashMap<Risk, String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<Table> =
    LazyLock::new(|| serde_saphyr::from_str(include_str!("../../../data/commands.yaml")).unwrap_or_default());

pub(super) fn table() -> &'static Table {
    &TABLE
}

/// True for a command that takes something away or ends it: `rm`, `docker stop`, `git branch -D`.
pub(super) fn takes_away(command: &Command) -> bool {
    let Some(words) = TABLE.takes_away.get(command.program()) else { return false };
    words.is_empty() || command.words.iter().skip(1).take(3).any(|w| words.contains(w))
}

/// How people speak of what commands of a risk do: beginnings of words, and phrases, in lower case.
pub fn spoken(risk: Risk) -> &'static [String] {
    TABLE.spoken.get(&risk).map_or(&[], Vec::as_slice)
}

static PHRASED: LazyLock<HashMap<Risk, Regex>> = LazyLock::new(|| {
    TABLE.phrased.iter().filter_map(|(risk, text)| Some((*risk, crate::prose::pattern::compile(text)?))).collect()
});

/// How people ask for what commands of a risk do, in words that stand apart: "roll it out".
pub fn phrased(risk: Risk) -> Option<&'static Regex> {
    PHRASED.get(&risk)
}

/// True for a program that tools are named after.
pub(super) fn names_tools(program: &str) -> bool {
    TABLE.programs.contains(program)
}

/// True for a program that one of the tables knows.
pub(super) fn is_known(program: &str) -> bool {
    let risky = || TABLE.risks.iter().any(|rule| rule.words.first().is_some_and(|w| w == program));
    let wraps = || TABLE.wrappers.iter().any(|w| w.words.first().is_some_and(|w| w == program));
    names_tools(program)
        || TABLE.looks.contains(program)
        || TABLE.checks.contains(program)
        || TABLE.look_commands.contains_key(program)
        || risky()
        || wraps()
}

/// True for a command that only looks, or prints.
pub(super) fn looks(command: &Command) -> bool {
    let program = command.program();
    if let Some(commands) = TABLE.look_commands.get(program) {
        let words = without_options(&command.words);
        let two = || words.get(1..3).is_some_and(|two| commands.contains(&two.join(" ")));
        return words.get(1).is_none_or(|c| commands.contains(*c)) || two();
    }
    match program {
        "sed" => !command.words.iter().any(|w| w.starts_with("-i") || w == "--in-place"),
        "find" | "fd" => !command.has(&["-delete", "-exec", "-execdir", "-x", "-X"]),
        _ => TABLE.looks.contains(program),
    }
}

/// True for a check, a build or a script: it fails because of what it looks at.
pub(super) fn checks(command: &Command) -> bool {
    TABLE.checks.contains(command.program()) || command.words.first().is_some_and(|w| w.starts_with(['.', '/']))
}

/// The words without the options before the subcommand: `git -C x push` is `git push`.
pub(super) fn without_options(words: &[String]) -> Vec<&str> {
    const WITH_VALUE: [&str; 14] = [
        "-C",
        "-c",
        "-n",
        "--namespace",
        "--context",
        "--kubeconfig",
        "--git-dir",
        "--work-tree",
        "-R",
        "--repo",
        "--profile",
        "--region",
        "-f",
        "--project-name",
    ];
    let mut out: Vec<&str> = Vec::new();
    let mut rest = words.iter().map(String::as_str);
    out.extend(rest.next().map(|first| first.rsplit('/').next().unwrap_or(first)));
    while let Some(word) = rest.next() {
        if out.len() == 1 && word.starts_with('-') {
            if WITH_VALUE.contains(&word) {
                rest.next();
            }
            continue;
        }
        out.push(word);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_read() {
        let table: Table = serde_saphyr::from_str(include_str!("../../../data/commands.yaml")).expect("valid");
        assert!(table.risks.len() > 50 && table.wrappers.len() > 20 && table.spoken.len() == 3);
        assert_eq!(PHRASED.len(), table.phrased.len());
    }
}
