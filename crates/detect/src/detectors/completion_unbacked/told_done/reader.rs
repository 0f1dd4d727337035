//! Which sentence of a message tells an order as carried out, by its form: what is a question, a condition, a plan, a possibility, a
//! negation, or was so before is set aside, and of the rest a perfect, a change adverb, a new state or a value of the order tells it.

use super::answers::Answers;
use super::words::{Language, Word, language, words};
use crate::dialogue::instructed::sentences;
use crate::prose::forms::alike;
use crate::prose::lexicon::english;
use std::ops::Range;

/// Longer sentences tell more than that something was done.
const LONGEST: usize = 400;
/// So many sentences are read.
const MOST: usize = 24;

/// How a clause tells something as done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// A deed in the perfect, or the speaker's own.
    Perfect,
    /// A participle without a verb.
    Elliptic,
    /// "Done", a check mark.
    Done,
    /// "Now", "from today".
    Change,
    /// "No longer".
    NoMore,
    /// What is on its way, whose it is, in what state it is.
    State,
    /// A value of the order that holds now.
    Value,
}

/// What is known when a message is read.
pub(super) struct Known {
    /// The words of the order that carry something.
    asked: Vec<Word>,
    /// The words of what was looked up.
    answers: Answers,
    /// The order as it stands.
    order: Vec<Word>,
}

impl Known {
    pub fn of<'t>(order: &str, answers: impl Iterator<Item = &'t str>) -> Self {
        Known { asked: Vec::new(), answers: Answers::of(answers), order: words(order) }
    }
}

/// The sentence of a message that tells the order as done.
pub(super) fn told(said: &str, mut known: Known) -> Option<Range<usize>> {
    let all = words(said);
    let language = language(&all, &known.order)?;
    let carries = |w: &&Word| !language.function.has(w) && !language.it.has(w) && (w.plain.len() > 2 || is_number(w));
    known.asked = known.order.iter().filter(carries).cloned().collect();
    let parts: Vec<_> = sentences(said).into_iter().take(MOST).collect();
    let asked = |s: &Range<usize>| {
        let words = words(&said[s.clone()]);
        is_question(&said[s.clone()]) && words.len() > 2 && !language.other.is_in(&words)
    };
    let asks = parts.iter().any(asked) || language.back.is_in(&all);
    let refuses =
        parts.iter().map(|s| words(&said[s.clone()])).any(|w| language.refuse.is_in(&w) && !no_more(&w, language));
    parts.into_iter().find(|s| {
        let sentence = &said[s.clone()];
        sentence.len() <= LONGEST && !is_question(sentence) && tells(sentence, language, &known, asks, refuses)
    })
}

/// True where a negation tells a change: "no longer", "nicht mehr".
fn no_more(words: &[Word], language: &Language) -> bool {
    let denied = words.iter().position(|w| language.not.has(w));
    denied.is_some_and(|at| words[at..].iter().any(|w| language.more.has(w))) || language.anymore.is_in(words)
}

fn is_question(sentence: &str) -> bool {
    sentence.trim_end().ends_with('?')
}

fn is_number(word: &Word) -> bool {
    word.plain.bytes().next().is_some_and(|b| b.is_ascii_digit())
}

fn tells(sentence: &str, language: &Language, known: &Known, asks: bool, refuses: bool) -> bool {
    let whole = words(sentence);
    if language.condition.is_in(&whole) || is_call(sentence) {
        return false;
    }
    // What the sentence shares with the order, and with the order or what was looked up.
    let ordered = whole.iter().any(|w| known.asked.iter().any(|a| same(a, w)));
    let carries = |w: &&Word| !language.function.has(w) && (w.plain.len() > 3 || is_number(w));
    let found = ordered || whole.iter().filter(carries).any(|w| known.answers.has(w));
    let mut planned = false;
    clauses(sentence, language).into_iter().any(|(range, joined)| {
        // What stands in parentheses explains the rest: "the reason (change of plan, airline canceled)".
        let before = &sentence[..range.start];
        let explains = before.matches('(').count() > before.matches(')').count();
        let text = &sentence[range];
        let clause = words(text);
        // "I'll leave it as it is and let it run": what is joined to a plan without a subject of its own is planned, too.
        let other = language.aside.is_in(&clause)
            || language.please.is_in(&clause)
            || is_imperative(&clause, language)
            || is_under_way(&clause, language);
        planned = other || planned && joined;
        if planned {
            return false;
        }
        let pointed = clause.iter().take(2).any(|w| language.it.has(w));
        let yours = clause.iter().any(|w| language.you.has(w));
        let head = before.trim_end().is_empty() || before.trim_end().ends_with([':', '–', '—']);
        let marks = marks(text, &clause, head, language, known);
        let reported = || !is_of_order(&clause, language, known) && is_reported(&clause, language, known);
        marks.into_iter().filter(|m| *m == Mark::NoMore || !reported()).any(|mark| match mark {
            Mark::Perfect => (found || pointed) && (!(asks || refuses) || is_of_order(&clause, language, known)),
            Mark::Elliptic => {
                let bare = clause.first().is_some_and(|w| language.is_participle(w));
                (found || bare) && !asks && !refuses && !explains
            }
            Mark::Done => !asks && !refuses,
            Mark::Change | Mark::Value => ordered && !asks && !refuses,
            Mark::NoMore => (ordered || yours) && !asks && !refuses,
            Mark::State => (ordered || found && yours) && !asks && !refuses,
        })
    })
}

/// True where the participle is of a verb of the order.
fn is_of_order(clause: &[Word], language: &Language, known: &Known) -> bool {
    clause.iter().any(|w| language.is_participle(w) && known.asked.iter().any(|a| same(a, w)))
}

fn same(a: &Word, b: &Word) -> bool {
    if is_number(a) || is_number(b) {
        return a.plain == b.plain && !a.plain.is_empty();
    }
    a.plain == b.plain || alike(&a.plain, &b.plain)
}

/// The ways in which a clause tells something as done; none for one that is set aside.
fn marks(text: &str, clause: &[Word], head: bool, language: &Language, known: &Known) -> Vec<Mark> {
    let mut found = Vec::new();
    if clause.is_empty() {
        return found;
    }
    let describes = language.describes.is_in(clause);
    if no_more(clause, language) && !describes {
        return vec![Mark::NoMore];
    }
    if language.not.is_in(clause) || language.aside.is_in(clause) || is_general(clause, language) {
        return found;
    }
    let held = |w: &str| known.answers.hold(w);
    let theirs = is_theirs(clause, language);
    let done = text.contains(['✅', '✔', '☑', '✓']) || language.done.is_new_in(clause, &language.function, &held);
    if done && !is_their_deed(clause, language) {
        found.push(Mark::Done);
    }
    let recent = language.now.is_in(clause);
    // "Closed" tells how something is, but "has been closed" answers "close it".
    let asked = |at: usize| {
        let w = &clause[at];
        at > 0
            && language.been.has(&clause[at - 1])
            && language.is_deed(w)
            && known.asked.iter().any(|a| same(a, w) || is_form(a, w))
    };
    let new = |at: usize| {
        let w = &clause[at];
        // Nouns have capitals where participles have none.
        (language.is_participle(w) || asked(at)) && (at == 0 && head || !w.capital) && !held(&w.plain)
    };
    let past = |w: &Word| language.aux.has(w) || recent && language.was.has(w);
    let near = |at: usize| {
        let span = language.reach;
        let before = &clause[at.saturating_sub(span)..at];
        let Some(aux) = before.iter().rposition(past) else {
            return language.ends_with_participle() && clause[at + 1..].iter().take(1).any(past);
        };
        language.ends_with_participle()
            || before[aux + 1..].iter().all(|w| language.between.has(w) || w.plain.ends_with("ly"))
    };
    let participles: Vec<usize> = (0..clause.len()).filter(|at| new(*at)).collect();
    let finite = clause.iter().any(|w| language.aux.has(w) || language.was.has(w));
    let own = clause.iter().any(|w| language.is_own_deed(w));
    // "We have sold it", "we moved you".
    let spoken = |at: usize| {
        let span = if language.ends_with_participle() { language.reach } else { 4 };
        let before = &clause[at.saturating_sub(span)..at];
        let Some(who) = before.iter().rposition(|w| language.speaker.has(w)) else { return false };
        let rest = &before[who..];
        let have = rest.iter().any(|w| language.have.has(w));
        let be = rest.iter().any(|w| language.aux.has(w)) && !have;
        !be && language.is_deed(&clause[at])
            && (have || language.is_participle(&clause[at]))
            && !held(&clause[at].plain)
    };
    let told = || (1..clause.len()).any(|at| !clause[at].capital && spoken(at));
    if !theirs && (participles.iter().any(|at| near(*at)) || told()) || own {
        found.push(Mark::Perfect);
    } else if !finite && !theirs && !clause.first().is_some_and(|w| language.you.has(w) && clause.len() < 3) {
        let edge = |at: usize| !language.ends_with_participle() || at == 0 || at + 1 == clause.len();
        if participles.iter().any(|at| edge(*at)) {
            found.push(Mark::Elliptic);
        }
    }
    if describes {
        return found;
    }
    // "Now," leads on, and "I have the list now" tells what the speaker has found.
    if recent && clause.len() > 2 && !clause.iter().any(|w| language.speaker.has(w)) {
        found.push(Mark::Change);
    }
    let is = clause.iter().any(|w| language.is.has(w));
    let state = |w: &Word| language.state.has(w) && !held(&w.plain);
    if language.yours.is_new_in(clause, &language.function, &held)
        || language.way.is_new_in(clause, &language.function, &held)
        || is
            && (clause.windows(3).any(|w| language.is.has(&w[0]) && w[1..].iter().any(state))
                || clause.windows(2).any(|w| language.is.has(&w[0]) && state(&w[1]))
                || language.state.is_new_phrase_in(clause, &language.function, &held))
    {
        found.push(Mark::State);
    }
    let value = |w: &Word| {
        known.order.iter().skip(1).any(|o| (o.capital || is_number(o)) && o.plain == w.plain)
            && !language.function.has(w)
            && !w.plain.is_empty()
            && !known.answers.has(w)
    };
    if is && clause.iter().any(|w| language.you.has(w)) && clause.iter().any(value) {
        found.push(Mark::Value);
    }
    found
}

/// "Taken" of "take": the same letters and an ending.
fn is_form(verb: &Word, participle: &Word) -> bool {
    let end = participle.plain.strip_prefix(verb.plain.as_str());
    verb.plain.len() > 3 && end.is_some_and(|end| end.len() <= 2)
}

/// "Let me look", "reset your password", "switch the router off": a verb at the head, with its object, tells the listener what to do.
fn is_imperative(clause: &[Word], language: &Language) -> bool {
    let object = |w: &Word| language.it.has(w) || language.definite.has(w) || language.me.has(w);
    let verb = |w: &Word| {
        let lexicon = english();
        language.base.has(w)
            || language.english && (lexicon.is("light_verb", &w.plain) || !lexicon.of_base(&w.plain).is_empty())
    };
    let start = clause.iter().take_while(|w| language.english && english().is("order_filler", &w.plain)).count();
    clause.get(start).is_some_and(verb) && clause.get(start + 1).is_some_and(object)
}

/// "I'm going ahead and issuing the refund": what the speaker is about to do.
fn is_under_way(clause: &[Word], language: &Language) -> bool {
    const AM: [&str; 4] = ["m", "re", "am", "are"];
    language.english
        && clause
            .windows(3)
            .any(|w| language.speaker.has(&w[0]) && AM.contains(&w[1].plain.as_str()) && w[2].plain.ends_with("ing"))
}

/// True where a call stands as text.
fn is_call(sentence: &str) -> bool {
    const SIGNS: [&str; 8] =
        ["[TOOL_CALL", "<tool_call", "<function", "</function", "{\"name\"", "<invoke", "```", "tool_call("];
    SIGNS.iter().any(|s| sentence.contains(s))
}

/// True where a clause tells what a look-up was answered with: all numbers and names that it adds to the order stand in an answer, or
/// all of its words that carry something do. What the order wants and no answer has is news.
fn is_reported(clause: &[Word], language: &Language, known: &Known) -> bool {
    let ordered = |w: &Word| known.order.iter().any(|o| o.plain == w.plain);
    let named =
        |(at, w): (usize, &Word)| is_number(w) || at > 0 && w.capital && w.plain.len() > 2 && !language.function.has(w);
    let values: Vec<&Word> = clause.iter().enumerate().filter(|v| named(*v)).map(|(_, w)| w).collect();
    if values.iter().any(|w| ordered(w) && !known.answers.has(w)) {
        return false;
    }
    let mut added = values.iter().filter(|w| !ordered(w)).peekable();
    if added.peek().is_some() {
        return added.all(|w| known.answers.has(w));
    }
    let carries = |w: &&Word| !language.function.has(w) && !language.now.has(w) && w.plain.len() > 3;
    let mut carrying = clause.iter().filter(carries).peekable();
    carrying.peek().is_some() && carrying.all(|w| known.answers.hold(&w.plain))
}

/// "You have …": what follows tells of the user's deeds or of what is so, and of no order carried out. "You have been moved" does.
fn is_theirs(clause: &[Word], language: &Language) -> bool {
    language.theirs.after(clause).is_some_and(|rest| !next(rest, language).is_some_and(|w| language.been.has(w)))
}

/// "You've reset your password successfully": the user did it. "You have a seat now" tells no deed.
fn is_their_deed(clause: &[Word], language: &Language) -> bool {
    let deed = |w: &Word| language.is_deed(w) || language.looks.has(w);
    is_theirs(clause, language)
        && (language.ends_with_participle()
            || language.theirs.after(clause).and_then(|rest| next(rest, language)).is_some_and(deed))
}

/// The first word that is no adverb.
fn next<'w>(words: &'w [Word], language: &Language) -> Option<&'w Word> {
    let adverb = |w: &Word| language.between.has(w) || w.plain.ends_with("ly");
    words.iter().find(|w| language.been.has(w) || !adverb(w))
}

/// "Refunds are processed by the bank": of no thing in particular.
fn is_general(clause: &[Word], language: &Language) -> bool {
    let Some(verb) = clause.iter().position(|w| language.general.has(w)) else { return false };
    let subject = &clause[..verb];
    !subject.is_empty()
        && !subject.iter().enumerate().any(|(at, w)| language.definite.has(w) || is_number(w) || at > 0 && w.capital)
}

/// The clauses of a sentence, between marks and at words that join; true for one that such a word joins to the one before.
pub(super) fn clauses(sentence: &str, language: &Language) -> Vec<(Range<usize>, bool)> {
    const MARKS: [&str; 10] = [", ", "; ", ": ", " - ", " – ", " — ", "–", "—", "(", ")"];
    let mut found = Vec::new();
    let mut start = 0;
    let mut joined = false;
    let mut at = 0;
    while at < sentence.len() {
        let rest = &sentence[at..];
        let mark = MARKS.iter().find(|m| rest.starts_with(**m)).map(|m| m.len());
        let join = || {
            let word = rest.strip_prefix(' ')?;
            let end = word.find(|c: char| !c.is_alphabetic())?;
            let token = words(&word[..end]);
            (word[end..].starts_with(' ') && token.len() == 1 && language.joins.spells(&token[0])).then_some(1 + end)
        };
        match mark.or_else(join) {
            Some(len) => {
                found.push((start..at, joined));
                joined = mark.is_none();
                at += len;
                start = at;
            }
            None => at += rest.chars().next().map_or(1, char::len_utf8),
        }
    }
    found.push((start..sentence.len(), joined));
    found.retain(|(r, _)| r.start < r.end);
    found
}
