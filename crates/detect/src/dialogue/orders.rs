//! What a message orders, clause by clause: "read the page and then post a summary to 'general'" orders a look and a message. Only deeds count
//! that words alone cannot be, and only where no condition decides whether they are wanted.

use super::instructed::sentences;
use super::light_verbs::{self, strip};
use super::other_language;
use crate::claims::candor;
use crate::prose::classes::class;
use crate::prose::foreign;
use crate::prose::lexicon::english;
use std::ops::Range;

/// Longer messages hold more than orders.
const LONGEST: usize = 2000;
/// What words alone may do: a text is created and updated, too.
const WORDS_ONLY: [&str; 3] = ["create", "contact", "update"];
/// With these, even a question orders.
const ASKS_FOR: [&str; 5] = ["can you", "could you", "would you", "will you", "would you mind"];
/// What stands between two clauses.
const JOINTS: [&str; 6] = [", ", ": ", " and ", " then ", "; ", " & "];

/// A clause that orders a deed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    /// Where it stands.
    pub range: Range<usize>,
    /// The families of operations that its verb belongs to; none where the verb says little by itself.
    pub families: Vec<&'static str>,
    /// True where the verb may be one of writing or changing a text.
    pub maybe_words: bool,
}

/// The clauses of a message that order a deed, in its order.
pub(crate) fn clauses(text: &str) -> Vec<Clause> {
    if text.len() > LONGEST {
        return Vec::new();
    }
    let other = foreign::is_other(text);
    let read = |sentence: Range<usize>| {
        let found = if other { Vec::new() } else { in_english(text, sentence.clone()) };
        // A few words tell no language, but letters that English has not do.
        let marked = text[sentence.clone()].chars().any(|c| c.is_alphabetic() && !c.is_ascii());
        if found.is_empty() && (other || marked) { in_other_words(text, sentence) } else { found }
    };
    sentences(text).into_iter().flat_map(read).collect()
}

fn in_other_words(text: &str, range: Range<usize>) -> Vec<Clause> {
    let sentence = &text[range.clone()];
    let asks = sentence.contains(['?', '？']) && !candor::asks_for(sentence);
    if asks || class("condition").is_in_text(sentence) {
        return Vec::new();
    }
    let mut families = other_language::families(sentence).unwrap_or_default();
    families.retain(|f| !WORDS_ONLY.contains(f));
    let clause = Clause { range, families, maybe_words: false };
    Some(clause).filter(|c| !c.families.is_empty()).into_iter().collect()
}

fn in_english(text: &str, range: Range<usize>) -> Vec<Clause> {
    let lower = text[range.clone()].to_ascii_lowercase().replace('’', "'");
    // The replaced mark is longer; without it, places stay the same.
    if lower.len() != range.len() || is_conditional(&lower) {
        return Vec::new();
    }
    let asks = lower.trim_end().ends_with('?');
    if asks && !ASKS_FOR.iter().any(|a| stands(&lower, a)) {
        return Vec::new();
    }
    let pieces = cut(&lower).into_iter();
    let found = pieces.filter_map(|piece| {
        let (families, maybe_words) = ordered(&lower[piece.clone()])?;
        Some(Clause { range: range.start + piece.start..range.start + piece.end, families, maybe_words })
    });
    found.collect()
}

/// True where a condition decides whether what is ordered is wanted.
fn is_conditional(sentence: &str) -> bool {
    const CONDITIONS: [&str; 9] =
        ["if", "unless", "whether", "in case", "as soon as", "once", "when", "whenever", "until"];
    CONDITIONS.iter().any(|c| stands(sentence, c))
}

/// True where a phrase stands by itself.
fn stands(text: &str, phrase: &str) -> bool {
    let joined = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '\'');
    text.match_indices(phrase)
        .any(|(at, _)| !joined(text[..at].chars().next_back()) && !joined(text[at + phrase.len()..].chars().next()))
}

fn cut(sentence: &str) -> Vec<Range<usize>> {
    let mut joints: Vec<(usize, usize)> =
        JOINTS.iter().flat_map(|j| sentence.match_indices(j).map(|(at, j)| (at, at + j.len()))).collect();
    joints.sort_unstable();
    let mut pieces = Vec::new();
    let mut from = 0;
    for (start, end) in joints {
        if start > from {
            pieces.push(from..start);
        }
        from = from.max(end);
    }
    pieces.push(from..sentence.len());
    pieces.into_iter().filter(|p| !sentence[p.clone()].trim().is_empty()).map(|p| trimmed(sentence, p)).collect()
}

fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = &text[range.clone()];
    let start = range.start + part.len() - part.trim_start().len();
    start..start + part.trim().trim_end_matches(['.', '!', '?']).len()
}

/// The families of what a clause orders.
fn ordered(clause: &str) -> Option<(Vec<&'static str>, bool)> {
    let lex = english();
    let all: Vec<&str> =
        clause.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'').filter(|w| !w.is_empty()).collect();
    let mut rest = &all[..];
    let mut wished = false;
    loop {
        let number = |w: &&&str| w.bytes().all(|b| b.is_ascii_digit());
        let skipped = rest.iter().take_while(|w| lex.is("order_filler", w) || number(w)).count();
        rest = &rest[skipped..];
        match lex.list("order_wish").filter_map(|w| strip(rest, w)).min_by_key(|r| r.len()) {
            Some(more) => (rest, wished) = (more, true),
            None => break,
        }
    }
    let (verb, complement) = rest.split_first()?;
    let next = complement.first()?;
    let mut families = lex.of_base(verb).to_vec();
    // "Send me the list" asks for words; "order 4411 is late" tells something.
    let to_speaker = matches!(*next, "me" | "us");
    let number = next.bytes().any(|b| b.is_ascii_digit()) && complement.get(1).is_none_or(|w| is_finite(w));
    let named = !wished && lex.is("noun_or_verb", verb) && number;
    if to_speaker || named || is_finite(next) || lex.is("order_tell", verb) {
        return None;
    }
    if families.is_empty() {
        return light_verbs::orders(clause).then_some((families, false));
    }
    let words_only = families.iter().all(|f| WORDS_ONLY.contains(f));
    // "Add Ana to the team": what goes somewhere.
    let aimed = complement.iter().any(|w| matches!(*w, "to" | "into" | "onto" | "from" | "for"));
    if words_only && !aimed && !is_of_a_thing(clause) {
        return None;
    }
    families.dedup();
    Some((families, words_only))
}

/// True where what is wanted has a name, a place in time or the ending of a file, which words alone have not.
fn is_of_a_thing(clause: &str) -> bool {
    const NAMED: [&str; 4] = ["named", "called", "titled", "entitled"];
    let token = |w: &str| {
        let bare = w.trim_matches(|c: char| !c.is_alphanumeric());
        let time = bare.contains([':', '-']) && bare.bytes().filter(u8::is_ascii_digit).count() > 2;
        let ending = bare.rsplit_once('.').map(|(_, end)| end);
        let file = ending.is_some_and(|e| (2..=5).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphabetic()));
        NAMED.contains(&bare) || time || file
    };
    clause.split_whitespace().any(token)
}

fn is_finite(word: &str) -> bool {
    matches!(word, "is" | "are" | "was" | "were" | "has" | "have" | "had" | "will" | "would" | "can" | "did" | "does")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(text: &str) -> Vec<&str> {
        clauses(text).into_iter().map(|c| &text[c.range]).collect()
    }

    #[test]
    fn each_clause_is_an_order_of_its_own() {
        assert_eq!(
            ordered("Read the minutes, then forward them to Ines and cancel the room."),
            ["forward them to Ines", "cancel the room"]
        );
        assert_eq!(ordered("Hi! Could you please transfer 40 to Oona?"), ["Could you please transfer 40 to Oona"]);
        assert_eq!(ordered("1. List the guests. 2. Invite Bo to the call."), ["Invite Bo to the call"]);
        assert_eq!(ordered("Add Bo to the crew."), ["Add Bo to the crew"]);
        assert_eq!(ordered("Create a file named plan.txt."), ["Create a file named plan.txt"]);
        assert_eq!(ordered("Please create an hour with Bo at 14:30."), ["Please create an hour with Bo at 14:30"]);
        assert_eq!(ordered("Please take Bo off the list"), ["Please take Bo off the list"]);
        assert_eq!(ordered("Überweise bitte 40 Euro an Oona."), ["Überweise bitte 40 Euro an Oona."]);
    }

    #[test]
    fn words_questions_and_conditions_order_none() {
        for text in [
            "Send me the list of guests.",
            "Create a summary of the page.",
            "Update the second paragraph.",
            "Can I cancel my booking?",
            "If it rains, cancel the tent.",
            "Cancel it once Bo has paid.",
            "Order 4411 is late.",
            "What does it cost to cancel?",
            "Wann kann ich stornieren?",
            "Tell me what the page says and list the guests.",
        ] {
            assert!(clauses(text).is_empty(), "{text}: {:?}", ordered(text));
        }
    }
}
