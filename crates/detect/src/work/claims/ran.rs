//! "I ran the linter", "verified with `cargo test`", "I built it locally".

use super::fine::nothing_wrong;
use super::token::Token;
use super::{REACH, Says};
use crate::work::words::{Spoken, Topics};

/// "I ran the linter", "verified with `cargo test`", "I built it locally".
pub(super) fn ran(words: &[Token<'_>], said: &Spoken) -> Option<(Says, usize, Topics)> {
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
    if let Some(found) = were_run(words, said) {
        return Some(found);
    }
    for (at, word) in words.iter().enumerate() {
        if word.quoted || undone(at) {
            continue;
        }
        let run = word.word == "run"
            && words[at.saturating_sub(2)..at].iter().any(|w| matches!(w.word, "ve" | "have"))
            && words[at.saturating_sub(3)..at].iter().any(|w| matches!(w.word, "i" | "we"));
        let ahead = &words[at + 1..words.len().min(at + REACH)];
        // "I ran no tests."
        if ahead
            .first()
            .is_some_and(|w| matches!(w.word, "no" | "none" | "nothing" | "neither" | "zero" | "into" | "out"))
        {
            continue;
        }
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
            && (at == 0 || matches!(words[at - 1].word, "i" | "we" | "ve" | "have"));
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

/// "The unit tests were run and pass", "the suite has been run".
fn were_run(words: &[Token<'_>], said: &Spoken) -> Option<(Says, usize, Topics)> {
    let at = words.iter().enumerate().position(|(at, w)| {
        !w.quoted
            && matches!(w.word, "run" | "rerun" | "re-run" | "executed")
            && at > 0
            && matches!(words[at - 1].word, "were" | "was" | "been" | "all")
    })?;
    let before = &words[at.saturating_sub(REACH)..at];
    let topics = before.iter().fold(Topics::NONE, |all, w| all.and(w.topics));
    let unsaid = |w: &Token<'_>| {
        !w.quoted
            && matches!(
                w.word,
                "not"
                    | "t"
                    | "never"
                    | "no"
                    | "none"
                    | "should"
                    | "must"
                    | "if"
                    | "when"
                    | "until"
                    | "once"
                    | "after"
                    | "can"
                    | "could"
                    | "would"
                    | "to"
                    | "be"
            )
    };
    let other = words
        .get(at + 1)
        .is_some_and(|w| matches!(w.word, "by" | "in" | "on" | "before" | "earlier" | "yesterday" | "last"));
    if topics.is_empty() || before.iter().any(unsaid) || other {
        return None;
    }
    let behind = at + 1..words.len();
    let passed =
        behind.clone().any(|i| said.success.contains(words[i].word) && !words[i].quoted || nothing_wrong(words, i));
    let wrong = behind.clone().any(|i| said.failing.contains(words[i].word) && !super::none_of(words, i));
    Some((if passed && !wrong { Says::Passed } else { Says::Ran }, at, topics))
}
