//! The grammar around a participle: who did it, whether it is said to be done, and what unsays it.

use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence};

/// What stands before a participle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// "has been refunded"
    PassivePerfect,
    /// "I've refunded", "I refunded"
    Active,
    /// "is refunded"
    State,
    /// "was refunded"
    Past,
}

/// A form found, and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// What stands there.
    pub form: Form,
    /// First word of the auxiliary or subject.
    pub from: usize,
    /// True with "now".
    pub fresh: bool,
    /// True when "I" or "you" is the subject.
    pub personal: bool,
}

/// The first word of the clause that holds word `at`.
pub fn clause_start(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> usize {
    let mut i = at;
    while i > sentence.words.start {
        if prose.words[i].after_break
            || matches!(prose.word(i), "but" | "because" | "so" | "while" | "though" | "although")
        {
            break;
        }
        i -= 1;
    }
    i
}

/// The word after the last of the clause that holds word `at`.
pub fn clause_end(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> usize {
    (at + 1..sentence.words.end).find(|i| prose.words[*i].after_break).unwrap_or(sentence.words.end)
}

/// True for "completed" without an object: somebody who "has completed the form" is no operation.
fn ends_itself(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    matches!(prose.word(at), "completed" | "finished")
        && (at + 1 >= sentence.words.end
            || prose.words[at + 1].after_break
            || matches!(prose.word(at + 1), "successfully" | "and" | "on" | "at" | "now" | "with" | "without"))
}

/// Reads the form before the participle at word `at`; `None` where it is no claim at all.
pub fn before(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> Option<Found> {
    let start = sentence.words.start;
    let (aux, fresh) = skip_adverbs(prose, start, at)?;
    let found = match prose.word(aux) {
        "been" => {
            let (have, now) = skip_adverbs(prose, start, aux)?;
            matches!(prose.word(have), "has" | "have" | "ve" | "s").then_some(())?;
            Found {
                form: Form::PassivePerfect,
                from: have,
                fresh: fresh || now,
                personal: matches!(prose.word(have), "ve"),
            }
        }
        // "The export has completed": what runs by itself ends by itself.
        "has" | "have"
            if ends_itself(prose, sentence, at) && !matches!(prose.word(aux.wrapping_sub(1)), "i" | "we") =>
        {
            Found { form: Form::PassivePerfect, from: aux, fresh, personal: false }
        }
        "have" | "ve" => {
            let subject = step_back(start, aux)?;
            matches!(prose.word(subject), "i" | "we").then_some(())?;
            Found { form: Form::Active, from: subject, fresh, personal: true }
        }
        "i" | "we" => {
            // "the mail I sent" speaks of a mail; a claim begins its clause.
            let opens =
                aux == start || prose.words[aux].after_break || matches!(prose.word(aux - 1), "and" | "then" | "so");
            opens.then_some(())?;
            Found { form: Form::Active, from: aux, fresh, personal: true }
        }
        "is" | "are" | "re" | "m" => {
            let subject = step_back(start, aux)?;
            let personal = matches!(prose.word(subject), "you" | "i" | "we");
            Found { form: Form::State, from: aux, fresh, personal }
        }
        "s" if matches!(prose.word(step_back(start, aux)?), "it" | "that" | "everything" | "all") => {
            (!of_a_noun(prose, start, aux - 1)).then_some(())?;
            Found { form: Form::State, from: aux - 1, fresh, personal: false }
        }
        "was" | "were" => Found { form: Form::Past, from: aux, fresh, personal: false },
        _ => return None,
    };
    let hypothetical = found.form != Form::Active && hypothetical(prose, sentence, at, found.form == Form::State);
    (!hypothetical && !unsaid(prose, sentence, found.from, at)).then_some(found)
}

/// True for the "that" of "the card that's now canceled": it says which card, and takes the state as known.
fn of_a_noun(prose: &Prose<'_>, start: usize, that: usize) -> bool {
    const NOUN: usize = 4;
    if prose.word(that) != "that" {
        return false;
    }
    let mut i = that;
    for _ in 0..NOUN {
        if prose.words[i].after_break || i <= start {
            return false;
        }
        i -= 1;
        if matches!(
            prose.word(i),
            "the" | "a" | "an" | "your" | "my" | "our" | "their" | "any" | "every" | "this" | "those"
        ) {
            return true;
        }
    }
    false
}

fn step_back(start: usize, at: usize) -> Option<usize> {
    at.checked_sub(1).filter(|i| *i >= start)
}

/// The word before `at` that is no adverb, and whether "now" stood between.
fn skip_adverbs(prose: &Prose<'_>, start: usize, at: usize) -> Option<(usize, bool)> {
    let mut fresh = false;
    let mut i = at;
    loop {
        // A comma between auxiliary and participle parts them: "is here, cancelled".
        if prose.words.get(i)?.after_break && !prose.has(i, flags::ADVERB) {
            return None;
        }
        i = step_back(start, i)?;
        let word = prose.word(i);
        if prose.has(i, flags::STATE_ADVERB) && word != "recently" {
            return None;
        }
        if !prose.has(i, flags::ADVERB) {
            return Some((i, fresh));
        }
        fresh |= matches!(word, "now" | "just" | "successfully");
    }
}

/// True when something before or around unsays it: negation, condition, modal, relative clause, the user as subject.
fn unsaid(prose: &Prose<'_>, sentence: &Sentence, from: usize, at: usize) -> bool {
    let clause = clause_start(prose, sentence, from);
    if let Some(before) = from.checked_sub(1).filter(|b| *b >= sentence.words.start) {
        let word = prose.word(before);
        // "which has been shared", "that are booked", "to have been sent".
        if matches!(word, "which" | "who" | "what" | "to" | "be" | "being" | "having")
            || prose.has(before, flags::MODAL)
        {
            return true;
        }
        if word == "that"
            && before > clause
            && !matches!(prose.word(before - 1), "confirm" | "see" | "report" | "and" | "know" | "sure")
        {
            return true;
        }
    }
    if premise(prose, sentence, clause)
        || asks_which(prose, clause, from)
        || wished(prose, clause, from)
        || dated(prose, sentence, at)
    {
        return true;
    }
    for i in clause..at {
        let word = prose.word(i);
        let distant = i + 12 < at;
        if prose.has(i, flags::CONDITION)
            || (!distant && prose.has(i, flags::NEGATION))
            || (!distant && i < from && is_modal(prose, i))
        {
            return true;
        }
        // "the items that you ordered have been" is fine; "you have been charged" and "you cancelled" are not claims.
        if word == "you"
            && i + 1 == from
            && matches!(prose.word(from), "have" | "has" | "ve")
            && prose.word(at) == "charged"
        {
            return true;
        }
    }
    // "I have changed nothing."
    if matches!(prose.word(at + 1), "nothing" | "none" | "neither" | "no") && !prose.words[at + 1].after_break {
        return true;
    }
    // "by" somebody else: a report of what others did.
    let by = prose.word(at + 1) == "by" && !prose.word(at + 2).starts_with(|c: char| c.is_ascii_digit());
    let with_you =
        prose.word(at + 1) == "with" && matches!(prose.word(at + 2), "you" | "me") && prose.word(at) == "shared";
    // "was the reservation booked", "when it was booked": the agent asks.
    by || with_you
}

/// "When the site agrees, the visit is confirmed": told of what would be, not of what is. A `state` is also made so by what
/// stands behind it ("is confirmed once they sign") and by a first "then".
pub fn hypothetical(prose: &Prose<'_>, sentence: &Sentence, at: usize, state: bool) -> bool {
    let first = sentence.words.start;
    let clause = clause_start(prose, sentence, at);
    let opens = |i: usize| {
        i == first || prose.words[i].after_break || matches!(prose.word(i - 1), "and" | "but" | "so" | "then" | "only")
    };
    // "Yes, should be fine" supposes nothing.
    let supposes = |i: usize| {
        prose.word(i) != "should"
            || prose.has(i + 1, flags::ENGLISH) && !matches!(prose.word(i + 1), "be" | "have" | "do")
    };
    let before = (first..clause).filter(|i| opens(*i) && supposes(*i)).any(|i| {
        let end = clause_end(prose, sentence, i).min(clause);
        (conditions(prose, i) || state && follows(prose, i)) && !happened(prose, i, end) && !offers(prose, i, end)
    });
    if before || !state {
        return before;
    }
    let next = usize::from(matches!(prose.word(first), "and" | "only"));
    if prose.word(first + next) == "then" && first + next < at {
        return true;
    }
    let end = (at + 1 + NEAR).min(sentence.words.end);
    let behind = (at + 1..end).take_while(|i| !matches!(prose.word(*i), "and" | "but" | "or" | "so"));
    behind.into_iter().any(|i| {
        let apart = (at + 1..=i).any(|j| prose.words[j].after_break);
        let plain = !(matches!(prose.word(i), "until" | "whether") || apart && prose.word(i) == "if");
        plain
            && conditions(prose, i)
            && !happened(prose, i, sentence.words.end)
            && !offers(prose, i, sentence.words.end)
    })
}

/// "After they sign, …": what somebody else does first.
fn follows(prose: &Prose<'_>, at: usize) -> bool {
    prose.word(at) == "after" && matches!(prose.word(at + 1), "you" | "they" | "he" | "she" | "it" | "someone")
}

/// So many words behind a state a condition may stand that is one of it.
const NEAR: usize = 6;

/// True where a condition begins, in one word or several.
pub fn conditions(prose: &Prose<'_>, at: usize) -> bool {
    prose.has(at, flags::CONDITION) && !matches!(prose.word(at), "after" | "before" | "while" | "whether")
        || prose.has_phrase(at, "condition_phrase")
}

/// "When you called": what a clause tells in the past has come true.
fn happened(prose: &Prose<'_>, from: usize, end: usize) -> bool {
    prose.word(from) != "if"
        && (from + 1..end).any(|i| {
            // "Once approved", "as soon as it's signed".
            let passive = i == from + 1
                || matches!(
                    prose.word(i - 1),
                    "as" | "is" | "are" | "s" | "re" | "be" | "been" | "has" | "have" | "ve" | "gets" | "get"
                )
                || prose.has(i - 1, flags::ADVERB);
            matches!(prose.word(i), "was" | "were" | "did" | "had")
                || !passive
                    && prose.has(i, flags::ED | flags::IRREGULAR_PAST)
                    && !matches!(prose.word(i), "need" | "set" | "put" | "cut" | "let" | "shut" | "hit" | "run")
        })
}

/// "If you check the app, …", "if you'd like to know, …": what is said depends on nothing.
fn offers(prose: &Prose<'_>, from: usize, end: usize) -> bool {
    let Some(you) = (from + 1..end.min(from + 4)).find(|i| prose.word(*i) == "you") else { return false };
    (you + 1..end.min(you + 4)).any(|i| {
        let word = prose.word(i);
        matches!(
            word,
            "want"
                | "like"
                | "prefer"
                | "wonder"
                | "wondering"
                | "wish"
                | "would"
                | "d"
                | "look"
                | "check"
                | "see"
                | "open"
                | "log"
                | "refresh"
                | "visit"
                | "any"
                | "questions"
                | "asking"
                | "ask"
                | "mean"
                | "notice"
        )
    })
}

/// "Since the reservation was made within the last day, …": what follows is claimed, this is taken for granted.
fn premise(prose: &Prose<'_>, sentence: &Sentence, clause: usize) -> bool {
    clause == sentence.words.start
        && matches!(prose.word(clause), "since" | "because" | "given" | "although" | "though")
        || matches!(prose.word(clause), "because" | "though" | "although")
}

/// "Let me see which plans you're subscribed to": an embedded question.
fn asks_which(prose: &Prose<'_>, clause: usize, from: usize) -> bool {
    (clause..from).any(|i| {
        matches!(prose.word(i), "which" | "what" | "whichever" | "whatever" | "who" | "whose" | "where" | "why" | "how")
    })
}

/// "Ensure that the driver is installed", "to make sure it is booked": what has to be so is not said to be so.
fn wished(prose: &Prose<'_>, clause: usize, from: usize) -> bool {
    (clause..from).any(|i| match prose.word(i) {
        "ensure" | "ensures" | "ensuring" | "verify" | "verifying" => true,
        "make" | "makes" | "making" => prose.word(i + 1) == "sure",
        "check" | "double-check" => i == clause,
        _ => false,
    })
}

/// "was made within the last day", "was cancelled on 2 May", "has been updated several times since": dated, so that it tells
/// of something older than this session.
fn dated(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let end = clause_end(prose, sentence, at);
    // "We sent it on 19 March" tells of the house, not of the agent; "I booked you on 9 June" has the day of the booking.
    let of_house = prose.word(at.wrapping_sub(1)) == "we"
        && english().of_past(prose.word(at)).iter().any(|f| matches!(*f, "send" | "ship" | "pay" | "refund"));
    let past = of_house || matches!(prose.word(at.wrapping_sub(1)), "was" | "were");
    (at + 1..end).any(|i| match prose.word(i) {
        "ago" | "yesterday" | "earlier" | "previously" | "originally" => true,
        "since" => i + 1 == end,
        "times" => true,
        "within" => past,
        "last" => past && matches!(prose.word(i + 1), "week" | "month" | "year" | "night" | "day" | "time"),
        "in" | "on" if past => {
            let next = prose.word(i + 1);
            let year = next.len() == 4 && next.bytes().all(|b| b.is_ascii_digit());
            year || next.bytes().all(|b| b.is_ascii_digit()) && is_month(prose.word(i + 2)) || is_month(next)
        }
        _ => false,
    })
}

fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    word.len() >= 3 && MONTHS.iter().any(|m| word.starts_with(m)) && !matches!(word, "mark" | "marketing" | "mail")
}

/// Modals that make the whole clause a plan. "Need" and "let" do so only right before, which the caller has seen.
fn is_modal(prose: &Prose<'_>, at: usize) -> bool {
    prose.has(at, flags::MODAL)
        && !matches!(prose.word(at), "to" | "going" | "please" | "need" | "needs" | "let" | "be" | "want" | "wants")
}

/// "Tonight is fully booked", "Row 4 is booked up": there is no room, unless it is the listener's own.
pub fn is_full(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let (before, word, next) = (prose.word(at.wrapping_sub(1)), prose.word(at), prose.word(at + 1));
    let full = matches!(word, "booked" | "reserved" | "allocated" | "scheduled");
    let all =
        matches!(before, "fully" | "completely" | "entirely" | "double") || matches!(next, "up" | "out" | "solid");
    let theirs = |i: usize| matches!(prose.word(i), "you" | "your" | "everything" | "we" | "i");
    full && all && !sentence.words.clone().take_while(|i| *i < at).any(theirs)
}
