//! Courtesies in the form of an announcement: "We're looking forward to welcoming you", "We'll be glad to see you". What people feel, hope or
//! expect takes no call.

use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence};

/// So many words behind a verb, its object stands.
const NEAR: usize = 3;

/// True where an announced verb tells a feeling, or that the listener will be received. `base` is the verb without its ending.
pub(super) fn is(prose: &Prose<'_>, verb: usize, base: &str, sentence: &Sentence) -> bool {
    let lex = english();
    let word = |i: usize| if i < sentence.words.end { prose.word(i) } else { "" };
    let listener =
        || (verb + 1..=verb + NEAR).any(|i| matches!(word(i), "you" | "your" | "yours" | "everyone" | "everybody"));
    // "We'll look after you."
    if base == "look" && (word(verb + 1) == "forward" || word(verb + 1) == "after" && listener()) {
        return true;
    }
    // "I'll be glad to cancel it" is no courtesy.
    let deed = || {
        let to = (verb + 1..sentence.words.end).find(|i| word(*i) == "to");
        to.is_some_and(|to| !lex.of_base(word(to + 1)).is_empty() && !lex.is("hosts", word(to + 1)))
    };
    lex.is("mood", word(verb)) && !deed() || lex.is("feels", base) || lex.is("hosts", base) && listener()
}

#[cfg(test)]
mod tests {
    use crate::claims::announcements;
    use crate::test_support::{turn, with_session};

    fn announced(said: &str) -> usize {
        with_session(&turn("Thanks, we come with grandma.", &[], said), |s| announcements(s).len())
    }

    #[test]
    fn feelings_and_receptions_announce_nothing() {
        for said in [
            "We're looking forward to welcoming the whole crew!",
            "I'm looking forward to hearing from you.",
            "We'll be glad to see you at seven.",
            "We will be delighted to host you.",
            "I'm rooting for you.",
            "I'm hoping the weather holds for you.",
            "We will be expecting you at seven.",
            "We'll look after you.",
        ] {
            assert_eq!(announced(said), 0, "{said}");
        }
    }

    #[test]
    fn deeds_do() {
        for said in [
            "I'll cancel the table for you.",
            "I'm looking it up now.",
            "I'll be happy to cancel it now.",
            "We'll send you the menu.",
            "Let me look into it.",
        ] {
            assert_eq!(announced(said), 1, "{said}");
        }
    }
}
