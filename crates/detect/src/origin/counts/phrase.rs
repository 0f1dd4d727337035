//! Counts in sentences: a number, what it counts, and what else the sentence says.

use crate::finding::Cite;
use crate::prose::flags;
use crate::prose::{Language, Prose, Sentence};
use crate::session::Session;
use std::cell::LazyCell;

/// A number that the agent gives for how many there are.
#[derive(Debug, Clone)]
pub struct Count {
    /// The message's event.
    pub event: u32,
    /// The number.
    pub number: i64,
    /// The words from the number to the noun.
    pub cite: Cite,
    /// The nouns that may be counted, singular, nearest first.
    pub nouns: Vec<String>,
    /// The words between the number and the end of what it counts.
    pub run: Vec<String>,
    /// All words of the sentence, one a line.
    pub words: String,
    /// Words behind the noun that say which ones are counted: "with only one guest", "that are late".
    pub tail: Vec<String>,
    /// Words of the clause with the number: filters are looked for there.
    pub clause: Vec<String>,
    /// True for "there are", "you have", "I found", which count the whole list.
    pub whole: bool,
    /// True for "in total", "just the one".
    pub whole_strict: bool,
    /// True for "different", "distinct", "people".
    pub distinct: bool,
    /// True for "on this page", "the first five".
    pub about_page: bool,
    /// True for "left", "remaining".
    pub rest: bool,
    /// True when the noun is a key of the lists; filled by the judge's caller.
    pub noun_is_key: bool,
}

const NUMBERS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];

/// The number behind a word.
pub fn number(word: &str) -> Option<i64> {
    if !word.starts_with(|c: char| c.is_ascii_digit())
        && let Some(at) = NUMBERS.iter().position(|n| *n == word)
    {
        return Some(at as i64);
    }
    (word.len() <= 4 && word.bytes().all(|b| b.is_ascii_digit())).then(|| word.parse().ok())?
}

/// The singular of a noun, roughly; applied to both sides of every comparison.
pub fn singular(word: &str) -> String {
    if let Some(stem) = word.strip_suffix("ies").filter(|s| s.len() > 1) {
        return format!("{stem}y");
    }
    for plural in ["sses", "xes", "ches", "shes"] {
        if let Some(stem) = word.strip_suffix(plural) {
            return format!("{stem}{}", &plural[..plural.len() - 2]);
        }
    }
    word.strip_suffix('s').filter(|s| s.len() > 2 && !s.ends_with('s')).unwrap_or(word).to_owned()
}

/// The counts in what the agent said after an event.
pub fn counts(session: &Session<'_>, after: u32) -> Vec<Count> {
    let agent = session.prose().iter().filter(|p| p.event > after && p.language != Language::Other);
    session.until_stopped(agent).flat_map(|p| p.sentences.iter().flat_map(move |s| in_sentence(p, s))).collect()
}

fn in_sentence(prose: &Prose<'_>, sentence: &Sentence) -> Vec<Count> {
    let mut found = Vec::new();
    if !sentence.has(flags::COUNT) {
        return found;
    }
    if sentence.question {
        return found;
    }
    // Asked for only where there is a count: most numbers are none.
    let planned =
        LazyCell::new(|| prose.any(sentence, |w| matches!(w, "if" | "would" | "could" | "need" | "please" | "up")));
    for at in sentence.words.clone().filter(|i| prose.has(*i, flags::COUNT) && !prose.words[*i].quoted) {
        let word = prose.word(at);
        let none = word == "no" && matches!(prose.word(at.wrapping_sub(1)), "have" | "are" | "found" | "has");
        let Some(number) = number(word).or(none.then_some(0)) else { continue };
        let previous = prose.word(at.wrapping_sub(1));
        let one = word == "one"
            && !(matches!(previous, "the" | "only" | "just" | "exactly")
                && sentence.words.clone().any(|i| matches!(prose.word(i), "only" | "just" | "exactly")));
        // "more than five", "room 11", "page 2", "the one", "option 3", "$ 5", "May 7".
        let bound = matches!(
            previous,
            "than"
                | "least"
                | "most"
                | "to"
                | "about"
                | "around"
                | "nearly"
                | "almost"
                | "over"
                | "under"
                | "approximately"
                | "within"
                | "every"
                | "between"
                | "or"
                | "first"
                | "last"
                | "top"
                | "next"
                | "another"
                | "other"
                | "these"
                | "those"
                | "any"
        );
        // "$174 per passenger", "12%", "#4" are no counts.
        let start = prose.bytes(at..at + 1).start;
        let money =
            prose.lower[..start].ends_with(['$', '€', '£', '#', '-', '/', ':', '.']) || prose.word(at + 1) == "per";
        // "In 2025 eleven gifts": the first of two numbers counts nothing.
        let before_another = self::number(prose.word(at + 1)).is_some();
        if one || bound || money || before_another || (number == 0 && !none) {
            continue;
        }
        if *planned {
            return found;
        }
        found.extend(count(prose, sentence, at, number));
    }
    found
}

fn count(prose: &Prose<'_>, sentence: &Sentence, at: usize, number: i64) -> Option<Count> {
    let end = (at + 1..sentence.words.end.min(at + 6))
        .find(|i| prose.words[*i].after_break)
        .unwrap_or(sentence.words.end.min(at + 6));
    let clause_end = (at + 1..sentence.words.end).find(|i| prose.words[*i].after_break).unwrap_or(sentence.words.end);
    let stop = |w: &str| {
        matches!(
            w,
            "are"
                | "is"
                | "were"
                | "have"
                | "from"
                | "in"
                | "to"
                | "for"
                | "of"
                | "that"
                | "which"
                | "with"
                | "on"
                | "and"
                | "at"
                | "or"
                | "under"
                | "over"
                | "by"
                | "who"
                | "wrote"
                | "left"
        )
    };
    let run: Vec<usize> = (at + 1..end).take_while(|i| !stop(prose.word(*i))).collect();
    // "Of the six invoices, three are overdue": the noun stands before.
    let mut nouns: Vec<String> = run.iter().rev().map(|i| singular(prose.word(*i))).collect();
    let of_them = run.is_empty() && matches!(prose.word(at + 1), "are" | "is" | "were" | "have" | "of");
    if of_them {
        nouns = (sentence.words.start..at).rev().map(|i| singular(prose.word(i))).take(12).collect();
        // "Three of the matches are sold out": behind.
        if prose.word(at + 1) == "of" {
            let behind = (at + 2..clause_end.min(at + 8)).take_while(|i| !stop(prose.word(*i)));
            nouns.splice(0..0, behind.map(|i| singular(prose.word(i))).collect::<Vec<_>>().into_iter().rev());
        }
    }
    if nouns.is_empty() {
        return None;
    }
    let last = run.last().map_or(at + 1, |i| i + 1);
    let restricted = matches!(
        prose.word(last),
        "with"
            | "without"
            | "whose"
            | "where"
            | "that"
            | "which"
            | "who"
            | "under"
            | "over"
            | "below"
            | "above"
            | "between"
            | "before"
            | "after"
            | "costing"
            | "priced"
            | "departing"
            | "arriving"
            | "starting"
            | "containing"
            | "having"
            | "from"
    );
    let tail = (last + 1..clause_end).filter(|_| restricted && last < clause_end).map(|i| prose.word(i).to_owned());
    let has = |list: &[&str]| prose.any(sentence, |w| list.contains(&w));
    let selection = || prose.any(sentence, selection);
    let head = || (sentence.words.start..at).map(|i| prose.word(i));
    let opens = at == sentence.words.start;
    let verbs =
        ["found", "are", "have", "has", "is", "were", "shows", "returned", "lists", "contains", "got", "holds", "see"];
    // "That's 4 transactions."
    let back = at == sentence.words.start + 2
        && matches!(prose.word(at - 2), "that" | "this" | "it" | "those" | "these")
        && matches!(prose.word(at - 1), "s" | "is" | "are" | "makes");
    let whole = !of_them
        && (opens || (back && last == sentence.words.end) || head().any(|w| verbs.contains(&w)))
        && !head().any(|w| w == "here")
        && !selection();
    Some(Count {
        event: prose.event,
        number,
        cite: Cite::of(prose.event, prose.text, prose.bytes(at..last))?,
        nouns,
        run: run.iter().map(|i| prose.word(*i).to_owned()).collect(),
        tail: tail.collect(),
        clause: (at..clause_end).map(|i| prose.word(i).to_owned()).collect(),
        whole,
        whole_strict: has(&["total", "just", "only", "exactly", "all"]),
        distinct: (at..last.min(sentence.words.end))
            .any(|i| matches!(prose.word(i), "different" | "distinct" | "unique")),
        about_page: has(&["page", "shown", "showing", "first"]),
        rest: has(&["left", "remaining", "remain", "rest"]),
        noun_is_key: false,
        words: sentence.words.clone().flat_map(|i| [prose.word(i), "\n"]).collect(),
    })
}

/// "Three laptops to start with", "two options are": a choice out of the list.
fn selection(word: &str) -> bool {
    matches!(
        word,
        "start"
            | "suggest"
            | "recommend"
            | "selected"
            | "chose"
            | "picked"
            | "examples"
            | "popular"
            | "best"
            | "suggestions"
            | "under"
            | "below"
            | "above"
            | "cheaper"
            | "between"
            | "except"
            | "other"
            | "more"
            | "another"
            | "available"
    )
}
