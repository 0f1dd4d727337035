//! What the output of a run tells of its outcome, and the counts in it.

use crate::prose::pattern;
use crate::work::words::{Line, Topics, table};
use regex::Regex;
use std::sync::LazyLock;

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It passed.
    Passed,
    /// It failed.
    Failed,
    /// The command was not found, was called wrongly, or was declined: nothing was checked.
    NotRun,
    /// The output does not tell.
    Unknown,
}

/// What summaries count, added up over the summaries of one output.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many summaries there are; without any, the other figures mean nothing.
    pub summaries: u32,
    /// Passed.
    pub passed: u64,
    /// Failed, or ended with an error.
    pub failed: u64,
    /// All of them, where the output says so or it follows.
    pub total: u64,
    /// Left out.
    pub skipped: u64,
    /// Warnings.
    pub warnings: u64,
    /// Every number of tests in each summary, under whatever name: a runner's own categories may be added up.
    pub figures: Vec<Vec<u64>>,
}

/// So many summaries, and so many numbers in each, are kept to be added up.
const MOST_FIGURES: (usize, usize) = (40, 8);

impl Counts {
    /// True when some of the numbers of one summary add up to this, or some of all where there are few: 3 doctests and 118
    /// tests, 118 passed and 2 passed unexpectedly.
    pub fn add_up_to(&self, number: u64) -> bool {
        let adds = |figures: &[u64]| {
            (1u32..1 << figures.len()).any(|some| {
                let chosen = figures.iter().enumerate().filter(|(i, _)| some >> i & 1 == 1);
                chosen.fold(0u64, |sum, (_, n)| sum.saturating_add(*n)) == number
            })
        };
        let all: Vec<u64> = self.figures.iter().flatten().copied().collect();
        self.figures.iter().any(|line| adds(line)) || all.len() <= MOST_FIGURES.1 && adds(&all)
    }
}

/// What an output tells.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// The counts of its summaries.
    pub counts: Counts,
    /// The line that says that it failed.
    pub red: Option<String>,
    /// True when a summary says so, not only a line among others.
    pub red_summary: bool,
    /// True when a line says that it passed.
    pub green: bool,
}

// "3 passed", "12 tests", "failed: 2", "failures=1", "Tests run: 4".
static PAIRS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    const WORDS: &str = "passed|passing|pass|ok|succeeded|failed|failing|fails|fail|failures?|errors?|tests? run|tests?|examples?|total|runs|scenarios|skipped|ignored|pending|todo|warnings?|offenses? detected|problems?|issues?";
    pattern::compile(&format!(
        r"(?i)(?:\b(?P<n>\d{{1,9}})\s+(?P<w>{WORDS})\b)|(?:\b(?P<x>{WORDS})\s*[:=]\s*(?P<m>\d{{1,9}})\b)|(?:\b(?P<a>\d{{1,9}})\s*(?:/|of)\s*(?P<b>\d{{1,9}})\b)|(?:^\S?\s*(?P<y>pass|fail|tests) (?P<k>\d{{1,9}})$)"
    ))
});

// "3 doctests", "2 xpassed", "Skipped: 4": what is counted, under whatever name.
static FIGURES: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)\b(\d{1,9})\s+([a-z][a-z-]*)|\b([a-z][a-z-]*)\s*[:=]\s*(\d{1,9})\b"));
/// What else a summary counts than tests, by the beginning of the word.
const NO_TESTS: [&str; 18] = [
    "assert",
    "warn",
    "file",
    "sec",
    "ms",
    "min",
    "expect",
    "snapshot",
    "suite",
    "module",
    "package",
    "worker",
    "process",
    "in",
    "measured",
    "benchmark",
    "thread",
    "total",
];

/// The numbers of tests that a summary gives.
fn figures(line: &str) -> Vec<u64> {
    let all = FIGURES.iter().flat_map(|r| r.captures_iter(line));
    let told = all.filter_map(|c| {
        let (number, word) = (c.get(1).or(c.get(4))?, c.get(2).or(c.get(3))?);
        let word = word.as_str().to_ascii_lowercase();
        let tests = word != "s" && !NO_TESTS.iter().any(|n| word.starts_with(n));
        number.as_str().parse().ok().filter(|n| tests && *n > 0)
    });
    told.take(MOST_FIGURES.1).collect()
}

static COLORS: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile("\u{1b}\\[[0-9;]*m"));

/// Reads an output for what it says of these topics, and of the build that tests need.
pub fn read(text: &str, topics: Topics) -> Told {
    // A build that breaks is told as such by every tool that needs one.
    let topics = if topics.meet(Topics::TEST) { topics.and(Topics::BUILD) } else { topics };
    read_own(text, topics)
}

/// The same, where a build or a check of types stands in the same line: what breaks there is its own.
pub fn read_own(text: &str, topics: Topics) -> Told {
    read_of(text, topics.and(Topics::RUN))
}

/// Reads an output for what it says of these topics alone.
pub fn read_of(text: &str, topics: Topics) -> Told {
    let mut told = Told::default();
    let lines = table().lines.iter().filter(|(of, ..)| of.meet(topics));
    let lines: Vec<_> = lines.collect();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let line = &line[..line.floor_char_boundary(1000)];
        let plain = match COLORS.as_ref() {
            Some(colors) if line.contains('\u{1b}') => colors.replace_all(line, ""),
            _ => line.into(),
        };
        let Some((_, kind, _)) = lines.iter().find(|(.., regex)| regex.is_match(&plain)) else { continue };
        match kind {
            Line::Sums => {
                let failed = told.counts.failed;
                add(&plain, &mut told.counts);
                if told.counts.failed > failed || plain.contains("FAILED") {
                    told.red = Some(plain.trim().to_owned());
                    told.red_summary = true;
                }
            }
            Line::Red => {
                if !told.red_summary {
                    told.red = Some(plain.trim().to_owned());
                }
            }
            Line::Green => told.green = true,
        }
    }
    let any = told.counts.passed + told.counts.total > 0 || !topics.meet(Topics::TEST);
    told.green |= told.counts.summaries > 0 && told.counts.failed == 0 && any;
    told
}

fn add(line: &str, counts: &mut Counts) {
    let Some(pairs) = PAIRS.as_ref() else { return };
    let whole = line;
    // "Tests:  1 failed, 41 passed": the first word is a label, unless its number stands alone ("Tests: 12, …").
    let label =
        line.trim_start().strip_prefix("Tests").filter(|_| !line.contains("Assertions") && !line.contains("run:"));
    let line = label.map_or(line, |l| l.trim_start_matches(':'));
    // "92% tests passed, 1 tests failed out of 12": the first number is a share.
    let share = line.split_once("% tests passed");
    let line = share.map_or(line, |(_, rest)| rest);
    let (mut passed, mut failed, mut total, mut skipped) = (None, 0, None, 0);
    let mut warnings = 0;
    for pair in pairs.captures_iter(&line.replace(" tests failed out of ", " failed, total: ")) {
        let of = |names: [&str; 3]| names.iter().find_map(|n| pair.name(n));
        let number = |m: Option<regex::Match<'_>>| m.and_then(|m| m.as_str().parse::<u64>().ok());
        if let (Some(a), Some(b)) = (number(pair.name("a")), number(pair.name("b"))) {
            passed = Some(a);
            total = Some(b);
            continue;
        }
        let (Some(n), Some(word)) = (number(of(["n", "m", "k"])), of(["w", "x", "y"])) else { continue };
        let word = word.as_str().to_ascii_lowercase();
        match word.as_str() {
            "passed" | "passing" | "pass" | "ok" | "succeeded" => passed = Some(passed.unwrap_or(0) + n),
            w if w.starts_with("fail")
                || w.starts_with("error")
                || w.starts_with("offense")
                || w.starts_with("issue") =>
            {
                failed += n
            }
            w if w.starts_with("problem") => {}
            w if w.starts_with("warning") => warnings += n,
            "skipped" | "ignored" | "pending" | "todo" => skipped += n,
            // "out of 12 tests" and "12 tests completed" say the same.
            _ => total = Some(total.unwrap_or(0).max(n)),
        }
    }
    // "Found 3 errors (3 fixed, 0 remaining)."
    if line.contains("0 remaining") {
        failed = 0;
    }
    if counts.figures.len() < MOST_FIGURES.0 {
        counts.figures.push(figures(whole));
    }
    counts.summaries += 1;
    counts.failed += failed;
    counts.skipped += skipped;
    counts.warnings += warnings;
    let all = total.unwrap_or_else(|| passed.unwrap_or(0) + failed);
    counts.total += all;
    counts.passed += passed.unwrap_or_else(|| all.saturating_sub(failed + skipped));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(text: &str) -> (u64, u64, bool) {
        let told = read(text, Topics::TEST);
        (told.counts.passed, told.counts.failed, told.red.is_some())
    }

    #[test]
    fn summaries_of_the_common_runners() {
        for (text, passed, failed) in [
            ("=== 2 failed, 21 passed, 1 warning in 0.31s ===", 21, 2),
            ("31 passed in 0.27s", 31, 0),
            ("test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s", 12, 0),
            ("test result: FAILED. 10 passed; 1 failed; 0 ignored", 10, 1),
            ("     Summary [   0.021s] 42 tests run: 41 passed, 1 failed, 0 skipped", 41, 1),
            ("Tests:       1 failed, 41 passed, 42 total", 41, 1),
            ("      Tests  2 failed | 40 passed (42)", 40, 2),
            ("  12 passing (30ms)\n  1 failing", 12, 1),
            ("# pass 4\n# fail 0", 4, 0),
            ("ℹ tests 5\nℹ pass 5\nℹ fail 0", 5, 0),
            ("[ERROR] Tests run: 42, Failures: 1, Errors: 0, Skipped: 1", 40, 1),
            ("92% tests passed, 1 tests failed out of 12", 11, 1),
            ("12 examples, 1 failure", 11, 1),
            ("12 runs, 30 assertions, 0 failures, 0 errors, 0 skips", 12, 0),
            ("OK (12 tests, 30 assertions)", 12, 0),
            ("Tests: 12, Assertions: 30, Failures: 1.", 11, 1),
            ("Failed!  - Failed:     1, Passed:    12, Skipped:     0, Total:    13", 12, 1),
            ("ok | 5 passed | 0 failed (12ms)", 5, 0),
            (" 5 pass\n 1 fail", 5, 1),
            ("golden: 4985/4992 ok, 7 FAILURES DETECTED", 4985, 7),
            ("28 tests completed, 3 failed", 25, 3),
            ("Results: SUCCESS (58 tests, 52 passed, 0 failed, 6 skipped)", 52, 0),
            ("Executed 12 tests, with 1 failure (0 unexpected) in 0.1 seconds", 11, 1),
            ("FAIL! -- 4 Passed | 1 Failed | 0 Pending | 0 Skipped", 4, 1),
            ("test cases:  3 | 2 passed | 1 failed", 2, 1),
            ("\u{1b}[32m      Tests \u{1b}[0m 2 failed | 40 passed (42)", 40, 2),
        ] {
            assert_eq!(test(text), (passed, failed, failed > 0), "{text}");
        }
    }

    #[test]
    fn the_categories_of_a_runner_add_up() {
        for (text, all) in [
            ("3 doctests, 118 tests, 0 failures", 121),
            ("118 passed, 3 xfailed, 2 xpassed in 1s", 120),
            ("2 properties, 1 doctest, 40 tests, 0 failures, 4 excluded", 43),
            ("  40 passed (12s)\n  2 flaky", 42),
            (
                "test result: ok. 17 passed; 0 failed; 3 ignored; 0 measured\ntest result: ok. 4 passed; 0 failed; 0 ignored",
                21,
            ),
        ] {
            assert!(read(text, Topics::TEST).counts.add_up_to(all), "{text}");
        }
        let one = read("118 passed, 2 warnings in 1s", Topics::TEST).counts;
        assert!(one.add_up_to(118) && !one.add_up_to(120) && !one.add_up_to(0));
        assert!(!read("12 runs, 30 assertions, 0 failures", Topics::TEST).counts.add_up_to(42));
    }

    #[test]
    fn lines_that_say_it_without_counts() {
        assert!(test("--- FAIL: TestX (0.00s)\nFAIL\nFAIL\texample.org/x\t0.1s").2);
        assert!(test("error[E0308]: mismatched types\nerror: could not compile `x`").2);
        assert!(read("ok  \texample.org/x\t0.188s", Topics::TEST).green);
        assert!(read("src/a.ts(3,1): error TS2322: no", Topics::TYPES).red.is_some());
        assert!(read("✖ 3 problems (1 error, 2 warnings)", Topics::LINT).red.is_some());
        assert!(read("✖ 2 problems (0 errors, 2 warnings)", Topics::LINT).red.is_none());
        assert!(read("0 issues.", Topics::LINT).green && read("All checks passed!", Topics::LINT).green);
        assert!(read("Found 3 errors in 1 file (checked 4 source files)", Topics::TYPES).red.is_some());
        assert!(test("[  FAILED  ] Suite.Case (3 ms)").2 && test("not ok 3 - parses").2);
        assert!(test("** TEST FAILED **").2 && read("** BUILD SUCCEEDED **", Topics::BUILD).green);
        assert!(read("make: *** [Makefile:3: lint] Error 1", Topics::LINT).red.is_some());
        assert!(read_of("make: *** [Makefile:3: lint] Error 1", Topics::TEST).red.is_none());
        assert!(read("[test] log line: 0 failed", Topics::TEST).red.is_none());
    }
}
