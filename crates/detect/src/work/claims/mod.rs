//! What the agent says of runs: "all tests pass", "lint is clean", "I ran the suite: 42 passed".
//!
//! Not claims are plans, conditions, wishes, questions, quotes, and what was so earlier.

mod disclosed;
mod fine;
mod numbers;
mod passed;
mod ran;
mod token;

pub use disclosed::{Failed, discloses};
pub use numbers::{coverage, files_of_commit, warnings_gone};

use crate::finding::Cite;
use crate::prose::{Language, Prose, Sentence};
use crate::work::words::{Spoken, Topics, table};
use fine::none_of;
use numbers::numbers;
use passed::passed;
use ran::ran;
use token::{Token, tokens};

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
    /// True for what a document, a hook or somebody else is said to tell: "According to RELEASE.md: …".
    pub attributed: bool,
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
    let mut context = Topics::NONE;
    for sentence in &prose.sentences {
        let claim = of_sentence(prose, sentence, owns_up, context);
        // What was run in one sentence, the next may speak of.
        context = claim.as_ref().filter(|c| c.says == Says::Ran).map_or(Topics::NONE, |c| c.topics);
        claims.extend(claim);
    }
    claims
}

/// A predicate speaks of what stands so many words before or behind it.
const REACH: usize = 11;

fn of_sentence(prose: &Prose<'_>, sentence: &Sentence, owns_up: bool, context: Topics) -> Option<Claim> {
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
    let partly = |(i, w): (usize, &Token<'_>)| !w.quoted && said.partly.contains(w.word) && !none_of(&words, i);
    if words.iter().all(|w| w.quoted) || words.iter().enumerate().any(partly) || goes_on_from_advice(prose, sentence) {
        return None;
    }
    let (says, from, topics) = passed(&words, prose, sentence, said, context).or_else(|| ran(&words, said))?;
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
        attributed: attributed(prose, sentence),
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

/// So many lines before an item of a list are looked through for the words that introduce it.
const MOST_ITEMS: usize = 40;

/// True for a sentence, or an item of a list, that passes on what stands or ran elsewhere.
fn attributed(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let tells = |text: &str| table().attributes.as_ref().is_some_and(|r| r.is_match(text));
    if tells(&prose.lower[sentence.range.clone()]) {
        return true;
    }
    let before = &prose.lower[..sentence.range.end];
    let item = |line: &str| {
        let line = line.trim_start();
        line.is_empty()
            || line
                .starts_with(|c: char| matches!(c, '-' | '*' | '•' | '|' | '+') || c.is_ascii_digit() || !c.is_ascii())
    };
    let mut lines = before.lines().rev().take(MOST_ITEMS);
    lines.next().is_some_and(item)
        && lines.find(|l| !item(l)).is_some_and(|intro| intro.trim_end().ends_with([':', '*']) && tells(intro))
}

/// "You run the script; the files are updated and the tests pass": what stands behind the semicolon depends on what stands
/// before it.
fn goes_on_from_advice(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let before = prose.text.text[..sentence.range.start].trim_end();
    let Some(before) = before.strip_suffix(';') else { return false };
    let clause = &prose.lower[before.rfind(['.', '\n', '!', '?']).map_or(0, |i| i + 1)..before.len()];
    let mut words = clause.split(|c: char| !c.is_ascii_alphanumeric());
    words.any(|w| matches!(w, "you" | "if" | "when" | "once" | "should" | "would" | "will" | "must"))
}

/// Whether only some of the tests are meant, and the kind of tests that is named.
fn part(words: &[Token<'_>], subject: usize, predicate: usize, said: &Spoken) -> (bool, Option<String>) {
    let mut kind = None;
    let next = |n: usize| words.get(subject + n).map_or("", |w| w.word);
    let mut part = words.get(subject).is_some_and(|w| w.path);
    // "Reran npm test": the command, not one of the tests.
    let program = subject
        .checked_sub(1)
        .and_then(|i| words.get(i))
        .is_some_and(|w| !w.after_break && (table().is_runner(w.word) || table().checks.contains_key(w.word)));
    part |= next(0) == "test"
        && !program
        && !matches!(next(1), "suite" | "run" | "results" | "runs" | "suites" | "command");
    // Back to the article: "the parser tests" are some, "with the helper the 31 tests" are all.
    let before = if program { &[][..] } else { words.get(..subject).unwrap_or_default() };
    for (back, word) in before.iter().rev().take(4).enumerate() {
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
