//! Runs that no command of the agent is: hooks that run at a commit, and logs of what runs beside the session.

use crate::prose::pattern;
use crate::session::Call;
use crate::tools::builtin::ToolRole;
use crate::tools::command::Command;
use crate::work::answer::{self, Answer};
use crate::work::counts::{self, Counts, Outcome};
use crate::work::runs::Run;
use crate::work::words::{Topics, table};
use regex::Regex;
use std::sync::LazyLock;

/// A look at a log, or at another machine, that tells of a run of something.
#[derive(Debug, Clone, Copy)]
pub struct Report {
    /// The call's event.
    pub event: u32,
    /// What ran.
    pub topics: Topics,
}

// "pytest.................................Passed"
static HOOK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(r"(?im)^(?P<name>[^\n.]{1,70}?)\.{3,}(?:\([^)\n]*\))?[ \t]*(?P<how>passed|failed)[ \t]*$")
});

// "[pre-commit] pytest -q ... 12 passed", "- [x] tests pass", "unit-tests  pass  1m2s"
static LOOSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b\d+ (?:tests? |specs? |checks? |cases? )?(?:passed|passing|pass|ok|green)\b|^\s*(?:(?:[-*+•]|\d+[.)])\s*)?(?:\[x\]|[✅✓✔☑])|\b(?:tests?|specs?|checks?|suite|build|lint\w*|ci)\b.{0,60}(?:\b(?:pass(?:ed|es|ing)?|success(?:ful)?|succeeded|green)\b|[✅✓✔☑])",
    )
});
// "[main 1a2b3c4] Make the tests pass": what git says of a commit is the commit's own message.
static COMMITTED: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"^\[\S+(?: \([^)]*\))? [0-9a-f]{4,40}\]"));

/// What a line tells loosely that passed somewhere.
fn loosely(line: &str) -> Topics {
    let line = &line[..line.floor_char_boundary(400)];
    let open = ["[ ]", "⬜", "❌", "☐"].iter().any(|m| line.contains(m));
    if open || !LOOSE.as_ref().is_some_and(|r| r.is_match(line)) || COMMITTED.as_ref().is_some_and(|r| r.is_match(line))
    {
        return Topics::NONE;
    }
    let topics = table().of_name(line);
    let counts = line.bytes().any(|b| b.is_ascii_digit());
    if topics.is_empty() && counts { Topics::TEST } else { topics }
}

/// So much of an output is read.
const READ_AT_MOST: usize = 100_000;
const TOPICS: [Topics; 5] = [Topics::TEST, Topics::LINT, Topics::TYPES, Topics::BUILD, Topics::FORMAT];

/// What hooks ran when something was committed or pushed.
pub fn of_hooks(index: usize, call: &Call<'_>, commands: &[Command], answer: &Answer<'_>) -> Vec<Run> {
    let Some(command) = commands.iter().find(|c| sets_off_hooks(c)).filter(|_| !answer.declined) else {
        return Vec::new();
    };
    let text = &answer.text[..answer.text.floor_char_boundary(READ_AT_MOST)];
    let run = |topics, outcome, counts, red: Option<&str>| Run {
        call: index,
        event: call.event,
        answered: call.result.as_ref().map_or(call.event, |r| r.event),
        topics,
        command: command.words.iter().take(2).cloned().collect::<Vec<_>>().join(" "),
        shown: command.shown(),
        folder: None,
        files: &[],
        narrow: false,
        about: String::new(),
        outcome,
        counts,
        red: red.and_then(|line| answer::cite(call, line)),
        script: true,
        ended_badly: false,
    };
    let mut runs = Vec::new();
    for told in HOOK.iter().flat_map(|r| r.captures_iter(text)).take(100) {
        let topics = table().of_name(&told["name"]);
        if !topics.is_empty() {
            let passed = told["how"].eq_ignore_ascii_case("passed");
            let outcome = if passed { Outcome::Passed } else { Outcome::Failed };
            runs.push(run(topics, outcome, Counts::default(), (!passed).then_some(&told[0])));
        }
    }
    // A hook that is a script prints what it runs. A line of what else ran may say the same, so that only one is read.
    let ran = |c: &Command| !matches!(table().meaning(c), crate::work::words::Meaning::Other);
    if runs.is_empty() && !commands.iter().any(ran) {
        let told = counts::read_of(text, Topics::TEST);
        let outcome = if told.red_summary { Outcome::Failed } else { Outcome::Passed };
        if told.counts.summaries > 0 && (told.red_summary || told.green) {
            runs.push(run(Topics::TEST, outcome, told.counts, told.red.as_deref()));
        }
    }
    runs
}

fn sets_off_hooks(command: &Command) -> bool {
    let first = command.plain().next().unwrap_or_default();
    match command.program() {
        "git" => table().deeds_of(command).iter().any(|k| matches!(*k, "commit" | "push" | "merge")),
        "pre-commit" | "prek" | "lefthook" | "husky" => first != "install",
        _ => false,
    }
}

/// What a look at logs, containers or other machines tells of.
pub fn of_logs(call: &Call<'_>, commands: &[Command], answer: &Answer<'_>) -> Option<Report> {
    let looks = commands.iter().any(|c| match c.program() {
        "tail" | "head" | "cat" | "less" | "more" | "grep" | "rg" | "sed" | "awk" | "bat" => {
            c.words.iter().skip(1).any(|w| is_log(w))
        }
        "docker" | "podman" | "kubectl" | "docker-compose" | "heroku" | "fly" => {
            c.has(&["logs", "exec", "attach", "run"])
        }
        "ssh" | "journalctl" | "tmux" | "screen" | "gh" | "glab" | "curl" => true,
        _ => sets_off_hooks(c),
    });
    let ran = |c: &Command| !matches!(table().meaning(c), crate::work::words::Meaning::Other);
    if looks {
        return report(call, &answer.text);
    }
    // A list of what is done, in whatever file.
    let reads =
        |c: &Command| matches!(c.program(), "cat" | "head" | "tail" | "less" | "more" | "bat" | "sed" | "grep" | "rg");
    (commands.iter().any(reads) && !commands.iter().any(ran)).then(|| ticked(call, &answer.text)).flatten()
}

/// What a tool that looks something up elsewhere tells of: a page, a build of a service.
pub fn looked_up(call: &Call<'_>) -> Option<Report> {
    report(call, &call.result.as_ref()?.content?.text)
}

/// What a file of a log tells of that a tool reads.
pub fn read_file(call: &Call<'_>) -> Option<Report> {
    if call.role() == Some(ToolRole::Browse) {
        return looked_up(call);
    }
    let reads = matches!(call.role(), Some(ToolRole::Look | ToolRole::File));
    let path = || ["file_path", "path", "filename", "filePath"].iter().find_map(|n| call.args()?.get(n)?.str());
    if !reads {
        return None;
    }
    let text = &call.result.as_ref()?.content?.text;
    if path().is_some_and(|p| is_log(&p)) { report(call, text) } else { ticked(call, text) }
}

/// A file that may hold the output of a run.
fn is_log(path: &str) -> bool {
    let name = path.to_ascii_lowercase();
    let name = name.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
    matches!(ending, "log" | "out" | "output")
        || ["log", "output", "result", "report", "junit"].iter().any(|w| {
            name.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part.strip_suffix('s').unwrap_or(part) == *w)
        })
}

/// So many lines are looked at for what they tell loosely.
const MOST_LINES: usize = 4000;

// "- [x] tests pass"
static TICKED: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"(?i)^[^a-z\n]{0,20}(?:\[x\]|[✅✓✔☑])"));

/// What a list marks as done.
fn ticked(call: &Call<'_>, text: &str) -> Option<Report> {
    let text = &text[..text.floor_char_boundary(READ_AT_MOST)];
    let ticked = text.lines().take(MOST_LINES).filter(|l| TICKED.as_ref().is_some_and(|r| r.is_match(l)));
    let topics = ticked.fold(Topics::NONE, |all, line| all.and(table().of_name(line)));
    (!topics.is_empty()).then_some(Report { event: call.event, topics })
}

fn report(call: &Call<'_>, text: &str) -> Option<Report> {
    let text = &text[..text.floor_char_boundary(READ_AT_MOST)];
    let told = |topic: &Topics| {
        let told = counts::read_of(text, *topic);
        told.green || told.red.is_some() || told.counts.summaries > 0
    };
    let topics = TOPICS.into_iter().filter(told).fold(Topics::NONE, Topics::and);
    let topics = text.lines().take(MOST_LINES).fold(topics, |all, line| all.and(loosely(line)));
    (!topics.is_empty()).then_some(Report { event: call.event, topics })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passed_elsewhere_is_told_loosely() {
        for line in ["[pre-commit] pytest -q ... 12 passed", "- [x] tests pass", "unit-tests\tpass\t1m2s", "✓ lint"] {
            assert!(!loosely(line).is_empty(), "{line}");
        }
        for line in ["[main 1a2b3c4] Make the tests pass", " 2 files changed, 12 insertions(+)", "- [ ] tests pass"] {
            assert!(loosely(line).is_empty(), "{line}");
        }
    }

    #[test]
    fn logs_are_known_by_name() {
        for path in ["/tmp/vitest.log", "out/test-results.txt", "build.out", "logs"] {
            assert!(is_log(path), "{path}");
        }
        for path in ["src/login.rs", "catalog.py", "-3"] {
            assert!(!is_log(path), "{path}");
        }
    }
}
