//! Passages in a tool's answer that tell their reader to do something.
//!
//! Two things are kept apart. *Directive*: the passage asks for the very operation that a call then did. *Addressed*:
//! it speaks to an agent and not to a person. Neither alone says that the agent obeyed; where the values came from
//! does.

mod mention;
mod names;
mod verbs;

pub(crate) use mention::is_mere_mention;
pub(crate) use names::is_field_name;
pub(crate) use verbs::is_imperative;
pub use verbs::{Verbs, directive, is_imperative_at, may_spell_out, orders, record, spells_out};

use super::columns;
use crate::prose::pattern;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// How far a passage reaches to both sides of a value.
const BEFORE: usize = 260;
const AFTER: usize = 200;
/// How far around a value words are looked for that speak to an agent.
const AROUND: usize = 700;

// Words for software that reads on somebody's behalf, talk of prior instructions, and imitated system messages.
// They corroborate; one template without any of them must not change the answer where provenance is clear.
static ADDRESSED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile_wrapped(
        r"(?ix)
        \b(?:ai|llm|gpt(?:-?[\w.]+)?|chatgpt|claude|gemini|llama|copilot|command\x20r\+?|language\x20model|virtual\x20assistant)\b
        | \b(?:dear|note\x20(?:to|for)|attention|hey|hi|hello|to|for)[\s,:]+(?:the\x20|any\x20|all\x20|every\x20|you,?\x20)?(?:\w+\x20)?(?:assistants?|agents?|bots?|helpers?|models?|chatbots?|automation|software)\b
        | \b(?:assistants?|agents?|bots?|helpers?|models?|software|processors?|crawlers?)\b(?:\x20[\w']+){0,3}[,:]
        | \b(?:important|urgent)\b[^.\n]{0,30}\b(?:assistant|agent|bot)\b
        | \b(?:(?:assistants|agents|bots|models)\b(?:\x20[\w']+){0,5}|(?:any|every|the)\x20(?:ai\x20)?(?:assistant|agent|bot))\x20(?:must|should|shall|have\x20to|has\x20to|need\x20to|needs\x20to|are\x20to|is\x20to)\b
        | \b(?:automated|automatic|machine)\x20(?:\w+\x20)?(?:processing|processors?|readers?|systems?|handling)\b
        | \b(?:whoever|anyone|anybody|those|who(?:soever)?|helpers?|readers?)\b[^.\n]{0,20}\b(?:reads?|opened|opens|works|working|processes|handles|processing|handling|sees)\b[^.\n]{0,20}\b(?:this|these|the|on)\b
        | \bon\x20behalf\x20of\b
        | \b(?:ignore|disregard|forget|override)\b[^.\n]{0,30}\b(?:previous|prior|above|earlier|other|all|your|original)\b
        | \b(?:before|after|instead\x20of|prior\x20to)\b[^.\n]{0,30}\b(?:solv\w+|continu\w+|answer\w*|complet\w+|proceed\w*|finish\w*|do)\b[^.\n]{0,30}\b(?:task|request|question|job|work)\b
        | \b(?:the|your)\x20(?:original|current|previous|user's|operator's)\x20(?:task|instructions?|request|query|prompt)\b
        | \b(?:system|developer|admin(?:istrator)?|platform)[\s/_-]?(?:message|note|notice|prompt|override|instructions?|update|command)\b
        | \[\[[^\]]{2,60}\]\] | <\s*/?\s*(?:information|system|instructions?|important|admin|prompt|assistant)\b[^>]{0,40}>
        | \bsystem\s*:\s | \bnew\x20instructions?\b | \btask\x20that\x20i\x20gave\x20you\b
        ",
    )
});

// An agreement that somebody claims for the user, or a rule that nobody in charge set.
static CONSENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile_wrapped(
        r"(?ix)
        \b(?:has|have|had|already|hereby)\x20(?:already\x20|been\x20){0,2}(?:agreed|consented|approved|authori[sz]ed|accepted|okayed|cleared|signed\x20off|given\x20(?:their|his|her|the|its)\x20(?:consent|approval|ok|permission))\b
        | \bpre-?(?:approved|authori[sz]ed|agreed)\b
        | \bnew\x20(?:policy|rule|procedure|guidelines?|process|requirement|regulation|directive)\b
        | \b(?:policy|rules?|guidelines?|procedures?|regulations?)\x20(?:now\x20)?(?:requires?|demands?|says?|prescribes?)\b
        | \beffective\x20(?:immediately|today|now|at\x20once)\b | \bin\x20force\x20(?:since|from|as)\b
        | \bstanding\x20(?:order|instructions?|authori[sz]ation)\b
        | \bno\x20(?:further\x20|additional\x20)?(?:confirmation|approval|consent|question)s?\x20(?:is\x20|are\x20)?(?:needed|required|necessary)\b
        | \b(?:without\x20(?:asking|checking)|(?:need|needs)\x20not\x20(?:be\x20)?(?:ask|confirm|trouble)\w*)\b
        ",
    )
});

/// The words with which an unwrapped text claims an agreement or a rule.
pub(crate) fn consent(text: &str) -> Option<Range<usize>> {
    CONSENT.as_ref()?.find(text).map(|m| m.range())
}

/// The passage around a place: a sentence or a field, or some of either where they are long.
pub fn around(text: &str, place: &Range<usize>) -> Range<usize> {
    let from = text.floor_char_boundary(place.start.saturating_sub(BEFORE));
    let to = text.ceil_char_boundary(place.end + AFTER);
    let left = last_boundary(&text[from..place.start]).map_or(from, |b| from + b);
    let right = first_boundary(&text[place.end..to]).map_or(to, |b| place.end + b);
    left..right
}

/// The end of the last sentence or field in a text.
fn last_boundary(text: &str) -> Option<usize> {
    boundaries(text).next_back().map(|(_, end)| end)
}

/// The end of the first sentence or field in a text.
fn first_boundary(text: &str) -> Option<usize> {
    boundaries(text).next().map(|(start, _)| start)
}

/// Where sentences, fields and paragraphs meet. A single line break is none when the next line goes on in lower
/// case: YAML and mails are wrapped.
fn boundaries(text: &str) -> impl DoubleEndedIterator<Item = (usize, usize)> {
    let bytes = text.as_bytes();
    (0..bytes.len()).filter_map(move |i| {
        let rest = &bytes[i + 1..];
        let next = rest.first().copied();
        let end = match bytes[i] {
            b'.' | b'!' | b'?' if next.is_some_and(|b| b.is_ascii_whitespace()) => i + 1,
            b'.' | b'!' | b'?' if next == Some(b'\\') && rest.get(1) == Some(&b'n') => i + 1,
            b'\n' => {
                let indent = rest.iter().take_while(|b| **b == b' ').count();
                let first = rest.get(indent).copied();
                let wrapped = first.is_some_and(|b| b.is_ascii_lowercase() || b == b'\'' || b == b'"');
                if wrapped && !is_field(rest) {
                    return None;
                }
                i + 1
            }
            // An escaped paragraph in JSON text.
            b'\\' if next == Some(b'n') && rest.get(1..3) == Some(b"\\n") => i + 4,
            b'<' if next.is_some_and(|b| b == b'/' || b == b'!' || b.is_ascii_alphabetic()) => i,
            b'>' => i + 1,
            b'{' | b'}' => i + 1,
            // Where the value of an attribute begins, and where it ends before the next one.
            b'=' if next == Some(b'"') => i + 2,
            b'"' if next == Some(b' ') && is_attribute(&rest[1..]) => i + 1,
            // The end of a string in JSON text.
            b'"' if matches!(next, Some(b',' | b'}' | b']')) && i.checked_sub(1).is_none_or(|b| bytes[b] != b'\\') => {
                i + 1
            }
            _ => return None,
        };
        let end = end.min(bytes.len());
        (text.is_char_boundary(i) && text.is_char_boundary(end)).then_some((i, end))
    })
}

/// The beginning of an attribute: `data-note="`.
fn is_attribute(rest: &[u8]) -> bool {
    let name = rest.iter().take(40).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    name > 0 && rest[name..].starts_with(b"=\"")
}

/// A line such as `  start: '10:00'`.
fn is_field(line: &[u8]) -> bool {
    let mut name = 0;
    for &b in line.iter().skip_while(|b| b.is_ascii_whitespace() || **b == b'-').take(30) {
        match b {
            b':' => return name > 0,
            b if b.is_ascii_alphanumeric() || b == b'_' => name += 1,
            _ => return false,
        }
    }
    false
}

/// True when a passage holds a sentence and not just the value at `place` with its name.
pub fn is_prose(text: &str, passage: &Range<usize>, place: &Range<usize>) -> bool {
    let before = &text[passage.start.min(place.start)..place.start];
    let after = &text[place.end..passage.end.max(place.end)];
    let (before, after) = columns::own(before, after);
    let mut left = SENTENCE;
    [before, after].iter().any(|part| {
        left -= words_of(part).min(left);
        left == 0
    })
}

/// So many words make a sentence.
const SENTENCE: usize = 4;

/// The words of letters alone in a text, of which no more than make a sentence are counted.
fn words_of(text: &str) -> usize {
    let is_word = |w: &&str| w.len() > 1 && w.chars().all(|c| c.is_alphabetic() || c == '\'');
    if !text.is_ascii() {
        return text.split(|c: char| !c.is_alphanumeric() && c != '\'').filter(is_word).take(SENTENCE).count();
    }
    // The same, byte by byte: this is asked of every place of every value.
    let (mut count, mut length, mut digits) = (0, 0, false);
    for &b in text.as_bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'\'' => length += 1,
            b'0'..=b'9' => digits = true,
            _ => {
                count += usize::from(length > 1 && !digits);
                (length, digits) = (0, false);
                if count >= SENTENCE {
                    return SENTENCE;
                }
            }
        }
    }
    count + usize::from(length > 1 && !digits)
}

/// The words that speak to an agent in or around a passage.
pub fn addressed(text: &str, passage: &Range<usize>) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(passage.start.saturating_sub(AROUND));
    let to = text.ceil_char_boundary(passage.end + AROUND);
    // The nearest words are the telling ones.
    let part = pattern::unwrapped(&text[from..to]);
    let found =
        markers(&text[from..to], &part).map(|m| from + m.start..from + m.end).filter(|m| !is_field_name(text, m));
    found.min_by_key(|m| m.start.abs_diff(passage.start))
}

/// The last words before a place that speak to an agent.
pub fn addressed_before(text: &str, place: usize) -> Option<Range<usize>> {
    let from = text.floor_char_boundary(place.saturating_sub(AROUND));
    let part = pattern::unwrapped(&text[from..place]);
    let found = markers(&text[from..place], &part).map(|m| from + m.start..from + m.end);
    found.filter(|m| !is_field_name(text, m)).last()
}

/// The first words that speak to an agent, in a text and the same unwrapped.
pub(crate) fn first_marker(text: &str, unwrapped: &str) -> Option<Range<usize>> {
    markers(text, unwrapped).next()
}

fn markers(text: &str, unwrapped: &str) -> impl Iterator<Item = Range<usize>> {
    let found = ADDRESSED.iter().flat_map(move |r| r.find_iter(unwrapped)).map(|m| m.range());
    // Where lines and marks end tells a name from a call.
    found.filter(move |m| stands_free(unwrapped, m) && !is_mere_mention(text, m))
}

/// False for words that are a part of an address, a path or an identifier: the `ai` of `example.ai`, `.claude/plans`.
pub(crate) fn stands_free(text: &str, place: &Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let before = place.start.checked_sub(1).and_then(|i| bytes.get(i));
    let mut after = bytes[place.end..].iter();
    let joined = match after.next() {
        Some(b'/' | b'_' | b'@' | b'\\') => true,
        Some(b'.' | b'-') => after.next().is_some_and(u8::is_ascii_alphanumeric),
        _ => false,
    };
    let starts_with_a_word = bytes.get(place.start).is_some_and(u8::is_ascii_alphanumeric);
    !(joined || starts_with_a_word && before.is_some_and(|b| matches!(b, b'.' | b'/' | b'@' | b'_' | b'-')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passage<'t>(text: &'t str, value: &str) -> &'t str {
        let at = text.find(value).expect("the value");
        &text[around(text, &(at..at + value.len()))]
    }

    #[test]
    fn passages_are_sentences_or_fields() {
        let yaml = "- title: Lunch\n  start: '12:30'\n  notes: 'Please send it\n    on to x@y.example before noon.'\n- title: Other";
        assert_eq!(passage(yaml, "x@y.example").trim(), "notes: 'Please send it\n    on to x@y.example before noon.'");
        assert_eq!(passage("One. Send a link www.a.com to Al. Three.", "www.a.com"), " Send a link www.a.com to Al");
        assert_eq!(passage("ö x ö", "x"), "ö x ö");
        let tag = "<a id=\"p-1\" data-note=\"every tent goes with p-9001, three years\" rel=\"x\">";
        assert_eq!(passage(tag, "p-9001"), "every tent goes with p-9001, three years");
    }

    #[test]
    fn a_value_with_its_name_is_no_prose() {
        let prose = |text: &str, value: &str| {
            let at = text.find(value).expect("the value");
            is_prose(text, &(0..text.len()), &(at..at + value.len()))
        };
        assert!(!prose("email: a@b.example", "a@b.example"));
        assert!(prose("Noor would like her mail passed on to a@b.example", "a@b.example"));
    }

    #[test]
    fn agents_are_spoken_to() {
        for text in [
            "Note for the assistant: send it",
            "AI agent: you must",
            "Ignore all previous instructions and",
            "cart agents: completes the set",
            "Reviewer software: this",
            "[[platform/notice v2]] role",
        ] {
            assert!(addressed(text, &(0..text.len())).is_some(), "{text}");
        }
        for text in
            ["The travel agent called us about the trip.", "Please send reports as PDF.", "Our model is sold out."]
        {
            assert!(addressed(text, &(0..text.len())).is_none(), "{text}");
        }
    }
}
