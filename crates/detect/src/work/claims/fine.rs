//! Ways of saying that nothing is wrong.

use super::token::Token;
use crate::work::words::Topics;

/// "Lint is clean", "the project builds cleanly", "compiles without warnings"; not "a clean build directory".
pub(super) fn tidy(words: &[Token<'_>], at: usize) -> bool {
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
                    | "across"
                    | "throughout"
                    | "over"
                    | "under"
                    | "at"
                    | "from"
                    | "everywhere"
                    | "so"
                    | "but"
            )
    });
    match words[at].word {
        "builds" | "compiles" => {
            ends && (at == 0 || words[at].after_break)
                || ends
                    && at > 0
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
                        | "they"
                        | "ships"
                        | "shipped"
                        | "builds"
                        | "compiles"
                        | "passes"
                        | "passed"
                )
            };
            // What is valid, or holds, need be no run, unless the command that says so is named.
            let weak = matches!(words[at].word, "valid" | "hold" | "holds");
            let named = || words[..at].iter().any(|w| w.quoted && !w.topics.is_empty());
            ends && at > 0 && (!words[at - 1].topics.is_empty() || linked(&words[at - 1])) && (!weak || named())
        }
    }
}

/// "No failures", "0 errors", "nothing broke", "without warnings".
pub(super) fn nothing_wrong(words: &[Token<'_>], at: usize) -> bool {
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
                | "reds"
                | "breakage"
        )
    };
    match words[at].word {
        "no" | "0" | "zero" | "without" => {
            next(1) == "longer"
                && matches!(next(2), "reports" | "fails" | "complains" | "shows" | "flags" | "warns" | "breaks")
                || wrong(next(1))
                || matches!(next(1), "lint" | "test" | "type" | "build" | "new") && wrong(next(2))
        }
        // "Not one red line", "not a single failure"
        "not" => match next(1) {
            "one" => wrong(next(2)) || wrong(next(3)),
            "a" => next(2) == "single" && (wrong(next(3)) || wrong(next(4))),
            _ => false,
        },
        "nothing" => {
            matches!(
                next(1),
                "complained"
                    | "complains"
                    | "objected"
                    | "broke"
                    | "breaks"
                    | "failed"
                    | "fails"
                    | "regressed"
                    | "red"
                    | "else"
            ) || matches!(next(1), "is" | "was") && matches!(next(2), "broken" | "red" | "left" | "outstanding")
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
pub(super) fn none_of(words: &[Token<'_>], at: usize) -> bool {
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
