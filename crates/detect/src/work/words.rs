//! The tables of `data/work.yaml`.

use crate::prose::pattern;
use crate::work::commands::Command;
use regex::Regex;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

/// What a run checks. Several at once are possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Topics(u8);

impl Topics {
    /// Tests.
    pub const TEST: Topics = Topics(1);
    /// A linter.
    pub const LINT: Topics = Topics(2);
    /// Types.
    pub const TYPES: Topics = Topics(4);
    /// A build.
    pub const BUILD: Topics = Topics(8);
    /// The formatting.
    pub const FORMAT: Topics = Topics(16);
    /// Anything: nobody knows what the command checks.
    pub const ANY: Topics = Topics(31);
    /// Nothing.
    pub const NONE: Topics = Topics(0);

    /// Both.
    #[must_use]
    pub fn and(self, other: Topics) -> Topics {
        Topics(self.0 | other.0)
    }

    /// True when they have one in common.
    pub fn meet(self, other: Topics) -> bool {
        self.0 & other.0 != 0
    }

    /// True for none at all.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    fn named(name: &str) -> Topics {
        match name {
            "test" => Topics::TEST,
            "lint" => Topics::LINT,
            "types" => Topics::TYPES,
            "build" => Topics::BUILD,
            "format" => Topics::FORMAT,
            _ => Topics::NONE,
        }
    }

    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            t if t.meet(Topics::TEST) => "tests",
            t if t.meet(Topics::LINT) => "lint",
            t if t.meet(Topics::TYPES) => "type check",
            t if t.meet(Topics::BUILD) => "build",
            _ => "formatting check",
        }
    }
}

/// A program that only runs the command behind it.
#[derive(Debug, Deserialize)]
pub struct Wrapper {
    /// Its words.
    pub words: Vec<String>,
    /// How many operands stand between.
    #[serde(default)]
    pub operands: usize,
    /// Options that take a value.
    #[serde(default)]
    pub options: Vec<String>,
}

impl Wrapper {
    /// True when the words begin with this wrapper, whose program has this name, and something follows.
    pub fn fits(&self, program: &str, words: &[String]) -> bool {
        words.len() > self.words.len()
            && self.words.first().is_some_and(|w| w == program)
            && self.words[1..].iter().zip(&words[1..]).all(|(a, b)| a == b)
    }
}

#[derive(Debug, Deserialize)]
struct Check {
    run: Vec<String>,
    topics: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Told {
    of: String,
    sums: Option<String>,
    red: Option<String>,
    green: Option<String>,
}

#[derive(Debug, Deserialize, Default)]
#[serde(default)]
struct File {
    wrappers: Vec<Wrapper>,
    valued: HashMap<String, Vec<String>>,
    checks: Vec<Check>,
    runners: HashMap<String, Vec<String>>,
    names: BTreeMap<String, HashSet<String>>,
    several: HashSet<String>,
    harmless: HashSet<String>,
    deeds: BTreeMap<String, Vec<Vec<String>>>,
    deed_names: HashMap<String, String>,
    outcomes: Vec<Told>,
    not_run: String,
    deed_failed: String,
    claims: Spoken,
}

type Words = HashSet<String>;

/// The words with which work is claimed; each list is explained in the file.
#[derive(Debug, Deserialize, Default)]
#[serde(default)]
#[allow(missing_docs)]
pub struct Spoken {
    test: Words,
    lint: Words,
    types: Words,
    build: Words,
    format: Words,
    pub success: Words,
    pub tidy: Words,
    pub after_pass: Words,
    pub after_modifier: Words,
    pub unsaid: Words,
    pub partly: Words,
    pub neutral: Words,
    pub kinds_of_test: Words,
    pub whole: Words,
    pub ran: Words,
    pub checked_with: Words,
    pub built: Words,
    pub failing: Words,
    pub wrote: Words,
    deeds: HashMap<String, Words>,
    objects: HashMap<String, Words>,
}

impl Spoken {
    /// What a word is the name of.
    pub fn topics(&self, word: &str) -> Topics {
        [
            (&self.test, Topics::TEST),
            (&self.lint, Topics::LINT),
            (&self.types, Topics::TYPES),
            (&self.build, Topics::BUILD),
            (&self.format, Topics::FORMAT),
        ]
        .into_iter()
        .filter(|(words, _)| words.contains(word))
        .fold(Topics::NONE, |all, (_, topic)| all.and(topic))
    }

    /// The kind of deed that a participle claims.
    pub fn deed(&self, word: &str) -> Option<&'static str> {
        DEEDS.into_iter().find(|kind| self.deeds.get(*kind).is_some_and(|words| words.contains(word)))
    }

    /// True for a word that such a deed is done to.
    pub fn is_object(&self, kind: &str, word: &str) -> bool {
        self.objects.get(kind).is_some_and(|words| word.split('/').any(|w| words.contains(w)))
    }
}

/// The words behind a program by which a check is known, what it checks, and the endings of the files that it is about.
type Known = (Vec<String>, Topics, Vec<String>);

/// How a line of output is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// Its counts decide.
    Sums,
    /// It failed.
    Red,
    /// It passed.
    Green,
}

/// The tables, looked up by word.
pub struct Table {
    /// Wrappers, in order.
    pub wrappers: Vec<Wrapper>,
    valued: HashMap<String, Vec<String>>,
    checks: HashMap<String, Vec<Known>>,
    runners: HashMap<String, Vec<String>>,
    names: HashMap<String, Topics>,
    several: HashSet<String>,
    harmless: HashSet<String>,
    deeds: HashMap<String, Vec<(Vec<String>, &'static str)>>,
    deed_names: HashMap<String, String>,
    /// What lines of output tell.
    pub lines: Vec<(Topics, Line, Regex)>,
    /// The command never got to work.
    pub not_run: Option<Regex>,
    /// A command that changes something did not.
    pub deed_failed: Option<Regex>,
    /// The words of claims.
    pub spoken: Spoken,
}

/// Kinds of deeds.
const DEEDS: [&str; 12] = [
    "commit", "push", "merge", "request", "tag", "publish", "deploy", "install", "rollback", "migrate", "restart",
    "apply",
];

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let file: File = serde_saphyr::from_str(include_str!("../../data/work.yaml")).unwrap_or_default();
    let of = |topics: &[String]| topics.iter().fold(Topics::NONE, |all, t| all.and(Topics::named(t)));
    let mut checks: HashMap<String, Vec<_>> = HashMap::new();
    for check in file.checks {
        let topics = of(&check.topics);
        let mut run = check.run.into_iter();
        let program = run.next().unwrap_or_default();
        checks.entry(program).or_default().push((run.collect(), topics, check.files));
    }
    let mut names: HashMap<String, Topics> = HashMap::new();
    for (topic, words) in &file.names {
        for word in words {
            let known = names.entry(word.clone()).or_default();
            *known = known.and(Topics::named(topic));
        }
    }
    let mut deeds: HashMap<String, Vec<_>> = HashMap::new();
    for kind in DEEDS {
        for words in file.deeds.get(kind).into_iter().flatten() {
            let rest = words.get(1..).unwrap_or_default().to_vec();
            deeds.entry(words.first().cloned().unwrap_or_default()).or_default().push((rest, kind));
        }
    }
    let mut lines = Vec::new();
    for told in file.outcomes {
        let topics = Topics::named(&told.of);
        for (text, line) in [(told.sums, Line::Sums), (told.red, Line::Red), (told.green, Line::Green)] {
            lines.extend(text.and_then(|t| pattern::compile(&t)).map(|regex| (topics, line, regex)));
        }
    }
    Table {
        wrappers: file.wrappers,
        valued: file.valued,
        checks,
        runners: file.runners,
        names,
        several: file.several,
        harmless: file.harmless,
        deeds,
        deed_names: file.deed_names,
        lines,
        not_run: pattern::compile(&file.not_run),
        deed_failed: pattern::compile(&file.deed_failed),
        spoken: file.claims,
    }
});

/// The tables.
pub fn table() -> &'static Table {
    &TABLE
}

/// What is known of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// It checks something.
    Check {
        /// What.
        topics: Topics,
        /// The endings of the files that it is about; empty for any.
        files: &'static [String],
        /// The arguments behind the words by which it is known.
        rest: Vec<String>,
        /// True for a script or a target, of which nothing but the name is known.
        script: bool,
    },
    /// A script or program that may do anything.
    Opaque,
    /// Neither.
    Other,
}

impl Table {
    /// The arguments without options; options before the subcommand may have values, which are left out as well.
    fn plain<'c>(&self, command: &'c Command) -> Vec<&'c str> {
        let valued = self.valued.get(command.program());
        let mut out: Vec<&str> = Vec::new();
        let mut words = command.words.iter().skip(1);
        while let Some(word) = words.next() {
            if word.starts_with('-') || word.starts_with('+') {
                if out.is_empty() && valued.is_some_and(|v| v.contains(word)) {
                    words.next();
                }
                continue;
            }
            out.push(word);
        }
        out
    }

    fn matches(sought: &[String], plain: &[&str], command: &Command) -> bool {
        let mut at = 0;
        sought.iter().all(|word| match word.strip_prefix('~') {
            Some(inner) => plain.iter().any(|p| p.rsplit(':').next() == Some(inner)),
            None if word.starts_with('-') => command.words.iter().skip(1).any(|w| w == word),
            None => {
                at += 1;
                plain.get(at - 1) == Some(&word.as_str())
            }
        })
    }

    /// What a command checks.
    pub fn meaning(&'static self, command: &Command) -> Meaning {
        let program = command.program();
        let plain = self.plain(command);
        if let Some((words, topics, files)) = self
            .checks
            .get(program)
            .and_then(|all| all.iter().find(|(words, ..)| Self::matches(words, &plain, command)))
        {
            // Looking for its version checks nothing.
            if command.has(&["--version", "-V", "--help", "-h"]) {
                return Meaning::Other;
            }
            let own = words.iter().filter(|w| !w.starts_with('-') && !w.starts_with('~')).count();
            let rest = arguments(command, plain.get(own.wrapping_sub(1)).filter(|_| own > 0).copied());
            return Meaning::Check { topics: *topics, files, rest, script: false };
        }
        if let Some(skip) = self.runners.get(program) {
            return self.target(command, &plain, skip);
        }
        if let Some(name) = script_name(command, &plain) {
            let topics = self.of_name(&name);
            let rest = arguments(command, None);
            return if topics.is_empty() {
                Meaning::Opaque
            } else {
                Meaning::Check { topics, files: &[], rest, script: true }
            };
        }
        let runs = plain.first().is_some_and(|w| matches!(*w, "run" | "exec" | "xtask" | "make"));
        if self.harmless.contains(program) && (!runs || matches!(program, "gh" | "git")) {
            return Meaning::Other;
        }
        Meaning::Opaque
    }

    /// `npm run test:unit`, `make lint`
    fn target(&self, command: &Command, plain: &[&str], skip: &[String]) -> Meaning {
        let names: Vec<&str> = plain.iter().filter(|w| !skip.iter().any(|s| s == *w)).copied().collect();
        let upto = command.words.iter().position(|w| w == "--");
        let behind = upto.map_or(&[][..], |at| &command.words[at + 1..]);
        let own = |w: &&&str| !behind.iter().any(|b| b == **w) && !w.contains('=');
        let names: Vec<&str> = names.iter().filter(own).copied().collect();
        let deed = !self.deeds_of(command).is_empty();
        if names.is_empty() && !deed {
            return Meaning::Opaque;
        }
        if deed {
            return Meaning::Other;
        }
        // A target's name may be one word of several: `clean verify`.
        let topics = names.iter().take(4).fold(Topics::NONE, |all, n| all.and(self.of_name(n)));
        if topics.is_empty() || names.iter().any(|n| self.several.contains(*n)) && !topics.meet(Topics::TEST) {
            return Meaning::Opaque;
        }
        Meaning::Check { topics, files: &[], rest: behind.to_vec(), script: true }
    }

    /// What the words of a name speak of: `test:unit`, `run_tests.sh`, `testDebugUnitTest`.
    fn of_name(&self, name: &str) -> Topics {
        let mut topics = Topics::NONE;
        let mut word = String::new();
        let mut lower = false;
        for c in name.chars().chain(std::iter::once(' ')) {
            if !c.is_ascii_alphanumeric() || (c.is_ascii_uppercase() && lower) {
                topics = topics.and(self.names.get(&word).copied().unwrap_or_default());
                word.clear();
            }
            lower = c.is_ascii_lowercase();
            if c.is_ascii_alphanumeric() {
                word.push(c.to_ascii_lowercase());
            }
        }
        topics
    }

    /// The kinds of deeds that the name of a script or target speaks of: `./deploy.sh`, `make release`.
    pub fn deeds_of_name(&self, command: &Command) -> Vec<&'static str> {
        let names = std::iter::once(command.program()).chain(command.plain().take(3));
        let words = names.flat_map(|n| n.split(|c: char| !c.is_ascii_alphanumeric()));
        let kinds: Vec<&String> = words.filter_map(|w| self.deed_names.get(w)).collect();
        DEEDS.into_iter().filter(|kind| kinds.iter().any(|k| k == kind)).collect()
    }

    /// The kinds of deeds that a command is.
    pub fn deeds_of(&self, command: &Command) -> Vec<&'static str> {
        let plain = self.plain(command);
        let known = self.deeds.get(command.program()).into_iter().flatten();
        // `yarn` alone installs, `yarn test` runs a script.
        let alone = plain.is_empty() || !self.runners.contains_key(command.program());
        let mut kinds: Vec<&'static str> = known
            .filter(|(words, _)| Self::matches(words, &plain, command) && (!words.is_empty() || alone))
            .map(|(_, kind)| *kind)
            .collect();
        kinds.dedup();
        if command.has(&["--dry-run", "--help"]) { Vec::new() } else { kinds }
    }
}

/// The arguments behind the word by which a command is known.
fn arguments(command: &Command, behind: Option<&str>) -> Vec<String> {
    let at = behind.and_then(|word| command.words.iter().position(|w| w == word)).map_or(1, |at| at + 1);
    command.words.get(at..).unwrap_or_default().to_vec()
}

/// The file of a script that is run: `./run.sh`, `python tool.py`, `node x.js`.
fn script_name(command: &Command, plain: &[&str]) -> Option<String> {
    let first = command.words.first()?;
    let stem = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.split_once('.').map_or(name, |(stem, _)| stem).to_owned()
    };
    let program = command.program();
    let interpreter = matches!(
        program,
        "python"
            | "python3"
            | "py"
            | "node"
            | "ruby"
            | "perl"
            | "php"
            | "deno"
            | "bun"
            | "ts-node"
            | "tsx"
            | "bash"
            | "sh"
            | "zsh"
            | "Rscript"
            | "julia"
            | "lua"
    );
    if interpreter {
        // Inline code, or what stands in the file: its name is all that is known.
        let inline = command.has(&["-c", "-e", "-p", "--eval"]) || command.heredoc;
        let file = plain.iter().find(|w| **w != "run").filter(|_| !inline);
        return Some(file.map_or_else(String::new, |f| stem(f)));
    }
    let called =
        first.starts_with("./") || first.contains('/') && first.rsplit('/').next().is_some_and(|n| n.contains('.'));
    called.then(|| stem(first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::commands::parse;

    fn topics(script: &str) -> Option<Topics> {
        match table().meaning(&parse(script)[0]) {
            Meaning::Check { topics, .. } => Some(topics),
            Meaning::Opaque => None,
            Meaning::Other => Some(Topics::NONE),
        }
    }

    #[test]
    fn commands_are_known() {
        assert!(topics("cargo test -p x").is_some_and(|t| t.meet(Topics::TEST) && t.meet(Topics::BUILD)));
        assert_eq!(topics("npm run test:unit"), Some(Topics::TEST));
        assert_eq!(topics("npm test -- build"), Some(Topics::TEST));
        assert_eq!(topics("./gradlew testDebugUnitTest"), Some(Topics::TEST));
        assert_eq!(topics("mvn -q clean test"), Some(Topics::TEST));
        assert_eq!(topics("./scripts/run_tests.sh --fast"), Some(Topics::TEST));
        assert_eq!(topics("python golden.py"), Some(Topics::TEST));
        assert_eq!(topics("make -C sub lint"), Some(Topics::LINT));
        assert_eq!(topics("git status"), Some(Topics::NONE));
        assert_eq!(topics("npm install left-pad"), Some(Topics::NONE));
        for opaque in ["make", "./deploy.sh", "python -c 'x'", "cargo run -- check", "npm run ci", "frobnicate"] {
            assert_eq!(topics(opaque), None, "{opaque}");
        }
    }

    #[test]
    fn deeds_are_known() {
        let deeds = |script: &str| table().deeds_of(&parse(script)[0]);
        assert_eq!(deeds("git -C /w/x commit -m 'a'"), ["commit"]);
        assert!(deeds("git push --force-with-lease").contains(&"push"));
        assert!(deeds("git status").is_empty() && deeds("git push --dry-run").is_empty());
        assert_eq!(deeds("mvn clean deploy"), ["publish"]);
    }

    #[test]
    fn every_pattern_compiles() {
        let file: File = serde_saphyr::from_str(include_str!("../../data/work.yaml")).expect("reads");
        let all =
            file.outcomes.iter().map(|o| [&o.sums, &o.red, &o.green].into_iter().flatten().count()).sum::<usize>();
        assert_eq!(all, table().lines.len());
        assert!(table().not_run.is_some() && table().deed_failed.is_some());
        assert!(file.deeds.keys().all(|k| DEEDS.contains(&k.as_str())));
    }
}
