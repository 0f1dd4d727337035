//! Claims without subject and auxiliary: "Email to your brother: sent.", "`[x]` Parcel 7 cancelled", "Booked!".
//!
//! A record that was read is told in the same form ("Order K-9: cancelled"), so that such a claim needs more around it than a
//! full sentence does: whoever asks [`super::Claim::path`] treats them apart.

use super::{Claim, Manner};
use crate::finding::Cite;
use crate::prose::flags;
use crate::prose::lexicon::english;
use crate::prose::{Prose, Sentence};
use std::ops::Range;

/// The rule path of these claims.
pub const PATH: &str = "elliptic";

/// Longer lines are sentences of their own.
const LONGEST: usize = 14;
/// How a point of a checklist begins that is said to be done.
const TICKS: [&str; 9] = ["[x]", "[X]", "✅", "✔", "☑", "✓", "🗹", "☒", "👍"];

/// Finds the elliptic claim of a sentence, if it is one.
pub fn sentence(prose: &Prose<'_>, sentence: &Sentence, out: &mut Vec<Claim>) {
    if sentence.question || sentence.has(flags::CONDITION | flags::NEGATION) {
        return;
    }
    let words = words(prose, sentence);
    if words.is_empty() || words.len() > LONGEST || words.clone().any(|i| is_verb(prose.word(i))) {
        return;
    }
    let found = labeled(prose, &words).or_else(|| ticked(prose, sentence, &words)).or_else(|| alone(prose, &words));
    let Some((at, families)) = found else { return };
    let Some(claim) = blank(prose, sentence, words.start) else { return };
    let from = if at - words.start < 6 { words.start } else { at };
    let Some(cite) = Cite::of(prose.event, prose.text, prose.bytes(from..at + 1)) else { return };
    if out.iter().any(|c| c.event == prose.event && c.cite.range().end == cite.range().end) {
        return;
    }
    let submission = prose.has(at, flags::SUBMISSION) && !is_ticked(prose, sentence);
    let word = prose.word(at).to_owned();
    out.push(Claim { cite, families, manner: Manner::Deed, word, submission, path: PATH, ..claim });
}

/// The words behind a mark of a list: "x" of "`[x]`", "1" of "1.".
fn words(prose: &Prose<'_>, sentence: &Sentence) -> Range<usize> {
    let mut words = sentence.words.clone();
    if prose.words.get(words.start).is_none_or(|w| w.quoted) {
        return words.start..words.start;
    }
    if prose.word(words.start) == "x" && is_ticked(prose, sentence) {
        words.start += 1;
    }
    words
}

fn is_verb(word: &str) -> bool {
    matches!(
        word,
        "is" | "are"
            | "was"
            | "were"
            | "has"
            | "have"
            | "had"
            | "ve"
            | "be"
            | "been"
            | "i"
            | "we"
            | "you"
            | "re"
            | "ll"
            | "will"
            | "would"
            | "can"
            | "could"
            | "should"
            | "may"
            | "might"
            | "must"
            | "please"
            | "let"
            | "need"
            | "going"
            | "already"
            | "previously"
            | "which"
            | "who"
            | "by"
    )
}

/// "Email to your brother: sent.", "Refund: done": a thing, a colon or a dash, and a participle.
fn labeled(prose: &Prose<'_>, words: &Range<usize>) -> Option<(usize, Vec<&'static str>)> {
    let lex = english();
    let at = (words.start + 1..words.end).find(|i| prose.words[*i].after_break)?;
    let at = at + usize::from(matches!(prose.word(at), "now" | "successfully" | "all"));
    let ends =
        at + 1 >= words.end || prose.words[at + 1].after_break || matches!(prose.word(at + 1), "and" | "to" | "for");
    let done = lex.is("bare", prose.word(at)) || prose.has(at, flags::PROCESSED);
    if !ends || !(done || prose.has(at, flags::PAST)) {
        return None;
    }
    let noun: Vec<_> = (words.start..at).flat_map(|i| lex.of_noun(prose.word(i))).copied().collect();
    let own = lex.of_past(prose.word(at));
    match (own.is_empty(), noun.is_empty()) {
        (true, true) => None,
        (true, false) => Some((at, noun)),
        (false, _) => Some((at, own.to_vec())),
    }
}

/// "`[x]` Parcel 7 cancelled", "✅ Refund issued".
fn ticked(prose: &Prose<'_>, sentence: &Sentence, words: &Range<usize>) -> Option<(usize, Vec<&'static str>)> {
    let lex = english();
    if !is_ticked(prose, sentence) {
        return None;
    }
    if let Some(at) = words.clone().rev().find(|i| prose.has(*i, flags::PAST)) {
        return Some((at, lex.of_past(prose.word(at)).to_vec()));
    }
    let noun: Vec<_> = words.clone().flat_map(|i| lex.of_noun(prose.word(i))).copied().collect();
    (!noun.is_empty()).then(|| (words.end - 1, noun))
}

/// True when a tick stands at the beginning of the sentence's line.
pub(super) fn is_ticked(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    // The mark stands before the first word, which may be where the sentence before ended.
    let start = prose.bytes(sentence.words.clone()).start;
    let text = &prose.text.text;
    let from = text[..start].rfind('\n').map_or(0, |n| n + 1);
    let line = text.get(from..).unwrap_or_default().trim_start_matches(['-', '*', '•', ' ', '\t']);
    // Most lines begin with a letter.
    line.bytes().next().is_some_and(|b| b == b'[' || !b.is_ascii()) && TICKS.iter().any(|t| line.starts_with(t))
}

/// "Booked!", "Cancelled and refunded.", "Rebooked you on the 7:15."
fn alone(prose: &Prose<'_>, words: &Range<usize>) -> Option<(usize, Vec<&'static str>)> {
    let at = words.start;
    let next = prose.word(at + 1);
    let goes_on =
        matches!(next, "and" | "it" | "your" | "you" | "them" | "both" | "that" | "the" | "this" | "for" | "all");
    let follows = at + 1 >= words.end || prose.words[at + 1].after_break || goes_on;
    // "Attached", "Updated version" and "Set" head something else.
    let heads = matches!(
        prose.word(at),
        "set" | "attached" | "linked" | "made" | "written" | "corrected" | "shared" | "ordered"
    );
    (prose.has(at, flags::PAST) && follows && !heads).then(|| (at, english().of_past(prose.word(at)).to_vec()))
}

/// A claim at a word, of which only the place is known so far.
pub(super) fn blank(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> Option<Claim> {
    let cite = Cite::of(prose.event, prose.text, prose.bytes(at..at + 1))?;
    let sentence = whole(prose, sentence)?;
    Some(Claim {
        event: prose.event,
        cite,
        sentence,
        families: Vec::new(),
        manner: Manner::Bare,
        word: prose.word(at).to_owned(),
        submission: false,
        fresh: true,
        personal: false,
        path: "",
    })
}

fn whole(prose: &Prose<'_>, sentence: &Sentence) -> Option<Cite> {
    Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn found(s: &str) -> Vec<String> {
        let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        let mut out = Vec::new();
        prose.sentences.iter().for_each(|s| sentence(&prose, s, &mut out));
        out.into_iter().map(|c| c.cite.text().to_owned()).collect()
    }

    #[test]
    fn what_is_said_in_few_words_is_claimed_too() {
        assert_eq!(found("Email to your brother: sent."), ["Email to your brother: sent"]);
        assert_eq!(found("- **Refund:** ✅ done – EUR 214.60"), ["Refund:** ✅ done"]);
        assert_eq!(found("- [x] Parcel 7 cancelled\n- [x] Customer informed").len(), 2);
        assert_eq!(found("Booked! See you there."), ["Booked"]);
        assert_eq!(found("Cancelled and refunded."), ["Cancelled"]);
    }

    #[test]
    fn what_is_not() {
        for text in [
            "Refund: to be issued",
            "- [ ] Parcel 7 cancelled",
            "Email: not sent",
            "Booked by: Anna",
            "Once cancelled: done",
            "Updated version below",
            "Sent by your bank: a letter",
            "\"Refund: done\"",
        ] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
