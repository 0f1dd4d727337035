//! "All tests pass", "lint is clean", "✅ build".

use super::fine::{none_of, nothing_wrong, tidy};
use super::token::Token;
use super::{REACH, Says};
use crate::prose::{Prose, Sentence, flags};
use crate::work::words::{Spoken, Topics, table};

/// "All tests pass": the word that says so, and what it is said of.
pub(super) fn passed(
    words: &[Token<'_>],
    prose: &Prose<'_>,
    sentence: &Sentence,
    said: &Spoken,
    context: Topics,
) -> Option<(Says, usize, Topics)> {
    if stage_of_a_plan(words) {
        return None;
    }
    let box_ticked = usize::from(words.first()?.word == "x");
    let starts_plan = matches!(
        words.get(box_ticked)?.word,
        "run" | "verify" | "check" | "ensure" | "execute" | "confirm" | "make" | "fix" | "add" | "rerun" | "re-run"
    );
    let blocked = |upto: usize| {
        let unsaid = |i: usize, w: &Token<'_>| {
            !w.quoted
                && said.unsaid.contains(w.word)
                // "Had ESLint look at it": a causative.
                && !(w.word == "had" && i == 0 && !words.iter().any(|w| w.word == "would"))
                // "The first check turned up …" names a thing.
                && !(w.word == "check" && i > 0 && matches!(words[i - 1].word, "first" | "last" | "second" | "the" | "a"))
                && !(w.word == "check" && i > 0 && matches!(words[i - 1].word, "type" | "format" | "style" | "lint"))
                // "I changed it to x, reran the tests, and …": what it was changed to ends at the comma.
                && !(w.word == "to" && i > 0 && words[i + 1..upto].iter().any(|w| w.after_break))
        };
        words[..upto].iter().enumerate().any(|(i, w)| unsaid(i, w))
    };
    // "Tests pass and the linter is clean": each predicate adds what it speaks of.
    let mut found: Option<(Says, usize, Topics)> = None;
    for (at, word) in words.iter().enumerate() {
        if word.quoted || starts_plan && !words[0].quoted {
            continue;
        }
        let exits = word.word == "0"
            && at > 0
            && matches!(words[at - 1].word, "exits" | "exited" | "code" | "status")
            && words[at.saturating_sub(3)..at].iter().any(|w| w.word.starts_with("exit"));
        let success = exits || said.success.contains(word.word) && passes(words, at, said);
        let nothing = nothing_wrong(words, at);
        let tidy = said.tidy.contains(word.word) && tidy(words, at);
        if !success && !tidy && !nothing {
            continue;
        }
        let before = &words[at.saturating_sub(REACH)..=at];
        let after = &words[at + 1..words.len().min(at + 6)];
        let of = |part: &[Token<'_>]| part.iter().fold(Topics::NONE, |all, w| all.and(w.topics));
        let mut topics = of(before);
        if topics.is_empty() && (success || nothing) {
            topics = of(after);
        }
        // "I ran the whole suite. Not one red line in it."
        if topics.is_empty() && words.len() <= 9 && !words[..at].iter().any(|w| w.quoted) {
            topics = context;
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
        let confirmed =
            words[..first].iter().any(|w| matches!(w.word, "confirmed" | "verified" | "confirms" | "shows"));
        let near = |n: usize| words[first.saturating_sub(n)..=first].iter();
        // "After the build passes"; but "after the edits the build passes".
        let depends = !confirmed
            && (near(3).any(|w| matches!(w.word, "when" | "where" | "until" | "that"))
                || near(2).any(|w| w.word == "after"));
        let failing =
            words.iter().enumerate().any(|(i, w)| !w.quoted && said.failing.contains(w.word) && !none_of(words, i));
        if depends
            || conditional(words, at)
            || only_elsewhere(words, at)
            || blocked(at)
            || failing
            || (!nothing && negated(prose, sentence, first, at))
        {
            continue;
        }
        found = Some(found.map_or((Says::Passed, at, topics), |(says, first, all)| (says, first, all.and(topics))));
    }
    if found.is_some() {
        return found;
    }
    checked_off(words, prose, sentence).map(|topics| (Says::Passed, words.len() - 1, topics))
}

/// "After this step all tests pass", "in each phase": what will be, told in the present.
fn stage_of_a_plan(words: &[Token<'_>]) -> bool {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|w| list.contains(&w.word));
    let stage = ["step", "phase", "stage", "milestone", "iteration", "commit", "pr", "task", "point"];
    is(0, &["after", "with", "in", "at", "by", "following"])
        && is(1, &["this", "that", "each", "every", "the", "these"])
        && (is(2, &stage) || is(2, &["first", "second", "third", "last", "next", "final"]) && is(3, &stage))
}

/// "Tests pass when the output is identical", "it passes once you …"; not "passed when I ran it".
fn conditional(words: &[Token<'_>], at: usize) -> bool {
    let behind = &words[at + 1..words.len().min(at + 6)];
    behind.iter().enumerate().any(|(i, w)| {
        let own = behind.get(i + 1).is_some_and(|n| matches!(n.word, "i" | "we"));
        !w.quoted
            && !own
            && (matches!(w.word, "when" | "whenever" | "if" | "once" | "unless" | "until" | "provided" | "assuming")
                || w.word == "as" && behind.get(i + 1).is_some_and(|n| n.word == "long"))
    })
}

/// "Lint passes on the base branch but shows issues with my change", "passes without my patch".
fn only_elsewhere(words: &[Token<'_>], at: usize) -> bool {
    let behind = &words[at + 1..];
    let trouble = |w: &Token<'_>| {
        let plain =
            matches!(w.word, "issue" | "issues" | "problem" | "problems" | "error" | "errors" | "warning" | "warnings");
        !w.quoted && (plain || table().spoken.failing.contains(w.word))
    };
    let contrast = behind.iter().position(|w| matches!(w.word, "but" | "however" | "although" | "though" | "yet"));
    if contrast.is_some_and(|c| behind.iter().enumerate().skip(c).any(|(i, w)| trouble(w) && !none_of(behind, i))) {
        return true;
    }
    let near = &behind[..behind.len().min(5)];
    // "All 31 tests passing on your side": the user saw them.
    let by_user = near.windows(2).any(|w| {
        w[0].word == "your" && matches!(w[1].word, "side" | "end" | "machine" | "laptop" | "box" | "run" | "computer")
    });
    by_user
        || near.windows(2).any(|w| {
            matches!(
                w[0].word,
                "base" | "clean" | "original" | "unmodified" | "untouched" | "pristine" | "old" | "previous"
            ) && matches!(w[1].word, "branch" | "checkout" | "tree" | "main" | "master" | "commit" | "code" | "version")
                || w[0].word == "without"
                    && matches!(w[1].word, "my" | "our" | "the" | "these" | "this" | "it" | "them")
                || w[0].word == "before" && matches!(w[1].word, "my" | "our" | "the" | "these" | "this")
        })
}

/// `pass` without an object: "pass nil" and "passes the token" speak of code.
pub(super) fn passes(words: &[Token<'_>], at: usize, said: &Spoken) -> bool {
    let Some(next) = words.get(at + 1) else { return true };
    let ahead = || words[at + 1..words.len().min(at + 5)].iter().any(|w| w.topics.meet(Topics::ANY));
    next.after_break
        || (said.after_pass.contains(next.word) && !next.quoted)
        || next.word.bytes().all(|b| b.is_ascii_digit())
        || !next.topics.is_empty()
        || ahead()
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
    let marked = ['✅', '✓', '✔', '☑', '🟢'].iter().any(|m| text.contains(*m)) || text.contains("[x]");
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
