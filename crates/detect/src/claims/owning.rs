//! Whether the agent owns up to a failure: in words of failure, by a negation, or by asking the user for another way.

use crate::prose::flags;
use crate::prose::{Language, Prose, Sentence};
use crate::session::Session;

/// True when a sentence admits that something did not work.
pub fn admits(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    if !sentence.has(flags::ADMIT) {
        return needs(prose, sentence);
    }
    // "If you have any problems", "no problem", "any issues?" admit nothing.
    let polite = prose.any(sentence, |w| matches!(w, "if" | "any" | "further"));
    if polite {
        return sentence.words.clone().any(|i| prose.has(i, flags::NEGATION) && !hollow(prose, i));
    }
    sentence.words.clone().any(|i| {
        !prose.words[i].quoted
            && ((prose.has(i, flags::FAILURE) && prose.word(i.wrapping_sub(1)) != "no" && !condoles(prose, i))
                || (prose.has(i, flags::NEGATION) && !hollow(prose, i)))
    }) || prose.any(sentence, |w| w == "already")
        || needs(prose, sentence)
}

/// True when a message announces that something is tried once more.
pub fn tries_again(prose: &Prose<'_>) -> bool {
    prose.sentences.iter().any(|s| {
        prose.any(s, |w| matches!(w, "ll" | "will" | "let" | "going"))
            && prose.any(s, |w| matches!(w, "again" | "retry" | "rerun" | "re-run" | "re-try"))
    })
}

/// "I'm sorry about your car", "sorry to hear that": sympathy with the user, for nothing that the agent did.
fn condoles(prose: &Prose<'_>, at: usize) -> bool {
    let (next, then) = (prose.word(at + 1), prose.word(at + 2));
    prose.word(at) == "sorry"
        && (matches!((next, then), ("to", "hear" | "see" | "read" | "learn") | ("you", "re" | "are" | "had" | "have"))
            || matches!(next, "about" | "for") && matches!(then, "your" | "the" | "that" | "this" | "any"))
}

/// "I need to give a valid name": what was tried lacked it.
fn needs(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    // "I" can begin an announcement.
    sentence.has(flags::ANNOUNCE)
        && sentence
            .words
            .clone()
            .any(|i| prose.word(i) == "i" && prose.word(i + 1) == "need" && prose.word(i + 2) == "to")
}

/// "no problem", "not only", "don't hesitate", "no longer", "no further", "nothing else".
fn hollow(prose: &Prose<'_>, at: usize) -> bool {
    let next = prose.word(at + 1);
    let past = prose.word(at + 2);
    matches!(
        next,
        "problem"
            | "problems"
            | "worries"
            | "only"
            | "hesitate"
            | "further"
            | "worry"
            | "else"
            | "additional"
            | "extra"
            | "charge"
            | "cost"
            | "need"
            | "to"
    ) || matches!((prose.word(at), next), ("nothing" | "no", "more" | "else" | "further"))
        || matches!((next, past), ("t", "hesitate") | ("t", "worry") | ("t", "need") | ("t", "forget"))
        || (prose.word(at) == "no" && prose.words.get(at + 1).is_some_and(|w| w.after_break) && !matches!(next, "i"))
}

/// The first message of the agent after an event that owns up, if any before `until`.
pub fn after(session: &Session<'_>, event: u32, until: u32) -> Option<u32> {
    let all = session.admitting();
    all.get(all.partition_point(|e| *e <= event)).copied().filter(|e| *e < until)
}

/// The events at which the agent owns up. Ask [`Session::admitting`], which remembers.
pub(crate) fn admitting(session: &Session<'_>) -> Vec<u32> {
    let agent = session.prose().iter();
    agent
        .filter(|p| p.language != Language::Other && p.sentences.iter().any(|s| admits(p, s)))
        .map(|p| p.event)
        .collect()
}

/// The last event at which the agent owns up, asks the user or tries again. Ask [`Session::last_owning`], which remembers.
pub(crate) fn last(session: &Session<'_>) -> Option<u32> {
    let owns = |p: &&Prose<'_>| p.sentences.iter().any(|s| admits(p, s)) || asks(p) || tries_again(p);
    session.prose().iter().rev().find(owns).map(|p| p.event)
}

/// True when a message asks the user something that is not the usual closing offer.
pub fn asks(prose: &Prose<'_>) -> bool {
    prose.sentences.iter().any(|s| {
        let offer = prose.any(s, |w| matches!(w, "else" | "anything" | "further" | "help" | "assist" | "assistance"));
        s.question && !offer
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn owns(s: &str) -> bool {
        let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        prose.sentences.iter().any(|s| admits(&prose, s))
    }

    #[test]
    fn owning_up_and_only_being_polite() {
        assert!(owns("The statement, though, I was unable to mail."));
        assert!(owns("It hasn't been sent."));
        assert!(owns("I'm sorry, the gift card is not sufficient."));
        assert!(!owns("I'm sorry about your car. There's nothing more you need to do."));
        assert!(!owns("Your balance is £2,310.44. Is there anything else?"));
        assert!(!owns("No problem, it is done. If you have any issues, write to us. Don't hesitate to ask."));
    }
}
