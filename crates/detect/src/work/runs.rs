//! Runs of tests, linters and builds, and what came of each.

use crate::finding::Cite;
use crate::session::Call;
use crate::tools::command::{self, Command, Join};
use crate::work::answer::{self, Answer};
use crate::work::counts::{self, Counts, Outcome};
use crate::work::words::{Meaning, Topics, table};

/// One run of something that checks the code.
#[derive(Debug, Clone)]
pub struct Run {
    /// Index into [`Session::calls`](crate::Session::calls).
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The answer's event; the call's, where there is no answer.
    pub answered: u32,
    /// What it checks.
    pub topics: Topics,
    /// The command's words.
    pub command: String,
    /// The command as it was written, for people.
    pub shown: String,
    /// The folder that it ran in, where the line names one.
    pub folder: Option<String>,
    /// The endings of the files that it is about; empty for any.
    pub files: &'static [String],
    /// True when it runs only a part: a file, a package, a name.
    pub narrow: bool,
    /// The arguments that narrow it, in lower case.
    pub about: String,
    /// How it went.
    pub outcome: Outcome,
    /// The counts in its output.
    pub counts: Counts,
    /// The line that says that it failed.
    pub red: Option<Cite>,
    /// True for a script or a target, of which nothing but the name is known.
    pub script: bool,
    /// True when the command as a whole ended with a failure, whatever it was that failed in it.
    pub ended_badly: bool,
}

/// The runs in one call, given the commands of its line.
pub fn of_call(index: usize, call: &Call<'_>, commands: &[Command], answer: Option<&Answer<'_>>) -> Vec<Run> {
    let known: Vec<(usize, Meaning)> = commands.iter().map(|c| table().meaning(c)).enumerate().collect();
    let checks = known.iter().filter(|(_, m)| matches!(m, Meaning::Check { .. } | Meaning::Several { .. })).count();
    let builds =
        |m: &Meaning| matches!(m, Meaning::Check { topics, .. } if topics.meet(Topics::BUILD.and(Topics::TYPES)));
    let built: Vec<usize> = known.iter().filter(|(_, m)| builds(m)).map(|(at, _)| *at).collect();
    let mut runs = Vec::new();
    let all = known.into_iter().flat_map(|(at, meaning)| parts(meaning).into_iter().map(move |part| (at, part)));
    for (at, Part { topics, files, rest, script, named }) in all {
        let command = &commands[at];
        let read = match (named, built.iter().any(|other| *other != at)) {
            (false, _) => counts::read_of,
            (true, true) => counts::read_own,
            (true, false) => counts::read,
        };
        let told = answer.map(|a| read(&a.text, topics)).unwrap_or_default();
        let like = Like { checks, script, named };
        let mut outcome = answer.map_or(Outcome::Unknown, |a| outcome(commands, at, a, &told, &like));
        if command.output.is_some() && outcome != Outcome::Failed && !command::decides(commands, at) {
            outcome = Outcome::Unknown;
        }
        let red = told.red.as_deref().filter(|_| outcome == Outcome::Failed).and_then(|line| answer::cite(call, line));
        let narrow = narrow(&rest);
        runs.push(Run {
            call: index,
            event: call.event,
            answered: call.result.as_ref().map_or(call.event, |r| r.event),
            topics,
            command: command.words.join(" "),
            shown: command.shown(),
            folder: folder(command),
            files,
            narrow,
            about: rest.join(" ").to_ascii_lowercase(),
            outcome,
            counts: told.counts,
            red,
            script,
            ended_badly: answer.is_some_and(|a| a.exit.is_some_and(|e| e != 0) && alone(commands, at, checks)),
        });
    }
    runs
}

/// What a command checks, as one run or as several.
struct Part {
    topics: Topics,
    files: &'static [String],
    rest: Vec<String>,
    script: bool,
    /// False for what a target may check beside what its name says.
    named: bool,
}

fn parts(meaning: Meaning) -> Vec<Part> {
    const ALL: [Topics; 5] = [Topics::TEST, Topics::LINT, Topics::TYPES, Topics::BUILD, Topics::FORMAT];
    match meaning {
        Meaning::Check { topics, files, rest, script } => vec![Part { topics, files, rest, script, named: true }],
        Meaning::Several { named, .. } => ALL
            .into_iter()
            .map(|topics| Part { topics, files: &[], rest: Vec::new(), script: true, named: named.meet(topics) })
            .collect(),
        Meaning::Opaque | Meaning::Other => Vec::new(),
    }
}

/// The folder in which a command runs: that of a `cd` before it, or of an option.
fn folder(command: &Command) -> Option<String> {
    const OPTIONS: [&str; 8] =
        ["--prefix", "-C", "--dir", "--cwd", "--directory", "--project", "--filter", "--workspace"];
    let words = &command.words;
    let value = words.iter().enumerate().find_map(|(i, w)| match w.split_once('=') {
        Some((name, value)) if OPTIONS.contains(&name) => Some(value.to_owned()),
        _ => OPTIONS.contains(&w.as_str()).then(|| words.get(i + 1).cloned()).flatten(),
    });
    value.or_else(|| command.folder.clone())
}

/// What is known of a run beside its output.
struct Like {
    /// How many checks stand in the line.
    checks: usize,
    /// A script or a target, of which nothing but the name is known.
    script: bool,
    /// Its name says that it checks this.
    named: bool,
}

/// True when the line's exit code is that of the command at `at`.
fn alone(commands: &[Command], at: usize, checks: usize) -> bool {
    checks == 1 && command::decides(commands, at) && commands.iter().enumerate().all(|(i, c)| i == at || plain(c))
}

fn outcome(commands: &[Command], at: usize, answer: &Answer<'_>, told: &counts::Told, like: &Like) -> Outcome {
    if answer.declined {
        return Outcome::NotRun;
    }
    if answer.unfinished || commands[at].background || command::may_be_skipped(commands, at) {
        return Outcome::Unknown;
    }
    let told_code = answer.printed.filter(|_| command::tells_code(commands, at));
    let decides = command::decides(commands, at) || told_code.is_some();
    let not_run = || {
        let start = &answer.text[..answer.text.floor_char_boundary(600)];
        table().not_run.as_ref().is_some_and(|r| start.lines().any(|l| r.is_match(l.trim_end())))
    };
    match told_code.or(answer.exit) {
        // A script may end well although it tells of failures; a known runner does not.
        Some(0) if decides => {
            if told.red_summary || like.script && told.red.is_some() && told.counts.summaries == 0 && !told.green {
                return Outcome::Failed;
            }
            Outcome::Passed
        }
        Some(0) | None => {
            let quiet = answer.exit == Some(0) && answer.text.trim().is_empty();
            match (&told.red, told.green) {
                (Some(_), _) => Outcome::Failed,
                (None, true) if !answer.cut => Outcome::Passed,
                _ if quiet && commands.len() == 1 => Outcome::Passed,
                _ => Outcome::Unknown,
            }
        }
        Some(_) => {
            let alone = like.named && (told_code.is_some() || alone(commands, at, like.checks));
            match (&told.red, told.green) {
                (None, _) if not_run() => Outcome::NotRun,
                (Some(_), _) => Outcome::Failed,
                (None, _) if alone => Outcome::Failed,
                (None, true) => Outcome::Passed,
                (None, false) => Outcome::Unknown,
            }
        }
    }
}

/// Commands that do not fail beside a run, as far as anybody can tell.
fn plain(command: &Command) -> bool {
    matches!(
        command.program(),
        "cd" | "echo" | "export" | "set" | "source" | "sleep" | "mkdir" | "true" | "printf" | "pwd"
    ) && command.join != Join::Or
}

/// True when the arguments name a part: `-k name`, `tests/test_a.py`, `-run TestX`, `-p crate`.
fn narrow(rest: &[String]) -> bool {
    const OPTIONS: [&str; 36] = [
        "-k",
        "-m",
        "-run",
        "--run",
        "-t",
        "-g",
        "--grep",
        "--testNamePattern",
        "--testPathPattern",
        "--filter",
        "-R",
        "-p",
        "--package",
        "--test",
        "--lib",
        "--bin",
        "--tests",
        "--doc",
        "--lf",
        "--last-failed",
        "-E",
        "--only",
        "--spec",
        "--testPathPatterns",
        "--exact",
        "-Dit.test",
        "-Dgroups",
        "-pl",
        "-L",
        "-e",
        "--example",
        "--testsuite",
        "--group",
        "--findRelatedTests",
        "--onlyChanged",
        "--changed",
    ];
    const WHOLE: [&str; 14] = [
        ".", "./...", "...", "test", "tests", "tests/", "test/", "src", "src/", "run", "spec", "spec/", "./tests",
        "all",
    ];
    let mut value = false;
    rest.iter().any(|word| {
        if std::mem::take(&mut value) {
            return false;
        }
        let name = word.split('=').next().unwrap_or(word);
        if OPTIONS.contains(&name)
            || word.starts_with("-Dtest")
            || word.starts_with("-only-testing:")
            || word.starts_with("-k")
        {
            return true;
        }
        value = matches!(
            name,
            "-n" | "-j"
                | "--maxfail"
                | "--timeout"
                | "-timeout"
                | "--reporter"
                | "-c"
                | "--config"
                | "--features"
                | "-count"
                | "--tb"
                | "-tags"
                | "--format"
                | "-o"
                | "--max-warnings"
                | "--profile"
                | "-f"
        ) && !word.contains('=');
        !word.starts_with('-') && !WHOLE.contains(&word.as_str()) && !word.contains('>') && !is_number(word)
    })
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
}
