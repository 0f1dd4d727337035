//! Whether an announced deed is owed at all: what waits for the user's word, for what somebody else does, or for another day
//! is an offer or a plan.

use super::grammar;
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence};

/// True when what a sentence announces, in a formula that begins at a word, depends on something that is not the agent's.
pub fn depends(prose: &Prose<'_>, sentence: &Sentence, formula: usize) -> bool {
    let condition = |i: usize| {
        grammar::conditions(prose, i) && !embedded(prose, i)
            || prose.has_phrase(i, "offer_phrase") && !known_so(prose, i)
    };
    sentence.words.clone().any(condition)
        || asked_first(prose, sentence, formula)
        || dated(prose, sentence, formula)
        || formula_opens(prose, sentence, formula) && handed_over_first(prose, sentence)
}

/// "I'll let me know", "I'll say so": the agent's own verb is no condition.
fn known_so(prose: &Prose<'_>, at: usize) -> bool {
    at > 0 && matches!(prose.word(at - 1), "ll" | "will" | "to" | "going")
}

/// "To see when she is free, I'll …", "I'll check if": a question that is embedded, no condition.
fn embedded(prose: &Prose<'_>, at: usize) -> bool {
    matches!(
        prose.word(at.wrapping_sub(1)),
        "see" | "check" | "know" | "out" | "verify" | "determine" | "confirm" | "tell" | "learn" | "and" | "or"
    ) && matches!(prose.word(at), "if" | "when" | "whether")
}

/// "Upload it and I'll submit it", "you send it, I'll …", "one word and I'll …": what stands right before the formula is asked
/// of the user first.
fn asked_first(prose: &Prose<'_>, sentence: &Sentence, formula: usize) -> bool {
    let mut end = formula;
    let mut linked = false;
    while end > sentence.words.start && matches!(prose.word(end - 1), "and" | "then" | "so") {
        linked |= prose.word(end - 1) != "so";
        end -= 1;
    }
    let start = (sentence.words.start..end).rev().find(|i| prose.words[*i].after_break);
    let start = start.unwrap_or(sentence.words.start);
    // "Check the address and send it, and I'll …": the last of several orders is enough.
    let start = (start + 1..end).rev().find(|i| prose.word(i - 1) == "and").unwrap_or(start);
    asks(prose, start..end, linked) || linked && wants(prose, start..end)
}

/// True where a run of words asks the user for a deed. Behind an "and" any verb will do; before a comma it has to have an object.
fn asks(prose: &Prose<'_>, words: std::ops::Range<usize>, linked: bool) -> bool {
    let lex = english();
    let first = words.start;
    // "Let me have your number", "you just have to sign".
    let asked =
        matches!((prose.word(first), prose.word(first + 1), prose.word(first + 2)), ("let", "me" | "us", "have"))
            || words.clone().take(4).any(|i| prose.word(i) == "you")
                && words.clone().take(6).any(|i| {
                    matches!(prose.word(i), "need" | "have" | "must")
                        && matches!(prose.word(i + 1), "to" | "sign" | "send" | "confirm")
                })
            || (prose.word(first), prose.word(first + 1)) == ("feel", "free");
    if linked && asked {
        return true;
    }
    if words
        .clone()
        .any(|i| prose.has_phrase(i, "keep_waiting") || prose.phrase_at(i, "announce_idiom", flags::ANNOUNCE_IDIOM))
        || words.clone().any(|i| matches!(prose.word(i), "i" | "we"))
    {
        return false;
    }
    let known = |w: &str| lex.is("hand_in", w) || !lex.of_base(w).is_empty() || lex.is("look", w);
    let mut rest = words.clone().skip_while(|i| {
        let word = prose.word(*i);
        word != "thank" && word != "you" && lex.is("order_filler", word)
    });
    let Some(at) = rest.next() else { return false };
    let (verb, object) = (prose.word(at), rest.next().map_or("", |i| prose.word(i)));
    if verb == "you" {
        let verb =
            if matches!(object, "can" | "could" | "may" | "just" | "simply") { prose.word(at + 2) } else { object };
        return lex.is("hand_in", verb);
    }
    if lex.is("order_no_verb", verb) || lex.is("no_order", verb) || !bare(prose, at) {
        return false;
    }
    // "Order A-12, and I'll …" names an order.
    if object.bytes().any(|b| b.is_ascii_digit()) && !lex.is("hand_in", verb) {
        return false;
    }
    let pointed = matches!(
        object,
        "it" | "them"
            | "me"
            | "him"
            | "her"
            | "us"
            | "the"
            | "a"
            | "an"
            | "your"
            | "that"
            | "this"
            | "these"
            | "those"
            | "one"
            | "here"
    );
    match linked {
        true => pointed || known(verb) || lex.is("order_object", object),
        false => pointed || lex.is("hand_in", verb) && !object.is_empty(),
    }
}

/// False for a progressive, a participle or a past, an adverb: no order begins with one.
fn bare(prose: &Prose<'_>, at: usize) -> bool {
    let word = prose.word(at);
    let past = prose.has(at, flags::ED | flags::IRREGULAR_PAST | flags::PAST)
        && !matches!(word, "put" | "set" | "let" | "cut" | "run" | "reset" | "hit");
    let adverb = word.ends_with("ly") && !prose.has(at, flags::BASE) && !english().is("hand_in", word);
    !past && !word.ends_with("ing") && !adverb && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// "Your order number, and I'll …", "a quick yes and I'll …": what is wanted of the user, without a verb.
fn wants(prose: &Prose<'_>, words: std::ops::Range<usize>) -> bool {
    let finite = |w: &str| {
        matches!(
            w,
            "is" | "are"
                | "s"
                | "was"
                | "were"
                | "has"
                | "have"
                | "had"
                | "will"
                | "ll"
                | "ve"
                | "re"
                | "m"
                | "am"
                | "do"
                | "does"
                | "did"
                | "can"
                | "could"
                | "would"
                | "should"
                | "i"
                | "we"
                | "it"
                | "they"
                | "he"
                | "she"
                | "to"
                | "for"
                | "about"
        )
    };
    let all: Vec<&str> = words.map(|i| prose.word(i)).skip_while(|w| english().is("order_filler", w)).collect();
    let of_user = matches!(all.first().copied(), Some("your" | "one" | "a" | "any"))
        && (all[0] == "your"
            || all.iter().any(|w| {
                matches!(
                    *w,
                    "you"
                        | "your"
                        | "yes"
                        | "word"
                        | "nod"
                        | "click"
                        | "tap"
                        | "signature"
                        | "go-ahead"
                        | "ok"
                        | "okay"
                        | "confirmation"
                        | "reply"
                )
            }));
    !all.is_empty() && all.len() <= 8 && of_user && !all.iter().any(|w| finite(w))
}

/// True where the sentence begins with the formula, or with "then".
fn formula_opens(prose: &Prose<'_>, sentence: &Sentence, formula: usize) -> bool {
    (sentence.words.start..formula).all(|i| {
        matches!(
            prose.word(i),
            "then" | "and" | "after" | "that" | "afterwards" | "from" | "there" | "so" | "once" | "done"
        )
    })
}

/// "Just upload the site plan here. Then I'll submit the application.": the sentence before asks the user to hand something over.
fn handed_over_first(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let at = prose.sentences.partition_point(|s| s.range.start < sentence.range.start);
    let Some(before) = at.checked_sub(1).map(|i| &prose.sentences[i]) else { return false };
    if before.question || prose.words[before.words.start].quoted {
        return false;
    }
    let start = (before.words.clone()).rev().find(|i| prose.words[*i].after_break).unwrap_or(before.words.start);
    [before.words.start, start].into_iter().any(|start| {
        let mut words = (start..before.words.end)
            .skip_while(|i| prose.word(*i) != "you" && english().is("order_filler", prose.word(*i)));
        let Some(verb) = words.next() else { return false };
        // What is asked for is to come to the agent: "send me", "upload it here", "your account number".
        let mut hither = (verb + 1..before.words.end).map(|i| prose.word(i));
        english().is("hand_in", prose.word(verb))
            && bare(prose, verb)
            && asks(prose, start..before.words.end, true)
            && hither
                .any(|w| matches!(w, "me" | "us" | "here" | "your" | "back" | "over" | "it" | "them" | "the" | "a"))
    })
}

/// "Tomorrow I'll …", "on Monday morning I'll …": another day. Behind the verb a day is that of the deed's object, except where
/// the agent is to look again or to be heard from.
fn dated(prose: &Prose<'_>, sentence: &Sentence, formula: usize) -> bool {
    let lex = english();
    let day = |w: &str| {
        matches!(
            w,
            "tomorrow"
                | "tonight"
                | "later"
                | "monday"
                | "tuesday"
                | "wednesday"
                | "thursday"
                | "friday"
                | "saturday"
                | "sunday"
                | "week"
                | "month"
        )
    };
    let before = sentence.words.start..formula;
    let before_is_day = !before.is_empty()
        && before.len() <= 6
        && before.clone().any(|i| day(prose.word(i)))
        && before.clone().all(|i| lex.is("later_time", prose.word(i)) || lex.is("order_filler", prose.word(i)));
    let again = (formula..sentence.words.end).any(|i| {
        matches!(
            prose.word(i),
            "check"
                | "look"
                | "email"
                | "e-mail"
                | "call"
                | "ring"
                | "write"
                | "text"
                | "update"
                | "contact"
                | "follow"
                | "remind"
        )
    });
    let last = sentence.words.end.checked_sub(1).unwrap_or(formula);
    let ends_later = matches!(prose.word(last), "tomorrow" | "tonight" | "later")
        && !matches!(prose.word(last.wrapping_sub(1)), "for" | "to" | "until" | "by" | "from" | "of" | "about");
    before_is_day || again && ends_later
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn waits(s: &str) -> bool {
        let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        prose.sentences.iter().any(|s| {
            let formula = s.words.clone().find(|i| prose.word(*i) == "i" && matches!(prose.word(i + 1), "ll" | "will"));
            formula.is_some_and(|f| depends(&prose, s, f))
        })
    }

    #[test]
    fn what_waits_for_somebody_or_for_another_day() {
        for text in [
            "Two forms are missing. Scan them and I'll file the claim.",
            "Pop the code in here, then I'll unlock the door.",
            "You sign it, I'll lodge it with the registry.",
            "Just give me a nod and I'll close the account.",
            "Nod to it and I will close the account.",
            "A short yes from you and I'll release the parcel.",
            "Your meter number, and I'll book the fitter.",
            "I'll send the replacement as soon as the warehouse has one.",
            "I'll ring the clinic the moment they open.",
            "The minute the transfer lands, I'll release the keys.",
            "With your okay, I'll swap the two rooms.",
            "I'll cancel the policy; well, only after you've read this. Say the word and I'll do it.",
            "Reply to this after the inspection and I'll look at it again.",
            "Please send me the invoice. Then I'll pay it.",
            "Paste your booking code here. I'll change the seat.",
            "Let me have the serial number and I'll order the part.",
            "You just need to sign it and I'll file it.",
            "Feel free to send the scan and I'll attach it.",
            "I'll cancel it, all it takes is a yes.",
            "Tomorrow morning I'll order the part.",
            "I'll check the queue again tomorrow.",
            "I'll delete the profile, just say the word.",
        ] {
            assert!(waits(text), "{text}");
        }
    }

    #[test]
    fn what_is_owed_now() {
        for text in [
            "Great, I'll cancel it.",
            "Thanks for that and I'll book it now.",
            "No problem, I'll remove it.",
            "Bear with me and I'll cancel the policy.",
            "Leave it with me and I'll cancel the policy.",
            "Give me a moment and I'll refund it.",
            "Got it, and I'll send the form.",
            "Two tickets are free and I'll book both.",
            "Let me look that up and I'll send it.",
            "First I'll open the ticket and then I'll message the porter.",
            "Don't worry, I'll cancel it right away.",
            "Sorry about the wait, I'll refund you.",
            "I'll book the table for tomorrow.",
            "I'll move the visit to Monday.",
            "After that I'll cancel the old one.",
            "I see the fee. I'll refund it.",
            "Keep this number: W-12. I'll cancel it now.",
        ] {
            assert!(!waits(text), "{text}");
        }
    }
}
