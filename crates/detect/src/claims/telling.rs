//! Whether a message tells that something is still open, or did not work: then nothing in it is read as a claim of the contrary.

use super::loose::is_participle;
use crate::prose::lexicon::english;
use crate::prose::{Prose, flags, stem};
use std::collections::BTreeSet;

/// True when a message tells, near enough, that something is not done yet: in a word of `words`, in the future, or by a negation.
pub fn tells_open(prose: &Prose<'_>, words: &[String]) -> bool {
    let lex = english();
    const ANY: flags::Flags = flags::OPEN | flags::NEGATION;
    prose.sentences.iter().filter(|s| s.has(ANY)).any(|s| {
        s.words.clone().filter(|i| prose.has(*i, ANY) && !prose.words[*i].quoted).any(|i| {
            let word = prose.word(i);
            if lex.is("open", word) || lex.is("status_pending", word) && words.iter().any(|w| w == word) {
                return true;
            }
            // "It should go out within the hour", "it will be refunded"; not "you will receive".
            let subject =
                matches!(prose.word(i.wrapping_sub(1)), "you" | "i" | "we" | "nothing" | "nobody" | "none" | "one");
            if !subject && matches!(word, "will" | "should" | "ll" | "to") {
                return matches!(prose.word(i + 1), "be" | "go" | "leave" | "run" | "start" | "take" | "happen")
                    && (word != "to" || prose.word(i + 1) == "be" && is_participle(prose, i + 2));
            }
            let negated =
                prose.has(i, flags::NEGATION) && !matches!(word, "no" | "nothing" | "none" | "nobody" | "without");
            negated
                && (i + 1..(i + 6).min(s.words.end)).any(|j| {
                    is_participle(prose, j)
                        || prose.has(j, flags::STATE_DONE)
                        || matches!(prose.word(j), "yet" | "able")
                })
        })
    })
}

/// True when a message tells, near enough, that something did not work. Words of what it is `about` tell nothing: "the conflict
/// check".
pub fn tells_failed(prose: &Prose<'_>, about: &BTreeSet<String>) -> bool {
    tells_open(prose, &[])
        || names_failure(prose, about)
        || prose.sentences.iter().filter(|s| s.has(flags::NEGATION)).any(|s| {
            let words = || s.words.clone().filter(|i| !prose.words[*i].quoted);
            words().any(|i| {
                let polite = prose.word(i) == "no"
                    && matches!(
                        prose.word(i + 1),
                        "problem" | "problems" | "worries" | "need" | "charge" | "cost" | "trouble"
                    );
                !polite
                    && prose.has(i, flags::NEGATION)
                    && (i + 1..i + 5).any(|j| {
                        matches!(
                            prose.word(j),
                            "possible"
                                | "available"
                                | "work"
                                | "go"
                                | "make"
                                | "find"
                                | "found"
                                | "done"
                                | "allow"
                                | "let"
                        )
                    })
            })
        })
}

/// True when a message has a word for a failure: "22B was taken, so the assignment was rejected".
pub fn names_failure(prose: &Prose<'_>, about: &BTreeSet<String>) -> bool {
    prose.sentences.iter().filter(|s| s.has(flags::FAILURE)).any(|s| {
        let polite = prose.any(s, |w| matches!(w, "if" | "any" | "further"));
        let regret = |i: usize| {
            !matches!(
                prose.word(i),
                "sorry"
                    | "apologies"
                    | "issue"
                    | "issues"
                    | "problem"
                    | "problems"
                    | "wrong"
                    | "instead"
                    | "try"
                    | "retry"
            )
        };
        !polite
            && s.words.clone().filter(|i| !prose.words[*i].quoted).any(|i| {
                prose.has(i, flags::FAILURE)
                    && regret(i)
                    && !about.contains(stem::of(prose.word(i)).as_ref())
                    && prose.word(i.wrapping_sub(1)) != "no"
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn open(s: &str) -> bool {
        let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        tells_open(&Prose::new(0, Role::Assistant, &text), &["held".to_owned()])
    }

    #[test]
    fn what_is_told_as_open() {
        for text in
            ["It is pending.", "It should go out tonight.", "It has not been released yet.", "It is held at the desk."]
        {
            assert!(open(text), "{text}");
        }
        for text in [
            "Don't forget an apron!",
            "Please hold on to your reference.",
            "You will receive a mail.",
            "No charge for you.",
        ] {
            assert!(!open(text), "{text}");
        }
    }

    #[test]
    fn what_is_told_as_failed() {
        let failed = |s: &str| {
            let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
            tells_failed(&Prose::new(0, Role::Assistant, &text), &["conflict".to_owned()].into())
        };
        assert!(
            failed("That was not possible.") && failed("The booking was rejected.") && failed("I was unable to do it.")
        );
        assert!(
            !failed("I ran the conflict check.")
                && !failed("No problem, it is done.")
                && !failed("I'm sorry for the wait.")
        );
    }
}
