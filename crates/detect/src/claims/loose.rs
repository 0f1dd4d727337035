//! Sentences that tell an operation as done without a verb of any family: "It went through", "Her line is on Mini 5 now", "You're
//! all set". Wide on purpose: what is found upon them stands in rule paths of its own.

use super::{Claim, elliptic, grammar};
use crate::finding::Cite;
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::prose::{Language, Prose, Sentence};
use crate::session::Session;
use crate::values::subject::stems;
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

/// A sentence that tells something as done.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The sentence.
    pub cite: Cite,
    /// The rule path: `loose` for a deed in an unknown verb, `state`, `elliptic`; empty where a claim of a family stands in it.
    pub path: &'static str,
    /// True when the agent is its subject: "I switched it".
    pub personal: bool,
    /// True when it is told as a simple past without the agent: "the fee was waived".
    pub past: bool,
    /// True for a state without "now": it may tell how things were.
    pub described: bool,
    /// Its participles as they stand.
    pub participles: Vec<String>,
    words: OnceCell<BTreeSet<String>>,
}

impl Statement {
    /// The stems of its words, and its numbers.
    pub fn words(&self) -> &BTreeSet<String> {
        self.words.get_or_init(|| stems(self.cite.text()))
    }

    /// True when it names nothing that it is about: "You're all set!"
    pub fn bare(&self) -> bool {
        self.words().len() <= 1
    }
}

/// What a message tells as done, in order. `claims` are the session's.
pub fn statements(prose: &Prose<'_>, claims: &[Claim]) -> Vec<Statement> {
    if prose.language == Language::Other {
        return Vec::new();
    }
    let mut found = Vec::new();
    let may_tick = may_tick(prose);
    let claims = &claims[claims.partition_point(|c| c.event < prose.event)..];
    let claims = &claims[..claims.partition_point(|c| c.event == prose.event)];
    for sentence in &prose.sentences {
        if sentence.question || prose.words[sentence.words.start].quoted {
            continue;
        }
        // Most sentences have nothing in which anything could be told as done.
        let claimed = || claims.iter().any(|c| sentence.range.contains(&c.cite.range().start));
        let tells = sentence.has(TELLING) || may_tick && ticked(prose, sentence) || claimed();
        if !tells {
            continue;
        }
        let participles = match sentence.has(PARTICIPLE) {
            true => sentence.words.clone().filter(|i| is_participle(prose, *i)).collect(),
            false => Vec::new(),
        };
        for words in segments(prose, sentence, &participles) {
            let own =
                participles.partition_point(|i| *i < words.start)..participles.partition_point(|i| *i < words.end);
            let participles = &participles[own];
            let range = prose.bytes(words.clone());
            let inside = |c: &&Claim| c.cite.loc() == prose.text.loc && range.contains(&c.cite.range().start);
            let claimed = claims.iter().find(inside);
            let path = match claimed {
                Some(claim) if claim.submission => None,
                Some(claim) => Some(claim.path),
                None => told(prose, &sentence.part(words), participles),
            };
            let Some(path) = path else { continue };
            let Some(cite) = Cite::of(prose.event, prose.text, range) else { continue };
            let forms = participles.iter().filter_map(|i| grammar::before(prose, sentence, *i));
            let forms: Vec<_> = forms.collect();
            let personal = forms.iter().any(|f| f.form == grammar::Form::Active);
            let past = !personal && forms.iter().any(|f| f.form == grammar::Form::Past);
            // "The following people are invited" describes; "is now invited" and "you're invited" tell a change.
            let described =
                !forms.is_empty() && forms.iter().all(|f| f.form == grammar::Form::State && !f.fresh && !f.personal);
            let participles = participles.iter().map(|i| prose.word(*i).to_owned()).collect();
            found.push(Statement { cite, path, personal, past, described, participles, words: OnceCell::new() });
        }
    }
    found
}

/// The parts of a sentence that each tell a deed of their own: "I switched her plan, and I blocked the numbers".
fn segments(prose: &Prose<'_>, sentence: &Sentence, participles: &[usize]) -> Vec<Range<usize>> {
    let mut starts = vec![sentence.words.start];
    // One deed makes no two parts.
    let deeds = participles.iter().filter(|_| participles.len() > 1);
    let froms = deeds.filter_map(|i| grammar::before(prose, sentence, *i)).map(|f| f.from);
    for from in froms.skip(1) {
        // The subject of a passive stands before its auxiliary, up to the break or the "and".
        let last = *starts.last().unwrap_or(&from);
        let from = (last + 1..=from).rev().find(|i| prose.words[*i].after_break || prose.word(*i) == "and");
        starts.extend(from.filter(|f| *f > last));
    }
    let ends: Vec<usize> = starts.iter().skip(1).copied().chain([sentence.words.end]).collect();
    starts.into_iter().zip(ends).map(|(start, end)| start..end).collect()
}

/// How a sentence tells something as done, if it does.
fn told(prose: &Prose<'_>, sentence: &Sentence, participles: &[usize]) -> Option<&'static str> {
    for at in participles.iter().copied().filter(|i| !prose.words[*i].quoted) {
        let Some(found) = grammar::before(prose, sentence, at) else { continue };
        // "I have been instructed to": the agent is told something.
        let of_agent = matches!(prose.word(found.from.wrapping_sub(1)), "i" | "we");
        if found.form == grammar::Form::PassivePerfect && (found.personal || of_agent) {
            continue;
        }
        if found.form == grammar::Form::State && grammar::is_full(prose, sentence, at) {
            continue;
        }
        let told = match found.form {
            grammar::Form::Active | grammar::Form::PassivePerfect => "loose",
            // "You are signed up" and "was returned"; "it is located in" and "it was founded" describe.
            grammar::Form::State | grammar::Form::Past => "state",
        };
        return Some(told);
    }
    if idiom(prose, sentence) || becomes(prose, sentence) {
        return Some("state");
    }
    fragment(prose, sentence).then_some(elliptic::PATH)
}

/// What a participle or a past of a verb can be known by.
const PARTICIPLE: flags::Flags = flags::PAST | flags::PROCESSED | flags::IRREGULAR_PAST | flags::ED;
/// What a sentence has that tells something as done without a tick.
const TELLING: flags::Flags = PARTICIPLE | flags::DONE_IDIOM | flags::BECOMES | flags::STATE_DONE | flags::BARE;

/// A participle or a past of a verb that does something; verbs of looking, speaking and thinking do nothing.
pub fn is_participle(prose: &Prose<'_>, at: usize) -> bool {
    if prose.has(at, flags::NO_DEED) {
        return false;
    }
    if !prose.has(at, PARTICIPLE) {
        return false;
    }
    let word = prose.word(at);
    let hyphens = || word.contains('-') && !prose.has(at, flags::PAST);
    !word.contains('_') && !hyphens()
}

/// "You're all set", "it's on its way", "the table is yours".
fn idiom(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    sentence.has(flags::DONE_IDIOM)
        && sentence.words.clone().filter(|at| prose.has(*at, flags::DONE_IDIOM)).any(|at| {
            !prose.words[at].quoted
                && prose.phrase_at(at, "done_idiom", flags::DONE_IDIOM)
                && !unsaid(prose, sentence, at)
        })
}

/// "Her line is now on Mini 5", "the card now works", "it just went out".
fn becomes(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    sentence.has(flags::BECOMES)
        && sentence.words.clone().filter(|at| prose.has(*at, flags::BECOMES)).any(|at| {
            let (before, word, next) = (prose.word(at.wrapping_sub(1)), prose.word(at), prose.word(at + 1));
            let first = at == sentence.words.start;
            let now = word == "now"
                && !first
                && (matches!(before, "is" | "are" | "s" | "re" | "reads" | "shows")
                    || matches!(before, "has" | "have") && !next.ends_with("ed") && !english().is("no_deed", next)
                    || next.len() > 3 && next.ends_with('s') && !next.ends_with("ss")
                    || at + 1 == sentence.words.end
                        && sentence.words.clone().any(|i| matches!(prose.word(i), "is" | "are" | "s" | "re")));
            let went = matches!(word, "went" | "came" | "left" | "landed" | "reached")
                && !first
                && !matches!(before, "you" | "i" | "we" | "that" | "who" | "which")
                && matches!(
                    next,
                    "through"
                        | "out"
                        | "off"
                        | "live"
                        | "to"
                        | "in"
                        | "into"
                        | "ahead"
                        | "on"
                        | "back"
                        | "your"
                        | "the"
                );
            (now || went) && !unsaid(prose, sentence, at)
        })
}

/// False for a text without any tick, as nearly all are.
fn may_tick(prose: &Prose<'_>) -> bool {
    let text = prose.text.text.as_bytes();
    !text.is_ascii() || memchr::memchr(b'[', text).is_some()
}

/// True for a point of a checklist that is said to be done, whether the tick stands before or behind it.
fn ticked(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let whole = &prose.text.text[sentence.range.clone()];
    !whole.is_ascii() && ["✅", "✔", "☑", "✓"].iter().any(|t| whole.contains(t)) || elliptic::is_ticked(prose, sentence)
}

/// "Rolled it back.", "Phone number: changed", "Lock – engaged ✅".
fn fragment(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let first = sentence.words.start;
    let words = sentence.words.clone();
    if words
        .clone()
        .any(|i| matches!(prose.word(i), "is" | "are" | "was" | "were" | "will" | "ll" | "has" | "have" | "can"))
    {
        return false;
    }
    let ticked = ticked(prose, sentence);
    let starts = is_participle(prose, first) && !matches!(prose.word(first + 1), "by" | "in" | "from");
    let label = (first + 1..words.end).find(|i| prose.words[*i].after_break);
    let labeled = label.is_some_and(|i| {
        let done = is_participle(prose, i) || prose.has(i, flags::BARE | flags::STATE_DONE);
        let ends = i + 1 >= words.end || prose.words[i + 1].after_break || prose.word(i + 1).len() <= 4;
        done && ends && !prose.word(i).contains('-')
    });
    // "Booking cancelled", "Refund issued": a thing and what became of it.
    let ends = words.len() >= 2 && words.len() <= 6 && is_participle(prose, words.end - 1);
    // "Reminder set for Thursday": the same with more behind it.
    let inside = (first + 1..(first + 4).min(words.end)).any(|i| {
        let next = matches!(prose.word(i + 1), "for" | "on" | "to" | "until" | "with" | "at" | "as");
        is_participle(prose, i) && !prose.words[i].after_break && next && words.len() <= 16
    });
    let ends = ends || inside && !words.clone().any(|i| matches!(prose.word(i), "i" | "you" | "we" | "it" | "that"));
    (ticked || starts || labeled || ends) && !unsaid(prose, sentence, words.end)
}

/// True when a negation, a condition or a modal stands before a word in its clause.
fn unsaid(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let start = match at {
        _ if at >= sentence.words.end => sentence.words.start,
        _ => grammar::clause_start(prose, sentence, at),
    };
    if at < sentence.words.end && grammar::hypothetical(prose, sentence, at, true) {
        return true;
    }
    (start..at.min(sentence.words.end)).any(|i| {
        let word = prose.word(i);
        prose.has(i, flags::NEGATION | flags::CONDITION)
            || matches!(
                word,
                "will"
                    | "would"
                    | "can"
                    | "could"
                    | "should"
                    | "may"
                    | "might"
                    | "must"
                    | "ll"
                    | "going"
                    | "please"
                    | "let"
                    | "which"
                    | "what"
                    | "who"
            )
            || matches!(word, "already" | "currently" | "previously")
    })
}

/// The texts of the agent from an event up to another, those that only accompany calls left out; each with its place in
/// [`Session::prose`].
pub fn closing<'s, 't>(
    session: &'s Session<'t>,
    from: u32,
    until: u32,
) -> impl Iterator<Item = (usize, &'s Prose<'t>)> {
    let all = session.prose();
    let start = all.partition_point(|p| p.event <= from);
    (start..).zip(&all[start..]).take_while(move |(_, p)| p.event < until).filter(|(_, p)| {
        let end = super::binding::horizon(session, p.event);
        let next = session.calls.partition_point(|c| c.event <= p.event);
        session.calls.get(next).is_none_or(|c| c.event >= end)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn paths(s: &str) -> Vec<&'static str> {
        let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        statements(&prose, &[]).into_iter().map(|s| s.path).collect()
    }

    #[test]
    fn what_is_told_as_done() {
        for (text, path) in [
            ("I took care of the refund.", "loose"),
            ("Your limit has been bumped up.", "loose"),
            ("It went through in full.", "state"),
            ("The price was handed back to you.", "state"),
            ("You're all set, the table is yours.", "state"),
            ("Your money is on its way back.", "state"),
            ("Her line is now on Mini 5.", "state"),
            ("Rolled the database back.", "elliptic"),
            ("- Lock: engaged", "elliptic"),
        ] {
            assert_eq!(paths(text), [path], "{text}");
        }
    }

    #[test]
    fn what_is_not() {
        for text in [
            "I found two flights.",
            "I checked the policy.",
            "It will be on its way soon.",
            "Once it went through, you can relax.",
            "Is it on its way?",
            "The refund is not yours yet.",
            "Please tell me which one you want.",
            "The shop opens at nine.",
        ] {
            assert!(paths(text).is_empty(), "{text}: {:?}", paths(text));
        }
    }
}
