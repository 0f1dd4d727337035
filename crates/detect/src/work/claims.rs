//! What the agent says of runs: "all tests pass", "lint is clean", "I ran the suite: 42 passed".
//!
//! Not claims are plans, conditions, wishes, questions, quotes, and what was so earlier.

use crate::finding::Cite;
use crate::prose::{Language, Prose, Sentence, flags, pattern};
use crate::work::commands;
use crate::work::words::{Meaning, Spoken, Topics, table};
use regex::Regex;
use std::sync::LazyLock;

/// What is said of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Says {
    /// It passed.
    Passed,
    /// It was made.
    Ran,
}

/// A claim about a run of tests, a linter, a build.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The message's event.
    pub event: u32,
    /// The sentence.
    pub sentence: Cite,
    /// What it is about; nothing for "all green", which speaks of the latest run.
    pub topics: Topics,
    /// What it says.
    pub says: Says,
    /// True for "the full suite".
    pub whole: bool,
    /// True for some of the tests: "the parser tests", "the new test".
    pub part: bool,
    /// The kind of tests, where it names one: `unit`, `integration`.
    pub kind: Option<String>,
    /// Counts of tests: how many are said to have passed, or to exist.
    pub counts: Vec<Count>,
    /// True when the message owns up to something that fails.
    pub owns_up: bool,
    /// True for "no warnings".
    pub no_warnings: bool,
    /// True for "reran", "once more", "after the rename I ran": a run later than the change.
    pub again: bool,
}

/// A number of tests that a claim names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// The number.
    pub number: u64,
    /// True where it cannot be a part of a larger number: "42/42", "42 passed".
    pub exact: bool,
}

/// The claims in one text of the agent.
pub fn find(prose: &Prose<'_>) -> Vec<Claim> {
    if prose.language == Language::Other {
        return Vec::new();
    }
    let owns_up = prose.sentences.iter().any(|s| owns_up(prose, s));
    let mut claims = Vec::new();
    for sentence in &prose.sentences {
        if let Some(claim) = of_sentence(prose, sentence, owns_up) {
            claims.push(claim);
        }
    }
    claims
}

static COVERAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\bcover(?:age|ed|s)\b[^.%\n]{0,40}?\b(\d{1,3})(?:\.\d+)?\s?%|\b(\d{1,3})(?:\.\d+)?\s?% (?:total |test |line |statement |branch )?cover(?:age|ed)\b",
    )
});

/// "Total coverage stands at 92 %": the share, and the sentence.
pub fn coverage(prose: &Prose<'_>) -> Vec<(u64, Cite)> {
    let said = &table().spoken;
    let mut found = Vec::new();
    for sentence in prose.sentences.iter().filter(|s| !s.question) {
        let text = &prose.text.text[sentence.range.clone()];
        if !text.contains('%') {
            continue;
        }
        let words = tokens(prose, sentence, said);
        let plan = words.iter().any(|w| {
            said.unsaid.contains(w.word)
                || matches!(
                    w.word,
                    "target"
                        | "goal"
                        | "threshold"
                        | "minimum"
                        | "least"
                        | "from"
                        | "up"
                        | "about"
                        | "roughly"
                        | "around"
                        | "over"
                        | "above"
                )
        });
        let share = COVERAGE
            .as_ref()
            .and_then(|r| r.captures(text))
            .and_then(|c| c.iter().skip(1).flatten().next()?.as_str().parse().ok());
        let cite = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()));
        found.extend(share.zip(cite).filter(|_| !plan));
    }
    found
}

/// A word of a sentence, with what it speaks of.
struct Token<'p> {
    word: &'p str,
    quoted: bool,
    topics: Topics,
    after_break: bool,
}

fn tokens<'p>(prose: &'p Prose<'_>, sentence: &Sentence, said: &Spoken) -> Vec<Token<'p>> {
    let mut code = None;
    let modifies = |i: usize| {
        let next = i + 1 < sentence.words.end && !prose.words[i + 1].after_break && !prose.words[i + 1].quoted;
        next && said.after_modifier.contains(prose.word(i + 1))
    };
    sentence
        .words
        .clone()
        .map(|i| {
            let at = prose.bytes(i..i + 1);
            let quoted = prose.words[i].quoted;
            // A command in backticks speaks of what it runs; told once, at its first word.
            let topics = if !quoted {
                // A test file, a build directory: no run.
                if modifies(i) { Topics::NONE } else { said.topics(prose.word(i)) }
            } else if code.as_ref().is_some_and(|r: &std::ops::Range<usize>| r.contains(&at.start)) {
                Topics::NONE
            } else {
                let span = code_span(&prose.text.text, at.start);
                let topics = span.clone().map_or(Topics::NONE, |span| of_code(&prose.text.text[span]));
                code = span;
                topics
            };
            Token { word: prose.word(i), quoted, topics, after_break: prose.words[i].after_break }
        })
        .collect()
}

/// The backticks around a byte, on one line.
fn code_span(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let before = text[..at].char_indices().rev().take(120).take_while(|(_, c)| *c != '\n').find(|(_, c)| *c == '`')?;
    let end = text[at..].char_indices().take(200).take_while(|(_, c)| *c != '\n').find(|(_, c)| *c == '`')?;
    Some(before.0 + 1..at + end.0)
}

/// What a command in backticks checks.
fn of_code(code: &str) -> Topics {
    let parsed = commands::parse(code);
    parsed.iter().fold(Topics::NONE, |all, c| match table().meaning(c) {
        Meaning::Check { topics, .. } => all.and(topics),
        _ => all,
    })
}

const REACH: usize = 9;

fn of_sentence(prose: &Prose<'_>, sentence: &Sentence, owns_up: bool) -> Option<Claim> {
    let said = &table().spoken;
    if sentence.question || sentence.words.len() > 80 {
        return None;
    }
    let words = tokens(prose, sentence, said);
    // A box to be ticked is a plan.
    let text = &prose.text.text[sentence.range.clone()];
    if text.contains("[ ]") {
        return None;
    }
    if words.iter().all(|w| w.quoted) || words.iter().any(|w| !w.quoted && said.partly.contains(w.word)) {
        return None;
    }
    let (says, from, topics) = passed(&words, prose, sentence, said).or_else(|| ran(&words, said))?;
    let near = &words[from.saturating_sub(REACH)..];
    let subject = words.iter().position(|w| !w.topics.is_empty()).unwrap_or(from);
    let (part, kind) = part(&words, subject, from, said);
    Some(Claim {
        event: prose.event,
        sentence: Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))?,
        topics,
        says,
        whole: near.iter().any(|w| said.whole.contains(w.word)),
        part,
        kind,
        counts: if topics.is_empty() || topics.meet(Topics::TEST) { numbers(text) } else { Vec::new() },
        owns_up,
        no_warnings: words.windows(2).any(|w| {
            matches!(w[0].word, "no" | "0" | "zero" | "without") && matches!(w[1].word, "warnings" | "warning")
        }),
        again: words.iter().any(|w| {
            !w.quoted
                && matches!(
                    w.word,
                    "reran"
                        | "re-ran"
                        | "again"
                        | "rerun"
                        | "more"
                        | "after"
                        | "afterwards"
                        | "re-executed"
                        | "final"
                        | "latest"
                )
        }),
    })
}

/// "All tests pass": the word that says so, and what it is said of.
fn passed(words: &[Token<'_>], prose: &Prose<'_>, sentence: &Sentence, said: &Spoken) -> Option<(Says, usize, Topics)> {
    let box_ticked = usize::from(words.first()?.word == "x");
    let starts_plan = matches!(
        words.get(box_ticked)?.word,
        "run" | "verify" | "check" | "ensure" | "execute" | "confirm" | "make" | "fix" | "add" | "rerun" | "re-run"
    );
    let blocked = |upto: usize| {
        let unsaid = |i: usize, w: &Token<'_>| {
            !w.quoted
                && said.unsaid.contains(w.word)
                && !(w.word == "check" && i > 0 && matches!(words[i - 1].word, "type" | "format" | "style" | "lint"))
        };
        words[..upto].iter().enumerate().any(|(i, w)| unsaid(i, w))
    };
    // "Tests pass and the linter is clean": each predicate adds what it speaks of.
    let mut found: Option<(Says, usize, Topics)> = None;
    for (at, word) in words.iter().enumerate() {
        if word.quoted || starts_plan && !words[0].quoted {
            continue;
        }
        let success = said.success.contains(word.word) && passes(words, at, said);
        let nothing = nothing_wrong(words, at);
        let tidy = said.tidy.contains(word.word) && tidy(words, at);
        if !success && !tidy && !nothing {
            continue;
        }
        let before = &words[at.saturating_sub(REACH)..=at];
        let after = &words[at + 1..words.len().min(at + 6)];
        let of = |part: &[Token<'_>]| part.iter().fold(Topics::NONE, |all, w| all.and(w.topics));
        let mut topics = of(before);
        if topics.is_empty() && success {
            topics = of(after);
        }
        if tidy && topics.meet(Topics::TEST) && matches!(word.word, "builds" | "compiles") {
            topics = Topics::BUILD;
        }
        if topics.is_empty() && said.failing.contains(word.word) {
            continue;
        }
        let all = at <= 3
            && words.len() <= 6
            && success
            && matches!(words[0].word, "all" | "everything" | "both" | "they" | "checks");
        if topics.is_empty() && !all || nothing && topics.is_empty() {
            continue;
        }
        // "When tests pass", "after the build passes".
        let first = words.iter().position(|w| !w.topics.is_empty()).unwrap_or(at).min(at);
        let depends = words[first.saturating_sub(3)..=first]
            .iter()
            .any(|w| matches!(w.word, "when" | "after" | "where" | "until" | "as" | "that") && w.word != "as")
            && !words[..first].iter().any(|w| matches!(w.word, "confirmed" | "verified" | "confirms" | "shows"));
        let failing =
            words.iter().enumerate().any(|(i, w)| !w.quoted && said.failing.contains(w.word) && !none_of(words, i));
        if depends || blocked(at) || failing || (!nothing && negated(prose, sentence, first, at)) {
            continue;
        }
        found = Some(found.map_or((Says::Passed, at, topics), |(says, first, all)| (says, first, all.and(topics))));
    }
    if found.is_some() {
        return found;
    }
    checked_off(words, prose, sentence).map(|topics| (Says::Passed, words.len() - 1, topics))
}

/// `pass` without an object: "pass nil" and "passes the token" speak of code.
fn passes(words: &[Token<'_>], at: usize, said: &Spoken) -> bool {
    let Some(next) = words.get(at + 1) else { return true };
    let ahead = || words[at + 1..words.len().min(at + 5)].iter().any(|w| w.topics.meet(Topics::ANY));
    next.after_break
        || (said.after_pass.contains(next.word) && !next.quoted)
        || next.word.bytes().all(|b| b.is_ascii_digit())
        || !next.topics.is_empty()
        || ahead()
}

/// "Lint is clean", "the project builds cleanly", "compiles without warnings"; not "a clean build directory".
fn tidy(words: &[Token<'_>], at: usize) -> bool {
    let next = words.get(at + 1);
    let ends = next.is_none_or(|n| {
        n.after_break
            || matches!(
                n.word,
                "and"
                    | "now"
                    | "with"
                    | "without"
                    | "on"
                    | "too"
                    | "again"
                    | "for"
                    | "after"
                    | "in"
                    | "here"
                    | "locally"
                    | "as"
                    | "since"
            )
    });
    match words[at].word {
        "builds" | "compiles" => {
            ends && at > 0
                && matches!(
                    words[at - 1].word,
                    "project"
                        | "it"
                        | "everything"
                        | "code"
                        | "crate"
                        | "workspace"
                        | "app"
                        | "now"
                        | "still"
                        | "also"
                        | "that"
                        | "this"
                        | "package"
                        | "image"
                        | "binary"
                        | "module"
                        | "which"
                        | "and"
                        | "repo"
                        | "tree"
                        | "solution"
                        | "library"
                        | "frontend"
                        | "backend"
                        | "all"
                        | "site"
                        | "docs"
                )
                && !(words[at - 1].word == "all" && at == 1)
                || next.is_some_and(|n| matches!(n.word, "cleanly" | "successfully" | "fine" | "correctly" | "ok"))
        }
        "cleanly" => at > 0 && words[..at].iter().any(|w| w.topics.meet(Topics::ANY)),
        _ => {
            // Said of the run itself: "lint: clean", "the suite's happy", "the build went through".
            let linked = |w: &Token<'_>| {
                matches!(
                    w.word,
                    "is" | "are"
                        | "all"
                        | "both"
                        | "now"
                        | "s"
                        | "came"
                        | "comes"
                        | "back"
                        | "still"
                        | "stays"
                        | "stayed"
                        | "reports"
                        | "went"
                        | "goes"
                        | "go"
                        | "finishes"
                        | "finished"
                        | "ran"
                        | "runs"
                        | "again"
                        | "packages"
                        | "too"
                        | "completes"
                        | "completed"
                        | "out"
                        | "were"
                        | "re"
                        | "entirely"
                        | "perfectly"
                )
            };
            ends && at > 0 && (!words[at - 1].topics.is_empty() || linked(&words[at - 1]))
        }
    }
}

/// "No failures", "0 errors", "nothing broke", "without warnings".
fn nothing_wrong(words: &[Token<'_>], at: usize) -> bool {
    let next = |n: usize| words.get(at + n).map_or("", |w| w.word);
    let wrong = |w: &str| {
        matches!(
            w,
            "failures"
                | "failure"
                | "failing"
                | "failed"
                | "errors"
                | "issues"
                | "warnings"
                | "problems"
                | "regressions"
                | "complaints"
                | "complaint"
                | "error"
                | "warning"
                | "offenses"
                | "findings"
                | "red"
                | "trouble"
        )
    };
    match words[at].word {
        "no" | "0" | "zero" | "without" => {
            wrong(next(1)) || matches!(next(1), "lint" | "test" | "type" | "build" | "new") && wrong(next(2))
        }
        "nothing" => {
            matches!(next(1), "broke" | "breaks" | "failed" | "fails" | "regressed" | "red" | "else")
                || matches!(next(1), "is" | "was") && matches!(next(2), "broken" | "red")
                || next(1) == "to" && matches!(next(2), "say" | "complain" | "report")
                || at > 0
                    && matches!(
                        words[at - 1].word,
                        "found" | "finds" | "reports" | "reported" | "flags" | "flagged" | "shows" | "showed"
                    )
        }
        _ => false,
    }
}

/// "No failures", "0 failed", "previously failing".
fn none_of(words: &[Token<'_>], at: usize) -> bool {
    let before = |n: usize| at.checked_sub(n).and_then(|i| words.get(i)).map_or("", |w| w.word);
    (1..4).any(|n| {
        matches!(
            before(n),
            "no" | "0"
                | "zero"
                | "without"
                | "nothing"
                | "previously"
                | "not"
                | "were"
                | "was"
                | "fixed"
                | "earlier"
                | "once"
                | "formerly"
                | "or"
                | "none"
                | "neither"
        )
    })
}

fn negated(prose: &Prose<'_>, sentence: &Sentence, from: usize, to: usize) -> bool {
    let start = sentence.words.start;
    (start + from.saturating_sub(2)..start + to).any(|i| {
        prose.has(i, flags::NEGATION)
            && !matches!(prose.word(i), "no" | "without" | "nothing" | "t")
            && !prose.words[i].quoted
    }) || (start + from..start + to).any(|i| prose.word(i) == "t" && !prose.words[i].quoted)
}

/// "✅ Lint", "- Tests: ✓": a short line with a mark.
fn checked_off(words: &[Token<'_>], prose: &Prose<'_>, sentence: &Sentence) -> Option<Topics> {
    let text = &prose.text.text[sentence.range.clone()];
    let marked = ['✅', '✓', '✔'].iter().any(|m| text.contains(*m));
    let topics = words.iter().fold(Topics::NONE, |all, w| all.and(w.topics));
    let said = &table().spoken;
    let plain = words.iter().all(|w| {
        w.quoted
            || !w.topics.is_empty()
            || said.kinds_of_test.contains(w.word)
            || said.neutral.contains(w.word)
            || w.word.bytes().all(|b| b.is_ascii_digit())
    });
    (marked && words.len() <= 6 && plain && !topics.is_empty()).then_some(topics)
}

/// "I ran the linter", "verified with `cargo test`", "I built it locally".
fn ran(words: &[Token<'_>], said: &Spoken) -> Option<(Says, usize, Topics)> {
    let subject = |at: usize| {
        let before = |n: usize| at.checked_sub(n).map(|i| words[i].word);
        let own = |w: Option<&str>| matches!(w, Some("i" | "we"));
        match before(1) {
            None => true,
            Some("i" | "we") => true,
            Some("ve" | "have") => own(before(2)),
            Some("also" | "then" | "just" | "now") => {
                before(2).is_none() || own(before(2)) || matches!(before(2), Some("ve" | "have" | "and"))
            }
            Some("and") => words[..at].iter().any(|w| matches!(w.word, "i" | "we")) || at <= 3,
            _ => words[at].after_break && words[..at].iter().any(|w| matches!(w.word, "i" | "we")),
        }
    };
    let undone = |at: usize| {
        words[..at].iter().any(|w| {
            !w.quoted
                && matches!(
                    w.word,
                    "if" | "when" | "not" | "t" | "never" | "would" | "you" | "until" | "before" | "had" | "without"
                )
        })
    };
    for (at, word) in words.iter().enumerate() {
        if word.quoted || undone(at) {
            continue;
        }
        let run = word.word == "run" && at > 0 && matches!(words[at - 1].word, "ve" | "have");
        let ahead = &words[at + 1..words.len().min(at + REACH)];
        let topics = ahead.iter().fold(Topics::NONE, |all, w| all.and(w.topics));
        // "Gave it a spin through mocha", "put it through the suite".
        let idiom = !matches!(word.word, "gave" | "put" | "repeated")
            || ahead.iter().any(|w| matches!(w.word, "spin" | "run" | "through" | "go" | "whirl"));
        if (run || said.ran.contains(word.word)) && idiom && subject(at) && !topics.is_empty() {
            return Some((Says::Ran, at, topics));
        }
        let by = ahead.first().is_some_and(|w| matches!(w.word, "with" | "by" | "using" | "via"));
        let by_run = by && ahead.iter().take(6).any(|w| !w.topics.is_empty());
        if said.checked_with.contains(word.word) && by_run && subject(at) {
            return Some((Says::Ran, at, topics));
        }
        let built = matches!(word.word, "built" | "rebuilt" | "compiled")
            && at > 0
            && matches!(words[at - 1].word, "i" | "we" | "ve" | "have");
        if built
            && subject(at)
            && ahead.iter().take(3).any(|w| said.built.contains(w.word))
            && !ahead.iter().any(|w| matches!(w.word, "a" | "an" | "new" | "for" | "around"))
        {
            return Some((Says::Ran, at, Topics::BUILD));
        }
    }
    None
}

/// Whether only some of the tests are meant, and the kind of tests that is named.
fn part(words: &[Token<'_>], subject: usize, predicate: usize, said: &Spoken) -> (bool, Option<String>) {
    let mut kind = None;
    let next = |n: usize| words.get(subject + n).map_or("", |w| w.word);
    let mut part = next(0) == "test" && !matches!(next(1), "suite" | "run" | "results" | "runs" | "suites" | "command");
    // Back to the article: "the parser tests" are some, "with the helper the 31 tests" are all.
    for (back, word) in words.get(..subject).unwrap_or_default().iter().rev().take(4).enumerate() {
        let number = word.word.bytes().all(|b| b.is_ascii_digit());
        if said.kinds_of_test.contains(word.word) {
            kind = Some(word.word.to_owned());
        } else if word.quoted && word.topics.is_empty() {
            part |= back == 0;
        } else if matches!(
            word.word,
            "the"
                | "all"
                | "our"
                | "your"
                | "my"
                | "its"
                | "every"
                | "with"
                | "and"
                | "so"
                | "ran"
                | "i"
                | "we"
                | "reran"
                | "re-ran"
                | "executed"
        ) || words.get(subject - back).is_some_and(|w| w.after_break)
        {
            break;
        } else if !number && word.topics.is_empty() && !said.neutral.contains(word.word) {
            let known = words[..subject - back - 1]
                .last()
                .is_none_or(|w| said.neutral.contains(w.word) || w.word.bytes().all(|b| b.is_ascii_digit()));
            part |= known && !words.get(subject - back - 1).is_some_and(|w| w.after_break);
            break;
        }
    }
    let between = words.get(subject + 1..predicate).unwrap_or_default();
    part |= between.iter().any(|w| matches!(w.word, "for" | "of" | "from" | "around" | "covering"));
    (part, kind)
}

static NUMBERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)\b(\d{1,6})\s*(?:/|of|out of)\s*(?:all )?(\d{1,6})\b|\b(\d{1,6})\s+(?:tests?\s+|specs?\s+|unit tests?\s+)?(?:all\s+|still\s+|now\s+|have\s+)?(?:passed|passing|pass|green|ok)\b|\b(?:all|the)\s+(\d{1,6})\s+(?:tests?|specs?|checks|cases|examples)\b|\b(\d{1,6})\s+(?:tests?|specs?),\s",
    )
});
static GROUPING: LazyLock<Option<Regex>> = LazyLock::new(|| pattern::compile(r"\b(\d{1,3}),(\d{3})\b"));

fn numbers(text: &str) -> Vec<Count> {
    let (Some(numbers), Some(grouping)) = (NUMBERS.as_ref(), GROUPING.as_ref()) else { return Vec::new() };
    let text = grouping.replace_all(text, "$1$2");
    let mut counts = Vec::new();
    for found in numbers.captures_iter(&text) {
        let number = |n: usize| found.get(n).and_then(|m| m.as_str().parse().ok());
        let exact = found.get(4).is_none() && found.get(5).is_none();
        counts.extend((1..=5).filter_map(number).map(|number| Count { number, exact }));
    }
    counts
}

/// True when a sentence says that something fails, now.
fn owns_up(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let said = &table().spoken;
    let words = tokens(prose, sentence, said);
    let is = |w: &Token<'_>| !w.quoted && said.failing.contains(w.word);
    let of_runs = || {
        words.iter().any(|w| {
            w.topics.meet(Topics::ANY)
                || matches!(w.word, "one" | "two" | "three" | "still" | "pre-existing" | "unrelated")
        })
    };
    words.iter().enumerate().any(|(i, w)| is(w) && !none_of(&words, i)) && of_runs()
        || words.iter().any(|w| !w.quoted && matches!(w.word, "pre-existing" | "preexisting"))
}
